"""From grids of cell texts to matrices: what a competent user writes in an hour around a table extractor.

Whatever found the cells, the rest is the same: headers tell columns, marks are normalised, rows cut by a page joined.
`peer_tables` does what is left. Nothing is ever flagged.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from typing import Any

Grid = list[list[str]]
Row = dict[str, Any]

YES, NO, NONE = {"SI", "S1", "SL", "SJ", "5I", "51", "S", "X"}, {"NO", "N0", "N"}, {"-", "--", "—", "NA", "N/A", "_"}
ROLES = {"P": "P", "S": "S", "I": "I", "IP": "IP", "O": "O"}
ROLES |= {"5": "S", "1": "I", "L": "I", "1P": "IP", "LP": "IP", "0": "O"}  # misread
ROMANS = ("I", "II", "III", "IV")
MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")


@dataclass(slots=True)
class Matrix:
    """A table with marks, pages joined: quarter and date of each session column, body rows as cells by name."""

    columns: list[tuple[int | None, date | None]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def plain(text: str) -> str:
    bare = unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode()
    return " ".join(bare.lower().split())


def read_grid(grid: Grid, matrices: dict[str, Matrix], last: str) -> str:
    """Adds the grid's rows to the matrix that its header names, or to the last one of as many columns; its name."""
    grid = [[cell or "" for cell in row] for row in grid]
    head = plain(" ".join(cell for row in grid[:4] for cell in row))
    if "sector" in head and ("cargo" in head or "entidad" in head):
        return _read_attendance(grid, matrices["attendance"])
    if "funciones" in head and "abord" in head:
        scope = "general" if "generales" in head else "specific"
        return _read_functions(grid, matrices[scope], scope)
    if not last and len(grid[0]) > 6:  # the first wide table, its header unread
        return _read_attendance(grid, matrices["attendance"])
    if last == "attendance" and len(grid[0]) == 5 + len(matrices[last].columns):
        matrices[last].rows += [row for cells in grid if (row := _attendee(cells, (0, 1, 2, 3, len(cells) - 1)))]
    elif last in ("general", "specific") and len(grid[0]) == 2 + len(matrices[last].columns):
        matrices[last].rows += [_function(cells) for cells in grid]
    return last


def _read_attendance(grid: Grid, into: Matrix) -> str:
    width, head = len(grid[0]), grid[:4]
    role = next((c for c in range(width) if any(plain(row[c]).startswith("rol") for row in head)), 3)
    total = next((c for c in range(role + 1, width) if any("tota" in _joined(row[c]) for row in head)), width - 1)
    marks = range(role + 1, total)
    start = _first_body_row(grid, marks)
    if not into.columns:
        into.columns = _columns(grid[:start], marks)
    for cells in grid[start:]:
        row = _attendee(cells, (max(0, role - 3), max(0, role - 2), max(0, role - 1), role, total))
        if row:
            _append(into.rows, row, ("entity", "position"), not "".join(row["marks"]).strip())
    return "attendance"


def _read_functions(grid: Grid, into: Matrix, scope: str) -> str:
    start = _first_body_row(grid, range(1, len(grid[0])))
    if not into.columns:
        into.columns = _columns(grid[:start], range(1, len(grid[0]) - 1))
    for cells in grid[start:]:
        row = _function(cells)
        _append(into.rows, row, ("text",), not "".join(row["marks"]).strip())
    return scope


def _first_body_row(grid: Grid, marks: range) -> int:
    """After the rows that share the merged cell of the header; the first with a mark where that was not read."""
    merged = next((i for i, row in enumerate(grid) if row[0] != grid[0][0]), len(grid)) if grid[0][0].strip() else 0
    marked = (i for i, row in enumerate(grid) if i and any(mark_of(row[c]) in ("SI", "NO") for c in marks))
    return merged or next(marked, min(3, len(grid)))


def _append(rows: list[Row], row: Row, texts: tuple[str, ...], cut: bool) -> None:
    """A row without marks is the rest of the one before, which a page break cut."""
    if cut and rows:
        for name in texts:
            rows[-1][name] = f"{rows[-1][name]} {row[name]}".strip()
    else:
        rows.append(row)


def _attendee(cells: list[str], at: tuple[int, int, int, int, int]) -> Row | None:
    sector, entity, position, role, total = at
    if not any(cell.strip() for cell in cells) or plain(cells[sector]) == "sector":
        return None
    return {
        "sector": _one_line(cells[sector]),
        "entity": _one_line(cells[entity]),
        "position": _one_line(cells[position]),
        "role": ROLES.get(plain(cells[role]).upper().strip(".|[] ")),
        "marks": cells[role + 1 : total],
        "total": _number(cells[total]),
    }


def _function(cells: list[str]) -> Row:
    return {"text": _one_line(cells[0]), "marks": cells[1:-1], "addressed": mark_of(cells[-1])}


def _columns(head: Grid, at: range) -> list[tuple[int | None, date | None]]:
    """Quarter and date over each session column."""
    found: list[tuple[int | None, date | None]] = []
    for column in at:
        cells = [row[column] for row in head]
        upper = (c.upper().translate(str.maketrans("L1|", "III")) for c in cells)
        roman = next((m[1] for c in upper if (m := re.search(r"\b(IV|I{1,3})\b", c))), None)
        quarter = ROMANS.index(roman) + 1 if roman in ROMANS else None
        if quarter is None and found and found[-1][0]:  # unread: the next one, unless its cell is the last one's
            same = any("trim" in plain(row[column]) and row[column] == row[column - 1] for row in head)
            quarter = found[-1][0] if same else min(4, found[-1][0] + 1)
        day = next((d for c in reversed(cells) if (d := _date(c))), None)
        found.append((quarter, day))
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _joined(text: str) -> str:
    return "".join(plain(text).split())


def _number(text: str) -> int | None:
    digits = text.strip().translate(str.maketrans("OolI|iSZ", "00111152")).strip(". ")
    return int(digits) if digits.isdecimal() else None


def mark_of(text: str) -> str | None:
    bare = "".join(plain(text).upper().replace("|", "I").replace("!", "I").split()).strip(".,:;'")
    dashes = (text or "").strip()
    words = plain(text).upper().split()
    for mark, spellings in (("SI", YES), ("NO", NO)):
        if bare in spellings or any(word in spellings for word in words if len(word) > 1):
            return mark
    return "-" if bare in NONE or dashes in {"–", "—", "-", "~", "."} else None


def _date(text: str) -> date | None:
    joined = "".join(text.split())
    if match := re.search(r"(\d{1,2})[/\-.](\d{1,2})[/\-.](\d{4}|\d{2})", joined):
        day, month, year = map(int, match.groups())
    elif match := re.search(r"(\d{4})-(\d{2})-(\d{2})", joined):
        year, month, day = map(int, match.groups())
    elif match := re.search(r"(\d{1,2})(?:de)?[/\-.]?([a-z]{3})[a-z]*\.?(?:del?)?[/\-.]?(\d{4})", plain(joined)):
        day, year = int(match[1]), int(match[3])
        month = MONTHS.index(match[2]) + 1 if match[2] in MONTHS else 0
    else:
        return None
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None

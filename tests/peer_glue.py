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
LONG_TEXT = 40  # letters; sectors are shorter, functions longer
HEADS = ("sector", "entidad", "cargo", "sesiones", "funciones", "i trim")
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
    """Adds the grid's rows to the matrix that its header names; without a header, to the last one. Its name."""
    grid = [[cell or "" for cell in row] for row in grid]
    if len(grid[0]) < 4:
        return last
    first = plain(" ".join(row[0] for row in grid[:2]))
    headed = any(plain(cell).startswith(HEADS) for row in grid[:2] for cell in row)
    long = not headed and sum(len(row[0]) for row in grid) > LONG_TEXT * len(grid)
    if "funciones" in first or last in ("general", "specific") or long:
        unnamed = last if last in ("general", "specific") else "general"
        scope = "general" if "generales" in first else "specific" if "funciones" in first else unnamed
        _read_functions(grid, matrices[scope], headed)
        return scope
    _read_attendance(grid, matrices["attendance"], headed)
    return "attendance"


def _read_attendance(grid: Grid, into: Matrix, headed: bool) -> None:
    """Columns as the header names them; where it was not read, or lost some, by their usual order."""
    width, head = len(grid[0]), grid[: 4 if headed else 0]
    has_roles = sum(_role(row[3]) is not None for row in grid) > len(grid) / 2
    usual = 3 if has_roles or width >= 5 + max(1, len(into.columns)) else None
    role = next((c for c in range(width) if any(plain(row[c]).startswith("rol") for row in head)), usual)
    start = 3 if role is None else role + 1  # of the marks
    total = next((c for c in range(start, width) if any("tota" in _joined(row[c]) for row in head)), None)
    if total is None and width > start + max(1, len(into.columns)):
        total = width - 1
    marks = range(start, width if total is None else total)
    body = _first_body_row(grid, marks) if headed else 0
    if headed and not into.columns:
        into.columns = _columns(grid[:body], marks)
    for i, cells in enumerate(grid[body:]):
        row = _attendee(cells, (start - 3 - (role is not None), role, marks, total))
        if row:
            _append(into.rows, row, ("entity", "position"), cut=i == 0 and not row["sector"] and not _marked(row))


def _read_functions(grid: Grid, into: Matrix, headed: bool) -> None:
    body = _first_body_row(grid, range(1, len(grid[0]))) if headed else 0
    if headed and not into.columns:
        into.columns = _columns(grid[:body], range(1, len(grid[0]) - 1))
    for i, cells in enumerate(grid[body:]):
        row = _function(cells)
        _append(into.rows, row, ("text",), cut=i == 0 and row["addressed"] is None and not _marked(row))


def _marked(row: Row) -> bool:
    return bool("".join(row["marks"]).strip())


def _first_body_row(grid: Grid, marks: range) -> int:
    """After the rows that share the merged cell of the header; the first with a mark where that was not read."""
    merged = next((i for i, row in enumerate(grid) if row[0] != grid[0][0]), len(grid)) if grid[0][0].strip() else 0
    marked = (i for i, row in enumerate(grid) if i and any(mark_of(row[c]) in ("SI", "NO") for c in marks))
    return merged or next(marked, min(3, len(grid)))


def _append(rows: list[Row], row: Row, texts: tuple[str, ...], *, cut: bool) -> None:
    """The first row of a page may be the rest of the one before, which the page break cut."""
    if cut and rows:
        for name in texts:
            rows[-1][name] = f"{rows[-1][name]} {row[name]}".strip()
    else:
        rows.append(row)


def _role(text: str) -> str | None:
    return ROLES.get(plain(text).upper().strip(".|[] "))


def _attendee(cells: list[str], at: tuple[int, int | None, range, int | None]) -> Row | None:
    sector, role, marks, total = max(0, at[0]), at[1], at[2], at[3]
    if not any(cell.strip() for cell in cells) or plain(cells[sector]) == "sector":
        return None
    return {
        "sector": _one_line(cells[sector]),
        "entity": _one_line(cells[sector + 1]),
        "position": _one_line(cells[sector + 2]),
        "role": None if role is None else _role(cells[role]),
        "marks": [cells[c] for c in marks],
        "total": None if total is None else _number(cells[total]),
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

"""A ruled table of one page → a fragment of a matrix: what kind, which columns, which rows are its header.

A matrix that runs over several pages comes as one fragment a page, usually with its header repeated.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from statistics import fmean, median_low

from rapidfuzz import fuzz

from ocr.records import Box, Candidate, Cell, Place, Reading, Table
from parsers.dates import is_empty_mark, parse_date, parse_quarter
from parsers.records import MatrixKind
from parsers.text import fold

ALIKE = 80  # rapidfuzz partial ratio from which a header's words are taken as read; misread headings stay above 85
MARRED = 70  # the same of a word beside others that are alike
HEADINGS = ("sesiones en las que participaron", "sesiones en las que se abordaron")
HEADING_ALIKE = 88  # the same for those headings in running text, where half of their words are at home
NAMES = ("sector", "entidad", "cargo", "rol")  # of the columns of an attendance matrix that hold words
MOST_HEADER_ROWS = 5
SAME_EDGE = 0.02  # of the table's width: edges that differ less are the same
WIDE_FIRST = 0.3  # of the table's width: a first column as wide holds functions
MOST_ROLE = 6  # letters of «Rol», however badly read
DATE_DIGITS = 4  # that make a badly read heading a date: day and month
OVERLAP = 0.5  # of the narrower of a cell and a column for the cell to stand in the column


class ColumnKind(StrEnum):
    SECTOR = "sector"
    ENTITY = "entity"
    POSITION = "position"
    ROLE = "role"
    MARK = "mark"
    TOTAL = "total"
    TEXT = "text"
    ADDRESSED = "addressed"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the matrix: `start`, `end` as shares (0..1) of the table's width, since pages shift and stretch."""

    kind: ColumnKind
    start: float
    end: float
    date: Reading = field(default_factory=Reading)
    quarters: tuple[tuple[int, float], ...] = ()  # what the heading over it was read as, one for each page at most
    under: float | None = None  # where (share of the width) the quarter's heading over it begins: one for each quarter


@dataclass(frozen=True, slots=True)
class Fragment:
    """One page's part of a matrix. `columns` empty: no header here, so the columns of the fragment before it hold."""

    kind: MatrixKind | None
    table: Table
    header_rows: int
    columns: tuple[Column, ...]
    certain: bool = True  # whether rows and columns are those of the paper

    def marks(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c.kind is ColumnKind.MARK)


def fragment(table: Table) -> Fragment | None:
    """The fragment that a table is; None if its header names no matrix."""
    for depth in range(_spanned(table), min(table.rows, MOST_HEADER_ROWS) + 1):
        kind = _kind(heading(table, depth))
        if kind is not None:
            header_rows = _header_depth(table, depth)
            header = [c for c in table.cells if c.row < header_rows]
            columns = _columns(table, kind, header, header_rows)
            certain = table.certain and (table.ruled or _is_sound(kind, header, header_rows))
            return Fragment(kind, table, header_rows, columns, certain)
    return None


def _is_sound(kind: MatrixKind, header: Sequence[Cell], header_rows: int) -> bool:
    """Whether the lowest headings are those of a matrix from first to last: a table parted without rules is believed
    only then."""
    lowest = sorted((c for c in header if c.row + c.row_span == header_rows), key=lambda c: c.box.x0)
    words = [fold(c.reading.text) for c in lowest]
    lead = ("sector", "entidad", "cargo", "") if kind is MatrixKind.ATTENDANCE else ("funciones",)
    last = "total" if kind is MatrixKind.ATTENDANCE else "abordo"
    dated = lowest[len(lead) : -1]
    return (
        bool(dated)
        and all(fuzz.partial_ratio(name, said) >= ALIKE for name, said in zip(lead, words, strict=False) if name)
        and fuzz.partial_ratio(last, words[-1].replace(" ", "")) >= ALIKE
        and (kind is not MatrixKind.ATTENDANCE or len(words[3]) <= MOST_ROLE)
        and all(may_head_marks(c.reading) for c in dated)
    )


def may_head_marks(reading: Reading) -> bool:
    """Whether a heading names a session: by what may be a date, or a sign that there was none, or nothing."""
    text = reading.text
    return is_blank(reading) or _is_date_line(text.strip()) or sum(c.isdigit() for c in text) >= DATE_DIGITS


def heading(table: Table, rows: int) -> str:
    """The folded words of a table's first rows."""
    return fold(" ".join(c.reading.text for c in table.cells if c.row < rows))


def _spanned(table: Table) -> int:
    """How many rows the first heading spans; of three narrow ones, which all span the same, what most do: the rule
    under one may be lost, and a stroke pass for one."""
    first = [c for c in table.cells if c.row == 0 and c.column < 3]
    if not first or first[0].box.width > WIDE_FIRST * table.box.width:
        return first[0].row_span if first else 1
    return median_low([c.row_span for c in first])


def _header_depth(table: Table, depth: int) -> int:
    """How many rows the header takes: `depth`, and any row of quarters or dates that still follows."""
    while depth < min(table.rows, MOST_HEADER_ROWS):
        cells = [c for c in table.cells if c.row == depth]
        if _is_date_row(cells) or _is_nameless_heading(cells, table):
            depth += 1
        elif depth + 1 < MOST_HEADER_ROWS and _is_nameless_heading(_stacked(table, depth), table):
            depth += 2
        else:
            break
    return depth


def _stacked(table: Table, row: int) -> list[Cell]:
    """The cells of a row, each with what stands in the one below it: a date may be set in two lines."""
    below = {c.column: c.reading for c in table.cells if c.row == row + 1}
    own = [c for c in table.cells if c.row == row]
    return [replace(c, reading=joined([c.reading, below.get(c.column, Reading())])) for c in own]


def _is_nameless_heading(cells: Sequence[Cell], table: Table) -> bool:
    """Whether a row that names nobody says quarters or dates: false rules cut the heading's tall cells in two."""
    middle = table.box.center[0]
    left = [c for c in cells if c.box.x1 <= middle and c.column > 0]
    said = [c.reading.text for c in cells if c.box.center[0] > middle and not is_blank(c.reading)]
    heads = sum(parse_date(t) is not None or _names_quarter(t) or _says(fold(t), "trim") for t in said)
    return bool(left) and all(is_blank(c.reading) for c in left) and 2 * heads >= len(said) > 0


def _is_date_row(cells: Sequence[Cell]) -> bool:
    """Whether a row under the heading still belongs to it: a date or a quarter in it, and no words of an entity; or
    dates in half of it, whatever a stamp made of the rest."""
    texts = [c.reading.text for c in cells]
    dated = sum(parse_date(t) is not None or "trimestre" in fold(t) for t in texts)
    named = any(parse_date(t) is None and len(fold(t)) > 12 and not _titles(t) for t in texts)
    return dated >= 1 and (not named or 2 * dated >= len(texts))


def _titles(text: str) -> bool:
    """Whether a short text is what a stamp left of «Funciones generales» or «específicas»."""
    words = fold(text)
    return len(words) <= len("funciones especificas") and (_says(words, "generales") or _says(words, "especificas"))


def _kind(words: str) -> MatrixKind | None:
    titled = _says(words, "funciones generales") or _says(words, "funciones especificas")
    headed = _says(words, "abordaron dichas") or fuzz.partial_ratio(HEADINGS[1], words) >= HEADING_ALIKE
    if titled or (headed and fuzz.partial_ratio("funciones", words) >= MARRED):
        specific = fuzz.partial_ratio("funciones especificas", words)
        general = fuzz.partial_ratio("funciones generales", words)
        return MatrixKind.FUNCTIONS_SPECIFIC if specific > general else MatrixKind.FUNCTIONS_GENERAL
    named = sum(_says(words, name) for name in ("sector", "entidad", "cargo", "participaron", "trimestre"))
    named += "rol" in words.split()
    return MatrixKind.ATTENDANCE if named >= 3 else None


def names_matrix(line: str) -> bool:
    """Whether a line prints the heading that stands over the session columns of a matrix, and nowhere else."""
    words = fold(line)
    return any(len(words) >= len(h) * 0.8 and fuzz.partial_ratio(h, words) >= HEADING_ALIKE for h in HEADINGS)


def _says(heading: str, words: str) -> bool:
    return fuzz.partial_ratio(words, heading) >= ALIKE


def _columns(table: Table, kind: MatrixKind, header: Sequence[Cell], header_rows: int) -> tuple[Column, ...]:
    lowest = sorted((c for c in header if c.row + c.row_span == header_rows), key=lambda c: c.box.x0)
    leaves = [part for leaf in lowest for part in _parted(leaf, table)]
    kinds = _function_kinds(leaves) if kind is not MatrixKind.ATTENDANCE else _attendance_kinds(leaves)
    columns = []
    for leaf, column_kind in zip(leaves, kinds, strict=True):
        start, end = (_share(table, x) for x in (leaf.box.x0, leaf.box.x1))
        is_mark = column_kind is ColumnKind.MARK
        heading = _heading(leaf, header) if is_mark and kind is MatrixKind.ATTENDANCE else None
        columns.append(
            Column(
                kind=column_kind,
                start=start,
                end=end,
                date=_date_of(_with_lines_above(leaf, header)) if is_mark else Reading(),
                quarters=_quarters(heading) if heading else (),
                under=_share(table, heading.box.x0) if heading else None,
            )
        )
    return tuple(columns)


def _parted(leaf: Cell, table: Table) -> list[Cell]:
    """A lowest heading as one cell for each column of the body under it: several if the rules between were lost.

    A name that stands as high as the whole heading is that of one column: what parts the body under it is no rule.
    """
    if leaf.column_span == 1 or (leaf.row == 0 and leaf.row_span > 1 and not _names_several(leaf)):
        return [leaf]
    starts = {c.column: c.box.x0 for c in table.cells}
    parts = []
    for column in range(leaf.column, leaf.column + leaf.column_span):
        x0, x1 = starts.get(column, leaf.box.x0), starts.get(column + 1, leaf.box.x1)
        if x1 <= x0:
            return [leaf]
        box = Box(x0, leaf.box.y0, x1, leaf.box.y1)
        words = [" ".join(w.text for w in line.words if w.box and x0 <= w.box.center[0] < x1) for line in leaf.lines]
        text = "\n".join(w for w in words if w)
        confidence = leaf.reading.confidence
        candidates = (Candidate(text, confidence, leaf.reading.candidates[0].source),) if text else ()
        reading = Reading(candidates, leaf.reading.places)
        parts.append(replace(leaf, column=column, column_span=1, box=box, reading=reading))
    return parts


def _names_several(leaf: Cell) -> bool:
    """Whether a heading names several columns of words."""
    words = fold(leaf.reading.text).split()
    return sum(name in words for name in NAMES) > 1


def _share(table: Table, x: float) -> float:
    return (x - table.box.x0) / max(1.0, table.box.width)


def _function_kinds(leaves: Sequence[Cell]) -> list[ColumnKind]:
    return (
        [ColumnKind.TEXT] * bool(leaves)
        + [ColumnKind.MARK] * (len(leaves) - 2)
        + [ColumnKind.ADDRESSED] * (len(leaves) > 1)
    )


def _attendance_kinds(leaves: Sequence[Cell]) -> list[ColumnKind]:
    """Sector, entity, position, role by their headings' order; then marks; the last is the total.

    The role column is the last of the headings before the first cell that holds a date or a sign of none.
    """
    words = [fold(leaf.reading.text) for leaf in leaves]
    role = max((i for i, w in enumerate(words) if w in {"rol", "ro", "rol i"}), default=3)
    before = [ColumnKind.SECTOR, ColumnKind.ENTITY, ColumnKind.POSITION]
    lead = before[-role:] if role < 3 else before + [ColumnKind.POSITION] * (role - 3)
    marks = max(0, len(leaves) - role - 2)
    return [*lead, ColumnKind.ROLE, *[ColumnKind.MARK] * marks, ColumnKind.TOTAL][: len(leaves)]


def _heading(leaf: Cell, header: Sequence[Cell]) -> Cell | None:
    """The quarter's cell over a date cell: the lowest one, or the date cell itself where the rule between was lost."""
    if _names_quarter(leaf.reading.text):
        return leaf
    middle = leaf.box.center[0]
    over = [c for c in header if 0 < c.row < leaf.row and c.box.x0 <= middle < c.box.x1]
    return max(over, key=lambda c: c.row, default=None)


def _quarters(heading: Cell) -> tuple[tuple[int, float], ...]:
    found = parse_quarter(_quarter_lines(heading.reading.text))
    return (found,) if found else ()


def _names_quarter(text: str) -> bool:
    return _says(fold(text), "trimestre") and len(text) >= len("I Trimestre")


def _quarter_lines(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not _is_date_line(line)) or text


def _is_date_line(line: str) -> bool:
    return parse_date(line) is not None or (bool(line.strip()) and is_empty_mark(line))


def _with_lines_above(leaf: Cell, header: Sequence[Cell]) -> Cell:
    """A lowest heading with what stands above it in its column where only both are a date."""
    above = [c for c in header if c.column == leaf.column and c.column_span == 1 and c.row + c.row_span == leaf.row]
    whole = joined([*(c.reading for c in above), leaf.reading])
    dated = parse_date(leaf.reading.text) is None and parse_date(whole.text) is not None
    return replace(leaf, reading=whole) if above and dated and parse_date(above[0].reading.text) is None else leaf


def _date_of(leaf: Cell) -> Reading:
    """A date cell's reading; of one run together with its quarter, the lines that say a date or that there is none."""
    if not _names_quarter(leaf.reading.text):
        return _sobered(leaf.reading)
    dated = []
    for candidate in leaf.reading.candidates:
        lines = [line for line in candidate.text.split("\n") if _is_date_line(line)]
        if lines:
            dated.append(Candidate(lines[-1], candidate.confidence, candidate.source))
    return Reading(tuple(dated), leaf.reading.places)


def _sobered(reading: Reading) -> Reading:
    """A reading of which several looks were taken, believed as they are on the whole: the surest of several is surer
    than it is right, and a worn digit that all of them misread would pass for another day."""
    looks = [c.confidence for c in reading.again if ":" in c.source and c.confidence is not None]
    if len(looks) < 2 or not reading.candidates or reading.candidates[0].source != "tesseract":
        return reading
    first = replace(reading.candidates[0], confidence=fmean(looks))
    return replace(reading, candidates=(first, *reading.candidates[1:]))


def cells_in(table: Table, column: Column, row: int) -> list[Cell]:
    """The cells that stand in a column of a row, left to right."""
    x0 = table.box.x0 + column.start * table.box.width
    x1 = table.box.x0 + column.end * table.box.width
    found = []
    for cell in table.cells:
        if not cell.row <= row < cell.row + cell.row_span:
            continue
        shared = min(cell.box.x1, x1) - max(cell.box.x0, x0)
        if shared > OVERLAP * min(cell.box.width, x1 - x0):
            found.append(cell)
    return sorted(found, key=lambda c: c.box.x0)


def reading_in(table: Table, column: Column, row: int, *, merges: bool = False) -> Reading:
    """What stands in a column of a row: joined if a false rule cuts it, unreadable if merged with others.

    `merges`: whether the column's cells may span rows, all of which then have what stands in them; in the others a cell
    that began in an earlier row is that row's, and what this one holds cannot be told.
    """
    cells = cells_in(table, column, row)
    width = (column.end - column.start) * table.box.width
    places = tuple(Place(table.page, c.box) for c in cells)
    too_wide = any(c.box.width > width * (1 + OVERLAP) for c in cells if c.row_span <= 1 or c.row == row)
    if not cells or too_wide or (not merges and any(c.row < row for c in cells)):
        return Reading(places=places)
    inked = [c for c in cells if c.reading.text or not c.reading.candidates]
    if len(inked) <= 1:
        return (inked or cells)[0].reading
    return joined([c.reading for c in inked], " ")


def joined(readings: Sequence[Reading], glue: str = "\n") -> Reading:
    """Pieces of one value as one reading, with all their places."""
    inked = [r for r in readings if r.text]
    places = tuple(p for r in readings for p in r.places)
    if not inked:
        unread = any(not r.candidates for r in readings)
        return Reading(places=places) if unread or not readings else replace(readings[0], places=places)
    if len(inked) == 1:
        return replace(inked[0], places=places)
    said = [r.words for r in inked if r.words]
    known = [c.confidence for c in said if c.confidence is not None]
    text = glue.join(c.text for c in said)
    return Reading((Candidate(text, min(known) if known else None, said[0].source),), places)


def is_blank(reading: Reading) -> bool:
    """Whether the cell is known to hold nothing (a dash is something, and so is what cannot be read)."""
    return bool(reading.candidates) and not reading.text.strip()

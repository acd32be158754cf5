"""Read pages → matrices: tables typed by their headers, stitched over page breaks, and all other text as lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from ocr.records import Box, InputKind, ReadDocument, Reading, ReadPage, Table, TextLine
from parsers.accounts import SMALL, has_merged_rows, has_swallowed_row, names_functions, parted, scoped
from parsers.books import cell_lines, is_silent, lost_cells, lost_headings
from parsers.fragments import (
    Column,
    ColumnKind,
    Fragment,
    fragment,
    heading,
    is_blank,
    joined,
    names_matrix,
    reading_in,
)
from parsers.kin import with_kin
from parsers.odd_rows import pages_of_odd_rows
from parsers.records import (
    AttendanceMatrix,
    AttendeeReading,
    ColumnReading,
    FunctionMatrix,
    FunctionReading,
    MatrixKind,
    SortedReadings,
)

HEADING_ROWS = 3  # of a table that was not taken for a matrix, in which it may yet be named one
SAME_EDGES = 0.02  # of the table's width: columns that differ less are the same
RIGHT_ABOVE = 2.5  # of its height that a line's middle stands above a table, at most; a lost row would fill as much
COLUMNS_DISAGREE = "columns_disagree"
DUST = 0.95  # probability that ink is no print, by where it stands
DASHES = frozenset("-–—_. ")
STRUCTURE_UNCERTAIN = "structure_uncertain"  # of rows or columns that no rule parts

AnyMatrix = TypeVar("AnyMatrix", AttendanceMatrix, FunctionMatrix)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a matrix: the readings of its columns."""

    readings: tuple[Reading, ...]
    kinds: tuple[ColumnKind, ...]

    def of(self, kind: ColumnKind) -> tuple[Reading, ...]:
        return tuple(r for r, k in zip(self.readings, self.kinds, strict=True) if k is kind)

    def one(self, kind: ColumnKind) -> Reading:
        found = self.of(kind)
        return found[0] if len(found) == 1 else joined(found, " ") if found else Reading()

    def shares_text(self) -> bool:
        """Whether this is a function whose text stands in a cell that began in the row above."""
        return any(not text.candidates for text in self.of(ColumnKind.TEXT))

    def is_addressed(self) -> bool:
        return any(r.text.strip() for r in self.of(ColumnKind.ADDRESSED))

    def has_marks(self) -> bool:
        """Whether the small cells hold ink: one of a row's last columns, or two marks. One alone may be a blot, and a
        total alone that is no number what is left of a rule; of dashes alone, of which dust makes any number, none is
        the row's: it has a role and a total, or says whether it was addressed."""
        small = [(r, k) for r, k in zip(self.readings, self.kinds, strict=True) if k in SMALL]
        inked = [(r, k) for r, k in small if not is_blank(r) and not _is_dust(r)]
        if len(inked) != 1:
            return len(inked) > 1 and not all(r.text and set(r.text) <= DASHES for r, _ in inked)
        reading, kind = inked[0]
        number = any(x.isdigit() for c in reading.candidates for x in c.text)
        return number if kind is ColumnKind.TOTAL else kind is not ColumnKind.MARK


def _is_dust(reading: Reading) -> bool:
    """Whether ink stands where the document's print does not, so that it is hardly print, whatever it looks like."""
    return any(c.text == "" and (c.confidence or 0.0) >= DUST for c in reading.of("seat"))


def sort_pages(document: ReadDocument) -> SortedReadings:
    """Sorts everything read on a document's pages into its matrices and the lines around them."""
    fragments, lines, others = _sorted_tables(document.pages)
    named = (line for line in lines if names_matrix(line.text) or names_functions(line.text))
    unread = {line.place.page for line in named if not _is_heading_of(line, fragments)}
    unread |= {table.page for table in others if names_matrix(heading(table, HEADING_ROWS))}
    unread |= {part.table.page for part in fragments if has_merged_rows(part) or has_swallowed_row(part)}
    unread |= _short_pages(fragments)
    unread |= {page.frame.number for page in document.pages if page.fault}
    by_kind = {kind: [f for f in fragments if f.kind is kind] for kind in MatrixKind}
    own = by_kind[MatrixKind.ATTENDANCE]
    attendance = _attendance(own) if own else None
    scopes = (MatrixKind.FUNCTIONS_GENERAL, MatrixKind.FUNCTIONS_SPECIFIC)
    functions = tuple(_functions(kind, by_kind[kind]) for kind in scopes if by_kind[kind])
    unread = unread.union(*(pages_of_odd_rows(m) for m in (attendance, *functions) if m))
    read = SortedReadings(
        kind=document.kind,
        attendance=attendance,
        functions=functions,
        lines=tuple(lines),
        unread_matrices=tuple(sorted(unread)),
        silent_pages=tuple(page.frame.number for page in document.pages if is_silent(page)),
    )
    ink = tuple(residual for page in document.pages for residual in page.residuals)
    return _with_columns_compared(
        replace(read, residuals=(*ink, *lost_cells(fragments, read), *lost_headings(fragments, read)))
    )


def _is_heading_of(line: TextLine, fragments: Sequence[Fragment]) -> bool:
    """Whether a line outside the tables is read off the heading of one of them, whose edge a stamp hides, or stands
    right above one that lacks it, since the rule over it was lost."""
    box = line.place.box
    if box is not None and any(_is_right_above(box, part) for part in fragments if part.table.page == line.place.page):
        return True
    headings = (
        Box.around(c.box for c in part.table.cells if c.row < part.header_rows)
        for part in fragments
        if part.header_rows and part.table.page == line.place.page
    )
    return box is not None and any(h.contains(*box.center) for h in headings)


def _is_right_above(box: Box, part: Fragment) -> bool:
    """Whether what stands in a box is the first line of a fragment's heading, which it lacks."""
    marks, table = part.marks(), part.table.box
    if not marks or not part.header_rows or names_matrix(heading(part.table, part.header_rows)):
        return False
    x0, x1 = (table.x0 + share * table.width for share in (marks[0].start, marks[-1].end))
    return x0 <= box.center[0] < x1 and 0 <= table.y0 - box.center[1] < RIGHT_ABOVE * box.height


def _short_pages(fragments: Sequence[Fragment]) -> set[int]:
    """Pages whose tables without rules show fewer columns of marks than others: the cells of the rest are missing."""
    most = max((len(f.marks()) for f in fragments), default=0)
    return {f.table.page for f in fragments if not f.table.ruled and f.header_rows and len(f.marks()) < most}


def _with_columns_compared(read: SortedReadings) -> SortedReadings:
    """All matrices of a report have the same sessions: those with another number of columns than most are doubted.

    Two matrices that disagree doubt each other. A matrix of a scan that has fewer has lost the rule beside a column,
    and with it what stands there.
    """
    if read.attendance is None or not read.functions:
        return read
    sizes = [len(read.attendance.columns), *(len(m.columns) for m in read.functions)]
    counted = Counter(sizes)
    right = [size for size, n in counted.items() if n == max(counted.values())]
    doubted = [len(right) > 1 or size != right[0] or size < max(sizes) for size in sizes]
    attendance, functions = read.attendance, list(read.functions)
    starts = [next((r.places[:1] for row in m.rows for r in row.marks), ()) for m in functions]
    starts.insert(0, next((r.places[:1] for row in attendance.rows for r in row.marks), ()))
    lost = {p.page for places, size in zip(starts, sizes, strict=True) if size < max(sizes) for p in places}
    return replace(
        read,
        unread_matrices=tuple(sorted({*read.unread_matrices, *(lost if read.kind is InputKind.SCAN else ())})),
        attendance=_doubted(attendance) if doubted[0] else attendance,
        functions=tuple(_doubted(m) if doubt else m for m, doubt in zip(functions, doubted[1:], strict=True)),
    )


def _doubted(matrix: AnyMatrix) -> AnyMatrix:
    return replace(matrix, warnings=tuple(dict.fromkeys((*matrix.warnings, COLUMNS_DISAGREE))))


def _sorted_tables(pages: Sequence[ReadPage]) -> tuple[list[Fragment], list[TextLine], list[Table]]:
    """The fragments of matrices, in order; all text outside them, in reading order; and the other tables."""
    tables = [part for page in pages for whole in page.tables for part in parted(whole)]
    found: list[Fragment | None] = []
    for i, table in enumerate(tables):
        first = i == 0 or tables[i - 1].page != table.page
        found.append(fragment(table) or (_continuation(table, [f for f in found if f]) if first else None))
    found = with_kin(tables, found)
    rest = [table for table, part in zip(tables, found, strict=True) if part is None]
    others = ([t for t in rest if t.page == page.frame.number] for page in pages)
    lines = [line for page, some in zip(pages, others, strict=True) for line in _with_tables(page.lines, some)]
    return scoped([f for f in found if f]), lines, rest


def _continuation(table: Table, before: Sequence[Fragment]) -> Fragment | None:
    """A table without a header, whose columns are those of the matrix that ended the page before."""
    if not before or before[-1].table.page != table.page - 1:
        return None
    last = before[-1]
    edges = sorted({round((c.box.x0 - table.box.x0) / max(1.0, table.box.width), 3) for c in table.cells})
    known = [c.start for c in last.columns]
    if not all(any(abs(e - k) < SAME_EDGES for e in edges) for k in known):
        return None
    return Fragment(last.kind, table, 0, last.columns, table.certain)


def _with_tables(lines: Sequence[TextLine], tables: Sequence[Table]) -> list[TextLine]:
    """The lines of a page with those of its other tables put in where the table stands."""
    rest = sorted(tables, key=lambda t: t.box.y0)
    result: list[TextLine] = []
    for line in lines:
        while rest and line.place.box is not None and rest[0].box.y0 < line.place.box.y0:
            result += _lines_of(rest.pop(0))
        result.append(line)
    return result + [x for table in rest for x in _lines_of(table)]


def _lines_of(table: Table) -> list[TextLine]:
    return [line for cell in table.cells for line in cell_lines(cell, table.page)]


# ---------------------------------------------------------------- columns


def _agreed(fragments: Sequence[Fragment]) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The matrix's columns as most of its headers show them, the dates of all headers gathered in each.

    Ties go to the header with more columns: a rule that vanished is likelier than one that appeared on every row.
    """
    headed = [f for f in fragments if f.header_rows and f.marks()]
    if not headed:
        return (), (COLUMNS_DISAGREE,)
    counted = Counter(_kinds(f.columns) for f in headed)
    kinds = max(counted, key=lambda k: (counted[k], len(k)))
    same = [f.columns for f in headed if _kinds(f.columns) == kinds]
    columns = tuple(_gathered([columns[i] for columns in same]) for i in range(len(kinds)))
    disagree = (COLUMNS_DISAGREE,) if len(counted) > 1 and counted[kinds] * 2 <= len(headed) else ()
    return columns, (*disagree, *((STRUCTURE_UNCERTAIN,) if not all(f.certain for f in fragments) else ()))


def _kinds(columns: Sequence[Column]) -> tuple[ColumnKind, ...]:
    return tuple(c.kind for c in columns)


def _gathered(columns: Sequence[Column]) -> Column:
    """One column out of its repeated headers: all that was read of its date and of its quarter."""
    dates = [c.date for c in columns]
    date = Reading(
        tuple(x for d in dates for x in d.candidates),
        tuple(p for d in dates for p in d.places),
        tuple(x for d in dates for x in d.again),
    )
    under = next((c.under for c in columns if c.under is not None), None)
    return replace(columns[0], date=date, quarters=tuple(q for c in columns for q in c.quarters), under=under)


def _headings(columns: Sequence[Column]) -> list[int | None]:
    """The number of the quarter's heading over each column, shared by those under one; None where there is none."""
    numbers: list[int | None] = []
    for i, column in enumerate(columns):
        shared = i > 0 and _same_heading(columns[i - 1], column)
        numbers.append((numbers[-1] if shared else i) if column.under is not None else None)
    return numbers


def _same_heading(left: Column, right: Column) -> bool:
    return left.under is not None and right.under is not None and abs(left.under - right.under) < SAME_EDGES


# ---------------------------------------------------------------- rows


def _rows(fragments: Sequence[Fragment], columns: tuple[Column, ...]) -> list[_Row]:
    """All rows of a matrix in order, those cut by a page break made whole."""
    rows: list[_Row] = []
    for part in fragments:
        page_columns = part.columns if _kinds(part.columns) == _kinds(columns) else columns
        found = _without_false_edges(_part_rows(replace(part, columns=page_columns)))
        if rows and found and _is_cut(rows[-1], found[0]):
            rows[-1] = _whole(rows[-1], found.pop(0))
        rows += found
    return rows


def _part_rows(part: Fragment) -> list[_Row]:
    return [_row(part, part.columns, i) for i in range(part.header_rows, part.table.rows)]


def _without_false_edges(rows: Sequence[_Row]) -> list[_Row]:
    """Rows of functions that share one text made whole where only one of them says whether it was addressed: a stroke
    of a stamp, taken for a rule, had cut them."""
    whole: list[_Row] = []
    for row in rows:
        if whole and row.shares_text() and row.is_addressed() != whole[-1].is_addressed():
            pairs = zip(whole[-1].readings, row.readings, strict=True)
            whole[-1] = _Row(tuple(b if is_blank(a) else a for a, b in pairs), row.kinds)
        else:
            whole.append(row)
    return whole


def _row(part: Fragment, columns: Sequence[Column], row: int) -> _Row:
    readings = tuple(reading_in(part.table, column, row, merges=column.kind is ColumnKind.SECTOR) for column in columns)
    return _Row(readings, tuple(c.kind for c in columns))


def _is_cut(above: _Row, below: _Row) -> bool:
    """Whether the last row of a page and the first of the next are one: only one of them holds marks."""
    return above.has_marks() != below.has_marks()


def _whole(above: _Row, below: _Row) -> _Row:
    """The two parts of a row as one: words joined, small cells as they stand in the part that holds the marks."""
    marked = above if above.has_marks() else below
    readings = tuple(
        replace(own, places=(*a.places, *b.places)) if kind in SMALL else joined((a, b))
        for a, b, own, kind in zip(above.readings, below.readings, marked.readings, above.kinds, strict=True)
    )
    return _Row(readings, above.kinds)


def _attendance(fragments: Sequence[Fragment]) -> AttendanceMatrix:
    columns, warnings = _agreed(fragments)
    rows = _rows(fragments, columns)
    marks = [c for c in columns if c.kind is ColumnKind.MARK]
    header = tuple(ColumnReading(c.date, c.quarters, h) for c, h in zip(marks, _headings(marks), strict=True))
    read = tuple(
        AttendeeReading(
            sector=sector,
            entity=row.one(ColumnKind.ENTITY),
            position=row.one(ColumnKind.POSITION),
            role=row.one(ColumnKind.ROLE),
            marks=row.of(ColumnKind.MARK),
            total=row.one(ColumnKind.TOTAL),
        )
        for row, sector in zip(rows, _sectors(rows), strict=True)
    )
    return AttendanceMatrix(header, read, warnings)


def _sectors(rows: Sequence[_Row]) -> list[Reading]:
    """Each row's sector; a merged cell that goes on over a page is blank there, or printed only there."""
    sectors = [row.one(ColumnKind.SECTOR) for row in rows]
    for i in range(1, len(sectors)):
        if is_blank(sectors[i]):
            sectors[i] = sectors[i - 1]
    for i in reversed(range(len(sectors) - 1)):
        if is_blank(sectors[i]):
            sectors[i] = sectors[i + 1]
    return sectors


def _functions(kind: MatrixKind, fragments: Sequence[Fragment]) -> FunctionMatrix:
    columns, warnings = _agreed(fragments)
    rows = tuple(
        FunctionReading(row.one(ColumnKind.TEXT), row.of(ColumnKind.MARK), row.one(ColumnKind.ADDRESSED))
        for row in _rows(fragments, columns)
    )
    header = tuple(ColumnReading(c.date) for c in columns if c.kind is ColumnKind.MARK)
    return FunctionMatrix(kind, header, rows, warnings)

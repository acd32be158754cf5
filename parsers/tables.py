"""Read pages → matrices: tables typed by their headers, stitched over page breaks, and all other text as lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ocr.records import Box, ReadDocument, Reading, ReadPage, Table, TextLine
from parsers.accounts import has_merged_rows, has_swallowed_row, names_functions, parted, scoped
from parsers.agreement import agreed, compared, headings, short_pages, without_short
from parsers.books import cell_lines, is_silent, lost_cells, lost_headings
from parsers.fragments import ColumnKind, Fragment, fragment, heading, is_blank, names_matrix
from parsers.kin import are_among, corroborated, with_kin
from parsers.matrix_rows import Row, rows
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
from parsers.shared_cells import with_cells_parted

HEADING_ROWS = 3  # of a table that was not taken for a matrix, in which it may yet be named one
RIGHT_ABOVE = 2.5  # of its height that a line's middle stands above a table, at most; a lost row would fill as much


def sort_pages(document: ReadDocument) -> SortedReadings:
    """Sorts everything read on a document's pages into its matrices and the lines around them."""
    fragments, lines, others = _sorted_tables(document.pages)
    named = (line for line in lines if names_matrix(line.text) or names_functions(line.text))
    unread = {line.place.page for line in named if not _is_heading_of(line, fragments)}
    unread |= {table.page for table in others if names_matrix(heading(table, HEADING_ROWS))}
    unread |= {part.table.page for part in fragments if has_merged_rows(part) or has_swallowed_row(part)}
    unread |= short_pages(fragments)
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
    return compared(replace(read, residuals=(*ink, *lost_cells(fragments, read), *lost_headings(fragments, read))))


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
    parts = without_short(scoped(corroborated([f for f in found if f])))
    return [with_cells_parted(f) for f in parts], lines, rest


def _continuation(table: Table, before: Sequence[Fragment]) -> Fragment | None:
    """A table without a header, whose columns are those of the matrix that ended the page before."""
    if not before or before[-1].table.page != table.page - 1:
        return None
    last = before[-1]
    edges = sorted({round((c.box.x0 - table.box.x0) / max(1.0, table.box.width), 3) for c in table.cells})
    if not are_among([c.start for c in last.columns], edges):
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


def _attendance(fragments: Sequence[Fragment]) -> AttendanceMatrix:
    columns, warnings = agreed(fragments)
    found = rows(fragments, columns)
    marks = [c for c in columns if c.kind is ColumnKind.MARK]
    header = tuple(ColumnReading(c.date, c.quarters, h) for c, h in zip(marks, headings(marks), strict=True))
    read = tuple(
        AttendeeReading(
            sector=sector,
            entity=row.one(ColumnKind.ENTITY),
            position=row.one(ColumnKind.POSITION),
            role=row.one(ColumnKind.ROLE),
            marks=row.of(ColumnKind.MARK),
            total=row.one(ColumnKind.TOTAL),
            doubts=row.doubts,
        )
        for row, sector in zip(found, _sectors(found), strict=True)
    )
    return AttendanceMatrix(header, read, warnings)


def _sectors(found: Sequence[Row]) -> list[Reading]:
    """Each row's sector; a merged cell that goes on over a page is blank there, or printed only there. Where that one's
    rows are in doubt, and this one is not, whose it is cannot be told."""
    sectors = [row.one(ColumnKind.SECTOR) for row in found]
    down, up = range(1, len(sectors)), range(len(sectors) - 2, -1, -1)
    for i, near in [*((i, i - 1) for i in down), *((i, i + 1) for i in up)]:
        if is_blank(sectors[i]):
            known = found[i].doubts or not found[near].doubts
            sectors[i] = sectors[near] if known else Reading(places=sectors[near].places)
    return sectors


def _functions(kind: MatrixKind, fragments: Sequence[Fragment]) -> FunctionMatrix:
    columns, warnings = agreed(fragments)
    read = tuple(
        FunctionReading(row.one(ColumnKind.TEXT), row.of(ColumnKind.MARK), row.one(ColumnKind.ADDRESSED), row.doubts)
        for row in rows(fragments, columns)
    )
    header = tuple(ColumnReading(c.date) for c in columns if c.kind is ColumnKind.MARK)
    return FunctionMatrix(kind, header, read, warnings)

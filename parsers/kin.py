"""Tables under a heading that nobody could read, known by their columns: those of a matrix of the same report.

A copy of a copy leaves of a shaded heading nothing but dots. The report draws all parts of a matrix alike, and both of
its function matrices, so where every edge of a table is one of theirs, and every one of theirs is there, so is what
stands between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ocr.records import Reading, Table
from parsers.fragments import MOST_HEADER_ROWS, SAME_EDGE, Column, ColumnKind, Fragment, reading_in
from parsers.lexicon import fold_mark, is_count
from parsers.records import MatrixKind

TALLER = 1.3  # times the height of a heading of the same columns: one that is higher has swallowed a row
WIDER = 1.5  # times a column of marks: a cell over several
LEAST_COLUMNS = 5  # of a table; fewer are alike by chance


def with_kin(tables: Sequence[Table], found: Sequence[Fragment | None]) -> list[Fragment | None]:
    """For each of a report's tables, in order, the fragment of a matrix that it is; `found`: by their headings."""
    headed = [f for f in found if f is not None and f.header_rows and f.marks()]
    return [
        own if own and not _has_heading(own) else _by_kin(i, tables[i], headed, found) or own
        for i, own in enumerate(found)
    ]


def corroborated(parts: Sequence[Fragment]) -> list[Fragment]:
    """The fragments, those whose columns a certain one of the same report has too as certain as it, where nothing but
    an illegible heading cast doubt on them; and those that lost rules between columns with the columns of that one."""
    sure = [f for f in parts if f.certain and f.header_rows and f.marks()]
    return [_with_columns(part, sure) for part in parts]


def _with_columns(part: Fragment, sure: Sequence[Fragment]) -> Fragment:
    if not part.header_rows or not part.table.certain:
        return part
    others = [f for f in sure if f is not part and _are_family(f, part)]
    if any(_are_same(part.columns, f.columns) for f in others):
        return replace(part, certain=True)
    finer = [f for f in others if _is_finer(f, part) and _is_seconded(f, [x for x in sure if x is not part])]
    if not finer:
        return part
    kin = max(finer, key=lambda f: (f.kind is part.kind, -abs(f.table.page - part.table.page)))
    return replace(part, columns=tuple(_as_headed(c, part) for c in kin.columns))


def _are_family(a: Fragment, b: Fragment) -> bool:
    """Whether both are parts of the attendance matrix, or of those of the functions, which are drawn alike."""
    return (a.kind is MatrixKind.ATTENDANCE) == (b.kind is MatrixKind.ATTENDANCE)


def _are_same(some: Sequence[Column], others: Sequence[Column]) -> bool:
    return len(some) == len(others) and all(
        a.kind is b.kind and abs(a.start - b.start) < SAME_EDGE for a, b in zip(some, others, strict=True)
    )


def _is_finer(kin: Fragment, part: Fragment) -> bool:
    """Whether every edge of the columns of `part` is one of those of `kin`, which has more of them."""
    shared = are_among([c.start for c in part.columns], [c.start for c in kin.columns])
    return part.table.ruled and shared and len(kin.columns) > len(part.columns)


def _is_seconded(kin: Fragment, sure: Sequence[Fragment]) -> bool:
    """Whether another fragment shows as many sessions: a stroke taken for a rule makes more in one."""
    return any(f is not kin and len(f.marks()) == len(kin.marks()) for f in sure)


def _as_headed(column: Column, part: Fragment) -> Column:
    """A column of kin as the fragment's own heading has it, if it has it."""
    own = [c for c in part.columns if abs(c.start - column.start) < SAME_EDGE and abs(c.end - column.end) < SAME_EDGE]
    said = own[0] if own else Column(column.kind, column.start, column.end)
    return replace(column, date=said.date, quarters=said.quarters, under=said.under)


def _has_heading(part: Fragment) -> bool:
    """Whether what was taken for the rest of the page before begins with a heading: one cell over several columns."""
    marks, table = part.marks(), part.table
    if part.header_rows or not marks:
        return False
    x0, width = table.box.x0 + marks[0].start * table.box.width, (marks[0].end - marks[0].start) * table.box.width
    return any(c.row == 0 and c.box.center[0] > x0 and c.box.width > WIDER * width for c in table.cells)


def _by_kin(i: int, table: Table, headed: Sequence[Fragment], found: Sequence[Fragment | None]) -> Fragment | None:
    alike = [f for f in headed if table.columns >= LEAST_COLUMNS and _edges_agree(table, f)]
    for kin in sorted(alike, key=lambda f: abs(f.table.page - table.page)):
        columns = tuple(replace(c, date=Reading(), quarters=(), under=None) for c in kin.columns)
        own = Fragment(_scope(kin, i, found), table, 0, columns, table.certain)
        high = _height(kin.table, kin.header_rows)
        header_rows = _header_rows(own, high)
        if header_rows and _height(table, header_rows) <= TALLER * high:
            return replace(own, header_rows=header_rows)
    return None


def are_among(edges: Sequence[float], others: Sequence[float]) -> bool:
    """Whether each of the edges, in shares of the table's width, is one of the others."""
    return all(any(abs(edge - other) < SAME_EDGE for other in others) for edge in edges)


def _edges_agree(table: Table, kin: Fragment) -> bool:
    """Whether a table has the edges of a fragment's columns, and no others."""
    own = sorted({(c.box.x0 - table.box.x0) / max(1.0, table.box.width) for c in table.cells})
    known = [c.start for c in kin.columns]
    return are_among(own, known) and are_among(known, own)


def _scope(kin: Fragment, i: int, found: Sequence[Fragment | None]) -> MatrixKind | None:
    """The matrix of a table with the columns of `kin`: of the functions the general ones come first."""
    if kin.kind is MatrixKind.ATTENDANCE:
        return kin.kind
    before = {f.kind for f in found[:i] if f}
    return MatrixKind.FUNCTIONS_SPECIFIC if MatrixKind.FUNCTIONS_SPECIFIC in before else MatrixKind.FUNCTIONS_GENERAL


def _header_rows(part: Fragment, high: float) -> int:
    """How many rows the heading takes, 0 where that cannot be told: of those above the first row that ends in a total,
    or in whether a function was addressed, as many as are `high`; the first row may be the rest of a cut one."""
    rows = range(1, min(part.table.rows, MOST_HEADER_ROWS + 1))
    first = next((row for row in rows if ends_a_row(part, row)), 0)
    return min(range(1, first + 1), key=lambda row: abs(_height(part.table, row) - high), default=0)


def ends_a_row(part: Fragment, row: int) -> bool:
    """Whether the last cell of a row says what those of rows say: a total, or whether a function was addressed."""
    text = reading_in(part.table, part.columns[-1], row).text.strip()
    if part.columns[-1].kind is ColumnKind.TOTAL:
        return is_count(text)
    return fold_mark(text) in ("SI", "NO")


def _height(table: Table, rows: int) -> float:
    """The height of a table's first rows, in shares of its width, which does not change from page to page."""
    ends = [c.box.y1 for c in table.cells if c.row + c.row_span <= rows]
    return (max(ends, default=table.box.y0) - table.box.y0) / max(1.0, table.box.width)

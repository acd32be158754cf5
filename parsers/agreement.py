"""The columns of a matrix, and of all matrices of a report: what most headings show, and who disagrees.

A table that is not certain has no voice where others are, and is doubted by itself; but it may show that a column was
lost elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from ocr.records import InputKind, Reading
from parsers.fragments import SAME_EDGE, Column, ColumnKind, Fragment, may_head_marks
from parsers.records import AttendanceMatrix, FunctionMatrix, SortedReadings

COLUMNS_DISAGREE = "columns_disagree"
STRUCTURE_UNCERTAIN = "structure_uncertain"  # of rows or columns that no rule parts

AnyMatrix = TypeVar("AnyMatrix", AttendanceMatrix, FunctionMatrix)


def agreed(fragments: Sequence[Fragment]) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """The matrix's columns as most of its headers show them, the dates of all headers gathered in each; and what puts
    all of the matrix in doubt.

    Ties go to the header with more columns: a rule that vanished is likelier than one that appeared on every row.
    """
    headed = [f for f in fragments if f.header_rows and f.marks()]
    if not headed:
        return (), (COLUMNS_DISAGREE,)
    sure = [f for f in headed if f.certain]
    most = max((len(f.marks()) for f in sure), default=0)
    heard = [f for f in headed if f.certain or (f.table.certain and len(f.marks()) > most)] if sure else headed
    counted = Counter(kinds_of(f.columns) for f in heard)
    kinds = max(counted, key=lambda k: (counted[k], len(k)))
    same = [f.columns for f in headed if kinds_of(f.columns) == kinds]
    columns = tuple(_gathered([columns[i] for columns in same]) for i in range(len(kinds)))
    disagree = (COLUMNS_DISAGREE,) if len(counted) > 1 and counted[kinds] * 2 <= len(heard) else ()
    return columns, (*disagree, *(() if sure else (STRUCTURE_UNCERTAIN,)))


def kinds_of(columns: Sequence[Column]) -> tuple[ColumnKind, ...]:
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


def headings(columns: Sequence[Column]) -> list[int | None]:
    """The number of the quarter's heading over each column, shared by those under one; None where there is none."""
    numbers: list[int | None] = []
    for i, column in enumerate(columns):
        shared = i > 0 and _same_heading(columns[i - 1], column)
        numbers.append((numbers[-1] if shared else i) if column.under is not None else None)
    return numbers


def _same_heading(left: Column, right: Column) -> bool:
    return left.under is not None and right.under is not None and abs(left.under - right.under) < SAME_EDGE


# ---------------------------------------------------------------- all matrices


def without_short(fragments: Sequence[Fragment]) -> list[Fragment]:
    """The fragments, none certain that has no rules and shows fewer columns of marks than others."""
    most = _most(fragments)
    return [replace(f, certain=False) if _is_short(f, most) else f for f in fragments]


def short_pages(fragments: Sequence[Fragment]) -> set[int]:
    """Pages of tables without rules that show fewer columns of marks than others, and so does their whole matrix: the
    cells of the rest are missing."""
    most = _most(fragments)
    kinds = {f.kind for f in fragments}
    whole = {k for k in kinds if len(agreed([f for f in fragments if f.kind is k])[0]) >= most}
    return {f.table.page for f in fragments if f.kind not in whole and _is_short(f, most)}


def _most(fragments: Sequence[Fragment]) -> int:
    shown = (len(f.marks()) if f.certain else _credible([c.date for c in f.marks()]) for f in fragments)
    return max(shown, default=0)


def _is_short(part: Fragment, most: int) -> bool:
    return not part.table.ruled and part.header_rows > 0 and len(part.marks()) < most


def _credible(heads: Sequence[Reading]) -> int:
    """How many columns of marks a table that is not certain shows: those under what may head them."""
    return sum(map(may_head_marks, heads))


def compared(read: SortedReadings) -> SortedReadings:
    """All matrices of a report have the same sessions: those with another number of columns than most are doubted.

    Two matrices that disagree doubt each other, but for one that is uncertain itself and shows no more columns than
    the others. A matrix of a scan that has fewer has lost the rule beside a column, and with it what stands there; an
    attendance that is uncertain and has more tells of sessions that were none.
    """
    if read.attendance is None or not read.functions:
        return read
    matrices: tuple[AttendanceMatrix | FunctionMatrix, ...] = (read.attendance, *read.functions)
    sizes = [len(m.columns) for m in matrices]
    heard = _heard(matrices)
    counted = Counter(heard)
    right = [size for size, n in counted.items() if n == max(counted.values())]
    doubted = [len(right) > 1 or size != right[0] or size < max(heard) for size in sizes]
    starts = [next((r.places[:1] for row in m.rows for r in row.marks), ()) for m in matrices]
    less = [size < max(heard) for size in sizes]
    less[0] = less[0] or (bool(read.attendance.warnings) and sizes[0] not in right)
    lost = {p.page for places, is_less in zip(starts, less, strict=True) if is_less for p in places}
    return replace(
        read,
        unread_matrices=tuple(sorted({*read.unread_matrices, *(lost if read.kind is InputKind.SCAN else ())})),
        attendance=_doubted(read.attendance) if doubted[0] else read.attendance,
        functions=tuple(_doubted(m) if doubt else m for m, doubt in zip(read.functions, doubted[1:], strict=True)),
    )


def _heard(matrices: Sequence[AttendanceMatrix | FunctionMatrix]) -> list[int]:
    """The numbers of columns that have a voice: all, but for those of uncertain matrices with no more columns than the
    certain ones."""
    most = max((len(m.columns) for m in matrices if not m.warnings), default=0)
    return [
        len(m.columns) for m in matrices if not m.warnings or not most or _credible([c.date for c in m.columns]) > most
    ]


def _doubted(matrix: AnyMatrix) -> AnyMatrix:
    return replace(matrix, warnings=tuple(dict.fromkeys((*matrix.warnings, COLUMNS_DISAGREE))))

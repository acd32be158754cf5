"""Pages on which part of a matrix was not read: what this puts in doubt of the values that were, and no more.

Rows of such a page are for review, and those next to it in their matrix: a row cut by the page's end may have lost its
other part. So is a sector that a row has only by what was printed on the far side of it. All else is worth what it is
by itself. A flattened text is one stream: where it lost a row, marks may have gone to others of its matrix, or names to
the next one, so all of a matrix that stands on such a page is doubted, and of its function matrices both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, takewhile
from typing import TypeVar

from ocr.records import InputKind, Reading
from parsers.areas import ROLES
from parsers.lexicon import fold_mark, is_count
from parsers.records import AttendanceMatrix, AttendeeReading, FunctionMatrix, FunctionReading, SortedReadings

UNREAD = "matrix_unread"
SAID = ("SI", "NO", "X")

AnyMatrix = TypeVar("AnyMatrix", AttendanceMatrix, FunctionMatrix)
AnyRow = TypeVar("AnyRow", AttendeeReading, FunctionReading)
Span = tuple[int, int]  # first and last page of a row


def doubted(readings: SortedReadings) -> SortedReadings:
    """The readings, the rows in doubt that touch a page on which part of a matrix was not read."""
    unread = frozenset(readings.unread_matrices)
    own = readings.attendance
    if readings.kind is InputKind.OCR_TEXT:
        return _flat(readings, unread)
    return replace(
        readings,
        attendance=_attendance(own, unread) if own else None,
        functions=tuple(_functions(m, unread) for m in readings.functions),
    )


def _flat(readings: SortedReadings, unread: frozenset[int]) -> SortedReadings:
    """The same of a flattened text; where no matrix stands on an unread page, anything may be missing from any."""
    own = readings.attendance
    attended = frozenset().union(*(_stands_on(r.entity, *r.marks) for r in own.rows)) if own else frozenset()
    others = frozenset().union(*(_stands_on(r.text, *r.marks) for m in readings.functions for r in m.rows))
    anywhere = not unread <= attended | others
    if own and (anywhere or unread & attended):
        own = _warned(replace(own, rows=tuple(_doubted(row) for row in own.rows)))
    functions = readings.functions
    if anywhere or unread & others:
        functions = tuple(_warned(matrix) for matrix in functions)
    return replace(readings, attendance=own, functions=functions)


def _stands_on(*readings: Reading) -> frozenset[int]:
    return frozenset(place.page for reading in readings for place in reading.places)


def _warned(matrix: AnyMatrix) -> AnyMatrix:
    return replace(matrix, warnings=(*matrix.warnings, UNREAD))


def _doubted(row: AnyRow) -> AnyRow:
    return replace(row, doubts=(*row.doubts, UNREAD))


def _attendance(matrix: AttendanceMatrix, unread: frozenset[int]) -> AttendanceMatrix:
    spans = [_pages((row.entity, *row.marks)) for row in matrix.rows]
    own = [replace(r, sector=_own_sector(r, span, unread)) for r, span in zip(matrix.rows, spans, strict=True)]
    whole = [_says_something(row.role, row.total) for row in matrix.rows]
    pairs = zip(own, _touched(spans, unread, whole), strict=True)
    return replace(matrix, rows=tuple(_doubted(row) if touched else row for row, touched in pairs))


def _functions(matrix: FunctionMatrix, unread: frozenset[int]) -> FunctionMatrix:
    spans = [_pages((row.text, *row.marks)) for row in matrix.rows]
    whole = [_says_something(*row.marks, row.addressed) for row in matrix.rows]
    pairs = zip(matrix.rows, _touched(spans, unread, whole), strict=True)
    return replace(matrix, rows=tuple(_doubted(row) if touched else row for row, touched in pairs))


def _says_something(*small: Reading) -> bool:
    """Whether one of a row's small cells holds what no dust is read as: of a cut row one part has them all."""
    said = (reading.text.strip() for reading in small)
    return any(fold_mark(s) in SAID or s in ROLES or is_count(s) for s in said)


def _pages(readings: Sequence[Reading]) -> Span:
    pages = [place.page for reading in readings for place in reading.places]
    return min(pages, default=0), max(pages, default=0)


def _touched(spans: Sequence[Span], unread: frozenset[int], whole: Sequence[bool]) -> list[bool]:
    """For each row whether it stands on an unread page, or such a page lies between it and its neighbour, or begins
    or ends its matrix there; or whether a page's break may have cut it.

    `whole`: whether its small cells say something.
    """
    if not spans:
        return []
    found = [_between(span, unread) for span in spans]
    for i, (above, below) in enumerate(pairwise(spans)):
        if above[1] != below[0] and _between((above[1], below[0]), unread):
            found[i] = found[i + 1] = True
    found[0] = found[0] or spans[0][0] - 1 in unread
    found[-1] = found[-1] or spans[-1][1] + 1 in unread
    return [a or b for a, b in zip(found, _cut(spans, whole), strict=True)]


def _cut(spans: Sequence[Span], whole: Sequence[bool]) -> list[bool]:
    """For each row whether it is one of those at a page's break that say nothing in their small cells, or next to them
    over the break: what was cut there, or a heading that was not told from rows, may be parts of one."""
    found = [False] * len(spans)
    for i in range(1, len(spans)):
        if spans[i - 1][1] == spans[i][0]:
            continue
        for side in (range(i, len(spans)), range(i - 1, -1, -1)):
            loose = list(takewhile(lambda k: not whole[k], side))
            for k in (*loose, *((i - 1, i) if loose else ())):
                found[k] = True
    return found


def _between(span: Span, unread: frozenset[int]) -> bool:
    return any(min(span) <= page <= max(span) for page in unread)


def _own_sector(row: AttendeeReading, span: Span, unread: frozenset[int]) -> Reading:
    """The row's sector; one printed on the far side of an unread page may be another's, and is not this row's."""
    printed = _pages((row.sector,))
    far = row.sector.places and (printed[1] < span[0] or span[1] < printed[0])
    return Reading(places=row.sector.places) if far and _between((printed[0], span[1]), unread) else row.sector

"""Rows that are none: pieces of another row or of a heading, cut off by a rule that is none or by one that is lost."""

from __future__ import annotations

from collections.abc import Sequence

from ocr.records import Reading
from parsers.records import AttendanceMatrix, AttendeeReading, FunctionMatrix, FunctionReading

SHORTEST_NAME = 3  # letters: the shortest acronym
MOST = 1  # in a matrix; one name may lie under a stamp, of more the rules are not those of the paper
WITHOUT_MARKS = "row_without_marks"


def attendee_doubts(row: AttendeeReading) -> tuple[str, ...]:
    """A total alone is no row's: it may be what is left of a rule, or dust read as a digit; each row has a role."""
    return (*_doubts(row.entity, [row.role, *row.marks]), *row.doubts)


def function_doubts(row: FunctionReading) -> tuple[str, ...]:
    return (*_doubts(row.text, [*row.marks, row.addressed]), *row.doubts)


def _doubts(name: Reading, small: Sequence[Reading]) -> tuple[str, ...]:
    """Why a row may be none: every row of the form names something, and has something in its small cells."""
    doubts = []
    if sum(c.isalpha() for c in name.text) < SHORTEST_NAME:
        doubts.append("row_without_name")
    if all(not reading.text.strip() for reading in small):
        doubts.append(WITHOUT_MARKS)
    return tuple(doubts)


def pages_of_odd_rows(matrix: AttendanceMatrix | FunctionMatrix) -> set[int]:
    """The pages of a matrix's odd rows: where pieces pass for rows, rows are missing.

    A row without marks is one by itself: they stand in the piece that was cut off it. Of those without a name it takes
    more than MOST.
    """
    if isinstance(matrix, AttendanceMatrix):
        found = [(row.entity, _doubts(row.entity, [row.role, *row.marks])) for row in matrix.rows]
    else:
        found = [(row.text, _doubts(row.text, [*row.marks, row.addressed])) for row in matrix.rows]
    odd = [(name, doubts) for name, doubts in found if doubts]
    cut = any(WITHOUT_MARKS in doubts for _, doubts in odd)
    return {place.page for name, _ in odd for place in name.places} if cut or len(odd) > MOST else set()

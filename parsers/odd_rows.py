"""Rows that are none: pieces of another row or of a heading, cut off by a rule that is none or by one that is lost."""

from __future__ import annotations

from collections.abc import Sequence

from ocr.records import Reading
from parsers.records import AttendanceMatrix, AttendeeReading, FunctionMatrix, FunctionReading

SHORTEST_NAME = 3  # letters: the shortest acronym
MOST = 1  # in a matrix; one may lie under a stamp, of more the rules are not those of the paper


def attendee_doubts(row: AttendeeReading) -> tuple[str, ...]:
    return _doubts(row.entity, [row.role, *row.marks, row.total])


def function_doubts(row: FunctionReading) -> tuple[str, ...]:
    return _doubts(row.text, [*row.marks, row.addressed])


def _doubts(name: Reading, small: Sequence[Reading]) -> tuple[str, ...]:
    """Why a row may be none: every row of the form names something, and has something in its small cells."""
    doubts = []
    if sum(c.isalpha() for c in name.text) < SHORTEST_NAME:
        doubts.append("row_without_name")
    if all(not reading.text.strip() for reading in small):
        doubts.append("row_without_marks")
    return tuple(doubts)


def pages_of_odd_rows(matrix: AttendanceMatrix | FunctionMatrix) -> set[int]:
    """The pages of a matrix's odd rows, if there are more than MOST: where pieces pass for rows, rows are missing."""
    if isinstance(matrix, AttendanceMatrix):
        odd = [row.entity for row in matrix.rows if attendee_doubts(row)]
    else:
        odd = [row.text for row in matrix.rows if function_doubts(row)]
    return {place.page for reading in odd for place in reading.places} if len(odd) > MOST else set()

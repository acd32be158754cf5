"""Rows that are none: what gives them away, and what it costs their matrix."""

from __future__ import annotations

import pytest

from ocr.records import Candidate, Place, Reading
from parsers.matrix import decode_attendance
from parsers.odd_rows import attendee_doubts, pages_of_odd_rows
from parsers.records import AttendanceMatrix, AttendeeReading, ColumnReading
from parsers.tables import sort_pages
from tests.hand_made import ATTENDANCE_HEAD, document, table


def said(text: str, page: int = 1) -> Reading:
    return Reading((Candidate(text, 0.97, "tesseract"),), (Place(page),))


def row(name: str, role: str, *marks: str, total: str, page: int = 1) -> AttendeeReading:
    small = (said(role), tuple(map(said, marks)), said(total))
    return AttendeeReading(said("Salud"), said(name, page), said("Jefe"), *small)


SECRETARY = ("1. Salud", "Secretaría Distrital de Salud", "Jefe", "P", "SI", "NO", "-", "-", "1")
WHOLE = row("Secretaría Distrital de Salud", "I", "SI", "NO", total="1")
NAMELESS = row("", "I", "SI", "NO", total="1", page=2)
EMPTY = row("Secretaría de", "", "", "", total="", page=3)


@pytest.mark.parametrize(
    ("odd", "doubts"),
    [
        (WHOLE, ()),
        (row("IDU", "I", "", "", total="0"), ()),
        (row("IDU", "", "SI", "", total=""), ()),
        (NAMELESS, ("row_without_name",)),
        (row("¡ .—", "I", "SI", "SI", total="2"), ("row_without_name",)),
        (EMPTY, ("row_without_marks",)),
        (row("Prestaciones", "", "", "", total="3"), ("row_without_marks",)),
        (row("", "", "", "", total=""), ("row_without_name", "row_without_marks")),
    ],
)
def test_a_row_names_somebody_and_says_something(odd: AttendeeReading, doubts: tuple[str, ...]) -> None:
    assert attendee_doubts(odd) == doubts


def test_all_values_of_an_odd_row_are_doubted_and_of_no_other() -> None:
    matrix = AttendanceMatrix((ColumnReading(Reading()),) * 2, (WHOLE, NAMELESS))
    whole, odd = decode_attendance(matrix, (1.0, 1.0)).rows
    assert not any(v.certainty.needs_review for v in (*whole.marks, whole.role, whole.total))
    assert {v.certainty.review_reason for v in (*odd.marks, odd.role, odd.total)} == {"row_without_name"}


def test_one_name_may_lie_under_a_stamp_and_two_say_that_rows_are_missing() -> None:
    columns = (ColumnReading(Reading()),) * 2
    assert pages_of_odd_rows(AttendanceMatrix(columns, (WHOLE, NAMELESS))) == set()
    assert pages_of_odd_rows(AttendanceMatrix(columns, (WHOLE, NAMELESS, NAMELESS))) == {2}


def test_a_row_without_marks_has_lost_them_to_a_piece_of_it() -> None:
    columns = (ColumnReading(Reading()),) * 2
    assert pages_of_odd_rows(AttendanceMatrix(columns, (WHOLE, EMPTY))) == {3}


def test_a_row_taken_for_the_heading_fails_its_page() -> None:
    """A heading printed white on black is read as nothing; the first row's marks then stand where dates should."""
    above, quarters, dates = ATTENDANCE_HEAD
    swallowed = (*dates[:4], "SI", "NO", "-", "-", dates[8])
    assert sort_pages(document(table(above, quarters, swallowed, SECRETARY))).unread_matrices == (1,)
    assert sort_pages(document(table(*ATTENDANCE_HEAD, SECRETARY))).unread_matrices == ()

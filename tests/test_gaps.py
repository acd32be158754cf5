"""Doubts stay where the defect is: a page on which part of a matrix was not read, and the rows that touch it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dictionaries.load import Dictionary, load
from ocr.records import InputKind, PageFrame, ReadDocument
from parsers import report, tables
from parsers.records import Report
from pipeline import dataset, run
from tests.hand_made import ATTENDANCE_HEAD, FUNCTIONS_HEAD, OWN_ACCOUNT, Words, document, line, table
from tests.test_dataset import SOURCE

WIDTHS = (300, 50, 50, 50, 50, 60)
TITLE = (
    line("INFORME DE GESTIÓN"),
    line("SEGUNDO TRIMESTRE DE 2025"),
    line("SESIONES ORDINARIAS REALIZADAS / SESIONES ORDINARIAS PROGRAMADAS: 2/4"),
)


def seat(sector: str, name: str, role: str = "I") -> Words:
    return (sector, name, "Secretario", role, "SI", "NO", "-", "-", "1")


GOVERNMENT = seat("1. Gobierno", "Secretaría Distrital de Gobierno")
HEALTH = seat("2. Salud", "Secretaría Distrital de Salud")
WOMEN = seat("3. Mujeres", "Secretaría Distrital de la Mujer")
HOUSING = seat("", "Secretaría Distrital del Hábitat")  # its sector's cell began on the page before
FUNCTION: Words = ("Coordinar la política pública.", "SI", "NO", "-", "-", "SI")


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    return load()


def pages() -> ReadDocument:
    """Attendance on pages 1 to 3, functions on page 5, of which page 2 could not be read."""
    read = document(
        table(*ATTENDANCE_HEAD, GOVERNMENT, HEALTH),
        table(*ATTENDANCE_HEAD, WOMEN, page=2),
        table(*ATTENDANCE_HEAD, HOUSING, WOMEN, page=3),
        table(*FUNCTIONS_HEAD, FUNCTION, FUNCTION, page=5, widths=WIDTHS),
        lines=TITLE,
    )
    lost = replace(read.pages[1], tables=(), fault="no se pudo leer")
    return replace(read, pages=(read.pages[0], lost, *read.pages[2:]))


def built(read: ReadDocument, dictionary: Dictionary) -> Report:
    frames = tuple(PageFrame(n, 800, 1000, 100) for n in range(1, len(read.pages) + 1))
    return report.build(tables.sort_pages(read), dictionary, frames, OWN_ACCOUNT)


def test_rows_beside_a_lost_page_are_for_review_and_no_others(dictionary: Dictionary) -> None:
    found = built(pages(), dictionary)
    assert [a.certainty.needs_review for a in found.attendees] == [False, True, True, False]
    assert [{m.certainty.review_reason for m in a.marks} for a in found.attendees] == [
        {None},
        {"matrix_unread"},
        {"matrix_unread"},
        {None},
    ]
    assert not any(f.certainty.needs_review for f in found.functions)


def test_a_sector_is_not_carried_over_a_lost_page(dictionary: Dictionary) -> None:
    """The row after it has that of its entity; printed above was another's."""
    read = pages()
    assert built(read, dictionary).attendees[2].sector_raw == ""
    whole = replace(read, pages=tuple(replace(p, fault=None) for p in read.pages))
    assert built(whole, dictionary).attendees[2].sector_raw == "2. Salud"


def test_the_document_fails_and_no_finding_rests_on_rows_that_are_missing(dictionary: Dictionary) -> None:
    read = pages()
    found = built(read, dictionary)
    fault = run.fault_of(read, found)
    assert fault is not None
    assert fault.reason == "page_unread"
    assert "NO_PRESIDENT" not in {f.code for f in found.findings}
    rows = dataset.report_rows(SOURCE, found, fault)
    (row,) = rows["documents"]
    assert (row["status"], row["review_reason"].split(";")[0]) == ("failed", "page_unread")
    assert [a["needs_review"] for a in rows["attendees"]] == [False, True, True, False]
    assert not any(f["needs_review"] for f in rows["function_sessions"])


def test_what_stands_on_a_page_that_was_read_in_part_is_for_review(dictionary: Dictionary) -> None:
    """A picture that its PDF could not give may have covered anything there."""
    read = document(
        table(*ATTENDANCE_HEAD, GOVERNMENT), table(*FUNCTIONS_HEAD, FUNCTION, page=3, widths=WIDTHS), lines=TITLE
    )
    read = replace(read, pages=(replace(read.pages[0], fault="falta una imagen"), *read.pages[1:]))
    found = built(read, dictionary)
    rows = dataset.report_rows(SOURCE, found, run.fault_of(read, found))
    assert all(s["needs_review"] for s in rows["sessions"] if s["matrix"] == "attendance")
    assert all(a["needs_review"] for a in rows["attendance"])
    assert not any(f["needs_review"] for f in rows["functions"])


def test_where_a_flattened_text_lost_a_row_all_are_for_review(dictionary: Dictionary) -> None:
    read = replace(tables.sort_pages(pages()), kind=InputKind.OCR_TEXT)
    found = report.build(read, dictionary, (), OWN_ACCOUNT)
    assert all(m.certainty.needs_review for row in (*found.attendees, *found.functions) for m in row.marks)
    assert all(s.certainty.needs_review for s in found.sessions)


def test_scraps_at_the_top_of_a_page_doubt_the_row_that_may_go_on_there(dictionary: Dictionary) -> None:
    """A heading that was not told from rows stands between the parts of a cut row."""
    scraps: Words = ("Mr 2 - eS", "N/A", "PUNT", "N/A", "AT", "?")
    rest: Words = ("y hacer seguimiento a su plan.", "-", "", "-", "-", "-")
    read = document(
        table(*FUNCTIONS_HEAD, FUNCTION, FUNCTION, widths=WIDTHS),
        table(*FUNCTIONS_HEAD, scraps, rest, FUNCTION, FUNCTION, page=2, widths=WIDTHS),
        lines=TITLE,
    )
    doubted = [f.certainty.needs_review for f in built(read, dictionary).functions]
    assert doubted == [False, True, True, True, False, False]

"""From read tables to the report: what is printed is kept, what is odd becomes a finding, what is doubtful neither."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dictionaries.load import Dictionary, load
from ocr.records import Box, Candidate, InputKind, PageFrame, Place, Reading, Table, TextLine, Word
from parsers import report, tables
from parsers.calibration import ANY, Bin, Calibration, Judge, ValueKind
from parsers.records import Report
from tests.hand_made import ATTENDANCE_HEAD, FUNCTIONS_HEAD, OWN_ACCOUNT, Words, document, line, table

FRAMES = (PageFrame(1, 800, 1000, 100),)
WIDTHS = (300, 50, 50, 50, 50, 60)
TITLE = (line("INFORME DE GESTIÓN"), line("SEGUNDO TRIMESTRE DE 2025"))
ROWS: tuple[Words, ...] = (
    ("1. Gobierno", "Secretaría Distrital de Gobierno", "Secretario", "P", "SI", "NO", "-", "-", "1"),
    ("2. Salud", "Secretaría Distrital de Salud", "Subdirectora", "S", "SI", "SI", "-", "-", "2"),
    ("3. Ambiente", "Secretaría Distrital de Ambiente", "Director", "I", "NO", "SI", "-", "-", "1"),
)
FUNCTION: Words = ("Coordinar la política pública.", "SI", "NO", "-", "-", "SI")


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    return load()


def build(dictionary: Dictionary, *found: Table, lines: Sequence[TextLine] = TITLE) -> Report:
    return report.build(tables.sort_pages(document(*found, lines=lines)), dictionary, FRAMES, OWN_ACCOUNT)


def attended(dictionary: Dictionary, *rows: Words, lines: Sequence[TextLine] = TITLE) -> Report:
    return build(dictionary, table(*ATTENDANCE_HEAD, *rows), lines=lines)


def changed(row: Words, **values: str | None) -> Words:
    """The row with some of its cells otherwise; by name, or the marks as mark1 … mark4."""
    names = ("sector", "entity", "position", "role", "mark1", "mark2", "mark3", "mark4", "total")
    return tuple(values.get(name, word) for name, word in zip(names, row, strict=True))


def codes(built: Report) -> list[str]:
    return [f.code for f in built.findings]


def marks(built: Report, row: int) -> list[str | None]:
    return [m.value for m in built.attendees[row - 1].marks]


@pytest.mark.parametrize(("sure", "reason"), [(0.9, None), (0.2, "label_doubtful")])
def test_a_body_is_not_called_unknown_where_a_word_of_its_name_is_garbled(
    dictionary: Dictionary, sure: float, reason: str | None
) -> None:
    said = "NOMBRE DE LA INSTANCIA: Mesa de Custodios de Humedales"
    box = Box(0, 0, 10, 10)
    words = tuple(Word(w, sure if w == "Humedales" else 0.95, box) for w in said.split())
    name = TextLine(said, Place(1, box), 0.9, words)
    built = attended(dictionary, *ROWS, lines=(*TITLE, name))
    assert built.instancia == "Mesa de Custodios de Humedales"
    assert built.fields.instancia_certainty.review_reason == reason


def test_what_is_not_sure_enough_is_for_review_by_name_and_makes_no_finding_but_a_clear_contradiction(
    dictionary: Dictionary,
) -> None:
    """Whatever the readings say of themselves: the judge has the last word, over every kind of value."""
    doubts = [Bin(kind, InputKind.SCAN, doubt, 0.0, 100, 50, 0.5) for kind in ValueKind for doubt in (None, ANY)]
    attendance = table(*ATTENDANCE_HEAD, changed(ROWS[0], total="4"), *ROWS[1:])
    functions = table(*FUNCTIONS_HEAD, FUNCTION, widths=WIDTHS, top=400)
    readings = tables.sort_pages(document(attendance, functions, lines=TITLE))
    unsure = report.build(readings, dictionary, FRAMES, Judge(0.01, Calibration(tuple(doubts))))
    own = report.build(readings, dictionary, FRAMES, OWN_ACCOUNT)
    for attendee in unsure.attendees:
        assert attendee.certainty.review_reason == "entity_doubtful;sector_doubtful;uncertain_role;uncertain_total"
        assert attendee.certainty.confidence == 0.5**4
        assert {m.certainty.review_reason for m in attendee.marks} == {"uncertain_mark"}
    assert [f.certainty.review_reason for f in unsure.functions] == ["uncertain_addressed"]
    assert {s.certainty.review_reason for s in unsure.sessions} == {"date_uncertain"}
    assert unsure.fields.period.certainty.review_reason == "period_unclear"
    assert codes(unsure) == ["TOTAL_MISMATCH"]  # that the paper contradicts itself is as clear as ever
    assert codes(own)[:1] == ["TOTAL_MISMATCH"]
    assert marks(unsure, 1) == marks(own, 1)


def test_a_clean_report_has_no_findings_and_no_doubts(dictionary: Dictionary) -> None:
    built = build(dictionary, table(*ATTENDANCE_HEAD, *ROWS), table(*FUNCTIONS_HEAD, FUNCTION, widths=WIDTHS, top=400))
    assert codes(built) == []
    assert [marks(built, i) for i in (1, 2, 3)] == [
        ["SI", "NO", "-", "-"],
        ["SI", "SI", "-", "-"],
        ["NO", "SI", "-", "-"],
    ]
    assert [a.entity for a in built.attendees] == [row[1] for row in ROWS]
    assert [a.role for a in built.attendees] == ["P", "S", "I"]
    assert [a.sector for a in built.attendees] == ["Gobierno", "Salud", "Ambiente"]
    assert not any(a.certainty.needs_review or any(m.certainty.needs_review for m in a.marks) for a in built.attendees)
    (function,) = built.functions
    assert (function.text, function.scope, function.addressed_printed) == (FUNCTION[0], "general", "SI")
    assert [m.value for m in function.marks] == ["SI", "NO", "-", "-"]
    assert built.year == 2025
    assert [(s.quarter, s.date is not None) for s in built.sessions[:4]] == [
        (1, True),
        (2, True),
        (3, False),
        (4, False),
    ]


@pytest.mark.parametrize("total", ["0", "2", "4"])
def test_a_wrong_total_keeps_its_marks_and_is_found(dictionary: Dictionary, total: str) -> None:
    built = attended(dictionary, changed(ROWS[0], total=total), *ROWS[1:])
    assert marks(built, 1) == ["SI", "NO", "-", "-"]
    assert not any(m.certainty.needs_review for m in built.attendees[0].marks)
    assert (built.attendees[0].total_printed, built.attendees[0].total_computed) == (int(total), 1)
    (finding,) = [f for f in built.findings if f.code == "TOTAL_MISMATCH"]
    assert (finding.table, finding.row, finding.page) == ("attendees", 1, 1)


def test_an_unreadable_mark_is_flagged_and_its_total_not_held_against_it(dictionary: Dictionary) -> None:
    built = attended(dictionary, changed(ROWS[0], mark1=None), *ROWS[1:])
    mark = built.attendees[0].marks[0]
    assert mark.value is None
    assert mark.certainty.review_reason == "unreadable"
    assert codes(built) == []


def test_a_blank_mark_of_a_held_session_is_missing_and_not_unreadable(dictionary: Dictionary) -> None:
    built = attended(dictionary, *ROWS, changed(ROWS[2], entity="Secretaría Distrital de Hacienda", mark1=""))
    mark = built.attendees[3].marks[0]
    assert mark.value is None
    assert mark.certainty.review_reason is None
    assert ("MARK_MISSING", 4, 1) in [(f.code, f.row, f.column) for f in built.findings]


def test_a_mark_in_a_column_without_a_session_is_kept_and_found(dictionary: Dictionary) -> None:
    built = attended(
        dictionary, *ROWS, changed(ROWS[2], entity="Secretaría Distrital de Hacienda", mark3="SI", total="2")
    )
    assert marks(built, 4) == ["NO", "SI", "SI", "-"]
    assert ("MARK_WITHOUT_SESSION", 4, 3) in [(f.code, f.row, f.column) for f in built.findings]


def test_an_unknown_body_is_not_forced_onto_the_nearest_name(dictionary: Dictionary) -> None:
    stranger = "Fundación Caminos de Papel Reciclado"
    built = attended(dictionary, *ROWS, changed(ROWS[2], entity=stranger))
    assert built.attendees[3].entity_id is None
    assert built.attendees[3].entity_raw == stranger
    assert ("UNKNOWN_ENTITY", 4) in [(f.code, f.row) for f in built.findings]


def test_a_wrong_addressed_keeps_its_marks_and_is_found(dictionary: Dictionary) -> None:
    functions = table(*FUNCTIONS_HEAD, FUNCTION, (*FUNCTION[:5], "NO"), widths=WIDTHS, top=400)
    built = build(dictionary, table(*ATTENDANCE_HEAD, *ROWS), functions)
    assert [m.value for m in built.functions[1].marks] == ["SI", "NO", "-", "-"]
    assert [(f.code, f.function) for f in built.findings] == [("ADDRESSED_MISMATCH", 2)]


def test_matrices_that_date_a_column_differently_are_kept_and_found(dictionary: Dictionary) -> None:
    other = (FUNCTIONS_HEAD[0], ("^", "19/03/2024", *FUNCTIONS_HEAD[1][2:]))
    built = build(dictionary, table(*ATTENDANCE_HEAD, *ROWS), table(*other, FUNCTION, widths=WIDTHS, top=400))
    assert [(f.code, f.table, f.column) for f in built.findings] == [("DATE_CONFLICT", "functions_general", 1)]
    assert [s.date.year for s in built.sessions if s.column == 1 and s.date] == [2025, 2024]


def test_a_session_outside_its_quarter_is_found(dictionary: Dictionary) -> None:
    late = (*ATTENDANCE_HEAD[:2], (*["^"] * 4, "19/03/2025", "22/07/2025", "-", "-", "^"))
    built = build(dictionary, table(*late, *ROWS))
    assert [(f.code, f.column) for f in built.findings] == [("DATE_OUTSIDE_QUARTER", 2)]


def test_functions_are_numbered_over_the_report(dictionary: Dictionary) -> None:
    specific = (("FUNCIONES ESPECÍFICAS", *FUNCTIONS_HEAD[0][1:]), FUNCTIONS_HEAD[1])
    built = build(
        dictionary,
        table(*FUNCTIONS_HEAD, FUNCTION, FUNCTION, widths=WIDTHS),
        table(*specific, FUNCTION, widths=WIDTHS, top=400),
    )
    assert [(f.function, f.scope) for f in built.functions] == [(1, "general"), (2, "general"), (3, "specific")]
    assert "attendance_matrix_missing" in (built.certainty.review_reason or "")


def test_a_report_without_matrices_or_year_says_so(dictionary: Dictionary) -> None:
    built = build(dictionary, lines=(line("INFORME DE GESTIÓN"),))
    reasons = (built.certainty.review_reason or "").split(";")
    assert {"year_missing", "attendance_matrix_missing", "function_matrix_missing"} <= set(reasons)


def test_the_year_of_the_sessions_stands_in_for_the_periods(dictionary: Dictionary) -> None:
    assert attended(dictionary, *ROWS, lines=(line("SEGUNDO TRIMESTRE"),)).year == 2025


def test_the_sector_of_the_entity_stands_in_for_an_unreadable_one(dictionary: Dictionary) -> None:
    built = attended(dictionary, changed(ROWS[0], sector=None), *ROWS[1:])
    assert built.attendees[0].sector == "Gobierno"


def test_a_doubtful_value_makes_no_finding(dictionary: Dictionary) -> None:
    """A total that the mark reader can hardly tell from another is flagged, and no mistake of the report's."""
    doubtful = tables.sort_pages(document(table(*ATTENDANCE_HEAD, *ROWS), lines=TITLE))
    assert doubtful.attendance is not None
    first, *rest = doubtful.attendance.rows
    unsure = Reading((Candidate("4", 0.5, "marks"), Candidate("1", 0.45, "marks")), first.total.places)
    matrix = replace(doubtful.attendance, rows=(replace(first, total=unsure), *rest))
    built = report.build(replace(doubtful, attendance=matrix), dictionary, FRAMES, OWN_ACCOUNT)
    assert codes(built) == []
    assert marks(built, 1) == ["SI", "NO", "-", "-"]

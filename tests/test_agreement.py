"""Which fragments of a matrix, and which matrices of a report, have a voice on how many sessions there were."""

from __future__ import annotations

from dataclasses import replace

from ocr.records import Table
from parsers.agreement import COLUMNS_DISAGREE, STRUCTURE_UNCERTAIN
from parsers.records import SortedReadings
from parsers.tables import sort_pages
from tests.hand_made import ABOVE, ATTENDANCE_HEAD, FUNCTIONS_HEAD, LEFT, NAMES, Words, document, table

WIDTHS = (300, 50, 50, 50, 50, 60)
SEAT: Words = ("1. Gobierno", "Secretaría Distrital de Gobierno", "Secretario", "P", "SI", "NO", "-", "-", "1")
OTHER: Words = ("2. Salud", "Secretaría Distrital de Salud", "Subdirectora", "S", "SI", "SI", "-", "-", "2")
FUNCTION: Words = ("Coordinar la política pública.", "SI", "NO", "-", "-", "SI")


def aligned(drawn: Table, *, certain: bool = True) -> Table:
    """The table as one that no rule parts."""
    return replace(drawn, ruled=False, certain=certain)


def functions(page: int = 2) -> Table:
    return table(*FUNCTIONS_HEAD, FUNCTION, page=page, widths=WIDTHS)


def doubts(read: SortedReadings) -> list[tuple[str, ...]]:
    assert read.attendance is not None
    return [tuple(dict.fromkeys((*read.attendance.warnings, *row.doubts))) for row in read.attendance.rows]


def test_an_illegible_heading_over_columns_that_another_page_has_casts_no_doubt() -> None:
    marred = (("?", "", *ATTENDANCE_HEAD[0][2:]), *ATTENDANCE_HEAD[1:])
    first = aligned(table(*marred, SEAT))
    assert doubts(sort_pages(document(first))) == [(STRUCTURE_UNCERTAIN,)], "alone it is believed no more"
    assert doubts(sort_pages(document(first, table(*ATTENDANCE_HEAD, OTHER, page=2)))) == [(), ()]
    elsewhere = table(*ATTENDANCE_HEAD, OTHER, page=2, widths=(120, 120, 120, 30, 70, 50, 40, 50, 50))
    assert doubts(sort_pages(document(first, elsewhere))) == [(STRUCTURE_UNCERTAIN,), ()]


def test_a_page_that_lost_rules_between_columns_has_those_of_its_kin() -> None:
    """Three dates in one cell: what stands in the cells run together cannot be told, what stands beside them can."""
    head = (
        ATTENDANCE_HEAD[0],
        (*[ABOVE] * 4, "I Trimestre", LEFT, LEFT, "IV Trimestre", ABOVE),
        (*[ABOVE] * 4, "19/03/2025 22/05/2025 -", LEFT, LEFT, "-", ABOVE),
    )
    merged = (*OTHER[:4], "SI SI -", LEFT, LEFT, "-", "2")
    run_together = table(*[(*r[:5], *r[7:]) for r in (*head, merged)], page=2, widths=(*NAMES, 150, 50, 50))
    found = sort_pages(document(table(*ATTENDANCE_HEAD, SEAT), run_together, functions(3)))
    assert doubts(found) == [(), ()]
    assert found.attendance is not None
    assert [bool(m.candidates) for m in found.attendance.rows[1].marks] == [False, False, False, True]
    assert found.unread_matrices == ()


def test_the_rest_of_a_cut_row_is_no_row_where_cells_without_anything_were_run_together() -> None:
    head = ((*ATTENDANCE_HEAD[0][:5], LEFT, ATTENDANCE_HEAD[0][8]),)
    head += ((*[ABOVE] * 4, "I Trimestre", "IV Trimestre", ABOVE), (*[ABOVE] * 4, "19/03/2025 22/05/2025", "-", ABOVE))
    rest = table(*head, ("", "Distrital", "", "", "", "", ""), page=2, widths=(*NAMES, 150, 50, 50))
    found = sort_pages(document(table(*ATTENDANCE_HEAD, SEAT), rest, functions(3)))
    assert found.attendance is not None
    assert [row.entity.text for row in found.attendance.rows] == [f"{SEAT[1]}\nDistrital"]
    assert found.unread_matrices == ()


def test_a_garbled_table_has_no_voice_against_certain_ones() -> None:
    """Its nine columns are headed by scraps of words; a certain one of as many would be heard."""
    over = ("SESIONES EN LAS QUE SE ABORDARON DICHAS FUNCIONES", *[LEFT] * 8)
    head = (("FUNCIONES GENERALES", *over, "Se abordó"), (ABOVE, *["con las de la"] * 9, ABOVE))
    garbled = table(*head, ("Coordinar.", *["SI"] * 9, "SI"), page=2, widths=(300, *[30] * 9, 60))
    seats = table(*ATTENDANCE_HEAD, SEAT)
    assert doubts(sort_pages(document(seats, aligned(garbled, certain=False)))) == [()]
    assert doubts(sort_pages(document(seats, garbled))) == [(COLUMNS_DISAGREE,)]


def test_an_uncertain_table_with_more_dated_columns_says_that_one_was_lost() -> None:
    short = tuple((*row[:7], *row[8:]) for row in (*ATTENDANCE_HEAD, SEAT))
    uncertain = aligned(functions(), certain=False)
    assert doubts(sort_pages(document(table(*short), uncertain))) == [(COLUMNS_DISAGREE,)]


def test_an_uncertain_attendance_with_more_sessions_than_the_functions_fails() -> None:
    head = tuple((*row[:7], row[7], *row[7:]) for row in ATTENDANCE_HEAD)
    seats = aligned(table(*head, (*SEAT[:8], "-", SEAT[8])), certain=False)
    specific = (("FUNCIONES ESPECÍFICAS", *FUNCTIONS_HEAD[0][1:]), FUNCTIONS_HEAD[1])
    pages = (functions(), table(*specific, FUNCTION, page=3, widths=WIDTHS))
    assert 1 in sort_pages(document(seats, *pages)).unread_matrices


def test_a_page_that_lost_a_column_is_doubted_where_its_matrix_is_whole() -> None:
    short = aligned(table(*((*row[:7], *row[8:]) for row in (*ATTENDANCE_HEAD, OTHER)), page=2))
    found = sort_pages(document(table(*ATTENDANCE_HEAD, SEAT), short, functions(3)))
    assert (doubts(found), found.unread_matrices) == ([(), (STRUCTURE_UNCERTAIN,)], ())
    assert found.attendance is not None
    assert {len(row.marks) for row in found.attendance.rows} == {4}


def test_a_sector_is_not_carried_out_of_rows_in_doubt() -> None:
    built = aligned(table(*ATTENDANCE_HEAD, SEAT), certain=False)
    found = sort_pages(document(built, table(*ATTENDANCE_HEAD, ("", *OTHER[1:]), page=2))).attendance
    assert found is not None
    assert found.rows[1].sector.candidates == ()

"""Tables under headings that nobody could read: known by their columns, or not at all."""

from __future__ import annotations

from dataclasses import replace

from ocr.records import ReadDocument, Table
from parsers.tables import sort_pages
from tests.hand_made import ATTENDANCE_HEAD, FUNCTIONS_HEAD, LEFT, Words, document, table

WIDTHS = (300, 50, 50, 50, 50, 60)
SEAT: Words = ("1. Gobierno", "Secretaría Distrital de Gobierno", "Secretario", "P", "SI", "NO", "-", "-", "1")
OTHER: Words = ("2. Salud", "Secretaría Distrital de Salud", "Subdirectora", "S", "SI", "SI", "-", "-", "2")
FUNCTION: Words = ("Coordinar la política pública.", "SI", "NO", "-", "-", "SI")


def garbled(head: tuple[Words, ...]) -> tuple[Words, ...]:
    """A heading of which the engine makes nothing: its cells hold the same scraps."""
    return tuple(tuple(word if word in (LEFT, "^") else "ASLI po" for word in row) for row in head)


def rows(read: ReadDocument) -> list[int]:
    found = sort_pages(read)
    return [len(found.attendance.rows) if found.attendance else 0, *(len(m.rows) for m in found.functions)]


def test_a_page_whose_heading_is_illegible_is_known_by_the_columns_of_the_next() -> None:
    read = document(table(*garbled(ATTENDANCE_HEAD), SEAT, OTHER, SEAT), table(*ATTENDANCE_HEAD, OTHER, page=2))
    found = sort_pages(read)
    assert (rows(read), found.unread_matrices) == ([4], ())
    assert found.attendance is not None
    assert [c.text for c in found.attendance.columns[0].date.candidates] == ["19/03/2025"]


def test_of_the_functions_the_general_ones_come_first() -> None:
    specific = (("FUNCIONES ESPECÍFICAS", *FUNCTIONS_HEAD[0][1:]), FUNCTIONS_HEAD[1])
    first = table(*garbled(FUNCTIONS_HEAD), FUNCTION, FUNCTION, widths=WIDTHS)
    last = table(*specific, FUNCTION, widths=WIDTHS, top=400)
    found = sort_pages(document(first, last))
    assert [(m.kind.value, len(m.rows)) for m in found.functions] == [
        ("functions_general", 2),
        ("functions_specific", 1),
    ]


def test_a_table_with_other_columns_is_none_of_them() -> None:
    other = table(*garbled(ATTENDANCE_HEAD), SEAT, widths=(40, 200, 120, 30, 60, 50, 50, 50, 40))
    assert rows(document(other, table(*ATTENDANCE_HEAD, OTHER, page=2))) == [1]


def test_a_heading_that_would_swallow_a_row_is_not_believed() -> None:
    """The first row's total cannot be read: only so much is heading as is as high elsewhere, or nothing."""
    row: Words = (*SEAT[:-1], "?")
    whole = table(*garbled(ATTENDANCE_HEAD), row, OTHER)
    assert rows(document(whole, table(*ATTENDANCE_HEAD, OTHER, page=2)))[0] == 3
    swallowed = sheared(table(*garbled(ATTENDANCE_HEAD), *[row] * 2, OTHER))
    assert rows(document(swallowed, table(*ATTENDANCE_HEAD, OTHER, page=2))) == [1]


def sheared(drawn: Table) -> Table:
    """The table with its heading run together with the rows under it: nothing of it is as high as a heading."""
    kept = tuple(replace(c, row=0, row_span=5, box=replace(c.box, y0=drawn.box.y0)) if c.row == 4 else c
                 for c in drawn.cells if c.row > 3)  # fmt: skip
    return replace(drawn, rows=2, cells=tuple(replace(c, row=1) if c.row > 4 else replace(c, row_span=1) for c in kept))


def test_a_heading_repeated_and_illegible_is_no_row_of_the_page_before() -> None:
    read = document(table(*ATTENDANCE_HEAD, SEAT), table(*garbled(ATTENDANCE_HEAD), OTHER, page=2))
    assert rows(read) == [2]


def test_functions_none_of_whose_headings_say_which_are_uncertain() -> None:
    head = (("Funciones", *FUNCTIONS_HEAD[0][1:]), FUNCTIONS_HEAD[1])
    unsaid, said = (table(*one, FUNCTION, widths=WIDTHS) for one in (head, FUNCTIONS_HEAD))
    found = [sort_pages(document(each)).functions for each in (unsaid, said)]
    assert [[m.warnings for m in some] for some in found] == [[("structure_uncertain",)], [()]]

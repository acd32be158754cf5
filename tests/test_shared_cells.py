"""Rows whose words share a cell, since the rule between them was lost beside marks that have theirs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.records import Box, Table, TextLine
from parsers.records import MatrixKind
from parsers.tables import sort_pages
from tests.hand_made import ABOVE, FUNCTIONS_HEAD, HEIGHT, LEFT, Words, document, line, table

WIDTHS = (300, 50, 50, 50, 50, 60)
FIRST, SECOND = "Coordinar la política pública.", "Aprobar el plan de acción."
HEAD = FUNCTIONS_HEAD


def sharing(second: str, below: Words = (ABOVE, "NO", "SI", "-", "-", "SI")) -> Table:
    """A matrix whose two functions share a cell, the lines of which stand at the heights of their rows."""
    drawn = table(*HEAD, (f"{FIRST}\n{second}", "SI", "NO", "-", "-", "SI"), below, widths=WIDTHS)
    shared = next(c for c in drawn.cells if c.row_span == 2 and c.row == len(HEAD))
    tops = (shared.box.y0 + 5, shared.box.y0 + HEIGHT + 5)
    lines = tuple(_line(text, top) for text, top in zip((FIRST, second), tops, strict=True))
    cells = tuple(replace(c, lines=lines) if c is shared else c for c in drawn.cells)
    return replace(drawn, cells=cells)


def _line(text: str, top: float) -> TextLine:
    return line(text, 1, Box(60, top, 300, top + 10))


def test_each_row_has_the_words_that_stand_in_it() -> None:
    found = sort_pages(document(sharing(SECOND)))
    assert [row.text.text for row in found.functions[0].rows] == [FIRST, SECOND]
    assert [len(row.text.places) for row in found.functions[0].rows] == [1, 1]
    assert found.unread_matrices == ()


@pytest.mark.parametrize("second", ["y el plan de acción.", "."])
def test_lines_that_begin_no_function_stay_together(second: str) -> None:
    (matrix,) = sort_pages(document(sharing(second))).functions
    assert [row.text.text for row in matrix.rows] == [f"{FIRST}\n{second}", ""]


def test_what_a_stroke_parts_is_one_row() -> None:
    """Only one part says whether the function was addressed."""
    (matrix,) = sort_pages(document(sharing(SECOND, (ABOVE, "", "", "", "", "")))).functions
    assert [row.text.text for row in matrix.rows] == [f"{FIRST}\n{SECOND}"]


def test_a_heading_that_nobody_can_read_is_known_by_its_dates() -> None:
    """No white is left between two matrices, and scraps of the second one's heading; it is then the specific one."""
    row: Words = (FIRST, "SI", "NO", "-", "-", "SI")
    scraps: Words = ("PMIM rra o", "SESI", "ENLA", "E ABO", "ON DI", "Se")
    at_once: Words = (scraps[0], *(f"{w}\n{d}" for w, d in zip(scraps[1:-1], HEAD[1][1:-1], strict=True)), "Se")
    for heading in ((scraps, ("", *HEAD[1][1:-1], "")), (at_once,)):
        found = sort_pages(document(table(*HEAD, row, *heading, row, row, widths=WIDTHS)))
        assert [(m.kind, len(m.rows)) for m in found.functions] == [
            (MatrixKind.FUNCTIONS_GENERAL, 1),
            (MatrixKind.FUNCTIONS_SPECIFIC, 2),
        ]


def test_dates_set_in_two_lines_are_heading() -> None:
    """False edges part the dates' lines; nobody is named beside them."""
    over = ("Sector", "Entidad", "Cargo", "Rol", "Sesiones en las que participaron", *[LEFT] * 3, "Total")
    quarters = (*[""] * 4, "I Trimestre", "II Trimestre", "III Trimestre", "IV Trimestre", "")
    upper, lower = ((*[""] * 4, "19/03/", "22/05/", "-", "-", ""), (*[""] * 4, "2025", "2025", "", "", ""))
    seat = ("1. Gobierno", "Secretaría Distrital de Gobierno", "Secretario", "P", "SI", "NO", "-", "-", "1")
    found = sort_pages(document(table(over, quarters, upper, lower, seat))).attendance
    assert found is not None
    assert [row.entity.text for row in found.rows] == [seat[1]]
    assert [c.date.text.replace("\n", "") for c in found.columns[:2]] == ["19/03/2025", "22/05/2025"]

"""What a flattened text leaves open: headings that shading swallowed, parts read by columns, marks of another row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.records import Place, TextLine
from parsers import report
from parsers.freetext.columns import headed_quarters
from parsers.freetext.rows import has_marks_of, has_part_by_columns
from parsers.records import MatrixKind
from tests.test_freetext import FUNCTIONS, HEAD, ROWS, TAIL, attendance, dictionary, flat_row, pages, sort

SWALLOWED = """Articular y orientar la ejecucion de
funciones y la prestacion de servicios SI NO - - SI
en el Distrito.
PUBLICACION EN PAGINA WEB:
Formular politicas sociales. NO NO - - NO
SEGUIMIENTO AL PLAN DE ACCION:
"""


def test_functions_whose_headings_were_swallowed_are_read_and_of_a_kind_that_nobody_knows() -> None:
    text = HEAD + ROWS + TAIL + SWALLOWED
    read = sort(text)
    assert read.unread_matrices == ()
    assert [(m.kind, m.scoped, len(m.rows)) for m in read.functions] == [(MatrixKind.FUNCTIONS_GENERAL, False, 2)]
    told = report.build(read, dictionary(), [page.frame for page in pages(text)])
    assert [f.certainty.review_reason for f in told.functions] == ["scope_unknown"] * 2
    assert [[m.value for m in f.marks] for f in told.functions] == [["SI", "NO", "-", "-"], ["NO", "NO", "-", "-"]]
    headed = report.build(sort(HEAD + ROWS + TAIL + FUNCTIONS), dictionary(), [page.frame for page in pages(text)])
    assert not any("scope" in (f.certainty.review_reason or "") for f in headed.functions)


def test_functions_that_no_heading_opens_must_begin_as_functions_do() -> None:
    cut = SWALLOWED.removeprefix("Articular y orientar la ejecucion de\n")
    assert sort(HEAD + ROWS + TAIL + cut).unread_matrices == (1,)


def test_the_forms_name_on_a_later_page_is_no_box_above_the_functions() -> None:
    over = SWALLOWED.replace("PUBLICACION EN PAGINA WEB:", "\fANEXO 2: INFORME DE GESTION\nALCALDIA MAYOR")
    assert len(sort(HEAD + ROWS + TAIL + over).functions[0].rows) == 2


@pytest.mark.parametrize("dates", ["nee Babe ea/ot/29 Saini28 = 5 Si/No", "ovo12026 casei 10608 SiINo"])
def test_a_garbled_line_of_dates_over_the_answers_is_of_the_heading(dates: str) -> None:
    garbled = FUNCTIONS.replace("19/03/2024 | 22/07/2025 - - Si/No", dates)
    read = sort(HEAD + ROWS + TAIL + garbled)
    assert read.unread_matrices == ()
    assert read.functions[0].rows[0].text.text.startswith("Articular")


@pytest.mark.parametrize(("below", "doubts"), [("", ("row_without_marks",)), (" NO NO - - NO", ())])
def test_marks_alone_between_two_functions_may_be_of_either(below: str, doubts: tuple[str, ...]) -> None:
    functions = f"""FUNCIONES GENERALES
SESIONES EN LAS QUE SE ABORDARON DICHAS FUNCIONES
Articular y orientar la prestacion de servicios.
SI NO - - SI
Formular politicas sociales.{below}
SEGUIMIENTO AL PLAN DE ACCION:
"""
    first, _ = sort(HEAD + ROWS + TAIL + functions).functions[0].rows
    assert first.doubts == doubts


def test_names_that_run_on_without_marks_were_read_by_columns() -> None:
    marked = flat_row("Secretaria de Salud Asesora I SI SI 2", anchor=0)
    named = flat_row("Secretaria de Salud", anchor=0, read=False)
    assert has_part_by_columns([marked, named, named, named, named, marked])
    assert not has_part_by_columns([marked, named, named, named, marked, named])
    bodies = ((7, "Planeacion"), (8, "Salud"), (9, "Ambiente"), (10, "Movilidad"))
    lines = [f"{n}. {of} Secretaria Distrital de {of} Asesora 7z wq = %a zz k7\n" for n, of in bodies]
    assert "read_by_columns" in attendance(ROWS * 4 + "".join(lines)).warnings
    assert attendance(ROWS * 4 + "".join(lines[:3])).warnings == ()


def test_a_second_office_on_the_line_of_the_marks_is_that_of_the_row_below_without_any() -> None:
    upper = flat_row(
        "Planeacion Jefe de la Oficina de", "(SDP) Comunicaciones", "Subdirector de Fomento I SI SI 2", anchor=2
    )
    unread = flat_row("Secretaria de", "Desarrollo", anchor=1, read=False)
    assert has_marks_of(upper, unread)
    assert not has_marks_of(upper, replace(unread, marks=unread.anchor))
    own = flat_row("Secretaria Distrital de", "Planeacion Subdirector de I SI SI 2", "Fomento", anchor=1)
    assert not has_marks_of(own, unread)


def test_headings_of_quarters_broken_over_lines_are_headings() -> None:
    lines = ("| i] TRI TRI", "CARGO ROL TRIMESTRE TRIMESTRE MES MES Total", "TRE TRE")
    header = [[TextLine(text, Place(1, line=i)) for i, text in enumerate(lines, 1)]]
    assert headed_quarters(header) == (True, True, False, False)


def test_columns_that_show_nothing_are_less_likely_than_none() -> None:
    dates = "19/03/2025 | 22/05/2025 | 22/07/2025 | 02/10/2025"
    rows = ROWS.replace("- -", "SI SI")
    matrix = attendance(rows * 2, HEAD.replace("19/03/2025 | 22/07/2025 - -", dates))
    assert (len(matrix.columns), matrix.warnings) == (4, ())

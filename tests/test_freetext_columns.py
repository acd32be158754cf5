"""Flattened texts whose headings, rows and functions say little: what else tells the columns, what is doubted."""

from __future__ import annotations

import pytest

from ocr.records import Candidate, Place, Reading, TextLine
from parsers.counts import read_counts
from parsers.freetext.cells import cell_readings
from parsers.freetext.columns import headed_quarters, held_dates
from parsers.freetext.patterns import likely_patterns
from parsers.freetext.slots import Tail, garbled_end, mark_slot, relearn, role_slot, total_slot, words_of
from parsers.lexicon import mark_distribution
from tests.test_freetext import FUNCTIONS, HEAD, ROWS, TAIL, attendance, header, sort, texts

PLACE = (Place(1, line=1),)
HELD, EMPTY = {"SI": 0.6, "NO": 0.4}, {"-": 1.0}


# ---------------------------------------------------------------- columns


def test_the_ends_of_dates_tell_how_many_there_are_where_the_dates_are_misread() -> None:
    dates = held_dates(header("o6ioai2 | 2202/2 | _ | r7o7i2", "024 024 024"))
    assert len(dates) == 3
    assert not any(reading.candidates for reading in dates)


def test_a_header_that_shows_some_dates_bears_out_the_one_that_shows_all() -> None:
    some, whole = (header(line)[0] for line in ("22/01/2018 | 06/08/2018", "22/01/2018 | 03/05/2018 | 06/08/2018"))
    assert len(held_dates([whole], [some, some])) == 3


def test_dates_set_in_one_line_between_others_in_two_are_not_placed() -> None:
    lines = ("29 feb. 24 ene. Si/No", "2024 7 abr. 2024 | 5 ago. 2024 2024")
    dates = held_dates(header(*lines))
    assert len(dates) == 4
    assert not any(reading.candidates for reading in dates)


@pytest.mark.parametrize(
    ("headings", "quarters"),
    [
        ("Trimest | Trimest | Trimest | Trimest", (1, 2, 3, 4)),  # all four are printed: the last is empty
        ("Trimestre TiTrimestre", (1, 2)),  # a semester's form has no more
    ],
)
def test_headings_of_quarters_tell_how_many_there_are(headings: str, quarters: tuple[int, ...]) -> None:
    lines = header(headings, "16/02/2024 25/04/2024")
    assert likely_patterns(held_dates(lines), lines)[0].quarters == quarters


def test_a_heading_in_one_piece_beside_broken_ones_stands_over_several_columns() -> None:
    assert headed_quarters(header("Rol | Trim | Trim Ill Trimestre Trim")) == (False, False, True, False)
    lines = header("Trimest | Trimest | ll Trimestre | Trimest", "20/05/22 | 04/07/22 | 11/10/22")
    costs = {p.held: p.cost for p in likely_patterns(held_dates(lines), lines)}
    assert costs[False, True, True, False, True] > costs[False, True, True, True, False]


def test_columns_keep_to_their_pattern_whatever_the_marks_show() -> None:
    """A pattern with its sessions in other columns must not learn to explain the marks."""
    tails = [("I", "X", "N/A", "1")] * 12
    slots = (role_slot(), mark_slot(EMPTY, session=False), mark_slot(HELD, session=True), total_slot(2))
    learnt = relearn(slots, [Tail(said, 0, 20.0) for said in tails])
    assert learnt[1].dash >= 0.9
    assert learnt[2].dash <= 0.1
    free = relearn((slots[0], mark_slot(HELD | {"-": 0.1}), *slots[2:]), [Tail(("I", "-", "SI", "1"), 0, 20.0)] * 12)
    assert free[1].dash > 0.5


def test_a_session_late_in_its_column_is_told_by_the_marks_under_it() -> None:
    head = HEAD.replace("19/03/2025 | 22/07/2025 - -", "14/04/2021 N/A N/A N/A")
    rows = ROWS
    for marks in ("NO SI - - 1", "S S| ST - - 2", "1 NO SI - - I", "I SI SI - - 2"):
        rows = rows.replace(marks, "I X N/A N/A N/A 1")
    matrix = attendance(rows, head)
    assert [c.date.text for c in matrix.columns] == ["14/04/2021", "-", "-", "-"]
    assert matrix.warnings == ()


# ---------------------------------------------------------------- what is a header and what is not


@pytest.mark.parametrize("below", ["Resolucion 211 de 2021)", "219-18", "219.18"])
def test_a_first_row_that_names_a_year_or_a_grade_is_no_header(below: str) -> None:
    first = f"1. Gestion Secretaria Distrital de Planeacion Subsecretario (Delegacion I SI SI - - 2\n{below}\n"
    rows = attendance(first + ROWS).rows
    assert len(rows) == 6
    assert rows[0].entity.text == "Secretaria Distrital de Planeacion"


def test_what_is_read_before_the_end_of_the_matrix_does_not_end_it() -> None:
    over = "\fSESIONES ORDINARIAS PROGRAMADAS:\n\n" + HEAD.partition(")\n")[2]
    over += "7. Ambiente Secretaria Distrital de Ambiente Asesora I SI SI - - 2\n"
    found = sort(HEAD + ROWS + over + TAIL + FUNCTIONS)
    assert found.attendance is not None
    assert found.attendance.rows[-1].entity.text == "Secretaria Distrital de Ambiente"
    assert any("PROGRAMADAS" in line.text for line in found.lines)


# ---------------------------------------------------------------- rows and functions


@pytest.mark.parametrize(
    ("line", "run"),
    [
        ("Asesora de Despacho ste [ees a| asta |e eri lae4", ("ste", "[ees", "a|", "asta", "|e", "eri", "lae4")),
        ("la poblacion de Bogota D.C.", ()),
        ("(Delegacion Resolucion No. 0128 de", ()),
        ("Instituto Distrital de las Artes", ()),
        ("lo dispuesto en el acto de creaci6n.", ()),
    ],
)
def test_scraps_at_a_lines_end_are_told_from_words(line: str, run: tuple[str, ...]) -> None:
    assert garbled_end(words_of(line)) == run


def test_a_row_whose_marks_are_garbled_does_not_run_into_the_next() -> None:
    lines = "Secretaria Distrital del Habitat Asesora de ies sest- | ste [ees a| asta |e eri lae4\n"
    lines += "Empresa Metro\nde Bogota S.A. Gerente I SI NO - - 1\n"
    rows = attendance("".join(ROWS.splitlines(keepends=True)[:-1]) + lines).rows
    assert "Habitat" in rows[-2].entity.text
    assert "Metro" in rows[-1].entity.text
    assert not any(mark.text for mark in rows[-2].marks[:2])
    assert texts(rows[-1].marks)[:2] == ["SI", "NO"]


def test_a_line_of_marks_between_two_sentences_parts_functions() -> None:
    apart = FUNCTIONS.replace(
        "Formular politicas sociales.\n\nNO\n\nNO\n\nNO\n",
        "Revisar los proyectos.\nSI\nImpulsar los indicadores.\nSI\nFormular politicas sociales.\nNO\n",
    )
    specific = sort(HEAD + ROWS + TAIL + apart).functions[-1]
    assert [row.text.text for row in specific.rows][1:] == [
        "Revisar los proyectos.", "Impulsar los indicadores.", "Formular politicas sociales.",
    ]  # fmt: skip


def test_scraps_after_a_functions_end_do_not_hide_it() -> None:
    run_on = FUNCTIONS.replace(
        "en el Distrito.", "en el Distrito. = fe = oe both =\nEvaluar los proyectos. SI NO - - SI"
    )
    general = sort(HEAD + ROWS + TAIL + run_on).functions[0]
    assert general.rows[-1].text.text == "Evaluar los proyectos."


# ---------------------------------------------------------------- how sure


def test_a_clear_mark_is_hardly_another() -> None:
    said = mark_distribution(Reading((Candidate("SI", 1.0, "text"),)))
    assert said["NO"] < 0.002 * said["SI"]


def test_a_row_with_words_that_no_cell_prints_is_less_sure_of_all_its_marks() -> None:
    slots = (role_slot(), mark_slot(HELD), mark_slot(HELD), mark_slot(EMPTY), total_slot(3))
    clean = cell_readings(words_of("I SI NO N/A 1"), slots, PLACE)
    strange = cell_readings(words_of("I SI NO ie 1"), slots, PLACE)
    assert strange[1].text == clean[1].text == "SI"
    own, other = (mark_distribution(cells[1])["SI"] for cells in (clean, strange))
    assert own > 0.99 > other


def test_a_count_amid_the_second_label_is_the_second_labels() -> None:
    lines = (
        "SESIONES ORDINARIAS REALIZADAS /", "SESIONES ORDINARIAS PROGRAMADAS:", "", "SESIONES EXTRAORDINARIAS",
        "REALIZADAS / SESIONES 0/0", "EXTRAORDINARIAS PROGRAMADAS:", "", "2/6",
    )  # fmt: skip
    ordinary, extraordinary = read_counts([TextLine(t, Place(1, line=i)) for i, t in enumerate(lines, 1)])
    assert (ordinary.held, ordinary.planned) == (2, 6)
    assert (extraordinary.held, extraordinary.planned) == (0, 0)


def test_names_read_before_the_matrix_and_apart_from_its_marks_are_doubted() -> None:
    legend = "(Rol: P: Presidente. S: secretaria técnica. I: integrante. IP: invitado permanente. O: otros)\n"
    names = "Sector Entidad u Organismo\nSecretaria Distrital de la Mujer\n"
    assert attendance(ROWS).warnings == ()
    assert attendance(names + legend + HEAD.partition(")\n")[2] + ROWS).warnings == ("read_by_columns",)


def test_a_function_whose_end_was_misread_leaves_its_matrix_unread() -> None:
    run_on = FUNCTIONS.replace("en el Distrito.", "en el Distrito,\nEvaluar los proyectos con recursos propios.")
    assert sort(HEAD + ROWS + TAIL + FUNCTIONS).functions[0].warnings == ()
    assert sort(HEAD + ROWS + TAIL + run_on).functions[0].warnings == ("functions_cut",)

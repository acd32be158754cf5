"""Flattened texts: marks found at the ends of lines, rows cut, columns told apart, functions gathered."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dictionaries.load import load
from dictionaries.records import Dictionary
from ocr.records import PageFrame, Place, Reading, ReadPage, TextLine
from parsers.dates import parse_date
from parsers.freetext.align import Columns
from parsers.freetext.cells import cell_readings
from parsers.freetext.columns import held_dates
from parsers.freetext.matrices import sort_text
from parsers.freetext.patterns import likely_patterns
from parsers.freetext.rows import FlatRow, TableLine, holds_another
from parsers.freetext.slots import find_tail, mark_slot, mend, role_slot, total_slot, words_of
from parsers.freetext.zones import find_zones
from parsers.matrix import decode_attendance
from parsers.records import AttendanceMatrix, SortedReadings

SEED = Path(__file__).parents[1].parent / "shared" / "seed" / "informe_2025_T2.txt"

HEAD = """ASISTENTES:
(Rol: P: Presidente. S: secretaria técnica. I: integrante. IP: invitado permanente. O: otros )
Sesiones en las que participaron
Sector Entidad u Cargo Rol I 11 I v
Organismo Trimestre | Trimestre | Trimestre | Trimestre | Total
19/03/2025 | 22/07/2025 - -
"""
TAIL = """SESIONES ORDINARIAS REALIZADAS / SESIONES ORDINARIAS PROGRAMADAS: 2/4
Informe de gestion: Si_x No_
"""
ROWS = """Secretaria Subsecretaria
1. Gestion de Servicio a P NO SI - - 1
Publica General la Ciudadania
Secretaria Directora de
2. Gobierno Distrital de Derechos S S| ST - - 2
Gobierno Humanos
Instituto
Distrital de
la Participacion | Director 1 NO SI - - I
y Accion General
Comunal — IDPAC
5. Educacion Secretaria Distrital de Educacion Asesora I SI SI - - 2
6. Salud Secretaria Distrital de Salud Asesora I SI SI - - 2
"""
FUNCTIONS = """SESIONES EN LAS QUE SE ABORDARON DICHAS
FUNCIONES GENERALES FUNCIONES Se abordo
19/03/2024 | 22/07/2025 - - Si/No
Articular y orientar la ejecucion de
funciones y la prestacion de servicios SI NO - - SI
en el Distrito.
FUNCIONES ESPECIFICAS
SESIONES EN LAS QUE SE ABORDARON DICHAS
FUNCIONES
19/03/2025

22/07/2025

Se abordo
Si/No

Coordinar las acciones dirigidas a la
atencion de la poblacion.

ST

NO

SI

Formular politicas sociales.

NO

NO

NO

SEGUIMIENTO AL PLAN DE ACCION:
En cumplimiento de lo dispuesto.
"""


@cache
def dictionary() -> Dictionary:
    return load()


def pages(text: str) -> list[ReadPage]:
    found, line = [], 1
    for number, part in enumerate(text.split("\f"), 1):
        rows = part.split("\n")
        lines = tuple(TextLine(row, Place(number, line=line + i)) for i, row in enumerate(rows))
        found.append(ReadPage(PageFrame(number, 0, 0, 0), lines=lines))
        line += len(rows) - 1
    return found


def sort(text: str) -> SortedReadings:
    return sort_text(pages(text), dictionary())


def attendance(rows: str, head: str = HEAD) -> AttendanceMatrix:
    matrix = sort(head + rows + TAIL).attendance
    assert matrix is not None
    return matrix


def texts(readings: tuple[Reading, ...]) -> list[str | None]:
    return [r.text if r.candidates else None for r in readings]


# ---------------------------------------------------------------- marks at a line's end

HELD, EMPTY = {"SI": 0.6, "NO": 0.4}, {"-": 1.0}
SLOTS = (role_slot(), mark_slot(HELD), mark_slot(HELD), mark_slot(EMPTY), mark_slot(EMPTY), total_slot(4))


@pytest.mark.parametrize(
    ("line", "start", "filled"),
    [
        ("Distrital de Salud I SI NO - - 1", 3, ("I", "SI", "NO", "-", "-", "1")),
        ("Distrital de | S| S1 - - 2", 2, ("|", "S|", "S1", "-", "-", "2")),
        ("Humanos 1f}s | ss | - - 2", 1, ("1f}", "s", "ss", "-", "-", "2")),
        ("Subsecretario (E) I SI SI - - 2", 2, ("I", "SI", "SI", "-", "-", "2")),
        ("de Salud I SI SI 2", 2, ("I", "SI", "SI", None, None, "2")),
    ],
)
def test_marks_are_aligned_with_their_columns(line: str, start: int, filled: tuple[str | None, ...]) -> None:
    tail = find_tail(words_of(line), SLOTS)
    assert (tail.start, tail.texts) == (start, filled)
    assert tail.score > 0


@pytest.mark.parametrize("line", ["Directora de Planeacion del Desarrollo", "la .", "Comunal —", "de Servicio a la"])
def test_running_text_has_no_marks(line: str) -> None:
    assert find_tail(words_of(line), SLOTS).score < 0


def test_lost_dashes_are_nothing_read_but_a_lost_mark_makes_its_neighbours_unread() -> None:
    place = (Place(1, line=1),)
    dashes = find_tail(words_of("I SI NO 1"), SLOTS).readings(SLOTS, place)
    assert texts(dashes) == ["I", "SI", "NO", "", "", "1"]
    shifted = find_tail(words_of("I SI - - 1"), SLOTS).readings(SLOTS, place)
    assert texts(shifted) == ["I", None, None, "-", "-", "1"]


# ---------------------------------------------------------------- headers


def header(*lines: str) -> list[list[TextLine]]:
    return [[TextLine(text, Place(1, line=i)) for i, text in enumerate(lines, 1)]]


@pytest.mark.parametrize(
    "lines",
    [
        ("09/01/2025 | 12/03/2025 - -",),
        ("09/01 | 12/03 wa | WA", "/2025 | /2025"),
        ("09/01/20 | 12/03/20", "25 25 N/A N/A"),
        ("09/01/202 | 12/03/202", "5 5 NIA"),
        ("9 de enero | 12 de marzo", "de 2025 | de 2025"),
        ("9 ene. 12 mar.", "2025 2025"),
        ("09/01/20", "25", "12/03/20", "25", "N/A"),
    ],
)
def test_dates_are_gathered_from_their_pieces(lines: tuple[str, ...]) -> None:
    dates = [parse_date(reading.text) for reading in held_dates(header(*lines))]
    assert [str(d[0]) for d in dates if d] == ["2025-01-09", "2025-03-12"]


def test_repeated_headers_vouch_for_each_other() -> None:
    cut = header("09/01/20 | 12/03/20")[0]
    whole = header("09/01/2025 | 12/03/2025")[0]
    assert [[c.text for c in r.candidates] for r in held_dates([cut, whole])] == [["09/01/2025"], ["12/03/2025"]]


def test_quarters_hold_most_dates_and_leave_empty_columns_alone() -> None:
    likeliest = likely_patterns(held_dates(header("18/04/2025 12/03/2025 20/04/2025")), [])[0]
    assert likeliest.held == (True, True, True, False, False)
    assert likeliest.quarters == (1, 1, 2, 3, 4)


def test_a_dash_that_one_header_lost_another_shows() -> None:
    cut, whole = (header(f"14/01/19 26/01/19 10/06/19 23/06/19 {dashes}")[0] for dashes in ("-", "- -"))
    first, second = likely_patterns(held_dates([cut, whole]), [cut, whole])[:2]
    assert first.held == (True, True, True, True, False, False)
    assert first.quarters == (1, 1, 2, 2, 3, 4)
    assert first.cost + 3 < second.cost


def test_a_session_that_no_header_dates_is_a_last_resort() -> None:
    found = likely_patterns(held_dates(header("19/03/2025 22/07/2025 - -")), header("19/03/2025 22/07/2025 - -"))
    assert found[0].sessions == 2
    assert any(pattern.sessions == 3 for pattern in found)


def test_marks_under_a_column_that_no_header_dates_doubt_the_columns() -> None:
    assert attendance(ROWS).warnings == ()
    assert attendance(ROWS, HEAD.replace("22/07/2025", "-")).warnings == ("session_columns",)


def test_marks_that_overrule_the_headers_doubt_the_columns() -> None:
    dates = "20/06/2025 | 27/08/2025 | 23/12/2025 | 24/12/2025"
    rows = ROWS.replace("- -", "SI SI")
    assert attendance(rows, HEAD.replace("19/03/2025 | 22/07/2025 - -", dates)).warnings == ("session_columns",)


def test_an_empty_column_whose_dashes_are_not_printed_is_one_where_the_dates_tell() -> None:
    head = HEAD.replace("19/03/2025 | 22/07/2025 - -", "19/03/2025 | 22/07/2025")
    blank = ROWS.replace(" - - ", " ")
    columns = attendance(blank, head).columns
    assert [c.date.text for c in columns] == ["19/03/2025", "-", "22/07/2025", "-"]


# ---------------------------------------------------------------- rows


def test_interleaved_lines_become_rows_and_columns() -> None:
    rows = attendance(ROWS).rows
    assert [r.entity.text for r in rows[1:3]] == [
        "Secretaria Distrital de Gobierno",
        "Instituto Distrital de la Participacion y Accion Comunal — IDPAC",
    ]
    assert [r.position.text for r in rows[:3]] == [
        "Subsecretaria de Servicio a la Ciudadania", "Directora de Derechos Humanos", "Director General",
    ]  # fmt: skip
    assert texts((rows[1].role, *rows[1].marks, rows[1].total)) == ["S", "S|", "ST", "-", "-", "2"]
    assert rows[1].marks[0].places == (Place(1, line=11),)


def test_columns_come_from_the_header() -> None:
    matrix = attendance(ROWS)
    assert [c.quarters[0][0] for c in matrix.columns] == [1, 2, 3, 4]
    assert [c.date.text for c in matrix.columns] == ["19/03/2025", "22/07/2025", "-", "-"]
    assert matrix.warnings == ()


def test_a_row_cut_by_the_page_is_one_row() -> None:
    repeated = "\f" + "\n".join(HEAD.splitlines()[2:]) + "\n"
    cut = ROWS.replace("y Accion General\n", "y Accion General\n" + repeated)
    rows = attendance(cut).rows
    assert len(rows) == 5
    assert rows[2].entity.text.endswith("Accion Comunal — IDPAC")
    assert {p.page for p in rows[2].entity.places} == {1, 2}


def test_a_row_whose_marks_cannot_be_read_is_there_without_any() -> None:
    garbled = ROWS.replace("Derechos S S| ST - - 2", "Derechos ¢ = @%")
    rows = attendance(garbled).rows
    assert len(rows) == 5
    assert "Gobierno" in rows[1].entity.text
    assert not any(mark.candidates for mark in rows[1].marks[:2])


def test_an_unknown_body_keeps_its_row_and_its_words() -> None:
    rows = attendance(ROWS + "Sector Privado Camara de Comerciantes | Gerente O SI NO - - 1\n").rows
    assert "Comerciantes" in rows[-1].entity.text
    assert rows[-1].position.text == "Gerente"


def test_a_table_read_column_by_column_keeps_its_names_and_is_doubted() -> None:
    names = "Secretaria Distrital de Gobierno\nSecretaria Distrital de Planeacion\nSecretaria Distrital de Salud\n"
    matrix = attendance(names + "I SI SI - - 2\nI NO SI - - 1\nI SI SI - - 2\n")
    assert "read_by_columns" in matrix.warnings
    assert [r.entity.text.split()[-1] for r in matrix.rows] == ["Gobierno", "Planeacion", "Salud"]
    assert not any(mark.candidates for row in matrix.rows for mark in row.marks[:2])


def test_more_columns_than_quarters() -> None:
    head = HEAD.replace("19/03/2025 | 22/07/2025 - -", "19/03/2025 | 20/03/2025 | 22/07/2025 - -")
    rows = ROWS.replace("NO SI - -", "NO SI NO - -").replace("S| ST", "S| ST SI").replace("SI SI - -", "SI SI SI - -")
    matrix = attendance(rows, head)
    assert [c.quarters[0][0] for c in matrix.columns] == [1, 1, 2, 3, 4]
    assert texts(matrix.rows[0].marks) == ["NO", "SI", "NO", "-", "-"]


def test_dates_that_do_not_fit_the_marks_put_the_matrix_in_doubt() -> None:
    assert attendance(ROWS, HEAD.replace("19/03/2025 | 22/07/2025 - -", "- -")).warnings == ("session_columns",)


# ---------------------------------------------------------------- functions and the rest


def test_functions_with_marks_beside_and_below_their_text() -> None:
    general, specific = sort(HEAD + ROWS + TAIL + FUNCTIONS).functions
    [one] = general.rows
    assert one.text.text.startswith("Articular y orientar la ejecucion de funciones y la prestacion de servicios en")
    assert texts((*one.marks, one.addressed)) == ["SI", "NO", "-", "-", "SI"]
    assert [row.text.text for row in specific.rows] == [
        "Coordinar las acciones dirigidas a la atencion de la poblacion.", "Formular politicas sociales.",
    ]  # fmt: skip
    assert texts((*specific.rows[0].marks, specific.rows[0].addressed)) == ["ST", "NO", "", "", "SI"]
    assert general.columns[0].date.text == "19/03/2024"


def test_function_dates_are_placed_over_the_sessions_they_belong_to() -> None:
    lost = FUNCTIONS.replace("19/03/2024 | 22/07/2025 - - Si/No", "22/07/2024 Si/No")
    general = sort(HEAD + ROWS + TAIL + lost).functions[0]
    assert [c.date.text for c in general.columns] == ["", "22/07/2024", "-", "-"]
    assert texts(general.rows[0].marks) == ["SI", "NO", "-", "-"]
    assert general.warnings == ()


def test_the_rest_of_the_lines_is_left_in_order() -> None:
    rest = [x.text for x in sort(HEAD + ROWS + TAIL + FUNCTIONS).lines if x.text.strip()]
    assert rest[0] == "ASISTENTES:"
    assert rest[-2:] == ["SEGUIMIENTO AL PLAN DE ACCION:", "En cumplimiento de lo dispuesto."]
    assert not any("Gobierno" in text for text in rest)


def test_a_text_without_tables_has_no_matrices() -> None:
    sorted_readings = sort("Un texto cualquiera.\n\nSin tablas.")
    assert sorted_readings.attendance is None
    assert sorted_readings.functions == ()
    assert [x.text for x in sorted_readings.lines] == ["Un texto cualquiera.", "", "Sin tablas."]


@pytest.mark.parametrize("text", ["", "\f\f", "SI\nNO\nSI", HEAD, TAIL, FUNCTIONS, HEAD + "I I I I I\n" * 40])
def test_odd_texts_are_sorted_without_failing(text: str) -> None:
    assert sort(text).lines is not None


def test_mending_restores_what_an_engine_without_spanish_cannot_read() -> None:
    assert mend("gesti6n y atencién, recién llegado") == "gestión y atencién, recién llegado"
    assert mend("Delegacién Resolucién 009") == "Delegación Resolución 009"


@pytest.mark.skipif(not SEED.exists(), reason="the real report's text lies outside the repository")
def test_the_real_report() -> None:
    text = SEED.read_text(encoding="utf-8")
    found = sort(text)
    assert found.attendance is not None
    assert len(found.attendance.rows) == 19
    assert sum(len(matrix.rows) for matrix in found.functions) == 10
    assert len(find_zones([x for page in pages(text) for x in page.lines]).attendance.headers) == 3


# ---------------------------------------------------------------- lost cells, garbled rows, closed books


def test_a_mark_that_may_stand_in_two_columns_is_read_in_neither() -> None:
    place = (Place(1, line=1),)
    cells = cell_readings(words_of("I SI - - 1"), SLOTS, place)
    assert texts(cells) == ["I", None, None, "-", "-", "1"]
    whole = cell_readings(words_of("I SI NO - - 1"), SLOTS, place)
    assert texts(whole) == ["I", "SI", "NO", "-", "-", "1"]


def test_columns_that_often_lose_marks_do_not_tell_which_mark_of_a_row_is_lost() -> None:
    held, seldom = (mark_slot({"X": 0.9, "SI": 0.1}, lost=cost) for cost in (0.3, 6.0))
    cells = cell_readings(words_of("I X X 2"), (role_slot(), held, seldom, seldom, total_slot(3)), (Place(1, line=1),))
    assert texts(cells) == ["I", None, None, None, "2"]


def test_a_letterhead_under_what_its_shield_left_is_no_row() -> None:
    over = ROWS + "\fo\n\nALCALDIA MAYOR\nDE BOGOTA D.C.\n\nAnexo 2: Informe de gestion\n\n"
    over += HEAD.partition(")\n")[2] + "7. Ambiente Secretaria Distrital de Ambiente Asesora I SI SI - - 2\n"
    assert [r.entity.text.split()[-1] for r in attendance(over).rows][-2:] == ["Salud", "Ambiente"]


def test_a_lost_role_is_nothing_read_and_costs_the_marks_nothing() -> None:
    cells = cell_readings(words_of("Directora SI NO - - 1"), SLOTS, (Place(1, line=1),))
    assert texts(cells) == ["", "SI", "NO", "-", "-", "1"]


def test_misread_marks_part_rows_as_read_ones_do() -> None:
    lines = "Secretaria Distrital de Salud Asesora I SI SI - - 2\n"
    lines += "Instituto Distrital de\nTurismo Asesora d 7 oe : = e\n"
    before = "".join(ROWS.splitlines(keepends=True)[:-1])
    rows = attendance(before + lines).rows
    assert [r.entity.text.split()[-1] for r in rows[-2:]] == ["Salud", "Turismo"]
    assert [r.doubts for r in rows[-2:]] == [(), ("row_without_marks",)]


@pytest.mark.parametrize(
    ("lines", "count", "held"),
    [
        (("19/03/2025 | 22/07/2025 - -",), 2, (True, True, False, False)),
        (("19/03/2025 - 22/07/2025 -",), 2, (True, False, True, False)),
        (("19/03/2025 22/07/2025",), 2, (True, False, True, False)),
        (("14/04/2025 16/04/2025 22/07/2025",), 3, (False, True, True, True, False)),
    ],
)
def test_columns_without_a_session_are_where_dashes_or_dates_tell(
    lines: tuple[str, ...], count: int, held: tuple[bool, ...]
) -> None:
    dates = held_dates(header(*lines))
    assert len(dates) == count
    assert likely_patterns(dates, header(*lines))[0].held == held


def test_dates_broken_inside_the_month_go_on_below() -> None:
    dates = held_dates(header("26/0 | 24/0 | 18/1", "1/20 | 3/20 | 0/20", "21 21 21"))
    assert [str(d[0]) for r in dates if (d := parse_date(r.text))] == ["2021-01-26", "2021-03-24", "2021-10-18"]


def test_a_misread_date_beside_others_keeps_its_column() -> None:
    assert len(held_dates(header("24/02/21 | o1o6i21 | 16/08/21"))) == 3


def whole(functions: str = FUNCTIONS, rows: str = ROWS) -> SortedReadings:
    return sort(HEAD + rows + TAIL + functions)


def test_a_text_read_whole_has_nothing_unread() -> None:
    assert whole().unread_matrices == ()


@pytest.mark.parametrize(
    "functions",
    [
        "",
        FUNCTIONS.replace("FUNCIONES ESPECIFICAS\nSESIONES EN LAS QUE SE ABORDARON DICHAS\n", ""),
        FUNCTIONS.replace("en el Distrito.", "en el Distrito. = el Impulsar la estrategia de cuidado."),
    ],
)
def test_a_function_that_may_be_missing_leaves_its_matrix_unread(functions: str) -> None:
    assert whole(functions).unread_matrices == (1,)


def test_a_page_upside_down_is_unread() -> None:
    flipped = "ejuepepnin\nSds pnjes Is Is ON\nugseueaue uopeziueai jeuoisajoig sewsouN\n" * 8
    assert sort(HEAD + ROWS + TAIL + FUNCTIONS + "\f" + flipped).unread_matrices == (2,)


@given(st.text(alphabet="SINOX-|/.:;()[] \n\fabcdeiou0123456789áÁÑ", max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_text_between_the_headings_is_sorted(text: str) -> None:
    assert sort(HEAD + text + TAIL + text + FUNCTIONS).lines is not None


# ---------------------------------------------------------------- marks, the whole row taken together


@pytest.mark.parametrize(("total", "least", "most"), [("2", 0.9, 1.0), ("1", 0.0, 0.8)])
def test_a_mark_that_was_lost_follows_from_the_total_or_is_left_open(total: str, least: float, most: float) -> None:
    lost = f"7. Movilidad Secretaria Distrital de Movilidad Asesora I SI - - {total}\n"
    decoded = decode_attendance(attendance(ROWS + lost), (0.95, 0.95, 0.05, 0.05))
    sure = [mark.certainty.confidence or 0.0 for mark in decoded.rows[-1].marks[:2]]
    assert least <= min(sure) <= max(sure) <= most


def test_scraps_of_other_lines_are_no_part_of_a_position() -> None:
    rows = ROWS.replace("Derechos S S| ST", "ae Derechos S S| ST").replace("Educacion Asesora", "Educacion Asesora (E)")
    read = attendance(rows).rows
    assert read[1].position.text == "Directora de Derechos Humanos"
    assert read[3].position.text == "Asesora (E)"


@pytest.mark.parametrize(("declared", "doubts"), [("2/4", ()), ("3/4", ("session_columns",))])
def test_without_headers_columns_are_as_many_as_marks_if_as_many_sessions_are_declared(
    declared: str, doubts: tuple[str, ...]
) -> None:
    rows = ROWS.replace(" - - ", " ") * 3
    tail = f"""SESIONES ORDINARIAS REALIZADAS / SESIONES ORDINARIAS PROGRAMADAS: {declared}
SESIONES EXTRAORDINARIAS REALIZADAS / SESIONES EXTRAORDINARIAS PROGRAMADAS: 0/0
"""
    matrix = sort(HEAD[: HEAD.index("Sesiones en las")] + rows + tail).attendance
    assert matrix is not None
    assert (len(matrix.columns), matrix.warnings) == (2, doubts)


# ---------------------------------------------------------------- rows of which nothing is left


def test_names_under_a_heading_of_their_own_were_read_apart_from_their_marks() -> None:
    names = "Sector Entidad\nSecretaria Distrital de Gobierno\n2. Gobierno\nSecretaria Distrital de Salud\n"
    split = sort(HEAD.replace("Sesiones en las", names + "Sesiones en las") + ROWS + TAIL)
    assert split.attendance is not None
    assert "read_by_columns" in split.attendance.warnings
    assert split.unread_matrices


def flat_row(*lines: str, anchor: int, read: bool = True) -> FlatRow:
    words = [words_of(line) for line in lines]
    tabled = tuple(
        TableLine(TextLine(line, Place(1, line=i)), 0, own, find_tail(own, SLOTS))
        for i, (line, own) in enumerate(zip(lines, words, strict=True))
    )
    marked = tabled[anchor] if read else None
    return FlatRow(tabled, marked, tabled[anchor], (), Columns((), (), ()), None, None)


def test_a_second_sector_and_scraps_of_marks_tell_a_row_that_another_swallowed() -> None:
    own = ("Subred Integrada de", "4. Salud Servicios de Salud Sur Asesora I SI SI - - 2", "E.S.E.")
    assert not holds_another(flat_row(*own, anchor=1))
    assert holds_another(flat_row("4. Salud Dierks do Sone! Secretaria de Despacho | SI 2", *own, anchor=2))
    assert not holds_another(flat_row("Dierks do Sone! Secretaria de Despacho | SI 2", *own, anchor=2))


def test_unread_marks_far_from_a_rows_middle_tell_of_another_in_it() -> None:
    lines = ("Ambiente ke gt gl al", "de Ambiente", "(SDA)", "Mesa Barrial", "de Fomento", "Cuidadoras")
    assert holds_another(flat_row(*lines, anchor=0, read=False))
    assert not holds_another(flat_row(*lines, anchor=0))
    assert not holds_another(flat_row(*lines, anchor=2, read=False))


def test_of_two_function_headers_on_a_page_the_second_is_that_of_the_specific_ones() -> None:
    unnamed = FUNCTIONS.replace("FUNCIONES ESPECIFICAS\n", "")
    general, specific = sort(HEAD + ROWS + TAIL + unnamed).functions
    assert [len(matrix.rows) for matrix in (general, specific)] == [1, 2]
    again = sort(HEAD + ROWS + TAIL + unnamed.replace("SESIONES EN LAS QUE SE ABORDARON DICHAS\nFUNCIONES\n", "\f"))
    assert len(again.functions) == 1

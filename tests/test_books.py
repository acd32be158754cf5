"""Closed books: every line ends somewhere; what ended in no value is listed, and what it may hide is doubted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dictionaries.load import Dictionary, load
from ocr.records import (
    Box,
    InputKind,
    PageFrame,
    Place,
    ReadDocument,
    Reading,
    ReadPage,
    Residual,
    ResidualKind,
    TextLine,
    Word,
)
from parsers import books, fields, report, tables
from parsers.books import Ending
from parsers.records import Report
from pipeline import dataset, run
from tests import forms
from tests.hand_made import ATTENDANCE_HEAD, FUNCTIONS_HEAD, LEFT, OWN_ACCOUNT, Words, document, line, table
from tests.test_dataset import SOURCE

FRAMES = (PageFrame(1, 800, 1000, 100), PageFrame(2, 800, 1000, 100))
GOVERNMENT: Words = ("1. Gobierno", "Secretaría Distrital de Gobierno", "Secretario", "P", "SI", "NO", "-", "-", "1")
HEALTH: Words = ("2. Salud", "Secretaría Distrital de Salud", "Subdirectora", "S", "SI", "SI", "-", "-", "2")
FUNCTION: Words = ("Coordinar la política pública.", "SI", "NO", "-", "-", "SI")
WIDTHS = (300, 50, 50, 50, 50, 60)
TITLE = (
    line("INFORME DE GESTIÓN"),
    line("SEGUNDO TRIMESTRE DE 2025"),
    line("SESIONES ORDINARIAS REALIZADAS / SESIONES ORDINARIAS PROGRAMADAS: 2/4"),
)


@pytest.fixture(scope="module")
def dictionary() -> Dictionary:
    return load()


# ---------------------------------------------------------------- what it puts in doubt


def build(dictionary: Dictionary, read: ReadDocument) -> Report:
    return report.build(tables.sort_pages(read), dictionary, FRAMES[: len(read.pages)], OWN_ACCOUNT)


def with_residuals(read: ReadDocument, *found: Residual) -> ReadDocument:
    return replace(read, pages=(replace(read.pages[0], residuals=found), *read.pages[1:]))


def attended(*lines: TextLine) -> ReadDocument:
    return document(table(*ATTENDANCE_HEAD, GOVERNMENT, HEALTH), lines=(*TITLE, *lines))


def cell_of(read: ReadDocument, row: int, column: int) -> Box:
    return next(c.box for c in read.pages[0].tables[0].cells if (c.row, c.column) == (row, column))


def reasons(built: Report) -> list[list[str | None]]:
    return [[m.certainty.review_reason for m in a.marks] for a in built.attendees]


def test_a_mark_beside_a_mark_has_its_cell_looked_at_and_no_other(dictionary: Dictionary) -> None:
    read = attended()
    box = cell_of(read, 4, 5)  # second row, second session
    stray = Residual(ResidualKind.MARK, Place(1, Box(box.x0 + 5, box.y0 + 5, box.x0 + 12, box.y0 + 12)))
    built = build(dictionary, with_residuals(read, stray))
    assert reasons(built) == [[None] * 4, [None, "residual_ink", None, None]]
    (end,) = built.loose_ends
    assert (end.matrix, end.row, end.column, end.function) == ("attendance", 2, 2, None)


def test_ink_beside_a_total_has_the_row_looked_at(dictionary: Dictionary) -> None:
    read = attended()
    box = cell_of(read, 3, 8)
    stray = Residual(ResidualKind.MARK, Place(1, Box(box.x0 + 5, box.y0 + 5, box.x0 + 12, box.y0 + 12)))
    built = build(dictionary, with_residuals(read, stray))
    assert [a.certainty.review_reason for a in built.attendees] == ["residual_ink", None]
    assert reasons(built) == [[None] * 4] * 2


def test_a_stamp_over_cells_is_listed_and_doubts_none(dictionary: Dictionary) -> None:
    read = attended()
    box = cell_of(read, 4, 5)
    stamp = Residual(ResidualKind.INK, Place(1, Box(box.x0 - 70, box.y0 - 30, box.x0 + 10, box.y1 + 30)))
    built = build(dictionary, with_residuals(read, stamp))
    assert reasons(built) == [[None] * 4] * 2
    assert [e.residual.kind for e in built.loose_ends] == [ResidualKind.INK]
    assert built.loose_ends[0].matrix == "attendance"


def test_a_function_is_named_by_its_number(dictionary: Dictionary) -> None:
    specific = (("FUNCIONES ESPECÍFICAS", *FUNCTIONS_HEAD[0][1:]), FUNCTIONS_HEAD[1])
    read = document(
        table(*FUNCTIONS_HEAD, FUNCTION, FUNCTION, widths=WIDTHS),
        table(*specific, FUNCTION, widths=WIDTHS, top=400),
        lines=TITLE,
    )
    box = read.pages[0].tables[1].cells[-3].box
    stray = Residual(ResidualKind.MARK, Place(1, box))
    (end,) = build(dictionary, with_residuals(read, stray)).loose_ends
    assert (end.matrix, end.function, end.row, end.column) == ("functions_specific", 3, None, 3)


def test_what_stands_at_the_same_place_of_two_pages_is_the_letterheads(dictionary: Dictionary) -> None:
    read = document(table(*ATTENDANCE_HEAD, GOVERNMENT), lines=(*TITLE, line("Otra página", page=2)))
    shield = [Residual(ResidualKind.INK, Place(n, Box(60 + n, 30, 90 + n, 70))) for n in (1, 2)]
    stamp = Residual(ResidualKind.INK, Place(2, Box(300, 600, 420, 720)))
    found = (replace(read.pages[0], residuals=(shield[0],)), replace(read.pages[1], residuals=(shield[1], stamp)))
    built = build(dictionary, replace(read, pages=found))
    assert [e.residual for e in built.loose_ends if e.residual.kind is ResidualKind.INK] == [stamp]


# ---------------------------------------------------------------- rows that lost their rules


def words(*placed: tuple[str, float], y: float, page: int = 1) -> TextLine:
    """A line whose words stand at these x."""
    some = tuple(Word(text, 0.9, Box(x, y, x + 14, y + 10)) for text, x in placed)
    box = Box.around(w.box for w in some if w.box)
    return TextLine(" ".join(text for text, _ in placed), Place(page, box), 0.9, some)


LOST = (("Secretaría", 140.0), ("Distrital", 200.0), ("SI", 455.0), ("NO", 505.0), ("3", 655.0))


def test_a_row_outside_the_matrix_fails_the_report(dictionary: Dictionary) -> None:
    read = attended(words(*LOST, y=225))
    built = build(dictionary, read)
    assert built.unread_matrices == (1,)
    fault = run.fault_of(read, built)
    assert fault is not None
    assert fault.reason == "matrix_unread"
    assert any("SI NO" in e.residual.text for e in built.loose_ends)


@pytest.mark.parametrize(
    "lines",
    [
        (words(("Recibido", 140), ("No", 505), y=225),),  # one word in one column
        (words(("Si", 455), ("No", 505), y=600),),  # far from the matrix
        (words(("SI", 60), ("NO", 300), y=225),),  # under no session
        (words(("X_", 455), ("No_", 505), y=225),),  # blanks to be ticked, of what was published
    ],
)
def test_words_that_are_no_row_do_not(dictionary: Dictionary, lines: tuple[TextLine, ...]) -> None:
    assert build(dictionary, attended(*lines)).unread_matrices == ()


def test_a_stroke_read_as_a_dash_is_higher_than_wide(dictionary: Dictionary) -> None:
    dash = words(("-", 455), ("SI", 505), y=225)
    assert build(dictionary, attended(dash)).unread_matrices == (1,)
    boxes = [w.box for w in dash.words if w.box]
    stroke = replace(dash.words[0], box=Box(boxes[0].x0, boxes[0].y0, boxes[0].x1, boxes[0].y0 + 2 * boxes[0].width))
    read = attended(replace(dash, words=(stroke, *dash.words[1:])))
    assert build(dictionary, read).unread_matrices == ()


def test_rows_on_the_page_before_the_matrix_fail_the_report(dictionary: Dictionary) -> None:
    lost = words(*LOST, y=700)
    read = document(table(*ATTENDANCE_HEAD, GOVERNMENT, page=2), lines=(*TITLE, lost))
    assert build(dictionary, read).unread_matrices == (1,)


def test_marks_side_by_side_in_several_lines_are_rows_wherever_they_stand(dictionary: Dictionary) -> None:
    rows = [words(("Xx", 455), ("N/A", 505), y=600 + 30 * i) for i in range(2)]
    assert build(dictionary, attended(*rows)).unread_matrices == (1,)
    assert build(dictionary, attended(rows[0])).unread_matrices == ()


# ---------------------------------------------------------------- closed books


def test_every_line_ends_somewhere_and_those_of_no_field_are_residuals(dictionary: Dictionary) -> None:
    note = line("Recibido en la oficina de archivo", box=Box(50, 800, 300, 815))
    built = build(dictionary, attended(line("ASISTENTES:"), note))
    assert [e.residual.text for e in built.loose_ends] == ["Recibido en la oficina de archivo"]
    assert built.loose_ends[0].residual.kind is ResidualKind.WORDS


def test_garble_is_ink(dictionary: Dictionary) -> None:
    garble = replace(line("NASA XYZ", box=Box(50, 800, 300, 815)), confidence=0.2)
    (end,) = build(dictionary, attended(garble)).loose_ends
    assert (end.residual.kind, end.residual.text) == (ResidualKind.INK, "NASA XYZ")


def test_a_whole_form_leaves_no_words() -> None:
    """Every line that drawn reports print ends in a value, in the form's text or in its furniture."""
    for seed in (401, 402, 403):
        truth = forms.draw(seed, mistakes=()).truth
        printed = (
            "INFORME DE GESTIÓN", truth["period"], "NOMBRE DE LA INSTANCIA:", truth["instancia"],
            "NÚMERO Y FECHA DEL REGLAMENTO INTERNO:", truth["regulation"], "NORMAS:", *truth["norms"], "ASISTENTES:",
            "SESIONES ORDINARIAS REALIZADAS / SESIONES ORDINARIAS PROGRAMADAS: 2/4",
            "SESIONES EXTRAORDINARIAS REALIZADAS / SESIONES EXTRAORDINARIAS PROGRAMADAS: 0/0",
            "PUBLICACIÓN EN PÁGINA WEB:", "Normas de creación: Si_x_ No___", "SEGUIMIENTO AL PLAN DE ACCIÓN:",
            *truth["paragraphs"], "Firma de quien preside la instancia:",
        )  # fmt: skip
        lines = [TextLine(text, Place(1, None, i)) for i, text in enumerate(printed, start=1)]
        ended = books.endings(lines, fields.read_fields(lines))
        assert [x.text for x, e in zip(lines, ended, strict=True) if e is Ending.RESIDUAL] == []


LINES = st.lists(st.text("SINO abcdeé123-|:./", min_size=1, max_size=30), max_size=12)


@given(LINES, LINES)
@settings(max_examples=60, deadline=None)
def test_no_word_outside_the_matrices_is_lost(first: list[str], second: list[str]) -> None:
    lines = [
        TextLine(text, Place(page, Box(50, 20 * i, 400, 20 * i + 12)), 0.9)
        for page, some in ((1, first), (2, second))
        for i, text in enumerate(some)
    ]
    ended = books.endings(lines, fields.read_fields(lines))
    left = books.residual_words(lines, ended)
    for page in (1, 2):
        read = Counter(w for x in lines if x.place.page == page for w in x.text.split())
        used = [x for x, e in zip(lines, ended, strict=True) if e is not Ending.RESIDUAL and x.place.page == page]
        kept = Counter(w for x in used for w in x.text.split())
        assert read == kept + Counter(w for r in left if r.place.page == page for w in r.text.split())


MERGES = st.lists(st.sampled_from(["SI", "NO", "-", LEFT]), min_size=4, max_size=4)


@given(st.lists(MERGES, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_no_word_inside_a_matrix_is_lost(rows: list[list[str]]) -> None:
    """Whatever cells a vanished rule merges, their words stand in a row or in the residuals."""
    drawn = table(*ATTENDANCE_HEAD, *((*GOVERNMENT[:4], *row, "1") for row in rows))
    read = tables.sort_pages(document(drawn))
    assert read.attendance is not None
    said = Counter(r.text for row in read.attendance.rows for r in (row.role, *row.marks, row.total))
    said += Counter(r.text for row in read.attendance.rows for r in (row.sector, row.entity, row.position))
    said += Counter(r.text for r in read.residuals)
    body = Counter(c.reading.text for c in drawn.cells if c.row >= len(ATTENDANCE_HEAD))
    assert {text for text in body if text and said[text] < body[text]} == set()


def test_the_lines_of_a_flattened_matrix_that_no_row_holds_are_residuals() -> None:
    held, lost = TextLine("SI NO - 1", Place(1, None, 7)), TextLine("Canal Capital", Place(1, None, 8))
    read = tables.sort_pages(attended())
    assert read.attendance is not None
    row = replace(read.attendance.rows[0], total=Reading((), (held.place,)))
    matrix = replace(read, attendance=replace(read.attendance, rows=(row,)))
    assert [r.text for r in books.lost_lines((held, lost), matrix)] == ["Canal Capital"]


# ---------------------------------------------------------------- pages and tables


def silent(*found: Residual) -> ReadDocument:
    read = attended()
    return ReadDocument(InputKind.SCAN, (*read.pages, ReadPage(FRAMES[1], residuals=found)))


def test_a_page_with_ink_of_which_nothing_was_read_is_no_blank_page(dictionary: Dictionary) -> None:
    ink = Residual(ResidualKind.INK, Place(2, Box(100, 100, 600, 300)))
    assert "page_without_text" in (build(dictionary, silent(ink)).certainty.review_reason or "")
    assert "page_without_text" not in (build(dictionary, silent()).certainty.review_reason or "")


def sizes(read: ReadDocument) -> list[int]:
    found = tables.sort_pages(read)
    return [len(found.attendance.rows) if found.attendance else 0, *(len(m.rows) for m in found.functions)]


def test_a_matrix_that_grew_onto_another_is_parted_from_it() -> None:
    specific = (("FUNCIONES ESPECÍFICAS", *FUNCTIONS_HEAD[0][1:]), FUNCTIONS_HEAD[1])
    gap: Words = ("", *[LEFT] * 5)
    one = table(*FUNCTIONS_HEAD, FUNCTION, FUNCTION, gap, *specific, FUNCTION, widths=WIDTHS)
    assert sizes(document(one)) == [0, 2, 1]


def test_a_matrix_that_grew_onto_the_forms_first_block_is_parted_from_it() -> None:
    first: tuple[Words, ...] = (
        ("NOMBRE DE LA INSTANCIA: Consejo Consultivo", *[LEFT] * 8),
        ("NORMAS: Decreto 1 de 2020", *[LEFT] * 8),
        ("Acuerdo 2 de 2021", *[LEFT] * 8),
        ("ASISTENTES: (Rol: P: Presidente. S: secretaría técnica)", *[LEFT] * 8),
    )
    read = document(table(*first, *ATTENDANCE_HEAD, GOVERNMENT, HEALTH))
    found = tables.sort_pages(read)
    assert (sizes(read), found.unread_matrices) == ([2], ())
    assert found.lines[0].text == "NOMBRE DE LA INSTANCIA: Consejo Consultivo"


def test_the_counts_under_a_matrix_are_no_rows_of_it() -> None:
    counts: Words = ("SESIONES ORDINARIAS REALIZADAS / PROGRAMADAS:", *[LEFT] * 3, "2/4", *[LEFT] * 4)
    read = document(table(*ATTENDANCE_HEAD, GOVERNMENT, HEALTH, counts))
    assert sizes(read) == [2]
    assert "2/4" in [x.text for x in tables.sort_pages(read).lines]


def test_a_scan_whose_matrix_lacks_a_column_fails(dictionary: Dictionary) -> None:
    fewer = [tuple(w for i, w in enumerate(row) if i != 4) for row in (*FUNCTIONS_HEAD, FUNCTION)]
    read = document(
        table(*ATTENDANCE_HEAD, GOVERNMENT), table(*fewer, page=2, widths=(300, 50, 50, 50, 60)), lines=TITLE
    )
    assert build(dictionary, read).unread_matrices == (2,)
    assert build(dictionary, replace(read, kind=InputKind.TEXT_LAYER)).unread_matrices == ()


def test_boxes_to_tick_among_what_was_published_are_no_rows(dictionary: Dictionary) -> None:
    items = ("Normas de creación", "Reglamento interno", "Actas con sus anexos", "Informe de gestión")
    published = [
        line(f"{item}: Sí _X_ No ___", 1, Box(300, 500 + 20 * i, 520, 512 + 20 * i)) for i, item in enumerate(items)
    ]
    scraps = [words(("Sí", 455.0), ("X", 480.0), ("No", 505.0), y=y) for y in (521, 541)]
    below = [words(("Sí", 455.0), ("X", 480.0), ("No", 505.0), y=y) for y in (621, 641)]
    assert build(dictionary, attended(*published, *scraps)).unread_matrices == ()
    assert build(dictionary, attended(*published, *below)).unread_matrices == (1,)


def stacked(cells: Sequence[str]) -> ReadDocument:
    """A row whose small cells hold these texts, a line each."""
    drawn = table(*ATTENDANCE_HEAD, GOVERNMENT, (*HEALTH[:3], *cells))
    found = tuple(replace(c, lines=tuple(line(t, 1, c.box) for t in c.reading.text.split("\n"))) for c in drawn.cells)
    return document(replace(drawn, cells=found))


def test_a_row_of_several_lines_in_nearly_all_its_cells_is_several_rows() -> None:
    run_together = stacked(["I\nI", "Ss\nSl", "X |\nE", "-\nE", "7\nl.", "2\nl"])
    stamped = stacked(["I", "SI", "RECI\nNo", "DO\n123", "-", "2"])
    assert tables.sort_pages(run_together).unread_matrices == (1,)
    assert tables.sort_pages(stamped).unread_matrices == ()


def test_dates_over_the_marks_of_a_row_make_no_two_rows_of_it() -> None:
    """The rule between heading and first row was lost."""
    read = stacked(["P", "19/03/2025\nSI", "22/05/2025\nNO", "-", "-", "2"])
    assert tables.sort_pages(read).unread_matrices == ()


# ---------------------------------------------------------------- the table


def test_residuals_are_rows_with_their_place_and_cell(dictionary: Dictionary) -> None:
    read = attended()
    box = cell_of(read, 4, 5)
    built = build(dictionary, with_residuals(read, Residual(ResidualKind.MARK, Place(1, box))))
    (row,) = dataset.report_rows(SOURCE, built)["residuals"]
    assert (row["residual"], row["kind"], row["matrix"], row["row"], row["column"]) == (1, "mark", "attendance", 2, 2)
    assert (row["page"], row["x0"], row["y1"]) == (1, box.x0, box.y1)
    assert row["needs_review"] is True

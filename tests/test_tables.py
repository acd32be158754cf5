"""Tables as read → matrices: what each is, which columns and rows it has, and what page breaks did to them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.records import Box, Candidate, Place, Reading, TextLine, Word
from parsers.agreement import COLUMNS_DISAGREE, STRUCTURE_UNCERTAIN
from parsers.column_dates import column_dates
from parsers.fragments import fragment
from parsers.odd_rows import attendee_doubts
from parsers.records import AttendanceMatrix, ColumnReading, FunctionMatrix, MatrixKind, Session
from parsers.sessions import attendance_sessions
from parsers.tables import sort_pages
from tests.hand_made import ABOVE, ATTENDANCE_HEAD, FUNCTIONS_HEAD, LEFT, NAMES, Words, document, line, table

SECRETARY: Words = ("1. Gobierno", "Secretaría Distrital de Gobierno", "Secretario", "P", "SI", "NO", "-", "-", "1")
HEALTH: Words = ("2. Salud", "Secretaría Distrital de Salud", "Subdirectora", "I", "SI", "SI", "-", "-", "2")
FUNCTION_WIDTHS = (300, 50, 50, 50, 50, 60)


def attendance(*pages: tuple[Words, ...]) -> AttendanceMatrix:
    """The attendance matrix of a document whose pages hold these tables."""
    found = sort_pages(document(*(table(*rows, page=i) for i, rows in enumerate(pages, 1)))).attendance
    assert found is not None
    return found


def texts(readings: tuple[Reading, ...]) -> list[str]:
    return [r.text for r in readings]


def head(*last: str) -> tuple[Words, ...]:
    """An attendance heading of four columns, its row of quarters given."""
    return (ATTENDANCE_HEAD[0], (*[ABOVE] * 4, *last, ABOVE), ATTENDANCE_HEAD[2])


# ---------------------------------------------------------------- which matrix


def test_tables_are_typed_by_their_headings() -> None:
    specific = (("FUNCIONES ESPECÍFICAS", *FUNCTIONS_HEAD[0][1:]), FUNCTIONS_HEAD[1])
    row = ("Coordinar la política.", "SI", "NO", "-", "-", "SI")
    found = sort_pages(
        document(
            table(*ATTENDANCE_HEAD, SECRETARY),
            table(*FUNCTIONS_HEAD, row, page=2, widths=FUNCTION_WIDTHS),
            table(*specific, row, row, page=2, widths=FUNCTION_WIDTHS, top=400),
        )
    )
    assert found.attendance is not None
    assert len(found.attendance.rows) == 1
    assert [f.kind for f in found.functions] == [MatrixKind.FUNCTIONS_GENERAL, MatrixKind.FUNCTIONS_SPECIFIC]
    assert [len(f.rows) for f in found.functions] == [1, 2]


@pytest.mark.parametrize("stamped", [0, 1], ids=["general", "specific"])
def test_functions_whose_heading_a_stamp_hides_are_of_the_scope_that_their_place_says(stamped: int) -> None:
    row = ("Coordinar la política.", "SI", "NO", "-", "-", "SI")
    said = ["FUNCIONES GENERALES", "FUNCIONES ESPECÍFICAS"]
    heads = [((said[i], *FUNCTIONS_HEAD[0][1:]), FUNCTIONS_HEAD[1]) for i in (0, 1)]
    hidden = (("a Y YO . 4001 No 200", *FUNCTIONS_HEAD[0][1:]), FUNCTIONS_HEAD[1])
    # the stamped page stands above or below the other page of the same functions
    order = [hidden, heads[0], heads[1]] if stamped == 0 else [heads[0], heads[1], hidden]
    first = table(*ATTENDANCE_HEAD, SECRETARY)
    functions = (table(*head, row, page=i, widths=FUNCTION_WIDTHS) for i, head in enumerate(order, start=2))
    found = sort_pages(document(first, *functions)).functions
    assert [len(f.rows) for f in found] == ([2, 1] if stamped == 0 else [1, 2])


@pytest.mark.parametrize("garbled", ["Enlidad u Organlsmo", "Entidad u\nOrganismo"])
def test_misread_headings_still_name_the_matrix(garbled: str) -> None:
    misread = (("5ector", garbled, "Carqo", "Rol", "Sesiones en las que participaron", *[LEFT] * 3, "Total"),)
    assert len(attendance((*misread, *ATTENDANCE_HEAD[1:], SECRETARY)).rows) == 1


def test_other_tables_become_lines_where_they_stand() -> None:
    block = table(("NORMAS:", "Decreto 510 de 2021"), widths=(200, 300), top=300)
    placed = [
        line("INFORME", box=Box(50, 100, 300, 120)),
        line("ASISTENTES:", box=Box(50, 500, 300, 520)),
    ]
    found = sort_pages(document(block, lines=placed))
    assert found.attendance is None
    assert found.functions == ()
    assert [x.text for x in found.lines] == ["INFORME", "NORMAS:", "Decreto 510 de 2021", "ASISTENTES:"]


# ---------------------------------------------------------------- columns


def test_columns_carry_their_quarters_and_dates() -> None:
    found = attendance((*ATTENDANCE_HEAD, SECRETARY))
    assert quarters(found.columns) == [1, 2, 3, 4]
    assert [c.date.text for c in found.columns] == ["19/03/2025", "22/05/2025", "-", "-"]
    assert found.warnings == ()


def test_two_sessions_may_stand_under_one_quarter() -> None:
    found = attendance(
        (*head("I Trimestre", "II Trimestre", LEFT, "III Trimestre")[:2],
         (*[ABOVE] * 4, "19/03/2025", "22/05/2025", "05/06/2025", "-", ABOVE),
         SECRETARY)
    )  # fmt: skip
    assert quarters(found.columns) == [1, 2, 2, 3]
    assert [c.date.text for c in found.columns] == ["19/03/2025", "22/05/2025", "05/06/2025", "-"]


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (("I Trimestre", "ll Trimestre", "Ill Trimestre", "IV Trimestre"), [1, 2, 3, 4]),
        (("I Trimestre", "II Trimestre", "II Trimestre", "IV Trimestre"), [1, 2, 3, 4]),
        (("I Trimestre", "Trimestre", "III Trimestre", "IV Trimestre"), [1, 2, 3, 4]),
        (("| Trimestre", "TI Trimestre", "TIT Trimestre", "1V Trimestre"), [1, 2, 3, 4]),
        (("I Trimestre", "IV Trimestre", "III Trimestre", "IV Trimestre"), [1, 2, 3, 4]),
        (("Trimestre", "Trimestre", "III Trimestre", "Trimestre"), [1, 2, 3, 4]),
    ],
)
def test_misread_numerals_are_mended_by_their_order(printed: tuple[str, ...], expected: list[int]) -> None:
    assert quarters(attendance((*head(*printed), SECRETARY)).columns) == expected


def test_headings_fewer_than_the_quarters_are_those_that_were_read() -> None:
    assert quarters(halved("III Trimestre", "IV Trimestre", days=("22/08/2025", "-"))) == [3, 4]
    assert quarters(halved("Trimestre", "IV Trimestre", days=("22/08/2025", "-"))) == [3, 4]


def test_quarters_that_nobody_could_read_are_not_guessed() -> None:
    found = sessions(halved("Trimestre", "Trimestre", days=("-", "-")))
    assert all((s.certainty.confidence or 0) < 0.8 for s in found)


def sessions(columns: tuple[ColumnReading, ...]) -> tuple[Session, ...]:
    return attendance_sessions(AttendanceMatrix(columns, ()), column_dates([columns], 2025)[0])


def quarters(columns: tuple[ColumnReading, ...]) -> list[int | None]:
    """The quarters that the columns' headings and dates make."""
    return [s.quarter for s in sessions(columns)]


def halved(*quarters: str, days: tuple[str, str]) -> tuple[ColumnReading, ...]:
    """The columns of a report of half a year."""
    rows = [(*row[:6], row[8]) for row in (*head(*quarters, "", ""), SECRETARY)]
    rows[2] = (*rows[2][:4], *days, rows[2][6])
    return attendance(tuple(rows)).columns


def test_a_quarter_run_together_with_its_date_gives_both() -> None:
    merged = [f"{q} Trimestre\n{day}" for q, day in zip(("I", "II", "III", "IV"), ATTENDANCE_HEAD[2][4:8], strict=True)]
    found = attendance((ATTENDANCE_HEAD[0], (*[ABOVE] * 4, *merged, ABOVE), (ABOVE,) * 9, SECRETARY))
    assert quarters(found.columns) == [1, 2, 3, 4]
    assert [c.date.text for c in found.columns] == ["19/03/2025", "22/05/2025", "-", "-"]


def test_repeated_headers_gather_their_dates() -> None:
    misread = (*ATTENDANCE_HEAD[:2], (*[ABOVE] * 4, "18/03/2025", "22/05/2025", "-", "-", ABOVE))
    found = attendance((*ATTENDANCE_HEAD, SECRETARY), (*misread, HEALTH))
    assert [c.text for c in found.columns[0].date.candidates] == ["19/03/2025", "18/03/2025"]
    assert [p.page for p in found.columns[0].date.places] == [1, 2]


def test_the_headers_of_most_pages_say_how_many_columns_there_are() -> None:
    """On the middle page the rule between two columns is lost: its marks are unreadable there, and nowhere else."""
    narrow = [tuple(w for i, w in enumerate(row) if i != 5) for row in (*ATTENDANCE_HEAD, HEALTH)]
    lost = table(
        *narrow[:2],
        (*[ABOVE] * 4, "19/03/2025 22/05/2025", "-", "-", ABOVE),
        (*HEALTH[:4], "SI SI", "-", "-", "2"),
        page=2,
        widths=(*NAMES, 100, 50, 50, 50),
    )
    whole = [table(*ATTENDANCE_HEAD, SECRETARY, page=page) for page in (1, 3)]
    found = sort_pages(document(whole[0], lost, whole[1])).attendance
    assert found is not None
    assert [len(r.marks) for r in found.rows] == [4, 4, 4]
    assert [bool(m.candidates) for m in found.rows[1].marks] == [False, False, True, True]
    assert texts(found.rows[2].marks) == ["SI", "NO", "-", "-"]
    assert found.rows[1].total.text == "2"
    assert found.warnings == ()


def test_headers_that_disagree_put_the_matrix_in_doubt() -> None:
    narrow = (*(tuple(w for i, w in enumerate(r) if i != 7) for r in ATTENDANCE_HEAD), (*HEALTH[:7], HEALTH[8]))
    assert attendance((*ATTENDANCE_HEAD, SECRETARY), narrow).warnings == (COLUMNS_DISAGREE,)


# ---------------------------------------------------------------- rows


def test_rows_keep_what_stands_in_them() -> None:
    (row,) = attendance((*ATTENDANCE_HEAD, SECRETARY)).rows
    assert (row.sector.text, row.entity.text, row.position.text, row.role.text, row.total.text) == (
        "1. Gobierno", "Secretaría Distrital de Gobierno", "Secretario", "P", "1",
    )  # fmt: skip
    assert texts(row.marks) == ["SI", "NO", "-", "-"]
    assert [m.places[0].page for m in row.marks] == [1] * 4


@pytest.mark.parametrize("marks_above", [True, False])
def test_a_row_cut_by_the_page_break_is_made_whole(marks_above: bool) -> None:
    small, none = ("I", "SI", "SI", "-", "-", "2"), ("",) * 6
    above = ("", "Instituto Distrital para la Protección de la Niñez", "Subdirector", *(small if marks_above else none))
    below = ("", "y la Juventud — IDIPRON", "", *(none if marks_above else small))
    found = attendance((*ATTENDANCE_HEAD, SECRETARY, above), (*ATTENDANCE_HEAD, below, HEALTH))
    assert [r.entity.text for r in found.rows] == [
        SECRETARY[1],
        "Instituto Distrital para la Protección de la Niñez\ny la Juventud — IDIPRON",
        HEALTH[1],
    ]
    cut = found.rows[1]
    assert texts(cut.marks) == ["SI", "SI", "-", "-"]
    assert (cut.role.text, cut.total.text, cut.position.text) == ("I", "2", "Subdirector")
    assert [p.page for p in cut.entity.places] == [1, 2]


@pytest.mark.parametrize("small", [("", "", "", "9", "", ""), ("", "", "", "", "", "—")], ids=["a mark", "a total"])
def test_a_blot_in_one_part_of_a_cut_row_is_no_mark(small: Words) -> None:
    blotted = ("", "y la Juventud — IDIPRON", "", *small)
    found = attendance((*ATTENDANCE_HEAD, SECRETARY, HEALTH), (*ATTENDANCE_HEAD, blotted, SECRETARY))
    assert [r.entity.text for r in found.rows] == [SECRETARY[1], f"{HEALTH[1]}\n{blotted[1]}", SECRETARY[1]]
    assert texts(found.rows[1].marks) == ["SI", "SI", "-", "-"]


def test_rows_on_either_side_of_a_break_that_both_hold_marks_stay_two() -> None:
    found = attendance((*ATTENDANCE_HEAD, SECRETARY), (*ATTENDANCE_HEAD, HEALTH))
    assert [r.entity.text for r in found.rows] == [SECRETARY[1], HEALTH[1]]


def test_a_row_without_any_mark_in_the_middle_of_a_page_is_data() -> None:
    empty = ("3. Ambiente", "Secretaría Distrital de Ambiente", "Director", "I", "", "", "", "", "")
    bare = ("", "", "", "", "", "", "", "", "")
    found = attendance((*ATTENDANCE_HEAD, SECRETARY, empty, bare, HEALTH))
    assert len(found.rows) == 4
    assert texts(found.rows[1].marks) == [""] * 4
    assert all(m.candidates for m in found.rows[1].marks)


def test_a_column_of_a_quarter_to_come_is_data() -> None:
    rows = [(*row[:6], "", "", row[8]) for row in (SECRETARY, HEALTH)]
    empty = (*ATTENDANCE_HEAD[:2], (*[ABOVE] * 4, "19/03/2025", "22/05/2025", "", "", ABOVE))
    found = attendance((*empty, *rows))
    assert quarters(found.columns) == [1, 2, 3, 4]
    assert [texts(r.marks) for r in found.rows] == [["SI", "NO", "", ""], ["SI", "SI", "", ""]]


def test_a_merged_sector_goes_to_all_its_rows_over_the_page() -> None:
    merged = (ABOVE, *HEALTH[1:])
    found = attendance((*ATTENDANCE_HEAD, SECRETARY, merged), (*ATTENDANCE_HEAD, ("", *HEALTH[1:]), HEALTH))
    assert [r.sector.text for r in found.rows] == ["1. Gobierno"] * 3 + ["2. Salud"]


def test_a_sector_printed_after_the_break_goes_to_the_rows_before_it() -> None:
    found = attendance((*ATTENDANCE_HEAD, ("", *SECRETARY[1:])), (*ATTENDANCE_HEAD, HEALTH))
    assert [r.sector.text for r in found.rows] == ["2. Salud"] * 2


def test_a_table_without_a_header_goes_on_with_that_of_the_page_before() -> None:
    found = attendance((*ATTENDANCE_HEAD, SECRETARY), (HEALTH, SECRETARY))
    assert [r.entity.text for r in found.rows] == [SECRETARY[1], HEALTH[1], SECRETARY[1]]
    assert texts(found.rows[1].marks) == ["SI", "SI", "-", "-"]


def test_a_table_with_other_columns_goes_on_with_nothing() -> None:
    other = table(("Uno", "dos", "tres"), page=2, widths=(200, 200, 230))
    assert sort_pages(document(table(*ATTENDANCE_HEAD, SECRETARY), other)).attendance == attendance(
        (*ATTENDANCE_HEAD, SECRETARY)
    )
    late = table(HEALTH, page=3)
    found = sort_pages(document(table(*ATTENDANCE_HEAD, SECRETARY), late)).attendance
    assert found is not None
    assert len(found.rows) == 1


def test_functions_go_on_over_pages() -> None:
    first = ("Coordinar la política", "SI", "NO", "-", "-", "SI")
    pages = [
        table(*FUNCTIONS_HEAD, first, ("Evaluar los", *["NO"] * 2, "-", "-", "NO"), widths=FUNCTION_WIDTHS),
        table(*FUNCTIONS_HEAD, ("planes.", *[""] * 5), first, page=2, widths=FUNCTION_WIDTHS),
    ]
    (found,) = sort_pages(document(*pages)).functions
    assert isinstance(found, FunctionMatrix)
    assert [r.text.text for r in found.rows] == [
        "Coordinar la política",
        "Evaluar los\nplanes.",
        "Coordinar la política",
    ]
    assert texts(found.rows[1].marks) == ["NO", "NO", "-", "-"]
    assert found.rows[1].addressed.text == "NO"
    assert [c.date.text for c in found.columns] == ["19/03/2025", "22/05/2025", "-", "-"]


# ---------------------------------------------------------------- false and missing rules


def test_a_false_rule_through_a_cell_cuts_nothing() -> None:
    """A pen's stroke passes for a rule: the table has a column too many below its header."""
    widths = (*NAMES[:1], 100, 60, *NAMES[2:], *[50] * 5)
    split = (*SECRETARY[:1], "Secretaría Distrital", "de Gobierno", *SECRETARY[2:])
    wide = [(*row[:2], LEFT if row[1] != ABOVE else ABOVE, *row[2:]) for row in ATTENDANCE_HEAD]
    found = sort_pages(document(table(*wide, split, widths=widths))).attendance
    assert found is not None
    (row,) = found.rows
    assert row.entity.text == "Secretaría Distrital de Gobierno"
    assert texts(row.marks) == ["SI", "NO", "-", "-"]


def test_marks_that_no_rule_parts_are_unreadable_and_not_guessed() -> None:
    found = attendance((*ATTENDANCE_HEAD, SECRETARY, (*HEALTH[:4], "SI NO", LEFT, "-", "-", "2")))
    marks = found.rows[1].marks
    assert [m.candidates for m in marks[:2]] == [(), ()]
    assert texts(marks[2:]) == ["-", "-"]


def test_what_could_not_be_read_is_neither_blank_nor_a_dash() -> None:
    found = attendance((*ATTENDANCE_HEAD, SECRETARY, (*HEALTH[:4], None, "", "-", "-", "2")))
    marks = found.rows[1].marks
    assert marks[0].candidates == ()
    assert marks[1].candidates[0].text == ""


def test_an_empty_table_names_no_matrix() -> None:
    assert fragment(table(("", ""), widths=(100, 100))) is None


# ---------------------------------------------------------------- what was not read


def test_marks_under_one_another_say_that_rows_are_missing() -> None:
    merged: Words = (*SECRETARY[:4], "SI\nNO", "NO\nSI", *SECRETARY[6:])
    assert sort_pages(document(table(*ATTENDANCE_HEAD, SECRETARY, HEALTH))).unread_matrices == ()
    assert sort_pages(document(table(*ATTENDANCE_HEAD, merged, page=2))).unread_matrices == (2,)


def test_a_heading_outside_every_matrix_says_that_one_was_not_read() -> None:
    stray = line("Sesiones en las que participaron", page=3)
    prose = line("Durante las sesiones participaron las entidades.", page=4)
    found = sort_pages(document(table(*ATTENDANCE_HEAD, SECRETARY), lines=(stray, prose)))
    assert 3 in found.unread_matrices
    assert 4 not in found.unread_matrices


def test_pages_whose_headers_show_other_kinds_of_columns_are_doubted_whole() -> None:
    """One page lost its first column, the other one of its marks: as many columns, and not the same."""
    one = tuple(row[1:] for row in (*ATTENDANCE_HEAD, SECRETARY))
    other = tuple((*row[:6], *row[7:]) for row in (*ATTENDANCE_HEAD, HEALTH))
    found = attendance(one, other)
    assert found.warnings == ("columns_disagree",)
    assert {len(row.marks) for row in found.rows} == {len(found.columns)}


def test_a_heading_right_above_the_table_that_lacks_it_is_no_matrix_of_its_own() -> None:
    """The rule over a heading's first line was lost; three lines higher it would head a table that is."""
    head = ((*ATTENDANCE_HEAD[0][:4], "Trimestres", *ATTENDANCE_HEAD[0][5:]), *ATTENDANCE_HEAD[1:])
    drawn = table(*head, SECRETARY)
    above = [Box(460, drawn.box.y0 - y, 600, drawn.box.y0 - y + 12) for y in (14, 60)]
    lines = [line("Sesiones en las que participaron", 1, box) for box in above]
    assert [sort_pages(document(drawn, lines=(each,))).unread_matrices for each in lines] == [(), (1,)]


def test_a_heading_of_two_names_is_that_of_two_columns() -> None:
    """The rule between position and role is lost in the heading, and stands in the body."""
    head = [(*row[:2], "Cargo Rol" if i == 0 else ABOVE, LEFT if i == 0 else ABOVE, *row[4:])
            for i, row in enumerate(ATTENDANCE_HEAD)]  # fmt: skip
    drawn = table(*head, SECRETARY)
    named = next(c for c in drawn.cells if c.reading.text == "Cargo Rol")
    words = [Word("Cargo", 0.9, Box(320, 105, 350, 115)), Word("Rol", 0.9, Box(420, 105, 435, 115))]
    said = TextLine("Cargo Rol", Place(1, named.box), 0.9, tuple(words))
    cells = tuple(replace(c, lines=(said,)) if c is named else c for c in drawn.cells)
    found = sort_pages(document(replace(drawn, cells=cells))).attendance
    assert found is not None
    assert [row.role.text for row in found.rows] == [SECRETARY[3]]
    assert len(found.columns) == 4


def test_the_rest_of_a_cut_row_may_be_dusty() -> None:
    rest = ("", "de Gobierno", "", "", "-", "", "-", "-", "-")
    found = sort_pages(document(table(*ATTENDANCE_HEAD, SECRETARY), table(*ATTENDANCE_HEAD, rest, HEALTH, page=2)))
    assert found.attendance is not None
    assert [row.entity.text.split("\n")[-1] for row in found.attendance.rows] == ["de Gobierno", HEALTH[1]]


def test_ink_where_no_print_stands_is_no_mark_of_a_cut_row() -> None:
    rest = ("", "de Gobierno", "", "", "3", "", "7", "", "-")
    cut = table(*ATTENDANCE_HEAD, rest, HEALTH, page=2)
    off = tuple(Candidate("", 0.99, "seat") for _ in "1")
    dusty = tuple(
        replace(c, reading=replace(c.reading, again=off)) if c.row == 3 and c.column > 3 and c.reading.text else c
        for c in cut.cells
    )
    for page, merged in ((replace(cut, cells=dusty), True), (cut, False)):
        found = sort_pages(document(table(*ATTENDANCE_HEAD, SECRETARY), page)).attendance
        assert found is not None
        assert (len(found.rows) == 2) == merged


# ---------------------------------------------------------------- tables without rules


@pytest.mark.parametrize(
    ("heads", "doubted"),
    [
        (("19/03/2025", "22/05/2025", "-", ""), False),
        (("19/03\n12025", "22105\n/2025", "-", ""), False),  # badly read, but dates
        (("19/03/2025", "II Trimestre", "-", "-"), True),  # the heading is parted wrongly
    ],
)
def test_a_table_without_rules_is_believed_only_under_the_headings_of_the_form(
    heads: tuple[str, ...], doubted: bool
) -> None:
    built = replace(table(*ATTENDANCE_HEAD[:2], (*[ABOVE] * 4, *heads, ABOVE), SECRETARY), ruled=False)
    found = sort_pages(document(built)).attendance
    assert found is not None
    assert (STRUCTURE_UNCERTAIN in found.warnings) == doubted


def test_rows_that_are_not_certain_are_doubted_and_no_others() -> None:
    built = replace(table(*ATTENDANCE_HEAD, SECRETARY), ruled=False, certain=False)
    found = sort_pages(document(table(*ATTENDANCE_HEAD, HEALTH), replace(built, page=2))).attendance
    assert found is not None
    assert found.warnings == ()
    assert [row.doubts for row in found.rows] == [(), (STRUCTURE_UNCERTAIN,)]


def test_two_matrices_that_lost_the_same_column_do_not_outvote_the_third() -> None:
    over = (*FUNCTIONS_HEAD[0][1:-2], FUNCTIONS_HEAD[0][-1])
    short = (("FUNCIONES GENERALES", *over), (ABOVE, "19/03/2025", "-", "-", ABOVE))
    specific = (("FUNCIONES ESPECÍFICAS", *short[0][1:]), short[1])
    row = ("Coordinar la política.", "SI", "-", "-", "SI")
    widths = FUNCTION_WIDTHS[:-1]
    found = sort_pages(
        document(
            table(*ATTENDANCE_HEAD, SECRETARY),
            table(*short, row, page=2, widths=widths),
            table(*specific, row, page=2, widths=widths, top=400),
        )
    )
    assert [COLUMNS_DISAGREE in m.warnings for m in found.functions] == [True, True]
    assert found.unread_matrices == (2,)  # where their cells are missing


def test_a_second_heading_of_functions_on_a_page_is_of_the_specific_ones() -> None:
    hidden = (("", *FUNCTIONS_HEAD[0][1:]), FUNCTIONS_HEAD[1])
    row = ("Coordinar la política.", "SI", "NO", "-", "-", "SI")
    below = table(*hidden, row, page=2, widths=FUNCTION_WIDTHS, top=400)
    first = table(*FUNCTIONS_HEAD, row, page=2, widths=FUNCTION_WIDTHS)
    found = sort_pages(document(table(*ATTENDANCE_HEAD, SECRETARY), first, below))
    assert [(f.kind, len(f.rows)) for f in found.functions] == [
        (MatrixKind.FUNCTIONS_GENERAL, 1),
        (MatrixKind.FUNCTIONS_SPECIFIC, 1),
    ]


def test_the_name_over_functions_without_a_table_is_a_matrix_that_was_not_read() -> None:
    """What stands over the session columns is often wrapped, and no line of it names the matrix."""
    lines = [line("FUNCIONES ESPECÍFICAS", box=Box(100, 600, 300, 615))]
    assert sort_pages(document(table(*ATTENDANCE_HEAD, SECRETARY), lines=lines)).unread_matrices == (1,)


@pytest.mark.parametrize(("top", "unread"), [(100.0, ()), (400.0, (1,))], ids=["its own heading", "another's"])
def test_a_heading_read_off_a_table_by_the_text_around_it_is_no_second_matrix(
    top: float, unread: tuple[int, ...]
) -> None:
    words = line("Sesiones en las que participaron RECIBIDO", box=Box(300, top - 20, 500, top + 30))
    assert sort_pages(document(table(*ATTENDANCE_HEAD, SECRETARY), lines=[words])).unread_matrices == unread


def test_rows_that_the_heading_swallowed_are_told() -> None:
    dates = tuple(f"1{i}/02/2024\nSI - NO" for i in range(4))
    swallowing = (FUNCTIONS_HEAD[0], (FUNCTIONS_HEAD[1][0], *dates, FUNCTIONS_HEAD[1][-1]))
    row = ("Coordinar la política.", "SI", "NO", "-", "-", "SI")
    tables = [table(*head, row, widths=FUNCTION_WIDTHS) for head in (FUNCTIONS_HEAD, swallowing)]
    dashed = replace(tables[0], cells=tuple(replace(c, reading=with_doubts(c.reading)) for c in tables[0].cells))
    assert [sort_pages(document(each)).unread_matrices for each in (dashed, *tables)] == [(), (), (1,)]


def test_a_function_run_together_with_its_heading_is_told_though_only_one_session_was_held() -> None:
    below = ("14/02/2019\nSI", "-", "-", "-", FUNCTIONS_HEAD[1][-1])
    title = "FUNCIONES GENERALES\nAprobar la entrega oportuna de la información."
    swallowing = ((title, *FUNCTIONS_HEAD[0][1:]), (FUNCTIONS_HEAD[1][0], *below))
    row = ("Coordinar la política.", "SI", "-", "-", "-", "SI")
    assert sort_pages(document(table(*swallowing, row, widths=FUNCTION_WIDTHS))).unread_matrices == (1,)


def test_matrices_that_a_stamp_joined_are_parted_though_it_marred_the_heading_between() -> None:
    row = ("Coordinar la política.", "SI", "NO", "-", "-", "SI")
    bridge = ("IA | N", *[LEFT] * 4, "A")
    marred = (("II |", "SESIONES EN LAS QUE SE ABORDARON DICHAS FIJNCIONES", *[LEFT] * 3, "Se"),)
    marred += (("N1 ESPECIFICAS", *FUNCTIONS_HEAD[1][1:-1], "abordó"),)
    found = sort_pages(document(table(*FUNCTIONS_HEAD, row, bridge, *marred, row, row, widths=FUNCTION_WIDTHS)))
    assert [(m.kind, len(m.rows)) for m in found.functions] == [
        (MatrixKind.FUNCTIONS_GENERAL, 1),
        (MatrixKind.FUNCTIONS_SPECIFIC, 2),
    ]
    assert "IA | N" in " ".join(x.text for x in found.lines), "what stood between is kept as a line"
    assert not found.unread_matrices


def with_doubts(reading: Reading) -> Reading:
    """The reading, with those that nobody believes beside it."""
    return replace(reading, candidates=(*reading.candidates, *(Candidate(x, 0.01, "marks") for x in ("SI", "NO", "X"))))


def test_a_row_with_nothing_but_what_is_left_of_a_rule_in_its_total_is_doubted() -> None:
    rest = ("", "Recreación y Deporte", "", "", "", "", "", "", "—")
    found = attendance((*ATTENDANCE_HEAD, SECRETARY, rest, HEALTH))
    assert [bool(attendee_doubts(row)) for row in found.rows] == [False, True, False]


def test_a_date_seen_again_is_believed_as_its_looks_are_on_the_whole() -> None:
    looks = tuple(Candidate("19/03/2025", c, f"tesseract:{n}") for n, c in (("smooth", 0.9), ("first", 0.6)))
    built = table(*ATTENDANCE_HEAD, SECRETARY)
    read = Reading((Candidate("19/03/2025", 0.9, "tesseract"),), again=looks)
    cells = tuple(replace(c, reading=read) if c.reading.text == "19/03/2025" else c for c in built.cells)
    found = sort_pages(document(replace(built, cells=cells))).attendance
    assert found is not None
    assert found.columns[0].date.candidates == (Candidate("19/03/2025", 0.75, "tesseract"),)

"""Joint decoding on synthetic evidence: what settles a doubtful mark, and what must not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.records import Candidate, Place, Reading
from parsers.matrix import DecodedAttendee, DecodedFunction, decode_attendance, decode_functions
from parsers.records import (
    AttendanceMatrix,
    AttendeeReading,
    ColumnReading,
    FunctionMatrix,
    FunctionReading,
    Mark,
    MatrixKind,
    Way,
)

BLANK = Reading((Candidate("", 0.999, "marks"),))
HEADER = ColumnReading(Reading())
NAMED = Reading((Candidate("Secretaría Distrital de Salud", 0.95, "tesseract"),))


def seen(text: str, confidence: float = 0.999, other: str = "?") -> Reading:
    """A cell that the pixel classifier and the OCR engine both saw; below 0.9 the engine is silent."""
    rest = Candidate(other, 1 - confidence, "marks")
    engine = (Candidate(text, 0.9, "tesseract"),) if confidence > 0.9 and len(text) > 1 else ()
    return Reading((Candidate(text, confidence, "marks"), rest, *engine), (Place(1),))


def attendance(*rows: tuple[list[Reading], Reading], warnings: tuple[str, ...] = ()) -> AttendanceMatrix:
    def attendee(marks: list[Reading], total: Reading) -> AttendeeReading:
        return AttendeeReading(Reading(), NAMED, Reading(), seen("I"), tuple(marks), total)

    width = len(rows[0][0])
    return AttendanceMatrix((HEADER,) * width, tuple(attendee(*row) for row in rows), warnings)


def functions(*rows: tuple[list[Reading], Reading]) -> FunctionMatrix:
    readings = tuple(FunctionReading(NAMED, tuple(marks), addressed) for marks, addressed in rows)
    return FunctionMatrix(MatrixKind.FUNCTIONS_GENERAL, (HEADER,) * len(rows[0][0]), readings)


def values(row: DecodedAttendee | DecodedFunction) -> list[str | None]:
    return [mark.value for mark in row.marks]


def sureness(mark: Mark) -> float:
    return mark.certainty.confidence or 0.0


SI, NO, DASH = seen("SI"), seen("NO"), seen("-")
USUAL = [([SI, NO, DASH], seen("1")), ([SI, SI, DASH], seen("2")), ([NO, SI, DASH], seen("1"))]
HELD = (0.95, 0.95, 0.05)


def test_clear_marks_are_kept_and_sure() -> None:
    rows = decode_attendance(attendance(*USUAL), HELD).rows
    assert [values(row) for row in rows] == [["SI", "NO", "-"], ["SI", "SI", "-"], ["NO", "SI", "-"]]
    assert [row.total.value for row in rows] == [1, 2, 1]
    assert not any(mark.certainty.needs_review for row in rows for mark in row.marks)
    assert rows[0].marks[0].certainty.places == (Place(1),)
    assert rows[0].role.value == "I"


def test_wrong_total_keeps_its_marks_and_its_own_reading() -> None:
    row = decode_attendance(attendance(([SI, NO, DASH], seen("2")), *USUAL), HELD).rows[0]
    assert values(row) == ["SI", "NO", "-"]
    assert not any(mark.certainty.needs_review for mark in row.marks)
    assert row.total.value == 2


def test_total_settles_one_ambiguous_mark() -> None:
    doubtful = seen("SI", 0.5, "NO")
    for total, mark in (("2", "SI"), ("1", "NO")):
        row = decode_attendance(attendance(([SI, doubtful, DASH], seen(total)), *USUAL), HELD).rows[0]
        assert row.marks[1].value == mark
        assert sureness(row.marks[1]) > 0.9
    without = decode_attendance(attendance(([SI, doubtful, DASH], Reading()), *USUAL), HELD).rows[0]
    assert sureness(without.marks[1]) < 0.9


def test_total_cannot_settle_two_ambiguous_marks() -> None:
    doubtful = seen("SI", 0.5, "NO")
    row = decode_attendance(attendance(([doubtful, doubtful, DASH], seen("1")), *USUAL), HELD).rows[0]
    assert max(sureness(mark) for mark in row.marks[:2]) < 0.7


def test_ambiguous_mark_in_a_column_without_session_is_a_dash() -> None:
    row = decode_attendance(attendance(([SI, NO, seen("-", 0.5, "SI")], seen("1")), *USUAL), HELD).rows[0]
    assert row.marks[2].value == "-"
    assert not row.marks[2].certainty.needs_review


def test_clear_mark_in_a_column_without_session_is_kept() -> None:
    decoded = decode_attendance(attendance(([SI, NO, SI], seen("2")), *USUAL, *USUAL), HELD)
    assert values(decoded.rows[0]) == ["SI", "NO", "SI"]
    assert decoded.held[2] < 0.01


def test_marks_overrule_a_doubtful_date() -> None:
    decoded = decode_attendance(attendance(*USUAL), (0.5, 0.3, 0.5))
    assert [held > 0.98 for held in decoded.held] == [True, True, False]


def test_blank_is_no_where_presence_is_marked_by_x() -> None:
    x = seen("X")
    rows = [([x, BLANK, BLANK], seen("1")), ([x, x, BLANK], seen("2")), ([BLANK, x, BLANK], seen("1"))]
    decoded = decode_attendance(attendance(*rows), HELD)
    assert decoded.vocabulary == "X"
    assert values(decoded.rows[0]) == ["SI", "NO", "-"]
    assert values(decoded.rows[2]) == ["NO", "SI", "-"]


def test_blank_among_si_and_no_was_left_by_the_report() -> None:
    row = decode_attendance(attendance(([SI, BLANK, DASH], seen("1")), *USUAL), HELD).rows[0]
    assert row.marks[1].value is None
    assert row.marks[1].raw == ""
    assert not row.marks[1].certainty.needs_review


def test_blank_column_without_session_is_a_dash() -> None:
    rows = [([SI, BLANK], seen("1")), ([NO, BLANK], seen("0")), ([SI, BLANK], seen("1"))]
    assert [values(row)[1] for row in decode_attendance(attendance(*rows), (0.95, 0.05)).rows] == ["-"] * 3


@pytest.mark.parametrize("reading", [Reading(), Reading((Candidate("?", 0.8, "marks"), Candidate("SI", 0.2, "marks")))])
def test_unreadable_is_never_guessed(reading: Reading) -> None:
    row = decode_attendance(attendance(([SI, reading, reading], reading), *USUAL), HELD).rows[0]
    assert values(row)[1:] == [None, None]
    assert {mark.certainty.review_reason for mark in row.marks[1:]} == {"unreadable"}
    assert row.total.value is None
    assert row.total.certainty.review_reason == "unreadable"


def test_total_settled_by_the_count_asks_for_review() -> None:
    row = decode_attendance(attendance(([SI, SI, DASH], seen("1", 0.6, "2")), *USUAL), HELD).rows[0]
    assert row.total.value == 2
    assert row.total.certainty.review_reason == "total_from_count"


def test_doubtful_structure_puts_every_value_under_review() -> None:
    row = decode_attendance(attendance(*USUAL, warnings=("columns_guessed",)), HELD).rows[0]
    assert {m.certainty.review_reason for m in row.marks} == {"columns_guessed"}
    assert row.role.certainty.review_reason == row.total.certainty.review_reason == "columns_guessed"


def test_functions_keep_a_wrong_addressed_and_use_a_right_one() -> None:
    doubtful = seen("SI", 0.5, "NO")
    rows = [([NO, NO, DASH], SI), ([doubtful, NO, DASH], SI), ([doubtful, NO, DASH], NO), ([SI, SI, DASH], SI)]
    decoded = decode_functions(functions(*rows), HELD).rows
    assert values(decoded[0]) == ["NO", "NO", "-"]
    assert [row.addressed.value for row in decoded] == ["SI", "SI", "NO", "SI"]
    assert [row.marks[0].value for row in decoded[1:3]] == ["SI", "NO"]


def test_rows_must_be_as_wide_as_the_matrix() -> None:
    with pytest.raises(ValueError, match="wide"):
        decode_attendance(attendance(*USUAL), (0.9, 0.9))


def test_empty_matrix_decodes_to_nothing() -> None:
    assert decode_attendance(AttendanceMatrix((), ()), ()).rows == ()


# ---------------------------------------------------------------- rows of a flattened text


def flattened(total: str, *ways: str) -> AttendanceMatrix:
    """Clear rows, and one of which two marks of three were read, in those columns; "?": the one that was not."""
    unseen = dict.fromkeys(("SI", "NO", "X", "-"), 0.1) | {"": 0.99}

    def way(marks: str) -> Way:
        clear = {"S": "SI", "N": "NO"}
        said = (unseen if m == "?" else dict.fromkeys(unseen, 1e-4) | {clear[m]: 0.5} for m in marks)
        return Way(0.0, tuple(said), dict.fromkeys(map(str, range(5)), 1e-4) | {total: 0.4})

    clear = [([word("SI"), word("NO"), word("SI")], word("2"))] * 6
    matrix = attendance(*clear, ([word("SI"), Reading(), Reading()], word(total)))
    last = replace(matrix.rows[-1], ways=tuple(map(way, ways)))
    return replace(matrix, rows=(*matrix.rows[:-1], last))


def word(text: str) -> Reading:
    return Reading((Candidate(text, None, "text"),), (Place(1),))


def test_the_total_tells_a_mark_that_was_not_read_wherever_it_stood() -> None:
    row = decode_attendance(flattened("3", "SS?", "S?S", "?SS"), (0.95,) * 3).rows[-1]
    assert values(row) == ["SI", "SI", "SI"]
    assert all(sureness(mark) > 0.95 and not mark.certainty.needs_review for mark in row.marks)


def test_which_of_three_marks_was_not_read_is_left_open_where_the_total_does_not_tell() -> None:
    row = decode_attendance(flattened("2", "SS?", "S?S", "?SS"), (0.95,) * 3).rows[-1]
    assert all(sureness(mark) < 0.9 for mark in row.marks)


def test_marks_in_one_place_only_are_as_sure_as_they_are() -> None:
    row = decode_attendance(flattened("1", "SN?"), (0.95,) * 3).rows[-1]
    assert values(row)[:2] == ["SI", "NO"]
    assert min(map(sureness, row.marks[:2])) > 0.99
    assert values(row)[2] == "NO"

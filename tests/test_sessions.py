"""Column headers → sessions: witnesses vote, contradictions stay, and what is unreadable says so."""

from __future__ import annotations

from datetime import date

import pytest

from ocr.records import Candidate, Place, Reading
from parsers.column_dates import ColumnDate, column_dates
from parsers.records import AttendanceMatrix, ColumnReading, FunctionMatrix, MatrixKind, Session
from parsers.sessions import SURE_YEAR, attendance_sessions, function_sessions, report_year

Said = tuple[str, float | None]


def reading(*said: Said) -> Reading:
    """One candidate for each printing of the header, each on a page of its own."""
    return Reading(
        tuple(Candidate(text, confidence, "tesseract") for text, confidence in said),
        tuple(Place(i) for i in range(1, len(said) + 1)),
    )


def columns(*dates: Reading | str, quarters: tuple[int | None, ...] = (1, 2, 3, 4)) -> tuple[ColumnReading, ...]:
    readings = [reading((d, 0.95)) if isinstance(d, str) else d for d in dates]
    headed = zip(readings, quarters, strict=False)
    return tuple(ColumnReading(d, ((q, 0.95),) if q else (), i) for i, (d, q) in enumerate(headed))


def dated(*own: Reading | str, year: int | None = 2025) -> tuple[ColumnDate, ...]:
    return column_dates([columns(*own)], year)[0]


def sessions(
    *dates: Reading | str, others: tuple[tuple[str, ...], ...] = (), warnings: tuple[str, ...] = ()
) -> tuple[Session, ...]:
    """The attendance matrix's sessions. `others`: the dates of the function matrices."""
    matrix = AttendanceMatrix(columns(*dates), (), warnings)
    said = column_dates([matrix.columns, *(columns(*some) for some in others)], 2025)
    return attendance_sessions(matrix, said[0])


def unsure(session: Session) -> bool:
    """Doubted, or so little sure that no risk that anyone states leaves it unlooked at."""
    return session.certainty.needs_review or (session.certainty.confidence or 0.0) < 0.95


def test_a_clean_header_gives_its_sessions() -> None:
    found = sessions("19/03/2025", "22 de mayo de 2025", "-", "N/A")
    assert [s.date for s in found] == [date(2025, 3, 19), date(2025, 5, 22), None, None]
    assert [(s.column, s.quarter) for s in found] == [(1, 1), (2, 2), (3, 3), (4, 4)]
    assert {s.matrix for s in found} == {MatrixKind.ATTENDANCE}
    assert not any(s.certainty.needs_review for s in found)
    assert found[1].date_raw == "22 de mayo de 2025"


@pytest.mark.parametrize("text", ["1 DE\nMARZ\nO DE\n2025", "01/mar\n12025", "01-mar-20\n25"])
def test_broken_spellings_of_a_day_are_read(text: str) -> None:
    (found,) = sessions(text)
    assert found.date == date(2025, 3, 1)
    assert not unsure(found)


def test_a_year_that_was_not_brought_up_to_date_is_seen_though_the_day_is_badly_read() -> None:
    own, other = (columns(text) for text in ("19/03\n12025", "19/03\n12024"))
    said = column_dates([own, other, own], 2025)
    assert [s[0].day for s in said] == [date(2025, 3, 19), date(2024, 3, 19), date(2025, 3, 19)]
    assert said[1][0].differs > 0.9


def test_the_printings_of_a_date_vote() -> None:
    voted = reading(("19/03/2025", 0.9), ("19/03/2025", 0.9), ("19/08/2025", 0.9), ("19/03/2025", 0.9), ("i9)", 0.3))
    (found,) = sessions(voted)
    assert found.date == date(2025, 3, 19)
    assert len(found.certainty.places) == 5


def test_a_surer_printing_weighs_more_than_an_unsure_one() -> None:
    (found,) = sessions(reading(("19/08/2025", 0.3), ("19/03/2025", 0.95)))
    assert found.date == date(2025, 3, 19)


def test_printings_that_disagree_leave_their_day_unsure() -> None:
    (found,) = sessions(reading(("19/03/2025", 0.9), ("19/08/2025", 0.9)))
    assert unsure(found)


def test_an_unsure_printing_is_borne_out_by_another_matrix() -> None:
    broken = reading(("1g/0E/2025", 0.3))
    (alone,) = sessions(broken)
    (backed,) = sessions(broken, others=(("19/03/2025",),))
    assert unsure(alone)
    assert not unsure(backed)
    assert backed.date == date(2025, 3, 19)
    assert (backed.certainty.confidence or 0) > (alone.certainty.confidence or 0)


@pytest.mark.parametrize(
    "said",
    ["19/03\n12025", "19/03/202\n5", "19 /03/ 2025", "19l03/2025", "DICHAS FUNCIONES\n19/03/2025", "19-O3-2O25"],
)
def test_a_broken_printing_is_still_its_day(said: str) -> None:
    """A stroke read as a digit, a line break within a number, a heading that ran into the cell."""
    (found,) = dated(said)
    assert found.day == date(2025, 3, 19)
    assert found.probability > 0.9


def test_one_misread_digit_is_outvoted_by_the_other_matrices_but_a_clear_other_year_is_not() -> None:
    others = (("19/03/2025",), ("19/03/2025",))
    (misread,) = sessions(reading(("19/08/2025", 0.6)), others=others)
    (wrong,) = sessions(reading(("19/03/2024", 0.95), ("19/03/2024", 0.95)), others=others)
    assert misread.date == date(2025, 3, 19)
    assert wrong.date == date(2024, 3, 19)
    assert not wrong.certainty.needs_review


@pytest.mark.parametrize("said", [reading(("#¿?&$ Ñandú", 0.9)), Reading((), (Place(1),))])
def test_an_unreadable_date_is_flagged_and_is_no_dash(said: Reading) -> None:
    (found,) = sessions(said)
    assert found.date is None
    assert found.certainty.review_reason == "date_unreadable"
    assert dated(said)[0].held == 0.5


def test_held_tells_how_likely_there_was_a_session() -> None:
    said = dated("19/03/2025", "-", Reading((), (Place(1),)))
    assert [round(d.held, 3) for d in said] == [1.0, 0.0, 0.5]


def test_a_date_without_its_year_takes_the_reports() -> None:
    assert dated("19 de marzo", year=2024)[0].day == date(2024, 3, 19)
    assert dated("19 de marzo", year=None)[0].day is None


def test_a_clear_date_that_another_matrix_contradicts_is_kept_as_printed() -> None:
    ours, theirs = ("19/03/2025", "22/05/2025"), ("19/03/2024", "22/05/2025")
    attended = sessions(*ours, others=(theirs,))
    assert attended[0].date == date(2025, 3, 19)
    assert not attended[0].certainty.needs_review
    matrix = FunctionMatrix(MatrixKind.FUNCTIONS_GENERAL, columns(*theirs), ())
    own = column_dates([matrix.columns, columns(*ours)], 2025)[0]
    found = function_sessions(matrix, own, attended)
    assert [s.date for s in found] == [date(2024, 3, 19), date(2025, 5, 22)]
    assert not any(s.certainty.needs_review for s in found)


def test_function_sessions_take_the_quarters_of_as_many_attendance_columns() -> None:
    attended = sessions("19/03/2025", "22/05/2025", "-", "-")
    for dates, quarters in ((("19/03/2025", "22/05/2025", "-", "-"), [1, 2, 3, 4]), (("19/03/2025", "-"), [None] * 2)):
        matrix = FunctionMatrix(MatrixKind.FUNCTIONS_SPECIFIC, columns(*dates), ())
        found = function_sessions(matrix, dated(*dates), attended)
        assert [s.quarter for s in found] == quarters
        assert {s.matrix for s in found} == {MatrixKind.FUNCTIONS_SPECIFIC}
        assert not any(s.certainty.needs_review for s in found)


Heading = tuple[tuple[tuple[int, float], ...], int]


def quarters(*printed: Heading, days: tuple[str, ...]) -> list[tuple[int | None, bool]]:
    """Each column's quarter and whether it is unsure. `printed`: what was read of its heading, and its number."""
    matrix = AttendanceMatrix(
        tuple(ColumnReading(reading((d, 0.95)), *head) for head, d in zip(printed, days, strict=True)), ()
    )
    found = attendance_sessions(matrix, column_dates([matrix.columns], 2025)[0])
    return [(s.quarter, unsure(s)) for s in found]


def test_misread_numerals_give_way_to_order_and_days() -> None:
    """Low resolution makes U of II, Y of V: a heading cut in two, and two numerals misread."""
    printed = (((3, 0.5),), 0), (((3, 0.5),), 1), (((4, 0.5),), 2), (((3, 0.85),), 3), (((4, 0.5),), 4)
    found = quarters(*printed, days=("04/01/2025", "07/02/2025", "N/A", "08/09/2025", "N/A"))
    assert [q for q, _ in found] == [1, 1, 2, 3, 4]


def test_a_numeral_that_is_clear_stands_against_a_late_day() -> None:
    printed = [(((q, 1.0), (q, 1.0)), q) for q in (1, 2, 3, 4)]
    assert quarters(*printed, days=("19/03/2025", "22/07/2025", "-", "-")) == [(q, False) for q in (1, 2, 3, 4)]


def test_quarters_that_nothing_tells_are_unsure() -> None:
    found = quarters(((), 0), ((), 1), days=("-", "-"))
    assert all(doubted for _, doubted in found)
    (doubted,) = sessions("19/03/2025", warnings=("columns_disagree",))
    assert doubted.certainty.review_reason == "columns_disagree"


def test_the_reports_year_is_that_of_most_columns() -> None:
    most = report_year(columns("19/03/2025", "22/05/2025", "20/01/2026"), [])
    assert most is not None
    assert most.year == 2025
    assert most.share > SURE_YEAR
    assert report_year(columns("-", ""), []) is None


def test_the_attendance_matrix_outweighs_one_function_matrix() -> None:
    found = report_year(columns("19/03/2025"), [columns("19/03/2024")])
    assert found is not None
    assert found.year == 2025
    tied = report_year(columns("19/03/2025", "20/01/2026"), [])
    assert tied is not None
    assert tied.share < SURE_YEAR


def differing(ours: str, theirs: str, confidence: float = 0.96) -> float:
    """How likely two matrices print two days, as read with that confidence; a third prints what the first does."""
    read = [columns(reading((day, confidence))) for day in (ours, theirs, ours)]
    return column_dates(read, 2025)[1][0].differs


def test_two_clear_dates_that_differ_are_a_report_that_contradicts_itself() -> None:
    assert differing("19/03/2025", "19/03/2024") > 0.99  # a year not brought up to date
    assert differing("14/03/2025", "15/03/2025") > 0.95  # a misprint of one digit
    assert differing("19/03/2025", "19/03/2025") < 0.001


def test_dates_hardly_read_that_differ_are_a_doubt_about_the_reading() -> None:
    assert differing("14/03/2025", "15/03/2025", 0.6) < 0.5


def test_that_two_dates_differ_may_be_sure_where_which_one_is_printed_is_not() -> None:
    read = [columns(reading((day, 0.96))) for day in ("19/03/2025", "19-0B-2024", "19/03/2025")]
    said = column_dates(read, 2025)[1][0]
    assert said.probability < 0.99 < said.differs


def test_letters_that_a_stamp_leaves_are_no_sign_that_no_session_was_held() -> None:
    (said,) = dated(reading(("Le", 0.16)))
    assert not said.heard
    (dash,) = dated("-")
    assert dash.heard
    assert dash.day is None


def test_a_day_outside_of_its_quarter_is_told_with_its_probability() -> None:
    matrix = AttendanceMatrix(columns("19/03/2025", "22/07/2025", "-", "-"), ())
    found = attendance_sessions(matrix, column_dates([matrix.columns], 2025)[0], 2025)
    assert (found[0].odd or 0.0) < 0.01
    assert found[1].quarter == 2
    assert (found[1].odd or 0.0) > 0.5

"""What a year's reports tell of values, and of documents, that their own pages leave in doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from parsers.records import Certainty, Mark, Report
from pipeline.dataset import report_rows
from pipeline.errors import MatrixUnread
from pipeline.history.chain import Said, difference
from pipeline.history.consensus import MARKS
from pipeline.history.record import told
from pipeline.rows import Row, Rows
from pipeline.sources import Source
from pipeline.tables.every import REPORT_TABLES
from tests.sample import SURE
from tests.test_history import FIRST, TERMS, printed

READ = Certainty(0.97, "uncertain_mark", SURE.places)
NAMED = Certainty(0.97, "entity_doubtful", SURE.places)
SEATS = ("salud", "hacienda", "cultura", "ambiente")


def at(quarter: int, mark: str | None, *, doubt: Certainty | None = None, row: Certainty = SURE) -> Report:
    """A report in which the first seat has that mark at the first session, all others SI."""
    drawn = printed(dict.fromkeys(SEATS, "SI"), quarter)
    first, *others = drawn.attendees
    marks = (Mark(mark, "", doubt or SURE), *first.marks[1:])
    first = replace(first, marks=marks, certainty=row, entity_certainty=row)
    return replace(drawn, attendees=(first, *others))


def tell(*reports: Report, failed: int | None = None) -> dict[str, list[Row]]:
    """All that is told of those reports, by table. `failed`: the place of one that is read by halves."""
    read = [report_rows(Source(Path(f"{i}.pdf"), f"{i}.pdf", f"{i:016x}" + "0" * 48), r,
                        MatrixUnread() if i == failed else None) for i, r in enumerate(reports)]  # fmt: skip
    rows: Rows = {t.name: [row for d in read for row in d.get(t.name, ())] for t in REPORT_TABLES}

    def rows_of(document: Row, table: str) -> list[Row]:
        return [row for row in rows[table] if row["document_id"] == document["document_id"]]

    parts = list(told(rows["documents"], rows_of, TERMS))
    return {name: [row for part in parts for row in part.get(name, ())]
            for name in ("findings", "questions", "series", "history")}  # fmt: skip


def conflicts(parts: dict[str, list[Row]], table: str = "findings") -> list[Row]:
    return [f for f in parts[table] if f["code"] == "HISTORY_CONFLICT"]


# ---------------------------------------------------------------- doubtful values


@pytest.mark.parametrize(
    ("chain", "pair", "least", "most"),
    [
        ([("SI", 0.9999), ("NO", 0.9999)], (0, 1), 0.9, 1),
        ([("SI", 1), ("NO", 0.97)], (0, 1), 0.03, 0.1),  # a misreading is likelier than a change
        ([("SI", 1), ("NO", 0.97), ("NO", 1)], (0, 1), 0.9, 1),  # but not where the next one says so too
        ([("SI", 1), ("NO", 0.97), ("SI", 1)], (0, 1), 0, 0.001),
        ([("SI", 1), ("NO", 1), (None, 0), ("NO", 1)], (0, 2), 0.99, 1),
        ([("SI", 1), (None, 0), ("NO", 1)], (0, 1), 0.4, 0.6),  # it changed there or after it
    ],
)
def test_two_papers_differ_as_likely_as_all_printings_make_it(
    chain: list[tuple[str | None, float]], pair: tuple[int, int], least: float, most: float
) -> None:
    found = difference([Said(*said) for said in chain], *pair, MARKS)
    assert least <= found.probability <= most
    assert (found.early, found.late) == ("SI", "NO")


def test_a_doubtful_mark_that_a_later_report_confirms_is_a_change_and_says_how_sure() -> None:
    parts = tell(at(1, "SI"), at(2, "NO", doubt=READ), at(3, "NO"))
    second, third = sorted(conflicts(parts), key=lambda f: str(f["document_id"]))
    assert (second["document_id"], third["document_id"]) == (f"{1:016x}", f"{2:016x}")
    assert (second["row"], second["column"], second["other_document_id"]) == (1, 1, f"{0:016x}")
    assert 0.9 < float(str(second["confidence"])) < 1
    assert "por revisar" in str(second["message"])
    assert third["confidence"] is None
    assert not conflicts(parts, "questions")


def test_a_doubtful_mark_that_all_others_contradict_is_a_misreading_and_not_asked() -> None:
    parts = tell(at(1, "SI"), at(2, "NO", doubt=READ), at(3, "SI"))
    assert not conflicts(parts)
    assert not conflicts(parts, "questions")


def test_a_change_in_a_row_whose_entity_its_siblings_settle_is_told() -> None:
    parts = tell(at(1, "SI"), at(2, "NO", row=NAMED), at(3, "NO"))
    assert {f["document_id"] for f in conflicts(parts)} == {f"{i:016x}" for i in (1, 2)}


def test_what_could_not_be_read_at_all_is_asked_however_sure_the_others_are() -> None:
    parts = tell(at(1, "SI"), at(2, "NO"), at(3, None, doubt=Certainty(0.1, "unreadable", SURE.places)), at(4, "NO"))
    assert {f["document_id"] for f in conflicts(parts)} == {f"{i:016x}" for i in (1, 3)}
    (question,) = conflicts(parts, "questions")
    assert (question["document_id"], question["row"]) == (f"{2:016x}", 1)
    assert float(str(question["confidence"])) > 0.99


# ---------------------------------------------------------------- documents in doubt


def state(parts: dict[str, list[Row]], document: int) -> object:
    (row,) = (row for row in parts["series"] if row["document_id"] == f"{document:016x}")
    return row["state"]


def missing(parts: dict[str, list[Row]], table: str = "findings") -> list[object]:
    return [row["item"] for row in parts[table] if row["code"] == "MISSING_REPORT"]


def test_a_failed_report_with_its_siblings_sessions_and_seats_is_one_of_them() -> None:
    parts = tell(at(1, "SI"), at(2, "SI"), at(3, "SI"), failed=1)
    assert state(parts, 1) == "settled"
    assert not missing(parts)
    assert not missing(parts, "questions")
    printings = {str(row["documents"]).count(";") + 1 for row in parts["history"]}
    assert printings == {3}
    assert not any(row["needs_review"] for row in parts["history"])


def test_what_is_clear_in_a_failed_report_is_evidence_and_what_is_in_doubt_is_not() -> None:
    parts = tell(at(1, "SI"), at(2, "NO"), at(3, "SI"), failed=1)
    assert state(parts, 1) == "settled"
    assert [f["document_id"] for f in conflicts(parts)] == [f"{1:016x}", f"{2:016x}"]
    assert not conflicts(tell(at(1, "SI"), at(2, "NO", doubt=READ), at(3, "SI"), failed=1))


@pytest.mark.parametrize("what", ["sessions", "seats"])
def test_a_failed_report_of_other_sessions_or_seats_is_not_taken_for_a_sibling(what: str) -> None:
    lost = at(2, "SI")
    if what == "sessions":
        moved = (FIRST.replace(day=1), date(2025, 5, 2))
        lost = replace(lost, sessions=tuple(replace(s, date=d) for s, d in zip(lost.sessions, moved, strict=True)))
    if what == "seats":
        lost = replace(lost, attendees=tuple(replace(a, entity_id=f"otra-{a.row}") for a in lost.attendees))
    parts = tell(at(1, "SI"), lost, at(3, "SI"), failed=1)
    assert state(parts, 1) == "unplaced"
    assert missing(parts, "questions") == ["2025-T2"]


def test_a_failed_report_of_a_period_that_has_one_repeats_it() -> None:
    parts = tell(at(1, "SI"), at(2, "SI"), at(3, "SI"), at(2, "SI"), failed=1)
    assert (state(parts, 1), state(parts, 3)) == ("settled", "repeated")
    (twice,) = (f for f in parts["findings"] if f["code"] == "DUPLICATE_REPORT")
    assert (twice["document_id"], twice["other_document_id"]) == (f"{3:016x}", f"{1:016x}")


def with_period(quarter: int | None, of: Report) -> Report:
    """The report, its period read so and in doubt."""
    kind = None if quarter is None else "quarter"
    doubt = Certainty(0.3, "period_unclear", SURE.places)
    period = replace(of.fields.period, kind=kind, quarter=quarter, certainty=doubt)
    return replace(of, fields=replace(of.fields, period=period), certainty=doubt)


def with_sessions(quarter: int) -> Report:
    """A report of that quarter with a session in each quarter up to it."""
    days = [FIRST.replace(month=3 * q - 1, day=3 + q) for q in range(1, quarter + 1)]
    drawn = printed(dict.fromkeys(SEATS, "SI"), quarter)
    first = drawn.sessions[0]
    rows = tuple(replace(a, marks=tuple(replace(a.marks[0]) for _ in days)) for a in drawn.attendees)
    held = tuple(replace(first, column=q, quarter=q, date=d) for q, d in enumerate(days, start=1))
    return replace(drawn, attendees=rows, sessions=held)


@pytest.mark.parametrize("read", [None, 3, 2])
def test_a_period_that_could_not_be_read_follows_from_the_sessions_and_the_periods_of_the_others(
    read: int | None,
) -> None:
    parts = tell(with_sessions(1), with_period(read, with_sessions(3)), with_sessions(2), with_sessions(4))
    assert state(parts, 1) == "settled"  # and though it was read as the second, which is there and has fewer sessions
    assert missing(parts) == []


def test_no_period_is_guessed_that_the_sessions_do_not_tell() -> None:
    parts = tell(with_sessions(1), with_period(None, with_sessions(2)), with_sessions(4))
    assert state(parts, 1) == "settled"
    parts = tell(*map(with_sessions, (1, 2, 3, 4)), with_period(None, with_sessions(4)))
    assert state(parts, 4) == "unplaced"  # the last quarter once more, or the year
    lost = replace(with_sessions(1), attendees=(), sessions=())
    parts = tell(with_sessions(1), with_period(None, lost), with_sessions(4))
    assert state(parts, 1) == "unplaced"


def test_a_change_between_two_reports_of_which_one_in_doubt_lies_between_is_told() -> None:
    """From which to which of the three is open; that the first and the last differ is not."""
    early, late = at(1, "SI"), at(3, "SI")
    role = Certainty(0.5, "uncertain_role", SURE.places)
    between = at(2, "SI")
    first, *others = between.attendees
    between = replace(between, attendees=(replace(first, certainty=role, role_certainty=role), *others))
    first, *others = late.attendees
    late = replace(late, attendees=(replace(first, role="IP"), *others))
    (change,) = (f for f in conflicts(tell(early, between, late)) if f["item"] == "role")
    assert (change["document_id"], change["other_document_id"]) == (f"{2:016x}", f"{0:016x}")
    assert change["confidence"] is None


def test_a_report_in_doubt_that_tells_of_later_sessions_is_not_the_missing_one() -> None:
    """Its body is the series', its period could not be read; its sessions are of the second quarter."""
    unclear = Certainty(0.3, "period_missing", SURE.places)
    lost = replace(at(4, "SI"), certainty=unclear)
    lost = replace(lost, fields=replace(lost.fields, period=replace(lost.fields.period, kind=None, quarter=None)))
    before = [replace(r, sessions=tuple(replace(s, date=s.date and s.date.replace(year=2024)) for s in r.sessions),
                      fields=replace(r.fields, period=replace(r.fields.period, year=2024)), year=2024)
              for r in (at(4, "SI"),)]  # fmt: skip
    parts = tell(*before, lost, at(3, "SI"))
    assert missing(parts) == ["2025-T1"]
    assert missing(parts, "questions") == ["2025-T2"]

"""Reports of one body side by side: contradicted attendance, missing quarters, periods reported twice."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from dictionaries.load import load
from parsers.calibration import RISK, shipped
from parsers.records import Certainty, Function, Mark, MatrixKind, Period, Report, Session
from pipeline import files
from pipeline.dataset import number_findings, report_rows
from pipeline.errors import UsageError
from pipeline.history import rules
from pipeline.history.consensus import Reading, consensus
from pipeline.history.record import Terms, told
from pipeline.history.tables import retell
from pipeline.rows import Row, Rows
from pipeline.sources import Source
from pipeline.tables.every import REPORT_TABLES, TABLES
from tests import archive_readings, archive_score, archive_truth, archives
from tests.sample import DOUBT, SURE, attendee, report

TERMS = Terms(load())
LEAST = shipped().threshold(RISK)
FIRST, SECOND = date(2025, 3, 19), date(2025, 5, 22)
Marks = dict[str, str | None]  # entity → its mark at the first session


def printed(marks: Marks, quarter: int, *, year: int = 2025, body: str | None = "cuerpo", doubt: str = "") -> Report:
    """A report of that quarter. `doubt`: what a person should look at: `mark`, `row`, `date` or `period`."""
    rows = tuple(
        attendee(
            i,
            entity_id=entity,
            entity=entity.title(),
            marks=(Mark(value, "", DOUBT if doubt == "mark" else SURE), Mark("SI", "", SURE)),
            certainty=DOUBT if doubt == "row" else SURE,
        )
        for i, (entity, value) in enumerate(marks.items(), start=1)
    )
    drawn = report(*rows, certainty=Certainty(0.3, "period_unclear") if doubt == "period" else SURE)
    days = (FIRST.replace(year=year), SECOND.replace(year=year))
    held = tuple(
        Session(MatrixKind.ATTENDANCE, i, i, day, "", DOUBT if doubt == "date" else SURE)
        for i, day in enumerate(days, start=1)
    )
    fields = replace(drawn.fields, period=Period("quarter", quarter, year, "", SURE))
    return replace(drawn, fields=fields, sessions=held, findings=(), instancia_id=body, instancia="Cuerpo", year=year)


def rows_of_all(reports: Sequence[Report]) -> Rows:
    """The tables of a dataset of these reports, given in this order."""
    documents = [
        report_rows(Source(Path(f"{i}.pdf"), f"{i}.pdf", f"{i:016x}" + "0" * 48), r) for i, r in enumerate(reports)
    ]
    return {t.name: [row for d in documents for row in d.get(t.name, ())] for t in REPORT_TABLES}


def tell(*reports: Report, terms: Terms | None = None) -> list[Rows]:
    rows = rows_of_all(reports)

    def rows_of(document: Row, table: str) -> list[Row]:
        return [row for row in rows[table] if row["document_id"] == document["document_id"]]

    return list(told(rows["documents"], rows_of, terms or TERMS))


def found(*reports: Report, code: str | None = None, terms: Terms | None = None) -> list[Row]:
    """The findings of a dataset of these reports, given in this order."""
    told = tell(*reports, terms=terms)
    return [f for part in told for f in part.get("findings", ()) if code in (None, f["code"])]


def write(out: Path, reports: Sequence[Report]) -> None:
    """The dataset of these reports, with what they tell together, as a run writes it."""
    rows = rows_of_all(reports)
    for part in tell(*reports):
        for name, some in part.items():
            rows[name] = [*rows.get(name, ()), *some]
    places = {d["document_id"]: i for i, d in enumerate(rows["documents"])}
    rows["findings"].sort(key=lambda f: places[f["document_id"]])
    number_findings(rows)
    files.write(out, TABLES, rows)


def test_a_mark_that_a_later_report_prints_otherwise_is_reported_there() -> None:
    later = printed({"salud": "SI", "hacienda": "NO"}, 2)
    (conflict,) = found(later, printed({"hacienda": "SI", "salud": "SI"}, 1))
    assert conflict["document_id"] == f"{0:016x}"
    assert (conflict["code"], conflict["row"], conflict["column"]) == ("HISTORY_CONFLICT", 2, 1)
    assert conflict["page"] == SURE.places[0].page
    assert conflict["x0"] is not None
    for said in ("Hacienda", "19/03/2025", "NO", "2025-T1", "1.pdf"):
        assert said in str(conflict["message"])


def test_every_later_report_answers_for_itself() -> None:
    reports = [printed({"salud": mark}, q) for q, mark in enumerate(("SI", "NO", "SI", "SI"), start=1)]
    conflicts = found(*reports, code="HISTORY_CONFLICT")
    assert [f["document_id"] for f in conflicts] == [f"{i:016x}" for i in (1, 2, 3)]
    assert [f["other_document_id"] for f in conflicts] == [f"{i:016x}" for i in (0, 1, 1)]
    said = [re.findall(r"2025-T\d", str(f["message"])) for f in conflicts]
    assert said == [["2025-T2", "2025-T1"], ["2025-T3", "2025-T2"], ["2025-T4", "2025-T2"]]


@pytest.mark.parametrize(
    "other",
    [
        printed({"salud": "SI"}, 2),
        printed({"salud": None}, 2),
        printed({"salud": "-"}, 2),
        printed({"hacienda": "NO"}, 2),
        printed({"salud": "NO"}, 2, body="otro"),
        printed({"salud": "NO"}, 2, year=2026),
        printed({"salud": "NO"}, 1),
        *(printed({"salud": "NO"}, 2, doubt=doubt) for doubt in ("mark", "row", "date")),
    ],
    ids=["agrees", "blank", "dash", "entity", "body", "year", "period", "mark", "row", "date"],
)
def test_what_agrees_or_is_doubtful_or_of_something_else_is_no_conflict(other: Report) -> None:
    conflicts = found(printed({"salud": "SI"}, 1), other, code="HISTORY_CONFLICT")
    assert not [f for f in conflicts if f["table"] == "attendance"]


def test_a_report_whose_period_its_siblings_settle_contradicts_as_surely_as_it_is_placed() -> None:
    late = printed({"salud": "NO", "hacienda": "SI", "cultura": "SI"}, 2, doubt="period")
    (conflict,) = found(printed({"salud": "SI", "hacienda": "SI", "cultura": "SI"}, 1), late, code="HISTORY_CONFLICT")
    assert 0.9 <= float(str(conflict["confidence"])) < 1


def test_reports_that_share_no_session_are_not_compared_row_by_row() -> None:
    early, late = printed({"a": "SI", "b": "NO"}, 1), printed({"a": "SI", "c": "SI"}, 4)
    assert {f["item"] for f in found(early, late, code="HISTORY_CONFLICT")} == {"row", "B"}
    moved = tuple(replace(s, date=date(2025, 10 + s.column, 3), quarter=4) for s in late.sessions)
    assert found(early, replace(late, sessions=moved), code="HISTORY_CONFLICT") == []


def test_a_doubtful_mark_finds_no_conflict_in_a_later_clear_one_either() -> None:
    assert not found(printed({"salud": "SI"}, 1, doubt="mark"), printed({"salud": "NO"}, 2))


def test_quarters_between_two_reports_of_a_body_are_missing() -> None:
    gap = found(printed({}, 1, year=2026), printed({}, 2), printed({}, 4, body="otro"), code="MISSING_REPORT")
    assert [(f["document_id"], f["item"]) for f in gap] == [(f"{0:016x}", "2025-T3"), (f"{0:016x}", "2025-T4")]
    assert not found(printed({}, 4), printed({}, 1, year=2026), code="MISSING_REPORT")


def test_a_period_reported_twice_is_reported_on_the_second() -> None:
    (twice,) = found(printed({}, 1), printed({}, 1))
    assert (twice["code"], twice["document_id"], twice["item"]) == ("DUPLICATE_REPORT", f"{1:016x}", "0.pdf")
    assert not found(printed({}, 1, body=None), printed({}, 1, body=None))


# ---------------------------------------------------------------- consensus


def reading(mark: str | None, confidence: float, source: str, *, clear: bool | None = None) -> Reading:
    sure = confidence > 0.99 if clear is None else clear
    return Reading(mark, confidence, sure, sure, source)


def test_an_uncertain_reading_is_settled_by_a_certain_sibling_that_is_named() -> None:
    told = consensus([reading("SI", 0.9999, "a"), reading(None, 0.1, "b"), reading("SI", 0.7, "c")], LEAST)
    assert (told.mark, told.settled_by, told.doubt, told.agreement) == ("SI", ("a",), None, 1.0)
    assert told.confidence is not None
    assert 0.998 < told.confidence <= 0.9999


def test_uncertain_readings_alone_make_one_another_likelier_and_stay_for_review() -> None:
    told = consensus([reading("SI", 0.8, "a"), reading("SI", 0.8, "b")], LEAST)
    assert (told.mark, told.settled_by, told.doubt) == ("SI", (), "uncertain_mark")
    assert told.confidence is not None
    assert told.confidence > 0.95


def test_a_likely_change_is_not_settled_away() -> None:
    told = consensus([reading("NO", 0.9999, "a"), reading("SI", 0.98, "b", clear=False)], LEAST)
    assert (told.mark, told.doubt, told.settled_by) == ("NO", "uncertain_mark", ())


@pytest.mark.parametrize("placed", [True, False])
def test_clear_readings_that_differ_are_for_review_even_where_siblings_gave_one_its_place(placed: bool) -> None:
    late = Reading("SI", 0.95, True, not placed, "b")
    told = consensus([reading("NO", 0.9999, "a"), reading("NO", 0.9999, "c"), late], LEAST)
    assert (told.doubt, told.settled_by) == ("history_conflict", ())


def test_one_clear_reading_is_worth_what_it_says_and_blanks_are_told() -> None:
    assert consensus([reading("NO", 0.995, "a")], 0.999).doubt is None
    assert consensus([reading("NO", 0.995, "a")], 0.999).confidence == pytest.approx(0.995)
    assert consensus([reading(None, 0.99, "a", clear=True)], LEAST).doubt is None
    assert consensus([reading(None, 0.1, "a")], LEAST).doubt == "unreadable"
    blank = [reading("SI", 0.9999, "a"), reading(None, 0.99, "b", clear=True)]
    assert consensus(blank, LEAST).doubt == "blank"


# ---------------------------------------------------------------- drawn archives


def test_what_drawn_series_print_is_told_exactly_where_nothing_is_in_doubt() -> None:
    flawless = archive_readings.Reader(random.Random(0), flawless=True)
    planted = set()
    for reports in archives.archive(11, 20):
        _, parts = archive_readings.tell(reports, flawless)
        wanted = archive_truth.expected(reports)
        assert archive_score.found(parts, {}) == wanted
        planted |= {(f[0], f[4] if f[4] in ("role", "row", "date") else None) for f in wanted}
    assert len(planted) == 6  # every kind was there to be found


@pytest.mark.parametrize("seed", [12, 21, 22, 24])
def test_an_archive_read_with_the_errors_of_scans_is_told_with_hardly_a_wrong_word(seed: int) -> None:
    counts = archive_score.measure(seed)
    assert counts["right"] >= 0.99 * counts["found"] > 95
    assert counts["missed"] == 0
    assert counts["turned wrong"] == 0
    assert counts["settled"] > 50
    assert counts["settled, wrong"] <= 0.002 * counts["settled"]


def test_rates_are_shares_of_held_sessions_with_bounds_for_what_awaits_review() -> None:
    parts = tell(printed({"salud": "SI", "hacienda": "NO"}, 1), printed({"salud": "SI", "hacienda": "SI"}, 2))
    rates = {(r["level"], r["entity_id"]): r for part in parts for r in part.get("attendance_rates", ())}
    body = rates["body", None]
    assert [body[n] for n in ("sessions_held", "attended", "absent", "under_review")] == [2, 3, 0, 1]
    assert (body["rate"], body["rate_low"], body["rate_high"]) == (1.0, 0.75, 1.0)
    doubtful = rates["body_entity", "hacienda"]
    assert (doubtful["rate_low"], doubtful["rate"], doubtful["rate_high"]) == (0.5, 1.0, 1.0)


def test_a_column_that_nothing_dates_is_left_out_and_widens_the_bounds() -> None:
    parts = tell(printed({"salud": "SI"}, 1, doubt="date"))
    assert not [row for part in parts for row in part.get("history", ())]
    (body,) = (r for part in parts for r in part.get("attendance_rates", ()) if r["level"] == "body")
    assert (body["left_out"], body["rate"], body["rate_low"], body["rate_high"]) == (2, None, 0.0, 1.0)


def test_a_report_whose_period_is_in_doubt_is_not_said_to_be_missing() -> None:
    series = [printed({}, 1), printed({}, 2, doubt="period"), printed({}, 3)]
    assert not found(*series, code="MISSING_REPORT")
    assert found(series[0], series[2], code="MISSING_REPORT")


def test_a_report_of_the_year_covers_its_quarters() -> None:
    whole = printed({}, 4, year=2024)
    whole = replace(whole, fields=replace(whole.fields, period=Period("year", None, 2024, "", SURE)))
    assert not found(printed({}, 4, year=2023), whole, printed({}, 1), code="MISSING_REPORT")


# ---------------------------------------------------------------- the same from the tables


def test_history_told_from_tables_is_what_a_run_wrote(tmp_path: Path) -> None:
    out = tmp_path / "out"
    reports = [printed({"salud": "SI"}, 1), printed({"salud": "NO"}, 3), printed({"salud": "NO"}, 3)]
    write(out, reports)
    before = {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()}
    retell(out, TERMS)
    assert {p.name: p.read_bytes() for p in out.iterdir() if p.is_file()} == before
    codes = [row["code"] for row in pq.read_table(out / "findings.parquet").to_pylist()]
    assert {"HISTORY_CONFLICT", "MISSING_REPORT", "DUPLICATE_REPORT"} <= set(codes)


def test_own_rules_switch_findings_and_nonsense_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "rules.toml"
    own.write_text('[[rule]]\nid = "CHAIR_ABSENT"\nenabled = true\n')
    chair = printed({"salud": "NO"}, 1)
    chair = replace(chair, attendees=tuple(replace(a, role="P", role_certainty=SURE) for a in chair.attendees))
    assert not found(chair, code="CHAIR_ABSENT")
    (absent,) = found(chair, code="CHAIR_ABSENT", terms=Terms(load(), rules.load(own)))
    assert (absent["severity"], absent["rule"], absent["rule_source"], absent["row"]) == ("warning", "C6", "I", 1)
    for text in ('[[rule]]\nid = "NO_SUCH"\n', '[[rule]]\nid = "QUORUM"\nshare = "half"\n', "rule = 1\n", "[[rule"):
        own.write_text(text)
        with pytest.raises(UsageError, match=r"rules\.toml"):
            rules.load(own)


# ---------------------------------------------------------------- what waits for a reading


def asked(*reports: Report) -> list[Row]:
    return [row for part in tell(*reports) for row in part.get("questions", ())]


def test_a_change_that_rests_on_a_doubtful_mark_is_asked_with_what_to_confirm() -> None:
    late = printed({"salud": "NO", "hacienda": "SI"}, 2)
    (row,) = late.attendees[:1]
    doubt = Certainty(0.97, "uncertain_mark", SURE.places)
    late = replace(late, attendees=(replace(row, marks=(Mark("NO", "", doubt), *row.marks[1:])), *late.attendees[1:]))
    reports = (printed({"salud": "SI", "hacienda": "SI"}, 1), late)
    assert not found(*reports, code="HISTORY_CONFLICT")
    (question,) = asked(*reports)
    assert (question["code"], question["row"], question["column"]) == ("HISTORY_CONFLICT", 1, 1)
    assert (question["document_id"], question["other_document_id"]) == (f"{1:016x}", f"{0:016x}")
    assert question["awaits"] == "2025-T2: fila 1, columna 1, marca"
    assert question["needs_review"]
    assert 0.02 < float(str(question["confidence"])) < 0.5  # a misreading is likelier than a change


def test_what_is_likelier_a_misreading_or_is_told_already_is_not_asked() -> None:
    assert not asked(printed({"salud": "SI"}, 1), printed({"salud": "NO"}, 2))
    assert not asked(printed({"salud": "SI"}, 1), printed({"salud": "NO"}, 2, doubt="mark"))  # DOUBT: 0.41


def rows_of_series(*reports: Report) -> list[Row]:
    return [row for part in tell(*reports) for row in part.get("series", ())]


def test_a_gap_that_a_document_in_doubt_may_fill_is_asked_and_not_told() -> None:
    """The doubtful period is read as a quarter; without sessions that is no evidence."""
    reports = (printed({}, 1), replace(printed({}, 2, doubt="period"), sessions=()), printed({}, 4))
    assert not found(*reports, code="MISSING_REPORT")
    gaps = [q for q in asked(*reports) if q["code"] == "MISSING_REPORT"]
    assert [(q["item"], q["other_document_id"]) for q in gaps] == [("2025-T2", f"{1:016x}"), ("2025-T3", f"{1:016x}")]
    assert "1.pdf" in str(gaps[0]["awaits"])
    assert gaps[0]["confidence"] is None
    states = {row["period"]: (row["state"], row["perhaps"]) for row in rows_of_series(*reports)}
    assert states["2025-T2"] == states["2025-T3"] == ("unknown", f"{1:016x}")
    assert states["2025-T1"] == ("reported", None)


LOST = {"status": "failed", "error": "damaged", "needs_review": True, "review_reason": "damaged"}


def gap_beside(**document: object) -> tuple[list[Row], list[Row], list[Row]]:
    """MISSING_REPORT, the questions about it, and the series, of a gap beside one more document."""
    rows = rows_of_all([printed({}, 1), printed({}, 3)])
    for i, known in enumerate(rows["documents"]):
        known["source"] = f"cuerpo-2025-T{1 + 2 * i}.pdf"
    one = dict.fromkeys(rows["documents"][0]) | {"document_id": "f" * 16, "source": "x.pdf", **document}
    parts = told_of([*rows["documents"], one], rows)  # type: ignore[list-item]
    tables = (row for part in parts for name in ("findings", "questions") for row in part.get(name, ()))
    missing = [row for row in tables if row["code"] == "MISSING_REPORT"]
    series = [row for part in parts for row in part.get("series", ())]
    return [f for f in missing if "awaits" not in f], [q for q in missing if "awaits" in q], series


@pytest.mark.parametrize(
    "document",
    [
        LOST | {"instancia_id": "cuerpo", "year": 2025},
        LOST | {"instancia_id": "cuerpo"},
        LOST | {"instancia_raw": "Inst4ncia: Cuerpo. Reglamento"},
        LOST | {"source": "cuerpo_2025_t2.PDF"},
    ],
    ids=["year", "body", "name in what was read", "called alike"],
)
def test_no_report_is_said_to_be_missing_that_a_failed_document_may_be(document: dict[str, object]) -> None:
    told, asked, series = gap_beside(**document)
    assert told == []
    assert [(q["item"], q["other_document_id"]) for q in asked] == [("2025-T2", "f" * 16)]
    assert [(s["state"], s["perhaps"]) for s in series if s["period"] == "2025-T2"] == [("unknown", "f" * 16)]


@pytest.mark.parametrize(
    "document",
    [
        LOST | {"instancia_id": "otro", "year": 2025, "quarter": 2},
        LOST | {"instancia_id": "cuerpo", "year": 2024, "quarter": 2},
        LOST | {"source": "cuerpo-2025-T2.pdf", "error": "not_this_form"},
    ],
    ids=["other body", "other year", "no report"],
)
def test_a_document_that_cannot_be_it_leaves_a_gap_a_gap(document: dict[str, object]) -> None:
    told, asked, _ = gap_beside(**document)
    assert ([f["item"] for f in told], asked) == (["2025-T2"], [])
    assert "salvo" not in str(told[0]["message"])


def test_a_file_of_which_nothing_tells_whose_it_is_is_named_in_what_is_told() -> None:
    told, asked, series = gap_beside(**LOST)
    assert asked == []
    assert "salvo que sea «x.pdf»" in str(told[0]["message"])
    assert [(s["state"], s["perhaps"]) for s in series if s["period"] == "2025-T2"] == [("missing", "f" * 16)]


def told_of(documents: Sequence[Row], rows: Rows) -> list[Rows]:
    def rows_of(document: Row, table: str) -> list[Row]:
        return [row for row in rows[table] if row["document_id"] == document["document_id"]]

    return list(told(documents, rows_of, TERMS))


@pytest.mark.parametrize(
    ("days", "compared"),
    [((FIRST, SECOND), "same"), ((FIRST, SECOND, date(2025, 6, 3)), "more"), ((FIRST,), "less"),
     ((FIRST, date(2025, 6, 3)), "other")],
)  # fmt: skip
def test_what_a_report_has_more_than_the_one_it_repeats_is_recorded(days: tuple[date, ...], compared: str) -> None:
    again = printed({"salud": "SI"}, 2)
    again = replace(again, sessions=tuple(
        Session(MatrixKind.ATTENDANCE, i, (day.month + 2) // 3, day, "", SURE) for i, day in enumerate(days, start=1)
    ))  # fmt: skip
    first, second = rows_of_series(printed({"salud": "SI"}, 2), again)
    assert (first["state"], first["repeats_document_id"]) == ("reported", None)
    assert (second["state"], second["repeats_document_id"]) == ("repeated", f"{0:016x}")
    assert (second["compared"], second["sessions"]) == (compared, len(days))


# ---------------------------------------------------------------- functions over a year


def with_functions(quarter: int, *functions: tuple[str, str | None]) -> Report:
    """A report of functions, each with its mark at the first session; None: in doubt."""
    rows = tuple(
        Function(i, "general", text, "SI", (Mark(mark or "SI", "", SURE if mark else DOUBT),), SURE)
        for i, (text, mark) in enumerate(functions, start=1)
    )
    drawn = printed({"salud": "SI"}, quarter)
    dated = Session(MatrixKind.FUNCTIONS_GENERAL, 1, 1, FIRST, "", SURE)
    return replace(drawn, functions=rows, sessions=(*drawn.sessions, dated))


def test_functions_are_told_apart_by_what_they_say_where_numbers_move() -> None:
    plan, rules = "Aprobar el plan anual de trabajo de la instancia.", "Adoptar su reglamento interno."
    new = "Recomendar los proyectos que se financian con recursos propios."
    early = with_functions(1, (plan, "NO"), (rules, "SI"))
    late = with_functions(2, (new, "NO"), (plan.replace("plan", "pIan"), "NO"), (rules, None))
    rows = [row for part in tell(early, late) for row in part.get("function_history", ())]
    said = {str(r["text"])[:8]: (r["function"], r["printings"], r["never_addressed"]) for r in rows}
    assert said == {"Aprobar ": (2, 2, True), "Adoptar ": (3, 2, False), "Recomend": (1, 1, True)}
    doubtful = with_functions(1, (plan, None))
    (row,) = (row for part in tell(doubtful) for row in part.get("function_history", ()))
    assert (row["never_addressed"], row["sessions_under_review"], row["needs_review"]) == (None, 1, True)

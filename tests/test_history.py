"""Reports of one body side by side: contradicted attendance, missing quarters, periods reported twice."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from dictionaries.load import load
from parsers.records import Certainty, Mark, MatrixKind, Period, Report, Session
from pipeline import history
from pipeline.dataset import Row, Rows, Source, report_rows
from pipeline.tables import REPORT_TABLES
from tests.sample import DOUBT, SURE, attendee, report

TERMS = history.Terms(load())
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


def found(*reports: Report, code: str | None = None) -> list[Row]:
    """The findings of a dataset of these reports, given in this order."""
    documents = [
        report_rows(Source(Path(f"{i}.pdf"), f"{i}.pdf", f"{i:016x}" + "0" * 48), r) for i, r in enumerate(reports)
    ]
    rows: Rows = {t.name: [row for d in documents for row in d.get(t.name, ())] for t in REPORT_TABLES}

    def rows_of(document: Row, table: str) -> list[Row]:
        return [row for row in rows[table] if row["document_id"] == document["document_id"]]

    told = list(history.told(rows["documents"], rows_of, TERMS))
    return [f for part in told for f in part.get("findings", ()) if code in (None, f["code"])]


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
        *(printed({"salud": "NO"}, 2, doubt=doubt) for doubt in ("mark", "row", "date", "period")),
    ],
    ids=["agrees", "blank", "dash", "entity", "body", "year", "period", "mark", "row", "date", "unclear"],
)
def test_what_agrees_or_is_doubtful_or_of_something_else_is_no_conflict(other: Report) -> None:
    conflicts = found(printed({"salud": "SI"}, 1), other, code="HISTORY_CONFLICT")
    assert not [f for f in conflicts if f["table"] == "attendance"]


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

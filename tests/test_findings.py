"""The rules of one report: what is found where, and that a doubtful reading never makes a finding."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ocr.records import InputKind, Place
from parsers.checks import check
from parsers.dates import parse_date
from parsers.findings import SEVERITIES, is_firm
from parsers.records import (
    Attendee,
    Certainty,
    Count,
    Fields,
    Function,
    Mark,
    MatrixKind,
    Period,
    Publication,
    Report,
    Session,
)
from pipeline.history import rules

REPO = Path(__file__).parents[1]
SHARED = REPO.parent / "shared"
SERIES_CODES = {"HISTORY_CONFLICT", "MISSING_REPORT", "DUPLICATE_REPORT"}
DOUBT = Certainty(0.4, "unclear")
MARCH, JUNE = date(2025, 3, 19), date(2025, 6, 20)


def marks(values: str) -> tuple[Mark, ...]:
    """ "SI NO -" as marks; "." is a blank."""
    return tuple(Mark(None if v == "." else v, v) for v in values.split())


def attendee(row: int, values: str, role: str | None = "I", **other: Any) -> Attendee:
    read = marks(values)
    base = Attendee(row, 1, "s1", "Sector", "1. Sector", f"e{row}", f"Entidad {row}", f"Entidad {row}", 1.0, None, None,
                    "exact", "Cargo", role, sum(m.value == "SI" for m in read), read,
                    Certainty(0.9, None, (Place(2),)))  # fmt: skip
    return replace(base, **other)


def sessions(matrix: MatrixKind, *dates: date | None) -> tuple[Session, ...]:
    return tuple(Session(matrix, i, i, day, "") for i, day in enumerate(dates, 1))


def report(**other: Any) -> Report:
    fields = Fields("Anexo 2", "", Certainty(), Period("quarter", 2, None, ""), "", (), Count(2, 4), Count(0, 0),
                    (Publication("reglamento_interno", True, "Sí_x_"),), (), ())  # fmt: skip
    base = Report(InputKind.SCAN, (), fields, None, None, 2025, Certainty(),
                  sessions(MatrixKind.ATTENDANCE, MARCH, JUNE, None),
                  (attendee(1, "SI SI -", "P"), attendee(2, "NO SI -", "S")))  # fmt: skip
    return replace(base, **other)


def codes(some: Report, **other: Any) -> list[str]:
    return [f.code for f in check(some, **other)]


def test_a_sound_report_shows_nothing() -> None:
    assert check(report()) == ()


def test_total_mismatch_points_at_its_row_and_names_both_numbers() -> None:
    (found,) = check(report(attendees=(attendee(1, "SI SI -", "P", total_printed=3), attendee(2, "SI SI -", "S"))))
    assert (found.code, found.severity, found.row, found.page, found.table) == (
        "TOTAL_MISMATCH", "error", 1, 2, "attendees")  # fmt: skip
    assert "3" in found.message
    assert "2" in found.message


@pytest.mark.parametrize(
    "row",
    [
        attendee(1, "SI SI -", "P", total_printed=3, certainty=DOUBT),
        attendee(1, "SI SI -", "P", total_printed=3, certainty=Certainty(0.4, "entity_ambiguous;uncertain_total")),
        attendee(1, "SI SI -", "P", total_printed=3, marks=(Mark("SI", "SI"), Mark("SI", "S?", DOUBT), Mark("-", "-"))),
        attendee(1, "SI . -", "P", total_printed=2),
        attendee(1, "SI SI -", "P", total_printed=None),
    ],
)
def test_a_doubtful_row_makes_no_total_mismatch(row: Attendee) -> None:
    assert "TOTAL_MISMATCH" not in codes(report(attendees=(row, attendee(2, "SI SI -", "S"))))


def test_a_doubt_about_the_entity_leaves_the_total_checked() -> None:
    row = attendee(1, "SI SI -", "P", total_printed=3, certainty=Certainty(0.4, "entity_ambiguous"))
    assert codes(report(attendees=(row, attendee(2, "SI SI -", "S")))) == ["TOTAL_MISMATCH"]


@pytest.mark.parametrize(
    ("printed", "values", "expected"),
    [("NO", "SI NO -", True), ("SI", "NO NO -", True), ("SI", "NO SI -", False), ("NO", "NO NO -", False)],
)
def test_addressed_mismatch(printed: str, values: str, expected: bool) -> None:
    function = Function(7, "general", "Coordinar", printed, marks(values))
    some = report(functions=(function,), sessions=sessions(MatrixKind.ATTENDANCE, MARCH, JUNE, None))
    assert [(f.code, f.function) for f in check(some)] == ([("ADDRESSED_MISMATCH", 7)] if expected else [])


def test_addressed_rests_on_one_certain_yes_but_on_every_no() -> None:
    one_yes = Function(1, "general", "x", "NO", (Mark("SI", "SI"), Mark("NO", "?", DOUBT), Mark("-", "-")))
    no_yes = Function(2, "general", "x", "SI", (Mark("NO", "NO"), Mark("NO", "?", DOUBT), Mark("-", "-")))
    assert [f.function for f in check(report(functions=(one_yes, no_yes)))] == [1]


@pytest.mark.parametrize("day", [date(2025, 7, 22), date(2024, 6, 20)])
def test_date_outside_quarter(day: date) -> None:
    some = report(sessions=sessions(MatrixKind.ATTENDANCE, MARCH, day, None))
    assert [(f.code, f.column, f.severity) for f in check(some)] == [("DATE_OUTSIDE_QUARTER", 2, "warning")]
    assert check(replace(some, year=None)) == ()
    assert check(replace(some, certainty=Certainty(0.5, "year_inferred"))) == ()


def test_date_conflict_is_told_on_the_function_matrix() -> None:
    dated = (
        *sessions(MatrixKind.ATTENDANCE, MARCH, JUNE, None),
        *sessions(MatrixKind.FUNCTIONS_SPECIFIC, MARCH, date(2024, 6, 20), None),
    )
    (found,) = check(report(sessions=dated))
    assert (found.code, found.column, found.table) == ("DATE_CONFLICT", 2, "functions_specific")
    assert (found.row, found.function, found.item) == (None, None, None)
    doubtful = tuple(replace(s, certainty=DOUBT) if s.matrix != MatrixKind.ATTENDANCE else s for s in dated)
    assert check(report(sessions=doubtful)) == ()
    assert check(report(sessions=dated[:-1])) == ()  # one column fewer: which is which cannot be told


def test_session_count_mismatch() -> None:
    fields = replace(report().fields, ordinary=Count(2, 4), extraordinary=Count(1, 1))
    assert codes(report(fields=fields)) == ["SESSION_COUNT_MISMATCH"]
    for doubtful in (Count(1, 1, DOUBT), Count(None, 1)):
        assert codes(report(fields=replace(fields, extraordinary=doubtful))) == []


def test_marks_against_sessions() -> None:
    rows = (attendee(1, "SI SI SI", "P"), attendee(2, "SI . -", "S"), attendee(3, "SI - -"))
    assert [(f.code, f.row, f.column) for f in check(report(attendees=rows))] == [
        ("MARK_WITHOUT_SESSION", 1, 3),
        ("MARK_MISSING", 2, 2),
        ("MARK_MISSING", 3, 2),
    ]


def test_entities() -> None:
    rows = (
        attendee(1, "SI SI -", "P", entity_id=None, entity=None),
        attendee(2, "SI SI -", "S", former_name="DAMA"),
        attendee(3, "SI SI -", entity_id="e2"),
        attendee(4, "SI SI -", entity_id=None, entity=None, certainty=Certainty(0.3, "entity_ambiguous")),
    )
    found = [(f.code, f.row) for f in check(report(attendees=rows))]
    assert found == [("UNKNOWN_ENTITY", 1), ("FORMER_NAME", 2), ("DUPLICATE_ENTITY", 3)]


@pytest.mark.parametrize(("role", "severity"), [("S", "warning"), ("I", "info"), (None, "warning")])
def test_two_seats_of_one_entity_are_graver_with_one_role(role: str | None, severity: str) -> None:
    rows = (attendee(1, "SI SI -", "P"), attendee(2, "SI SI -", "S"), attendee(3, "SI SI -", role, entity_id="e2"))
    assert [f.severity for f in check(report(attendees=rows)) if f.code == "DUPLICATE_ENTITY"] == [severity]


def test_entity_outside_sector_needs_the_dictionary() -> None:
    assert codes(report(), entity_sectors={"e1": "s1", "e2": "s9"}) == ["ENTITY_OUTSIDE_SECTOR"]
    assert codes(report(), entity_sectors={"e1": "s1", "e2": "s1"}) == []


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (("I", "S"), ["NO_PRESIDENT"]),
        (("P", "I"), ["NO_TECHNICAL_SECRETARY"]),
        (("P", "P", "S"), ["MULTIPLE_PRESIDENTS"]),
        (("P", "S", None), ["ROLE_MISSING"]),
    ],
)
def test_roles(roles: tuple[str | None, ...], expected: list[str]) -> None:
    rows = tuple(attendee(i, "SI SI -", role) for i, role in enumerate(roles, 1))
    assert codes(report(attendees=rows)) == expected
    doubtful = (*rows, attendee(9, "SI SI -", None, certainty=Certainty(0.2, "uncertain_role")))
    assert codes(report(attendees=doubtful)) == [c for c in expected if not c.startswith("NO_")]


def test_a_president_in_doubt_is_not_said_to_be_missing() -> None:
    likely = attendee(1, "SI SI -", "P", role_certainty=Certainty(0.95, "uncertain_role"),
                      certainty=Certainty(0.95, "uncertain_role"))  # fmt: skip
    assert codes(report(attendees=(likely, attendee(2, "SI SI -", "S")))) == []


def test_not_published() -> None:
    no = Publication("actas_con_sus_anexos", False, "No_x_")
    fields = replace(report().fields, publications=(no, replace(no, certainty=DOUBT), replace(no, published=None)))
    assert [(f.code, f.item) for f in check(report(fields=fields))] == [("NOT_PUBLISHED", "actas_con_sus_anexos")]


def test_every_code_is_documented() -> None:
    documented = set(re.findall(r"`([A-Z_]{6,})`", (REPO / "docs" / "findings.md").read_text(encoding="utf-8")))
    assert documented == set(SEVERITIES) | {rule.id for rule in rules.load().every}


# ---------------------------------------------------------------- reports with known truth


def truths() -> Iterator[Path]:
    for folder in ("bench/dev/truth", "seed/truth"):
        yield from sorted((SHARED / folder).glob("*.json"))


def report_of(truth: dict[str, Any]) -> Report:
    """The report that a faultless reading of the paper would give."""
    columns = [(c["quarter"], c["date"]) for c in truth["columns"]]
    days = [date.fromisoformat(day) if day else None for _, day in columns]
    held = zip((q for q, _ in columns), days, strict=True)
    dated = [Session(MatrixKind.ATTENDANCE, i, q, d, "") for i, (q, d) in enumerate(held, 1)]
    for scope, printed in truth["function_columns"].items():
        for i, text in enumerate(printed, 1):
            day = parse_date(text)
            dated.append(Session(MatrixKind(f"functions_{scope}"), i, columns[i - 1][0], day and day[0], text))
    rows = tuple(
        attendee(r["row"], " ".join(r["marks"]), r["role"] or None, total_printed=r["total_printed"],
                 entity_id=r["entity"] if r["known"] else None) for r in truth["rows"])  # fmt: skip
    functions = tuple(
        Function(f["function"], f["scope"], f["text"], f["addressed_printed"], marks(" ".join(f["marks"])))
        for f in truth["functions"]
    )
    published = tuple(Publication(k, v, "") for k, v in truth["publications"].items())
    fields = replace(report().fields, ordinary=Count(*truth["ordinary"]), extraordinary=Count(*truth["extraordinary"]),
                     publications=published)  # fmt: skip
    return report(fields=fields, year=truth["year"], sessions=tuple(dated), attendees=rows, functions=functions)


@pytest.mark.skipif(not SHARED.exists(), reason="../shared, with the reports of known truth, is absent")
def test_findings_of_reports_with_known_truth() -> None:
    for path in truths():
        truth = json.loads(path.read_text(encoding="utf-8"))
        wanted = {(f["code"], f.get("row"), f.get("column"), f.get("function"), f.get("item"))
                  for f in truth["findings"] if f["code"] not in SERIES_CODES}  # fmt: skip
        found = {(f.code, f.row, f.column, f.function, f.item) for f in check(report_of(truth))}
        scored = {f for f in found if f[0] not in ("UNKNOWN_ENTITY", "DUPLICATE_ENTITY")}
        assert scored == wanted, path.name


@pytest.mark.parametrize(
    ("doubts", "firm"),
    [
        ((Certainty(0.999), Certainty(0.98, "uncertain_total")), True),
        ((Certainty(0.95, "uncertain_mark"), Certainty(0.96, "uncertain_total")), True),
        ((Certainty(0.93, "uncertain_mark"), Certainty(0.93, "uncertain_total")), False),
        ((Certainty(0.999), Certainty(0.7, "date_uncertain")), False),
        ((Certainty(0.999, "columns_disagree"), Certainty(0.999)), False),
        ((Certainty(None, "unreadable"),), False),
        ((Certainty(None), Certainty(0.99)), True),
    ],
)
def test_values_short_of_sure_bear_a_finding_together_if_likely(doubts: tuple[Certainty, ...], firm: bool) -> None:
    assert is_firm(*doubts) is firm


def test_of_a_matrix_of_which_rows_are_missing_nothing_is_said_to_be_missing() -> None:
    nobody = report(attendees=(attendee(1, "SI SI -", "I"), attendee(2, "NO SI -", "I", sector_id="s2")))
    sectors = {"e2": "s1"}
    told = {"NO_PRESIDENT", "NO_TECHNICAL_SECRETARY", "ENTITY_OUTSIDE_SECTOR"}
    assert {f.code for f in check(nobody, sectors)} == told
    assert check(replace(nobody, unread_matrices=(2,)), sectors) == ()

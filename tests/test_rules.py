"""Every rule that may be switched: what it finds in a small report, and that doubt keeps it silent."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from dictionaries.load import load
from ocr.records import Place
from parsers.records import Certainty, Function, Mark, MatrixKind, Period, Section, Session, Signatory
from pipeline.dataset import report_rows
from pipeline.history import checks
from pipeline.history.checks import CHECKS, check
from pipeline.history.facts import printed
from pipeline.history.rules import SHIPPED, Rules, shipped
from pipeline.rows import Row, Rows
from pipeline.sources import Source
from tests.sample import attendee, report

DICTIONARY = load()
SURE = Certainty(0.9999, None, (Place(1),))
FIRST, SECOND = date(2025, 3, 19), date(2025, 5, 22)
BODY = "comision-intersectorial-seguridad-vial"
SOCIAL_POLICY = "consejo-distrital-politica-social"
Change = Callable[[Rows], None]


def base() -> Rows:
    """The rows of a body's second quarter, of which every rule holds: two sessions, a P, an S and an I."""
    seats = (("alcaldia-mayor", "P", "Alcaldesa Mayor"), ("sdm", "S", "Secretaria"), ("sdh", "I", "Director"))
    marks = (Mark("SI", "SI", SURE), Mark("SI", "SI", SURE))
    rows = tuple(
        attendee(i, entity_id=entity, entity=entity.upper(), entity_raw=entity, role=role, position=position,
                 marks=marks, total_printed=2, certainty=SURE)
        for i, (entity, role, position) in enumerate(seats, start=1)
    )  # fmt: skip
    drawn = report(*rows, certainty=SURE)
    answers = (Mark("SI", "SI", SURE), Mark("NO", "NO", SURE))
    drawn = replace(
        drawn,
        instancia_id=BODY,
        instancia="Comisión Intersectorial de Seguridad Vial",
        findings=(),
        loose_ends=(),
        sessions=tuple(
            Session(matrix, i, i, day, f"{day:%d/%m/%Y}", SURE)
            for matrix in (MatrixKind.ATTENDANCE, MatrixKind.FUNCTIONS_GENERAL)
            for i, day in enumerate((FIRST, SECOND), start=1)
        ),
        functions=tuple(Function(i, "general", f"Función {i}.", "SI", answers, SURE) for i in (1, 2)),
        fields=replace(
            drawn.fields,
            period=Period("quarter", 2, 2025, "SEGUNDO TRIMESTRE", SURE),
            ordinary=replace(drawn.fields.ordinary, held=2, planned=4, certainty=SURE),
            extraordinary=replace(drawn.fields.extraordinary, held=0, planned=0, certainty=SURE),
            signatories=(
                Signatory("president", "Ana", "Alcaldesa", "alcaldia-mayor", "Alcaldía", "Alcaldía", SURE),
                Signatory("technical_secretary", "Eva", "Secretaria", "sdm", "Movilidad", "Movilidad", SURE),
            ),
            sections=(Section("analisis", 1, "Se cumplieron 8 de 10 metas (80 %).", 1),),
        ),
    )
    return report_rows(Source(Path("a.pdf"), "a.pdf", "ab" * 32), drawn)


def put(table: str, at: int, **values: object) -> Change:
    """Changes row `at` of a table, from 0; with `review_reason` it is for review."""

    def change(rows: Rows) -> None:
        rows[table][at] |= {**values, "needs_review": "review_reason" in values}  # type: ignore[dict-item]

    return change


def every(table: str, **values: object) -> Change:
    def change(rows: Rows) -> None:
        for row in rows[table]:
            row |= values  # type: ignore[arg-type]

    return change


def both(*changes: Change) -> Change:
    def change(rows: Rows) -> None:
        for one in changes:
            one(rows)

    return change


def paragraph(text: str) -> Change:
    return put("sections", 0, text=text)


def found(rule: str, *changes: Change) -> list[Row]:
    """What the rule finds in the report so changed, were it enabled."""
    rows = base()
    both(*changes)(rows)
    (entry,) = (replace(r, enabled=True) for r in shipped().every if r.id == rule)
    document = rows["documents"][0]
    report = printed(document, lambda _, name: rows.get(name, []))
    return list(check(report, lambda name: rows.get(name, []), DICTIONARY, Rules((entry,))))


DOUBT = {"review_reason": "uncertain"}
ABSENT = put("attendance", 0, mark="NO", attended=False)  # row 1, column 1
UNBORN = next(e for e in DICTIONARY.entities if e.evidence == "verified" and e.validity.first)
BEFORE = UNBORN.validity.first.replace(year=UNBORN.validity.first.year - 1) if UNBORN.validity.first else FIRST
# rule → what breaks it, where the finding points (row, column, item), and what makes the same doubtful
BROKEN: dict[str, tuple[Change, tuple[object, ...], Change]] = {
    "TOTAL_ABOVE_SESSIONS": (
        put("attendees", 1, total_printed=3),
        (2, None, None),
        put("attendees", 1, total_printed=3, review_reason="uncertain_total"),
    ),
    "MULTIPLE_SECRETARIES": (
        put("attendees", 2, role="S"),
        (2, None, None),
        put("attendees", 2, role="S", review_reason="uncertain_role"),
    ),
    "CHAIR_ABSENT": (ABSENT, (1, 1, None), put("attendance", 0, mark="NO", **DOUBT)),
    "DATES_OUT_OF_ORDER": (
        put("sessions", 1, date=date(2025, 2, 1)),
        (None, 2, None),
        put("sessions", 1, date=date(2025, 2, 1), review_reason="date_conflict"),
    ),
    "FUNCTIONS_SATURATED": (
        every("function_sessions", mark="SI"),
        (None, None, None),
        both(every("function_sessions", mark="SI"), put("function_sessions", 3, mark="SI", **DOUBT)),
    ),
    "QUORUM": (
        both(ABSENT, put("attendance", 2, mark="NO")),  # rows 1 and 2 of three, column 1
        (None, 1, None),
        both(ABSENT, put("attendance", 2, mark="NO", **DOUBT)),
    ),
    "BEHIND_PLAN": (
        put("documents", 0, ordinary_held=1),
        (None, None, None),
        put("documents", 0, ordinary_held=1, review_reason="sessions_declared_unclear"),
    ),
    "FEW_SESSIONS": (
        put("documents", 0, ordinary_held=3, quarter=4),
        (None, None, None),
        put("documents", 0, ordinary_held=3, quarter=4, review_reason="sessions_declared_unclear"),
    ),
    "ENTITY_NOT_IN_FORCE": (
        both(put("attendees", 2, entity_id=UNBORN.entity_id), put("sessions", 0, date=BEFORE)),
        (3, 1, None),
        both(
            put("attendees", 2, entity_id=UNBORN.entity_id, review_reason="entity_ambiguous"),
            put("sessions", 0, date=BEFORE),
        ),
    ),
    "DELEGATION_WITHOUT_ACT": (
        put("attendees", 2, position="Asesor (delegado)"),
        (3, None, None),
        put("attendees", 2, position="Asesor (delegado)", review_reason="position_cut"),
    ),
    "REPORT_BEFORE_CLOSE": (
        paragraph("Bogotá D.C., 20 de junio de 2025"),
        (None, None, "2025-06-20"),
        both(
            paragraph("Bogotá D.C., 20 de junio de 2025"),
            put("documents", 0, review_reason="period_unclear", confidence=0.3),
        ),
    ),
    "PRESIDENT_DELEGATED": (
        both(put("documents", 0, instancia_id=SOCIAL_POLICY), put("attendees", 0, position="Asesora")),
        (1, None, None),
        both(
            put("documents", 0, instancia_id=SOCIAL_POLICY),
            put("attendees", 0, position="Asesora", review_reason="position_cut"),
        ),
    ),
    "NARRATIVE_ARITHMETIC": (
        paragraph("Se cumplieron 9 de 11 metas (90 %)."),
        (None, None, "9 de 11"),
        paragraph("Se cumplieron 9 de 11 metas (81,8 %)."),  # the correct account: running text is never for review
    ),
    "SIGNATORY_MISMATCH": (
        put("signatories", 0, entity_id="sdh"),
        (1, None, "president"),
        put("signatories", 0, entity_id="sdh", **DOUBT),
    ),
}


def test_every_rule_has_its_case_its_check_and_is_switched_as_its_ground_allows() -> None:
    rules = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))["rule"]
    assert {rule["id"] for rule in rules} == set(BROKEN) == set(CHECKS)
    assert {rule["fact"] for rule in rules} <= {f"C{n}" for n in range(1, 35)}
    unread = [rule["id"] for rule in rules if rule["source"] == "M" or "no se ha leído" in rule["checks"]]
    assert {"QUORUM", "FEW_SESSIONS", "DELEGATION_WITHOUT_ACT"} <= set(unread)
    assert not [rule["id"] for rule in rules if rule["id"] in unread and rule["enabled"]]


@pytest.mark.parametrize("rule", BROKEN)
def test_a_rule_finds_what_breaks_it_and_says_where(rule: str) -> None:
    change, place, _ = BROKEN[rule]
    (row,) = found(rule, change)
    (entry,) = (r for r in shipped().every if r.id == rule)
    assert (row["code"], row["severity"]) == (rule, entry.severity)
    assert (row["rule"], row["rule_source"]) == (entry.fact, entry.source)
    assert (row["row"], row["column"], row["item"]) == place
    assert str(row["message"]).endswith(".")


@pytest.mark.parametrize("rule", BROKEN)
def test_a_rule_is_silent_where_all_is_well_or_in_doubt(rule: str) -> None:
    assert found(rule) == []
    assert found(rule, BROKEN[rule][2]) == []


@pytest.mark.parametrize("rule", BROKEN)
def test_a_failed_report_breaks_no_rule(rule: str) -> None:
    assert found(rule, BROKEN[rule][0], put("documents", 0, status="failed")) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Bogotá D.C., 20 de junio de 2025", True),
        ("Fecha de elaboración: 01/04/2025", True),
        ("Bogotá D.C., 30 de junio de 2025", False),  # the day on which the quarter closes
        ("Bogotá D.C., 4 de julio de 2025", False),
        ("Bogotá D.C., 20 de junio de 2024", False),  # of another year: a norm's, or a slip
        ("Se reunió el 20 de junio de 2025 en Bogotá.", False),  # within a sentence
        ("Fecha: 2O/O6/2O25", False),  # only readable by repair
    ],
)
def test_a_report_is_dated_before_its_period_closed_only_by_a_line_that_dates_it(text: str, told: bool) -> None:
    assert bool(found("REPORT_BEFORE_CLOSE", paragraph(text))) == told


def test_a_report_of_the_last_quarter_closes_with_the_year() -> None:
    late = put("documents", 0, quarter=4)
    assert found("REPORT_BEFORE_CLOSE", late, paragraph("Bogotá D.C., 20 de diciembre de 2025"))
    assert not found("REPORT_BEFORE_CLOSE", late, paragraph("Bogotá D.C., 31 de diciembre de 2025"))


def test_numbers_of_a_rule_are_those_of_its_entry() -> None:
    held = both(ABSENT, put("attendance", 2, mark="NO"))
    rows = base()
    held(rows)
    (quorum,) = (r for r in shipped().every if r.id == "QUORUM")
    report = printed(rows["documents"][0], lambda _, name: rows.get(name, []))
    low = replace(quorum, enabled=True, values={"share": 0.3})
    assert list(check(report, lambda name: rows.get(name, []), DICTIONARY, Rules((low,)))) == []


def test_a_president_whose_role_is_in_doubt_delegates_nothing() -> None:
    body = put("documents", 0, instancia_id=SOCIAL_POLICY)
    assert not found(
        "PRESIDENT_DELEGATED", body, put("attendees", 0, position="Asesora", review_reason="uncertain_role")
    )


def test_mayors_are_known_though_misread() -> None:
    assert checks._is_mayor("alcaide")
    assert not checks._is_mayor("asesora")

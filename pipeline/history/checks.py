"""What each switchable rule finds in one report. As every finding, one rests on values that are beyond doubt."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, cast

from rapidfuzz import fuzz

from dictionaries.records import Dictionary
from parsers.dates import parse_date
from parsers.findings import doubts
from parsers.text import fold
from pipeline.history.facts import (
    QUARTERS,
    Printed,
    day,
    finding,
    has_role,
    integer,
    is_clear,
    is_dated,
    is_named,
    is_placed,
)
from pipeline.history.rules import Rule, Rules
from pipeline.rows import Row

MEMBERS = ("P", "S", "I")
MAYOR = 80  # of 100, how like «alcalde» a word must be to be it misread
_ISSUED = r"bogot[aá],?\s*d\.?\s*c\.?,?|fecha(?: de (?:elaboraci[oó]n|expedici[oó]n|firma))?:?"
_DATED = re.compile(rf"(?i)^\s*(?:{_ISSUED})\s*(.+)$")
_SHARE = re.compile(r"\b(\d{1,4}) de (?:las |los |un total de )?(\d{1,4})\b[^.%\d]{0,40}\(?(\d{1,3}(?:[.,]\d+)?) ?%")


@dataclass(frozen=True)
class Case:
    """One report under one rule. `rows_of`: its rows of any table."""

    document: Row
    report: Printed
    rows_of: Callable[[str], list[Row]]
    dictionary: Dictionary
    rule: Rule

    @cached_property
    def dated(self) -> list[Row]:
        """Its session columns with a date; none where any date of the matrix is in doubt."""
        held = self.report.held
        return list(held) if all(map(is_dated, held)) else []

    def value(self, name: str) -> Any:
        return self.rule.values[name]

    def found(self, message: str, place: Row | None = None, **where: Any) -> Row:
        row = finding(self.rule.id, self.document, message, place, **where)
        return row | {"severity": self.rule.severity, "rule": self.rule.fact, "rule_source": self.rule.source}


def check(report: Printed, rows_of: Callable[[str], list[Row]], dictionary: Dictionary, rules: Rules) -> Iterator[Row]:
    """What the enabled rules find, as rows of `findings` without their numbers."""
    (document, *_) = rows_of("documents") or [report.document]
    if document["status"] == "failed":
        return
    for rule in rules.enabled:
        yield from CHECKS[rule.id](Case({**document, **report.document}, report, rows_of, dictionary, rule))


def _counted(case: Case, *names: str) -> list[int] | None:
    """Sessions as declared, None where a number is missing or in doubt."""
    reasons = str(case.document["review_reason"] or "").split(";")
    doubted = any(reason.startswith(("sessions", "more_held_than_planned")) for reason in reasons)
    values = [case.document[name] for name in names]
    return None if doubted or None in values else [integer(v) for v in values]


# ---------------------------------------------------------------- sessions and totals


def _totals(case: Case) -> Iterator[Row]:
    held = _counted(case, "ordinary_held", "extraordinary_held")
    rows = [r for r in case.report.lines if r["total_printed"] is not None and not doubts(_reason(r), "total")]
    above = [r for r in rows if held and integer(r["total_printed"]) > sum(held)]
    if above:
        most = max(integer(r["total_printed"]) for r in above)
        shown = ", ".join(str(r["row"]) for r in above)
        message = f"Se declaran {sum(held or ())} sesiones realizadas y hay totales impresos de hasta {most} "
        message += f"(filas {shown})."
        yield case.found(message, above[0], table="attendees", row=above[0]["row"])


def _order(case: Case) -> Iterator[Row]:
    for before, after in zip(case.dated, case.dated[1:], strict=False):
        if cast(date, after["date"]) <= cast(date, before["date"]):
            message = f"Columna {after['column']}: la sesión del {day(after['date'])} está después de la del "
            message += f"{day(before['date'])}."
            yield case.found(message, after, table="sessions", column=after["column"])


def _plan(case: Case) -> Iterator[Row]:
    declared, quarter = _counted(case, "ordinary_held", "ordinary_planned"), case.document["quarter"]
    if not declared or quarter is None or not is_placed(case.document):
        return
    if declared[0] < declared[1] * integer(quarter) / QUARTERS:
        message = f"Al trimestre {quarter} van {declared[0]} sesiones ordinarias de {declared[1]} programadas."
        yield case.found(message, table="documents")


def _few(case: Case) -> Iterator[Row]:
    declared = _counted(case, "ordinary_held")
    closes = case.document["quarter"] == 4 or case.document["period_kind"] == "year"
    if declared and closes and is_placed(case.document) and declared[0] < case.value("least"):
        message = f"El año cierra con {declared[0]} sesiones ordinarias; el mínimo configurado es "
        message += f"{case.value('least')}."
        yield case.found(message, table="documents")


# ---------------------------------------------------------------- who sits and who came


def _reason(row: Row) -> str | None:
    return cast(str | None, row["review_reason"])


def _name(line: Row) -> str:
    return str(line["entity"] or line["entity_raw"] or "sin entidad legible")


def _secretaries(case: Case) -> Iterator[Row]:
    rows = [r for r in case.report.lines if has_role(r) and r["role"] == "S"]
    if len(rows) > 1:
        shown = "; ".join(f"fila {r['row']}, «{_name(r)}»" for r in rows)
        yield case.found(f"Más de una fila tiene el rol S: {shown}.", rows[0], table="attendees", row=rows[0]["row"])


def _chair(case: Case) -> Iterator[Row]:
    for line in case.report.lines:
        for column in case.dated if has_role(line) and line["role"] in ("P", "S") else ():
            cell = case.report.at.get((integer(line["row"]), integer(column["column"])))
            if cell and is_clear(cell) and cell["mark"] == "NO":
                message = f"«{_name(line)}» (rol {line['role']}) no asistió a la sesión del {day(column['date'])}."
                yield case.found(message, cell, table="attendance", row=cell["row"], column=cell["column"])


def _quorum(case: Case) -> Iterator[Row]:
    if not all(map(has_role, case.report.lines)):
        return
    members = [integer(r["row"]) for r in case.report.lines if r["role"] in MEMBERS]
    for column in case.dated if members else ():
        cells = [case.report.at.get((row, integer(column["column"]))) for row in members]
        present = sum(c is not None and c["mark"] == "SI" for c in cells)
        if all(map(is_clear, cells)) and present < case.value("share") * len(members):
            message = f"Sesión del {day(column['date'])}: asistieron {present} de {len(members)} miembros (P, S, I)."
            yield case.found(message, column, table="sessions", column=column["column"])


def _in_force(case: Case) -> Iterator[Row]:
    for line in case.report.lines:
        entity = case.dictionary.entity(str(line["entity_id"])) if line["entity_id"] and is_named(line) else None
        if entity is None or entity.evidence != "verified":
            continue
        for column in case.dated:
            if not entity.validity.holds(cast(date, column["date"])):
                message = f"«{_name(line)}» no existía el {day(column['date'])}, según el diccionario."
                yield case.found(message, line, table="attendees", row=line["row"], column=column["column"])


def _delegation(case: Case) -> Iterator[Row]:
    for line in case.report.lines:
        position = "" if doubts(_reason(line), "position") else str(line["position"] or "")
        if "deleg" in fold(position) and not re.search(r"\d+.*\b(?:19|20)\d\d\b", position):
            message = f"«{_name(line)}»: «{position}» no cita número y año del acto de delegación."
            yield case.found(message, line, table="attendees", row=line["row"])


def _president(case: Case) -> Iterator[Row]:
    if case.document["instancia_id"] not in case.value("bodies") or not is_placed(case.document):
        return
    for line in case.report.lines:
        words = fold(str(line["position"] or "")).split()
        sure = has_role(line) and not doubts(_reason(line), "position")
        if sure and line["role"] == "P" and words and not any(_is_mayor(w) for w in words):
            message = f"Preside «{line['position']}»; {case.rule.checks[0].lower()}{case.rule.checks[1:]}"
            yield case.found(message, line, table="attendees", row=line["row"])


def _is_mayor(word: str) -> bool:
    return max(fuzz.ratio(word, "alcalde"), fuzz.ratio(word, "alcaldesa")) >= MAYOR


# ---------------------------------------------------------------- functions, narrative, signatures


def _saturated(case: Case) -> Iterator[Row]:
    cells = [c for c in case.rows_of("function_sessions") if c["mark"] != "-" or c["needs_review"]]
    functions, columns = {c["function"] for c in cells}, {c["column"] for c in cells}
    enough = len(functions) >= case.value("least_functions") and len(columns) >= case.value("least_sessions")
    if enough and all(is_clear(c) and c["mark"] == "SI" for c in cells):
        message = f"Las {len(functions)} funciones figuran abordadas en las {len(columns)} sesiones: no distingue nada."
        yield case.found(message, table="functions")


def _before_close(case: Case) -> Iterator[Row]:
    """A date that a line of its own gives, read without any repair, earlier than the last day of the period."""
    if not is_placed(case.document):
        return
    quarter_after = date(integer(case.document["year"]) + case.report.span[1] // 4, case.report.span[1] % 4 * 3 + 1, 1)
    closes = quarter_after - timedelta(days=1)
    for row in (*case.rows_of("sections"), *case.rows_of("residuals")):
        for line in str(row["text"] or "").splitlines():
            match = _DATED.match(line)
            read = parse_date(match[1]) if match and len(line) < 60 else None
            if read and read[1] == 1.0 and read[0].year == closes.year and read[0] < closes:
                message = f"El informe está fechado el {day(read[0])}, antes de que cerrara su periodo ({day(closes)})."
                yield case.found(message, row, table="documents", item=read[0].isoformat())
                return


def _arithmetic(case: Case) -> Iterator[Row]:
    for row in case.rows_of("sections"):
        for part, whole, said in _SHARE.findall(" ".join(str(row["text"] or "").split())):
            true = 100 * int(part) / int(whole) if int(whole) else 0.0
            if int(whole) and abs(true - float(said.replace(",", "."))) > case.value("tolerance"):
                message = f"«{part} de {whole}» son {true:.1f} %; el texto dice {said} %.".replace(".", ",", 1)
                yield case.found(message, row, table="sections", item=f"{part} de {whole}")


def _signatories(case: Case) -> Iterator[Row]:
    roles = {"president": "P", "technical_secretary": "S"}
    for row in case.rows_of("signatories"):
        role = roles.get(str(row["signs_as"]))
        seats = [r for r in case.report.lines if has_role(r) and is_named(r) and r["role"] == role and r["entity_id"]]
        signs = row["entity_id"] if not row["needs_review"] else None
        if signs and len(seats) == 1 and seats[0]["entity_id"] != signs:
            message = f"Firma «{row['entity']}» y en la matriz el rol {role} es de «{_name(seats[0])}»."
            yield case.found(message, row, table="signatories", row=seats[0]["row"], item=str(row["signs_as"]))


CHECKS: dict[str, Callable[[Case], Iterator[Row]]] = {
    "TOTAL_ABOVE_SESSIONS": _totals,
    "MULTIPLE_SECRETARIES": _secretaries,
    "CHAIR_ABSENT": _chair,
    "DATES_OUT_OF_ORDER": _order,
    "FUNCTIONS_SATURATED": _saturated,
    "QUORUM": _quorum,
    "BEHIND_PLAN": _plan,
    "FEW_SESSIONS": _few,
    "ENTITY_NOT_IN_FORCE": _in_force,
    "DELEGATION_WITHOUT_ACT": _delegation,
    "REPORT_BEFORE_CLOSE": _before_close,
    "PRESIDENT_DELEGATED": _president,
    "NARRATIVE_ARITHMETIC": _arithmetic,
    "SIGNATORY_MISMATCH": _signatories,
}

"""What is wrong or odd in one report by itself, as coded findings for the auditor.

A finding rests on values that are read beyond doubt: where a value it needs asks for review, there is none. Values that
contradict one another doubt one another, and are for review if only their probability is short of what the stated risk
asks for; as long as all of them together are likely enough to be as printed (FIRM), they bear the finding nevertheless.
What only a series of reports shows is found where the reports meet (`pipeline.history.record`).
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from ocr.records import Place
from parsers.records import Attendee, Certainty, Finding, Function, Mark, MatrixKind, Report, Session

SEVERITIES = {
    "TOTAL_MISMATCH": "error",
    "ADDRESSED_MISMATCH": "error",
    "DATE_OUTSIDE_QUARTER": "warning",
    "DATE_CONFLICT": "error",
    "SESSION_COUNT_MISMATCH": "error",
    "MARK_WITHOUT_SESSION": "error",
    "MARK_MISSING": "warning",
    "UNKNOWN_ENTITY": "warning",
    "ENTITY_OUTSIDE_SECTOR": "warning",
    "FORMER_NAME": "info",
    "DUPLICATE_ENTITY": "warning",
    "ROLE_MISSING": "warning",
    "NO_PRESIDENT": "error",
    "MULTIPLE_PRESIDENTS": "error",
    "NO_TECHNICAL_SECRETARY": "error",
    "NOT_PUBLISHED": "warning",
    "HISTORY_CONFLICT": "error",
    "MISSING_REPORT": "warning",
    "DUPLICATE_REPORT": "warning",
}

# the rule of docs/findings.md that a code says is broken, and what that rule rests on: V a norm that was read, S the
# form itself, I inferred from practice, dictionary; codes without a rule are not here
GROUNDS = {
    "TOTAL_MISMATCH": ("C1", "S"),
    "ADDRESSED_MISMATCH": ("C13", "S"),
    "DATE_OUTSIDE_QUARTER": ("C10", "S/V"),
    "DATE_CONFLICT": ("C9", "S"),
    "SESSION_COUNT_MISMATCH": ("C3", "S"),
    "MARK_WITHOUT_SESSION": ("C12", "S"),
    "MARK_MISSING": ("C12", "S"),
    "ENTITY_OUTSIDE_SECTOR": ("C23", "dictionary"),
    "FORMER_NAME": ("C23", "dictionary"),
    "DUPLICATE_ENTITY": ("C24", "S"),
    "ROLE_MISSING": ("C7", "S"),
    "NO_PRESIDENT": ("C5", "S/I"),
    "MULTIPLE_PRESIDENTS": ("C5", "S/I"),
    "NO_TECHNICAL_SECRETARY": ("C5", "S/I"),
    "NOT_PUBLISHED": ("C26", "S"),
    "HISTORY_CONFLICT": ("C19", "S/I"),
    "MISSING_REPORT": ("C28", "V/I"),
}

# a record's review reasons, joined by ";", name the value that they doubt: "entity_ambiguous", "uncertain_total"
_SUBJECTS = {s: s for s in ("entity", "sector", "role", "total", "position", "text", "addressed")} | {"seat": "entity"}

SHORT_OF_SURE = frozenset({  # reasons that say no more than that a probability is too small
    "uncertain_mark", "uncertain_role", "uncertain_total", "uncertain_addressed", "date_uncertain",
    "sessions_declared_unclear", "publication_unclear",
})  # fmt: skip
FIRM = 0.9  # probability that all values that contradict one another are as printed; a report errs in one row of thirty

_MATRIX_NAMES = {
    MatrixKind.ATTENDANCE: "asistencia",
    MatrixKind.FUNCTIONS_GENERAL: "funciones generales",
    MatrixKind.FUNCTIONS_SPECIFIC: "funciones específicas",
}
_ITEM_NAMES = {
    "normas_de_creacion": "las normas de creación",
    "reglamento_interno": "el reglamento interno",
    "actas_con_sus_anexos": "las actas con sus anexos",
    "informe_de_gestion": "el informe de gestión",
}


def check(report: Report, entity_sectors: Mapping[str, str] | None = None) -> tuple[Finding, ...]:
    """All findings that one report shows by itself, rule by rule, each in document order.

    `entity_sectors`: entity_id → sector_id as the dictionary has it at the report's date, for ENTITY_OUTSIDE_SECTOR.
    """
    found = [finding for rule in _RULES for finding in rule(report)]
    return (*found, *_outside_sector(report, entity_sectors or {}))


def _finding(code: str, message: str, places: Sequence[Place] = (), **where: str | int | None) -> Finding:
    page = places[0].page if places else None
    return Finding(code, SEVERITIES[code], message, page=page, places=tuple(places), **where)  # type: ignore[arg-type]


def is_firm(*certainties: Certainty) -> bool:
    """Whether values bear a finding together: doubted for their probability alone, and likely enough, all of them."""
    doubted = [c for c in certainties if c.needs_review]
    return all(c.review_reason in SHORT_OF_SURE for c in doubted) and (
        math.prod(c.confidence or 0.0 for c in doubted) >= FIRM
    )


def doubts(reason: str | None, *about: str) -> bool:
    """Whether a review reason doubts any of a record's values named in `about`; one that names no value doubts all."""
    named = [{_SUBJECTS[w] for w in re.findall(r"[a-z]+", r) if w in _SUBJECTS} for r in (reason or "").split(";") if r]
    return any(not subjects or subjects & set(about) for subjects in named)


def _sure(certainty: Certainty, *about: str) -> bool:
    """Whether nothing doubts the record's values named in `about`."""
    return not doubts(certainty.review_reason, *about)


def _part(attendee: Attendee, own: Certainty, subject: str) -> Certainty:
    """How sure one of a row's values is; a doubt about the row as a whole is one about each of them."""
    if own.needs_review or _sure(attendee.certainty, subject):
        return own
    return attendee.certainty


def _about(certainty: Certainty, subject: str) -> str | None:
    """The first of a record's review reasons that doubts one of its values."""
    reasons = (certainty.review_reason or "").split(";")
    return next((r for r in reasons if r and (subject in r or not set(_SUBJECTS) & set(r.split("_")))), None)


def _name(attendee: Attendee) -> str:
    return attendee.entity or " ".join(attendee.entity_raw.split()) or "sin entidad legible"


def _sessions(report: Report, matrix: MatrixKind) -> tuple[Session, ...]:
    return tuple(s for s in report.sessions if s.matrix == matrix)


# ---------------------------------------------------------------- rows against their own sums


def _totals(report: Report) -> Iterator[Finding]:
    for a in report.attendees:
        total = _part(a, a.total_certainty, "total")
        if a.total_printed is None or not is_firm(total, *(m.certainty for m in a.marks)):
            continue
        if all(m.value for m in a.marks) and a.total_printed != a.total_computed:
            message = f"«{_name(a)}»: el total impreso es {a.total_printed} y las asistencias marcadas son "
            message += f"{a.total_computed}."
            yield _finding("TOTAL_MISMATCH", message, a.certainty.places, table="attendees", row=a.row)


def _addressed(report: Report) -> Iterator[Finding]:
    for f in report.functions:
        said = replace(f.certainty, review_reason=_about(f.certainty, "addressed"))
        if f.addressed_printed is None:
            continue
        certain_yes = any(m.value == "SI" and is_firm(said, m.certainty) for m in f.marks)
        certain_no = all(m.value for m in f.marks) and is_firm(said, *(m.certainty for m in f.marks))
        if not certain_yes and (not certain_no or any(m.value == "SI" for m in f.marks)):
            continue
        if (f.addressed_printed == "SI") != certain_yes:
            yield _finding("ADDRESSED_MISMATCH", _addressed_message(f, certain_yes), f.certainty.places,
                           table="functions", function=f.function)  # fmt: skip


def _addressed_message(function: Function, addressed: bool) -> str:
    marked = "al menos una sesión la marca SI" if addressed else "ninguna sesión la marca SI"
    return f"Función {function.function}: «se abordó» dice {function.addressed_printed}, pero {marked}."


# ---------------------------------------------------------------- sessions and their dates


def _outside_quarter(report: Report) -> Iterator[Finding]:
    if report.year is None or "year" in (report.certainty.review_reason or ""):
        return
    for s in _sessions(report, MatrixKind.ATTENDANCE):
        if s.date is None or s.quarter is None or not is_firm(s.certainty):
            continue
        if (s.date.year, (s.date.month - 1) // 3 + 1) != (report.year, s.quarter):
            message = f"Columna {s.column}: la sesión del {s.date:%d/%m/%Y} no cae en el trimestre {s.quarter} "
            message += f"de {report.year}."
            yield _finding("DATE_OUTSIDE_QUARTER", message, s.certainty.places,
                           table=MatrixKind.ATTENDANCE.value, column=s.column)  # fmt: skip


def _date_conflicts(report: Report) -> Iterator[Finding]:
    attendance = _sessions(report, MatrixKind.ATTENDANCE)
    for matrix in (MatrixKind.FUNCTIONS_GENERAL, MatrixKind.FUNCTIONS_SPECIFIC):
        others = _sessions(report, matrix)
        if len(others) != len(attendance):
            continue  # columns cannot be told to be the same
        for ours, theirs in zip(attendance, others, strict=True):
            if not is_firm(ours.certainty, theirs.certainty) or not ours.date or not theirs.date:
                continue
            if ours.date != theirs.date:
                message = f"Columna {theirs.column}: la matriz de {_MATRIX_NAMES[matrix]} dice {theirs.date:%d/%m/%Y} "
                message += f"y la de asistencia {ours.date:%d/%m/%Y}."
                yield _finding("DATE_CONFLICT", message, theirs.certainty.places,
                               table=matrix.value, column=theirs.column)  # fmt: skip


def _session_count(report: Report) -> Iterator[Finding]:
    counts = (report.fields.ordinary, report.fields.extraordinary)
    sessions = _sessions(report, MatrixKind.ATTENDANCE)
    rests_on = (*(x.certainty for x in counts), *(s.certainty for s in sessions))
    held = [c.held for c in counts if c.held is not None]
    if not is_firm(*rests_on) or len(held) < len(counts) or not sessions:
        return
    dated = sum(s.date is not None for s in sessions)
    if sum(held) != dated:
        message = f"Se declaran {sum(held)} sesiones realizadas ({held[0]} ordinarias y {held[1]} extraordinarias); "
        message += f"la matriz de asistencia tiene {dated} con fecha."
        yield _finding("SESSION_COUNT_MISMATCH", message, counts[0].certainty.places, table="documents")


def _marks_against_sessions(report: Report) -> Iterator[Finding]:
    columns = {s.column: s for s in _sessions(report, MatrixKind.ATTENDANCE)}
    for a in report.attendees:
        for code, column, message in _odd_marks(a.marks, columns):
            yield _finding(code, f"«{_name(a)}», columna {column}: {message}", a.certainty.places,
                           table="attendance", row=a.row, column=column)  # fmt: skip
    for f in report.functions:
        columns = {s.column: s for s in _sessions(report, MatrixKind(f"functions_{f.scope}"))}
        for code, column, message in _odd_marks(f.marks, columns):
            yield _finding(code, f"Función {f.function}, columna {column}: {message}", f.certainty.places,
                           table="function_sessions", function=f.function, column=column)  # fmt: skip


def _odd_marks(marks: Sequence[Mark], columns: Mapping[int, Session]) -> Iterator[tuple[str, int, str]]:
    for column, mark in enumerate(marks, 1):
        session = columns.get(column)
        if session is None or session.certainty.needs_review or mark.certainty.needs_review:
            continue
        if session.date is None and mark.value in ("SI", "NO"):
            yield "MARK_WITHOUT_SESSION", column, f"dice {mark.value}, pero la columna no tiene fecha de sesión."
        if session.date is not None and mark.value in (None, "-"):
            shown = "está en blanco" if mark.value is None else "tiene un guion"
            yield "MARK_MISSING", column, f"{shown}, pero hubo sesión el {session.date:%d/%m/%Y}."


# ---------------------------------------------------------------- who sits at the table


def _entities(report: Report) -> Iterator[Finding]:
    for a in report.attendees:
        if not _sure(a.certainty, "entity"):
            continue
        if a.entity_id is None and a.entity_raw.strip():
            message = f"«{_name(a)}» no está en el diccionario de entidades."
            yield _finding("UNKNOWN_ENTITY", message, a.certainty.places, table="attendees", row=a.row)
        if a.former_name:
            message = f"El informe usa «{a.former_name}», nombre anterior de «{a.entity}»."
            yield _finding("FORMER_NAME", message, a.certainty.places, table="attendees", row=a.row)


def _outside_sector(report: Report, entity_sectors: Mapping[str, str]) -> Iterator[Finding]:
    for a in report.attendees:
        expected = entity_sectors.get(a.entity_id or "")
        if expected and a.sector_id and a.sector_id != expected and _sure(a.certainty, "entity", "sector"):
            message = f"«{_name(a)}» aparece bajo el sector «{a.sector}», que no es el suyo."
            yield _finding("ENTITY_OUTSIDE_SECTOR", message, a.certainty.places, table="attendees", row=a.row)


def _duplicates(report: Report) -> Iterator[Finding]:
    seats: dict[str, list[Attendee]] = defaultdict(list)
    for a in report.attendees:
        if a.entity_id and _sure(a.certainty, "entity", "role"):
            seats[a.entity_id].append(a)
    for first, *others in seats.values():
        for a in others:
            message = f"«{_name(a)}» ya ocupa la fila {first.row} (rol {first.role or 'sin indicar'}); "
            message += f"aquí su rol es {a.role or 'sin indicar'}."
            found = _finding("DUPLICATE_ENTITY", message, a.certainty.places, table="attendees", row=a.row)
            two_seats = first.role and a.role and first.role != a.role
            yield replace(found, severity="info") if two_seats else found


def _roles(report: Report) -> Iterator[Finding]:
    attendees = report.attendees
    for a in attendees:
        if a.role is None and _sure(a.certainty, "role"):
            yield _finding("ROLE_MISSING", f"«{_name(a)}» no tiene rol.", a.certainty.places,
                           table="attendees", row=a.row)  # fmt: skip
    places = attendees[0].certainty.places if attendees else ()
    presidents = [a for a in attendees if a.role == "P" and _sure(a.certainty, "role")]
    if len(presidents) > 1:
        message = "Hay más de un presidente (rol P): " + "; ".join(f"fila {a.row}, «{_name(a)}»" for a in presidents)
        yield _finding("MULTIPLE_PRESIDENTS", message + ".", places, table="attendees")
    if not attendees or not is_firm(*(_part(a, a.role_certainty, "role") for a in attendees)):
        return
    if not presidents:
        yield _finding("NO_PRESIDENT", "Ninguna fila tiene el rol P (presidente).", places, table="attendees")
    if all(a.role != "S" for a in attendees):
        message = "Ninguna fila tiene el rol S (secretaría técnica)."
        yield _finding("NO_TECHNICAL_SECRETARY", message, places, table="attendees")


# ---------------------------------------------------------------- publication


def _publications(report: Report) -> Iterator[Finding]:
    for p in report.fields.publications:
        if p.published is False and is_firm(p.certainty):
            message = f"El informe declara que no publicó {_ITEM_NAMES.get(p.item, p.item)}."
            yield _finding("NOT_PUBLISHED", message, p.certainty.places, table="publications", item=p.item)


_RULES: tuple[Callable[[Report], Iterator[Finding]], ...] = (
    _totals,
    _addressed,
    _outside_quarter,
    _date_conflicts,
    _session_count,
    _marks_against_sessions,
    _entities,
    _duplicates,
    _roles,
    _publications,
)

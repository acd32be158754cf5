"""What is wrong or odd in one report by itself: rows against their sums, who sits at the table, what was published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from parsers import session_checks
from parsers.findings import about, finding, is_firm, is_sure, is_told, name_of, part
from parsers.records import Attendee, Finding, Function, Report

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
    found = [x for rule in _RULES for x in rule(report)]
    return (*found, *_outside_sector(report, entity_sectors or {}))


# ---------------------------------------------------------------- rows against their own sums


def _totals(report: Report) -> Iterator[Finding]:
    for a in report.attendees:
        total = part(a, a.total_certainty, "total")
        if a.total_printed in (None, a.total_computed) or not all(m.value for m in a.marks):
            continue
        if is_told(a.total_belied, total, *(m.certainty for m in a.marks)):
            message = f"«{name_of(a)}»: el total impreso es {a.total_printed} y las asistencias marcadas son "
            message += f"{a.total_computed}."
            yield finding("TOTAL_MISMATCH", message, a.certainty.places, table="attendees", row=a.row)


def _addressed(report: Report) -> Iterator[Finding]:
    for f in report.functions:
        said = replace(f.certainty, review_reason=about(f.certainty, "addressed"))
        yes = [m for m in f.marks if m.value == "SI"]
        if f.addressed_printed is None or (f.addressed_printed == "SI") == bool(yes):
            continue
        shown = any(is_told(f.addressed_belied, said, m.certainty) for m in yes)  # one SI is enough, of NO it takes all
        none = not yes and all(m.value for m in f.marks)
        if shown or (none and is_told(f.addressed_belied, said, *(m.certainty for m in f.marks))):
            yield finding("ADDRESSED_MISMATCH", _addressed_message(f, bool(yes)), f.certainty.places,
                          table="functions", function=f.function)  # fmt: skip


def _addressed_message(function: Function, addressed: bool) -> str:
    marked = "al menos una sesión la marca SI" if addressed else "ninguna sesión la marca SI"
    return f"Función {function.function}: «se abordó» dice {function.addressed_printed}, pero {marked}."


# ---------------------------------------------------------------- who sits at the table


def _entities(report: Report) -> Iterator[Finding]:
    for a in report.attendees:
        if not is_sure(a.certainty, "entity"):
            continue
        if a.entity_id is None and a.entity_raw.strip():
            message = f"«{name_of(a)}» no está en el diccionario de entidades."
            yield finding("UNKNOWN_ENTITY", message, a.certainty.places, table="attendees", row=a.row)
        if a.former_name:
            message = f"El informe usa «{a.former_name}», nombre anterior de «{a.entity}»."
            yield finding("FORMER_NAME", message, a.certainty.places, table="attendees", row=a.row)


def _outside_sector(report: Report, entity_sectors: Mapping[str, str]) -> Iterator[Finding]:
    if report.unread_matrices:
        return  # rows are missing: a sector's cell may have been another's
    for a in report.attendees:
        expected = entity_sectors.get(a.entity_id or "")
        if expected and a.sector_id and a.sector_id != expected and is_sure(a.certainty, "entity", "sector"):
            message = f"«{name_of(a)}» aparece bajo el sector «{a.sector}», que no es el suyo."
            yield finding("ENTITY_OUTSIDE_SECTOR", message, a.certainty.places, table="attendees", row=a.row)


def _duplicates(report: Report) -> Iterator[Finding]:
    seats: dict[str, list[Attendee]] = defaultdict(list)
    for a in report.attendees:
        if a.entity_id and is_sure(a.certainty, "entity", "role"):
            seats[a.entity_id].append(a)
    for first, *others in seats.values():
        for a in others:
            message = f"«{name_of(a)}» ya ocupa la fila {first.row} (rol {first.role or 'sin indicar'}); "
            message += f"aquí su rol es {a.role or 'sin indicar'}."
            found = finding("DUPLICATE_ENTITY", message, a.certainty.places, table="attendees", row=a.row)
            two_seats = first.role and a.role and first.role != a.role
            yield replace(found, severity="info") if two_seats else found


def _roles(report: Report) -> Iterator[Finding]:
    attendees = report.attendees
    for a in attendees:
        if a.role is None and is_sure(a.certainty, "role"):
            yield finding("ROLE_MISSING", f"«{name_of(a)}» no tiene rol.", a.certainty.places,
                           table="attendees", row=a.row)  # fmt: skip
    places = attendees[0].certainty.places if attendees else ()
    presidents = [a for a in attendees if a.role == "P" and is_sure(a.certainty, "role")]
    if len(presidents) > 1:
        message = "Hay más de un presidente (rol P): " + "; ".join(f"fila {a.row}, «{name_of(a)}»" for a in presidents)
        yield finding("MULTIPLE_PRESIDENTS", message + ".", places, table="attendees")
    if not attendees or report.unread_matrices or not is_firm(*(part(a, a.role_certainty, "role") for a in attendees)):
        return
    if all(a.role != "P" for a in attendees):  # one in doubt is one that may be
        yield finding("NO_PRESIDENT", "Ninguna fila tiene el rol P (presidente).", places, table="attendees")
    if all(a.role != "S" for a in attendees):
        message = "Ninguna fila tiene el rol S (secretaría técnica)."
        yield finding("NO_TECHNICAL_SECRETARY", message, places, table="attendees")


# ---------------------------------------------------------------- publication


def _publications(report: Report) -> Iterator[Finding]:
    for p in report.fields.publications:
        if p.published is False and is_firm(p.certainty):
            message = f"El informe declara que no publicó {_ITEM_NAMES.get(p.item, p.item)}."
            yield finding("NOT_PUBLISHED", message, p.certainty.places, table="publications", item=p.item)


_RULES: tuple[Callable[[Report], Iterator[Finding]], ...] = (
    _totals,
    _addressed,
    session_checks.outside_quarter,
    session_checks.date_conflicts,
    session_checks.session_count,
    session_checks.marks_against_sessions,
    _entities,
    _duplicates,
    _roles,
    _publications,
)

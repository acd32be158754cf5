"""Sorted readings → the report: decoded, linked to the dictionary, and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from dictionaries.load import Dictionary
from ocr.records import InputKind, PageFrame, Place, Reading
from parsers import counts, fields, findings, looks, loose_ends, matrix, sessions
from parsers.entities import EntityLink, Linker
from parsers.labels import SectorLink
from parsers.matrix import DecodedAttendee
from parsers.records import (
    AttendanceMatrix,
    Attendee,
    AttendeeReading,
    Certainty,
    Fields,
    Function,
    FunctionMatrix,
    MatrixKind,
    Report,
    Session,
    Signatory,
    SortedReadings,
)
from parsers.sessions import ColumnDate
from parsers.text import unhyphenate

NO_ATTENDANCE = "attendance_matrix_missing"
NO_FUNCTIONS = "function_matrix_missing"
SILENT_PAGE = "page_without_text"


def build(readings: SortedReadings, dictionary: Dictionary, frames: Sequence[PageFrame]) -> Report:
    """The report that a document's readings make. Doubts stay with the values, faults of the report become findings."""
    said = fields.read_fields(readings.lines)
    readings, unplaced = loose_ends.close(readings, said)
    year, year_doubt = _year(said, readings)
    dates = _dates(readings, year)
    held, functions = _sessions_and_functions(readings, dates)
    linker = Linker(dictionary, _last_day(held, year))
    attendees = _attendees(readings.attendance, [d.held for d in dates[0]], linker, dictionary)
    body = linker.link_instancia(said.instancia_raw)
    said = _checked_fields(said, held, linker, readings.kind)
    report = Report(
        kind=readings.kind,
        pages=tuple(frames),
        fields=said,
        instancia_id=body.instancia_id,
        instancia=body.name or body.text or None,
        year=year,
        certainty=_certainty(said, (body.review_reason, year_doubt), readings),
        sessions=held,
        attendees=attendees,
        functions=functions,
        unread_matrices=readings.unread_matrices,
        looks=looks.looks(readings),
        loose_ends=unplaced,
    )
    report = loose_ends.doubted(report)
    return replace(report, findings=findings.check(report, _numbered_sectors(dictionary)))


def _numbered_sectors(dictionary: Dictionary) -> dict[str, str]:
    """entity_id → sector_id of the entities that belong to a sector of the administration; the others are grouped by
    each report in its own way."""
    numbered = {s.sector_id for s in dictionary.sectors if s.number is not None}
    return {e.entity_id: e.sector_id for e in dictionary.entities if e.sector_id in numbered}


def _checked_fields(said: Fields, held: Sequence[Session], linker: Linker, kind: InputKind) -> Fields:
    """The fields with their entities linked, and their declared sessions held against the dated columns."""
    dated = sum(s.date is not None for s in held if s.matrix is MatrixKind.ATTENDANCE)
    ordinary, extraordinary = counts.held_against((said.ordinary, said.extraordinary), dated, kind)
    signatories = tuple(_linked(s, linker) for s in said.signatories)
    return replace(said, ordinary=ordinary, extraordinary=extraordinary, signatories=signatories)


def _year(said: Fields, readings: SortedReadings) -> tuple[int | None, str | None]:
    """The report's year, printed beside its period or else that of its sessions; and the doubt about it."""
    if said.period.year:
        return said.period.year, None
    attendance = readings.attendance.columns if readings.attendance else ()
    read = sessions.report_year(attendance, [m.columns for m in readings.functions])
    if read is None:
        return None, "year_missing"
    return read.year, None if read.share >= sessions.SURE_YEAR else "year_uncertain"


def _dates(readings: SortedReadings, year: int | None) -> tuple[tuple[ColumnDate, ...], ...]:
    """The days of each matrix's columns: the attendance matrix's first, then the function matrices'."""
    own = readings.attendance.columns if readings.attendance else ()
    return sessions.column_dates([own, *(m.columns for m in readings.functions)], year)


def _last_day(held: Sequence[Session], year: int | None) -> date | None:
    """The day on which the report's names must hold: its last session, else the end of its year."""
    days = [s.date for s in held if s.date and s.matrix is MatrixKind.ATTENDANCE and s.date.year == year]
    return max(days, default=date(year, 12, 31) if year else None)


def _certainty(said: Fields, doubts: Sequence[str | None], readings: SortedReadings) -> Certainty:
    """How sure the report's own fields are: the reasons of all that is doubtful or missing, joined by ";"."""
    parts = (said.period.certainty, said.instancia_certainty, said.ordinary.certainty, said.extraordinary.certainty)
    reasons = [p.review_reason for p in parts]
    reasons += [
        *doubts,
        None if readings.attendance else NO_ATTENDANCE,
        None if readings.functions else NO_FUNCTIONS,
        SILENT_PAGE if readings.silent_pages else None,
    ]
    known = [p.confidence for p in parts if p.confidence is not None]
    told = dict.fromkeys(r for r in reasons if r)
    return Certainty(min(known, default=None), ";".join(told) or None, said.instancia_certainty.places)


# ---------------------------------------------------------------- sessions and functions


def _sessions_and_functions(
    readings: SortedReadings, dates: Sequence[Sequence[ColumnDate]]
) -> tuple[tuple[Session, ...], tuple[Function, ...]]:
    own, *others = dates
    attendance = sessions.attendance_sessions(readings.attendance, own) if readings.attendance else ()
    found = list(attendance)
    functions: list[Function] = []
    for read, said in zip(readings.functions, others, strict=True):
        found += sessions.function_sessions(read, said, attendance)
        functions += _functions(read, [d.held for d in said], len(functions))
    return tuple(found), tuple(functions)


def _functions(read: FunctionMatrix, held: Sequence[float], before: int) -> list[Function]:
    scope = "general" if read.kind is MatrixKind.FUNCTIONS_GENERAL else "specific"
    decoded = matrix.decode_functions(read, held)
    return [
        Function(
            function=before + i,
            scope=scope,
            text=unhyphenate(row.text.text),
            addressed_printed=said.addressed.value,
            marks=said.marks,
            certainty=_joined(
                {"addressed": said.addressed.certainty, "text": _text_certainty(row.text)}, row.text.places
            ),
        )
        for i, (row, said) in enumerate(zip(read.rows, decoded.rows, strict=True), start=1)
    ]


def _text_certainty(reading: Reading) -> Certainty:
    return Certainty(reading.confidence, None if reading.text.strip() else "unreadable", reading.places)


# ---------------------------------------------------------------- attendance


def _attendees(
    read: AttendanceMatrix | None, held: Sequence[float], linker: Linker, dictionary: Dictionary
) -> tuple[Attendee, ...]:
    if read is None:
        return ()
    decoded = matrix.decode_attendance(read, held)
    links = linker.link_rows([(row.entity.text, row.sector.text) for row in read.rows])
    return tuple(
        _attendee(i, row, said, link, linker.link_sector(row.sector.text), dictionary)
        for i, (row, said, link) in enumerate(zip(read.rows, decoded.rows, links, strict=True), start=1)
    )


def _attendee(
    number: int,
    row: AttendeeReading,
    said: DecodedAttendee,
    link: EntityLink,
    sector: SectorLink,
    dictionary: Dictionary,
) -> Attendee:
    sector_id, sector_doubt = _sector(sector, link, dictionary)
    doubts = {
        "entity": Certainty(link.confidence, link.review_reason),
        "sector": Certainty(None, sector_doubt),
        "role": said.role.certainty,
        "total": said.total.certainty,
    }
    return Attendee(
        row=number,
        sector_number=sector.number,
        sector_id=sector_id,
        sector=_sector_name(sector_id, dictionary) or sector.text or None,
        sector_raw=" ".join(row.sector.text.split()),
        entity_id=link.entity_id,
        entity=link.name,
        entity_raw=unhyphenate(row.entity.text),
        entity_score=link.score,
        entity_runner_up=link.runner_up,
        entity_margin=link.margin,
        entity_evidence=link.evidence,
        position=unhyphenate(row.position.text),
        role=said.role.value,
        total_printed=said.total.value,
        marks=said.marks,
        certainty=_joined(doubts, row.entity.places),
        former_name=link.former_name,
    )


def _sector(printed: SectorLink, link: EntityLink, dictionary: Dictionary) -> tuple[str | None, str | None]:
    """The row's sector and the doubt about it: as printed; where that is illegible, the one that its entity is of."""
    entity = dictionary.entity(link.entity_id) if link.entity_id else None
    own = entity.sector_id if entity else None
    if printed.sector_id and (printed.review_reason is None or printed.sector_id == own):
        return printed.sector_id, None
    if own and link.review_reason is None:
        return own, None
    return printed.sector_id, printed.review_reason or "sector_unknown"


def _sector_name(sector_id: str | None, dictionary: Dictionary) -> str | None:
    sector = dictionary.sector(sector_id) if sector_id else None
    return sector.name if sector else None


def _joined(parts: dict[str, Certainty], places: tuple[Place, ...]) -> Certainty:
    """One certainty for a record of several values: the least confidence, and each doubt with the value it is of."""
    known = [c.confidence for c in parts.values() if c.confidence is not None]
    reasons = [
        c.review_reason if name in c.review_reason else f"{name}_{c.review_reason}"
        for name, c in parts.items()
        if c.review_reason
    ]
    return Certainty(min(known, default=None), ";".join(reasons) or None, places)


def _linked(signatory: Signatory, linker: Linker) -> Signatory:
    link = linker.link(signatory.entity_raw)
    if link.entity_id is None or link.review_reason:
        return signatory
    return replace(signatory, entity_id=link.entity_id, entity=link.name)

"""The rows of the attendance matrix, their values linked to the dictionary and each with what it is worth."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from dictionaries.load import Dictionary
from ocr.records import Place, Reading
from parsers.calibration import Judge, ValueKind
from parsers.entities import EntityLink, Linker
from parsers.gaps import UNREAD
from parsers.labels import SectorLink
from parsers.matrix import DecodedAttendance, DecodedAttendee
from parsers.records import AttendanceMatrix, Attendee, AttendeeReading, Certainty, Mark
from parsers.spellings import names_body
from parsers.text import unhyphenate

LEGIBLE = 0.8  # the engine's confidence in a name; of scans none so read was a known one garbled
GARBLED = 0.15  # probability of a new name in a text that names no body: 2 of 14 of drawn texts were


def attendees(
    read: AttendanceMatrix | None,
    decoded: DecodedAttendance | None,
    linker: Linker,
    dictionary: Dictionary,
    judge: Judge,
) -> tuple[Attendee, ...]:
    if read is None or decoded is None:
        return ()
    links = linker.link_rows([(row.entity.text, row.sector.text) for row in read.rows])
    return tuple(
        _attendee(i, row, said, link, linker.link_sector(row.sector.text), dictionary, judge)
        for i, (row, said, link) in enumerate(zip(read.rows, decoded.rows, links, strict=True), start=1)
    )


def _attendee(
    number: int,
    row: AttendeeReading,
    said: DecodedAttendee,
    link: EntityLink,
    sector: SectorLink,
    dictionary: Dictionary,
    judge: Judge,
) -> Attendee:
    sector_id, own_sector = _sector(sector, link, dictionary)
    linked = ValueKind.ENTITY if link.entity_id else ValueKind.UNKNOWN_ENTITY
    own_entity = _own_entity(link, row.entity)
    parts = {
        "entity": judge.stated(linked, _in_its_row(own_entity, row), "entity_doubtful"),
        "sector": judge.stated(ValueKind.SECTOR, _in_its_row(own_sector, row), "sector_doubtful"),
        "role": judge.stated(ValueKind.ROLE, said.role.certainty, "uncertain_role"),
        "total": judge.stated(ValueKind.TOTAL, said.total.certainty, "uncertain_total"),
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
        marks=stated_marks(said.marks, judge),
        certainty=joined(parts, row.entity.places),
        entity_certainty=parts["entity"],
        sector_certainty=parts["sector"],
        role_certainty=parts["role"],
        total_certainty=parts["total"],
        former_name=link.former_name,
        total_belied=said.total.belied,
    )


def _own_entity(link: EntityLink, printed: Reading) -> Certainty:
    """How sure a link is by its own account. That the dictionary does not hold a name is not claimed of a text that may
    be a known one garbled: it is like none too."""
    legible = (printed.confidence or 0.0) >= LEGIBLE or names_body(printed.text)
    if link.entity_id is None and link.review_reason is None and not legible:
        return Certainty(min(link.confidence, GARBLED), "entity_unread", printed.places)
    return Certainty(link.confidence, link.review_reason, printed.places)


def _in_its_row(own: Certainty, row: AttendeeReading) -> Certainty:
    """How sure a name is in a row of which part may be missing."""
    doubted = own.review_reason is None and UNREAD in row.doubts
    return replace(own, review_reason=UNREAD) if doubted else own


def _sector(printed: SectorLink, link: EntityLink, dictionary: Dictionary) -> tuple[str | None, Certainty]:
    """The row's sector and how sure it is: as printed; where that is illegible, the one that its entity is of."""
    entity = dictionary.entity(link.entity_id) if link.entity_id else None
    own = entity.sector_id if entity else None
    if printed.sector_id and (printed.review_reason is None or printed.sector_id == own):
        return printed.sector_id, Certainty(printed.confidence)
    if own and link.review_reason is None:
        return own, Certainty(link.confidence)
    return printed.sector_id, Certainty(printed.confidence, printed.review_reason or "sector_unknown")


def _sector_name(sector_id: str | None, dictionary: Dictionary) -> str | None:
    sector = dictionary.sector(sector_id) if sector_id else None
    return sector.name if sector else None


def joined(parts: dict[str, Certainty], places: tuple[Place, ...]) -> Certainty:
    """One certainty for a record of several values: that all are right, and each doubt with the value it is of."""
    reasons = [
        c.review_reason if name in c.review_reason else f"{name}_{c.review_reason}"
        for name, c in parts.items()
        if c.review_reason
    ]
    return Certainty(all_right(parts.values()), ";".join(reasons) or None, places)


def stated_marks(marks: Iterable[Mark], judge: Judge) -> tuple[Mark, ...]:
    return tuple(replace(m, certainty=judge.stated(ValueKind.MARK, m.certainty, "uncertain_mark")) for m in marks)


def all_right(parts: Iterable[Certainty]) -> float | None:
    """The probability that all values are as printed, taken to err each for itself; None where none tells its own."""
    known = [p.confidence for p in parts if p.confidence is not None]
    return math.prod(known) if known else None

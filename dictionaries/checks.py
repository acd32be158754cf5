"""What the tables say of each other: references that lead nowhere, and names that two entities claim.

`where` gives for (table, key) the file and line of that row, for the message.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping

from dictionaries.records import Dictionary, Validity

Where = Mapping[tuple[str, tuple[str, ...]], str]


def dangling(book: Dictionary, where: Where) -> tuple[str, ...]:
    """Problems: sectors, successors and aliased entities that no row defines, and successions that go round."""
    return tuple(_dangling(book, where))


def _dangling(book: Dictionary, where: Where) -> Iterator[str]:
    for entity in book.entities:
        here = where["entities", (entity.entity_id,)]
        if book.sector(entity.sector_id) is None:
            yield f"{here}: el sector «{entity.sector_id}» no está en sectors.csv. Corríjalo o añada el sector."
        if entity.successor and book.entity(entity.successor) is None:
            yield f"{here}: la sucesora «{entity.successor}» no está en entities.csv. Corríjala o añada la entidad."
        elif entity.successor and _goes_round(book, entity.entity_id):
            yield f"{here}: la cadena de sucesoras vuelve a «{entity.entity_id}». Quite una sucesora."
    for alias in book.aliases:
        if book.entity(alias.entity_id) is None:
            here = where["aliases", (alias.entity_id, alias.alias)]
            yield f"{here}: la entidad «{alias.entity_id}» no está en entities.csv. Corríjala o añada la entidad."


def _goes_round(book: Dictionary, entity_id: str) -> bool:
    seen: set[str] = set()
    at: str | None = entity_id
    while at and at not in seen and (entity := book.entity(at)):
        seen.add(at)
        at = entity.successor
    return at == entity_id


def shared_names(book: Dictionary, where: Where) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(problems, warnings): names that two entities bear at one time, and acronyms that they share.

    A shared name would make the link arbitrary: an editor must decide. Shared acronyms exist (SDE) and the sector tells
    them apart, so they only warn.
    """
    claims: dict[str, list[tuple[str, str, bool, Validity]]] = defaultdict(list)
    for spelling, claim in _claims(book, where):
        claims[spelling].append(claim)
    problems, warnings = [], []
    for spelling, holders in sorted(claims.items()):
        (first, *others) = holders
        for other in others:
            if other[0] == first[0] or not other[3].overlaps(first[3]):
                continue
            said = f"{other[1]}: «{spelling}» nombra a «{other[0]}» y, según {first[1]}, también a «{first[0]}»."
            if first[2] and other[2]:
                warnings.append(f"{said} Solo el sector las distingue.")
            else:
                problems.append(f"{said} Quite uno, o sepárelos con fechas de vigencia.")
    return tuple(problems), tuple(warnings)


def _claims(book: Dictionary, where: Where) -> Iterator[tuple[str, tuple[str, str, bool, Validity]]]:
    for e in book.entities:
        here = where["entities", (e.entity_id,)]
        yield _folded(e.name), (e.entity_id, here, False, e.validity)
        if e.acronym:
            yield _folded(e.acronym), (e.entity_id, here, True, e.validity)
    for a in book.aliases:
        here = where["aliases", (a.entity_id, a.alias)]
        yield _folded(a.alias), (a.entity_id, here, a.kind == "acronym", a.validity)


def _folded(name: str) -> str:
    plain = re.sub(r"[\u0300-\u036f]", "", unicodedata.normalize("NFKD", name)).lower()
    return re.sub(r"[^a-z0-9]+", " ", plain).strip()

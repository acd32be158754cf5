"""Records of the dictionary: what exists, since when, and how well that is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

EVIDENCE = ("verified", "partial", "memory")
ALIAS_KINDS = ("alias", "former", "acronym", "misspelling")


@dataclass(frozen=True, slots=True)
class Validity:
    """First and last day on which something held; None: unknown, or still holding."""

    first: date | None = None
    last: date | None = None

    def holds(self, on: date | None) -> bool:
        """Whether it held on that day; None stands for today, of which only an end in the past is known."""
        if on is None:
            return self.last is None
        return (self.first is None or self.first <= on) and (self.last is None or on <= self.last)

    def overlaps(self, other: Validity) -> bool:
        begin = max((d for d in (self.first, other.first) if d), default=date.min)
        end = min((d for d in (self.last, other.last) if d), default=date.max)
        return begin <= end


@dataclass(frozen=True, slots=True)
class Sector:
    """An administrative sector, or (`number` None) a group under which reports list those who belong to none."""

    sector_id: str
    number: int | None
    name: str
    aliases: tuple[str, ...] = ()
    former_names: tuple[str, ...] = ()
    validity: Validity = Validity()
    norm: str = ""
    source: str = ""
    evidence: str = "memory"


@dataclass(frozen=True, slots=True)
class Entity:
    """A body that can hold a seat. `successor`: the entity_id that took its place, None if none did."""

    entity_id: str
    name: str
    acronym: str
    sector_id: str
    kind: str = ""
    validity: Validity = Validity()
    successor: str | None = None
    norm: str = ""
    source: str = ""
    evidence: str = "memory"


@dataclass(frozen=True, slots=True)
class Alias:
    """Another way in which reports write an entity. `kind`: one of ALIAS_KINDS."""

    entity_id: str
    alias: str
    kind: str
    validity: Validity = Validity()
    source: str = ""
    evidence: str = "memory"


@dataclass(frozen=True, slots=True)
class Instancia:
    """A coordination body that reports."""

    instancia_id: str
    name: str
    acronym: str = ""
    aliases: tuple[str, ...] = ()
    kind: str = ""
    norms: str = ""
    internal_rules: str = ""
    status: str = ""
    chair: str = ""
    technical_secretary: str = ""
    source: str = ""
    evidence: str = "memory"


@dataclass(frozen=True, slots=True)
class Role:
    role: str  # "P" | "S" | "I" | "IP" | "O"
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """All the tables. `version`: SHA-256 of their content; `warnings`: ambiguities an editor should know of."""

    version: str
    sectors: tuple[Sector, ...]
    entities: tuple[Entity, ...]
    aliases: tuple[Alias, ...]
    instancias: tuple[Instancia, ...]
    roles: tuple[Role, ...]
    warnings: tuple[str, ...] = ()
    _sectors: Mapping[str, Sector] = field(init=False, repr=False, compare=False)
    _entities: Mapping[str, Entity] = field(init=False, repr=False, compare=False)
    _instancias: Mapping[str, Instancia] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        put = object.__setattr__  # the record is frozen
        put(self, "_sectors", MappingProxyType({s.sector_id: s for s in self.sectors}))
        put(self, "_entities", MappingProxyType({e.entity_id: e for e in self.entities}))
        put(self, "_instancias", MappingProxyType({i.instancia_id: i for i in self.instancias}))

    def sector(self, sector_id: str) -> Sector | None:
        return self._sectors.get(sector_id)

    def entity(self, entity_id: str) -> Entity | None:
        return self._entities.get(entity_id)

    def instancia(self, instancia_id: str) -> Instancia | None:
        return self._instancias.get(instancia_id)

    def aliases_of(self, entity_id: str) -> tuple[Alias, ...]:
        return tuple(a for a in self.aliases if a.entity_id == entity_id)

    def heir(self, entity: Entity, on: date | None) -> Entity:
        """The entity itself or, if it had ended by that day, the one that stands in its place."""
        seen = {entity.entity_id}
        while not _lives(entity, on) and entity.successor and entity.successor not in seen:
            entity = self._entities[entity.successor]
            seen.add(entity.entity_id)
        return entity


def _lives(entity: Entity, on: date | None) -> bool:
    last = entity.validity.last
    return last is None or (on is not None and on <= last)

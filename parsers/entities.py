"""Rows → the dictionary's entities, with the option of saying «none of these».

What speaks for a link: the words of the name (names.py), an acronym printed beside them (acronyms.py), the row's
sector, and the report's date, which tells a valid name from a superseded one. A link is given only if it scores enough
by itself and enough above the runner-up.

How the thresholds were chosen: 370 names (those printed in known reports and all official ones, with and without
acronym) were misread at 1 to 8 % of their characters, one in four with words lost at an end; then each entity in turn
was taken out of the dictionary and its texts, clean and misread, linked against the rest. No taken-out entity reached
0.67; misread known names were right in 99 of 100 from 0.7 on. ACCEPTED stands on the safe side of both. Below a MARGIN
of 0.15 four links in ten were wrong, above it one in a hundred. UNKNOWN is where misread known names stop: 0.4 % of
them fall below it at 8 % wrong characters, none at 1 %, and so do nine in ten of the invented bodies tried; NEAREST is
above all of those. The confidence is a logistic fit to the same links, the taken-out ones counted half.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from dictionaries.load import Dictionary, Entity
from parsers.acronyms import Acronyms, Heard
from parsers.labels import InstanciaLink, InstanciaNames, SectorLink, SectorNames
from parsers.names import GLUE, NameIndex, NameScore
from parsers.spellings import Name, acronyms_of, names_of
from parsers.text import fold, unhyphenate

ACCEPTED = 0.8
UNKNOWN = 0.45
NEAREST = 0.5  # between UNKNOWN and here the nearest name is told, not linked
MARGIN = 0.15
LOOKS = 0.82  # letter by letter
CONTAINED = 0.9  # coverage from which a text holds the whole name, whatever else it says
EXACT = 0.985  # articles and legal forms apart, every word is there
TIE = 0.006  # two names as exact as each other, told apart by nothing but their dates
# An acronym closes this share of what the words leave open, in the measure in which it explains them.
ACRONYM_WEIGHT = 0.75
# An acronym of somebody else printed beside the name.
CONFLICT = 0.7
FOREIGN_ACRONYM = 0.97
# Reports put bodies under their own choice of sector: it settles a tie and no more, unless an acronym stands alone.
OTHER_SECTOR = 0.985
OTHER_SECTOR_ACRONYM = 0.8
OUTDATED = 0.995
# Words with which no name ends, and few begin: a text that does was cut, by a page break or a lost line.
CONNECTIVES = frozenset(("de", "del", "la", "las", "el", "los", "y", "e", "en", "para", "por", "con", "al"))


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity that a text may name. `coverage`: share of the name found, `precision`: of the text explained; 0..1."""

    entity_id: str
    name: str
    score: float
    coverage: float
    precision: float
    evidence: str  # "exact" | "alias" | "former" | "misspelling" | "name" | "name+acronym" | "acronym"
    former_name: str | None = None  # the superseded name that matched
    cut: bool = False  # the text begins or ends in the middle of a phrase where the name does not


@dataclass(frozen=True, slots=True)
class EntityLink:
    """What a text names. `entity_id` None: nothing that the dictionary holds or, with a reason, too doubtful to say.

    Of an unlinked text `runner_up` is the nearest name and `score` its score.
    `score`, `runner_up_score`, `margin`, `confidence`: 0..1. `duplicate`: an earlier row of the table has that seat.
    """

    entity_id: str | None
    name: str | None
    score: float
    runner_up: str | None
    runner_up_score: float
    margin: float
    evidence: str | None
    confidence: float
    review_reason: str | None = None
    former_name: str | None = None
    duplicate: bool = False


class Linker:
    """A dictionary ready to recognise names. `on`: the day of the report, None for today."""

    def __init__(self, dictionary: Dictionary, on: date | None = None) -> None:
        self._dictionary = dictionary
        self._on = on
        self._names = names_of(dictionary)
        self._index = NameIndex([n.text for n in self._names], [n.entity.entity_id for n in self._names])
        self._acronyms = Acronyms(acronyms_of(dictionary), self._index.best)
        self._sectors = SectorNames(dictionary)
        self._instancias = InstanciaNames(dictionary)

    def link_sector(self, text: str) -> SectorLink:
        return self._sectors.link(text)

    def link_instancia(self, text: str) -> InstanciaLink:
        return self._instancias.link(text)

    def scores(self, text: str, sector_text: str = "", limit: int = 5) -> tuple[Candidate, ...]:
        """The entities that a text fits best, best first; empty for a text without words."""
        heard = self._acronyms.hear(unhyphenate(text))
        sector_id = self.link_sector(sector_text).sector_id if sector_text else None
        best: dict[str, Candidate] = {}
        for found in self._found(heard, sector_id):
            kept = best.get(found.entity_id)
            if kept is None or found.score > kept.score:
                best[found.entity_id] = found
        return tuple(sorted(best.values(), key=lambda c: (-c.score, c.entity_id))[:limit])

    def link(self, text: str, sector_text: str = "") -> EntityLink:
        """The entity that a text names, by itself."""
        return _decided(self.scores(text, sector_text), bool(fold(text)))

    def link_rows(self, rows: Sequence[tuple[str, str]]) -> tuple[EntityLink, ...]:
        """The entities of a table's (entity text, sector text) rows, together: a seat taken by one row is not given to
        another that fits it less, unless both print it whole; that one is then marked a duplicate."""
        candidates = [self.scores(text, sector) for text, sector in rows]
        links = [_decided(c, bool(fold(text))) for c, (text, _) in zip(candidates, rows, strict=True)]
        for holder, *others in _sharers(links):
            for i in sorted(others):
                links[i] = self._yielded(links[i], candidates[i], links[holder].entity_id)
        return _with_duplicates(links)

    def _yielded(self, link: EntityLink, candidates: Sequence[Candidate], taken: str | None) -> EntityLink:
        if link.score >= ACCEPTED and link.review_reason is None:
            return link
        rest = tuple(c for c in candidates if c.entity_id != taken)
        other = _decided(rest, True)
        if other.entity_id is not None and other.score >= ACCEPTED:
            return replace(other, review_reason=other.review_reason or "seat_taken")
        return replace(link, review_reason="seat_taken", confidence=link.confidence / 2)

    def _found(self, heard: Heard, sector_id: str | None) -> list[Candidate]:
        tokens = self._index.mend(heard.words)
        heard = replace(heard, words=tokens)
        named = self._index.scores(tokens, limit=24) if tokens else ()
        found = [self._candidate(self._names[s.index], s, heard, sector_id) for s in named]
        if tokens and max((c.score for c in found), default=0.0) < ACCEPTED:
            found += self._look_alikes(tokens, heard, sector_id)
        seen = {self._names[s.index].entity.entity_id for s in named}
        for entity_id in heard.held:
            entity = self._dictionary.entity(entity_id)
            if entity and entity_id not in seen:
                blank = NameScore(-1, 0.0, 0.0, 0.0 if tokens else 1.0, 1.0, 1.0, 0.0)
                name = Name(entity, entity.name, "acronym", entity.validity.last)
                found.append(self._candidate(name, blank, heard, sector_id))
        return found

    def _look_alikes(self, tokens: Sequence[str], heard: Heard, sector_id: str | None) -> list[Candidate]:
        """Names that the whole text resembles though its words are broken: never silently unknown, never sure."""
        found = []
        for i, like in self._index.resembling(tokens, LOOKS):
            fit = NameScore(i, UNKNOWN + like - LOOKS, like, 0.0, 1.0, 1.0, 0.0)
            found.append(self._candidate(self._names[i], fit, heard, sector_id))
        return found

    def _candidate(self, name: Name, fit: NameScore, heard: Heard, sector_id: str | None) -> Candidate:
        acronym = heard.held.get(name.entity.entity_id, 0.0)
        score = _combined(fit, acronym, heard)
        evidence = _evidence(name, fit, acronym)
        score *= self._sector_factor(name.entity, sector_id, evidence) * (1 if self._current(name) else OUTDATED)
        heir = self._dictionary.heir(name.entity, self._on)
        former = name.text if heir is not name.entity or (name.kind == "former" and not self._current(name)) else None
        cut = _is_cut(heard.words, fold(name.text))
        return Candidate(heir.entity_id, heir.name, score, fit.coverage, fit.precision, evidence, former, cut)

    def _current(self, name: Name) -> bool:
        if name.last is None:
            return name.kind != "former"
        return self._on is not None and self._on <= name.last

    def _sector_factor(self, entity: Entity, sector_id: str | None, evidence: str) -> float:
        if sector_id is None or sector_id == entity.sector_id:
            return 1.0
        return OTHER_SECTOR_ACRONYM if evidence == "acronym" else OTHER_SECTOR


def _is_cut(heard: Sequence[str], name: str) -> bool:
    if not heard:
        return False
    starts = heard[0] in CONNECTIVES and not name.startswith(f"{heard[0]} ")
    return starts or (heard[-1] in CONNECTIVES and not name.endswith(f" {heard[-1]}"))


def _combined(fit: NameScore, acronym: float, heard: Heard) -> float:
    if acronym == 1 and GLUE.issuperset(heard.words):
        return 1.0
    fits = max(fit.score, UNKNOWN) if fit.coverage >= CONTAINED and fit.weight >= 1 else fit.score
    score = fits + (1 - fits) * ACRONYM_WEIGHT * acronym * fit.precision
    if heard.held and heard.exact and not acronym:
        return score * CONFLICT
    return score * (FOREIGN_ACRONYM if heard.foreign else 1)


def _evidence(name: Name, fit: NameScore, acronym: float) -> str:
    if fit.index < 0 or (acronym and fit.coverage < UNKNOWN):
        return "acronym"
    if fit.score >= EXACT:
        return name.kind
    return "name+acronym" if acronym else "name"


def _decided(candidates: Sequence[Candidate], legible: bool) -> EntityLink:
    """The link that ranked candidates justify."""
    if not candidates:
        reason = None if legible else "entity_unread"
        return EntityLink(None, None, 0.0, None, 0.0, 0.0, None, 1.0 if legible else 0.0, reason)
    best = candidates[0]
    second = candidates[1] if len(candidates) > 1 else None
    runner_up = second.score if second else 0.0
    margin = best.score - runner_up
    reason = _doubt(best.score, margin) or ("entity_cut" if best.cut else None)
    linked = best.score >= NEAREST and reason != "entity_ambiguous"
    confidence = _confidence(best.score, margin) if linked else 1 - best.score
    if not linked:
        return EntityLink(
            None,
            None,
            best.score,
            best.name,
            best.score,
            0.0,
            None,
            confidence,
            reason if best.score >= UNKNOWN else "entity_cut" if best.cut else None,
        )
    return EntityLink(
        best.entity_id,
        best.name,
        best.score,
        second.name if second else None,
        runner_up,
        margin,
        best.evidence,
        confidence,
        reason,
        best.former_name,
    )


def _doubt(score: float, margin: float) -> str | None:
    if margin < MARGIN and not (score >= EXACT and margin > TIE):
        return "entity_ambiguous"
    return "entity_doubtful" if score < ACCEPTED else None


def _confidence(score: float, margin: float) -> float:
    return 1 / (1 + math.exp(7.3 - 10.8 * score - 9.1 * min(margin, 0.5)))


def _sharers(links: Sequence[EntityLink]) -> list[list[int]]:
    """Rows that were given one seat, for each such seat: the best fit first."""
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for i, link in enumerate(links):
        if link.entity_id is not None:
            rows[link.entity_id].append(i)
    return [sorted(r, key=lambda i: (-links[i].score, i)) for r in rows.values() if len(r) > 1]


def _with_duplicates(links: Sequence[EntityLink]) -> tuple[EntityLink, ...]:
    seen: set[str] = set()
    marked = []
    for link in links:
        marked.append(replace(link, duplicate=True) if link.entity_id in seen else link)
        if link.entity_id is not None:
            seen.add(link.entity_id)
    return tuple(marked)

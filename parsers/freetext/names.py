"""The names of the dictionary as they are sought in flattened lines: which may stand there, in whatever order."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dictionaries.records import Dictionary
from parsers.names import GLUE, NameIndex
from parsers.text import fold

MISSING_WORD = 0.5  # of the worth of a name's word, lost when it is not there
NAMES_TRIED, SPELLINGS_TRIED = 6, 2  # entities, and ways to write each

_RULE = re.compile(r"[|\[\](){}¦]+")
_INITIALS = re.compile(r"(?<=\b\w)\.\s?(?=\w\b)")  # the stops inside "D.C.", which is then one word
_OFFICES = (
    "direc", "subdirec", "oficin", "jefe", "asesor", "gerente", "subgerente", "secretari", "subsecretari",
    "coordinador", "profesional", "presidente", "delegad", "alcalde", "rector", "comandante", "representante", "lider",
    "viceministr", "contratista", "consejer", "edil", "tecnic", "superintendente", "defensor", "person", "contralor",
    "veedor",
)  # fmt: skip


# How positions of the administration go on.
_POSTS = (
    "general", "tecnic", "despacho", "juridic", "oficina", "asesor", "universitari", "especializad", "territorial",
    "operaciones", "profesional", "direct", "secretari", "control", "intern", "comunicaciones", "grupo", "atencion",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Name:
    """A way to write an entity: folded words, how telling each is (0..1), and acronyms that may stand beside them."""

    entity_id: str
    sector_id: str
    sector_number: int | None
    words: tuple[str, ...]
    weights: tuple[float, ...]
    acronyms: frozenset[str]
    sector: frozenset[str]  # words of its sector's names


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a line; `folded` is empty for punctuation. `ruled`: a ruled line stands before it."""

    text: str
    folded: str
    ruled: bool


def words_in(texts: Sequence[str]) -> tuple[Word, ...]:
    """A line's words, pieces of rule taken out and noted."""
    found: list[Word] = []
    ruled = False
    for text in texts:
        if _RULE.fullmatch(text):
            ruled = True
            continue
        found.append(Word(text, fold(text).replace(" ", ""), ruled and bool(found)))
        ruled = False
    return tuple(found)


def is_office(word: Word) -> bool:
    """Whether a position may begin with the word."""
    return word.text[:1].isupper() and word.folded.startswith(_OFFICES)


def names_person(word: Word) -> bool:
    """Whether a position begins anew with the word: the office of a person, not what that is of or how it goes on."""
    return is_office(word) and not word.folded.startswith(("oficin", "asesor", "tecnic", "secretaria", "profesional"))


def is_of_post(word: Word) -> bool:
    """Whether a word is one that positions are made of; names may hold it too."""
    return word.folded.startswith(_POSTS)


class Names:
    """The names of a dictionary, ready to be found in lines."""

    def __init__(self, dictionary: Dictionary) -> None:
        acronyms: dict[str, set[str]] = defaultdict(set)
        spelt: list[tuple[str, str]] = []
        for entity in dictionary.entities:
            spelt.append((entity.entity_id, entity.name))
            if entity.acronym:
                acronyms[entity.entity_id].add(fold(entity.acronym))
        for alias in dictionary.aliases:
            if alias.kind == "acronym" or (alias.alias.isupper() and " " not in alias.alias):
                acronyms[alias.entity_id].add(fold(alias.alias))
            else:
                spelt.append((alias.entity_id, alias.alias))
        spelt = [(entity, _INITIALS.sub("", name)) for entity, name in spelt]
        number = {s.sector_id: s.number for s in dictionary.sectors}
        home = {e.entity_id: e.sector_id for e in dictionary.entities}
        sectors = {e.entity_id: _sector_words(dictionary, e.sector_id) for e in dictionary.entities}
        self.sector_words = frozenset(w for words in sectors.values() for w in words)
        self._index = NameIndex([name for _, name in spelt], [entity for entity, _ in spelt])
        weight = dict(zip(self._index.vocabulary, (float(w) for w in self._index.weights), strict=True))
        weights = [tuple(weight[w] for w in words) for words in self._index.tokens]
        self.names = tuple(
            Name(e, home[e], number[home[e]], words, w, frozenset(acronyms[e]), sectors[e])
            for (e, _), words, w in zip(spelt, self._index.tokens, weights, strict=True)
        )

    @cached_property
    def _bearers(self) -> dict[str, list[int]]:
        bearers: dict[str, list[int]] = defaultdict(list)
        for i, name in enumerate(self.names):
            for word in set(name.words) | name.acronyms:
                bearers[word].append(i)
        return bearers

    def likely(self, lines: Sequence[Sequence[Word]]) -> tuple[Name, ...]:
        """The names that share most with the lines, whatever the order of the words."""
        found: dict[str, float] = {}
        for word in (w.folded for line in lines for w in line if w.folded):
            found[word] = 1.0
            for at, alike in self._index.near(word):
                known = self._index.vocabulary[at]
                found[known] = max(found.get(known, 0.0), alike)
        gains: dict[int, float] = defaultdict(float)
        for word, alike in found.items():
            for i in self._bearers.get(word, ()) if word not in GLUE else ():
                gains[i] += self._share(self.names[i], word, alike)
        gains = {i: g - MISSING_WORD * (sum(self.names[i].weights) - g) for i, g in gains.items()}
        tried: dict[str, list[Name]] = defaultdict(list)
        for i in sorted(gains, key=lambda i: (-gains[i], i)):
            name = self.names[i]
            if len(tried) < NAMES_TRIED or name.entity_id in tried:
                tried[name.entity_id].append(name)
        return tuple(name for spellings in tried.values() for name in spellings[:SPELLINGS_TRIED])

    def begins_cell(self, word: Word) -> bool:
        """Whether a word is one that names or positions begin with."""
        return is_office(word) or (word.text[:1].isupper() and word.folded in self._first_words)

    @cached_property
    def _first_words(self) -> frozenset[str]:
        return frozenset(name.words[0] for name in self.names if name.words)

    @staticmethod
    def _share(name: Name, word: str, alike: float) -> float:
        return alike * (name.weights[name.words.index(word)] if word in name.words else 1.0)


def _sector_words(dictionary: Dictionary, sector_id: str) -> frozenset[str]:
    sector = dictionary.sector(sector_id)
    names = (sector.name, *sector.aliases, *sector.former_names) if sector else ()
    return frozenset(w for name in names for w in fold(name).split() if len(w) > 3)

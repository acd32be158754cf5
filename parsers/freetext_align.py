"""Words of a flattened row given back to their columns: sector | entity | position.

A printed row of several lines comes out line by line, `sector words, entity words, position words`. Each line's words
are labelled in that order, while the entity's words run on from line to line as the words of one name do. For a given
name the best labelling is found by dynamic programming over (column, words of the name used); the names tried are those
of the dictionary that share rare words with the lines, and none of them at all.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from dictionaries.records import Dictionary
from parsers.names import GLUE, NameIndex
from parsers.text import fold, word_similarity

SECTOR, ENTITY, POSITION = range(3)

# Gains and costs in nats, chosen on drawn texts; a whole rare word outweighs anything else.
RARE_WORD = 6.0  # a word of the name that no other name has, spelt right; common ones in proportion
MISSING_WORD = 0.5  # of that, lost when the name's word is not there
COMMON_WORD = 0.3  # any word of the name in its turn
SECTOR_WORD, SECTOR_NUMBER = 1.5, 1.0
STRANGE_WORD = (0.7, 1.2, 0.1)  # cost, by column: positions may hold any words
SPECK = 0.3  # cost of punctuation, in any column
INTERRUPTED = 1.2  # cost of a line without words of the name, between lines that have some
OFFICE, NO_OFFICE = 2.0, 1.0  # gain of a position that begins with an office, cost of one that does not
DELEGATION = 0.6  # gain of a word of that act in the position, and its cost elsewhere
DELEGATION_FIRST = 5.0  # cost of one that begins with the act of delegation, in parentheses
SAME_COLUMN_OVER_RULE = 1.5  # cost: a ruled line was read, and the column did not change
UNKNOWN_NAME = 3.0  # cost of a body that the dictionary does not hold
UNKNOWN_WORD = 0.25  # gain of each of its words, or they would all be given to the position
ALIKE = 0.6  # least similarity of a word and its misreading
NAMES_TRIED, SPELLINGS_TRIED = 6, 2  # entities, and ways to write each
SKIPPED_WORDS = 3  # of a name, at most, between two that were read
BEAM = 10.0  # states this much worse than the best are given up

_RULE = re.compile(r"[|\[\](){}¦]+")
_INITIALS = re.compile(r"(?<=\b\w)\.\s?(?=\w\b)")  # the stops inside "D.C.", which is then one word
_NUMBER = re.compile(r"1?\d[.,;:]?$")
_DELEGATION = re.compile(r"delega|resoluc|20[12]\d$|\d{3,4}$")
_OFFICES = (
    "direc", "subdirec", "oficin", "jefe", "asesor", "gerente", "subgerente", "secretari", "subsecretari",
    "coordinador", "profesional", "presidente", "delegad", "alcalde", "rector", "comandante", "representante", "lider",
    "viceministr", "contratista", "consejer", "edil", "tecnic", "superintendente", "defensor", "person", "contralor",
    "veedor",
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


@dataclass(frozen=True, slots=True)
class Columns:
    """A row's words by column, each column's in reading order."""

    sector: tuple[str, ...]
    entity: tuple[str, ...]
    position: tuple[str, ...]


class _State(NamedTuple):
    """Where the labelling of a row may have come to. `trail`: its words' columns, last one first, as linked pairs."""

    score: float
    trail: tuple[Any, int] | None
    positioned: bool  # the position has begun
    named: bool  # this line has words of the entity


_START = _State(0.0, None, False, False)
_States = dict[tuple[int, int], _State]  # (column, words of the name used) → best


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
        return word.text[:1].isupper() and (word.folded in self._first_words or word.folded.startswith(_OFFICES))

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


class Alignment:
    """The labelling of one row's lines under one name (None: a body unknown to the dictionary), line after line."""

    def __init__(self, names: Names, name: Name | None) -> None:
        self._name = name
        self._sector = name.sector if name else names.sector_words
        self._before = list(accumulate((RARE_WORD * w for w in name.weights), initial=0.0)) if name else [0.0]
        self._states: _States = {(SECTOR, 0): _START}

    def read(self, line: Sequence[Word]) -> None:
        """Takes in one more line."""
        opened: _States = {}
        for (_, used), state in self._states.items():
            for column in (SECTOR, ENTITY, POSITION):
                _keep(opened, (column, used), state._replace(named=False))
        for i, word in enumerate(line):
            opened = self._next(opened, word, i > 0)
        self._states = {key: self._after_line(key[1], state) if line else state for key, state in opened.items()}

    def _after_line(self, used: int, state: _State) -> _State:
        if state.named or not 0 < used < len(self._before) - 1:
            return state
        return state._replace(score=state.score - INTERRUPTED)

    @property
    def score(self) -> float:
        """Of the row if it ended here, in nats."""
        unknown = UNKNOWN_NAME if self._name is None else 0.0
        return max(s.score - self._missing(used) for (_, used), s in self._states.items()) - unknown

    @property
    def labels(self) -> tuple[int, ...]:
        """The column of each word so far, under the best labelling."""
        _, best = max(self._states.items(), key=lambda item: item[1].score - self._missing(item[0][1]))
        labels: list[int] = []
        trail = best.trail
        while trail is not None:
            trail, label = trail
            labels.append(label)
        return tuple(reversed(labels))

    def _missing(self, used: int) -> float:
        return MISSING_WORD * (self._before[-1] - self._before[used])

    def _next(self, states: _States, word: Word, ruled: bool) -> _States:
        sector, strange, named = self._sector_gain(word), self._strange_gain(word), self._name_gains(word.folded)
        rule = SAME_COLUMN_OVER_RULE if word.ruled and ruled else 0.0
        after: _States = {}
        for (column, used), (score, trail, positioned, seen) in states.items():
            if column == SECTOR:
                _keep(after, (SECTOR, used), _State(score + sector - rule, (trail, SECTOR), positioned, seen))
            if column <= ENTITY:
                cost = rule if column == ENTITY else 0.0
                _keep(after, (ENTITY, used), _State(score + strange - cost, (trail, ENTITY), positioned, True))
                for at, gain in named:
                    if used <= at <= used + SKIPPED_WORDS:
                        skipped = MISSING_WORD * (self._before[at] - self._before[used])
                        new = _State(score + gain - skipped - cost, (trail, ENTITY), positioned, True)
                        _keep(after, (ENTITY, at + 1), new)
            cost = rule if column == POSITION else 0.0
            gain = _position_gain(word, not positioned) - cost
            _keep(after, (POSITION, used), _State(score + gain, (trail, POSITION), True, seen))
        floor = max(s.score for s in after.values()) - BEAM
        return {key: s for key, s in after.items() if s.score >= floor}

    def _sector_gain(self, word: Word) -> float:
        if _NUMBER.match(word.text):
            return SECTOR_NUMBER
        if not word.folded:
            return -SPECK
        alike = max((_alike(word.folded, w) for w in self._sector), default=0.0) if len(word.folded) > 3 else 0.0
        return SECTOR_WORD * alike or -STRANGE_WORD[SECTOR]

    def _strange_gain(self, word: Word) -> float:
        if not word.folded:
            return -SPECK
        if self._name is None:
            return -DELEGATION if _DELEGATION.match(word.folded) else UNKNOWN_WORD
        return RARE_WORD if word.folded in self._name.acronyms else -STRANGE_WORD[ENTITY]

    def _name_gains(self, folded: str) -> list[tuple[int, float]]:
        """Which words of the name the word may be, and what that gains."""
        if self._name is None or not folded:
            return []
        pairs = zip(self._name.words, self._name.weights, strict=True)
        return [
            (at, RARE_WORD * weight * (2 * alike - 1) + COMMON_WORD)
            for at, (word, weight) in enumerate(pairs)
            if (alike := _alike(folded, word))
        ]


def _keep(states: _States, key: tuple[int, int], state: _State) -> None:
    known = states.get(key)
    if known is None or state.score > known.score:
        states[key] = state


@lru_cache(maxsize=1 << 16)
def _alike(a: str, b: str) -> float:
    if a == b:
        return 1.0
    if a in GLUE or b in GLUE or len(b) < 3 or not len(b) / 2 <= len(a) <= 2 * len(b):
        return 0.0
    alike = word_similarity(a, b)
    return alike if alike >= ALIKE else 0.0


def _position_gain(word: Word, first: bool) -> float:
    if not word.folded:
        return -SPECK
    if not first:
        return DELEGATION if _DELEGATION.match(word.folded) else -STRANGE_WORD[POSITION]
    if word.text.startswith("("):
        return -DELEGATION_FIRST
    return OFFICE if word.text[:1].isupper() and word.folded.startswith(_OFFICES) else -NO_OFFICE


def columns_of(words: Sequence[Word], labels: Sequence[int]) -> Columns:
    """Words and their columns, sorted."""
    sides: tuple[list[str], list[str], list[str]] = ([], [], [])
    for word, label in zip(words, labels, strict=True):
        sides[label].append(word.text)
    return Columns(*(tuple(side) for side in sides))

"""Words of a flattened row given back to their columns: sector | entity | position.

A printed row of several lines comes out line by line, `sector words, entity words, position words`. Each line's words
are labelled in that order, while the entity's words run on from line to line as the words of one name do. For a given
name the best labelling is found by dynamic programming over (column, words of the name used); the names tried are those
of the dictionary that share rare words with the lines, and none of them at all.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

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
OFFICE = 1.5  # a word that begins a position
SAME_COLUMN_OVER_RULE = 1.5  # cost: a ruled line was read, and the column did not change
UNKNOWN_NAME = 3.0  # cost of a body that the dictionary does not hold
UNKNOWN_WORD = 0.25  # gain of each of its words, or they would all be given to the position
ALIKE = 0.6  # least similarity of a word and its misreading
NAMES_TRIED, SPELLINGS_TRIED = 6, 2  # entities, and ways to write each
SKIPPED_WORDS = 3  # of a name, at most, between two that were read
BEAM = 10.0  # states this much worse than the best are given up

_RULE = re.compile(r"[|\[\](){}¦]+")
_NUMBER = re.compile(r"1?\d[.,;:]?$")
_OFFICES = (
    "director", "subdirector", "jefe", "asesor", "gerente", "subgerente", "secretari", "subsecretari", "coordinador",
    "profesional", "presidente", "delegad", "alcalde", "rector", "comandante", "representante", "lider", "viceministr",
    "contratista", "consejer", "edil", "tecnic", "superintendente", "defensor", "person", "contralor", "veedor",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Name:
    """A way to write an entity: folded words, how telling each is (0..1), and acronyms that may stand beside them."""

    entity_id: str
    sector_id: str
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


@dataclass(frozen=True, slots=True)
class _State:
    score: float
    labels: tuple[int, ...]  # the column of each word so far


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
        home = {e.entity_id: e.sector_id for e in dictionary.entities}
        sectors = {e.entity_id: _sector_words(dictionary, e.sector_id) for e in dictionary.entities}
        self.sector_words = frozenset(w for words in sectors.values() for w in words)
        self._index = NameIndex([name for _, name in spelt], [entity for entity, _ in spelt])
        weight = dict(zip(self._index.vocabulary, (float(w) for w in self._index.weights), strict=True))
        self.names = tuple(
            Name(e, home[e], words, tuple(weight[w] for w in words), frozenset(acronyms[e]), sectors[e])
            for (e, _), words in zip(spelt, self._index.tokens, strict=True)
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
        self._states: _States = {(SECTOR, 0): _State(0.0, ())}

    def read(self, line: Sequence[Word]) -> None:
        """Takes in one more line."""
        opened: _States = {}
        for (_, used), state in self._states.items():
            for column in (SECTOR, ENTITY, POSITION):
                _keep(opened, (column, used), state)
        for word in line:
            opened = self._next(opened, word)
        self._states = {key: self._after_line(key[1], state, len(line)) for key, state in opened.items()}

    def _after_line(self, used: int, state: _State, length: int) -> _State:
        under_way = self._name is not None and 0 < used < len(self._name.words)
        if not under_way or not length or ENTITY in state.labels[-length:]:
            return state
        return _State(state.score - INTERRUPTED, state.labels)

    @property
    def score(self) -> float:
        """Of the row if it ended here, in nats."""
        return max(s.score - self._missing(used) for (_, used), s in self._states.items()) - self._cost

    @property
    def labels(self) -> tuple[int, ...]:
        """The column of each word so far, under the best labelling."""
        return max(self._states.items(), key=lambda item: item[1].score - self._missing(item[0][1]))[1].labels

    @property
    def _cost(self) -> float:
        return UNKNOWN_NAME if self._name is None else 0.0

    def _missing(self, used: int) -> float:
        return MISSING_WORD * RARE_WORD * sum(self._name.weights[used:]) if self._name else 0.0

    def _next(self, states: _States, word: Word) -> _States:
        after: _States = {}
        for (column, used), state in states.items():
            for later in range(column, POSITION + 1):
                rule = SAME_COLUMN_OVER_RULE if word.ruled and later == column and state.labels else 0.0
                for more, gain in self._gains(later, used, word):
                    _keep(after, (later, more), _State(state.score + gain - rule, (*state.labels, later)))
        floor = max(s.score for s in after.values()) - BEAM
        return {key: s for key, s in after.items() if s.score >= floor}

    def _gains(self, column: int, used: int, word: Word) -> Iterator[tuple[int, float]]:
        """What the word is worth in that column: (words of the name used after it, gain in nats)."""
        if column == SECTOR:
            yield used, self._sector_gain(word)
        elif column == POSITION:
            yield used, _position_gain(word)
        else:
            yield used, self._strange_gain(word)
            if self._name is not None and word.folded:
                yield from self._name_gains(self._name, used, word.folded)

    def _sector_gain(self, word: Word) -> float:
        if _NUMBER.match(word.text):
            return SECTOR_NUMBER
        alike = max((_alike(word.folded, w) for w in self._sector), default=0.0) if len(word.folded) > 3 else 0.0
        return SECTOR_WORD * alike if alike else -SPECK if not word.folded else -STRANGE_WORD[SECTOR]

    def _strange_gain(self, word: Word) -> float:
        if not word.folded:
            return -SPECK
        if self._name is None:
            return UNKNOWN_WORD
        return RARE_WORD if word.folded in self._name.acronyms else -STRANGE_WORD[ENTITY]

    @staticmethod
    def _name_gains(name: Name, used: int, folded: str) -> Iterator[tuple[int, float]]:
        """The word as one of the next few of the name, those before it missing."""
        missing = 0.0
        for at in range(used, min(used + SKIPPED_WORDS + 1, len(name.words))):
            alike = _alike(folded, name.words[at])
            if alike:
                yield at + 1, RARE_WORD * name.weights[at] * (2 * alike - 1) + COMMON_WORD - missing
            missing += MISSING_WORD * RARE_WORD * name.weights[at]


def _keep(states: _States, key: tuple[int, int], state: _State) -> None:
    known = states.get(key)
    if known is None or state.score > known.score:
        states[key] = state


def _alike(a: str, b: str) -> float:
    if a == b:
        return 1.0
    if a in GLUE or b in GLUE or len(b) < 3:
        return 0.0
    alike = word_similarity(a, b)
    return alike if alike >= ALIKE else 0.0


def _position_gain(word: Word) -> float:
    if word.text[:1].isupper() and word.folded.startswith(_OFFICES):
        return OFFICE
    return -SPECK if not word.folded else -STRANGE_WORD[POSITION]


def columns_of(words: Sequence[Word], labels: Sequence[int]) -> Columns:
    """Words and their columns, sorted."""
    sides: tuple[list[str], list[str], list[str]] = ([], [], [])
    for word, label in zip(words, labels, strict=True):
        sides[label].append(word.text)
    return Columns(*(tuple(side) for side in sides))

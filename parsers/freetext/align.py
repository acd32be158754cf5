"""Words of a flattened row given back to their columns: sector | entity | position.

A printed row of several lines comes out line by line, `sector words, entity words, position words`. Each line's words
are labelled in that order, while the entity's words run on from line to line as the words of one name do. For a given
name the best labelling is found by dynamic programming over (column, words of the name used); the names tried are those
of the dictionary that share rare words with the lines, and none of them at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

from parsers.freetext.names import MISSING_WORD, Name, Names, Word, is_of_post, is_office
from parsers.names import GLUE
from parsers.text import word_similarity

SECTOR, ENTITY, POSITION = range(3)

# Gains and costs in nats, chosen on drawn texts; a whole rare word outweighs anything else.
RARE_WORD = 6.0  # a word of the name that no other name has, spelt right; common ones in proportion
COMMON_WORD = 0.3  # any word of the name in its turn
SECTOR_WORD, SECTOR_NUMBER = 1.5, 1.0
STRANGE_WORD = (0.7, 1.2, 0.1)  # cost, by column: positions may hold any words
SPECK = 0.3  # cost of punctuation, in any column
INTERRUPTED = 1.2  # cost of a line without words of the name, between lines that have some
OFFICE, NO_OFFICE = 2.0, 1.0  # gain of a position that begins with an office, cost of one that does not
POST_WORD = 0.8  # cost of a word of which positions are made, in a name that does not hold it
DELEGATION = 0.6  # gain of a word of that act in the position, and its cost elsewhere
DELEGATION_FIRST = 5.0  # cost of one that begins with the act of delegation, in parentheses
SAME_COLUMN_OVER_RULE = 1.5  # cost: a ruled line was read, and the column did not change
UNKNOWN_NAME = 3.0  # cost of a body that the dictionary does not hold
UNKNOWN_WORD = 0.25  # gain of each of its words, or they would all be given to the position
ALIKE = 0.6  # least similarity of a word and its misreading
SKIPPED_WORDS = 3  # of a name, at most, between two that were read
BEAM = 10.0  # states this much worse than the best are given up

_NUMBER = re.compile(r"1?\d[.,;:]?$")
_DELEGATION = re.compile(r"delega|resoluc|20[12]\d$|\d{3,4}$")


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
        if word.folded in self._name.acronyms:
            return RARE_WORD
        return -STRANGE_WORD[ENTITY] - (POST_WORD if is_of_post(word) else 0.0)

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
    return OFFICE if is_office(word) else -NO_OFFICE


def columns_of(words: Sequence[Word], labels: Sequence[int]) -> Columns:
    """Words and their columns, sorted."""
    sides: tuple[list[str], list[str], list[str]] = ([], [], [])
    for word, label in zip(words, labels, strict=True):
        sides[label].append(word.text)
    return Columns(*(tuple(side) for side in sides))

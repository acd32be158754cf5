"""Scoring a text against a list of names: rarity-weighted words, forgiving of what recognisers do to them.

A word weighs by how few of the named things bear it, so that «Secretaría Distrital de» carries no match. Every word of
the name should be in the text, and every word of the text in the name; what fails counts in proportion to its weight.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from parsers.text import word_similarity, words

# Below this two words are different words. In simulated readings at 8 % wrong characters 99 % of misread words of five
# letters or more stay above it.
SAME_WORD = 0.6
# A word spelt exactly like one word of the dictionary is seldom a misreading of another («oriente», «occidente»),
# unless one letter is between them («cultura», «cultural»).
OTHER_WORD = 0.55
INFLECTED = 0.85
# articles, prepositions and legal forms («E.S.E.», «S.A.S.»)
GLUE = frozenset(("de", "del", "la", "las", "el", "los", "y", "e", "a", "en", "para", "por", "con", "al", "dc"))
GLUE |= {"sa", "sas", "ese", "esp", "eps"}
# A word's first letters, three at least, stand for it («Serv. Integr.»), less surely than the word.
ABBREVIATED = 0.8
GLUE_WEIGHT = 0.03
# A word cut in two, or two run together, is mended when the result is a known word to this degree.
MENDED = 0.9
# A text word that no name bears weighs as a rare one, unless it is a short scrap such as a stray mark leaves.
STRAY_LENGTH = 3
STRAY_WEIGHT = 0.15
# What one rare word missing from the text, or foreign to the name, takes off the score: scans lose words, while a
# foreign word is how an unknown body shows.
MISSING_COST = 0.25
EXTRA_COST = 0.5

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class NameScore:
    """How well a text fits a name. All 0..1.

    `coverage`: share of the name's weight found in the text; `precision`: share of the text's weight that the name
    explains; `missing`, `extra`: weight of the heaviest word that only the name, or only the text, has; `score`: all of
    it together. `weight`: of the whole name, in words that nobody shares.
    """

    index: int
    score: float
    coverage: float
    precision: float
    missing: float
    extra: float
    weight: float


class NameIndex:
    """`names`, and for each the thing it names: rarity is counted over things, not over spellings."""

    def __init__(self, names: Sequence[str], things: Sequence[str]) -> None:
        self.tokens = [words(name) for name in names]
        self.vocabulary = sorted({w for tokens in self.tokens for w in tokens})
        self._at = {w: i for i, w in enumerate(self.vocabulary)}
        self.weights = self._rarity(things)
        self._has = np.zeros((len(names), len(self.vocabulary)))
        for row, tokens in enumerate(self.tokens):
            for w in tokens:
                self._has[row, self._at[w]] = 1
        self._weighted = self._has * self.weights
        self._total = np.maximum(self._weighted.sum(axis=1), 1e-9)
        self._shapes = ["".join(tokens) for tokens in self.tokens]
        self._near: dict[str, tuple[tuple[int, float], ...]] = {}

    def _rarity(self, things: Sequence[str]) -> Floats:
        bearers: list[set[str]] = [set() for _ in self.vocabulary]
        for tokens, thing in zip(self.tokens, things, strict=True):
            for w in tokens:
                bearers[self._at[w]].add(thing)
        scale = math.log(1 + len(set(things)))
        weights = [math.log(1 + len(set(things)) / len(b)) / scale for b in bearers]
        return np.array([_weigh(w, x) for w, x in zip(self.vocabulary, weights, strict=True)])

    def near(self, word: str) -> tuple[tuple[int, float], ...]:
        """(vocabulary index, similarity) of the known words that a word may be, most alike first."""
        if word not in self._near:
            found = sorted(self._alike(word), key=lambda pair: -pair[1])
            self._near[word] = tuple(found[:6])
        return self._near[word]

    def _alike(self, word: str) -> Iterator[tuple[int, float]]:
        known = word in self._at
        cutoff = 100 if len(word) <= 2 else 55
        for other, _, at in process.extract(word, self.vocabulary, scorer=fuzz.ratio, score_cutoff=cutoff, limit=5):
            if other in GLUE and other != word:
                continue
            alike = word_similarity(word, other)
            if known and other != word:
                alike *= MENDED if alike >= INFLECTED else OTHER_WORD
            if alike >= SAME_WORD:
                yield at, alike
        if not known and len(word) >= STRAY_LENGTH and word not in GLUE:
            yield from ((at, ABBREVIATED) for other, at in self._at.items() if other.startswith(word))

    def best(self, word: str) -> float:
        """How much a word is like the known word nearest to it, 0..1."""
        near = self.near(word)
        return near[0][1] if near else 0.0

    def mend(self, tokens: Sequence[str]) -> tuple[str, ...]:
        """The words with cut ones joined and joined ones cut, where that makes known words."""
        mended: list[str] = []
        for token in tokens:
            if mended and self._joins(mended[-1], token):
                mended[-1] += token
            else:
                mended.append(token)
        return tuple(part for token in mended for part in self._cut(token))

    def _joins(self, left: str, right: str) -> bool:
        worse = min(self.best(left), self.best(right))
        if worse == 1 or (left in self._at and len(left) > 1 and worse >= MENDED):
            return False
        joined = left + right
        near = process.extractOne(joined, self.vocabulary, scorer=fuzz.ratio, score_cutoff=100 * INFLECTED)
        return near is not None and self.best(joined) >= max(MENDED, worse + 0.05)

    def _cut(self, token: str) -> tuple[str, ...]:
        """Two known words run together, taken apart; a misread one too, where the other is an article or the like."""
        if len(token) < 4 or self.best(token) >= INFLECTED:
            return (token,)
        for i in range(len(token) - 1, 0, -1):
            left, right = token[:i], token[i:]
            if left in self._at and right in self._at and len(left) > 1 < len(right):
                return (left, right)
        for i in (2, 3, 1, len(token) - 2, len(token) - 3, len(token) - 1):
            left, right = token[:i], token[i:]
            glued = right if left in GLUE else left if right in GLUE else ""
            if len(glued) > STRAY_LENGTH and self.best(glued) >= INFLECTED:
                return (left, right)
        return (token,)

    def scores(self, tokens: Sequence[str], limit: int = 12) -> tuple[NameScore, ...]:
        """The names that fit the (mended) words best, best first."""
        nears = [self.near(t) for t in tokens]
        found = np.zeros(len(self.vocabulary))
        explained = np.zeros((len(tokens), len(self.tokens)))
        weight = np.array([self._text_weight(t, near) for t, near in zip(tokens, nears, strict=True)])
        for row, near in enumerate(nears):
            for at, alike in near:
                found[at] = max(found[at], alike)
                np.maximum(explained[row], self._has[:, at] * alike, out=explained[row])
        coverage = (self._weighted @ found) / self._total
        precision = (weight @ explained) / max(float(weight.sum()), 1e-9)
        rough = _harmonic(coverage, precision)
        top = np.argsort(-rough, kind="stable")[: 2 * limit]
        ranked = [self._scored(int(i), found, explained[:, i], weight, coverage[i], precision[i]) for i in top]
        return tuple(sorted(ranked, key=lambda s: -s.score)[:limit])

    def resembling(self, tokens: Sequence[str], least: float) -> tuple[tuple[int, float], ...]:
        """(name index, likeness 0..1) of the names that the text looks like letter by letter, spaces left out."""
        near = process.extract("".join(tokens), self._shapes, scorer=fuzz.ratio, score_cutoff=100 * least, limit=6)
        return tuple((index, likeness / 100) for _, likeness, index in near)

    def _scored(
        self, index: int, found: Floats, explained: Floats, weight: Floats, coverage: float, precision: float
    ) -> NameScore:
        missing = float((self._weighted[index] * (1 - found)).max(initial=0))
        extra = float((weight * (1 - explained)).max(initial=0))
        fit = float(_harmonic(np.array(coverage), np.array(precision)))
        score = fit * (1 - MISSING_COST * missing) * (1 - EXTRA_COST * extra)
        return NameScore(index, score, float(coverage), float(precision), missing, extra, float(self._total[index]))

    def _text_weight(self, token: str, near: tuple[tuple[int, float], ...]) -> float:
        if token in GLUE or len(token) == 1:
            return GLUE_WEIGHT
        if near:
            return float(self.weights[near[0][0]])
        return STRAY_WEIGHT if len(token) <= STRAY_LENGTH else 1.0


def _weigh(word: str, rarity: float) -> float:
    return GLUE_WEIGHT if word in GLUE or len(word) == 1 else rarity


def _harmonic(a: Floats, b: Floats) -> Floats:
    return 2 * a * b / np.maximum(a + b, 1e-9)

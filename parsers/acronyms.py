"""Acronyms in a printed name: evidence of their own, apart from the words («… — IDPAC», «(IDPAC)», «IDPAC»)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from parsers.text import fold, word_similarity

# A misread acronym still counts from this similarity on: two look-alike letters of five, or one foreign letter of five.
ALIKE = 0.79
# An unknown word set off at the end, up to this length, is an acronym misread or foreign, not a word of the name.
TAIL_LENGTH = 8
# Shorter ones are too near to each other to be forgiven anything.
FORGIVEN_LENGTH = 4

_PIECE = re.compile(
    r"(?P<before>[-–—(/]\s*)?(?P<word>[A-Z]{2,}-[A-Z]{1,3}\b|[^\W_]+(?:[.·][^\W_]+)*)\.?(?P<after>\s*[-–—)])?"
)
_RUN_ON = re.compile(r"(?<=[a-záéíóúñ]{2})(?=[A-ZÁÉÍÓÚÑ][a-záéíóúñ]{2})")  # "SecretaríaDistrital"


@dataclass(frozen=True, slots=True)
class Heard:
    """A text taken apart. `words`: its folded words without acronyms; `held`: entity_id → 0..1, whose acronym it has.

    `exact`: one of them is spelt without a fault; `foreign`: it prints an acronym that nobody here bears.
    """

    words: tuple[str, ...]
    held: Mapping[str, float]
    exact: bool = False
    foreign: bool = False


class Acronyms:
    """`bearers`: folded acronym → the entity_ids that use it. `known_word`: 0..1, how sure a word is one of a name."""

    def __init__(self, bearers: Mapping[str, tuple[str, ...]], known_word: Callable[[str], float]) -> None:
        self._bearers = bearers
        self._known = sorted(bearers)
        self._known_word = known_word

    def hear(self, text: str) -> Heard:
        held: dict[str, float] = {}
        kept: list[str] = []
        exact = foreign = False
        shouting = text.upper() == text  # then capitals say nothing
        pieces = list(_pieces(text))
        for word, set_off, last in pieces:
            alone = len(pieces) == 1
            lettering = set_off or alone or (_capitals(word) and not shouting)
            spelt, alike = self._match(fold(word).replace(" ", ""), lettering)
            if spelt:
                held |= {e: max(alike, held.get(e, 0)) for e in self._bearers[spelt]}
                exact = exact or alike == 1
            elif last and set_off and len(word) <= TAIL_LENGTH and self._known_word(fold(word)) < ALIKE:
                foreign = True
            else:
                kept += fold(word).split()
        return Heard(tuple(kept), held, exact, foreign and not held)

    def _match(self, word: str, lettering: bool) -> tuple[str, float]:
        """The known acronym that a word is, and how surely; ("", 0) if it is none."""
        if lettering and word in self._bearers:
            return word, 1
        if not lettering or len(word) < FORGIVEN_LENGTH or self._known_word(word) >= ALIKE:
            return "", 0
        near = process.extract(word, self._known, scorer=fuzz.ratio, score_cutoff=50, limit=6)
        best = max(((word_similarity(word, known), known) for known, _, _ in near), default=(0.0, ""))
        return (best[1], best[0]) if best[0] >= ALIKE else ("", 0)


def _pieces(text: str) -> Iterator[tuple[str, bool, bool]]:
    """(word, set off by a dash or a bracket, last) for each word of a text."""
    found = list(_PIECE.finditer(_RUN_ON.sub(" ", text)))
    for i, match in enumerate(found):
        marked = match["before"] or match["after"] or (i > 0 and found[i - 1]["after"])
        yield match["word"], i in (0, len(found) - 1) and bool(marked), i == len(found) - 1


def _capitals(word: str) -> bool:
    letters = [c for c in word if c.isalpha()]
    return len(word) >= 2 and sum(c.isupper() for c in letters) >= max(2, 0.5 * len(letters))

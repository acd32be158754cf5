"""What each small cell of a flattened row may hold: every way to align a line's words with the row's slots, weighed.

The best alignment says where a line's marks begin. It does not say how sure it is that a word stands in this slot and
not in the next, where the engine lost some: of "X X" in three columns, any may be blank. So all alignments are summed,
forwards and backwards, and each slot gets the texts that may stand in it, each as likely as the alignments that put it
there, whatever it then means.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from ocr.records import Candidate, Place, Reading
from parsers.freetext.slots import Slot, left_cost, moves
from parsers.lexicon import likelihood

LEAST = 0.02  # share of a slot's alternative from which it is kept
SETTLED = 0.9  # probability from which something, or nothing, stands in a cell
KNOWN_READING = 7e-4  # likelihood of a text from which it is a mark's usual reading or misreading
GARBLED = (1.0, 0.98, 0.9, 0.7)  # share of rows whose words stand in their cells, by how many are no such texts
BEFORE = 2  # words before the best alignment's first that may belong to the cells after all
NOTHING = -1e9  # nats: no way leads here

_Sums = dict[tuple[int, int], float]


def cell_readings(words: Sequence[str], slots: Sequence[Slot], places: tuple[Place, ...]) -> tuple[Reading, ...]:
    """What stands in each slot, its alternatives weighed; the empty text: nothing was read there.

    In a row with words that are like nothing that may stand in its cells, all may stand a cell off: none is sure.
    """
    slots = alike_lost(slots)
    found = _texts(words, slots)
    sure = sureness([max(texts, key=lambda text: (texts[text], text)) for texts in found], slots)
    return tuple(
        _reading(_settled(texts) if slot.is_held else texts, places, sure)
        for texts, slot in zip(found, slots, strict=True)
    )


def sureness(texts: Sequence[str | None], slots: Sequence[Slot]) -> float:
    """The probability that a row's words stand in their cells, by how many are hardly ever read of what is printed
    there; `texts`: what most likely stands in each slot."""
    garbled = sum(
        bool(text) and max(likelihood(text, form) for form, _ in slot.labels) < KNOWN_READING
        for text, slot in zip(texts, slots, strict=True)
    )
    return GARBLED[min(garbled, len(GARBLED) - 1)]


def alike_lost(slots: Sequence[Slot]) -> tuple[Slot, ...]:
    """The slots, those of held sessions as easily lost: that a column has more blanks than the next does not tell
    which of a row's marks is the one missing."""
    costs = [slot.lost for slot in slots if slot.is_held]
    return tuple(replace(slot, lost=sum(costs) / len(costs)) if slot.is_held else slot for slot in slots)


def if_seen(cell: Reading, slot: Slot) -> Reading:
    """A cell of a row without readable marks: that nothing was read there tells nothing, but of a dash."""
    return cell if cell.text or not slot.is_held else Reading((), cell.places)


def _settled(texts: dict[str, float]) -> dict[str, float]:
    """A held session's mark: either something stands there or nothing does, and where both may be, it is unread.

    Left open, it would speak for a dash, and a column of such cells for a column without a session.
    """
    nothing = texts.get("", 0.0)
    if nothing >= SETTLED:
        return {"": nothing}
    return {text: p for text, p in texts.items() if text} if nothing <= 1 - SETTLED else {}


def _reading(texts: dict[str, float], places: tuple[Place, ...], sure: float) -> Reading:
    """`sure`: the probability, 0..1, that the row's words stand in their cells; what is left of it is unknown."""
    kept = {text: p for text, p in texts.items() if p >= LEAST}
    ranked, whole = sorted(kept, key=lambda text: (-kept[text], text)), sum(kept.values())
    return Reading(tuple(Candidate(text, sure * kept[text] / whole, "text") for text in ranked), places)


def _texts(words: Sequence[str], slots: Sequence[Slot]) -> list[dict[str, float]]:
    """For each slot the texts that may stand in it and the probability of each."""
    ends = _backwards(words, slots)
    begun = _forwards(words, slots)
    whole = begun[len(words), len(slots)]
    found: list[dict[str, float]] = [defaultdict(float) for _ in slots]
    for (i, j), so_far in begun.items():
        for used, taken, gain, texts in moves(words[i : i + 2], slots[j : j + 2]):
            share = math.exp(min(0.0, so_far + gain + ends.get((i + used, j + taken), NOTHING) - whole))
            for at, text in enumerate(texts):
                found[j + at][text or ""] += share
    return found


def _forwards(words: Sequence[str], slots: Sequence[Slot]) -> _Sums:
    """(words used, slots filled) → log of the summed weights of all ways to come there."""
    sums: _Sums = {(i, 0): -sum(map(left_cost, words[max(0, i - 3) : i])) for i in range(len(words) + 1)}
    for i in range(len(words) + 1):
        for j in range(len(slots) + 1):
            if (i, j) in sums:
                for used, taken, gain, _ in moves(words[i : i + 2], slots[j : j + 2]):
                    _add(sums, (i + used, j + taken), sums[i, j] + gain)
    return sums


def _backwards(words: Sequence[str], slots: Sequence[Slot]) -> _Sums:
    """The same for all ways to go on from there to the end."""
    sums: _Sums = {(len(words), len(slots)): 0.0}
    for i in range(len(words), -1, -1):
        for j in range(len(slots), -1, -1):
            for used, taken, gain, _ in moves(words[i : i + 2], slots[j : j + 2]):
                after = sums.get((i + used, j + taken))
                if after is not None:
                    _add(sums, (i, j), after + gain)
    return sums


def _add(sums: _Sums, key: tuple[int, int], weight: float) -> None:
    known = sums.get(key, NOTHING)
    top = max(known, weight)
    sums[key] = top + math.log1p(math.exp(min(known, weight) - top))

"""The ways to give a flattened line's last words to the small cells of its row, the likeliest of them.

Which of three marks is the one that the engine did not see no alignment tells, however good; the row's total may. So
a row keeps all likely ways, each with what it makes of every cell, and they are weighed where totals and columns are
known (`parsers.ways`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from parsers.freetext.cells import alike_lost, sureness
from parsers.freetext.slots import LOST, UNSEEN_DASH, WORST, Slot, is_rule, left_cost, log_odds, moves, running_chance
from parsers.lexicon import MARK_FORMS, WORD_STRANGER, likelihood
from parsers.records import Way

KEPT = 12  # ways to come to a word and a slot, the likeliest; more change no probability in the fourth place
BEAM = 7.0  # nats: ways so much worse than the best are given up
BLANK_SEEN = 0.01  # likelihood of each text in a cell that was left blank: specks
NOTHING_PRINTED = 0.99

Texts = tuple[str | None, ...]
_Told = Callable[[Texts, float, Sequence[Slot]], Way]
_Ways = dict[Texts, tuple[float, float]]  # what stands in each slot so far → log of its sum: ranked, and apart from it


def attendee_ways(words: Sequence[str], slots: Sequence[Slot]) -> tuple[Way, ...]:
    """The likeliest ways to read those words as a role, marks and a total; the last: none stands in its cell."""
    return _ways_of(words, slots, _attendee)


def function_ways(words: Sequence[str], slots: Sequence[Slot]) -> tuple[Way, ...]:
    """The same as marks and whether the function was addressed."""
    return _ways_of(words, slots, _function)


def _ways_of(words: Sequence[str], slots: Sequence[Slot], told: _Told) -> tuple[Way, ...]:
    slots = alike_lost(slots)
    found = sorted(_all(words, slots).items(), key=lambda item: -item[1][0])
    if not found:
        return ()
    best, (top, _) = found[0]
    kept = tuple(told(texts, log, slots) for texts, (_, log) in found)
    sure = sureness(best, slots)
    if sure == 1:
        return kept
    whole = top + math.log(sum(math.exp(rank - top) for _, (rank, _) in found))
    flat = [dict.fromkeys(some, 1.0) for some in (*kept[0].marks, kept[0].last)]
    return (*kept, Way(whole + math.log((1 - sure) / sure), tuple(flat[:-1]), flat[-1]))


def _all(words: Sequence[str], slots: Sequence[Slot]) -> _Ways:
    """All ways to end with every word read and every slot filled, but the unlikely."""
    reached: defaultdict[tuple[int, int], _Ways] = defaultdict(dict)
    for i in range(len(words) + 1):
        begun = -sum(map(left_cost, words[max(0, i - 3) : i]))
        _add(reached[i, 0], (), begun, begun)
    for i in range(len(words) + 1):
        for j in range(len(slots) + 1):
            likely = _likeliest(reached.pop((i, j), {}))
            if (i, j) == (len(words), len(slots)):
                return likely
            for used, taken, gain, texts in moves(words[i : i + 2], slots[j : j + 2]):
                apart = gain - sum(map(_own_say, texts, slots[j : j + taken]))
                for so_far, (rank, log) in likely.items():
                    _add(reached[i + used, j + taken], so_far + texts, rank + gain, log + apart)
    return {}


def _own_say(text: str | None, slot: Slot) -> float:
    """The part of a move's gain that is what the text says of its slot: not yet weighed."""
    return -slot.lost if text is None else log_odds(text, slot.labels) + math.log(running_chance(text))


def _add(ways: _Ways, texts: Texts, rank: float, log: float) -> None:
    known = ways.get(texts)
    ways[texts] = (rank, log) if known is None else (_sum(known[0], rank), _sum(known[1], log))


def _sum(a: float, b: float) -> float:
    return max(a, b) + math.log1p(math.exp(-abs(a - b)))


def _likeliest(ways: _Ways) -> _Ways:
    ranked = sorted(ways.items(), key=lambda item: -item[1][0])[:KEPT]
    return {texts: logs for texts, logs in ranked if logs[0] >= ranked[0][1][0] - BEAM}


# ---------------------------------------------------------------- what a way makes of the cells


def _attendee(texts: Texts, log: float, slots: Sequence[Slot]) -> Way:
    role = math.exp(-slots[0].lost) if texts[0] is None else _chance(texts[0], slots[0].labels)
    marks = tuple(map(_mark, texts[1:-1], slots[1:-1]))
    return Way(log + math.log(role), marks, _number(texts[-1], slots[-1]))


def _function(texts: Texts, log: float, slots: Sequence[Slot]) -> Way:
    *marks, addressed = map(_mark, texts, slots)
    return Way(log, tuple(marks), addressed)


def _mark(text: str | None, slot: Slot) -> Mapping[str, float]:
    """The likelihood of each mark where `text` was read in the slot, or nothing (None).

    A blank is nothing to read. How often a dash or a mark is not seen the report's own rows show; of the crosses of
    forms that leave blanks they cannot.
    """
    if text is None:
        unseen = math.exp(-slot.lost)
        dash = unseen if not slot.is_held else math.exp(-UNSEEN_DASH)
        mark = min(unseen, math.exp(-LOST)) if not slot.is_held else unseen
        return {"SI": mark, "NO": mark, "X": min(mark, math.exp(-LOST)), "-": dash, "": NOTHING_PRINTED}
    said = {label: _chance(text, _forms(slot, forms)) for label, forms in MARK_FORMS.items() if label}
    return {**said, "": BLANK_SEEN * running_chance(text)}


def _forms(slot: Slot, forms: Mapping[str, float]) -> Sequence[tuple[str, float]]:
    """The ways to print a label and their shares: as the report prints it or, where it never may there, as all do."""
    own = [(form, p) for form, p in slot.labels if form in forms] or list(forms.items())
    whole = sum(p for _, p in own)
    return [(form, p / whole) for form, p in own]


def _number(text: str | None, slot: Slot) -> Mapping[str, float]:
    unseen = math.exp(-slot.lost)
    said = {n: unseen if text is None else _chance(text, ((n, 1.0),)) for n, _ in slot.labels}
    return {**said, "": NOTHING_PRINTED if text is None else BLANK_SEEN * running_chance(text)}


def _chance(text: str, forms: Sequence[tuple[str, float]]) -> float:
    """P(text | one of the forms, of which something was read)."""
    if is_rule(text) and any(form in MARK_FORMS["SI"] for form, _ in forms):
        return math.exp(WORST)
    return WORD_STRANGER + sum(p * likelihood(text, form) / (1 - likelihood("", form)) for form, p in forms)

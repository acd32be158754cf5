"""Marks at the end of a flattened line: which of its last words stand in which column of the matrix.

A line of a flattened table ends in the small cells of its row, `... I SI S| - - 2`. They are found by aligning the
line's words with the row's slots (role, marks, total), by dynamic programming in log odds: how much likelier a word is
as what may be printed in that slot than as a word of running text. Words may be cut in two slots or join into one,
slots may be lost, and rubbish may stand between them; each at a cost.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ocr.records import Candidate, Place, Reading
from parsers.lexicon import MARK_FORMS, likelihood
from parsers.names import GLUE
from parsers.text import fold

# Costs in nats. Chosen on drawn texts: their order matters (a border is free, a word is not), their size hardly.
LOST = 2.5  # a slot of which nothing was read
UNSEEN_DASH = 0.7  # a dash of which nothing was read, as happens to most
CUT = 4.0  # one word over two slots: cells stand well apart
CUT_AT_BORDER = 0.7  # the same, where a piece of ruled line shows between them
JOINED = 1.5  # two words in one slot
READABLE = 5.0  # a tail that scores this much is surely one
ONLY_DASHES = 0.7  # share of dashes in a column without a session, as far as readings tell
STRAY_DASHES, LEAST_DASHES = 0.1, 0.9  # share of dashes, at most under a session that was held, at least under none
BORDER, SPECK, RUBBISH = 0.1, 1.5, 4.0  # a word in no slot: a piece of rule, one or two strange characters, letters
LEFT = 3.0  # a scrap that looks like marks run together, left to the text
FIRST_GUESS = 4.0  # rows that the first guess of what is printed is worth
DASHES_GUESS = 1.0  # the same of how often dashes are lost: of one report's, nearly all or hardly any
RUNNING_WORD, STRANGE_CHANCE, RULE_CHANCE = 0.02, 0.002, 0.1  # chance of a text outside the small cells, by its kind
SHORT_WORDS = frozenset(("a", "al", "con", "de", "del", "e", "el", "en", "la", "las", "los", "o", "por", "u", "y"))
ACTING = "(e)"  # "encargado", after an office
SHORT = 3  # letters of the longest mark
LONGEST_SCRAP, SHORT_WORD = 10, 5  # letters of marks run together, with a sign in them or without
WORST = math.log(1e-7)  # no word is less likely than this in a slot

_ENDING = re.compile(r"(?<=[cstxgn])i[é6](?=n\b|nes\b)")
_RECENT = re.compile(r"\brecién\b", re.I)
_SIX = re.compile(r"(?<=[a-zñ])6(?=[a-zñ]*\b)")
_NUMBER = re.compile(r"\d{3}")
_SIGNED = re.compile(r"[|\[\]{}()<>=~+*\\/]|\d[^\W\d_]|[^\W\d_]\d")
_RULE = re.compile(r"[|\[\](){}!¦]+")

Labels = tuple[tuple[str, float], ...]  # printed forms and their prior chances, summing to 1


@dataclass(frozen=True, slots=True)
class Slot:
    """A column of small cells: the forms that may be printed there. `lost`: cost of reading nothing, in nats.

    `session`: of marks, whether the column is taken to have one; None where the marks shall tell.
    """

    labels: Labels
    lost: float = LOST
    session: bool | None = None

    @property
    def is_mark(self) -> bool:
        return any(form in MARK_FORMS["SI"] for form, _ in self.labels)

    @property
    def is_held(self) -> bool:
        """Whether it holds the marks of a session that took place."""
        return self.is_mark and (self.dash <= ONLY_DASHES if self.session is None else self.session)

    @property
    def dash(self) -> float:
        """The chance of the mark of a column without a session."""
        return sum(p for form, p in self.labels if form in MARK_FORMS["-"])


@dataclass(frozen=True, slots=True)
class Tail:
    """The small cells of a line: a text for each slot (None: lost), from word `start` on; `score`: log odds, nats."""

    texts: tuple[str | None, ...]
    start: int
    score: float

    def readings(self, slots: Sequence[Slot], places: tuple[Place, ...]) -> tuple[Reading, ...]:
        """What stands in each slot; a lost text has no candidate, with two exceptions.

        A dash is what the engine mostly does not see: where only dashes stand, nothing read (the empty text) is the
        reading. And where one of the marks of held sessions is lost, any of them may be the lost one: all are unread.
        """
        held = [slot.is_held for slot in slots]
        shifted = any(yes and text is None for yes, text in zip(held, self.texts, strict=True))
        texts = [None if shifted and yes else text for yes, text in zip(held, self.texts, strict=True)]
        texts = ["" if t is None and slot.dash > ONLY_DASHES else t for t, slot in zip(texts, slots, strict=True)]
        return tuple(Reading(() if t is None else (Candidate(t, None, "text"),), places) for t in texts)


def words_of(line: str) -> tuple[str, ...]:
    """The line's words, pieces of rule standing alone among them."""
    return tuple(line.split())


def mend(text: str) -> str:
    """Running text with the "ó" restored that an engine without Spanish misreads: "gesti6n", "gestién"."""
    return _SIX.sub("ó", text if _RECENT.search(text) else _ENDING.sub("ió", text))


def is_rule(word: str) -> bool:
    """Whether a word is a piece of ruled line."""
    return _RULE.fullmatch(word) is not None


def is_misread(word: str) -> bool:
    """Whether a word is too short for one of running text, and none of its small words or numbers: a mark misread."""
    folded = fold(word).replace(" ", "")
    return len(folded) <= SHORT and not (folded in GLUE and len(folded) > 1) and not _NUMBER.search(word)


def garbled_end(words: Sequence[str]) -> tuple[str, ...]:
    """The run of scraps at a line's end that marks may have left: misread ones, words with signs or pieces of rule in
    them, and short words among these as long as they are not the most. Pieces of rule standing alone are left out."""
    run: list[str] = []
    kept = odd = 0
    for word in (w for w in reversed(words) if not is_rule(w)):
        strange = is_misread(word) or (len(word) <= LONGEST_SCRAP and _SIGNED.search(mend(word)) is not None)
        if not strange and (len(word) > SHORT_WORD or word.lower() in GLUE):
            break
        run.append(word)
        odd += strange
        if strange and 2 * odd >= len(run):
            kept = len(run)
    return tuple(reversed(run[:kept]))


def mark_slot(weights: Mapping[str, float], lost: float = LOST, session: bool | None = None) -> Slot:
    """A slot of marks; `weights`: chance of each label of lexicon.MARK_FORMS."""
    total = sum(weights.values())
    spread = ((form, w / total * p) for label, w in weights.items() for form, p in MARK_FORMS[label].items())
    return Slot(tuple((form, p) for form, p in spread if form and p > 0), lost, session)


def role_slot() -> Slot:
    """The role: most members are plain (I); the shares are those of ordinary reports, roughly."""
    return Slot((("P", 0.06), ("S", 0.06), ("I", 0.8), ("IP", 0.04), ("O", 0.04)))


def total_slot(columns: int) -> Slot:
    """The printed total: any number up to the number of columns, and one more, for reports miscount."""
    return Slot(tuple((str(n), 1 / (columns + 2)) for n in range(columns + 2)))


def relearn(slots: Sequence[Slot], tails: Sequence[Tail]) -> tuple[Slot, ...]:
    """The slots as these tails show them: what is printed in each column, how, and how often its reading is lost.

    Of columns without a session all tell alike how often a dash is.
    """
    texts = [[t.texts[i] for t in tails] for i in range(len(slots))]
    dashes = [text for slot, some in zip(slots, texts, strict=True) if slot.session is False for text in some]
    unseen = _lost(dashes, DASHES_GUESS, UNSEEN_DASH)
    return tuple(
        replace(slot, labels=_printed(slot, some), lost=unseen if slot.session is False else _lost(some))
        for slot, some in zip(slots, texts, strict=True)
    )


def _lost(texts: Sequence[str | None], guess: float = FIRST_GUESS, first: float = LOST) -> float:
    """The cost of reading nothing where so much of `texts` was lost."""
    return -math.log((texts.count(None) + guess * math.exp(-first)) / (len(texts) + guess))


def _printed(slot: Slot, texts: Sequence[str | None]) -> Labels:
    shares = {form: FIRST_GUESS * p for form, p in slot.labels}
    for text in texts:
        if text is not None:
            chances = {form: p * likelihood(text, form) for form, p in slot.labels}
            total = sum(chances.values()) or 1.0
            for form, chance in chances.items():
                shares[form] += chance / total
    whole = sum(shares.values())
    dash = sum(share for form, share in shares.items() if form in MARK_FORMS["-"]) / whole
    wanted = dash if slot.session is None else min(dash, STRAY_DASHES) if slot.session else max(dash, LEAST_DASHES)
    of_dash, of_others = wanted / dash if dash else 1.0, (1 - wanted) / (1 - dash) if dash < 1 else 1.0
    return tuple(
        (form, share / whole * (of_dash if form in MARK_FORMS["-"] else of_others)) for form, share in shares.items()
    )


def find_tail(words: Sequence[str], slots: Sequence[Slot]) -> Tail:
    """The best reading of the line's end as `slots`. Its score is negative where the line ends in running text."""
    if not _may_end_in_marks(words, slots):
        return Tail((None,) * len(slots), len(words), -sum(slot.lost for slot in slots))
    table = {(i, 0): Tail((), i, -sum(map(left_cost, words[max(0, i - 3) : i]))) for i in range(len(words) + 1)}

    def offer(word: int, slot: int, tail: Tail) -> None:
        known = table.get((word, slot))
        if known is None or tail.score > known.score:
            table[word, slot] = tail

    for i in range(len(words) + 1):
        for j in range(len(slots) + 1):
            so_far = table.get((i, j))
            if so_far is None:
                continue
            for used, taken, gain, texts in moves(words[i : i + 2], slots[j : j + 2]):
                offer(i + used, j + taken, Tail(so_far.texts + texts, so_far.start, so_far.score + gain))
    return table[len(words), len(slots)]


def _may_end_in_marks(words: Sequence[str], slots: Sequence[Slot]) -> bool:
    """Whether any of the last words looks like what stands in a slot: most lines are plain text."""
    kinds = {slot.labels for slot in slots}
    return any(log_odds(word, labels) > 0 for word in words[-len(slots) - 2 :] for labels in kinds)


def moves(words: Sequence[str], slots: Sequence[Slot]) -> Iterator[tuple[int, int, float, tuple[str | None, ...]]]:
    """Ways to go on: words used, slots filled, gain in nats, and the texts that fill them."""
    if slots:
        yield 0, 1, -slots[0].lost, (None,)
    if not words:
        return
    yield 1, 0, -_skip_cost(words[0]), ()
    if slots:
        yield 1, 1, log_odds(words[0], slots[0].labels), (words[0],)
        if len(words) == 2 and len(words[1]) <= SHORT:
            joined = f"{words[0]} {words[1]}"
            yield 2, 1, log_odds(joined, slots[0].labels) - JOINED, (joined,)
    if len(slots) == 2 and 1 < len(words[0]) <= 2 * SHORT:
        gain, texts = _cut(words[0], slots[0].labels, slots[1].labels)
        yield 1, 2, gain, texts


@lru_cache(maxsize=1 << 15)
def _cut(word: str, first: Labels, second: Labels) -> tuple[float, tuple[str, str]]:
    """The best way to cut a word over two slots."""
    cuts = []
    for at in range(1, len(word)):
        left, right = word[:at], word[at:]
        cost = CUT_AT_BORDER if _RULE.fullmatch(left[-1]) or _RULE.fullmatch(right[0]) else CUT
        cuts.append((log_odds(left, first) + log_odds(right, second) - cost, (left, right)))
    return max(cuts)


def left_cost(word: str) -> float:
    """Of leaving a word to the text before the marks: few words of a name hold digits or brackets inside."""
    return LEFT if len(word) <= SHORT + 2 and re.search(r"\w[\d|{}\[\]]|[\d|{}\[\]]\w", word) else 0.0


def _skip_cost(word: str) -> float:
    if _RULE.fullmatch(word):
        return BORDER
    return SPECK if len(re.sub(r"\W", "", word)) <= 1 else RUBBISH


@lru_cache(maxsize=1 << 15)
def log_odds(read: str, labels: Labels) -> float:
    """How much likelier `read` is in a slot of these labels than in running text, in nats."""
    if _RULE.fullmatch(read) and any(form in MARK_FORMS["SI"] for form, _ in labels):
        return WORST  # between marks a ruled line is a ruled line
    chance = sum(p * likelihood(read, form) / (1 - likelihood("", form)) for form, p in labels)
    return max(math.log(max(chance, 1e-12)), WORST) - math.log(running_chance(read))


def running_chance(read: str) -> float:
    if read.lower() == ACTING:
        return RULE_CHANCE
    if len(read) > SHORT or read.lower() in SHORT_WORDS:
        return RUNNING_WORD
    return RULE_CHANCE if _RULE.fullmatch(read) else STRANGE_CHANCE

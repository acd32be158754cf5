"""How likely an engine reads a text where a header prints a day, or that no session was held.

A channel of glyphs: every day that a text comes near is spelled as reports spell days, and each glyph misread, lost or
added costs nats. An engine that is sure of a word seldom errs in it, so that its confidence scales the costs. The costs
are judgements ordered by how often such a misreading is seen on drawn pages; what comes of them is calibrated later.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from ocr.records import Candidate
from parsers.dates import MONTHS, empty_mark_sureness, parse_date, plain

NONE = "none"  # the header says that no session was held
Day = date | str  # a day, or NONE

UNKNOWN_CONFIDENCE = 0.9  # of a candidate whose engine gave none: flattened texts, mostly right where they parse
NO_SESSION = frozenset(("-", "N/A", ""))
NEAREST = 12  # days that a text is held against, besides those that it plainly says
NEAR_SPELLINGS = 4  # of a day's that a text is held against: the nearest by plain edits
SCALE, POWER = (0.5, 2.2), 5  # of the costs: at confidence 0, and what confidence 1 adds, by its fifth power: at 0.8
# one date in ten has a digit misread, at 0.95 none of hundreds
DATE_DIGITS = 5  # of a date, at least: "1/2/24" with one lost
UNTIDY = 0.75  # of the confidence in a date in digits that lost its separators: it was cut badly

SAME_SEPARATOR, LIKE_A_LETTER = 0.25, 0.5  # nats: "-" for "/"; "O" for "0", "1" for "/"
LIKE_A_DIGIT, OTHER_THAN_DIGIT = 4.4, 4.8  # nats: "8" for "3"; "4" for "3". One of 8,000 digits was misread in dates
# on drawn scans with both separators and a confidence of 0.9 or more: a given one for another, once in 100,000
LOST_SEPARATOR, ADDED_SEPARATOR = 0.7, 2.5  # nats
LOST, STRANGE = 3.2, 4.5  # nats: any other glyph lost or added, one for another
GARBLED_DATE, PLAIN_DATE = 10.0, 0.75  # nats on top, of a text that is a date; its sureness from which it is one
GARBLE = (4.0, 12.0)  # nats at which a text tells nothing: at confidence 0, and what confidence 1 adds, as in SCALE
NOT_EMPTY, NOT_A_DASH = 2.2, 4.4  # nats: each sign, or letter or digit, read where nothing or a dash is printed
OTHER_LINE, OTHER_DIGIT = 1.0, 2.2  # nats: each line above the date that is none of it, and each digit there
LEAST_MARK = 0.02  # the mark reader is never surer than this that a header holds a day, or none

SEPARATORS = frozenset("/-.–—,\\")
_DIGIT_SHAPES = ("0OoQDC@", "1lI|!i/7]", "2Zz7", "3", "4A", "5Ss$", "6Gb", "7T", "8Bb&", "9gq")
_DIGITS_ALIKE = ("3895", "0689", "17", "27", "56")


def log_likelihoods(candidates: Iterable[Candidate], days: Iterable[Day]) -> dict[Day, float]:
    """ln P(all that was read | each day), up to a shared constant: the mark reader's say and each text multiply."""
    said = tuple(candidates)
    texts = [c for c in said if c.source != "marks" and (c.text.strip() or c.source != "tesseract")]
    marks = _marks([c for c in said if c.source == "marks"])
    return {d: marks[d == NONE] + sum(_log_likelihood(c, d) for c in texts) for d in days}


def near_days(candidates: Iterable[Candidate], years: Iterable[int], most: int = NEAREST) -> set[Day]:
    """The days that the texts may mean: those that they plainly say, and of these years the nearest to each, `most`."""
    found: set[Day] = {NONE}
    wanted = tuple(sorted(set(years)))
    for candidate in candidates:
        if candidate.source == "marks" or not any(c.isdigit() for c in candidate.text):
            continue
        for year in (None, *wanted):
            said = parse_date(candidate.text, year=year)
            found |= {said[0]} if said else set()
        for tail in _tails(candidate.text) if wanted else ():
            found |= _nearest(tail, wanted, most)
    return found


@lru_cache(maxsize=1 << 12)
def _nearest(text: str, years: tuple[int, ...], most: int) -> frozenset[date]:
    lettered = _is_lettered(text)
    spelled, days = _calendar(years, lettered)
    near = process.extract(plain(text) if lettered else text, spelled, scorer=Levenshtein.distance, limit=most)
    return frozenset(days[index] for _, _, index in near)


@cache
def _calendar(years: tuple[int, ...], lettered: bool) -> tuple[list[str], list[date]]:
    """Every spelling of every day of these years, and the day of each."""
    days = [date(y, 1, 1) + timedelta(n) for y in years for n in range(366) if (date(y, 1, 1) + timedelta(n)).year == y]
    pairs = [(text, day) for day in days for text in spellings(day, lettered=lettered)]
    return [text for text, _ in pairs], [day for _, day in pairs]


def spellings(day: date, *, lettered: bool) -> tuple[str, ...]:
    """The ways to spell a day, without spaces: in digits, or with its month's name."""
    d, m, y = day.day, day.month, day.year
    if not lettered:
        return f"{d:02}/{m:02}/{y}", f"{d}/{m}/{y}", f"{d:02}/{m:02}/{y % 100:02}", f"{y}-{m:02}-{d:02}"
    name, short = MONTHS[m - 1], MONTHS[m - 1][:3]
    numbers = dict.fromkeys((f"{d}", f"{d:02}"))
    cut_short = (text for n in numbers for text in (f"{n}{short}.{y}", f"{n}-{short}-{y}", f"{n}/{short}/{y}"))
    return f"{d}de{name}de{y}", f"{d}de{name}", f"{name}{d}de{y}", *cut_short


def _is_lettered(text: str) -> bool:
    return bool(re.search(r"[a-z]{3}", plain(text)))


@lru_cache(maxsize=1 << 12)
def _tails(text: str) -> tuple[str, ...]:
    """A cell's text without spaces, whole and without its first lines: a heading may have run into its date."""
    lines = ["".join(line.split()) for line in text.split("\n")]
    return tuple("".join(lines[i:]) for i in range(len(lines)))


def is_telling(candidate: Candidate, days: Iterable[Day]) -> bool:
    """Whether a text comes near to what one of these days prints, or none; a stamp's letters do not."""
    return max(_log_likelihood(candidate, d) for d in days) > -_garble(candidate)


def _log_likelihood(candidate: Candidate, day: Day) -> float:
    scale = SCALE[0] + SCALE[1] * _trusted(candidate) ** POWER
    tails = _tails(candidate.text)
    nearest = min(_dropped(tails[0], tail, lines) + cost(tail, day) for lines, tail in enumerate(tails))
    return -min(scale * nearest, _garble(candidate))


@lru_cache(maxsize=1 << 12)
def _garble(candidate: Candidate) -> float:
    """Nats that any day costs where a text says nothing of it: ink over the date, a cell cut amiss. Such texts hardly
    ever make a whole date."""
    said = parse_date(candidate.text)
    plainly = GARBLED_DATE if said and said[1] >= PLAIN_DATE else 0.0
    return GARBLE[0] + GARBLE[1] * _trusted(candidate) ** POWER + plainly


def _trusted(candidate: Candidate) -> float:
    """The engine's confidence, as far as it can be believed of a date."""
    confidence = UNKNOWN_CONFIDENCE if candidate.confidence is None else candidate.confidence
    in_digits = sum(c.isdigit() for c in candidate.text) >= DATE_DIGITS and not _is_lettered(candidate.text)
    return confidence * UNTIDY if in_digits and SEPARATORS.isdisjoint(candidate.text) else confidence


def _dropped(whole: str, tail: str, lines: int) -> float:
    """Nats of taking the lines before `tail` for something else: words may be, digits hardly."""
    before = whole[: len(whole) - len(tail)]
    return OTHER_LINE * lines + OTHER_DIGIT * sum(c.isdigit() for c in before)


@lru_cache(maxsize=1 << 16)
def cost(text: str, day: Day) -> float:
    """Nats between a text without spaces and the nearest spelling of a day (or of none)."""
    if not isinstance(day, date):
        glyphs = sum(NOT_A_DASH if c.isalnum() else NOT_EMPTY for c in text)
        return min(glyphs, 1 / max(empty_mark_sureness(text), 1e-9) - 1)
    lettered = _is_lettered(text)
    read = plain(text) if lettered else text
    nearest = process.extract(
        read, spellings(day, lettered=lettered), scorer=Levenshtein.distance, limit=NEAR_SPELLINGS
    )
    return min(_edit_cost(read, spelled) for spelled, *_ in nearest)


def _edit_cost(read: str, printed: str) -> float:
    row = [0.0]
    for glyph in printed:
        row.append(row[-1] + _lost(glyph))
    for a in read:
        added = ADDED_SEPARATOR if a in SEPARATORS else LOST
        above, row = row, [row[0] + added]
        for j, b in enumerate(printed, 1):
            row.append(min(above[j - 1] + _misread(a, b), above[j] + added, row[-1] + _lost(b)))
    return row[-1]


def _lost(glyph: str) -> float:
    return LOST_SEPARATOR if glyph in SEPARATORS else LOST


@cache
def _misread(read: str, printed: str) -> float:
    """Nats of reading one glyph where another is printed."""
    if read == printed:
        return 0.0
    if printed in SEPARATORS:
        is_stroke = printed == "/" and read in "1lI|!i7f("
        return SAME_SEPARATOR if read in SEPARATORS else LIKE_A_LETTER if is_stroke else STRANGE
    if read.isdigit() and printed.isdigit():
        return LIKE_A_DIGIT if any(read in g and printed in g for g in _DIGITS_ALIKE) else OTHER_THAN_DIGIT
    if printed.isdigit():
        return LIKE_A_LETTER if read in _DIGIT_SHAPES[int(printed)] else STRANGE
    return STRANGE


def _marks(candidates: list[Candidate]) -> Mapping[bool, float]:
    """ln-likelihoods of a day (False) and of none (True) under the mark reader's distributions, one a printing."""
    mass = sum(c.confidence or 0.0 for c in candidates)
    if not mass:
        return {False: 0.0, True: 0.0}
    none = sum(c.confidence or 0.0 for c in candidates if c.text in NO_SESSION) / mass
    none = min(max(none, LEAST_MARK), 1 - LEAST_MARK)
    printings = max(1, round(mass))
    return {False: printings * math.log(1 - none), True: printings * math.log(none)}

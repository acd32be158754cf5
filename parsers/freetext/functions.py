"""The functions of a flattened matrix: each one's text, and its marks.

The marks of a function stand at the end of one of its lines, or on lines of their own after it, one or more a line.
The lines are cut into functions all at once, by dynamic programming: a function begins with a capital, ends with a full
stop, and holds one set of marks.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ocr.records import Candidate, Reading, TextLine
from parsers.freetext.cells import cell_readings, if_seen
from parsers.freetext.columns import EMPTY, columns, held_dates, like_attendance
from parsers.freetext.patterns import likely_patterns
from parsers.freetext.slots import (
    UNSEEN_DASH,
    Slot,
    Tail,
    find_tail,
    garbled_end,
    is_misread,
    log_odds,
    mark_slot,
    mend,
    words_of,
)
from parsers.freetext.unread import FUNCTIONS_CUT, SESSION_COLUMNS
from parsers.freetext.ways import function_ways
from parsers.freetext.zones import Zone
from parsers.odd_rows import WITHOUT_MARKS
from parsers.records import ColumnReading, FunctionMatrix, FunctionReading, MatrixKind

# Chances of each mark in a column with a session, in one without, and under «se abordó».
HELD = {"SI": 0.55, "NO": 0.3, "X": 0.1, "": 0.05}
NOT_HELD = {"-": 0.95, "": 0.05}
ADDRESSED = {"SI": 0.8, "NO": 0.2}

# Nats, chosen on drawn texts.
NO_MARKS = 9.0  # cost of a function without readable marks
NO_BEGINNING = 6.0  # cost of a function that does not begin with a capital, its beginning being unreadable
UNFINISHED = 4.0  # cost of a function that does not end with a full stop, a semicolon or a colon
FINISHED_INSIDE = 10.0  # cost of a sentence's end, and a capital after it, inside a function
VERB_INSIDE = 6.0  # cost of a line inside a function that begins as functions do, the end before it misread
MARKED_INSIDE = 10.0  # more of the same, with marks between: they are another function's, whatever is lost of them
LIKE_MARKS = -4.0  # least log odds of each word of a line of marks alone: such a line holds nothing else
SHORTEST_WORD = 4  # letters of a word that belongs to the text beyond doubt
STRAY_MARKS = 2  # more of them, and two functions have run together
QUOTES = "“”‘’'\"«»"  # which grain leaves before a word
SCRAPS = 3  # at the end of a line, that were marks

_ENDS = re.compile(r"(?<!\bD\.C)(?<!\bNo)[.;:]\W*$")
_NOUNS = "Mujer|Bienestar|Familiar|Escolar|Popular|Militar|Hogar|Auxiliar|Particular|Lugar|Regular|Similar|Saber|Poder"
_INFINITIVE = re.compile(rf"(?!{_NOUNS})[A-Z][a-z]{{2,}}[aei]r(?:se)?")
_TWO = re.compile(r"[^\W\d_]{3}[.;:]\W+(?:\w{1,4}\W+){0,5}[A-Z][a-z]{3}")  # an end, scraps, and a beginning


@dataclass(frozen=True, slots=True)
class _Line:
    """A line parted into its text and its marks; either may be empty."""

    line: TextLine
    text: tuple[str, ...]
    marks: tuple[str, ...]
    scraps: tuple[str, ...] = ()  # marks that nobody can read

    @property
    def may_begin(self) -> bool:
        first = self.text[0].lstrip(QUOTES) if self.text else ""
        return first[:1].isupper() and len(first) >= SHORTEST_WORD

    @property
    def begins_with_verb(self) -> bool:
        """Whether it begins as functions do, "Articular", wherever the one before may end."""
        return self.may_begin and _INFINITIVE.fullmatch(self.text[0].lstrip(QUOTES)) is not None

    @property
    def ends(self) -> bool:
        text = self.text[: len(self.text) - len(garbled_end(self.text))] or self.text
        return bool(text) and _ENDS.search(text[-1]) is not None


def read_functions(kind: MatrixKind, zone: Zone, attended: Sequence[ColumnReading] | None) -> FunctionMatrix | None:
    """The matrix under those headers; None where nothing stands. `attended`: the columns of the attendance matrix."""
    if not zone.body:
        return None
    dates = held_dates(zone.headers)
    if attended is None:
        pattern = likely_patterns(dates, zone.headers)[0]
        held = list(pattern.held)
        found = columns(dates, held, pattern.quarters)
    else:
        held = [column.date.text != EMPTY for column in attended]
        found = like_attendance(dates, attended)
    marks = (mark_slot(HELD, session=True) if yes else mark_slot(NOT_HELD, UNSEEN_DASH, False) for yes in held)
    slots = (*marks, mark_slot(ADDRESSED))
    lines = [_part(line, slots) for line in zone.body]
    parts = _cut(lines, slots)
    rows = tuple(
        replace(_function(part, slots), doubts=(WITHOUT_MARKS,) if _may_be_marked_by(part, below) else ())
        for part, below in zip(parts, (*parts[1:], None), strict=True)
    )
    lost = any(_is_cut(before, part, slots) for before, part in zip((None, *parts), parts, strict=False))
    lost = lost or not (zone.headers or parts[0][0].may_begin)
    doubts = {SESSION_COLUMNS: attended is None, FUNCTIONS_CUT: lost}
    warnings = tuple(reason for reason, applies in doubts.items() if applies)
    return FunctionMatrix(kind, found, rows, warnings, scoped=bool(zone.headers))


def _is_cut(before: Sequence[_Line] | None, part: Sequence[_Line], slots: Sequence[Slot]) -> bool:
    """Whether a part is no whole function, or more than one: then one may be missing, of which no line is left.

    A small initial is a misread one, where the function before it ended and it ends itself.
    """
    texts = [line for line in part if line.text]
    text = " ".join(word for line in texts for word in line.text)
    two = _TWO.search(text) or any(b.may_begin and (a.ends or b.begins_with_verb) for a, b in pairwise(texts))
    headless = not part[0].may_begin and not (_ends(part) and (before is None or _ends(before)))
    return bool(two) or headless or sum(len(line.marks) for line in part) > len(slots) + STRAY_MARKS


def _may_be_marked_by(part: Sequence[_Line], below: Sequence[_Line] | None) -> bool:
    """Whether a function's marks stand alone under it, and the one below has none: they may be that one's."""
    if below is None or any(line.marks for line in below):
        return False
    return bool(part[-1].marks) and not part[-1].text


def _ends(part: Sequence[_Line]) -> bool:
    return any(line.ends for line in [line for line in part if line.text][-1:])


def _part(line: TextLine, slots: Sequence[Slot]) -> _Line:
    words = tuple(w for w in words_of(line.text) if w != "|") or words_of(line.text)
    if _all_marks(words, slots):
        return _Line(line, (), words)
    tail = find_tail(words, slots)
    if tail.score <= 0:
        text = _without_scraps(words)
        return _Line(line, text, (), words[len(text) :])
    text = words[: tail.start]
    if not any(len(re.sub(r"[\W\d]", "", w)) >= SHORTEST_WORD for w in text):
        text = ()  # scraps before the marks
    return _Line(line, text, words[tail.start :])


def _all_marks(words: Sequence[str], slots: Sequence[Slot]) -> bool:
    odds = [max(log_odds(word, slot.labels) for slot in slots) for word in words]
    return bool(odds) and min(odds) > LIKE_MARKS and len(words) <= len(slots)


def _cut(lines: Sequence[_Line], slots: Sequence[Slot]) -> list[Sequence[_Line]]:
    """The lines, function by function."""
    bounds = [i for i, x in enumerate(lines) if i == 0 or _may_follow(lines[:i], x)] + [len(lines)]
    best: list[tuple[float, int]] = [(0.0, 0)] + [(-math.inf, 0)] * (len(bounds) - 1)
    for i, start in enumerate(bounds[:-1]):
        for j in range(i + 1, len(bounds)):
            part = lines[start : bounds[j]]
            if j > i + 1 and sum(len(line.marks) for line in part) > 2 * len(slots):
                break
            score = best[i][0] + _score(part, slots)
            if score > best[j][0]:
                best[j] = (score, i)
    cuts = [len(bounds) - 1]
    while cuts[-1]:
        cuts.append(best[cuts[-1]][1])
    return [lines[bounds[i] : bounds[j]] for j, i in reversed(list(pairwise(cuts)))]


def _may_follow(before: Sequence[_Line], line: _Line) -> bool:
    """Whether a function may begin with the line: with a capital or, misread, after marks or after a function's end."""
    ended = next((x.ends for x in reversed(before) if x.text), False)
    return line.may_begin or (bool(line.text) and (bool(before[-1].marks) or ended))


def _score(part: Sequence[_Line], slots: Sequence[Slot]) -> float:
    texts = [line for line in part if line.text]
    if not texts:
        return -math.inf
    score = max(_tail(part, slots).score, -NO_MARKS) - (0.0 if texts[-1].ends else UNFINISHED)
    beginning = 0.0 if part[0].may_begin else NO_BEGINNING
    return score - _finished_inside(part) - beginning


def _finished_inside(part: Sequence[_Line]) -> float:
    """The cost of ends inside a function, each with a beginning after it; more of those with marks between."""
    cost, ended, marked = 0.0, False, False
    for line in part:
        if line.text:
            if line.may_begin and ended:
                cost += FINISHED_INSIDE + MARKED_INSIDE * marked
            elif line.begins_with_verb and line is not part[0]:
                cost += VERB_INSIDE
            ended, marked = line.ends, bool(line.marks)
        marked = marked or bool(line.marks)
    return cost


def _tail(part: Sequence[_Line], slots: Sequence[Slot]) -> Tail:
    return find_tail([word for line in part for word in line.marks], slots)


def _function(part: Sequence[_Line], slots: Sequence[Slot]) -> FunctionReading:
    marks = [word for line in part for word in line.marks]
    tail = _tail(part, slots)
    readable = tail.score > 0 and len(marks) <= len(slots) + STRAY_MARKS and part[0].may_begin
    at = tuple(line.line.place for line in part if line.marks) or (part[0].line.place,)
    if readable:
        cells = tail.readings(slots, at)
    else:
        scraps = max((line.scraps for line in part), key=len)
        cells = tuple(map(if_seen, cell_readings(scraps, slots, at), slots))
    ways = function_ways(marks, slots) if readable else ()
    words = mend(" ".join(word for line in part for word in line.text))
    text = Reading((Candidate(words, None, "text"),) if words else (), tuple(line.line.place for line in part))
    return FunctionReading(text, cells[:-1], cells[-1], ways=ways)


def _without_scraps(words: tuple[str, ...]) -> tuple[str, ...]:
    """A line without what unreadable marks left at its end: several scraps that are no words."""
    kept = len(words)
    while kept and is_misread(words[kept - 1]):
        kept -= 1
    return words[:kept] if len(words) - kept >= SCRAPS else words

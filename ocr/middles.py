"""A matrix's body and heading → the middles of its narrow columns, those that hold nothing among them. In inches."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean

from ocr.bodies import LEAST_SHARED, LEVEL, Body
from ocr.extents import CENTRED, LEAST_NAME, LETTER, NARROW
from ocr.headings import SIDE, Columns
from ocr.pieces import Piece

OWN = 0.1  # from a column's middle to that of what stands in it
NEW = 0.7  # of the columns' pitch: a column that only its heading shows stands so far from the others
NAME_GAP = 0.12  # white between the names of two columns; the words of one stand nearer
ROUND = 0.3  # of a column, by which the middle of what is written over all of them may be off
NEAREST = 0.8  # of the least step, for a first column of marks to be one
STEADY = 1.5  # times the least step between columns of marks: a missing one leaves twice the step


def all_middles(body: Body, heading: Sequence[Piece], words_end: float) -> list[float]:
    """The middles of the narrow columns, with those that hold nothing below their heading, or little."""
    middles = list(body.middles)
    pitch = min(b - a for a, b in pairwise(middles))
    below = [p.x for line in body.lines for p in line.pieces if p.x0 > words_end]
    reach = middles[0] - STEADY * pitch  # further left stand the names of the columns of words
    shown = [p.x for p in _beside_known(heading, middles) if p.x0 > words_end and p.x > reach]
    for x in sorted([x for x in below if sum(abs(x - o) < CENTRED for o in below) > 1] + shown):
        own = [o for o in [*below, *shown] if abs(o - x) <= CENTRED]
        if x < middles[-1] and all(abs(x - m) >= NEW * pitch for m in middles):
            middles = sorted([*middles, fmean(own)])
    return middles


def _beside_known(heading: Sequence[Piece], middles: Sequence[float]) -> list[Piece]:
    """What stands in a heading on one line with the quarters or dates of columns that are known: those of others.

    A dash among them is as small as dust, and is one only where the columns are as far apart as others are.
    """
    narrow = [p for p in heading if p.width <= NARROW]
    marks = [m for m in middles[:-1] if any(p.height >= LETTER and abs(p.x - m) <= CENTRED for p in narrow)]
    step = min((b - a for a, b in pairwise(marks)), default=0.0)
    known = [p for p in narrow if p.height >= LETTER and any(abs(p.x - m) <= CENTRED for m in marks)]
    beside = [p for p in narrow if any(k is not p and abs(p.y - k.y) <= LEVEL for k in known)]
    return [p for p in beside if p.height >= LETTER or (step and _is_in_step(p.x, marks, step))]


def _is_in_step(x: float, marks: Sequence[float], step: float) -> bool:
    off = min((abs(x - m) for m in marks), default=0.0) / step
    return round(off) > 0 and abs(off - round(off)) * step <= CENTRED


def without_words(middles: Sequence[float]) -> tuple[float, ...]:
    """The middles of a functions' matrix without first ones where its words end lines as if in a column: too near."""
    kept = list(middles)
    while len(kept) > LEAST_SHARED and kept[1] - kept[0] < NEAREST * min(b - a for a, b in pairwise(kept[1:])):
        kept = kept[1:]
    return tuple(kept)


def with_blank(middles: Sequence[float], heading: Sequence[Piece], words_end: float) -> list[float]:
    """The middles of a functions' matrix with those of columns that are blank from top to bottom: of sessions not held.

    All are as far apart as one another, and what is written over all of them stands over their middle.
    """
    marks, last = list(middles[:-1]), middles[-1]
    if len(marks) < 2:
        return list(middles)
    step = min(b - a for a, b in pairwise(marks))
    for a, b in list(pairwise(marks)):
        marks += [a + (b - a) * k / round((b - a) / step) for k in range(1, round((b - a) / step))]
    marks.sort()
    over = [p for p in heading if p.width > NARROW and words_end < p.x0 and p.x1 < last]
    if over:
        middle = (min(p.x0 for p in over) + max(p.x1 for p in over)) / 2
        lacking = (2 * middle - marks[0] - marks[-1]) / step
        right, left = max(0, round(lacking)), max(0, -round(lacking))
        sure = abs(lacking - round(lacking)) <= ROUND
        if sure and marks[-1] + (right + 0.5) * step < last and marks[0] - (left + 0.5) * step > words_end - OWN:
            marks = [marks[0] - step * k for k in range(left, 0, -1)] + marks
            marks += [marks[-1] + step * k for k in range(1, right + 1)]
    return [*marks, last]


def are_regular(columns: Columns) -> bool:
    """Whether the columns of marks are as far apart as one another: where they are not, one may be missing."""
    marks = columns.middles[columns.words > 1 : -1]
    steps = [b - a for a, b in pairwise(marks)]
    if not steps:
        return True
    sides = [b - a for a, b in pairwise(columns.middles) if (a, b) not in set(pairwise(marks))]
    return max([*steps, *sides]) <= STEADY * min(steps)


def names_of(heading: Sequence[Piece], body: Body, middles: Sequence[float]) -> list[tuple[float, float]]:
    """The extents of the names of the columns of words in a body's heading, left to right."""
    return _names([p for p in heading if p.x1 < middles[0] - SIDE and p.y0 > body.top - SIDE and p.width > LEAST_NAME])


def _names(pieces: Sequence[Piece]) -> list[tuple[float, float]]:
    """The extents of the names of the columns of words, left to right."""
    found: list[tuple[float, float]] = []
    for p in sorted(pieces, key=lambda p: p.x0):
        if found and p.x0 - found[-1][1] < NAME_GAP:
            found[-1] = (found[-1][0], max(p.x1, found[-1][1]))
        else:
            found.append((p.x0, p.x1))
    return found

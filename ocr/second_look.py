"""A second look at what the first leaves in doubt: the same cell seen differently, before a person is asked."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import cv2
import numpy as np

from ocr import marks
from ocr.clusters import ENOUGH, SmallInk, sure_of_print
from ocr.engine import Lines, Question
from ocr.ink import Grey, parts_at
from ocr.marks import Sight
from ocr.records import Candidate

# How far to the sides of the place of marks, and above and below it, ink may reach to be one, in heights of a capital:
# "N/A" in a wide font, two letters, one, a dash; an accent above a capital.
REACHES = ((1.5, 0.9), (0.9, 0.9), (0.55, 0.9), (0.3, 0.9))


# Looks at texts that the engine doubts. In 53 cells of stamped, worn and coarse drawn pages, the surest of the first
# look and these two is 92.4 % like what was printed, the first alone 91.2 %; a sharpened or black-and-white crop, a
# larger one, or one without its strokes add nothing.
SURE_TEXT = 0.85  # mean confidence of words from which a text is not read again
LEAST_TEXT = 4  # letters and digits: below, it is dirt or a mark, and the surest of several looks would be chance
SMALLER = 0.75  # of the first look's scale


@dataclass(frozen=True, slots=True)
class Look:
    """What the engine read in a crop, and how: `name` is that of a candidate's source."""

    name: str
    lines: Lines

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.text, self.confidence, self.name)

    @property
    def text(self) -> str:
        return "\n".join(" ".join(word.text for word in line) for line in self.lines)

    @property
    def confidence(self) -> float:
        known = [w.confidence for line in self.lines for w in line if w.confidence is not None]
        return fmean(known) if known else 0.0


def looks(
    crops: Sequence[Grey], first: Sequence[Lines], scale: float, *, again: bool = True
) -> Generator[Question, list[Lines], list[tuple[Look, ...]]]:
    """What the engine reads in each crop, the surest look first: what it read surely at once has one look. Asks what
    is in doubt.

    `first`: what it read at first, at the enlargement `scale`. `again`: whether more looks may be had.
    """
    found: list[tuple[Look, ...]] = [(Look("tesseract:first", lines),) for lines in first]
    doubtful = [i for i, (look, *_) in enumerate(found) if again and _is_doubtful(look)]
    dim = [crops[i] for i in doubtful]
    smooth = [np.asarray(cv2.medianBlur(crop, 3), np.uint8) for crop in dim]
    smaller = scale * SMALLER
    scales = [*[(smaller, smaller)] * len(dim), *[(scale, scale)] * len(dim)]  # in its whole width, however wide
    seen = (yield Question([*dim, *smooth], scales)) if dim else []
    for i, small, soft in zip(doubtful, seen[: len(dim)], seen[len(dim) :], strict=True):
        every = (*found[i], Look("tesseract:smaller", small), Look("tesseract:smooth", soft))
        found[i] = tuple(sorted(every, key=lambda look: -look.confidence))
    return found


def _is_doubtful(first: Look) -> bool:
    return first.confidence < SURE_TEXT and sum(c.isalnum() for c in first.text) >= LEAST_TEXT


# ---------------------------------------------------------------- marks


def small_inks(
    seen: Sequence[Sequence[Sight | None]], crops: Sequence[Sequence[Grey]], char_height: float
) -> tuple[SmallInk, ...]:
    """The ink of all small cells of a page's tables, to be compared with that of the whole document.

    Those of several pieces come with the parts that stand where the page's marks stand: a stroke of a stamp comes in
    from outside, dirt lies aside, and what is left without them may be a mark.
    """
    inks: list[SmallInk] = []
    inked: list[Grey | None] = []
    for t, (sights, cut) in enumerate(zip(seen, crops, strict=True)):
        for i, (sight, crop) in enumerate(zip(sights, cut, strict=True)):
            ink = sight and SmallInk.of(sight, (t, i), crop.shape, char_height)
            if sight and ink:
                inks.append(ink)
                inked.append(None if sight.lone else crop)
    return _with_parts(inks, inked, char_height)


def _with_parts(inks: Sequence[SmallInk], crops: Sequence[Grey | None], char_height: float) -> tuple[SmallInk, ...]:
    sure = sure_of_print([ink.shares for ink in inks]) if inks else np.zeros(0, bool)
    if sure.sum() < ENOUGH:
        return tuple(inks)
    x, y = np.median([ink.seat for ink, printed in zip(inks, sure, strict=True) if printed], axis=0)
    seat = (float(x), float(y))
    parts = [[] if crop is None else parts_at(crop, char_height, seat, REACHES) for crop in crops]
    sights = iter(marks.see_marks([part for some in parts for part in some], char_height))
    found = []
    for ink, some in zip(inks, parts, strict=True):
        seen = [SmallInk.of(next(sights), (ink.table, ink.cell), part.shape, char_height) for part in some]
        found.append(replace(ink, parts=tuple(part for part in seen if part is not None)))
    return tuple(found)

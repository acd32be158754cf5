"""A second look at what the first leaves in doubt: the same cell seen differently, before a person is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ocr import marks
from ocr.clusters import ENOUGH, SmallInk, sure_of_print
from ocr.ink import Grey, parts_at
from ocr.marks import Sight

# How far to the sides of the place of marks, and above and below it, ink may reach to be one, in heights of a capital:
# "N/A" in a wide font, two letters, one, a dash; an accent above a capital.
REACHES = ((1.5, 0.9), (0.9, 0.9), (0.55, 0.9), (0.3, 0.9))


def small_inks(
    seen: Sequence[Sequence[Sight | None]], crops: Sequence[Sequence[Grey]], char_height: float
) -> tuple[SmallInk, ...]:
    """The ink of all small cells of a page's tables, to be compared with that of the whole document.

    Those of several pieces come with the parts that stand where the page's marks stand: a stroke of a stamp comes in
    from outside, dirt lies aside, and what is left without them may be a mark.
    """
    inks, inked = [], []
    for t, (sights, cut) in enumerate(zip(seen, crops, strict=True)):
        for i, (sight, crop) in enumerate(zip(sights, cut, strict=True)):
            ink = sight and SmallInk.of(sight, (t, i), crop.shape, char_height)
            if ink:
                inks.append(ink)
                inked.append(crop)
    return _with_parts(inks, inked, char_height)


def _with_parts(inks: Sequence[SmallInk], crops: Sequence[Grey], char_height: float) -> tuple[SmallInk, ...]:
    sure = sure_of_print([ink.shares for ink in inks]) if inks else np.zeros(0, bool)
    if sure.sum() < ENOUGH:
        return tuple(inks)
    x, y = np.median([ink.seat for ink, printed in zip(inks, sure, strict=True) if printed], axis=0)
    parts = [parts_at(crop, char_height, (float(x), float(y)), REACHES) for crop in crops]
    sights = iter(marks.see_marks([part for some in parts for part in some], char_height))
    found = []
    for ink, some in zip(inks, parts, strict=True):
        seen = [SmallInk.of(next(sights), (ink.table, ink.cell), part.shape, char_height) for part in some]
        found.append(replace(ink, parts=tuple(part for part in seen if part is not None)))
    return tuple(found)

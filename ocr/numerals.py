"""A second look at «III» over «Trimestre»: its strokes counted, where the engine sees a word («mi», «nl», «|»).

Two bands of a roman number are cut, one above its middle and one below. In each, an I is a run of ink; a V is two runs,
which stand nearer each other in the lower band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ocr.ink import Grey
from ocr.records import Box, Word

QUARTER = ("trim", "rimes")  # in the word beside the number, however it is cut
LONGEST = 4  # letters that the engine may make of a number
HIGH = (0.7, 1.5)  # heights of a capital that a number may have
WIDEST = 2.6  # heights of a capital: «III» of a bold face with serifs
UPPER, LOWER = (0.2, 0.4), (0.6, 0.8)  # the bands, as shares of the number's height
PAD = 0.15  # of a capital's height by which the engine's box may cut a stroke
BESIDE = 0.5  # of it beside the box where another stroke of the number may stand; a word's first upright stands farther
INKED = 0.5  # between paper and the number's black
EVEN = 1.7  # times the thinnest stroke that the thickest may measure
STRAIGHT = 0.12  # of the number's height that an upright stroke's middle may move from band to band
SLANTED = 0.12  # of it that each stroke of a V moves towards the other, at least
SURE = 0.97  # of 146 numbers on scans under all conditions 124 were read, and none wrongly
NUMERALS = ("I", "II", "III")

Runs = list[tuple[float, float]]  # middle and width, pixels


def with_numerals(lines: Sequence[tuple[Word, ...]], page: Grey, height: float) -> list[tuple[Word, ...]]:
    """The lines of one cell, the number beside «Trimestre» read by its strokes. `height`: of a capital, pixels."""
    at = _place(lines)
    if at is None:
        return list(lines)
    line, index = at
    numeral = read_numeral(page, lines[line][index].box, height)
    if numeral is None:
        return list(lines)
    words = list(lines[line])
    words[index] = replace(words[index], text=numeral, confidence=SURE)
    return [tuple(words) if i == line else some for i, some in enumerate(lines)]


def read_numeral(page: Grey, box: Box | None, height: float) -> str | None:
    """The roman number I to IV that stands in a box of the page; None where its strokes are not those of one.

    A stroke just beside the box is one that the engine's box cuts off: which number it is cannot be told then.
    """
    if box is None or not HIGH[0] * height <= box.height <= HIGH[1] * height or box.width > WIDEST * height:
        return None
    y0, y1, beside = round(box.y0), round(box.y1), round(BESIDE * height)
    x0 = max(0, round(box.x0) - beside)
    ink = page[y0:y1, x0 : round(box.x1) + beside]
    if not ink.size:
        return None
    dark = ink < 255 - INKED * (255 - float(ink.min()))
    upper, lower = (_runs(dark, band) for band in (UPPER, LOWER))
    inside = (box.x0 - x0 - PAD * height, box.x1 - x0 + PAD * height)
    if any(not inside[0] <= middle <= inside[1] for middle, _ in (*upper, *lower)):
        return None
    return _numeral(upper, lower, y1 - y0)


def _place(lines: Sequence[tuple[Word, ...]]) -> tuple[int, int] | None:
    """Line and place in it of the short word beside the one that names a quarter: on its line, else alone above it."""
    for i, line in enumerate(lines):
        named = next((k for k, w in enumerate(line) if any(part in w.text.lower() for part in QUARTER)), None)
        if named is not None:
            beside = [(i, k) for k in (named - 1, named + 1) if 0 <= k < len(line)]
            above = [(i - 1, 0)] if i and len(lines[i - 1]) == 1 else []
            return next((at for at in (*beside, *above) if len(lines[at[0]][at[1]].text) <= LONGEST), None)
    return None


def _runs(dark: npt.NDArray[np.bool_], band: tuple[float, float]) -> Runs:
    """The runs of columns that are dark in most rows of a band."""
    top, bottom = (round(share * len(dark)) for share in band)
    columns = dark[top : max(top + 1, bottom)].mean(axis=0) >= INKED
    edges = np.flatnonzero(np.diff(np.r_[False, columns, False].astype(np.int8)))
    return [((a + b) / 2, float(b - a)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _numeral(upper: Runs, lower: Runs, height: float) -> str | None:
    if not 0 < len(upper) <= len(NUMERALS):
        return None
    if len(upper) == len(NUMERALS) and _is_four(upper, lower, height):
        return "IV"
    if len(upper) != len(lower):
        return None
    widths = [width for _, width in (*upper, *lower)]
    straight = all(abs(b - a) <= STRAIGHT * height for (a, _), (b, _) in zip(upper, lower, strict=True))
    even = max(widths) <= EVEN * min(widths) and _is_even(upper)
    return NUMERALS[len(upper) - 1] if straight and even else None


def _is_four(upper: Runs, lower: Runs, height: float) -> bool:
    """Whether an upright stroke stands before two that meet below, or nearly do."""
    if len(lower) not in (2, 3) or abs(lower[0][0] - upper[0][0]) > STRAIGHT * height:
        return False
    if len(lower) == 2:
        return upper[1][0] + SLANTED * height <= lower[1][0] <= upper[2][0] - SLANTED * height
    return lower[1][0] - upper[1][0] >= SLANTED * height and upper[2][0] - lower[2][0] >= SLANTED * height


def _is_even(runs: Runs) -> bool:
    """Whether the strokes stand at one pitch."""
    pitches = [b[0] - a[0] for a, b in pairwise(runs)]
    return not pitches or max(pitches) <= EVEN * min(pitches)

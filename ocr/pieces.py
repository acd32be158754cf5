"""Upright page → the pieces of text on it, in inches: words and runs of words that white parts from their neighbours.

Nothing is read here: where text stands is evidence of its own for the rows and columns of a table (`ocr.bodies`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr import blobs

Grey = npt.NDArray[np.uint8]
Ink = npt.NDArray[np.uint8]
Band = tuple[float, float, float, float]  # x0, y0, x1, y1 in inches

PIECE_DPI = 150.0  # a dash is still two pixels high
DARK = 185  # grey level below which a pixel is ink: the dash of a worn copy is pale, a lost dot of a scan paler
RULE = 0.3  # inches of unbroken ink that are a rule: letters have gaps
SPECK = 0.026  # inches: smaller ink is dust; the hyphen of 8-point type measures 0.033 to 0.037
FLAT = 0.026  # inches: lower ink is a dash or what is left of a rule
LONG = 0.2  # inches: flat pieces as long are a rule; the long dash of 12-point type measures 0.17
COMPANY = 0.22  # inches beside a flat piece in which rests of its rule show; the next column's dash stands further off
LEAST_COMPANY = 0.03  # inches of such rests that make it one of them
SPACE = 0.085  # inches between letters that belong to one piece: above a space, below the white along a rule
EVEN_SPACE = 0.125  # the same in a type of even width: its space is as wide as its letters
LOWER = (0.04, 0.14)  # inches: heights of letters; none of them is wider
LEAST_LETTERS = 100
BASE = 0.05  # inches by which letters of one line may stand off one another
NEXT = (0.03, 0.12)  # inches between the middles of letters that stand next to one another
EVENLY, LEAST_EVEN = 0.08, 0.45  # how far steps are off their median, and the share that is no further: elsewhere 0.28
LARGEST = 0.45  # inches: higher ink is a picture


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text: its box in inches, origin at the page's top left."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def x(self) -> float:
        return (self.x0 + self.x1) / 2

    @property
    def y(self) -> float:
        return (self.y0 + self.y1) / 2

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0


def pieces(grey: Grey, dpi: float, bands: Sequence[Band] = ()) -> tuple[Piece, ...]:
    """The pieces of text of an upright page, top to bottom; what lies in one of the `bands` belongs to none."""
    scale = min(1.0, PIECE_DPI / dpi)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    unit = dpi * scale
    ink = _letters((small < DARK).astype(np.uint8), unit)
    for x0, y0, x1, y1 in bands:
        ink[round(max(0.0, y0) * unit) : round(y1 * unit) + 1, round(max(0.0, x0) * unit) : round(x1 * unit) + 1] = 0
    space = EVEN_SPACE if _is_evenly_set(ink, unit) else SPACE
    joined = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((1, max(3, round(unit * space))), np.uint8))
    boxes = blobs.labelled(np.asarray(joined, dtype=np.uint8), connectivity=4)[1][1:]
    found = [Piece(x / unit, y / unit, (x + w) / unit, (y + h) / unit) for x, y, w, h in boxes.tolist()]
    found = [p for p in found if p.height >= FLAT * 1.5 or p.width < LONG]
    return tuple(sorted(found, key=lambda p: (p.y0, p.x0)))


def _is_evenly_set(ink: Ink, unit: float) -> bool:
    """Whether the page is set in a type whose letters are all as wide as one another, with spaces to match."""
    x, y, width, height = blobs.boxes(ink).T / unit
    lower = (height > LOWER[0]) & (height < LOWER[1]) & (width < LOWER[1])
    middles = np.stack((y + height, x + width / 2), axis=1)[lower]
    if len(middles) < LEAST_LETTERS:
        return False
    order = np.lexsort((middles[:, 1], np.round(middles[:, 0] / BASE)))
    steps = np.diff(middles[order, 1])
    steps = steps[(steps > NEXT[0]) & (steps < NEXT[1])]
    return bool(len(steps) and (np.abs(steps - np.median(steps)) < EVENLY * np.median(steps)).mean() >= LEAST_EVEN)


def _letters(ink: Ink, unit: float) -> Ink:
    """The ink without rules, what is left of broken ones, dust and pictures."""
    bare = ink - np.minimum(ink, _rules(ink, unit) | _rules(ink.T, unit).T)
    labels, stats = blobs.labelled(bare)
    width, height = stats[:, cv2.CC_STAT_WIDTH] / unit, stats[:, cv2.CC_STAT_HEIGHT] / unit
    keep = (np.maximum(width, height) >= SPECK) & (height <= LARGEST)
    keep &= ~_are_rests(stats, height, 1, unit) & ~(_are_rests(stats, width, 0, unit) & (height > width * 6))
    keep[0] = False
    return keep.astype(np.uint8)[labels]


def _rules(ink: Ink, unit: float) -> Ink:
    """The level rules, a pixel wider to either side."""
    runs = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, round(unit * RULE)), np.uint8))
    return np.asarray(cv2.dilate(runs, np.ones((3, 1), np.uint8)), dtype=np.uint8)


def _are_rests(
    stats: npt.NDArray[np.int32], thickness: npt.NDArray[np.float64], axis: int, unit: float
) -> npt.NDArray[np.bool_]:
    """Which thin components lie in one line with others: rests of a rule. `axis`: 1 for level ones, 0 for plumb."""
    at, along = (cv2.CC_STAT_TOP, cv2.CC_STAT_LEFT) if axis else (cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP)
    thick, long = (cv2.CC_STAT_HEIGHT, cv2.CC_STAT_WIDTH) if axis else (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT)
    thin = np.nonzero(thickness < FLAT)[0]
    middle = stats[thin, at] + stats[thin, thick] / 2
    start, length = stats[thin, along].astype(float), stats[thin, long].astype(float)
    order = np.argsort(middle)
    rests = np.zeros(len(stats), dtype=bool)
    for i in range(len(thin)):
        if length[i] < unit * SPECK:
            continue
        low, high = np.searchsorted(middle[order], (middle[i] - 1.5, middle[i] + 1.5))
        near = order[low:high]
        gap = np.maximum(start[near] - start[i] - length[i], start[i] - start[near] - length[near])
        beside = near[(gap >= 0) & (gap <= unit * COMPANY)]
        company = length[beside] if axis else length[beside][length[beside] < unit * SPECK]
        rests[thin[i]] = company.sum() >= unit * LEAST_COMPANY
    return rests

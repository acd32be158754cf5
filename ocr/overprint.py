"""Colour scan → the print on it without the stamps and pen strokes in coloured ink that lie over it.

Black print takes the same part of the light in all colours; a coloured ink tells by its hue how much of it lies on a
spot, and so what it took of its own brightest colour. Only what is sure to lie over the form is lifted: pieces taller
and wider than letters and smaller than a table, and letters inside such a piece. Coloured print, coloured rules and
small marks stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ocr import blobs
from ocr.records import Box

Grey = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

COLOURED = 12.0  # levels of chroma (of 128) from which a pixel is ink; JPEG leaves black print 8 and less
LEAST = 2e-4  # of the page's pixels: a stroke of the pen has as many
COARSE = 0.5  # of the page's resolution, at which colour is looked at: JPEG keeps no more
STEP = 4  # pixels of which one is looked at to see whether a page has any colour
INKS = 4  # at most on one page
BINS = 24  # of the circle of hues
OF_ALL = 0.08  # of a page's coloured pixels that an ink has, at least
SLANT = 0.6  # by which a pixel of an ink may be off its hue: half a right angle, less noise
FULL = 0.5  # quantile of how much of an ink lies on its pixels: that of a stroke's middle
PRINT = 130  # grey level below which what was under an ink is print

# Inches.
BRIDGE = 0.02  # white that black strokes across an ink leave in it
TALL = 0.2  # the smaller side of what is no letter and no line of words
LARGE = 2.6  # the larger side of stamps and signatures; tables are wider
RING = 0.8  # the smaller side of a stamp, whose letters go with it
SOFT = 0.01  # by which an ink reaches beyond where its hue is sure


@dataclass(frozen=True, slots=True, eq=False)
class _Chroma:
    """How far each pixel's colour is from the paper's, towards red and towards blue, in levels of 128."""

    red: Floats
    blue: Floats

    @staticmethod
    def of(raster: npt.NDArray[np.uint8]) -> _Chroma:
        _, red, blue = cv2.split(cv2.cvtColor(raster, cv2.COLOR_RGB2YCrCb))
        planes = (np.asarray(p, np.float32) - np.float32(np.median(p[::STEP, ::STEP])) for p in (red, blue))
        return _Chroma(*planes)

    def strength(self) -> Floats:
        return np.asarray(cv2.magnitude(self.red, self.blue), np.float32)


def lifted(raster: npt.NDArray[np.uint8], dpi: float) -> tuple[Grey, tuple[Box, ...]]:
    """A colour page (height x width x 3, RGB) as grey levels, the brightest channel of each pixel, without the coloured
    ink over its print; and the boxes of what was lifted, in its pixels."""
    one, two, three = cv2.split(raster)
    grey = np.asarray(cv2.max(cv2.max(one, two), three), np.uint8)
    few = _Chroma.of(raster[::STEP, ::STEP])
    if float((few.strength() > COLOURED).mean()) < LEAST:
        return grey, ()
    small = cv2.resize(raster, None, fx=COARSE, fy=COARSE, interpolation=cv2.INTER_AREA)
    boxes: list[Box] = []
    for along in _inks(_Chroma.of(np.asarray(small, np.uint8))):
        over, found = _over_print(along > COLOURED, dpi * COARSE)
        if found:
            _lift(grey, raster, np.where(_grown(over, dpi * COARSE), along, 0).astype(np.float32))
            boxes += found
    return grey, tuple(Box(b.x0 / COARSE, b.y0 / COARSE, b.x1 / COARSE, b.y1 / COARSE) for b in boxes)


def _inks(chroma: _Chroma) -> Iterator[Floats]:
    """For each ink on the page how much of its hue each pixel has; 0 where it has another."""
    strength = chroma.strength()
    hue = np.arctan2(chroma.blue, chroma.red)
    bins = ((hue + np.pi) / (2 * np.pi) * BINS).astype(np.int32) % BINS
    coloured = strength > COLOURED
    count = np.bincount(bins[coloured], minlength=BINS).astype(np.float64)
    total = count.sum()
    for _ in range(INKS):
        near = count + np.roll(count, 1) + np.roll(count, -1)
        best = int(near.argmax())
        if near[best] < OF_ALL * total:
            return
        own = [(best + i) % BINS for i in (-1, 0, 1)]
        mine = coloured & np.isin(bins, own)
        x, y = float(np.median(chroma.red[mine])), float(np.median(chroma.blue[mine]))
        size = float(np.hypot(x, y))
        along = (chroma.red * x + chroma.blue * y) / size
        aside = np.abs(chroma.red * y - chroma.blue * x) / size
        yield np.asarray(np.where(aside < SLANT * along, along, 0), np.float32)
        count[[(best + i) % BINS for i in (-2, -1, 0, 1, 2)]] = 0


def _over_print(ink: npt.NDArray[np.bool_], dpi: float) -> tuple[npt.NDArray[np.bool_], list[Box]]:
    """Where an ink lies over the form, and the boxes of its pieces."""
    side = max(3, round(BRIDGE * dpi) | 1)
    labels, found = blobs.labelled(
        np.asarray(cv2.morphologyEx(ink.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((side, side), np.uint8)), np.uint8)
    )
    small, large = found[:, 2:].min(axis=1), found[:, 2:].max(axis=1)
    over = (small >= TALL * dpi) & (large <= LARGE * dpi)
    over[0] = False
    for x, y, width, height in found[over & (small >= RING * dpi)]:
        left, top = found[:, 0], found[:, 1]
        inside = (left >= x) & (top >= y) & (left + found[:, 2] <= x + width) & (top + found[:, 3] <= y + height)
        over |= inside
    over[0] = False
    boxes = [Box(float(x), float(y), float(x + w), float(y + h)) for x, y, w, h in found[over]]
    return over[labels], boxes


def _grown(mask: npt.NDArray[np.bool_], dpi: float) -> npt.NDArray[np.bool_]:
    side = 2 * max(1, round(SOFT * dpi)) + 1
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((side, side), np.uint8)) > 0)


def _lift(grey: Grey, raster: npt.NDArray[np.uint8], coarse: Floats) -> None:
    """Has `grey` as it would be if an ink had let all light through. `coarse`: how much of it lies where, in any unit.

    Luminance, which scans keep sharp where they blur colour, keeps the print; the brightest channel leaves less of the
    ink's own edges.
    """
    ink = np.asarray(cv2.resize(coarse, grey.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    ink, level = ink[part], grey[part]
    light = np.asarray(cv2.cvtColor(np.ascontiguousarray(raster[part]), cv2.COLOR_RGB2GRAY), np.uint8)
    full = float(np.quantile(coarse[coarse > COLOURED], FULL))
    share = np.minimum(1, ink / full)
    sharp, clean = (_unlit(picture, share) for picture in (light, level))
    print_ = np.where(sharp < PRINT, sharp, np.maximum(sharp, clean))
    level[share > 0] = print_[share > 0].astype(np.uint8)


def _unlit(picture: Grey, share: Floats) -> Floats:
    """The picture without what the ink took of its light; `share` (0..1): of a full stroke, at each pixel. Unchanged
    where no paper shows beside the ink, or a black one, to hold it against."""
    paper = picture[share == 0]
    white = float(np.median(paper)) if paper.size else 0.0
    through = min(1.0, float(np.median(picture[share >= 1])) / white) if white else 1.0
    return np.asarray(np.minimum(255, picture / (1 - share * (1 - through))), np.float32)

"""Upright page → the ink that nothing read on it explains: closed books, as an auditor keeps them.

Explained are rules, the words and marks read, the paper's edge, punch holes and dust. What is left is grouped into few
boxes. Ink of a mark's size that stands free in a small cell, beside what was read there, is told apart: it could itself
be the cell's mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ocr import blobs, marks
from ocr.blocks import EDGE
from ocr.pages import Page
from ocr.records import Box, Cell, Place, Residual, ResidualKind, Table, TextLine, Word

Ink = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int32]

BOOKS_DPI = 150.0  # enough to see a dash, and a fifth of the pixels of a fine scan
DARK = 170  # grey level below which a pixel is ink, on a page whose paper is white

# Inches.
RULE_REACH = 0.04  # by which a rule strays from the edge of its cells
STRAIGHT = 0.3  # an unbroken straight run so long is a rule; no letter has one
WORD_PAD = 0.03  # around a word's box, which may cut an accent or a comma off
MARGIN = 0.75  # along the paper's sides, where holes are punched
HOLE = (0.1, 0.4)  # diameters of punched holes
TOGETHER = 0.12  # strokes nearer than this are one thing
TICK = 0.7  # the larger side of a tick by hand; stamps are larger
NEIGHBOURS = 0.25  # and things nearer than this, the arcs of a stamp that words break, are listed as one

SURE_WORD = 0.6  # the engine's confidence; garble stays below

# In heights of a capital.
DUST = 0.4  # smaller ink says nothing; a hyphen is about 0.45 wide
LEAST = 1.0  # a group that is smaller is no stamp, word or signature
SPREAD_HIGH, SPREAD_WIDE = 1.3, 2.2  # ink of a small cell within these is one mark; "SI" takes 1.0 and 1.5
STRAY_LEAST = 0.35  # of both sides of what could be a letter; a dash is as wide
TALL_WORD = 1.8  # letters with accents and tails take 1.5
SLIM, THIN = 8, 0.5  # times as long as thick, and thinner than any line of words: what is left of a rule, or of the
# sheet's edge on a photograph
NEXT_LETTER = 0.4  # between letters of a mark: a ring farther aside has taken none
MOST_STRAY = 4  # marks beside a cell's own; more are no marks but a text, or grain
FULL_HOLE = 0.6  # share of a hole's box that is dark


@dataclass(frozen=True, slots=True)
class _Blobs:
    """Connected pieces of unexplained ink: labels of pixels, boxes (x0, y0, x1, y1) and areas in pixels, by label."""

    labels: Ints
    boxes: Ints
    areas: Ints

    @staticmethod
    def of(ink: Ink) -> _Blobs:
        labels, found = blobs.labelled(ink)
        corners, sizes = found[:, :2], found[:, 2:]
        return _Blobs(labels, np.hstack([corners, corners + sizes]), np.bincount(labels.ravel()).astype(np.int32))

    @property
    def sizes(self) -> Ints:
        return self.boxes[:, 2:] - self.boxes[:, :2]

    def kept(self, keep: npt.NDArray[np.bool_]) -> Ink:
        keep[0] = False
        return keep[self.labels].astype(np.uint8)


def residuals(page: Page, tables: Sequence[Table], lines: Sequence[TextLine], height: float) -> tuple[Residual, ...]:
    """What stands on the page and was not read. `height`: of a capital letter, in pixels of the page."""
    scale = min(1.0, BOOKS_DPI / page.frame.dpi)
    unit, capital = page.frame.dpi * scale, height * scale
    grey = page.grey if scale == 1.0 else cv2.resize(page.grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ink = _without_rules((grey < DARK).astype(np.uint8), tables, scale, unit)
    every = [cell for table in tables for cell in table.cells]
    words = [w for line in (*lines, *(x for cell in every for x in cell.lines)) for w in line.words]
    _erase_words(ink, [w for w in words if _is_print(w, height)], scale, unit)
    blobs = _Blobs.of(ink)
    ink = blobs.kept((blobs.sizes.max(axis=1) >= DUST * capital) & ~_is_paper(blobs, ink.shape, unit))
    stray = [box for cell in every if _is_small(cell) for box in _settled(cell, page, ink, (scale, height))]
    found = [_residual(page, ResidualKind.MARK, box, scale) for box in stray]
    found += [_residual(page, ResidualKind.MARK, cell.box, 1.0) for cell in every if _may_lack(cell, page, height)]
    found += [_residual(page, _lifted_kind(box, every, page), box, 1.0) for box in _lifted(page)]
    return (*found, *(_residual(page, ResidualKind.INK, box, scale) for box in _groups(ink, unit, capital)))


def _residual(page: Page, kind: ResidualKind, box: Box, scale: float) -> Residual:
    moved = Box(box.x0 / scale, box.y0 / scale, box.x1 / scale, box.y1 / scale)
    return Residual(kind, Place(page.frame.number, moved))


# ---------------------------------------------------------------- what is explained


def _without_rules(ink: Ink, tables: Sequence[Table], scale: float, unit: float) -> Ink:
    """The ink without straight runs longer than any letter's, and without what lies along the edges of cells."""
    run = round(STRAIGHT * unit)
    straight = [cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(k, np.uint8)) for k in ((1, run), (run, 1))]
    rules = cv2.dilate(cv2.max(*straight), np.ones((3, 3), np.uint8))
    ink = np.asarray(cv2.subtract(ink, rules), np.uint8)
    thick = max(1, round(2 * RULE_REACH * unit))
    for cell in (cell for table in tables for cell in table.cells):
        x0, y0, x1, y1 = _pixels(cell.box, scale)
        cv2.rectangle(ink, (x0, y0), (x1, y1), 0, thick)
    return ink


def _is_print(word: Word, height: float) -> bool:
    """Whether the ink under the word is letters: strokes and stamps are read too, badly, as one tall word."""
    tall = word.box is not None and word.box.height > TALL_WORD * height
    return not tall or (word.confidence or 0.0) >= SURE_WORD


def _erase_words(ink: Ink, words: Sequence[Word], scale: float, unit: float) -> None:
    pad = round(WORD_PAD * unit)
    for box in (word.box for word in words if word.box):
        x0, y0, x1, y1 = _pixels(box, scale)
        ink[max(0, y0 - pad) : y1 + pad, max(0, x0 - pad) : x1 + pad] = 0


def _is_paper(blobs: _Blobs, shape: tuple[int, ...], unit: float) -> npt.NDArray[np.bool_]:
    """Which blobs are the paper's edge or its shadow, or holes punched along its sides."""
    high, wide = shape[:2]
    x0, y0, x1, y1 = blobs.boxes.T
    edge = EDGE * unit
    at_edge = (x0 < edge) | (y0 < edge) | (x1 > wide - edge) | (y1 > high - edge)
    least, most = (d * unit for d in HOLE)
    width, height = blobs.sizes.T
    round_ = (np.minimum(width, height) >= least) & (np.maximum(width, height) <= most)
    full = blobs.areas >= FULL_HOLE * width * height
    beside = (x1 < MARGIN * unit) | (x0 > wide - MARGIN * unit)
    return np.asarray(at_edge | (round_ & full & beside))


def _is_small(cell: Cell) -> bool:
    return bool(cell.reading.of("marks"))


def _settled(cell: Cell, page: Page, ink: Ink, sizes: tuple[float, float]) -> list[Box]:
    """Takes a small cell's explained ink out of `ink`; what stands free beside its mark, taken out too."""
    scale, height = sizes
    x0, y0, x1, y1 = _pixels(cell.box, scale)
    inside = ink[y0:y1, x0:x1]
    if not inside.any():
        return []
    if cell.reading.text != marks.BLANK:
        _erase_mark(cell, page, inside, sizes)
    blobs = _Blobs.of(np.ascontiguousarray(inside))
    reach = round(RULE_REACH * page.frame.dpi * scale) + 1
    stray = [i for i in range(1, len(blobs.boxes)) if _is_stray(blobs.boxes[i], inside.shape, reach, height * scale)]
    if len(stray) > MOST_STRAY:
        return []
    inside[np.isin(blobs.labels, stray)] = 0
    boxes = (tuple(map(int, blobs.boxes[i])) for i in stray)
    return [Box(x0 + left, y0 + top, x0 + right, y0 + bottom) for left, top, right, bottom in boxes]


def _is_stray(box: Ints, shape: tuple[int, ...], reach: int, capital: float) -> bool:
    """Whether a piece of ink has a mark's size and stands clear of the cell's rules."""
    left, top, right, bottom = map(int, box)
    wide, high = right - left, bottom - top
    free = left > reach and top > reach and right < shape[1] - reach and bottom < shape[0] - reach
    letter = high >= STRAY_LEAST * capital or wide >= DUST * capital
    return free and letter and high <= marks.TALLEST_MARK * capital and wide <= marks.WIDEST_MARK * capital


def _erase_mark(cell: Cell, page: Page, inside: Ink, sizes: tuple[float, float]) -> None:
    """Takes out of `inside`, the cell's ink, the mark that was read: all of it, unless it is too wide for one."""
    scale, height = sizes
    rows, columns = np.nonzero(inside.any(axis=1))[0], np.nonzero(inside.any(axis=0))[0]
    spread = np.array([rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1]) / (height * scale)
    if spread[0] <= SPREAD_HIGH and spread[1] <= SPREAD_WIDE:
        inside[:] = 0
        return
    left, top, right, bottom = (round(v) for v in (cell.box.x0, cell.box.y0, cell.box.x1, cell.box.y1))
    box = marks.ink_box(page.grey[max(0, top) : bottom, max(0, left) : right], height)
    if box:
        x0, y0, x1, y1 = (round(v * scale) for v in box)
        inside[max(0, y0 - 2) : y1 + 3, max(0, x0 - 2) : x1 + 3] = 0


def _lifted(page: Page) -> list[Box]:
    """What coloured ink lay over the print, strokes near one another as one."""
    return _merged(page.lifted, NEIGHBOURS * page.frame.dpi)


def _lifted_kind(box: Box, every: Sequence[Cell], page: Page) -> ResidualKind:
    """A MARK where a pen's stroke has its middle in a small cell in which nothing but a dash is printed: it may be the
    very tick that somebody set there."""
    ticks = max(box.width, box.height) <= TICK * page.frame.dpi
    under = (cell for cell in every if cell.box.contains(*box.center) and _is_small(cell))
    blank = any(cell.reading.text in (marks.BLANK, marks.DASH) for cell in under)
    return ResidualKind.MARK if ticks and blank else ResidualKind.INK


def _may_lack(cell: Cell, page: Page, height: float) -> bool:
    """Whether a ring that was painted over may have taken part of a small cell's mark with it, or all."""
    crossing = [ring for ring in page.rings if _is_small(cell) and ring.crosses(cell.box)]
    if not crossing or cell.reading.text in (marks.BLANK, marks.DASH):
        return bool(crossing)
    left, top, right, bottom = (max(0, round(v)) for v in (cell.box.x0, cell.box.y0, cell.box.x1, cell.box.y1))
    ink = marks.ink_box(page.grey[top:bottom, left:right], height)
    if ink is None:
        return True
    mark = Box(left + ink[0], top + ink[1], left + ink[2], top + ink[3])
    return any(ring.crosses(mark, NEXT_LETTER * height) for ring in crossing)


# ---------------------------------------------------------------- what is left


def _groups(ink: Ink, unit: float, capital: float) -> list[Box]:
    """The boxes of what stands together, without what is too small to say anything."""
    side = max(3, round(TOGETHER * unit) | 1)
    _, labels = cv2.connectedComponents(cv2.dilate(ink, np.ones((side, side), np.uint8)), connectivity=8)
    labels[ink == 0] = 0
    found = [Box(x.start, y.start, x.stop, y.stop) for y, x in filter(None, ndimage.find_objects(labels))]
    large = [box for box in found if max(box.width, box.height) >= LEAST * capital and not _is_rule(box, capital)]
    return _merged(large, NEIGHBOURS * unit)


def _is_rule(box: Box, capital: float) -> bool:
    thin, long = sorted((box.width, box.height))
    return thin < THIN * capital and long >= SLIM * thin


def _merged(boxes: Sequence[Box], gap: float) -> list[Box]:
    """The boxes, those nearer than `gap` as one."""
    found: list[Box] = []
    for box in boxes:
        while near := [other for other in found if _gap(box, other) <= gap]:
            box = Box.around((box, *near))
            found = [other for other in found if other not in near]
        found.append(box)
    return sorted(found, key=lambda box: (box.y0, box.x0))


def _gap(a: Box, b: Box) -> float:
    """The larger of the white between two boxes across and down; 0 where they overlap."""
    return max(0.0, a.x0 - b.x1, b.x0 - a.x1, a.y0 - b.y1, b.y0 - a.y1)


def _pixels(box: Box, scale: float) -> tuple[int, int, int, int]:
    x0, y0, x1, y1 = (max(0, round(v * scale)) for v in (box.x0, box.y0, box.x1, box.y1))
    return x0, y0, x1, y1

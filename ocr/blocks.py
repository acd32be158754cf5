"""The text outside the tables, as blocks to read: bands of ink parted by white, columns parted by gutters.

The recursive X-Y cut (Nagy and Seth 1984), on a picture without tables, rules and specks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from ocr import blobs
from ocr.pages import Page
from ocr.records import Box

Ink = npt.NDArray[np.uint8]

CUT_DPI = 100.0  # white is white at any resolution
BAND_GAP = 0.085  # inches of white between two bands: more than between the lines of a paragraph
GUTTER = 0.17  # inches of white between two columns: more than the widest space of a justified line
SPECK = 0.025  # inches: smaller ink is dust
EDGE = 0.08  # inches: paper's edge and its shadow
SIDE = 0.4  # inches from the picture's sides within which the edge of a photographed sheet shows; no form prints there
SLIM, THIN = 3, 0.04  # times as long as thick, and inches: a piece of such an edge; letters are thicker, but for an l
PAD = 0.04  # inches around a block, so that no accent is cut


def text_blocks(page: Page, tables: Sequence[Box]) -> list[Box]:
    """Boxes of text outside `tables`, in reading order, in page pixels."""
    scale = CUT_DPI / page.frame.dpi
    ink = _ink(page, scale)
    for box in tables:
        b = [round(v * scale) for v in (box.x0, box.y0, box.x1, box.y1)]
        ink[max(0, b[1] - 3) : b[3] + 4, max(0, b[0] - 3) : b[2] + 4] = 0
    pad = PAD * page.frame.dpi
    whole = Box(0, 0, page.frame.width, page.frame.height)
    found = []
    for y0, y1, x0, x1 in _cut(ink, 0, 0):
        box = Box(x0 / scale - pad, y0 / scale - pad, x1 / scale + pad, y1 / scale + pad)
        found.append(Box(max(whole.x0, box.x0), max(whole.y0, box.y0), min(whole.x1, box.x1), min(whole.y1, box.y1)))
    return found


def _ink(page: Page, scale: float) -> Ink:
    """The page's letters, 0 or 1: neither dust nor anything as large as a picture, a rule or the paper's edge."""
    small = cv2.resize(page.grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    ink = (small < 190).astype(np.uint8)
    labels, boxes = blobs.labelled(ink)
    long = boxes[:, 2:].max(axis=1)
    keep = (long >= CUT_DPI * SPECK) & (long <= CUT_DPI * 1.2) & ~_is_sheets_edge(boxes, ink.shape)
    keep[0] = False
    cleaned = keep[labels].astype(np.uint8)
    edge = round(CUT_DPI * EDGE)
    cleaned[:edge], cleaned[-edge:], cleaned[:, :edge], cleaned[:, -edge:] = 0, 0, 0, 0
    return np.ascontiguousarray(cleaned)


def _is_sheets_edge(boxes: npt.NDArray[np.int32], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Which pieces are of the edge of a sheet that was photographed: down one side and along another it would make one
    block of all that stands between."""
    thin, long = np.sort(boxes[:, 2:], axis=1).T
    middle, high, wide = boxes[:, :2] + boxes[:, 2:] / 2, *shape[:2]
    aside = np.minimum(np.minimum(middle[:, 0], wide - middle[:, 0]), np.minimum(middle[:, 1], high - middle[:, 1]))
    return np.asarray((aside < CUT_DPI * SIDE) & (thin < CUT_DPI * THIN) & (long >= SLIM * thin))


def _cut(ink: Ink, top: int, left: int) -> Iterator[tuple[int, int, int, int]]:
    """Half-open boxes (y0, y1, x0, x1) of the blocks in `ink`, whose corner stands at `top`, `left`."""
    bands = _runs(np.asarray(ink.any(axis=1)), CUT_DPI * BAND_GAP)
    for y0, y1 in bands:
        band = ink[y0:y1]
        columns = _runs(np.asarray(band.any(axis=0)), CUT_DPI * GUTTER)
        for x0, x1 in columns:
            if len(bands) == 1 and len(columns) == 1:
                yield top + y0, top + y1, left + x0, left + x1
            else:
                yield from _cut(np.ascontiguousarray(band[:, x0:x1]), top + y0, left + x0)


def _runs(filled: npt.NDArray[np.bool_], gap: float) -> list[tuple[int, int]]:
    """Half-open runs of True, those parted by less than `gap` joined."""
    at = np.nonzero(filled)[0]
    if not len(at):
        return []
    cuts = np.nonzero(np.diff(at) - 1 >= gap)[0].tolist()
    starts, ends = at[[0, *(cut + 1 for cut in cuts)]].tolist(), at[[*cuts, -1]].tolist()
    return [(start, end + 1) for start, end in zip(starts, ends, strict=True)]

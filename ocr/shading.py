"""Page → the same without shading made of dots: the grey ground of a heading, copied in black and white, then scanned.

Dots are smaller than any letter and fill an area, so that each small square of it holds some: what is left of a broken
rule stands in a line, and dust stands alone. Softened, dots grow pale and strokes, which are thicker, do not.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ocr import blobs

Grey = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.uint8]

LEAST_DPI = 180.0  # pixels per inch; on coarser pages a dot of a shading is no larger than what parts two letters
DARK = 150  # grey level below which a pixel is ink
PALE = 185  # below which it may be a dot: those that a copy leaves are paler than its letters
DOT = 0.018  # inches: no dot of a shading is larger, unless it has run into others
SQUARE = 0.06  # inches: side of the squares that are looked at; sparse shading has a dot in two of three
AROUND = 5  # squares each way that are looked at together; a rule's dots fill one row of them
LEAST_SHADED, LEAST_BESIDE = 0.5, 0.25  # share of the squares with dots: in shading, and at its paler parts; a rule's
# dots reach 0.2
LEAST_SQUARES = 40  # that are surely shaded, in one area: the broken rules of a fax around its narrowest cells make 16
LEAST_DOTS = 600  # a page with fewer, seen at two levels, has no shading; one heading has two thousand
RULE, LEAST_RULE = 0.25, 0.7  # inches of a line, and the share of them that is ink, which are a rule, which may be as
# thin as a dot; a shading's dots reach half
SOFT = 0.006  # inches: deviation of the softening; a dot as wide loses half of its darkness
STILL_DARK = 0.55  # of the page's blackest, as dark as softened strokes stay; dots reach half
EDGE = 20  # grey levels above that, up to which a stroke's edge is soft
BLACK = 0.02  # quantile of the levels of a shaded part that is its blackest
GREYS, LEAST_GREY = (40, 215), 0.12  # levels between black and white, and the share of a grey scan's shaded pixels that
# have such: 0.14 to 0.33; of one in black and white 0.04 to 0.085, where it was drawn between its pixels. There letters
# that a fax broke are dots, as thin as those of a shading: it is left as it is
CLUMP = 0.035  # inches: dots that have run into one another are smaller; the dash of a heading measures 0.04


def lifted(grey: Grey, dpi: float) -> Grey:
    """The page without the dots of its shadings. `grey`: paper is white; `dpi`: pixels per inch."""
    if dpi < LEAST_DPI:
        return grey
    boxes = np.vstack([blobs.boxes((grey < level).astype(np.uint8)) for level in (DARK, PALE)])
    dots = boxes[boxes[:, 2:].max(axis=1) <= round(dpi * DOT)]
    if len(dots) < LEAST_DOTS:
        return grey
    shaded = _shaded(dots, grey.shape, dpi)
    x, y, width, height = cv2.boundingRect(shaded)
    part = np.s_[y : y + height, x : x + width]
    if not width or _is_black_and_white(grey[part]):
        return grey
    clean = grey.copy()
    clean[part] = _without_dots(grey[part], shaded[part], dpi)
    return clean


def _shaded(dots: npt.NDArray[np.int32], shape: tuple[int, ...], dpi: float) -> Mask:
    """The pixels, as 1, that lie in shading. `dots`: x, y, width and height of each."""
    side = dpi * SQUARE
    squares = np.zeros((int(shape[0] / side) + 1, int(shape[1] / side) + 1), np.uint8)
    squares[(dots[:, 1] / side).astype(int), (dots[:, 0] / side).astype(int)] = 1
    share = cv2.boxFilter(squares, cv2.CV_32F, (AROUND, AROUND))
    sure = cv2.morphologyEx((share >= LEAST_SHADED).astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    parts = blobs.labelled((share >= LEAST_BESIDE).astype(np.uint8))[0]
    surely = np.bincount(parts[sure > 0], minlength=int(parts.max()) + 1)
    held = ((surely >= LEAST_SQUARES)[parts] & (parts > 0)).astype(np.uint8)
    whole = cv2.morphologyEx(held, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    inner = cv2.erode(whole, np.ones((3, 3), np.uint8))  # what is looked at around a square reaches out of the shading
    pixels = cv2.resize(inner, None, fx=side, fy=side, interpolation=cv2.INTER_NEAREST)
    return np.asarray(pixels[: shape[0], : shape[1]], dtype=np.uint8)


def _without_dots(grey: Grey, shaded: Mask, dpi: float) -> Grey:
    """The picture with strokes and rules alone where it is shaded."""
    strokes = _softened(grey, dpi)
    labels, boxes = blobs.labelled((strokes < PALE).astype(np.uint8))
    specks = (boxes[:, 2:].max(axis=1) <= round(dpi * CLUMP)).astype(np.uint8)[labels]
    strokes = np.where(cv2.dilate(specks, np.ones((3, 3), np.uint8)) > 0, np.uint8(255), strokes)
    return np.where((shaded > 0) & ~_on_rules(grey, dpi), strokes, grey)


def _on_rules(grey: Grey, dpi: float) -> npt.NDArray[np.bool_]:
    """The pixels of level and plumb lines along which ink is denser than a shading's dots."""
    ink, length = (grey < DARK).astype(np.float32), round(dpi * RULE)
    found = np.zeros(grey.shape, bool)
    for size in ((length, 1), (1, length)):
        along = (cv2.boxFilter(ink, cv2.CV_32F, size) >= LEAST_RULE).astype(np.uint8)
        found |= cv2.dilate(along, np.ones((size[1], size[0]), np.uint8)) > 0
    return found


def _is_black_and_white(grey: Grey) -> bool:
    """Whether hardly a pixel is grey."""
    return bool(((grey > GREYS[0]) & (grey < GREYS[1])).mean() < LEAST_GREY)


def _softened(grey: Grey, dpi: float) -> Grey:
    """The page without what softening makes paler than strokes are."""
    black = float(np.quantile(grey, BLACK))
    cut = 255 - STILL_DARK * (255 - black)
    levels = np.clip((np.arange(256) - black) / (cut + EDGE - black) * 255, 0, 255).astype(np.uint8)
    return np.asarray(cv2.LUT(cv2.GaussianBlur(grey, (0, 0), dpi * SOFT), levels), dtype=np.uint8)

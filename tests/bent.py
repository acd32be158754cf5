"""A drawn page marked at known points, turned, skewed and bent in known ways: pictures are grey, light paper."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt
from pdf2image import convert_from_bytes
from PIL import Image

from tests import forms
from tests.form_style import Style

Grey = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]
Point = tuple[float, float]

SIZE = (612.0, 792.0)  # points
SPOTS: tuple[Point, ...] = ((60, 150), (560, 154), (300, 740), (64, 700))  # in the margins, points from the top left
SIDE = 7.0  # of a spot, points: no letter of the page holds a square of that size
STYLE = Style(size=10, table_size=9, margin=2.4)


@cache
def pdf() -> bytes:
    """A report of eight rows, on letter paper."""
    return forms.draw(8, STYLE, ()).pdf


@cache
def spotted(dpi: int) -> Grey:
    """Its first page at that resolution, a black square on each spot."""
    page = np.array(convert_from_bytes(pdf(), dpi=dpi, last_page=1, grayscale=True)[0])
    half = SIDE / 2
    for x, y in SPOTS:
        x0, y0, x1, y1 = (round(v * dpi / 72) for v in (x - half, y - half, x + half, y + half))
        page[y0:y1, x0:x1] = 0
    return page


def skewed(page: Grey, degrees: float) -> tuple[Grey, Matrix]:
    """The page turned by a few degrees on its own canvas, and the matrix that did it."""
    height, width = page.shape
    turn = np.vstack([cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1), (0, 0, 1)])
    return bent(page, turn)


def tilted(page: Grey, share: float) -> tuple[Grey, Matrix]:
    """The page as a camera sees it that is held askew: one corner comes in by a share of the page's sides."""
    height, width = page.shape
    corners = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
    moved = corners + np.array(((share, share), (0, 0), (-share / 2, -share / 3), (0, 0))) * (width, height)
    return bent(page, cv2.getPerspectiveTransform(corners, moved.astype(np.float32)))


def bent(page: Grey, how: npt.ArrayLike) -> tuple[Grey, Matrix]:
    matrix = np.asarray(how, np.float64)
    size = (page.shape[1], page.shape[0])
    return np.asarray(cv2.warpPerspective(page, matrix, size, borderValue=(255,)), np.uint8), matrix


def turned(page: Grey, turns: int) -> tuple[Grey, Matrix]:
    """The page turned clockwise by quarters."""
    height, width = page.shape
    matrices = {
        0: np.eye(3),
        1: np.array([[0, -1, height], [1, 0, 0], [0, 0, 1]]),
        2: np.array([[-1, 0, width], [0, -1, height], [0, 0, 1]]),
        3: np.array([[0, 1, 0], [-1, 0, width], [0, 0, 1]]),
    }
    return np.ascontiguousarray(np.rot90(page, -turns)), np.asarray(matrices[turns], np.float64)


def moved(points: Sequence[Point], by: npt.ArrayLike) -> list[Point]:
    """The points after a homography, given as 3 x 3 or as its nine numbers."""
    found = np.column_stack([points, np.ones(len(points))]) @ np.asarray(by, np.float64).reshape(3, 3).T
    return [(float(x / w), float(y / w)) for x, y, w in found]


def spots(page: Grey, dpi: float) -> list[Point]:
    """The middles of the squares on a page, pixels."""
    side = round(0.7 * SIDE * dpi / 72)
    solid = cv2.erode((page < 128).astype(np.uint8), np.ones((side, side), np.uint8))
    _, _, stats, middles = cv2.connectedComponentsWithStats(cv2.dilate(solid, np.ones((side, side), np.uint8)))
    return [(float(x) + 0.5, float(y) + 0.5) for x, y in middles[1:]] if len(stats) > 1 else []


def apart(found: Sequence[Point], wanted: Sequence[Point]) -> float:
    """The largest distance from a point that is wanted to the nearest that was found; infinite if any are missing."""
    if len(found) != len(wanted):
        return float("inf")
    return max(min(float(np.hypot(x - u, y - v)) for u, v in found) for x, y in wanted)


def as_pdf(pages: Sequence[Grey], dpi: float) -> bytes:
    """An image-only PDF of the pages."""
    first, *rest = [Image.fromarray(p) for p in pages]
    out = io.BytesIO()
    first.save(out, "PDF", save_all=True, append_images=rest, resolution=dpi, quality=80)
    return out.getvalue()

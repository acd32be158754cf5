"""Turned, skewed and foreshortened pages come upright, and every point of them leads back to where it was."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from pdf2image import convert_from_bytes

from ocr.upright import set_upright
from tests import bad_files, bent

pytestmark = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
DPI = 150
POINT = DPI / 72  # pixels
NEAR = 2.0  # points: less than the stroke of a letter


def shape_of(points: list[bent.Point]) -> list[bent.Point]:
    """The points, in points from the uppermost, top to bottom."""
    points = sorted(points, key=lambda p: p[1])
    return [((x - points[0][0]) / POINT, (y - points[0][1]) / POINT) for x, y in points]


WANTED = shape_of([(x * POINT, y * POINT) for x, y in bent.SPOTS])


@pytest.mark.parametrize(("turns", "degrees"), [(0, 0.0), (0, -3.3), (1, 0.0), (1, 2.0), (2, 0.7), (3, -1.2)])
def test_pages_come_upright_and_lead_back(turns: int, degrees: float) -> None:
    page = bent.spotted(DPI)
    skewed, skew = bent.skewed(page, degrees)
    scan, turn = bent.turned(skewed, turns)
    upright, back = set_upright(scan, DPI)
    found = bent.spots(upright, DPI)
    assert len(found) == len(bent.SPOTS)
    assert np.abs(np.subtract(shape_of(found), WANTED)).max() < NEAR
    there = bent.moved(bent.spots(page, DPI), turn @ skew)
    assert bent.apart(bent.moved(found, back), there) < NEAR * POINT


def test_foreshortened_pages_are_straightened_and_lead_back() -> None:
    page = bent.spotted(DPI)
    photo, tilt = bent.tilted(page, 0.03)
    upright, back = set_upright(photo, DPI)
    found = bent.spots(upright, DPI)
    (left, high), (right, low), (lower, _), _ = shape_of(found)
    assert abs(low - high - 4) < NEAR  # the spots at the head stand that much apart in height
    assert abs(lower - left - 4) < NEAR  # and those on the left in breadth
    assert abs(right - left - 500) < 0.06 * 500
    assert bent.apart(bent.moved(found, back), bent.moved(bent.spots(page, DPI), tilt)) < NEAR * POINT


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_a_page_of_text_alone_comes_upright(turns: int) -> None:
    page = np.array(convert_from_bytes(bad_files.pdf(), dpi=100, grayscale=True)[0])
    upright, _ = set_upright(bent.turned(bent.skewed(page, 1.5)[0], turns)[0], 100)
    rows, columns = np.nonzero(upright < 128)
    assert rows.mean() < 0.3 * upright.shape[0]  # its twelve lines stand at the head, on the left
    assert columns.mean() < 0.5 * upright.shape[1]
    paper = (upright[rows.min() : rows.max()] > 200).all(axis=1)
    assert paper.mean() > 0.3  # and white rows part them


def test_a_blank_page_stays_as_it_is() -> None:
    upright, back = set_upright(np.full((1100, 850), 255, np.uint8), 100)
    assert (upright == 255).all()
    assert np.abs(np.subtract(bent.moved([(400, 500)], back), (400, 500))).max() < 2 * max(upright.shape)

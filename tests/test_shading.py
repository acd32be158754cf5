"""Shading made of dots is lifted from a page; rules, strokes, and what a scan left of rules stay."""

from __future__ import annotations

import cv2
import numpy as np

from ocr import shading

DPI = 200.0
Grey = shading.Grey


def page() -> Grey:
    return np.full((600, 1000), 255, np.uint8)


def dotted(grey: Grey, box: tuple[int, int, int, int] = (100, 60, 900, 220), share: float = 0.4) -> Grey:
    """The page with dots of two pixels in a box (x0, y0, x1, y1), as a copy in black and white leaves of grey."""
    x0, y0, x1, y1 = box
    at = np.random.default_rng(7).random(((y1 - y0) // 4, (x1 - x0) // 4)) < share
    spots = np.zeros_like(grey)
    spots[y0:y1:4, x0:x1:4][at] = 1
    return np.where(cv2.dilate(spots, np.ones((2, 2), np.uint8)) > 0, np.uint8(0), grey)


def written(grey: Grey) -> Grey:
    grey = grey.copy()
    cv2.putText(grey, "Sesiones", (150, 140), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 0, 4)
    return grey


def scanned(grey: Grey) -> Grey:
    return cv2.GaussianBlur(grey, (0, 0), 0.7)


def test_the_dots_of_a_shading_go_and_its_letters_stay() -> None:
    clean = written(page())
    found = shading.lifted(scanned(dotted(clean)), DPI)
    letters = clean == 0
    assert (found[letters] < 150).mean() > 0.97
    away = cv2.dilate(letters.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    inner = np.zeros_like(away)
    inner[90:190, 130:870] = True
    assert (found[away & inner] < 150).mean() < 0.001


def test_a_rule_as_thin_as_dots_stays_in_shading() -> None:
    clean = page()
    clean[140:142, 120:880] = 0
    found = shading.lifted(scanned(dotted(clean)), DPI)
    assert (found[140:142, 140:860] < 150).mean() > 0.95


def test_what_is_left_of_broken_rules_is_no_shading() -> None:
    broken = page()
    for y in range(60, 560, 60):
        broken[y, 100:900:5] = 0
    for x in range(100, 900, 60):
        broken[60:560:5, x] = 0
    assert np.array_equal(shading.lifted(broken, DPI), broken)


def test_coarse_pages_are_left_as_they_are() -> None:
    some = dotted(written(page()))
    assert np.array_equal(shading.lifted(some, 110.0), some)


def test_a_fax_is_left_as_it_is_for_its_broken_letters_are_dots_too() -> None:
    some = dotted(written(page()))
    assert np.array_equal(shading.lifted(some, DPI), some)
    assert not np.array_equal(shading.lifted(scanned(some), DPI), scanned(some))

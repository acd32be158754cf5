"""Rings of stamps in black ink: known by their shape, painted over, and what they may have taken doubted."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ocr import pages, rings
from ocr.records import Box, Word
from tests import forms

DPI = 200.0
RING = rings.Ring(400.0, 420.0, 150.0, 2.0)


def lettered(text: str = "SESION", at: tuple[int, int] = (180, 430), size: float = 0.9) -> rings.Grey:
    """Paper with a line of words that goes across where the ring is."""
    paper = np.full((800, 800), 255, np.uint8)
    for i in range(8):
        cv2.putText(paper, f"{text} {text} {text}", (at[0], at[1] - 120 + 40 * i), 0, size, 20, 2, cv2.LINE_AA)
    return paper


def stamped(paper: rings.Grey, ring: rings.Ring = RING) -> rings.Grey:
    marked = paper.copy()
    cv2.circle(marked, (round(ring.x), round(ring.y)), round(ring.radius), 70, 4, cv2.LINE_AA)
    return marked


def ink(picture: rings.Grey) -> np.ndarray:
    return picture < 160


def test_a_ring_over_words_goes_and_the_words_stay() -> None:
    paper = lettered()
    bare, found = rings.without_rings(stamped(paper), DPI)
    (ring,) = found
    assert abs(ring.x - RING.x) < 4
    assert abs(ring.y - RING.y) < 4
    assert abs(ring.radius - RING.radius) < 4
    covered = ink(stamped(paper)) & ~ink(paper)
    assert (ink(bare) & covered).sum() < 0.3 * covered.sum()
    assert (ink(bare) & ink(paper)).sum() > 0.97 * ink(paper).sum()


def test_a_second_ring_within_is_found_too() -> None:
    inner = rings.Ring(400.0, 420.0, 115.0, 2.0)
    _, found = rings.without_rings(stamped(stamped(np.full((800, 800), 255, np.uint8)), inner), DPI)
    assert sorted(round(ring.radius / 5) * 5 for ring in found) == [115, 150]


def test_print_and_tables_are_no_rings() -> None:
    paper = lettered()
    cv2.rectangle(paper, (100, 100), (700, 700), 0, 3)
    for y in range(160, 700, 60):
        cv2.line(paper, (100, y), (700, y), 0, 2)
    bare, found = rings.without_rings(paper, DPI)
    assert found == ()
    assert bare is paper


def test_of_drawn_pages_without_a_stamp_nothing_goes(tmp_path: Path) -> None:
    report = forms.draw(21)
    forms.write(report, "office200", "a", tmp_path, tmp_path)
    for page in pages.load_pages(tmp_path / "a.pdf"):
        assert page.rings == ()


def test_a_number_under_a_ring_is_less_sure_and_a_word_is_not() -> None:
    under, beside = Box(530, 400, 570, 430), Box(380, 400, 420, 430)
    for text, box, confidence in (("11/04", under, 0.45), ("11/04", beside, 0.9), ("SI", under, 0.9)):
        assert rings.doubted(Word(text, 0.9, box), (RING,)).confidence == confidence

"""The mark reader on cells drawn with a font that it was not trained on (the one that Pillow carries)."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from ocr.marks import LABELS, WEIGHTS, ink_box, is_small, read_marks

Grey = NDArray[np.uint8]
SIZE = 26  # pixels of type: about 9.5 points at 200 dpi
CAPITAL = 18.0  # height of a capital at that size
PAPER = 245


def cell(text: str, *, wide: int = 150, high: int = 60, size: int = SIZE, paper: int = PAPER, ink: int = 40) -> Grey:
    """A cell with `text` in its middle."""
    image = Image.new("L", (wide, high), paper)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    x0, y0, x1, y1 = draw.multiline_textbbox((0, 0), text, font=font)
    draw.multiline_text(((wide - x1 - x0) / 2, (high - y1 - y0) / 2), text, font=font, fill=ink, align="center")
    return np.array(image)


def scanned(crop: Grey, noise: float = 3.0, seed: int = 1) -> Grey:
    """The crop as a scanner gives it: blurred, grainy, compressed."""
    soft = cv2.GaussianBlur(crop.astype(np.float32), (0, 0), 0.7)
    soft += np.random.default_rng(seed).normal(0, noise, crop.shape).astype(np.float32)
    _, data = cv2.imencode(".jpg", np.clip(soft, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 60])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.uint8)


def best(crop: Grey, char_height: float | None = CAPITAL) -> str:
    return read_marks([crop], char_height)[0][0].text


@pytest.mark.parametrize("text", ["SI", "NO", "No", "X", "-", "N/A", "P", "IP", "2", "3", "4", "7", "8", "12", "20"])
def test_reads_marks_roles_and_counts(text: str) -> None:
    assert best(scanned(cell(text))) == text


def test_si_is_read_though_its_accent_may_be_doubtful() -> None:
    assert best(scanned(cell("Si"))) in {"Si", "Sí"}


@pytest.mark.parametrize("noise", [0.0, 3.0, 9.0])
def test_noisy_paper_is_blank(noise: float) -> None:
    candidate = read_marks([scanned(cell(""), noise)], CAPITAL)[0][0]
    assert candidate.text == ""
    assert candidate.confidence is not None
    assert candidate.confidence > 0.8


@pytest.mark.parametrize("text", ["Rol", "Secretaría", "13/01/2024", "NO\nNO", "Trimestre I", "48"])
def test_other_text_is_rejected(text: str) -> None:
    assert best(scanned(cell(text, wide=190, high=80))) == "?"


def test_shading_and_faint_ink_change_nothing() -> None:
    assert best(scanned(cell("SI", paper=170))) == "SI"
    assert best(scanned(cell("NO", ink=150))) == "NO"


def test_small_and_large_scans() -> None:
    assert best(scanned(cell("NO", wide=80, high=33, size=15)), CAPITAL * 15 / SIZE) == "NO"
    assert best(scanned(cell("NO", wide=230, high=90, size=40)), CAPITAL * 40 / SIZE) == "NO"


def test_rule_remnants_are_no_ink() -> None:
    crop = cell("SI")
    bare = ink_box(crop, CAPITAL)
    crop[:3, :] = 0
    crop[5:, -2:] = 30
    crop[-2:, :100] = 60
    assert ink_box(crop, CAPITAL) == bare
    assert best(scanned(crop)) == "SI"
    empty = cell("")
    empty[:3, :] = 0
    assert ink_box(empty, CAPITAL) is None


def test_dust_is_no_ink_but_a_hyphen_is() -> None:
    crop = cell("NO")
    bare = ink_box(crop, CAPITAL)
    for x, y in ((8, 10), (140, 50), (30, 48)):
        crop[y : y + 2, x : x + 2] = 0
    assert ink_box(crop, CAPITAL) == bare
    dusty = cell("-")
    dusty[10:12, 20:22] = 0
    assert ink_box(dusty, CAPITAL) == ink_box(cell("-"), CAPITAL)


def test_ink_box_lies_around_the_ink() -> None:
    crop = np.full((60, 100), PAPER, np.uint8)
    crop[20:38, 40:52] = 30
    assert ink_box(crop, CAPITAL) == (40, 20, 52, 38)


def test_size_of_marks() -> None:
    assert is_small(cell("SI"), CAPITAL)
    assert is_small(cell(""), CAPITAL)
    assert not is_small(cell("Secretaría", wide=200), CAPITAL)
    assert not is_small(cell("SI\nNO", high=90), CAPITAL)


def test_candidates_are_a_distribution_best_first() -> None:
    for candidates in read_marks([scanned(cell(text)) for text in ("SI", "I", "", "0")], CAPITAL):
        confidences = [c.confidence or 0.0 for c in candidates]
        assert confidences == sorted(confidences, reverse=True)
        assert 0.95 < sum(confidences) <= 1.0 + 1e-4
        assert {c.source for c in candidates} == {"marks"}
        assert {c.text for c in candidates} <= set(LABELS)


def test_lookalikes_share_their_probability() -> None:
    shares = {c.text: c.confidence or 0.0 for c in read_marks([scanned(cell("I"))], CAPITAL)[0]}
    assert shares.get("I", 0.0) + shares.get("1", 0.0) > 0.8


def test_char_height_is_found_from_the_crops() -> None:
    crops = [scanned(cell(text), seed=i) for i, text in enumerate(["SI", "-", "NO", "", "SI", "-", "NO"])]
    assert [c[0].text for c in read_marks(crops)] == ["SI", "-", "NO", "", "SI", "-", "NO"]


def test_no_crops_and_tiny_crops() -> None:
    assert read_marks([]) == []
    assert best(np.full((2, 2), 255, np.uint8)) == ""


def test_weights_stay_small() -> None:
    assert WEIGHTS.stat().st_size < 300 * 1024

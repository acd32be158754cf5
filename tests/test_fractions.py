"""«2/4» read glyph by glyph: on drawn pages, and what comes of it beside the engine's reading."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from ocr.fractions import looked_at_again, read_fraction
from ocr.ink import Grey
from ocr.records import Box, Word
from tests.form_style import FONT_HOME

FONTS = [p for p in FONT_HOME.glob("*/*-Regular.ttf") if p.stem.startswith(("LiberationS", "Carlito"))]
SIZE = 40  # pixels of type; a capital is about 0.7 of it
BOX = Box(20, 20, 110, 70)


def drawn(text: str, font: str) -> tuple[Grey, float]:
    """A page that prints the text at (24, 24), and the height of a capital on it."""
    face = ImageFont.truetype(font, SIZE)
    image = Image.new("L", (220, 110), 255)
    ImageDraw.Draw(image).text((24, 20), text, font=face, fill=20)
    top, bottom = face.getbbox("H")[1], face.getbbox("H")[3]
    return np.asarray(image, np.uint8), float(bottom - top)


@pytest.mark.parametrize("font", FONTS or [None], ids=lambda p: p.stem if p else "none")
@pytest.mark.parametrize("text", ["2/4", "0/0", "1/6", "3/4", "7/12", "10/12"])
def test_fractions_are_read_in_any_font(text: str, font: object) -> None:
    if font is None:
        pytest.skip("the typefaces of office documents are not installed")
    page, height = drawn(text, str(font))
    found = read_fraction(page, height)
    assert found is None or found.text == text  # never another
    assert found is not None or len(text) > 3


@pytest.mark.parametrize("text", ["de", "vO", "24", "Si", "/", "2/", "SI/No"])
def test_what_is_no_fraction_is_not_read_as_one(text: str) -> None:
    if not FONTS:
        pytest.skip("the typefaces of office documents are not installed")
    page, height = drawn(text, str(FONTS[0]))
    found = read_fraction(page, height)
    assert found is None or (found.confidence or 0) < 0.9


def test_glyphs_bear_out_correct_or_doubt_the_engine() -> None:
    if not FONTS:
        pytest.skip("the typefaces of office documents are not installed")
    page, height = drawn("2/4", str(FONTS[0]))
    agreed = looked_at_again(Word("2/4", 0.8, BOX), page, height)
    assert agreed.text == "2/4"
    assert (agreed.confidence or 0) > 0.98
    mended = looked_at_again(Word("vA", 0.6, BOX), page, height)
    assert mended.text == "2/4"
    doubted = looked_at_again(Word("2/1", 0.95, BOX), page, height)
    assert doubted.text == "2/1"
    assert (doubted.confidence or 1) < 0.5
    word = Word("de", 0.97, BOX)
    assert looked_at_again(word, page, height) is word

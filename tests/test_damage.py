"""What scanners do to drawn pages, held against what each condition promises."""

from __future__ import annotations

import io
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2
import pytest
from pdf2image import convert_from_bytes

from tests import damage
from tests.form_style import Style
from tests.forms import DrawnReport, draw, style_of

Image = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def small() -> DrawnReport:
    """Two pages, for what has to be rasterized."""
    return draw(12, Style(size=9, table_size=8))


@pytest.mark.parametrize("condition", damage.CONDITIONS)
def test_a_scan_is_images_of_the_same_pages(condition: str, small: DrawnReport) -> None:
    scanned = damage.scan(small.pdf, condition, seed=1)
    paper, images = pypdfium2.PdfDocument(small.pdf), pypdfium2.PdfDocument(scanned)
    turned = damage.turns(len(paper), condition, seed=1)
    assert len(images) == len(paper)
    for page, image, angle in zip(paper, images, turned, strict=True):
        size = page.get_size() if angle % 180 == 0 else page.get_size()[::-1]
        assert image.get_size() == pytest.approx(size, abs=1)
        assert image.get_textpage().count_chars() == 0
    assert (b"CCITTFaxDecode" in scanned) == (damage.CONDITIONS[condition].quality is None)
    both = [convert_from_bytes(some, dpi=40, grayscale=True) for some in (small.pdf, scanned)]
    for before, after, angle in zip(*both, turned, strict=True):
        upright = np.rot90(np.asarray(after, float), angle // 90)
        upside_down = np.rot90(upright, 2)
        assert _likeness(np.asarray(before, float), upright) > _likeness(np.asarray(before, float), upside_down) + 0.1


def _likeness(before: Image, after: Image) -> float:
    """How far the busy patches of a page are where they were, from -1 to 1."""
    high, wide = (min(a, b) // 20 for a, b in zip(before.shape, after.shape, strict=True))
    patches = [a[: high * 20, : wide * 20].reshape(high, 20, wide, 20).std((1, 3)).ravel() for a in (before, after)]
    return float(np.corrcoef(*(np.minimum(p, 15) for p in patches))[0, 1])  # the edge of a photo is no busier than text


def test_a_scan_is_the_same_for_the_same_seed_only(small: DrawnReport) -> None:
    assert damage.scan(small.pdf, "fax200", 1) == damage.scan(small.pdf, "fax200", 1)
    assert damage.scan(small.pdf, "fax200", 1) != damage.scan(small.pdf, "fax200", 2)


@pytest.mark.parametrize("condition", sorted(damage.PALE_RULES))
def test_pale_rules_vanish_in_black_and_white_and_the_text_stays(condition: str) -> None:
    style = replace(style_of(9, condition), frame=0.0)
    rules, text = _rules_and_text(draw(9, style, ()), condition)
    black_rules, same_text = _rules_and_text(draw(9, replace(style, rule=4, rule_grey=0.0), ()), condition)
    assert rules < 0.01 * black_rules
    assert text == pytest.approx(same_text, rel=0.15)


def _rules_and_text(report: DrawnReport, condition: str) -> tuple[float, float]:
    """Square inches of long strokes, and of everything else that is black, on the first page of its scan."""
    dpi = damage.CONDITIONS[condition].dpi
    scanned = damage.scan(_first_page(report.pdf), condition, 1)
    black = (np.asarray(convert_from_bytes(scanned, dpi=dpi, grayscale=True)[0]) < 128).astype(np.uint8)
    ruled = np.zeros_like(black)
    for across, along in (((3, 1), (1, dpi // 2)), ((1, 3), (dpi // 2, 1))):  # a leaning stroke is in steps
        thick = cv2.dilate(black, np.ones(across, np.uint8))
        ruled |= cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones(along, np.uint8))
    return float((black & ruled).sum()) / dpi**2, float((black & ~ruled).sum()) / dpi**2


def _first_page(pdf: bytes) -> bytes:
    alone, out = pypdfium2.PdfDocument.new(), io.BytesIO()
    alone.import_pages(pypdfium2.PdfDocument(pdf), [0])
    alone.save(out)
    return out.getvalue()


def test_stamps_and_pens_are_coloured_and_lie_on_the_tables() -> None:
    report = draw(9, Style(), ())
    plain, stamped = (
        np.asarray(convert_from_bytes(damage.scan(_first_page(report.pdf), c, 9), dpi=60)[0], np.int16)
        for c in ("clean300", "stamped200")
    )
    coloured = [np.ptp(picture, axis=2) > 40 for picture in (plain, stamped)]
    assert coloured[0].sum() == 0
    assert coloured[1].mean() > 0.001
    first, *_, last = [c for c in report.cells if c.page == 1]
    table = slice(round(first.box[1] * 60 / 72), round(last.box[3] * 60 / 72))
    assert coloured[1][table].sum() > 0.3 * coloured[1].sum()


def test_flattened_text_is_what_ocr_sees_page_by_page(small: DrawnReport) -> None:
    last, twice = pypdfium2.PdfDocument(small.pdf), io.BytesIO()
    few = pypdfium2.PdfDocument.new()  # the last page holds little: reading it costs little
    few.import_pages(last, [len(last) - 1] * 2)
    few.save(twice)
    pages = damage.flatten(damage.scan(twice.getvalue(), "bilevel300", 1)).split("\f")
    assert len(pages) == 2
    for page in pages:
        assert "Secretaria" in page  # the English model knows no accents
        assert small.truth["signatories"][0]["name"].split()[-1][:3] in page

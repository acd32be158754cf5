"""Pictures of the paper: what a box of the dataset cuts out of a page is what stands there, on turned pages too."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas

from ocr.errors import Damaged, DocumentError, PageTooLarge
from ocr.records import Box
from pipeline import crops
from tests import broken_pdfs

SIZE = (612.0, 792.0)
INKED = Box(100, 200, 160, 220)  # points from the top left, of the page before it is turned
EMPTY = Box(300, 200, 360, 220)


def drawn_pdf(path: Path, *, turned: int = 0) -> Path:
    """Two pages, black where `INKED` is on the second."""
    canvas = Canvas(str(path), pagesize=SIZE)
    canvas.drawString(72, 700, "primera")
    canvas.showPage()
    canvas.rect(INKED.x0, SIZE[1] - INKED.y1, INKED.width, INKED.height, fill=1)
    canvas.showPage()
    canvas.save()
    with pypdfium2.PdfDocument(path) as pdf:
        pdf[1].set_rotation(turned)
        turned_pdf = io.BytesIO()
        pdf.save(turned_pdf)
    path.write_bytes(turned_pdf.getvalue())
    return path


def darkness(picture: Image.Image) -> float:
    return float((np.asarray(picture.convert("L")) < 128).mean())


def test_a_box_cuts_out_what_stands_there(tmp_path: Path) -> None:
    picture = crops.page_picture(drawn_pdf(tmp_path / "a.pdf"), 2)
    assert picture.size == (1275, 1650)
    assert darkness(crops.crop(picture, INKED, margin=0)) > 0.95
    assert darkness(crops.crop(picture, EMPTY)) == 0


def test_boxes_are_of_the_page_as_a_viewer_shows_it(tmp_path: Path) -> None:
    picture = crops.page_picture(drawn_pdf(tmp_path / "a.pdf", turned=90), 2)
    assert picture.size == (1650, 1275)
    shown = Box(SIZE[1] - INKED.y1, INKED.x0, SIZE[1] - INKED.y0, INKED.x1)  # a quarter turn clockwise
    assert darkness(crops.crop(picture, shown, margin=0)) > 0.95


def test_the_margin_is_paper_around_the_value_and_ends_with_the_page(tmp_path: Path) -> None:
    picture = crops.page_picture(drawn_pdf(tmp_path / "a.pdf"), 2, dpi=72)
    assert crops.crop(picture, INKED, dpi=72, margin=10).size == (80, 40)
    assert crops.crop(picture, Box(600, 780, 640, 800), dpi=72, margin=10).size == (22, 22)
    assert crops.crop(picture, Box(2000, 2000, 2010, 2010), dpi=72).size == (1, 1)


def test_the_frame_stands_outside_of_what_it_shows(tmp_path: Path) -> None:
    picture = crops.page_picture(drawn_pdf(tmp_path / "a.pdf"), 2)
    framed = np.asarray(crops.outlined(picture, [EMPTY]))
    assert (framed == crops.OUTLINE).all(axis=2).any()
    x0, y0, x1, y1 = (round(edge * crops.DPI / 72) for edge in (EMPTY.x0, EMPTY.y0, EMPTY.x1, EMPTY.y1))
    inside = framed[y0:y1, x0:x1]
    assert (inside == 255).all()
    assert not (np.asarray(picture) == crops.OUTLINE).all(axis=2).any(), "the picture itself stays as it was"


def test_an_image_file_counts_its_frames_as_pages(tmp_path: Path) -> None:
    sheets = [Image.new("L", (1700, 2200), 255) for _ in range(2)]
    ImageDraw.Draw(sheets[1]).rectangle([200, 400, 320, 440], fill=0)
    sheets[0].save(tmp_path / "a.tif", save_all=True, append_images=sheets[1:], dpi=(200, 200))
    picture = crops.page_picture(tmp_path / "a.tif", 2, dpi=100)
    assert picture.size == (850, 1100)
    assert darkness(crops.crop(picture, Box(72, 144, 115, 158), dpi=100, margin=0)) > 0.9


def test_the_same_pixels_give_the_same_bytes(tmp_path: Path) -> None:
    pdf = drawn_pdf(tmp_path / "a.pdf")
    first, second = (crops.png(crops.page_picture(pdf, 2)) for _ in range(2))
    assert first == second
    assert Image.open(io.BytesIO(first)).size == (1275, 1650)


@pytest.mark.parametrize("page", [0, 3])
def test_a_page_that_is_not_there_is_said(tmp_path: Path, page: int) -> None:
    with pytest.raises(Damaged):
        crops.page_picture(drawn_pdf(tmp_path / "a.pdf"), page)


def test_what_does_not_open_is_damaged_and_what_is_no_paper_too_large(tmp_path: Path) -> None:
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4 nothing")
    with pytest.raises(Damaged):
        crops.page_picture(tmp_path / "b.pdf", 1)
    pdf = pypdfium2.PdfDocument.new()
    pdf.new_page(14_400, 14_400)
    pdf.save(tmp_path / "c.pdf")
    with pytest.raises(PageTooLarge):
        crops.page_picture(tmp_path / "c.pdf", 1)


@pytest.mark.parametrize("name", ["giant_fax_rows.pdf", "giant_jpx_boxed.pdf", "contents_picture_inline.pdf"])
def test_what_a_run_would_refuse_is_not_drawn_either(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pypdfium2.PdfPage, "render", lambda *_, **__: pytest.fail("drawn"))
    (tmp_path / "a.pdf").write_bytes(broken_pdfs.broken()[name])
    with pytest.raises(PageTooLarge):
        crops.drawn(tmp_path / "a.pdf", 1)


def test_no_program_is_started_over_a_picture_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow would hand PostScript to Ghostscript."""
    ghost = tmp_path / "bin" / "gs"
    ghost.parent.mkdir()
    ghost.write_text(f"#!/bin/sh\ntouch {tmp_path / 'started'}\n")
    ghost.chmod(0o755)
    monkeypatch.setenv("PATH", str(ghost.parent), prepend=":")
    for name in ("a.png", "a"):
        (tmp_path / name).write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 500 500\n%%EndComments\nshowpage\n")
        with pytest.raises(DocumentError):
            crops.drawn(tmp_path / name, 1)
    assert not (tmp_path / "started").exists()

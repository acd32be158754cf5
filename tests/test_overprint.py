"""Coloured stamps and pen strokes over black print: lifted, listed, and no tick lost under the name of a stroke."""

from __future__ import annotations

import io

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from ocr import overprint
from ocr.pages import Page
from ocr.records import Box, Candidate, Cell, PageFrame, Place, Reading, ResidualKind, Table
from ocr.residuals import residuals

Raster = npt.NDArray[np.uint8]
DPI = 200
BLUE, RED, VIOLET = (35, 60, 150), (195, 35, 65), (115, 50, 115)


def paper(text: str = "SECRETARIA DISTRITAL") -> Raster:
    page = np.full((800, 1000, 3), 248, np.uint8)
    for y in (300, 400, 500):
        cv2.putText(page, text, (250, y), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (25, 25, 25), 2, cv2.LINE_AA)
        cv2.line(page, (100, y + 30), (900, y + 30), (40, 40, 40), 2)
    return page


def inked(page: Raster, shape: Raster, ink: tuple[int, int, int]) -> Raster:
    """The page with ink where `shape` (0..255) is, as a scanner's JPEG keeps it; what is below shows through."""
    cover = shape[..., None].astype(np.float32) / 255 * 0.9
    mixed = page * (1 - cover * (1 - np.asarray(ink, np.float32) / 255))
    kept = io.BytesIO()
    Image.fromarray(mixed.astype(np.uint8)).save(kept, "JPEG", quality=75)
    return np.asarray(Image.open(kept).convert("RGB"))


def stamp(page: Raster) -> Raster:
    shape = np.zeros(page.shape[:2], np.uint8)
    for radius in (150, 115):
        cv2.circle(shape, (450, 400), radius, (255,), 5, cv2.LINE_AA)
    cv2.putText(shape, "RECIBIDO", (360, 380), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (255,), 3, cv2.LINE_AA)
    return shape


@pytest.mark.parametrize("ink", [BLUE, RED, VIOLET], ids=["blue", "red", "violet"])
def test_print_under_a_coloured_stamp_is_as_if_there_were_none(ink: tuple[int, int, int]) -> None:
    page = paper()
    stamped = inked(page, stamp(page), ink)
    found, boxes = overprint.lifted(stamped, DPI)
    clean = page.max(axis=2)
    print_, white = clean < 60, clean == 248
    before, after = (p.astype(int) for p in (stamped.max(axis=2), found))
    assert after[print_].mean() < 80, "black stays black"
    assert (after[white] < 150).mean() < 0.25 * (before[white] < 235).mean(), "of the ink hardly anything stays"
    assert Box.around(boxes).width == pytest.approx(305, abs=12)


def test_grey_pages_and_coloured_print_stay_as_they_are() -> None:
    page = paper()
    grey, boxes = overprint.lifted(page, DPI)
    assert not boxes
    assert (grey == page.max(axis=2)).all()
    letters = np.zeros(page.shape[:2], np.uint8)
    for x in range(120, 900, 60):
        cv2.putText(letters, "X", (x, 200), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (255,), 2, cv2.LINE_AA)
    cv2.rectangle(letters, (60, 150), (940, 620), (255,), 3)  # the rules of a coloured table, around all
    assert not overprint.lifted(inked(page, letters, BLUE), DPI)[1], "marks and rules of a colour are no stamp"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("level", [0, 255], ids=["black", "white"])
def test_a_block_of_colour_is_no_error_whatever_lies_around_it(level: int) -> None:
    page = np.full((800, 1000, 3), level, np.uint8)
    page[300:500, 200:500] = BLUE
    grey, boxes = overprint.lifted(page, DPI)
    assert boxes == (Box(200, 300, 500, 500),)
    assert grey[100, 100] == level


def cell(row: int, text: str) -> Cell:
    box = Box(100, 100 + 60 * row, 200, 160 + 60 * row)
    read = Reading((Candidate(text, 0.9, "marks"),), (Place(1, box),))
    return Cell(row, 0, box, reading=read)


@pytest.mark.parametrize(
    ("text", "kind"), [("", ResidualKind.MARK), ("-", ResidualKind.MARK), ("SI", ResidualKind.INK)]
)
def test_a_tick_by_hand_over_a_cell_without_a_mark_may_be_its_mark(text: str, kind: ResidualKind) -> None:
    cells = (cell(0, "SI"), cell(1, text), cell(2, "SI"))
    table = Table(1, Box(100, 100, 200, 280), 3, 1, cells)
    page = Page(PageFrame(1, 400, 400, DPI), np.full((400, 400), 255, np.uint8), lifted=(Box(120, 150, 190, 215),))
    (found,) = residuals(page, (table,), (), 18.0)
    assert (found.kind, found.place.box) == (kind, Box(120, 150, 190, 215))

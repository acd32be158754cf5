"""The ink of a page that nothing read on it explains."""

from __future__ import annotations

import shutil

import cv2
import numpy as np
import pytest

from ocr import pages, readings, residuals
from ocr.records import (
    Box,
    Candidate,
    Cell,
    PageFrame,
    Place,
    Reading,
    ResidualKind,
    Table,
    TextLine,
    Word,
)
from ocr.rings import Ring
from tests import bent

needs_engine = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
DPI, CAPITAL = 200, 20.0


class Sheet:
    """A page of 200 dpi with a table of three small cells in a row: blank, "SI" and a dash."""

    def __init__(self) -> None:
        self.grey = np.full((1100, 1700), 255, np.uint8)
        boxes = [Box(400 + 150 * i, 300, 550 + 150 * i, 400) for i in range(3)]
        for b in boxes:
            cv2.rectangle(self.grey, (int(b.x0), int(b.y0)), (int(b.x1), int(b.y1)), 0, 3)
        self.write("SI", (610, 362))
        cv2.line(self.grey, (770, 350), (782, 350), 0, 4)
        cells = tuple(_small(i, box, text) for i, (box, text) in enumerate(zip(boxes, ("", "SI", "-"), strict=True)))
        self.table = Table(1, Box.around(boxes), 1, 3, cells)
        self.lines: tuple[TextLine, ...] = ()
        self.rings: tuple[Ring, ...] = ()

    def write(self, text: str, at: tuple[int, int]) -> None:
        cv2.putText(self.grey, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.9, 0, 3, cv2.LINE_AA)

    def say(self, text: str, box: Box, confidence: float = 0.95) -> None:
        words = (Word(text, confidence, box),)
        self.lines += (TextLine(text, Place(1, box), confidence, words),)

    def residuals(self) -> list[tuple[ResidualKind, Box]]:
        page = pages.Page(PageFrame(1, self.grey.shape[1], self.grey.shape[0], DPI), self.grey, rings=self.rings)
        found = residuals.residuals(page, [self.table], self.lines, CAPITAL)
        return [(r.kind, r.place.box) for r in found if r.place.box]


def _small(column: int, box: Box, text: str) -> Cell:
    return Cell(0, column, box, reading=Reading((Candidate(text, 0.99, "marks"),), (Place(1, box),)))


def test_a_page_on_which_everything_was_read_leaves_nothing() -> None:
    sheet = Sheet()
    sheet.write("ASISTENTES", (200, 200))
    sheet.say("ASISTENTES", Box(198, 172, 400, 204))
    assert sheet.residuals() == []


def test_words_that_nobody_read_are_left() -> None:
    sheet = Sheet()
    sheet.write("ASISTENTES", (200, 200))
    ((kind, box),) = sheet.residuals()
    assert kind is ResidualKind.INK
    assert (box.x0 < 210, box.x1 > 350, 170 < box.y0 < box.y1 < 210) == (True, True, True)


@pytest.mark.parametrize(
    ("ring", "columns"),
    [
        (Ring(475, 500, 150, 3), {0}),  # its top crosses the blank cell
        (Ring(775, 500, 150, 3), {2}),  # the dash's cell
        (Ring(800, 350, 175, 3), {1}),  # its left side goes through the letters of "SI"
        (Ring(420, 350, 143, 2), set()),  # and here its right side, aside of them
        (Ring(200, 900, 150, 3), set()),
    ],
)
def test_a_ring_painted_over_may_have_taken_a_mark_or_part_of_one(ring: Ring, columns: set[int]) -> None:
    sheet = Sheet()
    sheet.rings = (ring,)
    doubted = [box for kind, box in sheet.residuals() if kind is ResidualKind.MARK]
    assert {i for i, cell in enumerate(sheet.table.cells) if cell.box in doubted} == columns


def test_a_stroke_in_a_cell_read_as_blank_could_be_its_mark() -> None:
    sheet = Sheet()
    cv2.line(sheet.grey, (460, 365), (480, 340), 0, 4)
    ((kind, box),) = sheet.residuals()
    assert kind is ResidualKind.MARK
    assert sheet.table.cells[0].box.contains(*box.center)


def test_a_second_mark_beside_the_one_that_was_read_is_told_apart() -> None:
    sheet = Sheet()
    sheet.write("X", (668, 388))
    ((kind, box),) = sheet.residuals()
    assert kind is ResidualKind.MARK
    assert box.x0 > 660


def test_a_stroke_through_cells_is_no_mark() -> None:
    sheet = Sheet()
    cv2.line(sheet.grey, (300, 260), (480, 440), 0, 4)
    assert {kind for kind, _ in sheet.residuals()} == {ResidualKind.INK}


def test_holes_dust_and_the_edge_of_the_sheet_are_the_papers_own() -> None:
    sheet = Sheet()
    cv2.circle(sheet.grey, (60, 500), 18, 20, -1)
    sheet.grey[:, -8:] = 40
    for x in range(200, 1500, 37):
        cv2.circle(sheet.grey, (x, 600 + x % 200), 2, 0, -1)
    assert sheet.residuals() == []


def test_a_hole_in_the_middle_of_the_page_is_ink() -> None:
    sheet = Sheet()
    cv2.circle(sheet.grey, (900, 700), 18, 20, -1)
    assert len(sheet.residuals()) == 1


def test_a_stamp_that_words_break_is_one_residual() -> None:
    sheet = Sheet()
    cv2.circle(sheet.grey, (900, 700), 140, 60, 4)
    cv2.circle(sheet.grey, (900, 700), 100, 60, 4)
    sheet.say("La Secretaría Técnica citó a sesión", Box(700, 690, 1200, 720))
    ((kind, box),) = sheet.residuals()
    assert kind is ResidualKind.INK
    assert min(box.width, box.height) > 250


def test_what_strokes_were_read_as_explains_no_ink() -> None:
    sheet = Sheet()
    cv2.circle(sheet.grey, (900, 700), 60, 60, 4)
    sheet.say("Yo", Box(835, 635, 965, 765), confidence=0.3)
    assert len(sheet.residuals()) == 1


@needs_engine
def test_what_is_planted_on_a_scan_is_found_and_nothing_else() -> None:
    """The page has a shield and two spots beside its table; a scribble is drawn below it."""
    grey = bent.spotted(200).copy()
    clean = readings.read_page(_page(grey))[0]
    cv2.ellipse(grey, (1000, 1950), (90, 30), 20, 0, 300, 30, 4)
    read = readings.read_page(_page(grey))[0]
    assert [r.kind for r in clean.residuals] == [ResidualKind.INK] * 3
    places = [r.place for r in read.residuals if r not in clean.residuals]
    places += [x.place for x in read.lines if x not in clean.lines]
    assert len(places) == 1
    assert places[0].box is not None
    assert places[0].box.contains(1000, 1950)


def _page(grey: np.ndarray) -> pages.Page:
    return pages.Page(PageFrame(1, grey.shape[1], grey.shape[0], 200), grey)

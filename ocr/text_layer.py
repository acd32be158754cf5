"""A born-digital page → the same record as a read scan, from its characters and vector rules instead of ink.

The only door to pdfplumber. The page's rules are drawn on an empty raster, so that the same code finds the tables of
scans and of born-digital files.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pdfplumber
from pdfminer.pdfexceptions import PDFException
from pdfminer.psexceptions import PSException
from pdfplumber.utils.exceptions import PdfminerException

from ocr import blocks, cells, errors, grid
from ocr.pages import Page
from ocr.records import (
    Box,
    Candidate,
    Cell,
    PageFrame,
    Place,
    Reading,
    ReadPage,
    Residual,
    ResidualKind,
    Table,
    TextLine,
    Word,
)
from ocr.sheets import POINTS_PER_INCH, PageSource

WORD_GAP = 0.15  # of a character's size: no font's space is narrower than 0.2, no kerning or tracking that wide
DRAW_DPI = 150.0  # the resolution at which the grid is found
SAME_LINE = 0.5  # of a word's height: words whose middles are nearer stand on one line
LEGIBLE_SHARE = 0.9  # of characters that a Spanish report prints; below, the layer's encoding is broken
HIDDEN_SHARE = 0.05  # of a page's words; more that a viewer does not show, and the layer is not what the page says
LEAST_CONTRAST = 24  # of 255, between the darkest and the lightest where a word stands: a hyphen at 100 dpi has 90
MIN_CHARACTERS = 30  # fewer are a stamp or a page number on a picture
SPANISH = frozenset("abcdefghijklmnopqrstuvwxyzáéíóúüñ0123456789 .,;:()/-–—_'\"“”‘’°ºª%#&+*@¿?¡!✓•·|\n\t")


BROKEN = (  # what pdfplumber raises on bad files
    PdfminerException, PDFException, PSException, ValueError, LookupError, TypeError, AttributeError, RecursionError,
)  # fmt: skip
logging.getLogger("pdfminer").addHandler(logging.NullHandler())  # else a file's own words reach the terminal
logging.getLogger("pdfminer").propagate = False
SAME_SIZE = 1.0  # points by which readers may differ about a page: some round


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The file in pdfplumber's hands. Raises Damaged."""
    try:
        pdf = pdfplumber.open(path)
    except BROKEN as e:
        raise errors.Damaged(f"text layer: {e}") from e
    try:
        yield pdf
    finally:
        with suppress(*BROKEN):  # it walks through all pages once more
            pdf.close()
        pdf.stream.close()


def sheet(pdf: Any, source: PageSource) -> Any:
    """The page in pdfplumber's hands. Raises Damaged, too where it takes the page for another size than a viewer."""
    try:
        page = pdf.pages[source.number - 1]
        shown = _shown(page)
    except BROKEN as e:
        raise errors.Damaged(f"text layer of page {source.number}: {e}") from e
    if max(abs(shown.width - source.width), abs(shown.height - source.height)) > SAME_SIZE:
        raise errors.Damaged(f"readers disagree on the size of page {source.number}")
    return page


def is_legible(plumber_page: Any) -> bool:
    """Whether the page's characters are text that a report could print, not a scan's or a broken encoding's garble."""
    try:
        text = "".join(str(c["text"]) for c in plumber_page.chars if _is_level(c["matrix"]))
    except BROKEN:
        return False
    known = sum(c in SPANISH for c in text.lower())
    return len(text) >= MIN_CHARACTERS and known >= LEGIBLE_SHARE * len(text) and "(cid:" not in text


def _is_level(matrix: Sequence[float]) -> bool:
    """Whether a letter stands upright on the page as shown: a page shown sideways is turned by its picture."""
    return matrix[0] > abs(matrix[1]) and matrix[3] > abs(matrix[2])


def is_shown(plumber_page: Any, drawn: grid.Grey) -> bool:
    """Whether what the layer says is what a viewer shows: text may be white, covered, or drawn in no way at all.

    `drawn`: the page as a viewer shows it.
    """
    shown = _shown(plumber_page)
    words = _words(plumber_page, shown)
    return len(_hidden(words, shown, drawn)) <= HIDDEN_SHARE * len(words)


def _hidden(words: Sequence[Word], shown: Box, drawn: grid.Grey) -> set[int]:
    """Of the words, the ids of those where the page is as empty as paper."""
    down, right = drawn.shape[0] / shown.height, drawn.shape[1] / shown.width
    return {id(w) for w in words if w.box and np.ptp(_part(drawn, w.box, down, right)) < LEAST_CONTRAST}


def _part(drawn: grid.Grey, box: Box, down: float, right: float) -> grid.Grey:
    """What is drawn in the box, and no less than a pixel of it."""
    y0 = min(max(0, int(box.y0 * down)), drawn.shape[0] - 1)
    x0 = min(max(0, int(box.x0 * right)), drawn.shape[1] - 1)
    return drawn[y0 : max(y0 + 1, round(box.y1 * down)), x0 : max(x0 + 1, round(box.x1 * right))]


def read_page(plumber_page: Any, number: int, drawn: grid.Grey) -> ReadPage:
    """All that the page's text layer says; boxes in points, which are the pixels of its 72-dpi frame.

    `drawn`: the page as a viewer shows it; a word that is not to be seen there is no value, but left over.
    """
    shown = _shown(plumber_page)
    frame = PageFrame(number, round(shown.width), round(shown.height), POINTS_PER_INCH)
    every = _words(plumber_page, shown)
    hidden = _hidden(every, shown, drawn)
    words = [w for w in every if id(w) not in hidden]
    tables = [_table(cells.cells(lattice), words, number) for lattice in _lattices(plumber_page, shown)]
    inside = {id(w) for w in words for t in tables if w.box and t.box.contains(*w.box.center)}
    outside = [w for w in words if id(w) not in inside]
    canvas = Page(frame, _draw_words(outside, frame))
    lines = [
        line
        for block in blocks.text_blocks(canvas, [t.box for t in tables])
        for line in _lines([w for w in outside if w.box and block.contains(*w.box.center)], number)
    ]
    read = {id(w) for line in lines for w in line.words}
    stray = _lines([w for w in every if id(w) in hidden or (id(w) not in inside and id(w) not in read)], number)
    residuals = (*map(_residual, stray), *_pictures(plumber_page, shown, number))
    return ReadPage(frame, tuple(tables), tuple(lines), residuals)


def _residual(line: TextLine) -> Residual:
    return Residual(ResidualKind.WORDS, line.place, line.text, line.confidence)


def _pictures(plumber_page: Any, shown: Box, number: int) -> Iterator[Residual]:
    """The pictures on the page, stamps among them: nothing reads what they show."""
    for image in plumber_page.images:
        x0, y0, x1, y1 = (float(image[k]) for k in ("x0", "top", "x1", "bottom"))
        if shown.contains((x0 + x1) / 2, (y0 + y1) / 2) and x0 < x1 and y0 < y1:
            yield Residual(ResidualKind.INK, Place(number, _moved(Box(x0, y0, x1, y1), shown)))


def _shown(plumber_page: Any) -> Box:
    """The part of the page that a viewer shows: what its crop box leaves of its media box."""
    crop, media = plumber_page.cropbox, plumber_page.mediabox
    x0, y0 = (max(float(a), float(b)) for a, b in zip(crop[:2], media[:2], strict=True))
    x1, y1 = (min(float(a), float(b)) for a, b in zip(crop[2:], media[2:], strict=True))
    return Box(x0, y0, x1, y1)


def _words(plumber_page: Any, shown: Box) -> list[Word]:
    """The page's words, those cropped away left out; letters printed twice, as some programs make bold, count once."""
    found = [_word(w) for w in plumber_page.dedupe_chars().extract_words(x_tolerance_ratio=WORD_GAP)]
    return [replace(w, box=_moved(w.box, shown)) for w in found if w.box and shown.contains(*w.box.center)]


def _word(word: dict[str, Any]) -> Word:
    x0, y0, x1, y1 = (float(word[k]) for k in ("x0", "top", "x1", "bottom"))
    return Word(str(word["text"]), 1.0, Box(x0, y0, x1, y1))


def _moved(box: Box, shown: Box) -> Box:
    return Box(box.x0 - shown.x0, box.y0 - shown.y0, box.x1 - shown.x0, box.y1 - shown.y0)


def _lattices(plumber_page: Any, shown: Box) -> list[grid.Lattice]:
    scale = DRAW_DPI / POINTS_PER_INCH
    canvas = np.full((round(shown.height * scale), round(shown.width * scale)), 255, np.uint8)
    far = 10 * max(canvas.shape)  # edges may end anywhere: OpenCV takes no number beyond its own
    for edge in plumber_page.edges:
        xs = [round(np.clip((float(edge[k]) - shown.x0) * scale, -far, far)) for k in ("x0", "x1")]
        ys = [round(np.clip((float(edge[k]) - shown.y0) * scale, -far, far)) for k in ("top", "bottom")]
        cv2.line(canvas, (xs[0], ys[0]), (xs[1], ys[1]), (0,), 1)
    return [_in_points(lattice, 1 / scale) for lattice in grid.lattices(canvas, DRAW_DPI)]


def _in_points(lattice: grid.Lattice, scale: float) -> grid.Lattice:
    return replace(lattice, ys=tuple(y * scale for y in lattice.ys), xs=tuple(x * scale for x in lattice.xs))


def _draw_words(words: Sequence[Word], frame: PageFrame) -> grid.Grey:
    canvas = np.full((frame.height, frame.width), 255, np.uint8)
    for b in (w.box for w in words if w.box):
        step = max(2.0, b.height)  # drawn letter by letter: a block of ink longer than letters would pass for a picture
        for x in np.arange(b.x0, b.x1, step):
            cv2.rectangle(canvas, (int(x), int(b.y0)), (int(min(x + step - 2, b.x1)), int(b.y1) - 1), (0,), -1)
    return canvas


def _table(lattice_cells: Sequence[Cell], words: Sequence[Word], number: int) -> Table:
    return Table(
        page=number,
        box=Box.around(c.box for c in lattice_cells),
        rows=max(c.row + c.row_span for c in lattice_cells),
        columns=max(c.column + c.column_span for c in lattice_cells),
        cells=tuple(_cell(c, words, number) for c in lattice_cells),
    )


def _cell(cell: Cell, words: Sequence[Word], number: int) -> Cell:
    lines = _lines([w for w in words if w.box and cell.box.contains(*w.box.center)], number)
    text = "\n".join(line.text for line in lines)
    reading = Reading((Candidate(text, 1.0, "text_layer"),), (Place(number, cell.box),))
    return replace(cell, reading=reading, lines=tuple(lines))


def _lines(words: Sequence[Word], number: int) -> list[TextLine]:
    """Words grouped into lines, top to bottom, each left to right."""
    rows: list[list[tuple[Box, Word]]] = []
    for box, word in sorted(((w.box, w) for w in words if w.box), key=lambda bw: bw[0].center[1]):
        if rows and box.center[1] - rows[-1][0][0].center[1] < SAME_LINE * max(box.height, rows[-1][0][0].height):
            rows[-1].append((box, word))
        else:
            rows.append([(box, word)])
    return [_line([w for _, w in sorted(row, key=lambda bw: bw[0].x0)], number) for row in rows]


def _line(words: Sequence[Word], number: int) -> TextLine:
    box = Box.around(w.box for w in words if w.box)
    return TextLine(" ".join(w.text for w in words), Place(number, box), 1.0, tuple(words))

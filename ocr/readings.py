"""Upright page → what it says: every cell of every ruled table, and the lines of text outside them.

Tiny cells (marks, roles, counts) go to the mark reader; all other ink goes to the OCR engine, as tight crops in one
batch for the page: a pass over the whole page does not see a lone dash or letter.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

import cv2
import numpy as np
import numpy.typing as npt

from ocr import alignment, blobs, blocks, cells, engine, grid, marks, residuals, rings, second_look, witnesses
from ocr.clusters import SmallInk
from ocr.engine import Lines, Question
from ocr.fractions import looked_at_again
from ocr.ink import is_struck
from ocr.marks import Sight
from ocr.numerals import with_numerals
from ocr.pages import Page
from ocr.records import Box, Candidate, Cell, Place, Reading, ReadPage, Table, TextLine, Word

Grey = npt.NDArray[np.uint8]

READING_DPI = 300.0  # the engine's models were trained near it; coarser pages are enlarged
MAX_SCALE = 2.0  # beyond that enlargement only adds blur
SURE_MARK = 0.5  # of a dash or a blank; below, the engine gives a second opinion
TEXT_COLUMN = 0.5  # share of a column's inked cells that hold long ink from which its short ones are words too
MOST_LETTERS = 20  # of a cell that may hold a mark: two lines as wide as a mark have fourteen
RULE_BAND = 0.035  # inches beside a cell's edge where a remnant of its rule may stand
RULE_DARK = 0.55  # share of dark pixels that makes a row of a crop a remnant of a rule
BLACK_QUANTILE = 0.005  # of a page's pixels: a sparse page is one hundredth ink
GHOST = 0.25  # of the darkness of black: stronger ink is printed on this side
DARK = 170  # grey level below which a pixel is ink, on a page whose paper is white


@dataclass(frozen=True, slots=True, eq=False)
class _Crop:
    """A cut-out of the page and where its upper left corner stood."""

    grey: Grey
    x: float
    y: float


ReadAlone = tuple[ReadPage, tuple[SmallInk, ...]]  # a page that knows nothing of the document's others yet
Steps = Generator[Question, list[Lines], ReadAlone]  # a page's reading, which asks what the engine is to read for it


def read_page(page: Page) -> ReadAlone:
    """All that the page says, read alone. Raises EngineMissing, EngineFailed."""
    steps = page_steps(page)
    try:
        question = next(steps)
        while True:
            question = steps.send(engine.answers([question])[0])
    except StopIteration as done:
        read: ReadAlone = done.value
        return read


def page_steps(page: Page) -> Steps:
    """All that the page says, and the ink of its small cells, to be compared with that of the document's other pages.

    What the engine is to read is asked of the caller, who may have it read with what other pages ask.
    """
    lattices = page_lattices(page)
    page = replace(page, grey=without_ghosts(page.grey))
    tables = [cells.cells(lattice) for lattice in lattices]
    crops = [[_cell_crop(page, cell) for cell in table] for table in tables]
    printed = letters(page)
    height = printed.height
    seen = [_see_small(table, cut, printed) for table, cut in zip(tables, crops, strict=True)]
    read_as_marks = [[s.candidates() if s else None for s in table] for table in seen]
    wordy = [_in_wordy_column(table, read) for table, read in zip(tables, read_as_marks, strict=True)]
    wanted = [
        (t, i)
        for t, table in enumerate(tables)
        for i in range(len(table))
        if _wants_engine(read_as_marks[t][i]) or wordy[t][i]
    ]
    outside = [_crop(page.grey, box) for box in blocks.text_blocks(page, [_extent(x) for x in tables])]
    texts, again = yield from _read_text([crops[t][i] for t, i in wanted], outside, page, height)
    by_cell = dict(zip(wanted, zip(texts, again, strict=False), strict=False))
    found = tuple(
        _table(
            page,
            [
                _cell(page, cell, read_as_marks[t][i], by_cell.get((t, i), ((), ())), words_first=wordy[t][i])
                for i, cell in enumerate(table)
            ],
            lattices[t],
        )
        for t, table in enumerate(tables)
    )
    lines = tuple(line for lines in texts[len(wanted) :] for line in lines)
    read = ReadPage(page.frame, found, lines, residuals.residuals(page, found, lines, height))
    strange = [_with_strange(*each, height) for each in zip(seen, tables, crops, strict=True)]
    return read, second_look.small_inks(strange, [[crop.grey for crop in cut] for cut in crops], height)


def page_lattices(page: Page) -> list[grid.Lattice]:
    """The page's tables: by their rules, rows and columns parted where some were lost, or by alignment alone."""
    dpi = page.frame.dpi
    found = [alignment.with_parted_columns(x, page.grey, dpi) for x in grid.lattices(page.grey, dpi)]
    parted = [alignment.with_parted_rows(x, page.grey, dpi) for x in found]
    return witnesses.with_aligned(parted, page.grey, dpi)


def without_ghosts(grey: Grey) -> Grey:
    """The page without what shines through from its back: ink paler than a fraction of the page's black is paper.

    The grey levels between are stretched, so that printed strokes keep their soft edges.
    """
    black = float(np.quantile(grey[::4, ::4], BLACK_QUANTILE))
    white = 255 - GHOST * (255 - black)
    levels = np.clip((np.arange(256) - black) / max(1.0, white - black) * 255, 0, 255)
    return np.asarray(cv2.LUT(grey, levels.astype(np.uint8)), dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Letters:
    """The page's letters: `height` of a capital, and the middle of each in `x` and `y`; pixels."""

    height: float
    x: npt.NDArray[np.float64]
    y: npt.NDArray[np.float64]

    def within(self, box: Box) -> int:
        return int(((self.x >= box.x0) & (self.x < box.x1) & (self.y >= box.y0) & (self.y < box.y1)).sum())


def letters(page: Page) -> Letters:
    """What on the page has the size of a letter; a capital's height is the upper part of their heights."""
    dpi = page.frame.dpi
    x, y, width, height = blobs.boxes((page.grey < DARK).astype(np.uint8)).T
    sized = (height > dpi * 0.035) & (height < dpi * 0.25) & (width < dpi * 0.3)
    capital = float(np.quantile(height[sized], 0.7)) if sized.any() else dpi * 0.09
    return Letters(capital, (x + width / 2)[sized], (y + height / 2)[sized])


def _extent(table: Sequence[Cell]) -> Box:
    return Box.around(c.box for c in table)


def _table(page: Page, read: Sequence[Cell], lattice: grid.Lattice) -> Table:
    height = max(c.row + c.row_span for c in read)
    width = max(c.column + c.column_span for c in read)
    extent = _extent(read)
    return Table(page.frame.number, extent, height, width, tuple(read), ruled=lattice.ruled, certain=lattice.certain)


def _crop(grey: Grey, box: Box) -> _Crop:
    x0, y0 = max(0, round(box.x0)), max(0, round(box.y0))
    return _Crop(grey[y0 : round(box.y1), x0 : round(box.x1)].copy(), x0, y0)


def _cell_crop(page: Page, cell: Cell) -> _Crop:
    """The inside of a cell, what its rules left along the border painted over."""
    crop = _crop(page.grey, cell.box)
    band = max(2, round(page.frame.dpi * RULE_BAND))
    for side in (crop.grey, crop.grey[::-1], crop.grey.T, crop.grey.T[::-1]):
        _erase_rule(side, band)
    return crop


def _erase_rule(grey: Grey, band: int) -> None:
    """Whitens the rows at the upper border that are mostly dark, and all above them."""
    dark = (grey[:band] < DARK).mean(axis=1) if grey.size else np.zeros(0)
    rows = np.nonzero(dark > RULE_DARK)[0]
    grey[: (int(rows[-1]) + 2 if len(rows) else 1)] = 255


def _see_small(table: Sequence[Cell], crops: Sequence[_Crop], printed: Letters) -> list[Sight | None]:
    """What the mark reader sees in each cell; None where what it holds is too large for a mark."""
    may_be = [
        crop.grey.size > 0 and printed.within(cell.box) < MOST_LETTERS for cell, crop in zip(table, crops, strict=True)
    ]
    sights = iter(marks.see_small([c.grey for c, small in zip(crops, may_be, strict=True) if small], printed.height))
    return [next(sights) if small else None for small in may_be]


def _with_strange(
    seen: Sequence[Sight | None], table: Sequence[Cell], crops: Sequence[_Crop], height: float
) -> list[Sight | None]:
    """What was seen of a table's cells, those included that are too large for a mark since a stroke runs over them,
    where other cells hold marks: there may be one under the stroke."""
    wordy = _wordy_columns(table, [s.candidates() if s else None for s in seen])
    return [
        marks.strange(crop.grey, height)
        if sight is None and cell.column not in wordy and is_struck(crop.grey, height)
        else sight
        for sight, cell, crop in zip(seen, table, crops, strict=True)
    ]


def _in_wordy_column(table: Sequence[Cell], read: Sequence[tuple[Candidate, ...] | None]) -> list[bool]:
    """For each cell whether its column holds words, so that its short texts are words too («IDU», «EMB»)."""
    wordy = _wordy_columns(table, read)
    return [
        candidates is not None and cell.column in wordy and candidates[0].text != marks.BLANK
        for cell, candidates in zip(table, read, strict=True)
    ]


def _wordy_columns(table: Sequence[Cell], read: Sequence[tuple[Candidate, ...] | None]) -> set[int]:
    """The columns most of whose inked cells hold what is too large for a mark."""
    columns: dict[int, list[tuple[Candidate, ...] | None]] = {}
    for cell, candidates in zip(table, read, strict=True):
        columns.setdefault(cell.column, []).append(candidates)
    return {column for column, found in columns.items() if _long_share(found) > TEXT_COLUMN}


def _long_share(column: Sequence[tuple[Candidate, ...] | None]) -> float:
    inked = [r for r in column if r is None or (r and r[0].text != marks.BLANK)]
    return sum(r is None for r in inked) / len(inked) if inked else 0.0


def _wants_engine(read: tuple[Candidate, ...] | None) -> bool:
    """Whether the engine should look at the cell too: at all but dashes and blanks, of which it makes letters."""
    return not read or read[0].text not in (marks.BLANK, marks.DASH) or (read[0].confidence or 0) < SURE_MARK


def _read_text(
    cells: Sequence[_Crop], outside: Sequence[_Crop], page: Page, height: float
) -> Generator[Question, list[Lines], tuple[list[tuple[TextLine, ...]], list[tuple[Candidate, ...]]]]:
    """The lines of text of each crop; and what each look at a cell said that was looked at again.

    `height`: of a capital letter, in pixels of the page.
    """
    scale = float(np.clip(READING_DPI / page.frame.dpi, 1.0, MAX_SCALE))
    crops = [*cells, *outside]
    first = (yield Question([c.grey for c in crops], [engine.squeezed(c.grey, scale) for c in crops])) if crops else []
    seen = [c.grey for c in cells]
    looks = yield from second_look.looks(seen, first[: len(cells)], scale, again=page.second_look)
    read = [*(some[0].lines for some in looks), *first[len(cells) :]]
    texts = [_lines(words, crop, page, height) for crop, words in zip(crops, read, strict=True)]
    return texts, [tuple(look.candidate for look in some) if len(some) > 1 else () for some in looks]


def _lines(read: Sequence[Sequence[Word]], crop: _Crop, page: Page, height: float) -> tuple[TextLine, ...]:
    """The lines of a crop, in pixels of the page, numbers looked at again glyph by glyph."""
    moved = [[rings.doubted(_moved(w, crop), page.rings) for w in words] for words in read]
    lines = [tuple(looked_at_again(w, page.grey, height) for w in words) for words in moved]
    return tuple(_line(words, page.frame.number) for words in with_numerals(lines, page.grey, height))


def _moved(word: Word, crop: _Crop) -> Word:
    b = word.box
    return word if b is None else replace(word, box=Box(b.x0 + crop.x, b.y0 + crop.y, b.x1 + crop.x, b.y1 + crop.y))


def _line(words: Sequence[Word], page: int) -> TextLine:
    known = [w.confidence for w in words if w.confidence is not None]
    box = Box.around(w.box for w in words if w.box is not None)
    return TextLine(" ".join(w.text for w in words), Place(page, box), fmean(known) if known else None, tuple(words))


def _cell(
    page: Page,
    cell: Cell,
    read: tuple[Candidate, ...] | None,
    text: tuple[tuple[TextLine, ...], tuple[Candidate, ...]],
    *,
    words_first: bool,
) -> Cell:
    """The cell with its reading: the mark reader's candidates, the engine's, and what each further look said."""
    engine_says: tuple[Candidate, ...] = ()
    lines, again = text
    if lines:
        known = [line.confidence for line in lines if line.confidence is not None]
        words = "\n".join(line.text for line in lines)
        engine_says = (Candidate(words, fmean(known) if known else None, "tesseract"),)
    words_first = words_first or bool(read and read[0].text == marks.REJECT)
    candidates = (*engine_says, *(read or ())) if words_first else (*(read or ()), *engine_says)
    return replace(cell, reading=Reading(candidates, (Place(page.frame.number, cell.box),), again), lines=lines)

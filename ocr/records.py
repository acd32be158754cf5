"""Records of the reading stages, the only part of `ocr` that the parsers know.

One frame for every box: pixels of the upright, deskewed page raster, origin top left, x to the right, y down,
half open. `PageFrame.to_source` leads from there to the source page, in PDF points as a viewer shows it.
Text input has no boxes: its places carry a line number instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

WORD_SOURCES = {"tesseract", "text_layer", "text"}


class InputKind(StrEnum):
    """What a source file turned out to be."""

    SCAN = "scan"
    TEXT_LAYER = "text_layer"
    OCR_TEXT = "ocr_text"


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """A rectangle in pixels of the upright page: x0 <= x < x1, y0 <= y < y1."""

    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        if self.x1 < self.x0 or self.y1 < self.y0:
            raise ValueError(f"box turned inside out: {self}")

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def center(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def contains(self, x: float, y: float) -> bool:
        return self.x0 <= x < self.x1 and self.y0 <= y < self.y1

    @staticmethod
    def around(boxes: Iterable[Box]) -> Box:
        """The smallest box that holds all of `boxes`; ValueError if there is none."""
        some = list(boxes)
        return Box(min(b.x0 for b in some), min(b.y0 for b in some), max(b.x1 for b in some), max(b.y1 for b in some))


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: 1-based page, and a box on the upright page or (text input) a 1-based line."""

    page: int
    box: Box | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class PageFrame:
    """One upright page: its size in pixels and the way back to the source page.

    `to_source`: 3x3 homography, row by row, from upright pixels to PDF points of the page as a viewer shows it.
    """

    number: int
    width: int
    height: int
    dpi: float
    to_source: tuple[float, ...] = (1, 0, 0, 0, 1, 0, 0, 0, 1)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that a piece of ink may say. `confidence`: 0..1, None where the engine gave none."""

    text: str
    confidence: float | None
    source: str  # which evidence: "tesseract", "marks", "cluster", "seat", "text_layer", "text"; a second look's name

    def __post_init__(self) -> None:
        if self.confidence is not None and not 0 <= self.confidence <= 1:
            raise ValueError(f"confidence outside 0..1: {self}")


@dataclass(frozen=True, slots=True)
class Reading:
    """What stands at a place, best candidate first. A value cut by a page break keeps all its places.

    `candidates` is empty only when nothing could be read; a cell known to be blank has one candidate, the empty text.
    `again`: what was seen when it was looked at again, and among its kin: evidence too, each source best first.
    """

    candidates: tuple[Candidate, ...] = ()
    places: tuple[Place, ...] = ()
    again: tuple[Candidate, ...] = ()

    @property
    def text(self) -> str:
        return self.candidates[0].text if self.candidates else ""

    @property
    def confidence(self) -> float | None:
        return self.candidates[0].confidence if self.candidates else None

    @property
    def words(self) -> Candidate | None:
        """The best candidate that read the text as words; the best of all where none did."""
        worded = (c for c in self.candidates if c.source in WORD_SOURCES)
        return next(worded, self.candidates[0] if self.candidates else None)

    def of(self, source: str) -> tuple[Candidate, ...]:
        """The candidates that one kind of evidence gave."""
        return tuple(c for c in (*self.candidates, *self.again) if c.source == source)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of running text, with its box where there is one."""

    text: str
    confidence: float | None = None
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text in reading order. `words` is empty for text input without boxes."""

    text: str
    place: Place
    confidence: float | None = None
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a ruled table, 0-based, with its spans; `reading`: what stands in it, lines joined by newlines."""

    row: int
    column: int
    box: Box
    row_span: int = 1
    column_span: int = 1
    reading: Reading = field(default_factory=Reading)
    lines: tuple[TextLine, ...] = ()

    def __post_init__(self) -> None:
        if self.row < 0 or self.column < 0 or self.row_span < 1 or self.column_span < 1:
            raise ValueError(f"impossible cell: {self}")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of one page; `cells` cover it row by row.

    `ruled`: parted by rules, and not by how its text is aligned; `certain`: its rows and columns are beyond doubt.
    """

    page: int
    box: Box
    rows: int
    columns: int
    cells: tuple[Cell, ...]
    ruled: bool = True
    certain: bool = True


class ResidualKind(StrEnum):
    """What ended in no value: `INK` that nothing read explains, a stamp or a stroke; ink of the size of a `MARK` that
    stands free in a small cell beside what was read there; `WORDS` that were read."""

    INK = "ink"
    MARK = "mark"
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Residual:
    """Something on a page that ended in no value. `text`: as read, empty for ink. `confidence`: of the text, 0..1."""

    kind: ResidualKind
    place: Place
    text: str = ""
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class ReadPage:
    """All that was read on one page: tables top to bottom, and the lines of text outside them, in reading order.

    `residuals`: the ink that none of it explains. `fault`: why nothing, or not all, of the page could be read; None
    where it was read, if only as blank.
    """

    frame: PageFrame
    tables: tuple[Table, ...] = ()
    lines: tuple[TextLine, ...] = ()
    residuals: tuple[Residual, ...] = ()
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A whole source file, read. For text input each page holds its lines only."""

    kind: InputKind
    pages: tuple[ReadPage, ...]

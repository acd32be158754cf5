"""The paper of drawn reports: pages, and running text wrapped on them. In PDF points; y runs down from the top."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from reportlab.pdfbase.pdfmetrics import stringWidth  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

LEADING = 1.17  # line pitch over font size, single spacing
SIDE_PAD = 4.5  # points between a rule and text, near a word processor's 0.19 cm less its slack


@dataclass(frozen=True, slots=True)
class Type:
    """How a text is set. `align`: left, center or justify; `ink` from 0 (black) to 1."""

    font: str
    size: float
    align: str = "left"
    ink: float = 0.0

    @property
    def pitch(self) -> float:
        return self.size * LEADING


@dataclass(frozen=True, slots=True)
class Slot:
    """A cell to be set. `kind`: what it holds (`mark`, `role`…), for those who calibrate readers on drawn cells."""

    text: str
    type: Type
    kind: str = ""


class Line(NamedTuple):
    """A wrapped line; `ends`: it is the last of its paragraph, so it is never stretched."""

    text: str
    ends: bool = True


@dataclass(frozen=True, slots=True)
class DrawnCell:
    """Where a cell landed: 1-based page, box in points from the top left. A cut cell gives several."""

    kind: str
    text: str
    page: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a table is ruled and filled. `width` in points, greys 0 (black) to 1."""

    width: float
    grey: float
    shade: float | None
    pad: float  # above and below the text of a cell
    whole_rows: bool
    late_marks: bool = False  # of a cut row, cells of one line follow the larger part
    slash_breaks: bool = False  # a word that is too long may break before a slash
    top_aligned: bool = False  # text stands at the top of its cell
    frame: float = 0.0  # width of a black outline around what stands on a page; 0: none
    stripes: float | None = None  # ground of every other row


def wrap(text: str, type_: Type, width: float, slash_breaks: bool = False) -> list[Line]:
    """`text` in lines no wider than `width`; a word that is too long breaks between letters."""
    lines: list[Line] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if stringWidth(longer, type_.font, type_.size) <= width:
                line = longer
                continue
            *broken, last = _break_word(word, type_, width, slash_breaks)
            lines += [Line(full, False) for full in (line, *broken) if full]
            line = last
        lines.append(Line(line))
    return lines


def _break_word(word: str, type_: Type, width: float, slash_breaks: bool) -> list[str]:
    pieces = []
    while stringWidth(word, type_.font, type_.size) > width and len(word) > 1:
        sizes = range(len(word) - 1, 0, -1)
        end = next(n for n in sizes if n == 1 or stringWidth(word[:n], type_.font, type_.size) <= width)
        slash = word.rfind("/", 1, end + 1) if slash_breaks else -1
        end = slash if slash > 0 else end
        pieces.append(word[:end])
        word = word[end:]
    return [*pieces, word]


@dataclass(slots=True)
class Paper:
    """A document in the making. `margins`: left, top, right, bottom; `furniture` draws every header and footer."""

    size: tuple[float, float]
    margins: tuple[float, float, float, float]
    furniture: Callable[[Paper], None]
    ruling: Ruling
    cells: list[DrawnCell] = field(default_factory=list)
    page: int = 0
    y: float = 0.0
    _buffer: io.BytesIO = field(default_factory=io.BytesIO)
    canvas: Any = None

    def __post_init__(self) -> None:
        self.canvas = Canvas(self._buffer, pagesize=self.size, invariant=1)
        self._open_page()

    @property
    def bottom(self) -> float:
        return self.size[1] - self.margins[3]

    @property
    def width(self) -> float:
        return self.size[0] - self.margins[0] - self.margins[2]

    def _open_page(self) -> None:
        self.page, self.y = self.page + 1, self.margins[1]
        self.furniture(self)

    def new_page(self) -> None:
        self.canvas.showPage()
        self._open_page()

    def finish(self) -> bytes:
        self.canvas.showPage()
        self.canvas.save()
        return self._buffer.getvalue()

    # ------------------------------------------------------------ text

    def line(self, line: str | Line, type_: Type, box: tuple[float, float, float]) -> None:
        """One line at (x0, x1, top of line)."""
        text, ends = line if isinstance(line, Line) else (line, True)
        x0, x1, top = box
        base = self.size[1] - top - type_.size * 0.95
        self.canvas.setFont(type_.font, type_.size)
        self.canvas.setFillGray(type_.ink)
        if type_.align == "center":
            self.canvas.drawCentredString((x0 + x1) / 2, base, text)
        elif type_.align == "justify" and not ends:
            self._stretched(text.split(), type_, (x0, x1, base))
        else:
            self.canvas.drawString(x0, base, text)

    def _stretched(self, words: list[str], type_: Type, box: tuple[float, float, float]) -> None:
        x, x1, base = box
        widths = [stringWidth(w, type_.font, type_.size) for w in words]
        gap = (x1 - x - sum(widths)) / max(1, len(words) - 1)
        for word, width in zip(words, widths, strict=True):
            self.canvas.drawString(x, base, word)
            x += width + gap

    def paragraph(self, text: str, type_: Type, after: float = 0.0, keep: float = 0.0) -> None:
        """Running text at the cursor. `keep`: points that must still fit below it, or it starts the next page."""
        lines = wrap(text, type_, self.width)
        if self.y + type_.pitch + keep > self.bottom:
            self.new_page()
        for text_line in lines:
            if self.y + type_.pitch > self.bottom:
                self.new_page()
            left = self.margins[0]
            self.line(text_line, type_, (left, left + self.width, self.y))
            self.y += type_.pitch
        self.y += after

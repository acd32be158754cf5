"""What was seen, painted on the page: grid, cells, readings (blue), decoded values (green), doubts (red)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ocr.pages import load_pages
from ocr.records import Box, InputKind, PageFrame, Place, ReadDocument, ReadPage
from parsers.records import Certainty, Report
from pipeline.dataset import moved_box
from pipeline.errors import EnvironmentMissing
from pipeline.run import ReadReport

BLUE, GREEN, RED, PALE = (40, 90, 200), (0, 120, 40), (210, 20, 20), (200, 210, 235)
LABEL_POINTS = 5.5  # the form's print has 8 to 11 points: labels stay smaller than what they explain
TEXT_DPI = 110  # text input is drawn as on letter paper at this resolution
TEXT_LINE_POINTS = 9
TEXT_LEFT = 60  # pixels, room for line numbers
LONGEST_LABEL = 60  # characters
_TEXT_PITCH = TEXT_LINE_POINTS * TEXT_DPI / 72

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)

Font = ImageFont.FreeTypeFont
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Value:
    """A decoded value as the overlay shows it."""

    label: str
    certainty: Certainty


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """A page to paint on. `move`: homography, row by row, from the frame of the readings to the image's pixels."""

    image: Image.Image
    dpi: float
    move: tuple[float, ...]

    def frame(self, box: Box, colour: Colour, width: int = 1) -> None:
        moved = moved_box(box, self.move)
        corners = (moved.x0, moved.y0, max(moved.x0, moved.x1 - 1), max(moved.y0, moved.y1 - 1))
        ImageDraw.Draw(self.image).rectangle(corners, outline=colour, width=width)

    def write(self, box: Box, text: str, colour: Colour, *, at_foot: bool = False) -> None:
        """Writes at the box's top left, or bottom left, so that a reading and the value it became both show."""
        moved, font = moved_box(box, self.move), _font(LABEL_POINTS, self.dpi)
        clipped = text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"
        top = moved.y1 - font.size * 1.2 if at_foot else moved.y0 + 1
        ImageDraw.Draw(self.image).text((moved.x0 + 3, top), clipped, fill=colour, font=font)


def paint(path: Path, read: ReadReport, folder: Path, name: str) -> Iterator[Path]:
    """Writes `folder/NAME-NN.png` for each page of the file at `path`, and yields each as it is written."""
    folder.mkdir(parents=True, exist_ok=True)
    values = tuple(decoded_values(read.report))
    for page, canvas in zip(read.document.pages, _canvases(path, read.document), strict=True):
        _paint_page(canvas, page, values)
        target = folder / f"{name}-{page.frame.number:02}.png"
        canvas.image.save(target)
        yield target


def decoded_values(report: Report) -> Iterator[Value]:
    """Every decoded value of the report that stands somewhere on its pages."""
    fields = report.fields
    yield Value(report.instancia or f"¿{fields.instancia_raw}?", fields.instancia_certainty)
    yield Value(fields.period.raw, fields.period.certainty)
    for name, count in (("ordinarias", fields.ordinary), ("extraordinarias", fields.extraordinary)):
        yield Value(f"{name} {_said(count.held)}/{_said(count.planned)}", count.certainty)
    for session in report.sessions:
        yield Value(f"T{_said(session.quarter)} {_said(session.date or '-')}", session.certainty)
    for attendee in report.attendees:
        link = attendee.entity or f"¿{attendee.entity_raw}?"
        label = f"{attendee.row}. [{_said(attendee.role)}] {link} = {_said(attendee.total_printed)}"
        yield Value(label, attendee.certainty)
        yield from (Value(_said(mark.value), mark.certainty) for mark in attendee.marks)
    for function in report.functions:
        yield Value(f"{function.function}. {_said(function.addressed_printed)}", function.certainty)
        yield from (Value(_said(mark.value), mark.certainty) for mark in function.marks)
    for publication in fields.publications:
        yield Value(f"{publication.item}: {_said(publication.published)}", publication.certainty)
    for signatory in fields.signatories:
        yield Value(f"{signatory.signs_as}: {signatory.name}", signatory.certainty)


def _said(value: object) -> str:
    if value is None:
        return "?"
    return ("sí" if value else "no") if isinstance(value, bool) else str(value)


def _canvases(path: Path, document: ReadDocument) -> Iterator[Canvas]:
    if document.kind is InputKind.OCR_TEXT:
        for page in document.pages:
            yield Canvas(_text_image(page), TEXT_DPI, IDENTITY)
        return
    for read, shown in zip(document.pages, load_pages(path), strict=True):
        yield Canvas(Image.fromarray(shown.grey).convert("RGB"), shown.frame.dpi, _between(read.frame, shown.frame))


def _between(read: PageFrame, shown: PageFrame) -> tuple[float, ...]:
    """The homography from the frame that was read (a text layer has its own) to the raster that is shown."""
    to_source, from_source = np.reshape(read.to_source, (3, 3)), np.linalg.inv(np.reshape(shown.to_source, (3, 3)))
    return tuple(float(v) for v in (from_source @ to_source).ravel())


def _paint_page(canvas: Canvas, page: ReadPage, values: Iterable[Value]) -> None:
    _paint_readings(canvas, page)
    for value in values:
        for place in value.certainty.places:
            if place.page == page.frame.number:
                _paint_value(canvas, value, _box(place, page))


def _paint_readings(canvas: Canvas, page: ReadPage) -> None:
    for line in page.lines:
        if line.place.box:
            canvas.frame(line.place.box, PALE)
    for table in page.tables:
        for cell in table.cells:
            canvas.frame(cell.box, BLUE)
            canvas.write(cell.box, cell.reading.text.replace("\n", " "), BLUE, at_foot=True)
        canvas.frame(table.box, BLUE, width=3)


def _paint_value(canvas: Canvas, value: Value, box: Box) -> None:
    certainty = value.certainty
    colour = RED if certainty.needs_review else GREEN
    canvas.frame(box, colour, width=2)
    canvas.write(box, value.label + (f" ¿{certainty.review_reason}?" if certainty.needs_review else ""), colour)


def _text_image(page: ReadPage) -> Image.Image:
    """The lines of a text page, each with its number, on paper as long as they need."""
    image = Image.new("RGB", (int(8.5 * TEXT_DPI), round((len(page.lines) + 2) * _TEXT_PITCH)), "white")
    draw, font = ImageDraw.Draw(image), _font(TEXT_LINE_POINTS * 0.8, TEXT_DPI)
    for line in page.lines:
        box = _box(line.place, page)
        draw.text((4, box.y0), str(line.place.line), fill=PALE, font=font)
        draw.text((TEXT_LEFT, box.y0), line.text, fill="black", font=font)
    return image


def _box(place: Place, page: ReadPage) -> Box:
    """Where a place stands on the canvas: its own box, or the right half of its text line, where labels hide little."""
    if place.box is not None or place.line is None:
        return place.box or Box(0, 0, 0, 0)
    first = page.lines[0].place.line or 1
    top = (place.line - first + 1) * _TEXT_PITCH
    return Box(TEXT_LEFT, top, 8.5 * TEXT_DPI, top + _TEXT_PITCH)


@cache
def _font(points: float, dpi: float) -> Font:
    font = ImageFont.load_default(points * dpi / 72)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise EnvironmentMissing("Pillow no trae FreeType; ejecute make setup")
    return font

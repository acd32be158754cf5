"""What was seen, painted on the page: grid, cells, readings (blue), decoded values (green), doubts (red)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ocr.pages import load_pages
from ocr.records import Box, InputKind, Place, ReadDocument, ReadPage
from parsers.records import Certainty, Report
from pipeline.errors import EnvironmentMissing
from pipeline.run import ReadReport

BLUE, GREEN, RED, PALE = (40, 90, 200), (0, 120, 40), (210, 20, 20), (200, 210, 235)
LABEL_POINTS = 5.5  # the form's print has 8 to 11 points: labels stay smaller than what they explain
TEXT_DPI = 110  # text input is drawn as on letter paper at this resolution
TEXT_LINE_POINTS = 9
TEXT_LEFT = 60  # pixels, room for line numbers
LONGEST_LABEL = 60  # characters
_TEXT_PITCH = TEXT_LINE_POINTS * TEXT_DPI / 72

Font = ImageFont.FreeTypeFont


@dataclass(frozen=True, slots=True)
class Value:
    """A decoded value as the overlay shows it."""

    label: str
    certainty: Certainty


def paint(path: Path, read: ReadReport, folder: Path, name: str) -> Iterator[Path]:
    """Writes `folder/NAME-NN.png` for each page of the file at `path`, and yields each as it is written."""
    folder.mkdir(parents=True, exist_ok=True)
    values = tuple(decoded_values(read.report))
    for page, image in zip(read.document.pages, _canvases(path, read.document), strict=True):
        _paint_page(image, page, values)
        target = folder / f"{name}-{page.frame.number:02}.png"
        image.save(target)
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


def _canvases(path: Path, document: ReadDocument) -> Iterable[Image.Image]:
    if document.kind is InputKind.OCR_TEXT:
        return (_text_canvas(page) for page in document.pages)
    return (Image.fromarray(page.grey).convert("RGB") for page in load_pages(path))


def _paint_page(image: Image.Image, page: ReadPage, values: Iterable[Value]) -> None:
    draw = ImageDraw.Draw(image)
    font = _font(LABEL_POINTS, page.frame.dpi or TEXT_DPI)
    _paint_readings(draw, page, font)
    for value in values:
        places = [p for p in value.certainty.places if p.page == page.frame.number]
        for place in places:
            _paint_value(draw, value, _box(place, page), font)


def _paint_readings(draw: ImageDraw.ImageDraw, page: ReadPage, font: Font) -> None:
    for line in page.lines:
        if line.place.box:
            draw.rectangle(_corners(line.place.box), outline=PALE)
    for table in page.tables:
        for cell in table.cells:
            draw.rectangle(_corners(cell.box), outline=BLUE)
            text = _clipped(cell.reading.text.replace("\n", " "))
            draw.text((cell.box.x0 + 2, cell.box.y1 - font.size * 1.2), text, fill=BLUE, font=font)
        draw.rectangle(_corners(table.box), outline=BLUE, width=3)


def _paint_value(draw: ImageDraw.ImageDraw, value: Value, box: Box, font: Font) -> None:
    certainty = value.certainty
    colour = RED if certainty.needs_review else GREEN
    label = _clipped(value.label) + (f" ¿{certainty.review_reason}?" if certainty.needs_review else "")
    draw.rectangle(_corners(box), outline=colour, width=2)
    draw.text((box.x0 + 3, box.y0 + 1), label, fill=colour, font=font)


def _text_canvas(page: ReadPage) -> Image.Image:
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


def _font(points: float, dpi: float) -> Font:
    font = ImageFont.load_default(points * dpi / 72)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise EnvironmentMissing("Pillow no trae FreeType; ejecute make setup")
    return font


def _clipped(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.x0, box.y0, max(box.x0, box.x1 - 1), max(box.y0, box.y1 - 1)

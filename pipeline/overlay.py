"""What was seen, painted on the page: grid, cells, readings (blue), decoded values (green), doubts (red), and what
ended in no value (orange).

A text has no page to show: its lines are written out, what they became beside them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from ocr.pages import load_pages
from ocr.records import Box, InputKind, PageFrame, ReadDocument, ReadPage
from parsers.records import Certainty, Report
from pipeline.canvas import LABEL_POINTS, POINTS_PER_INCH, Canvas, Colour, paled, typeface
from pipeline.run import ReadReport

BLUE, GREEN, RED, PALE = (60, 110, 220), (0, 110, 30), (210, 20, 20), (190, 200, 230)
ORANGE = (230, 120, 0)
TEXT_DPI = 144
TEXT_PITCH = 1.5 * LABEL_POINTS * TEXT_DPI / POINTS_PER_INCH  # pixels from line to line
TEXT_COLUMNS = (0.4, 5.5, 12.0)  # inches: where the text begins, what it became, and the page ends


@dataclass(frozen=True, slots=True)
class Value:
    """A decoded value as the overlay shows it."""

    label: str
    certainty: Certainty
    sure: Colour = GREEN

    @property
    def colour(self) -> Colour:
        return RED if self.certainty.needs_review else self.sure

    @property
    def doubt(self) -> str:
        return self.certainty.review_reason or ""


def paint(path: Path, read: ReadReport, folder: Path, name: str) -> Iterator[Path]:
    """Writes `folder/NAME-NN.png` for each page of the file at `path`, and yields each as it is written."""
    folder.mkdir(parents=True, exist_ok=True)
    values = tuple(decoded_values(read.report))
    for number, image in _painted(path, read.document, values):
        target = folder / f"{name}-{number:02}.png"
        image.save(target)
        yield target


def _painted(path: Path, document: ReadDocument, values: Sequence[Value]) -> Iterator[tuple[int, Image.Image]]:
    if document.kind is InputKind.OCR_TEXT:
        for page in document.pages:
            yield page.frame.number, _painted_text(page, values)
        return
    for page, shown in zip(document.pages, load_pages(path), strict=True):
        move = _between(page.frame, shown.frame)
        canvas = Canvas(paled(Image.fromarray(shown.grey)), shown.frame.dpi, move)
        _paint_readings(canvas, page)
        _paint_values(canvas, page.frame.number, values)
        yield page.frame.number, canvas.image


def _between(read: PageFrame, shown: PageFrame) -> tuple[float, ...]:
    """The homography from the frame that was read (a text layer has its own) to the raster that is shown."""
    to_source, from_source = np.reshape(read.to_source, (3, 3)), np.linalg.inv(np.reshape(shown.to_source, (3, 3)))
    return tuple(float(v) for v in (from_source @ to_source).ravel())


def decoded_values(report: Report) -> Iterator[Value]:
    """Every decoded value of the report that stands somewhere on its pages."""
    fields = report.fields
    yield Value(report.instancia or f"¿{fields.instancia_raw}?", fields.instancia_certainty)
    yield Value(fields.period.raw, fields.period.certainty)
    for count in (fields.ordinary, fields.extraordinary):
        yield Value(f"{_said(count.held)}/{_said(count.planned)}", count.certainty)
    for session in report.sessions:  # a date column is as wide as its date: the quarter may be cut off
        day = f"{session.date:%d/%m/%y}" if session.date else "-"
        yield Value(f"{day} T{_said(session.quarter)}", session.certainty)
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
    for end in report.loose_ends:
        yield Value(" ".join(end.residual.text.split()) or end.residual.kind.value, end.certainty, ORANGE)


def _said(value: object) -> str:
    if value is None:
        return "?"
    return ("sí" if value else "no") if isinstance(value, bool) else str(value)


def _paint_readings(canvas: Canvas, page: ReadPage) -> None:
    for line in page.lines:
        if line.place.box:
            canvas.frame(line.place.box, PALE)
    for table in page.tables:
        for cell in table.cells:
            canvas.frame(cell.box, BLUE)
            canvas.write(cell.box, cell.reading.text.replace("\n", " "), BLUE, line=-1)
        canvas.frame(table.box, BLUE, width=3)


def _paint_values(canvas: Canvas, page: int, values: Iterable[Value]) -> None:
    """Each value at the top left of its place, its doubt below; values of one place stand one below another."""
    used: dict[Box, int] = defaultdict(int)
    for value in values:
        boxes = [place.box for place in value.certainty.places if place.page == page and place.box is not None]
        for box in boxes:
            canvas.frame(box, value.colour, width=2)
        if boxes:
            doubt = canvas.broken(boxes[0], value.doubt) if value.doubt else []
            for text in filter(None, (value.label, *doubt)):
                canvas.write(boxes[0], text, value.colour, line=used[boxes[0]])
                used[boxes[0]] += 1


def _painted_text(page: ReadPage, values: Iterable[Value]) -> Image.Image:
    """The page's lines, each with its number, and beside each the values that begin on it."""
    text_left, values_left, right = (round(inches * TEXT_DPI) for inches in TEXT_COLUMNS)
    image = Image.new("RGB", (right, round((len(page.lines) + 2) * TEXT_PITCH)), "white")
    draw, face = ImageDraw.Draw(image), typeface(LABEL_POINTS, TEXT_DPI)
    began = _by_first_line(values)
    for row, line in enumerate(page.lines, start=1):
        top = row * TEXT_PITCH
        draw.text((4, top), str(line.place.line), fill=PALE, font=face.font)
        draw.text((text_left, top), face.clipped(line.text, values_left - text_left - 10), fill="black", font=face.font)
        left = float(values_left)
        for value in began.get(line.place.line, ()):
            label = face.spelled(value.label + (f" ({value.doubt})" if value.doubt else ""))
            draw.text((left, top), label, fill=value.colour, font=face.font)
            left += face.font.getlength(label + "   ")
    return image


def _by_first_line(values: Iterable[Value]) -> dict[int | None, list[Value]]:
    began: dict[int | None, list[Value]] = defaultdict(list)
    for value in values:
        if value.certainty.places:
            began[value.certainty.places[0].line].append(value)
    return began

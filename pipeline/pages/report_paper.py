"""The paper of a report as its page shows it: pictures of the pages, inside the HTML, or the lines of a text."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from ocr.errors import DocumentError
from ocr.sheets import POINTS_PER_INCH
from pipeline import crops, textfile
from pipeline.papers import Gone, Papers
from pipeline.rows import Row
from pipeline.settings import Limits

DPI = 110.0  # the form's smallest print, 7 points, is eleven pixels high: legible, and a page weighs 50 to 150 kB
QUALITY = 40  # of WebP; the same print stays legible down to about 30
PAGES = 60  # pictures in one HTML file, at most: three times the longest report seen


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A page of the paper. `number` from 1; `width`, `height` in points; `uri`: the picture itself."""

    number: int
    width: float
    height: float
    uri: str


@dataclass(frozen=True, slots=True)
class Paper:
    """What there is to see of a report: pages, or lines of text with their numbers; `missing` says why not all."""

    pages: tuple[PagePicture, ...] = ()
    lines: tuple[tuple[int, str], ...] = ()
    missing: str | None = None


def paper_of(document: Row, papers: Papers) -> Paper:
    """The paper of a row of `documents`; never fails for a paper that is gone or does not open."""
    try:
        path = papers.path(document)
        if document["input_kind"] == "ocr_text":
            return Paper(lines=tuple(_lines(path)))
        count = int(str(document["pages"] or 0))
        shown = tuple(_picture(path, number) for number in range(1, min(count, PAGES) + 1))
        cut = f"Se muestran las primeras {PAGES} páginas de {count}." if count > PAGES else None
        return Paper(pages=shown, missing=cut if shown else "El archivo no tiene páginas que mostrar.")
    except Gone as gone:
        return Paper(missing=str(gone))
    except DocumentError as error:
        return Paper(missing=f"El archivo no se puede mostrar: {error}")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    for page in textfile.read(path, Limits()).pages:
        for line in page.lines:
            if line.place.line is not None:
                yield line.place.line, line.text


def _picture(path: Path, number: int) -> PagePicture:
    picture = crops.page_picture(path, number, dpi=DPI)
    points = [side * POINTS_PER_INCH / DPI for side in picture.size]
    return PagePicture(number, points[0], points[1], _uri(picture))


def _uri(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.convert("L").save(buffer, "WEBP", quality=QUALITY, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()

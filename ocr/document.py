"""Scan or born-digital file → everything read in it, page by page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ocr import clusters, pages, readings, text_layer
from ocr.clusters import SmallInk
from ocr.effort import FULL, Effort, page_limit
from ocr.errors import DocumentError, EngineMissing
from ocr.pages import PageSource
from ocr.records import InputKind, PageFrame, ReadDocument, ReadPage

ReadAlone = tuple[ReadPage, tuple[SmallInk, ...]]  # a page that knows nothing of the others yet


def read(path: Path, effort: Effort = FULL) -> ReadDocument:
    """Everything read in a PDF or an image file. Raises a DocumentError (see `ocr.errors`) if it cannot be read."""
    if path.suffix.lower() == ".pdf":
        return read_pdf(path, effort)
    found = []
    for page in pages.image_pages(path, effort):
        with page_limit(effort.page_seconds):
            found.append(readings.read_page(page))
    return ReadDocument(InputKind.SCAN, clusters.with_clusters(found))


def read_pdf(path: Path, effort: Effort = FULL) -> ReadDocument:
    """A PDF: pages covered by an image, or whose text is garble, are read as scans, the others by their text layer.

    A page that cannot be read says so in its `fault`; raises its DocumentError only where no page can.
    """

    def read_scan(source: PageSource) -> ReadAlone:
        return readings.read_page(pages.pdf_page(path, source, effort))

    sources = pages.inspect(path)
    if all(s.is_scan for s in sources):
        return ReadDocument(InputKind.SCAN, _each(sources, read_scan, effort))
    with text_layer.opened(path) as pdf:
        sheets: dict[int, Any] = {s.number: pdf.pages[s.number - 1] for s in sources if not s.is_scan}
        legible = {number for number, sheet in sheets.items() if text_layer.is_legible(sheet)}

        def read_any(source: PageSource) -> ReadAlone:
            number = source.number
            return (text_layer.read_page(sheets[number], number), ()) if number in legible else read_scan(source)

        return ReadDocument(InputKind.TEXT_LAYER if legible else InputKind.SCAN, _each(sources, read_any, effort))


def _each(
    sources: Sequence[PageSource], read_page: Callable[[PageSource], ReadAlone], effort: Effort
) -> tuple[ReadPage, ...]:
    """Every page, its small cells seen among those of all; one that cannot be read costs itself, unless it is the
    fault of the machine or of the whole file."""
    found: list[ReadAlone] = []
    faults: list[DocumentError] = []
    for source in sources:
        try:
            with page_limit(effort.page_seconds):
                found.append(read_page(source))
        except EngineMissing:
            raise
        except DocumentError as error:
            faults.append(error)
            frame = PageFrame(source.number, round(source.width), round(source.height), pages.POINTS_PER_INCH)
            found.append((ReadPage(frame, fault=str(error)), ()))
    if len(faults) == len(sources):
        raise faults[0]
    return clusters.with_clusters(found)

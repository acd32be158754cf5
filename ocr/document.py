"""Scan or born-digital file → everything read in it, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from ocr import clusters, pages, readings, sheets, text_layer
from ocr.clusters import SmallInk
from ocr.effort import FULL, Effort, page_limit
from ocr.errors import DocumentError, EngineMissing, NoPages
from ocr.pages import Page
from ocr.records import InputKind, PageFrame, ReadDocument, ReadPage
from ocr.sheets import FrameSource, PageSource

ReadAlone = tuple[ReadPage, tuple[SmallInk, ...]]  # a page that knows nothing of the others yet
AnySource = TypeVar("AnySource", PageSource, FrameSource)


def read(path: Path, effort: Effort = FULL) -> ReadDocument:
    """Everything read in a PDF or an image file.

    A page that cannot be read says so in its `fault`; raises a DocumentError (see `ocr.errors`) where no page can.
    """
    if path.suffix.lower() == ".pdf":
        return read_pdf(path, effort)

    def read_frame(source: FrameSource) -> ReadAlone:
        return _read(pages.image_page(source, effort))

    return ReadDocument(InputKind.SCAN, _each(sheets.image_frames(path), read_frame, effort))


def read_pdf(path: Path, effort: Effort = FULL) -> ReadDocument:
    """A PDF: pages covered by an image, or whose text is garble, are read as scans, the others by their text layer.

    A page that cannot be read says so in its `fault`; raises its DocumentError only where no page can.
    """

    def read_scan(source: PageSource) -> ReadAlone:
        return _read(pages.pdf_page(path, source, effort))

    sources = sheets.inspect(path)
    if all(s.is_scan for s in sources):
        return ReadDocument(InputKind.SCAN, _each(sources, read_scan, effort))
    with text_layer.opened(path) as pdf:
        layers: dict[int, Any] = {s.number: text_layer.sheet(pdf, s) for s in sources if not s.is_scan}
        legible = {number for number, sheet in layers.items() if text_layer.is_legible(sheet)}

        def read_any(source: PageSource) -> ReadAlone:
            number = source.number
            return (text_layer.read_page(layers[number], number), ()) if number in legible else read_scan(source)

        return ReadDocument(InputKind.TEXT_LAYER if legible else InputKind.SCAN, _each(sources, read_any, effort))


def _read(page: Page) -> ReadAlone:
    """What is on the page; one that was drawn with something broken left out is kept, with its fault."""
    read, inks = readings.read_page(page)
    return (replace(read, fault=page.complaint) if page.complaint else read), inks


def _each(
    sources: Iterable[AnySource], read_page: Callable[[AnySource], ReadAlone], effort: Effort
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
            frame = PageFrame(source.number, round(source.width), round(source.height), sheets.POINTS_PER_INCH)
            found.append((ReadPage(frame, fault=str(error)), ()))
    if len(faults) == len(found):
        raise faults[0] if faults else NoPages
    return clusters.with_clusters(found)

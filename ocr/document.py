"""Scan or born-digital file → everything read in it, page by page."""

from __future__ import annotations

from pathlib import Path

from ocr import pages, readings, text_layer
from ocr.records import InputKind, ReadDocument, ReadPage


def read(path: Path) -> ReadDocument:
    """Everything read in a PDF or an image file. Raises a DocumentError (see `ocr.errors`) if it cannot be read."""
    if path.suffix.lower() == ".pdf":
        return read_pdf(path)
    return ReadDocument(InputKind.SCAN, tuple(readings.read_page(p) for p in pages.image_pages(path)))


def read_pdf(path: Path) -> ReadDocument:
    """A PDF: pages covered by an image, or whose text is garble, are read as scans, the others by their text layer."""
    sources = pages.inspect(path)
    if all(s.is_scan for s in sources):
        return ReadDocument(InputKind.SCAN, tuple(readings.read_page(pages.pdf_page(path, s)) for s in sources))
    read: list[ReadPage] = []
    with text_layer.opened(path) as pdf:
        legible = [not s.is_scan and text_layer.is_legible(pdf.pages[s.number - 1]) for s in sources]
        for source, has_text in zip(sources, legible, strict=True):
            if has_text:
                read.append(text_layer.read_page(pdf.pages[source.number - 1], source.number))
            else:
                read.append(readings.read_page(pages.pdf_page(path, source)))
    return ReadDocument(InputKind.TEXT_LAYER if any(legible) else InputKind.SCAN, tuple(read))

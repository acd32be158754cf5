"""The paper as pictures: a page as a viewer shows it, and the part of it where a value stands.

Boxes are those of the dataset: PDF points, origin top left, of the page as a viewer shows it. Pictures are what the
file holds, neither deskewed nor cleaned: what a person is to judge must not have passed through the program.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw, ImageSequence

from ocr import errors
from ocr.records import Box
from ocr.sheets import IMAGE_FORMATS, POINTS_PER_INCH, check_size, image_dpi
from pipeline import validate
from pipeline.apart import PICTURE_SECONDS, apart
from pipeline.settings import Limits
from pipeline.validate import FileKind

DPI = 150.0  # enough for a person to read the form's smallest print
MARGIN = 4.0  # points of paper around a value: its cell's rules, without the neighbours' print
OUTLINE = (200, 30, 30)


def page_picture(path: Path, page: int, *, dpi: float = DPI) -> Image.Image:
    """Page `page` (from 1) of a PDF or an image file, in colour, at `dpi`.

    Drawn in a process apart, whose time and memory are bounded, and within a run's limits before anything is. Raises
    the DocumentError of a file that a run would refuse; Damaged where the file has no such page, PageTooLarge where it
    would be no sheet of paper; TimedOut, OutOfMemory and WorkerDied where drawing it cost the process.
    """
    return apart(PICTURE_SECONDS, drawn, path.absolute(), page, dpi=dpi)


def drawn(path: Path, page: int, *, dpi: float = DPI) -> Image.Image:
    """The same in this process, which may hang."""
    try:
        found = path.stat()
    except OSError as e:
        raise errors.Damaged(e.strerror or "") from e
    is_pdf = _checked(path, found.st_size, found.st_mtime_ns) is FileKind.PDF
    return _pdf_page(path, page, dpi) if is_pdf else _image_page(path, page, dpi)


@lru_cache(maxsize=1024)
def _checked(path: Path, _size: int, _changed: int) -> FileKind:
    """What the file is, checked once as long as it stays as it is."""
    return validate.check(path, Limits()).kind


def crop(picture: Image.Image, box: Box, *, dpi: float = DPI, margin: float = MARGIN) -> Image.Image:
    """The part of a page's `picture` where `box` stands, with `margin` points of paper around it; never empty."""
    scale = dpi / POINTS_PER_INCH
    x0, y0 = (max(0, int((edge - margin) * scale)) for edge in (box.x0, box.y0))
    x1, y1 = (round((edge + margin) * scale) for edge in (box.x1, box.y1))
    x0, y0 = min(x0, picture.width - 1), min(y0, picture.height - 1)
    return picture.crop((x0, y0, max(x0 + 1, min(x1, picture.width)), max(y0 + 1, min(y1, picture.height))))


def outlined(picture: Image.Image, boxes: Sequence[Box], *, dpi: float = DPI) -> Image.Image:
    """A copy of a page's `picture` with a frame just outside each of `boxes`."""
    scale, copy = dpi / POINTS_PER_INCH, picture.copy()
    draw, width = ImageDraw.Draw(copy), max(2, round(dpi / 75))
    for box in boxes:
        edges = (box.x0 * scale - width, box.y0 * scale - width, box.x1 * scale + width, box.y1 * scale + width)
        draw.rectangle(edges, outline=OUTLINE, width=width)
    return copy


def png(picture: Image.Image) -> bytes:
    """The picture as PNG: the same pixels give the same bytes."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _pdf_page(path: Path, page: int, dpi: float) -> Image.Image:
    try:
        with pypdfium2.PdfDocument(path) as pdf:
            if not 1 <= page <= len(pdf):
                raise errors.Damaged(f"página {page}: el documento tiene {len(pdf)}")
            scale = dpi / POINTS_PER_INCH
            sheet = pdf[page - 1]
            width, height = (side * scale for side in sheet.get_size())
            check_size(page, width, height)
            picture: Image.Image = sheet.render(scale=scale).to_pil()
            return picture.convert("RGB").crop((0, 0, round(width), round(height)))  # drawn up to a pixel larger
    except pypdfium2.PdfiumError as e:
        raise errors.Damaged(f"página {page}: {e}") from e


def _image_page(path: Path, page: int, dpi: float) -> Image.Image:
    try:
        with Image.open(path, formats=IMAGE_FORMATS) as file:
            for number, frame in enumerate(ImageSequence.Iterator(file), start=1):
                if number == page:
                    check_size(number, *frame.size)
                    scale = dpi / image_dpi(frame)
                    size = (max(1, round(frame.width * scale)), max(1, round(frame.height * scale)))
                    return frame.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    except (OSError, SyntaxError, Image.DecompressionBombError) as e:
        raise errors.Damaged(str(e)) from e
    raise errors.Damaged(f"no hay página {page}")

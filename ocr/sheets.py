"""A file's pages before any is drawn or decoded: how many, how large, how finely scanned.

Loads no image library but Pillow, which decodes nothing here: whoever only asks starts at once.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from PIL import Image

from ocr import errors
from ocr.effort import FULL

POINTS_PER_INCH = 72.0
DEFAULT_DPI = 300.0  # pages whose own resolution nobody can tell (vector drawings without text)
IMAGE_DPI = 200.0  # image files without a resolution: the office scanner's usual one
DPI_RANGE = (72.0, FULL.max_dpi)  # coarser claims are wrong metadata
SCAN_COVERAGE = 0.5  # a page at least half covered by images is a scan, whatever text hides behind it
MAX_PIXELS = 100_000_000  # an A3 sheet at 600 dpi has 70 million
MAX_SIDE = 20_000  # pixels: an A3 sheet at 1200 dpi
MIN_SIDE = 200  # pixels: a letter sheet at 24 dpi; no line of the form can be legible
IMAGE_FORMATS = ("PNG", "JPEG", "TIFF")  # Pillow knows others, some of which start programs
BROKEN_IMAGE = (OSError, SyntaxError, ValueError, EOFError)  # what Pillow raises on bad files


@dataclass(frozen=True, slots=True)
class PageSource:
    """What the PDF says of one page: size in points as a viewer shows it, scan resolution, characters of text; and
    whether nothing on it can have a colour, so that grey levels are all there is to draw."""

    number: int
    width: float
    height: float
    dpi: float
    is_scan: bool
    characters: int
    is_grey: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class FrameSource:
    """One frame of an image file, not yet decoded: its size in points. Good until the next is asked for."""

    number: int
    width: float
    height: float
    dpi: float
    image: Image.Image


def inspect(path: Path) -> tuple[PageSource, ...]:
    """Every page of a PDF, as its file describes it. Raises a DocumentError if it cannot be opened."""
    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as e:
        raise _refusal(path, str(e)) from e
    try:
        return tuple(_inspect_page(pdf, i) for i in range(len(pdf)))
    finally:
        pdf.close()


def count(path: Path) -> int:
    """Number of pages of a PDF, without a look at any. Raises a DocumentError if it cannot be opened."""
    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as e:
        raise _refusal(path, str(e)) from e
    try:
        return len(pdf)
    finally:
        pdf.close()


def _refusal(path: Path, said: str) -> errors.DocumentError:
    """Why pdfium does not open the file: one without pages loads, and leaves the last error of an earlier file."""
    raw = pypdfium2.raw
    handle = raw.FPDF_LoadDocument(str(path).encode() + b"\0", None)
    if handle:
        raw.FPDF_CloseDocument(handle)
        return errors.NoPages()
    locked = raw.FPDF_GetLastError() in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
    return errors.Encrypted() if locked else errors.Damaged(said)


def _inspect_page(pdf: pypdfium2.PdfDocument, index: int) -> PageSource:
    try:
        page = pdf[index]
        width, height = page.get_size()
        dpi, coverage = _images(page, width * height)
        characters = page.get_textpage().count_chars()
    except pypdfium2.PdfiumError as e:
        raise errors.Damaged(f"page {index + 1}: {e}") from e
    is_scan = coverage >= SCAN_COVERAGE or _hides_text(page)
    return PageSource(index + 1, width, height, dpi, is_scan, characters, _is_grey(page))


def _hides_text(page: pypdfium2.PdfPage) -> bool:
    """Whether text lies on the page that is drawn in no way: what another program read, not what the page says."""
    mode, invisible = pypdfium2.raw.FPDFTextObj_GetTextRenderMode, pypdfium2.raw.FPDF_TEXTRENDERMODE_INVISIBLE
    return any(
        mode(text) == invisible for text in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT], max_depth=4)
    )


def _images(page: pypdfium2.PdfPage, area: float) -> tuple[float, float]:
    """Resolution (dpi) of the page's largest image, and the share of it that all cover: scans may come in strips."""
    dpi, largest, total = DEFAULT_DPI, 0.0, 0.0
    for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=4):
        x0, y0, x1, y1 = item.get_bounds()
        covered = (x1 - x0) * (y1 - y0) / max(area, 1.0)
        total += covered
        if covered > largest:
            dpi, largest = max(item.get_px_size()) * POINTS_PER_INCH / max(x1 - x0, y1 - y0), covered
    return dpi, total


def _is_grey(page: pypdfium2.PdfPage) -> bool:
    """Whether a page holds one picture in grey or black and nothing else: a mask has no levels but another's colour,
    and what is written on a page may have any."""
    objects = list(page.get_objects(max_depth=1))
    if len(objects) != 1 or objects[0].type != pypdfium2.raw.FPDF_PAGEOBJ_IMAGE:
        return False
    kind = objects[0].get_metadata().colorspace
    return kind == pypdfium2.raw.FPDF_COLORSPACE_DEVICEGRAY and not pypdfium2.raw.FPDFPage_GetAnnotCount(page)


def image_frames(path: Path) -> Iterator[FrameSource]:
    """The frames of an image file (a multi-page TIFF has many), one at a time. Raises Damaged, PageTooLarge.

    None is decoded before it is asked for: `image_page` does that.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of large ones below our own limit
        try:
            with Image.open(path, formats=IMAGE_FORMATS) as file:
                for number in range(1, getattr(file, "n_frames", 1) + 1):
                    file.seek(number - 1)
                    dpi = image_dpi(file)
                    points = (file.width * POINTS_PER_INCH / dpi, file.height * POINTS_PER_INCH / dpi)
                    yield FrameSource(number, *points, dpi, file)
        except Image.DecompressionBombError as e:
            raise errors.PageTooLarge from e
        except BROKEN_IMAGE as e:
            raise errors.Damaged(str(e)) from e


def image_dpi(image: Image.Image) -> float:
    stated = float(image.info.get("dpi", (0, 0))[0] or 0)
    return stated if DPI_RANGE[0] <= stated <= 2 * DPI_RANGE[1] else IMAGE_DPI


def check_size(number: int, width: float, height: float) -> None:
    """Raises PageTooLarge or PageTooSmall for a page, its size in pixels, that is no sheet of paper."""
    said = f"página {number}: {width:.0f} x {height:.0f} píxeles"
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise errors.PageTooLarge(said)
    if min(width, height) < MIN_SIDE:
        raise errors.PageTooSmall(said)

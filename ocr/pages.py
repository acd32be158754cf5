"""Source file → its pages as upright, deskewed grey rasters at the scan's own resolution.

The only door to poppler. Pages come one at a time, so memory does not grow with the length of a scan.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pypdfium2
from PIL import Image

from ocr import errors, programs, upright
from ocr.effort import FULL, Effort
from ocr.records import PageFrame

Grey = npt.NDArray[np.uint8]

POINTS_PER_INCH = 72.0
DEFAULT_DPI = 300.0  # pages whose own resolution nobody can tell (vector drawings without text)
IMAGE_DPI = 200.0  # image files without a resolution: the office scanner's usual one
DPI_RANGE = (72.0, FULL.max_dpi)  # coarser claims are wrong metadata
SCAN_COVERAGE = 0.5  # a page at least half covered by images is a scan, whatever text hides behind it
MAX_PIXELS = 100_000_000  # an A3 sheet at 600 dpi has 70 million
MAX_SIDE = 20_000  # pixels: an A3 sheet at 1200 dpi
MIN_SIDE = 200  # pixels: a letter sheet at 24 dpi; no line of the form can be legible
DARK_PAPER = 140  # grey level below which the ground of a cell is dark; the form's shaded headings are above
FULL_CELL = 0.5  # share of the box around a dark area that it fills, at least; a heading of merged cells has steps
DARK_CELL = 0.055  # inches: a dark square of that side is ground, not a stroke or a rule
LIGHT_PRINT = 60  # grey levels by which print on a dark ground is lighter
PAGE_SECONDS = 60  # poppler needs under one second for an honest page
IMAGE_FORMATS = ("PNG", "JPEG", "TIFF")  # Pillow knows others, some of which start programs
BROKEN_PDF = re.compile(r"(Syntax|Internal|I/O|Permission) Error")  # how poppler says what it leaves out of a page
BROKEN_IMAGE = (OSError, SyntaxError, ValueError, EOFError)  # what Pillow raises on bad files


@dataclass(frozen=True, slots=True)
class PageSource:
    """What the PDF says of one page: size in points as a viewer shows it, scan resolution, characters of text."""

    number: int
    width: float
    height: float
    dpi: float
    is_scan: bool
    characters: int


@dataclass(frozen=True, slots=True, eq=False)
class FrameSource:
    """One frame of an image file, not yet decoded: its size in points. Good until the next is asked for."""

    number: int
    width: float
    height: float
    dpi: float
    image: Image.Image


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """An upright page: grey levels as shown to a person, shadows and coloured ink removed.

    `second_look`: whether what is in doubt on it may be seen again. `complaint`: what the program that drew it found
    broken, so that something may be missing; None for a sound page.
    """

    frame: PageFrame
    grey: Grey
    second_look: bool = True
    complaint: str | None = None


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
    return PageSource(index + 1, width, height, dpi, coverage >= SCAN_COVERAGE, characters)


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


def pdf_page(path: Path, source: PageSource, effort: Effort = FULL) -> Page:
    """One page of a PDF, rasterized at its own resolution, or at what `effort` allows, and set upright.

    What is broken in it is left out by poppler, and told in the page's `complaint`. Raises Damaged where nothing can be
    drawn, PageTooLarge, PageTooSmall, EngineMissing.
    """
    dpi = min(float(np.clip(source.dpi, *DPI_RANGE)), effort.max_dpi)
    scale = dpi / POINTS_PER_INCH
    check_size(source.number, source.width * scale, source.height * scale)
    image, complaint = _drawn(path, source.number, dpi)
    page = _upright_page(image, dpi, source.number, (source.width, source.height))
    return replace(page, second_look=effort.second_look, complaint=complaint)


def _drawn(path: Path, number: int, dpi: float) -> tuple[Image.Image, str | None]:
    """The page as poppler draws it, and what it found broken on the way, if anything.

    Shown by its crop box: as viewers show it, and as its size is given. Raises Damaged where nothing is drawn,
    EngineMissing, EngineFailed, OutOfMemory.
    """
    one = str(number)
    ended = programs.run(
        ["pdftoppm", "-r", str(dpi), "-cropbox", "-f", one, "-l", one, programs.path(path)], PAGE_SECONDS
    )
    complaint = next((line for line in ended.said.splitlines() if BROKEN_PDF.match(line)), None)
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(ended.out), formats=("PPM",)) as image:
            image.load()
    except (Image.DecompressionBombError, *BROKEN_IMAGE) as e:
        raise errors.Damaged(f"page {number} could not be drawn: {complaint or e}") from e
    if min(image.size) < MIN_SIDE:
        raise errors.Damaged(f"page {number} could not be drawn")
    return image, complaint


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


def image_page(frame: FrameSource, effort: Effort = FULL) -> Page:
    """The frame decoded and set upright. Raises Damaged, PageTooLarge, PageTooSmall."""
    check_size(frame.number, *frame.image.size)
    try:
        image = frame.image.convert("RGB")
    except BROKEN_IMAGE as e:  # a cut one shows only here
        raise errors.Damaged(f"página {frame.number}: {e}") from e
    page = _upright_page(*_at_most(image, frame.dpi, effort.max_dpi), frame.number, (frame.width, frame.height))
    return replace(page, second_look=effort.second_look)


def image_pages(path: Path) -> Iterator[Page]:
    """The pages of an image file as upright rasters, one at a time."""
    yield from map(image_page, image_frames(path))


def load_pages(path: Path) -> Iterator[Page]:
    """All pages of a PDF or an image file as upright rasters, whether scanned or drawn."""
    if path.suffix.lower() == ".pdf":
        yield from (pdf_page(path, source) for source in inspect(path))
    else:
        yield from image_pages(path)


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


def _at_most(image: Image.Image, dpi: float, most: float) -> tuple[Image.Image, float]:
    if dpi <= most or most >= FULL.max_dpi:  # a whole effort takes an image as it is
        return image, dpi
    size = (round(image.width * most / dpi), round(image.height * most / dpi))
    return image.resize(size, Image.Resampling.BOX), most


def _upright_page(image: Image.Image, dpi: float, number: int, points: tuple[float, float]) -> Page:
    raster = np.asarray(image if image.mode == "L" else image.convert("RGB"))
    source_scale = np.diag([points[0] / raster.shape[1], points[1] / raster.shape[0], 1.0])
    grey, to_raster = upright.set_upright(_flatten_light(_dark_on_light(_black_ink(raster), dpi), dpi), dpi)
    to_source = (source_scale @ to_raster).ravel()
    frame = PageFrame(number, grey.shape[1], grey.shape[0], dpi, tuple(float(v) for v in to_source))
    return Page(frame, grey)


def _black_ink(raster: npt.NDArray[np.uint8]) -> Grey:
    """The brightest channel of each pixel: printed black stays black, coloured stamps and pens grow pale."""
    if raster.ndim == 2:
        return raster
    one, two, three = cv2.split(raster)
    return np.asarray(cv2.max(cv2.max(one, two), three), dtype=np.uint8)


def _dark_on_light(grey: Grey, dpi: float) -> Grey:
    """The page with cells that are printed white on dark turned about, so that all print is dark on light.

    A dark area of a cell's size, framed by lighter paper, is turned if what stands in it is lighter than itself. What
    reaches the border is no cell: the table under a photographed sheet.
    """
    side = max(3, round(dpi * DARK_CELL))
    if not _may_hold_dark_cell(grey, side):
        return grey
    dark = cv2.morphologyEx((grey < DARK_PAPER).astype(np.uint8), cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    if not dark.any():
        return grey
    whole = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((4 * side, 6 * side), np.uint8))
    turned = grey.copy()
    for outline in cv2.findContours(whole, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0]:
        x, y, w, h = cv2.boundingRect(outline)
        if x == 0 or y == 0 or x + w == grey.shape[1] or y + h == grey.shape[0]:
            continue
        filled = np.zeros((h, w), np.uint8)
        cv2.drawContours(filled, [outline], -1, 1, cv2.FILLED, offset=(-x, -y))
        inside = filled > 0
        core = cv2.erode(filled, np.ones((side, side), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0
        if inside.mean() > FULL_CELL and core.any() and _is_white_on_dark(grey[y : y + h, x : x + w][core]):
            turned[y : y + h, x : x + w][inside] = 255 - grey[y : y + h, x : x + w][inside]
    return turned


def _may_hold_dark_cell(grey: Grey, side: int) -> bool:
    """False where no dark square of that side can be: it would hold four by four of every so manyth pixel."""
    step = max(1, side // 4)
    some = (grey[::step, ::step] < DARK_PAPER).astype(np.uint8)
    return bool(cv2.erode(some, np.ones((side // step, side // step), np.uint8)).any())


def _is_white_on_dark(levels: Grey) -> bool:
    darkest, middle, lightest = (float(q) for q in np.quantile(levels, (0.02, 0.5, 0.98)))
    return middle < DARK_PAPER and lightest - middle > middle - darkest and lightest - middle > LIGHT_PRINT


def _flatten_light(grey: Grey, dpi: float) -> Grey:
    """Divides the page by its own background, so that shadows, shading and yellowed paper become white.

    The background is the page with everything thinner than a tenth of an inch (strokes, rules) closed over.
    """
    factor = max(1, round(dpi / 50))
    small = cv2.resize(grey, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    background = cv2.GaussianBlur(cv2.morphologyEx(small, cv2.MORPH_CLOSE, kernel), (0, 0), 2)
    full = cv2.resize(background, (grey.shape[1], grey.shape[0]), interpolation=cv2.INTER_LINEAR)
    flat = cv2.divide(grey, np.maximum(full, 40), scale=255)
    return np.asarray(flat, dtype=np.uint8)

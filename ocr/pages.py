"""Source file → its pages as upright, deskewed grey rasters at the scan's own resolution.

The only door to pdf2image, and with it to poppler. Pages come one at a time, so memory does not grow with the length of
a scan.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pdf2image
from PIL import Image

from ocr import blobs, errors, overprint, programs, rings, shading, upright
from ocr.effort import FULL, Effort
from ocr.records import Box, PageFrame
from ocr.rings import Ring
from ocr.sheets import (
    BROKEN_IMAGE,
    DPI_RANGE,
    MIN_SIDE,
    POINTS_PER_INCH,
    FrameSource,
    PageSource,
    check_size,
    image_frames,
    inspect,
)

Grey = npt.NDArray[np.uint8]

DARK_PAPER = 140  # grey level below which the ground of a cell is dark; the form's shaded headings are above
FULL_CELL = 0.5  # share of the box around a dark area that it fills, at least; a heading of merged cells has steps
DARK_CELL = 0.055  # inches: a dark square of that side is ground, not a stroke or a rule
LIGHT_PRINT = 60  # grey levels by which print on a dark ground is lighter
PAGE_SECONDS = 60  # poppler needs under one second for an honest page
THUMBNAIL_DPI = 100.0  # a hyphen is half a pixel thick, and grey
# what it leaves out of a page, in its own words; `bounded/pdftoppm` puts the first two before some
BROKEN_PDF = re.compile(r"(?:Syntax Error: )?((?:Syntax|Internal|I/O|Permission) Error.*)")
NOT_DRAWN = (
    pdf2image.exceptions.PDFPageCountError,
    pdf2image.exceptions.PDFInfoNotInstalledError,
    Image.DecompressionBombError,
)


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """An upright page: grey levels as shown to a person, shadows and coloured ink removed.

    `second_look`: whether what is in doubt on it may be seen again. `complaint`: what the program that drew it found
    broken, so that something may be missing; None for a sound page. `lifted`: where stamps and pens lay over the print;
    `rings`: the strokes of black stamps among them.
    """

    frame: PageFrame
    grey: Grey
    second_look: bool = True
    complaint: str | None = None
    lifted: tuple[Box, ...] = ()
    rings: tuple[Ring, ...] = ()


def pdf_page(path: Path, source: PageSource, effort: Effort = FULL) -> Page:
    """One page of a PDF, rasterized at its own resolution, or at what `effort` allows, and set upright.

    What is broken in it is left out by poppler, and told in the page's `complaint`. Raises Damaged where nothing can be
    drawn, PageTooLarge, PageTooSmall, EngineMissing.
    """
    dpi = min(float(np.clip(source.dpi, *DPI_RANGE)), effort.max_dpi)
    scale = dpi / POINTS_PER_INCH
    check_size(source.number, source.width * scale, source.height * scale)
    image, complaint = _drawn(path, source, dpi)
    page = _upright_page(image, dpi, source.number, (source.width, source.height))
    return replace(page, second_look=effort.second_look, complaint=complaint)


def thumbnail(path: Path, source: PageSource) -> Grey:
    """The page in grey, as coarse as tells where something stands on it. Raises as `pdf_page` does."""
    image, _ = _drawn(path, source, THUMBNAIL_DPI)
    return np.asarray(image.convert("L"))


def _drawn(path: Path, source: PageSource, dpi: float) -> tuple[Image.Image, str | None]:
    """The page as poppler draws it, and what it found broken on the way, if anything.

    Raises Damaged where nothing is drawn, EngineMissing, EngineFailed, OutOfMemory.
    """
    try:
        return _picture(path, source, dpi, strict=True), None
    except pdf2image.exceptions.PDFSyntaxError as e:
        if programs.is_starving(str(e)):
            raise errors.OutOfMemory(f"pdftoppm: {programs.last_line(str(e))}") from e
        return _picture(path, source, dpi, strict=False), _first_error(str(e))


def _picture(path: Path, source: PageSource, dpi: float, *, strict: bool) -> Image.Image:
    """`strict`: raises PDFSyntaxError where poppler finds something broken, or lacks memory."""
    try:
        with warnings.catch_warnings(action="ignore"):  # Pillow warns of large ones below our own limit
            images = pdf2image.convert_from_path(
                path.absolute(),  # no name passes for an option
                dpi=dpi,  # type: ignore[arg-type]  # typed as whole, handed on to poppler, which takes fractions
                first_page=source.number,
                last_page=source.number,
                use_cropbox=True,  # as viewers show it, and as its size is given
                grayscale=source.is_grey,
                timeout=PAGE_SECONDS,
                strict=strict,
                poppler_path=programs.BOUNDED,
            )
            for image in images:
                image.load()
    except pdf2image.exceptions.PDFSyntaxError:
        raise
    except pdf2image.exceptions.PDFPopplerTimeoutError as e:
        raise errors.EngineFailed(f"pdftoppm: no terminó en {PAGE_SECONDS:.0f} s") from e
    except (*NOT_DRAWN, *BROKEN_IMAGE) as e:
        programs.check_there("pdftoppm", "pdfinfo")
        raise errors.Damaged(f"page {source.number} could not be drawn: {e}") from e
    if len(images) != 1 or min(images[0].size) < MIN_SIDE:
        raise errors.Damaged(f"page {source.number} could not be drawn")
    return images[0]


def _first_error(said: str) -> str:
    """What poppler left out of the page, in its own words."""
    told = (BROKEN_PDF.match(line) for line in said.splitlines())
    return next((found[1] for found in told if found), "damaged")


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


def _at_most(image: Image.Image, dpi: float, most: float) -> tuple[Image.Image, float]:
    if dpi <= most or most >= FULL.max_dpi:  # a whole effort takes an image as it is
        return image, dpi
    size = (round(image.width * most / dpi), round(image.height * most / dpi))
    return image.resize(size, Image.Resampling.BOX), most


def _upright_page(image: Image.Image, dpi: float, number: int, points: tuple[float, float]) -> Page:
    raster = np.asarray(image if image.mode == "L" else image.convert("RGB"))
    source_scale = np.diag([points[0] / raster.shape[1], points[1] / raster.shape[0], 1.0])
    print_, lifted = (raster, ()) if raster.ndim == 2 else overprint.lifted(raster, dpi)
    flat = shading.lifted(_flatten_light(_dark_on_light(print_, dpi), dpi), dpi)
    stamped, to_raster = upright.set_upright(flat, dpi)
    grey, found = rings.without_rings(stamped, dpi)
    from_raster = np.asarray(np.linalg.inv(to_raster), np.float64)
    to_source = (source_scale @ to_raster).ravel()
    frame = PageFrame(number, grey.shape[1], grey.shape[0], dpi, tuple(float(v) for v in to_source))
    lifted = (*(_moved(box, from_raster) for box in lifted), *(ring.box for ring in found))
    return Page(frame, grey, lifted=lifted, rings=found)


def _moved(box: Box, homography: npt.NDArray[np.float64]) -> Box:
    """The box around where a homography takes a box."""
    corners = [(x, y) for x in (box.x0, box.x1) for y in (box.y0, box.y1)]
    points = cv2.perspectiveTransform(np.array([corners], np.float64), homography)[0]
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return Box(float(x0), float(y0), float(x1), float(y1))


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
    for outline in blobs.outlines(np.asarray(whole, np.uint8)):  # those too around which a dark table goes
        x, y, w, h = cv2.boundingRect(outline)
        if x == 0 or y == 0 or x + w == grey.shape[1] or y + h == grey.shape[0]:
            continue
        filled = np.zeros((h, w), np.uint8)
        cv2.drawContours(filled, [outline], -1, 1, cv2.FILLED, offset=(-x, -y))
        inside = filled > 0
        core = cv2.erode(filled, np.ones((side, side), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0) > 0
        if inside.mean() > FULL_CELL and core.any() and _is_white_on_dark(grey[y : y + h, x : x + w][core]):
            turned[y : y + h, x : x + w][inside] = _turned(grey[y : y + h, x : x + w], core)[inside]
    return turned


def _turned(grey: Grey, core: npt.NDArray[np.bool_]) -> Grey:
    """A dark cell as dark print on white: what is lighter than its fill, and the rules, which may be darker."""
    fill, lightest = (float(q) for q in np.quantile(grey[core], (0.5, 0.98)))
    apart = cv2.absdiff(grey, np.full_like(grey, round(fill))).astype(np.float32)
    return np.asarray(255 - np.minimum(255, apart * (255 / (lightest - fill))), dtype=np.uint8)


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

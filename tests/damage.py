"""What scanners, fax machines, telephones and copiers do to paper: born-digital PDF → image-only PDF.

`scan()` is deterministic for a PDF, a condition and a seed. Images are grey arrays (height, width) of float32, 0 black
to 255 white, unless a condition says otherwise; lengths inside are in pixels, derived from the resolution.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import pytesseract
from pdf2image import convert_from_bytes
from PIL import Image

Grey = npt.NDArray[np.float32]
Rng = np.random.Generator
EPOCH = time.gmtime(0)  # in place of the time of writing, so that files are reproducible


@dataclass(frozen=True, slots=True)
class Condition:
    """`dpi` of the scan; `quality`: of JPEG, None for one bit in CCITT G4; `colour`: saved as RGB."""

    dpi: int
    quality: int | None
    damage: Callable[[list[Grey], Rng, int], list[Grey]]
    colour: bool = False
    turned: bool = False


def scan(pdf: bytes, condition: str, seed: int) -> bytes:
    """`pdf` printed and scanned under `condition` (a key of CONDITIONS): one image a page, page sizes kept."""
    how = CONDITIONS[condition]
    pages = [np.asarray(p, np.float32) for p in convert_from_bytes(pdf, dpi=how.dpi, grayscale=True)]
    pages = how.damage(pages, np.random.default_rng(seed), how.dpi)
    turned = turns(len(pages), condition, seed)
    upright = [np.rot90(p, -angle // 90) for p, angle in zip(pages, turned, strict=True)]
    return _save([Image.fromarray(np.clip(p, 0, 255).astype(np.uint8)) for p in upright], how)


def turns(pages: int, condition: str, seed: int) -> list[int]:
    """How far clockwise each page of that scan is turned, in degrees."""
    if not CONDITIONS[condition].turned:
        return [0] * pages
    return [int(a) for a in np.random.default_rng((seed, 90)).choice((0, 90, 180, 270), pages)]


def flatten(pdf_scan: bytes) -> str:
    """What a whole-page OCR run with the English model makes of a scan: accents lost, cells interleaved."""
    os.environ["OMP_THREAD_LIMIT"] = "1"  # its threads fight over few cores
    pages = convert_from_bytes(pdf_scan, dpi=200, grayscale=True)
    return "\f".join(pytesseract.image_to_string(p, lang="eng", config="--psm 3").strip("\f") for p in pages)


def _save(pages: Sequence[Image.Image], how: Condition) -> bytes:
    out = io.BytesIO()
    if how.quality is None:
        pages = [p.convert("1", dither=Image.Dither.NONE) for p in pages]
    elif how.colour:
        pages = [p.convert("RGB") for p in pages]
    pages[0].save(
        out, "PDF", save_all=True, append_images=pages[1:], resolution=how.dpi, quality=how.quality or 75,
        creationDate=EPOCH, modDate=EPOCH,
    )  # fmt: skip
    return out.getvalue()


# ---------------------------------------------------------------- single steps


def _skew(page: Grey, degrees: float) -> Grey:
    height, width = page.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(page, turn, (width, height), flags=cv2.INTER_LINEAR, borderValue=255), np.float32)


def _blur(page: Grey, sigma: float) -> Grey:
    return np.asarray(cv2.GaussianBlur(page, (0, 0), sigma), np.float32)


def _noise(page: Grey, rng: Rng, sigma: float) -> Grey:
    return page + rng.normal(0, sigma, page.shape).astype(np.float32)


def _dust(page: Grey, rng: Rng, count: int, radius: float) -> Grey:
    out = page.copy()
    height, width = page.shape
    for x, y, r in zip(rng.integers(0, width, count), rng.integers(0, height, count), rng.random(count), strict=True):
        cv2.circle(out, (int(x), int(y)), max(0, round(r * radius)), float(rng.uniform(0, 90)), -1)
    return out


def _cloud(shape: tuple[int, ...], rng: Rng, cell: int) -> Grey:
    """Smooth noise with mean 0 and deviation 1, whose patches are about `cell` pixels wide."""
    height, width = shape
    coarse = rng.normal(0, 1, (height // cell + 2, width // cell + 2)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


# ---------------------------------------------------------------- conditions


def _scanner(skew: float, blur: float, noise: float, paper: float) -> Callable[[list[Grey], Rng, int], list[Grey]]:
    """A flatbed: a little turned, a little soft, paper not quite white."""

    def damage(pages: list[Grey], rng: Rng, _dpi: int) -> list[Grey]:
        return [
            _noise(_blur(_skew(p, rng.uniform(-skew, skew)), blur) * (paper / 255) + rng.uniform(0, 12), rng, noise)
            for p in pages
        ]

    return damage


CONDITIONS: dict[str, Condition] = {
    "clean300": Condition(300, 88, _scanner(0.2, 0.5, 1.5, 250)),
    "office200": Condition(200, 75, _scanner(0.9, 0.6, 3.5, 246)),
}

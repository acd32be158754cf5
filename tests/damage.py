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
    how_dense = {} if how.quality is None else {"quality": how.quality}
    first, *rest = pages
    stamps = {"creationDate": EPOCH, "modDate": EPOCH}
    first.save(out, "PDF", save_all=True, append_images=rest, resolution=how.dpi, **how_dense, **stamps)
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


def _bilevel(cut: float, specks: float, drop: float) -> Callable[[list[Grey], Rng, int], list[Grey]]:
    """Black and white: `cut` the threshold, `specks` per square inch, `drop` the share of scan lines lost."""

    def damage(pages: list[Grey], rng: Rng, dpi: int) -> list[Grey]:
        return [one(p, rng, dpi) for p in pages]

    def one(page: Grey, rng: Rng, dpi: int) -> Grey:
        soft = _noise(_blur(_skew(page, rng.uniform(-0.7, 0.7)), dpi / 350), rng, 22 if drop else 10)
        black = np.where(soft > cut, 255, 0).astype(np.float32)
        count = int(specks * page.size / dpi**2)
        black = np.where(_dust(black, rng, count, dpi / 200) > 127, 255, 0).astype(np.float32)
        lost = np.flatnonzero(rng.random(len(black)) < drop)
        black[lost] = black[np.maximum(lost - 1, 0)]  # a fax machine repeats the line before
        return black

    return damage


def _low(blur: float, noise: float) -> Callable[[list[Grey], Rng, int], list[Grey]]:
    """Few pixels, a soft lens, faded toner."""

    def damage(pages: list[Grey], rng: Rng, _dpi: int) -> list[Grey]:
        return [_noise(_blur(_skew(40 + p * 0.8, rng.uniform(-0.8, 0.8)), blur), rng, noise) for p in pages]

    return damage


def _stamped(pages: list[Grey], rng: Rng, dpi: int) -> list[Grey]:
    """Round rubber stamps and pen ticks over the table, holes punched in the margin."""
    out = []
    for page in _scanner(0.6, 0.6, 3, 248)(pages, rng, dpi):
        for _ in range(rng.integers(0, 3)):
            page = _stamp(page, rng, dpi)
        for _ in range(rng.integers(0, 3)):
            _pen(page, rng, dpi)
        for share in (0.3, 0.7):
            cv2.circle(page, (int(0.3 * dpi), int(page.shape[0] * share)), int(0.09 * dpi), 20.0, -1)
        out.append(page)
    return out


def _stamp(page: Grey, rng: Rng, dpi: int) -> Grey:
    radius = int(rng.uniform(0.6, 0.9) * dpi)
    side = 2 * radius + 8
    drawn = np.full((side, side), 255, np.uint8)
    for share in (1.0, 0.78):
        cv2.circle(drawn, (side // 2, side // 2), int(radius * share), 60.0, max(2, dpi // 80), cv2.LINE_AA)
    for i, text in enumerate(("RECIBIDO", f"No. {rng.integers(10000, 99999)}", "ARCHIVO")):
        place = (int(side * 0.24), int(side * (0.4 + 0.14 * i)))
        cv2.putText(drawn, text, place, cv2.FONT_HERSHEY_SIMPLEX, dpi / 260, 60.0, max(2, dpi // 80), cv2.LINE_AA)
    ink = _skew(drawn.astype(np.float32), rng.uniform(-35, 35))
    worn = np.clip(ink + 70 * (_cloud(ink.shape, rng, dpi // 20) > 0.9), 0, 255)
    height, width = page.shape
    top, left = int(rng.uniform(0.12, 0.8) * height) - radius, int(rng.uniform(0.1, 0.85) * width) - radius
    y0, x0, y1, x1 = max(0, top), max(0, left), min(height, top + side), min(width, left + side)
    out = page.copy()
    out[y0:y1, x0:x1] *= worn[y0 - top : y1 - top, x0 - left : x1 - left] / 255
    return out


def _pen(page: Grey, rng: Rng, dpi: int) -> None:
    x, y = rng.uniform(0.3, 0.9) * page.shape[1], rng.uniform(0.3, 0.8) * page.shape[0]
    steps = np.add(rng.normal(0, dpi * 0.09, (rng.integers(3, 7), 2)).cumsum(0), (x, y))
    cv2.polylines(page, [steps.astype(np.int32)], False, 50.0, max(1, dpi // 100), cv2.LINE_AA)


def _turned(pages: list[Grey], rng: Rng, dpi: int) -> list[Grey]:
    """Fed carelessly: skewed (and, by `scan`, turned by quarters)."""
    return _scanner(2.5, 0.6, 3, 248)(pages, rng, dpi)


def _photo(pages: list[Grey], rng: Rng, dpi: int) -> list[Grey]:
    """A telephone held over paper on a dark table: perspective, light from one side, soft corners."""
    return [_shot(p, rng, dpi) for p in pages]


def _shot(page: Grey, rng: Rng, dpi: int) -> Grey:
    height, width = page.shape
    corners = np.array(((0, 0), (width, 0), (width, height), (0, height)), np.float32)
    inward = np.array(((1, 1), (-1, 1), (-1, -1), (1, -1)), np.float32)
    moved = corners + inward * (rng.uniform(0.003, 0.035, (4, 2)) * (width, height)).astype(np.float32)
    lens = cv2.getPerspectiveTransform(corners, moved)
    table = float(rng.uniform(55, 90))
    seen = cv2.warpPerspective(page, lens, (width, height), flags=cv2.INTER_LINEAR, borderValue=table)
    x, y = np.meshgrid(np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32))
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0.08, 0.2)
    light = 0.8 + slope * (x * np.cos(angle) + y * np.sin(angle)) + 0.02 * _cloud(page.shape, rng, dpi * 2)
    return _noise(_blur(np.asarray(seen, np.float32), 0.9) * light.astype(np.float32), rng, 4)


def _copied(pages: list[Grey], rng: Rng, dpi: int) -> list[Grey]:
    """A copy of a copy: strokes and rules worn away in patches, grey toner, dust."""
    out = []
    for page in pages:
        soft = _blur(_skew(page, rng.uniform(-0.8, 0.8)), dpi / 260)
        fine, broad = _cloud(page.shape, rng, max(2, dpi // 100)), _cloud(page.shape, rng, dpi // 2)
        worn = np.clip((soft - (150 + 26 * fine + 14 * broad)) * 3 + 128, 70, 250)
        out.append(_noise(_dust(_blur(worn, 0.6), rng, int(1.5 * page.size / dpi**2), dpi / 90), rng, 5))
    return out


def _bleed(pages: list[Grey], rng: Rng, dpi: int) -> list[Grey]:
    """Thin paper: the next page's other side shows through, mirrored."""
    out = []
    for i, page in enumerate(_scanner(0.5, 0.6, 2.5, 249)(pages, rng, dpi)):
        behind = np.fliplr(_blur(pages[(i + 1) % len(pages)], 1.6))
        behind = np.roll(behind, rng.integers(-dpi // 6, dpi // 6, 2), (0, 1))
        out.append(page - (255 - behind) * rng.uniform(0.07, 0.16))
    return out


def _curved(pages: list[Grey], rng: Rng, dpi: int) -> list[Grey]:
    """A bound volume on the glass: lines bend and darken towards the spine."""
    return [_curl(p, rng, dpi) for p in _scanner(0.4, 0.6, 3, 248)(pages, rng, dpi)]


def _curl(page: Grey, rng: Rng, dpi: int) -> Grey:
    height, width = page.shape
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    from_spine = x / width if rng.random() < 0.5 else 1 - x / width
    near = np.exp(-from_spine / 0.18)
    lift = float(rng.uniform(0.05, 0.13) * dpi * rng.choice((-1, 1)))
    bent = cv2.remap(page, x, y + lift * near * (y / height - 0.3), cv2.INTER_LINEAR, borderValue=255)
    return np.asarray(bent * (1 - 0.35 * near**2), np.float32)


CONDITIONS: dict[str, Condition] = {
    "clean300": Condition(300, 88, _scanner(0.2, 0.5, 1.5, 250), colour=True),
    "office200": Condition(200, 75, _scanner(0.9, 0.6, 3.5, 246)),
    "bilevel300": Condition(300, None, _bilevel(150, 0.3, 0)),
    "fax200": Condition(200, None, _bilevel(135, 1.0, 0.004)),
    "low150": Condition(150, 55, _low(0.7, 4)),
    "low110": Condition(110, 50, _low(0.6, 4)),
    "stamped200": Condition(200, 75, _stamped, colour=True),
    "rotated200": Condition(200, 75, _turned, turned=True),
    "photo": Condition(220, 72, _photo, colour=True),
    "copy2": Condition(200, 70, _copied),
    "bleed200": Condition(200, 75, _bleed),
    "curved200": Condition(200, 75, _curved),
}

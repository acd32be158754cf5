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
import pytesseract
from pdf2image import convert_from_bytes
from PIL import Image

from tests.damage_bend import bound, curled
from tests.damage_ink import marred
from tests.damage_steps import Grey, Rng, cloud, dusted, noisy, skewed, softened

FLAT_DPI = 200  # of the page images that texts are read from
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
    """What a whole-page OCR run with the English model makes of a scan: accents lost, cells interleaved.

    The engine is told the resolution, as image files tell it: without, it takes pages for larger ones and tears tables
    apart.
    """
    os.environ["OMP_THREAD_LIMIT"] = "1"  # its threads fight over few cores
    pages = convert_from_bytes(pdf_scan, dpi=FLAT_DPI, grayscale=True)
    how = f"--psm 3 --dpi {FLAT_DPI}"
    return "\f".join(pytesseract.image_to_string(p, lang="eng", config=how).strip("\f") for p in pages)


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


# ---------------------------------------------------------------- conditions


def _scanner(skew: float, blur: float, noise: float, paper: float) -> Callable[[list[Grey], Rng, int], list[Grey]]:
    """A flatbed: a little turned, a little soft, paper not quite white."""

    def damage(pages: list[Grey], rng: Rng, _dpi: int) -> list[Grey]:
        return [
            noisy(softened(skewed(p, rng.uniform(-skew, skew)), blur) * (paper / 255) + rng.uniform(0, 12), rng, noise)
            for p in pages
        ]

    return damage


def _bilevel(cut: float, specks: float, drop: float) -> Callable[[list[Grey], Rng, int], list[Grey]]:
    """Black and white: `cut` the threshold, `specks` per square inch, `drop` the share of scan lines lost."""

    def damage(pages: list[Grey], rng: Rng, dpi: int) -> list[Grey]:
        return [one(p, rng, dpi) for p in pages]

    def one(page: Grey, rng: Rng, dpi: int) -> Grey:
        soft = noisy(softened(skewed(page, rng.uniform(-0.7, 0.7)), dpi / 350), rng, 22 if drop else 10)
        black = np.where(soft > cut, 255, 0).astype(np.float32)
        count = int(specks * page.size / dpi**2)
        black = np.where(dusted(black, rng, count, dpi / 200) > 127, 255, 0).astype(np.float32)
        lost = np.flatnonzero(rng.random(len(black)) < drop)
        black[lost] = black[np.maximum(lost - 1, 0)]  # a fax machine repeats the line before
        return black

    return damage


def _low(blur: float, noise: float) -> Callable[[list[Grey], Rng, int], list[Grey]]:
    """Few pixels, a soft lens, faded toner."""

    def damage(pages: list[Grey], rng: Rng, _dpi: int) -> list[Grey]:
        return [noisy(softened(skewed(40 + p * 0.8, rng.uniform(-0.8, 0.8)), blur), rng, noise) for p in pages]

    return damage


def _stamped(pages: list[Grey], rng: Rng, dpi: int) -> list[Grey]:
    """Through every office: stamps and pen over the tables, punched holes, a scanner with a dirty glass."""
    return [marred(p, rng, dpi) for p in _scanner(0.6, 0.6, 3, 248)(pages, rng, dpi)]


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
    light = 0.8 + slope * (x * np.cos(angle) + y * np.sin(angle)) + 0.02 * cloud(page.shape, rng, dpi * 2)
    return noisy(softened(np.asarray(seen, np.float32), 0.9) * light.astype(np.float32), rng, 4)


def _copied(pages: list[Grey], rng: Rng, dpi: int) -> list[Grey]:
    """A copy of a copy: strokes and rules worn away in patches, grey toner, dust."""
    out = []
    for page in pages:
        soft = softened(skewed(page, rng.uniform(-0.8, 0.8)), dpi / 260)
        fine, broad = cloud(page.shape, rng, max(2, dpi // 100)), cloud(page.shape, rng, dpi // 2)
        worn = np.clip((soft - (150 + 26 * fine + 14 * broad)) * 3 + 128, 70, 250)
        out.append(noisy(dusted(softened(worn, 0.6), rng, int(1.5 * page.size / dpi**2), dpi / 90), rng, 5))
    return out


def _bleed(pages: list[Grey], rng: Rng, dpi: int) -> list[Grey]:
    """Thin paper: the next page's other side shows through, mirrored."""
    out = []
    for i, page in enumerate(_scanner(0.5, 0.6, 2.5, 249)(pages, rng, dpi)):
        behind = np.fliplr(softened(pages[(i + 1) % len(pages)], 1.6))
        behind = np.roll(behind, rng.integers(-dpi // 6, dpi // 6, 2), (0, 1))
        out.append(page - (255 - behind) * rng.uniform(0.07, 0.16))
    return out


def _curved(pages: list[Grey], rng: Rng, dpi: int) -> list[Grey]:
    """A bound volume on the glass: lines bend and darken towards the spine."""
    return [curled(p, rng, dpi) for p in _scanner(0.4, 0.6, 3, 248)(pages, rng, dpi)]


def _bound(pages: list[Grey], rng: Rng, dpi: int) -> list[Grey]:
    """A thick volume that nobody pressed flat: what is near the spine is bent, narrowed and dark."""
    return [bound(p, rng, dpi) for p in _scanner(0.6, 0.6, 3, 246)(pages, rng, dpi)]


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
    "bound200": Condition(200, 75, _bound),
    "vanished300": Condition(300, None, _bilevel(150, 0.3, 0)),
    "vanished200": Condition(200, None, _bilevel(135, 1.0, 0.004)),
}
PALE_RULES = {"vanished300", "vanished200"}  # of reports whose rules are drawn too pale for black and white

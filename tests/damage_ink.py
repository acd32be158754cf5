"""What offices leave on a page: stamps, pen, holes; and what a dirty scanner adds. Pages as in `damage`."""

from __future__ import annotations

import cv2
import numpy as np

from tests.damage_steps import Grey, Rng, cloud, skewed

INKS = ((35, 60, 150), (115, 50, 115), (195, 35, 65), (60, 60, 65))  # of stamps and pens
STAMPS = (("RECIBIDO", "ARCHIVO"), ("RADICADO", "BOGOTA D.C."), ("COPIA", "CONTROLADA"))


def marred(page: Grey, rng: Rng, dpi: int) -> Grey:
    """The page in colours (height, width, 3), stamped and scribbled over its tables, punched, streaked, dark-edged."""
    sheet = np.repeat(page[..., None], 3, axis=2)
    for _ in range(rng.integers(1, 4)):
        _stamp(sheet, rng, dpi)
    for _ in range(rng.integers(1, 4)):
        _pen(sheet, rng, dpi)
    for share in (0.3, 0.7):
        cv2.circle(sheet, (int(0.3 * dpi), int(len(page) * share)), int(0.09 * dpi), (20.0, 20.0, 20.0), -1)
    _streaks(sheet, rng, dpi)
    _edge(sheet, rng, dpi)
    return sheet


def _stamp(sheet: Grey, rng: Rng, dpi: int) -> None:
    """Two rings and three lines of text, pressed askew anywhere but on the letterhead; what is below shows through."""
    radius, pen = int(rng.uniform(0.6, 0.95) * dpi), max(2, int(dpi * rng.uniform(0.012, 0.03)))
    side, size = 2 * radius + 8, radius * rng.uniform(0.006, 0.0075)
    bare = np.zeros((side, side), np.uint8)
    for share in (1.0, 0.77):
        cv2.circle(bare, (side // 2, side // 2), int(radius * share), 255.0, pen, cv2.LINE_AA)
    above, below = STAMPS[rng.integers(len(STAMPS))]
    for i, text in enumerate((above, f"No. {rng.integers(10000, 99999)}", below)):
        at = (int(side * rng.uniform(0.15, 0.25)), int(side * (0.4 + 0.14 * i)))
        cv2.putText(bare, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, 255.0, max(2, dpi // 70), cv2.LINE_AA)
    pressed = 255 - skewed(255 - bare.astype(np.float32), rng.uniform(-35, 35))
    worn = np.where(cloud(bare.shape, rng, dpi // 20) > 1.2, 0.35, 0.9)
    middle = int(rng.uniform(0.08, 0.92) * sheet.shape[1]), int(rng.uniform(0.2, 0.85) * sheet.shape[0])
    _tint(sheet, (pressed / 255 * worn).astype(np.float32), middle, INKS[rng.integers(len(INKS))])


def _tint(sheet: Grey, cover: Grey, middle: tuple[int, int], ink: tuple[int, int, int]) -> None:
    """Lays ink on the sheet where `cover` (0..1), centred on `middle`, is not 0."""
    height, width = sheet.shape[:2]
    left, top = middle[0] - cover.shape[1] // 2, middle[1] - cover.shape[0] // 2
    x0, y0 = max(0, left), max(0, top)
    x1, y1 = min(width, left + cover.shape[1]), min(height, top + cover.shape[0])
    part = cover[y0 - top : y1 - top, x0 - left : x1 - left, None]
    sheet[y0:y1, x0:x1] *= 1 - part * (1 - np.asarray(ink, np.float32) / 255)


def _pen(sheet: Grey, rng: Rng, dpi: int) -> None:
    """A hand's ticks and signs of assent, over the columns of marks more than elsewhere."""
    x, y = rng.uniform(0.35, 0.92) * sheet.shape[1], rng.uniform(0.3, 0.85) * sheet.shape[0]
    steps = np.add(rng.normal(0, dpi * rng.uniform(0.05, 0.14), (rng.integers(4, 9), 2)).cumsum(0), (x, y))
    cover = np.zeros(sheet.shape[:2], np.float32)
    cv2.polylines(cover, [steps.astype(np.int32)], False, 0.9, max(1, dpi // 90), cv2.LINE_AA)
    _tint(sheet, cover, (sheet.shape[1] // 2, sheet.shape[0] // 2), INKS[rng.integers(len(INKS))])


def _streaks(sheet: Grey, rng: Rng, dpi: int) -> None:
    """Dust on the glass draws pale lines down the page."""
    for _ in range(rng.integers(1, 4)):
        x, wide = int(rng.uniform(0.05, 0.95) * sheet.shape[1]), int(rng.integers(1, max(2, dpi // 80)) + 1)
        start = int(max(0.0, rng.uniform(-0.5, 0.5)) * len(sheet))
        paled = sheet[start:, x : x + wide]
        paled += (250 - paled) * rng.uniform(0.5, 0.95)


def _edge(sheet: Grey, rng: Rng, dpi: int) -> None:
    """The lid stood open: one side of the page is dark."""
    wide = int(rng.uniform(0.02, 0.08) * dpi) + 1
    dark = np.linspace(1, 0.15, wide, dtype=np.float32)[None, :, None]
    if rng.random() < 0.5:
        sheet[:, -wide:] *= dark
    else:
        sheet[:, :wide] *= dark[:, ::-1]

"""Upright page → the page without the rings of stamps in black ink, which no colour tells from print.

A ring is known by its shape alone: ink all the way round, and little of it just inside and outside. What of it lies
between strokes on both its sides is theirs, and stays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from ocr import blobs
from ocr.records import Box, Word

Grey = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

PROBE_DPI = 75.0  # at which rings are looked for: their strokes measure one or two pixels
DARK = 190  # grey level below which a pixel of the probe is ink: thin strokes are pale there
PRINT = 200  # grey level below which a pixel of the page is ink
TURNS = 180  # places around a circle that are looked at
TRIES = 60  # circles that are tried through three pixels of one piece of ink
WHOLE = 0.72  # share of a circle's places that hold ink, at least; three of four drawn rings have more than 0.85
CLEARER = 0.3  # by which that exceeds the share just inside and just outside; circles through text reach 0.15
BETWEEN = (0.6, 0.9)  # of the outer ring's radius, between which a stamp's second one has its own
INNER = 0.75  # times these two suffice there: the stamp's words touch it
MOST = 4  # stamps on one page

# Inches.
RULE = 0.35  # a straight run so long is a rule
ARC = 0.3  # both sides of the box of a piece of a ring, at least; hardly a letter is as large
RADIUS = (0.28, 1.2)
AWAY = 0.045  # inside and outside of a ring where paper shows
THICK = 0.05  # a ring's stroke at most
SOFT = 0.008  # by which a stroke's blur goes beyond what is dark of it
LONG = 0.55  # an unbroken straight run so long is a rule's and no ring's
UNDER = 0.5  # of the engine's confidence, what that in a number is worth which a ring crossed: a digit may be gone


@dataclass(frozen=True, slots=True)
class Ring:
    """A circle, in pixels of the page; `half`: half the width of its stroke."""

    x: float
    y: float
    radius: float
    half: float

    @property
    def box(self) -> Box:
        reach = self.radius + self.half
        return Box(self.x - reach, self.y - reach, self.x + reach, self.y + reach)

    def crosses(self, box: Box, by: float = 0.0) -> bool:
        """Whether its stroke passes through a box, or less than `by` pixels beside it."""
        aside = max(box.x0 - self.x, self.x - box.x1, 0.0), max(box.y0 - self.y, self.y - box.y1, 0.0)
        beyond = max(self.x - box.x0, box.x1 - self.x), max(self.y - box.y0, box.y1 - self.y)
        reach = self.half + by
        return math.hypot(*aside) <= self.radius + reach and math.hypot(*beyond) >= self.radius - reach


def without_rings(grey: Grey, dpi: float) -> tuple[Grey, tuple[Ring, ...]]:
    """The page with its rings painted over, and where they were; the page itself where there are none."""
    rings = tuple(_rings(grey, dpi))
    if not rings:
        return grey, ()
    bare = grey.copy()
    for ring in rings:
        _erase(bare, ring, dpi)
    return bare, rings


def doubted(word: Word, rings: Sequence[Ring]) -> Word:
    """The word, less sure where it is a number that a ring crossed: of a letter the rest of a word tells."""
    box = word.box
    if box is None or word.confidence is None or not any(c.isdigit() for c in word.text):
        return word
    crossed = any(ring.crosses(box) for ring in rings)
    return replace(word, confidence=word.confidence * UNDER) if crossed else word


def _rings(grey: Grey, dpi: float) -> Iterator[Ring]:
    scale = min(1.0, PROBE_DPI / dpi)
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    unit = dpi * scale
    ink = _without_rules((small < DARK).astype(np.uint8), unit)
    for _ in range(MOST):
        circle = _best(ink, unit)
        if circle is None:
            return
        for x, y, radius in (circle, *_second(ink, circle, unit)):
            yield _measured(grey, Ring((x + 0.5) / scale, (y + 0.5) / scale, radius / scale, 0.0), dpi)
            cv2.circle(ink, (round(x), round(y)), round(radius), (0,), max(3, round(2 * AWAY * unit)))


def _second(ink: Mask, circle: Floats, unit: float) -> list[Floats]:
    """The second ring, inside or outside of one, if a stamp has one."""
    least, most = BETWEEN
    reaches = ((least, most), (1 / most, 1 / least))
    radii = np.concatenate([np.arange(low * circle[2], high * circle[2], 0.5) for low, high in reaches])
    tried = np.array([(circle[0] + dx, circle[1] + dy, r) for dx in (-1, 0, 1) for dy in (-1, 0, 1) for r in radii])
    rated = _rated(ink, tried, unit, INNER)
    return [tried[int(rated.argmax())]] if rated.max() > 0 else []


def _without_rules(ink: Mask, unit: float) -> Mask:
    run = round(RULE * unit)
    for shape in ((1, run), (run, 1)):
        ink = np.asarray(cv2.subtract(ink, cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8))), np.uint8)
    return ink


def _best(ink: Mask, unit: float) -> Floats | None:
    """The circle (x, y, radius; pixels of the probe) that is most surely a ring's, None if none is."""
    labels, boxes = blobs.labelled(ink)
    large = np.flatnonzero((boxes[:, 2:].min(axis=1) >= ARC * unit) & (np.arange(len(boxes)) > 0))
    random = np.random.default_rng(0)
    best, circle = 0.0, None
    for label in large:
        x, y, width, height = boxes[label]
        rows, columns = np.nonzero(labels[y : y + height, x : x + width] == label)
        points = np.column_stack([columns + x, rows + y]).astype(np.float64)
        tried = _through(points[random.integers(len(points), size=(TRIES, 3))])
        tried = tried[(tried[:, 2] >= RADIUS[0] * unit) & (tried[:, 2] <= RADIUS[1] * unit)]
        if not len(tried):
            continue
        rated = _rated(ink, tried, unit)
        first = int(rated.argmax())
        nearby = tried[first] + np.array([(a, b, c) for a in (-1, 0, 1) for b in (-1, 0, 1) for c in (-1, 0, 1)])
        finer = _rated(ink, nearby, unit)
        if finer.max() > best:
            best, circle = float(finer.max()), nearby[int(finer.argmax())]
    return circle


def _through(points: Floats) -> Floats:
    """The circles (x, y, radius) through triples of points; those on one line get a radius of infinity."""
    a, b, c = points[:, 0], points[:, 1], points[:, 2]
    ab, ac = b - a, c - a
    cross = 2 * (ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0])
    flat = np.abs(cross) < 1e-6
    cross[flat] = 1.0
    ab2, ac2 = (ab**2).sum(axis=1), (ac**2).sum(axis=1)
    x = (ac[:, 1] * ab2 - ab[:, 1] * ac2) / cross
    y = (ab[:, 0] * ac2 - ac[:, 0] * ab2) / cross
    radius = np.where(flat, np.inf, np.hypot(x, y))
    return np.column_stack([a[:, 0] + x, a[:, 1] + y, radius])


def _rated(ink: Mask, circles: Floats, unit: float, least: float = 1.0) -> Floats:
    """How surely each circle is a ring: its share of ink, 0 where it is no ring's; `least`: of what one must show."""
    away = max(2.0, AWAY * unit)
    on, inside, outside = (_share(ink, circles, by) for by in (0.0, -away, away))
    ring = (on >= least * WHOLE) & (on - np.maximum(inside, outside) >= least * CLEARER)
    return np.where(ring, on, 0.0)


def _share(ink: Mask, circles: Floats, by: float) -> Floats:
    """The share of the places around each circle, `by` pixels farther out, that hold ink, a pixel's stray allowed."""
    angles = np.linspace(0, 2 * np.pi, TURNS, endpoint=False)
    hit = np.zeros((len(circles), TURNS), bool)
    for stray in (-0.5, 0.5) if by == 0.0 else (0.0,):
        radius = circles[:, 2:] + by + stray
        x = np.rint(circles[:, :1] + radius * np.cos(angles)).astype(np.int32)
        y = np.rint(circles[:, 1:2] + radius * np.sin(angles)).astype(np.int32)
        on_page = (x >= 0) & (y >= 0) & (x < ink.shape[1]) & (y < ink.shape[0])
        hit |= on_page & (ink[np.clip(y, 0, ink.shape[0] - 1), np.clip(x, 0, ink.shape[1] - 1)] > 0)
    return np.asarray(hit.mean(axis=1))


def _measured(grey: Grey, ring: Ring, dpi: float) -> Ring:
    """The ring with its radius and the width of its stroke as the page shows them, by its mean darkness around."""
    angles = np.linspace(0, 2 * np.pi, 4 * TURNS, endpoint=False)
    reach = 2 * THICK * dpi
    radii = np.arange(ring.radius - reach, ring.radius + reach + 1, 0.5)
    best = (-1.0, ring)
    step = dpi / PROBE_DPI / 2
    for dx, dy in ((a * step, b * step) for a in (-2, -1, 0, 1, 2) for b in (-2, -1, 0, 1, 2)):
        x = np.clip(np.rint(ring.x + dx + np.outer(radii, np.cos(angles))), 0, grey.shape[1] - 1).astype(np.int32)
        y = np.clip(np.rint(ring.y + dy + np.outer(radii, np.sin(angles))), 0, grey.shape[0] - 1).astype(np.int32)
        dark = (grey[y, x] < PRINT).mean(axis=1)
        peak = float(dark.max())
        if peak > best[0]:
            wide = radii[dark >= (peak + float(np.median(dark))) / 2]
            middle = radii[int(dark.argmax())]
            near = wide[np.abs(wide - middle) <= THICK * dpi]
            half = float(near.max() - near.min()) / 2 + SOFT * dpi
            best = (peak, Ring(ring.x + dx, ring.y + dy, float(near.max() + near.min()) / 2, half))
    return best[1]


def _erase(grey: Grey, ring: Ring, dpi: float) -> None:
    """Paints a ring over with paper, but for strokes that go on across it and for rules."""
    reach = ring.radius + ring.half + THICK * dpi
    x0, y0 = max(0, round(ring.x - reach)), max(0, round(ring.y - reach))
    part = grey[y0 : round(ring.y + reach) + 1, x0 : round(ring.x + reach) + 1]
    rows, columns = np.ogrid[: part.shape[0], : part.shape[1]]
    on = np.abs(np.hypot(columns + x0 - ring.x, rows + y0 - ring.y) - ring.radius) <= ring.half
    ink = (part < PRINT).astype(np.uint8)
    run = round(LONG * dpi)
    straight = [cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones(shape, np.uint8)) for shape in ((1, run), (run, 1))]
    rules = cv2.max(*straight)
    letters = np.where(on | (cv2.dilate(rules, np.ones((5, 5), np.uint8)) > 0), 0, ink).astype(np.uint8)
    across = max(3, round(2.0 * (2 * ring.half + 1))) | 1
    kept = np.asarray(rules, np.uint8)
    for kernel in (np.ones((across, 1)), np.ones((1, across)), np.eye(across), np.fliplr(np.eye(across))):
        kept |= np.asarray(cv2.morphologyEx(letters, cv2.MORPH_CLOSE, kernel.astype(np.uint8)), np.uint8)
    gone = on & (kept == 0)
    part[gone] = 255

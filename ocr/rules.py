"""Upright page → its ruled lines, as pieces and as a vote at each pixel.

A rule is found as a ridge, not by a threshold: at most points of a stretch of it the paper is lighter a little above
and below. That sees thin grey, dotted and broken rules, and passes over lines of text, which are wider than a rule.
Everything here is written for level rules; plumb ones are level on the transposed page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
import numpy.typing as npt

from ocr import blobs

Picture = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

SMOOTH = 0.02  # inches over which noise is averaged before a point of a rule is judged
SIDE = (0.027, 0.05)  # inches: the band on either side of a rule where paper must show; rules are thinner than 0.02
MIN_CONTRAST = 14.0  # grey levels between a point of a rule and its paper
GHOST = 0.3  # of the contrast of the page's strong rules: fainter ones shine through from the back of the sheet
FRAMED = 0.5  # of the contrast of the thin rules inside a black frame: by the frame they are as faint as ghosts
SAME_END = 0.03  # inches by which a rule inside a frame may end elsewhere than the frame; ghosts are shifted by more
SHEET = 0.5  # inches from the page's side: what runs along it there is the edge of the sheet, darker than any rule
ARC = 0.6  # inches: the arcs of stamps that pass for rules are shorter, and darker too
BENT = 1.4  # inches: the radius below which a short piece is bent; arcs of stamps measure 0.7 to 1.2, rules of pages
# bent at the spine 2 and more
ARC_REACH = 0.04  # inches by which an arc leaves the line through its middle
ON_ARC = 0.7  # pixels by which half of an arc's points may be off it; words set in a line scatter by more
STRETCH = 0.36  # inches of rule looked at together; above the height of a table's text, below a narrow column
MIN_SHARE = 0.6  # share of a stretch that must vote for it to be found
BROKEN_STRETCH, BROKEN_SHARE = 1.2, 0.42  # the same for rules that a black-and-white scan broke up; text has a third
BROKEN_CONTRAST = 0.6  # of the strong rules' contrast: what is left of a broken rule is as black as they are
GAP = 0.15  # inches of missing rule that are bridged
PRESENT = 0.45  # share of a known edge between two crossings that must vote for its rule to stand there
SOLID = 0.9  # or the share of it as dark as a rule at all: text set against a rule keeps its points from voting
BINS, EVEN = 6, 0.75  # parts of a stretch, and the share of them in which a rule must stand to stand evenly
RUN = 0.3  # inches of unbroken ink, thin, that are a rule whatever stands beside them: letters have gaps
DARKER = 1.5  # times the least contrast: ink whose paper is not seen is held to more
THICK = 0.06  # inches: ink as thick as that is a blot, a shadow or another rule crossing


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a level rule at y = `at`, from x = `start` to `end` (pixels); `contrast` to its paper, grey levels."""

    at: float
    start: float
    end: float
    contrast: float

    @property
    def length(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """The level rules of a page: `segments`, and for each pixel whether it votes for a rule and whether it is dark."""

    segments: tuple[Segment, ...]
    votes: Mask
    dark: Mask
    unit: float  # pixels per inch

    def stand(self, at: float, start: float, end: float, reach: int) -> bool:
        """Whether a rule stands at y = `at` (give or take `reach` pixels) from `start` to `end`.

        The ends are left out: other rules cross there.
        """
        row, margin = round(at), min(4.0, (end - start) / 5)
        left, right = int(start + margin), max(int(start + margin) + 1, int(end - margin))
        rows = slice(max(0, row - reach), row + reach + 1)
        votes, dark = self.votes[rows, left:right], self.dark[rows, left:right]
        if not votes.size:
            return False
        return bool(votes.any(axis=0).mean() >= PRESENT or dark.mean(axis=1).max() >= SOLID)

    def stand_evenly(self, at: float, start: float, end: float, reach: int) -> bool:
        """Whether a rule stands there all along: text, which may do for one, leaves its cell's margins white."""
        ends = np.linspace(start, end, BINS + 1)
        return sum(self.stand(at, a, b, reach) for a, b in pairwise(ends)) >= EVEN * BINS

    def share(self, at: float, start: float, end: float) -> float:
        """The share (0..1) of the stretch along which a rule, straight to a pixel or two, shows at y = `at`."""
        row = round(at)
        votes = self.votes[max(0, row - 1) : row + 2, int(start) : int(end)]
        return float(votes.any(axis=0).mean()) if votes.size else 0.0

    def ink(self, at: float, start: float, end: float) -> float:
        """The share (0..1) of the stretch along which it is as dark as a rule at y = `at`, give or take a pixel."""
        row = round(at)
        dark = self.dark[max(0, row - 1) : row + 2, int(start) : max(int(start) + 1, int(end))]
        return float(dark.any(axis=0).mean()) if dark.size else 0.0


def level_rules(darkness: Picture, unit: float, shortest: float, remnants: Picture | None = None) -> Rules:
    """The level rules of a page. `darkness`: 255 - grey; `unit`: pixels per inch; `shortest`: inches of a piece;
    `remnants`: the pixels, as 1, where a broken rule is known to stand (`ocr.remnants`)."""
    line = np.asarray(cv2.blur(darkness, (max(1, round(unit * SMOOTH)), 1)), dtype=np.uint8)
    contrast = np.asarray(cv2.subtract(line, _beside(line, unit)), dtype=np.uint8)  # 0 where the sides are darker
    least = MIN_CONTRAST
    pieces = _segments(contrast, _votes(line, contrast, least, unit), np.inf, unit, shortest)
    strong = _strong(pieces, unit, len(line))
    least = max(least, min(GHOST * strong, FRAMED * _framed(pieces, GHOST * strong, unit)))
    votes = _votes(line, contrast, least, unit)
    if remnants is not None:
        votes = np.asarray(cv2.bitwise_or(votes, remnants), dtype=np.uint8)
    black = BROKEN_CONTRAST * strong if strong else np.inf
    return Rules(_segments(contrast, votes, black, unit, shortest), votes > 0, line > least, unit)


def _votes(line: Picture, contrast: Picture, least: float, unit: float) -> Picture:
    """The pixels, as 1, that stand out against both sides, or lie in a long thin run of ink."""
    dark = (line > DARKER * least).astype(np.uint8)
    runs = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, max(3, round(unit * RUN))), np.uint8))
    thick = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((max(3, round(unit * THICK)), 1), np.uint8))
    votes = cv2.bitwise_or((contrast > least).astype(np.uint8), cv2.subtract(runs, thick))
    return np.asarray(cv2.dilate(votes, np.ones((2, 1), np.uint8)), dtype=np.uint8)


def _beside(line: Picture, unit: float) -> Picture:
    """The darkest value in the bands above and below each pixel: paper, unless a letter stands there."""
    near, far = max(2, round(unit * SIDE[0])), max(3, round(unit * SIDE[1]))
    band = np.zeros((2 * far + 1, 1), np.uint8)
    band[: far - near + 1] = 1
    above, below = cv2.dilate(line, band), cv2.dilate(line, band[::-1].copy())
    return np.asarray(cv2.max(above, below), dtype=np.uint8)


def _segments(contrast: Picture, votes: Picture, black: float, unit: float, shortest: float) -> tuple[Segment, ...]:
    """The pieces of rule: stretches most of whose points vote, and longer ones along which many are `black`."""
    mask = _stretches(votes, unit * STRETCH, MIN_SHARE)
    if np.isfinite(black):
        broken = _stretches((contrast > black).astype(np.uint8), unit * BROKEN_STRETCH, BROKEN_SHARE)
        mask = np.asarray(cv2.bitwise_or(mask, broken), dtype=np.uint8)
    bridge = np.ones((1, max(3, int(unit * GAP))), np.uint8)
    closed = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, bridge), dtype=np.uint8)
    pieces = []
    for outline in blobs.outlines(closed):
        x, y, width, height = cv2.boundingRect(outline)
        if width < unit * shortest or height > max(unit * 0.12, width * 0.05):
            continue
        area, middle = _weight(closed[y : y + height, x : x + width], outline[0, 0] - (x, y))
        if area < width:
            continue
        ridge = contrast[y : y + height, x : x + width].max(axis=0)
        along = np.asarray(votes[y : y + height].any(axis=0))
        half = int(unit * STRETCH / 2)
        start, end = x - _run_on(along[:x][::-1][:half]), x + width + _run_on(along[x + width :][:half])
        segment = Segment(y + middle, float(start), float(end), float(np.median(ridge)))
        if segment.length > ARC * unit or not _is_arc(segment, contrast, unit):
            pieces.append(segment)
    return tuple(pieces)


def _is_arc(segment: Segment, contrast: Picture, unit: float) -> bool:
    """Whether the ridge of a short piece is part of a circle no larger than a stamp's. A rule is straight."""
    reach = round(unit * ARC_REACH)
    top, left = max(0, round(segment.at) - reach), int(segment.start)
    ridge = contrast[top : round(segment.at) + reach + 1, left : int(segment.end)].argmax(axis=0)
    along = np.arange(len(ridge)) - len(ridge) / 2
    fit = np.polyfit(along, ridge, 2)
    scatter = float(np.median(np.abs(np.polyval(fit, along) - ridge)))
    return bool(scatter <= ON_ARC and 2 * abs(fit[0]) * BENT * unit > 1)


def _weight(picture: npt.NDArray[np.uint8], of: npt.NDArray[np.int32]) -> tuple[int, float]:
    """Pixels of the piece that the point `of` (x, y) belongs to, and their mean y."""
    _, labels, stats, centres = cv2.connectedComponentsWithStats(picture)
    label = labels[of[1], of[0]]
    return int(stats[label, cv2.CC_STAT_AREA]), float(centres[label][1])


def _stretches(points: Picture, length: float, share: float) -> Picture:
    """The middles, as 1, of level stretches so long of which more than that share are points."""
    pixels = max(3, int(length))
    count = cv2.boxFilter(points, cv2.CV_16U, (pixels, 1), normalize=False)
    return np.asarray(np.asarray(count) > share * pixels, dtype=np.uint8)


def _run_on(votes: Mask) -> int:
    """How many vote before the first that does not: a stretch at a rule's end is half paper, so pieces end early."""
    return len(votes) if votes.all() else int(votes.argmin())


def _strong(segments: Sequence[Segment], unit: float, width: int) -> float:
    """The contrast that the strongest tenth of all rule, by length, exceeds; neither the edge of the sheet counts nor,
    where there is anything longer, what is as short as a stamp's arcs. `width`: of the page, across the rules."""
    inner = [s for s in segments if SHEET * unit < s.at < width - SHEET * unit]
    kept = [s for s in inner if s.length > ARC * unit] or inner
    total = sum(s.length for s in kept)
    seen = 0.0
    for s in sorted(kept, key=lambda s: -s.contrast):
        seen += s.length
        if seen >= 0.1 * total:
            return s.contrast
    return 0.0


def _framed(segments: Sequence[Segment], strong: float, unit: float) -> float:
    """The median contrast of the faint rules that stand alone between two strong ones and end where both do: those of a
    table in a black frame, which has more of them than its frame has sides. Infinite where there is none."""
    long = sorted((s for s in segments if s.length > ARC * unit), key=lambda s: s.at)
    inside: list[float] = []
    sides: set[float] = set()
    for above, below in pairwise(s for s in long if s.contrast >= strong):
        if _end_alike(above, below, unit):
            sides |= {above.at, below.at}
            within = (s for s in long if above.at < s.at < below.at)
            inside += [s.contrast for s in within if _end_alike(s, above, unit)]
    return float(np.median(inside)) if len(inside) >= max(1, len(sides)) else np.inf


def _end_alike(one: Segment, other: Segment, unit: float) -> bool:
    return max(abs(one.start - other.start), abs(one.end - other.end)) <= SAME_END * unit

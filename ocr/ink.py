"""The ink of a small cell: found on uneven, grainy or shaded paper, freed of rule remnants and specks, and scaled.

`find_ink` gives the mark's box, its picture at one size and a few proportions; `ocr.marks` says what it reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.records import Box

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]
Reach = tuple[float, float]

# Ink, in grey levels of 255 and noise deviations. Gaussian noise passes five deviations once in three million pixels;
# 12 levels are about the ripple of strong JPEG.
NOISE_DEVIATIONS = 5.0
LEAST_CONTRAST = 12.0
GRAINY = 3.0  # noise from which smoothing gains more than the thin strokes lose
# A pixel is ink from this share of the contrast: blur leaves strokes of one or two pixels pale. On drawn reports in 8
# fonts the classifier's log loss falls with it, most on coarse scans: 0.048 at 0.45, 0.035 at 0.25, 0.033 at 0.15.
PALE = 0.25

# Sizes in heights of a capital. A hyphen is about 0.45 wide; dust on paper rarely exceeds 0.15.
SPECK = 0.15
ROUND_SPECK = 0.3  # as high as wide, dust even at this size: it is no mark, and an accent needs its letter
SPECK_OF_LARGEST = 0.2  # relative to the largest piece of ink; an accent is about 0.3
WORD_GAP = 0.9  # ink farther aside than this belongs to another thing
LINE_GAP = 0.35  # an accent stands within this above its letter
SAME_LINE = 0.3  # letters of a word begin and end within this of each other; a blot or a stroke seldom does
STROKE = 1.8  # larger than any letter
TEXT_LINE_GAP = 1.2  # another line of the same text: then it is no mark

RULE_REACH = 0.5  # a straight run of ink along this share of a side of the crop is what is left of a rule
SLIM = 4  # times as long as thick: a rule, not a hyphen (about 3)
RULE_BAND = 0.12  # of the crop's smaller side: so near the border are remnants of rules looked for

HIGH, WIDE, MARGIN = 24, 48, 2  # pixels of the picture that every mark is scaled to, and of its empty border


@dataclass(frozen=True, slots=True)
class _Piece:
    """A connected piece of ink: half-open box in pixels of the crop, and its area."""

    x0: int
    y0: int
    x1: int
    y1: int
    area: int
    label: int

    @property
    def size(self) -> int:
        return max(self.x1 - self.x0, self.y1 - self.y0)

    @property
    def is_round(self) -> bool:
        """About as high as wide, or higher; a hyphen is not."""
        return self.x1 - self.x0 < 1.6 * (self.y1 - self.y0)


@dataclass(frozen=True, slots=True)
class Ink:
    """The ink that makes up a mark: `picture` (HIGH x WIDE, 0..1, dark = 1) and its proportions."""

    box: tuple[int, int, int, int]
    picture: Floats
    measures: tuple[float, ...]
    lone: bool = False  # whether one piece is all that its cell holds, dust aside


def find_ink(crop: Grey, char_height: float | None) -> Ink | None:
    """The mark's ink, or None. How dark ink is, the largest thing tells: rules and dust are often far darker."""
    if min(crop.shape) < 3:
        return None
    dark, noise = _darkness(crop)
    least = max(LEAST_CONTRAST, NOISE_DEVIATIONS * noise)
    dark[_rule_remnants(dark > least)] = 0
    labels, every = _pieces(dark > least)
    pieces = _within(every, dark.shape)
    peaks = [(p.size, _peak(dark, p)) for p in _solid(pieces, char_height)]
    if not peaks:
        return None
    _, peak = max(peaks, key=lambda size_peak: size_peak[0] ** 2 * size_peak[1])
    if PALE * peak > least:
        labels, pieces = _pieces(dark > PALE * peak)
        pieces = _within(pieces, dark.shape)
    kept = _solid(pieces, char_height)
    if not kept:
        return None
    lone = char_height is not None and len(_large(every, char_height)) < 2
    return replace(_describe(dark, labels, kept, char_height, noise), lone=lone)


def parts_at(crop: Grey, char_height: float, seat: tuple[float, float], reaches: Sequence[Reach]) -> list[Grey]:
    """The crop with less and less of its ink: nothing left but the pieces that lie wholly within each reach of `seat`.

    Strokes of stamps and pens come in from outside, dirt lies aside. Without repetitions, and without what leaves all
    of the ink, none, or a part of a word. `seat`: a place right of and below the crop's middle; a reach: to both sides
    of it, and above and below. All in heights of a capital.
    """
    if min(crop.shape) < 3:
        return []
    labels, pieces = _every_piece(crop)
    x, y = (side / 2 + offset * char_height for side, offset in zip(crop.shape[::-1], seat, strict=True))
    solid = _large(pieces, char_height)
    parts: dict[tuple[int, ...], Grey] = {}
    for reach in reaches:
        wide, high = reach[0] * char_height, reach[1] * char_height
        area = Box(x - wide, y - high, x + wide, y + high)
        stay = tuple(p.label for p in pieces if _lies_in(p, area))
        kept, gone = [p for p in solid if p.label in stay], [p for p in solid if p.label not in stay]
        if kept and gone and stay not in parts and not any(_goes_on(kept, p, char_height) for p in gone):
            parts[stay] = _with_only(crop, labels, stay)
    return list(parts.values())


def _large(pieces: Sequence[_Piece], char_height: float) -> list[_Piece]:
    return [p for p in pieces if p.size >= max(SPECK * char_height, 2)]


def _lies_in(piece: _Piece, area: Box) -> bool:
    return area.x0 <= piece.x0 and piece.x1 <= area.x1 and area.y0 <= piece.y0 and piece.y1 <= area.y1


def _with_only(crop: Grey, labels: NDArray[np.int32], stay: Sequence[int]) -> Grey:
    """The crop with the ink of all other labels, and its soft edges, painted over."""
    staying = np.isin(labels, stay)
    foreign = cv2.dilate(((labels > 0) & ~staying).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    alone = crop.copy()
    alone[foreign & ~staying] = np.median(crop)
    return alone


def is_struck(crop: Grey, char_height: float) -> bool:
    """Whether a piece of ink in the crop is larger than any letter: a stroke of a stamp or a pen."""
    return min(crop.shape) >= 3 and any(p.size > STROKE * char_height for p in _every_piece(crop)[1])


def _every_piece(crop: Grey) -> tuple[NDArray[np.int32], list[_Piece]]:
    dark, noise = _darkness(crop)
    least = max(LEAST_CONTRAST, NOISE_DEVIATIONS * noise)
    dark[_rule_remnants(dark > least)] = 0
    return _pieces(dark > least)


def _goes_on(word: list[_Piece], piece: _Piece, char_height: float) -> bool:
    """Whether the piece is the word's next letter: close beside it, and as high."""
    x0, x1 = min(p.x0 for p in word), max(p.x1 for p in word)
    close = max(x0 - piece.x1, piece.x0 - x1) < WORD_GAP * char_height
    ends = (min(p.y0 for p in word) - piece.y0, max(p.y1 for p in word) - piece.y1)
    return close and all(abs(end) < SAME_LINE * char_height for end in ends)


def _darkness(crop: Grey) -> tuple[Floats, float]:
    """How much darker than the paper around it each pixel is, in grey levels, and the standard deviation of paper.

    Of the paper's normal noise the light tail alone is sure to be free of ink: the 10 % and 30 % quantiles give its
    middle and its width (they lie 1.2816 and 0.5244 deviations below the middle).
    """
    side = max(9, min(crop.shape) // 2) | 1
    paper = cv2.morphologyEx(cv2.medianBlur(crop, 3), cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    dark = cv2.blur(paper, (side, side)).astype(np.float32) - crop
    noise = _paper_noise(dark)[1]
    if noise > GRAINY:
        dark = np.asarray(cv2.GaussianBlur(dark, (3, 3), 0), np.float32)
    middle, noise = _paper_noise(dark)
    return dark - np.float32(middle), noise


def _paper_noise(dark: Floats) -> tuple[float, float]:
    levels = dark[::2, ::2].ravel()
    low, high = (round(share * (len(levels) - 1)) for share in (0.1, 0.3))
    ordered = np.partition(levels, (low, high))
    q10, q30 = float(ordered[low]), float(ordered[high])
    deviation = (q30 - q10) / (1.2816 - 0.5244)
    return q30 + 0.5244 * deviation, deviation


def _peak(dark: Floats, piece: _Piece) -> float:
    return float(dark[piece.y0 : piece.y1, piece.x0 : piece.x1].max())


def _rule_remnants(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of rules that run along the border of the crop; text that touches them is left standing."""
    high, wide = mask.shape
    band = max(3, round(RULE_BAND * min(high, wide)))
    found = np.zeros_like(mask)
    for side in (np.s_[:band, :], np.s_[-band:, :]):
        found[side] |= _long_runs(mask[side], max(5, round(RULE_REACH * wide)))
    for side in (np.s_[:, :band], np.s_[:, -band:]):
        found[side] |= _long_runs(mask[side].T, max(5, round(RULE_REACH * high))).T
    return found


def _long_runs(mask: NDArray[np.bool_], run: int) -> NDArray[np.bool_]:
    """The part of the mask in lying runs of at least `run` pixels, a pixel of slant allowed."""
    if np.count_nonzero(mask.any(axis=0)) < run:
        return np.zeros_like(mask)
    thick = cv2.dilate(mask.astype(np.uint8), np.ones((3, 1), np.uint8))
    return np.asarray((cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, run), np.uint8)) > 0) & mask)


def _pieces(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], list[_Piece]]:
    """The number of each pixel's piece, 0 for paper, and the pieces."""
    ink, labels = mask.view(np.uint8), np.zeros(mask.shape, np.int32)
    left, top, wide, high = cv2.boundingRect(ink)  # most of a cell is paper
    if not wide:
        return labels, []
    left, top = left & ~1, top & ~1  # pieces are numbered by squares of two pixels
    part = np.s_[top : top + high + 1, left : left + wide + 1]
    _, labels[part], stats, _ = cv2.connectedComponentsWithStats(ink[part], connectivity=8)
    boxes = ((left + x, top + y, w, h, area) for x, y, w, h, area in stats.tolist())
    return labels, [_Piece(x, y, x + w, y + h, area, i) for i, (x, y, w, h, area) in enumerate(boxes) if i]


def _within(pieces: list[_Piece], shape: tuple[int, ...]) -> list[_Piece]:
    """The pieces without those that a rule left: slim, and lying along a side of the crop wholly in its border band."""
    high, wide = shape
    band = max(3, round(RULE_BAND * min(high, wide)))

    def is_rule(p: _Piece) -> bool:
        lying = (p.y1 <= band or p.y0 >= high - band) and p.x1 - p.x0 >= SLIM * (p.y1 - p.y0)
        standing = (p.x1 <= band or p.x0 >= wide - band) and p.y1 - p.y0 >= SLIM * (p.x1 - p.x0)
        return lying or standing

    return [p for p in pieces if not is_rule(p)]


def _solid(pieces: list[_Piece], char_height: float | None) -> list[_Piece]:
    """The pieces without specks of dust; where all are specks, all of them: one may be a faint hyphen."""
    scale = char_height or 0.0
    least = max(SPECK_OF_LARGEST * max((p.size for p in pieces), default=0), SPECK * scale, 2)
    solid = [p for p in pieces if p.size >= least and not (p.is_round and p.size < ROUND_SPECK * scale)]
    return solid or [p for p in pieces if p.size > 1]


def _describe(
    dark: Floats, labels: NDArray[np.int32], pieces: list[_Piece], char_height: float | None, noise: float
) -> Ink:
    group = _around_anchor(pieces, dark.shape, char_height)
    x0, y0, x1, y1 = _box(group)
    scale = char_height or y1 - y0
    beside = max((p.size for p in pieces if p not in group), default=0) / scale
    ink = dark[y0:y1, x0:x1].copy()  # with specks in the box: they may be dots and accents
    for other in (p for p in pieces if p not in group):
        ink[labels[y0:y1, x0:x1] == other.label] = 0
    peak = max(1.0, _darkest(ink[ink > 0]))
    ink = np.clip(ink / peak, 0, 1)
    touches = _touches((x0, y0, x1, y1), dark.shape)
    high, wide, known = y1 - y0, x1 - x0, char_height is not None
    measures = (
        np.log(wide / high), float(known), np.log(high / scale), np.log(wide / scale) if known else 0.0,
        min(len(group), 8) / 4, min(beside, 3.0), peak / 255, noise / peak, float(touches),
        float(ink.mean()), np.log(high) / 3,
    )  # fmt: skip
    return Ink((x0, y0, x1, y1), _fit(ink), tuple(float(m) for m in measures))


def _darkest(levels: Floats) -> float:
    """The 90 % quantile, between neighbours as numpy has it, whose own takes longer than all else done to a mark."""
    at = 0.9 * (len(levels) - 1)
    low = int(at)
    high = min(low + 1, len(levels) - 1)
    ordered = np.partition(levels, (low, high))
    share, below, above = at - low, ordered[low], ordered[high]
    step = above - below
    return float(above - step * (1 - share) if share >= 0.5 else below + step * share)


def _around_anchor(pieces: list[_Piece], shape: tuple[int, ...], char_height: float | None) -> list[_Piece]:
    """The pieces that belong together with the most telling one: large, near the middle and clear of the border."""
    high, wide = shape[:2]

    def weight(p: _Piece) -> float:
        aside = abs(p.x0 + p.x1 - wide) / wide + abs(p.y0 + p.y1 - high) / high
        border = 0.1 if _touches((p.x0, p.y0, p.x1, p.y1), shape) else 1.0
        return p.size * (2.0 - aside) * border

    group = [max(pieces, key=weight)]
    rest = [p for p in pieces if p is not group[0]]
    unit = max(char_height or 0, group[0].size if char_height is None else 0, group[0].y1 - group[0].y0)
    box = _box(group)
    while near := [p for p in rest if _is_near(p, box, unit, shape)]:
        group += near
        box = _box(group)
        taken = {p.label for p in near}
        rest = [p for p in rest if p.label not in taken]
    return group


def _box(pieces: Sequence[_Piece]) -> tuple[int, int, int, int]:
    x0, y0 = min(p.x0 for p in pieces), min(p.y0 for p in pieces)
    return x0, y0, max(p.x1 for p in pieces), max(p.y1 for p in pieces)


def _is_near(piece: _Piece, box: tuple[int, int, int, int], unit: float, shape: tuple[int, ...]) -> bool:
    """Whether the piece belongs to the text in the box; what is twice as tall, or comes in from outside (a stamp, a
    rule), does not."""
    x0, y0, x1, y1 = box
    aside = max(x0 - piece.x1, piece.x0 - x1)
    above = max(y0 - piece.y1, piece.y0 - y1)
    high = piece.y1 - piece.y0
    gaps = (WORD_GAP, LINE_GAP if high < 0.5 * unit else TEXT_LINE_GAP)
    if _touches((piece.x0, piece.y0, piece.x1, piece.y1), shape):
        gaps = (0.3, 0.3)
    return aside <= gaps[0] * unit and above <= gaps[1] * unit and high <= 2 * unit


def _touches(box: tuple[int, int, int, int], shape: tuple[int, ...]) -> bool:
    return box[0] <= 0 or box[1] <= 0 or box[2] >= shape[1] or box[3] >= shape[0]


def _fit(ink: Floats) -> Floats:
    """The ink scaled, its proportions kept, into the middle of the network's picture."""
    high, wide = ink.shape
    scale = min((HIGH - 2 * MARGIN) / high, (WIDE - 2 * MARGIN) / wide)
    size = max(1, round(wide * scale)), max(1, round(high * scale))
    small = cv2.resize(ink, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    picture = np.zeros((HIGH, WIDE), np.float32)
    left, top = (WIDE - size[0]) // 2, (HIGH - size[1]) // 2
    picture[top : top + size[1], left : left + size[0]] = small
    return picture

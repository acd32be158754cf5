"""Reader of the tiny closed-vocabulary cells (SI, NO, X, -, roles, counts) from their pixels.

A cell's ink is freed of rule remnants and specks, its box scaled to one size and described by gradient histograms,
a coarse picture and a few proportions; a small network turns these into one probability for each label. The network
was trained on drawn glyphs with scan damage (`make train-marks`), its probabilities tempered on fonts that it had
never seen. "?" stands for all ink that is none of the labels; the empty text for a blank cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.records import Box, Candidate

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]

BLANK, REJECT = "", "?"
LABELS: tuple[str, ...] = (
    *("SI", "Si", "Sí", "NO", "No", "X", "✓", "-", "N/A", BLANK, REJECT),
    *("P", "S", "I", "IP", "O"),
    *(str(n) for n in range(21)),
)
WEIGHTS = Path(__file__).with_name("marks.npz")

LEAST_PROBABILITY = 1e-3  # labels below are not worth a candidate

# Ink, in grey levels of 255 and noise deviations. Gaussian noise passes five deviations once in three million pixels;
# 12 levels are about the ripple of strong JPEG.
NOISE_DEVIATIONS = 5.0
LEAST_CONTRAST = 12.0
GRAINY = 3.0  # noise from which smoothing gains more than the thin strokes lose
HALF_DARK = 0.45  # a pixel is ink from just below half the contrast: blur thins strokes of one or two pixels

# Sizes in heights of a capital. A hyphen is about 0.45 wide; dust on paper rarely exceeds 0.15.
SPECK = 0.15
ROUND_SPECK = 0.3  # as high as wide, dust even at this size: it is no mark, and an accent needs its letter
SPECK_OF_LARGEST = 0.2  # relative to the largest piece of ink; an accent is about 0.3
WORD_GAP = 0.9  # ink farther aside than this belongs to another thing
LINE_GAP = 0.35  # an accent stands within this above its letter
TEXT_LINE_GAP = 1.2  # another line of the same text: then it is no mark
TALLEST_MARK, WIDEST_MARK = 1.8, 4.2  # with room for an accent; "N.A." in a wide font takes 3.6

RULE_REACH = 0.5  # a straight run of ink along this share of a side of the crop is what is left of a rule
SLIM = 4  # times as long as thick: a rule, not a hyphen (about 3)
RULE_BAND = 0.12  # of the crop's smaller side: so near the border are remnants of rules looked for

# The picture that the network sees, in pixels, the histogram cells in it, and the directions told apart.
HIGH, WIDE, MARGIN, STEP, DIRECTIONS = 24, 48, 2, 6, 8


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


def read_marks(crops: Sequence[Grey], char_height: float | None = None) -> list[tuple[Candidate, ...]]:
    """What each crop may say: candidates of source "marks", best first, their confidences adding up to almost one.

    `crops`: grey pictures (height x width, uint8, dark ink on light paper, 110-300 dpi), each cut from inside a ruled
    cell of a deskewed page; remnants of rules at the border, shading, noise and dust are allowed for.
    `char_height`: height of a capital letter of the table in pixels; None: estimated from the crops themselves.
    """
    if char_height is None:
        char_height = _estimate_char_height(crops)
    inks = [find_ink(crop, char_height) for crop in crops]
    found = [ink for ink in inks if ink is not None]
    network = load_network()
    distributions = iter(probabilities(features(found), network) if found else ())
    return [_candidates(network["blank"] if ink is None else next(distributions)) for ink in inks]


def ink_box(crop: Grey, char_height: float | None = None) -> tuple[int, int, int, int] | None:
    """Box (x0, y0, x1, y1; pixels of the crop, half open) of the real ink, without rule remnants at the border and
    specks; None where there is none."""
    ink = find_ink(crop, char_height)
    return ink.box if ink else None


def is_small(crop: Grey, char_height: float) -> bool:
    """Whether what stands in the crop, if anything, has the size of a mark. `char_height`: of a capital, in pixels."""
    ink = find_ink(crop, char_height)
    if ink is None:
        return True
    x0, y0, x1, y1 = ink.box
    return y1 - y0 <= TALLEST_MARK * char_height and x1 - x0 <= WIDEST_MARK * char_height


# ---------------------------------------------------------------- ink


def find_ink(crop: Grey, char_height: float | None) -> Ink | None:
    """The mark's ink, or None. How dark ink is, the largest thing tells: rules and dust are often far darker."""
    if min(crop.shape) < 3:
        return None
    dark, noise = _darkness(crop)
    least = max(LEAST_CONTRAST, NOISE_DEVIATIONS * noise)
    dark[_rule_remnants(dark > least)] = 0
    peaks = [(p.size, _peak(dark, p)) for p in _solid(_within(dark > least)[1], char_height)]
    if not peaks:
        return None
    _, peak = max(peaks, key=lambda size_peak: size_peak[0] ** 2 * size_peak[1])
    labels, pieces = _within(dark > max(HALF_DARK * peak, least))
    kept = _solid(pieces, char_height)
    return _describe(dark, labels, kept, char_height, noise) if kept else None


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
    q10, q30 = np.quantile(dark[::2, ::2], (0.1, 0.3))
    deviation = (q30 - q10) / (1.2816 - 0.5244)
    return float(q30 + 0.5244 * deviation), float(deviation)


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
    thick = cv2.dilate(mask.astype(np.uint8), np.ones((3, 1), np.uint8))
    return np.asarray((cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, run), np.uint8)) > 0) & mask)


def _pieces(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], list[_Piece]]:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    pieces = [_Piece(x, y, x + w, y + h, area, i) for i, (x, y, w, h, area) in enumerate(stats.tolist()) if i]
    return labels.astype(np.int32), pieces


def _within(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], list[_Piece]]:
    """The pieces without those that a rule left: slim, and lying along a side of the crop wholly in its border band."""
    labels, pieces = _pieces(mask)
    high, wide = mask.shape
    band = max(3, round(RULE_BAND * min(high, wide)))

    def is_rule(p: _Piece) -> bool:
        lying = (p.y1 <= band or p.y0 >= high - band) and p.x1 - p.x0 >= SLIM * (p.y1 - p.y0)
        standing = (p.x1 <= band or p.x0 >= wide - band) and p.y1 - p.y0 >= SLIM * (p.x1 - p.x0)
        return lying or standing

    return labels, [p for p in pieces if not is_rule(p)]


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
    x0, y0 = min(p.x0 for p in group), min(p.y0 for p in group)
    x1, y1 = max(p.x1 for p in group), max(p.y1 for p in group)
    scale = char_height or y1 - y0
    beside = max((p.size for p in pieces if p not in group), default=0) / scale
    ink = dark[y0:y1, x0:x1].copy()  # with specks in the box: they may be dots and accents
    for other in (p for p in pieces if p not in group):
        ink[labels[y0:y1, x0:x1] == other.label] = 0
    peak = max(1.0, float(np.percentile(ink[ink > 0], 90)))
    ink = np.clip(ink / peak, 0, 1)
    touches = _touches((x0, y0, x1, y1), dark.shape)
    high, wide, known = y1 - y0, x1 - x0, char_height is not None
    measures = (
        np.log(wide / high), float(known), np.log(high / scale), np.log(wide / scale) if known else 0.0,
        min(len(group), 8) / 4, min(beside, 3.0), peak / 255, noise / peak, float(touches),
        float(ink.mean()), np.log(high) / 3,
    )  # fmt: skip
    return Ink((x0, y0, x1, y1), _fit(ink), tuple(float(m) for m in measures))


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
    while near := [p for p in rest if _is_near(p, group, unit, shape)]:
        group += near
        rest = [p for p in rest if p not in near]
    return group


def _is_near(piece: _Piece, group: list[_Piece], unit: float, shape: tuple[int, ...]) -> bool:
    """Whether the piece belongs to the group's text; what is twice as tall, or comes in from outside (a stamp, a
    rule), does not."""
    box = Box.around(Box(p.x0, p.y0, p.x1, p.y1) for p in group)
    aside = max(box.x0 - piece.x1, piece.x0 - box.x1)
    above = max(box.y0 - piece.y1, piece.y0 - box.y1)
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


def _estimate_char_height(crops: Sequence[Grey]) -> float | None:
    """Median height of the ink that stands like letters; None with fewer than three such crops."""
    boxes = [box for box in map(ink_box, crops) if box is not None]
    heights = [y1 - y0 for x0, y0, x1, y1 in boxes if y1 - y0 > 0.4 * (x1 - x0) and y1 - y0 > 5]
    return float(np.median(heights)) if len(heights) >= 3 else None


# ---------------------------------------------------------------- network


def features(inks: Sequence[Ink]) -> Floats:
    """One row for each ink: gradient histograms, coarse picture, measures."""
    pictures = np.stack([ink.picture for ink in inks])
    measures = np.array([ink.measures for ink in inks], np.float32)
    return np.concatenate([_gradient_histograms(pictures), _coarse(pictures), measures], axis=1)


def _coarse(pictures: Floats) -> Floats:
    count = len(pictures)
    halves = pictures.reshape(count, HIGH // 2, 2, WIDE // 2, 2).mean(axis=(2, 4))
    return np.asarray(halves.reshape(count, -1))


def _gradient_histograms(pictures: Floats) -> Floats:
    """Histograms of oriented gradients (Dalal & Triggs 2005): signed directions, each shared by its two neighbours,
    normalised over the whole picture."""
    count = len(pictures)
    down, right = np.gradient(pictures, axis=(1, 2))
    strength = np.hypot(down, right)
    turn = (np.arctan2(down, right) / (2 * np.pi) % 1) * DIRECTIONS
    histograms = np.empty((count, HIGH // STEP, WIDE // STEP, DIRECTIONS), np.float32)
    for direction in range(DIRECTIONS):
        distance = np.abs(turn - direction)
        share = np.clip(1 - np.minimum(distance, DIRECTIONS - distance), 0, None) * strength
        histograms[..., direction] = share.reshape(count, HIGH // STEP, STEP, WIDE // STEP, STEP).sum(axis=(2, 4))
    flat = np.sqrt(histograms.reshape(count, -1))
    return np.asarray(flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 1e-6) * 4, np.float32)


@cache
def load_network() -> dict[str, Floats]:
    with np.load(WEIGHTS) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}


def probabilities(rows: Floats, net: dict[str, Floats]) -> Floats:
    """One row of label probabilities for each row of features: one hidden layer, softmax at the fitted temperature."""
    hidden = np.maximum((rows - net["mean"]) * net["scale"] @ net["w1"] + net["b1"], 0)
    scores = (hidden @ net["w2"] + net["b2"]) / net["temperature"]
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(scores / scores.sum(axis=1, keepdims=True), np.float32)


def _candidates(distribution: Floats) -> tuple[Candidate, ...]:
    order = np.argsort(-distribution, kind="stable")
    return tuple(
        Candidate(LABELS[i], min(1.0, float(distribution[i])), "marks")
        for i in order
        if distribution[i] > LEAST_PROBABILITY
    )

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

import numpy as np

from ocr.ink import HIGH, WIDE, Floats, Grey, Ink, find_ink
from ocr.records import Candidate

BLANK, DASH, REJECT = "", "-", "?"
LABELS: tuple[str, ...] = (
    *("SI", "Si", "Sí", "NO", "No", "X", "✓", "-", "N/A", BLANK, REJECT),
    *("P", "S", "I", "IP", "O"),
    *(str(n) for n in range(21)),
)
WEIGHTS = Path(__file__).with_name("marks.npz")

LEAST_PROBABILITY = 1e-3  # labels below are not worth a candidate

# Training damages cells worse than scanners do. Of 5,869 printed cells of drawn reports, 1,142 of them dashes, none
# lost all its ink; to this power, the training says one dash in 660, and fewer letters.
INKLESS = 1.5

# In heights of a capital.
TALLEST_MARK, WIDEST_MARK = 1.8, 4.2  # with room for an accent; "N.A." in a wide font takes 3.6

STEP, DIRECTIONS = 6, 8  # pixels of a histogram cell, and directions told apart

# A row of features: gradient histograms, coarse picture, measures; among these log proportions and log height.
SHAPE, COARSE = HIGH // STEP * WIDE // STEP * DIRECTIONS, HIGH // 2 * WIDE // 2
SIZES = 0, 2


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """What was seen in a crop. `shares`: the probability of each label; `described`: the ink's features; `box`: where
    it stands in the crop, in its pixels, half open. The last two are None where there is no ink."""

    shares: Floats
    described: Floats | None = None
    box: tuple[int, int, int, int] | None = None
    lone: bool = False  # whether one piece is all that the crop holds, dust aside

    def candidates(self, source: str = "marks") -> tuple[Candidate, ...]:
        """The labels worth a candidate, best first, their confidences adding up to almost one."""
        order = np.argsort(-self.shares, kind="stable")
        worth = (i for i in order if self.shares[i] > LEAST_PROBABILITY)
        return tuple(Candidate(LABELS[i], min(1.0, float(self.shares[i])), source) for i in worth)


def read_marks(crops: Sequence[Grey], char_height: float | None = None) -> list[tuple[Candidate, ...]]:
    """What each crop may say: candidates of source "marks", best first. Parameters as for `see_marks`."""
    return [sight.candidates() for sight in see_marks(crops, char_height)]


def see_marks(crops: Sequence[Grey], char_height: float | None = None) -> list[Sight]:
    """What each crop shows.

    `crops`: grey pictures (height x width, uint8, dark ink on light paper, 110-300 dpi), each cut from inside a ruled
    cell of a deskewed page; remnants of rules at the border, shading, noise and dust are allowed for.
    `char_height`: height of a capital letter of the table in pixels; None: estimated from the crops themselves.
    """
    if char_height is None:
        char_height = _estimate_char_height(crops)
    return _sights([find_ink(crop, char_height) for crop in crops])


def see_small(crops: Sequence[Grey], char_height: float) -> list[Sight | None]:
    """The same of crops that may hold anything; None where what stands in it is too large for a mark."""
    inks = [find_ink(crop, char_height) for crop in crops]
    small = [_is_small(ink, char_height) for ink in inks]
    sights = iter(_sights([ink for ink, yes in zip(inks, small, strict=True) if yes]))
    return [next(sights) if yes else None for yes in small]


def _sights(inks: Sequence[Ink | None]) -> list[Sight]:
    found = [ink for ink in inks if ink is not None]
    network = load_network()
    rows = features(found) if found else np.empty((0, 0), np.float32)
    described = iter(zip(rows, probabilities(rows, network) if found else (), strict=True))
    return [_inkless(network["blank"]) if ink is None else _sight(ink, *next(described)) for ink in inks]


def strange(crop: Grey, char_height: float) -> Sight:
    """The ink of a crop that is too large for a mark, as what cannot be told."""
    (seen,) = see_marks([crop], char_height)
    shares = np.zeros(len(LABELS), np.float32)
    shares[LABELS.index(REJECT)] = 1
    return Sight(shares, seen.described, seen.box, seen.lone)


def _inkless(shares: Floats) -> Sight:
    """What a cell without ink says. `shares`: the labels of the training's cells without ink."""
    sharpened = shares**INKLESS
    return Sight(np.asarray(sharpened / sharpened.sum(), np.float32))


def _sight(ink: Ink, described: Floats, shares: Floats) -> Sight:
    return Sight(shares, described, ink.box, ink.lone)


def ink_box(crop: Grey, char_height: float | None = None) -> tuple[int, int, int, int] | None:
    """Box (x0, y0, x1, y1; pixels of the crop, half open) of the real ink, without rule remnants at the border and
    specks; None where there is none."""
    ink = find_ink(crop, char_height)
    return ink.box if ink else None


def is_small(crop: Grey, char_height: float) -> bool:
    """Whether what stands in the crop, if anything, has the size of a mark. `char_height`: of a capital, in pixels."""
    return _is_small(find_ink(crop, char_height), char_height)


def _is_small(ink: Ink | None, char_height: float) -> bool:
    if ink is None:
        return True
    x0, y0, x1, y1 = ink.box
    return y1 - y0 <= TALLEST_MARK * char_height and x1 - x0 <= WIDEST_MARK * char_height


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

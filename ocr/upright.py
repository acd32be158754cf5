"""Grey page → the same page upright: quarter turns, then skew and perspective taken from its ruled lines.

A page has no fixed form here: turned scans, skewed feeds and photographs all end in one homography back to the raster.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from scipy import optimize, spatial

from ocr import blobs, engine

Grey = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.float64]

MAX_SKEW = 6.0  # degrees; feeders and hands stay well below
SKEW_STEPS = ((50.0, 0.5, MAX_SKEW), (75.0, 0.1, 0.5), (100.0, 0.04, 0.08))  # resolution of the probe, step and
# reach in degrees; a pixel of the last over a sheet's width is 0.07 degrees
SKEW_BLUR = 1.0  # pixels of a probe
WORD_DPI = 100.0  # letters a few pixels wide, so that closing four of them joins words and no lines
RULE_DPI = 150.0  # a straight line through hundreds of pixels is known far better than to one of them
RULE_INCHES = 0.35  # shortest run of ink taken for a rule: longer than any letter's stroke at 14 points
RULE_RUNS = (0.18, RULE_INCHES)  # first rules that lean up to 6 degrees, as in photographs, then the nearly plumb
RULE_DARK = 205  # grey level below which a pixel may belong to a rule: thin grey rules of photographs are that pale
MIN_RULE_INCHES = 0.8  # shortest whole rule that may bend the page: shorter ones are underscores and dashes
MIN_RULES = 4  # of each direction before perspective is believed
DECISIVE = 25.0  # legibility by which one way up must lead: right ways lead by 30 to 190 on pages scanned badly
MOST_STRIPS = 3
LETTER_DARK = 150  # grey level below which a pixel is a letter's
LETTER = (0.04, 0.2)  # inches that letters are high, and at most wide
NEXT_LETTER = 0.1  # inches to the next letter of a word
EVEN = 0.0075  # inches by which feet or heads of letters on one line may differ
REACH = 0.2  # of the higher letter's height, by which the other stays behind where it does
SURE_LETTERS = 6.0  # deviations by which one way up must lead among pairs of letters; 59 of 63 pages of all conditions
# lead by 8 to 23, the others, worn copies, by 0 to 8, and none the wrong way
INK_LEVELS = np.clip((235 - np.arange(256)) / 160 * 255, 0, 255).astype(np.uint8)  # of a probe: paper is pale
WORD_INK = 102  # of these levels, from which a pixel is a letter's
MAX_PERSPECTIVE = 0.25  # largest believable foreshortening over half a page


def set_upright(grey: Grey, dpi: float) -> tuple[Grey, Matrix]:
    """The upright page and the 3x3 homography from its pixels back to those of `grey`."""
    turned, to_raster = _quarter_turn(grey, _lies_on_side(grey, dpi))
    fitted, back = _warp(turned, _levelling(turned, dpi))
    to_raster = to_raster @ back
    if _is_upside_down(fitted, dpi):
        fitted, half = _quarter_turn(fitted, 2)
        to_raster = to_raster @ half
    return fitted, to_raster / to_raster[2, 2]


def _levelling(grey: Grey, dpi: float) -> Matrix:
    """The homography that levels the page, found on a small picture of it: by its lines of text, then by its rules."""
    scale = min(1.0, RULE_DPI / dpi)
    forward = _rotation(_skew(grey, dpi), (grey.shape[0] * scale, grey.shape[1] * scale))
    small = [_thin_kept(grey, kernel, scale) for kernel in ((2, 1), (1, 2))]
    for run in RULE_RUNS:
        level, plumb = (_warp(picture, forward, cv2.INTER_LINEAR) for picture in small)
        forward = _rule_fit(level[0], plumb[0], dpi * scale, run) @ np.linalg.inv(level[1])
    to_small = np.diag([scale, scale, 1.0])
    return np.asarray(np.linalg.inv(to_small) @ forward @ to_small, dtype=np.float64)


def _thin_kept(grey: Grey, kernel: tuple[int, int], scale: float) -> Grey:
    """The page made smaller; what is thin across the `kernel` as dark as it was."""
    if scale == 1.0:
        return grey
    thicker = cv2.erode(grey, np.ones(kernel, np.uint8))
    return np.asarray(cv2.resize(thicker, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _quarter_turn(grey: Grey, turns: int) -> tuple[Grey, Matrix]:
    """`grey` turned anticlockwise by quarter turns, and the matrix back."""
    height, width = grey.shape
    back = {
        0: np.eye(3),
        1: np.array([[0, -1, width - 1], [1, 0, 0], [0, 0, 1]]),
        2: np.array([[-1, 0, width - 1], [0, -1, height - 1], [0, 0, 1]]),
        3: np.array([[0, 1, 0], [-1, 0, height - 1], [0, 0, 1]]),
    }[turns]
    return np.ascontiguousarray(np.rot90(grey, turns)), np.asarray(back, dtype=np.float64)


def _probe(grey: Grey, dpi: float, probe_dpi: float) -> Grey:
    """A small picture of the ink, 0 for paper to 255."""
    return np.asarray(cv2.LUT(_smaller(grey, dpi, probe_dpi)[0], INK_LEVELS), dtype=np.uint8)


def _smaller(grey: Grey, dpi: float, most: float) -> tuple[Grey, float]:
    """The page at no more than that resolution, and its resolution."""
    scale = min(1.0, most / dpi)
    if scale == 1.0:
        return grey, dpi
    return np.asarray(cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8), most


def _lies_on_side(grey: Grey, dpi: float) -> int:
    """1 if the text runs up or down the page, else 0.

    Letters smeared into words make blobs that are long the way that the text runs: over thirteen drawn reports the mean
    of log(width / height) was at least 0.8 on upright pages and at most -1.1 on turned ones.
    """
    ink = _without_rules((_probe(grey, dpi, WORD_DPI) > WORD_INK).astype(np.uint8), WORD_DPI)
    smeared = np.asarray(cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((4, 4), np.uint8)), dtype=np.uint8)
    width, height = blobs.boxes(smeared).T[2:]
    short, long = np.minimum(width, height), np.maximum(width, height)
    words = (short >= WORD_DPI * 0.04) & (long >= WORD_DPI * 0.1) & (long < WORD_DPI * 2.5)
    return int(words.any() and float(np.log(width[words] / height[words]).mean()) < 0)


def _without_rules(ink: npt.NDArray[np.uint8], dpi: float) -> npt.NDArray[np.uint8]:
    run = int(dpi * RULE_INCHES)
    for shape in ((run, 1), (1, run)):
        rules = cv2.morphologyEx(ink, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, shape))
        ink = np.asarray(ink - rules, dtype=np.uint8)
    return np.asarray(ink, dtype=np.uint8)


def _skew(grey: Grey, dpi: float) -> float:
    """Skew in degrees, by the projection profile: the angle at which rows of ink and rows of paper part best.

    The ink is softened first: a page turned by nothing is the one that turning does not blur.
    """
    best = 0.0
    grey, dpi = _smaller(grey, dpi, SKEW_STEPS[-1][0])
    for probe_dpi, step, reach in SKEW_STEPS:
        ink = np.asarray(cv2.GaussianBlur(_probe(grey, dpi, probe_dpi), (0, 0), SKEW_BLUR), dtype=np.uint8)
        best = max(np.arange(best - reach, best + reach + step / 2, step), key=lambda angle: _sharpness(ink, angle))
    return float(best)


def _sharpness(ink: Grey, angle: float) -> float:
    matrix = cv2.getRotationMatrix2D((ink.shape[1] / 2, ink.shape[0] / 2), angle, 1.0)
    turned = cv2.warpAffine(ink, matrix, (ink.shape[1], ink.shape[0]))
    rows = np.asarray(cv2.reduce(turned, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32S))
    return float(np.square(np.diff(rows[:, 0].astype(np.float64))).sum())


def _rotation(angle: float, shape: tuple[float, ...]) -> Matrix:
    """Forward homography that turns a page of `shape` by `angle` degrees about its centre."""
    affine = cv2.getRotationMatrix2D(((shape[1] - 1) / 2, (shape[0] - 1) / 2), angle, 1.0)
    return np.vstack([affine, [0, 0, 1]]).astype(np.float64)


def _warp(grey: Grey, forward: Matrix, interpolation: int = cv2.INTER_CUBIC) -> tuple[Grey, Matrix]:
    """`grey` moved by `forward`, on a canvas that holds all of it, and the matrix back."""
    height, width = grey.shape
    if np.allclose(forward, np.eye(3), atol=1e-7):
        return grey, np.eye(3)
    corners = np.array([[0, 0, 1], [width - 1, 0, 1], [0, height - 1, 1], [width - 1, height - 1, 1]], dtype=float).T
    moved = forward @ corners
    moved = moved[:2] / moved[2]
    low, high = np.floor(moved.min(axis=1)), np.ceil(moved.max(axis=1))
    shift = np.array([[1, 0, -low[0]], [0, 1, -low[1]], [0, 0, 1]])
    whole = shift @ forward
    size = (int(high[0] - low[0]) + 1, int(high[1] - low[1]) + 1)
    image = cv2.warpPerspective(
        grey, whole, size, flags=interpolation, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,)
    )
    return np.asarray(image, dtype=np.uint8), np.asarray(np.linalg.inv(whole), dtype=np.float64)


def _rule_fit(for_level: Grey, for_plumb: Grey, dpi: float, run: float) -> Matrix:
    """The homography that makes the page's rules level and plumb; both pictures show the same page.

    Four unknowns (turn, shear, two of perspective), found by least squares with a robust loss over both ends of every
    rule: a level rule ends at the y where it began, a plumb one at the x. Too few rules: no change.
    """
    level = _rules(for_level, dpi, run)
    plumb = _rules(np.asarray(cv2.transpose(for_plumb), np.uint8), dpi, run)[:, [1, 0, 3, 2]]
    if len(level) < 2:
        return np.eye(3)
    high, wide = for_level.shape
    half = max(high, wide) / 2
    to_unit = np.array([[1 / half, 0, -wide / 2 / half], [0, 1 / half, -high / 2 / half], [0, 0, 1]])
    bends = len(level) >= MIN_RULES and len(plumb) >= MIN_RULES

    def matrix(p: npt.NDArray[np.float64]) -> Matrix:
        turn, shear, px, py = p if bends else (p[0], -p[0], 0.0, 0.0)
        rows = [[1.0, shear, 0.0], [turn, 1.0, 0.0], [px, py, 1.0]]
        return np.asarray(rows, dtype=np.float64)

    def residuals(p: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        tilts = [_tilt(matrix(p), to_unit, level, 1), _tilt(matrix(p), to_unit, plumb, 0)]
        return np.asarray(np.concatenate(tilts) * half, dtype=np.float64)

    fit = optimize.least_squares(residuals, np.zeros(4 if bends else 1), loss="soft_l1", f_scale=1.5)
    if np.abs(fit.x).max() > MAX_PERSPECTIVE:
        return np.eye(3)
    return np.asarray(np.linalg.inv(to_unit) @ matrix(fit.x) @ to_unit, dtype=np.float64)


def _tilt(matrix: Matrix, to_unit: Matrix, rules: Matrix, axis: int) -> npt.NDArray[np.float64]:
    """How far (unit lengths) the ends of each rule differ along `axis` after `matrix`; rules: N x (x0, y0, x1, y1)."""
    if not len(rules):
        return np.zeros(0)
    ends = []
    for columns in ((0, 1), (2, 3)):
        points = np.column_stack([rules[:, columns], np.ones(len(rules))]) @ (matrix @ to_unit).T
        ends.append(points[:, axis] / points[:, 2])
    return np.asarray(ends[1] - ends[0])


def _rules(picture: Grey, dpi: float, run: float) -> Matrix:
    """Ends (x0, y0, x1, y1) of the level rules of a nearly straight page, by a straight line through each one's ink.

    `run`: inches of ink in a row that a piece of rule has at least; the shorter, the more a rule may lean.
    """
    ink = cv2.dilate((picture < RULE_DARK).astype(np.uint8), np.ones((3, 1), np.uint8))
    runs = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, int(dpi * run)), np.uint8))
    found = []
    for outline in blobs.outlines(np.asarray(runs, dtype=np.uint8)):
        x, _, width, height = cv2.boundingRect(outline)
        if width < dpi * MIN_RULE_INCHES or height > dpi * 0.25 or height > width * 0.1:
            continue
        columns, rows = outline[:, 0].astype(np.float64).T
        slope, at = np.polyfit(columns - x, rows, 1)
        found.append([x, at, x + width, at + slope * width])
    return np.array(found, dtype=np.float64).reshape(-1, 4)


def _is_upside_down(grey: Grey, dpi: float) -> bool:
    """Whether the page reads better turned by half. Letters that stand on one line tell; where they do not, a strip is
    read both ways, and another if that says little."""
    upright, turned = (float(n) for n in _standing(grey, dpi))
    if abs(upright - turned) >= SURE_LETTERS * float(np.sqrt(upright + turned + 1)):
        return turned > upright
    for strip in _wordy_strips(grey, dpi):
        scores = engine.legibility([strip, np.ascontiguousarray(np.rot90(strip, 2))])
        upright, turned = upright + scores[0], turned + scores[1]
        if abs(upright - turned) >= DECISIVE:
            break
    return turned > upright


def _standing(grey: Grey, dpi: float) -> tuple[int, int]:
    """How many letters stand on one line with the next but reach higher or less high, and how many hang so.

    Capitals, b, d, f, h, k, l and t reach up far more often than g, j, p, q and y reach down.
    """
    small, unit = _smaller(grey, dpi, RULE_DPI)
    x, y, width, height = blobs.boxes((small < LETTER_DARK).astype(np.uint8)).T.astype(np.float64)
    letters = (height > unit * LETTER[0]) & (height < unit * LETTER[1]) & (width < unit * LETTER[1])
    x, y, width, height = (values[letters] for values in (x, y, width, height))
    if len(x) < 2:
        return 0, 0
    tree = spatial.cKDTree(np.column_stack([x, y + height / 2]))
    near = tree.query(np.column_stack([x + width, y + height / 2]), k=2, distance_upper_bound=unit * NEXT_LETTER)[1]
    after = np.where(near[:, 0] == np.arange(len(x)), near[:, 1], near[:, 0])  # a thin letter is its own nearest
    one, other = np.nonzero(after < len(x))[0], after[after < len(x)]
    tops, feet = np.abs(y[one] - y[other]), np.abs(y[one] + height[one] - y[other] - height[other])
    even = max(1.0, unit * EVEN)
    apart = np.maximum(REACH * np.maximum(height[one], height[other]), even + 1)
    return int(((feet <= even) & (tops >= apart)).sum()), int(((tops <= even) & (feet >= apart)).sum())


def _wordy_strips(grey: Grey, dpi: float) -> list[Grey]:
    """Horizontal strips, an inch high and apart, by their small ink: words rather than rules or pictures."""
    ink = _without_rules((grey < 140).astype(np.uint8), dpi)
    per_row = np.minimum(ink.sum(axis=1, dtype=np.float64), grey.shape[1] * 0.2)
    rows = np.convolve(per_row, np.ones(int(dpi)), mode="same")
    strips = []
    for _ in range(MOST_STRIPS):
        middle = int(rows.argmax())
        strips.append(grey[max(0, middle - int(dpi / 2)) : middle + int(dpi / 2)])
        rows[max(0, middle - int(dpi)) : middle + int(dpi)] = -1.0
    return strips

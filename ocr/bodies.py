"""Pieces of text → the bodies of matrices that stand on a page, told by their alignment alone.

The row of a matrix has marks, a role, a total: narrow pieces on one line, each with the same middle as those above and
below it. No rule is looked for. All lengths are inches.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, median

import numpy as np

from ocr.extents import CENTRED, HIGH, LEAST_ROW, LETTER, NARROW, NEAR, Line, heading_of
from ocr.pieces import Piece

LEVEL = 0.045  # by which the marks of one row may differ in height: a dash stands lower than a letter
ASIDE = 0.09  # by which what stands beside one another may differ in height, and be one line of a heading
LEAST_SHARED = 3  # columns that two lines must share to be rows of one matrix
MOST_HELD = 4  # shared columns, from the right, that no text may cross; further left words stand aligned by chance
RECENT = 6  # lines of a group that a further one is held against: a blot may hide a mark
LEAST_HEADLESS = 5  # columns that make a matrix of lines without a heading; boxes to tick make three
APART = 0.2  # between the middles of two columns; the narrowest of the form measure 0.3
WORDS = 0.35  # between the middles of words of a text; the middles of columns are further apart
MOST_BESIDE = 2  # words that stand so beside a column: one may be a blot
USUAL = 0.6  # share of a body's lines that hold a piece in a column that always holds one: role, total, addressed
BETWEEN = 0.2  # share of a body's lines with words between two such columns from which a column of text parts them
WIDEST_MARK = 0.36  # of most that stands in a column of marks; «N/A» in 12-point type is 0.33 wide
MOST_SINGLE = 3  # pieces beside one another between two columns that are words of a justified text, and no marks
STACKED = 0.25  # between the lines of one cell; the lowest rows of the form with words are 0.19 high, most 0.3
FURTHER = 1.5  # times the highest row: a row without marks stands no further above or below those that have some
SMALL = 0.25  # marks, roles and totals are narrower; the words of headings mostly not


@dataclass(frozen=True, slots=True)
class Body:
    """A matrix's rows with marks, `lines`, and where its narrow columns lie: `middles`, left to right.

    `top`: of its heading, or of its first line where it has none; `start`: where heading ends and rows begin.
    """

    lines: tuple[Line, ...]
    middles: tuple[float, ...]
    top: float
    start: float

    @property
    def has_heading(self) -> bool:
        return self.start > self.top


def bodies(pieces: Sequence[Piece]) -> list[Body]:
    """The matrices of a page, top to bottom."""
    found: list[Body] = []
    for group in sorted(_groups(_lines(pieces), pieces), key=lambda g: g[0].y):
        floor = max((b.lines[-1].y for b in found if b.has_heading and b.lines[-1].y < group[0].y), default=0.0)
        body = _body(group, pieces, floor)
        if found and body and not body.has_heading:
            above = max((b.lines[-1].y for b in found[:-1] if b.has_heading), default=0.0)
            under = _body(group, pieces, above)
            if under and under.has_heading and under.top < found[-1].lines[0].y and found[-1].lines[-1].y < under.start:
                found[-1] = under  # what was taken for a matrix are the wrapped dates of its heading
                continue
        if body:
            found.append(body)
    return _without_chance(found)


def _without_chance(found: Sequence[Body]) -> list[Body]:
    """The bodies without those that words of another one's rows make where they happen to be aligned."""
    kept: list[Body] = []
    for body in sorted(found, key=lambda b: (not b.has_heading, -len(b.lines) * len(b.middles))):
        if all(body.lines[-1].y < other.top or other.lines[-1].y < body.top for other in kept):
            kept.append(body)
    return sorted(kept, key=lambda b: b.top)


def _lines(pieces: Sequence[Piece]) -> list[Line]:
    """Lines of at least two narrow pieces; those with most come first to their pieces."""
    narrow = [p for p in pieces if p.width <= NARROW and p.height <= HIGH]
    found: list[Line] = []
    free = set(range(len(narrow)))
    heights = np.array([p.y for p in narrow])
    around = [np.nonzero(np.abs(heights - y) <= LEVEL)[0].tolist() for y in heights]
    for i in sorted(free, key=lambda i: -len(around[i])):
        own = [j for j in around[i] if j in free]
        if i in free and len(own) >= 2 and any(narrow[j].height >= LETTER for j in own):
            free -= set(own)
            some = tuple(sorted((narrow[j] for j in own), key=lambda p: p.x))
            found.append(Line(median(p.y for p in some), some))
    return _joined(sorted(found, key=lambda line: line.y))


def _joined(lines: Sequence[Line]) -> list[Line]:
    """The lines, those made one whose pieces stand beside one another a little higher or lower: a heading's dates and
    the last words of the heading beside them."""
    found: list[Line] = []
    for line in lines:
        above = found[-1] if found else None
        if above and line.y - above.y <= ASIDE and not _one_above_another(above, line):
            pieces = tuple(sorted((*above.pieces, *line.pieces), key=lambda p: p.x))
            found[-1] = Line(max(above, line, key=lambda each: each.pieces[-1].x).y, pieces)  # marks stand rightmost
        else:
            found.append(line)
    return found


def _one_above_another(above: Line, below: Line) -> bool:
    return any(a.x0 < b.x1 and b.x0 < a.x1 for a in above.pieces for b in below.pieces)


def _shared(a: Line, b: Line) -> list[float]:
    """The middles that two lines have in common, none nearer another than columns are."""
    found: list[float] = []
    others = b.middles()
    for x in a.middles():
        if any(abs(x - other) <= CENTRED for other in others) and (not found or x - found[-1] >= APART):
            found.append(x)
    return found


def _groups(lines: Sequence[Line], pieces: Sequence[Piece]) -> list[list[Line]]:
    """Lines that share columns, with nothing written across these between them.

    Of several groups a line joins the one with which it shares the rightmost column: words left of it fall as they may.
    """
    groups: list[list[Line]] = []
    letters = sorted((p.y, p.x0, p.x1) for p in pieces if p.height >= LETTER)
    for line in lines:
        best: tuple[float, list[Line]] | None = None
        for group in groups:
            shared, other = max(((_shared(line, x), x) for x in group[-RECENT:]), key=lambda pair: len(pair[0]))
            chance = len(shared) < LEAST_SHARED or _is_text(line, shared) or _is_text(other, shared)
            fits = not chance and not is_crossed(group[-1].y, line.y, shared[-MOST_HELD:], letters)
            if fits and (best is None or shared[-1] >= best[0]):
                best = (shared[-1], group)
        if best:
            best[1].append(line)
        else:
            groups.append([line])
    return [g for g in groups if len(g) >= 2]


def _is_text(line: Line, shared: Sequence[float]) -> bool:
    """Whether the words of a line share columns with another by chance: others stand nearer them than columns do."""
    off = [min(abs(x - m) for m in shared) for x in line.middles() if shared[0] < x < shared[-1]]
    return sum(CENTRED < away < WORDS for away in off) >= MOST_BESIDE


def is_crossed(
    top: float, bottom: float, middles: Sequence[float], letters: Sequence[tuple[float, float, float]]
) -> bool:
    """Whether a text between two heights runs over the middles of two columns. `letters`: y, x0 and x1, by y."""
    pairs = list(pairwise(sorted(middles)))
    between = letters[bisect_right(letters, (top, np.inf, np.inf)) : bisect_left(letters, (bottom,))]
    return any(x0 < a and b < x1 for _, x0, x1 in between for a, b in pairs)


def _body(group: Sequence[Line], pieces: Sequence[Piece], floor: float) -> Body | None:
    """The matrix that a group of lines is; None where it is none, or all of it the heading of one."""
    middles = _middles(group, pieces)
    if len(middles) < LEAST_SHARED:
        return None
    unmarked = _unmarked(group, middles, pieces)
    whole = sorted((*group, *unmarked), key=lambda line: line.y)
    top, start = heading_of(whole, middles, [p for p in pieces if p.y > floor + LEVEL])
    lines = [line for line in group if line.y > start and len(_held(line, middles)) > 1]
    middles = _middles(lines, pieces) if len(lines) > 1 else _of_single(lines, middles)
    if len(middles) < (LEAST_SHARED if start > top else LEAST_HEADLESS):
        return None
    kept = (line for line in whole if line in lines or (line in unmarked and line.y > start))
    return Body(tuple(kept), tuple(middles), top, start)


def _unmarked(group: Sequence[Line], middles: Sequence[float], pieces: Sequence[Piece]) -> list[Line]:
    """The lines of rows that left their marks blank: the last column, total or addressed, holds something in every row,
    alone at its height."""
    small = [p for p in pieces if p.width <= SMALL and LETTER <= p.height <= HIGH and p.x > middles[0] - CENTRED]
    last = [p for p in small if abs(p.x - middles[-1]) <= CENTRED]
    beside = [p for p in pieces if p.x0 < middles[-1] < p.x1 and p.height >= LETTER]
    highest = max((b.y - a.y for a, b in pairwise(group)), default=0.0)
    letters = sorted((p.y, p.x0, p.x1) for p in pieces if p.height >= LETTER)
    found: list[Line] = []
    tops, bottoms = group[0].y, group[-1].y
    for p in sorted(last, key=lambda p: p.y if p.y > group[0].y else 2 * group[0].y - p.y):
        stacked = any(0 < abs(other.y - p.y) < STACKED for other in beside)
        if stacked or any(abs(line.y - p.y) <= LEAST_ROW for line in group):
            continue
        near, far = (tops, p.y) if p.y < tops else (bottoms, p.y)
        outside = p.y < tops or p.y > bottoms
        if outside and (
            abs(far - near) > FURTHER * highest
            or not is_beside_words(p, middles[0], pieces)
            or is_crossed(min(near, far), max(near, far), middles[-MOST_HELD:], letters)
        ):
            continue
        tops, bottoms = min(tops, p.y), max(bottoms, p.y)
        level = sorted((s for s in small if abs(s.y - p.y) <= LEVEL), key=lambda s: s.x)
        found.append(Line(p.y, tuple(level)))
    return found


def is_beside_words(piece: Piece, left: float, pieces: Sequence[Piece]) -> bool:
    return any(p.width > NARROW and p.x1 < left and abs(p.y - piece.y) < NEAR for p in pieces)


def _middles(group: Sequence[Line], pieces: Sequence[Piece]) -> list[float]:
    """The middles of the columns in which most lines hold a piece, from the rightmost to where words come between."""
    clusters: list[list[Piece]] = []
    for p in sorted((p for line in group for p in line.pieces), key=lambda p: p.x):
        if clusters and p.x - fmean(o.x for o in clusters[-1]) <= CENTRED:
            clusters[-1].append(p)
        else:
            clusters.append([p])
    marks = (c for c in clusters if len(c) >= USUAL * len(group) and median(p.width for p in c) <= WIDEST_MARK)
    usual = [fmean(p.x for p in c) for c in marks]
    kept = usual[-1:]
    letters = [p for p in pieces if p.height >= LETTER]
    for x in reversed(usual[:-1]):
        if sum(_words_between(line, x, kept[0], letters) for line in group) > BETWEEN * len(group):
            break
        kept.insert(0, x)
    return kept


def _of_single(lines: Sequence[Line], known: Sequence[float]) -> list[float]:
    """The middles of the columns of a single row below a heading, of which the heading's lines show those `known`: all
    right of these, and left of them what stands as far apart; further left words stand by one another."""
    row = [p for line in lines for p in line.pieces]
    first = sum(p.x <= known[0] - CENTRED for p in row)
    while first and row[first - 1].width <= SMALL and row[first].x - row[first - 1].x > WORDS:
        if first > 1 and row[first - 1].x - row[first - 2].x <= WORDS:
            break
        first -= 1
    return [p.x for p in row[first:]] if row[first:] else []


def _held(line: Line, middles: Sequence[float]) -> list[float]:
    """The columns, by their middles, in which a line holds a piece."""
    held = line.middles()
    return [m for m in middles if any(abs(x - m) <= CENTRED for x in held)]


def _words_between(line: Line, left: float, right: float, letters: Sequence[Piece]) -> bool:
    """Whether a text stands between two columns at the height of a line: a piece as wide as words, or several."""
    own = [p for p in letters if p.y0 - LEVEL < line.y < p.y1 + LEVEL and left + CENTRED < p.x0 and p.x1 < right]
    return len(own) >= MOST_SINGLE or any(p.width > NARROW for p in own)

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

from ocr.pieces import Piece

NARROW = 0.62  # marks, roles, totals and short dates are narrower
HIGH = 0.25  # of one line of text, none is higher
LEVEL = 0.045  # by which the marks of one row may differ in height: a dash stands lower than a letter
CENTRED = 0.055  # by which the marks of one column may differ in their middles
LEAST_SHARED = 3  # columns that two lines must share to be rows of one matrix
MOST_HELD = 4  # shared columns, from the right, that no text may cross; further left words stand aligned by chance
RECENT = 6  # lines of a group that a further one is held against: a blot may hide a mark
LEAST_HEADLESS = 5  # columns that make a matrix of lines without a heading; boxes to tick make three
APART = 0.2  # between the middles of two columns; the narrowest of the form measure 0.3
USUAL = 0.6  # share of a body's lines that hold a piece in a column that always holds one: role, total, addressed
BETWEEN = 0.2  # share of a body's lines with words between two such columns from which a column of text parts them
COLUMN = 0.5  # from the middle of the outermost column to the furthest that its heading reaches
REACH_UP = 0.28  # white between two lines of a heading; below a matrix stands more
SAME_BLOCK = 0.06  # white between pieces of one block of text
LETTER = 0.05  # lower pieces are dashes and dust
MOST_HEADING = 3.0  # from a heading to the first marks below it: the row of a cut cell may stand between
NEAR = 0.4  # in height, of a row's words to its marks
MOST_OFF = 0.12  # by which the names of a heading may stand off its middle
WIDEST = 9.0  # of the columns of words together


@dataclass(frozen=True, slots=True)
class Line:
    """Narrow pieces that stand on one line, left to right."""

    y: float
    pieces: tuple[Piece, ...]

    def middles(self) -> tuple[float, ...]:
        return tuple(p.x for p in self.pieces)


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
    return sorted(found, key=lambda line: line.y)


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
            shared = max((_shared(line, other) for other in group[-RECENT:]), key=len)
            fits = len(shared) >= LEAST_SHARED and not _is_crossed(group[-1].y, line.y, shared[-MOST_HELD:], letters)
            if fits and (best is None or shared[-1] >= best[0]):
                best = (shared[-1], group)
        if best:
            best[1].append(line)
        else:
            groups.append([line])
    return [g for g in groups if len(g) >= 2]


def _is_crossed(
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
    top, start = _heading(group, middles, [p for p in pieces if p.y > floor + LEVEL])
    lines = [line for line in group if line.y > start and len(_held(line, middles)) > 1]
    middles = _middles(lines, pieces) if lines else []
    least = LEAST_SHARED if start > top else LEAST_HEADLESS
    return Body(tuple(lines), tuple(middles), top, start) if len(middles) >= least else None


def _middles(group: Sequence[Line], pieces: Sequence[Piece]) -> list[float]:
    """The middles of the columns in which most lines hold a piece, from the rightmost to where words come between."""
    clusters: list[list[float]] = []
    for x in sorted(x for line in group for x in line.middles()):
        if clusters and x - fmean(clusters[-1]) <= CENTRED:
            clusters[-1].append(x)
        else:
            clusters.append([x])
    usual = [fmean(c) for c in clusters if len(c) >= USUAL * len(group)]
    kept = usual[-1:]
    wide = [p for p in pieces if p.width > NARROW]
    for x in reversed(usual[:-1]):
        if sum(_words_between(line, x, kept[0], wide) for line in group) > BETWEEN * len(group):
            break
        kept.insert(0, x)
    return kept


def _held(line: Line, middles: Sequence[float]) -> list[float]:
    """The columns, by their middles, in which a line holds a piece."""
    held = line.middles()
    return [m for m in middles if any(abs(x - m) <= CENTRED for x in held)]


def _words_between(line: Line, left: float, right: float, wide: Sequence[Piece]) -> bool:
    """Whether a text as wide as words stands between two columns at the height of a line."""
    return any(p.y0 - LEVEL < line.y < p.y1 + LEVEL and left < p.x0 and p.x1 < right for p in wide)


def _heading(group: Sequence[Line], middles: Sequence[float], pieces: Sequence[Piece]) -> tuple[float, float]:
    """Top and end of the heading over a line; the same height twice where none is found.

    What runs over several columns above them belongs to it. The names of the first columns stand in the middle of
    its height, so it ends as far below them as it began above.
    """
    letters = [p for p in pieces if LETTER <= p.height <= HIGH]
    first = group[0]
    left, right = _words_end(first, middles, letters), max(line.pieces[-1].x for line in group) + COLUMN
    over = [p for p in letters if left <= p.x0 and p.x1 <= right]
    across = [p for p in over if p.width > NARROW and 0 < first.y - p.y < MOST_HEADING]
    body_top = min(p.y0 for p in first.pieces)
    lowest = max((p.y1 for p in across), default=0.0)
    best = (MOST_OFF, body_top, body_top)
    for top in _tops([p for p in over if p.y1 <= lowest], lowest) if across else ():
        beside = [p for p in letters if p.x1 < middles[0] - CENTRED and p.x0 > left - WIDEST]
        names = _first_block([p for p in beside if p.y1 > top])
        if not names:
            continue
        end = min(p.y0 for p in names) + max(p.y1 for p in names) - top
        own = [p for p in letters if p.y1 > top and p.x0 > left - WIDEST and p.x1 <= right]
        for above, below in _whites(own):
            if lowest <= above and abs(above - end) < best[0]:
                best = (abs(above - end), top, (above + below) / 2)
    return best[1], best[2]


def _words_end(line: Line, middles: Sequence[float], pieces: Sequence[Piece]) -> float:
    """Where the columns of words beside a line end: at the right of the widest reaching of them."""
    ends = [p.x1 for p in pieces if p.width > NARROW and p.x1 < middles[0] and abs(p.y - line.y) < NEAR]
    return max(ends, default=middles[0] - COLUMN)


def _tops(over: Sequence[Piece], below: float) -> list[float]:
    """The tops of what stands above a height without much white between, where some white is above them."""
    tops = []
    top = below
    for p in sorted(over, key=lambda p: -p.y1):
        if top - p.y1 > REACH_UP:
            break
        if top - p.y1 > SAME_BLOCK and top < below:
            tops.append(top)
        top = min(top, p.y0)
    return [*tops, top]


def _first_block(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces of the uppermost block of text: its lines, and all beside them."""
    block: list[Piece] = []
    for p in sorted(pieces, key=lambda p: p.y0):
        if block and p.y0 > max(b.y1 for b in block) + SAME_BLOCK:
            break
        block.append(p)
    return block


def _whites(pieces: Sequence[Piece]) -> list[tuple[float, float]]:
    """The white bands between pieces, from the bottom of those above to the top of those below."""
    found: list[tuple[float, float]] = []
    bottom = None
    for p in sorted(pieces, key=lambda p: p.y0):
        if bottom is not None and p.y0 > bottom:
            found.append((bottom, p.y0))
        bottom = max(p.y1, bottom or 0.0)
    return found

"""What stands over the lines of a matrix → where its heading begins and where its rows do. All lengths are inches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ocr.pieces import Piece

NARROW = 0.62  # marks, roles, totals and short dates are narrower
HIGH = 0.25  # of one line of text, none is higher
CENTRED = 0.055  # by which the marks of one column may differ in their middles
LETTER = 0.05  # lower pieces are dashes and dust
NEAR = 0.4  # in height, of a row's words to its marks
COLUMN = 0.5  # from the middle of the outermost column to the furthest that its heading reaches
REACH_UP = 0.28  # white between two lines of a heading; below a matrix stands more
SAME_BLOCK = 0.06  # white between pieces of one block of text
MOST_HEADING = 3.0  # from a heading to the first marks below it: the row of a cut cell may stand between
MOST_OFF = 0.12  # by which the names of a heading may stand off its middle
NAMES_APART = 0.18  # white at least once between the names of columns; between words of even width 0.16
FILLED = 0.75  # of the width of the columns of words: a sentence does, names leave white between them
LEAST_NAME = 0.12  # width of a name's words; dust is smaller
TOPPED = 0.05  # from the top of a heading to names that stand there, and not in its middle
LEAST_ROW = 0.15  # between the marks of two rows; the lowest rows of the form are 0.19 high
WRAPPED = 3  # dates of a heading that run on in a second line, below one another: one or two may be dust
WIDEST = 9.0  # of the columns of words together


@dataclass(frozen=True, slots=True)
class Line:
    """Narrow pieces that stand on one line, left to right."""

    y: float
    pieces: tuple[Piece, ...]

    def middles(self) -> tuple[float, ...]:
        return tuple(p.x for p in self.pieces)


def heading_of(group: Sequence[Line], middles: Sequence[float], pieces: Sequence[Piece]) -> tuple[float, float]:
    """Top and end of the heading over a line; the same height twice where none is found.

    What runs over several columns above them belongs to it. The names of the first columns stand in the middle of
    its height, so it ends as far below them as it began above; or at its top, and it ends above the words that follow.
    """
    letters = [p for p in pieces if LETTER <= p.height <= HIGH]
    first = group[0]
    left, right = _words_end(first, middles, letters), max(line.pieces[-1].x for line in group) + COLUMN
    over = [p for p in letters if left <= p.x0 and p.x1 <= right]
    across = [p for p in over if p.width > NARROW and 0 < first.y - p.y < MOST_HEADING]
    body_top = min(p.y0 for p in first.pieces)
    lowest = max((p.y1 for p in across), default=0.0)
    least = max(lowest, _wrapped(group))
    best = (MOST_OFF, body_top, body_top)
    for top in _tops([p for p in over if p.y1 <= lowest], lowest) if across else ():
        beside = [p for p in letters if p.x1 < middles[0] - CENTRED and p.x0 > left - WIDEST]
        names = _first_block([p for p in beside if p.y1 > top and p.width > LEAST_NAME])
        if not names:
            continue
        highest, deepest = min(p.y0 for p in names), max(p.y1 for p in names)
        if abs(highest - top) < TOPPED and _is_sentence(beside, names[0], middles[0] - min(p.x0 for p in beside)):
            continue
        end = highest + deepest - top
        if abs(highest - top) < TOPPED:
            end = min((p.y0 for p in beside if p.y0 > deepest), default=end)
        own = [p for p in letters if p.y1 > top and p.x0 > left - WIDEST and p.x1 <= right]
        for above, below in _whites(own):
            topped = abs(highest - top) < TOPPED  # of several tops the uppermost: names may stand in several lines
            off = abs(below - end) if topped else abs(above - end)
            if least <= above and (off < best[0] or (topped and off <= best[0])):
                best = (off, top, (above + below) / 2)
    return best[1], best[2]


def _wrapped(group: Sequence[Line]) -> float:
    """The height of the last line that stands no further below the one before it, in the same columns, than lines of
    one cell do: the wrapped dates of a heading, which ends below them. 0 where there is none."""
    near = (
        (a, b)
        for a, b in pairwise(group)
        if b.y - a.y < LEAST_ROW and b.y - group[0].y < MOST_HEADING and min(len(a.pieces), len(b.pieces)) >= WRAPPED
    )
    return max((b.y for a, b in near if _are_stacked(a, b)), default=0.0)


def _are_stacked(above: Line, below: Line) -> bool:
    return sum(any(abs(x - y) <= CENTRED for y in above.middles()) for x in below.middles()) >= WRAPPED


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


def _is_sentence(beside: Sequence[Piece], name: Piece, width: float) -> bool:
    """Whether what stands beside a name fills the width of the columns of words, without more white than between
    words: names of columns stand further apart."""
    first = sorted((p for p in beside if name.y0 < p.y < name.y1), key=lambda p: p.x0)
    white = max((b.x0 - a.x1 for a, b in pairwise(first)), default=0.0)
    return white < NAMES_APART and first[-1].x1 - first[0].x0 > FILLED * width


def _whites(pieces: Sequence[Piece]) -> list[tuple[float, float]]:
    """The white bands between pieces, from the bottom of those above to the top of those below."""
    found: list[tuple[float, float]] = []
    bottom = None
    for p in sorted(pieces, key=lambda p: p.y0):
        if bottom is not None and p.y0 > bottom:
            found.append((bottom, p.y0))
        bottom = max(p.y1, bottom or 0.0)
    return found

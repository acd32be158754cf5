"""A page's matrices → those that stand on it under the same heading as one of them, in inches.

The functions' matrices of a form have the same columns, dates and headings, one below the other. One of a single row,
or whose marks are blank, is told by its heading: what stands over the marks stands as wide and as far apart there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ocr.bodies import APART, LEAST_SHARED, LEVEL, SMALL, STACKED, Body, is_beside_words, is_crossed
from ocr.extents import CENTRED, COLUMN, HIGH, LETTER, NARROW, Line
from ocr.pieces import Piece

SAME = 0.06  # by which what stands over the marks may differ from one heading to the other: scans are skewed
LEAST_SAME = 0.7  # share of the heading's pieces that must be found again: worn letters join otherwise
LEAST_PIECES = 4  # of a heading, to be told by them: its name, a date, the lines of the last column's name


def with_siblings(found: Sequence[Body], pieces: Sequence[Piece]) -> list[Body]:
    """The bodies, with those under the same heading as one of them, top to bottom."""
    whole = list(found)
    for body in found:
        for top in _tops(body, pieces):
            bottom = min((other.top for other in whole if other.top > top + SAME), default=float("inf"))
            sibling = _sibling(body, top - body.top, pieces, bottom)
            if sibling and all(sibling.lines[-1].y < o.top or o.lines[-1].y < sibling.top for o in whole):
                whole.append(sibling)
    return sorted((_with_columns(body, whole) for body in whole), key=lambda b: b.top)


def _with_columns(body: Body, others: Sequence[Body]) -> Body:
    """The body with the columns of those that share most of its own, the last among them: where few marks are given,
    one body shows a column that is blank in another."""
    middles = list(body.middles)
    for other in others:
        shared = [m for m in other.middles if any(abs(m - own) <= CENTRED for own in body.middles)]
        if len(shared) >= LEAST_SHARED and abs(shared[-1] - body.middles[-1]) <= CENTRED:
            middles += [m for m in other.middles if all(abs(m - own) >= APART for own in middles)]
    return replace(body, middles=tuple(sorted(middles)))


def _tops(body: Body, pieces: Sequence[Piece]) -> list[float]:
    """Where headings as a body's begin elsewhere on the page."""
    if not body.has_heading:
        return []
    heading = [p for p in pieces if body.top - LEVEL < p.y < body.start and p.height >= LETTER]
    over = [p for p in heading if p.x0 > body.middles[0] - COLUMN and p.x1 < body.middles[-1] + COLUMN]
    across = max(over, key=lambda p: p.width, default=None)
    if across is None or across.width <= NARROW or len(over) < LEAST_PIECES:
        return []
    found = []
    for p in pieces:
        away = p.y - across.y
        if abs(away) > body.start - body.top and _is_same(p, across, away) and _stand_again(over, pieces, away):
            found.append(body.top + away)
    return found


def _stand_again(heading: Sequence[Piece], pieces: Sequence[Piece], away: float) -> bool:
    """Whether most of a heading's pieces stand so far further down, too."""
    again = sum(any(_is_same(p, own, away) for p in pieces) for own in heading)
    return again >= LEAST_SAME * len(heading)


def _is_same(piece: Piece, other: Piece, away: float) -> bool:
    ends = max(abs(piece.x0 - other.x0), abs(piece.x1 - other.x1))
    return ends <= SAME and abs(piece.y - other.y - away) <= LEVEL


def _sibling(body: Body, away: float, pieces: Sequence[Piece], bottom: float) -> Body | None:
    """The matrix under the heading that stands so far further down than a body's; `bottom`: where the next begins."""
    start, middles = body.start + away, body.middles
    small = [p for p in pieces if p.width <= SMALL and p.height <= HIGH and start < p.y < bottom]
    marks = [p for p in small if p.x > middles[0] - CENTRED]
    last = sorted((p for p in marks if p.height >= LETTER and abs(p.x - middles[-1]) <= CENTRED), key=lambda p: p.y)
    letters = sorted((p.y, p.x0, p.x1) for p in pieces if p.height >= LETTER)
    lines: list[Line] = []
    above = start
    for p, below in pairwise([*last, None]):
        assert p is not None
        stacked = below is not None and below.y - p.y < STACKED
        crossed = is_crossed(above, p.y, middles[-2:], letters)
        if stacked or crossed or not is_beside_words(p, middles[0], pieces):
            break
        level = sorted((m for m in marks if abs(m.y - p.y) <= LEVEL), key=lambda m: m.x)
        lines.append(Line(p.y, tuple(level)))
        above = p.y
    return Body(tuple(lines), middles, body.top + away, start) if lines else None

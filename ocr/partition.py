"""Lines of text → the rows of a matrix that they belong to, by the marks beside them. All lengths are inches.

The words of a row stand in the middle of its height, or begin at its top, and so do its marks; rows never overlap.
Which lines belong to which row is found for all rows and columns of words together, as the cheapest partition; how much
dearer the next best is tells how certain each row's end is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise, product
from statistics import quantiles

OFF = 0.03  # by which words may stand off their marks at no cost worth mentioning; half a line is 0.07
LOOSE = 0.02  # the same for the pitch of lines of one text
OVERLAP = 0.015  # by which rows may overlap: descenders reach into the white below
TOO_FAR = 0.13  # words further off are those of another row
DEAREST = 12.0  # cost of a broken text, or of rows that overlap
EMPTY = 6.0  # cost of a row without words in a column
UNMARKED = 2.0  # cost of a row cut by the page's end, whose marks stand on the other page
UNPARTED = 5.0  # cost of one that the white between rows does not part from its neighbour
MOST_LINES = 12  # of a cell
BEAM = 20.0  # by which a way may be dearer than the cheapest at any row, and still be followed
CERTAIN = 5.0  # by which the next best partition must be dearer


@dataclass(frozen=True, slots=True)
class Span:
    """The height that a line of text takes."""

    y0: float
    y1: float

    @property
    def y(self) -> float:
        return (self.y0 + self.y1) / 2


State = tuple[int, ...]
Column = Sequence[Span]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: for each column of words the lines from `first` up to `last`; `y` of its marks, None without any."""

    first: State
    last: State
    y: float | None
    certain: bool


@dataclass(frozen=True, slots=True)
class Cuts:
    """What is known of where rows end: whether the page may cut the first and the last one, and rules that are left
    between rows, `bars`, by their heights."""

    above: bool
    below: bool
    bars: tuple[float, ...] = ()


def rows(columns: Sequence[Column], marks: Sequence[float], cuts: Cuts) -> list[Row]:
    """The rows; those cut by the page's ends, which have no marks, only where lines are left for them."""
    above: list[float | None] = [*[None] * cuts.above, *marks]
    pitch = _pitch(columns)
    # what is set at the top of its row leaves its marks above the page's end
    ways = ((_middle_off, [*above, *[None] * cuts.below]), (_top_off, above))
    found = [_cheapest(columns, layers, _Measure(pitch, off, cuts.bars)) for off, layers in ways]
    return min(found, key=lambda f: f[0])[1]


def _pitch(columns: Sequence[Column]) -> float:
    """The distance of the lines of one text: rows are further apart."""
    steps = sorted(b.y - a.y for column in columns for a, b in pairwise(column) if b.y - a.y < 0.3)
    return quantiles(steps, n=4)[0] if len(steps) > 1 else 0.16


def _middle_off(lines: Column, y: float) -> float:
    return (lines[0].y0 + lines[-1].y1) / 2 - y


def _top_off(lines: Column, y: float) -> float:
    return lines[0].y - y


Off = Callable[[Column, float], float]


@dataclass(frozen=True, slots=True)
class _Measure:
    """How a row's words are held against its marks: the pitch of its lines, how far off they stand, rules left."""

    pitch: float
    off: Off
    bars: tuple[float, ...]

    def crossed(self, ys: Sequence[float]) -> float:
        """What it costs a row, whose lines and marks stand at those heights, that rules run through it."""
        return DEAREST * sum(min(ys) < bar < max(ys) for bar in self.bars) if ys and self.bars else 0.0


def _cheapest(columns: Sequence[Column], layers: Sequence[float | None], measure: _Measure) -> tuple[float, list[Row]]:
    """The cheapest partition of the lines into the layers, and its cost."""
    start, end = tuple(0 for _ in columns), tuple(len(c) for c in columns)
    edges: list[dict[tuple[State, State], float]] = []
    ahead: list[dict[State, float]] = [{start: 0.0}]
    for y in layers:
        step: dict[tuple[State, State], float] = {}
        to: dict[State, float] = {}

        @cache
        def cells(column: int, at: int, y: float | None = y) -> list[tuple[int, float]]:
            return list(_cells(columns[column], at, y, measure))

        for state, so_far in ahead[-1].items():
            options = [cells(column, at) for column, at in enumerate(state)]
            for after, cost in _steps(columns, (state, y), options, measure):
                step[state, after] = cost
                to[after] = min(to.get(after, float("inf")), so_far + cost)
        cheap = min(to.values()) + BEAM
        ahead.append({s: c for s, c in to.items() if c <= cheap})
        edges.append({e: c for e, c in step.items() if e[1] in ahead[-1]})
    behind = _behind(edges, end)
    best = behind[0].get(start, float("inf"))
    if best == float("inf"):
        return best, []
    return best, _traced(edges, ahead, behind, layers, start)


def _steps(
    columns: Sequence[Column],
    row: tuple[State, float | None],
    options: Sequence[Sequence[tuple[int, float]]],
    measure: _Measure,
) -> Iterator[tuple[State, float]]:
    """The states that a row, from its own state and the height of its marks, may lead to, with what it costs.
    `options`: of each column, as `_cells` has them."""
    state, y = row
    for some in product(*options):
        after = tuple(at + size for at, (size, _) in zip(state, some, strict=True))
        cost = sum(cost for _, cost in some) + _overlap(columns, state, after)
        if measure.bars:
            own = [column[i].y for column, a, b in zip(columns, state, after, strict=True) for i in {a, b - 1} if a < b]
            cost += measure.crossed(own if y is None else [*own, y])
        if y is None and after != state:
            cost += UNMARKED + (UNPARTED if _is_unparted(columns, state, after, measure.pitch) else 0.0)
        yield after, cost


def _is_unparted(columns: Sequence[Column], state: State, after: State, pitch: float) -> bool:
    """Whether a row cut by the page's end stands no further from the next one than lines of one text do."""
    ends = [(column, a if a else b) for column, a, b in zip(columns, state, after, strict=True) if b > a]
    steps = [column[at].y - column[at - 1].y for column, at in ends if 0 < at < len(column)]
    return bool(steps) and max(steps) <= pitch + LOOSE


def _cells(column: Column, at: int, y: float | None, measure: _Measure) -> Iterator[tuple[int, float]]:
    """How many lines a row may take of a column, each with its cost."""
    yield 0, 0.0 if y is None else EMPTY
    for size in range(1, min(MOST_LINES, len(column) - at) + 1):
        lines = column[at : at + size]
        loose = sum(min(DEAREST, (max(0.0, b.y - a.y - measure.pitch) / LOOSE) ** 2) for a, b in pairwise(lines))
        if y is None:
            yield size, loose
        elif abs(measure.off(lines, y)) <= TOO_FAR:
            yield size, loose + (measure.off(lines, y) / OFF) ** 2


def _overlap(columns: Sequence[Column], state: State, after: State) -> float:
    """What it costs that lines still to come begin above the end of a row."""
    bottom = max((c[b - 1].y1 for c, a, b in zip(columns, state, after, strict=True) if b > a), default=0.0)
    top = min((c[b].y0 for c, b in zip(columns, after, strict=True) if b < len(c)), default=float("inf"))
    return DEAREST * min(2.0, max(0.0, bottom - OVERLAP - top) / OVERLAP)


def _behind(edges: Sequence[dict[tuple[State, State], float]], end: State) -> list[dict[State, float]]:
    """The least cost from each state before each layer to the end; lines left over cost like broken texts."""
    last = {after for _, after in edges[-1]} if edges else set()
    costs = [{s: DEAREST * sum(e - at for e, at in zip(end, s, strict=True)) for s in last}]
    for step in reversed(edges):
        to: dict[State, float] = {}
        for (before, after), cost in step.items():
            if after in costs[0]:
                to[before] = min(to.get(before, float("inf")), costs[0][after] + cost)
        costs.insert(0, to)
    return costs


def _traced(
    edges: Sequence[dict[tuple[State, State], float]],
    ahead: Sequence[dict[State, float]],
    behind: Sequence[dict[State, float]],
    layers: Sequence[float | None],
    start: State,
) -> list[Row]:
    """The rows along the cheapest way; certain are those at whose end no other way is nearly as cheap."""
    found, state, best = [], start, behind[0][start]
    for i, y in enumerate(layers):
        after = min(
            (a for b, a in edges[i] if b == state and a in behind[i + 1]),
            key=lambda a: edges[i][state, a] + behind[i + 1][a],
        )
        others = [ahead[i + 1][s] + behind[i + 1][s] for s in ahead[i + 1] if s != after and s in behind[i + 1]]
        certain = min(others, default=float("inf")) - best >= CERTAIN and edges[i][state, after] < EMPTY
        if y is not None or after != state:
            found.append(Row(state, after, y, certain))
        state = after
    return found

"""The small cells of a whole document, each seen among its kin: two kinds of evidence that no cell alone gives.

All `SI` of a report look alike, whatever its font and its damage. Source "cluster": what the cells that look like a
cell are read as, weighted by likeness; their readings are averaged, never multiplied, so that a doubt that all of them
share stays one. A cell has no voice in its own cluster, and one that looks like no other is told nothing.

Dirt lies anywhere; marks stand where the document's surely read marks stand in their cells. Source "seat": how much
likelier than dirt is a mark, by where the ink lies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ocr import marks
from ocr.ink import Floats
from ocr.marks import BLANK, DASH, LABELS, REJECT, Sight
from ocr.records import Candidate, ReadPage, Table

CLUSTER, SEAT, PART = "cluster", "seat", "marks:part"

# Chosen by the likelihood of what was printed, on drawn reports in fonts and under damage of all kinds; broad optima.
ALIKE = 1.0  # distance of gradient histograms (of norm 4) at which two pictures still look alike
SIZE_ALIKE = 0.35  # the same of log proportions and log heights
KNOWN = 1.0  # look-alikes from which an ink is one of the document's marks, and needs no second look
SURE_ALONE = 0.97  # probability of a reading from which an ink needs none either: it may be the only one of its kind
KIN = 0.5  # look-alikes from which a cluster is believed more than not
FLOOR = 1e-3  # of a member's reading: none is certain
SURE = 0.9  # probability of print that shows where marks stand; a dash may be dirt itself
ENOUGH = 5  # such marks, for the document to show it
SEAT_WIDTH, SEAT_HEIGHT = 0.15, 0.25  # deviations of a mark's middle, in heights of a capital
LEAST_SEAT, MOST_SEAT = 0.005, 50.0  # bounds of that evidence: a mark may be misplaced, and dirt lie in its place
DIRT = 0.6  # height from which ink is no dirt: it may be a stroke over a mark, whose middle is not the mark's
ROWS_AT_ONCE = 128  # of the table of likenesses, whose size is the square of the number of cells

# Of an ink's features: its shape, log proportions and log height.
COMPARED = [*range(marks.SHAPE), *(marks.SHAPE + marks.COARSE + i for i in marks.SIZES)]
UNTOLD = [LABELS.index(BLANK), LABELS.index(REJECT)]  # what is no print makes no cluster
_UNSEATED = [LABELS.index(label) for label in (BLANK, REJECT, DASH)]


@dataclass(frozen=True, slots=True, eq=False)
class SmallInk:
    """The ink of a small cell: `table` and `cell` count within the page.

    `shares`: the mark reader's probabilities; `described`: those of the ink's features that are compared; `seat`: how
    far right of and below the cell's middle it stands; `height`: the ink's; `room`: the cell's area. Lengths in heights
    of a capital.
    `parts`: the same cell with less and less of the ink around the place of marks, where there is more than one piece.
    """

    table: int
    cell: int
    shares: Floats
    described: Floats
    seat: tuple[float, float]
    height: float
    room: float
    parts: tuple[SmallInk, ...] = ()

    @staticmethod
    def of(sight: Sight, place: tuple[int, int], shape: tuple[int, ...], char_height: float) -> SmallInk | None:
        """What was seen in the cell at `place`, whose crop has that `shape`; None for a cell without ink."""
        if sight.described is None or sight.box is None:
            return None
        x0, y0, x1, y1 = sight.box
        seat = (x0 + x1 - shape[1]) / 2 / char_height, (y0 + y1 - shape[0]) / 2 / char_height
        room = shape[0] * shape[1] / char_height**2
        kept = sight.described[COMPARED]  # a copy: a row would hold the features of all the page's inks
        return SmallInk(*place, sight.shares.copy(), kept, seat, (y1 - y0) / char_height, room)


def with_clusters(pages: Sequence[tuple[ReadPage, Sequence[SmallInk]]]) -> tuple[ReadPage, ...]:
    """The pages of one document, the evidence of all its small cells given to each."""
    found = iter(evidence([ink for _, inks in pages for ink in inks]))
    told = [{(ink.table, ink.cell): next(found) for ink in inks} for _, inks in pages]
    return tuple(_page(page, of_page) for (page, _), of_page in zip(pages, told, strict=True))


def _page(page: ReadPage, told: dict[tuple[int, int], tuple[Candidate, ...]]) -> ReadPage:
    by_table: defaultdict[int, dict[int, tuple[Candidate, ...]]] = defaultdict(dict)
    for (table, cell), candidates in told.items():
        by_table[table][cell] = candidates
    return replace(page, tables=tuple(_table(table, by_table[t]) for t, table in enumerate(page.tables)))


def _table(table: Table, told: dict[int, tuple[Candidate, ...]]) -> Table:
    cells = list(table.cells)
    for i, more in told.items():
        reading = cells[i].reading
        cells[i] = replace(cells[i], reading=replace(reading, again=(*reading.again, *more)))
    return replace(table, cells=tuple(cells))


def evidence(inks: Sequence[SmallInk]) -> list[tuple[Candidate, ...]]:
    """For each ink the candidates of both kinds of evidence, best first.

    An ink that looks like no other may be a mark and a stroke, or dirt: then its largest part that does look like
    others is what the cell says, and what the mark reader makes of that part is evidence too.
    """
    if not inks:
        return []
    every = [(i, ink) for i, whole in enumerate(inks) for ink in (whole, *whole.parts)]
    kin, shares = _kin(every, inks)
    ratios = _seat_ratios(every, inks)
    told: list[tuple[Candidate, ...]] = []
    at = 0
    for whole in inks:
        parts = range(at + 1, at + 1 + len(whole.parts))
        doubtful = kin[at] < KNOWN and whole.shares.max() < SURE_ALONE
        best = next((k for k in parts if kin[k] >= KNOWN and ratios[k] > 1), at) if doubtful else at
        part = Sight(every[best][1].shares).candidates(PART) if best != at else ()
        told.append((*part, *_cluster_candidates(kin[best], shares[best]), *_seat_candidates(ratios[best])))
        at += 1 + len(whole.parts)
    return told


# ---------------------------------------------------------------- look-alikes


def _kin(every: Sequence[tuple[int, SmallInk]], inks: Sequence[SmallInk]) -> tuple[Floats, Floats]:
    """For each of `every` ink, given with the number of its cell's among `inks`: how many of these look like it, a
    likeness of 1 each; and the mean of what they are read as. A cell has no voice in its own cluster."""
    read = np.stack([ink.shares for ink in inks])
    voice = 1 - read[:, UNTOLD].sum(axis=1)
    read[:, UNTOLD] = 0
    read = np.log((read + FLOOR) / (read + FLOOR).sum(axis=1, keepdims=True))
    voters, owners = _points(inks), np.array([owner for owner, _ in every])
    kin, means = np.empty(len(every), np.float32), np.empty((len(every), len(LABELS)), np.float32)
    for start in range(0, len(every), ROWS_AT_ONCE):
        some = slice(start, start + ROWS_AT_ONCE)
        weights = _likeness(_points([ink for _, ink in every[some]]), voters) * voice
        weights[np.arange(len(weights)), owners[some]] = 0
        kin[some] = weights.sum(axis=1)
        means[some] = weights @ read / np.maximum(kin[some], 1e-9)[:, None]
    means = np.exp(means)
    means[:, UNTOLD] = 0
    return kin, means / means.sum(axis=1, keepdims=True)


def _points(inks: Sequence[SmallInk]) -> Floats:
    """What is compared: shapes and sizes, in distances at which they look alike."""
    described = np.stack([ink.described for ink in inks])
    shapes, sizes = described[:, : marks.SHAPE], described[:, marks.SHAPE :]
    return np.concatenate([shapes / ALIKE, sizes / SIZE_ALIKE], axis=1)


def _likeness(some: Floats, every: Floats) -> Floats:
    squares = (some**2).sum(axis=1)[:, None] + (every**2).sum(axis=1)[None] - 2 * some @ every.T
    return np.asarray(np.exp(-np.maximum(squares, 0) / 2), np.float32)


def _cluster_candidates(kin: float, share: Floats) -> tuple[Candidate, ...]:
    """What the look-alikes are read as, and as "cannot tell" how far they are from being enough."""
    believed = float(kin / (kin + KIN))
    shares = share * np.float32(believed)
    shares[LABELS.index(REJECT)] = 1 - believed
    return Sight(shares).candidates(CLUSTER)


# ---------------------------------------------------------------- seats


def _seat_ratios(every: Sequence[tuple[int, SmallInk]], inks: Sequence[SmallInk]) -> Floats:
    """For each of `every` ink how many times likelier it lies there as a mark than as dirt, which lies anywhere."""
    sure = sure_of_print([ink.shares for ink in inks])
    if sure.sum() < ENOUGH:
        return np.ones(len(every), np.float32)
    spread = SEAT_WIDTH, SEAT_HEIGHT
    seats, known = (np.array([ink.seat for ink in some], np.float32) / spread for some in ([e for _, e in every], inks))
    peak = 1 / (2 * np.pi * SEAT_WIDTH * SEAT_HEIGHT)
    owners, printed = np.array([owner for owner, _ in every]), np.nonzero(sure)[0]
    density = np.empty(len(every))
    for start in range(0, len(every), ROWS_AT_ONCE):
        some = slice(start, start + ROWS_AT_ONCE)
        likeness = np.exp(-((seats[some, None] - known[None, sure]) ** 2).sum(axis=2) / 2)
        own = owners[some, None] == printed[None]
        density[some] = peak * np.where(own, 0, likeness).sum(axis=1) / (sure.sum() - own.any(axis=1))
    least = [1.0 if ink.height > DIRT else LEAST_SEAT for _, ink in every]
    return np.asarray(np.clip(density * [ink.room for _, ink in every], least, MOST_SEAT), np.float32)


def sure_of_print(shares: Sequence[Floats]) -> NDArray[np.bool_]:
    """Which of these readings are surely print, and so show where marks stand."""
    return np.asarray(np.stack(shares)[:, _UNSEATED].sum(axis=1) < 1 - SURE)


def _seat_candidates(ratio: float) -> tuple[Candidate, ...]:
    printed = float(ratio / (1 + ratio))
    both = Candidate(REJECT, printed, SEAT), Candidate(BLANK, 1 - printed, SEAT)
    return both if ratio >= 1 else both[::-1]

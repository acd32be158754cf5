"""Where the matrices stand on the pages, and what stands in or beside them without belonging to any of their cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ocr.records import Box, Reading, Residual, ResidualKind, TextLine, Word
from parsers.lexicon import ROLE_FORMS, fold_mark, is_count, tidy
from parsers.records import ColumnReading, MatrixKind, SortedReadings

REACH = 3.0  # of the matrix's tallest row on the page: rows that lost their rules begin no farther from it
WITNESSES = 2  # narrow columns over or under which one line must have something like a mark to be a row of the matrix
SAME_LINE = 0.7  # of a word's height
PRINT = 0.45  # the engine's confidence in a word; letters in the grain along a photographed sheet's edge have less
HEADER = -1  # the row of a date cell
ROLE, TOTAL = -1, -2  # in place of a session column
ROLES = frozenset(role for role in ROLE_FORMS if role)

BoxedWord = tuple[Word, Box]


@dataclass(frozen=True, slots=True)
class Spot:
    """A narrow cell of a matrix: `row` (0-based, HEADER for a date), `column` (0-based session column, ROLE, TOTAL)."""

    matrix: MatrixKind
    row: int
    column: int
    page: int
    box: Box


def spots(readings: SortedReadings) -> tuple[Spot, ...]:
    """All narrow cells of all matrices that stand in boxes."""
    return tuple(_spots(readings))


def _spots(readings: SortedReadings) -> Iterator[Spot]:
    if readings.attendance:
        kind = MatrixKind.ATTENDANCE
        yield from _header(kind, readings.attendance.columns)
        for i, row in enumerate(readings.attendance.rows):
            yield from _row(kind, i, [(ROLE, row.role), *enumerate(row.marks), (TOTAL, row.total)])
    for matrix in readings.functions:
        yield from _header(matrix.kind, matrix.columns)
        for i, function in enumerate(matrix.rows):
            yield from _row(matrix.kind, i, [*enumerate(function.marks), (TOTAL, function.addressed)])


def _header(kind: MatrixKind, columns: Sequence[ColumnReading]) -> Iterator[Spot]:
    return _row(kind, HEADER, enumerate(c.date for c in columns))


def _row(kind: MatrixKind, row: int, cells: Iterable[tuple[int, Reading]]) -> Iterator[Spot]:
    for column, reading in cells:
        for place in reading.places:
            if place.box:
                yield Spot(kind, row, column, place.page, place.box)


def touched(residual: Residual, cells: Sequence[Spot]) -> tuple[Spot, ...]:
    """The narrow cells that a residual reaches into, dates not among them; a mark is in the one around its middle."""
    box = residual.place.box
    if box is None:
        return ()
    here = [s for s in cells if s.page == residual.place.page and s.row != HEADER]
    if residual.kind is ResidualKind.MARK:
        return tuple(s for s in here if s.box.contains(*box.center))
    return tuple(s for s in here if _overlap(s.box, box))


def _overlap(a: Box, b: Box) -> bool:
    return a.x0 < b.x1 and b.x0 < a.x1 and a.y0 < b.y1 and b.y0 < a.y1


# ---------------------------------------------------------------- rows outside


def pages_with_lost_rows(lines: Sequence[TextLine], cells: Sequence[Spot]) -> tuple[int, ...]:
    """Pages on which rows stand outside the matrices, as rows do whose rules were lost.

    `lines`: those that ended in no value. They hold marks in line with the columns of a matrix that stands near them or
    on the next page to either side; or marks side by side in several lines, whatever stands elsewhere.
    """
    found = set()
    for page, words in _words(lines).items():
        if sum(len(row) >= WITNESSES for row in _rows([(w, 0) for w in words if fold_mark(_bare(w[0].text))])) > 1:
            found.add(page)
        for kind in MatrixKind:
            own = [s for s in cells if s.matrix is kind and s.page == page]
            beside = [s for s in cells if s.matrix is kind and abs(s.page - page) == 1]
            near = [w for w in words if _is_near(w, own)] if own else words
            if any(len(set(row)) >= WITNESSES for row in _rows(_in_columns(near, _columns(own or beside)))):
                found.add(page)
    return tuple(sorted(found))


def _words(lines: Sequence[TextLine]) -> dict[int, list[BoxedWord]]:
    """The words that may be marks, by page."""
    words: dict[int, list[BoxedWord]] = defaultdict(list)
    for line in lines:
        words[line.place.page] += [(w, w.box) for w in line.words if w.box and _is_print(w) and _is_like_mark(w, w.box)]
    return words


def _is_print(word: Word) -> bool:
    return word.confidence is None or word.confidence >= PRINT


def _is_like_mark(word: Word, box: Box) -> bool:
    """Whether a word may be a mark, a role or a total. Blanks to be ticked are drawn as lines, which no matrix has; a
    dash that is higher than wide is a stroke of the pen."""
    bare = _bare(word.text)
    mark = fold_mark(bare)
    if "_" in word.text or (mark == "-" and box.height > box.width):
        return False
    return bool(mark) or bare in ROLES or is_count(bare)


def _bare(text: str) -> str:
    """A small word without what the rules around it left; engines read a lone "X" as "Xx"."""
    bare = tidy(text)
    return "X" if bare == "XX" else bare


def _is_near(word: BoxedWord, own: Sequence[Spot]) -> bool:
    """Whether a word stands above or below the matrix, and no farther than its rows are high."""
    area = Box.around(s.box for s in own)
    reach = REACH * max(s.box.height for s in own)
    y = word[1].center[1]
    return area.y0 - reach <= y <= area.y1 + reach and not area.y0 <= y <= area.y1


def _columns(own: Sequence[Spot]) -> dict[int, tuple[float, float]]:
    """Where each narrow column stands on the page, left to right."""
    edges: dict[int, list[Box]] = defaultdict(list)
    for spot in own:
        edges[spot.column].append(spot.box)
    middle = {c: sorted(boxes, key=lambda b: b.x0)[len(boxes) // 2] for c, boxes in edges.items()}
    return {c: (box.x0, box.x1) for c, box in middle.items()}


def _in_columns(words: Sequence[BoxedWord], columns: dict[int, tuple[float, float]]) -> list[tuple[BoxedWord, int]]:
    """The words that stand in one of the columns, and in which."""
    placed = ((w, [c for c, (x0, x1) in columns.items() if x0 <= w[1].center[0] < x1]) for w in words)
    return [(w, found[0]) for w, found in placed if found]


def _rows(words: Sequence[tuple[BoxedWord, int]]) -> list[list[int]]:
    """The words by the height at which they stand; of each what it came with."""
    rows: list[tuple[Box, list[int]]] = []
    for (_, box), column in sorted(words, key=lambda w: w[0][1].center[1]):
        if rows and abs(box.center[1] - rows[-1][0].center[1]) < SAME_LINE * box.height:
            rows[-1][1].append(column)
        else:
            rows.append((box, [column]))
    return [row for _, row in rows]

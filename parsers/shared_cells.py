"""Cells of words that run over several rows, since the rules between them were lost, parted by the rows beside them.

The rows are known by their small cells, whose rules stand; each line of the words stands at the height of its row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ocr.records import Box, Candidate, Cell, Place, Reading, TextLine
from parsers.fragments import Column, ColumnKind, Fragment, cells_in
from parsers.kin import ends_a_row

WORDS = (ColumnKind.ENTITY, ColumnKind.POSITION, ColumnKind.TEXT)  # sectors do span rows


def with_cells_parted(part: Fragment) -> Fragment:
    """The fragment, each row with its own words where a cell runs over several whole rows and parts into their words:
    a line for each at least, and all but the first begin as names and functions do."""
    cells: list[Cell] = []
    shared = {id(c) for column in part.columns if column.kind in WORDS for c in _shared(part, column)}
    for cell in part.table.cells:
        cells += (_parted(part, cell) if id(cell) in shared else ()) or (cell,)
    return replace(part, table=replace(part.table, cells=tuple(cells))) if shared else part


def _shared(part: Fragment, column: Column) -> list[Cell]:
    """The cells of a column that run over several rows, each of which ends as rows do."""
    rows = range(part.header_rows, part.table.rows)
    own = (c for row in rows for c in cells_in(part.table, column, row) if c.row == row and c.row_span > 1)
    return [c for c in own if all(ends_a_row(part, row) for row in range(c.row, c.row + c.row_span))]


def _parted(part: Fragment, cell: Cell) -> tuple[Cell, ...]:
    """The cell as one for each row that it spans; none where its lines do not make so many."""
    heights = [_height(part, row) for row in range(cell.row, cell.row + cell.row_span)]
    lines = [[line for line in cell.lines if y0 <= _middle(line) < y1] for y0, y1 in heights]
    whole = sum(map(len, lines)) == len(cell.lines) and all(lines) and all(_begins(own) for own in lines[1:])
    if not whole or not cell.reading.candidates:
        return ()
    said = cell.reading.candidates[0]
    pieces = []
    for i, (own, (y0, y1)) in enumerate(zip(lines, heights, strict=True)):
        box = Box(cell.box.x0, y0, cell.box.x1, y1)
        text = Candidate("\n".join(line.text for line in own), said.confidence, said.source)
        reading = Reading((text,), (Place(part.table.page, box),))
        pieces.append(replace(cell, row=cell.row + i, row_span=1, box=box, reading=reading, lines=tuple(own)))
    return tuple(pieces)


def _height(part: Fragment, row: int) -> tuple[float, float]:
    """Where a row begins and ends, by its last cell."""
    last = cells_in(part.table, part.columns[-1], row)
    return min(c.box.y0 for c in last), max(c.box.y1 for c in last)


def _middle(line: TextLine) -> float:
    """The height at which a line stands; outside every row where that is not known."""
    return line.place.box.center[1] if line.place.box else -1.0


def _begins(lines: Sequence[TextLine]) -> bool:
    """Whether lines begin with a capital: what goes on from the row above does not."""
    letters = [c for line in lines for c in line.text if c.isalpha()]
    return bool(letters) and letters[0].isupper()

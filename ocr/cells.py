"""Lattice → cells with their spans: pure arithmetic on edges.

Two neighbouring fields of the lattice belong to one cell where no rule parts them.
"""

from __future__ import annotations

from ocr.grid import Lattice
from ocr.records import Box, Cell


def cells(lattice: Lattice) -> tuple[Cell, ...]:
    """The cells of a table, row by row; each is a rectangle of lattice fields."""
    rows, columns = len(lattice.ys) - 1, len(lattice.xs) - 1
    taken = [[False] * columns for _ in range(rows)]
    found = []
    for row in range(rows):
        for column in range(columns):
            if taken[row][column]:
                continue
            height, width = _span(lattice, taken, row, column)
            for i in range(row, row + height):
                taken[i][column : column + width] = [True] * width
            box = Box(lattice.xs[column], lattice.ys[row], lattice.xs[column + width], lattice.ys[row + height])
            found.append(Cell(row, column, box, height, width))
    return tuple(found)


def _span(lattice: Lattice, taken: list[list[bool]], row: int, column: int) -> tuple[int, int]:
    """Rows and columns that the cell starting here covers: rightwards first, then down while no rule crosses it."""
    rows, columns = len(lattice.ys) - 1, len(lattice.xs) - 1
    width = 1
    while column + width < columns and not lattice.plumb[row][column + width] and not taken[row][column + width]:
        width += 1
    height = 1
    while row + height < rows and _runs_on(lattice, taken, row + height, column, width):
        height += 1
    return height, width


def _runs_on(lattice: Lattice, taken: list[list[bool]], row: int, column: int, width: int) -> bool:
    """Whether a cell of this width goes on into `row`: no rule above it, none through it, nothing there yet."""
    fields = range(column, column + width)
    return not any(lattice.level[row][j] or taken[row][j] for j in fields) and not any(
        lattice.plumb[row][j] for j in list(fields)[1:]
    )

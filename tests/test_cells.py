"""Cells out of lattices: the arithmetic of spans."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ocr.cells import cells
from ocr.grid import Lattice
from ocr.records import Cell

Spans = dict[tuple[int, int], tuple[int, int]]


def lattice(rows: int, columns: int) -> Lattice:
    """A full lattice, rows 10 high and columns 100 wide."""
    return Lattice(
        ys=tuple(10.0 * i for i in range(rows + 1)),
        xs=tuple(100.0 * j for j in range(columns + 1)),
        level=((True,) * columns,) * (rows + 1),
        plumb=((True,) * (columns + 1),) * rows,
    )


def without(full: Lattice, level: tuple[tuple[int, int], ...] = (), plumb: tuple[tuple[int, int], ...] = ()) -> Lattice:
    """The lattice without some rules: (row, column) of the field below a level rule, or right of a plumb one."""
    across = tuple(tuple(v and (i, j) not in level for j, v in enumerate(r)) for i, r in enumerate(full.level))
    down = tuple(tuple(v and (i, j) not in plumb for j, v in enumerate(r)) for i, r in enumerate(full.plumb))
    return replace(full, level=across, plumb=down)


def spans(found: tuple[Cell, ...]) -> Spans:
    return {(c.row, c.column): (c.row_span, c.column_span) for c in found}


def test_a_full_lattice_gives_a_cell_for_each_field_row_by_row() -> None:
    found = cells(lattice(2, 3))
    assert [(c.row, c.column) for c in found] == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert set(spans(found).values()) == {(1, 1)}
    last = found[-1].box
    assert (last.x0, last.y0, last.x1, last.y1) == (200, 10, 300, 20)


def test_a_merged_first_column_spans_its_rows() -> None:
    found = cells(without(lattice(3, 2), level=((1, 0), (2, 0))))
    assert spans(found) == {(0, 0): (3, 1), (0, 1): (1, 1), (1, 1): (1, 1), (2, 1): (1, 1)}
    assert found[0].box.height == 30


def test_a_stacked_heading_spans_columns_above_its_own() -> None:
    found = cells(without(lattice(2, 4), level=((1, 0),), plumb=((0, 2), (0, 3))))
    assert spans(found) == {(0, 0): (2, 1), (0, 1): (1, 3), (1, 1): (1, 1), (1, 2): (1, 1), (1, 3): (1, 1)}


def test_a_block_without_inner_rules_is_one_cell() -> None:
    bare = without(lattice(2, 2), level=((1, 0), (1, 1)), plumb=((0, 1), (1, 1)))
    assert spans(cells(bare)) == {(0, 0): (2, 2)}


def test_a_wide_cell_stops_where_a_rule_stands_in_the_row_below() -> None:
    bent = without(lattice(2, 2), level=((1, 0), (1, 1)), plumb=((0, 1),))
    assert spans(cells(bent)) == {(0, 0): (1, 2), (1, 0): (1, 1), (1, 1): (1, 1)}


def test_a_wide_cell_stops_where_a_rule_stands_under_part_of_it() -> None:
    bent = without(lattice(2, 2), level=((1, 0),), plumb=((0, 1), (1, 1)))
    assert spans(cells(bent)) == {(0, 0): (1, 2), (1, 0): (1, 2)}


@pytest.mark.parametrize("missing", [((1, 1),), ((1, 0), (1, 1)), ((2, 1), (1, 2))])
def test_cells_cover_every_field_once(missing: tuple[tuple[int, int], ...]) -> None:
    found = cells(without(lattice(3, 3), level=missing, plumb=((0, 1), (1, 2), (2, 1))))
    fields = [
        (i, j)
        for c in found
        for i in range(c.row, c.row + c.row_span)
        for j in range(c.column, c.column + c.column_span)
    ]
    assert sorted(fields) == [(i, j) for i in range(3) for j in range(3)]

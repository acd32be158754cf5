"""Matrices whose rules vanished in a black-and-white scan: rows and columns come from how their text is aligned."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from ocr import alignment, cells, grid, merged, pages, partition, readings, siblings, witnesses
from ocr.aligned import aligned
from ocr.bodies import Body, bodies
from ocr.extents import Line
from ocr.headings import Columns
from ocr.middles import are_regular
from ocr.partition import Span
from ocr.pieces import Piece, pieces
from ocr.records import Box
from tests import damage, forms
from tests.form_layout import DrawnCell
from tests.form_style import Style

SEEDS = (404, 412)
SMALL = {"role", "mark", "total", "addressed"}


@cache
def faint(seed: int, condition: str) -> tuple[forms.DrawnReport, tuple[pages.Page, ...]]:
    """A report with rules so thin and grey that the scan drops them, and its pages."""
    report = forms.draw(seed, replace(Style.random(random.Random(f"style {seed}")), rule=3, rule_grey=0.55))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.pdf"
        path.write_bytes(damage.scan(report.pdf, condition, seed))
        return report, tuple(pages.load_pages(path))


def on_page(cell: DrawnCell, page: pages.Page) -> tuple[float, float]:
    """The middle of a drawn cell in pixels of the upright page: the scan's own skew moves it by a few points."""
    x, y = (cell.box[0] + cell.box[2]) / 2, (cell.box[1] + cell.box[3]) / 2
    u, v, w = np.linalg.inv(np.array(page.frame.to_source).reshape(3, 3)) @ (x, y, 1.0)
    return float(u / w), float(v / w)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("condition", ["bilevel300", "fax200"])
def test_every_mark_has_a_cell_of_its_own_where_no_rule_is_left(seed: int, condition: str) -> None:
    report, scanned = faint(seed, condition)
    for page in scanned:
        assert not any(t.plumb and len(t.xs) > 4 for t in grid.lattices(page.grey, page.frame.dpi))
        boxes = [c.box for t in readings.page_lattices(page) for c in cells.cells(t)]
        drawn = [c for c in report.cells if c.page == page.frame.number and c.kind in SMALL and c.text]
        found = [[b for b in boxes if _holds(b, on_page(c, page))] for c in drawn]
        assert all(len(some) == 1 for some in found)
        assert len({some[0] for some in found}) == len(drawn)


def _holds(box: Box, point: tuple[float, float]) -> bool:
    return box.x0 <= point[0] < box.x1 and box.y0 <= point[1] < box.y1


@pytest.mark.parametrize("seed", SEEDS)
def test_a_table_built_without_rules_says_so(seed: int) -> None:
    for page in faint(seed, "bilevel300")[1]:
        assert not any(t.ruled for t in readings.page_lattices(page) if len(t.xs) > 4)


def test_rules_that_stand_are_kept() -> None:
    report = forms.draw(404, replace(Style.random(random.Random("style 404")), rule=8, rule_grey=0.0))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.pdf"
        path.write_bytes(damage.scan(report.pdf, "bilevel300", 404))
        for page in pages.load_pages(path):
            dpi = page.frame.dpi
            ruled = grid.lattices(page.grey, dpi)
            assert witnesses.with_aligned(ruled, page.grey, dpi) == list(ruled)


def test_headings_are_no_rows() -> None:
    report, scanned = faint(412, "bilevel300")
    truth = sorted({round(c.box[1]) for c in report.cells if c.page == 2 and c.kind == "total" and c.text})
    (body,) = bodies(pieces(scanned[1].grey, scanned[1].frame.dpi))
    assert len(body.lines) == len(truth)
    assert body.has_heading


# ---------------------------------------------------------------- rows by their words


def block(top: float, lines: int, pitch: float = 0.16) -> list[Span]:
    return [Span(top + i * pitch, top + i * pitch + 0.1) for i in range(lines)]


def middle(lines: list[Span]) -> float:
    return (lines[0].y0 + lines[-1].y1) / 2


def test_words_go_to_the_marks_in_whose_middle_they_stand() -> None:
    a, b, c = block(1.0, 3), block(1.53, 1), block(1.75, 2)
    rows = partition.rows([[*a, *b, *c]], [middle(a), middle(b), middle(c)], partition.Cuts(above=True, below=False))
    assert [(r.first, r.last) for r in rows] == [((0,), (3,)), ((3,), (4,)), ((4,), (6,))]
    assert all(r.certain for r in rows)


def test_words_above_the_first_marks_are_the_rest_of_a_row_cut_by_the_page() -> None:
    rest, a = block(1.0, 1), block(1.22, 2)
    rows = partition.rows([[*rest, *a]], [middle(a)], partition.Cuts(above=True, below=False))
    assert [r.y for r in rows] == [None, middle(a)]


def test_marks_without_words_are_not_certain() -> None:
    a = block(1.0, 2)
    rows = partition.rows([a], [middle(a), 1.6], partition.Cuts(above=False, below=False))
    assert [r.certain for r in rows] == [True, False]


def test_words_that_fit_two_rows_alike_are_not_certain() -> None:
    one = block(1.0, 1)
    rows = partition.rows([one], [0.95, 1.15], partition.Cuts(above=False, below=False))
    assert not all(r.certain for r in rows)


def test_marks_beside_a_scrap_alone_make_no_table() -> None:
    """A worn copy's: no word stands clear of the first column of marks, so that nothing says where words end."""
    marks = [[Piece(x, y, x + 0.1, y + 0.1) for x in (4.0, 4.5, 5.0)] for y in (2.0, 2.3)]
    body = Body(tuple(Line(line[0].y, tuple(line)) for line in marks), (4.05, 4.55, 5.05), top=1.5, start=1.9)
    scrap = Piece(3.6, 2.0, 3.9, 2.1)
    assert aligned(body, [scrap, *marks[0], *marks[1]], height=11.0) is None


def test_running_text_is_no_matrix() -> None:
    lines = [Piece(1.0 + i % 3 * 0.1, 1 + i * 0.2, 6.5, 1.1 + i * 0.2) for i in range(20)]
    assert bodies(lines) == []


# ---------------------------------------------------------------- tables whose rules part some of it

DPI = 200


def half_ruled(seed: int) -> tuple[pages.Page, list[grid.Lattice], grid.Lattice]:
    """A clean page, its tables, and the attendance matrix without the rule between its columns of words."""
    report = forms.draw(seed, replace(Style.random(random.Random(f"style {seed}")), rule=8, rule_grey=0.0))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.pdf"
        path.write_bytes(damage.scan(report.pdf, "clean300", seed))
        page = next(pages.load_pages(path))
    found = list(grid.lattices(page.grey, page.frame.dpi))
    matrix = max(found, key=lambda t: len(t.xs))
    return page, found, matrix


def without_column(table: grid.Lattice, column: int) -> grid.Lattice:
    return replace(
        table,
        xs=(*table.xs[:column], *table.xs[column + 1 :]),
        level=tuple((*row[:column], *row[column + 1 :]) for row in table.level),
        plumb=tuple((*row[:column], *row[column + 1 :]) for row in table.plumb),
    )


def test_names_that_no_rule_parts_are_parted_by_alignment_and_the_rest_by_its_rules() -> None:
    page, found, matrix = half_ruled(404)
    joined = without_column(matrix, 2)  # what stands between entity and position
    given = [joined if t is matrix else t for t in found]
    (mended,) = (t for t in witnesses.with_aligned(given, page.grey, page.frame.dpi) if t.ys == matrix.ys)
    assert len(mended.xs) == len(matrix.xs)
    assert set(joined.xs) < set(mended.xs)
    assert abs(mended.xs[2] - matrix.xs[2]) < witnesses.LEFTOVER * page.frame.dpi
    assert not mended.ruled


def test_what_is_left_of_a_rule_is_no_column_of_marks() -> None:
    page, _, matrix = half_ruled(404)
    dpi = page.frame.dpi
    rule = matrix.xs[-2] / dpi
    stub = Piece(rule - 0.01, matrix.ys[-1] / dpi - 0.2, rule + 0.01, matrix.ys[-1] / dpi - 0.1)
    beside = Piece(rule + 0.1, stub.y0, rule + 0.12, stub.y1)
    assert witnesses._is_of_a_rule(stub, matrix, dpi)
    assert not witnesses._is_of_a_rule(beside, matrix, dpi)


def test_an_arc_in_one_row_is_no_column() -> None:
    page = np.full((900, 900), 255, np.uint8)
    ys, xs = (100.0, 200.0, 300.0, 400.0, 500.0), (100.0, 400.0, 700.0)
    lattice = grid.Lattice(ys, xs, ((True, True),) * 5, ((True, True, True),) * 4)
    for y in (250, 350, 450):
        page[y - 10 : y + 10, 480:500] = 0  # marks
    page[480:495, 640:655] = 0  # the arc of a stamp, in the last row
    assert alignment.with_parted_columns(lattice, page, DPI) == lattice
    page[240:255, 640:655] = 0  # in a second row too: a column of marks
    assert len(alignment.with_parted_columns(lattice, page, DPI).xs) == 4


# ---------------------------------------------------------------- what the alignment of a whole matrix shows


def printed(x: float, y: float, width: float, height: float = 0.09) -> Piece:
    """A piece by its middle."""
    return Piece(x - width / 2, y - height / 2, x + width / 2, y + height / 2)


def functions_matrix(marked: list[list[bool]], columns: int = 4) -> list[Piece]:
    """A functions' matrix of `columns` sessions, 0.8 apart from x = 5: which of its cells are marked, row by row."""
    found = [printed(2.5, 2.15, 1.4), printed(5 + 0.4 * (columns - 1), 2.0, 2.2), printed(5 + 0.8 * columns, 2.15, 0.3)]
    found += [printed(5 + 0.8 * k, 2.3, 0.55) for k in range(columns) if any(row[k] for row in marked)]
    for i, row in enumerate(marked):
        y = 2.7 + 0.4 * i
        found += [printed(2.4, y, 2.8), printed(5 + 0.8 * columns, y, 0.13)]
        found += [printed(5 + 0.8 * k, y, 0.08) for k, x in enumerate(row) if x]
    return found


def test_a_row_that_left_its_marks_blank_is_a_row() -> None:
    some = functions_matrix([[True] * 4, [False] * 4, [True] * 4, [False] * 4])
    (body,) = bodies(some)
    assert [round(line.y, 1) for line in body.lines] == [2.7, 3.1, 3.5, 3.9]
    lattice = aligned(body, some, 11)
    assert lattice
    assert len(lattice.ys) == 3 + 4


@pytest.mark.parametrize("held", [[0, 1], [2, 3], [0, 1, 3]], ids=["last", "first", "between"])
def test_columns_blank_from_top_to_bottom_are_columns(held: list[int]) -> None:
    some = functions_matrix([[k in held for k in range(4)]] * 3)
    (body,) = bodies(some)
    lattice = aligned(body, some, 11)
    assert lattice
    assert lattice.certain
    assert [round(x, 1) for x in lattice.xs[1:6]] == [4.6, 5.4, 6.2, 7.0, 7.8]


def test_names_at_the_top_of_a_heading_do_not_end_it() -> None:
    some = [printed(2.5, 2.0, 1.4) if p.y == 2.15 and p.x == 2.5 else p for p in functions_matrix([[True] * 4] * 3)]
    (body,) = bodies(some)
    assert 2.35 < body.start < 2.65
    assert len(body.lines) == 3


def test_a_rule_that_is_left_parts_what_alignment_alone_would_not() -> None:
    one = block(1.0, 2)
    marks = [0.95, 1.15]
    found = partition.rows([one], marks, partition.Cuts(above=False, below=False, bars=(1.13,)))
    assert [(r.first, r.last) for r in found] == [((0,), (1,)), ((1,), (2,))]


def in_rows(spans: list[int], *, at_the_top: bool) -> tuple[list[Span], list[Span], list[float]]:
    """First cells over so many rows each, of 0.5: their lines, those of the bodies beside, and the rows' bounds."""
    bounds = [2.5 + 0.5 * i for i in range(sum(spans) + 1)]
    beside = [line for top in bounds[:-1] for line in block(top + 0.04, 3, 0.15)]
    lines: list[Span] = []
    for first, rows in zip(accumulate([0, *spans]), spans, strict=False):
        own = block(0.0, 2, 0.15)
        down = bounds[first] + 0.04 if at_the_top else (bounds[first] + bounds[first + rows]) / 2 - middle(own)
        lines += [Span(s.y0 + down, s.y1 + down) for s in own]
    return lines, beside, bounds


@pytest.mark.parametrize("at_the_top", [True, False], ids=["top", "middle"])
@pytest.mark.parametrize("spans", [[3, 2, 1, 2], [1, 4, 1], [2, 1, 1, 3]], ids=str)
def test_first_cells_span_rows_as_the_form_sets_their_texts(spans: list[int], at_the_top: bool) -> None:
    wanted = [cell for cell, rows in enumerate(spans) for _ in range(rows)]
    assert merged.cells(*in_rows(spans, at_the_top=at_the_top)) == wanted


def test_a_column_beside_a_ruled_table_is_none_of_its_own() -> None:
    def lattice(*xs: float) -> grid.Lattice:
        ys, spans = (1.0, 2.0, 3.0, 4.0), len(xs) - 1
        return grid.Lattice(ys, xs, ((True,) * spans,) * len(ys), ((True,) * len(xs),) * (len(ys) - 1))

    dpi = 100
    ruled = lattice(1.0, 4.0, 5.0, 6.0, 7.0).scaled(dpi)
    stamped = lattice(0.5, 1.0, 4.0, 5.0, 6.0, 7.0)  # arcs left of the table, in line with one another
    body = Body((Line(2.5, ()), Line(3.5, ())), (4.5, 5.5, 6.5), 1.0, 2.0)
    paper = np.full((500, 800), 255, np.uint8)
    table = witnesses._with_names_parted(ruled, stamped, body, paper, dpi)
    assert table == ruled
    parted = witnesses._with_names_parted(ruled, lattice(1.0, 1.5, 4.0, 5.0, 6.0, 7.0), body, paper, dpi)
    assert [len(edge) for edge in parted.level] == [len(parted.xs) - 1] * len(parted.ys) == [5] * 4


# ---------------------------------------------------------------- matrices under the same heading, wrapped headings


def test_a_single_row_under_a_heading_that_stands_twice_is_a_matrix() -> None:
    first = functions_matrix([[True] * 4] * 3)
    second = [Piece(p.x0, p.y0 + 3, p.x1, p.y1 + 3) for p in functions_matrix([[True, False, False, False]])]
    dates = [printed(5 + 0.8 * k, 5.3, 0.55) for k in range(1, 4)]
    name = [printed(5.7, 2.0, 0.4), printed(5.7, 5.0, 0.4)]
    some = [*first, *second, *dates, *name]
    found = siblings.with_siblings(bodies(some), some)
    assert [[round(line.y, 1) for line in body.lines] for body in found] == [[2.7, 3.1, 3.5], [5.7]]
    assert [len(body.middles) for body in found] == [5, 5]
    alone = [p for p in some if p not in dates]  # another heading
    assert len(siblings.with_siblings(bodies(alone), alone)) == 1


def test_a_column_that_one_matrix_shows_another_of_the_page_has_too() -> None:
    whole = Body((), (5.0, 5.8, 6.6, 8.2), top=2.0, start=2.5)
    less = Body((), (5.0, 6.6, 8.2), top=5.0, start=5.5)
    other = Body((), (4.1, 5.0, 6.6, 7.4), top=8.0, start=8.5)
    found = siblings.with_siblings([whole, less, other], [])
    assert [body.middles for body in found] == [whole.middles, whole.middles, other.middles]


def test_wrapped_dates_are_a_heading_and_no_rows() -> None:
    some = [printed(p.x, 2.2, p.width) if p.y == 2.15 else p for p in functions_matrix([[True] * 4] * 3)]
    some += [printed(5 + 0.8 * k, 2.42, 0.2) for k in range(4)]
    (body,) = bodies(some)
    assert [round(line.y, 1) for line in body.lines] == [2.7, 3.1, 3.5]


@pytest.mark.parametrize(
    ("marks", "regular"),
    [((5.0, 5.8, 6.6, 7.4), True), ((5.0, 5.8, 7.4, 8.2), False), ((5.0,), True)],
    ids=["even", "one missing", "one alone"],
)
def test_columns_of_marks_are_as_far_apart_as_one_another(marks: tuple[float, ...], regular: bool) -> None:
    role, total = marks[0] - 0.5, marks[-1] + 0.6
    edges = tuple(float(i) for i in range(len(marks) + 6))
    assert are_regular(Columns(edges, 3, (role, *marks, total))) is regular


def test_words_of_a_justified_text_are_no_column_of_marks() -> None:
    """Set in a type of even width, its words stand one below the other."""
    some = functions_matrix([[True] * 4] * 4)
    some = [p for p in some if p.width < 2.5]
    for i in range(4):
        some += [printed(x, 2.7 + 0.4 * i, 0.45) for x in (1.2, 1.9, 2.6, 3.3)]
    (body,) = bodies(some)
    assert [round(m, 1) for m in body.middles] == [5.0, 5.8, 6.6, 7.4, 8.2]

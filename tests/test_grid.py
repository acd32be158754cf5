"""Ruled pages → lattices: on scans of a drawn page whose cells are known, and on tables ruled badly in one way each."""

from __future__ import annotations

import shutil
from itertools import groupby, pairwise, product
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from ocr import cells, grid, pages, sheets
from ocr.records import Cell
from ocr.remnants import level_remnants
from tests import bent, damage, forms

needs_engine = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
Grey = npt.NDArray[np.uint8]
Spans = dict[tuple[int, int], tuple[int, int]]
DPI = 200
YS = (200, 280, 340, 420, 560, 620)  # of the tables ruled here, pixels: 0.3 to 0.7 inches a row
XS = (150, 400, 800, 920, 1040)
NEAR = 4.0  # pixels


# ---------------------------------------------------------------- drawn pages, scanned


def scanned(condition: str, folder: Path) -> tuple[pages.Page, tuple[Cell, ...]]:
    """The first page of the drawn report, and the cells of its second table, the attendance matrix."""
    path = folder / "a.pdf"
    path.write_bytes(damage.scan(bent.pdf(), condition, 3))
    page = pages.pdf_page(path, sheets.inspect(path)[0])
    block, matrix = grid.lattices(page.grey, page.frame.dpi)
    assert spans(cells.cells(block)) == {(i, j): (1, 1) for i in range(3) for j in range(2)}
    return page, cells.cells(matrix)


def spans(found: tuple[Cell, ...]) -> Spans:
    return {(c.row, c.column): (c.row_span, c.column_span) for c in found}


def heading() -> Spans:
    names = {(0, j): (3, 1) for j in range(4)} | {(0, 4): (1, 5), (1, 8): (2, 1)}
    return names | {(i, j): (1, 1) for i in (1, 2) for j in range(4, 8)}


def body() -> Spans:
    """The rows below the heading: sectors merged, all else single."""
    found: Spans = {}
    row = 3
    for _, group in groupby(r["sector"] for r in forms.draw(8, bent.STYLE, ()).truth["rows"]):
        count = len(list(group))
        found[row, 0] = (count, 1)
        found |= {(row + i, j): (1, 1) for i in range(count) for j in range(1, 9)}
        row += count
    return found


@needs_engine
@pytest.mark.parametrize("condition", ["office200", "bilevel300", "low110", "curved200"])
def test_merged_sectors_and_stacked_headings_on_scans(condition: str, tmp_path: Path) -> None:
    shape = spans(scanned(condition, tmp_path)[1])
    depth = shape[0, 0][0]
    assert depth == 3 or (condition == "low110" and depth == 4)  # the heading may gain a row, the body may not
    below = {(row - depth + 3, column): span for (row, column), span in shape.items() if row >= depth}
    assert below == body()
    if condition == "bilevel300":  # on coarse scans strokes of the heading's words may pass for a rule in it
        assert {at: span for at, span in shape.items() if at[0] <= 2} == heading()


@needs_engine
def test_cells_lie_where_they_were_drawn(tmp_path: Path) -> None:
    page, found = scanned("clean300", tmp_path)
    corners = [(c.box.x0, c.box.y0) for c in found], [(c.box.x1, c.box.y1) for c in found]
    upper, lower = (bent.moved(some, page.frame.to_source) for some in corners)
    drawn = [c.box for c in forms.draw(8, bent.STYLE, ()).cells if c.page == 1 and c.kind in {"mark", "role", "total"}]
    assert len(drawn) == 8 * 6
    for x0, y0, x1, y1 in drawn:  # the scanner's own skew, a fifth of a degree, moves them by less than three points
        assert any(np.hypot(u - x0, v - y0) < 4 and np.hypot(r - x1, w - y1) < 4
                   for (u, v), (r, w) in zip(upper, lower, strict=True))  # fmt: skip


# ---------------------------------------------------------------- tables ruled badly


def ruled(level: int = 0, plumb: int = 0, width: int = 2) -> Grey:
    """A page with one full table; the greys of its rules."""
    page = np.full((900, 1200), 255, np.uint8)
    for y in YS:
        cv2.line(page, (XS[0], y), (XS[-1], y), (level,), width)
    for x in XS:
        cv2.line(page, (x, YS[0]), (x, YS[-1]), (plumb,), width)
    return page


def words(page: Grey, text: str, x: int, y: int, scale: float = 0.8) -> None:
    cv2.putText(page, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, scale, (0,), 2, cv2.LINE_AA)


def only(page: Grey) -> grid.Lattice:
    (found,) = grid.lattices(page, DPI)
    return found


def is_whole(lattice: grid.Lattice) -> bool:
    """Whether it has the edges of the ruled table, and every rule on them."""
    if (len(lattice.ys), len(lattice.xs)) != (len(YS), len(XS)):
        return False
    near = np.abs(np.subtract(lattice.ys, YS)).max() < NEAR and np.abs(np.subtract(lattice.xs, XS)).max() < NEAR
    return bool(near) and all(map(all, lattice.level)) and all(map(all, lattice.plumb))


def grainy(page: Grey) -> Grey:
    noise = np.random.default_rng(1).normal(0, 6, page.shape)
    return np.clip(cv2.GaussianBlur(page, (0, 0), 0.7) + noise, 0, 255).astype(np.uint8)


def dotted(page: Grey) -> Grey:
    page[:, ::6] = 255
    page[::6] = 255
    return page


def broken(page: Grey) -> Grey:
    """Gaps of a tenth of an inch, one in each rule, away from the crossings."""
    for i, y in enumerate(YS):
        page[y - 3 : y + 4, 550 + 20 * i : 570 + 20 * i] = 255
    for i, x in enumerate(XS):
        page[480 + 5 * i : 500 + 5 * i, x - 3 : x + 4] = 255
    return page


@pytest.mark.parametrize(
    "page",
    [
        ruled(),
        ruled(190, 200),
        ruled(width=4),
        ruled(120, 120, 1),
        grainy(ruled(170, 170)),
        dotted(ruled()),
        broken(ruled()),
    ],
    ids=["plain", "grey", "thick", "thin", "grainy", "dotted", "broken"],
)
def test_rules_are_found_however_they_are_drawn(page: Grey) -> None:
    assert is_whole(only(page))


@pytest.mark.parametrize("dpi", [100, 300])
def test_tables_are_found_at_any_resolution(dpi: int) -> None:
    scale = dpi / DPI
    (found,) = grid.lattices(cv2.resize(ruled(), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dpi)  # type: ignore[arg-type]
    assert np.abs(np.array(found.ys) / scale - YS).max() < 2 * NEAR
    assert np.abs(np.array(found.xs) / scale - XS).max() < 2 * NEAR


@pytest.mark.parametrize("missing", ["bottom", "top", "bottom and text"])
def test_a_table_cut_by_the_page_end_keeps_its_open_row(missing: str) -> None:
    page = ruled()
    y = YS[0] if missing == "top" else YS[-1]
    page[y - 3 : y + 4] = 255
    if "text" in missing:
        words(page, "Subdirector de Asuntos Locales", 420, 600, 0.6)
    found = only(page)
    assert len(found.ys) == len(YS)
    assert abs(found.ys[0 if missing == "top" else -1] - y) < 0.1 * DPI
    assert len(cells.cells(found)) == 20


def test_text_that_touches_rules_hides_none_and_makes_none() -> None:
    page = ruled()
    for row, y in enumerate(YS[1:]):
        words(page, "Secretaria Distrital", XS[1] + 6, y - 2)  # its feet on the rule
        words(page, "HIHIHI", XS[0] + 2, y - 20 if row % 2 else y - 2)
        words(page, "SI", XS[3] - 14, y - 12)  # across the rule beside it
    assert is_whole(only(page))


def test_text_alone_makes_no_table() -> None:
    page = np.full((900, 1200), 255, np.uint8)
    for i in range(12):
        words(page, "HILLE THE FIFTH MINIMUM ILLUMINATION", 100, 120 + 40 * i)
    assert grid.lattices(page, DPI) == ()


def test_an_underlined_and_a_framed_text_are_no_table() -> None:
    page = np.full((900, 1200), 255, np.uint8)
    cv2.line(page, (100, 100), (900, 100), (0,), 2)
    cv2.line(page, (100, 300), (900, 300), (0,), 2)
    assert grid.lattices(page, DPI) == ()


def test_merged_cells_lack_the_rules_between_them() -> None:
    page = ruled()
    for y in YS[2:4]:
        page[y - 3 : y + 4, XS[0] + 4 : XS[1] - 4] = 255  # three rows of one sector
    page[YS[0] + 4 : YS[1] - 4, XS[2] - 3 : XS[2] + 4] = 255  # a heading over two columns
    shape = spans(cells.cells(only(page)))
    assert shape[1, 0] == (3, 1)
    assert shape[0, 1] == (1, 2)
    assert len(shape) == 20 - 2 - 1


def test_tables_come_one_by_one_from_the_top() -> None:
    page = np.full((1900, 1200), 255, np.uint8)
    page[900:1800], page[:900] = ruled(), ruled()
    page[YS[3] - 3 : YS[3] + 4, XS[1] - 300 : XS[-1] + 10] = 255
    upper, lower = grid.lattices(page, DPI)
    assert upper.ys[-1] < lower.ys[0]
    assert abs(lower.ys[0] - 900 - YS[0]) < NEAR


@pytest.mark.parametrize("ghost", [True, False])
def test_rules_that_shine_through_from_the_back_are_none(ghost: bool) -> None:
    page = ruled()
    if ghost:
        for x in (520, 640):
            cv2.line(page, (x, YS[0]), (x, YS[-1]), (215,), 2)
    assert is_whole(only(page))


def framed(grey: int) -> Grey:
    page = ruled(grey, grey, 1)
    cv2.rectangle(page, (XS[0], YS[0]), (XS[-1], YS[-1]), (0,), 4)
    return page


def test_thin_rules_inside_a_black_frame_are_no_ghosts() -> None:
    page = framed(170)
    for y, x in product(YS[1:-1], XS[:-1]):
        words(page, "Bogota", x + 12, y + 24, 0.6)  # letters set against the rules
    assert is_whole(only(grainy(page)))


def test_what_shines_through_into_a_frame_is_shifted() -> None:
    back = np.roll(framed(120), (40, 17), (0, 1))
    assert is_whole(only(framed(120) - (255 - back) // 8))


def test_the_edge_of_a_photographed_sheet_is_no_table() -> None:
    """Its frame of four lines, and one more line down it, hold the only table."""
    page = np.full((1400, 1300), 255, np.uint8)
    page[200:1100, 50:1250] = ruled()
    cv2.rectangle(page, (20, 30), (1270, 1360), (90,), 3)
    cv2.line(page, (1255, 30), (1255, 1360), (90,), 2)
    (found,) = grid.lattices(page, DPI)
    assert len(found.ys) == len(YS)


def test_what_breaks_leave_of_rules_inside_a_table_is_its_own() -> None:
    """Rules that cross one another, and reach neither its sides nor the rules that do."""
    page, gap = ruled(), round(0.25 * DPI)
    for x in XS[1:-1]:
        for y in (YS[0] + 4, YS[1] + 4, YS[-1] - gap - 4):
            page[y : y + gap, x - 3 : x + 4] = 255
    for y in YS[2:-1]:
        for x in (XS[0] + 4, XS[-1] - gap - 4):
            page[y - 3 : y + 4, x : x + gap] = 255
    found = only(page)
    assert (len(found.ys), len(found.xs)) == (len(YS), len(XS))


# ---------------------------------------------------------------- what passes for a rule


def heading_of_two_rows(page: Grey) -> Grey:
    """The ruled table with its first two rows as a heading: tall cells, and one over the two columns of sessions."""
    page[YS[1] - 3 : YS[1] + 4, XS[0] + 3 : XS[2] - 2] = 255  # tall: both columns of words
    page[YS[0] + 3 : YS[1] - 2, XS[3] - 3 : XS[3] + 4] = 255  # wide: over the last two columns
    return page


@pytest.mark.parametrize(("left", "right"), [(0, 1), (2, 3)], ids=["the first cell alone", "another cell"])
def test_a_stroke_across_a_cell_parts_no_row(left: int, right: int) -> None:
    page = ruled()
    cv2.line(page, (XS[left], 490), (XS[right], 490), (0,), 2)  # a line of dense text, the arc of a stamp
    assert is_whole(only(page))


@pytest.mark.parametrize("radius", [120, 190], ids=["small", "large"])
def test_the_arcs_of_a_stamp_part_no_columns(radius: int) -> None:
    """In a low table a ring's sides stand straight enough to pass for rules."""
    page = np.full((900, 1200), 255, np.uint8)
    for y in (400, 450, 490):
        cv2.line(page, (XS[0], y), (XS[-1], y), (90,), 2)
    for x in (XS[0], *XS[2:]):
        cv2.line(page, (x, 400), (x, 490), (90,), 2)
    for share in (1.0, 0.77):
        cv2.circle(page, (480, 445), round(share * radius), (0,), 4, cv2.LINE_AA)
    assert [len(t.xs) for t in grid.lattices(page, DPI) if len(t.ys) > 2] == [4]


def test_an_edge_that_lost_its_rule_over_two_columns_still_parts_rows() -> None:
    page = ruled()
    page[YS[2] - 3 : YS[2] + 4, XS[2] + 3 : XS[4] - 2] = 255
    assert len(only(page).ys) == len(YS)


def test_a_tall_heading_is_parted_from_its_neighbour_in_all_of_its_rows() -> None:
    page = heading_of_two_rows(ruled())
    page[YS[0] + 3 : YS[1] - 2, XS[2] - 3 : XS[2] + 4] = 255  # its rule is lost beside the upper row
    found = only(page)
    assert [row[2] for row in found.plumb] == [True] * (len(YS) - 1)
    assert not found.plumb[0][3], "the heading over two columns stays one"


def test_a_stamp_over_the_first_heading_does_not_end_the_heading() -> None:
    page = heading_of_two_rows(ruled())
    page[YS[1] - 3 : YS[1] + 4, XS[2] + 3 : XS[3] - 2] = 255  # the third column of words
    cv2.line(page, (XS[0], YS[1]), (XS[1], YS[1]), (0,), 2)
    columns = [*XS[:-1], 980, XS[-1]]  # a matrix of names has a narrow first column
    cv2.line(page, (980, YS[1]), (980, YS[-1]), (0,), 2)
    found = only(page)
    assert len(found.xs) == len(columns)
    assert not found.level[1][1], "the second name is still as high as the heading"


def test_the_edge_of_the_sheet_is_no_column() -> None:
    page = ruled()
    cv2.line(page, (1150, 100), (1150, 800), (0,), 2)
    cv2.line(page, (XS[-1], YS[3]), (1150, YS[3]), (0,), 2)  # a pen's stroke joins them
    assert is_whole(only(page))


def test_a_plumb_rule_that_runs_on_below_the_table_makes_no_row() -> None:
    page = ruled()
    for x in XS[:1]:
        cv2.line(page, (x, YS[-1]), (x, YS[-1] + 60), (0,), 2)
    assert is_whole(only(page))


def test_letters_one_above_another_are_no_edge_of_a_column() -> None:
    """The role «I» down a narrow column, half as high as its low rows."""
    page = np.full((900, 1200), 255, np.uint8)
    for y in range(200, 621, 35):
        cv2.line(page, (XS[0], y), (XS[-1], y), (0,), 2)
    for x in XS:
        cv2.line(page, (x, 200), (x, 620), (0,), 2)
    middle = (XS[2] + XS[3]) // 2
    for y in range(235, 620, 35):
        cv2.line(page, (middle, y + 9), (middle, y + 26), (0,), 2)
    assert len(only(page).xs) == len(XS)
    cv2.line(page, (middle, 200), (middle, 620), (0,), 2)
    assert len(only(page).xs) == len(XS) + 1


def test_a_column_bent_out_of_sight_of_its_rules_stays_where_something_is_written_in_it() -> None:
    page = ruled()
    for y in YS[1:]:
        page[y - 3 : y + 4, XS[3] + 3 : XS[4] - 2] = 255
    assert len(only(page).xs) == len(XS) - 1
    for y in YS[1:]:
        words(page, "4", XS[3] + 40, y - 20)
    assert len(only(page).xs) == len(XS)


# ---------------------------------------------------------------- what is left of rules


def worn(page: Grey, share: float, seed: int = 3) -> Grey:
    """The page in black and white, of whose dark pixels that share is left, in dots of a few pixels."""
    kept = cv2.resize(
        (np.random.default_rng(seed).random((450, 600)) < share).astype(np.uint8), (1200, 900), interpolation=0
    )
    return np.where((page < 128) & (kept > 0), 0, 255).astype(np.uint8)


def test_a_rule_of_which_a_scan_left_dots_is_a_rule() -> None:
    page = ruled(width=1)
    for y in YS[2:4]:
        page[y : y + 1] = worn(page, 0.35)[y : y + 1]
    assert is_whole(only(page))


def test_dashes_side_by_side_are_no_rule() -> None:
    page = ruled()
    for x in range(XS[1], XS[-1], 70):
        cv2.line(page, (x + 30, 470), (x + 42, 470), (0,), 2)
    assert is_whole(only(page))
    assert not level_remnants(page[440:500], DPI)[20:40].any()


def test_shading_of_dots_has_no_rules() -> None:
    page = np.full((900, 1200), 255, np.uint8)
    page[200:500, 100:1100] = np.where(np.random.default_rng(5).random((300, 1000)) < 0.3, 0, 255)
    assert not level_remnants(page, DPI)[220:480].any()


@pytest.mark.parametrize("edge", [1190, 1160])
def test_dark_edges_and_arcs_leave_grey_rules_their_say(edge: int) -> None:
    page = ruled(200, 200)
    cv2.line(page, (edge, 0), (edge, 899), (0,), 3)
    for y in (60, 100, 850, 870):
        cv2.line(page, (300, y), (380, y), (0,), 2)  # as long as what of a stamp's arc passes for a rule
    tables = [t for t in grid.lattices(page, DPI) if len(t.xs) > 2]
    assert [is_whole(t) for t in tables] == [True]


def test_words_of_tall_headings_part_no_heading() -> None:
    page = ruled()
    page[YS[0] + 3 : YS[1] - 2, XS[3] - 3 : XS[3] + 4] = 255
    columns = [*XS[:-1], 980, XS[-1]]
    cv2.line(page, (980, YS[0]), (980, YS[-1]), (0,), 2)
    page[YS[1] - 3 : YS[1] + 4, XS[0] + 3 : XS[3] - 2] = 255  # three tall headings
    middle = (YS[0] + YS[2]) // 2 + 25
    for left, right in pairwise(columns[:4]):
        white = (right - left) // 5
        cv2.line(page, (left + white, middle), (right - white, middle), (0,), 3)
    assert len(only(page).ys) == len(YS)

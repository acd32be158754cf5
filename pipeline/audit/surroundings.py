"""What a person is shown who is to say what stands at a place: enough of the paper around it to understand the cell.

Of a page: the band over its whole width in which the value stands, outlined, and above it the matrix's own headings,
its column's outlined too. Turned sheets are shown upright: how a page lies is told by how its matrix's columns and rows
follow one another. Of a text: its line among its neighbours. Nothing that was read is written on any of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import duckdb
from PIL import Image

from ocr.records import Box
from ocr.sheets import POINTS_PER_INCH
from pipeline import crops, textfile, warehouse
from pipeline.audit.strata import Item
from pipeline.settings import Limits

DPI = 110.0  # the form's smallest print, 7 points, is eleven pixels high: legible
AROUND = 44.0  # points of the page above and below a value: a row or two of a matrix
AROUND_SECTOR = 160.0  # a sector may stand once for all its rows, in their middle
HEADING = 46.0  # points above the dates of a matrix where its quarters and captions stand
JOINED = 60.0  # points between headings and band up to which they are shown as one piece
GAP = 6  # pixels of white between two pieces
LINES_AROUND = 8  # lines of a text on each side
OPENING_LINES = 80  # of a text, for what is asked of the report as a whole
WHOLE_PAGE = frozenset({"documents"})  # tables whose values stand in different places of the first page
CELLS = {"attendance": "row", "function_sessions": "function"}
TABLES = ("documents", "sessions", *CELLS)
TURNS = {0: None, 90: Image.Transpose.ROTATE_90, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_270}


@dataclass(frozen=True, slots=True)
class Sheet:
    """How the matrices of one document stand. `turns`: degrees to turn each page counter-clockwise to set it upright;
    `headings`: page and box of each session column's date, by matrix and column."""

    turns: Mapping[int, int] = field(default_factory=dict)
    headings: Mapping[tuple[str, int], tuple[int, Box]] = field(default_factory=dict)


def sheets(out: Path, documents: Iterable[str]) -> dict[str, Sheet]:
    """The sheets of these documents of the dataset in `out`."""
    with warehouse.opened(main=out, tables=TABLES) as connection:
        return {document: _sheet(connection, document) for document in sorted(set(documents))}


def text_around(path: Path, item: Item) -> str:
    """The lines of a text around the item's, numbered, its own marked by `>`; raises DocumentError."""
    lines = [line for page in textfile.read(path, Limits()).pages for line in page.lines]
    whole = item.line is None or item.kind in ("body", "year", "period", "count")
    first = 1 if whole or item.line is None else max(1, item.line - LINES_AROUND)
    last = OPENING_LINES if whole or item.line is None else item.line + LINES_AROUND
    shown = [(line.place.line, line.text) for line in lines if line.place.line and first <= line.place.line <= last]
    own = None if whole else item.line
    return "\n".join(f"{'>' if number == own else ' '} {number:>4}  {text}" for number, text in shown)


def picture_around(path: Path, item: Item, table: str, sheet: Sheet) -> Image.Image:
    """The page around the item's box; raises DocumentError where the paper has no such page."""
    page = item.page or 1
    if item.box is None or table in WHOLE_PAGE:
        return _upright_page(path, page, sheet.turns.get(page, 0))
    view, heading = _View(path, sheet), _heading(item, table, sheet)
    place, around = view.box(page, item.box), AROUND_SECTOR if item.kind == "sector" else AROUND
    band = (place.y0 - around, place.y1 + around)
    if heading is None:
        return view.piece(page, band, [place])
    tops = [view.box(where, box) for where, box in _columns(item, table, sheet) if where == heading[0]]
    top = (min(b.y0 for b in tops) - HEADING, max(b.y1 for b in tops))
    marked = [view.box(*heading)] if "column" in item.where else []
    if heading[0] == page and place.y0 - around - top[1] < JOINED:
        return view.piece(page, (top[0], band[1]), [place, *marked])
    return _stacked(view.piece(heading[0], top, marked), view.piece(page, band, [place]))


@dataclass(frozen=True, slots=True)
class _View:
    """Pages of one paper, set upright."""

    path: Path
    sheet: Sheet

    def box(self, page: int, box: Box) -> Box:
        """Where a box of the page stands once it is upright, in points."""
        turn = self.sheet.turns.get(page, 0)
        width, height = (side * POINTS_PER_INCH / DPI for side in _page(self.path, page).size)
        if turn == 90:
            return Box(box.y0, width - box.x1, box.y1, width - box.x0)
        if turn == 180:
            return Box(width - box.x1, height - box.y1, width - box.x0, height - box.y0)
        return Box(height - box.y1, box.x0, height - box.y0, box.x1) if turn == 270 else box

    def piece(self, page: int, band: tuple[float, float], marked: Sequence[Box]) -> Image.Image:
        """The band of the upright page between two heights, over all its width, with frames around `marked`."""
        upright = crops.outlined(_upright_page(self.path, page, self.sheet.turns.get(page, 0)), marked, dpi=DPI)
        scale = DPI / POINTS_PER_INCH
        top, foot = max(0, round(band[0] * scale)), min(upright.height, round(band[1] * scale))
        top = min(top, upright.height - 1)
        return upright.crop((0, top, upright.width, max(top + 1, foot)))


@lru_cache(maxsize=4)
def _page(path: Path, page: int) -> Image.Image:
    return crops.page_picture(path, page, dpi=DPI)


def _upright_page(path: Path, page: int, turn: int) -> Image.Image:
    picture, how = _page(path, page), TURNS[turn]
    return picture if how is None else picture.transpose(how)


def _stacked(upper: Image.Image, lower: Image.Image) -> Image.Image:
    whole = Image.new("RGB", (max(upper.width, lower.width), upper.height + GAP + lower.height), "white")
    whole.paste(upper, (0, 0))
    whole.paste(lower, (0, upper.height + GAP))
    return whole


# ---------------------------------------------------------------- headings


def _columns(item: Item, table: str, sheet: Sheet) -> list[tuple[int, Box]]:
    """The dates of the matrix that the item stands in; none where it stands in no matrix."""
    matrices: tuple[str, ...] = (item.where.get("matrix") or _MATRICES.get(table, ""),)
    if table in ("functions", "function_sessions"):
        matrices = _nearest_functions(item, sheet)
    return [place for (matrix, _), place in sheet.headings.items() if matrix in matrices]


_MATRICES = {"attendance": "attendance", "attendees": "attendance"}


def _nearest_functions(item: Item, sheet: Sheet) -> tuple[str, ...]:
    """The function matrix whose headings stand last above the item: general before specific functions."""
    above = [
        (page, box.y0, matrix)
        for (matrix, _), (page, box) in sheet.headings.items()
        if matrix != "attendance" and (page, box.y0) <= (item.page or 1, item.box.y0 if item.box else 0.0)
    ]
    return (max(above)[2],) if above else ()


def _heading(item: Item, table: str, sheet: Sheet) -> tuple[int, Box] | None:
    """The date over the item's column, or over the first of its matrix where the item is a whole row."""
    columns = _columns(item, table, sheet)
    if not columns:
        return None
    matrix = next(m for (m, _), place in sheet.headings.items() if place == columns[0])
    return sheet.headings.get((matrix, int(item.where.get("column", 0))), columns[0])


# ---------------------------------------------------------------- how a page lies


def _sheet(connection: duckdb.DuckDBPyConnection, document: str) -> Sheet:
    query = (
        'SELECT matrix, "column", page, x0, y0, x1, y1 FROM sessions WHERE document_id = $document AND x0 IS NOT NULL '
        'ORDER BY matrix, "column"'
    )
    headings = {
        (row["matrix"], row["column"]): (row["page"], Box(row["x0"], row["y0"], row["x1"], row["y1"]))
        for row in warehouse.rows(connection, query, {"document": document})
    }
    return Sheet(_turns(connection, document), headings)


def _turns(connection: duckdb.DuckDBPyConnection, document: str) -> dict[int, int]:
    """For each page with part of a matrix, how far to turn it counter-clockwise: 0, 90, 180 or 270 degrees."""
    return {
        row["page"]: _turn(*(row[name] or 0.0 for name in ("across_x", "across_y", "down_x", "down_y")))
        for row in warehouse.rows(connection, _STEPS, {"document": document})
    }


def _turn(across_x: float, across_y: float, down_x: float, down_y: float) -> int:
    """`across`: from a column to the next, `down`: from a row to the next, summed over a page, in points."""
    right, below = across_x + down_y, across_y - down_x  # a quarter turn apart, so both tell the same
    if abs(right) >= abs(below):
        return 0 if right >= 0 else 180
    return 90 if below > 0 else 270


_STEPS = """
WITH cells AS (
    SELECT 'attendance' AS matrix, "row" AS line, "column", page, (x0 + x1) / 2 AS x, (y0 + y1) / 2 AS y
    FROM attendance WHERE document_id = $document AND x0 IS NOT NULL
    UNION ALL
    SELECT scope, "function", "column", page, (x0 + x1) / 2, (y0 + y1) / 2
    FROM function_sessions WHERE document_id = $document AND x0 IS NOT NULL
)
SELECT a.page,
       sum(b.x - a.x) FILTER (b.line = a.line) AS across_x, sum(b.y - a.y) FILTER (b.line = a.line) AS across_y,
       sum(b.x - a.x) FILTER (b.line > a.line) AS down_x, sum(b.y - a.y) FILTER (b.line > a.line) AS down_y
FROM cells a JOIN cells b ON a.matrix = b.matrix AND a.page = b.page AND (
    (b.line = a.line AND b."column" = a."column" + 1) OR (b.line = a.line + 1 AND b."column" = a."column")
) GROUP BY a.page ORDER BY a.page
"""

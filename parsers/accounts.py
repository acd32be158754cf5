"""Every row of a ruled table accounted for: a row that belongs to another table, or that is several rows, is no row of
the matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise

from rapidfuzz import fuzz

from ocr.records import Box, Cell, Table
from parsers.dates import parse_date
from parsers.form_labels import mentions
from parsers.fragments import ALIKE, HEADINGS, Column, ColumnKind, Fragment, cells_in, fragment, heading, names_matrix
from parsers.lexicon import fold_mark
from parsers.records import MatrixKind
from parsers.text import fold

SMALL = (ColumnKind.ROLE, ColumnKind.MARK, ColumnKind.TOTAL, ColumnKind.ADDRESSED)
STACKED = 2  # small cells of a row with several marks, one under another, for it to be several rows
CROWDED = 0.7  # of a row's small cells that hold anything, with several lines each; a stamp reaches half of them
LABELLED = 2  # cells of a row of the form's first block: a label and what it says
FUNCTION_HEADINGS = ("funciones generales", "funciones especificas")
SCOPES = {
    MatrixKind.FUNCTIONS_GENERAL: "generales",
    MatrixKind.FUNCTIONS_SPECIFIC: "especificas",
}  # as the form has them
LONGEST_TITLE, LOST_LETTERS = 21, 25  # letters of «Funciones específicas», and of half a line of a function
AFTER_MATRIX = ("sesiones ordinarias realizadas", "sesiones extraordinarias realizadas", "publicacion en pagina web")


def has_swallowed_row(part: Fragment) -> bool:
    """Whether rows were taken for the heading: words of its lowest cells say SI, NO or X, which no heading does, in
    half of the columns or beside a function's text."""
    marks = part.marks() if part.header_rows else ()
    said = [words for column in marks if (words := _heading_words(part, column))]
    swallowed = sum(any(fold_mark(word) in ("SI", "NO", "X") for word in words) for words in said)
    return swallowed > 0 and (2 * swallowed >= len(said) or _holds_function(part))


def _holds_function(part: Fragment) -> bool:
    """Whether the first heading says more than which functions stand below it."""
    texts = [c for c in part.columns if c.kind is ColumnKind.TEXT]
    said = (fold(cell.reading.text) for column in texts for cell in cells_in(part.table, column, part.header_rows - 1))
    return any(len(words) >= LONGEST_TITLE + LOST_LETTERS for words in said)


def _heading_words(part: Fragment, column: Column) -> list[str]:
    """The words of the lowest heading over a column, as read best: a dash has doubtful readings of every kind."""
    return [w for cell in cells_in(part.table, column, part.header_rows - 1) for w in cell.reading.text.split()]


def parted(table: Table) -> list[Table]:
    """The tables that a lattice is: the next matrix, or the form's block of counts, may have grown onto a matrix where
    a stroke bridges the white between them."""
    first = _first_heading(table)
    if first:
        return [_rows_of(table, 0, first), *parted(_rows_of(table, first, table.rows))]
    cuts = [row for row in range(1, table.rows) if _begins_another(table, row)]
    gaps = [row - 1 for row in cuts if row - 1 not in cuts and _is_crossed_gap(table, row - 1)]
    edges = sorted({0, *gaps, *cuts, table.rows})
    return [_rows_of(table, a, b) for a, b in pairwise(edges)] if cuts else [table]


def _first_heading(table: Table) -> int | None:
    """The row below its first one in which the heading of a matrix begins, under rows of the form's first block, which
    are a label and what it says; None where there is none."""
    for row in range(1, table.rows):
        above, own = ([c for c in table.cells if c.row == r] for r in (row - 1, row))
        if len(above) > LABELLED or _heads(above):
            return None
        if own and not _is_crossed(table, row) and _heads(own) and fragment(_rows_of(table, row, table.rows)):
            return row
    return None


def _heads(cells: Sequence[Cell]) -> bool:
    """Whether a row is the first of a matrix's heading."""
    text = " ".join(c.reading.text for c in cells)
    named = any(fuzz.ratio(fold(c.reading.text), "sector") >= ALIKE for c in cells)
    return named or names_matrix(text) or _is_heading(text, cells)


def _is_crossed(table: Table, row: int) -> bool:
    """Whether a cell begins above a row and goes on in it."""
    return any(c.row < row < c.row + c.row_span for c in table.cells)


def _begins_another(table: Table, row: int) -> bool:
    """Whether what begins in a row is another table than what stands above it."""
    own = [c for c in table.cells if c.row == row]
    if _is_crossed(table, row) or not own:
        return False
    text = " ".join(c.reading.text for c in own)
    above = fragment(_rows_of(table, 0, row))
    if above is None:
        return False
    if _heads_again(above, table, row):
        return True
    if _is_gap(table, row - 1) or any(mentions(text, label) for label in AFTER_MATRIX) or _is_heading(text, own):
        return True
    return _is_one_cell(table, row - 1) and fragment(_rows_of(table, row, table.rows)) is not None


def _heads_again(above: Fragment, table: Table, row: int) -> bool:
    """Whether a row, or the one below it, has the dates of the heading above again: all matrices of a report have
    the same sessions, and a row has marks under them."""
    if _has_dates_of(above, table, row):
        return True
    said = [c for column in above.marks() for c in cells_in(table, column, row) if c.reading.text.strip()]
    words = [c for c in said if not fold_mark(c.reading.text)]
    return 2 * len(words) > len(above.marks()) and _has_dates_of(above, table, row + 1)


def _has_dates_of(above: Fragment, table: Table, row: int) -> bool:
    """Whether half of the dates of a heading stand in their columns of a row, and no marks."""
    columns = above.marks()
    said = [[c.reading.text for c in cells_in(table, column, row)] for column in columns]
    lines = [line for texts in said for text in texts for line in text.split("\n")]
    days = [_day(column.date.text) for column in columns]
    known = sum(day is not None for day in days)
    same = sum(
        day is not None and any(_names(text, day) for text in texts) for day, texts in zip(days, said, strict=True)
    )
    return 2 * same >= known > 0 and not any(fold_mark(line) in ("SI", "NO", "X") for line in lines)


def _names(text: str, day: date) -> bool:
    return any(_day(words) == day for words in (text, *text.split("\n")))


def _day(text: str) -> date | None:
    found = parse_date(text)
    return found[0] if found else None


def _is_heading(text: str, cells: Sequence[Cell]) -> bool:
    """Whether a row heads a matrix: it says so over the session columns, or its first cell names the functions."""
    first = min(cells, key=lambda c: c.box.x0).reading.text
    attended, addressed = (fuzz.partial_ratio(heading, fold(text)) for heading in HEADINGS)
    return names_functions(first) or (names_matrix(text) and addressed > attended)


def names_functions(text: str) -> bool:
    """Whether a text is the name over the functions' column, and nothing else."""
    return any(fuzz.ratio(fold(text), name) >= ALIKE for name in FUNCTION_HEADINGS)


def _is_one_cell(table: Table, row: int) -> bool:
    """Whether a row is one cell as wide as the table: white between two tables, or a row without plumb rules."""
    own = [c for c in table.cells if c.row == row]
    return len(own) == 1 and own[0].column_span == table.columns > 1


def _is_gap(table: Table, row: int) -> bool:
    return _is_one_cell(table, row) and not any(c.reading.text.strip() for c in table.cells if c.row == row)


def _is_crossed_gap(table: Table, row: int) -> bool:
    """Whether a row is the white between two tables with nothing in it but the strokes that bridge it: no rules part it
    there, and what they were read as is no function's text."""
    own = [c for c in table.cells if c.row == row]
    said = sum(len(fold(c.reading.text)) for c in own)
    return any(c.column_span > table.columns / 2 for c in own) and said < LOST_LETTERS


def _rows_of(table: Table, first: int, last: int) -> Table:
    """Rows `first` to before `last` as a table of their own, without the white that ends it."""
    if last < table.rows and last - first > 1 and _is_gap(table, last - 1):
        last -= 1
    moved = tuple(replace(c, row=c.row - first) for c in table.cells if first <= c.row < last)
    return replace(table, box=Box.around(c.box for c in moved), rows=last - first, cells=moved)


def scoped(parts: Sequence[Fragment]) -> list[Fragment]:
    """The fragments, those of functions whose heading does not say of which by where they stand: the form prints the
    general ones first, so what stands above others of them is general, and what stands below specific ones, or below
    another heading of functions on its page, specific. Where none says, none is certain."""
    said = [_said(part) for part in parts]
    found: list[Fragment] = []
    for i, part in enumerate(parts):
        if part.kind is MatrixKind.ATTENDANCE:
            found.append(part)
        elif own := said[i]:
            found.append(replace(part, kind=own))
        elif not part.header_rows:
            found.append(replace(part, kind=found[-1].kind) if found else part)
        else:
            beside = _on_its_page(part, parts[:i], parts[i + 1 :])
            placed = beside or _by_place(said[:i], said[i + 1 :]) or part.kind
            sure = beside is not None or any(said)
            found.append(replace(part, kind=placed, certain=part.certain and sure))
    return found


def _said(part: Fragment) -> MatrixKind | None:
    """Of which functions a fragment is, by what its own heading says."""
    if not part.header_rows:
        return None
    words = heading(part.table, part.header_rows)
    alike = {kind: fuzz.partial_ratio(name, words) for kind, name in SCOPES.items()}
    best = max(alike, key=lambda kind: alike[kind])
    return best if part.kind in SCOPES and alike[best] >= ALIKE else None


def _on_its_page(part: Fragment, above: Sequence[Fragment], below: Sequence[Fragment]) -> MatrixKind | None:
    """The functions' matrix that a headed fragment is where the other one is headed on its page too: none is twice."""
    general, specific = SCOPES
    for others, scope in ((above, specific), (below, general)):
        headed = [f for f in others if f.header_rows and f.kind in SCOPES and f.table.page == part.table.page]
        if headed:
            return scope
    return None


def _by_place(above: Sequence[MatrixKind | None], below: Sequence[MatrixKind | None]) -> MatrixKind | None:
    general, specific = SCOPES
    if general in below:
        return general
    if specific in above:
        return specific
    return general if specific in below and general not in above else None


def has_merged_rows(part: Fragment) -> bool:
    """Whether a row of the fragment is several whose rules were lost: marks one under another in two small cells, or
    several lines in nearly all of them; or one whose rules were lost between its cells."""
    rows = range(part.header_rows, part.table.rows)
    if any(_lacks_rules(part, row) for row in rows):
        return True
    return any(_is_several([_cell(part.table, c, row) for c in part.columns if c.kind in SMALL]) for row in rows)


def _lacks_rules(part: Fragment, row: int) -> bool:
    """Whether marks of a row stand in one cell with others or with words, while others of the row have their own."""
    small = [cells_in(part.table, c, row) for c in part.columns if c.kind in SMALL]
    own = [c for found in small for c in found if c.row == row]
    return any(c.column_span > 1 and c.reading.text.strip() for c in own) and any(c.column_span == 1 for c in own)


def _cell(table: Table, column: Column, row: int) -> Cell | None:
    found = [c for c in cells_in(table, column, row) if c.row == row]
    return found[0] if len(found) == 1 else None


def _is_several(cells: Sequence[Cell | None]) -> bool:
    inked = [c for c in cells if c and c.reading.text.strip()]
    if len({c.box for c in inked}) < len(inked):
        return False  # cells merged with their neighbours: what they hold is no column's
    stacked = sum(any(_is_stack(candidate.text) for candidate in c.reading.candidates) for c in inked)
    crowded = sum(len([line for line in c.lines if _is_said_in_a_row(line.text)]) > 1 for c in inked)
    return stacked >= STACKED or (crowded >= STACKED and crowded >= CROWDED * len(inked))


def _is_said_in_a_row(line: str) -> bool:
    """Whether a line may be a row's: says something, and no date; a heading may have lost the rule under it."""
    return any(map(str.isalnum, line)) and parse_date(line) is None


def _is_stack(text: str) -> bool:
    lines = text.split("\n")
    return len(lines) > 1 and all(fold_mark(line) or line.strip().isdigit() for line in lines)

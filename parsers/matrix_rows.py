"""The rows of a matrix out of its fragments, page after page: those cut by a break made whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ocr.records import Reading
from parsers.accounts import SMALL
from parsers.agreement import STRUCTURE_UNCERTAIN, kinds_of
from parsers.fragments import Column, ColumnKind, Fragment, cells_in, is_blank, joined, reading_in

DUST = 0.95  # probability that ink is no print, by where it stands
DASHES = frozenset("-–—_. ")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a matrix: the readings of its columns. `empty`: of those that cannot be told since cells were run
    together, in which of them nothing stands; `doubts`: why this may be no row, or not all of one."""

    readings: tuple[Reading, ...]
    kinds: tuple[ColumnKind, ...]
    empty: tuple[bool, ...]
    doubts: tuple[str, ...] = ()

    def of(self, kind: ColumnKind) -> tuple[Reading, ...]:
        return tuple(r for r, k in zip(self.readings, self.kinds, strict=True) if k is kind)

    def one(self, kind: ColumnKind) -> Reading:
        found = self.of(kind)
        return found[0] if len(found) == 1 else joined(found, " ") if found else Reading()

    def shares_text(self) -> bool:
        """Whether this is a function whose text stands in a cell that began in the row above."""
        return any(not text.candidates for text in self.of(ColumnKind.TEXT))

    def is_addressed(self) -> bool:
        return any(r.text.strip() for r in self.of(ColumnKind.ADDRESSED))

    def has_marks(self) -> bool:
        """Whether the small cells hold ink: one of a row's last columns, or two marks. One alone may be a blot, and a
        total alone that is no number what is left of a rule; of dashes alone, of which dust makes any number, none is
        the row's: it has a role and a total, or says whether it was addressed."""
        cells = zip(self.readings, self.kinds, self.empty, strict=True)
        small = [(r, k) for r, k, empty in cells if k in SMALL and not empty]
        inked = [(r, k) for r, k in small if not is_blank(r) and not _is_dust(r)]
        if len(inked) != 1:
            return len(inked) > 1 and not all(r.text and set(r.text) <= DASHES for r, _ in inked)
        reading, kind = inked[0]
        number = any(x.isdigit() for c in reading.candidates for x in c.text)
        return number if kind is ColumnKind.TOTAL else kind is not ColumnKind.MARK


def _is_dust(reading: Reading) -> bool:
    """Whether ink stands where the document's print does not, so that it is hardly print, whatever it looks like."""
    return any(c.text == "" and (c.confidence or 0.0) >= DUST for c in reading.of("seat"))


def rows(fragments: Sequence[Fragment], columns: tuple[Column, ...]) -> list[Row]:
    """All rows of a matrix in order, those cut by a page break made whole. Those of a fragment that is not certain are
    in doubt, and no others."""
    found: list[Row] = []
    for part in fragments:
        page_columns = part.columns if kinds_of(part.columns) == kinds_of(columns) else columns
        own = _without_false_edges(_part_rows(replace(part, columns=page_columns)))
        if found and own and _is_cut(found[-1], own[0]):
            found[-1] = _whole(found[-1], own.pop(0))
        found += own
    return found


def _part_rows(part: Fragment) -> list[Row]:
    return [_row(part, i) for i in range(part.header_rows, part.table.rows)]


def _without_false_edges(rows: Sequence[Row]) -> list[Row]:
    """Rows of functions that share one text made whole where only one of them says whether it was addressed: a stroke
    of a stamp, taken for a rule, had cut them."""
    whole: list[Row] = []
    for row in rows:
        if whole and row.shares_text() and row.is_addressed() != whole[-1].is_addressed():
            pairs = zip(whole[-1].readings, row.readings, strict=True)
            whole[-1] = replace(row, readings=tuple(b if is_blank(a) else a for a, b in pairs))
        else:
            whole.append(row)
    return whole


def _row(part: Fragment, row: int) -> Row:
    columns = part.columns
    readings = tuple(reading_in(part.table, column, row, merges=column.kind is ColumnKind.SECTOR) for column in columns)
    empty = tuple(
        not reading.candidates and all(is_blank(c.reading) for c in cells_in(part.table, column, row))
        for reading, column in zip(readings, columns, strict=True)
    )
    return Row(readings, kinds_of(columns), empty, () if part.certain else (STRUCTURE_UNCERTAIN,))


def _is_cut(above: Row, below: Row) -> bool:
    """Whether the last row of a page and the first of the next are one: only one of them holds marks."""
    return above.has_marks() != below.has_marks()


def _whole(above: Row, below: Row) -> Row:
    """The two parts of a row as one: words joined, small cells as they stand in the part that holds the marks."""
    marked = above if above.has_marks() else below
    readings = tuple(
        replace(own, places=(*a.places, *b.places)) if kind in SMALL else joined((a, b))
        for a, b, own, kind in zip(above.readings, below.readings, marked.readings, above.kinds, strict=True)
    )
    return replace(marked, readings=readings, doubts=tuple(dict.fromkeys((*above.doubts, *below.doubts))))

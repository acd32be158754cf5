"""Ruled tables that break across pages as a word processor breaks them.

A row cut by a page break leaves as many lines as fit, and continues under the repeated header; merged cells in the
first column continue likewise. Units are PDF points; y runs down from the top of the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.form_layout import SIDE_PAD, DrawnCell, Line, Paper, Slot, wrap


@dataclass(frozen=True, slots=True)
class Head:
    """A header cell; 0-based place, with spans."""

    row: int
    column: int
    slot: Slot
    row_span: int = 1
    column_span: int = 1


@dataclass(slots=True)
class Fragment:
    """The part of a row that stands on one page."""

    y0: float
    y1: float
    lines: list[list[Line]]
    slots: Sequence[Slot]
    group: int | None
    ground: float | None  # grey behind its cells


@dataclass(frozen=True, slots=True)
class Table:
    """`groups`: per row, which rows share one merged first cell (equal numbers); None where cells stand alone."""

    widths: Sequence[float]
    rows: Sequence[Sequence[Slot]]
    head: Sequence[Head] = ()
    groups: Sequence[int | None] = ()


def print_table(paper: Paper, table: Table) -> None:
    """Draw `table` from the cursor on, over as many pages as it needs."""
    TablePrinter(paper, table).run()


class TablePrinter:
    """Sets one table. Rows are placed first, and drawn page by page, once it is known which share a merged cell."""

    def __init__(self, paper: Paper, table: Table) -> None:
        self.paper, self.table, self.rule = paper, table, paper.ruling
        self.edges = [paper.margins[0]]
        for width in table.widths:
            self.edges.append(self.edges[-1] + width)
        self.groups = list(table.groups) or [None] * len(table.rows)
        self.placed: list[Fragment] = []
        self.owed: dict[int, list[Line]] = {}  # lines of merged cells not yet printed
        self.top = paper.y  # of what stands on this page

    def run(self) -> None:
        first = self._wrapped(self.table.rows[0], self.groups[0])
        whole = self._height(first, self.table.rows[0])
        smallest = whole if self.rule.whole_rows else 3 * self.table.rows[0][-1].type.pitch
        if self.paper.y + self._head_height() + smallest > self.paper.bottom:
            self.paper.new_page()
        self._draw_head()
        for index, row in enumerate(self.table.rows):
            self._place(index, row)
        self._flush()

    def _wrapped(self, row: Sequence[Slot], group: int | None) -> list[list[Line]]:
        slots = zip(row, self.table.widths, strict=True)
        lines = [wrap(s.text, s.type, w - 2 * SIDE_PAD, self.rule.slash_breaks) for s, w in slots]
        return [[], *lines[1:]] if group is not None else lines

    def _height(self, lines: list[list[Line]], row: Sequence[Slot]) -> float:
        return max(len(some) * s.type.pitch for some, s in zip(lines, row, strict=True)) + 2 * self.rule.pad + 1.5

    def _place(self, index: int, row: Sequence[Slot]) -> None:
        group, ground = self.groups[index], self.rule.stripes if index % 2 else None
        if group is not None and (index == 0 or self.groups[index - 1] != group):
            self.owed[group] = wrap(row[0].text, row[0].type, self.table.widths[0] - 2 * SIDE_PAD)
        lines = self._wrapped(row, group)
        last = index + 1 == len(self.groups) or group is None or self.groups[index + 1] != group
        height = self._grown(self._height(lines, row), row, group, last)
        room = self.paper.bottom - self.paper.y
        if height > room:
            fitting = int((room - 2 * self.rule.pad - 1.5) // row[-1].type.pitch)
            longest = max(len(some) for some in lines)
            if not self.rule.whole_rows and 1 <= fitting < longest:
                late = self.rule.late_marks and longest > 2 * fitting
                cuts = [0 if late and len(some) == 1 else fitting for some in lines]
                above = [some[:cut] for some, cut in zip(lines, cuts, strict=True)]
                self._add(Fragment(self.paper.y, self.paper.bottom, above, row, group, ground))
                lines = [some[cut:] for some, cut in zip(lines, cuts, strict=True)]
            self._turn_page()
            height = self._grown(self._height(lines, row), row, group, last)
        self._add(Fragment(self.paper.y, self.paper.y + height, lines, row, group, ground))

    def _grown(self, height: float, row: Sequence[Slot], group: int | None, last: bool) -> float:
        """The last row of a group makes room for what is still owed of the merged text."""
        if group is None or not last:
            return height
        above = sum(f.y1 - f.y0 for f in self.placed if f.group == group)
        return max(height, len(self.owed[group]) * row[0].type.pitch + 2 * self.rule.pad + 1.5 - above)

    def _add(self, fragment: Fragment) -> None:
        self.placed.append(fragment)
        self.paper.y = fragment.y1

    def _turn_page(self) -> None:
        self._flush()
        self.paper.new_page()
        self._draw_head()

    # ------------------------------------------------------------ drawing

    def _flush(self) -> None:
        start = 0
        for i, fragment in enumerate(self.placed):
            for column in range(fragment.group is not None, len(fragment.slots)):
                box = (self.edges[column], fragment.y0, self.edges[column + 1], fragment.y1)
                self._cell(fragment.slots[column], fragment.lines[column], box, fragment.ground)
            ends = i + 1 == len(self.placed) or self.placed[i + 1].group != fragment.group
            if fragment.group is not None and ends:
                self._merged(fragment, self.placed[start].y0)
            start = i + 1 if ends or fragment.group is None else start
        if self.rule.frame and self.rule.width and self.placed:
            self._outline((self.edges[0], self.top, self.edges[-1], self.placed[-1].y1), self.rule.frame, 0.0)
        self.placed = []

    def _outline(self, box: tuple[float, float, float, float], width: float, grey: float, fill: bool = False) -> None:
        x0, y0, x1, y1 = box
        self.paper.canvas.setLineWidth(width)
        self.paper.canvas.setStrokeGray(grey)
        self.paper.canvas.rect(x0, self.paper.size[1] - y1, x1 - x0, y1 - y0, fill=int(fill))

    def _merged(self, last: Fragment, y0: float) -> None:
        assert last.group is not None
        owed = self.owed[last.group]
        fitting = max(0, int((last.y1 - y0 - 2 * self.rule.pad) // last.slots[0].type.pitch))
        self.owed[last.group] = owed[fitting:]
        self._cell(last.slots[0], owed[:fitting], (self.edges[0], y0, self.edges[1], last.y1))

    def _cell(
        self, slot: Slot, lines: list[Line], box: tuple[float, float, float, float], ground: float | None = None
    ) -> None:
        x0, y0, x1, y1 = box
        if self.rule.width:
            self.paper.canvas.setFillGray(1 if ground is None else ground)
            self._outline(box, self.rule.width, self.rule.grey, ground is not None)
        pitch = slot.type.pitch
        top = y0 + (self.rule.pad if self.rule.top_aligned else (y1 - y0 - len(lines) * pitch) / 2)
        for i, line in enumerate(lines):
            self.paper.line(line, slot.type, (x0 + SIDE_PAD, x1 - SIDE_PAD, top + i * pitch))
        if slot.kind:
            self.paper.cells.append(DrawnCell(slot.kind, "\n".join(line.text for line in lines), self.paper.page, box))

    # ------------------------------------------------------------ header

    def _head_rows(self) -> list[float]:
        head = self.table.head
        heights = [0.0] * (1 + max((h.row + h.row_span - 1 for h in head), default=-1))
        for cell in sorted(head, key=lambda h: h.row_span):
            width = self.edges[cell.column + cell.column_span] - self.edges[cell.column] - 2 * SIDE_PAD
            lines = wrap(cell.slot.text, cell.slot.type, width, self.rule.slash_breaks)
            need = len(lines) * cell.slot.type.pitch + 2 * self.rule.pad + 1.5
            spanned = range(cell.row, cell.row + cell.row_span)
            heights[spanned[-1]] += max(0.0, need - sum(heights[r] for r in spanned))
        return heights

    def _head_height(self) -> float:
        return sum(self._head_rows())

    def _draw_head(self) -> None:
        heights = self._head_rows()
        self.top = self.paper.y
        tops = [self.paper.y + sum(heights[:i]) for i in range(len(heights) + 1)]
        for h in self.table.head:
            x0, x1 = self.edges[h.column], self.edges[h.column + h.column_span]
            lines = wrap(h.slot.text, h.slot.type, x1 - x0 - 2 * SIDE_PAD, self.rule.slash_breaks)
            self._cell(h.slot, lines, (x0, tops[h.row], x1, tops[h.row + h.row_span]), self.rule.shade)
        self.paper.y = tops[-1]

"""What ended in none of a report's values, the cells that it touches, and what of the report it puts in doubt.

Ink over a cell whose mark was read beside it is listed. A value is doubted only where the residual could itself be it:
ink of a mark's size standing free in the cell, or words read there and given to no value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from ocr.records import Box, InputKind, Residual, ResidualKind, TextLine
from parsers import areas, books
from parsers.areas import Spot
from parsers.records import (
    Attendee,
    Certainty,
    Fields,
    Function,
    LooseEnd,
    Mark,
    MatrixKind,
    Report,
    SortedReadings,
)
from parsers.sections import narrative_start

IN_CELL = "residual_ink"
SAME_SIZE = 0.25  # of a side: what repeats on another page differs less
SAME_PLACE = 1.0  # of its size: scans shift from page to page

Row = TypeVar("Row", Attendee, Function)
Cells = set[tuple[int | None, int | None]]


def close(readings: SortedReadings, said: Fields) -> tuple[SortedReadings, tuple[LooseEnd, ...]]:
    """The readings, with the pages on which rows are missing, and everything that ended in no value of `said` or the
    matrices."""
    ended = books.endings(readings.lines, said)
    cells = areas.spots(readings)
    left = (books.Ending.RESIDUAL, books.Ending.DUST)
    outside = [x for x, e in zip(readings.lines, ended, strict=True) if e in left and not _is_beside_published(x, said)]
    unread = {*readings.unread_matrices, *areas.pages_with_lost_rows(outside, cells)}
    if readings.kind is InputKind.OCR_TEXT:
        unread |= _pages_with_lost_functions(readings.lines, ended, said)
    found = (*_without_repeated(readings.residuals), *books.residual_words(readings.lines, ended))
    ordered = sorted(_together(found), key=_order)
    general = sum(len(m.rows) for m in readings.functions if m.kind is MatrixKind.FUNCTIONS_GENERAL)
    return (
        replace(readings, unread_matrices=tuple(sorted(unread))),
        tuple(_loose_end(residual, areas.touched(residual, cells), general) for residual in ordered),
    )


def _is_beside_published(line: TextLine, said: Fields) -> bool:
    """Whether a line stands among those that say what was published: their boxes to tick stand in line like marks."""
    places = [place for p in said.publications for place in p.certainty.places if place.page == line.place.page]
    boxes = [place.box for place in places if place.box]
    if len(boxes) < 2 or line.place.box is None:
        return False
    around = Box.around(boxes)
    return around.y0 <= line.place.box.center[1] < around.y1


def _pages_with_lost_functions(lines: Sequence[TextLine], ended: Sequence[books.Ending], said: Fields) -> set[int]:
    """Pages of a flattened text with prose between what was published and the narrative: only functions stand there."""
    published = {place for p in said.publications for place in p.certainty.places}
    first = max((i for i, line in enumerate(lines) if line.place in published), default=len(lines))
    between = slice(first, max(first, narrative_start(lines)))
    left = books.residual_words(lines[between], ended[between])
    return {r.place.page for r in left if books.is_prose(r.text)}


def _order(residual: Residual) -> tuple[int, int, float, float]:
    box = residual.place.box or Box(0, 0, 0, 0)
    return residual.place.page, residual.place.line or 0, box.y0, box.x0


def _without_repeated(residuals: Sequence[Residual]) -> list[Residual]:
    """Without the ink that stands at the same place of another page too: a letterhead's shield is furniture."""
    return [r for r in residuals if r.kind is not ResidualKind.INK or not any(_repeats(r, x) for x in residuals)]


def _repeats(a: Residual, b: Residual) -> bool:
    one, other = a.place.box, b.place.box
    if a.place.page == b.place.page or b.kind is not a.kind or one is None or other is None:
        return False
    high, wide = max(one.height, other.height), max(one.width, other.width)
    (x, y), (u, v) = one.center, other.center
    alike = abs(one.height - other.height) <= SAME_SIZE * high and abs(one.width - other.width) <= SAME_SIZE * wide
    return alike and abs(x - u) <= SAME_PLACE * wide and abs(y - v) <= SAME_PLACE * high


def _together(residuals: Sequence[Residual]) -> list[Residual]:
    """The residuals, ink that was read and ink that was not as one where they overlap."""
    found: list[Residual] = []
    for residual in residuals:
        over = [x for x in found if _are_one(x, residual)]
        boxes = [x.place.box for x in (*over, residual) if x.place.box]
        text = "\n".join(x.text for x in (*over, residual) if x.text)
        known = [x.confidence for x in (*over, residual) if x.confidence is not None]
        place = replace(residual.place, box=Box.around(boxes)) if boxes else residual.place
        found = [x for x in found if x not in over]
        found.append(Residual(residual.kind, place, text, min(known, default=None)))
    return found


def _are_one(a: Residual, b: Residual) -> bool:
    one, other = a.place.box, b.place.box
    if not a.kind is b.kind is ResidualKind.INK or a.place.page != b.place.page or one is None or other is None:
        return False
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1


def _loose_end(residual: Residual, cells: Sequence[Spot], general: int) -> LooseEnd:
    """`general`: how many functions precede the specific ones."""
    places = (residual.place,)
    if not cells:
        return LooseEnd(residual, certainty=Certainty(residual.confidence, None, places))
    first = cells[0]
    number = first.row + 1 + (general if first.matrix is MatrixKind.FUNCTIONS_SPECIFIC else 0)
    attends = first.matrix is MatrixKind.ATTENDANCE
    return LooseEnd(
        residual,
        first.matrix,
        number if attends else None,
        None if attends else number,
        first.column + 1 if first.column >= 0 else None,
        Certainty(residual.confidence, IN_CELL if _could_be_value(residual, first) else None, places),
    )


def _could_be_value(residual: Residual, cell: Spot) -> bool:
    """Whether a residual could be what the cell says: strokes that come in from elsewhere cannot."""
    box = residual.place.box
    inside = box is not None and cell.box.contains(box.x0, box.y0) and cell.box.contains(box.x1, box.y1)
    return residual.kind is not ResidualKind.INK or inside


# ---------------------------------------------------------------- doubts


def doubted(report: Report) -> Report:
    """The report, the values of cells in which a residual may be one asking for review."""
    ends = [end for end in report.loose_ends if end.matrix and end.certainty.needs_review]
    rows: Cells = {(end.row, end.column) for end in ends if end.row}
    functions: Cells = {(end.function, end.column) for end in ends if end.function}
    if not ends:
        return report
    return replace(
        report,
        attendees=tuple(_doubted(a, a.row, rows) for a in report.attendees),
        functions=tuple(_doubted(f, f.function, functions) for f in report.functions),
    )


def _doubted(record: Row, number: int, cells: Cells) -> Row:
    marks = tuple(_doubted_mark(m) if (number, i) in cells else m for i, m in enumerate(record.marks, start=1))
    certainty = _with_reason(record.certainty) if (number, None) in cells else record.certainty
    return replace(record, marks=marks, certainty=certainty)


def _doubted_mark(mark: Mark) -> Mark:
    return replace(mark, certainty=_with_reason(mark.certainty))


def _with_reason(certainty: Certainty) -> Certainty:
    return certainty if certainty.needs_review else replace(certainty, review_reason=IN_CELL)

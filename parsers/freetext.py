"""Flattened OCR text, without boxes, → the same matrices of readings that ruled tables give.

Whole-page OCR of a table writes it line by line, the words of neighbouring cells side by side, or sometimes one cell a
line. The matrices are rebuilt in four steps: find their lines (freetext_zones), read their columns' headers
(freetext_columns), find the line of each row that ends in marks (freetext_slots), and cut the lines between them into
rows and columns (freetext_rows, freetext_align; freetext_functions). Marks stay as read: what they say is decoded
later. A row whose marks cannot be read is there, its cells without candidates.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from dictionaries.records import Dictionary
from ocr.records import Candidate, InputKind, Place, Reading, ReadPage, TextLine
from parsers.books import is_prose, lost_lines
from parsers.freetext_columns import columns, held_dates
from parsers.freetext_functions import read_functions
from parsers.freetext_names import Names
from parsers.freetext_rows import FlatRow, TableLine, cut_rows, reads_by_rows
from parsers.freetext_slots import Slot, find_tail, mark_slot, mend, relearn, role_slot, total_slot, words_of
from parsers.freetext_zones import Zone, find_zones
from parsers.records import AttendanceMatrix, AttendeeReading, MatrixKind, SortedReadings

# Before a column's marks are known: sessions are held from the first column on, most often.
LIKELY_HELD = {"SI": 0.5, "NO": 0.25, "X": 0.07, "-": 0.15, "": 0.03}
LIKELY_EMPTY = {"SI": 0.15, "NO": 0.08, "X": 0.02, "-": 0.72, "": 0.03}
QUARTERS = 4  # a form has a column for each, and more for more sessions
MORE_COLUMNS = 4  # at most, than dates
MARK_LINE = -5.0  # nats; a line of less surely has no marks
CLEAR = 10.0  # nats; lines to learn from


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the table. `sheet`: how many headers stand above it."""

    line: TextLine
    words: tuple[str, ...]
    sheet: int


@dataclass(frozen=True, slots=True)
class _Layout:
    """The slots of a row, by sheet: one may lose a column that another shows. `held`: by session column."""

    slots: dict[int, tuple[Slot, ...]]
    held: tuple[bool, ...]


def sort_text(pages: Sequence[ReadPage], dictionary: Dictionary) -> SortedReadings:
    """The matrices of a flattened text, and its other lines. A matrix that the text does not show is left out."""
    zones = find_zones([line for page in pages for line in page.lines])
    attendance = _attendance(zones.attendance, dictionary) if zones.attendance.body else None
    attended = attendance.columns if attendance is not None and not attendance.warnings else None
    functions = (
        read_functions(MatrixKind.FUNCTIONS_GENERAL, zones.general, attended),
        read_functions(MatrixKind.FUNCTIONS_SPECIFIC, zones.specific, attended),
    )
    read = SortedReadings(InputKind.OCR_TEXT, attendance, tuple(f for f in functions if f is not None), zones.rest)
    bodies = (*zones.attendance.body, *zones.general.body, *zones.specific.body)
    lost = lost_lines(bodies, read)
    unread = {r.place.page for r in lost if is_prose(r.text)}
    return replace(read, residuals=lost, unread_matrices=tuple(sorted(unread)))


def _attendance(zone: Zone, dictionary: Dictionary) -> AttendanceMatrix:
    dates = held_dates(zone.headers)
    starts = [header[0].place.line or 0 for header in zone.headers]
    lines = [_Line(x, words_of(x.text), bisect_right(starts, x.place.line or 0)) for x in zone.body]
    layout = _layout(lines, len(dates))
    tabled = [TableLine(x.line, x.sheet, x.words, find_tail(x.words, layout.slots[x.sheet])) for x in lines]
    rows = cut_rows(tabled, Names(dictionary))
    sectors = _sectors(rows)
    miscounted = not dates or sum(layout.held) != len(dates)
    doubts = {"session_columns": miscounted, "read_by_columns": not reads_by_rows(rows)}
    return AttendanceMatrix(
        columns(dates, layout.held),
        tuple(_attendee(row, sector, layout) for row, sector in zip(rows, sectors, strict=True)),
        tuple(reason for reason, applies in doubts.items() if applies),
    )


def _layout(lines: Sequence[_Line], held: int) -> _Layout:
    """The number of columns that explains the marks best, and what the marks themselves tell of each column."""
    fewest = max(held, QUARTERS)
    marked = [x for x in lines if find_tail(x.words, _row_slots(fewest, held)).score > MARK_LINE]
    learnt = [_learn(marked, _row_slots(n, held)) for n in range(fewest, fewest + MORE_COLUMNS)]
    slots = max(learnt, key=lambda s: sum(max(0.0, find_tail(x.words, s).score) for x in marked))
    sheets = {x.sheet: _learn([y for y in marked if y.sheet == x.sheet], slots) for x in lines}
    return _Layout(sheets, _held_columns(slots[1:-1], held))


def _row_slots(columns: int, held: int) -> tuple[Slot, ...]:
    marks = (mark_slot(LIKELY_HELD if i < held or not held else LIKELY_EMPTY) for i in range(columns))
    return (role_slot(), *marks, total_slot(columns))


def _learn(lines: Sequence[_Line], slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
    tails = [tail for x in lines if (tail := find_tail(x.words, slots)).score >= CLEAR]
    return relearn(slots, tails)


def _held_columns(slots: Sequence[Slot], held: int) -> tuple[bool, ...]:
    """Which columns had a session: as many as have dates, those that show "-" least; without dates, most "-" decide."""
    empty = [slot.dash for slot in slots]
    if not held:
        return tuple(share < 0.5 for share in empty)
    fullest = sorted(range(len(slots)), key=lambda i: (empty[i], i))[:held]
    return tuple(i in fullest for i in range(len(slots)))


def _attendee(row: FlatRow, sector: Reading, layout: _Layout) -> AttendeeReading:
    places = tuple(line.line.place for line in row.lines)
    if row.marks is None:
        cells: tuple[Reading, ...] = (Reading((), places[:1]),) * (len(layout.held) + 2)
    else:
        cells = row.marks.tail.readings(layout.slots[row.marks.sheet], (row.marks.line.place,))
    entity, position = _reading(row.columns.entity, places), _reading(row.columns.position, places)
    return AttendeeReading(sector, entity, position, cells[0], cells[1:-1], cells[-1])


def _reading(words: Sequence[str], places: tuple[Place, ...]) -> Reading:
    text = mend(" ".join(words).strip())
    return Reading((Candidate(text, None, "text"),) if text else (), places)


def _sectors(rows: Sequence[FlatRow]) -> list[Reading]:
    """Each row's sector text; rows of one sector share its merged cell, whose words lie scattered over them."""
    found: list[Reading] = []
    for _, group in groupby(rows, key=lambda row: row.sector_id or row):
        some = list(group)
        words = [word for row in some for word in row.columns.sector]
        places = tuple(line.line.place for row in some for line in row.lines)
        found += [_reading(words, places)] * len(some)
    return found

"""Flattened OCR text, without boxes, → the same matrices of readings that ruled tables give.

Whole-page OCR of a table writes it line by line, the words of neighbouring cells side by side, or sometimes one cell a
line. The matrices are rebuilt in four steps: find their lines (freetext_zones), read their columns' headers
(freetext_columns), find the line of each row that ends in marks (freetext_slots), and cut the lines between them into
rows and columns (freetext_rows, freetext_align; freetext_functions). Marks stay as read: what they say is decoded
later. A row whose marks cannot be read is there, its cells without candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from dictionaries.records import Dictionary
from ocr.records import Candidate, InputKind, Place, Reading, ReadPage, TextLine
from parsers.freetext_align import Names
from parsers.freetext_columns import columns, held_dates
from parsers.freetext_functions import read_functions
from parsers.freetext_rows import FlatRow, TableLine, cut_rows
from parsers.freetext_slots import Slot, Tail, find_tail, mark_slot, relearn, role_slot, total_slot, words_of
from parsers.freetext_zones import Zone, find_zones
from parsers.records import AttendanceMatrix, AttendeeReading, MatrixKind, SortedReadings

ANY_MARK = {"SI": 0.35, "NO": 0.15, "X": 0.05, "-": 0.4, "": 0.05}  # before anything is known of a column
QUARTERS = 4  # a form has a column for each, and more for more sessions
MORE_COLUMNS = 4  # at most, than dates
MARK_LINE = 5.0  # nats; the score of a line that surely ends in marks
DOUBTFUL = 0.0  # nats; below it the marks of a line are not to be told apart


@dataclass(frozen=True, slots=True)
class _Layout:
    """The slots of a row, by page: a page may lose a column that another shows. `held`: by session column."""

    slots: dict[int, tuple[Slot, ...]]
    held: tuple[bool, ...]


def sort_text(pages: Sequence[ReadPage], dictionary: Dictionary) -> SortedReadings:
    """The matrices of a flattened text, and its other lines. A matrix that the text does not show is left out."""
    zones = find_zones([line for page in pages for line in page.lines])
    attendance = _attendance(zones.attendance, dictionary) if zones.attendance.body else None
    held = None if attendance is None else [c.date.text != "-" for c in attendance.columns]
    functions = (
        read_functions(MatrixKind.FUNCTIONS_GENERAL, zones.general, held),
        read_functions(MatrixKind.FUNCTIONS_SPECIFIC, zones.specific, held),
    )
    return SortedReadings(InputKind.OCR_TEXT, attendance, tuple(f for f in functions if f is not None), zones.rest)


def _attendance(zone: Zone, dictionary: Dictionary) -> AttendanceMatrix:
    dates = held_dates(zone.headers)
    worded = [(line, words_of(line.text)) for line in zone.body]
    layout = _layout(worded, len(dates))
    lines = [TableLine(line, words, find_tail(words, layout.slots[line.place.page])) for line, words in worded]
    rows = cut_rows(lines, Names(dictionary))
    sectors = _sectors(rows)
    warnings = () if dates and sum(layout.held) == len(dates) else ("session_columns",)
    return AttendanceMatrix(
        columns(dates, layout.held),
        tuple(_attendee(row, sector, len(layout.held)) for row, sector in zip(rows, sectors, strict=True)),
        warnings,
    )


def _layout(lines: Sequence[tuple[TextLine, tuple[str, ...]]], held: int) -> _Layout:
    """The number of columns that explains the marks best, and what the marks themselves tell of each column."""
    fewest = max(held, QUARTERS)
    first = _row_slots(fewest)
    marked = [(line, words) for line, words in lines if find_tail(words, first).score > -MARK_LINE]
    learnt = [_learn(marked, _row_slots(n)) for n in range(fewest, fewest + MORE_COLUMNS)]
    slots = max(learnt, key=lambda s: sum(max(0.0, find_tail(words, s).score) for _, words in marked))
    by_page = {
        page: _learn([pair for pair in marked if pair[0].place.page == page], slots)
        for page in {line.place.page for line, _ in lines}
    }
    return _Layout(by_page, _held_columns(slots[1:-1], held))


def _row_slots(columns: int) -> tuple[Slot, ...]:
    return (role_slot(), *(mark_slot(ANY_MARK) for _ in range(columns)), total_slot(columns))


def _learn(lines: Sequence[tuple[TextLine, tuple[str, ...]]], slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
    tails = [tail for _, words in lines if (tail := find_tail(words, slots)).score >= MARK_LINE]
    return relearn(slots, tails)


def _held_columns(slots: Sequence[Slot], held: int) -> tuple[bool, ...]:
    """Which columns had a session: as many as have dates, those that show "-" least; without dates, most "-" decide."""
    empty = [sum(p for form, p in slot.labels if form in ("-", "–", "N/A")) for slot in slots]
    if not held:
        return tuple(share < 0.5 for share in empty)
    fullest = sorted(range(len(slots)), key=lambda i: (empty[i], i))[:held]
    return tuple(i in fullest for i in range(len(slots)))


def _attendee(row: FlatRow, sector: Reading, columns: int) -> AttendeeReading:
    tail = row.marks.tail if row.marks is not None else Tail((None,) * (columns + 2), 0, DOUBTFUL)
    at = (row.marks or row.lines[0]).line.place
    cells = [Reading(() if text is None else (Candidate(text, None, "text"),), (at,)) for text in tail.texts]
    places = tuple(line.line.place for line in row.lines)
    return AttendeeReading(
        sector, _reading(row.columns.entity, places), _reading(row.columns.position, places),
        cells[0], tuple(cells[1:-1]), cells[-1],
    )  # fmt: skip


def _reading(words: Sequence[str], places: tuple[Place, ...]) -> Reading:
    text = " ".join(words).strip()
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

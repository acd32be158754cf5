"""Flattened OCR text, without boxes, → the same matrices of readings that ruled tables give.

Whole-page OCR of a table writes it line by line, the words of neighbouring cells side by side, or sometimes one cell a
line. The matrices are rebuilt in four steps: find their lines (`zones`), read their columns' headers
(`columns`), find the line of each row that ends in marks (`slots`), and cut the lines between them into
rows and columns (`rows`, `align`; `functions`). Marks stay as read: what they say is decoded
later. A row whose marks cannot be read is there, its cells without candidates.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from dictionaries.records import Dictionary
from ocr.records import Candidate, InputKind, Place, Reading, ReadPage, TextLine
from parsers.books import is_heading, is_prose, lost_lines
from parsers.counts import read_counts
from parsers.freetext.cells import cell_readings, if_seen
from parsers.freetext.columns import columns, held_dates
from parsers.freetext.functions import read_functions
from parsers.freetext.names import Names
from parsers.freetext.patterns import Pattern, likely_patterns
from parsers.freetext.rows import (
    FlatRow,
    TableLine,
    cut_rows,
    has_marks_of,
    has_part_by_columns,
    holds_another,
    reads_by_rows,
)
from parsers.freetext.slots import (
    ACTING,
    SHORT_WORDS,
    UNSEEN_DASH,
    Slot,
    find_tail,
    is_misread,
    mark_slot,
    mend,
    relearn,
    role_slot,
    total_slot,
    words_of,
)
from parsers.freetext.unread import READ_BY_COLUMNS, SESSION_COLUMNS, unread_pages
from parsers.freetext.ways import attendee_ways
from parsers.freetext.zones import Zones, find_zones, has_names_apart, holds_legend
from parsers.gaps import UNREAD
from parsers.odd_rows import WITHOUT_MARKS
from parsers.records import AttendanceMatrix, AttendeeReading, MatrixKind, SortedReadings

# Before a column's marks are known: sessions are held from the first column on, most often.
LIKELY_HELD = {"SI": 0.5, "NO": 0.25, "X": 0.07, "-": 0.15, "": 0.03}
LIKELY_EMPTY = {"SI": 0.05, "NO": 0.03, "X": 0.02, "-": 0.87, "": 0.03}
HALF = 0.5  # of what a column shows
UNSEEN_COLUMNS = 2.5  # nats: the cost of columns that show nothing in any row; of 41 drawn texts one left them blank,
# and of the others, whose empty columns have marks, none lost more than 0.76 of them
SHOWS_NOTHING = 0.1  # nats: the cost of a lost mark where hardly any is read
OVERRULED = 4.0  # nats, by which headers may prefer another pattern: more is a session late or a blank column wrong
SURE_PATTERN = 3.0  # nats, by which a pattern of columns must explain headers and marks better than any other
SURE_UNDATED = 6.0  # the same, where no header was read and the form declares as many sessions
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
    """The slots of a row, by sheet: one may lose a column that another shows.

    `margin`: by how much this pattern of columns explains headers and marks better than any other, in nats.
    `against`: how much the headers alone prefer another, in nats; `contradicted`: a column shows what it should not.
    """

    slots: dict[int, tuple[Slot, ...]]
    pattern: Pattern
    margin: float
    against: float
    contradicted: bool

    @property
    def is_sure(self) -> bool:
        return self.margin >= SURE_PATTERN and self.against <= OVERRULED and not self.contradicted


def sort_text(pages: Sequence[ReadPage], dictionary: Dictionary) -> SortedReadings:
    """The matrices of a flattened text, and its other lines. A matrix that the text does not show is left out."""
    zones = find_zones([line for page in pages for line in page.lines])
    attendance = _attendance(zones, dictionary) if zones.attendance.body else None
    attended = attendance.columns if attendance is not None and not attendance.warnings else None
    functions = (
        read_functions(MatrixKind.FUNCTIONS_GENERAL, zones.general, attended),
        read_functions(MatrixKind.FUNCTIONS_SPECIFIC, zones.specific, attended),
    )
    read = SortedReadings(InputKind.OCR_TEXT, attendance, tuple(f for f in functions if f is not None), zones.rest)
    bodies = (*zones.attendance.body, *zones.general.body, *zones.specific.body)
    lost = lost_lines(bodies, read)
    headings = [x for zone in (zones.attendance, zones.general, zones.specific) for head in zone.headers for x in head]
    strange = lost_lines([x for x in headings if not is_heading(x.text)], read)
    unread = {r.place.page for r in lost if is_prose(r.text)}
    swallowed = [row for row in attendance.rows if UNREAD in row.doubts] if attendance else []
    unread.update(place.page for row in swallowed for place in row.marks[0].places)
    unread.update(unread_pages(pages, zones, (attendance, *functions)))
    return replace(read, residuals=(*lost, *strange), unread_matrices=tuple(sorted(unread)))


def _attendance(zones: Zones, dictionary: Dictionary) -> AttendanceMatrix:
    zone = zones.attendance
    others = (*zones.general.headers, *zones.specific.headers)
    dates = held_dates(zone.headers, others)
    starts = [header[0].place.line or 0 for header in zone.headers]
    lines = [_Line(x, words_of(x.text), bisect_right(starts, x.place.line or 0)) for x in zone.body]
    layout = _layout(lines, likely_patterns(dates, (*zone.headers, *others)))
    tabled = [TableLine(x.line, x.sheet, x.words, find_tail(x.words, layout.slots[x.sheet])) for x in lines]
    rows = cut_rows(tabled, Names(dictionary))
    sectors, doubtful = _sectors(rows), _doubts(rows)
    miscounted = not layout.is_sure or not _is_borne_out(layout, dates, zones)
    apart = holds_legend(zone) or has_names_apart(zone)
    by_columns = apart or not reads_by_rows(rows) or has_part_by_columns(rows)
    doubts = {SESSION_COLUMNS: miscounted, READ_BY_COLUMNS: by_columns}
    return AttendanceMatrix(
        columns(dates, layout.pattern.held, layout.pattern.quarters),
        tuple(_attendee(*each, layout) for each in zip(rows, sectors, doubtful, strict=True)),
        tuple(reason for reason, applies in doubts.items() if applies),
    )


def _is_borne_out(layout: _Layout, dates: Sequence[Reading], zones: Zones) -> bool:
    """Whether as many sessions were held as the headers date or, where these are lost, the form declares."""
    held = layout.pattern.sessions
    if dates:
        return held == len(dates)
    declared = [count.held for count in read_counts(zones.rest)]
    return layout.margin >= SURE_UNDATED and None not in declared and held == sum(n or 0 for n in declared)


def _layout(lines: Sequence[_Line], patterns: Sequence[Pattern]) -> _Layout:
    """The pattern of columns that explains headers and marks best, and what the marks tell of each column."""
    marked = [x for x in lines if find_tail(x.words, _row_slots(patterns[0])).score > MARK_LINE]
    learnt = [_learn(marked, _row_slots(pattern)) for pattern in patterns]
    fits = [
        sum(max(0.0, find_tail(x.words, slots).score) for x in marked) - pattern.cost - _unseen(slots)
        for pattern, slots in zip(patterns, learnt, strict=True)
    ]
    best = max(range(len(fits)), key=lambda i: fits[i])
    rival = max((fit for i, fit in enumerate(fits) if i != best), default=-math.inf)
    sheets = {n: _learn([x for x in marked if x.sheet == n], learnt[best]) for n in {x.sheet for x in lines}}
    pattern = patterns[best]
    free = _learn(marked, tuple(replace(slot, session=None) for slot in learnt[best]))
    shown = tuple(slot.dash < HALF for slot in free[1:-1])
    if not any(pattern.quarters):  # without dates, most "-" decide
        pattern = replace(pattern, held=shown)
    against = pattern.cost - patterns[0].cost
    return _Layout(sheets, pattern, fits[best] - rival, against, shown != pattern.held)


def _unseen(slots: Sequence[Slot]) -> float:
    """The cost of slots of which some are columns that show nothing, in nats."""
    return UNSEEN_COLUMNS * any(slot.session is False and slot.lost < SHOWS_NOTHING for slot in slots)


def _row_slots(pattern: Pattern) -> tuple[Slot, ...]:
    dated = any(pattern.quarters)
    marks = (
        mark_slot(LIKELY_HELD, session=True if dated else None) if yes else mark_slot(LIKELY_EMPTY, UNSEEN_DASH, False)
        for yes in pattern.held
    )
    return (role_slot(), *marks, total_slot(len(pattern.held)))


def _learn(lines: Sequence[_Line], slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
    tails = [tail for x in lines if (tail := find_tail(x.words, slots)).score >= CLEAR]
    return relearn(slots, tails)


def _doubts(rows: Sequence[FlatRow]) -> list[tuple[str, ...]]:
    """Why each may be no row, or not all of one."""
    below = (*rows[1:], None)
    unread = [holds_another(a) or (b is not None and has_marks_of(a, b)) for a, b in zip(rows, below, strict=True)]
    return [
        (*((UNREAD,) if swallowed else ()), *((WITHOUT_MARKS,) if row.marks is None else ()))
        for row, swallowed in zip(rows, unread, strict=True)
    ]


def _attendee(row: FlatRow, sector: Reading, doubts: tuple[str, ...], layout: _Layout) -> AttendeeReading:
    places = tuple(line.line.place for line in row.lines)
    slots, at = layout.slots[row.anchor.sheet], (row.anchor.line.place,)
    cells = cell_readings(row.cells, slots, at)
    if row.marks is None:
        cells = tuple(map(if_seen, cells, slots))
    entity, position = _reading(row.columns.entity, places), _reading(_without_scraps(row.columns.position), places)
    ways = attendee_ways(row.cells, slots) if row.marks is not None else ()
    return AttendeeReading(sector, entity, position, cells[0], cells[1:-1], cells[-1], doubts, ways)


def _reading(words: Sequence[str], places: tuple[Place, ...]) -> Reading:
    text = mend(" ".join(words).strip())
    return Reading((Candidate(text, None, "text"),) if text else (), places)


def _without_scraps(words: Sequence[str]) -> list[str]:
    """A position without what the engine makes of letters that touch rules or other lines: no word is so short, but
    small ones, the sign of who acts for another, and that of a number before it."""
    numbered = [any(map(str.isdigit, after)) for after in (*words, "")[1:]]
    return [w for w, n in zip(words, numbered, strict=True) if n or _is_small_word(w) or not is_misread(w)]


def _is_small_word(word: str) -> bool:
    return word.lower() in SHORT_WORDS or word.strip(".,;").lower() == ACTING


def _sectors(rows: Sequence[FlatRow]) -> list[Reading]:
    """Each row's sector text; rows of one sector share its merged cell, whose words lie scattered over them."""
    found: list[Reading] = []
    for _, group in groupby(rows, key=lambda row: row.sector_id or row):
        some = list(group)
        words = [word for row in some for word in row.columns.sector]
        places = tuple(line.line.place for row in some for line in row.lines)
        found += [_reading(words, places)] * len(some)
    return found

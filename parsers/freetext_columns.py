"""The session columns of a flattened matrix, from its headers: how many were held, their dates and their quarters.

A date comes whole (`19/03/2025 | 22/07/2025 - -`), in pieces under each other (`09/01 | 12/03` over `/2025 | /2025`),
or one cell a line; a matrix that runs over pages prints its header again, and the readings vouch for each other.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations

from ocr.records import Candidate, Place, Reading, TextLine
from parsers.dates import MONTHS, parse_date
from parsers.records import ColumnReading

QUARTERS = 4
EMPTY = "-"  # the date of a column without a session
FOUR_DIGITS = 4
PLACED_QUARTER = 0.95  # how surely a column's place among the others tells its quarter
WRONG_QUARTER = 1.0  # cost of a date outside its column's quarter: bodies do meet late
SHARED_EMPTY = 3.0  # cost of an empty column in a quarter that has another column: forms give it none

_MONTH = "|".join(rf"{m[:3]}(?:{m[3:]}|\b\.?)" for m in MONTHS)
_DAY = r"[\dlIO]{1,2}"
_FRESH = re.compile(
    rf"20\d\d-\d|(?:{_MONTH})\s+\d{{1,2}}\b"
    rf"|\d{{1,2}}[/.-]\d{{1,2}}|{_DAY}\s*(?:de\b|[/.-]?\s*(?:de\s+)?(?:{_MONTH}))",
    re.I,
)
_PIECE = re.compile(
    rf"20\d\d-\d{{1,2}}-\d{{1,2}}|\d{{1,2}}[/.-]\d{{1,2}}(?:[/.-]\d{{0,4}})?"
    rf"|(?:{_MONTH})\s+\d{{1,2}}\b(?:\s*,?\s*(?:del?)?\s*20\d\d)?"
    rf"|\b{_DAY}\s*[/.-]?\s*(?:de\s+)?(?:{_MONTH})(?:[/-]\d{{2,4}}|\s*(?:del?\s+)?20\d\d|\s+del?\b)?"
    rf"|\d{{1,2}}\s+de\b|(?:{_MONTH})(?:\s+del?\b)?(?:\s*\d{{4}})?|[/.1l|-]?20\d\d\b|[/.-]?\b\d{{2,4}}\b",
    re.I,
)
_YEARS = tuple(str(year) for year in range(2000, 2100))
_DIGIT = re.compile(r"\b\d\b")
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


def held_dates(headers: Sequence[Sequence[TextLine]]) -> tuple[Reading, ...]:
    """The dates printed in a matrix's headers, left to right; readings of several headers are alternatives."""
    found = [dates for header in headers if (dates := _dates_of(header))]
    if not found:
        return ()
    counts = Counter(len(dates) for dates in found)
    count = max(counts, key=lambda n: (counts[n], n))
    agreeing = [dates for dates in found if len(dates) == count]
    return tuple(_vote([dates[i] for dates in agreeing]) for i in range(count))


def columns(dates: Sequence[Reading], held: Sequence[bool]) -> tuple[ColumnReading, ...]:
    """The columns, given which of them were held; as many are held as there are dates, or dates are missing."""
    left = iter(dates)
    readings = [next(left, Reading()) if yes else Reading((Candidate(EMPTY, None, "text"),)) for yes in held]
    quarters = quarters_of([parse_date(r.text) if yes else None for r, yes in zip(readings, held, strict=True)], held)
    return tuple(
        ColumnReading(r, ((q, PLACED_QUARTER),) if q else ()) for q, r in zip(quarters, readings, strict=True)
    )


def like_attendance(dates: Sequence[Reading], attended: Sequence[ColumnReading]) -> tuple[ColumnReading, ...]:
    """The columns of a function matrix: those of the attendance matrix, with its own dates where they can be placed.

    A date is placed by its day and month, so that another year still stands over its column; as many dates as sessions
    are placed in order. A session whose date was not read has none.
    """
    held = [column for column in attended if column.date.text != EMPTY]
    if len(dates) == len(held):
        placed = dict(zip(map(id, held), dates, strict=True))
    else:
        placed = {id(column): r for column in held for r in dates if _same_day(r, column.date)}
    return tuple(
        replace(c, date=placed.get(id(c), Reading()) if c.date.text != EMPTY else c.date) for c in attended
    )


def _same_day(a: Reading, b: Reading) -> bool:
    known = parse_date(b.text)
    other = parse_date(a.text, year=known[0].year) if known else None
    return known is not None and other is not None and (known[0].day, known[0].month) == (other[0].day, other[0].month)


def quarters_of(dates: Sequence[tuple[date, float] | None], held: Sequence[bool]) -> tuple[int | None, ...]:
    """Each column's quarter: every quarter has a column, in order, and dates lie mostly in their quarters."""
    if len(dates) < QUARTERS:
        return tuple((d[0].month + 2) // 3 if d else None for d in dates)
    best, cost = None, 0.0
    for cuts in combinations(range(1, len(dates)), QUARTERS - 1):
        quarters = tuple(1 + sum(cut <= i for cut in cuts) for i in range(len(dates)))
        priced = _price(quarters, dates, held)
        if best is None or priced < cost:
            best, cost = quarters, priced
    return best or (None,) * len(dates)


def _price(quarters: Sequence[int], dates: Sequence[tuple[date, float] | None], held: Sequence[bool]) -> float:
    wrong = sum(d is not None and (d[0].month + 2) // 3 != q for q, d in zip(quarters, dates, strict=True))
    shared = sum(not yes and quarters.count(q) > 1 for q, yes in zip(quarters, held, strict=True))
    return WRONG_QUARTER * wrong + SHARED_EMPTY * shared


def _dates_of(header: Sequence[TextLine]) -> list[tuple[str, Place]]:
    """The dates of one header. A line of fresh dates opens columns, a line of pieces goes on with the last opened."""
    found: list[tuple[str, Place]] = []
    opened = 0
    for line in header:
        pieces = [m[0].strip() for m in _PIECE.finditer(line.text)]
        if any(_FRESH.match(p) for p in pieces):
            fresh = [p for p in pieces if _FRESH.match(p)]
            opened = len(fresh)
            found.extend((p, line.place) for p in fresh)
        elif len(pieces) == 1 and opened == 1 and found:
            at = next((i for i, (text, _) in enumerate(found) if not _YEAR.search(text)), len(found) - 1)
            found[at] = (_join(found[at][0], pieces[0]), found[at][1])
        elif found:
            pieces = pieces or _DIGIT.findall(line.text)
            if len(set(pieces)) == 1 and pieces[0].endswith(_YEARS):
                pieces = pieces[:1] * opened
            if len(pieces) in (opened, len(found)):
                at = len(found) - len(pieces)
                found[at:] = [(_join(text, p), place) for (text, place), p in zip(found[at:], pieces, strict=True)]
    return found


def _join(text: str, piece: str) -> str:
    if _YEAR.search(text):
        return text
    if piece.endswith(_YEARS):
        piece = ("/" if text[-1].isdigit() else "") + piece[-FOUR_DIGITS:]
    runs_on = text[-1] in "/.-" or piece[0] in "/.-" or (text[-1].isdigit() and piece[0].isdigit())
    return text + piece if runs_on else f"{text} {piece}"


def _vote(readings: Sequence[tuple[str, Place]]) -> Reading:
    """One date's readings as alternatives, the surest and commonest first; another's mere beginning is not one."""
    votes: dict[str, float] = defaultdict(float)
    for text, _ in readings:
        parsed = parse_date(text)
        votes[text] += parsed[1] if parsed and _YEAR.search(text) else 0.1
    whole = [text for text in votes if not any(other != text and other.startswith(text) for other in votes)]
    ranked = sorted(whole, key=lambda text: -votes[text])
    return Reading(tuple(Candidate(text, None, "text") for text in ranked), tuple(place for _, place in readings))

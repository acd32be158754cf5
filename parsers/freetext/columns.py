"""The session columns of a flattened matrix, from its headers: how many were held, their dates and their quarters.

A date comes whole (`19/03/2025 | 22/07/2025 - -`), in pieces under each other (`09/01 | 12/03` over `/2025 | /2025`),
or one cell a line; a matrix that runs over pages prints its header again, and the readings vouch for each other.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from ocr.records import Candidate, Place, Reading, TextLine
from parsers.dates import MONTHS, empty_mark_sureness, parse_date
from parsers.freetext.slots import is_rule
from parsers.records import ColumnReading

EMPTY = "-"  # the date of a column without a session
FOUR_DIGITS = 4
PLACED_QUARTER = 0.95  # how surely a column's place among the others tells its quarter
YEARS_SHARE = 0.6  # of a line's words, from which it holds the ends of dates and little else
JOINED = 0.85  # confidence of a date put together from pieces: another matrix's may contradict it

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
_LOOKALIKES = str.maketrans("oOQlLiIzZaSsBT", "00011112245587")
_DATE_LIKE = re.compile(r"(?<!\S)(?=(?:\S*\d){2})[\doOQlLiIzZaSsBT/.-]{5,10}(?!\S)")
_BROKEN = re.compile(r"\d{1,2}[/.-]\d?$")
_DAY_MONTH = re.compile(r"\d{1,2}[/.-](?:0?[1-9]|1[0-2])(?:[/.-]\d{0,4})?$")
_YEARS = tuple(str(year) for year in range(2000, 2100))
_QUARTER = re.compile(r"[^\W\d_]*(?:trim|rimest)[^\W\d_]*|\b(?:tri|mes|tre)\b", re.I)  # broken: "TRI|MES|TRE"
_DIGIT = re.compile(r"\b\d\b")
_YEAR_END = re.compile(r"(?<![\w/.-])[/.-]?(2?0[0-4]\d)(?![\w/.-])")
_SMALL = re.compile(r"\b(?:del?|n\W?a|si\W?no)\b", re.I)  # words between the ends of dates
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")


def held_dates(headers: Sequence[Sequence[TextLine]], others: Sequence[Sequence[TextLine]] = ()) -> tuple[Reading, ...]:
    """The dates printed in a matrix's headers, left to right; readings of several headers are alternatives.

    `others`: headers of the report's other matrices, which have the same columns: they vouch for the number of dates,
    and where only they show it, the dates themselves are unread.
    """
    own, seconded = (
        [(dates, max(len(dates), _years_of(h))) for h in some if (dates := _dates_of(h)) or _years_of(h)]
        for some in (headers, others)
    )
    whole = " ".join(line.text for header in headers for line in header)
    if not own and not seconded:
        return ()
    shown = [dates for dates, _ in (*own, *seconded)]
    counts = Counter(n for _, n in (*own, *seconded))
    for n in counts:  # a header that shows some of the dates of another bears that one out
        counts[n] += sum(any(len(b) == n and _is_part_of(a, b) for b in shown) for a in shown)
    count = max(counts, key=lambda n: (counts[n], any(n == own_n for _, own_n in own), n))
    agreeing = [dates for dates, n in own if len(dates) == n == count and not _is_interleaved(dates)]
    if not agreeing:
        return (Reading(),) * count
    return tuple(_vote([dates[i] for dates in agreeing], whole) for i in range(count))


def _is_interleaved(dates: Sequence[tuple[str, Place]]) -> bool:
    """Whether dates set in one line follow some set in two, of which only the first was read: a column between others.

    Then they do not stand in the order in which they were read.
    """
    lines = [place.line for _, place in dates]
    whole = [_YEAR.search(text) is not None for text, _ in dates]
    return any(not whole[i - 1] and whole[i] and lines[i - 1] != lines[i] for i in range(1, len(dates)))


def _is_part_of(few: Sequence[tuple[str, Place]], many: Sequence[tuple[str, Place]]) -> bool:
    """Whether the dates of a header are fewer than another's, and among them in the same order."""
    left = iter(text for text, _ in many)
    return 0 < len(few) < len(many) and all(text in left for text, _ in few)


def columns(
    dates: Sequence[Reading], held: Sequence[bool], quarters: Sequence[int | None]
) -> tuple[ColumnReading, ...]:
    """The columns, given which of them were held and in which quarters; as many are held as there are dates, or dates
    are missing."""
    left = iter(dates)
    readings = [next(left, Reading()) if yes else Reading((Candidate(EMPTY, None, "text"),)) for yes in held]
    return tuple(ColumnReading(r, ((q, PLACED_QUARTER),) if q else ()) for q, r in zip(quarters, readings, strict=True))


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
    return tuple(replace(c, date=placed.get(id(c), Reading()) if c.date.text != EMPTY else c.date) for c in attended)


def _same_day(a: Reading, b: Reading) -> bool:
    known = parse_date(b.text)
    other = parse_date(a.text, year=known[0].year) if known else None
    return known is not None and other is not None and (known[0].day, known[0].month) == (other[0].day, other[0].month)


def _dates_of(header: Sequence[TextLine]) -> list[tuple[str, Place]]:
    """The dates of one header. A line of fresh dates opens columns, a line of pieces goes on with the last opened."""
    found: list[tuple[str, Place]] = []
    opened = 0
    for line in header:
        pieces = _pieces(line.text)
        if _goes_on([text for text, _ in found[len(found) - opened :]], pieces):
            found[len(found) - opened :] = [
                (text + piece, place) for (text, place), piece in zip(found[len(found) - opened :], pieces, strict=True)
            ]
        elif any(_FRESH.match(p) for p in pieces):
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


def _years_of(header: Sequence[TextLine]) -> int:
    """How many dates a header ends with the same year, or the same end of one, in one line: "025 025 | 025"."""
    most = 0
    for line in header:
        ends = Counter(_YEAR_END.findall(line.text))
        if ends.total() >= max(2, YEARS_SHARE * len(re.findall(r"\w+", _SMALL.sub(" ", line.text)))):
            most = max(most, ends.most_common(1)[0][1])
    return most if most > 1 else 0


def _pieces(text: str) -> list[str]:
    """The dates and pieces of dates in a line; beside a date, a word of its shape is one that was misread."""
    pieces = [m[0].strip() for m in _PIECE.finditer(text)]
    if not any(_FRESH.match(p) for p in pieces):
        return pieces
    mended = _DATE_LIKE.sub(lambda m: m[0] if _PIECE.fullmatch(m[0]) else _as_date(m[0]), text)
    return [m[0].strip() for m in _PIECE.finditer(mended)]


def _as_date(word: str) -> str:
    """A word of a date's shape with its digits restored: the slashes between them read as letters too."""
    digits = word.translate(_LOOKALIKES)
    slashed = re.fullmatch(r"(\d\d)[1/.-]?(\d\d)[1/.-]?(\d{0,4})", digits)
    return "/".join(slashed.groups()) if slashed else digits


def _goes_on(opened: Sequence[str], pieces: Sequence[str]) -> bool:
    """Whether a line goes on with dates broken inside the month: "26/0" over "1/20" over "21"."""
    if not opened or len(opened) != len(pieces) or not all(_BROKEN.fullmatch(text) for text in opened):
        return False
    return all(_DAY_MONTH.fullmatch(text + piece) for text, piece in zip(opened, pieces, strict=True))


def headed_quarters(headers: Sequence[Sequence[TextLine]]) -> tuple[bool, ...]:
    """The headings of quarters that stand side by side in a header line, "I Trimestre | Trim | Trim": whether each
    stands there in one piece, as over several columns, or cut short. The line that shows most, as most headers have it.
    """
    lines = (line.text for header in headers for line in header)
    shown = Counter(tuple(_is_whole(word) for word in _QUARTER.findall(text)) for text in lines)
    return max(shown, key=lambda words: (len(words), shown[words], words), default=())


def _is_whole(word: str) -> bool:
    return re.search(r"mestre$", word, re.I) is not None


def printed_patterns(headers: Sequence[Sequence[TextLine]], count: int) -> tuple[tuple[bool, ...], ...]:
    """Dates (True) and marks of empty columns (False) as each header line with all `count` dates shows them."""
    shown: list[tuple[bool, ...]] = []
    for line in (line for header in headers for line in header):
        marked = _PIECE.sub(" @ ", line.text).split()
        pattern = tuple(w == "@" for w in marked if w == "@" or (empty_mark_sureness(w) > 0 and not is_rule(w)))
        if sum(pattern) == count and _FRESH.search(line.text):
            shown.append(pattern)
    return tuple(shown)


def _join(text: str, piece: str) -> str:
    if _YEAR.search(text):
        return text
    if piece.endswith(_YEARS):
        piece = ("/" if text[-1].isdigit() else "") + piece[-FOUR_DIGITS:]
    runs_on = text[-1] in "/.-" or piece[0] in "/.-" or (text[-1].isdigit() and piece[0].isdigit())
    return text + piece if runs_on else f"{text} {piece}"


def _vote(readings: Sequence[tuple[str, Place]], printed: str) -> Reading:
    """One date's readings as alternatives, the surest and commonest first; another's mere beginning is not one.

    One that does not stand in the header as it is, but was joined from its pieces, is less sure.
    """
    votes: dict[str, float] = defaultdict(float)
    for text, _ in readings:
        parsed = parse_date(text)
        votes[text] += parsed[1] if parsed and _YEAR.search(text) else 0.1
    whole = [text for text in votes if not any(other != text and other.startswith(text) for other in votes)]
    ranked = sorted(whole, key=lambda text: -votes[text])
    said = (Candidate(text, None if text in printed else JOINED, "text") for text in ranked)
    return Reading(tuple(said), tuple(place for _, place in readings))

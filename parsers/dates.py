"""Dates and quarters as the reports print them, in Spanish, also after an OCR engine has broken them.

Every value comes with a sureness, 0..1: 1.0 for a clean print, less for each repair that was needed. The factors below
are judgements, ordered by how often such a repair is wrong; they are not fitted probabilities.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

from rapidfuzz import fuzz, process

MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio",
    "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
_SHORT = {name[:3]: number for number, name in enumerate(MONTHS, 1)} | {"set": 9, "sept": 9, "setiembre": 9}
FIRST_YEAR, LAST_YEAR = 1950, 2060  # norms are older than the reports; nothing of this form lies outside

# what the engine reads in place of a digit
_LOOKALIKES = str.maketrans("OoQDlI|!iSsBZzGgq", "00001111155822699")
_DIGIT = r"[0-9OoQDlI|!iSsBZzGgq]"

SPLIT_DIGITS = 0.97  # white space inside a number: a cell's line break
SHORT_YEAR = 0.95
LOOKALIKE_DIGIT = 0.75  # for each letter taken as a digit
FUZZY_MONTH = 0.85
AMERICAN_ORDER = 0.5  # month first, as no month above 12 exists
LOST_SEPARATOR = 0.5
SPLIT_DAY = 0.5  # "1 9/03/2025": 19, or the first session and the 9th
ASSUMED_YEAR = 0.6
MIN_TRUE_DIGITS = 0.6  # a "date" with more letters than this is a word

_SEP = r"\s*[/\-.,–—−\\]\s*"
_YEAR4 = rf"[2Zz][0OoQ]{_DIGIT}{{2}}|19{_DIGIT}{{2}}"
_YEAR4_SPLIT = rf"(?:[2Zz]\s*[0OoQ]|1\s*9)\s*{_DIGIT}\s*{_DIGIT}(?!\s*[/\-.]\s*\d)"
_YEAR = rf"(?P<y>{_YEAR4}|{_YEAR4_SPLIT}|\d\s*\d(?!\d|\s*/\s*\d))"
_DAY = rf"(?P<d>^\s*[0-3]\s+\d|(?<!\d){_DIGIT}{{1,2}})"
_NAME = r"(?P<m>[A-Za-z][A-Za-z0-9]{2,10})"
_OF = r"[\s()\-./,º°]*(?:de(?:l\s+mes\s+de|l?\s+a[nñ]o|l)?\s*)?"

_PATTERNS = (
    re.compile(
        rf"(?<![\d/.\-])(?P<y>{_YEAR4})\s*[-/.]\s*(?P<m>[01O]\s*{_DIGIT})\s*[-/.]\s*(?P<d>[0-3O]\s*{_DIGIT})(?!\d)"
    ),
    re.compile(rf"{_DAY}{_SEP}(?P<m>{_DIGIT}\s*{_DIGIT}?){_SEP}{_YEAR}"),
    re.compile(rf"(?<!\d)(?P<d>{_DIGIT}{{1,2}}){_OF}{_NAME}{_OF}{_YEAR}"),
    re.compile(rf"{_NAME}{_OF}(?P<d>{_DIGIT}{{1,2}}){_OF}{_YEAR}"),
)
# separators lost, or read as a stroke: "19032025", "1910312025"
_RUN_TOGETHER = re.compile(r"(?<!\d)(?P<d>[0-3]\d)(?P<s>[/1l|I7]?)(?P<m>[01]\d)[/1l|I7]?(?P<y>20\d\d)(?!\d)")
_WITHOUT_YEAR = re.compile(rf"(?<!\d)(?P<d>\d{{1,2}}){_OF}{_NAME}\b|(?<!\d)(?P<d2>\d{{1,2}})/(?P<m2>\d{{1,2}})(?!\d)")


def plain(text: str) -> str:
    """`text` without accents, in lower case, each run of white space one space."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(bare.lower().split())


def parse_date(text: str, *, year: int | None = None) -> tuple[date, float] | None:
    """The first date in `text` and its sureness, None if it holds none. `year`: taken where none is printed."""
    dates = parse_dates(text, year=year)
    return dates[0] if dates else None


def parse_dates(text: str, *, year: int | None = None) -> tuple[tuple[date, float], ...]:
    """Every date in `text`, in order, each with its sureness; day before month, as Colombia writes."""
    text = unicodedata.normalize("NFC", text)
    found: list[tuple[int, int, date, float]] = []
    for pattern in (*_PATTERNS, _RUN_TOGETHER):
        for start, end, day, sureness in _matches(pattern, text):
            if all(end <= f[0] or start >= f[1] for f in found):
                found.append((start, end, day, sureness))
    if not found and year is not None:
        return _without_year(text, year)
    return tuple((day, sureness) for _, _, day, sureness in sorted(found))


def _matches(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int, date, float]]:
    position = 0
    while match := pattern.search(text, position):
        read = _read(match["d"], match["m"], match["y"])
        if read is None:
            position = match.start() + 1  # a false start may hide the true one
            continue
        position = match.end()
        day, sureness = read
        yield match.start(), match.end(), day, sureness * (LOST_SEPARATOR if pattern is _RUN_TOGETHER else 1)


def _read(day: str, month: str, year: str) -> tuple[date, float] | None:
    read_day, read_year = _digits(day), _digits(year)
    read_month = _month(month) if month[0].isalpha() and len(month.strip()) > 2 else _digits(month)
    printed = "".join(part for part in (day, month, year) if not part.isalpha()).replace(" ", "")
    if sum(c.isdigit() for c in printed) < MIN_TRUE_DIGITS * len(printed):
        return None
    if read_day is None or read_month is None or read_year is None:
        return None
    (d, day_sure), (m, month_sure), (y, year_sure) = read_day, read_month, read_year
    sureness = day_sure * month_sure * year_sure * (SPLIT_DAY if re.search(r"\d\s+\d", day) else 1)
    if y < 100:
        y, sureness = 2000 + y, sureness * SHORT_YEAR
    if m > 12 >= d:
        d, m, sureness = m, d, sureness * AMERICAN_ORDER
    return (date(y, m, d), sureness) if FIRST_YEAR <= y <= LAST_YEAR and _exists(y, m, d) else None


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _digits(text: str) -> tuple[int, float] | None:
    """The number that `text` shows, letters taken for the digits that they resemble."""
    bare = "".join(text.split())
    number = bare.translate(_LOOKALIKES)
    if not number.isdecimal():
        return None
    letters = sum(not c.isdigit() for c in bare)
    return int(number), LOOKALIKE_DIGIT**letters * (SPLIT_DIGITS if len(bare) < len(text.strip()) else 1)


def _month(word: str) -> tuple[int, float] | None:
    """The month that `word` names, in full, cut short, or misread by a letter or two."""
    word = plain(word)
    if word in MONTHS:
        return MONTHS.index(word) + 1, 1.0
    if word in _SHORT:
        return _SHORT[word], 1.0
    if len(word) < 4:
        return None
    best = process.extractOne(word.replace("rn", "m"), MONTHS, scorer=fuzz.ratio, score_cutoff=75)
    return (int(best[2]) + 1, FUZZY_MONTH) if best else None


def _without_year(text: str, year: int) -> tuple[tuple[date, float], ...]:
    found = []
    for match in _WITHOUT_YEAR.finditer(text):
        read = _read(match["d"] or match["d2"], match["m"] or match["m2"], str(year))
        if read:
            found.append((read[0], read[1] * ASSUMED_YEAR))
    return tuple(found)


# ---------------------------------------------------------------- quarters

ORDINALS = {
    **dict.fromkeys(("primer", "primero", "primera"), 1),
    **dict.fromkeys(("segundo", "segunda"), 2),
    **dict.fromkeys(("tercer", "tercero", "tercera"), 3),
    **dict.fromkeys(("cuarto", "cuarta"), 4),
}
_ORDINAL_STARTS = {"prim": 1, "pnm": 1, "segu": 2, "sequ": 2, "terc": 3, "cuar": 4}
_ROMAN = {"I": 1, "II": 2, "III": 3, "IV": 4}
GARBLED_WORD, STROKES, GUESSED_STROKES, PLAIN_DIGIT, MONTH_RANGE = 0.9, 0.85, 0.5, 0.95, 0.8

# strokes of a roman numeral that a letter stands for: the first resemble hardly anything else, the others are a guess
_STROKES = dict.fromkeys("IiLl1|!", 1)
_LIKELY_STROKES = _STROKES | dict.fromkeys("]}[{tjTJfFr)(", 1) | dict.fromkeys("HhUuNn", 2) | dict.fromkeys("MmW", 2)

_QUARTER_WORD = re.compile(
    r"t\s*[rn]?\s*[il1|]\s*m(?:\s*[.\-]?\s*e?\s*s?\s*t?\s*r?\s*[ae]?)\b\.?|\bq(?=[\di])|\bt(?=\d)", re.I
)
_BESIDE = re.compile(
    rf"(?:\bdel?\s+|\ba[nñ]o\s+)*(?<!\d)20\s*[0-4]\s*\d(?!\d)|ses[il]*[oó0]?n\.?\s*(?:no?\.?\s*)?\d*|{_DAY}{_SEP}.*",
    re.I | re.S,
)


def parse_quarter(text: str) -> tuple[int, float] | None:
    """The quarter (1-4) that a column header names and its sureness; None if it names none.

    Knows "I Trimestre" broken over lines, "Trim. III", "1er trimestre", month ranges, and an engine's "ll", "1V", "Mt".
    """
    rest = _BESIDE.sub(" ", _QUARTER_WORD.sub(" ", text))
    words = re.findall(r"[a-z]{3,}", plain(rest))
    numbers = [n for word in words if (n := _ordinal(word))]
    if numbers:
        return numbers[0], 1.0 if words[0] in ORDINALS else GARBLED_WORD
    months = [_SHORT[word[:3]] for word in words if word[:3] in _SHORT]
    return ((months[0] - 1) // 3 + 1, MONTH_RANGE) if months else _numeral(rest)


def _ordinal(word: str) -> int | None:
    return ORDINALS.get(word) or next((n for start, n in _ORDINAL_STARTS.items() if word.startswith(start)), None)


def _numeral(text: str) -> tuple[int, float] | None:
    """A numeral alone: a digit, a roman number, or what an engine makes of one."""
    bare = re.sub(r"[\s.\-–—:_'’‘,]", "", text)
    if bare in _ROMAN:
        return _ROMAN[bare], 1.0
    digit = re.fullmatch(r"([1-4])(er|ro|ra|do|da|to|ta|°|º|ª|o|a)?", bare)
    if digit:
        return int(digit[1]), 1.0 if digit[2] else PLAIN_DIGIT
    return _strokes(bare)


def _strokes(bare: str) -> tuple[int, float] | None:
    """The roman number whose strokes `bare` counts, I as 1, l, |, and so on; V only in IV."""
    for weights, sureness in ((_STROKES, STROKES), (_LIKELY_STROKES, GUESSED_STROKES)):
        if len(bare) == 2 and bare[0] in weights and bare[1] in "VvYy":
            return 4, sureness
        if bare and all(c in weights for c in bare) and (total := sum(weights[c] for c in bare)) <= 3:
            return total, sureness
    return None


# ---------------------------------------------------------------- columns without a session

_NONE_WORDS = {"na", "nia", "noaplica", "sinsesion", "nosesiono", "nohubo", "nohubosesion", "noserealizo", "ninguna"}
# N/A, read badly
_NONE_GARBLED = {"wa", "va", "ava", "wia", "nja", "n4", "ni4", "mia", "nla", "nfa", "n1a", "nva", "nya"}
GARBLED_NONE = 0.7


def empty_mark_sureness(text: str) -> float:
    """How surely `text`, read in a date cell, says that no session was held: 0 no, 1 a clean dash, N/A or blank."""
    letters = re.sub(r"[^a-z0-9]", "", plain(text))
    bare = "".join(text.split())
    if letters in _NONE_WORDS or re.fullmatch(r"[-–—−_]*", bare):
        return 1.0
    if not letters and len(bare) <= 3:
        return 0.9  # the engine's ".", "~", "=" of a dash; a date leaves more ink than this
    return GARBLED_NONE if letters in _NONE_GARBLED else 0.0


def is_empty_mark(text: str) -> bool:
    """Whether a date cell says that no session was held: "-", "–", "—", "N/A", "NA" or blank, also garbled."""
    return empty_mark_sureness(text) >= GARBLED_NONE

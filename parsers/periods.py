"""The period that a whole report covers, as its title prints it: "SEGUNDO TRIMESTRE DE 2024", "VIGENCIA 2022"."""

from __future__ import annotations

import re
from dataclasses import replace

from parsers.dates import MONTHS, parse_quarter, plain
from parsers.records import Certainty, Period

_YEAR = re.compile(r"(?<!\d)(20\s*[0-4]\s*\d)(?!\d)")
_SEMESTER = re.compile(r"semestr?e?")
_SPANS = {3: "quarter", 6: "semester", 12: "year"}  # months from the first to the last one named
MONTHS_NAMED = 0.9  # sureness: two months misread hardly ever begin and end a period of the form


def parse_period(text: str) -> Period | None:
    """The period that a title line names ("SEGUNDO TRIMESTRE DE 2024", "INFORME ANUAL 2022"), None if it names none.

    `certainty` holds the sureness alone; half a year and a year have no quarter.
    """
    words = plain(text)
    year = _year(words)
    quarter = _quarter_of_title(text)
    if quarter:
        return Period("quarter", quarter[0], year, text.strip(), Certainty(quarter[1]))
    if span := _span_of_months(words):
        return replace(span, year=year, raw=text.strip())
    if _SEMESTER.search(words):
        return Period("semester", None, year, text.strip(), Certainty(1.0))
    if re.search(r"anua[l1]|vigencia|\bano\b", words) and (year or "anua" in words):
        return Period("year", None, year, text.strip(), Certainty(1.0))
    return None


def _span_of_months(words: str) -> Period | None:
    """The period from the first to the last of two months named, as "JULIO - DICIEMBRE"; None if it is none."""
    months = [MONTHS.index(m) for m in re.findall(rf"\b({'|'.join(MONTHS)})\b", words)]
    length = months[1] - months[0] + 1 if len(months) == 2 else 0
    if length not in _SPANS or months[0] % length:
        return None
    quarter = months[0] // 3 + 1 if length == 3 else None
    return Period(_SPANS[length], quarter, None, "", Certainty(MONTHS_NAMED))


def _year(words: str) -> int | None:
    match = _YEAR.search(words)
    return int("".join(match[1].split())) if match else None


def _quarter_of_title(text: str) -> tuple[int, float] | None:
    word = re.search(r"tr[il1]m(?:estr[ae]l?|\b)", plain(text))
    if word is None:
        return None
    before, after = plain(text)[: word.start()].split(), plain(text)[word.end() :].split()
    for token in (*before[-1:], *after[:1]):
        number = parse_quarter(token.upper() if set(token) <= set("iv") else token)
        if number and len(token) <= 9:
            return number
    return None

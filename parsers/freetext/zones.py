"""Where the matrices stand in a flattened text, and their repeated headers and the page furniture inside them.

Lines are recognised by what they say, misread words allowed. A header is a run of lines that hold header words, dates
and marks of empty columns, and no running text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from rapidfuzz import fuzz

from ocr.records import Place, TextLine
from parsers.dates import MONTHS, empty_mark_sureness, plain
from parsers.furniture import without_furniture

ALIKE = 80  # of 100, of a phrase and its misreading
LONGEST_HEADER = 24  # lines; a header set one cell a line has that many
HEADER_ABOVE = 6  # lines of a header, blank ones included, above the first one that is recognised
SPECK = 3  # characters of a line that the letterhead's shield leaves
GARBLED_LINES = 1  # one after the other, inside a header
GARBLED_WORDS = 2  # long ones that no header prints; a line of a row or a function has more
STRONG_SHARE = 0.5  # of the words of a header line are header words or dates

_ATTENDANCE = "en las que participaron"
_COLUMN_HEADS = ("sector", "entidad", "organismo", "cargo", "rol", "trimestre", "total", "trimes", "trimest")
_SESSION_HEADS = ("sesiones", "participaron", "participo", "rol", "trimestre", "semestre", "total")
_LEGEND = "p: presidente. s: secretaria tecnica. i: integrante"
_AFTER_ATTENDANCE = (
    "sesiones ordinarias realizadas", "sesiones ordinarias programadas", "sesiones extraordinarias realizadas",
    "publicacion en pagina web", "documentos publicados en la web",
)  # fmt: skip
_LATE_LABELS = ("publicacion en pagina web",)
_BEFORE_FUNCTIONS = ("informe de gestion: si no", "actas con sus anexos: si no")
_GENERAL, _SPECIFIC = "funciones generales", "funciones especificas"
_ADDRESSED = "en las que se abordaron"
# A box stands after its label: pages are headed by the form's name, «informe de gestión».
_BOX = re.compile(r"[a-z]\W+s[ií1l]", re.I)
_FUNCTIONS = (_GENERAL, _SPECIFIC, _ADDRESSED)
_AFTER_FUNCTIONS = (
    "seguimiento al plan de accion", "analisis del funcionamiento", "firma de quien preside", "nombre de quien preside",
    "conclusiones",
)  # fmt: skip
_HEADER_WORDS = frozenset((
    *_COLUMN_HEADS, "sesiones", "las", "que", "participaron", "trim", "estre", "tre", "tot", "abordaron", "dichas",
    "funciones", "generales", "especificas", "abordo", "fecha", "sesion", "semestre",
))  # fmt: skip
_DATE_PIECE = re.compile(
    r"(?<!\d)\d{1,2}\s*[/.-]\s*\d{1,2}(?!\d)|(?<!\d{3})[/.-]\d{2,4}\b|\b20[12]\d\b|\bs[iíI1l]\s?/\s?n[oO0]\b"
    r"|\d\s?(?:ene|feb|mar|abr|may|jun|jul|ago|sep|oct|nov|dic)[a-z]*\b",
    re.I,
)
_ANSWER = re.compile(r"\bS[ií1l][/1lI|]N[o0]\b\W*$")  # «Si/No», under «se abordó»: no row ends in it
_DAY_MONTH = re.compile(r"(?<![\d/.-])[0-3]?\d\s?[/-]\s?[01]?\d(?:\s?[/-]|(?!\d))")
_MONTHS = tuple(month[:4] for month in MONTHS)


@dataclass(frozen=True, slots=True)
class Zone:
    """The lines of one matrix: its headers, one for each page, and what stands under them."""

    headers: tuple[tuple[TextLine, ...], ...]
    body: tuple[TextLine, ...]


@dataclass(frozen=True, slots=True)
class Zones:
    """A text's matrices, and the rest of its lines. A matrix that the text does not show has no lines."""

    attendance: Zone
    general: Zone
    specific: Zone
    rest: tuple[TextLine, ...]


def find_zones(lines: Sequence[TextLine]) -> Zones:
    """Sorts all lines of a text, blank ones included."""
    start = _attendance_start(lines)
    parts = _attendance_parts(lines, start)
    stop = parts[-1][1]
    functions = _functions_start(lines, stop)
    end = _first(lines, functions, _says(_AFTER_FUNCTIONS))
    cut = _specific_start(lines, functions, end)
    edges, opens = _page_edges(lines), _says(_FUNCTIONS)
    (first, last), *later = parts
    attended = [*lines[_header_start(lines, first) : last], *(x for a, b in later for x in lines[a:b])]
    attendance = _zone(attended, _opens_attendance, edges)
    general, specific = _zone(lines[functions:cut], opens, edges), _zone(lines[cut:end], opens, edges)
    taken = {x.place for zone in (attendance, general, specific) for part in (*zone.headers, zone.body) for x in part}
    return Zones(attendance, general, specific, tuple(x for x in lines if x.place not in taken))


def _attendance_parts(lines: Sequence[TextLine], start: int) -> list[tuple[int, int]]:
    """Spans of the attendance matrix: what follows it may be read before its end, where another header stands below."""
    ends = _says(_AFTER_ATTENDANCE + _FUNCTIONS)
    parts = [(start, _first(lines, start, ends))]
    while True:
        again = _first(lines, parts[-1][1], _opens_attendance)
        if again >= _first(lines, parts[-1][1], _says(_FUNCTIONS + _AFTER_FUNCTIONS)):
            return parts
        parts.append((again, _first(lines, again + 1, ends)))


def _attendance_start(lines: Sequence[TextLine]) -> int:
    """At the first header or, if dark shading swallowed it, under the legend of the roles."""
    legend = _first(lines, 0, lambda text: says(text, _LEGEND))
    start = _first(lines, 0, _opens_attendance)
    printed = sum(bool(x.text.strip()) for x in lines[legend + 1 : start])
    return legend + 1 if legend < len(lines) and printed > LONGEST_HEADER else start


def _functions_start(lines: Sequence[TextLine], stop: int) -> int:
    """At the first header or, if it was swallowed, under the boxes of what was published."""
    start = _first(lines, stop, _says(_FUNCTIONS))
    end = _first(lines, stop, _says(_AFTER_FUNCTIONS))
    if start < end:
        return _header_start(lines, start)
    boxes = [i for i in range(stop, end) if _BOX.search(lines[i].text) and _says(_BEFORE_FUNCTIONS)(lines[i].text)]
    return boxes[-1] + 1 if boxes else end


def says(text: str, phrase: str) -> bool:
    """Whether a line holds a phrase, misread words allowed, and not much else."""
    folded = plain(text)
    return len(folded) >= 0.6 * len(phrase) and fuzz.partial_ratio(phrase, folded) >= ALIKE


def holds_legend(zone: Zone) -> bool:
    """Whether the legend of the roles, which the form prints above its matrix, stands among the rows of one: then
    columns were read one after another, and what stands beside each other is not of one row."""
    return any(says(line.text, _LEGEND) for line in zone.body)


def has_names_apart(zone: Zone) -> bool:
    """Whether lines of a page stand under a heading of names alone, with another of sessions below on the same page:
    its columns were read one after another, and names and marks stand apart."""
    return any(
        below[0].place.page == head[0].place.page
        and (below[0].place.line or 0) > (head[-1].place.line or 0) + 1
        and _heads_names_alone(head)
        for head, below in pairwise(zone.headers)
    )


def _heads_names_alone(header: Sequence[TextLine]) -> bool:
    words = {word for line in header for word in plain(line.text).split()}
    of_sessions = any(fuzz.ratio(word, head) >= ALIKE for word in words for head in _SESSION_HEADS)
    return "entidad" in words and not of_sessions and not any(_is_dated(line.text) for line in header)


def _says(phrases: Sequence[str]) -> Callable[[str], bool]:
    return lambda text: any(says(text, phrase) for phrase in phrases)


def _opens_attendance(text: str) -> bool:
    heads = {head for word in plain(text).split() for head in _COLUMN_HEADS[:5] if fuzz.ratio(word, head) >= ALIKE}
    return len(heads) > 1 or says(text, _ATTENDANCE)


def _first(lines: Sequence[TextLine], start: int, test: Callable[[str], bool]) -> int:
    return next((i for i in range(start, len(lines)) if test(lines[i].text)), len(lines))


def _specific_start(lines: Sequence[TextLine], start: int, end: int) -> int:
    """Where the header of the specific functions begins: at the first line of the header that names them or, if its
    name was not read, that stands on one page with that of the general ones: no matrix prints its header there twice.
    """
    above: int | None = None  # past the last line of a header that names none
    for first, last in _headers(lines[start:end], _says(_FUNCTIONS)):
        header = lines[start + first : start + last]
        if any(_names_specific(x.text) for x in header):
            return start + first
        if any(says(x.text, _ADDRESSED) for x in header):
            over = lines[start + above - 1 : start + first] if above else ()
            between = [x for x in over[1:] if over[0].place.page == header[0].place.page]
            if any(_is_running_text(x.text) for x in between):
                return start + first
            above = last
    return end


def _names_specific(text: str) -> bool:
    folded = plain(text)
    specific, general = (fuzz.partial_ratio(phrase, folded) for phrase in (_SPECIFIC, _GENERAL))
    return says(text, _SPECIFIC) and specific > general


def _zone(lines: Sequence[TextLine], opens: Callable[[str], bool], edges: set[Place]) -> Zone:
    spans = _headers(lines, opens)
    inside = {i for first, last in spans for i in range(first, last)}
    return Zone(
        tuple(tuple(lines[first:last]) for first, last in spans),
        tuple(x for i, x in enumerate(lines) if i not in inside and x.place not in edges and _is_of_table(x.text)),
    )


def _is_of_table(text: str) -> bool:
    """Whether a line may be of a matrix: neither blank, nor a label of the form that was read after what it labels."""
    return bool(text.strip()) and not _says(_LATE_LABELS)(text)


def _page_edges(lines: Sequence[TextLine]) -> set[Place]:
    """Where the furniture lines stand that a page begins or ends with."""
    content = {x.place for x in without_furniture(lines)}
    edges: set[Place] = set()
    for _, page in groupby(lines, key=lambda x: x.place.page):
        printed = [x for x in page if x.text.strip()]
        for side in (printed, printed[::-1]):
            edges.update(_edge(side, content))
    return edges


def _edge(page: Sequence[TextLine], content: set[Place]) -> list[Place]:
    """The furniture that these lines begin with, and the specks before it: a shield leaves a letter or two."""
    edge: list[Place] = []
    specks: list[Place] = []
    for line in page:
        if line.place not in content:
            edge += [*specks, line.place]
            specks = []
        elif len(line.text.strip()) <= SPECK:
            specks.append(line.place)
        else:
            break
    return edge


def _headers(lines: Sequence[TextLine], opens: Callable[[str], bool]) -> list[tuple[int, int]]:
    """Spans (first, past the last line) of the headers; a page has one of each matrix."""
    spans: list[tuple[int, int]] = []
    i = 0
    while i < len(lines):
        if opens(lines[i].text):
            start = spans.pop()[0] if spans and spans[-1][1] == i else _header_start(lines, i)
            spans.append((start, _header_end(lines, i)))
            i = spans[-1][1]
        else:
            i += 1
    return spans


def _header_start(lines: Sequence[TextLine], found: int) -> int:
    """The first line of the header around line `found`: header words may stand above those that gave it away."""
    start = found
    if found == len(lines):
        return found
    for i in range(found - 1, max(found - HEADER_ABOVE, 0) - 1, -1):
        if lines[i].place.page != lines[found].place.page or _is_running_text(lines[i].text):
            break
        if any(_is_header_word(word) for word in plain(lines[i].text).split()):
            start = i
    return start


def _header_end(lines: Sequence[TextLine], start: int) -> int:
    """Past the last line of header words; running text ends a header, but not one garbled line inside it."""
    end, strange = start + 1, 0
    printed = [i for i in range(start + 1, len(lines)) if lines[i].text.strip()]
    for i in printed[:LONGEST_HEADER]:
        text, running = lines[i].text, _running_words(lines[i].text)
        if _header_share(text) >= STRONG_SHARE and (not strange or (_names_header(text) and not running)):
            end, strange = i + 1, 0
        elif running:
            strange += 1
            if strange > GARBLED_LINES or running > GARBLED_WORDS:
                break
    return end


def _names_header(text: str) -> bool:
    """Whether a line holds a header word or a date, and not only what may be marks."""
    return _is_dated(text) or any(_is_header_word(w) for w in plain(text).split())


def _is_dated(text: str) -> bool:
    """Whether a line holds a day and month, or a piece of a date and no running text: a position may name a year.

    One that ends in «Si/No» is the header's line of dates, however garbled these are.
    """
    if _DAY_MONTH.search(text) or _ANSWER.search(text):
        return True
    return _DATE_PIECE.search(text) is not None and not _running_words(text)


def _header_share(text: str) -> float:
    """The share of a line's words that are header words, dates or marks of empty columns."""
    if _is_dated(text):
        return 1.0
    words = [w for w in text.split() if plain(w).strip("|()[]{}.,:;'\"_- ")]
    known = sum(_is_header_word(plain(w)) or empty_mark_sureness(w) > 0 or w.strip("|").isdigit() for w in words)
    return known / len(words) if words else 0.0


def _is_header_word(word: str) -> bool:
    return any(fuzz.ratio(word, head) >= ALIKE for head in _HEADER_WORDS)


def _is_running_text(text: str) -> bool:
    return _running_words(text) > 0


def _running_words(text: str) -> int:
    """How many words of its own a line holds: long, of letters, neither a header's nor a month's."""
    words = [plain(w) for w in re.findall(r"(?<!\w)[^\W\d_]{4,}(?!\w)", text)]
    return sum(not _is_header_word(w) and not w.startswith(_MONTHS) for w in words)

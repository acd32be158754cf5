"""Closed books: where every line of text outside the matrices ended, so that no word read is lost.

A line ends in a value, in the form's own printed text, in the page's furniture, as dust, or in the residuals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from enum import StrEnum

from rapidfuzz import fuzz

from ocr.records import Box, Cell, Place, Reading, ReadPage, Residual, ResidualKind, TextLine
from parsers.dates import MONTHS
from parsers.form_labels import fold, is_word, letters, mentions
from parsers.fragments import Fragment, names_matrix
from parsers.furniture import EDGE_LINES, without_furniture
from parsers.norms import is_legend
from parsers.records import Fields, SortedReadings
from parsers.sections import heading_of

FORM_SHARE = 0.75  # of a line's letters in words that the form itself prints
FORM_WORDS = frozenset(
    fold(
        """
        informe gestion vigencia semestre trimestre nombre instancia coordinacion numero fecha acto reglamento interno
        normas norma creacion asistentes rol presidente secretaria tecnica integrante invitado permanente otros sesiones
        ordinarias extraordinarias realizadas programadas publicacion publicar pagina web documentos publicados entidad
        ejerce actas anexos funciones generales especificas seguimiento plan accion analisis funcionamiento firma quien
        preside cargo sector organismo participaron abordaron abordo dichas total primer segundo tercer cuarto anexo"""
    ).split()
)
HEADING_WORDS = FORM_WORDS | {"las", "que", "trim"}
_SHORT_MONTHS = frozenset(month[:3] for month in MONTHS)
ANNOUNCED = "publicacion en pagina web"  # a label that shares its line with whatever stands beside it
SURE_STROKE = 0.5  # the engine's confidence in a word of one or two letters; strokes read as letters stay below
SURE_LINE = 0.7  # the engine's mean over a line; small print read amiss stays below
STROKES = 0.5  # the same below which what was read are strokes: signatures, stamps
SAME_WORDS = 85  # of 100, rapidfuzz partial ratio: a line and the value that it is part of
LOST_LETTERS = 25  # half a line of a function; garble and headings are shorter
NEXT_LINE = 2.0  # line heights to a line of the same residual


class Ending(StrEnum):
    """Where a line of text outside the matrices ended."""

    VALUE = "value"
    FORM = "form"
    FURNITURE = "furniture"
    DUST = "dust"
    RESIDUAL = "residual"


def endings(lines: Sequence[TextLine], said: Fields) -> tuple[Ending, ...]:
    """Where each of `lines` ended; `said`: the fields read from them."""
    used = frozenset(_places(said))
    content = {line.place for line in without_furniture(lines)} - _letterheads(lines)
    keys = {section.section for section in said.sections}
    return tuple(Ending.VALUE if x.place in used else _ending(x, content, said.regulation, keys) for x in lines)


def _ending(line: TextLine, content: set[Place], regulation: str, keys: set[str]) -> Ending:
    if not any(map(str.isalnum, line.text)) or _is_dust(line):
        return Ending.DUST
    if line.place not in content:
        return Ending.FURNITURE
    if _is_form(line.text) or "_".join(letters(line.text).split()) in keys:
        return Ending.FORM
    return Ending.VALUE if _is_part(line.text, regulation) else Ending.RESIDUAL


def _letterheads(lines: Sequence[TextLine]) -> set[Place]:
    """The places of lines that the engine hardly believes, at a page's edge where another page has a line too: small
    print of the letterhead and the footer, misread otherwise on each page."""
    pages: dict[int, list[tuple[Box, TextLine]]] = defaultdict(list)
    for line in lines:
        if line.place.box:
            pages[line.place.page].append((line.place.box, line))
    edges = {}
    for page, some in pages.items():
        ordered = sorted(some, key=lambda x: x[0].y0)
        edges[page] = [*ordered[:EDGE_LINES], *ordered[-EDGE_LINES:]]
    return {
        line.place
        for page, some in edges.items()
        for box, line in some
        if (line.confidence or 0.0) < SURE_LINE
        and any(_same_place(box, other) for p, others in edges.items() if p != page for other, _ in others)
    }


def _same_place(a: Box, b: Box) -> bool:
    """Whether two boxes share more than half of the wider and of the higher one."""
    across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
    return across > 0.5 * max(a.width, b.width) and down > 0.5 * max(a.height, b.height)


def _places(said: Fields) -> Iterator[Place]:
    certain = (said.instancia_certainty, said.period.certainty, said.ordinary.certainty, said.extraordinary.certainty)
    yield from (place for certainty in certain for place in certainty.places)
    for values in (said.norms, said.publications, said.signatories, said.sections):
        yield from (place for value in values for place in value.certainty.places)


def _is_form(text: str) -> bool:
    """Whether a line is one that the form prints by itself."""
    if is_legend(text) or heading_of(text) or names_matrix(text) or mentions(text[: len(ANNOUNCED)], ANNOUNCED):
        return True
    words = [w for w in letters(text).split() if len(w) > 2]
    known = sum(len(w) for w in words if is_word(w, FORM_WORDS))
    return bool(words) and known >= FORM_SHARE * sum(map(len, words))


def _is_part(text: str, value: str) -> bool:
    """Whether `text`, but for a label before it, is part of `value`."""
    words = fold(text)
    return bool(words) and len(words) <= 1.5 * len(value) and fuzz.partial_ratio(words, fold(value)) >= SAME_WORDS


def _is_dust(line: TextLine) -> bool:
    """Whether a line holds nothing but single letters and signs that the engine hardly believes."""
    words = line.words
    return bool(words) and all(sum(map(str.isalnum, w.text)) < 3 and (w.confidence or 0.0) < SURE_STROKE for w in words)


def residual_words(lines: Sequence[TextLine], ended: Sequence[Ending]) -> tuple[Residual, ...]:
    """The lines that ended nowhere as residuals, those below one another as one."""
    groups: list[list[TextLine]] = []
    for before, line, ending in zip([None, *lines], lines, ended, strict=False):
        if ending is not Ending.RESIDUAL:
            continue
        if groups and groups[-1][-1] is before and before is not None and _goes_on(before, line):
            groups[-1].append(line)
        else:
            groups.append([line])
    return tuple(words_residual(group) for group in groups)


def _goes_on(before: TextLine, line: TextLine) -> bool:
    a, b = before.place.box, line.place.box
    if before.place.page != line.place.page:
        return False
    if a is None or b is None:
        return (line.place.line or 0) - (before.place.line or 0) == 1
    return abs(b.center[1] - a.center[1]) < NEXT_LINE * max(a.height, b.height) and a.x0 < b.x1 and b.x0 < a.x1


def words_residual(lines: Sequence[TextLine]) -> Residual:
    """Lines of one page that ended nowhere, as one residual; garble is what strokes look like to the engine."""
    first = lines[0].place
    boxes = [line.place.box for line in lines if line.place.box]
    place = Place(first.page, Box.around(boxes) if boxes else None, first.line)
    known = [line.confidence for line in lines if line.confidence is not None]
    text = "\n".join(line.text for line in lines)
    confidence = min(known, default=None)
    kind = ResidualKind.INK if confidence is not None and confidence < STROKES else ResidualKind.WORDS
    return Residual(kind, place, text, confidence)


# ---------------------------------------------------------------- inside matrices


def lost_cells(parts: Sequence[Fragment], readings: SortedReadings) -> tuple[Residual, ...]:
    """The words of cells below a matrix's header that no reading of the matrix says: cells merged with others, cells
    under no column, parts of a cut row left out."""
    said: dict[tuple[int, Box], list[Reading]] = defaultdict(list)
    for reading in _readings(readings):
        for place in reading.places:
            if place.box:
                said[place.page, place.box].append(reading)
    body = ((part.table.page, cell) for part in parts for cell in part.table.cells if cell.row >= part.header_rows)
    return tuple(
        words_residual(lines)
        for page, cell in body
        if (lines := cell_lines(cell, page))
        and not _is_form(cell.reading.text)
        and not any(_says(r, cell) for r in said.get((page, cell.box), ()))
    )


def lost_headings(parts: Sequence[Fragment], readings: SortedReadings) -> tuple[Residual, ...]:
    """The words in the headings of matrices that no heading of the form prints and no date cell holds: a row of another
    table that was taken for one, a stamp."""
    matrices = [m for m in (readings.attendance, *readings.functions) if m]
    dated = {(p.page, p.box) for m in matrices for column in m.columns for p in column.date.places}
    heads = ((part.table.page, cell) for part in parts for cell in part.table.cells if cell.row < part.header_rows)
    strange = (
        [line for line in cell_lines(cell, page) if not is_heading(line.text)]
        for page, cell in heads
        if (page, cell.box) not in dated
    )
    return tuple(words_residual(lines) for lines in strange if lines)


def is_heading(text: str) -> bool:
    """Whether a line in a matrix's heading says what headings say: their words, cut at a cell's edge or whole, dates,
    quarters, or nothing."""
    words = [letters(w) for w in text.split() if not any(map(str.isdigit, w))]
    words = [w for w in words if len(w) > 2 and w[:3] not in _SHORT_MONTHS and not set(w) <= set("iv ")]
    known = sum(
        len(w)
        for w in words
        if is_word(w, HEADING_WORDS) or any(h.startswith(w) or h.endswith(w) for h in HEADING_WORDS)
    )
    return known >= FORM_SHARE * sum(map(len, words)) or _is_form(text)


def lost_lines(lines: Sequence[TextLine], readings: SortedReadings) -> tuple[Residual, ...]:
    """The lines of a flattened matrix that none of its rows holds."""
    used = {place for reading in _readings(readings) for place in reading.places}
    lost = [line.place not in used and any(map(str.isalnum, line.text)) for line in lines]
    return residual_words(lines, [Ending.RESIDUAL if x else Ending.VALUE for x in lost])


def is_prose(text: str) -> bool:
    """Whether a text begins like a function, in a capital, and is as long; the rest of one may stand apart from it."""
    return text[:1].isupper() and sum(map(str.isalpha, text)) >= LOST_LETTERS


def _readings(readings: SortedReadings) -> Iterator[Reading]:
    for row in readings.attendance.rows if readings.attendance else ():
        yield from (row.sector, row.entity, row.position, row.role, *row.marks, row.total)
    for function in (row for matrix in readings.functions for row in matrix.rows):
        yield from (function.text, *function.marks, function.addressed)


def _says(reading: Reading, cell: Cell) -> bool:
    return any(own.text in said.text for own in cell.reading.candidates for said in reading.candidates)


def cell_lines(cell: Cell, page: int) -> tuple[TextLine, ...]:
    """The lines of a cell; what was read as a mark alone is a line too."""
    if cell.lines or not cell.reading.text.strip():
        return cell.lines
    return (TextLine(cell.reading.text, Place(page, cell.box), cell.reading.confidence),)


def is_silent(page: ReadPage) -> bool:
    """Whether ink stands on a page, and nothing was read there: that is no blank page."""
    read = any(line.text.strip() for line in page.lines) or any(c.reading.text for t in page.tables for c in t.cells)
    return bool(page.residuals) and not read

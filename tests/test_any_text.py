"""Any text in, no exception out, and the books closed: what a file says ends as a value, a line or a residual."""

from __future__ import annotations

import csv
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.console import Console

from dictionaries.load import load
from dictionaries.records import Dictionary
from ocr.errors import DocumentError, printable
from ocr.records import ReadPage
from parsers import books, report, tables
from parsers.freetext.matrices import sort_text
from parsers.records import ColumnReading, SortedReadings
from pipeline import files, textfile
from pipeline.cli.progress import shown
from pipeline.dataset import report_rows
from pipeline.run import read_report
from pipeline.schema import Column, TableSchema
from pipeline.settings import Limits
from pipeline.sources import Source
from tests.hand_made import ABOVE, ATTENDANCE_HEAD, FUNCTIONS_HEAD, LEFT, Words, document, table

EXAMPLES = 25 if settings().derandomize else 500  # of what takes a reading each; see `conftest`
calm = settings(max_examples=EXAMPLES, deadline=timedelta(seconds=30), suppress_health_check=[HealthCheck.too_slow])

SAID = (  # what the form says, in any order: the likeliest to be taken for what it is not
    "Sector", "Entidad u Organismo", "Cargo", "Rol", "Sesiones en las que participaron", "Total", "I Trimestre",
    "IV Trimestre", "19/03/2025", "31/02/2025", "99/99/9999", "SI", "NO", "-", "X", "S|", "1. Gobierno", "15. Mujer",
    "Secretaría General", "Director", "IP", "I", "2/4", "FUNCIONES GENERALES", "FUNCIONES ESPECÍFICAS",
    "Se abordó Si/No", "1. Coordinar la acción.", "Anexo 2: Informe de gestión", "INFORME DE GESTIÓN", "NORMAS",
    "Acuerdo 257 de 2006", "SESIONES ORDINARIAS REALIZADAS / PROGRAMADAS", "Si_x_ No___",
    "Presidente", "Secretaría técnica", "\f", "\n",
)  # fmt: skip
FOREIGN = st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=12)
TEXTS = st.lists(st.one_of(st.sampled_from(SAID), FOREIGN), max_size=80).flatmap(
    lambda words: st.lists(
        st.sampled_from((" ", "\n", "   ", "\t", "\n\n")), min_size=len(words), max_size=len(words)
    ).map(lambda gaps: "".join(word + gap for word, gap in zip(words, gaps, strict=True)))
)
CELLS = st.one_of(st.none(), st.sampled_from((*SAID[:-2], LEFT, ABOVE, "")), FOREIGN)


@cache
def dictionary() -> Dictionary:
    return load(None)


def said_by(readings: SortedReadings) -> str:
    """All that the readings hold, in any order."""
    parts = [line.text for line in readings.lines] + [r.text for r in readings.residuals]
    parts += [reading.text for reading in books._readings(readings)]
    parts += [c.text for reading in books._readings(readings) for c in reading.candidates]
    parts += [c.text for column in columns(readings) for c in column.date.candidates]
    return " ".join(parts)


def columns(readings: SortedReadings) -> list[ColumnReading]:
    return [c for matrix in (readings.attendance, *readings.functions) if matrix for c in matrix.columns]


@given(TEXTS)
@example("Entidad u Organismo ")
@example("Entidad u Organismo extraño\nSector 19/03/2025")
@calm
def test_any_text_is_a_report_or_is_refused_and_no_line_of_it_is_lost(tmp_path_factory, text: str) -> None:  # type: ignore[no-untyped-def]
    path: Path = tmp_path_factory.mktemp("any") / "a.txt"
    path.write_bytes(text.encode())
    try:
        read = textfile.read(path, Limits())
        sorted_ = sort_text(read.pages, dictionary())
        built = report.build(sorted_, dictionary(), tuple(p.frame for p in read.pages))
    except DocumentError:
        return
    report_rows(Source(path, "a.txt", "0" * 64), built)
    ended = {place.line for place in _places(sorted_)} | {
        p.line for end in built.loose_ends for p in end.certainty.places
    }
    lines = [line for page in read.pages for line in page.lines if any(c.isalnum() for c in line.text)]
    explained = {line.place.line for line in lines if books._is_form(line.text) or books.is_heading(line.text)}
    assert {line.place.line for line in lines} <= ended | explained


def _places(readings: SortedReadings) -> list[object]:  # of lines, of what matrices were read from, of residuals
    found = [line.place for line in readings.lines] + [r.place for r in readings.residuals]
    return found + [place for reading in books._readings(readings) for place in reading.places]


@given(
    st.lists(st.lists(CELLS, min_size=9, max_size=9), max_size=6),
    st.lists(st.lists(CELLS, min_size=6, max_size=6), max_size=6),
)
@example([[None] * 7 + ["I Trimestre", "AAAA"]], [])
@example([["FUNCIONES GENERALES", "AAAA", "BBBB", "Se abordó Si/No", "", "", "", "CCCC", "DDDD"]], [])
@calm
def test_any_tables_are_read(attendance: list[Words], functions: list[Words]) -> None:
    pages = document(
        *drawn(ATTENDANCE_HEAD, attendance, page=1),
        *drawn(FUNCTIONS_HEAD, functions, page=2),
    )
    readings = tables.sort_pages(pages)
    built = report.build(readings, dictionary(), tuple(p.frame for p in pages.pages))
    report_rows(Source(Path("a.pdf"), "a.pdf", "0" * 64), built)
    said = said_by(readings)
    said += " ".join(end.residual.text for end in built.loose_ends)
    for word in words_of(pages.pages):
        assert word in said


def drawn(head: tuple[Words, ...], rows: list[Words], page: int) -> list[object]:
    """The table, its rows below its head; none where the cells drawn overlap, which no scan's do."""
    try:
        return [table(*head, *rows, page=page)]
    except (ValueError, IndexError):
        return [table(*head, page=page)]


def words_of(pages: tuple[ReadPage, ...]) -> set[str]:
    """Words of the tables' bodies long enough to be told from one another."""
    heads = len(ATTENDANCE_HEAD)
    texts = [c.reading.text for p in pages for t in p.tables for c in t.cells if c.row >= heads]
    return {
        word
        for text in texts
        for word in text.split()
        if len(word) > 3 and word.isalpha() and word not in " ".join(SAID)
    }


@given(st.text(max_size=40))
def test_any_text_is_harmless_on_a_terminal_and_still_tells_itself(text: str) -> None:
    console = Console(force_terminal=True, width=200, soft_wrap=True)
    with console.capture() as caught:
        console.print(shown(text), highlight=False)
    said = caught.get().removesuffix("\n")
    assert "\x1b" not in said
    assert all(c.isprintable() or c == " " for c in said if c not in "\u00a0\u3000") or not text.isprintable()
    assert not any(0x200B <= ord(c) <= 0x202E or 0x2060 <= ord(c) <= 0x206F or ord(c) < 32 for c in said)
    said.encode()
    assert printable(text) == text or not text.isprintable()


SCHEMA = TableSchema("t", "", (Column("a", ""), Column("b", "")), ("a",))
VALUES = st.one_of(st.none(), st.text(alphabet=st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20))


@given(st.lists(st.tuples(VALUES, VALUES), max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_values_come_back_from_csv(tmp_path: Path, rows: list[tuple[str | None, str | None]]) -> None:
    files.write(tmp_path, [SCHEMA], {"t": [{"a": a, "b": b} for a, b in rows]})
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        back = list(csv.reader(file))
    assert back == [["a", "b"], *([a or "", b or ""] for a, b in rows)]


@pytest.mark.parametrize(
    "text", ["SI NO - " * 12_000, "1. " * 30_000, "(" * 50_000, "Sector\n" * 20_000, "a" * 100_000]
)
def test_long_lines_and_many_lines_take_no_longer_than_they_should(text: str, tmp_path: Path) -> None:
    """No pattern looks back over all that it has read: what is long is slow, and not endless."""
    path = tmp_path / "a.txt"
    path.write_text("Anexo 2: Informe de gestión\n" + text)
    with suppress(DocumentError):
        read_report(path, Limits(), dictionary())

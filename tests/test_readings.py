"""Scanned pages → readings: tiny cells by the mark reader, words by the engine, and blank is not a dash."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz import fuzz

from ocr import document, errors, pages, readings, sheets
from ocr.marks import BLANK
from ocr.records import Cell, InputKind, PageFrame, ReadDocument
from tests import bent, damage, forms
from tests.form_style import Style

needs_engine = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
STYLE = Style(size=10, table_size=9, margin=2.4, empty="")
LAST = 8  # column of the totals


@pytest.fixture(scope="module")
def report() -> forms.DrawnReport:
    """A report whose columns without a session are blank; its dashes are those of the other tests' pages."""
    return forms.draw(8, STYLE, ())


@pytest.fixture(scope="module")
def read(report: forms.DrawnReport, tmp_path_factory: pytest.TempPathFactory) -> ReadDocument:
    path = tmp_path_factory.mktemp("scan") / "a.pdf"
    path.write_bytes(damage.scan(report.pdf, "office200", 5))
    return document.read(path)


def rows(read: ReadDocument) -> list[list[Cell]]:
    """The rows of the attendance matrix below its heading, left to right."""
    matrix = read.pages[0].tables[1]
    return [sorted((c for c in matrix.cells if c.row == row), key=lambda c: c.column) for row in range(3, matrix.rows)]


@needs_engine
def test_marks_roles_and_totals_are_read_and_blank_cells_are_blank(
    read: ReadDocument, report: forms.DrawnReport
) -> None:
    assert read.kind is InputKind.SCAN
    assert len(rows(read)) == len(report.truth["rows"])
    for found, wanted in zip(rows(read), report.truth["rows"], strict=True):
        small = [c.reading for c in found if c.column >= 3]
        assert [r.text for r in small] == [wanted["role"], *wanted["printed_marks"], str(wanted["total_printed"])]
        assert {r.candidates[0].source for r in small} == {"marks"}
        assert all(r.of("cluster") and r.of("seat") for r in small if r.text != BLANK)
    assert any(m == BLANK for r in report.truth["rows"] for m in r["printed_marks"])


@needs_engine
def test_words_are_read_by_the_engine_line_by_line(read: ReadDocument, report: forms.DrawnReport) -> None:
    for found, wanted in zip(rows(read), report.truth["rows"], strict=True):
        entity = next(c for c in found if c.column == 1)
        assert fuzz.ratio(" ".join(entity.reading.text.split()), wanted["printed"]) > 93
        assert entity.reading.candidates[-1].source == "tesseract"
        assert entity.reading.text.split("\n") == [line.text for line in entity.lines]


@needs_engine
def test_lines_and_words_stand_inside_their_cells(read: ReadDocument) -> None:
    for cell in (c for t in read.pages[0].tables for c in t.cells):
        assert cell.reading.places[0].box == cell.box
        for line in cell.lines:
            assert line.place.box is not None
            assert cell.box.contains(*line.place.box.center)
            assert all(w.box is not None and cell.box.contains(*w.box.center) for w in line.words)


@needs_engine
def test_text_around_the_tables_is_read_in_order(read: ReadDocument) -> None:
    said = [line.text for page in read.pages for line in page.lines]
    wanted = ("INFORME DE GESTIÓN", "ASISTENTES:", "Firma de quien preside la instancia:")
    places = [max(range(len(said)), key=lambda i: fuzz.ratio(said[i], text)) for text in wanted]
    assert places == sorted(places)
    assert all(fuzz.ratio(said[i], text) > 80 for i, text in zip(places[:2], wanted[:2], strict=True))


@needs_engine
def test_a_dash_is_no_blank_and_no_mark(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(bent.as_pdf([bent.spotted(200)], 200))
    (source,) = sheets.inspect(path)
    page, _ = readings.read_page(pages.pdf_page(path, source))
    wanted = forms.draw(8, bent.STYLE, ()).truth["rows"]
    found = rows(ReadDocument(InputKind.SCAN, (page,)))
    assert [[c.reading.text for c in row if 4 <= c.column < LAST] for row in found] == [
        r["printed_marks"] for r in wanted
    ]
    assert any("-" in r["printed_marks"] for r in wanted)


# ---------------------------------------------------------------- without the engine


def page_of(grey: np.ndarray) -> pages.Page:
    return pages.Page(PageFrame(1, grey.shape[1], grey.shape[0], 200), grey)


def test_a_blank_page_says_nothing() -> None:
    read, inks = readings.read_page(page_of(np.full((2200, 1700), 255, np.uint8)))
    assert (read.tables, read.lines, inks) == ((), (), ())


def test_a_missing_engine_is_told_and_not_passed_off_as_an_empty_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_of(bent.spotted(200))  # drawn by another program, while there are any
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(errors.EngineMissing, match="tesseract"):
        readings.read_page(page)


@needs_engine
def test_an_engine_that_takes_too_long_fails_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ocr.engine.BATCH_SECONDS", 0.05)
    with pytest.raises(errors.EngineFailed):
        readings.read_page(page_of(bent.spotted(200)))


def test_what_shines_through_is_cleared_and_print_is_kept() -> None:
    grey = np.full((400, 400), 255, np.uint8)
    grey[50:100, 50:350], grey[200:250, 50:350], grey[300:320, 50:350] = 20, 215, 120
    clear = readings.without_ghosts(grey)
    assert clear[75, 200] < 10
    assert clear[225, 200] == 255
    assert clear[310, 200] < 160
    assert clear[10, 10] == 255


def test_capitals_are_measured_in_pixels() -> None:
    capital = 10 * 0.66 * 200 / 72  # of ten-point type
    assert 0.75 * capital < readings.letters(page_of(bent.spotted(200))).height < 1.1 * capital

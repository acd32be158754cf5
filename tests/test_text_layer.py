"""Born-digital pages are read from their text layer, as drawn; layers that hold garble are not believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ocr import document, readings, text_layer
from ocr.pages import Page
from ocr.records import Box, InputKind, ReadDocument, ReadPage
from tests import bent, forms
from tests.form_layout import DrawnCell

GARBLE = "ÿþ¤ƒ§ ¶¤ƒ¥ ÿ¶§¤ ƒ¥¶ §¤ÿþ"


@pytest.fixture(scope="module")
def report() -> forms.DrawnReport:
    return forms.draw(8, bent.STYLE, ())


@pytest.fixture(scope="module")
def read(report: forms.DrawnReport, tmp_path_factory: pytest.TempPathFactory) -> ReadDocument:
    path = tmp_path_factory.mktemp("drawn") / "a.pdf"
    path.write_bytes(report.pdf)
    return document.read(path)


def overlap(a: Box, b: tuple[float, float, float, float]) -> float:
    """The share of the smaller of two boxes that both cover."""
    wide, high = min(a.x1, b[2]) - max(a.x0, b[0]), min(a.y1, b[3]) - max(a.y0, b[1])
    smaller = min(a.width * a.height, (b[2] - b[0]) * (b[3] - b[1]))
    return max(0.0, wide) * max(0.0, high) / smaller


def said_at(page: ReadPage, drawn: DrawnCell) -> str:
    cells = [c for t in page.tables for c in t.cells]
    return max(cells, key=lambda c: overlap(c.box, drawn.box)).reading.text


def test_a_drawn_file_is_a_text_layer(read: ReadDocument) -> None:
    assert read.kind is InputKind.TEXT_LAYER
    assert [p.frame.number for p in read.pages] == [1, 2]
    assert (read.pages[0].frame.width, read.pages[0].frame.height) == bent.SIZE


def test_every_cell_says_what_was_drawn_where_it_was_drawn(read: ReadDocument, report: forms.DrawnReport) -> None:
    kinds = {c.kind for c in report.cells}
    assert kinds >= {"sector", "entity", "position", "role", "mark", "total", "date", "addressed"}
    wrong = [
        (c.text, said)
        for c in report.cells
        if c.kind != "sector" and (said := said_at(read.pages[c.page - 1], c)) != c.text
    ]
    assert wrong == []


def test_tables_have_the_drawn_shape(read: ReadDocument) -> None:
    block, matrix = read.pages[0].tables[:2]
    assert (block.rows, block.columns) == (3, 2)
    assert (matrix.rows, matrix.columns) == (11, 9)
    assert len(matrix.cells) == 82
    assert {(c.row, c.column): c.row_span for c in matrix.cells if c.column == 0} == {
        (0, 0): 3, (3, 0): 2, (5, 0): 1, (6, 0): 4, (10, 0): 1,
    }  # fmt: skip


def test_text_around_the_tables_comes_in_reading_order(read: ReadDocument, report: forms.DrawnReport) -> None:
    said = " ".join(line.text for page in read.pages for line in page.lines)
    wanted = ["INFORME DE GESTIÓN", report.truth["period"], "ASISTENTES:", "SESIONES ORDINARIAS REALIZADAS"]
    wanted += [" ".join(text.split()) for text in report.truth["paragraphs"]]
    places = [said.find(text) for text in wanted]
    assert -1 not in places
    assert places == sorted(places)
    assert report.truth["rows"][0]["printed"].split()[-1] not in [line.text for line in read.pages[0].lines]


# ---------------------------------------------------------------- layers that are not believed


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The pages that are read as scans, as they come; reading them takes no time."""
    numbers: list[int] = []

    def seen(page: Page) -> readings.Steps:
        yield from ()  # nothing is asked of the engine
        numbers.append(page.frame.number)
        return ReadPage(page.frame), ()

    monkeypatch.setattr(readings, "page_steps", seen)
    return numbers


def layered(folder: Path, *sheets: tuple[bool, str], hidden: bool = False) -> Path:
    """A PDF with one page for each: whether a picture covers it, and what its text layer says."""
    canvas: Any = Canvas(str(folder / "a.pdf"), pagesize=bent.SIZE)
    picture = ImageReader(Image.fromarray(bent.spotted(100)))
    for covered, text in sheets:
        if covered:
            canvas.drawImage(picture, 0, 0, *bent.SIZE)
        for i in range(20):
            line = canvas.beginText(72, 700 - 20 * i)
            line.setTextRenderMode(3 if hidden else 0)
            line.textLine(text)
            canvas.drawText(line)
        canvas.showPage()
    canvas.save()
    return folder / "a.pdf"


@pytest.mark.parametrize("text", [GARBLE, "Texto oculto que parece bueno"])
def test_a_scan_with_a_hidden_text_layer_is_read_as_a_scan(text: str, tmp_path: Path, scans: list[int]) -> None:
    read = document.read(layered(tmp_path, (True, text), hidden=True))
    assert read.kind is InputKind.SCAN
    assert scans == [1]


def test_a_drawn_page_of_garble_is_read_from_its_picture(tmp_path: Path, scans: list[int]) -> None:
    read = document.read(layered(tmp_path, (False, GARBLE)))
    assert read.kind is InputKind.SCAN
    assert scans == [1]


def test_each_page_is_read_by_what_it_is(tmp_path: Path, scans: list[int]) -> None:
    read = document.read(layered(tmp_path, (False, "Coordinar la política pública."), (True, "Coordinar")))
    assert read.kind is InputKind.TEXT_LAYER
    assert scans == [2]
    assert "Coordinar la política pública." in [line.text for line in read.pages[0].lines]
    assert [p.frame.number for p in read.pages] == [1, 2]


@pytest.mark.parametrize(("text", "legible"), [
    ("Artículo 1º: «¿Cuántas sesiones?» — 50 %; ✓", True),
    ("(cid:12)(cid:7) Informe de gestión del periodo", False),
    (GARBLE * 2, False),
    ("Folio 12", False),
])  # fmt: skip
def test_legibility_of_a_text_layer(text: str, legible: bool) -> None:
    class Sheet:
        chars = tuple({"text": c, "matrix": (1, 0, 0, 1, 0, 0)} for c in text)

    assert text_layer.is_legible(Sheet()) is legible

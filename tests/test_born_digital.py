"""Born-digital reports, drawn in many styles, are read without one error, however their pages are turned or cropped."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from dictionaries.load import load
from ocr import document, text_layer
from ocr.records import Box, InputKind
from parsers import report, tables
from parsers.records import Report
from tests import forms
from tests.form_mistakes import Truth
from tests.hand_made import OWN_ACCOUNT

# ruled and unruled heads, X and SI, blank empties, long dates, tables that nearly touch, landscape, semesters, years
SEEDS = (601, 617, 629, 630, 642, 673)
TURNED = 602


def built(path: Path) -> Report:
    read = document.read_pdf(path)
    return report.build(tables.sort_pages(read), load(), tuple(page.frame for page in read.pages), OWN_ACCOUNT)


def values(read: Report) -> dict[str, object]:
    fields = read.fields
    return {
        "instancia": read.instancia,
        "quarter": fields.period.quarter,
        "held": [[c.held, c.planned] for c in (fields.ordinary, fields.extraordinary)],
        "columns": [(s.quarter, s.date and s.date.isoformat()) for s in read.sessions if s.matrix == "attendance"],
        "rows": [(a.role, a.total_printed, [m.value for m in a.marks]) for a in read.attendees],
        "functions": [(f.scope, f.addressed_printed, [m.value for m in f.marks]) for f in read.functions],
        "publications": {p.item: p.published for p in fields.publications},
    }


def printed(truth: Truth) -> dict[str, object]:
    return {
        "instancia": truth["instancia"],
        "quarter": truth["quarter"],
        "held": [list(truth["ordinary"]), list(truth["extraordinary"])],
        "columns": [(c["quarter"], c["date"]) for c in truth["columns"]],
        "rows": [(r["role"], r["total_printed"], r["marks"]) for r in truth["rows"]],
        "functions": [(f["scope"], f["addressed_printed"], f["marks"]) for f in truth["functions"]],
        "publications": truth["publications"],
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_every_value_is_as_printed_and_none_asks_for_review(seed: int, tmp_path: Path) -> None:
    drawn = forms.draw(seed)
    path = tmp_path / "a.pdf"
    path.write_bytes(drawn.pdf)
    read = built(path)
    assert read.kind is InputKind.TEXT_LAYER
    assert values(read) == printed(drawn.truth)
    marks = [mark for a in read.attendees for mark in a.marks] + [mark for f in read.functions for mark in f.marks]
    records = (*read.attendees, *read.functions, *read.sessions, *marks, read)
    assert [r.certainty.review_reason for r in records if r.certainty.needs_review] == []


def changed(pdf: bytes, path: Path, *, turn: int = 0, crop: tuple[float, float] = (0, 0)) -> Path:
    """The PDF with each page turned clockwise, or cropped by so many points at the left and the top."""
    file = pypdfium2.PdfDocument(pdf)
    for page in file:
        _, _, width, height = page.get_mediabox()
        page.set_rotation(turn)
        page.set_cropbox(crop[0], 0, width, height - crop[1])
    out = io.BytesIO()
    file.save(out)
    path.write_bytes(out.getvalue())
    return path


def first_box(path: Path) -> Box:
    read = document.read_pdf(path)
    place = tables.sort_pages(read).attendance.rows[0].entity.places[0]  # type: ignore[union-attr]
    assert place.box
    return place.box


def test_boxes_stand_on_the_page_as_cropped(tmp_path: Path) -> None:
    pdf = forms.draw(TURNED).pdf
    whole = first_box(changed(pdf, tmp_path / "whole.pdf"))
    cropped = first_box(changed(pdf, tmp_path / "cropped.pdf", crop=(20, 12)))
    assert (whole.x0 - cropped.x0, whole.y0 - cropped.y0) == pytest.approx((20, 12), abs=1)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_that_is_shown_turned_is_left_to_its_picture(turn: int, tmp_path: Path) -> None:
    path = changed(forms.draw(TURNED).pdf, tmp_path / "turned.pdf", turn=turn)
    with text_layer.opened(path) as pdf:
        assert not text_layer.is_legible(pdf.pages[0])


# ---------------------------------------------------------------- text that a viewer does not show


def instructed(pdf: bytes, path: Path, instructions: bytes, *, before: bool = False) -> Path:
    """The PDF with instructions added to each page, before or after its own."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        for page in file.pages:
            page.contents_add(instructions, prepend=before)
        file.save(path)
    return path


@pytest.mark.parametrize(
    ("instructions", "before"),
    [(b"q 1 1 1 rg 0 0 3000 3000 re f Q", False), (b"3 Tr ", True)],
    ids=["under white", "drawn in no way"],
)
def test_text_that_no_page_shows_is_not_read(instructions: bytes, before: bool, tmp_path: Path) -> None:
    path = instructed(forms.draw(TURNED).pdf, tmp_path / "a.pdf", instructions, before=before)
    read = document.read_pdf(path)
    assert not [c for page in read.pages for t in page.tables for c in t.cells if c.reading and c.reading.text.strip()]
    assert sum(len(line.text) for page in read.pages for line in page.lines) < 60  # strokes of rules, at most


def test_a_mark_under_white_is_blank_as_on_the_paper_and_left_over(tmp_path: Path) -> None:
    pdf = forms.draw(TURNED).pdf
    (tmp_path / "a.pdf").write_bytes(pdf)
    whole = document.read_pdf(tmp_path / "a.pdf")
    word, page = next((w, p) for p in whole.pages for t in p.tables for c in t.cells for line in c.lines
                      for w in line.words if w.text in ("SI", "Sí", "Si", "X"))  # fmt: skip
    box, height = word.box, page.frame.height
    assert box
    white = b"q 1 1 1 rg %f %f %f %f re f Q" % (box.x0 - 1, height - box.y1 - 1, box.width + 2, box.height + 2)
    read = document.read_pdf(instructed(pdf, tmp_path / "b.pdf", white))
    there = read.pages[page.frame.number - 1]
    assert not [w for t in there.tables for c in t.cells for line in c.lines for w in line.words if w.box == box]
    assert word.text in [r.text for r in there.residuals]

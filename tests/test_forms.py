"""The drawn reports are what every other measurement stands on: here the paper is held against its truth."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pdfplumber
import pypdfium2
import pytest
from pdf2image import convert_from_bytes

from tests import damage, form_style
from tests.form_mistakes import PLANTERS
from tests.form_style import Style
from tests.forms import SAMPLES, DrawnReport, draw

ROOT = Path(__file__).parents[1]
BENCH = ROOT.parent / "shared" / "bench" / "dev" / "truth"
Image = npt.NDArray[np.float64]
SEEDS = range(1, 61)  # enough for chance to show every rare form


@pytest.fixture(scope="module")
def reports() -> list[DrawnReport]:
    return [draw(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def small() -> DrawnReport:
    """Two pages, for what has to be rasterized."""
    return draw(12, Style(size=9, table_size=8))


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_a_seed_gives_the_same_report_every_time() -> None:
    once, again, other = draw(3), draw(3), draw(5)
    assert once.pdf == again.pdf
    assert once.truth == again.truth
    assert once.truth["rows"] != other.truth["rows"]


@pytest.mark.parametrize("seed", [1, 4, 6, 40])
def test_what_the_truth_says_stands_on_the_paper(seed: int) -> None:
    report = draw(seed)
    with pdfplumber.open(io.BytesIO(report.pdf)) as pdf:
        for cell in report.cells:
            printed = pdf.pages[cell.page - 1].crop(cell.box).extract_text() or ""
            assert squeezed(printed) == squeezed(cell.text), cell
        text = squeezed("".join(page.extract_text() for page in pdf.pages))
    for signatory in report.truth["signatories"]:
        assert squeezed(signatory["name"]) in text
    assert squeezed(report.truth["period"]) in text


def test_every_cell_of_the_matrix_is_drawn_once_whole(reports: list[DrawnReport]) -> None:
    for report in reports:
        drawn = {k: "".join(squeezed(c.text) for c in report.cells if c.kind == k) for k in ("role", "total", "entity")}
        rows = report.truth["rows"]
        assert drawn["role"] == "".join(r["role"] for r in rows)
        assert drawn["total"] == "".join(str(r["total_printed"]) for r in rows)
        for row in rows:  # a name cut by a page break ends after its neighbours' cells began: look for its words
            words = [squeezed(w) for w in row["printed"].split()]
            assert all(word in drawn["entity"] for word in words), row["printed"]


def recomputed(truth: dict[str, Any]) -> set[tuple[str, Any]]:
    """The findings that the printed values call for, worked out without looking at those planted."""
    rows, columns = truth["rows"], truth["columns"]
    roles = [r["role"] for r in rows]
    held = [c for c in columns if c["date"]]
    wrong = [r["row"] for r in rows if r["total_printed"] != r["marks"].count("SI")]
    found: set[tuple[str, Any]] = {("TOTAL_MISMATCH", row) for row in wrong}
    found |= {
        ("ADDRESSED_MISMATCH", f["function"])
        for f in truth["functions"]
        if (f["addressed_printed"] == "SI") != ("SI" in f["marks"])
    }
    for i, column in enumerate(columns, 1):
        if column["date"] and (date.fromisoformat(column["date"]).month + 2) // 3 != column["quarter"]:
            found.add(("DATE_OUTSIDE_QUARTER", i))
        if any(printed[i - 1] != column["printed"] for printed in truth["function_columns"].values()):
            found.add(("DATE_CONFLICT", i))
    if truth["ordinary"][0] + truth["extraordinary"][0] != len(held):
        found.add(("SESSION_COUNT_MISMATCH", None))
    found |= {("NOT_PUBLISHED", item) for item, published in truth["publications"].items() if not published}
    found |= {("NO_PRESIDENT", None)} if "P" not in roles else set()
    found |= {("MULTIPLE_PRESIDENTS", None)} if roles.count("P") > 1 else set()
    return found | ({("NO_TECHNICAL_SECRETARY", None)} if "S" not in roles else set())


def test_the_planted_mistakes_are_the_only_ones(reports: list[DrawnReport]) -> None:
    alone = [draw(7, mistakes=(code,)).truth for code in PLANTERS]
    assert [[f["code"] for f in truth["findings"]] for truth in alone] == [[code] for code in PLANTERS]
    assert draw(7, mistakes=()).truth["findings"] == []
    for truth in [*alone, *(report.truth for report in reports)]:
        noted = {
            (f["code"], next((f[k] for k in ("row", "column", "function", "item") if k in f), None))
            for f in truth["findings"]
        }
        assert noted == recomputed(truth), truth["seed"]


def test_marks_mean_what_is_printed_under_their_columns(reports: list[DrawnReport]) -> None:
    for report in reports:
        truth = report.truth
        for row in [*truth["rows"], *truth["functions"]]:
            for column, mark, printed in zip(truth["columns"], row["marks"], row["printed_marks"], strict=True):
                assert (mark == "-") == (column["date"] is None)
                if mark == "-":
                    assert printed == truth["empty"] == column["printed"]
                else:
                    assert {"SI": "SI", "SÍ": "SI", "X": "SI", "NO": "NO", "": "NO"}[printed.upper()] == mark


def test_chance_reaches_the_whole_range_of_forms(reports: list[DrawnReport]) -> None:
    many = reports
    assert {len(r.truth["columns"]) for r in many} >= {2, 4, 5, 6, 7}
    assert min(len(r.truth["rows"]) for r in many) >= 8
    assert max(len(r.truth["rows"]) for r in many) <= 32
    assert {r.style.vocab for r in many} == {"SI", "Sí", "Si", "X"}
    assert {r.style.empty for r in many} >= {"-", "–", "N/A", ""}
    assert {role for r in many for role in (x["role"] for x in r.truth["rows"])} == {"P", "S", "I", "IP", "O"}
    assert {r.truth["quarter"] for r in many} == {1, 2, 3, 4, None}
    assert any(not row["known"] for r in many for row in r.truth["rows"])


def test_a_row_cut_by_the_page_goes_on_under_the_repeated_header() -> None:
    report = draw(6, Style(size=11, table_size=11, pad=1))
    pages = {c.page for c in report.cells if c.kind == "date"}
    entities = [c for c in report.cells if c.kind == "entity"]
    assert len(pages) > 1
    assert len(entities) > len(report.truth["rows"])  # some came in two parts
    whole = draw(6, Style(size=11, table_size=11, whole_rows=True))
    assert sum(c.kind == "entity" for c in whole.cells) == len(whole.truth["rows"])


@pytest.mark.parametrize("condition", damage.CONDITIONS)
def test_a_scan_is_images_of_the_same_pages(condition: str, small: DrawnReport) -> None:
    scanned = damage.scan(small.pdf, condition, seed=1)
    paper, images = pypdfium2.PdfDocument(small.pdf), pypdfium2.PdfDocument(scanned)
    turned = damage.turns(len(paper), condition, seed=1)
    assert len(images) == len(paper)
    for page, image, angle in zip(paper, images, turned, strict=True):
        size = page.get_size() if angle % 180 == 0 else page.get_size()[::-1]
        assert image.get_size() == pytest.approx(size, abs=1)
        assert image.get_textpage().count_chars() == 0
    assert (b"CCITTFaxDecode" in scanned) == (damage.CONDITIONS[condition].quality is None)
    both = [convert_from_bytes(some, dpi=40, grayscale=True) for some in (small.pdf, scanned)]
    for before, after, angle in zip(*both, turned, strict=True):
        upright = np.rot90(np.asarray(after, float), angle // 90)
        upside_down = np.rot90(upright, 2)
        assert _likeness(np.asarray(before, float), upright) > _likeness(np.asarray(before, float), upside_down) + 0.1


def _likeness(before: Image, after: Image) -> float:
    """How far the busy patches of a page are where they were, from -1 to 1."""
    high, wide = (min(a, b) // 20 for a, b in zip(before.shape, after.shape, strict=True))
    patches = [a[: high * 20, : wide * 20].reshape(high, 20, wide, 20).std((1, 3)).ravel() for a in (before, after)]
    return float(np.corrcoef(*(np.minimum(p, 15) for p in patches))[0, 1])  # the edge of a photo is no busier than text


def test_a_scan_is_the_same_for_the_same_seed_only(small: DrawnReport) -> None:
    assert damage.scan(small.pdf, "fax200", 1) == damage.scan(small.pdf, "fax200", 1)
    assert damage.scan(small.pdf, "fax200", 1) != damage.scan(small.pdf, "fax200", 2)


def test_flattened_text_is_what_ocr_sees_page_by_page(small: DrawnReport) -> None:
    last, twice = pypdfium2.PdfDocument(small.pdf), io.BytesIO()
    few = pypdfium2.PdfDocument.new()  # the last page holds little: reading it costs little
    few.import_pages(last, [len(last) - 1] * 2)
    few.save(twice)
    pages = damage.flatten(damage.scan(twice.getvalue(), "bilevel300", 1)).split("\f")
    assert len(pages) == 2
    for page in pages:
        assert "Secretaria" in page  # the English model knows no accents
        assert small.truth["signatories"][0]["name"].split()[-1][:3] in page


def test_a_machine_without_fonts_draws_with_those_of_every_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(form_style, "FONT_HOME", Path("/nowhere"))
    form_style.fonts.cache_clear()
    try:
        for font in form_style.FONTS:
            with pdfplumber.open(io.BytesIO(draw(2, Style(font)).pdf)) as pdf:
                assert {char["fontname"].split("-")[0] for char in pdf.pages[0].chars} <= {"Helvetica", "Times"}
                assert "GESTIÓN" in pdf.pages[0].extract_text()
    finally:
        form_style.fonts.cache_clear()


@pytest.mark.skipif(not BENCH.exists(), reason="the measured reports are not beside this repository")
def test_the_truth_has_the_shape_of_the_measured_reports() -> None:
    measured = json.loads((BENCH / "d02_office200.json").read_text(encoding="utf-8"))
    truth = {**draw(1).truth, "name": ""}
    assert set(measured) <= set(truth)
    for key in ("columns", "rows", "functions", "signatories"):
        assert set(measured[key][0]) <= set(truth[key][0])
    for key in ("publications", "function_columns"):
        assert set(measured[key]) == set(truth[key])


@pytest.mark.parametrize("name", SAMPLES)
def test_the_shipped_samples_are_small_synthetic_and_have_their_truth(name: str) -> None:
    (sample,) = (ROOT / "data" / "raw").glob(f"{name}.*")
    truth = json.loads((ROOT / "tests" / "golden" / f"{name}.json").read_text(encoding="utf-8"))
    assert sample.stat().st_size < 600_000
    assert truth["name"] == sample.stem
    assert truth["findings"]
    if sample.suffix == ".txt":
        text = sample.read_text(encoding="utf-8")
        assert text.count("\f") == truth["pages"] - 1
        assert "Documento sint" in text
    else:
        pdf = pypdfium2.PdfDocument(sample)
        assert len(pdf) == truth["pages"] == 2 or len(pdf) == truth["pages"] == 3
        assert sum(page.get_textpage().count_chars() for page in pdf) == 0

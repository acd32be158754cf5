"""The drawn reports are what every other measurement stands on: here the paper is held against its truth."""

from __future__ import annotations

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pdfplumber
import pypdfium2
import pytest

from tests import form_style
from tests.form_mistakes import PLANTERS, spell
from tests.form_style import DATE_FORMS, MORE_FONTS, TICKS, Style
from tests.form_variety import LETTERHEADS, MORE_DATES, WIDE_FROM, widened
from tests.forms import SAMPLES, DrawnReport, draw

ROOT = Path(__file__).parents[1]
BENCH = ROOT.parent / "shared" / "bench" / "dev" / "truth"
SEEDS = range(1, 61)  # enough for chance to show every rare form
WIDE = range(WIDE_FROM, WIDE_FROM + 60)


@pytest.fixture(scope="module")
def reports() -> list[DrawnReport]:
    return [draw(seed) for seed in SEEDS]


@pytest.fixture(scope="module")
def wide() -> list[DrawnReport]:
    return [draw(seed) for seed in WIDE]


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_a_seed_gives_the_same_report_every_time() -> None:
    once, again, other = draw(3), draw(3), draw(5)
    assert once.pdf == again.pdf
    assert once.truth == again.truth
    assert once.truth["rows"] != other.truth["rows"]


@pytest.mark.parametrize("seed", [1, 4, 6, 40, 702, 705, 709, 713, 722])
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
    assert squeezed(report.style.letterhead) in text


def test_every_cell_of_the_matrix_is_drawn_once_whole(reports: list[DrawnReport], wide: list[DrawnReport]) -> None:
    for report in [*reports, *wide]:
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


def test_the_planted_mistakes_are_the_only_ones(reports: list[DrawnReport], wide: list[DrawnReport]) -> None:
    alone = [draw(7, mistakes=(code,)).truth for code in PLANTERS]
    assert [[f["code"] for f in truth["findings"]] for truth in alone] == [[code] for code in PLANTERS]
    assert draw(7, mistakes=()).truth["findings"] == []
    for truth in [*alone, *(report.truth for report in (*reports, *wide))]:
        noted = {
            (f["code"], next((f[k] for k in ("row", "column", "function", "item") if k in f), None))
            for f in truth["findings"]
        }
        assert noted == recomputed(truth), truth["seed"]


def test_marks_mean_what_is_printed_under_their_columns(reports: list[DrawnReport], wide: list[DrawnReport]) -> None:
    for report in [*reports, *wide]:
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


def test_early_seeds_keep_the_looks_that_other_tests_know() -> None:
    assert all(widened(Style(), seed) == Style() for seed in range(WIDE_FROM))
    assert any(widened(Style(), seed) != Style() for seed in WIDE)


def test_later_seeds_reach_fonts_words_dates_and_layouts_beyond_the_early_ones(wide: list[DrawnReport]) -> None:
    styles = [report.style for report in wide]
    assert {s.font for s in styles} > set(MORE_FONTS)
    assert {s.vocab for s in styles} == {"SI", "Sí", "Si", "X", "SÍ", "si", "x"}
    assert len({s.date_form for s in styles} & set(MORE_DATES)) > len(MORE_DATES) / 2
    assert len({s.letterhead for s in styles} & set(LETTERHEADS)) > len(LETTERHEADS) / 2
    assert {s.publication for s in styles} == set(range(len(TICKS)))
    assert len({s.period_form for s in styles}) > 5
    for look in ("capital_names", "top_aligned", "frame", "head_ink", "stripes"):
        assert len({getattr(s, look) for s in styles}) > 1, look


def test_the_form_is_named_as_the_letterhead_numbers_it(wide: list[DrawnReport]) -> None:
    assert {r.truth["form"] for r in wide} == {"Anexo 1", "Anexo 2", "Anexo 3", "Anexo 4"}
    assert all(r.truth["form"][-1] in r.style.letterhead for r in wide)


def test_a_period_is_worded_for_its_quarter_or_half_year() -> None:
    forms = ("{roman} {unit} DE {year}", "{Ordinal} {lower_unit} de {year}", "{months} DE {year}")
    worded = {draw(seed, Style(period_form=form), ()).truth["period"] for form in forms for seed in (1, 2, 5, 20)}
    truths = [draw(seed, Style(), ()).truth for seed in (1, 2, 5, 20)]
    for truth in (t for t in truths if t["period_kind"] == "quarter"):
        roman, year = ("I", "II", "III", "IV")[truth["quarter"] - 1], truth["year"]
        assert f"{roman} TRIMESTRE DE {year}" in worded
        months = ("ENERO - MARZO", "ABRIL - JUNIO", "JULIO - SEPTIEMBRE", "OCTUBRE - DICIEMBRE")[truth["quarter"] - 1]
        assert f"{months} DE {year}" in worded


def test_dates_are_spelt_as_their_form_says() -> None:
    day = date(2024, 3, 9)
    assert [spell(day, form) for form in (*DATE_FORMS, *MORE_DATES)] == [
        "09/03/2024", "09-03-2024", "09/03/24", "9 de marzo de 2024", "9 mar. 2024",
        "09.03.2024", "2024-03-09", "9/3/2024", "Marzo 9 de 2024", "9 DE MARZO DE 2024",
        "09-mar-2024", "09/mar/2024", "9 de marzo del 2024", "09 / 03 / 2024",
    ]  # fmt: skip


def test_a_row_cut_by_the_page_goes_on_under_the_repeated_header() -> None:
    report = draw(6, Style(size=11, table_size=11, pad=1))
    pages = {c.page for c in report.cells if c.kind == "date"}
    entities = [c for c in report.cells if c.kind == "entity"]
    assert len(pages) > 1
    assert len(entities) > len(report.truth["rows"])  # some came in two parts
    whole = draw(6, Style(size=11, table_size=11, whole_rows=True))
    assert sum(c.kind == "entity" for c in whole.cells) == len(whole.truth["rows"])


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

"""A report's page in a real browser: click and keyboard lead to the crop, and no text of a report is ever run."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pdfplumber
import pytest
from PIL import Image
from playwright.sync_api import Browser
from typer.testing import CliRunner

from ocr.records import Box
from pipeline import crops
from pipeline.cli import pages as verb
from pipeline.cli.app import app
from pipeline.errors import ExitCode
from pipeline.pages.reader import Reader
from pipeline.rows import Row
from tests import browser as browsers
from tests import forms, written
from tests.browser import ATTACKS, visit

MIB = 1 << 20


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsers.chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over a born-digital report and a text; the mark in row 2, column 1 of the first is in doubt."""
    folder = tmp_path_factory.mktemp("pages")
    drawn = forms.draw(39, mistakes=("NOT_PUBLISHED",))
    forms.write(drawn, "digital", "impreso", folder / "in", folder / "truth")
    text = Path(__file__).parents[1] / "data" / "raw" / "sintetico_texto_ocr.txt"
    (folder / "in" / "texto.txt").write_bytes(text.read_bytes())
    arguments = ["run", str(folder / "in"), "--out", str(folder / "out"), "--workers", "1", "--pages"]
    assert "Páginas de 2 informes" in CliRunner().invoke(app, arguments).output
    written.change(folder / "out", "attendance", doubt_a_mark)
    done = CliRunner().invoke(app, ["pages", str(folder / "out")])
    assert done.exit_code == 0, done.output
    return folder / "out"


def doubt_a_mark(rows: list[Row]) -> list[Row]:
    for row in rows:
        if (row["row"], row["column"]) == (2, 1) and row["x0"] is not None:
            row |= {"needs_review": True, "review_reason": "residual_ink", "confidence": 0.61}
    return rows


def document(out: Path, source: str) -> Row:
    return next(d for d in Reader(out).rows("documents") if d["source"] == source)


def page(out: Path, source: str = "impreso.pdf") -> Path:
    return out / "reports" / f"{document(out, source)['document_id']}.html"


@pytest.mark.parametrize("width", [1400, 420])
def test_nothing_is_wider_than_the_page(browser: Browser, out: Path, width: int) -> None:
    with visit(browser, page(out)) as seen:
        seen.page.set_viewport_size({"width": width, "height": 900})
        assert seen.page.evaluate("document.documentElement.scrollWidth") == width
        seen.page.click("#attendance-2-1")
        assert seen.page.evaluate("document.documentElement.scrollWidth") == width


def test_a_click_on_a_doubtful_value_shows_its_crop_and_its_reason(browser: Browser, out: Path) -> None:
    mark = next(
        r for r in Reader(out).rows("attendance")
        if (r["row"], r["column"]) == (2, 1) and r["document_id"] == document(out, "impreso.pdf")["document_id"]
    )  # fmt: skip
    with visit(browser, page(out)) as seen:
        card = seen.page.locator("#card")
        assert not card.is_visible()
        seen.page.click("#attendance-2-1")
        assert card.is_visible()
        said = card.inner_text()
        assert "En la celda hay tinta que la lectura no explica." in said
        assert "61,00 %" in said
        assert shows(card.locator("svg").screenshot(), out, mark)
        framed = seen.page.locator("#page-1 rect.here").bounding_box()
        view = seen.page.locator("#view").bounding_box()
        assert framed is not None
        assert view is not None
        assert view["y"] <= framed["y"] <= view["y"] + view["height"]
        seen.page.click("#card .close")
        assert not card.is_visible()
        assert seen.is_clean()


def shows(screenshot: bytes, out: Path, row: Row) -> bool:
    """Whether a picture is of the paper around the row's box, as far as frame and compression leave it."""
    around, above = (40.0, 12.0)
    box = Box(*(float(str(row[k])) for k in ("x0", "y0", "x1", "y1")))
    wide = Box(max(0, box.x0 - around), max(0, box.y0 - above), box.x1 + around, box.y1 + above)
    paper = crops.page_picture(out.parent / "in" / "impreso.pdf", int(str(row["page"])), dpi=300)
    shown = Image.open(io.BytesIO(screenshot)).convert("L")
    true = crops.crop(paper, wide, dpi=300, margin=0).convert("L")
    # the picture is centred in its frame: what is beside it is white
    scale = min(shown.width / true.width, shown.height / true.height)
    size = (round(true.width * scale), round(true.height * scale))
    left, top = (shown.width - size[0]) // 2, (shown.height - size[1]) // 2
    cut = shown.crop((left, top, left + size[0], top + size[1]))
    both = [np.asarray(picture.resize((80, 40)), dtype=float).ravel() for picture in (cut, true)]
    return float(np.corrcoef(*both)[0, 1]) > 0.75


def test_the_keyboard_reaches_values_opens_and_closes_them(browser: Browser, out: Path) -> None:
    with visit(browser, page(out)) as seen:
        keys, focused = seen.page.keyboard, lambda: seen.page.evaluate("document.activeElement.id")
        keys.press("Tab")
        assert seen.page.evaluate("document.activeElement.className") == "skip"
        for _ in range(200):
            keys.press("Tab")
            if focused() == "attendance-2-1":
                break
        assert focused() == "attendance-2-1"
        keys.press("Enter")
        assert (seen.page.locator("#card").is_visible(), focused()) == (True, "card")
        keys.press("Escape")
        assert (seen.page.locator("#card").is_visible(), focused()) == (False, "attendance-2-1")
        keys.press("ArrowRight")
        assert focused() == "attendance-2-2"
        keys.press("ArrowDown")
        assert focused() == "attendance-3-2"
        assert seen.is_clean()


def test_findings_lead_to_their_place_and_an_address_opens_its_value(browser: Browser, out: Path) -> None:
    truth = json.loads((out.parent / "truth" / "impreso.json").read_text(encoding="utf-8"))
    item = truth["findings"][0]["item"]
    with visit(browser, page(out), f"#publications-{item}") as seen:
        assert "Documento no publicado" in seen.page.locator("#card").inner_text()
        seen.page.keyboard.press("Escape")
        seen.page.locator(".findings .value").first.click()
        assert seen.page.locator("#card").is_visible()
        assert seen.page.locator(".page rect.here").count() == 1
        assert seen.is_clean()


def test_a_finding_against_another_report_leads_there(browser: Browser, out: Path, tmp_path: Path) -> None:
    copy = tmp_path / "out"
    copy.mkdir()
    for file in out.glob("*.parquet"):
        (copy / file.name).write_bytes(file.read_bytes())
    own, other = (str(document(out, name)["document_id"]) for name in ("impreso.pdf", "texto.txt"))

    def conflict(rows: list[Row]) -> list[Row]:
        place = {"other_document_id": other, "other_row": 2, "other_column": 1}
        return [row | place if row["document_id"] == own else row for row in rows]

    written.change(copy, "findings", conflict)
    verb.write(copy, [own])
    with visit(browser, copy / "reports" / f"{own}.html") as seen:
        assert seen.page.locator(".findings a").count() == 0  # a page that is not there is not offered
    verb.write(copy)
    with visit(browser, copy / "reports" / f"{own}.html") as seen:
        seen.page.locator(".findings a").first.click()
        seen.page.wait_for_url(f"**/{other}.html#attendance-2-1")
        assert "Fila 2" in seen.page.locator("#card h2").inner_text()
        assert seen.is_clean()


def test_every_mark_is_shown_as_decoded(browser: Browser, out: Path) -> None:
    own = document(out, "impreso.pdf")["document_id"]
    marks = [r for r in Reader(out).rows("attendance") if r["document_id"] == own]
    assert len(marks) > 20
    with visit(browser, page(out)) as seen:
        shown = seen.page.evaluate(
            "Object.fromEntries("
            "[...document.querySelectorAll('[id^=attendance-]')].map(b => [b.id, b.firstChild.data]))"
        )
    assert shown == {
        f"attendance-{m['row']}-{m['column']}": {"-": "–", None: "?"}.get(m["mark"], m["mark"]) for m in marks
    }


def test_a_text_shows_its_lines(browser: Browser, out: Path) -> None:
    with visit(browser, page(out, "texto.txt")) as seen:
        value = seen.page.locator("[id^=attendees-1-entity]")
        value.evaluate("button => button.click()")
        number = seen.page.locator("#card dd").last.inner_text()
        assert seen.page.locator("li.here").get_attribute("id") == f"line-{number}"
        assert seen.is_clean()


def test_a_paper_that_is_gone_or_changed_is_said_and_the_page_works(
    browser: Browser, out: Path, tmp_path: Path
) -> None:
    paper = out.parent / "in" / "impreso.pdf"
    whole = paper.read_bytes()
    moved = tmp_path / "otro nombre.pdf"
    moved.write_bytes(whole)
    for spoil, said in ((paper.unlink, "no está"), (lambda: paper.write_bytes(whole + b" "), "cambió")):
        try:
            spoil()
            verb.write(out, [str(document(out, "impreso.pdf")["document_id"])])
            with visit(browser, page(out)) as seen:
                assert said in seen.page.locator(".missing").inner_text()
                seen.page.click("#attendance-2-1")
                assert "tinta" in seen.page.locator("#card").inner_text()
                assert seen.page.locator("#view").count() == 0
                assert seen.is_clean()
            verb.write(out, [str(document(out, "impreso.pdf")["document_id"])], sources=tmp_path)
            assert "picture-1" in page(out).read_text(encoding="utf-8")
        finally:
            paper.write_bytes(whole)
    verb.write(out)


def test_text_of_a_report_is_text(browser: Browser, out: Path, tmp_path: Path) -> None:
    evil = tmp_path / "out"
    evil.mkdir()
    for file in out.glob("*.parquet"):
        (evil / file.name).write_bytes(file.read_bytes())
    columns = {
        "documents": ("instancia", "instancia_raw", "source", "error_message"),
        "attendees": ("entity", "entity_raw", "sector", "position", "review_reason"),
        "attendance": ("mark_raw",),
        "functions": ("text",),
        "findings": ("message",),
        "sections": ("text", "section"),
        "signatories": ("name",),
        "norms": ("title", "kind"),
        "residuals": ("text",),
    }

    def spoiled(rows: list[Row], names: tuple[str, ...]) -> list[Row]:
        return [
            row | {name: ATTACKS[(i + j) % len(ATTACKS)] for j, name in enumerate(names)} for i, row in enumerate(rows)
        ]

    for table, names in columns.items():
        written.change(evil, table, lambda rows, names=names: spoiled(rows, names))  # type: ignore[misc]
    verb.write(evil)
    pages = list((evil / "reports").glob("*.html"))
    assert len(pages) == 2
    for path in (*pages, evil / "dashboard.html"):
        with visit(browser, path) as seen:
            for button in seen.page.locator("[data-value]").all()[:40]:
                button.evaluate("button => button.click()")
            seen.page.wait_for_selector("body[data-drawn], .top .facts", state="attached")
            shown = seen.page.evaluate("document.body.textContent")
            assert seen.page.locator("body img, body script:not([src])").count() <= 3
            assert seen.page.locator("body img").count() == 0
            for attack in ATTACKS[:4]:
                assert attack in shown, attack
            assert seen.is_clean()


def test_pages_are_accessible(browser: Browser, out: Path) -> None:
    for source in ("impreso.pdf", "texto.txt"):
        with visit(browser, page(out, source)) as seen:
            assert seen.page.locator("html").get_attribute("lang") == "es"
            assert seen.violations() == []
            seen.page.locator("main [data-value]").first.click()
            assert seen.violations() == []


def test_a_page_prints_its_doubts_with_their_crops(browser: Browser, out: Path, tmp_path: Path) -> None:
    with visit(browser, page(out)) as seen:
        seen.page.pdf(path=str(tmp_path / "page.pdf"), format="A4")
    with pdfplumber.open(tmp_path / "page.pdf") as pdf:
        text = "\n".join(p.extract_text() for p in pdf.pages)
        assert 1 <= len(pdf.pages) <= 8
        assert "Por revisar" in text
        assert "tinta que la lectura no explica" in text
        assert "Ampliar" not in text
        assert any(p.images for p in pdf.pages)


def test_pages_are_small(out: Path) -> None:
    assert 0.02 * MIB < page(out).stat().st_size < 1.5 * MIB


def test_the_verb_writes_what_it_is_asked_for(out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*arguments: str) -> tuple[int, str, set[str]]:
        copy = tmp_path / str(len(list(tmp_path.iterdir())))
        copy.mkdir()
        for file in out.glob("*.parquet"):
            (copy / file.name).write_bytes(file.read_bytes())
        done = CliRunner().invoke(app, ["pages", str(copy), *arguments])
        return done.exit_code, done.output, {p.stem for p in copy.rglob("*.html")}

    ids = {str(d["document_id"]) for d in Reader(out).rows("documents")}
    assert run()[2] == ids | {"dashboard"}
    assert run("--dashboard-only")[2] == {"dashboard"}
    assert run("--document", min(ids))[2] == {min(ids), "dashboard"}
    code, said, made = run("--document", "nadie")
    assert (code, made) == (ExitCode.USAGE, set())
    assert "nadie" in said
    monkeypatch.setattr(verb, "REPORTS", 1)
    code, said, made = run()
    assert (code, made) == (0, {"dashboard"})
    assert "--all" in said
    assert run("--all")[2] == ids | {"dashboard"}
    assert CliRunner().invoke(app, ["pages", str(tmp_path)]).exit_code == ExitCode.USAGE

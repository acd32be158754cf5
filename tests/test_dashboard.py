"""The dashboard of 500 drawn reports in a real browser: what its filters leave, and what no filter lets out."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pdfplumber
import pytest
from playwright.sync_api import Browser, Page

from pipeline import files
from pipeline.pages import dashboard, dashboard_charts, dashboard_data, web
from pipeline.pages.dashboard_limits import Limits
from pipeline.pages.reader import Reader
from pipeline.rows import Row, Rows
from pipeline.tables.every import TABLES
from pipeline.tables.series import SERIES
from tests import browser as browsers
from tests.browser import ATTACKS, visit
from tests.drawn_tables import write_archive

REPORTS = 500
MOST_BYTES = 15_000_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsers.chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rows]:
    """500 reports, hostile texts among them."""
    out = tmp_path_factory.mktemp("archive")
    rows = write_archive(out, REPORTS, spoil=spoil)
    (out / "reports").mkdir()
    for document in rows["documents"][:100]:
        (out / "reports" / f"{document['document_id']}.html").write_text("<!doctype html><title>informe</title>")
    dashboard.write(out, Reader(out))
    return out, rows


def spoil(rows: Rows) -> None:
    """Each attack as the name of a body, an entity, a sector, a function, a file and a finding."""
    bodies = list(dict.fromkeys(d["instancia_id"] for d in rows["documents"]))
    for attack, body in zip(ATTACKS, bodies, strict=False):
        for document in (d for d in rows["documents"] if d["instancia_id"] == body):
            document |= {"instancia": attack, "source": attack}
    for i, attendee in enumerate(rows["attendees"][:60]):
        attendee |= {"entity": ATTACKS[i % 6], "entity_id": None, "sector": ATTACKS[i % 6], "sector_id": None}
    for i, function in enumerate(rows["functions"]):
        function["text"] = ATTACKS[i % 6] if i % 9 == 0 else function["text"]
    for i, finding in enumerate(rows["findings"]):
        finding["message"] = ATTACKS[i % 6] if i % 9 == 0 else finding["message"]

    rows["questions"] = [
        question(document, code="HISTORY_CONFLICT", message=attack, awaits=f"marca {i}", confidence=i / 10)
        for i, (attack, document) in enumerate(zip(ATTACKS, rows["documents"][50:], strict=False))
    ]
    there = {(d["instancia_id"], d["year"], d["quarter"]) for d in rows["documents"]}
    after, quarter = next(
        (d, quarter)
        for d in rows["documents"]
        for quarter in range(1, 5)
        if (d["instancia_id"], d["year"], quarter) not in there
        and not any(f["item"] == f"{d['year']}-T{quarter}" for f in rows["findings"])
    )
    gap = f"{after['year']}-T{quarter}"
    rows["questions"].append(question(after, code="MISSING_REPORT", item=gap, message="Falta.", awaits="x.pdf"))


def question(document: Row, **values: object) -> Row:
    return {"document_id": document["document_id"], "year": document["year"], "needs_review": True, **values}  # type: ignore[dict-item]


def choose(page: Page, **labels: str) -> None:
    """Chooses in the filters as a person would, and waits until all is drawn."""
    for name, label in labels.items():
        find = "(select, label) => [...select.options].find(o => o.textContent === label).value"
        page.select_option(f"#{name}", value=page.locator(f"#{name}").evaluate(find, label))
    drawn(page)


def drawn(page: Page) -> None:
    """Waits until every view shows what the filters now say. The page's policy forbids waiting by an expression."""
    filters = "[...document.querySelectorAll('#filters select')].map(s => [s.id, s.value === '' ? null : +s.value])"
    wanted = page.evaluate(f"JSON.stringify(Object.fromEntries({filters}))")
    page.wait_for_selector(f"body[data-drawn='{wanted}']", state="attached")


def table(page: Page, view: str) -> list[list[str]]:
    """The rows of the table behind a view."""
    cells: list[list[str]] = page.evaluate(
        f"[...document.querySelectorAll('#b-{view} tbody tr')].map(r => [...r.cells].map(c => c.textContent))"
    )
    return cells


def number(text: str) -> int:
    return int(text.replace(".", "").replace("\xa0", ""))


def figure(page: Page, name: str) -> str:
    return page.locator("#figures > div", has=page.get_by_text(name, exact=True)).locator(".figure").inner_text()


def test_it_opens_clean_small_and_complete(browser: Browser, archive: tuple[Path, Rows]) -> None:
    out, rows = archive
    assert (out / "dashboard.html").stat().st_size < MOST_BYTES
    with visit(browser, out / "dashboard.html") as seen:
        drawn(seen.page)
        assert number(figure(seen.page, "Informes")) == REPORTS
        assert number(figure(seen.page, "Hallazgos")) == len(rows["findings"])
        assert seen.page.locator(".notes").count() == 0
        for name in dashboard_charts.charts():
            assert seen.page.locator(f"#c-{name} svg .mark-group").count() > 0, name
        assert seen.is_clean()


@pytest.mark.parametrize("width", [1400, 420])
def test_nothing_is_wider_than_the_page_and_numbers_are_written_as_in_colombia(
    browser: Browser, archive: tuple[Path, Rows], width: int
) -> None:
    with visit(browser, archive[0] / "dashboard.html") as seen:
        seen.page.set_viewport_size({"width": width, "height": 900})
        drawn(seen.page)
        assert seen.page.evaluate("document.documentElement.scrollWidth") == width
        shares = [text for text in seen.page.locator("#c-review svg text").all_text_contents() if "%" in text]
        assert shares
        assert not [text for text in shares if "." in text]


Keeps = Callable[[Row], bool]


@pytest.mark.parametrize("filters", ["body", "year", "body and year", "sector", "sector and year"])
def test_filters_leave_what_the_tables_hold(browser: Browser, archive: tuple[Path, Rows], filters: str) -> None:
    out, rows = archive
    document = rows["documents"][9]
    sector = "Hacienda"
    labels = {
        **({"body": str(document["instancia"])} if "body" in filters else {}),
        **({"year": str(document["year"])} if "year" in filters else {}),
        **({"sector": sector} if "sector" in filters else {}),
    }

    def kept(row: Row) -> bool:
        own = {"body": row.get("instancia"), "year": str(row.get("year")), "sector": row.get("sector")}
        return all(own[name] == label for name, label in labels.items())

    history = [h for h in rows["history"] if kept(h)]
    seated = {(h["instancia_id"], h["year"]) for h in history}
    documents = [
        d for d in rows["documents"]
        if kept(d | {"sector": sector}) and ("sector" not in labels or (d["instancia_id"], d["year"]) in seated)
    ]  # fmt: skip
    with visit(browser, out / "dashboard.html") as seen:
        choose(seen.page, **labels)
        assert number(figure(seen.page, "Informes")) == len(documents)
        assert seen.page.locator("#said").inner_text() == f"{len(documents)} de {REPORTS} informes"
        assert {tuple(r[:4]) for r in table(seen.page, "entities")} == {
            (name, *(f"{n}" for n in marks)) for name, marks in by_name(history, "entity").items()
        }
        assert len(table(seen.page, "sectors")) == len(by_name(history, "sector"))
        assert len(table(seen.page, "reports")) == min(300, len(documents))
        assert findings_shown(seen.page) == findings_held(rows, documents, labels)
        assert seen.is_clean()
        seen.page.click("button[type=reset]")
        drawn(seen.page)
        assert number(figure(seen.page, "Informes")) == REPORTS


def by_name(history: list[Row], name: str) -> dict[str, tuple[int, int, int]]:
    """Attendances, absences and marks under review of each entity or sector."""
    found: dict[str, Counter[str]] = {}
    for row in history:
        said = "review" if row["needs_review"] else str(row["attended"])
        found.setdefault(str(row[name]), Counter())[said] += 1
    return {key: (n["True"], n["False"], n["review"]) for key, n in found.items()}


def findings_shown(page: Page) -> dict[str, int]:
    return {row[1]: number(row[3]) for row in table(page, "findings")}


def findings_held(rows: Rows, documents: list[Row], labels: dict[str, str]) -> dict[str, int]:
    ids = {d["document_id"] for d in documents}
    sectors = {(a["document_id"], a["row"]): a["sector"] for a in rows["attendees"]}
    found = [f for f in rows["findings"] if f["document_id"] in ids]
    if "sector" in labels:
        found = [f for f in found if sectors.get((f["document_id"], f["row"])) == labels["sector"]]
    return dict(Counter(str(f["code"]) for f in found))


def test_the_map_shows_every_attendance_of_a_body_and_year(browser: Browser, archive: tuple[Path, Rows]) -> None:
    out, rows = archive
    document = rows["documents"][40]
    history = [
        h for h in rows["history"] if (h["instancia_id"], h["year"]) == (document["instancia_id"], document["year"])
    ]
    said = {True: "SI", False: "NO"}
    sessions = sorted({h["session_date"] for h in history})
    seats = sorted({h["row"] for h in history})
    truth = {
        (h["row"], h["session_date"]): said[h["attended"]] + (", por revisar" if h["needs_review"] else "")
        for h in history
    }
    with visit(browser, out / "dashboard.html") as seen:
        choose(seen.page, body=str(document["instancia"]), year=str(document["year"]))
        shown = [row[3:] for row in table(seen.page, "map")]
        assert shown == [[truth[seat, session] for session in sessions] for seat in seats]
        marks = seen.page.locator("#c-map .mark-rect.role-mark path")
        assert marks.count() == len(history)
        link = seen.page.locator("#b-map a").first.get_attribute("href")
        assert link is not None
        assert "#attendance-" in link
        seen.page.locator("#c-map .mark-text.role-mark text").nth(5).click()
        seen.page.wait_for_url("**/reports/*.html#attendance-*")
        assert seen.is_clean()


def test_bounds_hold_what_awaits_review(browser: Browser, archive: tuple[Path, Rows]) -> None:
    out, rows = archive
    with visit(browser, out / "dashboard.html") as seen:
        drawn(seen.page)
        shown = {row[0]: row[1:] for row in table(seen.page, "years")}
    for year in ("2024", "2025"):
        yes, no, open_ = by_name([h for h in rows["history"] if str(h["year"]) == year], "year")[year]
        assert [number(n) for n in shown[year][:3]] == [yes, no, open_]
        everything = yes + no + open_
        for text, share in zip(
            shown[year][3:], (yes / (yes + no), yes / everything, (yes + open_) / everything), strict=True
        ):
            assert float(text.removesuffix(" %").replace(",", ".")) == pytest.approx(100 * share, abs=0.051)


def test_missing_reports_and_functions_never_addressed_are_those_of_the_tables(
    browser: Browser, archive: tuple[Path, Rows]
) -> None:
    out, rows = archive
    gaps = {f["document_id"]: str(f["item"]) for f in rows["findings"] if f["code"] == "MISSING_REPORT"}
    bodies = {d["document_id"]: str(d["instancia"]) for d in rows["documents"]}
    with visit(browser, out / "dashboard.html") as seen:
        drawn(seen.page)
        shown = {(row[0], gap) for row in table(seen.page, "calendar") for gap in row[2].split(", ") if gap}
        assert shown == {(bodies[document_id], gap) for document_id, gap in gaps.items()}
        assert number(figure(seen.page, "Informes que faltan")) == len(gaps)
        never = table(seen.page, "never")
    assert {(row[0], row[1], row[3]) for row in never} == never_addressed(rows)


def never_addressed(rows: Rows) -> set[tuple[str, str, str]]:
    """Body, year and number of the functions that no session of the year addressed."""
    never = [f for f in rows["function_history"] if f["never_addressed"]]
    return {(str(f["instancia"]), str(f["year"]), str(f["function"])) for f in never}


def test_what_waits_for_a_reading_is_asked_and_not_counted_as_found(
    browser: Browser, archive: tuple[Path, Rows]
) -> None:
    with visit(browser, archive[0] / "dashboard.html") as seen:
        drawn(seen.page)
        asked = table(seen.page, "asked")
        assert [row[1] for row in asked[:2]] == ["50 %", "40 %"]
        assert (asked[-1][0], asked[-1][1], asked[-1][5]) == ("Informe que falta", "no se sabe", "x.pdf")
        assert [row[4] for row in asked[:-1]][::-1] == list(ATTACKS[: len(asked) - 1])
        assert "y 1 quizá" in seen.page.locator("#s-calendar").inner_text()
        assert number(figure(seen.page, "Hallazgos")) == len(archive[1]["findings"])
        assert seen.is_clean()


def test_names_that_hold_script_are_shown_and_do_nothing(browser: Browser, archive: tuple[Path, Rows]) -> None:
    with visit(browser, archive[0] / "dashboard.html") as seen:
        for attack in ATTACKS:
            choose(seen.page, body=attack)
            assert attack.strip() in seen.page.locator("#b-reports").inner_text()
            seen.page.locator("#c-calendar .mark-text.role-mark text").first.hover()
            seen.page.wait_for_selector("#vg-tooltip-element.visible")
            assert seen.page.locator("img").count() == 0
            assert seen.page.locator("script").count() == 3
        assert seen.is_clean()


def test_the_policy_stops_what_escapes_nothing_else(
    browser: Browser, archive: tuple[Path, Rows], tmp_path: Path
) -> None:
    """The last line of defence by itself: a script written into the page does not run, a picture is not fetched."""
    page = (archive[0] / "dashboard.html").read_text(encoding="utf-8")
    spoiled = page.replace("<footer", "<script>window.pwned=1</script><img src='http://example.invalid/a.png'><footer")
    (tmp_path / "page.html").write_text(spoiled, encoding="utf-8")
    with visit(browser, tmp_path / "page.html") as seen:
        drawn(seen.page)
        assert seen.page.evaluate("window.pwned") is None
        assert len([said for said in seen.complaints if "Content Security Policy" in said]) >= 2


def test_json_cannot_leave_its_element() -> None:
    spelled = web.harmless_json([*ATTACKS, "<!--", "\u2029"])
    assert not {"<", ">", "&", "\u2028", "\u2029"} & set(spelled)
    assert json.loads(spelled) == [*ATTACKS, "<!--", "\u2029"]
    with pytest.raises(ValueError, match="script"):
        web.render("report.html", styles=[], scripts=["x='</script>'"], data={})


def test_it_is_accessible_and_works_by_keyboard(browser: Browser, archive: tuple[Path, Rows]) -> None:
    with visit(browser, archive[0] / "dashboard.html") as seen:
        choose(seen.page, year="2025", body=str(archive[1]["documents"][40]["instancia"]))  # axe looks at every element
        assert seen.page.locator("html").get_attribute("lang") == "es"
        assert seen.violations() == []
        seen.page.reload()
        drawn(seen.page)
        reached = []
        for _ in range(5):
            seen.page.keyboard.press("Tab")
            reached.append(seen.page.evaluate("document.activeElement.id || document.activeElement.className"))
        assert reached == ["skip", "body", "year", "sector", "no-print"]
        seen.page.focus("#year")
        seen.page.keyboard.press("ArrowDown")
        drawn(seen.page)
        assert seen.page.locator("#said").inner_text() != f"{REPORTS} de {REPORTS} informes"
        seen.page.locator("#v-years summary").focus()
        seen.page.keyboard.press("Enter")
        assert seen.page.locator("#b-years table").is_visible()
        assert "Asistencia por año" in str(seen.page.locator("#c-years").get_attribute("aria-label"))


def test_it_prints(browser: Browser, archive: tuple[Path, Rows], tmp_path: Path) -> None:
    with visit(browser, archive[0] / "dashboard.html") as seen:
        choose(seen.page, year="2025", body=str(archive[1]["documents"][40]["instancia"]))
        seen.page.pdf(path=str(tmp_path / "page.pdf"), format="A4")
    with pdfplumber.open(tmp_path / "page.pdf") as pdf:
        text = "\n".join(page.extract_text() for page in pdf.pages)
    for title in ("Mapa de asistencia", "Asistencia por entidad", "Hallazgos por clase", "Los informes"):
        assert title in text
    assert "Quitar filtros" not in text


def test_what_is_left_out_is_said_and_the_counts_stay_whole(
    browser: Browser, archive: tuple[Path, Rows], tmp_path: Path
) -> None:
    limits = Limits(cells=4000, reports=40, found=30, functions=50)
    data: dict[str, Any] = dashboard_data.gather(Reader(archive[0]), lambda _: False, limits)
    assert (len(data["reports"]), len(data["findings"])) == (40, 30)
    assert sum(f[4] is not None for f in data["functions"]) == 50
    assert sum(len(m["cells"]) for m in data["matrices"]) <= 4000
    (tmp_path / "page.html").write_text(dashboard.page_of(data), encoding="utf-8")
    with visit(browser, tmp_path / "page.html") as seen:
        drawn(seen.page)
        assert seen.page.locator(".notes li").count() == 4
        assert number(figure(seen.page, "Informes")) == REPORTS
        assert number(figure(seen.page, "Hallazgos")) == len(archive[1]["findings"])
        assert seen.is_clean()


@pytest.mark.parametrize("room", [0.65, 0.5])
def test_a_page_that_would_be_too_large_is_shortened_until_it_fits(
    browser: Browser, archive: tuple[Path, Rows], tmp_path: Path, room: float
) -> None:
    """`room`: share of what the archive adds to an empty page that is allowed; little of it costs years as well."""
    for file in archive[0].glob("*.parquet"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    whole = (archive[0] / "dashboard.html").stat().st_size
    nothing = Limits(cells=0, reports=0, found=0, functions=0, since=9999)
    empty = len(dashboard.page_of(dashboard_data.gather(Reader(tmp_path), lambda _: False, nothing)).encode())
    most = int(empty + room * (whole - empty))
    page = dashboard.write(tmp_path, Reader(tmp_path), most)
    assert empty < page.stat().st_size <= most < whole
    with visit(browser, page) as seen:
        drawn(seen.page)
        notes = " ".join(seen.page.locator(".notes li").all_inner_texts())
        assert "muestra" in notes
        shown = number(figure(seen.page, "Informes"))
        years = re.search(r"los años desde (\d{4}); con los (\d+) informes", notes)
        assert shown == REPORTS - (int(years[2]) if years else 0)
        assert (years is not None) == (room < 0.6)
        assert seen.is_clean()


def test_a_document_that_its_siblings_settle_counts_for_their_body(tmp_path: Path) -> None:
    rows = write_archive(tmp_path, 3)
    lost = rows["documents"][1]
    known = {name: lost[name] for name in ("document_id", "source", "instancia_id", "instancia", "year")}
    empty = dict.fromkeys(column.name for column in SERIES.columns)
    rows["series"] = [empty | known | {"state": "settled"}]
    lost |= {"instancia_id": None, "instancia": "Inst4ncia de C0rdinación", "year": None, "status": "failed"}
    files.write(tmp_path, TABLES, rows)
    data = dashboard_data.gather(Reader(tmp_path), lambda _: False, Limits())
    (report,) = (r for r in data["reports"] if r[1] == known["document_id"])
    assert data["bodies"][report[2]] == known["instancia"]
    assert data["years"][report[3]] == str(known["year"])


def test_an_archive_without_history_says_so(browser: Browser, archive: tuple[Path, Rows], tmp_path: Path) -> None:
    for file in archive[0].glob("*.parquet"):
        if file.stem not in ("history", "attendance_rates", "function_history"):
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with visit(browser, dashboard.write(tmp_path, Reader(tmp_path))) as seen:
        drawn(seen.page)
        assert "history" in seen.page.locator(".notes").inner_text()
        assert number(figure(seen.page, "Informes")) == REPORTS
        assert seen.is_clean()

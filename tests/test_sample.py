"""A random sample of accepted values: drawn alike, asked blindly, compared fairly."""

from __future__ import annotations

import csv
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pypdfium2
import pytest
from PIL import Image
from typer.testing import CliRunner

from dictionaries.load import load
from ocr.records import Box, Place
from parsers.records import Certainty, Mark
from pipeline import crops, warehouse
from pipeline.audit import accepted, keyed, keying, strata, surroundings
from pipeline.audit.keyed import Checked, Outcome
from pipeline.audit.strata import Item, Sample
from pipeline.cli.app import app
from pipeline.errors import ExitCode, UsageError
from pipeline.inputs import gather
from pipeline.papers import Papers
from pipeline.run import read_report
from pipeline.settings import Limits
from pipeline.sources import Source
from tests import forms, written
from tests.browser import needs_chromium, page_in_chromium
from tests.form_style import Style
from tests.sample import DOUBT, attendee, report

DICTIONARY = load()
SIZE = 50


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two born-digital reports, read: the folder of papers, and the dataset."""
    papers, out = (tmp_path_factory.mktemp(name) for name in ("papers", "out"))
    for seed in (8, 9):
        (papers / f"{seed}.pdf").write_bytes(forms.draw(seed, Style(size=10, table_size=9), ()).pdf)
    sources = gather([papers]).sources
    written.write(out, *((s, read_report(s.path, Limits(), DICTIONARY).report) for s in sources))
    return papers, out


@pytest.fixture(scope="module")
def sheet(archive: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    papers, out = archive
    return keying.write(out, strata.draw(out, SIZE, "7"), Papers(out, papers), tmp_path_factory.mktemp("sheet")).parent


def truly(item: Item) -> str:
    """What a person who reads well writes for an item whose value is as printed."""
    found = {"entity": DICTIONARY.entity, "sector": DICTIONARY.sector, "body": DICTIONARY.instancia}.get(item.kind)
    if found:
        entry = found(item.value)
        return entry.name if entry else keying.UNLISTED
    if item.kind == "date" and item.value != "-":
        return "/".join(reversed(item.value.split("-")))
    return item.value or keying.BLANK


def filled(sheet: Path, sample: Sample, answer: Callable[[Item], str], **form: str) -> Path:
    """The sheet's own CSV, filled in by `answer` and saved as a spreadsheet would."""
    delimiter, encoding = form.get("delimiter", ","), form.get("encoding", "utf-8")
    with (sheet / keying.CSV).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, item in zip(rows, sample.items, strict=True):
        row["respuesta"] = answer(item)
    path = sheet / "respuestas.csv"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, keying.HEADER, delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


# ---------------------------------------------------------------- what is drawn


def test_the_same_seed_draws_the_same_and_another_draws_others(archive: tuple[Path, Path]) -> None:
    _, out = archive
    assert strata.draw(out, SIZE, "7") == strata.draw(out, SIZE, "7")
    places = [{(i.document_id, i.kind, *i.where.values()) for i in strata.draw(out, SIZE, s).items} for s in "78"]
    assert len(places[0] & places[1]) < SIZE / 2


def test_only_accepted_values_of_documents_that_did_not_fail_are_drawn(tmp_path: Path) -> None:
    doubted = attendee(2, certainty=DOUBT, marks=(Mark("SI", "", DOUBT),) * 3)
    good, failed = (Source(Path(n), n, digit * 64) for n, digit in (("a", "a"), ("b", "b")))
    out = written.write(tmp_path, (good, report(attendee(1), doubted)), (failed, report(attendee(1))))
    written.change(
        out, "documents", lambda rows: [r | {"status": "failed" if r["source"] == "b" else r["status"]} for r in rows]
    )
    sample = strata.draw(out, 500, "1")
    assert {i.document_id for i in sample.items} == {"a" * 16}
    rows = Counter(i.where["row"] for i in sample.items if i.kind in ("mark", "role", "entity", "total", "sector"))
    assert set(rows) == {"1"}
    assert rows["1"] == 3 + 4
    assert sum(sample.accepted.values()) == len(sample.items)


def test_a_report_listed_under_two_names_is_drawn_once(tmp_path: Path) -> None:
    out = written.write(tmp_path, (Source(Path("a"), "a", "a" * 64), report(attendee(1))))
    before = strata.counted(out)
    written.change(out, "documents", lambda rows: [*rows, rows[0] | {"source": "b"}])
    assert strata.counted(out) == before


AUDITS = 200


def test_draws_are_even_and_their_bounds_cover_the_truth(archive: tuple[Path, Path]) -> None:
    """200 audits of one dataset in which one accepted value of fifteen is wrong: the real draw, the real count."""
    _, out = archive
    drawn, covered, rng = Counter[tuple[str, ...]](), 0, np.random.default_rng(7)
    with warehouse.opened(main=out) as connection:
        connection.execute(f"CREATE TEMP TABLE accepted AS {accepted.relation()}")
        counts = strata.count(connection)
        shares = strata.allocate(counts, 100)
        every = {_name(i): i for i in strata.drawn(connection, counts, "all")}
        assert len(every) == sum(counts.values())
        wrong = {name for name in every if rng.random() < 1 / 15}
        for seed in range(AUDITS):
            items = list(strata.drawn(connection, shares, str(seed)))
            drawn.update(map(_name, items))
            checked = [Checked(i, "", Outcome.WRONG if _name(i) in wrong else Outcome.RIGHT) for i in items]
            covered += keyed.lines(counts, checked)[-1].bound >= len(wrong) / len(every)
    assert covered >= 0.95 * AUDITS
    for stratum in (s for s in counts if counts[s] > 2 * shares[s]):
        rate = shares[stratum] / counts[stratum]
        times = [drawn[name] for name, i in every.items() if i.stratum == stratum]
        spread = sum((n - AUDITS * rate) ** 2 for n in times) / (AUDITS * rate * (1 - rate))
        assert abs(spread - len(times)) < 5 * (2 * len(times)) ** 0.5, "as uneven as chance makes it"


def _name(item: Item) -> tuple[str, ...]:
    return (item.document_id, item.kind, item.item, *item.where.values())


def test_too_few_for_the_strata_and_nothing_accepted_are_usage_errors(archive: tuple[Path, Path]) -> None:
    with pytest.raises(UsageError, match="estratos"):
        strata.draw(archive[1], 3, "1")
    with pytest.raises(UsageError, match="aceptados"):
        strata.allocate({}, 10)


# ---------------------------------------------------------------- what is shown


def test_the_sheet_holds_no_value_in_any_form(archive: tuple[Path, Path], sheet: Path) -> None:
    """Two datasets that differ in every value drawn, and in nothing else, make the same sheet."""
    papers, out = archive
    sample = strata.draw(out, SIZE, "7")
    assert {"mark", "entity", "date", "publication"} <= {i.kind for i in sample.items}
    other = replace(sample, items=tuple(replace(i, value="@@", blank="@", confidence=0.1) for i in sample.items))
    to = sheet.parent / "other"
    keying.write(out, other, Papers(out, papers), to)
    for path in sorted(p for p in sheet.rglob("*") if p.is_file() and p.name != "respuestas.csv"):
        assert path.read_bytes() == (to / path.relative_to(sheet)).read_bytes(), path
    assert "@@" not in (to / keying.HTML).read_text(encoding="utf-8")


def test_items_stand_in_an_order_that_says_nothing_of_their_values(archive: tuple[Path, Path]) -> None:
    marks = [i.value for i in strata.draw(archive[1], 200, "3").items if i.kind == "mark"]
    runs = 1 + sum(a != b for a, b in pairwise(marks))
    assert len(set(marks)) > 1
    assert runs > len(set(marks))
    assert marks != sorted(marks)
    assert marks != sorted(marks, reverse=True)


def test_names_to_choose_from_are_the_whole_dictionary_for_every_item(sheet: Path) -> None:
    text = (sheet / keying.HTML).read_text(encoding="utf-8")
    entities = re.search(r'<datalist id="entities">(.*?)</datalist>', text, re.DOTALL)
    assert entities
    assert entities[1].count("<option") == len({e.name for e in DICTIONARY.entities})


def red(picture: Image.Image) -> np.ndarray:
    return np.argwhere((np.asarray(picture) == crops.OUTLINE).all(axis=2))


def test_a_cell_is_shown_outlined_with_its_columns_heading(archive: tuple[Path, Path]) -> None:
    papers, out = archive
    sample = strata.draw(out, 300, "7")
    item = next(i for i in sample.items if i.kind == "mark" and i.where["row"] == "9")
    assert item.box
    path = Papers(out, papers).path({"sha256": item.sha256, "source": item.source})
    sheet = surroundings.sheets(out, [item.document_id])[item.document_id]
    picture = surroundings.picture_around(path, item, "attendance", sheet)
    whole = crops.page_picture(path, item.page or 1, dpi=surroundings.DPI)
    assert picture.width == whole.width
    columns = red(picture)[:, 1]
    scale = surroundings.DPI / 72
    assert abs(columns.min() - item.box.x0 * scale) < 5
    assert abs(columns.max() - item.box.x1 * scale) < 5
    rows = np.unique(red(picture)[:, 0])
    assert (np.diff(rows) > 1).sum() >= 1, "two frames, one above the other: the heading's and the cell's"
    assert picture.height < whole.height


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_sheet_is_shown_upright(archive: tuple[Path, Path], tmp_path: Path, turn: int) -> None:
    """The same values on a sheet that lies otherwise are cut out as from the upright one."""
    papers, out = archive
    item = next(i for i in strata.draw(out, 300, "7").items if i.kind == "mark" and i.page == 1)
    path = Papers(out, papers).path({"sha256": item.sha256, "source": item.source})
    with pypdfium2.PdfDocument(path) as pdf:
        width, height = pdf[0].get_size()
        for page in pdf:
            page.set_rotation(turn)  # clockwise
        pdf.save(tmp_path / "turned.pdf")
    moved = {
        90: lambda b: Box(height - b.y1, b.x0, height - b.y0, b.x1),
        180: lambda b: Box(width - b.x1, height - b.y1, width - b.x0, height - b.y0),
        270: lambda b: Box(b.y0, width - b.x1, b.y1, width - b.x0),
    }[turn]
    upright = surroundings.sheets(out, [item.document_id])[item.document_id]
    turned = surroundings.Sheet(
        dict.fromkeys(upright.turns, turn), {k: (p, moved(b)) for k, (p, b) in upright.headings.items()}
    )
    assert set(upright.turns.values()) == {0}
    assert item.box
    straight = surroundings.picture_around(path, item, "attendance", upright)
    lying = surroundings.picture_around(
        tmp_path / "turned.pdf", replace(item, box=moved(item.box)), "attendance", turned
    )
    assert abs(lying.width - straight.width) <= 1
    assert abs(lying.height - straight.height) <= 3
    size = (straight.width // 4, straight.height // 4)
    grey = [np.asarray(p.convert("L").resize(size), dtype=float) for p in (straight, lying)]
    assert np.corrcoef(grey[0].ravel(), grey[1].ravel())[0, 1] > 0.9


@pytest.mark.parametrize(
    ("across", "down", "turn"),
    [((30, 0), (0, 20), 0), ((0, 30), (-20, 0), 90), ((-30, 0), (0, -20), 180), ((0, -30), (20, 0), 270)],
)
def test_how_a_sheet_lies_is_told_by_its_columns_and_rows(
    tmp_path: Path, across: tuple[int, int], down: tuple[int, int], turn: int
) -> None:
    def at(row: int, column: int) -> Certainty:
        x, y = 500 + across[0] * column + down[0] * row, 500 + across[1] * column + down[1] * row
        return Certainty(0.99, None, (Place(1, Box(x, y, x + 10, y + 10)),))

    rows = (attendee(r, marks=tuple(Mark("SI", "", at(r, c)) for c in (1, 2, 3))) for r in (1, 2))
    out = written.write(tmp_path, (Source(Path("a"), "a", "a" * 64), replace(report(*rows), functions=())))
    assert surroundings.sheets(out, ["a" * 16])["a" * 16].turns == {1: turn}


def test_a_text_shows_the_lines_around(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("\n".join(f"línea {i}" for i in range(1, 60)), encoding="utf-8")
    item = Item(1, "mark", "ocr_text", "a", "a.txt", "", {"column": "2"}, "", "SI", "", 0.9, 1, None, 30)
    shown = surroundings.text_around(path, item).splitlines()
    assert [line for line in shown if line.startswith(">")] == [">   30  línea 30"]
    assert len(shown) == 17
    assert "columna de sesión 2" in keying.question(item)
    whole = surroundings.text_around(path, replace(item, kind="year", line=7))
    assert len(whole.splitlines()) == 59
    assert ">" not in whole


def test_without_its_paper_there_is_no_sheet(archive: tuple[Path, Path], tmp_path: Path) -> None:
    _, out = archive
    done = CliRunner().invoke(app, ["sample", str(out), "--seed", "1", "--to", str(tmp_path / "sheet")])
    assert done.exit_code == ExitCode.USAGE
    assert "--sources" in done.output
    assert not (tmp_path / "sheet").exists()


# ---------------------------------------------------------------- what is answered


def test_true_answers_all_agree_whatever_a_spreadsheet_makes_of_the_file(
    archive: tuple[Path, Path], sheet: Path
) -> None:
    sample = strata.draw(archive[1], SIZE, "7")
    for delimiter, encoding in ((",", "utf-8"), (";", "cp1252"), (";", "utf-8-sig"), (",", "utf-16")):
        path = filled(sheet, sample, truly, delimiter=delimiter, encoding=encoding)
        checked = keyed.check(archive[1], path, DICTIONARY)
        assert [c.item.number for c in checked if c.outcome is not Outcome.RIGHT] == []
        assert len(checked) == SIZE


def test_false_answers_are_errors_each_counted_in_its_stratum(archive: tuple[Path, Path], sheet: Path) -> None:
    _, out = archive
    sample = strata.draw(out, SIZE, "7")
    wrong = {i.number for i in sample.items if i.kind == "mark"}
    flipped = {"SI": "NO", "NO": "SI", "-": "SI", "": "SI"}
    path = filled(sheet, sample, lambda i: flipped[i.value] if i.number in wrong else truly(i))
    checked = keyed.check(out, path, DICTIONARY)
    assert {c.item.number for c in checked if c.outcome is Outcome.WRONG} == wrong
    lines = {line.stratum: line for line in keyed.lines(sample.accepted, checked)}
    assert (lines["mark", "text_layer"].errors, lines["mark", "text_layer"].bound) == (len(wrong), 1.0)
    assert lines["entity", "text_layer"].errors == 0
    assert (lines[None].errors, lines[None].audited) == (len(wrong), SIZE)
    assert lines[None].accepted == sum(sample.accepted.values())


def test_what_is_illegible_or_unanswered_is_counted_apart_and_bounded_as_an_error(
    archive: tuple[Path, Path], sheet: Path
) -> None:
    _, out = archive
    sample = strata.draw(out, SIZE, "7")
    first, second = (i.number for i in sample.items if i.kind == "mark" and i.number < 3)
    said = {first: "No legible", second: "  "}
    checked = keyed.check(out, filled(sheet, sample, lambda i: said.get(i.number, truly(i))), DICTIONARY)
    (line,) = (x for x in keyed.lines(sample.accepted, checked) if x.stratum == ("mark", "text_layer"))
    assert (line.errors, line.illegible, line.unanswered) == (0, 1, 1)
    truth = keyed.check(out, filled(sheet, sample, truly), DICTIONARY)
    (clean,) = (x for x in keyed.lines(sample.accepted, truth) if x.stratum == ("mark", "text_layer"))
    assert line.bound > line.bound_answered > clean.bound


ITEM = Item(1, "mark", "scan", "a", "a.pdf", "", {}, "", "SI", "", 0.9, 1, None, None)


@pytest.mark.parametrize(
    ("kind", "value", "right", "wrong"),
    [
        ("mark", "SI", ("sí", "Si", "X", "x", "✓"), ("NO", "-", "en blanco", "IS")),
        ("mark", "-", ("-", "–", "N/A", "n/a"), ("SI", "en blanco")),
        ("role", "IP", ("ip", " IP "), ("I", "P", "en blanco")),
        ("total", "4", ("4", "04", " 4"), ("14", "en blanco")),
        ("total", "", ("en blanco", "En blanco"), ("0",)),
        ("date", "2025-03-19", ("19/03/2025", "19-3-2025", "2025-03-19", "19/03/25"), ("19/03/2024", "sin fecha")),
        ("date", "-", ("sin fecha", "-", "N/A"), ("19/03/2025",)),
        ("quarter", "2", ("2", "II"), ("III", "1")),
        ("period", "semester", ("semester",), ("1", "year")),
        ("publication", "SI", ("SI", "X"), ("NO", "en blanco")),
        ("entity", "secretaria-general", ("Secretaría General", "SECRETARIA GENERAL"),
         ("Alcaldía Mayor", "no está en la lista")),
        ("entity", "", ("no está en la lista", "Corporación Inventada"), ("Secretaría General",)),
        ("norm", "0546", ("546", "0546"), ("545",)),
        ("signatory", "Iván Pérez", ("ivan perez", "IVÁN PÉREZ"), ("Iván Peres",)),
    ],
)  # fmt: skip
def test_answers_are_compared_by_what_they_mean(
    kind: str, value: str, right: tuple[str, ...], wrong: tuple[str, ...]
) -> None:
    item, names = replace(ITEM, kind=kind, value=value), keyed.names_of(DICTIONARY)
    assert {answer: keyed.outcome(item, answer, names) for answer in right} == dict.fromkeys(right, Outcome.RIGHT)
    assert {answer: keyed.outcome(item, answer, names) for answer in wrong} == dict.fromkeys(wrong, Outcome.WRONG)


@pytest.mark.parametrize(("value", "blank", "outcome"), [("NO", "NO", "right"), ("NO", "", "wrong"), ("", "", "right"),
                                                         ("-", "-", "right"), ("SI", "NO", "wrong")])  # fmt: skip
def test_a_blank_cell_means_what_the_form_means_by_it(value: str, blank: str, outcome: str) -> None:
    item = replace(ITEM, value=value, blank=blank)
    assert keyed.outcome(item, keying.BLANK, keyed.names_of(DICTIONARY)) == outcome


def test_a_sheet_of_other_tables_is_refused(archive: tuple[Path, Path], sheet: Path, tmp_path: Path) -> None:
    _, out = archive
    path = filled(sheet, strata.draw(out, SIZE, "7"), truly)
    changed = shutil.copytree(out, tmp_path / "changed")
    written.change(changed, "attendance", lambda rows: [rows[0] | {"mark": "-"}, *rows[1:]])
    done = CliRunner().invoke(app, ["sample", str(changed), "--check", str(path)])
    assert done.exit_code == ExitCode.USAGE
    assert "Las tablas no son" in done.output


@pytest.mark.parametrize("text", ["", "a,b\r\n1,2\r\n", "muestra,semilla,tamano,numero,pregunta,respuesta\r\n"])
def test_what_is_no_sheet_is_refused(archive: tuple[Path, Path], tmp_path: Path, text: str) -> None:
    (tmp_path / "a.csv").write_text(text)
    done = CliRunner().invoke(app, ["sample", str(archive[1]), "--check", str(tmp_path / "a.csv")])
    assert done.exit_code == ExitCode.USAGE


def test_the_program_prints_the_bounds_and_ends_with_1_where_answers_differ(
    archive: tuple[Path, Path], sheet: Path, tmp_path: Path
) -> None:
    _, out = archive
    sample = strata.draw(out, SIZE, "7")
    good = CliRunner().invoke(app, ["sample", str(out), "--check", str(filled(sheet, sample, truly))])
    assert good.exit_code == ExitCode.CLEAN
    assert re.search(rf"^Todos +{sum(sample.accepted.values())} +{SIZE} +0 +0 +0 +[\d.]+ %", good.output, re.MULTILINE)
    said = " ".join(good.output.split())
    texts = pq.read_table(out / "functions.parquet").to_pylist()
    kept = sum(row["text"] is not None and not row["needs_review"] for row in texts)
    assert "No se muestrean los textos largos" in said
    assert f" {kept} textos de funciones" in said
    wrong = filled(sheet, sample, lambda i: "no está en la lista" if i.kind == "entity" else truly(i))
    done = CliRunner().invoke(app, ["sample", str(out), "--check", str(wrong), "--csv", str(tmp_path / "items.csv")])
    assert done.exit_code == ExitCode.REVIEW
    with (tmp_path / "items.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == SIZE
    assert {r["kind"] for r in rows if r["outcome"] == "wrong"} == {"entity"}


# ---------------------------------------------------------------- the sheet in a browser


@needs_chromium
def test_the_sheet_is_filled_with_clicks_and_its_export_is_read(
    archive: tuple[Path, Path], sheet: Path, tmp_path: Path
) -> None:
    _, out = archive
    sample = strata.draw(out, SIZE, "7")
    complaints: list[str] = []
    with page_in_chromium(complaints) as page:
        page.goto((sheet / keying.HTML).as_uri())
        for item in sample.items:
            field = page.locator(f'fieldset[data-number="{item.number}"]')
            answer = truly(item)
            choices = field.locator(f'[type=radio][value="{answer}"], button[value="{answer}"]')
            if choices.count():
                choices.first.click()
            else:
                field.locator("input[type=text]").fill(answer)
        assert page.locator("#progress").inner_text() == f"{SIZE} de {SIZE} respondidas"
        page.reload()
        assert page.locator("#progress").inner_text() == f"{SIZE} de {SIZE} respondidas", "kept over a reload"
        pictures = page.evaluate("[...document.images].map(i => i.naturalWidth > 0)")
        assert len(pictures) == SIZE
        assert all(pictures)
        with page.expect_download() as download:
            page.click("#export")
        assert download.value.suggested_filename == f"respuestas-{sample.identity}.csv"
        exported = tmp_path / "exported.csv"
        download.value.save_as(exported)
    assert complaints == []
    checked = keyed.check(out, exported, DICTIONARY)
    assert Counter(c.outcome for c in checked) == {Outcome.RIGHT: SIZE}


@needs_chromium
def test_the_sheet_is_filled_by_keyboard_and_goes_to_what_is_open(sheet: Path) -> None:
    complaints: list[str] = []
    with page_in_chromium(complaints) as page:
        page.goto((sheet / keying.HTML).as_uri())
        page.click("#next")
        page.keyboard.press("Space")
        page.click("#next")
        assert page.evaluate("document.activeElement.closest('article').id") == "item-2"
        assert page.locator("#progress").inner_text() == f"1 de {SIZE} respondidas"
    assert complaints == []

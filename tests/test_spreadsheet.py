"""CSV that a spreadsheet opens without computing anything, and that gives every value back."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from frictionless import Package
from hypothesis import example, given
from hypothesis import strategies as st
from typer.testing import CliRunner

from parsers.records import Mark
from pipeline import dataset, files
from pipeline.cli.app import app
from pipeline.errors import ExitCode
from pipeline.export.spreadsheet import neutralised, restored
from pipeline.schema import Type
from pipeline.tables.every import TABLES
from tests.sample import SURE, attendee, report
from tests.test_dataset import SOURCE, joined

ODD = st.text(alphabet=st.sampled_from("=+-@'\"; \t\r\nab1＝＋－＠﹣−«\u00a0\u200b\ufeff\x00|,"), max_size=12)
FORMULA = '=HYPERLINK("http://x.example";"Ver")'


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+57 1 381 3000",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\rdato",
        "\ndato",
        " =1+1",
        "\u00a0=1",
        "\ufeff=1",
        "\u200b=1",
        "\x00=1",
        '"=1+1"',
        "' =1",
        "«=1»",
        "\u201c=1\u201d",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM(A1)",
        "﹦1",
        "−1",
        "--",
        "- no asistió",
        "'sic'",
    ],
)
def test_what_a_spreadsheet_could_compute_gets_an_apostrophe(text: str) -> None:
    assert neutralised(text) == "'" + neutralised(text)[1:]
    assert restored(neutralised(text)) == text


@pytest.mark.parametrize(
    "text", ["", "-", " - ", "SI", "2/4", "a=b", "a - b", "Acuerdo 1, -2", "—", "1.5", "5-3", "a;b", "a\nb"]
)
def test_what_is_harmless_stays(text: str) -> None:
    assert neutralised(text) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("Ver;=1+1", "Ver;'=1+1"),  # a spreadsheet with Spanish settings parts lines at semicolons
        ('Ver; "=1+1"', 'Ver;\' "=1+1"'),
        ("uno\n=1+1", "uno\n'=1+1"),
        ("uno\r\n- dos\r\n- tres", "uno\r\n'- dos\r\n'- tres"),
        ("a;'b", "a;''b"),
        ("SI;-", "SI;'-"),
    ],
)
def test_a_formula_inside_a_text_is_disarmed_where_a_cell_could_begin(text: str, safe: str) -> None:
    assert neutralised(text) == safe
    assert restored(safe) == text


@given(ODD | st.text())
@example("'")
@example("''=1;'")
def test_every_text_comes_back(text: str) -> None:
    assert restored(neutralised(text)) == text


@given(ODD, ODD)
def test_two_texts_stay_two(one: str, other: str) -> None:
    assert (neutralised(one) == neutralised(other)) == (one == other)


@given(ODD)
def test_no_cell_of_any_reading_begins_a_formula(text: str) -> None:
    for line in csv.reader(neutralised(text).splitlines() or [""], delimiter=";", quoting=csv.QUOTE_NONE):
        for cell in line:
            if text.strip() != "-":
                assert cell.lstrip(' "«\u00a0\u200b\ufeff\x00\t')[:1] not in set("=+-@＝＋－＠﹣−"), cell


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("data") / "out"
    marks = (Mark("-", "=1+1", SURE), Mark("-", "-", SURE))
    source = replace(SOURCE, name="=cmd|'!A0.pdf")
    rows = dataset.report_rows(source, report(attendee(1, marks=marks, position=FORMULA)))
    rows["attendees"][0]["x0"] = -3.5
    files.write(made, TABLES, joined(rows))
    return made


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_safe_copy_is_disarmed_described_and_valid(folder: Path) -> None:
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    done = CliRunner().invoke(app, ["export", str(folder), "--format", "csv", "--spreadsheet-safe"])
    assert done.exit_code == 0, done.output
    safe = folder.with_name("out-spreadsheet")
    (row,) = table(safe, "attendees")
    assert (row["position"], row["x0"]) == ("'" + FORMULA, "-3.5")
    assert [c["mark"] + c["mark_raw"] for c in table(safe, "attendance")] == ["-'=1+1", "--"]
    assert table(safe, "documents")[0]["source"] == "'=cmd|'!A0.pdf"
    described = json.loads((safe / "datapackage.json").read_text())
    for schema, resource in zip(TABLES, described["resources"], strict=True):
        said = resource["spreadsheetSafe"]
        assert said["columns"] == [c.name for c in schema.columns if c.type is Type.STRING]
        assert said["guard"] in said["rule"] or "apostrophe" in said["rule"]
        assert "preadsheet-safe" in resource["description"]
    assert Package(str(safe / "datapackage.json")).validate().flatten(["type", "message"]) == []
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_what_the_data_package_says_is_enough_to_restore_the_ordinary_tables(folder: Path, tmp_path: Path) -> None:
    arguments = ["export", str(folder), "--format", "csv", "--spreadsheet-safe", "--out", str(tmp_path)]
    CliRunner().invoke(app, arguments)
    for resource in json.loads((tmp_path / "datapackage.json").read_text())["resources"]:
        columns = resource["spreadsheetSafe"]["columns"]
        safe = table(tmp_path, resource["name"])
        assert [r | {c: restored(r[c]) for c in columns} for r in safe] == table(folder, resource["name"])


def test_plain_csv_is_the_datasets_own(folder: Path) -> None:
    done = CliRunner().invoke(app, ["export", str(folder), "--format", "csv"])
    assert done.exit_code == 0, done.output
    copy = folder.with_name("out-csv")
    assert sorted(p.name for p in copy.iterdir()) == sorted(p.name for p in folder.iterdir() if p.suffix != ".parquet")
    assert all(p.read_bytes() == (folder / p.name).read_bytes() for p in copy.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "sqlite", "--spreadsheet-safe"], "--format csv"),
        (["--format", "csv", "--spreadsheet-safe", "--out", "."], "--out"),
        (["--format", "csv", "--out", "documents.csv"], "--out"),
    ],
)
def test_what_makes_no_sense_is_refused(
    folder: Path, arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    done = CliRunner().invoke(app, ["export", str(folder), *arguments])
    assert done.exit_code == ExitCode.USAGE
    assert said in done.output
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before

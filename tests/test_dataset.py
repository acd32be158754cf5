"""Reports become the contract's tables: columns, places, statuses, files."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from frictionless import Package
from hypothesis import given
from hypothesis import strategies as st

from dictionaries.load import load
from ocr.errors import Damaged, Encrypted
from ocr.records import Box, PageFrame, Place
from parsers.records import Certainty, Mark
from pipeline import dataset, files
from pipeline.dimensions import dictionary_rows
from pipeline.errors import AttendanceMissing
from pipeline.rows import Rows, source_edges
from pipeline.sources import Source
from pipeline.tables.every import REPORT_TABLES, TABLES
from pipeline.tables.remarks import FINDINGS
from tests.sample import DOUBT, FRAME, SURE, attendee, report

SOURCE = Source(Path("informe.pdf"), "informe.pdf", "ab" * 32)
CONTRACT = {
    "documents": "document_id source sha256 pages input_kind form instancia_id instancia instancia_raw year period_kind"
    " quarter regulation ordinary_held ordinary_planned extraordinary_held extraordinary_planned status error",
    "sessions": "document_id matrix column quarter date date_raw",
    "attendees": "document_id row sector_number sector_id sector sector_raw entity_id entity entity_raw entity_score"
    " position role total_printed total_computed",
    "attendance": "document_id row column quarter session_date sector_id entity_id entity role mark attended mark_raw",
    "functions": "document_id function scope text addressed_printed addressed_computed",
    "function_sessions": "document_id function scope column quarter session_date mark addressed mark_raw",
    "norms": "document_id kind number date year title",
    "publications": "document_id item published mark_raw",
    "signatories": "document_id signs_as name position entity_id entity entity_raw",
    "sections": "document_id section order text page",
    "findings": "document_id code severity table row column function item message page",
    "residuals": "document_id residual kind text matrix row function column",
    "looks": "document_id table row column function value look text said",
    "history": "instancia_id year session_date entity_id role mark printings agreement documents settled_by",
    "questions": "document_id question code table row column item message awaits other_document_id",
    "function_history": "instancia_id year item scope text sessions_addressed never_addressed documents",
}
OVER_ALL = {"attendance_rates", "series", "sectors", "entities", "instancias"}  # of no report's page
EVERY_TABLE = {"confidence", "needs_review", "review_reason", "page", "x0", "y0", "x1", "y1", "line"}


def joined(*documents: Rows) -> Rows:
    rows = {t.name: [r for d in documents for r in d.get(t.name, ())] for t in REPORT_TABLES}
    dataset.number_findings(rows)
    return rows | dictionary_rows(load())


def test_every_column_of_the_contract_is_there() -> None:
    schemas = {t.name: [c.name for c in t.columns] for t in TABLES}
    assert OVER_ALL | CONTRACT.keys() == schemas.keys()
    for name, columns in CONTRACT.items():
        assert set(columns.split()) <= set(schemas[name])
        assert set(schemas[name]) >= EVERY_TABLE


def test_rows_fill_exactly_the_columns_of_their_table() -> None:
    for name, rows in dataset.report_rows(SOURCE, report()).items():
        schema = next(t for t in TABLES if t.name == name)
        assert rows, name
        assert all(row.keys() == {c.name for c in schema.columns} for row in rows)


def test_cells_carry_their_columns_session_and_their_rows_entity() -> None:
    cells = dataset.report_rows(SOURCE, report())["attendance"]
    assert [(c["row"], c["column"]) for c in cells] == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]
    first, second, third = cells[:3]
    assert (first["mark"], first["attended"], first["session_date"]) == ("SI", True, date(2025, 3, 19))
    assert (second["mark"], second["attended"], second["quarter"]) == ("NO", False, 2)
    assert (third["mark"], third["attended"], third["session_date"]) == ("-", None, None)
    assert first["entity_id"] == "secretaria-general"
    assert first["mark_raw"] == "S|"


def test_function_cells_take_the_session_of_their_own_matrix() -> None:
    (cell,) = dataset.report_rows(SOURCE, report())["function_sessions"]
    assert (cell["session_date"], cell["addressed"]) == (date(2024, 3, 19), True)


def test_a_box_lands_on_the_source_page() -> None:
    row = dataset.report_rows(SOURCE, report())["attendees"][0]
    assert (row["x0"], row["y0"], row["x1"], row["y1"], row["page"]) == (36.0, 72.0, 108.0, 144.0, 1)


def test_a_turned_page_gives_the_box_around_the_turned_corners() -> None:
    turned = PageFrame(1, 200, 100, 72, (0, -1, 100, 1, 0, 0, 0, 0, 1))  # x' = 100 - y, y' = x
    assert source_edges(Box(10, 20, 50, 30), turned) == (70.0, 10.0, 80.0, 50.0)


@given(st.floats(0.9, 1.1), st.floats(-0.05, 0.05), st.floats(-1e-5, 1e-5), st.floats(0, 900), st.floats(1, 100))
def test_no_homography_turns_a_box_inside_out(scale: float, shear: float, depth: float, x: float, side: float) -> None:
    edges = source_edges(
        Box(x, x, x + side, x + side), replace(FRAME, to_source=(scale, shear, 3, -shear, scale, 5, depth, -depth, 1))
    )
    assert edges[0] < edges[2]
    assert edges[1] < edges[3]


def test_a_value_cut_by_a_page_break_stands_where_it_begins() -> None:
    cut = Certainty(0.9, None, (Place(1, Box(0, 100, 10, 110)), Place(2, Box(0, 0, 500, 500))))
    row = dataset.report_rows(SOURCE, report(attendee(1, certainty=cut)))["attendees"][0]
    assert (row["page"], row["x1"], row["y1"]) == (1, 3.6, 39.6)


def test_text_input_has_lines_and_no_boxes() -> None:
    row = dataset.report_rows(SOURCE, report(attendee(1, certainty=Certainty(0.9, None, (Place(2, line=77),)))))
    first = row["attendees"][0]
    assert (first["page"], first["line"], first["x0"], first["y1"]) == (2, 77, None, None)


@pytest.mark.parametrize(
    ("rows", "certainty", "status"),
    [
        ((attendee(1),), SURE, "ok"),
        ((attendee(1, certainty=DOUBT),), SURE, "review"),
        ((attendee(1, marks=(Mark(None, "?", DOUBT),)),), SURE, "review"),
        ((attendee(1),), DOUBT, "review"),
    ],
)
def test_any_doubt_anywhere_makes_the_document_one_to_review(
    rows: tuple[object, ...], certainty: Certainty, status: str
) -> None:
    made = dataset.report_rows(SOURCE, report(*rows, certainty=certainty))  # type: ignore[arg-type]
    assert made["documents"][0]["status"] == status


def test_a_failed_document_has_its_row_and_reason() -> None:
    rows = dataset.failed_rows(SOURCE, Encrypted())
    (document,) = rows["documents"]
    assert (document["status"], document["error"], document["document_id"]) == ("failed", "encrypted", "ab" * 8)
    assert "contraseña" in str(document["error_message"])
    assert rows.keys() == {"documents"}


def test_a_report_without_its_attendance_fails_and_keeps_what_was_read_as_sure_as_it_is() -> None:
    rows = dataset.report_rows(SOURCE, replace(report(), attendees=()), AttendanceMissing())
    (document,) = rows["documents"]
    assert (document["status"], document["error"]) == ("failed", "attendance_matrix_missing")
    assert "matriz de asistencia" in str(document["error_message"])
    assert (document["instancia"], document["pages"]) == (report().instancia, 1)
    assert (document["needs_review"], document["review_reason"]) == (True, "attendance_matrix_missing")
    whole = dataset.report_rows(SOURCE, replace(report(), attendees=()))
    assert rows["functions"]
    assert {name: some for name, some in rows.items() if name != "documents"} == {
        name: some for name, some in whole.items() if name != "documents"
    }


def test_of_a_damaged_file_all_that_was_read_is_for_review() -> None:
    rows = dataset.report_rows(SOURCE, report(), Damaged())
    assert {(row["needs_review"], row["review_reason"]) for table in rows.values() for row in table} == {
        (True, "damaged")
    }


def test_a_finding_stands_where_its_value_does() -> None:
    (place,) = SURE.places
    found = replace(report().findings[0], places=(place,))
    (row,) = dataset.report_rows(SOURCE, replace(report(), findings=(found,)))["findings"]
    assert (row["page"], row["x0"], row["y1"], row["needs_review"]) == (1, 36.0, 144.0, False)


def test_same_bytes_under_a_second_name_are_listed_reported_and_not_counted_twice() -> None:
    first = dataset.report_rows(SOURCE, report())
    second = dataset.again_rows(replace(SOURCE, name="copia.pdf"), SOURCE, first)
    rows = joined(first, second)
    assert [(d["source"], d["document_id"]) for d in rows["documents"]] == [
        ("informe.pdf", "ab" * 8),
        ("copia.pdf", "ab" * 8),
    ]
    assert len(rows["attendance"]) == 6
    assert [(f["finding"], f["code"], f["item"]) for f in rows["findings"]] == [
        (1, "TOTAL_MISMATCH", None),
        (2, "DUPLICATE_REPORT", "copia.pdf"),
    ]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    first = dataset.report_rows(SOURCE, report())
    again = dataset.again_rows(replace(SOURCE, name="copia.pdf"), SOURCE, first)
    failed = dataset.failed_rows(Source(Path("roto.pdf"), "roto.pdf", None), Encrypted())
    files.write(folder, TABLES, joined(first, again, failed))
    return folder


def test_the_data_package_is_valid(written: Path) -> None:
    result = Package(str(written / "datapackage.json")).validate()
    assert result.flatten(["type", "message"]) == []


def test_the_data_package_sees_a_broken_link(written: Path, tmp_path: Path) -> None:
    for file in written.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    table = tmp_path / "attendance.csv"
    table.write_bytes(table.read_bytes().replace(b"secretaria-general", b"nobody", 1))
    kinds = Package(str(tmp_path / "datapackage.json")).validate().flatten(["type"])
    assert ["foreign-key"] in kinds


def test_csv_is_what_the_contract_says(written: Path) -> None:
    raw = (written / "attendance.csv").read_bytes()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert raw.count(b"\r\n") == 7
    with (written / "attendance.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["attended"], r["session_date"], r["mark_raw"]) for r in rows[:3]] == [
        ("true", "2025-03-19", "S|"),
        ("false", "2025-07-22", "NO"),
        ("", "", ""),
    ]
    with (written / "attendees.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["position"] == 'Subsecretaria, "encargada"'
    with (written / "sections.csv").open(encoding="utf-8", newline="") as file:
        assert next(csv.DictReader(file))["text"] == "Se reunió dos veces.\nNada más."


def test_parquet_is_typed_and_says_the_same_as_csv(written: Path) -> None:
    for schema in TABLES:
        table = pq.read_table(written / f"{schema.name}.parquet")
        assert table.column_names == [c.name for c in schema.columns]
        assert [f.type for f in table.schema] == [files.ARROW_TYPES[c.type] for c in schema.columns]
        with (written / f"{schema.name}.csv").open(encoding="utf-8", newline="") as file:
            assert len(list(csv.reader(file))) == table.num_rows + 1
    cell = pq.read_table(written / "attendance.parquet").to_pylist()[0]
    assert (cell["session_date"], cell["attended"]) == (date(2025, 3, 19), True)


def test_an_empty_run_still_writes_every_table(tmp_path: Path) -> None:
    files.write(tmp_path, TABLES, {})
    assert pq.read_table(tmp_path / "findings.parquet").num_columns == len(FINDINGS.columns)
    assert Package(str(tmp_path / "datapackage.json")).validate().valid


def test_the_same_rows_give_the_same_bytes(written: Path, tmp_path: Path) -> None:
    first = dataset.report_rows(SOURCE, report())
    again = dataset.again_rows(replace(SOURCE, name="copia.pdf"), SOURCE, first)
    failed = dataset.failed_rows(Source(Path("roto.pdf"), "roto.pdf", None), Encrypted())
    files.write(tmp_path, TABLES, joined(first, again, failed))
    names = sorted(p.name for p in written.iterdir())
    assert names == sorted(p.name for p in tmp_path.iterdir())
    assert all((written / n).read_bytes() == (tmp_path / n).read_bytes() for n in names)


def test_a_failed_write_leaves_the_earlier_dataset_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files.write(tmp_path, TABLES, {})
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "datapackage", full_disk)
    with pytest.raises(OSError, match="No space"):
        files.write(tmp_path, TABLES, joined(dataset.report_rows(SOURCE, report())))
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_row_with_a_column_too_many_is_refused(tmp_path: Path) -> None:
    row = dict.fromkeys(c.name for c in FINDINGS.columns) | {"surprise": 1}
    with pytest.raises(ValueError, match="surprise"):
        files.write(tmp_path, TABLES, {"findings": [row]})

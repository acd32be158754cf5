"""A dataset handed over: databases whose tables, types, keys, links, views and descriptions hold."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from dictionaries.load import load
from ocr.errors import Encrypted, NotAPdf
from parsers.records import Mark
from pipeline import dataset, files
from pipeline.cli.app import app
from pipeline.errors import ExitCode, UsageError
from pipeline.export import engines as databases
from pipeline.export import views
from pipeline.export.database import export
from pipeline.export.package import open_package
from pipeline.rows import Rows
from pipeline.sources import Source
from pipeline.tables.every import TABLES
from pipeline.tables.series import ATTENDANCE_RATES, FUNCTION_HISTORY, HISTORY, QUESTIONS, SERIES
from tests.sample import DOUBT, attendee, report
from tests.test_dataset import joined

FIRST = Source(Path("b.pdf"), "b.pdf", "ab" * 32)
OTHER = Source(Path("c.pdf"), "c.pdf", "cd" * 32)
ONE_MORE = Source(Path("d.pdf"), "d.pdf", "12" * 32)
KINDS = ("sqlite", "duckdb")


def archive() -> Rows:
    """Three reports, the first archived twice and once under a name that cannot be read; one file that fails."""
    first = dataset.report_rows(FIRST, report())
    misnamed = dataset.failed_rows(replace(FIRST, name="a.pdf"), NotAPdf())
    again = dataset.again_rows(replace(FIRST, name="copia.pdf"), FIRST, first)
    doubtful = attendee(1, marks=(Mark(None, "5?", DOUBT),), position="=1+1; 'sic'")
    other = dataset.report_rows(OTHER, report(doubtful, attendee(2, entity_id=None, entity=None)))
    failed = dataset.failed_rows(ONE_MORE, Encrypted())
    unreadable = dataset.failed_rows(Source(Path("e.pdf"), "e.pdf", None), Encrypted())
    return joined(misnamed, first, again, other, failed, unreadable) | told_together()


UNTOLD = ("attendance_rates", "series", "questions", "function_history")  # of no report's page, or of doubts


def told_together() -> Rows:
    """What a series of reports would tell: an attendance of its history, rates of all and of one sector."""
    known = {c.name: None for c in HISTORY.columns} | {"year": 2025, "session": 1, "seat": 1, "needs_review": False}
    body = sorted(i.instancia_id for i in load().instancias)[0]
    history = known | {"instancia_id": body, "session_date": date(2025, 3, 19), "mark": "SI", "attended": True}
    history |= {"sector_id": "gestion-publica", "entity_id": "secretaria-general", "document_id": "cd" * 8}
    rate = {c.name: None for c in ATTENDANCE_RATES.columns}
    rate |= {"level": "year", "year": 2025, "attended": 3, "rate": 0.75}
    one = {"instancia_id": body, "year": 2025, "document_id": "cd" * 8, "needs_review": False}
    question = dict.fromkeys(c.name for c in QUESTIONS.columns) | one | {"question": 1, "code": "HISTORY_CONFLICT"}
    question |= {"message": "?", "other_document_id": "ab" * 8, "awaits": "fila 1"}
    series = dict.fromkeys(c.name for c in SERIES.columns) | one | {"period": "2025-T1", "state": "repeated"}
    function = dict.fromkeys(c.name for c in FUNCTION_HISTORY.columns) | one | {"item": 1, "scope": "general"}
    return {
        "questions": [{c.name: question[c.name] for c in QUESTIONS.columns}],
        "series": [{c.name: series[c.name] for c in SERIES.columns} | {"repeats_document_id": "ab" * 8}],
        "function_history": [{c.name: function[c.name] for c in FUNCTION_HISTORY.columns} | {"text": "Coordinar."}],
        "history": [history],
        "attendance_rates": [rate, rate | {"level": "sector", "sector_id": "gestion-publica"}],
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("data") / "out"
    files.write(made, TABLES, archive())
    return made


@pytest.fixture(scope="module")
def bases(folder: Path) -> dict[str, Path]:
    for kind in KINDS:
        export(open_package(folder), kind, folder.with_name(f"out.{kind}"))
    return {kind: folder.with_name(f"out.{kind}") for kind in KINDS}


def rows_of(kind: str, file: Path, query: str) -> list[dict[str, Any]]:
    """What a query answers, read as any analyst's program would."""
    with closing(sqlite3.connect(file) if kind == "sqlite" else duckdb.connect(file, read_only=True)) as base:
        cursor = base.execute(query)
        names = [d[0] for d in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def test_a_duckdb_file_holds_what_the_parquet_tables_hold(folder: Path, bases: dict[str, Path]) -> None:
    for schema in TABLES:
        found = rows_of("duckdb", bases["duckdb"], f'SELECT * FROM "{schema.name}"')
        assert found == pq.read_table(folder / f"{schema.name}.parquet").to_pylist(), schema.name


def test_a_sqlite_file_holds_what_the_parquet_tables_hold(folder: Path, bases: dict[str, Path]) -> None:
    def held(value: object) -> object:
        return value.isoformat() if isinstance(value, date) else value  # True equals 1

    for schema in TABLES:
        found = rows_of("sqlite", bases["sqlite"], f'SELECT * FROM "{schema.name}"')
        wanted = pq.read_table(folder / f"{schema.name}.parquet").to_pylist()
        assert found == [{name: held(value) for name, value in row.items()} for row in wanted], schema.name
        assert wanted or schema.name in ("residuals", "history", *UNTOLD)


def test_columns_have_the_types_that_readers_know(bases: dict[str, Path]) -> None:
    asked = "SELECT name, type FROM pragma_table_info('attendance')"
    lite = {row["name"]: row["type"] for row in rows_of("sqlite", bases["sqlite"], asked)}
    asked = "SELECT column_name AS name, data_type AS type FROM duckdb_columns() WHERE table_name = 'attendance'"
    duck = {row["name"]: row["type"] for row in rows_of("duckdb", bases["duckdb"], asked)}
    for name, types in {
        "session_date": ("DATE", "DATE"),
        "attended": ("BOOLEAN", "BOOLEAN"),
        "row": ("INTEGER", "INTEGER"),
        "confidence": ("REAL", "DOUBLE"),
        "mark": ("TEXT", "VARCHAR"),
    }.items():
        assert (lite[name], duck[name]) == types


def test_sqlite_reads_dates_and_booleans_back_as_such(bases: dict[str, Path]) -> None:
    with closing(sqlite3.connect(bases["sqlite"])) as base:
        query = "SELECT DISTINCT session_date, typeof(session_date), typeof(attended) FROM attendance WHERE attended"
        assert base.execute(query).fetchall() == [("2025-03-19", "text", "integer")]
        query = "SELECT count(*) FROM attendance WHERE date(session_date, '+1 day') = '2025-03-20'"
        assert base.execute(query).fetchone()[0] == 4


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO attendance SELECT * FROM attendance LIMIT 1",
        "UPDATE attendance SET entity_id = 'nobody'",
        "UPDATE attendees SET document_id = '0000000000000000'",
        "UPDATE attendance SET mark = 'maybe'",
        "UPDATE attendance SET attended = 7",
        "UPDATE attendance SET session_date = '19/03/2025'",
        "UPDATE documents SET status = NULL",
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_the_files_refuse_what_no_dataset_holds(kind: str, change: str, bases: dict[str, Path], tmp_path: Path) -> None:
    if kind == "duckdb" and "= 7" in change:
        pytest.skip("DuckDB has booleans: 7 is true")
    copy = tmp_path / "copy"
    copy.write_bytes(bases[kind].read_bytes())
    with closing(sqlite3.connect(copy) if kind == "sqlite" else duckdb.connect(copy)) as base:
        if kind == "sqlite":
            base.execute("PRAGMA foreign_keys = ON")
        with pytest.raises((sqlite3.IntegrityError, duckdb.ConstraintException, duckdb.ConversionException)):
            base.execute(change)


@pytest.mark.parametrize("kind", KINDS)
def test_reports_are_counted_once_however_many_files_hold_them(kind: str, bases: dict[str, Path]) -> None:
    found = rows_of(kind, bases[kind], "SELECT document_id, source, files, status FROM reports")
    assert [tuple(row.values()) for row in found] == [
        ("ab" * 8, "b.pdf", 3, "ok"),  # neither a.pdf, which failed, nor the copy
        ("cd" * 8, "c.pdf", 1, "review"),
        ("12" * 8, "d.pdf", 1, "failed"),
    ]
    for table in ("attendance", "attendees", "sessions", "functions", "function_sessions", "findings", "norms"):
        counts = [rows_of(kind, bases[kind], f"SELECT count(*) AS n FROM {name}") for name in (table, f"v_{table}")]
        assert counts[0] == counts[1], table


@pytest.mark.parametrize("kind", KINDS)
def test_views_join_what_a_mark_is_about(kind: str, bases: dict[str, Path]) -> None:
    asked = """SELECT * FROM v_attendance WHERE source = 'b.pdf' AND "row" = 1 AND "column" = 1"""
    (row,) = rows_of(kind, bases[kind], asked)
    assert {
        "instancia_raw": "Consejo Distrital",
        "year": 2025,
        "reported_quarter": 2,
        "quarter": 1,
        "session_date_raw": "19/03/2025",
        "sector": "Gestión Pública",
        "sector_raw": "1. Gestión Pública",
        "entity_id": "secretaria-general",
        "entity_raw": "Secretaría General",
        "position": 'Subsecretaria, "encargada"',
        "mark": "SI",
        "x0": 36.0,
    }.items() <= row.items()
    assert str(row["session_date"]) == "2025-03-19"
    asked = "SELECT entity_id, entity, entity_raw FROM v_attendees WHERE entity_id IS NULL"
    unlinked = rows_of(kind, bases[kind], asked)
    assert unlinked == [{"entity_id": None, "entity": None, "entity_raw": "Secretaría General"}]
    (cell,) = rows_of(kind, bases[kind], "SELECT * FROM v_function_sessions WHERE document_id LIKE 'cd%'")
    assert (cell["function_text"], cell["session_date_raw"]) == ("Coordinar.", "19/03/2024")
    (norm,) = rows_of(kind, bases[kind], "SELECT year, norm_year FROM v_norms WHERE document_id LIKE 'cd%'")
    assert norm == {"year": 2025, "norm_year": 2021}
    (row,) = rows_of(kind, bases[kind], "SELECT source, entity_acronym, sector, mark FROM v_history")
    assert row == {"source": "c.pdf", "entity_acronym": "SGAMB", "sector": "Gestión Pública", "mark": "SI"}
    found = rows_of(kind, bases[kind], "SELECT level, sector, rate FROM v_attendance_rates ORDER BY level DESC")
    assert [tuple(r.values()) for r in found] == [("year", None, 0.75), ("sector", "Gestión Pública", 0.75)]
    asked = "SELECT source, other_source, awaits FROM v_questions"
    assert rows_of(kind, bases[kind], asked) == [{"source": "c.pdf", "other_source": "b.pdf", "awaits": "fila 1"}]
    body = sorted((i.instancia_id, i.name) for i in load().instancias)[0][1]
    asked = "SELECT instancia, period, status, repeats_source FROM v_series"
    (row,) = rows_of(kind, bases[kind], asked)
    assert row == {"instancia": body, "period": "2025-T1", "status": "review", "repeats_source": "b.pdf"}
    (row,) = rows_of(kind, bases[kind], "SELECT instancia, text, source FROM v_function_history")
    assert row == {"instancia": body, "text": "Coordinar.", "source": "c.pdf"}
    found = rows_of(kind, bases[kind], "SELECT source, entity_raw FROM v_findings WHERE code = 'TOTAL_MISMATCH'")
    assert found == [{"source": s, "entity_raw": "Secretaría General"} for s in ("b.pdf", "c.pdf")]


@pytest.mark.parametrize("kind", KINDS)
def test_what_awaits_a_person_is_one_list(kind: str, bases: dict[str, Path]) -> None:
    found = rows_of(kind, bases[kind], """SELECT * FROM v_review ORDER BY source, "table", "row", "column" """)
    wanted = {
        t: sum(bool(r.get("needs_review")) for r in rows)
        for t, rows in archive().items()
        if t not in ("findings", "questions")
    }
    assert {t: sum(r["table"] == t for r in found) for t in wanted} == wanted
    (mark,) = [row for row in found if row["table"] == "attendance"]
    assert (mark["source"], mark["row"], mark["column"], mark["read_as"], mark["page"]) == ("c.pdf", 1, 1, "5?", 1)
    assert mark["review_reason"] == "mark_unclear"
    assert [row["source"] for row in found if row["review_reason"] == "encrypted"] == ["d.pdf", "e.pdf"]


def test_every_view_answers_in_both(bases: dict[str, Path]) -> None:
    asked = "SELECT view_name AS name FROM duckdb_views() WHERE NOT internal ORDER BY 1"
    names = [row["name"] for row in rows_of("duckdb", bases["duckdb"], asked)]
    listed = rows_of("sqlite", bases["sqlite"], "SELECT name FROM sqlite_schema WHERE type = 'view' ORDER BY 1")
    assert names == [row["name"] for row in listed]
    assert len(names) > 10
    for name in names:
        lite, duck = (rows_of(kind, bases[kind], f"SELECT * FROM {name}") for kind in KINDS)
        told = [sorted([(k, *plain(v)) for k, v in row.items()] for row in rows) for rows in (lite, duck)]
        assert told[0] == told[1], name


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_on_export_names_every_view_and_its_query_answers(kind: str, bases: dict[str, Path]) -> None:
    page = (Path(__file__).parents[1] / "docs" / "export.md").read_text(encoding="utf-8")
    names = {view.name for view in views.views(TABLES)}
    assert set(re.findall(r"`(v_\w+)`", page)) == names
    (query,) = re.findall(r"```sql\n(.*?)```", page, re.DOTALL)
    found = rows_of(kind, bases[kind], query)
    assert {(r["entity"] is None, r["attended"], r["sessions"]) for r in found} == {(True, 1, 2), (False, 2, 4)}


def plain(value: object) -> tuple[str, float]:
    """A value as both engines tell it, in a form that sorts: dates as text, booleans as numbers."""
    return ("", float(value)) if isinstance(value, bool | int | float) else (str(value), 0)


def test_descriptions_are_kept(bases: dict[str, Path]) -> None:
    (table,) = rows_of("sqlite", bases["sqlite"], "SELECT sql FROM sqlite_schema WHERE name = 'attendance'")
    assert '"attended" BOOLEAN CHECK ("attended" IN (0, 1)), -- Whether the entity attended; null:' in table["sql"]
    asked = "SELECT comment FROM duckdb_columns() WHERE table_name = 'attendance' AND column_name = 'x0'"
    (column,) = rows_of("duckdb", bases["duckdb"], asked)
    assert column["comment"] == "Left edge of what stands on that page, as a viewer shows it [pt]"
    for kind in KINDS:
        asked = "SELECT * FROM data_dictionary WHERE \"table\" = 'attendance' ORDER BY position"
        described = rows_of(kind, bases[kind], asked)
        assert [row["column"] for row in described if row["in_key"]] == ["document_id", "row", "column"]
        assert ("confidence", "number", "0-1") in {(r["column"], r["type"], r["unit"]) for r in described}


def test_the_same_dataset_gives_the_same_files(folder: Path, bases: dict[str, Path], tmp_path: Path) -> None:
    for kind in KINDS:
        export(open_package(folder), kind, tmp_path / kind)
    assert (tmp_path / "sqlite").read_bytes() == bases["sqlite"].read_bytes()
    for schema in TABLES:  # DuckDB's own mark differs; rows and their order do not
        query = f'SELECT * FROM "{schema.name}"'
        assert rows_of("duckdb", tmp_path / "duckdb", query) == rows_of("duckdb", bases["duckdb"], query)


def test_many_rows_go_through_in_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table longer than a batch arrives whole; above the limit DuckDB declares no key of it, nor a link to it."""
    sources = (replace(OTHER, name=f"{i}.pdf", sha256=f"{i:064x}"[::-1]) for i in range(40))
    rows = joined(*(dataset.report_rows(source, report()) for source in sources))
    files.write(tmp_path / "out", TABLES, rows)
    monkeypatch.setattr("pipeline.export.package.BATCH_ROWS", 7)
    monkeypatch.setattr(databases, "DUCKDB_KEYED_ROWS", 50)
    for kind in KINDS:
        export(open_package(tmp_path / "out"), kind, tmp_path / kind)
        found = rows_of(kind, tmp_path / kind, "SELECT * FROM attendance")
        key = ("document_id", "row", "column")
        assert [[r[c] for c in key] for r in found] == [[r[c] for c in key] for r in rows["attendance"]]
    asked = "SELECT table_name AS t FROM duckdb_constraints() WHERE constraint_type IN ('PRIMARY KEY', 'FOREIGN KEY')"
    declared = {row["t"] for row in rows_of("duckdb", tmp_path / "duckdb", asked)}
    assert {"documents", "reports", "functions"} <= declared
    assert not {"attendance", "attendees", "sessions"} & declared


def broken_link(folder: Path) -> None:
    path = folder / "attendance.parquet"
    table = pq.read_table(path)
    nobody = pa.array(["nobody"] * table.num_rows)
    pq.write_table(table.set_column(table.schema.get_field_index("entity_id"), table.field("entity_id"), nobody), path)


def doubled_row(folder: Path) -> None:
    path = folder / "attendance.parquet"
    table = pq.read_table(path)
    pq.write_table(pa.concat_tables([table, table.slice(0, 1)]), path)


def lost_table(folder: Path) -> None:
    (folder / "attendance.parquet").unlink()


def cut_table(folder: Path) -> None:
    path = folder / "attendance.parquet"
    path.write_bytes(path.read_bytes()[:-100])


def lost_column(folder: Path) -> None:
    path = folder / "attendance.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["mark"]), path)


def no_package(folder: Path) -> None:
    (folder / "datapackage.json").unlink()


def another_package(folder: Path) -> None:
    (folder / "datapackage.json").write_text('{"resources": [{"name": "x", "path": "x.csv"}]}')


@pytest.mark.parametrize(
    "harm", [broken_link, doubled_row, lost_table, cut_table, lost_column, no_package, another_package]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_broken_dataset_is_said_and_an_earlier_file_stays(
    kind: str, harm: Callable[[Path], None], folder: Path, bases: dict[str, Path], tmp_path: Path
) -> None:
    broken = tmp_path / "out"
    broken.mkdir()
    for file in folder.iterdir():
        (broken / file.name).write_bytes(file.read_bytes())
    earlier = tmp_path / f"out.{kind}"
    earlier.write_bytes(bases[kind].read_bytes())
    harm(broken)
    done = CliRunner().invoke(app, ["export", str(broken), "--format", kind])
    assert done.exit_code == ExitCode.USAGE
    assert "veedor run" in done.output or "le falta mark" in done.output
    assert earlier.read_bytes() == bases[kind].read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", f"out.{kind}"]


def test_a_file_of_another_kind_is_never_overwritten(folder: Path, tmp_path: Path) -> None:
    mine = tmp_path / "informe.pdf"
    mine.write_bytes(b"%PDF-1.7")
    for kind in KINDS:
        with pytest.raises(UsageError, match="no se sobrescribe"):
            export(open_package(folder), kind, mine)
    assert mine.read_bytes() == b"%PDF-1.7"


def test_no_room_ends_the_program_with_the_environments_code(folder: Path) -> None:
    done = CliRunner().invoke(app, ["export", str(folder), "--format", "sqlite", "--out", "/proc/x/out.sqlite"])
    assert done.exit_code == ExitCode.ENVIRONMENT


def test_a_dataset_of_an_earlier_version_gives_the_views_that_it_can(folder: Path, tmp_path: Path) -> None:
    kept = [t.name for t in TABLES if t.name not in ("looks", "functions", "function_sessions")]
    described = json.loads((folder / "datapackage.json").read_text())
    described["resources"] = [r for r in described["resources"] if r["name"] in kept]
    (tmp_path / "datapackage.json").write_text(json.dumps(described))
    for name in kept:
        (tmp_path / f"{name}.parquet").write_bytes((folder / f"{name}.parquet").read_bytes())
    written = export(open_package(tmp_path), "sqlite", tmp_path / "base")
    assert "v_attendance" in written.views
    assert not {"v_functions", "v_function_sessions", "v_looks"} & set(written.views)


def test_the_verb_writes_beside_the_dataset_and_says_where(folder: Path) -> None:
    done = CliRunner().invoke(app, ["export", str(folder), "--format", "sqlite"])
    assert done.exit_code == 0
    assert f"{folder}.sqlite" in done.output
    assert "v_attendance" in done.output

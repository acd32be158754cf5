"""The README's questions, as they stand there, over a dataset read from drawn reports whose answers are known."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.drawn_year import Body

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
VEEDOR = Path(sys.executable).with_name("veedor")
ABSENT, CHANGED, UNADDRESSED = 4, 6, 2  # which row misses most, which is told otherwise later, which function is left

ROADS = Body(
    "Comisión Intersectorial de Seguridad Vial",
    8,
    {1: date(2025, 2, 10), 2: date(2025, 5, 12), 4: date(2025, 11, 11)},
    {**{(ABSENT, q): "NO" for q in (1, 2, 4)}, (CHANGED, 1): "NO"},
    {**{(UNADDRESSED, q): "NO" for q in (1, 2, 4)}, (1, 1): "NO"},
)
WOMEN = Body("Consejo Consultivo de Mujeres de Bogotá", 9, {1: date(2025, 3, 3), 2: date(2025, 6, 17)}, {(3, 2): "NO"})


def question(title: str) -> str:
    """The query under a question of the README."""
    found = re.search(rf"\*\*{re.escape(title)}\*\*.*?```sql\n(.*?)```", README, re.DOTALL)
    assert found, title
    return found[1]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """Five reports: roads without their third quarter's, and what they say of the first changed in the fourth's."""
    papers, out = (tmp_path_factory.mktemp(name) for name in ("papers", "out"))
    for quarter in (1, 2, 4):
        told = {(CHANGED, 1): "SI"} if quarter == 4 else None
        (papers / f"vial-{quarter}.pdf").write_bytes(ROADS.report(quarter, told=told))
    for quarter in (1, 2):
        (papers / f"mujeres-{quarter}.pdf").write_bytes(WOMEN.report(quarter))
    done = subprocess.run([VEEDOR, "run", papers, "--out", out, "--workers", "1"], capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stdout  # what changed awaits review in the history
    return duckdb.connect(config={"file_search_path": str(out)})


def test_who_misses_most(dataset: duckdb.DuckDBPyConnection) -> None:
    first, *others = dataset.sql(question("Who misses most?")).fetchall()
    assert first == (ROADS.seats()[ABSENT - 1], ROADS.name, 2025, 3, 3, 0.0, 0.0, 0.0)
    assert others[0][3] == 1


def test_which_body_did_not_meet(dataset: duckdb.DuckDBPyConnection) -> None:
    assert dataset.sql(question("Which body did not meet?")).fetchall() == [(ROADS.name, 2025, 3)]


def test_whose_record_changed(dataset: duckdb.DuckDBPyConnection) -> None:
    (row,) = dataset.sql(question("Whose record changed?")).fetchall()
    assert row[:6] == ("vial-4.pdf", ROADS.name, 2025, ROADS.seats()[CHANGED - 1], date(2025, 2, 10), "SI")
    assert "NO" in row[6]


def test_what_was_never_addressed(dataset: duckdb.DuckDBPyConnection) -> None:
    (row,) = dataset.sql(question("What was never addressed?")).fetchall()
    assert row[:3] == (ROADS.name, 2025, UNADDRESSED)
    assert row[3] == ROADS.texts()[UNADDRESSED - 1]


def test_which_reports_are_missing(dataset: duckdb.DuckDBPyConnection) -> None:
    assert dataset.sql(question("Which reports are missing?")).fetchall() == [(ROADS.name, "2025-T3", "missing")]


def test_there_are_five_questions() -> None:
    assert README.count("```sql") == 5

"""Two runs side by side: every difference told once, nothing told where nothing differs."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from ocr.records import Box, Place
from parsers.records import Certainty, Mark, Report
from pipeline.audit import diff
from pipeline.audit.diff import Change, Kind
from pipeline.cli.app import app
from pipeline.errors import ExitCode, UsageError
from pipeline.rows import Row
from pipeline.sources import Source
from tests import written
from tests.sample import SURE, attendee, report

FIRST, SECOND = (Source(Path(name), name, digit * 64) for name, digit in (("a.pdf", "a"), ("b.pdf", "b")))
PITCH = 60  # pixels from row to row


def seats(*rows: int) -> Report:
    """A report whose attendance has these of its printed rows, numbered from 1, each where it is printed."""
    return report(*(_seat(number, printed) for number, printed in enumerate(rows, start=1)))


def _seat(number: int, printed: int) -> object:
    where = Certainty(0.99, None, (Place(1, Box(100, PITCH * printed, 300, PITCH * printed + 40)),))
    marks = tuple(Mark("SI", "SI", SURE) for _ in range(3))
    return attendee(number, position=f"cargo {printed}", marks=marks, certainty=where)


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    before = written.write(tmp_path / "before", (FIRST, seats(1, 2, 3)), (SECOND, seats(1, 2)))
    shutil.copytree(before, tmp_path / "after")
    return before, tmp_path / "after"


def told(before: Path, after: Path) -> list[Change]:
    return list(diff.changes(before, after))


def first_mark(rows: list[Row], **changes: object) -> list[Row]:
    return [row | changes if i == 0 else row for i, row in enumerate(rows)]


def test_a_run_does_not_differ_from_itself(runs: tuple[Path, Path]) -> None:
    assert told(*runs) == []


def test_a_changed_value_is_told_once_with_both_confidences(runs: tuple[Path, Path]) -> None:
    written.change(runs[1], "attendance", lambda rows: first_mark(rows, mark="NO", confidence=0.7))
    value, confidence = sorted(told(*runs), key=lambda c: list(Kind).index(c.kind))
    assert value == Change(Kind.VALUE, "attendance", "a" * 16, "a.pdf", "row=1;column=1", "mark", "SI", "NO", 0.99, 0.7)
    assert (confidence.kind, confidence.before, confidence.after) == (Kind.CONFIDENCE, "0.99", "0.7")


def test_null_and_not_null_differ(runs: tuple[Path, Path]) -> None:
    written.change(runs[1], "attendance", lambda rows: first_mark(rows, mark=None))
    (change,) = told(*runs)
    assert (change.before, change.after) == ("SI", None)


@pytest.mark.parametrize(("column", "value", "kind"), [("needs_review", True, Kind.REVIEW), ("x0", 7.5, Kind.PLACE)])
def test_what_else_changed_is_told_for_what_it_is(
    runs: tuple[Path, Path], column: str, value: object, kind: Kind
) -> None:
    written.change(runs[1], "attendance", lambda rows: first_mark(rows, **{column: value}))
    assert [(c.kind, c.column) for c in told(*runs)] == [(kind, column)]


def test_a_values_own_confidence_is_the_one_told(runs: tuple[Path, Path]) -> None:
    written.change(runs[0], "attendees", lambda rows: first_mark(rows, role_confidence=0.6))
    written.change(runs[1], "attendees", lambda rows: first_mark(rows, role="S", role_confidence=0.8))
    (change,) = (c for c in told(*runs) if c.kind is Kind.VALUE)
    assert (change.column, change.confidence_before, change.confidence_after) == ("role", 0.6, 0.8)


def test_documents_that_one_run_lacks_are_told_as_one_change_each(tmp_path: Path) -> None:
    before = written.write(tmp_path / "1", (FIRST, seats(1, 2)))
    after = written.write(tmp_path / "2", (SECOND, seats(1, 2)))
    found = [(c.kind, c.source) for c in told(before, after)]
    assert found == [(Kind.DOCUMENT_REMOVED, "a.pdf"), (Kind.DOCUMENT_ADDED, "b.pdf")]


@pytest.mark.parametrize("found", [(1, 3, 4), (1, 2, 3, 4, 5), (2, 3, 4), (1, 2, 3)])
def test_a_row_more_or_less_is_told_as_that_row_alone(tmp_path: Path, found: tuple[int, ...]) -> None:
    before = written.write(tmp_path / "1", (FIRST, seats(1, 2, 3, 4)))
    after = written.write(tmp_path / "2", (FIRST, seats(*found)))
    for there, here, kind in ((before, after, Kind.ROW_REMOVED), (after, before, Kind.ROW_ADDED)):
        lost, gained = (there, here) if len(found) < 4 else (here, there)
        count = Counter((c.kind, c.table) for c in told(lost, gained) if c.table.startswith("attend"))
        assert count == {(kind, "attendees"): 1, (kind, "attendance"): 3}


def test_a_row_gained_above_leaves_the_change_below_where_it_is(tmp_path: Path) -> None:
    before = written.write(tmp_path / "1", (FIRST, seats(2, 3)))
    after = written.write(tmp_path / "2", (FIRST, seats(1, 2, 3)))
    changed = {"row": 3, "column": 2}
    written.change(
        after, "attendance", lambda rows: [r | {"mark": "NO"} if changed.items() <= r.items() else r for r in rows]
    )
    (change,) = (c for c in told(before, after) if c.kind is Kind.VALUE)
    assert change.key == "row=2;column=2"
    assert {c.key for c in told(before, after) if c.kind is Kind.ROW_ADDED and c.table == "attendees"} == {"row=1"}


def test_a_finding_more_does_not_change_those_after_it(tmp_path: Path) -> None:
    both = seats(1, 2)
    assert len(both.findings) >= 1
    before = written.write(tmp_path / "1", (FIRST, both))
    earlier = replace(both.findings[0], code="NOT_PUBLISHED", row=None, message="antes")
    after = written.write(tmp_path / "2", (FIRST, replace(both, findings=(earlier, *both.findings))))
    (change,) = told(before, after)
    assert (change.kind, change.table) == (Kind.ROW_ADDED, "findings")
    assert "code=NOT_PUBLISHED" in change.key


def test_a_column_that_only_one_run_writes_is_told_and_the_rest_compared(runs: tuple[Path, Path]) -> None:
    path = runs[1] / "attendance.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["mark_raw"]), path)
    (change,) = told(*runs)
    assert (change.kind, change.column, change.before, change.after) == (Kind.COLUMN, "mark_raw", "present", None)


def test_what_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="documents"):
        told(tmp_path, tmp_path)


def test_the_program_says_what_changed_and_ends_with_1(runs: tuple[Path, Path], tmp_path: Path) -> None:
    same = CliRunner().invoke(app, ["diff", *map(str, (runs[0], runs[0]))])
    assert (same.exit_code, same.output) == (ExitCode.CLEAN, "Nada cambió.\n")
    written.change(runs[1], "attendance", lambda rows: first_mark(rows, mark="NO"))
    file = tmp_path / "changes.csv"
    done = CliRunner().invoke(app, ["diff", *map(str, runs), "--csv", str(file)])
    assert done.exit_code == ExitCode.REVIEW
    assert "a.pdf attendance row=1;column=1 mark: «SI» (0.99000) → «NO» (0.99000)" in done.output
    with file.open(encoding="utf-8", newline="") as opened:
        (row,) = csv.DictReader(opened)
    assert (row["kind"], row["before"], row["after"]) == ("value", "SI", "NO")

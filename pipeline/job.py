"""A whole run: inputs → every document → the dataset's files, and what to tell whoever started it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dictionaries.load import load
from ocr.errors import EngineMissing
from pipeline import batch, files, history
from pipeline.dataset import Row, Rows, number_findings
from pipeline.dimensions import dictionary_rows
from pipeline.errors import ExitCode
from pipeline.inputs import Inputs
from pipeline.settings import Settings
from pipeline.tables import REPORT_TABLES, TABLES


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that could not be read."""

    source: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did, in numbers. `review`: values that await a person; `to_review`: documents that hold one."""

    reports: int
    rows: int
    marks: int
    review: int
    to_review: int
    findings: int
    failures: tuple[Failure, ...]

    @property
    def exit_code(self) -> ExitCode:
        if any(f.reason == EngineMissing.reason for f in self.failures):
            return ExitCode.ENVIRONMENT
        if self.failures:
            return ExitCode.FAILED
        return ExitCode.REVIEW if self.to_review else ExitCode.CLEAN


def carry_out(
    inputs: Inputs, settings: Settings, on_done: Callable[[Rows], None], task: batch.Task = batch.read_one
) -> Summary:
    """Reads all inputs and writes the dataset to `settings.out`; raises DictionaryError, OSError."""
    dictionary = load(settings.dictionary)  # a broken dictionary, or no place to write, is said before any reading
    files.prepare(settings.out)
    documents = batch.read_all(inputs.sources, settings, on_done, task)
    rows = _joined(documents)
    rows["findings"] = _by_document([*rows["findings"], *history.findings(rows)], rows["documents"])
    number_findings(rows)
    files.write(settings.out, TABLES, rows | dictionary_rows(dictionary))
    return summarize(rows)


def _joined(documents: Sequence[Rows]) -> Rows:
    return {t.name: [row for rows in documents for row in rows.get(t.name, ())] for t in REPORT_TABLES}


def _by_document(findings: Sequence[Row], documents: Sequence[Row]) -> list[Row]:
    places = {d["document_id"]: i for i, d in reversed(list(enumerate(documents)))}
    return sorted(findings, key=lambda f: places[f["document_id"]])


def summarize(rows: Rows) -> Summary:
    status = Counter(row["status"] for row in rows["documents"])
    return Summary(
        reports=len(rows["documents"]) - status["failed"],
        rows=len(rows["attendees"]) + len(rows["functions"]),
        marks=len(rows["attendance"]) + len(rows["function_sessions"]),
        review=sum(bool(row.get("needs_review")) for table in rows.values() for row in table) - status["failed"],
        to_review=status["review"],
        findings=len(rows["findings"]),
        failures=tuple(_failure(row) for row in rows["documents"] if row["status"] == "failed"),
    )


def _failure(row: Row) -> Failure:
    return Failure(str(row["source"]), str(row["error"]), str(row["error_message"]))

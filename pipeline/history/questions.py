"""What would be a finding if doubtful values are as they were read: asked, never asserted.

The reports of a year are compared once more as if nothing in them were in doubt. What that finds beyond what is beyond
doubt is a question, with the values to confirm and the probability that all of them are as read; questions that are
likelier to be a misreading than a change are not asked (`ASKED`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from pipeline.history.chain import CHANGED
from pipeline.history.changes import Change, conflicts
from pipeline.history.facts import Printed, integer, number
from pipeline.history.seats import seats
from pipeline.history.sessions import joined
from pipeline.rows import CONFIDENCE_DECIMALS, Row, Value
from pipeline.tables.series import QUESTIONS

ASKED = 0.01  # probability from which a question is asked; of those added below 0.02 one of eleven was true
ALIKE = 0.5  # of the ways to misread a value, the share that reads as another report has it: of three marks, one of two
COLUMNS = tuple(column.name for column in QUESTIONS.columns)
SHOWN = 6  # values that a question names one by one


def questions(reports: Sequence[Printed], changes: Sequence[Change]) -> Iterator[Row]:
    """Rows of `questions`, still without their numbers. `changes`: those of the same reports."""
    supposed = [_supposed(report) for report in reports]
    weighed = {_place(change.row) for change in changes}
    by_id = {report.document["document_id"]: report for report in reports}
    others = (c for c in conflicts(joined(supposed), seats(supposed)) if _place(c.row) not in weighed)
    for change, known in [*((c, True) for c in changes if not c.is_told), *((c, False) for c in others)]:
        found = change.row
        late, early = by_id[found["document_id"]], by_id[found["other_document_id"]]
        doubted = [*_doubted(found, late), *_doubted(_turned(found), early)]
        likely = change.probability if known else differing(math.prod(confidence for _, confidence in doubted))
        if doubted and likely >= ASKED:
            yield question(found, late.document["year"], likely, (name for name, _ in doubted))


def differing(sure: float) -> float:
    """That two reports print different things, given that they are read so and are as read with probability `sure`."""
    changed, misread = CHANGED * sure, (1 - CHANGED) * (1 - sure) * ALIKE
    return changed / (changed + misread)


def question(found: Row, year: Value, probability: float | None, awaited: Iterable[str]) -> Row:
    """A finding that waits for the `awaited` values."""
    every = list(awaited)
    named = "; ".join(every[:SHOWN]) + (f"; y {len(every) - SHOWN} más" if len(every) > SHOWN else "")
    confidence = None if probability is None else round(probability, CONFIDENCE_DECIMALS)
    row = {name: found.get(name) for name in COLUMNS} | {"year": year, "awaits": named}
    return row | {"confidence": confidence, "needs_review": True, "review_reason": "awaits_reading"}


def _place(found: Row) -> tuple[Value, ...]:
    return tuple(found[name] for name in ("document_id", "table", "row", "column", "item"))


def _supposed(report: Printed) -> Printed:
    """The report, were all of it beyond doubt."""

    def sure(rows: Sequence[Row]) -> tuple[Row, ...]:
        return tuple(row | {"needs_review": False, "review_reason": None} for row in rows)

    return replace(report, columns=sure(report.columns), lines=sure(report.lines), cells=sure(report.cells))


def _turned(found: Row) -> Row:
    """The same as the other report sees it."""
    return found | {"row": found["other_row"], "column": found["other_column"]}


# ---------------------------------------------------------------- what it rests on


def _doubted(found: Row, report: Printed) -> list[tuple[str, float]]:
    """The values of a report in doubt that a finding rests on, named, with the probability of each."""
    return [(f"{report.period}: {name}", confidence) for name, confidence in _values(found, report)]


def _values(found: Row, report: Printed) -> list[tuple[str, float]]:
    row, column = found["row"], found["column"]
    lines = {line["row"]: line for line in report.lines}
    columns = {c["column"]: c for c in report.columns}
    if found["table"] == "attendance":
        cell = report.at.get((integer(row), integer(column)))
        return [*_value(f"fila {row}, columna {column}, marca", cell), *_line(lines.get(row), "entity"),
                *_value(f"columna {column}, fecha", columns.get(column))]  # fmt: skip
    if found["table"] == "sessions":
        return [v for c in report.columns for v in _value(f"columna {c['column']}, fecha", c)]
    if found["item"] == "role":
        return [*_line(lines.get(row), "entity"), *_line(lines.get(row), "role")]
    return [v for line in report.lines for v in _line(line, "entity")]  # that a row is not there, all rows tell


def _line(line: Row | None, part: str) -> list[tuple[str, float]]:
    names = {"entity": "entidad", "role": "rol"}
    return _value(f"fila {line['row']}, {names[part]}", line, f"{part}_confidence") if line else []


def _value(name: str, row: Mapping[str, Value] | None, confidence: str = "confidence") -> list[tuple[str, float]]:
    return [(name, number(row[confidence]))] if row and row["needs_review"] else []

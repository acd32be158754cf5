"""What the history needs of a report: its attendance matrix, its place in the year, and what of it is beyond doubt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import cast

from parsers.findings import GROUNDS, SEVERITIES, SHORT_OF_SURE, doubts
from pipeline.rows import Row, Value
from pipeline.tables.columns import PLACE as PLACE_COLUMNS
from pipeline.tables.remarks import FINDINGS

QUARTERS = 4
RowsOf = Callable[[Row, str], list[Row]]
KEPT = (
    "document_id",
    "source",
    "instancia_id",
    "instancia",
    "year",
    "period_kind",
    "quarter",
    "status",
)  # of `documents`
PLACE = tuple(column.name for column in PLACE_COLUMNS)
LIKELY = 0.94  # of one value that is for review for its probability alone; findings.FIRM (0.9) is of several together
CHANCE = 0.02  # that a name or date misread is the very one which siblings have there: rows that one may be taken for
BROADER = {"quarter": 0, "semester": 1, "year": 2}  # which of two reports that end together repeats the other
MARKS = ("SI", "NO", "-")
OF_THE_BODY, OF_THE_PERIOD = ("instancia", "label", "year"), ("period",)  # a document's review reasons that begin so


@dataclass(frozen=True)
class Printed:
    """One report of a body and year. `document`: its KEPT columns; `columns`, `lines`, `cells`: its attendance matrix;
    `functions`, `answers`: its functions and the cells of their matrices; `is_settled`: its siblings
    gave it its place, or confirm the one which it says though it failed; `placed`: how likely it is there, 0..1."""

    document: Row
    columns: tuple[Row, ...]
    lines: tuple[Row, ...]
    cells: tuple[Row, ...]
    functions: tuple[Row, ...] = ()
    answers: tuple[Row, ...] = ()
    is_settled: bool = False
    placed: float = 1.0

    @cached_property
    def at(self) -> dict[tuple[int, int], Row]:
        """Its cells by row and column."""
        return {(integer(c["row"]), integer(c["column"])): c for c in self.cells}

    @cached_property
    def held(self) -> tuple[Row, ...]:
        """The columns of a session that was held: dated, or with marks that say so."""
        marked = {c["column"] for c in self.cells if c["mark"] in ("SI", "NO")}
        return tuple(c for c in self.columns if c["date"] is not None or c["column"] in marked)

    @cached_property
    def span(self) -> tuple[int, int]:
        """First and last quarter reported, 1-4. A half year is told by its columns; without any it may be the whole."""
        kind, quarter = self.document["period_kind"], self.document["quarter"]
        if quarter is not None:
            return integer(quarter), integer(quarter)
        quarters = [integer(c["quarter"]) for c in self.columns if c["date"] and c["quarter"]]
        if kind == "semester" and quarters:
            return (1, 2) if max(quarters) <= 2 else (3, 4)
        return 1, QUARTERS

    @property
    def rank(self) -> tuple[int, int]:
        """The place of its period among those of the year: what it repeats has a lower one."""
        return self.span[1], BROADER.get(str(self.document["period_kind"]), 0)

    @property
    def period(self) -> str:
        """As messages name it: `2025-T2`, `2025-S1`, `2025`."""
        year, (first, last) = self.document["year"], self.span
        if self.document["quarter"] is not None:
            return f"{year}-T{last}"
        return f"{year}-S{last // 2}" if last - first == 1 else f"{year}"

    @property
    def is_partial(self) -> bool:
        """Whether it failed: what of it was read is here, and some may lack."""
        return self.document["status"] == "failed"

    @property
    def name(self) -> str:
        return f"{self.period} («{self.document['source']}»)"


def printed(document: Row, rows_of: RowsOf) -> Printed:
    columns = [s for s in rows_of(document, "sessions") if s["matrix"] == "attendance"]
    return Printed(
        document,
        tuple(sorted(columns, key=lambda c: integer(c["column"]))),
        tuple(rows_of(document, "attendees")),
        tuple(rows_of(document, "attendance")),
        tuple(rows_of(document, "functions")),
        tuple(rows_of(document, "function_sessions")),
    )


def is_placed(document: Row) -> bool:
    """Whether body and period of a report are beyond doubt."""
    period = document["quarter"] if document["period_kind"] in ("quarter", None) else document["period_kind"]
    known = document["status"] != "failed" and None not in (document["instancia_id"], document["year"], period)
    doubted = doubted_for(document, *OF_THE_BODY, *OF_THE_PERIOD)
    return known and (not doubted or number(document["confidence"]) >= LIKELY)


def doubted_for(document: Row, *subjects: str) -> bool:
    """Whether a review reason of a document begins with one of `subjects`."""
    return any(reason.startswith(subjects) for reason in str(document["review_reason"] or "").split(";"))


def is_dated(column: Row) -> bool:
    """Whether the session's date is beyond doubt."""
    doubted = column["needs_review"] and not (
        column["review_reason"] in SHORT_OF_SURE and number(column["confidence"]) >= LIKELY
    )
    return column["date"] is not None and not doubted


def is_named(line: Row) -> bool:
    """Whether it is beyond doubt whose row it is, be it in the dictionary or not."""
    told = bool(line["entity_id"] or line["entity_raw"])
    return told and not doubts(cast(str | None, line["review_reason"]), "entity")


def has_role(line: Row) -> bool:
    return line["role"] is not None and not doubts(cast(str | None, line["review_reason"]), "entity", "role")


def is_clear(cell: Row | None) -> bool:
    """Whether a cell's mark is beyond doubt."""
    return cell is not None and cell["mark"] in MARKS and not cell["needs_review"]


def finding(code: str, document: Row, message: str, place: Row | None = None, **where: Value) -> Row:
    """A row of `findings`, still without its number. `place`: the row of the value it is about."""
    rule, rests_on = GROUNDS.get(code, (None, None))
    row: Row = dict.fromkeys(column.name for column in FINDINGS.columns)
    row |= {"document_id": document["document_id"], "code": code, "severity": SEVERITIES.get(code), "message": message}
    row |= {"rule": rule, "rule_source": rests_on, "needs_review": False}
    return row | where | {name: place[name] for name in PLACE if place}


def elsewhere(document: Row, place: Row | None) -> Row:
    """The other report's place, as columns of a finding."""
    found: Row = {"other_document_id": document["document_id"]}
    if place is None:
        return found
    found |= {"other_row": place.get("row"), "other_column": place.get("column")}
    return found | {f"other_{name}": place[name] for name in PLACE}


def page_of(row: Row) -> str:
    """Where a value stands, as messages say it."""
    if row["page"] is not None:
        return f", página {row['page']}" + (f", línea {row['line']}" if row["line"] is not None else "")
    return f", línea {row['line']}" if row["line"] is not None else ""


def day(value: Value) -> str:
    return f"{cast(date, value):%d/%m/%Y}"


def integer(value: Value) -> int:
    return int(cast(int, value))


def number(value: Value) -> float:
    return float(cast(float, value)) if value is not None else 0.0


def settled(confidence: float, agreeing: int = 1) -> float:
    """That a doubtful row or column is the one that it was read as, where that is one which the body's other reports
    have and this one would lack otherwise. `agreeing`: readings that would all have to be wrong in that way."""
    return confidence / (confidence + (1 - confidence) * CHANCE**agreeing) if confidence else 0.0


def once(reports: Sequence[Printed]) -> list[int]:
    """The places of a year's reports; of a period told twice, of the first, if it says itself which period it is of."""
    found: dict[tuple[int, int], int] = {}
    for i, report in enumerate(reports):
        if report.rank not in found or (reports[found[report.rank]].is_settled and not report.is_settled):
            found[report.rank] = i
    return sorted(found.values())

"""Every value of a read report with how sure it was by its own account, and whether it is as printed.

For calibration: what the reports say of themselves before `parsers/calibration.csv` has its say. A value of a row that
the report does not print is wrong, however sure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rapidfuzz import fuzz

from ocr.errors import DocumentError
from parsers.calibration import ValueKind
from parsers.dates import parse_date
from parsers.records import Attendee, Certainty, Function, Mark, MatrixKind, Report
from pipeline import run, task
from pipeline.dataset import failed_rows
from pipeline.errors import Unexpected
from pipeline.rows import Row, Rows
from pipeline.settings import Settings
from pipeline.sources import Source
from tests.hand_made import OWN_ACCOUNT
from tests.scoring import aligned, plain, same_entity

Truth = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rated:
    """A value. `raw`: how sure by its own account, 0..1; `doubt`: another reason to look at it; `right`: as printed."""

    kind: str
    input_kind: str
    condition: str
    document: str
    raw: float
    doubt: str | None
    right: bool


def read(source: Source, settings: Settings) -> Rows:
    """A task for `batch.read_all`: the rated values of one drawn report, whose truth lies beside it, as rows."""
    truth = json.loads((source.path.parent / "truth" / f"{source.path.stem}.json").read_text(encoding="utf-8"))
    try:
        read_report = run.read_report(source.path, settings.limits, task.load_once(None), OWN_ACCOUNT)
    except DocumentError as error:
        return failed_rows(source, error)
    except Exception as error:  # as a run does: the others' values are worth having
        return failed_rows(source, Unexpected(f"{type(error).__name__}: {error}"))
    fault = read_report.fault.reason if read_report.fault and read_report.fault.everywhere else None
    document: Row = {"source": None, "status": "ok", "error": None, "review_reason": None}
    return {"documents": [document], "values": [asdict(v) for v in rated(read_report.report, truth, fault)]}


def rated(report: Report, truth: Truth, fault: str | None = None) -> Iterator[Rated]:
    """`fault`: why the whole report is doubted, if it is."""
    for kind, certainty, right in _values(report, truth):
        if certainty.confidence is not None:
            yield Rated(
                kind.value,
                report.kind.value,
                truth["tier"],
                truth["name"],
                float(certainty.confidence),
                certainty.review_reason or fault,
                right,
            )


_Value = tuple[ValueKind, Certainty, bool]


def _values(report: Report, truth: Truth) -> Iterator[_Value]:
    yield from _fields(report, truth)
    yield from _dates(report, truth)
    printed = [f"{r['printed']} {r['position'][:60]}" for r in truth["rows"]]
    found = [f"{a.entity_raw} {a.position[:60]}" for a in report.attendees]
    for i, j in aligned(printed, found):
        if j is not None:
            yield from _attendee(report.attendees[j], None if i is None else truth["rows"][i])
    for i, j in aligned([f["text"] for f in truth["functions"]], [f.text for f in report.functions]):
        if j is not None:
            yield from _function(report.functions[j], None if i is None else truth["functions"][i])


def _fields(report: Report, truth: Truth) -> Iterator[_Value]:
    said = report.fields
    yield ValueKind.PERIOD, said.period.certainty, said.period.quarter == truth["quarter"]
    alike = fuzz.ratio(plain(report.instancia), plain(truth["instancia"])) >= 95
    yield ValueKind.BODY, said.instancia_certainty, alike
    for count, printed in ((said.ordinary, truth["ordinary"]), (said.extraordinary, truth["extraordinary"])):
        yield ValueKind.DIGITS, count.certainty, [count.held, count.planned] == list(printed)
    for p in said.publications:
        yield ValueKind.PUBLICATION, p.certainty, p.published == truth["publications"][p.item]


def _dates(report: Report, truth: Truth) -> Iterator[_Value]:
    for session in report.sessions:
        day = session.date.isoformat() if session.date else None
        if session.matrix is MatrixKind.ATTENDANCE:
            printed = dict(enumerate(truth["columns"], start=1)).get(session.column)
            right = printed is not None and (day, session.quarter) == (printed["date"], printed["quarter"])
        else:
            headers = truth["function_columns"].get(session.matrix.value.removeprefix("functions_"), ())
            right = session.column <= len(headers) and day == _iso(headers[session.column - 1])
        yield ValueKind.DATE, session.certainty, right


def _iso(header: str) -> str | None:
    day = parse_date(header)
    return day[0].isoformat() if day else None


def _attendee(found: Attendee, printed: Truth | None) -> Iterator[_Value]:
    linked = ValueKind.ENTITY if found.entity_id else ValueKind.UNKNOWN_ENTITY
    read = {"entity_id": found.entity_id, "entity": found.entity}
    yield linked, found.entity_certainty, printed is not None and same_entity(printed, read)
    yield ValueKind.SECTOR, found.sector_certainty, printed is not None and _in_sector(found, printed["sector"])
    yield ValueKind.ROLE, found.role_certainty, printed is not None and found.role == printed["role"]
    totals = printed is not None and found.total_printed == printed["total_printed"]
    yield ValueKind.TOTAL, found.total_certainty, totals
    yield from _marks(found.marks, printed)


def _in_sector(found: Attendee, label: str) -> bool:
    """Whether that is the sector of a row: by its official name, or by another that the report prints."""
    return plain(label) in (plain(found.sector), plain(found.sector_raw).lstrip("0123456789 "))


def _function(found: Function, printed: Truth | None) -> Iterator[_Value]:
    right = printed is not None and found.addressed_printed == printed["addressed_printed"]
    yield ValueKind.ADDRESSED, found.certainty, right
    yield from _marks(found.marks, printed)


def _marks(found: Sequence[Mark], printed: Truth | None) -> Iterator[_Value]:
    wanted = printed["marks"] if printed else ()
    for column, mark in enumerate(found):
        yield ValueKind.MARK, mark.certainty, column < len(wanted) and mark.value == wanted[column]

"""Why a finding that is planted in a drawn archive was not made: the first thing in doubt that it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from parsers.findings import doubts
from pipeline.history.facts import is_placed
from pipeline.rows import Row, Rows
from tests.archive_truth import Finding, rank, said, year
from tests.archives import Drawn

Read = Mapping[str, Rows]


def cause(finding: Finding, reports: Sequence[Drawn], read: Read) -> str:
    """`finding`: of those that `expected` tells of a body's `reports`; `read`: the rows of each."""
    code, document_id, *_, item = finding
    if code == "MISSING_REPORT":
        lost = [r for r in reports if not _takes_part(r, read)]
        return "gap: a report of the body failed or is in doubt" if lost else "gap: another document may be it"
    late = next(r for r in reports if r.document_id == document_id)
    if not _takes_part(late, read):
        return f"its report {_state(late, read)}"
    before = [r for r in reports if year(r) == year(late) and rank(r)[0] < rank(late)[0]]
    if code == "DUPLICATE_REPORT":
        return "repeated: the other one failed or is in doubt"
    if item is None:
        return _mark(finding, late, before, read)
    if not before or not _takes_part(before[-1], read):
        return "the report before it failed or is in doubt"
    named = {"role": "role", "date": "date"}.get(str(item), "row")
    return f"{named}: {next(_doubts(named, (late, before[-1]), read), 'unknown')}"


def _takes_part(drawn: Drawn, read: Read) -> bool:
    return is_placed(read[drawn.document_id]["documents"][0])


def _state(drawn: Drawn, read: Read) -> str:
    return (
        "failed" if read[drawn.document_id]["documents"][0]["status"] == "failed" else "has its body or period in doubt"
    )


def _mark(finding: Finding, late: Drawn, before: Sequence[Drawn], read: Read) -> str:
    key, mark = next((k, m) for k, (m, *place) in said(late).items() if place == [finding[2], finding[3]])
    others = [r for r in before if said(r).get(key, (mark,))[0] != mark]
    there = [r for r in others if _takes_part(r, read)]
    if not there:
        return "mark: every report that says otherwise failed or is in doubt"
    if why := _cell(late, key, read):
        return f"mark: {why} of its report"
    reasons = [_cell(other, key, read) for other in there]
    return f"mark: {reasons[-1]} of those that say otherwise" if all(reasons) else "mark: unknown"


def _cell(drawn: Drawn, key: tuple[object, object], read: Read) -> str | None:
    """What is in doubt of an attendance as printed; None where nothing is."""
    _, row, column = said(drawn)[key]
    rows = read[drawn.document_id]
    line = _one(r for r in rows["attendees"] if r["row"] == row)
    session = _one(s for s in rows["sessions"] if (s["column"], s["matrix"]) == (column, "attendance"))
    cell = _one(c for c in rows["attendance"] if (c["row"], c["column"]) == (row, column))
    if line is None or session is None or cell is None:
        return "row or column lacks"
    if cell["needs_review"]:
        return "mark in doubt"
    if doubts(line["review_reason"], "entity"):  # type: ignore[arg-type]
        return "entity in doubt"
    return "date in doubt" if session["needs_review"] else None


def _one(rows: Iterator[Row]) -> Row | None:
    return next(rows, None)


def _doubts(named: str, two: Sequence[Drawn], read: Read) -> Iterator[str]:
    for drawn in two:
        for line in read[drawn.document_id]["attendees"]:
            if doubts(line["review_reason"], *(("entity", "role") if named == "role" else ("entity",))):  # type: ignore[arg-type]
                yield "a row in doubt"
        for session in read[drawn.document_id]["sessions"]:
            if session["matrix"] == "attendance" and session["needs_review"]:
                yield "a date in doubt"

"""What the history of a drawn archive is to find, from what its reports print alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from tests.archives import QUARTERS, Drawn

Finding = tuple[str, str, object, object, object]  # code, document_id, row, column, item


def told_as(code: str, document_id: object, row: object, column: object, item: object) -> Finding:
    """What is missing is told by its period: on which report after the gap depends on which are beyond doubt."""
    return (code, "" if code == "MISSING_REPORT" else str(document_id), row, column, item)


def expected(reports: Sequence[Drawn]) -> set[Finding]:
    """What is to be found in a body's reports whose every value is beyond doubt: from what is printed alone."""
    years = [sorted((r for r in reports if year(r) == one), key=rank) for one in {year(r) for r in reports}]
    return {finding for order in years for finding in _of_year(order)} | set(_gaps(reports))


def _of_year(order: Sequence[Drawn]) -> Iterator[Finding]:
    yield from (told_as("HISTORY_CONFLICT", *spot) for late in order for spot in _marks(order, late))
    once = [r for i, r in enumerate(order) if i == 0 or rank(order[i - 1])[0] != rank(r)[0]]
    for early, late in pairwise(once):
        if not all(any(c["date"] for c in r.truth["columns"]) for r in (early, late)):
            continue  # two that share no session are not one account told twice
        yield from (told_as("HISTORY_CONFLICT", *spot) for spot in _differences(early, late))
    for before, after in pairwise(order):
        if rank(before)[0] == rank(after)[0]:
            yield told_as("DUPLICATE_REPORT", after.document_id, None, None, before.source)


def year(drawn: Drawn) -> int:
    return int(drawn.truth["year"])


def rank(drawn: Drawn) -> tuple[tuple[int, bool], str]:
    return (drawn.truth["quarter"] or 4, drawn.truth["quarter"] is None), drawn.document_id


def said(drawn: Drawn) -> dict[tuple[object, object], tuple[str, int, int]]:
    """Mark, row and column of each entity at each session, which is the nth of its year: dates may change, and no
    session comes between others."""
    held = [i for i, c in enumerate(drawn.truth["columns"]) if c["date"]]
    return {
        (r["entity_id"] or r["printed"], n): (r["marks"][i], r["row"], i + 1)
        for r in drawn.truth["rows"]
        for n, i in enumerate(held)
    }


def dated(drawn: Drawn) -> dict[tuple[object, object], tuple[str, int, int]]:
    """The same by the session's date."""
    held = [c["date"] for c in drawn.truth["columns"] if c["date"]]
    return {(entity, held[n]): there for (entity, n), there in said(drawn).items()}  # type: ignore[call-overload]


def _marks(order: Sequence[Drawn], late: Drawn) -> Iterator[tuple[str, object, object, object]]:
    earlier = [said(e) for e in order if rank(e)[0] < rank(late)[0]]
    for key, (mark, row, column) in said(late).items():
        if any(key in e and e[key][0] != mark for e in earlier):
            yield late.document_id, row, column, None


def _differences(early: Drawn, late: Drawn) -> Iterator[tuple[str, object, object, object]]:
    """Roles, rows and dates that one report prints otherwise than the one before."""
    before = {r["entity_id"] or r["printed"]: r for r in early.truth["rows"]}
    after = {r["entity_id"] or r["printed"]: r for r in late.truth["rows"]}
    for key, row in after.items():
        if key not in before:
            yield late.document_id, row["row"], None, "row"
        elif before[key]["role"] != row["role"]:
            yield late.document_id, row["row"], None, "role"
    yield from ((late.document_id, None, None, r["entity"]) for key, r in before.items() if key not in after)
    held = [(i, c) for i, c in enumerate(late.truth["columns"], start=1) if c["date"]]
    for (i, new), old in zip(held, (c for c in early.truth["columns"] if c["date"]), strict=False):
        if new["date"] != old["date"]:
            yield late.document_id, None, i, "date"


def _gaps(reports: Sequence[Drawn]) -> Iterator[Finding]:
    there = {4 * year(r) + q for r in reports for q in ((r.truth["quarter"],) if r.truth["quarter"] else QUARTERS)}
    for index in range(min(there, default=0), max(there, default=0)):
        if index not in there:
            yield told_as("MISSING_REPORT", None, None, None, f"{(index - 1) // 4}-T{(index - 1) % 4 + 1}")


def by_body(series: Sequence[Sequence[Drawn]]) -> list[list[Drawn]]:
    """The reports of each body, whatever their years."""
    bodies: dict[str, list[Drawn]] = {}
    for reports in series:
        bodies.setdefault(reports[0].truth["instancia_id"], []).extend(reports)
    return list(bodies.values())

"""What the history of a drawn archive is to find, from what its reports print alone; and what it got right."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from pipeline.history.facts import is_placed
from pipeline.rows import Rows
from tests.archive_readings import Reader, tell
from tests.archives import QUARTERS, SERIES, Drawn, archive

Finding = tuple[str, str, object, object, object]  # code, document_id, row, column, item
CODES = ("HISTORY_CONFLICT", "MISSING_REPORT", "DUPLICATE_REPORT")


def found(parts: Sequence[Rows], table: str = "findings") -> set[Finding]:
    rows = [f for part in parts for f in part.get(table, ()) if f["code"] in CODES]
    return {_finding(str(f["code"]), f["document_id"], f["row"], f["column"], f["item"]) for f in rows}


def _finding(code: str, document_id: object, row: object, column: object, item: object) -> Finding:
    """What is missing is told by its period: on which report after the gap depends on which are beyond doubt."""
    return (code, "" if code == "MISSING_REPORT" else str(document_id), row, column, item)


def expected(reports: Sequence[Drawn]) -> set[Finding]:
    """What is to be found in a body's reports whose every value is beyond doubt: from what is printed alone."""
    years = [sorted((r for r in reports if _year(r) == year), key=_rank) for year in {_year(r) for r in reports}]
    return {finding for order in years for finding in _of_year(order)} | set(_gaps(reports))


def _of_year(order: Sequence[Drawn]) -> Iterator[Finding]:
    yield from (_finding("HISTORY_CONFLICT", *spot) for late in order for spot in _marks(order, late))
    once = [r for i, r in enumerate(order) if i == 0 or _rank(order[i - 1])[0] != _rank(r)[0]]
    for early, late in pairwise(once):
        if not all(any(c["date"] for c in r.truth["columns"]) for r in (early, late)):
            continue  # two that share no session are not one account told twice
        yield from (_finding("HISTORY_CONFLICT", *spot) for spot in _differences(early, late))
    for before, after in pairwise(order):
        if _rank(before)[0] == _rank(after)[0]:
            yield _finding("DUPLICATE_REPORT", after.document_id, None, None, before.source)


def _year(drawn: Drawn) -> int:
    return int(drawn.truth["year"])


def _rank(drawn: Drawn) -> tuple[tuple[int, bool], str]:
    return (drawn.truth["quarter"] or 4, drawn.truth["quarter"] is None), drawn.document_id


def _said(drawn: Drawn) -> dict[tuple[object, str], tuple[str, int, int]]:
    """Mark, row and column of each entity at each date."""
    return {
        (r["entity_id"] or r["printed"], c["date"]): (r["marks"][i], r["row"], i + 1)
        for r in drawn.truth["rows"]
        for i, c in enumerate(drawn.truth["columns"])
        if c["date"]
    }


def _marks(order: Sequence[Drawn], late: Drawn) -> Iterator[tuple[str, object, object, object]]:
    earlier = [_said(e) for e in order if _rank(e)[0] < _rank(late)[0]]
    for key, (mark, row, column) in _said(late).items():
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
    there = {4 * _year(r) + q for r in reports for q in ((r.truth["quarter"],) if r.truth["quarter"] else QUARTERS)}
    for index in range(min(there, default=0), max(there, default=0)):
        if index not in there:
            yield _finding("MISSING_REPORT", None, None, None, f"{(index - 1) // 4}-T{(index - 1) % 4 + 1}")


# ---------------------------------------------------------------- measurement


def measure(seed: int, count: int = SERIES) -> Counter[str]:
    """What an archive's history gets right and wrong, all reports read with simulated uncertainty."""
    counts: Counter[str] = Counter()
    reader = Reader(random.Random(f"reading {seed}"))
    for reports in by_body(archive(seed, count)):
        counts.update(scored(reports, *tell(reports, reader)))  # and not by +, which drops a count of nought
    return counts


def by_body(series: Sequence[Sequence[Drawn]]) -> list[list[Drawn]]:
    """The reports of each body, whatever their years."""
    bodies: dict[str, list[Drawn]] = {}
    for reports in series:
        bodies.setdefault(reports[0].truth["instancia_id"], []).extend(reports)
    return list(bodies.values())


def scored(reports: Sequence[Drawn], read: Mapping[str, Rows], parts: Sequence[Rows]) -> Counter[str]:
    """What is told of a body, and what of it is right.

    `planted`: what a flawless reading finds; `found`, `right`: findings made, and those of them that are true; `asked`,
    `asked, right`: the same of questions, `told or asked`: of what is planted; `borne`: planted and resting on nothing
    that is in doubt, `missed`: those of them not found; `placed`: reports that did not fail and whose body and
    period are beyond doubt; `planted among placed`: what those print.
    """
    seen = [r for r in reports if r.document_id in read and is_placed(read[r.document_id]["documents"][0])]
    wanted, have, asked = expected(reports), found(parts), found(parts, "questions")
    true = wanted | (expected(seen) - {f for f in expected(seen) if f[0] == "MISSING_REPORT"})  # by whom it repeats
    held_back = "MISSING_REPORT" if len(seen) < len(reports) else None  # a report in doubt may be the one missing
    borne = {f for f in expected(seen) if f[0] != held_back and _is_borne(f, seen, read)}
    counts = Counter(
        reports=len(reports), placed=len(seen), planted=len(wanted), found=len(have), right=len(have & true),
        asked=len(asked), borne=len(borne), missed=len(borne - have),
    )  # fmt: skip
    counts["asked, right"] = len(asked & (true | wanted))
    among = wanted & expected(seen)
    counts.update({"planted among placed": len(among), "told among placed": len(among & have)})
    counts["told"] = len(wanted & have)
    counts["told or asked"] = len(wanted & (have | asked))
    counts.update(_consensus(reports, read, parts))
    return counts


def _is_borne(finding: Finding, reports: Sequence[Drawn], read: Mapping[str, Rows]) -> bool:
    """Whether no value of the reports that the finding compares is in doubt."""
    code, document_id, row, column, item = finding
    if code != "HISTORY_CONFLICT":
        return True
    late = next(r for r in reports if r.document_id == document_id)
    reports = [r for r in reports if _year(r) == _year(late)]
    if item is None:
        key = next(k for k, (_, r, c) in _said(late).items() if (r, c) == (row, column))
        mark = _said(late)[key][0]
        others = [r for r in reports if _rank(r)[0] < _rank(late)[0] and _said(r).get(key, (mark,))[0] != mark]
        return _is_clear(late, key, read) and any(_is_clear(other, key, read) for other in others)
    before = [r for r in reports if _rank(r)[0] < _rank(late)[0]]
    rows = [row for r in (late, *before) for name in ("attendees", "sessions") for row in read[r.document_id][name]]
    return not any(row["needs_review"] for row in rows)


def _is_clear(drawn: Drawn, key: tuple[object, str], read: Mapping[str, Rows]) -> bool:
    """Whether the seat, the session and the mark are all there and beyond doubt."""
    _, row, column = _said(drawn)[key]
    rows = read[drawn.document_id]
    line = [r for r in rows["attendees"] if r["row"] == row]
    session = [s for s in rows["sessions"] if s["column"] == column and s["matrix"] == "attendance"]
    cell = [c for c in rows["attendance"] if (c["row"], c["column"]) == (row, column)]
    return all(len(some) == 1 and not some[0]["needs_review"] for some in (line, session, cell))


def _consensus(reports: Sequence[Drawn], read: Mapping[str, Rows], parts: Sequence[Rows]) -> Counter[str]:
    """How accepted attendances of the history fare against what is printed last, and against right clear readings."""
    counts: Counter[str] = Counter()
    by_id = {r.document_id: r for r in reports}
    for row in (row for part in parts for row in part.get("history", ())):
        counts["attendances"] += 1
        if row["needs_review"]:
            counts["for review"] += 1
            continue
        printed = []
        for document_id in str(row["documents"]).split(";"):
            said = _said(by_id[document_id])
            key = (row["entity_id"] or row["entity"], row["session_date"].isoformat())  # type: ignore[union-attr]
            if key in said:
                printed.append(said[key][0])
                cells = read[document_id]["attendance"]
                cell = next((c for c in cells if (c["row"], c["column"]) == said[key][1:]), None)
                clear = cell is not None and not cell["needs_review"] and cell["mark"] == said[key][0]
                counts["clear and right"] += clear
                counts["turned wrong"] += clear and row["mark"] != said[key][0]
        settled = "settled" if row["settled_by"] else "stood"
        counts[settled] += 1
        counts[f"{settled}, wrong"] += bool(printed) and row["mark"] != printed[-1]
        counts["of no seat or session printed"] += not printed
    return counts

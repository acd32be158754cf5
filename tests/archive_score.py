"""What the history of a drawn archive got right."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence

from pipeline.history.facts import is_placed
from pipeline.rows import Rows
from tests.archive_losses import cause
from tests.archive_readings import Reader, tell
from tests.archive_truth import Finding, by_body, dated, expected, rank, said, told_as, year
from tests.archives import SERIES, Drawn, archive

Renumbered = dict[tuple[object, object], object]  # (document, row as read) → row as printed
CODES = ("HISTORY_CONFLICT", "MISSING_REPORT", "DUPLICATE_REPORT")


def measure(seed: int, count: int = SERIES) -> Counter[str]:
    """What an archive's history gets right and wrong, all reports read with simulated uncertainty."""
    counts: Counter[str] = Counter()
    reader = Reader(random.Random(f"reading {seed}"))
    for reports in by_body(archive(seed, count)):
        counts.update(scored(reports, *tell(reports, reader)))  # and not by +, which drops a count of nought
    return counts


def found(parts: Sequence[Rows], rows: Renumbered, table: str = "findings") -> set[Finding]:
    """What is told, by the rows of the papers. `rows`: as `numbered` tells."""
    return set(_found(parts, rows, table))


def _found(parts: Sequence[Rows], rows: Renumbered, table: str) -> dict[Finding, object]:
    """What is told, and of which other report."""
    told = [f for part in parts for f in part.get(table, ()) if f["code"] in CODES]
    return {
        told_as(str(f["code"]), f["document_id"], rows.get((f["document_id"], f["row"]), f["row"]), f["column"],
                f["item"]): f["other_document_id"]
        for f in told
    }  # fmt: skip


def numbered(reports: Sequence[Drawn], read: Mapping[str, Rows]) -> Renumbered:
    """The papers' rows by those of the readings, where some were not read: those of the same entity."""
    found: Renumbered = {}
    for drawn in reports:
        lines = read.get(drawn.document_id, {}).get("attendees", [])
        printed = {row["entity_id"]: row["row"] for row in drawn.truth["rows"]}
        if len(lines) != len(drawn.truth["rows"]):
            found |= {
                (drawn.document_id, r["row"]): printed[r["entity_id"]] for r in lines if r["entity_id"] in printed
            }
    return found


def _true(told: Mapping[Finding, object], reports: Sequence[Drawn]) -> set[Finding]:
    """Those of the findings that the two papers bear out which they name, whatever lies between them."""
    papers = {r.document_id: r for r in reports}
    pairs = {f: [papers[i] for i in (f[1], other) if i in papers] for f, other in told.items()}
    return {f for f, pair in pairs.items() if f[0] != "MISSING_REPORT" and f in expected(pair)}


def scored(reports: Sequence[Drawn], read: Mapping[str, Rows], parts: Sequence[Rows]) -> Counter[str]:
    """What is told of a body, and what of it is right.

    `planted`: what a flawless reading finds; `found`, `right`: findings made, and those of them that are true; `asked`,
    `asked, right`: the same of questions, `told or asked`: of what is planted; `borne`: planted and resting on nothing
    that is in doubt, `missed`: those of them not found; `placed`: reports that did not fail and whose body and
    period are beyond doubt; `planted among placed`: what those print.
    """
    seen = [r for r in reports if r.document_id in read and is_placed(read[r.document_id]["documents"][0])]
    rows = numbered(reports, read)
    wanted, have, asked = expected(reports), found(parts, rows), found(parts, rows, "questions")
    true = wanted | {f for f in expected(seen) if f[0] == "DUPLICATE_REPORT"}  # by whom it repeats
    true |= _true(_found(parts, rows, "questions") | _found(parts, rows, "findings"), reports)
    held_back = "MISSING_REPORT" if len(seen) < len(reports) else None  # a report in doubt may be the one missing
    borne = {f for f in expected(seen) if f[0] != held_back and _is_borne(f, seen, read)}
    counts = Counter(
        reports=len(reports), placed=len(seen), planted=len(wanted), found=len(have), right=len(have & true),
        asked=len(asked), borne=len(borne), missed=sum(not _is_told(f, have, reports) for f in borne),
    )  # fmt: skip
    counts["asked, right"] = len(asked & (true | wanted))
    among = wanted & expected(seen)
    counts.update({"planted among placed": len(among), "told among placed": len(among & have)})
    counts.update(f"lost, {cause(f, reports, read)}" for f in wanted - have)
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
    reports = [r for r in reports if year(r) == year(late)]
    if item is None:
        key = next(k for k, (_, r, c) in said(late).items() if (r, c) == (row, column))
        mark = said(late)[key][0]
        others = [r for r in reports if rank(r)[0] < rank(late)[0] and said(r).get(key, (mark,))[0] != mark]
        return _is_clear(late, key, read) and any(_is_clear(other, key, read) for other in others)
    before = [r for r in reports if rank(r)[0] < rank(late)[0]]
    rows = [row for r in (late, *before) for name in ("attendees", "sessions") for row in read[r.document_id][name]]
    return not any(row["needs_review"] for row in rows)


def _is_told(finding: Finding, have: set[Finding], reports: Sequence[Drawn]) -> bool:
    """Whether it is found; a change of a row, a role or a date may be found in a report in doubt that lies between."""
    code, document_id, *_, item = finding
    if finding in have or code != "HISTORY_CONFLICT" or item is None:
        return finding in have
    late = next(r for r in reports if r.document_id == document_id)
    before = {r.document_id for r in reports if year(r) == year(late) and rank(r) < rank(late)}
    return any(f[0] == code and f[1] in before and f[4] == item for f in have)


def _is_clear(drawn: Drawn, key: tuple[object, object], read: Mapping[str, Rows]) -> bool:
    """Whether the seat, the session and the mark are all there and beyond doubt."""
    _, row, column = said(drawn)[key]
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
            there = dated(by_id[document_id])
            key = (row["entity_id"] or row["entity"], row["session_date"].isoformat())  # type: ignore[union-attr]
            if key in there:
                printed.append(there[key][0])
                cells = read[document_id]["attendance"]
                cell = next((c for c in cells if (c["row"], c["column"]) == there[key][1:]), None)
                clear = cell is not None and not cell["needs_review"] and cell["mark"] == there[key][0]
                counts["clear and right"] += clear
                counts["turned wrong"] += clear and row["mark"] != there[key][0]
        settled = "settled" if row["settled_by"] else "stood"
        counts[settled] += 1
        counts[f"{settled}, wrong"] += bool(printed) and row["mark"] != printed[-1]
        counts["of no seat or session printed"] += not printed
    return counts

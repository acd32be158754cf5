"""How a dataset compares with the truth of the reports it was read from.

A value is *silent* when it is wrong or missing and nothing flags it: neither itself, nor its row, nor its document.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from rapidfuzz import fuzz

Row = dict[str, Any]
GAP = 0.4  # similarity below which two rows are not the same row


@dataclass(slots=True)
class Count:
    """How many values of a kind there are, and what became of them."""

    total: int = 0
    right: int = 0
    flagged: int = 0
    silent: int = 0

    def add(self, right: bool, flagged: bool) -> None:
        self.total += 1
        self.right += right
        self.flagged += flagged
        self.silent += not right and not flagged


@dataclass(slots=True)
class Score:
    """Counts by kind of value, with a line for each error."""

    counts: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    errors: list[str] = field(default_factory=list)

    def add(self, kind: str, right: bool, flagged: bool, said: str) -> None:
        self.counts[kind].add(right, flagged)
        if not right:
            self.errors.append(f"{'flagged' if flagged else 'SILENT '} {kind}: {said}")


def score(out: Path, truth: Row) -> Score:
    """Scores the report of `truth["name"]` in the dataset at `out`."""
    result = Score()
    name = truth["name"]
    document = next((d for d in _rows(out, "documents") if Path(d["source"]).stem == name), None)
    failed = document is None or document["status"] == "failed"
    tables = {
        table: [] if failed or document is None else _of(out, table, document["document_id"])
        for table in ("sessions", "attendees", "attendance", "functions", "function_sessions")
    }
    _score_document(result, truth, document, failed)
    _score_dates(result, truth, [s for s in tables["sessions"] if s["matrix"] == "attendance"], failed)
    _score_attendees(result, truth, tables["attendees"], tables["attendance"], failed)
    _score_functions(result, truth, tables["functions"], tables["function_sessions"], failed)
    return result


def _rows(out: Path, table: str) -> list[Row]:
    return list(pq.read_table(out / f"{table}.parquet").to_pylist())


def _of(out: Path, table: str, document_id: str) -> list[Row]:
    return [r for r in _rows(out, table) if r["document_id"] == document_id]


def _score_document(result: Score, truth: Row, document: Row | None, failed: bool) -> None:
    found = document or {}
    flagged = failed or bool(found.get("needs_review"))
    expected = {"quarter": truth["quarter"]}
    expected |= {"year": truth["year"]} if truth.get("year_printed", True) else {}
    for kind in ("ordinary", "extraordinary"):
        expected |= {f"{kind}_held": truth[kind][0], f"{kind}_planned": truth[kind][1]}
    for field_name, value in expected.items():
        right = found.get(field_name) == value
        result.add("field", right, flagged, f"{truth['name']} {field_name}: {found.get(field_name)} for {value}")
    right = fuzz.ratio(plain(found.get("instancia")), plain(truth["instancia"])) >= 95
    result.add("instancia", right, flagged, f"{truth['name']}: {found.get('instancia')} for {truth['instancia']}")


def _score_dates(result: Score, truth: Row, sessions: Sequence[Row], failed: bool) -> None:
    by_column = {s["column"]: s for s in sessions}
    for column, wanted in enumerate(truth["columns"], start=1):
        found = by_column.get(column, {})
        day = found["date"].isoformat() if found.get("date") else None
        right = bool(found) and day == wanted["date"] and found["quarter"] == wanted["quarter"]
        flagged = failed or bool(found.get("needs_review"))
        result.add("date", right, flagged, f"{truth['name']} column {column}: {day} for {wanted['date']}")


def _score_attendees(result: Score, truth: Row, rows: Sequence[Row], cells: Sequence[Row], failed: bool) -> None:
    wanted_keys = [f"{r['printed']} {r['position'][:60]}" for r in truth["rows"]]
    found_keys = [f"{r['entity_raw']} {(r['position'] or '')[:60]}" for r in rows]
    for i, j in aligned(wanted_keys, found_keys):
        found = {} if j is None else rows[j]
        if i is None:
            result.add("row", False, found["needs_review"], f"{truth['name']}: spurious «{found['entity_raw']}»")
            continue
        wanted = truth["rows"][i]
        where, flagged = f"{truth['name']} row {i + 1}", failed or bool(found.get("needs_review"))
        result.add("row", bool(found), failed, f"{where}: missing")
        result.add("entity", _same_entity(wanted, found), flagged, f"{where}: {found.get('entity')}")
        for kind, column in (("role", "role"), ("total", "total_printed")):
            right = bool(found) and found[column] == wanted[column]
            result.add(kind, right, flagged, f"{where}: {found.get(column)} for {wanted[column]}")
        own = {c["column"]: c for c in cells if c["row"] == found.get("row")}
        _score_marks(result, "mark", wanted["marks"], own, (where, failed))


def _same_entity(wanted: Row, found: Row) -> bool:
    if not wanted["known"]:
        return bool(found) and found["entity_id"] is None
    return plain(found.get("entity")) in {plain(name) for name in (*wanted["accepted"], wanted["entity"])}


def _score_functions(result: Score, truth: Row, rows: Sequence[Row], cells: Sequence[Row], failed: bool) -> None:
    for i, j in aligned([f["text"] for f in truth["functions"]], [r["text"] or "" for r in rows]):
        found = {} if j is None else rows[j]
        if i is None:
            result.add("function", False, found["needs_review"], f"{truth['name']}: spurious «{found['text']}»")
            continue
        wanted = truth["functions"][i]
        where, flagged = f"{truth['name']} function {i + 1}", failed or bool(found.get("needs_review"))
        result.add("function", bool(found) and found["scope"] == wanted["scope"], failed, f"{where}: missing")
        addressed = found.get("addressed_printed")
        right = bool(found) and addressed == wanted["addressed_printed"]
        result.add("addressed", right, flagged, f"{where}: {addressed} for {wanted['addressed_printed']}")
        own = {c["column"]: c for c in cells if c["function"] == found.get("function")}
        _score_marks(result, "function_mark", wanted["marks"], own, (where, failed))


def _score_marks(
    result: Score, kind: str, wanted: Sequence[str | None], found: dict[int, Row], context: tuple[str, bool]
) -> None:
    where, failed = context
    for column, mark in enumerate(wanted, start=1):
        cell = found.get(column, {})
        right = bool(cell) and cell["mark"] == mark
        said = f"{where} column {column}: {cell.get('mark')} for {mark}, read {cell.get('mark_raw')!r}"
        result.add(kind, right, failed or bool(cell.get("needs_review")), said)


def aligned(wanted: Sequence[str], found: Sequence[str]) -> Iterator[tuple[int | None, int | None]]:
    """Pairs of indices in order, None where one side has nothing like the other: the monotone pairing most alike."""
    alike = [[fuzz.ratio(plain(a), plain(b)) / 100 - GAP for b in found] for a in wanted]
    best = [[0.0] * (len(found) + 1) for _ in range(len(wanted) + 1)]
    for i in range(len(wanted) - 1, -1, -1):
        for j in range(len(found) - 1, -1, -1):
            best[i][j] = max(best[i + 1][j], best[i][j + 1], best[i + 1][j + 1] + alike[i][j])
    i = j = 0
    while i < len(wanted) or j < len(found):
        paired = i < len(wanted) and j < len(found) and alike[i][j] > 0
        if paired and best[i][j] == best[i + 1][j + 1] + alike[i][j]:
            yield i, j
            i, j = i + 1, j + 1
        elif i < len(wanted) and best[i][j] == best[i + 1][j]:
            yield i, None
            i += 1
        else:
            yield None, j
            j += 1


def plain(text: object) -> str:
    """Letters and digits only, without accents or case."""
    bare = unicodedata.normalize("NFKD", str(text or "")).encode("ascii", "ignore").decode().lower()
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())

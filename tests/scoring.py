"""How a dataset compares with the truth of the reports it was read from.

A value is *silent* when it is wrong or missing and nothing flags it: neither itself, nor its row, nor its document. Of
a row that is missing, nothing is flagged, unless its document failed. Texts are compared letter by letter, without
accents or case, and have no share among silent errors.
"""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

Row = dict[str, Any]
GAP = 0.36  # similarity below which two rows are not the same row; as the shared scorer has it
SAME_BODY, SAME_SECTOR = 95, 97  # of 100: names of bodies and sectors that count as read
KINDS = (
    "row", "entity", "sector", "role", "mark", "total", "columns", "date", "function", "function_mark", "addressed",
    "body", "period", "count", "publication", "form",
)  # fmt: skip
TEXTS = ("position", "function_text", "signatory")
TABLES = (
    "documents", "sessions", "attendees", "attendance", "functions", "function_sessions", "publications",
    "signatories", "findings",
)  # fmt: skip
CHECKED = {  # codes of findings that drawn reports plant and truths list
    "TOTAL_MISMATCH", "ADDRESSED_MISMATCH", "DATE_OUTSIDE_QUARTER", "DATE_CONFLICT", "SESSION_COUNT_MISMATCH",
    "NOT_PUBLISHED", "NO_PRESIDENT", "NO_TECHNICAL_SECRETARY", "MULTIPLE_PRESIDENTS", "HISTORY_CONFLICT",
}  # fmt: skip
AT_A_COLUMN = {"DATE_OUTSIDE_QUARTER", "DATE_CONFLICT", "HISTORY_CONFLICT"}


@dataclass(slots=True)
class Count:
    """How many values of a kind there are, and what became of them."""

    total: int = 0
    right: int = 0
    silent: int = 0
    flagged: int = 0

    def add(self, right: bool, flagged: bool) -> None:
        self.total += 1
        self.right += right
        self.silent += not right and not flagged
        self.flagged += flagged


@dataclass(slots=True)
class Text:
    """How many texts of a kind there are and how many are right; edits that mend them, of so many characters."""

    total: int = 0
    right: int = 0
    edits: int = 0
    characters: int = 0

    def add(self, wanted: str, found: str) -> None:
        edits = min(Levenshtein.distance(wanted, found), len(wanted))
        self.total += 1
        self.right += wanted == found
        self.edits += edits
        self.characters += max(1, len(wanted))


@dataclass(slots=True)
class Findings:
    found: int = 0
    spurious: int = 0
    missed: int = 0


@dataclass(slots=True)
class Score:
    """Counts by kind of value, with a line for each error."""

    counts: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    texts: dict[str, Text] = field(default_factory=lambda: defaultdict(Text))
    findings: Findings = field(default_factory=Findings)
    errors: list[str] = field(default_factory=list)

    def add(self, kind: str, right: bool, flagged: bool, said: str) -> None:
        self.counts[kind].add(right, flagged)
        if not right:
            self.errors.append(f"{'flagged' if flagged else 'SILENT '} {kind}: {said}")


class Dataset:
    """A run's folder of tables, read once."""

    def __init__(self, out: Path) -> None:
        self.out = out

    @cached_property
    def tables(self) -> dict[str, dict[str, list[Row]]]:
        """Rows by table and document."""
        found: dict[str, dict[str, list[Row]]] = {name: defaultdict(list) for name in TABLES}
        for name in TABLES:
            for row in pq.read_table(self.out / f"{name}.parquet").to_pylist():
                found[name][row["document_id"]].append(row)
        return found

    def document(self, name: str) -> Row | None:
        """The document of that file name without its ending."""
        rows = (row for some in self.tables["documents"].values() for row in some)
        return next((row for row in rows if Path(row["source"]).stem == name), None)

    def of(self, table: str, document: Row | None) -> list[Row]:
        return self.tables[table][document["document_id"]] if document else []


@dataclass(frozen=True, slots=True)
class Case:
    """One report: its truth, and where it stands in the dataset. `failed`: or is not there at all."""

    truth: Row
    data: Dataset
    document: Row | None
    failed: bool

    @property
    def name(self) -> str:
        return str(self.truth["name"])

    def rows(self, table: str) -> list[Row]:
        return self.data.of(table, self.document)

    def flags(self, row: Mapping[str, Any]) -> bool:
        return self.failed or bool(row.get("needs_review"))


def truths_of(folder: Path) -> list[Row]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def score(data: Dataset, truth: Row) -> Score:
    """Scores the report of `truth["name"]` in that dataset."""
    document = data.document(truth["name"])
    case = Case(truth, data, document, document is None or document["status"] == "failed")
    result = Score()
    _score_document(result, case)
    _score_dates(result, case)
    _score_attendees(result, case)
    _score_functions(result, case)
    _score_signatories(result, case)
    _score_findings(result, case)
    return result


def _score_document(result: Score, case: Case) -> None:
    truth, found = case.truth, case.document or {}
    expected = [("period", "quarter", truth["quarter"])]
    expected += [("period", "year", truth["year"])] if truth.get("year_printed", True) else []
    both = (("period", "period_kind"), ("form", "form"))
    expected += [(kind, name, truth[name]) for kind, name in both if name in truth]
    for kind in ("ordinary", "extraordinary"):
        expected += [("count", f"{kind}_{which}", truth[kind][i]) for i, which in enumerate(("held", "planned"))]
    for kind, name, value in expected:
        right = bool(found) and found.get(name) == value
        result.add(kind, right, case.flags(found), f"{case.name} {name}: {found.get(name)} for {value}")
    right = fuzz.ratio(plain(found.get("instancia")), plain(truth["instancia"])) >= SAME_BODY
    result.add("body", right, case.flags(found), f"{case.name}: {found.get('instancia')} for {truth['instancia']}")
    published = {row["item"]: row for row in case.rows("publications")}
    for item, value in truth["publications"].items():
        row = published.get(item, {})
        said = f"{case.name} {item}: {row.get('published')} for {value}"
        result.add("publication", row.get("published") is value, case.flags(row), said)


def _score_dates(result: Score, case: Case) -> None:
    sessions = [s for s in case.rows("sessions") if s["matrix"] == "attendance"]
    wanted = case.truth["columns"]
    result.add("columns", len(sessions) == len(wanted), case.failed, f"{case.name}: {len(sessions)} for {len(wanted)}")
    by_column = {s["column"]: s for s in sessions}
    for column, true in enumerate(wanted, start=1):
        found = by_column.get(column, {})
        day = found["date"].isoformat()[:10] if found.get("date") else None
        right = bool(found) and day == true["date"] and found["quarter"] == true["quarter"]
        result.add("date", right, case.flags(found), f"{case.name} column {column}: {day} for {true['date']}")


def _score_attendees(result: Score, case: Case) -> None:
    rows = sorted(case.rows("attendees"), key=lambda r: r["row"])
    wanted_keys = [f"{r['printed']} {r['position'][:60]}" for r in case.truth["rows"]]
    found_keys = [f"{r['entity_raw'] or r['entity']} {(r['position'] or '')[:60]}" for r in rows]
    for i, j in aligned(wanted_keys, found_keys):
        found = {} if j is None else rows[j]
        if i is None:
            result.add("row", False, case.flags(found), f"{case.name}: spurious «{found['entity_raw']}»")
            continue
        wanted = case.truth["rows"][i]
        where, flagged = f"{case.name} row {i + 1}", case.flags(found)
        result.add("row", bool(found), case.failed, f"{where}: missing «{wanted['printed']}»")
        result.add("entity", same_entity(wanted, found), flagged, f"{where}: {found.get('entity')}")
        result.add("sector", _same_sector(wanted, found), flagged, f"{where}: {found.get('sector')}")
        for kind, column in (("role", "role"), ("total", "total_printed")):
            right = bool(found) and found[column] == wanted[column]
            result.add(kind, right, flagged, f"{where}: {found.get(column)} for {wanted[column]}")
        result.texts["position"].add(plain(wanted["position"]), plain(found.get("position")))
        own = {c["column"]: c for c in case.rows("attendance") if c["row"] == found.get("row")}
        _score_marks(result, case, "mark", (wanted["marks"], own, where))


def same_entity(wanted: Row, found: Row) -> bool:
    if not wanted["known"]:
        return bool(found) and found["entity_id"] is None
    return bool(found.get("entity")) and plain(found["entity"]) in {
        plain(name) for name in (*wanted["accepted"], wanted["entity"])
    }


def _same_sector(wanted: Row, found: Row) -> bool:
    """Of bodies that the dictionary does not hold the sector counts for nothing, as long as the row is there."""
    alike = fuzz.ratio(plain(found.get("sector")), plain(wanted["sector"])) >= SAME_SECTOR
    return bool(found) and (alike or not wanted["known"])


def _score_functions(result: Score, case: Case) -> None:
    rows = sorted(case.rows("functions"), key=lambda r: r["function"])
    for i, j in aligned([f["text"] for f in case.truth["functions"]], [r["text"] or "" for r in rows]):
        found = {} if j is None else rows[j]
        if i is None:
            result.add("function", False, case.flags(found), f"{case.name}: spurious «{found['text']}»")
            continue
        wanted = case.truth["functions"][i]
        where, addressed = f"{case.name} function {i + 1}", found.get("addressed_printed")
        there = bool(found) and found["scope"] == wanted["scope"]
        doubted = bool(found) and case.flags(found)
        result.add("function", there, case.failed or doubted, f"{where}: missing, or of another scope")
        right = bool(found) and addressed == wanted["addressed_printed"]
        result.add("addressed", right, case.flags(found), f"{where}: {addressed} for {wanted['addressed_printed']}")
        result.texts["function_text"].add(plain(wanted["text"]), plain(found.get("text")))
        own = {c["column"]: c for c in case.rows("function_sessions") if c["function"] == found.get("function")}
        _score_marks(result, case, "function_mark", (wanted["marks"], own, where))


def _score_marks(result: Score, case: Case, kind: str, of: tuple[Sequence[str | None], dict[int, Row], str]) -> None:
    wanted, found, where = of
    for column, mark in enumerate(wanted, start=1):
        cell = found.get(column, {})
        right = bool(cell) and cell["mark"] == mark
        said = f"{where} column {column}: {cell.get('mark')} for {mark}, read {cell.get('mark_raw')!r}"
        result.add(kind, right, case.flags(cell), said)


def _score_signatories(result: Score, case: Case) -> None:
    found = {row["signs_as"]: row["name"] for row in case.rows("signatories")}
    for wanted in case.truth["signatories"]:
        result.texts["signatory"].add(plain(wanted["name"]), plain(found.get(wanted["signs_as"])))


def _score_findings(result: Score, case: Case) -> None:
    wanted = {_spot(f) for f in case.truth["findings"]}
    found = {_spot(f) for f in case.rows("findings") if f["code"] in CHECKED}
    counts = (len(wanted & found), len(found - wanted), len(wanted - found))
    result.findings = Findings(*counts)
    result.errors += [f"finding spurious: {case.name} {spot}" for spot in sorted(found - wanted, key=str)]
    result.errors += [f"finding missed: {case.name} {spot}" for spot in sorted(wanted - found, key=str)]


def _spot(finding: Row) -> tuple[Any, ...]:
    column = finding.get("column") if finding["code"] in AT_A_COLUMN else None
    return finding["code"], finding.get("row"), column, finding.get("function"), finding.get("item")


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

"""The work store's results → the dataset, document by document: memory does not grow with the archive."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from pipeline import files
from pipeline.dataset import again_rows, number_findings
from pipeline.dimensions import dictionary_rows
from pipeline.history.record import Terms, told
from pipeline.plan import Entry, Found, Plan, unreadable
from pipeline.results import Columns, DamagedResult, Result, columns_of, rows_of
from pipeline.rows import Row, Value
from pipeline.sources import Source
from pipeline.store import Store
from pipeline.tables.remarks import FINDINGS

SHOWN_FAILURES = 100  # kept to be told at once; the dataset has them all


class LostResult(Exception):
    """A result that was there a moment ago is gone or damaged. `key`: its name."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that could not be read."""

    source: str
    reason: str
    message: str


@dataclass(slots=True)
class Tally:
    """What a dataset holds, in numbers. `rows`: of each table; `status`: of its documents; `review`: values that await
    a person."""

    rows: Counter[str] = field(default_factory=Counter)
    status: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    review: int = 0
    failures: list[Failure] = field(default_factory=list)

    def count(self, name: str, columns: Mapping[str, Sequence[Value]]) -> None:
        self.rows[name] += len(next(iter(columns.values()), ()))
        self.review += sum(map(bool, columns.get("needs_review", ())))

    def count_document(self, row: Row) -> None:
        self.status[str(row["status"])] += 1
        if row["status"] == "failed":
            self.review -= 1  # its one row awaits nobody
            self.reasons[str(row["error"])] += 1
            if len(self.failures) < SHOWN_FAILURES:
                self.failures.append(Failure(str(row["source"]), str(row["error"]), str(row["error_message"])))


def assemble(plan: Plan, found: Mapping[str, Found], terms: Terms, store: Store, dataset: files.Dataset) -> Tally:
    """Fills `dataset` with all inputs of `plan`, in their order, what they tell together, and the dictionary.

    `found`: of every key of the plan. Raises LostResult where the store does not hold what it should; OSError.
    """
    tally = _Assembly(plan, found, store, dataset).carry_out(terms)
    for name, rows in dictionary_rows(terms.dictionary).items():
        dataset.add_rows(name, rows)
        tally.rows[name] += len(rows)
    return tally


class _Assembly:
    """One dataset in the making."""

    def __init__(self, plan: Plan, found: Mapping[str, Found], store: Store, dataset: files.Dataset) -> None:
        self._plan, self._found, self._store, self._dataset = plan, found, store, dataset
        self._tally = Tally()
        self._again: dict[str, list[Source]] = defaultdict(list)  # key → the inputs that repeat it
        for entry in plan.entries:
            if entry.key and not plan.is_first(entry):
                self._again[entry.key].append(entry.source)
        ids = Counter(entry.source.document_id for entry in plan.firsts.values())
        self._shared = {name for name, keys in ids.items() if keys > 1}  # bytes that were taken for two kinds of file
        self._numbered: dict[Value, int] = {}
        self._told: dict[Value, list[bytes]] = defaultdict(list)  # document_id → findings of the history, packed

    def carry_out(self, terms: Terms) -> Tally:
        self._tell_history(terms)
        for entry in self._plan.entries:
            if entry.key is None:
                self._add_document(unreadable(entry.source))
            elif self._plan.is_first(entry):
                self._add_first(entry, entry.key)
            else:
                self._add_document(self._document(entry, entry.key))
        return self._tally

    def _result(self, key: str) -> Result:
        try:
            return self._store.get(key)
        except (KeyError, DamagedResult) as error:
            raise LostResult(key) from error

    def _document(self, entry: Entry, key: str) -> Row:
        """The input's row of `documents`."""
        if row := self._found[key].row:
            return row | {"source": entry.source.name}
        try:
            return self._store.head(key).document | {"source": entry.source.name}
        except (KeyError, DamagedResult) as error:
            raise LostResult(key) from error

    # ------------------------------------------------------------ what all tell together

    def _tell_history(self, terms: Terms) -> None:
        read = [(key, entry) for key, entry in self._plan.firsts.items() if not self._found[key].row]
        read.sort(
            key=lambda pair: self._found[pair[0]].status != "failed"
        )  # the sound reading of bytes read twice wins
        keys = {entry.source.document_id: key for key, entry in read}
        loaded = _LastLoaded(self, keys)
        for part in told(self._placed(), loaded.rows, terms):
            for finding in part.pop("findings", ()):
                self._told[finding["document_id"]].append(_packed(finding))
            for name, rows in part.items():
                for year, some in groupby(rows, key=lambda row: row["year"]):
                    self._add(name, columns_of(list(some)), year)

    def _placed(self) -> Iterator[Row]:
        """The rows of `documents`, in the inputs' order, each document once."""
        for entry in self._plan.entries:
            if entry.key is None:
                yield unreadable(entry.source)
            elif self._plan.is_first(entry):
                yield self._document(entry, entry.key)

    # ------------------------------------------------------------ rows

    def _add_first(self, entry: Entry, key: str) -> None:
        if self._found[key].row:
            self._add_document(self._document(entry, key))
            return
        result = self._result(key)
        document = result.head.document | {"source": entry.source.name}
        findings = rows_of(result.columns.get("findings", {}))
        shared = entry.source.document_id in self._shared
        for again in self._again.get(key, ()):
            findings += again_rows(again, entry.source, {"documents": [document]}).get("findings", [])
        if document["status"] != "failed" or not shared:
            findings += map(_unpacked, self._told.pop(document["document_id"], ()))
        number_findings({"findings": findings}, self._numbered if shared else None)
        self._add_document(document)
        for name, columns in result.columns.items():
            if name not in ("documents", "findings"):
                self._add(name, columns, document["year"])
        if findings:
            self._add("findings", columns_of(findings), document["year"])

    def _add_document(self, row: Row) -> None:
        self._add("documents", columns_of([row]), row["year"])
        self._tally.count_document(row)

    def _add(self, name: str, columns: Mapping[str, Sequence[Value]], year: Value) -> None:
        if columns:
            self._dataset.add(name, columns, year)
            self._tally.count(name, columns)


class _LastLoaded:
    """The rows of documents, of which only the last asked for is kept."""

    def __init__(self, assembly: _Assembly, keys: Mapping[str | None, str]) -> None:
        self._assembly, self._keys = assembly, keys
        self._last: tuple[Value, Columns] = (None, {})

    def rows(self, document: Row, table: str) -> list[Row]:
        document_id = document["document_id"]
        if self._last[0] != document_id:
            key = self._keys.get(str(document_id))  # None of what was not read at all
            self._last = (document_id, self._assembly._result(key).columns if key else {})
        return rows_of(self._last[1].get(table, {}))


def _packed(finding: Row) -> bytes:
    """As few bytes as a row may take until its document's turn; findings hold no dates."""
    return json.dumps({k: v for k, v in finding.items() if v is not None}, ensure_ascii=False).encode()


def _unpacked(data: bytes) -> Row:
    row: Row = dict.fromkeys(column.name for column in FINDINGS.columns)
    row |= json.loads(data)
    return row

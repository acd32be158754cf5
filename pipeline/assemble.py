"""The work store's results → the dataset, document by document: memory does not grow with the archive."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from pipeline import files
from pipeline.dataset import again_rows, number_findings
from pipeline.dimensions import dictionary_rows
from pipeline.history.record import Terms, told
from pipeline.plan import Entry, Found, Plan, refused
from pipeline.results import Columns, DamagedResult, Result, columns_of, rows_of
from pipeline.rows import Row, Value
from pipeline.settings import Settings
from pipeline.spool import Kept, Shelf
from pipeline.store import Store
from pipeline.tables.remarks import FINDINGS

NO_FINDING: Row = dict.fromkeys(column.name for column in FINDINGS.columns)
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


Read = tuple[Plan, Mapping[str, Found], Settings]  # what was to be read, what is known of every key, on what terms


def assemble(read: Read, terms: Terms, store: Store, dataset: files.Dataset) -> Tally:
    """Fills `dataset` with all inputs of a plan, in their order, what they tell together, and the dictionary.

    Raises LostResult where the store does not hold what it should; OSError.
    """
    tally = _Assembly(read, store, dataset).carry_out(terms)
    for name, rows in dictionary_rows(terms.dictionary).items():
        dataset.add_rows(name, rows)
        tally.rows[name] += len(rows)
    return tally


class _Assembly:
    """One dataset in the making."""

    def __init__(self, read: Read, store: Store, dataset: files.Dataset) -> None:
        self._plan, self._found, self._settings = read
        self._store, self._dataset = store, dataset
        self._tally = Tally()
        self._again: dict[str, array[int]] = defaultdict(lambda: array("q"))  # key → the places of what repeats it
        self._shared: set[str] = set()  # documents whose bytes were taken for two kinds of file
        seen: Kept[None] = Kept()
        for place, entry in enumerate(self._plan.entries):
            if entry.key and not entry.is_first:
                self._again[entry.key].append(place)
            elif name := entry.source.document_id:
                self._shared |= {name} if name in seen else set()
                seen[name] = None
        self._numbered: dict[Value, int] = {}  # of those: how many findings they have
        self._given: set[str] = set()  # and which were given the history's
        self._told: Shelf[Row] = Shelf()  # document → findings of the history

    def carry_out(self, terms: Terms) -> Tally:
        self._tell_history(terms)
        for entry in self._plan.entries:
            if entry.key is None:
                self._add_document(refused(entry, self._settings))
            elif entry.is_first:
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
        loaded = _LastLoaded(self, self._keys())
        for part in told(self._placed(), loaded.rows, terms):
            for finding in part.pop("findings", ()):
                self._told.add(str(finding["document_id"]), {k: v for k, v in finding.items() if v is not None})
            for name, rows in part.items():
                for year, some in groupby(rows, key=lambda row: row["year"]):
                    self._add(name, columns_of(list(some)), year)

    def _keys(self) -> Kept[str]:
        """The key of each document that was read; of bytes read twice, of the sound reading."""
        keys: Kept[str] = Kept()
        for entry in self._plan.entries:
            name, key = entry.source.document_id, entry.key
            if not (name and key and entry.is_first) or self._found[key].row:
                continue
            if name not in self._shared or name not in keys or self._found[key].status != "failed":
                keys[name] = key
        return keys

    def _placed(self) -> Iterator[Row]:
        """The rows of `documents`, in the inputs' order, each document once."""
        for entry in self._plan.entries:
            if entry.key is None:
                yield refused(entry, self._settings)
            elif entry.is_first:
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
        for place in self._again.get(key, ()):
            again = self._plan.entries[place].source
            findings += again_rows(again, entry.source, {"documents": [document]}).get("findings", [])
        if self._is_told(entry.source.document_id, document):
            findings += (NO_FINDING | finding for finding in self._told.of(str(document["document_id"])))
        number_findings({"findings": findings}, self._numbered if shared else None)
        self._add_document(document)
        for name, columns in result.columns.items():
            if name not in ("documents", "findings"):
                self._add(name, columns, document["year"])
        if findings:
            self._add("findings", columns_of(findings), document["year"])

    def _is_told(self, name: str | None, document: Row) -> bool:
        """Whether the history's findings go with this reading: of bytes read twice, with the first sound one."""
        if name not in self._shared:
            return True
        if document["status"] == "failed" or name in self._given:
            return False
        self._given.add(name)
        return True

    def _add_document(self, row: Row) -> None:
        self._add("documents", columns_of([row]), row["year"])
        self._tally.count_document(row)

    def _add(self, name: str, columns: Mapping[str, Sequence[Value]], year: Value) -> None:
        if columns:
            self._dataset.add(name, columns, year)
            self._tally.count(name, columns)


class _LastLoaded:
    """The rows of documents, of which only the last asked for is kept."""

    def __init__(self, assembly: _Assembly, keys: Mapping[str, str]) -> None:
        self._assembly, self._keys = assembly, keys
        self._last: tuple[Value, Columns] = (None, {})

    def rows(self, document: Row, table: str) -> list[Row]:
        document_id = document["document_id"]
        if self._last[0] != document_id:
            key = self._keys.get(str(document_id))  # None of what was not read at all
            self._last = (document_id, self._assembly._result(key).columns if key else {})
        return rows_of(self._last[1].get(table, {}))

"""What only a series of reports shows: one record of attendance out of many printings, and what contradicts it.

Every quarter's report prints the year so far again, so that the same attendance stands in up to four scans. One year of
a body is told at a time: its sessions joined (`history_sessions`), its seats (`history_seats`), what the printings of
each attendance say together (`history_consensus`, `history_rows`), what a later report changes (`history_changes`),
rates (`history_rates`); then the body's series (`history_series`). As within a report, a finding rests on values read
beyond doubt: doubtful ones wait.

    for part in told(documents, rows_of, terms):  # {"findings": [...], "history": [...], "attendance_rates": [...]}
        ...

An archive does not fit into memory: `documents`, rows of that table, are seen once, and only KEPT columns stay, on
disk, in memory of those in doubt alone; the rest comes from `rows_of(document, table)`, at the cost of loading the
document, for all of one before the next; rows of one body and year at most are kept. A part's rows go into their tables
in the order given; findings are still without their numbers, in the order in which those of one document are numbered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

from dictionaries.records import Dictionary
from parsers.calibration import RISK, shipped
from pipeline.history import checks, placing
from pipeline.history.changes import conflicts
from pipeline.history.facts import KEPT, Printed, RowsOf, is_placed, printed
from pipeline.history.functions import function_rows
from pipeline.history.questions import question, questions
from pipeline.history.rates import Rates
from pipeline.history.rows import history_rows
from pipeline.history.rules import Rules
from pipeline.history.rules import shipped as shipped_rules
from pipeline.history.seats import seats
from pipeline.history.series import (
    Filed,
    Loose,
    Unplaced,
    duplicate,
    filed,
    gaps,
    loose,
    loose_row,
    missing,
    repeated,
    series_rows,
)
from pipeline.history.sessions import joined
from pipeline.rows import Row, Rows, Value
from pipeline.spool import Kept, Shelf, Spool

Packed = tuple[Value, ...]  # the values of KEPT


@dataclass(frozen=True)
class Terms:
    """On what terms an archive is told. `risk`: as of the run, that an accepted value is wrong, 0..1."""

    dictionary: Dictionary
    rules: Rules = field(default_factory=shipped_rules)
    risk: float = RISK


def told(documents: Iterable[Row], rows_of: RowsOf, terms: Terms) -> Iterator[Rows]:
    """What all reports together tell, and what the switchable rules find in each."""
    placed, others, unplaced = _series(documents)
    telling = _Telling(rows_of, terms, Unplaced(unplaced, map(_unpacked, placed)))
    for _, body in groupby(map(_unpacked, placed), key=lambda d: d["instancia_id"]):
        yield from telling.body(list(body))
    left = [loose_row(document) for document in unplaced if document.document_id not in telling.settled]
    yield {"attendance_rates": telling.rates.over_all(), "series": left}
    for document in (d for d in map(_unpacked, others) if d["document_id"] not in telling.settled):
        telling.read(document)
        yield {"findings": telling.taken()}


def _series(documents: Iterable[Row]) -> tuple[Spool[Packed], Spool[Packed], list[Loose]]:
    """Each report whose body and period are beyond doubt, once, by body and year; the others that were read; and what
    is known of those, and of what failed."""
    placed: Shelf[Packed] = Shelf()
    others: Spool[Packed] = Spool()
    seen: tuple[Kept[None], Kept[None]] = Kept(), Kept()  # those placed, and the others
    unplaced: dict[object, Loose] = {}
    for row in documents:
        sure, name = is_placed(row), str(row["document_id"])
        if row["status"] != "failed" and name not in seen[not sure]:
            seen[not sure][name] = None
            if sure:
                placed.add("\0".join(_place(row)), _packed(row))
            else:
                others.append(_packed(row))
        if not sure and (found := loose(row)):
            unplaced.setdefault(row["document_id"] or row["source"], found)
    left = [document for name, document in unplaced.items() if str(name) not in seen[0]]
    return Spool(placed.sorted()), others, left


def _packed(row: Row) -> Packed:
    return tuple(row[name] for name in KEPT)


def _unpacked(kept: Packed) -> Row:
    return dict(zip(KEPT, kept, strict=True))


def _place(document: Row) -> tuple[str, ...]:
    return tuple(str(document[name]) for name in ("instancia_id", "year", "document_id"))


def _order(report: Printed) -> tuple[int, int, str]:
    return (*report.rank, str(report.document["document_id"]))


class _Telling:
    def __init__(self, rows_of: RowsOf, terms: Terms, unplaced: Unplaced) -> None:
        self._rows_of, self._terms, self._unplaced, self.rates = rows_of, terms, unplaced, Rates()
        self._least = shipped().threshold(terms.risk)
        self._found: list[Row] = []
        self._asked: Counter[Value] = Counter()
        self.settled: set[Value] = set()  # documents that take part though their own pages do not say whose they are

    def read(self, document: Row) -> Printed:
        """A report, with what rules find in it while it is loaded."""
        report = printed(document, self._rows_of)
        self._check(report)
        return report

    def _check(self, report: Printed) -> None:
        rows_of = partial(self._rows_of, report.document)
        self._found += checks.check(report, rows_of, self._terms.dictionary, self._terms.rules)

    def _settled(self, own: Sequence[Loose], siblings: Sequence[Printed]) -> Iterator[Printed]:
        """Those of the documents in doubt that are reports of the siblings' body and year."""
        whose = {name: siblings[0].document[name] for name in ("instancia_id", "instancia", "year")}
        for document in sorted(own, key=lambda d: not d.period_read):
            if document.document_id in self.settled or document.year not in (None, whose["year"]):
                continue
            read = printed(document.document | whose, self._rows_of)
            how = {"period_read": document.period_read, "body_read": document.body_read}
            if report := placing.settled(read, siblings, **how):
                self.settled.add(document.document_id)
                siblings = [*siblings, report]
                self._check(report)
                yield report

    def taken(self) -> list[Row]:
        """The rules' findings since the last time."""
        found, self._found = self._found, []
        return found

    def body(self, documents: list[Row]) -> Iterator[Rows]:
        series: list[Filed] = []
        own, unread = self._unplaced.of(documents[0]["instancia_id"], str(documents[0]["instancia"]))
        for _, some in groupby(documents, key=lambda d: d["year"]):
            sure = sorted(map(self.read, some), key=_order)
            reports = sorted([*sure, *self._settled(own, sure)], key=_order)
            series += map(filed, reports)
            year, taken = joined(reports), seats(reports)
            history = list(history_rows(year, taken, self._least))
            rates = self.rates.add(history, year, taken)
            changes = list(conflicts(year, taken))
            asked = self._numbered(questions(reports, changes))
            found = [*self.taken(), *(c.finding for c in changes if c.is_told)]
            yield {"findings": found, "history": history, "attendance_rates": rates,
                   "questions": asked, "function_history": list(function_rows(reports))}  # fmt: skip
        left = [document for document in own if document.document_id not in self.settled]
        yield self._series_of(series, (left, unread))

    def _columns(self, document: Loose) -> list[Row]:
        return self._rows_of(document.document, "sessions")

    def _series_of(self, reports: Sequence[Filed], loose: tuple[Sequence[Loose], Sequence[Loose]]) -> Rows:
        """What the reports of a body show one after another."""
        holes = list(gaps(reports, loose, self._columns))
        asked = [question(missing(gap), gap.after.document["year"], None, map(_named, gap.perhaps))
                 for gap in holes if gap.perhaps]  # fmt: skip
        findings = [missing(gap) for gap in holes if not gap.perhaps]
        findings += [duplicate(before, after) for before, after in repeated(reports)]
        rows = list(series_rows(reports, holes))
        return {"findings": findings, "series": rows, "questions": self._numbered(asked)}

    def _numbered(self, asked: Iterable[Row]) -> list[Row]:
        """Questions with their numbers, which go on from those of the same document before."""
        rows = list(asked)
        for row in rows:
            self._asked[row["document_id"]] += 1
            row["question"] = self._asked[row["document_id"]]
        return rows


def _named(document: Loose) -> str:
    return f"de qué instancia y periodo es «{document.source}»"

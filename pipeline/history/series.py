"""The reports of a body one after another: quarters that none covers, periods reported twice."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import cast

from rapidfuzz import fuzz

from parsers.text import fold
from pipeline.history.facts import (
    KEPT,
    OF_THE_PERIOD,
    QUARTERS,
    Printed,
    day,
    doubted_for,
    elsewhere,
    finding,
    integer,
    is_dated,
)
from pipeline.history.sessions import is_sure
from pipeline.rows import Row, Value
from pipeline.tables.series import SERIES

NAMED = 85  # of 100, how like a part of what was read a body's name is for the paper to be said to name it
CALLED = 85  # of 100, how like two files' names are, without their numbers, to be of one series
_EMPTY: Row = dict.fromkeys(column.name for column in SERIES.columns)
NO_REPORT = ("not_this_form", "unknown_kind", "empty", "no_pages")  # failed files that hold no report, by their error


@dataclass(frozen=True, slots=True)
class Filed:
    """A report in its body's series, as little of it as an archive of any size lets keep.

    `first`, `last`: quarters since the year 0. `content`: the same for reports that print the same attendance; `days`:
    of its sessions, those beyond doubt; `marks`: how many SI and NO it prints; `is_settled`: by its siblings only.
    """

    document: Row
    first: int
    last: int
    period: str
    name: str
    content: int
    days: frozenset[date]
    marks: int
    is_settled: bool

    @property
    def kind(self) -> str:
        return str(self.document["period_kind"] or "quarter")


@dataclass(frozen=True, slots=True)
class Loose:
    """A document that may be a body's report of some period. `raw`: the body as read; `instancia_id`: as linked, None
    where it may be any; `year`, `quarter`: None where they may be any; `document`: its KEPT columns, as read;
    `period_read`: whether nothing doubts its period but that it failed."""

    document_id: Value
    source: str
    raw: str
    instancia_id: Value
    instancia: Value
    year: Value
    quarter: Value
    document: Row
    period_read: bool

    @property
    def body_read(self) -> bool:
        """Whether its own pages say beyond doubt of which body and year it is."""
        return None not in (self.instancia_id, self.year)

    @property
    def is_unread(self) -> bool:
        """Whether nothing on the paper says whose report it is."""
        return self.instancia_id is None and not self.raw

    def may_be(self, year: int, quarter: int) -> bool:
        return self.year in (None, year) and self.quarter in (None, quarter)

    def names(self, instancia_id: Value, name: str) -> bool:
        """Whether it says that it is a report of that body, however badly read."""
        if self.instancia_id is not None:
            return self.instancia_id == instancia_id
        return fuzz.partial_ratio(fold(name), self.raw) >= NAMED if self.raw else False

    @property
    def stem(self) -> str:
        """Its file's name without what tells the reports of a series apart."""
        return _stem(self.source)


@dataclass(frozen=True, slots=True)
class Gap:
    """A quarter that no report of a body covers. `after`: the report after it; `perhaps`: documents in doubt that may
    be the one; `unread`: files of which nothing tells whose they are."""

    index: int
    after: Filed
    perhaps: Sequence[Loose]
    unread: Sequence[Loose]

    @property
    def period(self) -> str:
        return f"{self.index // QUARTERS}-T{self.index % QUARTERS + 1}"


def filed(report: Printed) -> Filed:
    before = QUARTERS * integer(report.document["year"]) - 1
    first, last = report.span
    said = (tuple((c["column"], c["date"]) for c in report.columns),
            tuple((line["row"], line["entity_id"], line["role"]) for line in report.lines),
            tuple((c["row"], c["column"], c["mark"]) for c in report.cells))  # fmt: skip
    days = frozenset(cast(date, c["date"]) for c in report.columns if is_sure(c))
    marks = sum(c["mark"] in ("SI", "NO") for c in report.cells)
    return Filed(report.document, before + first, before + last, report.period, report.name, hash(said), days, marks,
                 report.is_settled)  # fmt: skip


def loose(document: Row) -> Loose | None:
    """What is known of a document whose body or period is in doubt; None where it holds no report."""
    if document["error"] in NO_REPORT:
        return None
    raw = fold(str(document["instancia_raw"] or ""))
    body = None if raw and doubted_for(document, "instancia", "label") else document["instancia_id"]
    year = None if doubted_for(document, "year") else document["year"]
    read = not doubted_for(document, *OF_THE_PERIOD)
    quarter = document["quarter"] if read and year is not None else None
    kept = {name: document[name] for name in KEPT}
    return Loose(document["document_id"], str(document["source"]), raw, body, document["instancia"], year, quarter,
                 kept, read)  # fmt: skip


def _stem(source: str) -> str:
    return re.sub(r"[\d\W_]+", " ", source.rpartition(".")[0]).strip().lower()


# ---------------------------------------------------------------- quarters that no report covers


class Unplaced:
    """The documents that may be some body's reports, told by what they say, or by how their files are called."""

    def __init__(self, documents: Sequence[Loose], placed: Iterable[Row]) -> None:
        self.documents = documents
        stems = {(_stem(str(d["source"])), d["instancia_id"]) for d in placed}
        self._like: dict[Value, set[Value]] = {}  # document → the bodies whose files are called most like it
        for document in (d for d in documents if d.is_unread):
            scored = [(fuzz.ratio(document.stem, stem), body) for stem, body in stems]
            best = max((score for score, _ in scored), default=0.0)
            self._like[document.document_id] = {body for score, body in scored if score == best >= CALLED}

    def of(self, instancia_id: Value, name: str) -> tuple[list[Loose], list[Loose]]:
        """Those that may be the body's, and those that nothing tells to be anybody's."""
        like = self._like.get
        own = [d for d in self.documents
               if d.names(instancia_id, name) or instancia_id in like(d.document_id, ())]  # fmt: skip
        return own, [d for d in self.documents if d.is_unread and not like(d.document_id)]


def gaps(
    reports: Sequence[Filed], loose: tuple[Sequence[Loose], Sequence[Loose]], columns_of: Callable[[Loose], list[Row]]
) -> Iterator[Gap]:
    """Quarters between two reports of a body; those of a half year or a year cover theirs. `loose`: as `Unplaced.of`
    tells them, less those that are known to be other reports; `columns_of`: the session columns of one."""
    own, unread = loose
    covered = {quarter for r in reports for quarter in range(r.first, r.last + 1)}
    for index in range(min(covered), max(covered)):
        if index not in covered:
            when = (index // QUARTERS, index % QUARTERS + 1)
            after = min((r for r in reports if r.first > index), key=lambda r: (r.first, r.last, r.name))
            perhaps = [d for d in own if d.may_be(*when) and not is_later(columns_of(d), when[1])]
            yield Gap(index, after, perhaps, [d for d in unread if d.may_be(*when)])


def is_later(columns: Iterable[Row], quarter: int) -> bool:
    """Whether a report with those columns tells of a session after that quarter, and so cannot be its report."""
    held = (c for c in columns if is_dated(c) and c["quarter"] is not None)
    return any(min(integer(c["quarter"]), (cast(date, c["date"]).month - 1) // 3 + 1) > quarter for c in held)


def missing(gap: Gap) -> Row:
    """MISSING_REPORT, on the report after the gap."""
    document = gap.after.document
    message = f"No está el informe del periodo {gap.period} de «{document['instancia']}»"
    if len(gap.unread) == 1 and not gap.perhaps:
        message += f", salvo que sea «{gap.unread[0].source}», del que no se pudo leer de qué instancia es"
    elif gap.unread and not gap.perhaps:
        message += (
            f", salvo que sea uno de los {len(gap.unread)} archivos de los que no se pudo leer de qué instancia son"
        )
    other = {"other_document_id": gap.perhaps[0].document_id} if gap.perhaps else {}
    return finding("MISSING_REPORT", document, f"{message}.", None, table="documents", item=gap.period, **other)


# ---------------------------------------------------------------- periods reported twice


def repeated(reports: Sequence[Filed]) -> Iterator[tuple[Filed, Filed]]:
    """Each report of a body and period that another one has already, after that other one."""
    seen: dict[tuple[str, int, int], Filed] = {}
    for report in reports:
        before = seen.get(key := (report.kind, report.first, report.last))
        seen[key] = report
        if before:
            yield before, report


def compared(before: Filed, after: Filed) -> str:
    """What `after` has of what `before` prints: the `same`, `more` sessions, `less`, or `other` things.

    More sessions are a hint that it is the later one, and no proof.
    """
    if before.content == after.content:
        return "same"
    if before.days < after.days:
        return "more"
    return "less" if after.days < before.days else "other"


def duplicate(before: Filed, after: Filed) -> Row:
    """DUPLICATE_REPORT. Both are kept; which is the later, none prints."""
    source = str(before.document["source"])
    how = {
        "same": "con la misma asistencia",
        "more": f"con más sesiones ({_days(after.days - before.days)})",
        "less": f"con menos sesiones (sin {_days(before.days - after.days)})",
        "other": "con otra asistencia, otras fechas u otras filas",
    }[compared(before, after)]
    message = f"«{source}» informa el mismo periodo {after.period} de la misma instancia; este, {how}. Ninguno dice a "
    message += "cuál reemplaza."
    return finding("DUPLICATE_REPORT", after.document, message, None, table="documents", item=source,
                   **elsewhere(before.document, None))  # fmt: skip


def _days(days: Iterable[date]) -> str:
    return ", ".join(map(day, sorted(days)))


# ---------------------------------------------------------------- the series as a table


def series_rows(reports: Sequence[Filed], holes: Sequence[Gap]) -> Iterator[Row]:
    """A row for each report of a body and each quarter that none covers, in their order."""
    earlier = {after.document["document_id"]: before for before, after in repeated(reports)}
    rows = [(r.last, _reported(r, earlier.get(r.document["document_id"]))) for r in reports]
    rows += [(gap.index, _hole(gap)) for gap in holes]
    yield from (row for _, row in sorted(rows, key=lambda pair: pair[0]))


def _reported(report: Filed, before: Filed | None) -> Row:
    document = report.document
    return _EMPTY | {
        **{name: document[name] for name in ("instancia_id", "instancia", "year", "document_id", "source")},
        "period": report.period,
        "first_quarter": report.first % QUARTERS + 1,
        "last_quarter": report.last % QUARTERS + 1,
        "state": "repeated" if before else "settled" if report.is_settled else "reported",
        "sessions": len(report.days),
        "marks": report.marks,
        "repeats_document_id": before.document["document_id"] if before else None,
        "compared": compared(before, report) if before else None,
    }


def _hole(gap: Gap) -> Row:
    quarter = gap.index % QUARTERS + 1
    return _EMPTY | {
        **{name: gap.after.document[name] for name in ("instancia_id", "instancia")},
        "year": gap.index // QUARTERS,
        "period": gap.period,
        "first_quarter": quarter,
        "last_quarter": quarter,
        "state": "unknown" if gap.perhaps else "missing",
        "perhaps": ";".join(str(d.document_id) for d in (gap.perhaps or gap.unread) if d.document_id) or None,
    }


def loose_row(document: Loose) -> Row:
    """A document that stands in no series, for its body or its period is in doubt."""
    return _EMPTY | {
        **{name: getattr(document, name) for name in ("instancia_id", "instancia", "year", "document_id", "source")},
        "first_quarter": document.quarter,
        "last_quarter": document.quarter,
        "state": "unplaced",
    }

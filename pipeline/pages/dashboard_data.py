"""What the dashboard of an archive shows, counted from its tables as finely as its filters cut: body, year, sector.

Counts are of the whole archive. Lists that grow with it (cells of the map, reports, findings, questions, functions) end
at their limits, and the page says so; the tables hold the rest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from pipeline.pages import wording
from pipeline.pages.dashboard_limits import NAME, Limits, cut
from pipeline.pages.dashboard_parts import NONE, Matrix, Names
from pipeline.pages.reader import Reader
from pipeline.pages.report_page import period
from pipeline.rows import Row, Value

REVIEWED = (
    "documents", "sessions", "attendees", "attendance", "functions", "function_sessions", "norms", "publications",
    "signatories",
)  # fmt: skip
_GRAVITY = {"error": 0, "warning": 1, "info": 2}


@dataclass(slots=True)
class _Report:
    """A report that the archive holds. `body`, `year`: numbers in the page's lists; `page`: whether it has one."""

    row: Row
    body: int
    year: int
    number: int = NONE  # in the page's list of reports
    review: int = 0
    found: int = 0


@dataclass(slots=True)
class _Dimensions:
    bodies: Names = field(default_factory=Names)
    years: Names = field(default_factory=Names)
    sectors: Names = field(default_factory=Names)
    entities: Names = field(default_factory=Names)


def gather(reader: Reader, has_page: Callable[[str], bool], limits: Limits) -> dict[str, Any]:
    """The dashboard's data, ready for JSON. `has_page` tells whether a document_id's page stands beside it."""
    return _Gathering(reader, limits).data(has_page)


class _Gathering:
    def __init__(self, reader: Reader, limits: Limits) -> None:
        self._reader, self._limits, self._d = reader, limits, _Dimensions()
        self._notes: list[str] = []
        sectors = {r["sector_id"]: r["name"] for r in reader.rows("sectors", ["sector_id", "name"])}
        self._sector_names: dict[Value, Value] = sectors
        documents = list(reader.documents(_DOCUMENT))
        self._reports = {str(d["document_id"]): self._report(d) for d in documents if limits.has(d["year"])}
        if limits.since is not None:
            left = sum(not limits.has(d["year"]) for d in documents)
            self._notes.append(
                f"Este tablero muestra y cuenta los años desde {limits.since}; con los {left} informes anteriores o "
                "sin año sería demasiado grande. Están en las tablas."
            )

    def data(self, has_page: Callable[[str], bool]) -> dict[str, Any]:
        review, reasons = self._review()
        found, listed = self._findings()
        asked = self._questions()
        reports = self._listed_reports(has_page)
        data = {
            "reports": reports,
            "reportCounts": self._report_counts(),
            "missing": self._missing(),
            "rates": list(self._rates()),
            "matrices": self._matrices(),
            "functions": self._functions(),
            "found": found,
            "findings": [[code, self._number(doc), *rest] for code, doc, *rest in listed],
            "questions": [[code, self._number(doc), *rest] for code, doc, *rest in asked],
            "review": review,
            "reasons": reasons,
        }
        dimensions = {name: getattr(self._d, name).names for name in _Dimensions.__dataclass_fields__}
        history = self._reader.has("history")
        return {
            **dimensions,
            **data,
            "notes": self._notes,
            "history": history,
            "words": _words([*listed, *asked], reasons),
        }

    # ------------------------------------------------------------ reports

    def _report(self, row: Row) -> _Report:
        body = self._d.bodies.of(row["instancia"] or row["instancia_id"] or row["instancia_raw"], row["instancia_id"])
        return _Report(row, body, self._d.years.of(row["year"]))

    def _number(self, document_id: str | None) -> int:
        report = self._reports.get(str(document_id))
        return report.number if report else NONE

    def _listed_reports(self, has_page: Callable[[str], bool]) -> list[list[Any]]:
        chosen, most = list(self._reports.values()), self._limits.reports
        if len(chosen) > most:
            self._notes.append(
                f"La lista muestra {most} informes de {len(chosen)}, primero los que tienen más por revisar; "
                "las cuentas son de todos."
            )
            chosen = sorted(chosen, key=lambda r: (r.row["status"] != "failed", -r.review))[:most]
        for number, report in enumerate(chosen):
            report.number = number
        return [
            [
                cut(r.row["source"], NAME), r.row["document_id"], r.body, r.year, period(r.row), r.row["status"],
                r.review, r.found, int(has_page(str(r.row["document_id"]))),
            ]
            for r in chosen
        ]  # fmt: skip

    def _report_counts(self) -> list[list[Any]]:
        counts = Counter((r.body, r.year, _quarter(r.row), r.row["status"]) for r in self._reports.values())
        return [[*key, n] for key, n in sorted(counts.items(), key=str)]

    def _missing(self) -> list[list[Any]]:
        """Body, year and quarter of each report that is missing, and whether no document in doubt may be the one."""
        gaps = {}
        for table, sure in (("questions", 0), ("findings", 1)):
            for finding in self._reader.rows(table, ["document_id", "code", "item"]):
                report = self._reports.get(str(finding["document_id"]))
                year, _, quarter = str(finding["item"]).partition("-T")
                if finding["code"] == "MISSING_REPORT" and report and year.isdigit() and quarter.isdigit():
                    gaps[report.body, self._d.years.of(int(year)), int(quarter)] = sure
        return [[*gap, sure] for gap, sure in sorted(gaps.items())]

    # ------------------------------------------------------------ attendance

    def _sector(self, sector_id: Value, name: Value = None) -> int:
        return self._d.sectors.of(name or self._sector_names.get(sector_id, sector_id), sector_id)

    def _rates(self) -> Iterator[list[Any]]:
        """Body, year, sector, entity, and their attendances, absences, marks under review and left out."""
        for row in self._reader.rows("attendance_rates"):
            if row["level"] == "body_entity" and self._limits.has(row["year"]):
                yield [
                    self._d.bodies.of(row["instancia"] or row["instancia_id"], row["instancia_id"]),
                    self._d.years.of(row["year"]),
                    self._sector(row["sector_id"], row["sector"]),
                    self._d.entities.of(row["entity"], row["entity_id"]),
                    *(row[name] or 0 for name in ("attended", "absent", "under_review", "left_out")),
                ]

    def _matrices(self) -> list[dict[str, Any]]:
        """The heat map of each body and year, the newest years first, as far as CELLS admits."""
        matrices: dict[tuple[int, int], Matrix] = defaultdict(Matrix)
        kept = self._years_in_map()
        for row in self._reader.rows("history"):
            if row["year"] in kept:
                body = self._d.bodies.of(row["instancia"] or row["instancia_id"], row["instancia_id"])
                sector = self._sector(row["sector_id"], row["sector"])
                entity = self._d.entities.of(row["entity"] or "Sin nombre", row["entity_id"])
                matrix = matrices[body, self._d.years.of(row["year"])]
                matrix.add(row, (row["seat"], entity, sector, row["role"]), self._number(str(row["document_id"])))
        return [{"body": body, "year": year, **m.plain()} for (body, year), m in sorted(matrices.items())]

    def _years_in_map(self) -> set[Value]:
        years = (row["year"] for row in self._reader.rows("history", ["year"]))
        cells = Counter(year for year in years if self._limits.has(year))
        kept: set[Value] = set()
        room = self._limits.cells
        for year in sorted(cells, key=lambda y: -int(str(y))):
            room -= cells[year]
            if room < 0:
                left = sorted(int(str(y)) for y in cells if y not in kept)
                self._notes.append(
                    f"El mapa de asistencia no muestra {left[0]}–{left[-1]}: con ellos pasaría de "
                    f"{self._limits.cells} celdas; están en la tabla history."
                )
                break
            kept.add(year)
        return kept

    # ------------------------------------------------------------ functions

    def _functions(self) -> list[list[Any]]:
        """Each function of a body and year as all its reports tell it: how many sessions addressed it, if any."""
        rows = [self._function(f) for f in self._reader.rows("function_history") if self._limits.has(f["year"])]
        most = self._limits.functions
        if len(rows) > most:
            rows.sort(key=lambda row: ("never", "doubt", "yes").index(row[5]))
            for row in rows[most:]:
                row[4] = None
            self._notes.append(f"De {len(rows)} funciones se muestra el texto de {most}, primero las nunca abordadas.")
        return rows

    def _function(self, row: Row) -> list[Any]:
        body = self._d.bodies.of(row["instancia"] or row["instancia_id"], row["instancia_id"])
        year, scope = self._d.years.of(row["year"]), wording.SCOPES.get(str(row["scope"]), "")
        state = {True: "never", False: "yes"}.get(row["never_addressed"], "doubt")  # type: ignore[arg-type]
        text = cut(row["text"] or "")
        return [body, year, scope, row["function"], text, state, row["sessions_addressed"],
                self._number(str(row["document_id"]))]  # fmt: skip

    # ------------------------------------------------------------ findings and review

    def _findings(self) -> tuple[list[list[Any]], list[tuple[Any, ...]]]:
        """How many of each code, body, year and sector; and the findings themselves, the gravest first."""
        seats = {
            (row["document_id"], row["row"]): self._sector(row["sector_id"], row["sector"])
            for row in self._reader.rows("attendees", ["document_id", "row", "sector_id", "sector"])
        }
        counts: Counter[tuple[Any, ...]] = Counter()
        listed = []
        for row in self._reader.rows("findings", _FINDING):
            report = self._reports.get(str(row["document_id"]))
            if report is None:
                continue
            report.found += 1
            sector = seats.get((row["document_id"], row["row"]), NONE)
            counts[str(row["code"]), str(row["severity"]), report.body, report.year, sector] += 1
            said = cut(row["message"])
            listed.append((row["code"], row["document_id"], row["severity"], report.body, report.year, sector, said))
        most = self._limits.found
        if len(listed) > most:
            self._notes.append(
                f"La lista de hallazgos muestra {most} de {len(listed)}, primero los errores; las cuentas son de todos."
            )
            listed = sorted(listed, key=lambda f: _GRAVITY.get(str(f[2]), 3))[:most]
        return [[*key, n] for key, n in sorted(counts.items())], listed

    def _questions(self) -> list[tuple[Any, ...]]:
        """What would be a finding if values in doubt are as read, the likeliest first."""
        asked = []
        for row in self._reader.rows("questions", _QUESTION):
            if report := self._reports.get(str(row["document_id"])):
                said = (cut(row["message"]), cut(row["awaits"]), row["confidence"])
                asked.append((row["code"], row["document_id"], report.body, report.year, *said))
        asked.sort(key=lambda q: -float(str(q[-1] or 0)))
        most = self._limits.found
        if len(asked) > most:
            self._notes.append(f"De {len(asked)} preguntas se muestran las {most} más probables.")
        return asked[:most]

    def _review(self) -> tuple[list[list[Any]], list[list[Any]]]:
        """How many values of each table, body, year and sector there are and await review, and for which reason."""
        load: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
        reasons: Counter[tuple[Any, ...]] = Counter()
        for table in REVIEWED:
            for row, n in _counted(self._reader, table):
                report = self._reports.get(str(row["document_id"]))
                if report is None:
                    continue
                at = (report.body, report.year, self._sector(row["sector_id"]) if row.get("sector_id") else NONE)
                load[table, *at][0] += n
                if row["needs_review"]:
                    load[table, *at][1] += n
                    report.review += n
                    for code in wording.codes(row["review_reason"])[:1]:
                        reasons[code, *at] += n
        return [[*k, *n] for k, n in sorted(load.items())], [[*k, n] for k, n in sorted(reasons.items())]


_DOCUMENT = (
    "document_id", "source", "instancia_id", "instancia", "instancia_raw", "year", "period_kind", "quarter", "status",
)  # fmt: skip
_FINDING = ("document_id", "code", "severity", "row", "message")
_QUESTION = ("document_id", "code", "message", "awaits", "confidence")
_REVIEW = ("document_id", "sector_id", "needs_review", "review_reason")


def _counted(reader: Reader, table: str) -> Iterator[tuple[Row, int]]:
    """How many rows of a table each document, sector and reason for review has."""
    for batch in reader.batches(table, _REVIEW):
        counted = pa.Table.from_batches([batch])
        keys = counted.column_names
        for row in counted.group_by(keys).aggregate([([], "count_all")]).to_pylist():
            yield row, row.pop("count_all")


def _quarter(document: Row) -> int:
    return int(str(document["quarter"])) if document["period_kind"] == "quarter" and document["quarter"] else 0


def _words(listed: Iterable[tuple[Any, ...]], reasons: Iterable[list[Any]]) -> dict[str, dict[str, str]]:
    return {
        "findings": {str(f[0]): wording.finding(f[0]) for f in listed},
        "reasons": {str(r[0]): wording.sentence(str(r[0])) for r in reasons},
        "tables": wording.TABLES,
        "severities": wording.SEVERITIES,
        "roles": wording.ROLES,
    }

"""Tables of an archive of drawn reports, made from their truths without drawing or reading a page.

Each body has the four quarters of some years, every report printing the year so far again, as the archives do. Some
values are left in doubt, some reports are missing or failed, at rates near those of real scans.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from dictionaries.load import load
from dictionaries.records import Dictionary
from parsers.findings import SEVERITIES
from pipeline import files
from pipeline.dataset import number_findings
from pipeline.dimensions import dictionary_rows
from pipeline.history.facts import printed
from pipeline.history.functions import function_rows
from pipeline.rows import Row, Rows
from pipeline.tables.every import REPORT_TABLES, TABLES
from tests.form_content import compose
from tests.form_mistakes import Truth
from tests.form_style import Style

DOUBTED, FAILED, LOST = 0.02, 0.02, 0.06  # shares of values in doubt, reports that failed, reports not in the archive
LAST_YEAR = 2025
QUARTERS = (1, 2, 3, 4)


def write_archive(folder: Path, reports: int, *, spoil: Callable[[Rows], None] = lambda _: None) -> Rows:
    """Writes the tables of `reports` drawn reports to `folder`; returns their rows, which `spoil` may change before."""
    rows: Rows = {t.name: [] for t in REPORT_TABLES}
    for report in drawn_reports(reports):
        for name, some in report.items():
            rows[name] += some
    number_findings(rows)
    spoil(rows)
    rows |= {"history": list(_history(rows))}
    rows |= {"attendance_rates": list(_rates(rows)), "function_history": list(_function_history(rows))}
    rows |= dictionary_rows(load())
    for schema in TABLES:
        names = [c.name for c in schema.columns]
        rows[schema.name] = [{n: row.get(n) for n in names} for row in rows.get(schema.name, [])]
    files.write(folder, TABLES, rows)
    return rows


def _history(rows: Rows) -> Iterator[Row]:
    """Each attendance once, as the last report of its year prints it."""
    documents = {d["document_id"]: d for d in rows["documents"]}
    seats = {(a["document_id"], a["row"]): a for a in rows["attendees"]}
    last: dict[tuple[object, ...], Row] = {}
    for cell in (c for c in rows["attendance"] if c["session_date"] is not None):
        document, seat = documents[cell["document_id"]], seats[cell["document_id"], cell["row"]]
        key = (document["instancia_id"], document["year"], cell["session_date"], cell["row"])
        printings = int(str(last[key]["printings"])) + 1 if key in last else 1
        own = {name: document[name] for name in ("instancia_id", "instancia", "year")}
        own |= {
            "session": cell["column"],
            "seat": cell["row"],
            "sector_id": seat["sector_id"],
            "sector": seat["sector"],
            "printings": printings,
        }
        last[key] = cell | own | {"entity": seat["entity"] or seat["entity_raw"], "agreement": 1.0}
    yield from last.values()


def _rates(rows: Rows) -> Iterator[Row]:
    """How often each entity came to each body in each year."""
    names = ("year", "instancia_id", "instancia", "sector_id", "sector", "entity_id", "entity")
    counts: dict[tuple[object, ...], Counter[str]] = defaultdict(Counter)
    for cell in rows["history"]:
        said = "under_review" if cell["needs_review"] else "attended" if cell["attended"] else "absent"
        counts[tuple(cell[name] for name in names)][said] += 1
    for key, count in counts.items():
        marks = {said: count[said] for said in ("attended", "absent", "under_review")}
        yield {"level": "body_entity", **dict(zip(names, key, strict=True)), **marks, "left_out": 0}  # type: ignore[dict-item]


def _function_history(rows: Rows) -> Iterator[Row]:
    """The functions of each body and year, joined as the history joins them."""
    by_document: dict[object, Rows] = defaultdict(lambda: {"functions": [], "function_sessions": []})
    for name in ("functions", "function_sessions"):
        for row in rows[name]:
            by_document[row["document_id"]][name].append(row)
    years: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for document in (d for d in rows["documents"] if d["status"] != "failed"):
        years[document["instancia_id"], document["year"]].append(document)
    for documents in years.values():
        yield from function_rows(
            [printed(d, lambda d, name: by_document[d["document_id"]].get(name, [])) for d in documents]
        )


def drawn_reports(count: int) -> Iterator[Rows]:
    """The rows of `count` reports, body by body, from the last year back, quarter by quarter."""
    rng, known, made = random.Random("archive"), load(), 0
    for i in range(count):
        body = known.instancias[i % len(known.instancias)]
        year = LAST_YEAR - i // len(known.instancias)
        truth = compose(random.Random(f"content {i}"), Style(date_form="slash"))
        truth |= {"instancia": body.name, "year": year}
        lost = False
        for quarter in QUARTERS:
            if made == count:
                return
            if quarter > 1 and not lost and rng.random() < LOST:
                lost = True
                continue
            yield _Drawn(
                rng, known, truth, body.instancia_id, made, quarter, f"{year}-T{quarter - 1}" if lost else ""
            ).rows()
            made, lost = made + 1, False


class _Drawn:
    def __init__(
        self, rng: random.Random, known: Dictionary, truth: Truth, body: str, number: int, quarter: int, gap: str
    ):
        self.rng, self.known, self.truth, self.body, self.quarter, self.gap = rng, known, truth, body, quarter, gap
        self.id = f"{number:016x}"
        self.columns = [c | {"date": _in_year(c["date"], truth["year"])} for c in truth["columns"]]

    def rows(self) -> Rows:
        if self.rng.random() < FAILED:
            failed = {"status": "failed", "error": "damaged", "error_message": "El archivo está dañado."}
            return {"documents": [self._row(**(self._document() | failed), review_reason="damaged", needs_review=True)]}
        made: Rows = {
            "sessions": list(self._sessions()),
            "attendees": list(self._attendees()),
            "attendance": list(self._attendance()),
            "functions": list(self._functions()),
            "function_sessions": list(self._function_sessions()),
            "publications": [
                self._row(item=item, published=said, mark_raw="X") for item, said in self.truth["publications"].items()
            ],
            "findings": list(self._findings()),
        }
        status = "review" if any(row["needs_review"] for some in made.values() for row in some) else "ok"
        return {"documents": [self._row(**self._document(), status=status)], **made}

    def _document(self) -> Row:
        return {
            "source": f"archivo/{self.truth['year']}/{self.body}-T{self.quarter}-{self.id[-4:]}.pdf",
            "sha256": self.id * 4,
            "pages": 3,
            "input_kind": "scan",
            "form": self.truth["form"],
            "instancia_id": self.body,
            "instancia": self.truth["instancia"],
            "instancia_raw": self.truth["instancia"],
            "year": self.truth["year"],
            "period_kind": "quarter",
            "quarter": self.quarter,
            "ordinary_held": self.truth["ordinary"][0],
            "ordinary_planned": self.truth["ordinary"][1],
        }

    def _row(self, reason: str | None = None, **values: object) -> Row:
        """A row; with a `reason`, for review as often as a value is in doubt."""
        doubted = reason is not None and self.rng.random() < DOUBTED
        own = {
            "confidence": 0.7 if doubted else 0.9999,
            "needs_review": doubted,
            "review_reason": reason if doubted else None,
        }
        return {
            "document_id": self.id,
            "page": 1,
            "x0": None,
            "y0": None,
            "x1": None,
            "y1": None,
            "line": None,
            **own,
            **values,
        }  # type: ignore[dict-item]

    def _held(self, mark: str, column: Truth) -> str:
        return mark if column["date"] and column["quarter"] <= self.quarter else "-"

    def _sessions(self) -> Iterator[Row]:
        for matrix in ("attendance", "functions_general", "functions_specific"):
            for i, column in enumerate(self.columns, 1):
                day = column["date"] if column["quarter"] <= self.quarter else None
                yield self._row(
                    "date_uncertain", matrix=matrix, column=i, quarter=column["quarter"], date=day, date_raw=str(day)
                )

    def _attendees(self) -> Iterator[Row]:
        for row in self.truth["rows"]:
            yield self._row(
                "uncertain_role", row=row["row"], **self._named(row), sector_raw=row["sector"],
                entity_raw=row["printed"],
                position=row["position"], role=row["role"], total_printed=row["total_printed"],
                total_computed=row["total_computed"],
            )  # fmt: skip

    def _named(self, row: Truth) -> Row:
        entity = next((e for e in self.known.entities if e.name == row["entity"]), None)
        sector = next((s for s in self.known.sectors if s.name == row["sector"]), None)
        return {
            "sector_id": sector.sector_id if sector else None,
            "sector": row["sector"],
            "entity_id": entity.entity_id if entity else None,
            "entity": entity.name if entity else None,
        }

    def _attendance(self) -> Iterator[Row]:
        for row in self.truth["rows"]:
            named = {k: v for k, v in self._named(row).items() if k != "sector"}
            for i, (mark, column) in enumerate(zip(row["marks"], self.columns, strict=True), 1):
                yield self._row(
                    "uncertain_mark",
                    row=row["row"],
                    column=i,
                    **named,
                    role=row["role"],
                    **self._mark(mark, column, "attended"),
                )

    def _mark(self, mark: str, column: Truth, said: str) -> Row:
        held = self._held(mark, column)
        value = {"SI": True, "NO": False}.get(held)
        when = column["date"] if column["quarter"] <= self.quarter else None
        return {"quarter": column["quarter"], "session_date": when, "mark": held, said: value, "mark_raw": held}

    def _functions(self) -> Iterator[Row]:
        for f in self.truth["functions"]:
            addressed = any(self._held(m, c) == "SI" for m, c in zip(f["marks"], self.columns, strict=True))
            yield self._row(
                "uncertain_addressed", function=f["function"], scope=f["scope"], text=f["text"],
                addressed_printed="SI" if addressed else "NO", addressed_computed=addressed,
            )  # fmt: skip

    def _function_sessions(self) -> Iterator[Row]:
        for f in self.truth["functions"]:
            for i, (mark, column) in enumerate(zip(f["marks"], self.columns, strict=True), 1):
                yield self._row(
                    "uncertain_mark",
                    function=f["function"],
                    scope=f["scope"],
                    column=i,
                    **self._mark(mark, column, "addressed"),
                )

    def _findings(self) -> Iterator[Row]:
        said = [(f["code"], f.get("row"), f.get("function"), f.get("item")) for f in self.truth["findings"]]
        said += [("MISSING_REPORT", None, None, self.gap)] if self.gap else []
        for code, row, function, item in said:
            table = "attendees" if row else "functions" if function else "documents"
            yield self._row(
                code=code, severity=SEVERITIES[code], table=table, row=row, function=function, item=item,
                message=f"Informe {self.truth['year']}-T{self.quarter}: {code} en lo impreso.",
            )  # fmt: skip


def _in_year(day: str | None, year: int) -> date | None:
    return date.fromisoformat(day).replace(year=year, day=min(28, date.fromisoformat(day).day)) if day else None

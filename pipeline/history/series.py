"""The reports of a body one after another: quarters that none covers, periods reported twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.dataset import Row, Value
from pipeline.history.facts import QUARTERS, Printed, elsewhere, finding, integer

Period = tuple[Value, Value]  # year and quarter as read, None where not


@dataclass(frozen=True, slots=True)
class Filed:
    """A report in its body's series, as little of it as an archive of any size lets keep.

    `first`, `last`: quarters since the year 0. `content`: the same for reports that print the same attendance.
    """

    document: Row
    first: int
    last: int
    name: str
    content: int

    @property
    def kind(self) -> str:
        return str(self.document["period_kind"] or "quarter")


def filed(report: Printed) -> Filed:
    before = QUARTERS * integer(report.document["year"]) - 1
    first, last = report.span
    said = (tuple((c["column"], c["date"]) for c in report.columns),
            tuple((line["row"], line["entity_id"], line["role"]) for line in report.lines),
            tuple((c["row"], c["column"], c["mark"]) for c in report.cells))  # fmt: skip
    return Filed(report.document, before + first, before + last, report.name, hash(said))


def missing(reports: Sequence[Filed], perhaps: Sequence[Period]) -> Iterator[Row]:
    """Quarters between two reports of a body that no report covers, on the report after the gap.

    Reports of a half year or a year cover their quarters. `perhaps`: periods of its reports in doubt.
    """
    covered = {quarter for r in reports for quarter in range(r.first, r.last + 1)}
    for index in range(min(covered), max(covered)):
        year, quarter = index // QUARTERS, index % QUARTERS + 1
        doubtful = any(y in (None, year) and q in (None, quarter) for y, q in perhaps)
        if index not in covered and not doubtful:
            after = min((r for r in reports if r.first > index), key=lambda r: (r.first, r.last, r.name))
            document = after.document
            message = f"No está el informe del periodo {_period(index)} de «{document['instancia']}»."
            yield finding("MISSING_REPORT", document, message, None, table="documents", item=_period(index))


def _period(index: int) -> str:
    return f"{index // QUARTERS}-T{index % QUARTERS + 1}"


def duplicates(reports: Sequence[Filed]) -> Iterator[Row]:
    """Reports of a body and period that another report has already. Both are kept; which is the later, none prints."""
    seen: dict[tuple[str, int, int], Filed] = {}
    for report in reports:
        before = seen.get(key := (report.kind, report.first, report.last))
        seen[key] = report
        if before:
            source = str(before.document["source"])
            alike = before.content == report.content
            how = "con la misma asistencia" if alike else "con otra asistencia, otras fechas u otras filas"
            message = f"«{source}» informa el mismo periodo {report.name.split(' ')[0]} de la misma instancia, {how}; "
            message += "ninguno dice a cuál reemplaza."
            yield finding("DUPLICATE_REPORT", report.document, message, None, table="documents", item=source,
                          **elsewhere(before.document, None))  # fmt: skip

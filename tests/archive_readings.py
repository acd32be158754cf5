"""Reports of a drawn archive read by simulation, with the errors and probabilities that scans were seen to have.

`parsers/calibration.csv` counted them; some reports are doubted as a whole, as real ones are. Errors are drawn one by
one: those that all scans of a series share are not.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from ocr.records import InputKind, Place
from parsers.calibration import RISK, Bin, ValueKind, shipped
from parsers.records import Attendee, Certainty, Mark, MatrixKind, Period, Report, Session
from pipeline.dataset import report_rows
from pipeline.history.record import Terms, told
from pipeline.rows import Row, Rows
from pipeline.sources import Source
from tests.archives import Drawn, dictionary
from tests.form_mistakes import Truth
from tests.sample import report

DOUBTED = 0.2  # share of reports doubted as a whole, as of the reports of docs/calibration.md


@cache
def _bins(kind: ValueKind, doubted: bool) -> tuple[tuple[Bin, ...], tuple[int, ...]]:
    scans = [b for b in shipped().bins if (b.kind, b.input_kind) == (kind, InputKind.SCAN) and bool(b.doubt) == doubted]
    return tuple(scans), tuple(b.values for b in scans)


class Reader:
    """Reads reports with the errors and probabilities that scans were seen to have."""

    def __init__(self, rng: random.Random, *, flawless: bool = False) -> None:
        self._rng, self._flawless, self._doubted = rng, flawless, False
        self._least = shipped().threshold(RISK)

    def rows(self, drawn: Drawn) -> Rows:
        self._doubted = not self._flawless and self._rng.random() < DOUBTED
        return report_rows(Source(Path(drawn.source), drawn.source, drawn.digest), self._report(drawn.truth))

    def _certainty(self, kind: ValueKind, reason: str) -> tuple[Certainty, bool]:
        """How sure a value is, and whether it is read right."""
        if self._flawless:
            return Certainty(0.9999, None, (Place(1),)), True
        some, weights = _bins(kind, self._doubted)
        drawn = self._rng.choices(some, weights)[0]
        sure = not self._doubted and drawn.probability >= self._least
        right = self._rng.random() >= drawn.wrong / max(1, drawn.values)
        return Certainty(drawn.probability, None if sure else reason, (Place(1),)), right

    def _report(self, truth: Truth) -> Report:
        base = report()
        period, told = self._certainty(ValueKind.PERIOD, "period_unclear")
        quarter = truth["quarter"] if told else None
        kind = truth["period_kind"]
        fields = replace(base.fields, period=Period(kind, quarter, truth["year"], "", period))
        columns = truth["columns"]
        return replace(
            base, fields=fields, certainty=period, year=truth["year"], findings=(), functions=(),
            instancia_id=truth["instancia_id"], instancia=truth["instancia"],
            sessions=tuple(self._session(i, c) for i, c in enumerate(columns, start=1)),
            attendees=tuple(map(self._attendee, truth["rows"])),
        )  # fmt: skip

    def _session(self, column: int, printed: Truth) -> Session:
        certainty, right = self._certainty(ValueKind.DATE, "date_uncertain")
        day = date.fromisoformat(printed["date"]) if printed["date"] else None
        if not right:
            day = self._rng.choice((None, (day or date(2024, 1, 1)) + timedelta(days=self._rng.choice((1, 7, 60)))))
        return Session(MatrixKind.ATTENDANCE, column, printed["quarter"], day, "", certainty)

    def _attendee(self, printed: Truth) -> Attendee:
        entity, named = self._certainty(ValueKind.ENTITY, "entity_doubtful")
        role, right = self._certainty(ValueKind.ROLE, "uncertain_role")
        reasons = ";".join(c.review_reason for c in (entity, role) if c.review_reason) or None
        entity_id = printed["entity_id"] if named else self._rng.choice(dictionary().entities).entity_id
        known = dictionary().entity(entity_id) if entity_id else None
        return Attendee(
            printed["row"], None, None, None, "", entity_id, known.name if known else None, printed["printed"], 0.9,
            None, None, None, "", printed["role"] if right else self._rng.choice(("P", "S", "I", "IP", None)),
            printed["total_printed"], tuple(map(self._mark, printed["marks"])),
            replace(entity, review_reason=reasons), entity, entity, role, entity,
        )  # fmt: skip

    def _mark(self, printed: str) -> Mark:
        certainty, right = self._certainty(ValueKind.MARK, "uncertain_mark")
        wrong = [m for m in ("SI", "NO", None) if m != printed]
        return Mark(printed if right else self._rng.choice(wrong), "", certainty)


def tell(reports: Sequence[Drawn], reader: Reader) -> tuple[dict[str, Rows], list[Rows]]:
    """The rows of each report by its id, and all that the history tells of them."""
    read = {r.document_id: reader.rows(r) for r in reports}
    documents = [rows["documents"][0] for rows in read.values()]

    def rows_of(document: Row, table: str) -> list[Row]:
        return read[str(document["document_id"])].get(table, [])

    return read, list(told(documents, rows_of, Terms(dictionary())))

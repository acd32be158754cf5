"""Reports of a drawn archive read by simulation, with the errors and probabilities that scans were seen to have.

`parsers/calibration.csv` counted how often values are wrong and in doubt; how doubts and losses fall on reports is as
in the 151 scans of `make history-drawn`: a report is sound but for some values; or failed, with a row in doubt or rows
lost; or in doubt as a whole; or does not say of which body, year or period it is. Errors are drawn one by one: those
that all scans of a series share are not.
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
from pipeline.errors import MatrixUnread
from pipeline.history.record import Terms, told
from pipeline.rows import Row, Rows
from pipeline.sources import Source
from tests.archives import Drawn, dictionary
from tests.form_mistakes import Truth
from tests.sample import report

FAILED = 0.08  # share of reports of which part was not read
LOST = 0.3  # of those, the share that lost rows; of the others a row is in doubt
LOST_ROWS = 0.25  # of their rows, at most
UNPLACED = 0.05  # share of reports of which body, year or period was not read


@cache
def _bins(kind: ValueKind, doubted: bool | None) -> tuple[tuple[Bin, ...], tuple[int, ...]]:
    """Those of scans, with how many values were in each; `doubted`: with a reason of its own, None for all."""
    every = [b for b in shipped().bins if (b.kind, b.input_kind) == (kind, InputKind.SCAN)]
    scans = [b for b in every if doubted is None or bool(b.doubt) == doubted]
    return tuple(scans), tuple(b.values for b in scans)


@cache
def doubted_share() -> float:
    """Of reports in doubt as a whole: as of marks that had a reason of their own to doubt them."""
    return sum(_bins(ValueKind.MARK, True)[1]) / sum(_bins(ValueKind.MARK, None)[1])


class Reader:
    """Reads reports with the errors and probabilities that scans were seen to have."""

    def __init__(self, rng: random.Random, *, flawless: bool = False) -> None:
        self._rng, self._flawless, self._doubted = rng, flawless, False
        self._least = shipped().threshold(RISK)

    def rows(self, drawn: Drawn) -> Rows:
        self._doubted = self._by_chance(doubted_share())
        read, fault = self._report(drawn.truth), None
        if self._by_chance(FAILED):
            read, fault = replace(read, attendees=self._cut(read.attendees)), MatrixUnread()
        return report_rows(Source(Path(drawn.source), drawn.source, drawn.digest), read, fault)

    def _by_chance(self, share: float) -> bool:
        return not self._flawless and self._rng.random() < share

    def _cut(self, rows: Sequence[Attendee]) -> tuple[Attendee, ...]:
        """What is left of a matrix of which part was not read: rows are lost, or one beside the gap is in doubt."""
        if self._by_chance(LOST):
            n = self._rng.randint(1, max(1, int(LOST_ROWS * len(rows))))
            start = self._rng.randint(0, len(rows) - n)
            kept = [*rows[:start], *rows[start + n :]]
            return tuple(replace(row, row=i) for i, row in enumerate(kept, start=1))
        touched = self._rng.randrange(len(rows))
        doubt = Certainty(0.95, "entity_matrix_unread;role_matrix_unread", (Place(1),))
        marks = tuple(replace(m, certainty=Certainty(0.95, "matrix_unread", (Place(1),))) for m in rows[touched].marks)
        return (*rows[:touched], replace(rows[touched], certainty=doubt, entity_certainty=doubt, marks=marks),
                *rows[touched + 1 :])  # fmt: skip

    def _certainty(self, kind: ValueKind, reason: str) -> tuple[Certainty, bool]:
        """How sure a value is, and whether it is read right. Marks have other reasons for doubt than their probability
        with their whole report only, dates and rows also one by one."""
        if self._flawless:
            return Certainty(0.9999, None, (Place(1),)), True
        some, weights = _bins(kind, True if self._doubted else False if kind is ValueKind.MARK else None)
        drawn = self._rng.choices(some, weights)[0]
        sure = drawn.doubt is None and drawn.probability >= self._least
        right = self._rng.random() >= drawn.wrong / max(1, drawn.values)
        return Certainty(drawn.probability, None if sure else reason, (Place(1),)), right

    def _report(self, truth: Truth) -> Report:
        base = report()
        period = Period(truth["period_kind"], truth["quarter"], truth["year"], "", Certainty(0.9999, None, (Place(1),)))
        whole = {"instancia_id": truth["instancia_id"], "instancia": truth["instancia"], "year": truth["year"]}
        certainty, raw = period.certainty, truth["instancia"]
        if self._by_chance(UNPLACED):
            lost = self._rng.choice(("period_missing", "year_missing", "label_doubtful"))
            certainty = Certainty(0.7, lost, (Place(1),))
            if lost == "period_missing":
                period = replace(period, kind=None, quarter=None, certainty=certainty)
            whole |= {"year": None} if lost == "year_missing" else {}
            whole |= {"instancia_id": None, "instancia": None} if lost == "label_doubtful" else {}
            raw = f"{raw}. Acuerdo 12 de" if lost == "label_doubtful" else raw
        columns = truth["columns"]
        return replace(
            base, fields=replace(base.fields, period=period, instancia_raw=raw), certainty=certainty, findings=(),
            functions=(), sessions=tuple(self._session(i, c) for i, c in enumerate(columns, start=1)),
            attendees=tuple(map(self._attendee, truth["rows"])), **whole,
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

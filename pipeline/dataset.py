"""Reports → rows of the dataset's tables. Pure: nothing is read or written here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ocr.errors import DocumentError
from ocr.records import Box, PageFrame, Place
from parsers.findings import GROUNDS, SEVERITIES
from parsers.records import Attendee, Certainty, Function, Mark, MatrixKind, Report, Session
from pipeline import tables

Value = str | int | float | bool | date | None
Row = dict[str, Value]
Rows = dict[str, list[Row]]

BOX_DECIMALS = 1  # of a PDF point: a tenth is 0.035 mm, finer than any scan
CONFIDENCE_DECIMALS = 5  # the surest values err once in some ten thousand


@dataclass(frozen=True, slots=True)
class Remote:
    """A file that fsspec reaches. `size`: bytes; `kind`: what they were taken for, or the reason for which they are not
    read."""

    url: str
    size: int
    kind: str


@dataclass(frozen=True, slots=True)
class Source:
    """One input file. `name`: what the dataset calls it; `sha256`: None where the file gives no bytes.

    `remote`: of a file on no path of this machine; `path` then only tells what it is called there.
    """

    path: Path
    name: str
    sha256: str | None
    remote: Remote | None = None

    @property
    def place(self) -> str:
        """Where the file is: its whole path, or its URL."""
        return self.remote.url if self.remote else str(self.path.absolute())

    @property
    def document_id(self) -> str | None:
        return self.sha256[:16] if self.sha256 else None


def report_rows(source: Source, report: Report, fault: DocumentError | None = None) -> Rows:
    """The rows of every table for one report that was read. `fault`: why it failed nevertheless: all is doubted."""
    view = _View(source.document_id, {frame.number: frame for frame in report.pages})
    rows: Rows = {
        "sessions": [_session_row(view, s) for s in report.sessions],
        "attendees": [_attendee_row(view, a) for a in report.attendees],
        "attendance": list(_attendance_rows(view, report)),
        "functions": [_function_row(view, f) for f in report.functions],
        "function_sessions": list(_function_session_rows(view, report)),
        **_field_rows(view, report),
    }
    rows["findings"] = _finding_rows(view, report)
    rows["residuals"] = _residual_rows(view, report)
    rows["looks"] = _look_rows(view, report)
    rows["documents"] = [_document_row(view, source, report, awaits=_awaits_review(rows))]
    if fault:
        rows["documents"][0] |= _failure(fault)
        _doubt_all(rows, fault.reason)
    return rows


def failed_rows(source: Source, error: DocumentError) -> Rows:
    """The one row of a file that could not be read."""
    row: Row = dict.fromkeys(column.name for column in tables.DOCUMENTS.columns)
    row |= {
        "document_id": source.document_id,
        "source": source.name,
        "sha256": source.sha256,
        **_failure(error),
    }
    return {"documents": [row]}


def _failure(error: DocumentError) -> Row:
    return {
        "status": "failed",
        "error": error.reason,
        "error_message": str(error),
        "attempt": 1,
        "needs_review": True,
        "review_reason": error.reason,
    }


def _doubt_all(rows: Rows, reason: str) -> None:
    """Has every value looked at that has no reason of its own yet."""
    for row in (row for table in rows.values() for row in table if not row["needs_review"]):
        row |= {"needs_review": True, "review_reason": reason}


def again_rows(source: Source, first: Source, rows: Rows) -> Rows:
    """Rows for a file whose bytes were already read under another name: listed, and reported, but not counted twice.

    `rows`: those of the first reading. `finding` numbers go on after those of the first (see `number_findings`).
    """
    document = rows["documents"][0] | {"source": source.name}
    if document["status"] == "failed":
        return {"documents": [document]}
    finding: Row = dict.fromkeys(column.name for column in tables.FINDINGS.columns)
    finding |= {
        "document_id": source.document_id,
        "code": "DUPLICATE_REPORT",
        "severity": SEVERITIES["DUPLICATE_REPORT"],
        "table": "documents",
        "item": source.name,
        "needs_review": False,
        **ground("DUPLICATE_REPORT"),
        "message": f"El archivo «{source.name}» es copia exacta de «{first.name}»; sus datos se cuentan una sola vez.",
    }
    return {"documents": [document], "findings": [finding]}


def number_findings(rows: Rows, count: dict[Value, int] | None = None) -> None:
    """Numbers each document's findings from 1, or from after `count`, which goes on with them."""
    count = {} if count is None else count
    for row in rows["findings"]:
        count[row["document_id"]] = row["finding"] = count.get(row["document_id"], 0) + 1


@dataclass(frozen=True, slots=True)
class _View:
    """What every row of one document needs: its id, and the pages that boxes lead back to."""

    document_id: str | None
    frames: Mapping[int, PageFrame]

    def row(self, certainty: Certainty, **values: Value) -> Row:
        return {"document_id": self.document_id, **values, **self.certainty(certainty)}

    def certainty(self, certainty: Certainty) -> Row:
        return {
            "confidence": _rounded(certainty.confidence),
            "needs_review": certainty.needs_review,
            "review_reason": certainty.review_reason,
            **self._place(certainty.places),
        }

    def _place(self, places: Sequence[Place]) -> Row:
        """The page where the value begins, and the box around all of it that stands there."""
        page = places[0].page if places else None
        boxes = [p.box for p in places if p.page == page and p.box is not None]
        frame = self.frames.get(page) if page is not None else None
        edges = source_edges(Box.around(boxes), frame) if boxes and frame else (None,) * 4
        line = next((p.line for p in places if p.line is not None), None)
        return {"page": page, **dict(zip(("x0", "y0", "x1", "y1"), edges, strict=True)), "line": line}


def source_edges(box: Box, frame: PageFrame) -> tuple[float, float, float, float]:
    """The box around `box`'s corners on the source page: x0, y0, x1, y1 in PDF points as a viewer shows it."""
    moved = moved_box(box, frame.to_source)
    x0, y0, x1, y1 = (round(v, BOX_DECIMALS) + 0.0 for v in (moved.x0, moved.y0, moved.x1, moved.y1))  # no -0.0
    return x0, y0, x1, y1


def moved_box(box: Box, homography: Sequence[float]) -> Box:
    """The box around the corners of `box` as a 3x3 homography, given row by row, moves them."""
    a, b, c, d, e, f, g, h, i = (float(v) for v in homography)
    xs, ys = [], []
    for x, y in ((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)):
        w = g * x + h * y + i
        xs.append((a * x + b * y + c) / w)
        ys.append((d * x + e * y + f) / w)
    return Box(min(xs), min(ys), max(xs), max(ys))


def _document_row(view: _View, source: Source, report: Report, *, awaits: bool) -> Row:
    fields = report.fields
    return view.row(
        report.certainty,
        source=source.name,
        sha256=source.sha256,
        pages=len(report.pages),
        input_kind=report.kind.value,
        form=fields.form,
        instancia_id=report.instancia_id,
        instancia=report.instancia,
        instancia_raw=fields.instancia_raw,
        year=report.year,
        period_kind=fields.period.kind,
        quarter=fields.period.quarter,
        regulation=fields.regulation,
        ordinary_held=fields.ordinary.held,
        ordinary_planned=fields.ordinary.planned,
        extraordinary_held=fields.extraordinary.held,
        extraordinary_planned=fields.extraordinary.planned,
        status="review" if awaits or report.certainty.needs_review else "ok",
        error=None,
        error_message=None,
        attempt=1,
    )


def _awaits_review(rows: Rows) -> bool:
    return any(row.get("needs_review") for table in rows.values() for row in table)


def _session_row(view: _View, session: Session) -> Row:
    return view.row(
        session.certainty,
        matrix=session.matrix.value,
        column=session.column,
        quarter=session.quarter,
        date=session.date,
        date_raw=session.date_raw,
    )


def _attendee_row(view: _View, attendee: Attendee) -> Row:
    return view.row(
        attendee.certainty,
        row=attendee.row,
        sector_number=attendee.sector_number,
        sector_id=attendee.sector_id,
        sector=attendee.sector,
        sector_raw=attendee.sector_raw,
        entity_id=attendee.entity_id,
        entity=attendee.entity,
        entity_raw=attendee.entity_raw,
        entity_score=_rounded(attendee.entity_score),
        entity_runner_up=attendee.entity_runner_up,
        entity_margin=_rounded(attendee.entity_margin),
        entity_evidence=attendee.entity_evidence,
        position=attendee.position,
        role=attendee.role,
        total_printed=attendee.total_printed,
        total_computed=attendee.total_computed,
        entity_confidence=_rounded(attendee.entity_certainty.confidence),
        sector_confidence=_rounded(attendee.sector_certainty.confidence),
        role_confidence=_rounded(attendee.role_certainty.confidence),
        total_confidence=_rounded(attendee.total_certainty.confidence),
    )


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(float(score), CONFIDENCE_DECIMALS)


def _attendance_rows(view: _View, report: Report) -> Iterable[Row]:
    sessions = _columns(report, MatrixKind.ATTENDANCE)
    for attendee in report.attendees:
        for column, mark in enumerate(attendee.marks, start=1):
            yield view.row(
                mark.certainty,
                row=attendee.row,
                **_cell(column, sessions.get(column), mark),
                attended=_held(mark),
                sector_id=attendee.sector_id,
                entity_id=attendee.entity_id,
                entity=attendee.entity,
                role=attendee.role,
            )


def _function_row(view: _View, function: Function) -> Row:
    return view.row(
        function.certainty,
        function=function.function,
        scope=function.scope,
        text=function.text,
        addressed_printed=function.addressed_printed,
        addressed_computed=function.addressed_computed,
    )


def _function_session_rows(view: _View, report: Report) -> Iterable[Row]:
    for function in report.functions:
        sessions = _columns(report, MatrixKind(f"functions_{function.scope}"))
        for column, mark in enumerate(function.marks, start=1):
            yield view.row(
                mark.certainty,
                function=function.function,
                scope=function.scope,
                **_cell(column, sessions.get(column), mark),
                addressed=_held(mark),
            )


def _columns(report: Report, matrix: MatrixKind) -> dict[int, Session]:
    return {s.column: s for s in report.sessions if s.matrix is matrix}


def _cell(column: int, session: Session | None, mark: Mark) -> Row:
    return {
        "column": column,
        "quarter": session.quarter if session else None,
        "session_date": session.date if session else None,
        "mark": mark.value,
        "mark_raw": mark.raw,
    }


def _held(mark: Mark) -> bool | None:
    return {"SI": True, "NO": False}.get(mark.value or "")


def _field_rows(view: _View, report: Report) -> Rows:
    fields = report.fields
    return {
        "norms": [
            view.row(n.certainty, norm=i, kind=n.kind, number=n.number, date=n.date, year=n.year, title=n.title)
            for i, n in enumerate(fields.norms, start=1)
        ],
        "publications": [
            view.row(p.certainty, item=p.item, published=p.published, mark_raw=p.mark_raw) for p in fields.publications
        ],
        "signatories": [
            view.row(
                s.certainty,
                signatory=i,
                signs_as=s.signs_as,
                name=s.name,
                position=s.position,
                entity_id=s.entity_id,
                entity=s.entity,
                entity_raw=s.entity_raw,
            )
            for i, s in enumerate(fields.signatories, start=1)
        ],
        "sections": [
            view.row(s.certainty, section=s.section, order=s.order, text=s.text) | {"page": s.page}
            for s in fields.sections
        ],
    }


def _finding_rows(view: _View, report: Report) -> list[Row]:
    """Findings rest on what is read beyond doubt, so none awaits review; they stand where their value does."""
    return [
        dict.fromkeys(column.name for column in tables.FINDINGS.columns)
        | view.row(
            Certainty(places=f.places),
            finding=None,
            code=f.code,
            severity=f.severity,
            table=f.table,
            row=f.row,
            column=f.column,
            function=f.function,
            item=f.item,
            message=f.message,
            **ground(f.code),
        )
        | ({} if f.places else {"page": f.page})
        for f in report.findings
    ]


def ground(code: str) -> Row:
    """The rule that a finding of that code says is broken, and what the rule rests on."""
    rule, rests_on = GROUNDS.get(code, (None, None))
    return {"rule": rule, "rule_source": rests_on}


def _residual_rows(view: _View, report: Report) -> list[Row]:
    return [
        view.row(
            end.certainty,
            residual=i,
            kind=end.residual.kind.value,
            text=end.residual.text,
            matrix=end.matrix.value if end.matrix else None,
            row=end.row,
            function=end.function,
            column=end.column,
        )
        for i, end in enumerate(report.loose_ends, start=1)
    ]


def _look_rows(view: _View, report: Report) -> list[Row]:
    """What the looks said, not what is believed: that, and whether it needs review, stands with the value."""
    return [
        view.row(
            Certainty(places=look.places),
            look_number=i,
            table=look.table,
            value=look.value,
            matrix=look.matrix,
            row=look.row,
            column=look.column,
            function=look.function,
            look=look.look,
            text=look.text,
            said=_rounded(look.said),
        )
        for i, look in enumerate(report.looks, start=1)
    ]

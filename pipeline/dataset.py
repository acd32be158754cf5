"""Reports → rows of the dataset's tables. Pure: nothing is read or written here."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ocr.errors import DocumentError
from parsers.findings import SEVERITIES
from parsers.records import Attendee, Function, Mark, MatrixKind, Report, Session
from pipeline import remarks
from pipeline.errors import PageUnread
from pipeline.rows import Row, Rows, Value, View, rounded
from pipeline.sources import Source
from pipeline.tables.remarks import FINDINGS
from pipeline.tables.reports import DOCUMENTS


def report_rows(source: Source, report: Report, fault: DocumentError | None = None) -> Rows:
    """The rows of every table for one report that was read. `fault`: why it failed nevertheless."""
    view = View(source.document_id, {frame.number: frame for frame in report.pages})
    rows: Rows = {
        "sessions": [_session_row(view, s) for s in report.sessions],
        "attendees": [_attendee_row(view, a) for a in report.attendees],
        "attendance": list(_attendance_rows(view, report)),
        "functions": [_function_row(view, f) for f in report.functions],
        "function_sessions": list(_function_session_rows(view, report)),
        **_field_rows(view, report),
    }
    rows["findings"] = remarks.finding_rows(view, report)
    rows["residuals"] = remarks.residual_rows(view, report)
    rows["looks"] = remarks.look_rows(view, report)
    rows["documents"] = [_document_row(view, source, report, awaits=_awaits_review(rows))]
    if fault:
        rows["documents"][0] |= _failure(fault, report.certainty.review_reason)
        if fault.everywhere:
            _doubt(rows, fault.reason)
        elif isinstance(fault, PageUnread):
            _doubt(rows, fault.reason, set(report.unread_matrices))
    return rows


def failed_rows(source: Source, error: DocumentError) -> Rows:
    """The one row of a file that could not be read."""
    row: Row = dict.fromkeys(column.name for column in DOCUMENTS.columns)
    row |= {
        "document_id": source.document_id,
        "source": source.name,
        "sha256": source.sha256,
        **_failure(error),
    }
    return {"documents": [row]}


def _failure(error: DocumentError, doubt: str | None = None) -> Row:
    """`doubt`: what is in doubt of what was read nevertheless."""
    return {
        "status": "failed",
        "error": error.reason,
        "error_message": str(error),
        "attempt": 1,
        "needs_review": True,
        "review_reason": ";".join(filter(None, (error.reason, doubt))),
    }


def _doubt(rows: Rows, reason: str, pages: Collection[Value] | None = None) -> None:
    """Has every value looked at that has no reason of its own yet. `pages`: those that stand there only."""
    for row in (row for table in rows.values() for row in table if not row["needs_review"]):
        if pages is None or row["page"] in pages:
            row |= {"needs_review": True, "review_reason": reason}


def again_rows(source: Source, first: Source, rows: Rows) -> Rows:
    """Rows for a file whose bytes were already read under another name: listed, and reported, but not counted twice.

    `rows`: those of the first reading. `finding` numbers go on after those of the first (see `number_findings`).
    """
    document = rows["documents"][0] | {"source": source.name}
    if document["status"] == "failed":
        return {"documents": [document]}
    finding: Row = dict.fromkeys(column.name for column in FINDINGS.columns)
    finding |= {
        "document_id": source.document_id,
        "code": "DUPLICATE_REPORT",
        "severity": SEVERITIES["DUPLICATE_REPORT"],
        "table": "documents",
        "item": source.name,
        "needs_review": False,
        **remarks.ground("DUPLICATE_REPORT"),
        "message": f"El archivo «{source.name}» es copia exacta de «{first.name}»; sus datos se cuentan una sola vez.",
    }
    return {"documents": [document], "findings": [finding]}


def number_findings(rows: Rows, count: dict[Value, int] | None = None) -> None:
    """Numbers each document's findings from 1, or from after `count`, which goes on with them."""
    count = {} if count is None else count
    for row in rows["findings"]:
        count[row["document_id"]] = row["finding"] = count.get(row["document_id"], 0) + 1


def _document_row(view: View, source: Source, report: Report, *, awaits: bool) -> Row:
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


def _session_row(view: View, session: Session) -> Row:
    return view.row(
        session.certainty,
        matrix=session.matrix.value,
        column=session.column,
        quarter=session.quarter,
        date=session.date,
        date_raw=session.date_raw,
    )


def _attendee_row(view: View, attendee: Attendee) -> Row:
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
        entity_score=rounded(attendee.entity_score),
        entity_runner_up=attendee.entity_runner_up,
        entity_margin=rounded(attendee.entity_margin),
        entity_evidence=attendee.entity_evidence,
        position=attendee.position,
        role=attendee.role,
        total_printed=attendee.total_printed,
        total_computed=attendee.total_computed,
        entity_confidence=rounded(attendee.entity_certainty.confidence),
        sector_confidence=rounded(attendee.sector_certainty.confidence),
        role_confidence=rounded(attendee.role_certainty.confidence),
        total_confidence=rounded(attendee.total_certainty.confidence),
    )


def _attendance_rows(view: View, report: Report) -> Iterable[Row]:
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


def _function_row(view: View, function: Function) -> Row:
    return view.row(
        function.certainty,
        function=function.function,
        scope=function.scope,
        text=function.text,
        addressed_printed=function.addressed_printed,
        addressed_computed=function.addressed_computed,
    )


def _function_session_rows(view: View, report: Report) -> Iterable[Row]:
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


def _field_rows(view: View, report: Report) -> Rows:
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

"""What is said of a report → rows: what is odd about it, what ended in no value, what was looked at again."""

from __future__ import annotations

from parsers.findings import GROUNDS
from parsers.records import Certainty, Report
from pipeline.rows import Row, View, rounded
from pipeline.tables.remarks import FINDINGS


def finding_rows(view: View, report: Report) -> list[Row]:
    """Findings rest on what is read beyond doubt, so none awaits review; they stand where their value does."""
    return [
        dict.fromkeys(column.name for column in FINDINGS.columns)
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


def residual_rows(view: View, report: Report) -> list[Row]:
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


def look_rows(view: View, report: Report) -> list[Row]:
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
            said=rounded(look.said),
        )
        for i, look in enumerate(report.looks, start=1)
    ]

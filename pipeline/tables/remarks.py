"""What is said of reports: what is odd about them, what ended in no value, what was looked at again."""

from __future__ import annotations

from pipeline.schema import Column, Link, TableSchema
from pipeline.tables.columns import COLUMN, COMMON, DOCUMENT, PLACE, TO_DOCUMENT, integer, number, text

FINDINGS = TableSchema(
    "findings",
    "What is wrong or odd about the reports themselves",
    (
        DOCUMENT,
        integer("finding", "Place among the document's findings, from 1"),
        Column("code", "What was found; docs/findings.md explains each", required=True),
        Column("severity", "How grave", values=("error", "warning", "info"), required=True),
        text("table", "Table of the value in question"),
        integer("row", "Row of the attendance matrix"),
        COLUMN,
        integer("function", "Number of the function"),
        text("item", "What else tells the place: a publication, a period, a file, a name"),
        text("message", "For the auditor, in Spanish"),
        text("rule", "The rule that it breaks, C1-C34 of docs/findings.md; null where it is none of them"),
        text("rule_source", "What the rule rests on: V verified norm, S the form, I inferred, M memory, dictionary"),
        text("other_document_id", "The other report, where two say different things"),
        integer("other_row", "Row of the attendance matrix in the other report"),
        integer("other_column", "Session column in the other report"),
        *(Column(f"other_{c.name}", f"In the other report: {c.description}", c.type, c.unit) for c in PLACE),
        *COMMON,
    ),
    key=("document_id", "finding"),
    links=(TO_DOCUMENT, Link(("other_document_id",), "documents", ("document_id",))),
)
RESIDUALS = TableSchema(
    "residuals",
    "Ink and words on the pages that ended in no value: stamps, signatures, notes in the margin, lost rows",
    (
        DOCUMENT,
        integer("residual", "Place among the document's residuals, from 1"),
        Column(
            "kind",
            "ink: nothing read explains it; mark: ink of a mark's size beside what a cell was read as; words: as read",
            values=("ink", "mark", "words"),
            required=True,
        ),
        text("text", "The words as read; null for ink"),
        text("matrix", "The matrix that it reaches into", "attendance", "functions_general", "functions_specific"),
        integer("row", "First row of the attendance matrix that it reaches into"),
        integer("function", "Number of the first function whose row it reaches into"),
        integer("column", "First session column that it reaches into in that row"),
        *COMMON,
    ),
    key=("document_id", "residual"),
    links=(TO_DOCUMENT,),
)
LOOKS = TableSchema(
    "looks",
    "What each look said at the values that were in doubt and looked at again",
    (
        DOCUMENT,
        integer("look_number", "Place among the document's looks, from 1"),
        Column("table", "Table of the value in question", required=True),
        Column("value", "Its column in that table", required=True),
        text("matrix", "Matrix of a session"),
        integer("row", "Row of the attendance matrix"),
        COLUMN,
        integer("function", "Number of the function"),
        Column("look", "How it was seen; ARCHITECTURE.md names the ways", required=True),
        text("text", "What that look read; ? for what it cannot tell, null for blank"),
        number("said", "How sure that look is by its own measure", "0-1"),
        *COMMON,
    ),
    key=("document_id", "look_number"),
    links=(TO_DOCUMENT,),
)

REMARKS = (FINDINGS, RESIDUALS, LOOKS)

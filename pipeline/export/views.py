"""What an analyst would join again and again, as views of SQL that SQLite and DuckDB both take.

Rows are joined through `reports`, which has one row for each report, and never through `documents`, which has one for
each file: a report archived under two names would count twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pipeline.schema import Column, Link, TableSchema, Type

REPORTS = "reports"
REPORT_COLUMNS = """
    p.source, p.instancia_id, coalesce(b.name, p.instancia) AS instancia, p.instancia_raw, b.kind AS instancia_kind,
    p.year, p.period_kind, p.quarter AS reported_quarter, p.status"""
REPORT_JOINS = """
  JOIN reports AS p ON p.document_id = t.document_id
  LEFT JOIN instancias AS b ON b.instancia_id = p.instancia_id"""
BODY_JOIN = "LEFT JOIN instancias AS b ON b.instancia_id = t.instancia_id"
ENTITY_JOINS = """LEFT JOIN entities AS e ON e.entity_id = t.entity_id
  LEFT JOIN sectors AS c ON c.sector_id = t.sector_id"""
ENTITY_NEEDS = frozenset({"entities", "sectors"})
REPORT_NEEDS = frozenset({"documents", "instancias"})
CERTAINTY = "t.confidence, t.needs_review, t.review_reason, t.page, t.x0, t.y0, t.x1, t.y1, t.line"
# tables that a report's own columns make whole, each with the name of one row
PLAIN = {
    "sessions": "session",
    "functions": "function",
    "norms": "norm",
    "publications": "publication",
    "signatories": "signatory",
    "sections": "section",
    "residuals": "residual",
    "looks": "look",
}
# the column that shows what was read where a row awaits review
READ_AS = {
    "documents": "instancia_raw",
    "sessions": "date_raw",
    "attendees": "entity_raw",
    "attendance": "mark_raw",
    "functions": "text",
    "function_sessions": "mark_raw",
    "norms": "title",
    "publications": "mark_raw",
    "signatories": "name",
    "sections": "text",
    "residuals": "text",
}


@dataclass(frozen=True, slots=True)
class View:
    """A view: `sql` selects from `tables`, all of which must be there."""

    name: str
    description: str
    tables: frozenset[str]
    sql: str


def reports(documents: TableSchema) -> TableSchema:
    """The table that `documents` lacks: one row for each report, however many files hold it."""
    added = (
        Column("source", "File name; of several files with the same bytes, the first", required=True),
        Column("files", "How many files of the archive hold these very bytes", Type.INTEGER, required=True),
    )
    kept = tuple(c for c in documents.columns if c.name not in ("document_id", "source"))
    key = Column("document_id", "First 16 hex digits of the source file's SHA-256", required=True)
    description = "One row per report: files with the same bytes, each with its row in documents, are one report"
    return TableSchema(REPORTS, description, (key, *added, *kept), ("document_id",), documents.links)


def fill_reports(table: TableSchema) -> str:
    """The statement that fills `reports` from `documents`: of several files, the first that could be read."""
    names = ", ".join(f'"{c.name}"' for c in table.columns)
    return f"""
INSERT INTO reports SELECT {names} FROM (
  SELECT *,
    row_number() OVER (PARTITION BY document_id ORDER BY status = 'failed', rowid) AS place,
    count(*) OVER (PARTITION BY document_id) AS files,
    min(rowid) OVER (PARTITION BY document_id) AS first
  FROM documents WHERE document_id IS NOT NULL
) AS found WHERE place = 1 ORDER BY first"""


def linked(table: TableSchema) -> TableSchema:
    """The table with its link to `documents`, whose rows are files, turned to `reports`, where the key holds."""
    turned = tuple(Link(k.columns, REPORTS, k.targets) if k.targets == ("document_id",) else k for k in table.links)
    return TableSchema(table.name, table.description, table.columns, table.key, turned)


def views(tables: Collection[TableSchema]) -> Iterator[View]:
    """The views that the dataset's tables allow, in an order in which each rests on tables alone."""
    there = {table.name for table in tables} | {REPORTS}
    plain = [_plain(table) for table in tables if table.name in PLAIN]
    yield from (view for view in (*VIEWS, *plain) if view.tables <= there)
    if reviewed := [table for table in tables if table.name in READ_AS]:
        yield View("v_review", REVIEW_IS, frozenset({t.name for t in reviewed}), _review(reviewed))


REVIEW_IS = "Every value that awaits a person, over all tables: where it stands, what was read, why in doubt"


def _review(tables: Collection[TableSchema]) -> str:
    return "\nUNION ALL\n".join(_review_of(table) for table in tables)


def _review_of(table: TableSchema) -> str:
    """The rows of one table that await review; a place that the table does not have is null."""
    own = {c.name for c in table.columns}
    places = ", ".join(f't."{c}"' if c in own else f'NULL AS "{c}"' for c in ("matrix", "row", "function", "column"))
    source = "t.source" if "source" in own else "p.source"
    join = "" if "source" in own else "JOIN reports AS p ON p.document_id = t.document_id"
    return f"""SELECT t.document_id, {source} AS source, '{table.name}' AS "table", {places},
    t."{READ_AS[table.name]}" AS read_as, {CERTAINTY.replace("t.needs_review, ", "")}
  FROM {table.name} AS t {join}
  WHERE t.needs_review"""


def _plain(table: TableSchema) -> View:
    """A table's rows with their report; a column that both have is named for the table's rows: `norm_year`."""
    kept = (c for c in table.columns if c.name != "document_id")
    own = ", ".join(f't."{c.name}"' + (f' AS "{PLAIN[table.name]}_year"' if c.name == "year" else "") for c in kept)
    sql = f"SELECT t.document_id, {REPORT_COLUMNS.strip()},\n    {own}\n  FROM {table.name} AS t{REPORT_JOINS}"
    return View(f"v_{table.name}", f"{table.description}; with their report", REPORT_NEEDS | {table.name}, sql)


VIEWS = (
    View(
        "v_reports",
        "Reports with their body, and how much in each was found odd and awaits a person",
        REPORT_NEEDS | {"findings", "attendees", "attendance", "functions"},
        """SELECT p.document_id, p.source, p.files, p.instancia_id, coalesce(b.name, p.instancia) AS instancia,
    p.instancia_raw, b.acronym AS instancia_acronym, b.kind AS instancia_kind, p.year, p.period_kind, p.quarter,
    p.pages, p.input_kind, p.ordinary_held, p.ordinary_planned, p.extraordinary_held, p.extraordinary_planned,
    p.status, p.error, p.error_message,
    (SELECT count(*) FROM attendees AS a WHERE a.document_id = p.document_id) AS attendees,
    (SELECT count(*) FROM functions AS f WHERE f.document_id = p.document_id) AS functions,
    (SELECT count(*) FROM findings AS f WHERE f.document_id = p.document_id) AS findings,
    (SELECT count(*) FROM attendance AS a WHERE a.document_id = p.document_id AND a.needs_review) AS marks_to_review
  FROM reports AS p
  LEFT JOIN instancias AS b ON b.instancia_id = p.instancia_id""",
    ),
    View(
        "v_attendance",
        "Every attendance mark with its report, session, seat, entity and sector",
        REPORT_NEEDS | {"attendance", "attendees", "sessions"} | ENTITY_NEEDS,
        f"""SELECT t.document_id, {REPORT_COLUMNS.strip()},
    t."row", t."column", t.quarter, t.session_date, s.date_raw AS session_date_raw,
    t.sector_id, c.name AS sector, c.number AS sector_number, a.sector_raw,
    t.entity_id, coalesce(e.name, t.entity) AS entity, e.acronym AS entity_acronym, e.kind AS entity_kind, a.entity_raw,
    a.position, t.role, t.mark, t.attended, t.mark_raw, a.total_printed, a.total_computed,
    a.entity_confidence, s.confidence AS session_confidence, {CERTAINTY}
  FROM attendance AS t{REPORT_JOINS}
  LEFT JOIN attendees AS a ON a.document_id = t.document_id AND a."row" = t."row"
  LEFT JOIN sessions AS s ON s.document_id = t.document_id AND s.matrix = 'attendance' AND s."column" = t."column"
  {ENTITY_JOINS}""",
    ),
    View(
        "v_attendees",
        "Every seat with its report, entity and sector",
        REPORT_NEEDS | {"attendees"} | ENTITY_NEEDS,
        f"""SELECT t.document_id, {REPORT_COLUMNS.strip()},
    t."row", t.sector_id, c.name AS sector, t.sector_number, t.sector_raw,
    t.entity_id, coalesce(e.name, t.entity) AS entity, e.acronym AS entity_acronym, e.kind AS entity_kind,
    e.sector_id AS entity_sector_id, t.entity_raw, t.entity_score, t.entity_confidence, t.position, t.role,
    t.total_printed, t.total_computed, {CERTAINTY}
  FROM attendees AS t{REPORT_JOINS}
  {ENTITY_JOINS}""",
    ),
    View(
        "v_function_sessions",
        "Every function mark with its report, function and session",
        REPORT_NEEDS | {"function_sessions", "functions", "sessions"},
        f"""SELECT t.document_id, {REPORT_COLUMNS.strip()},
    t."function", t.scope, f.text AS function_text, f.addressed_printed, f.addressed_computed,
    t."column", t.quarter, t.session_date, s.date_raw AS session_date_raw, t.mark, t.addressed, t.mark_raw,
    s.confidence AS session_confidence, {CERTAINTY}
  FROM function_sessions AS t{REPORT_JOINS}
  LEFT JOIN functions AS f ON f.document_id = t.document_id AND f."function" = t."function"
  LEFT JOIN sessions AS s
    ON s.document_id = t.document_id AND s.matrix = 'functions_' || t.scope AND s."column" = t."column\"""",
    ),
    View(
        "v_history",
        "What all reports together say of each attendance, with body, entity, sector, and the report to look at",
        frozenset({"history", "documents", "instancias"}) | ENTITY_NEEDS,
        f"""SELECT t.instancia_id, coalesce(b.name, t.instancia) AS instancia, b.kind AS instancia_kind,
    t.year, t.session, t.session_date, t.quarter, t.seat, t.sector_id, coalesce(c.name, t.sector) AS sector,
    t.entity_id, coalesce(e.name, t.entity) AS entity, e.acronym AS entity_acronym, e.kind AS entity_kind,
    t.role, t.mark, t.attended, t.printings, t.agreement, t.documents, t.settled_by,
    t.document_id, p.source, t."row", t."column", t.confidence, t.needs_review, t.review_reason, t.page
  FROM history AS t
  LEFT JOIN reports AS p ON p.document_id = t.document_id
  {BODY_JOIN}
  {ENTITY_JOINS}""",
    ),
    View(
        "v_attendance_rates",
        "Rates of attendance, with what the dictionary says of body, entity and sector",
        frozenset({"attendance_rates", "instancias"}) | ENTITY_NEEDS,
        f"""SELECT t.level, t.year, t.instancia_id, coalesce(b.name, t.instancia) AS instancia,
    b.acronym AS instancia_acronym, b.kind AS instancia_kind, t.sector_id, coalesce(c.name, t.sector) AS sector,
    c.number AS sector_number, t.entity_id, coalesce(e.name, t.entity) AS entity, e.acronym AS entity_acronym,
    e.kind AS entity_kind, t.sessions_held, t.attended, t.absent, t.under_review, t.left_out,
    t.rate, t.rate_low, t.rate_high
  FROM attendance_rates AS t
  {BODY_JOIN}
  {ENTITY_JOINS}""",
    ),
    View(
        "v_findings",
        "Every finding with its report, and the entity of the row that it is about",
        REPORT_NEEDS | {"findings", "attendees"},
        f"""SELECT t.document_id, {REPORT_COLUMNS.strip()},
    t.finding, t.code, t.severity, t."table", t."row", t."column", t."function", t.item, t.message,
    a.entity_id, a.entity, a.entity_raw, {CERTAINTY}
  FROM findings AS t{REPORT_JOINS}
  LEFT JOIN attendees AS a ON a.document_id = t.document_id AND a."row" = t."row\"""",
    ),
    View(
        "v_questions",
        "Every finding between reports that waits for a value in doubt, with both reports and what to confirm",
        REPORT_NEEDS | {"questions"},
        f"""SELECT t.document_id, {REPORT_COLUMNS.strip()},
    t.question, t.code, t."table", t."row", t."column", t.item, t.message, t.awaits,
    t.other_document_id, o.source AS other_source, t.other_row, t.other_column, t.other_page, {CERTAINTY}
  FROM questions AS t{REPORT_JOINS}
  LEFT JOIN reports AS o ON o.document_id = t.other_document_id""",
    ),
    View(
        "v_series",
        "Each body's reports one after another, its gaps, and the documents that no series has, with their files",
        REPORT_NEEDS | {"series"},
        f"""SELECT t.instancia_id, coalesce(b.name, t.instancia) AS instancia, b.kind AS instancia_kind,
    t.year, t.period, t.first_quarter, t.last_quarter, t.state, t.document_id, t.source, p.status, p.error,
    t.sessions, t.marks, t.repeats_document_id, r.source AS repeats_source, t.compared, t.perhaps
  FROM series AS t
  LEFT JOIN reports AS p ON p.document_id = t.document_id
  LEFT JOIN reports AS r ON r.document_id = t.repeats_document_id
  {BODY_JOIN}""",
    ),
    View(
        "v_function_history",
        "Functions of each body's year, how many sessions addressed each, with body and the last report that prints it",
        REPORT_NEEDS | {"function_history"},
        f"""SELECT t.instancia_id, coalesce(b.name, t.instancia) AS instancia, b.kind AS instancia_kind,
    t.year, t.item, t.scope, t.text, t."function", t.printings, t.documents, t.sessions_addressed,
    t.sessions_not_addressed, t.sessions_under_review, t.never_addressed, t.document_id, p.source, {CERTAINTY}
  FROM function_history AS t
  LEFT JOIN reports AS p ON p.document_id = t.document_id
  {BODY_JOIN}""",
    ),
)

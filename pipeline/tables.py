"""The dataset's tables: the one definition behind Parquet, CSV and the data package."""

from __future__ import annotations

from dictionaries.records import EVIDENCE as EVIDENCE_LEVELS
from pipeline.schema import Column, Link, TableSchema, Type


def _text(name: str, description: str, *values: str) -> Column:
    return Column(name, description, values=values)


def _integer(name: str, description: str, unit: str | None = None) -> Column:
    return Column(name, description, Type.INTEGER, unit)


def _number(name: str, description: str, unit: str | None = None) -> Column:
    return Column(name, description, Type.NUMBER, unit)


def _boolean(name: str, description: str) -> Column:
    return Column(name, description, Type.BOOLEAN)


def _date(name: str, description: str) -> Column:
    return Column(name, description, Type.DATE)


DOCUMENT = Column("document_id", "First 16 hex digits of the source file's SHA-256", required=True)
CERTAINTY = (
    _number("confidence", "Calibrated probability that the value, or all of the row, equals what is printed", "0-1"),
    Column("needs_review", "A person should look: the reading is uncertain", Type.BOOLEAN, required=True),
    _text("review_reason", "Why a person should look, machine-readable"),
)
PLACE = (
    _integer("page", "Page where the value stands, from 1; of a value cut by a page break, where it begins"),
    _number("x0", "Left edge of what stands on that page, as a viewer shows it", "pt"),
    _number("y0", "Top edge, from the top of the page", "pt"),
    _number("x1", "Right edge", "pt"),
    _number("y1", "Bottom edge", "pt"),
    _integer("line", "Line of the text file, from 1; null for pages with boxes"),
)
COMMON = CERTAINTY + PLACE
TO_DOCUMENT = Link(("document_id",), "documents", ("document_id",))
TO_SECTOR = Link(("sector_id",), "sectors", ("sector_id",))
TO_ENTITY = Link(("entity_id",), "entities", ("entity_id",))
MARKS = ("SI", "NO", "-")
ROLES = ("P", "S", "I", "IP", "O")
ROW = _integer("row", "Row of the attendance matrix, from 1, in document order")
COLUMN = _integer("column", "Session column, from 1, left to right")
QUARTER = _integer("quarter", "Calendar quarter of the column, 1-4")
SESSION_DATE = _date("session_date", "Date of the column's session; null: none held, or unreadable")
MARK = _text("mark", "SI, NO, or - (no session in that column); null: unreadable, or left blank by the report", *MARKS)
MARK_RAW = _text("mark_raw", "The mark as read")
SECTOR_ID = _text("sector_id", "The sector in the dictionary")
ENTITY_ID = _text("entity_id", "The entity in the dictionary; null where the dictionary does not hold it")
ENTITY = _text("entity", "Official name of the entity")
ENTITY_RAW = _text("entity_raw", "The entity as read")
ROLE = _text("role", "P president, S technical secretary, I member, IP permanent guest, O other", *ROLES)
INSTANCIA_ID = _text("instancia_id", "The coordination body in the dictionary")
INSTANCIA = _text("instancia", "Official name of the body")
YEAR = _integer("year", "Year reported")
TO_INSTANCIA = Link(("instancia_id",), "instancias", ("instancia_id",))
FUNCTION = _integer("function", "The function's number, from 1, over the report")
SCOPE = _text("scope", "General or specific functions", "general", "specific")

DOCUMENTS = TableSchema(
    "documents",
    "One row per input file, those that could not be read included",
    (
        _text("document_id", DOCUMENT.description + "; null only where the file gives no bytes"),
        Column("source", "File name, within the folder given", required=True),
        _text("sha256", "SHA-256 of the file"),
        _integer("pages", "Number of pages"),
        _text("input_kind", "What the file turned out to be", "scan", "text_layer", "ocr_text"),
        _text("form", "Name of the form as printed"),
        INSTANCIA_ID,
        INSTANCIA,
        _text("instancia_raw", "The body as read"),
        YEAR,
        _text("period_kind", "Kind of period reported", "quarter", "semester", "year"),
        _integer("quarter", "Quarter reported, 1-4; null for other periods"),
        _text("regulation", "Internal regulation as read"),
        _integer("ordinary_held", "Ordinary sessions held, as declared"),
        _integer("ordinary_planned", "Ordinary sessions planned, as declared"),
        _integer("extraordinary_held", "Extraordinary sessions held, as declared"),
        _integer("extraordinary_planned", "Extraordinary sessions planned, as declared"),
        Column(
            "status",
            "ok; review: something in it awaits a person; failed: not read, or not wholly",
            values=("ok", "review", "failed"),
            required=True,
        ),
        _text("error", "Why it failed, machine-readable"),
        _text("error_message", "Why it failed and what to do, in Spanish"),
        _integer("attempt", "1; 2: read with less after the first attempt was lost, so that all of it is doubtful"),
        *COMMON,
    ),
    key=("source",),
    links=(TO_INSTANCIA,),
)
SESSIONS = TableSchema(
    "sessions",
    "One row per session column of each matrix header",
    (
        DOCUMENT,
        _text("matrix", "Which matrix", "attendance", "functions_general", "functions_specific"),
        COLUMN,
        QUARTER,
        _date("date", "Date of the session; null: none held, or unreadable"),
        _text("date_raw", "The date as read"),
        *COMMON,
    ),
    key=("document_id", "matrix", "column"),
    links=(TO_DOCUMENT,),
)
ATTENDEES = TableSchema(
    "attendees",
    "One row per row of the attendance matrix: a seat, not a person",
    (
        DOCUMENT,
        ROW,
        _integer("sector_number", "Number of the sector as printed"),
        SECTOR_ID,
        _text("sector", "Name of the sector"),
        _text("sector_raw", "The sector as read"),
        ENTITY_ID,
        ENTITY,
        ENTITY_RAW,
        _number("entity_score", "Score of the link to the dictionary", "0-1"),
        _text("entity_runner_up", "The next best entity"),
        _number("entity_margin", "How far the link's score leads the runner-up's", "0-1"),
        _text("entity_evidence", "What the link rests on"),
        _text("position", "Position (cargo) of who attends, as read"),
        ROLE,
        _integer("total_printed", "Total of attendances as printed"),
        _integer("total_computed", "Number of SI in the row"),
        _number("entity_confidence", "Calibrated probability that the entity is the one printed", "0-1"),
        _number("sector_confidence", "The same of the sector", "0-1"),
        _number("role_confidence", "The same of the role", "0-1"),
        _number("total_confidence", "The same of the total", "0-1"),
        *COMMON,
    ),
    key=("document_id", "row"),
    links=(TO_DOCUMENT, TO_SECTOR, TO_ENTITY),
)
ATTENDANCE = TableSchema(
    "attendance",
    "One row per cell of the attendance matrix",
    (
        DOCUMENT,
        ROW,
        COLUMN,
        QUARTER,
        SESSION_DATE,
        SECTOR_ID,
        ENTITY_ID,
        ENTITY,
        ROLE,
        MARK,
        _boolean("attended", "Whether the entity attended; null: no session, or unknown"),
        MARK_RAW,
        *COMMON,
    ),
    key=("document_id", "row", "column"),
    links=(
        TO_DOCUMENT,
        Link(("document_id", "row"), "attendees", ("document_id", "row")),
        TO_SECTOR,
        TO_ENTITY,
    ),
)
FUNCTIONS = TableSchema(
    "functions",
    "One row per function of the body",
    (
        DOCUMENT,
        FUNCTION,
        SCOPE,
        _text("text", "The function as read"),
        _text("addressed_printed", "«Se abordó» as printed", "SI", "NO"),
        _boolean("addressed_computed", "Whether any session marks it SI"),
        *COMMON,
    ),
    key=("document_id", "function"),
    links=(TO_DOCUMENT,),
)
FUNCTION_SESSIONS = TableSchema(
    "function_sessions",
    "One row per cell of the function matrices",
    (
        DOCUMENT,
        FUNCTION,
        SCOPE,
        COLUMN,
        QUARTER,
        SESSION_DATE,
        MARK,
        _boolean("addressed", "Whether the session addressed the function; null: no session, or unknown"),
        MARK_RAW,
        *COMMON,
    ),
    key=("document_id", "function", "column"),
    links=(TO_DOCUMENT, Link(("document_id", "function"), "functions", ("document_id", "function"))),
)
NORMS = TableSchema(
    "norms",
    "Norms that the report cites",
    (
        DOCUMENT,
        _integer("norm", "The norm's place in the report, from 1"),
        _text("kind", "Acuerdo, Decreto, Resolución …"),
        _text("number", "Number of the norm"),
        _date("date", "Date of the norm"),
        _integer("year", "Year of the norm"),
        _text("title", "The norm as read"),
        *COMMON,
    ),
    key=("document_id", "norm"),
    links=(TO_DOCUMENT,),
)
PUBLICATIONS = TableSchema(
    "publications",
    "What the report declares as published",
    (
        DOCUMENT,
        Column("item", "The document to publish", required=True),
        _boolean("published", "Whether it is declared published; null: unreadable, or not marked"),
        MARK_RAW,
        *COMMON,
    ),
    key=("document_id", "item"),
    links=(TO_DOCUMENT,),
)
SIGNATORIES = TableSchema(
    "signatories",
    "Who signs the report",
    (
        DOCUMENT,
        _integer("signatory", "Place among the signatures, from 1"),
        _text("signs_as", "In which capacity", "president", "technical_secretary"),
        _text("name", "Name as read"),
        _text("position", "Position as read"),
        ENTITY_ID,
        ENTITY,
        ENTITY_RAW,
        *COMMON,
    ),
    key=("document_id", "signatory"),
    links=(TO_DOCUMENT, TO_ENTITY),
)
SECTIONS = TableSchema(
    "sections",
    "Paragraphs of the narrative",
    (
        DOCUMENT,
        _text("section", "Key of the heading it stands under"),
        _integer("order", "Place in the report, from 1"),
        _text("text", "The paragraph as read"),
        *COMMON,
    ),
    key=("document_id", "order"),
    links=(TO_DOCUMENT,),
)
FINDINGS = TableSchema(
    "findings",
    "What is wrong or odd about the reports themselves",
    (
        DOCUMENT,
        _integer("finding", "Place among the document's findings, from 1"),
        Column("code", "What was found; docs/findings.md explains each", required=True),
        Column("severity", "How grave", values=("error", "warning", "info"), required=True),
        _text("table", "Table of the value in question"),
        _integer("row", "Row of the attendance matrix"),
        COLUMN,
        _integer("function", "Number of the function"),
        _text("item", "What else tells the place: a publication, a period, a file, a name"),
        _text("message", "For the auditor, in Spanish"),
        _text("rule", "The rule that it breaks, C1-C34 of docs/findings.md; null where it is none of them"),
        _text("rule_source", "What the rule rests on: V verified norm, S the form, I inferred, M memory, dictionary"),
        _text("other_document_id", "The other report, where two say different things"),
        _integer("other_row", "Row of the attendance matrix in the other report"),
        _integer("other_column", "Session column in the other report"),
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
        _integer("residual", "Place among the document's residuals, from 1"),
        Column(
            "kind",
            "ink: nothing read explains it; mark: ink of a mark's size beside what a cell was read as; words: as read",
            values=("ink", "mark", "words"),
            required=True,
        ),
        _text("text", "The words as read; null for ink"),
        _text("matrix", "The matrix that it reaches into", "attendance", "functions_general", "functions_specific"),
        _integer("row", "First row of the attendance matrix that it reaches into"),
        _integer("function", "Number of the first function whose row it reaches into"),
        _integer("column", "First session column that it reaches into in that row"),
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
        _integer("look_number", "Place among the document's looks, from 1"),
        Column("table", "Table of the value in question", required=True),
        Column("value", "Its column in that table", required=True),
        _text("matrix", "Matrix of a session"),
        _integer("row", "Row of the attendance matrix"),
        COLUMN,
        _integer("function", "Number of the function"),
        Column("look", "How it was seen; ARCHITECTURE.md names the ways", required=True),
        _text("text", "What that look read; ? for what it cannot tell, null for blank"),
        _number("said", "How sure that look is by its own measure", "0-1"),
        *COMMON,
    ),
    key=("document_id", "look_number"),
    links=(TO_DOCUMENT,),
)

HISTORY = TableSchema(
    "history",
    "One row per body, year, session and seat: what all reports together say of an attendance",
    (
        Column("instancia_id", "The coordination body in the dictionary", required=True),
        INSTANCIA,
        Column("year", YEAR.description, Type.INTEGER, required=True),
        Column("session", "The session's place in the year as reported, from 1, by date", Type.INTEGER, required=True),
        Column("session_date", "Date of the session, as last printed", Type.DATE, required=True),
        QUARTER,
        Column("seat", "The seat's place in the body that year, from 1; tells two seats of one entity", Type.INTEGER,
               required=True),
        SECTOR_ID,
        _text("sector", "Name of the sector"),
        ENTITY_ID,
        _text("entity", "Official name of the entity; where the dictionary does not hold it, its text as read"),
        ROLE,
        MARK,
        _boolean("attended", "Whether the seat was attended; null: no session for it, or unknown"),
        _integer("printings", "Reports that print this attendance"),
        _number("agreement", "Share that says the mark, of the printings that say one", "0-1"),
        _text("documents", "document_id of the reports that print it, in the order of their periods, joined by ;"),
        _text("settled_by", "document_id of the reports whose clear reading settled an uncertain one, joined by ;"),
        _text("document_id", "The last report that prints the mark: where to look"),
        _integer("row", "Row of the attendance matrix in that report"),
        _integer("column", "Session column in that report"),
        *COMMON,
    ),
    key=("instancia_id", "year", "session", "seat"),
    links=(TO_INSTANCIA, TO_SECTOR, TO_ENTITY, TO_DOCUMENT),
)  # fmt: skip
RATE_LEVELS = ("year", "body", "sector", "entity", "body_sector", "body_entity")
ATTENDANCE_RATES = TableSchema(
    "attendance_rates",
    "Attendance by year, and in it by body, sector, entity, and by sector and entity within a body",
    (
        Column("level", "What the row counts: body_sector and body_entity within one body, the others over all",
               values=RATE_LEVELS, required=True),
        Column("year", YEAR.description, Type.INTEGER, required=True),
        INSTANCIA_ID,
        INSTANCIA,
        SECTOR_ID,
        _text("sector", "Name of the sector"),
        ENTITY_ID,
        _text("entity", "Official name of the entity; within a body also the text of one the dictionary lacks"),
        _integer("sessions_held", "Sessions held, as dated by the reports"),
        _integer("attended", "Attendances (SI) that await no review"),
        _integer("absent", "Absences (NO) that await no review"),
        _integer("under_review", "Attendances of `history` that await review"),
        _integer("left_out", "Marks in columns whose session no report settles; they stand in no row of `history`"),
        _number("rate", "attended / (attended + absent); null where both are 0", "0-1"),
        _number("rate_low", "The rate if all that is under review or left out were NO", "0-1"),
        _number("rate_high", "The rate if all of it were SI", "0-1"),
    ),
    key=("level", "year", "instancia_id", "sector_id", "entity_id", "entity"),
    links=(TO_INSTANCIA, TO_SECTOR, TO_ENTITY),
)  # fmt: skip
SERIES = TableSchema(
    "series",
    "One row per report of a body and per quarter that none covers, in their order; then documents that no series has",
    (
        INSTANCIA_ID,
        INSTANCIA,
        YEAR,
        _text("period", "As messages name it: 2025-T2, 2025-S1, 2025"),
        _integer("first_quarter", "First calendar quarter of the period, 1-4; null: not known"),
        _integer("last_quarter", "Last calendar quarter of the period, 1-4"),
        Column("state", "reported; repeated: another report has that period already; missing: no report; unknown: no "
               "report unless it is one of `perhaps`; unplaced: a document whose body or period is in doubt or that "
               "failed", values=("reported", "repeated", "missing", "unknown", "unplaced"), required=True),
        _text("document_id", "The report; null where there is none"),
        _text("source", "Its file name"),
        _integer("sessions", "Sessions that it dates beyond doubt"),
        _integer("marks", "SI and NO that it prints, as read"),
        _text("repeats_document_id", "The report of the same period that it repeats or replaces: which, none prints"),
        _text("compared", "Beside that one it has the same attendance, more sessions, less, or other things; more "
              "sessions are a hint that it is the later one, no proof", "same", "more", "less", "other"),
        _text("perhaps", "document_id of the documents that may be the report, joined by ;; of a missing one, of files "
              "of which nothing tells whose they are"),
    ),
    key=("instancia_id", "year", "period", "document_id"),
    links=(TO_INSTANCIA, TO_DOCUMENT, Link(("repeats_document_id",), "documents", ("document_id",))),
)  # fmt: skip
_BETWEEN = ("code", "table", "row", "column", "item", "message", "other_document_id", "other_row", "other_column",
            *(f"other_{c.name}" for c in PLACE))  # fmt: skip
QUESTIONS = TableSchema(
    "questions",
    "What would be a finding between reports if the values in doubt are as read: to be confirmed, never asserted",
    (
        DOCUMENT,
        YEAR,
        _integer("question", "Place among the document's questions, from 1"),
        *(c for c in FINDINGS.columns if c.name in _BETWEEN),
        _text("awaits", "What a person should confirm, in Spanish"),
        *COMMON,
    ),
    key=("document_id", "question"),
    links=FINDINGS.links,
)
FUNCTION_HISTORY = TableSchema(
    "function_history",
    "One row per body, year and function: the functions of all reports joined by their texts, and when each was "
    "addressed",
    (
        INSTANCIA_ID,
        INSTANCIA,
        YEAR,
        _integer("item", "The function's place in the body that year, from 1, in the order in which reports bring it"),
        SCOPE,
        _text("text", "The function as last read"),
        _text("document_id", "The last report that prints it"),
        _integer("function", "Its number in that report"),
        _integer("printings", "Reports that print it"),
        _text("documents", "document_id of the reports that print it, in the order of their periods, joined by ;"),
        _integer("sessions_addressed", "Sessions that addressed it, beyond doubt in some report and denied by none"),
        _integer("sessions_not_addressed", "Sessions that did not, likewise"),
        _integer("sessions_under_review", "Sessions of which a person must look, or reports say both"),
        _boolean("never_addressed", "No session of the year addressed it; null: some await review, or none is printed"),
        *COMMON,
    ),
    key=("instancia_id", "year", "item"),
    links=(TO_INSTANCIA, TO_DOCUMENT, Link(("document_id", "function"), "functions", ("document_id", "function"))),
)

EVIDENCE = _text("evidence", "How well the source supports the row", *EVIDENCE_LEVELS)
VALID_FROM = _date("valid_from", "First day of validity, as far as known")
VALID_TO = _date("valid_to", "Last day of validity, as far as known")
SECTORS = TableSchema(
    "sectors",
    "The administrative sectors of the dictionary as used",
    (
        Column("sector_id", "Stable name of the sector", required=True),
        _integer("number", "Number by law; the number that a report prints may differ"),
        _text("name", "Official name"),
        VALID_FROM,
        VALID_TO,
        _text("norm", "Norm that created it"),
        _text("source", "Where this was found"),
        EVIDENCE,
    ),
    key=("sector_id",),
)
ENTITIES = TableSchema(
    "entities",
    "The entities of the dictionary as used",
    (
        Column("entity_id", "Stable name of the entity", required=True),
        _text("name", "Official name"),
        _text("acronym", "Acronym"),
        SECTOR_ID,
        _text("kind", "Kind of entity"),
        VALID_FROM,
        VALID_TO,
        _text("successor", "The entity that took its place"),
        _text("norm", "Norm that created it"),
        _text("source", "Where this was found"),
        EVIDENCE,
    ),
    key=("entity_id",),
    links=(TO_SECTOR,),
)
INSTANCIAS = TableSchema(
    "instancias",
    "The coordination bodies of the dictionary as used",
    (
        Column("instancia_id", "Stable name of the body", required=True),
        _text("name", "Official name"),
        _text("acronym", "Acronym"),
        _text("kind", "Kind of body"),
        _text("norms", "Norms that created it"),
        _text("source", "Where this was found"),
        EVIDENCE,
    ),
    key=("instancia_id",),
)
REPORT_TABLES = (
    DOCUMENTS,
    SESSIONS,
    ATTENDEES,
    ATTENDANCE,
    FUNCTIONS,
    FUNCTION_SESSIONS,
    NORMS,
    PUBLICATIONS,
    SIGNATORIES,
    SECTIONS,
    FINDINGS,
    RESIDUALS,
    LOOKS,
)
DICTIONARY_TABLES = (SECTORS, ENTITIES, INSTANCIAS)
SERIES_TABLES = (HISTORY, ATTENDANCE_RATES, SERIES, QUESTIONS, FUNCTION_HISTORY)
TABLES = REPORT_TABLES + SERIES_TABLES + DICTIONARY_TABLES

"""What the reports of an archive say together: attendance, its rates, the series and its gaps, functions."""

from __future__ import annotations

from pipeline.schema import Column, Link, TableSchema, Type
from pipeline.tables.columns import (
    COMMON,
    DOCUMENT,
    ENTITY_ID,
    INSTANCIA,
    INSTANCIA_ID,
    MARK,
    PLACE,
    QUARTER,
    ROLE,
    SCOPE,
    SECTOR_ID,
    TO_DOCUMENT,
    TO_ENTITY,
    TO_INSTANCIA,
    TO_SECTOR,
    YEAR,
    boolean,
    integer,
    number,
    text,
)
from pipeline.tables.remarks import FINDINGS

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
        text("sector", "Name of the sector"),
        ENTITY_ID,
        text("entity", "Official name of the entity; where the dictionary does not hold it, its text as read"),
        ROLE,
        MARK,
        boolean("attended", "Whether the seat was attended; null: no session for it, or unknown"),
        integer("printings", "Reports that print this attendance"),
        number("agreement", "Share that says the mark, of the printings that say one", "0-1"),
        text("documents", "document_id of the reports that print it, in the order of their periods, joined by ;"),
        text("settled_by", "document_id of the reports whose clear reading settled an uncertain one, joined by ;"),
        text("document_id", "The last report that prints the mark: where to look"),
        integer("row", "Row of the attendance matrix in that report"),
        integer("column", "Session column in that report"),
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
        text("sector", "Name of the sector"),
        ENTITY_ID,
        text("entity", "Official name of the entity; within a body also the text of one the dictionary lacks"),
        integer("sessions_held", "Sessions held, as dated by the reports"),
        integer("attended", "Attendances (SI) that await no review"),
        integer("absent", "Absences (NO) that await no review"),
        integer("under_review", "Attendances of `history` that await review"),
        integer("left_out", "Marks in columns whose session no report settles; they stand in no row of `history`"),
        number("rate", "attended / (attended + absent); null where both are 0", "0-1"),
        number("rate_low", "The rate if all that is under review or left out were NO", "0-1"),
        number("rate_high", "The rate if all of it were SI", "0-1"),
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
        text("period", "As messages name it: 2025-T2, 2025-S1, 2025"),
        integer("first_quarter", "First calendar quarter of the period, 1-4; null: not known"),
        integer("last_quarter", "Last calendar quarter of the period, 1-4"),
        Column("state", "reported; repeated: another report has that period already; settled: a document that failed "
               "or whose body or period is in doubt, by what its siblings print; missing: no report; unknown: no "
               "report unless it is one of `perhaps`; unplaced: a document that nothing settles",
               values=("reported", "repeated", "settled", "missing", "unknown", "unplaced"), required=True),
        text("document_id", "The report; null where there is none"),
        text("source", "Its file name"),
        integer("sessions", "Sessions that it dates beyond doubt"),
        integer("marks", "SI and NO that it prints, as read"),
        text("repeats_document_id", "The report of the same period that it repeats or replaces: which, none prints"),
        text("compared", "Beside that one it has the same attendance, more sessions, less, or other things; more "
              "sessions are a hint that it is the later one, no proof", "same", "more", "less", "other"),
        text("perhaps", "document_id of the documents that may be the report, joined by ;; of a missing one, of files "
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
        integer("question", "Place among the document's questions, from 1"),
        *(c for c in FINDINGS.columns if c.name in _BETWEEN),
        text("awaits", "What a person should confirm, in Spanish"),
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
        integer("item", "The function's place in the body that year, from 1, in the order in which reports bring it"),
        SCOPE,
        text("text", "The function as last read"),
        text("document_id", "The last report that prints it"),
        integer("function", "Its number in that report"),
        integer("printings", "Reports that print it"),
        text("documents", "document_id of the reports that print it, in the order of their periods, joined by ;"),
        integer("sessions_addressed", "Sessions that addressed it, beyond doubt in some report and denied by none"),
        integer("sessions_not_addressed", "Sessions that did not, likewise"),
        integer("sessions_under_review", "Sessions of which a person must look, or reports say both"),
        boolean("never_addressed", "No session of the year addressed it; null: some await review, or none is printed"),
        *COMMON,
    ),
    key=("instancia_id", "year", "item"),
    links=(TO_INSTANCIA, TO_DOCUMENT, Link(("document_id", "function"), "functions", ("document_id", "function"))),
)

SERIES_TABLES = (HISTORY, ATTENDANCE_RATES, SERIES, QUESTIONS, FUNCTION_HISTORY)

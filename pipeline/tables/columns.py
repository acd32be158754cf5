"""The columns and links that several tables have, and short words for columns of a type."""

from __future__ import annotations

from pipeline.schema import Column, Link, Type


def text(name: str, description: str, *values: str) -> Column:
    return Column(name, description, values=values)


def integer(name: str, description: str, unit: str | None = None) -> Column:
    return Column(name, description, Type.INTEGER, unit)


def number(name: str, description: str, unit: str | None = None) -> Column:
    return Column(name, description, Type.NUMBER, unit)


def boolean(name: str, description: str) -> Column:
    return Column(name, description, Type.BOOLEAN)


def date(name: str, description: str) -> Column:
    return Column(name, description, Type.DATE)


DOCUMENT = Column("document_id", "First 16 hex digits of the source file's SHA-256", required=True)
CERTAINTY = (
    number("confidence", "Calibrated probability that the value, or all of the row, equals what is printed", "0-1"),
    Column("needs_review", "A person should look: the reading is uncertain", Type.BOOLEAN, required=True),
    text("review_reason", "Why a person should look, machine-readable"),
)
PLACE = (
    integer("page", "Page where the value stands, from 1; of a value cut by a page break, where it begins"),
    number("x0", "Left edge of what stands on that page, as a viewer shows it", "pt"),
    number("y0", "Top edge, from the top of the page", "pt"),
    number("x1", "Right edge", "pt"),
    number("y1", "Bottom edge", "pt"),
    integer("line", "Line of the text file, from 1; null for pages with boxes"),
)
COMMON = CERTAINTY + PLACE
TO_DOCUMENT = Link(("document_id",), "documents", ("document_id",))
TO_SECTOR = Link(("sector_id",), "sectors", ("sector_id",))
TO_ENTITY = Link(("entity_id",), "entities", ("entity_id",))
MARKS = ("SI", "NO", "-")
ROLES = ("P", "S", "I", "IP", "O")
ROW = integer("row", "Row of the attendance matrix, from 1, in document order")
COLUMN = integer("column", "Session column, from 1, left to right")
QUARTER = integer("quarter", "Calendar quarter of the column, 1-4")
SESSION_DATE = date("session_date", "Date of the column's session; null: none held, or unreadable")
MARK = text("mark", "SI, NO, or - (no session in that column); null: unreadable, or left blank by the report", *MARKS)
MARK_RAW = text("mark_raw", "The mark as read")
SECTOR_ID = text("sector_id", "The sector in the dictionary")
ENTITY_ID = text("entity_id", "The entity in the dictionary; null where the dictionary does not hold it")
ENTITY = text("entity", "Official name of the entity")
ENTITY_RAW = text("entity_raw", "The entity as read")
ROLE = text("role", "P president, S technical secretary, I member, IP permanent guest, O other", *ROLES)
INSTANCIA_ID = text("instancia_id", "The coordination body in the dictionary")
INSTANCIA = text("instancia", "Official name of the body")
YEAR = integer("year", "Year reported")
TO_INSTANCIA = Link(("instancia_id",), "instancias", ("instancia_id",))
FUNCTION = integer("function", "The function's number, from 1, over the report")
SCOPE = text("scope", "General or specific functions", "general", "specific")

"""The values of a dataset that nobody is asked to look at: what an audit samples.

A value is accepted if its row does not need review and its document did not fail. Each has a kind, which says how it
is asked for and compared; kind and input together are its stratum. Long texts (positions, functions, titles, the
narrative) have the engine's own confidence only and are not sampled; numbers of norms and names of signatories are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pipeline.tables.columns import PLACE
from pipeline.warehouse import named, quoted


class Answer(StrEnum):
    """How a kind of value is keyed."""

    MARK = "mark"
    YES_NO = "yes_no"
    ROLE = "role"
    QUARTER = "quarter"
    PERIOD = "period"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"
    ENTITY = "entity"
    SECTOR = "sector"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of value. `value`: SQL for its text, "" where the report leaves it blank; `where`: which rows have one.

    `place`: columns that tell it from the others of its document. `blank`: SQL for what an empty cell there means.
    """

    name: str
    table: str
    answer: Answer
    question: str  # Spanish, for whoever keys it
    value: str
    place: tuple[str, ...] = ()
    where: str = "true"
    blank: str = "''"
    item: str = ""  # what tells it from others of one row and kind


def _cells(name: str, table: str, row: str, question: str) -> Kind:
    crosses = (
        f"SELECT document_id FROM {table} WHERE upper(trim(mark_raw)) IN ('X', '✓', '✔', '√') GROUP BY document_id"
    )
    blank = f"CASE WHEN session_date IS NULL THEN '-' WHEN document_id IN ({crosses}) THEN 'NO' ELSE '' END"
    return Kind(name, table, Answer.MARK, question, "coalesce(mark, '')", (row, "column"), blank=blank)


def _count(column: str, what: str) -> Kind:
    question = f"¿Cuántas sesiones {what} declara el informe?"
    return Kind("count", "documents", Answer.NUMBER, question, f"coalesce({column}::VARCHAR, '')", item=column)


_DAY = "coalesce(strftime(\"date\", '%Y-%m-%d'), '-')"
_SIDE = "CASE published WHEN true THEN 'SI' WHEN false THEN 'NO' ELSE '' END"
_PERIOD = "CASE period_kind WHEN 'quarter' THEN quarter::VARCHAR ELSE coalesce(period_kind, '') END"
KINDS = (
    _cells("mark", "attendance", "row", "¿Qué dice la celda recuadrada de la tabla de asistencia?"),
    _cells("function_mark", "function_sessions", "function", "¿Qué dice la celda recuadrada de la tabla de funciones?"),
    Kind("entity", "attendees", Answer.ENTITY, "¿Qué entidad u organismo es el de la celda recuadrada?",
         "coalesce(entity_id, '')", ("row",)),
    Kind("sector", "attendees", Answer.SECTOR, "¿A qué sector asigna el informe la fila de la celda recuadrada?",
         "coalesce(sector_id, '')", ("row",)),
    Kind("role", "attendees", Answer.ROLE, "¿Qué rol tiene la fila de la celda recuadrada?", "coalesce(role, '')",
         ("row",)),
    Kind("total", "attendees", Answer.NUMBER, "¿Qué total está impreso en la fila de la celda recuadrada?",
         "coalesce(total_printed::VARCHAR, '')", ("row",)),
    Kind("addressed", "functions", Answer.YES_NO, "¿Qué dice «se abordó» en la fila de la función recuadrada?",
         "coalesce(addressed_printed, '')", ("function",)),
    Kind("date", "sessions", Answer.DATE, "¿Qué fecha tiene la columna recuadrada?", _DAY, ("matrix", "column")),
    Kind("quarter", "sessions", Answer.QUARTER, "¿Bajo qué trimestre está la columna recuadrada?",
         "coalesce(quarter::VARCHAR, '')", ("matrix", "column"), where="matrix = 'attendance'"),
    Kind("publication", "publications", Answer.YES_NO, "¿Declara publicado el documento de la línea recuadrada?", _SIDE,
         ("item",)),
    Kind("body", "documents", Answer.BODY, "¿Qué instancia presenta el informe?", "coalesce(instancia_id, '')"),
    Kind("year", "documents", Answer.NUMBER, "¿De qué año es el periodo informado?", "coalesce(year::VARCHAR, '')"),
    Kind("period", "documents", Answer.PERIOD, "¿Qué periodo se informa?", _PERIOD),
    _count("ordinary_held", "ordinarias realizadas"),
    _count("ordinary_planned", "ordinarias programadas"),
    _count("extraordinary_held", "extraordinarias realizadas"),
    _count("extraordinary_planned", "extraordinarias programadas"),
    Kind("norm", "norms", Answer.NUMBER, "¿Qué número tiene la norma recuadrada?", "coalesce(number, '')", ("norm",)),
    Kind("signatory", "signatories", Answer.TEXT, "¿Cómo se llama quien firma en lo recuadrado?", "coalesce(name, '')",
         ("signatory",)),
)  # fmt: skip
LONG_TEXTS = (  # what is not sampled, as an auditor calls it: table, column
    ("cargos", "attendees", "position"),
    ("textos de funciones", "functions", "text"),
    ("reglamentos", "documents", "regulation"),
    ("títulos de normas", "norms", "title"),
    ("cargos de quienes firman", "signatories", "position"),
    ("párrafos del texto narrativo", "sections", "text"),
)
NAMES = tuple(dict.fromkeys(kind.name for kind in KINDS))
TABLES = tuple(dict.fromkeys(("documents", *(kind.table for kind in KINDS))))
UNSAMPLED_TABLES = tuple(dict.fromkeys(table for _, table, _ in LONG_TEXTS))
PLACES = tuple(dict.fromkeys(column for kind in KINDS for column in kind.place))  # every column that tells a place


def kind_of(name: str, item: str | None = None) -> Kind:
    """The kind of that name; of counts, the one of that item."""
    return next(kind for kind in KINDS if kind.name == name and kind.item in ("", item or ""))


def relation() -> str:
    """SQL for all accepted values: kind, input_kind, document_id, source, the columns of PLACES and of a place on
    paper as texts or numbers, item, value, blank."""
    return " UNION ALL ".join(_select(kind) for kind in KINDS)


def long_texts() -> str:
    """SQL for how many long texts there are that nobody is asked to look at: what, n."""
    counts = (
        f"SELECT {place} AS place, {quoted(what)} AS what, count({named(column)}) AS n FROM {table} "
        "WHERE NOT needs_review"
        for place, (what, table, column) in enumerate(LONG_TEXTS)
    )
    return f"SELECT what, n FROM ({' UNION ALL '.join(counts)}) WHERE n > 0 ORDER BY place"


def _select(kind: Kind) -> str:
    return f"SELECT {', '.join(_columns(kind))} FROM {_from(kind)} WHERE NOT needs_review AND ({kind.where})"


def _from(kind: Kind) -> str:
    """Its table beside what it needs of the document: a file listed twice is one document."""
    once = (
        "SELECT document_id, any_value(input_kind ORDER BY source) AS input_kind, min(source) AS source, "
        "any_value(sha256) AS sha256 FROM documents WHERE status <> 'failed' GROUP BY document_id"
    )
    table = kind.table
    if table == "documents":  # of these too, one row each
        table = "(SELECT * EXCLUDE (input_kind, source, sha256) FROM documents QUALIFY row_number() OVER "
        table += "(PARTITION BY document_id ORDER BY source) = 1)"
    return f"{table} JOIN ({once}) USING (document_id)"


def _columns(kind: Kind) -> Iterator[str]:
    yield from (f"{quoted(kind.name)} AS kind", "input_kind", "document_id", "source", "sha256")
    for name in PLACES:
        yield f"{named(name) if name in kind.place else 'NULL'}::VARCHAR AS {named('at_' + name)}"
    yield from (f"{quoted(kind.item)} AS which", f"{kind.value} AS value", f"{kind.blank} AS blank", "confidence")
    yield from (named(column.name) for column in PLACE)

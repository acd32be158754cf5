"""What differs between two runs' tables, value by value, with how sure each run was.

Rows are paired by their table's key. Where one run found a row more than the other in a report, all rows below it have
other numbers: such a report's rows are paired by where they stand on the paper instead (`pairs`), so that one row
gained is told as one row, not as every row changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import duckdb

from pipeline import warehouse
from pipeline.schema import TableSchema
from pipeline.tables.columns import CERTAINTY, PLACE
from pipeline.tables.every import TABLES
from pipeline.warehouse import Cells, column_names, named, quoted

BEFORE, AFTER = "before", "after"
NEAR = 6.0  # points between the middles of one row in two runs: half a line of the form's smallest print
FAR_BELOW = 1_000_000  # added to the numbers of rows that the other run has not: no report has so many
BY_CONTENT = {  # tables whose key is a running number: one row more would change all that follow
    "findings": ("document_id", "code", "table", "row", "column", "function", "item"),
    "residuals": ("document_id", "kind", "page", "x0", "y0", "x1", "y1", "line"),
    "looks": ("document_id", "table", "value", "matrix", "row", "column", "function", "look"),
}
NUMBERED = {"attendees": "row", "functions": "function"}  # tables whose rows are paired by place where they must be
REVIEW = {column.name for column in CERTAINTY} - {"confidence"}
PLACES = {column.name for column in PLACE}


class Kind(StrEnum):
    """What changed, the gravest first."""

    DOCUMENT_REMOVED = "document_removed"
    DOCUMENT_ADDED = "document_added"
    ROW_REMOVED = "row_removed"
    ROW_ADDED = "row_added"
    VALUE = "value"
    REVIEW = "review"
    CONFIDENCE = "confidence"
    PLACE = "place"
    COLUMN = "column"  # a table or a column that one run does not write


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `key`: the row, as "row=3;column=2"; `column`: None where it is all of a row or document.

    Confidences 0..1, None where the table or the run has none; texts as the CSV tables write them.
    """

    kind: Kind
    table: str
    document_id: str | None = None
    source: str | None = None
    key: str = ""
    column: str | None = None
    before: str | None = None
    after: str | None = None
    confidence_before: float | None = None
    confidence_after: float | None = None


def changes(before: Path, after: Path) -> Iterator[Change]:
    """All that differs, table by table, by key; raises UsageError where a folder holds no dataset."""
    with warehouse.opened(before=before, after=after) as connection:
        yield from _documents(connection)
        _renumber(connection)
        for schema in TABLES:
            yield from _table(connection, schema)


def _documents(connection: duckdb.DuckDBPyConnection) -> Iterator[Change]:
    """Files that one run lists and the other does not; what is in both is named in a table for the joins to come."""
    connection.execute(
        "CREATE TEMP TABLE shared AS SELECT document_id, min(source) AS source FROM before.documents "
        "WHERE document_id IN (SELECT document_id FROM after.documents) GROUP BY document_id"
    )
    for kind, here, there in ((Kind.DOCUMENT_REMOVED, BEFORE, AFTER), (Kind.DOCUMENT_ADDED, AFTER, BEFORE)):
        query = (
            f"SELECT document_id, source FROM {here}.documents d WHERE NOT EXISTS (SELECT 1 FROM {there}.documents o "
            "WHERE o.source = d.source AND o.document_id IS NOT DISTINCT FROM d.document_id) ORDER BY ALL"
        )
        yield from (Change(kind, "documents", **row) for row in list(warehouse.rows(connection, query)))


# ---------------------------------------------------------------- rows paired by where they stand


def _renumber(connection: duckdb.DuckDBPyConnection) -> None:
    """Table `renumbered`: for each row of the later run whose number differs from its pair's, that number."""
    connection.execute(
        'CREATE TEMP TABLE renumbered ("table" VARCHAR, document_id VARCHAR, after INTEGER, before INTEGER)'
    )
    for table in NUMBERED:
        found = [
            (table, document, after, FAR_BELOW + after if before is None else before)
            for document in list(_of_unequal_length(connection, table))
            for before, after in pairs(*(_standing(connection, run, table, document) for run in (BEFORE, AFTER)))
            if before != after
        ]
        if found:
            connection.executemany("INSERT INTO renumbered VALUES (?, ?, ?, ?)", found)


def _of_unequal_length(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[str]:
    query = (
        f"SELECT document_id FROM (SELECT document_id, count(*) n FROM before.{table} GROUP BY document_id) "
        f"JOIN (SELECT document_id, count(*) m FROM after.{table} GROUP BY document_id) USING (document_id) "
        "WHERE n <> m ORDER BY document_id"
    )
    return (row["document_id"] for row in warehouse.rows(connection, query))


def _standing(
    connection: duckdb.DuckDBPyConnection, run: str, table: str, document: str
) -> list[tuple[int, float | None]]:
    """(number, how far down the document it stands: points, or lines of a text) of each row, in order."""
    number = NUMBERED[table]
    query = (
        f"SELECT {number} AS number, page * 100000.0 + coalesce((y0 + y1) / 2, line * {2 * NEAR}) AS down "
        f"FROM {run}.{table} WHERE document_id = $document ORDER BY {number}"
    )
    return [(row["number"], row["down"]) for row in warehouse.rows(connection, query, {"document": document})]


def pairs(
    before: Sequence[tuple[int, float | None]], after: Sequence[tuple[int, float | None]]
) -> Iterator[tuple[int | None, int]]:
    """(number before, number after) of each later row; None where no earlier row stands there. A row pairs once."""
    free = list(before)
    for number, down in after:
        near = [row for row in free if down is not None and row[1] is not None and abs(row[1] - down) < NEAR]
        if near:
            free.remove(near[0])
        yield (near[0][0] if near else None), number


# ---------------------------------------------------------------- one table


def _table(connection: duckdb.DuckDBPyConnection, schema: TableSchema) -> Iterator[Change]:
    earlier, later = (column_names(connection, schema.name, schema=run) for run in (BEFORE, AFTER))
    yield from _layout(schema.name, earlier, later)
    both = [name for name in earlier if name in later]
    key = [name for name in _key(schema) if name in both]
    if not key:
        return
    for row in warehouse.rows(connection, _query(schema.name, key, both)):
        yield _change(schema.name, key, row)


def _layout(table: str, earlier: Sequence[str], later: Sequence[str]) -> Iterator[Change]:
    if bool(earlier) != bool(later):
        yield Change(Kind.COLUMN, table, before=_there(earlier), after=_there(later))
    elif earlier != later:
        for name in sorted(set(earlier) ^ set(later)):
            yield Change(Kind.COLUMN, table, column=name, before=_there(name in earlier), after=_there(name in later))


def _there(what: object) -> str | None:
    return "present" if what else None


def _key(schema: TableSchema) -> tuple[str, ...]:
    return ("document_id", "source") if schema.name == "documents" else BY_CONTENT.get(schema.name, schema.key)


def _query(table: str, key: Sequence[str], columns: Sequence[str]) -> str:
    """Every difference of a table that both runs write: rows of one run alone, and unequal columns of paired rows."""
    told = [name for name in columns if name not in key and name not in _running(table)]
    of_document = "document_id" in key
    differing = ", ".join(
        f"{{'changed': {quoted(name)}, 'before': b.{named(name)}::VARCHAR, 'after': a.{named(name)}::VARCHAR, "
        f"'sure_before': {_sure('b', name, columns)}, 'sure_after': {_sure('a', name, columns)}}}"
        for name in told
    )
    whole = (
        f"[{{'changed': NULL, 'before': NULL, 'after': NULL, 'sure_before': {_sure('b', '', columns)}, "
        f"'sure_after': {_sure('a', '', columns)}}}]"
    )
    keys = ", ".join(f"coalesce(b.{named(k)}, a.{named(k)}) AS {named(k)}" for k in key)
    joined = " AND ".join(f"b.{named(k)} IS NOT DISTINCT FROM a.{named(k)}" for k in (*key, "nth"))
    paired = f"list_filter([{differing}], lambda c: c.before IS DISTINCT FROM c.after)"
    return (
        f"WITH b AS ({_side(BEFORE, table, key, columns)}), a AS ({_side(AFTER, table, key, columns)}), "
        f"joined AS (SELECT {keys}, coalesce(b.nth, a.nth) AS nth, b.nth IS NULL AS added, a.nth IS NULL AS removed, "
        f"unnest(CASE WHEN b.nth IS NULL OR a.nth IS NULL THEN {whole} ELSE {paired} END) AS c "
        f"FROM b FULL JOIN a ON {joined}) "
        f"SELECT j.* EXCLUDE (c), c.*, {'s.source' if of_document else 'NULL'} AS document_source FROM joined j "
        + ("JOIN shared s USING (document_id) " if of_document else "")
        + f"ORDER BY {', '.join(f'j.{named(k)}' for k in key)}, nth, c.changed"
    )


def _running(table: str) -> set[str]:
    """Running numbers, which say nothing of their own."""
    return {"finding", "residual", "look_number"} if table in BY_CONTENT else set()


def _side(run: str, table: str, key: Sequence[str], columns: Sequence[str]) -> str:
    """One run's rows, those of one key told apart by `nth`; the later run's with the numbers of their pairs."""
    source = f"{run}.{named(table)}"
    numbers = [(t, n) for t, n in NUMBERED.items() if n in columns and "document_id" in columns]
    if run == AFTER and numbers:
        joins = " ".join(
            f"LEFT JOIN renumbered {t} ON {t}.\"table\" = '{t}' AND {t}.document_id = o.document_id "
            f"AND {t}.after = o.{named(n)}"
            for t, n in numbers
        )
        replaced = ", ".join(f"coalesce({t}.before, o.{named(n)}) AS {named(n)}" for t, n in numbers)
        source = f"(SELECT o.* REPLACE ({replaced}) FROM {source} o {joins})"
    same = ", ".join(map(named, key))
    order = ", ".join(named(name) for name in columns if name not in key) or "1"
    return f"SELECT *, row_number() OVER (PARTITION BY {same} ORDER BY {order}) AS nth FROM {source}"


def _sure(side: str, column: str, columns: Sequence[str]) -> str:
    """The confidence that belongs to a column: its own, or the row's."""
    own = f"{column.removesuffix('_printed').removesuffix('_id').removesuffix('_raw')}_confidence"
    name = own if own in columns else "confidence"
    return f"{side}.{name}" if name in columns else "NULL::DOUBLE"


def _change(table: str, key: Sequence[str], row: Cells) -> Change:
    shown = ((name, row[name]) for name in key if name != "document_id" and row[name] is not None)
    return Change(
        _kind(row),
        table,
        row.get("document_id"),
        row["document_source"],
        ";".join(f"{name}={_number(value)}" for name, value in shown),
        row["changed"],
        row["before"],
        row["after"],
        row["sure_before"],
        row["sure_after"],
    )


def _number(value: object) -> object:
    return value - FAR_BELOW if isinstance(value, int) and value > FAR_BELOW else value


def _kind(row: Cells) -> Kind:
    column = row["changed"]
    if column is None:
        return Kind.ROW_ADDED if row["added"] else Kind.ROW_REMOVED
    if column in REVIEW:
        return Kind.REVIEW
    if column.endswith("confidence"):
        return Kind.CONFIDENCE
    return Kind.PLACE if column in PLACES else Kind.VALUE

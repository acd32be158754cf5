"""A table as SQL: its columns, their types, what they may hold; key, links, descriptions; for SQLite and DuckDB."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from pipeline.export.views import View
from pipeline.schema import Column, TableSchema, Type


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one database engine writes a table.

    `checks`: what holds a column to a type that the engine lacks, `{}` standing for the column.
    `remarks`: whether descriptions are statements of their own; else they stand as comments in the table's own text,
    which the engine keeps.
    """

    types: dict[Type, str]
    checks: dict[Type, str]
    remarks: bool


SQLITE = Dialect(
    # the names are those that readers of SQLite files know; the engine itself has neither dates nor booleans
    {
        Type.STRING: "TEXT",
        Type.INTEGER: "INTEGER",
        Type.NUMBER: "REAL",
        Type.BOOLEAN: "BOOLEAN",
        Type.DATE: "DATE",
    },
    {
        Type.BOOLEAN: "{} IN (0, 1)",
        Type.DATE: "{} IS date({})",
        Type.INTEGER: "typeof({}) IN ('integer', 'null')",
        Type.NUMBER: "typeof({}) IN ('real', 'null')",
    },
    remarks=False,
)
DUCKDB = Dialect(
    {
        Type.STRING: "VARCHAR",
        Type.INTEGER: "INTEGER",
        Type.NUMBER: "DOUBLE",
        Type.BOOLEAN: "BOOLEAN",
        Type.DATE: "DATE",
    },
    {},
    remarks=True,
)


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever it holds: several of ours (`row`, `order`) are words of the language."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def names(columns: Sequence[str]) -> str:
    return ", ".join(map(quoted, columns))


def create(table: TableSchema, dialect: Dialect, keyed: Collection[str]) -> Iterator[str]:
    """The statements that make the table. `keyed`: names of the tables whose keys are declared, and links to them."""
    lines = [_column(column, dialect) for column in table.columns]
    if table.name in keyed:
        lines.append((f"{'UNIQUE' if _may_be_null(table) else 'PRIMARY KEY'} ({names(table.key)})", ""))
        lines += [
            (f"FOREIGN KEY ({names(k.columns)}) REFERENCES {quoted(k.table)} ({names(k.targets)})", "")
            for k in table.links
            if k.table in keyed
        ]
    last = len(lines) - 1
    body = "\n".join(f"  {text}{'' if i == last else ','}{remark}" for i, (text, remark) in enumerate(lines))
    yield f"CREATE TABLE {quoted(table.name)} ({_remark(table.description, dialect)}\n{body}\n)"
    if dialect.remarks:
        yield f"COMMENT ON TABLE {quoted(table.name)} IS {literal(table.description)}"
        for column in table.columns:
            name = f"{quoted(table.name)}.{quoted(column.name)}"
            yield f"COMMENT ON COLUMN {name} IS {literal(described(column))}"


def _may_be_null(table: TableSchema) -> bool:
    """Whether part of the key may be unknown: a row of all sectors, say, has none. No primary key admits that."""
    required = {column.name for column in table.columns if column.required}
    return any(k.columns[0] in table.key and k.columns[0] not in required for k in table.links if len(k.columns) == 1)


def create_view(view: View, dialect: Dialect) -> Iterator[str]:
    """The statements that make the view."""
    yield f"CREATE VIEW {quoted(view.name)} AS{_remark(view.description, dialect)}\n{view.sql}"
    if dialect.remarks:
        yield f"COMMENT ON VIEW {quoted(view.name)} IS {literal(view.description)}"


def _column(column: Column, dialect: Dialect) -> tuple[str, str]:
    """The column's line, and the comment that follows it."""
    name = quoted(column.name)
    parts = [name, dialect.types[column.type]]
    if column.required:
        parts.append("NOT NULL")
    if check := dialect.checks.get(column.type):
        parts.append(f"CHECK ({check.replace('{}', name)})")
    if column.values:
        parts.append(f"CHECK ({name} IN ({', '.join(map(literal, column.values))}))")
    return " ".join(parts), _remark(described(column), dialect)


def described(column: Column) -> str:
    """The column's description with its unit."""
    return f"{column.description} [{column.unit}]" if column.unit else column.description


def _remark(text: str, dialect: Dialect) -> str:
    """The text as a comment up to the end of its line, where the engine has no better place for it."""
    return "" if dialect.remarks else f" -- {' '.join(text.split())}"

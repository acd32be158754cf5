"""What a table is: typed columns with descriptions and units, a key, links to other tables."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Type(StrEnum):
    """Column types, named as Frictionless names them."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `values`: all that it may hold, where that is a closed list."""

    name: str
    description: str
    type: Type = Type.STRING
    unit: str | None = None
    values: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key: `columns` of this table are those of one row of `table`."""

    columns: tuple[str, ...]
    table: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableSchema:
    """One table: its columns in the order written, the key that makes a row unique, and its links."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    links: tuple[Link, ...] = ()

    def __post_init__(self) -> None:
        names = [c.name for c in self.columns]
        if len(set(names)) != len(names):
            raise ValueError(f"{self.name}: a column defined twice")
        if missing := {n for n in (*self.key, *(c for link in self.links for c in link.columns)) if n not in names}:
            raise ValueError(f"{self.name}: no such column: {sorted(missing)}")

"""The dictionary, read from its tables and checked as a whole.

    DictionaryError    a table is missing, malformed, or contradicts another; names file, line and remedy

Every problem found is reported at once, so that whoever edits the tables mends them in one pass.
"""

from __future__ import annotations

import calendar
import csv
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from dictionaries.checks import dangling, shared_names
from dictionaries.records import (
    ALIAS_KINDS,
    EVIDENCE,
    Alias,
    Dictionary,
    Entity,
    Instancia,
    Role,
    Sector,
    Validity,
)

__all__ = ["Alias", "Dictionary", "DictionaryError", "Entity", "Instancia", "Role", "Sector", "Validity", "load"]

HOME = Path(__file__).parent

# table -> (key columns, other columns that the header must hold, columns that may be absent)
TABLES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "sectors": (
        ("sector_id",),
        ("name",),
        ("number", "aliases", "former_names", "valid_from", "valid_to", "norm", "source", "evidence", "note"),
    ),
    "entities": (
        ("entity_id",),
        ("name", "sector_id"),
        ("acronym", "kind", "valid_from", "valid_to", "successor", "norm", "source", "evidence", "note"),
    ),
    "aliases": (("entity_id", "alias"), ("kind",), ("valid_from", "valid_to", "source", "evidence")),
    "instancias": (
        ("instancia_id",),
        ("name",),
        (
            *("acronym", "aliases", "kind", "norms", "internal_rules", "status", "chair", "technical_secretary"),
            *("source", "evidence", "note"),
        ),
    ),
    "roles": (("role",), ("name",), ("description",)),
}


class DictionaryError(Exception):
    """The dictionary cannot be used. `problems`: one line each, naming file, line and what to do."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


# ---------------------------------------------------------------- reading the tables


@dataclass(frozen=True, slots=True)
class _Row:
    where: str  # "entities.csv, línea 14"
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


def load(extra: Path | None = None) -> Dictionary:
    """The shipped dictionary, with the tables of the same names in `extra` adding rows or replacing them by id.

    Raises DictionaryError if a table cannot be read or the whole does not hold together.
    """
    problems: list[str] = []
    if extra is not None and not extra.is_dir():
        raise DictionaryError((f"{extra}: no es una carpeta. Indique la carpeta que contiene las tablas CSV.",))
    rows = {name: _merged(name, extra, problems) for name in TABLES}
    if problems:
        raise DictionaryError(tuple(problems))
    book = _book(rows, problems)
    found = Dictionary(_version(rows), *book)
    where = {(name, key): row.where for name in rows for key, row in rows[name].items()}
    clashes, warnings = shared_names(found, where)
    problems += (*dangling(found, where), *clashes)
    if problems:
        raise DictionaryError(tuple(problems))
    return replace(found, warnings=warnings)


def _merged(name: str, extra: Path | None, problems: list[str]) -> dict[tuple[str, ...], _Row]:
    rows = _keyed(name, HOME / f"{name}.csv", problems)
    added = extra / f"{name}.csv" if extra else None
    if added and added.exists():
        rows |= _keyed(name, added, problems)
    return rows


def _keyed(name: str, path: Path, problems: list[str]) -> dict[tuple[str, ...], _Row]:
    keys, required, _ = TABLES[name]
    rows: dict[tuple[str, ...], _Row] = {}
    for row in _rows(name, path, problems):
        for column in (*keys, *required):
            if not row[column]:
                problems.append(f"{row.where}: la columna «{column}» está vacía. Escriba su valor o borre la fila.")
        key = tuple(row[k] for k in keys)
        if key in rows:
            problems.append(f"{row.where}: repite {' + '.join(key)} de {rows[key].where}. Deje una sola fila.")
        rows[key] = row
    return rows


def _rows(name: str, path: Path, problems: list[str]) -> Iterator[_Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        problems.append(f"{path}: falta la tabla. Recupérela o vuelva a instalar el programa.")
        return
    except UnicodeDecodeError:
        problems.append(f"{path}: no está en UTF-8. Guárdela como «CSV UTF-8».")
        return
    head = text.partition("\n")[0]
    # a spreadsheet in Spanish saves with semicolons
    lines = csv.DictReader(text.splitlines(keepends=True), delimiter=";" if ";" in head else ",")
    keys, required, optional = TABLES[name]
    if trouble := _header_trouble(lines.fieldnames or (), (*keys, *required), optional):
        problems.append(f"{path}, línea 1: {trouble}")
        return
    for cells in lines:
        where = f"{path.name if path.parent == HOME else path}, línea {lines.line_num}"
        if None in cells or None in cells.values():
            problems.append(f"{where}: no tiene tantas celdas como la cabecera. Revise comas y comillas.")
        elif any(v.strip() for v in cells.values()):
            yield _Row(where, {k: v.strip() for k, v in cells.items()})


def _header_trouble(header: Sequence[str], required: tuple[str, ...], optional: tuple[str, ...]) -> str:
    if missing := [c for c in required if c not in header]:
        return f"faltan las columnas {', '.join(missing)}. Añádalas a la cabecera."
    if unknown := [c for c in header if c not in required and c not in optional]:
        return f"columnas desconocidas: {', '.join(unknown)}. Use {', '.join((*required, *optional))}."
    return ""


def _version(rows: Mapping[str, Mapping[tuple[str, ...], _Row]]) -> str:
    digest = hashlib.sha256()
    for name in sorted(rows):
        for key, row in sorted(rows[name].items()):
            filled = sorted((c, v) for c, v in row.cells.items() if v)
            digest.update(repr((name, key, filled)).encode())
    return digest.hexdigest()


# ---------------------------------------------------------------- rows to records

_Book = tuple[
    tuple[Sector, ...], tuple[Entity, ...], tuple[Alias, ...], tuple[Instancia, ...], tuple[Role, ...]
]  # in the order of Dictionary's fields


def _book(rows: Mapping[str, Mapping[tuple[str, ...], _Row]], problems: list[str]) -> _Book:
    return (
        tuple(_sector(row, problems) for row in rows["sectors"].values()),
        tuple(_entity(row, problems) for row in rows["entities"].values()),
        tuple(_alias(row, problems) for row in rows["aliases"].values()),
        tuple(_instancia(row, problems) for row in rows["instancias"].values()),
        tuple(Role(row["role"], row["name"], row["description"]) for row in rows["roles"].values()),
    )


def _sector(row: _Row, problems: list[str]) -> Sector:
    number = row["number"]
    if number and not number.isdigit():
        problems.append(f"{row.where}: «{number}» no es un número de sector. Escriba un entero o deje la celda vacía.")
        number = ""
    return Sector(
        row["sector_id"],
        int(number) if number else None,
        row["name"],
        _listed(row["aliases"]),
        _listed(row["former_names"]),
        _validity(row, problems),
        row["norm"],
        row["source"],
        _evidence(row, problems),
    )


def _entity(row: _Row, problems: list[str]) -> Entity:
    return Entity(
        row["entity_id"],
        row["name"],
        row["acronym"],
        row["sector_id"],
        row["kind"],
        _validity(row, problems),
        row["successor"] or None,
        row["norm"],
        row["source"],
        _evidence(row, problems),
    )


def _alias(row: _Row, problems: list[str]) -> Alias:
    if row["kind"] not in ALIAS_KINDS:
        problems.append(f"{row.where}: clase «{row['kind']}» desconocida. Use {', '.join(ALIAS_KINDS)}.")
    return Alias(
        row["entity_id"],
        row["alias"],
        row["kind"],
        _validity(row, problems),
        row["source"],
        _evidence(row, problems),
    )


def _instancia(row: _Row, problems: list[str]) -> Instancia:
    return Instancia(
        row["instancia_id"],
        row["name"],
        row["acronym"],
        _listed(row["aliases"]),
        row["kind"],
        row["norms"],
        row["internal_rules"],
        row["status"],
        row["chair"],
        row["technical_secretary"],
        row["source"],
        _evidence(row, problems),
    )


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split("|") if part.strip())


def _evidence(row: _Row, problems: list[str]) -> str:
    level = row["evidence"] or "memory"
    if level not in EVIDENCE:
        problems.append(f"{row.where}: evidencia «{level}» desconocida. Use {', '.join(EVIDENCE)}.")
    return level


def _validity(row: _Row, problems: list[str]) -> Validity:
    days: list[date | None] = []
    for column, last in (("valid_from", False), ("valid_to", True)):
        try:
            days.append(_day(row[column], last=last) if row[column] else None)
        except ValueError:
            problems.append(f"{row.where}: fecha «{row[column]}» en «{column}». Use AAAA, AAAA-MM o AAAA-MM-DD.")
            days.append(None)
    first, end = days
    if first and end and end < first:
        problems.append(f"{row.where}: la vigencia termina ({end}) antes de empezar ({first}). Corrija las fechas.")
    return Validity(first, end)


def _day(text: str, *, last: bool) -> date:
    """A date written YYYY, YYYY-MM or YYYY-MM-DD; of an open month or year, its first or `last` day."""
    if not re.fullmatch(r"\d{4}(-\d{2}){0,2}", text):
        raise ValueError(text)
    year, *rest = (int(part) for part in text.split("-"))
    month = rest[0] if rest else (12 if last else 1)
    day = rest[1] if len(rest) == 2 else (calendar.monthrange(year, month)[1] if last else 1)
    return date(year, month, day)

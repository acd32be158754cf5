"""A stratified random sample of the accepted values: how many of each kind and input, and which.

Every stratum has at least MINIMUM values, or all it has. The rest goes, one by one, to the stratum in which one audited
value stands for most accepted ones: of all ways to share out a sample this leaves the largest weight smallest (the
divisor method of Adams), and that weight is what the bound over all strata pays for (`bounds`).

Which values: those whose digest with the seed comes first. The same tables and seed give the same sample on any
machine, and nobody can tell beforehand what a seed will draw.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ocr.records import Box
from pipeline import warehouse
from pipeline.audit import accepted
from pipeline.errors import UsageError
from pipeline.inputs import sha256
from pipeline.warehouse import Cells, named, quoted

MINIMUM = 3  # values of a stratum, at least: enough to meet a fault of a whole kind, few enough to spare the rest
Stratum = tuple[str, str]  # kind of value, kind of input


@dataclass(frozen=True, slots=True)
class Item:
    """One value drawn. `number`: its place on the sheet, from 1; `where`: what tells it from others of its document.

    `value`: as accepted, "" for blank or of no dictionary entry; `blank`: what an empty cell there means. `page` from 1
    and `box` in PDF points, or `line` of a text.
    """

    number: int
    kind: str
    input_kind: str
    document_id: str
    source: str
    sha256: str
    where: Mapping[str, str]
    item: str
    value: str
    blank: str
    confidence: float | None
    page: int | None
    box: Box | None
    line: int | None

    @property
    def stratum(self) -> Stratum:
        return self.kind, self.input_kind


@dataclass(frozen=True, slots=True)
class Sample:
    """What was drawn. `identity`: digest of tables, seed and size, by which a sheet finds its sample again."""

    identity: str
    seed: str
    size: int
    accepted: Mapping[Stratum, int]
    items: tuple[Item, ...]


def draw(out: Path, size: int, seed: str) -> Sample:
    """`size` values of the dataset in `out`; raises UsageError where nothing is accepted, or too few are asked for."""
    with _values(out) as connection:
        strata = count(connection)
        items = tuple(drawn(connection, allocate(strata, size), seed))
    return Sample(_identity(out, size, seed), seed, size, strata, items)


def counted(out: Path) -> dict[Stratum, int]:
    """Accepted values of each stratum of the dataset in `out` that has any."""
    with _values(out) as connection:
        return count(connection)


def unsampled(out: Path) -> dict[str, int]:
    """How many long texts of each sort the dataset in `out` holds, of which a sample says nothing."""
    with warehouse.opened(main=out, tables=accepted.UNSAMPLED_TABLES) as connection:
        return {row["what"]: row["n"] for row in warehouse.rows(connection, accepted.long_texts())}


@contextmanager
def _values(out: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that knows all accepted values as `accepted`."""
    with warehouse.opened(main=out, tables=accepted.TABLES) as connection:
        connection.execute(f"CREATE TEMP VIEW accepted AS {accepted.relation()}")
        yield connection


def count(connection: duckdb.DuckDBPyConnection) -> dict[Stratum, int]:
    """How many rows of `accepted` each stratum has that has any, kinds in the order of `accepted.NAMES`."""
    query = "SELECT kind, input_kind, count(*) AS n FROM accepted GROUP BY ALL ORDER BY ALL"
    found = {(row["kind"], row["input_kind"]): row["n"] for row in warehouse.rows(connection, query)}
    return dict(sorted(found.items(), key=lambda entry: (accepted.NAMES.index(entry[0][0]), entry[0][1])))


def allocate(strata: Mapping[Stratum, int], size: int) -> dict[Stratum, int]:
    """How many of `size` values to draw from each stratum; raises UsageError where not every one can have one."""
    if not strata:
        raise UsageError("No hay valores aceptados que auditar: todo está por revisar o falló.")
    least = 1 if size < MINIMUM * len(strata) else MINIMUM
    if size < len(strata):
        raise UsageError(f"Hay {len(strata)} estratos: pida al menos tantos valores con --n.")
    shares = {stratum: min(least, n) for stratum, n in strata.items()}
    queue = [(-strata[s] / shares[s], s) for s in strata if shares[s] < strata[s]]
    heapq.heapify(queue)
    for _ in range(size - sum(shares.values())):
        if not queue:
            break
        _, stratum = heapq.heappop(queue)
        shares[stratum] += 1
        if shares[stratum] < strata[stratum]:
            heapq.heappush(queue, (-strata[stratum] / shares[stratum], stratum))
    return shares


def drawn(connection: duckdb.DuckDBPyConnection, shares: Mapping[Stratum, int], seed: str) -> Iterator[Item]:
    """The rows of `accepted` drawn, kind by kind, within a kind in an order that says nothing."""
    key = ", ".join(["kind", "document_id", "which", *(f"coalesce({named('at_' + c)}, '')" for c in accepted.PLACES)])
    lots = f"SELECT *, sha256(concat_ws('|', {quoted(seed)}, {key})) AS lot FROM accepted"
    query = f"SELECT * FROM ({lots}) WHERE list_contains($chosen, lot)"
    chosen = {"chosen": _first_lots(connection, lots, shares)}
    found = sorted(
        warehouse.rows(connection, query, chosen), key=lambda row: (accepted.NAMES.index(row["kind"]), row["lot"])
    )
    return (_item(number, row) for number, row in enumerate(found, start=1))


def _first_lots(connection: duckdb.DuckDBPyConnection, lots: str, shares: Mapping[Stratum, int]) -> list[str]:
    """The first lots of each stratum, as many as its share: found by digest alone, so that no row need be kept."""
    most = max(shares.values())
    query = f"SELECT kind, input_kind, min(lot, {most}) AS lots FROM ({lots}) GROUP BY ALL"
    found = {(row["kind"], row["input_kind"]): sorted(row["lots"]) for row in warehouse.rows(connection, query)}
    return [lot for stratum, share in shares.items() for lot in found[stratum][:share]]


def _item(number: int, row: Cells) -> Item:
    edges = [row[name] for name in ("x0", "y0", "x1", "y1")]
    return Item(
        number=number,
        **{name: row[name] for name in ("kind", "input_kind", "document_id", "source", "sha256")},
        where={name: row[f"at_{name}"] for name in accepted.PLACES if row[f"at_{name}"] is not None},
        item=row["which"],
        value=row["value"],
        blank=row["blank"],
        confidence=row["confidence"],
        page=row["page"],
        box=None if None in edges else Box(*edges),
        line=row["line"],
    )


def _identity(out: Path, size: int, seed: str) -> str:
    """16 hex digits. Whole files are digested: a table that changed anywhere is another population."""
    digest = hashlib.sha256(f"{size}|{seed}".encode())
    for table in accepted.TABLES:
        for file in warehouse.table_files(out, table):
            digest.update(f"|{table}|{sha256(file)}".encode())
    return digest.hexdigest()[:16]

"""What became of one document, and the bytes that tell it: a first line, the head, the rows packed.

Each part carries its digest, so that bytes which are not those that were written are told.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from pipeline.rows import Row, Rows, Value

Columns = dict[str, dict[str, list[Value]]]  # table → column → values

FORMAT = b"veedor-result-1"
CODEC = pa.Codec("zstd")


class DamagedResult(ValueError):
    """A stored result that is not as it was written."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a reading was allowed: seconds for the document and for a page, MiB of memory."""

    seconds: float
    page_seconds: float
    memory: int

    def exceeds(self, other: Grant) -> bool:
        """Whether anything is allowed more freely than in `other`."""
        return self.seconds > other.seconds or self.page_seconds > other.page_seconds or self.memory > other.memory


@dataclass(frozen=True, slots=True)
class Head:
    """What became of one document, without its rows.

    `document`: its row of `documents`, whose `source` is None: a result belongs to bytes, not to names. `seconds`: how
    long the last attempt took. `attempt`: from 1; the second is made with less (`ocr.effort`). `tried`: why each
    earlier attempt ended, as the reasons of `documents.error`. `rows`: number of rows in all tables.
    """

    document: Row
    seconds: float
    granted: Grant
    attempt: int = 1
    tried: tuple[str, ...] = ()
    rows: int = 0

    @property
    def status(self) -> str:
        return str(self.document["status"])

    @property
    def error(self) -> str | None:
        return None if self.document["error"] is None else str(self.document["error"])


@dataclass(frozen=True, slots=True)
class Result:
    """A document's head and the rows of its tables, column by column, `documents` among them."""

    head: Head
    columns: Columns

    @property
    def tables(self) -> Rows:
        return {name: rows_of(columns) for name, columns in self.columns.items()}


def columns_of(rows: Sequence[Row]) -> dict[str, list[Value]]:
    """Rows of the same columns, column by column; raises ValueError where their columns differ."""
    names = rows[0].keys() if rows else ()
    if odd := next((row for row in rows if row.keys() != names), None):
        raise ValueError(f"columns differ: {sorted(odd.keys() ^ set(names))}")
    return {name: [row[name] for row in rows] for name in names}


def rows_of(columns: Mapping[str, Sequence[Value]]) -> list[Row]:
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def encoded(result: Result) -> bytes:
    """The bytes that tell a result."""
    tables = {name: _undated(columns) for name, columns in result.columns.items()}
    plain = json.dumps(tables, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()
    packed: bytes = CODEC.compress(plain, asbytes=True)
    payload = {"bytes": len(packed), "sha256": hashlib.sha256(packed).hexdigest(), "unpacked": len(plain)}
    row, dates = _undated(columns_of([result.head.document]))
    head = asdict(result.head) | {"document": [row, dates], "payload": payload}
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()
    line = b"%s %d %s\n" % (FORMAT, len(text), hashlib.sha256(text).hexdigest().encode())
    return line + text + packed


def decoded(data: bytes) -> Result:
    """The result that `encoded` made the bytes of. Raises DamagedResult."""
    head, payload, after = _parted(data)
    packed = data[after:]
    if len(packed) != payload["bytes"] or hashlib.sha256(packed).hexdigest() != payload["sha256"]:
        raise DamagedResult(data[:80])
    columns = json.loads(CODEC.decompress(packed, payload["unpacked"], asbytes=True))
    return Result(head, {name: _dated(*table) for name, table in columns.items()})


def head_of(data: bytes) -> Head:
    """The head alone, of the first bytes of a result that hold it. Raises DamagedResult."""
    return _parted(data)[0]


def _parted(data: bytes) -> tuple[Head, dict[str, Any], int]:
    """The head, what it says of the rows' bytes, and where these begin. Raises DamagedResult."""
    line, _, rest = data.partition(b"\n")
    try:
        mark, length, digest = line.split(b" ")
        text = rest[: int(length)]
    except ValueError as error:
        raise DamagedResult(line[:80]) from error
    if mark != FORMAT or hashlib.sha256(text).hexdigest().encode() != digest:
        raise DamagedResult(line[:80])
    values = json.loads(text)
    payload = values.pop("payload")
    (document,) = rows_of(_dated(*values.pop("document")))
    granted, tried = Grant(**values.pop("granted")), tuple(values.pop("tried"))
    return Head(document=document, granted=granted, tried=tried, **values), payload, len(line) + 1 + len(text)


def _undated(columns: dict[str, list[Value]]) -> tuple[dict[str, list[Any]], list[str]]:
    """The columns as JSON can tell them, and the names of those that hold dates."""
    dated = [name for name, values in columns.items() if any(isinstance(v, date) for v in values)]
    texts = {name: [v.isoformat() if isinstance(v, date) else v for v in columns[name]] for name in dated}
    return columns | texts, dated


def _dated(columns: dict[str, list[Any]], dated: Sequence[str]) -> dict[str, list[Value]]:
    days = {name: [None if v is None else date.fromisoformat(v) for v in columns[name]] for name in dated}
    return columns | days


def _plain(value: Any) -> Any:
    """numpy's numbers as Python's."""
    number: int | float | bool = value.item()
    return number

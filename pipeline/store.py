"""The work store: what became of each document, one object a document, named by the key of its reading alone.

A store lies in a folder or at any fsspec URL. An object is either whole or not there: on a file system it is written
under a temporary name, synced and renamed; on object storage a put is atomic. Each carries digests of what it holds, so
that a damaged one is told, and read again, never trusted.

    KeyError         there is no result of that name
    DamagedResult    there is one, and its bytes are not those that were written
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from fsspec.implementations.local import LocalFileSystem

from pipeline.dataset import Row, Rows, Value
from pipeline.remote import file_system, reached

Columns = dict[str, dict[str, list[Value]]]  # table → column → values

RUNS = "runs"
READERS = 32  # threads that fetch from storage that is far
AHEAD = 64  # results a thread: what is asked for at once
FORMAT = b"veedor-result-1"
HEAD_BYTES = 16 << 10  # a first look at an object; heads measured take about 2 KiB
STALE_SECONDS = 24 * 3600.0  # a temporary file that old belongs to no writer any more
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


class Store:
    """The results at `url`: a folder's path, or what fsspec understands, as `s3://bucket/work`."""

    def __init__(self, url: str | Path) -> None:
        self.url = str(url)
        self._fs, root = file_system(self.url)
        self._root = root.rstrip("/")
        self.is_local = isinstance(self._fs, LocalFileSystem)

    def prepare(self) -> None:
        """Makes sure that the store can be written, and removes what writers that were killed left; raises OSError."""
        probe = f"{self._root}/tmp/{secrets.token_hex(8)}"
        with reached(self.url):
            self._fs.makedirs(f"{self._root}/tmp", exist_ok=True)
            self._fs.pipe_file(probe, b"veedor")
            self._fs.rm_file(probe)
        if self.is_local:
            for file in Path(self._root, "tmp").iterdir():
                with contextlib.suppress(OSError):  # another run may be as tidy
                    if time.time() - file.stat().st_mtime > STALE_SECONDS:
                        file.unlink()

    # ------------------------------------------------------------ results

    def put(self, key: str, result: Result) -> None:
        """Stores a document's result, instead of any that was there. Raises OSError."""
        self._write(self._path(key), _encoded(result))

    def get(self, key: str) -> Result:
        """Raises KeyError, DamagedResult, OSError."""
        data = self._read(key)
        head, payload, after = _head(data)
        packed = data[after:]
        if len(packed) != payload["bytes"] or hashlib.sha256(packed).hexdigest() != payload["sha256"]:
            raise DamagedResult(key)
        columns = json.loads(CODEC.decompress(packed, payload["unpacked"], asbytes=True))
        return Result(head, {name: _dated(*table) for name, table in columns.items()})

    def head(self, key: str) -> Head:
        """A result's head without its rows, which this does not check. Raises KeyError, DamagedResult, OSError."""
        data = self._read(key, HEAD_BYTES)
        try:
            return _head(data)[0]
        except DamagedResult:
            return _head(self._read(key))[0]  # a head longer than the first look

    def __contains__(self, key: str) -> bool:
        return bool(self._fs.exists(self._path(key)))

    def forget(self, key: str) -> None:
        """Removes a result; nothing where there is none."""
        with contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(self._path(key))

    def sizes(self) -> dict[str, int]:
        """Every result's name with its size in bytes: one listing, no result is opened."""
        if self.is_local:
            return dict(_listed(Path(self._root, "results")))
        with reached(self.url):
            self._fs.invalidate_cache()
            found = self._fs.find(f"{self._root}/results", detail=True)
        return {path.rsplit("/", 1)[1]: int(info["size"]) for path, info in found.items()}

    @contextmanager
    def near(self, keys: Iterable[str]) -> Iterator[Store]:
        """The store, or where it is far a copy here of the results named: storage answers slowly, and many at once.

        A result that is not there is not in the copy either. Raises OSError.
        """
        if self.is_local:
            yield self
            return
        with tempfile.TemporaryDirectory(prefix="veedor-near-") as folder, ThreadPoolExecutor(READERS) as threads:
            copy = Store(folder)
            waiting = iter(keys)
            while some := list(islice(waiting, READERS * AHEAD)):
                list(threads.map(lambda key: self._copy(key, copy), some))
            yield copy

    def _copy(self, key: str, other: Store) -> None:
        path = Path(other._path(key))
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(KeyError):
            path.write_bytes(self._read(key))

    # ------------------------------------------------------------ notes

    def note(self, name: str, value: Any, shelf: str = RUNS) -> None:
        """Keeps a small record, of a run by default, beside the results, as JSON. `name`, `shelf`: plain words."""
        self._write(f"{self._root}/{shelf}/{name}.json", json.dumps(value, ensure_ascii=False).encode())

    def noted(self, name: str, shelf: str = RUNS) -> Any:
        """What `note` kept under that name. Raises KeyError."""
        try:
            return json.loads(self._fs.cat_file(f"{self._root}/{shelf}/{name}.json"))
        except (FileNotFoundError, ValueError) as error:
            raise KeyError(name) from error

    def notes(self) -> list[str]:
        """The names of what `note` kept of runs."""
        self._fs.invalidate_cache()
        paths = self._fs.find(f"{self._root}/{RUNS}")
        return sorted(p.rsplit("/", 1)[1].removesuffix(".json") for p in paths if p.endswith(".json"))

    # ------------------------------------------------------------ bytes

    def _path(self, key: str) -> str:
        return f"{self._root}/results/{key[:2]}/{key}"

    def _read(self, key: str, end: int | None = None) -> bytes:
        try:
            with reached(self.url):
                return bytes(self._fs.cat_file(self._path(key), start=None if end is None else 0, end=end))
        except FileNotFoundError as error:
            raise KeyError(key) from error

    def _write(self, path: str, data: bytes) -> None:
        if self.is_local:
            write_whole(Path(path), data, Path(self._root, "tmp"))
        else:
            with reached(self.url):
                self._fs.pipe_file(path, data)


def write_whole(path: Path, data: bytes | Iterable[bytes], aside: Path | None = None) -> None:
    """The file is whole or as it was before, even if power fails. `data`: whole, or in parts. `aside`: folder of the
    temporary file, on the same file system; the file's own by default. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = (aside or path.parent) / f".{path.name[:32]}-{secrets.token_hex(8)}"
    temporary.parent.mkdir(parents=True, exist_ok=True)
    try:
        with temporary.open("wb") as file:
            file.writelines([data] if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in `folder` outlive a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _listed(folder: Path) -> list[tuple[str, int]]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as parts:
        folders = [part.path for part in parts if part.is_dir()]
    found = []
    for path in folders:
        with os.scandir(path) as files:
            found += [(file.name, file.stat().st_size) for file in files]
    return found


# ---------------------------------------------------------------- what an object holds: its first line, head, rows


def _encoded(result: Result) -> bytes:
    tables = {name: _undated(columns) for name, columns in result.columns.items()}
    plain = json.dumps(tables, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()
    packed: bytes = CODEC.compress(plain, asbytes=True)
    payload = {"bytes": len(packed), "sha256": hashlib.sha256(packed).hexdigest(), "unpacked": len(plain)}
    row, dates = _undated(columns_of([result.head.document]))
    head = asdict(result.head) | {"document": [row, dates], "payload": payload}
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()
    line = b"%s %d %s\n" % (FORMAT, len(text), hashlib.sha256(text).hexdigest().encode())
    return line + text + packed


def _head(data: bytes) -> tuple[Head, dict[str, Any], int]:
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

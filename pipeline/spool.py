"""What a run knows of each input, on disk: lists, tables and shelves that take no memory however large the archive.

Each lies in a database of its own in the temporary folder, a file without a name that ends with the process, of which
a fixed part is in memory. What is kept is pickled: nobody else can write there.
"""

from __future__ import annotations

import errno
import operator
import pickle
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")
CACHE_KIB = 2048  # of one database in memory; the rest is the system's to keep or not


def _same(value: Any) -> Any:
    return value


def _bytes(key: str) -> bytes:
    return key.encode("utf-8", "surrogatepass")  # names hold whatever a file system allows


class _Base:
    """A database that ends with this object. Raises OSError where the temporary folder is full."""

    def __init__(self, *statements: str) -> None:
        self._base = sqlite3.connect("", isolation_level=None, check_same_thread=False)  # whichever thread collects it
        settings = (f"PRAGMA cache_size = -{CACHE_KIB}", "PRAGMA journal_mode = OFF")  # nothing outlives the process
        for statement in (*settings, *statements, "BEGIN"):
            self._do(statement)

    def __del__(self) -> None:
        self._base.close()

    def _do(self, statement: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        try:
            return self._base.execute(statement, values)
        except sqlite3.OperationalError as error:
            raise OSError(errno.ENOSPC, f"{error}", tempfile.gettempdir()) from error


class Spool(_Base, Sequence[T]):
    """Records in the order given. `packed`, `unpacked`: a record as plain values, which pickle sooner, and back."""

    def __init__(
        self,
        records: Iterable[T] = (),
        packed: Callable[[T], Any] = _same,
        unpacked: Callable[[Any], T] = _same,
    ) -> None:
        super().__init__("CREATE TABLE kept (number INTEGER PRIMARY KEY, record BLOB)")
        self._packed, self._unpacked, self._length = packed, unpacked, 0
        for record in records:
            self.append(record)

    def append(self, record: T) -> None:
        data = pickle.dumps(self._packed(record), pickle.HIGHEST_PROTOCOL)
        self._do("INSERT INTO kept VALUES (?, ?)", (self._length, data))
        self._length += 1

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[T]:
        for (data,) in self._do("SELECT record FROM kept ORDER BY number"):
            yield self._unpacked(pickle.loads(data))

    @overload
    def __getitem__(self, place: int) -> T: ...

    @overload
    def __getitem__(self, place: slice) -> list[T]: ...

    def __getitem__(self, place: int | slice) -> T | list[T]:
        if isinstance(place, slice):
            return [self[i] for i in range(self._length)[place]]
        number = range(self._length)[place]
        ((data,),) = self._do("SELECT record FROM kept WHERE number = ?", (number,))
        return self._unpacked(pickle.loads(data))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(operator.eq, self, other))

    __hash__ = None  # type: ignore[assignment]


class Kept(_Base, MutableMapping[str, T]):
    """One thing for each key, in the order in which the keys came."""

    def __init__(self, packed: Callable[[T], Any] = _same, unpacked: Callable[[Any], T] = _same) -> None:
        super().__init__("CREATE TABLE kept (key BLOB UNIQUE, value BLOB)")
        self._packed, self._unpacked = packed, unpacked

    def __setitem__(self, key: str, value: T) -> None:
        self._do(
            "INSERT INTO kept VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (_bytes(key), pickle.dumps(self._packed(value), pickle.HIGHEST_PROTOCOL)),
        )

    def __getitem__(self, key: str) -> T:
        found = self._do("SELECT value FROM kept WHERE key = ?", (_bytes(key),)).fetchone()
        if found is None:
            raise KeyError(key)
        return self._unpacked(pickle.loads(found[0]))

    def __delitem__(self, key: str) -> None:
        if not self._do("DELETE FROM kept WHERE key = ?", (_bytes(key),)).rowcount:
            raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and bool(self._do("SELECT 1 FROM kept WHERE key = ?", (_bytes(key),)).fetchone())

    def __len__(self) -> int:
        return int(self._do("SELECT count(*) FROM kept").fetchone()[0])

    def __iter__(self) -> Iterator[str]:
        for (key,) in self._do("SELECT key FROM kept ORDER BY rowid"):
            yield key.decode("utf-8", "surrogatepass")


class Shelf(_Base, Generic[T]):
    """Any number of things under each key, in the order in which they came."""

    def __init__(self) -> None:
        super().__init__("CREATE TABLE kept (key BLOB, value BLOB)", "CREATE INDEX of_key ON kept (key)")

    def add(self, key: str, value: T) -> None:
        self._do("INSERT INTO kept VALUES (?, ?)", (_bytes(key), pickle.dumps(value, pickle.HIGHEST_PROTOCOL)))

    def of(self, key: str) -> list[T]:
        found = self._do("SELECT value FROM kept WHERE key = ? ORDER BY rowid", (_bytes(key),))
        return [pickle.loads(value) for (value,) in found]

    def sorted(self) -> Iterator[T]:
        """All of them by their keys, as Python sorts texts."""
        for (value,) in self._do("SELECT value FROM kept ORDER BY key, rowid"):
            yield pickle.loads(value)

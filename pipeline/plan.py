"""What a run is to do: each input with the key of its reading, what the store holds of it, what is to be read."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from ocr.errors import DocumentError
from pipeline import provenance
from pipeline.dataset import failed_rows
from pipeline.errand import Errand, is_settled
from pipeline.errors import NotReadable, TooBig
from pipeline.inputs import Inputs
from pipeline.results import DamagedResult, Head
from pipeline.rows import Row
from pipeline.settings import Settings
from pipeline.sources import Source
from pipeline.spool import Kept, Spool
from pipeline.store import Store

HEADS = 4096  # results looked up before the first are told
LOOKERS = 32  # threads that look results up: object storage answers slowly and many at once


@dataclass(frozen=True, slots=True)
class Entry:
    """One input. `key`: None where the file gives no bytes, or too many, so that there is nothing to read.

    `is_first`: whether it is the first input of its key: the one that is read.
    """

    source: Source
    kind: str
    key: str | None
    is_first: bool

    @property
    def refusal(self) -> str:
        """Why there is nothing to read, where there is no key."""
        return TooBig.reason if self.kind == TooBig.reason else NotReadable.reason

    def packed(self) -> tuple[object, ...]:
        """As plain values, for `unpacked`."""
        return self.source.packed(), str(self.kind), self.key, self.is_first

    @classmethod
    def unpacked(cls, values: tuple[Any, ...]) -> Entry:
        source, kind, key, is_first = values
        return cls(Source.unpacked(source), kind, key, is_first)


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a key, as little as a million documents allow. `status`, `error`: as in `documents`.

    `row`: the row of a document of which the store keeps nothing, for its failure says nothing lasting.
    """

    status: str
    error: str | None
    attempt: int = 1
    tried: tuple[str, ...] = ()
    row: Row | None = None

    @classmethod
    def of(cls, head: Head, *, stored: bool = True) -> Found:
        return cls(head.status, head.error, head.attempt, head.tried, None if stored else head.document)

    def packed(self) -> tuple[object, ...]:
        """As plain values, for `unpacked`."""
        return self.status, self.error, self.attempt, self.tried, self.row

    @classmethod
    def unpacked(cls, values: tuple[Any, ...]) -> Found:
        return cls(*values)


@dataclass(frozen=True, slots=True)
class Plan:
    """`places`: of each key, the place of its first input among `entries`. `given`: what the command line named.
    `common`: what all readings share, as `provenance.reading` gives it."""

    entries: Sequence[Entry]
    places: Mapping[str, int]
    skipped: tuple[str, ...]
    given: tuple[Path | str, ...]
    common: Mapping[str, Any]

    def first(self, key: str) -> Entry:
        return self.entries[self.places[key]]

    def keys(self, shard: tuple[int, int] = (1, 1)) -> Iterator[str]:
        """The keys of one of so many shares of the archive, in the inputs' order. `shard`: from (1, n) to (n, n)."""
        number, of = shard
        return (key for key in self.places if int(key[:16], 16) % of == number - 1)

    def errands(self, keys: Container[str]) -> Iterator[Errand]:
        """One for each of `keys`, the largest file first: else the last worker may be left alone with it."""
        places, sizes = array("q"), array("q")
        for place, entry in enumerate(self.entries):
            if entry.is_first and entry.key in keys:
                places.append(place)
                sizes.append(_size(entry.source))
        for i in sorted(range(len(sizes)), key=sizes.__getitem__, reverse=True):
            entry = self.entries[places[i]]
            code = provenance.engine_code(entry.kind)
            yield Errand(entry.source, str(entry.key), entry.kind, code, self.common["dictionary"])


def planned(inputs: Inputs, settings: Settings, dictionary: str, task: Callable[..., Any]) -> Plan:
    """`dictionary`: its version."""
    common = provenance.reading(settings, dictionary, task)
    places: Kept[int] = Kept()
    entries = _entries(inputs.sources, settings, common, places)
    kept = Spool(entries, Entry.packed, Entry.unpacked)
    return Plan(kept, places, tuple(str(path) for path in inputs.skipped), inputs.given, common)


def _entries(
    sources: Iterable[Source], settings: Settings, common: Mapping[str, Any], places: Kept[int]
) -> Iterator[Entry]:
    for place, source in enumerate(sources):
        kind = provenance.kind_of(source, settings)
        key = provenance.key_of(source.sha256, kind, common) if source.sha256 else None
        is_first = key is not None and key not in places
        if key is not None and is_first:
            places[key] = place
        yield Entry(source, kind, key, is_first)


def _size(source: Source) -> int:
    """Bytes of the input's file; 0 where it is gone."""
    if source.remote:
        return source.remote.size
    try:
        return source.path.stat().st_size
    except OSError:
        return 0


def refused(entry: Entry, settings: Settings) -> Row:
    """The row of an input that gives no bytes to read."""
    error: DocumentError = NotReadable()
    if entry.refusal == TooBig.reason:
        error = TooBig(f"{_size(entry.source)} bytes; límite {settings.limits.file_bytes}")
    return failed_rows(entry.source, error)["documents"][0]


class Lacking(StrEnum):
    """Why a key is to be read, as far as the store tells."""

    ABSENT = "absent"
    DAMAGED = "damaged"
    UNSETTLED = "unsettled"


def survey(store: Store, keys: Iterable[str], settings: Settings) -> Iterator[tuple[str, Found | Lacking]]:
    """Each key with what the store holds of it, by its result's head alone. Raises OSError."""
    for key, head in _heads(store, keys):
        if isinstance(head, Head):
            yield key, Found.of(head) if is_settled(head, settings) else Lacking.UNSETTLED
        else:
            yield key, head


def _heads(store: Store, keys: Iterable[str]) -> Iterator[tuple[str, Head | Lacking]]:
    def head(key: str) -> Head | Lacking:
        try:
            return store.head(key)
        except KeyError:
            return Lacking.ABSENT
        except DamagedResult:
            return Lacking.DAMAGED

    if store.is_local:  # a thread costs more than a look
        yield from ((key, head(key)) for key in keys)
        return
    there: Kept[None] = Kept()  # one listing instead of a look at each that is not there
    for key, _ in store.listing():
        there[key] = None
    waiting = iter(keys)
    with ThreadPoolExecutor(LOOKERS) as threads:
        while some := list(islice(waiting, HEADS)):  # of a million, a few at a time
            found = dict(zip(known := [key for key in some if key in there], threads.map(head, known), strict=True))
            yield from ((key, found.get(key, Lacking.ABSENT)) for key in some)

"""What a run is to do: each input with the key of its reading, what the store holds of it, what is to be read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import provenance
from pipeline.dataset import failed_rows
from pipeline.errand import Errand, is_settled
from pipeline.errors import NotReadable
from pipeline.inputs import Inputs
from pipeline.results import DamagedResult, Head
from pipeline.rows import Row
from pipeline.settings import Settings
from pipeline.sources import Source
from pipeline.store import Store

HEADS = 4096  # results looked up before the first are told
LOOKERS = 32  # threads that look results up: object storage answers slowly and many at once


@dataclass(frozen=True, slots=True)
class Entry:
    """One input. `key`: None where the file gives no bytes, so that there is nothing to read."""

    source: Source
    kind: str
    key: str | None


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


@dataclass(frozen=True, slots=True)
class Plan:
    """`given`: what the command line named. `common`: what all readings share, as `provenance.reading` gives it."""

    entries: tuple[Entry, ...]
    skipped: tuple[str, ...]
    given: tuple[Path | str, ...]
    common: Mapping[str, Any]
    firsts: Mapping[str, Entry] = field(init=False)  # key → the first input of that key: the one that is read

    def __post_init__(self) -> None:
        object.__setattr__(self, "firsts", {e.key: e for e in reversed(self.entries) if e.key})

    def is_first(self, entry: Entry) -> bool:
        return entry.key is not None and self.firsts[entry.key] is entry

    def keys(self, shard: tuple[int, int] = (1, 1)) -> list[str]:
        """The keys of one of so many shares of the archive, in the inputs' order. `shard`: from (1, n) to (n, n)."""
        number, of = shard
        return [e.key for e in self.entries if e.key and self.is_first(e) and int(e.key[:16], 16) % of == number - 1]

    def errands(self, keys: Collection[str]) -> Iterator[Errand]:
        """One for each of `keys`, the largest file first: else the last worker may be left alone with it."""
        wanted = (self.firsts[key] for key in self.keys() if key in keys)
        for entry in sorted(wanted, key=lambda entry: -_size(entry.source)):
            code = provenance.engine_code(entry.kind)
            yield Errand(entry.source, str(entry.key), entry.kind, code, self.common["dictionary"])


def planned(inputs: Inputs, settings: Settings, dictionary: str, task: Callable[..., Any]) -> Plan:
    """`dictionary`: its version."""
    common = provenance.reading(settings, dictionary, task)
    entries = tuple(_entry(source, settings, common) for source in inputs.sources)
    return Plan(entries, tuple(str(path) for path in inputs.skipped), inputs.given, common)


def _entry(source: Source, settings: Settings, common: Mapping[str, Any]) -> Entry:
    kind = provenance.kind_of(source, settings)
    key = provenance.key_of(source.sha256, kind, common) if source.sha256 else None
    return Entry(source, kind, key)


def _size(source: Source) -> int:
    """Bytes of the input's file; 0 where it is gone."""
    if source.remote:
        return source.remote.size
    try:
        return source.path.stat().st_size
    except OSError:
        return 0


def unreadable(source: Source) -> Row:
    """The row of an input that gives no bytes."""
    return failed_rows(source, NotReadable())["documents"][0]


@dataclass(frozen=True, slots=True)
class Survey:
    """What a store holds of some keys. `found`: what stands; `damaged`, `unsettled`: what is to be read again."""

    found: Mapping[str, Found]
    damaged: frozenset[str]
    unsettled: frozenset[str]


def survey(store: Store, keys: Sequence[str], settings: Settings) -> Survey:
    """Looks every key up, by its result's head alone. Raises OSError."""
    there = store.sizes()
    wanted = [key for key in keys if key in there]
    found: dict[str, Found] = {}
    damaged, unsettled = set(), set()
    for key, head in zip(wanted, _heads(store, wanted), strict=True):
        if head is None:
            damaged.add(key)
        elif not is_settled(head, settings):
            unsettled.add(key)
        else:
            found[key] = Found.of(head)
    return Survey(found, frozenset(damaged), frozenset(unsettled))


def _heads(store: Store, keys: Sequence[str]) -> Iterator[Head | None]:
    def head(key: str) -> Head | None:
        try:
            return store.head(key)
        except (KeyError, DamagedResult):
            return None

    if store.is_local:  # a thread costs more than a look
        yield from map(head, keys)
        return
    with ThreadPoolExecutor(LOOKERS) as threads:
        for start in range(0, len(keys), HEADS):  # of a million, a few at a time
            yield from threads.map(head, keys[start : start + HEADS])

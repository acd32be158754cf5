"""One document's way into the work store: what any executor calls, in whatever process or machine.

`read_to_store` does one attempt. What becomes of an attempt that the executor had to end itself, and whether a second
one is due, is decided here too (`lost`, `next_attempt`), so that a pool on one machine and a cluster act alike.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from dictionaries.load import DictionaryError
from ocr import sheets
from ocr.errors import DocumentError, EngineFailed, EngineMissing, OutOfMemory, PageTimedOut
from pipeline import provenance
from pipeline.dataset import failed_rows
from pipeline.errors import (
    EnvironmentMissing,
    FileChanged,
    NotReadable,
    OtherVersion,
    PageUnread,
    TimedOut,
    TooBig,
    WorkerDied,
)
from pipeline.inputs import sha256
from pipeline.remote import brought
from pipeline.results import DamagedResult, Grant, Head, Result, columns_of
from pipeline.rows import Row, Rows
from pipeline.settings import PAGES_IN_TIME, Settings
from pipeline.sources import Source
from pipeline.store import Store
from pipeline.task import Task, load_once, read_one
from pipeline.validate import FileKind

ATTEMPTS = 2
WITH_LESS = "read_with_less"
# What a second attempt, with less, may mend; and what says nothing of the document, so that it is never kept.
RETRIED = frozenset(e.reason for e in (TimedOut, OutOfMemory, WorkerDied, PageUnread, PageTimedOut, EngineFailed))
MENDABLE = (OutOfMemory, PageTimedOut, EngineFailed)  # faults of a page that less may mend; what is damaged stays so
PASSING = frozenset(e.reason for e in (NotReadable, FileChanged, OtherVersion, EngineMissing))


@dataclass(frozen=True, slots=True)
class Errand:
    """One attempt at one document.

    `key`: its result's name in the store. `kind`, `code`, `dictionary` (its version): what the key was made with.
    `attempt`: from 1. `tried`: why the earlier ones ended. `pages`: how many it has, once that is known to be many.
    """

    source: Source
    key: str
    kind: str
    code: str
    dictionary: str
    attempt: int = 1
    tried: tuple[str, ...] = ()
    pages: int | None = None

    def seconds(self, settings: Settings) -> float:
        """The time limit of this attempt."""
        return settings.seconds_for(self.pages or 1)


@dataclass(frozen=True, slots=True)
class NeedsTime:
    """The answer of an attempt that did not begin: a document of so many `pages` is to be given more time."""

    pages: int


def read_to_store(errand: Errand, settings: Settings, store_url: str, task: Task = read_one) -> Head | NeedsTime:
    """Reads a document and keeps its result; what it returns is small. Raises EnvironmentMissing where the store,
    or a temporary file, cannot be written.

    A result that says nothing lasting of the document (`PASSING`) is returned, and not kept.
    """
    start = time.monotonic()
    try:
        with brought(errand.source, settings.limits.file_bytes) as source:
            if errand.pages is None and (many := _many_pages(source, errand.kind)):
                return NeedsTime(many)
            rows = _read(replace(errand, source=source), settings, task)
    except (NotReadable, TooBig) as error:
        rows = failed_rows(errand.source, error)
    head = _head(errand, settings, rows, time.monotonic() - start)
    if head.error not in PASSING:
        columns = {name: columns_of(some) for name, some in rows.items() if some}
        try:
            return keep(Store(store_url), errand, Result(head, columns))
        except OSError as error:
            raise EnvironmentMissing(f"No se puede escribir en {store_url}: {error}") from error
    return head


def _many_pages(source: Source, kind: str) -> int | None:
    if kind != FileKind.PDF:
        return None
    try:
        number = sheets.count(source.path)
    except DocumentError:  # reading it will say so
        return None
    return number if number > PAGES_IN_TIME else None


def _read(errand: Errand, settings: Settings, task: Task) -> Rows:
    source = errand.source
    if not _reads_alike(errand, settings):
        return failed_rows(source, OtherVersion())
    effort = settings.effort if errand.attempt == 1 else settings.effort.less
    rows = task(source, replace(settings, effort=effort))
    if sha256(source.path) != source.sha256:  # what was read may be of neither the old bytes nor the new ones
        return failed_rows(source, FileChanged())
    return rows


def _reads_alike(errand: Errand, settings: Settings) -> bool:
    """Whether this process reads with what the key was made of: here and now, not on the machine that made it."""
    try:
        dictionary = load_once(settings.dictionary).version
    except (DictionaryError, OSError):
        return False
    return dictionary == errand.dictionary and provenance.engine_code(errand.kind) == errand.code


def _head(errand: Errand, settings: Settings, rows: Rows, seconds: float) -> Head:
    document = rows["documents"][0]
    document["source"] = None
    document["attempt"] = errand.attempt
    if errand.attempt > 1 and document["status"] != "failed":
        _mark_less(document)
    return Head(
        document=dict(document),
        seconds=seconds,
        granted=granted(settings),
        attempt=errand.attempt,
        tried=errand.tried,
        rows=sum(map(len, rows.values())),
    )


def _mark_less(document: Row) -> None:
    """What was read with less may be less sure than its confidences say: a person should know."""
    reasons = [str(document["review_reason"])] if document["review_reason"] else []
    document |= {"status": "review", "needs_review": True, "review_reason": ";".join([*reasons, WITH_LESS])}


def granted(settings: Settings) -> Grant:
    return Grant(settings.seconds, settings.effort.page_seconds, settings.memory)


def lost(errand: Errand, settings: Settings, error: DocumentError) -> Head:
    """The head of an attempt that its executor had to end, or that died under it."""
    document = failed_rows(errand.source, error)["documents"][0]
    document |= {"source": None, "attempt": errand.attempt}
    seconds = errand.seconds(settings) if isinstance(error, TimedOut) else 0.0
    return Head(document, seconds, granted(settings), errand.attempt, errand.tried, rows=1)


def next_attempt(errand: Errand, head: Head) -> Errand | None:
    """The attempt that is due after one that ended with `head`; None where that one stands."""
    if not may_mend(head) or errand.attempt >= ATTEMPTS:
        return None
    return replace(errand, attempt=errand.attempt + 1, tried=(*errand.tried, str(head.error)))


def may_mend(head: Head) -> bool:
    """Whether an attempt that ended so may end otherwise with less: where pages could not be read, if one of them
    lacked time, memory or the engine. A message that is cut tells not all of them."""
    if head.error != PageUnread.reason:
        return head.error in RETRIED
    said = str(head.document["error_message"])
    return any(fault.message in said for fault in MENDABLE) or "…" in said


def keep(store: Store, errand: Errand, result: Result) -> Head:
    """Stores a result, unless it is of a later attempt and tells less than what an earlier one left.

    Returns the head of what is kept.
    """
    if errand.attempt > 1 and result.head.error in RETRIED:
        try:
            earlier = store.get(errand.key)
        except (KeyError, DamagedResult):
            earlier = None
        if earlier and earlier.head.rows > result.head.rows:
            head = replace(earlier.head, tried=errand.tried, granted=result.head.granted)
            result = replace(earlier, head=head)
    store.put(errand.key, result)
    return result.head


def is_settled(head: Head, settings: Settings) -> bool:
    """Whether a stored result stands: it was not cut short, nor had with less for want of what is given now.

    What was read with less because a worker died is read whole by the next run: it may have been killed by accident.
    """
    if may_mend(head) and not head.tried:
        return False
    if head.tried == (WorkerDied.reason,) and head.status != "failed":
        return False
    return not (head.tried and granted(settings).exceeds(head.granted))

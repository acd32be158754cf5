"""Digests of files that are fetched to be digested, kept in the work store.

A file that has not changed since, by what its storage says of it, is not fetched again only to be told so.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from ocr.errors import DocumentError
from pipeline import provenance, validate
from pipeline.errors import NotReadable, TooBig
from pipeline.remote import Listed, chunks
from pipeline.settings import Settings
from pipeline.sources import Remote, Source
from pipeline.store import Store

SHELF = "digests"
READERS = 16  # threads that fetch: storage answers slowly, and many at once
SHELVES = 256  # notes over which the digests are spread: of a million files each has some 4,000

Known = tuple[str, str | None, str]  # what the storage said of the file, its digest, its kind


def sources(files: Sequence[tuple[Listed, str]], settings: Settings) -> list[Source]:
    """The files, each under the name given, as what is to be read. Raises OSError."""
    store = Store(settings.store_url)
    shelves: dict[str, list[Listed]] = defaultdict(list)
    for file, _ in files:
        shelves[_shelf(file)].append(file)
    known: dict[str, Known] = {}
    with ThreadPoolExecutor(READERS) as threads:
        for shelf, there in shelves.items():
            known |= _known(store, shelf, there, settings, threads)
    return [_source(file, name, known[file.url]) for file, name in files]


def _shelf(file: Listed) -> str:
    return f"{int(hashlib.sha256(file.url.encode()).hexdigest(), 16) % SHELVES:02x}"


def _known(
    store: Store, shelf: str, files: Iterable[Listed], settings: Settings, threads: ThreadPoolExecutor
) -> dict[str, Known]:
    basis = f"{provenance.code()} {settings.limits}"  # what a file is taken for is the program's to say
    try:
        noted = store.noted(shelf, SHELF)
    except KeyError:
        noted = {}
    kept = noted["files"] if noted.get("basis") == basis else {}
    stand = {f.url: kept[f.url] for f in files if kept.get(f.url, ("",))[0] == f.mark}
    new = [file for file in files if file.url not in stand]
    if new:
        told = threads.map(lambda file: _told(file, settings), new)
        found = {file.url: known for file, known in zip(new, told, strict=True)}
        lasting = {url: known for url, known in found.items() if known[1]}
        store.note(shelf, {"basis": basis, "files": kept | lasting}, SHELF)
        stand |= found
    return stand


def _told(file: Listed, settings: Settings) -> Known:
    digest, head = hashlib.sha256(), b""
    if file.size > settings.limits.file_bytes:  # refused as it is: not worth fetching
        return file.mark, None, TooBig.reason
    try:
        for chunk in chunks(file.url):
            digest.update(chunk)
            if len(head) < validate.HEAD_BYTES:
                head += chunk
    except OSError:
        return file.mark, None, NotReadable.reason
    try:
        kind: str = validate.kind_told(file.name, file.size, head[: validate.HEAD_BYTES], settings.limits)
    except DocumentError as error:
        kind = error.reason
    return file.mark, digest.hexdigest(), kind


def _source(file: Listed, name: str, known: Known) -> Source:
    _, digest, kind = known
    return Source(file.path, name, digest, Remote(file.url, file.size, kind))

"""The work store: what became of each document, one object a document, named by the key of its reading alone.

A store lies in a folder or at any fsspec URL. An object is either whole or not there: on a file system it is written
under a temporary name, synced and renamed; on object storage a put is atomic. Each carries digests of what it holds, so
that a damaged one is told, and read again, never trusted.

    KeyError         there is no result of that name
    DamagedResult    there is one, and its bytes are not those that were written
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

from fsspec.implementations.local import LocalFileSystem

from pipeline.remote import file_system, reached
from pipeline.results import DamagedResult, Head, Result, decoded, encoded, head_of
from pipeline.whole import write_whole

RUNS = "runs"
READERS = 32  # threads that fetch from storage that is far
AHEAD = 64  # results a thread: what is asked for at once
HEAD_BYTES = 16 << 10  # a first look at an object; heads measured take about 2 KiB
STALE_SECONDS = 24 * 3600.0  # a temporary file that old belongs to no writer any more


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
        self._write(self._path(key), encoded(result))

    def get(self, key: str) -> Result:
        """Raises KeyError, DamagedResult, OSError."""
        return decoded(self._read(key))

    def head(self, key: str) -> Head:
        """A result's head without its rows, which this does not check. Raises KeyError, DamagedResult, OSError."""
        try:
            return head_of(self._read(key, HEAD_BYTES))
        except DamagedResult:
            return head_of(self._read(key))  # a head longer than the first look

    def __contains__(self, key: str) -> bool:
        return bool(self._fs.exists(self._path(key)))

    def forget(self, key: str) -> None:
        """Removes a result; nothing where there is none."""
        with contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(self._path(key))

    def sizes(self) -> dict[str, int]:
        """Every result's name with its size in bytes."""
        return dict(self.listing())

    def listing(self) -> Iterator[tuple[str, int]]:
        """The same one by one, of one listing; no result is opened."""
        if self.is_local:
            yield from _listed(Path(self._root, "results"))
            return
        with reached(self.url):
            self._fs.invalidate_cache()
            found = self._fs.find(f"{self._root}/results", detail=True)
        yield from ((path.rsplit("/", 1)[1], int(info["size"])) for path, info in found.items())

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
        self._write(
            f"{self._root}/{shelf}/{name}.json",
            json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace"),
        )

    def noted(self, name: str, shelf: str = RUNS) -> Any:
        """What `note` kept under that name. Raises KeyError."""
        try:
            return json.loads(self._fs.cat_file(f"{self._root}/{shelf}/{name}.json"))
        except (FileNotFoundError, ValueError) as error:
            raise KeyError(name) from error

    def note_lines(self, name: str, head: Any, lines: Iterable[Any]) -> None:
        """Keeps a long record of a run: its head, and lines of which no more than one is in memory, on this machine."""
        told = (json.dumps(value, ensure_ascii=False) + "\n" for value in chain([head], lines))
        data = (line.encode("utf-8", "backslashreplace") for line in told)
        self._write(f"{self._root}/{RUNS}/{name}.json", data if self.is_local else b"".join(data))

    def noted_lines(self, name: str) -> Iterator[Any]:
        """What `note_lines` kept, one by one, the head first. Raises KeyError."""
        try:
            with reached(self.url), self._fs.open(f"{self._root}/{RUNS}/{name}.json", "rb") as file:
                yield from map(json.loads, file)
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

    def _write(self, path: str, data: bytes | Iterable[bytes]) -> None:
        if self.is_local:
            write_whole(Path(path), data, Path(self._root, "tmp"))
        else:
            with reached(self.url):
                self._fs.pipe_file(path, data)


def _listed(folder: Path) -> Iterator[tuple[str, int]]:
    if not folder.is_dir():
        return
    with os.scandir(folder) as parts:
        folders = [part.path for part in parts if part.is_dir()]
    for path in folders:
        with os.scandir(path) as files:
            yield from ((file.name, file.stat().st_size) for file in files)

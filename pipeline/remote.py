"""Files on no path of this machine, but where fsspec reaches, as `s3://bucket/folder`: listed, brought to be read."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import fsspec

from pipeline.errors import EnvironmentMissing, NotReadable, TooBig, UsageError
from pipeline.sources import Source

CHUNK_BYTES = 1 << 20
EXTRA = {"s3": "veedor[s3]", "s3a": "veedor[s3]"}  # what brings the package of a scheme; fsspec names that of others


def is_url(place: object) -> bool:
    return "://" in str(place)


def file_system(url: str) -> tuple[Any, str]:
    """fsspec's file system for a URL or a local path, and the path within it. Raises UsageError, EnvironmentMissing."""
    scheme = url.partition("://")[0]
    try:
        with reached(url):
            found: tuple[Any, str] = fsspec.core.url_to_fs(url)
            return found
    except ImportError as error:
        remedy = f"pip install '{EXTRA[scheme]}'" if scheme in EXTRA else str(error)
        raise EnvironmentMissing(f"Para leer {scheme}:// falta un paquete: {remedy}") from error
    except ValueError as error:
        raise UsageError(f"{url}: {error}. Use una carpeta, o una URL como s3://cubo/carpeta.") from error


@contextmanager
def reached(url: str) -> Iterator[None]:
    """Storage libraries raise errors of their own kinds where it is not there, or refuses: they leave as OSError."""
    try:
        yield
    except (OSError, ImportError, ValueError):
        raise
    except Exception as error:
        raise OSError(f"{url}: {type(error).__name__}: {error}") from error


@dataclass(frozen=True, slots=True)
class Listed:
    """A file where fsspec reaches. `name`: within the folder listed; `size`: bytes; `mark`: other where it changed."""

    url: str
    name: PurePosixPath
    size: int
    mark: str

    @property
    def path(self) -> Path:
        return Path(self.name)


def listed(url: str) -> tuple[list[Listed], bool]:
    """The file at `url`, or those in the folder there, sorted, and whether it is a folder; what is hidden stays so.

    Raises FileNotFoundError where there is nothing, OSError where the storage does not answer.
    """
    files, root = file_system(url)
    with reached(url):
        files.invalidate_cache()
        is_folder = files.info(root)["type"] == "directory"
        found = files.find(root, detail=True) if is_folder else {root: files.info(root)}
    above = PurePosixPath(root if is_folder else root.rpartition("/")[0])
    named = ((PurePosixPath(path).relative_to(above), path, info) for path, info in found.items())
    kept = ((name, path, info) for name, path, info in named if not path.endswith("/") and not _is_hidden(name))
    return [
        Listed(files.unstrip_protocol(path), name, int(info["size"]), _mark(info)) for name, path, info in sorted(kept)
    ], is_folder


def _is_hidden(name: PurePosixPath) -> bool:
    return any(part.startswith(".") for part in name.parts)


def _mark(info: dict[str, Any]) -> str:
    """All that the storage says of a file: its size, when it changed, perhaps a digest."""
    said = sorted((key, str(value)) for key, value in info.items())
    return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def chunks(url: str) -> Iterator[bytes]:
    """The file's bytes, some at a time. Raises OSError."""
    files, path = file_system(url)
    with reached(url), files.open(path, "rb", block_size=CHUNK_BYTES) as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def copy(url: str, path: Path, most: int) -> None:
    """Writes the file at `url` to `path`. Raises TooBig where it has more than `most` bytes, OSError."""
    size = 0
    with path.open("wb") as file:
        for chunk in chunks(url):
            size += len(chunk)
            if size > most:
                raise TooBig(f"más de {most} bytes")
            file.write(chunk)


@contextmanager
def brought(source: Source, most: int) -> Iterator[Source]:
    """The source as a file of this machine, for as long as it is read; a local one as it is.

    Raises TooBig where it has more than `most` bytes, NotReadable where its storage does not give them.
    """
    if source.remote is None:
        yield source
        return
    if source.remote.size > most:
        raise TooBig(f"{source.remote.size} bytes; límite {most}")
    with tempfile.NamedTemporaryFile(suffix=source.path.suffix) as file:
        try:
            copy(source.remote.url, Path(file.name), most)
        except OSError as error:
            raise NotReadable(error.strerror or str(error)) from error
        yield replace(source, path=Path(file.name), remote=None)

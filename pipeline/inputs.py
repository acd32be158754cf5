"""What the command line names → the files to read, in an order and under names that depend on nothing else."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pipeline import digests, remote
from pipeline.errors import NotReadable, UnknownKind, UsageError
from pipeline.remote import Listed, is_url
from pipeline.settings import PROCESSORS, SUFFIXES, Settings
from pipeline.sources import Source

CHUNK_BYTES = 1 << 20
AT_ONCE = 4096  # files that wait for their digest
DATASET = {"run.json", "datapackage.json"}  # files by which a folder that a run wrote is known
STORE = {"results", "runs", "tmp"}  # folders by which a work store is


@dataclass(frozen=True, slots=True)
class Inputs:
    """`sources`: to be read; `skipped`: what else lies in a folder (`why_skipped`); `given`: what the command line
    named."""

    sources: tuple[Source, ...]
    skipped: tuple[Path | str, ...]
    given: tuple[Path | str, ...] = ()


def gather(
    given: Sequence[Path | str],
    only: Callable[[Path], bool] = lambda _: True,
    settings: Settings | None = None,
) -> Inputs:
    """Files as given, folders with all that is in them, sorted: paths first, then URLs that fsspec knows.

    `only`: which of the files on paths that would be read are. `settings`: of the run, whose work store keeps digests
    of what URLs name. Raises UsageError where there is nothing to read, OSError where a URL does not answer.
    """
    urls = [str(place) for place in given if is_url(place)]
    files, skipped = listed([Path(place) for place in given if not is_url(place)])
    there, passed = _listed_there(urls, settings.store_url if settings else None)
    if not files and not there:
        kinds = " ".join(sorted(SUFFIXES))
        raise UsageError(f"No hay informes en {', '.join(map(str, given))}. Se leen {kinds}.")
    wanted = [(file, name) for file, name in files if only(file)]
    sources = tuple(Source(file, name, digest) for (file, name), digest in zip(wanted, _digests(wanted), strict=True))
    if there:
        named = _told_apart(there, {source.name for source in sources})
        sources += tuple(digests.sources(named, settings or Settings(Path("out"))))
    return Inputs(sources, (*skipped, *passed), tuple(given))


def _digests(files: Sequence[tuple[Path, str]]) -> Iterator[str | None]:
    """The SHA-256 of each file, made side by side: without the interpreter's lock."""
    with ThreadPoolExecutor(PROCESSORS) as threads:
        for start in range(0, len(files), AT_ONCE):  # what waits for a thread takes three times what is kept of a file
            yield from threads.map(sha256, (file for file, _ in files[start : start + AT_ONCE]))


def _listed_there(urls: Sequence[str], store: str | None) -> tuple[list[Listed], list[str]]:
    """The files of URLs that would be read, and the addresses of those of no kind a report comes in.

    `store`: where the run's own store is; what lies in it is no input.
    """
    found: dict[str, Listed] = {}
    skipped: list[str] = []
    for url in urls:
        try:
            files, is_folder = remote.listed(url)
        except FileNotFoundError as error:
            raise UsageError(f"No existe: {url}. Revise la dirección.") from error
        for file in files:
            if store and file.url.startswith(f"{store.rstrip('/')}/"):
                continue
            if is_folder and file.name.suffix.lower() not in SUFFIXES:
                skipped.append(file.url)
            else:
                found.setdefault(file.url, file)
    return list(found.values()), skipped


def _told_apart(files: Sequence[Listed], taken: Collection[str]) -> list[tuple[Listed, str]]:
    """Each file with its name; one whose name is another's too has its address for it."""
    count = Counter([*taken, *(file.name.as_posix() for file in files)])
    names = ((file, file.name.as_posix()) for file in files)
    return [(file, name if count[name] == 1 else file.url) for file, name in names]


def listed(paths: Sequence[Path]) -> tuple[list[tuple[Path, str]], list[Path]]:
    """The files that would be read, each with its name, and what else is there (`why_skipped`).

    Raises UsageError where a path does not exist, or is neither file nor folder: a pipe might never end.
    """
    if missing := [str(p) for p in paths if not p.exists()]:
        raise UsageError(f"No existe: {', '.join(missing)}. Revise la ruta.")
    if odd := [str(p) for p in paths if not (p.is_file() or p.is_dir())]:
        raise UsageError(f"No es un archivo ni una carpeta: {', '.join(odd)}. Guarde su contenido en un archivo.")
    named: dict[str, tuple[Path, str]] = {}  # by real path: a file given twice is one file
    skipped: list[Path] = []
    for path in paths:
        for file, name in _files(path):
            if path.is_dir() and not (file.suffix.lower() in SUFFIXES and file.is_file()):
                skipped.append(file)
            else:
                named.setdefault(os.path.realpath(file), (file, name))
    return _distinct(list(named.values())), skipped


def why_skipped(place: Path | str) -> str:
    """Why nothing was read there: `not_readable` (a folder that does not open, a link that leads nowhere),
    `link_to_folder` (it may lead round in a circle), `not_a_file` (a pipe, a device) or `unknown_kind`."""
    path = Path(place)
    if not is_url(place) and not path.is_file():
        if path.is_dir():
            return "link_to_folder" if path.is_symlink() else NotReadable.reason
        return "not_a_file" if path.exists() else NotReadable.reason
    return UnknownKind.reason


def _files(path: Path) -> Iterable[tuple[Path, str]]:
    """The files under `path`, each with its name relative to it; what is hidden stays so."""
    if not path.is_dir():
        return [(path, path.name)]
    return [(path / inside, inside.as_posix()) for inside in sorted(_inside(path))]


def _inside(path: Path) -> Iterator[Path]:
    """What lies under `path`, relative to it, but datasets and work stores of earlier runs; folders that refuse, and
    links to folders, for themselves."""
    refused: list[Path] = []

    def refuse(error: OSError) -> None:
        refused.append(Path(error.filename))

    for folder, folders, names in os.walk(path, onerror=refuse):
        if Path(folder) != path and (set(names) >= DATASET or set(folders) >= STORE):
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        links = (name for name in folders if Path(folder, name).is_symlink())
        shown = (name for name in names if not name.startswith("."))
        yield from (Path(folder, name).relative_to(path) for name in (*links, *shown))
    yield from (folder.relative_to(path) for folder in refused)


def _distinct(named: Sequence[tuple[Path, str]]) -> list[tuple[Path, str]]:
    """Two files of one name from different folders are told apart by their whole path."""
    count = Counter(name for _, name in named)
    return [(file, _text(name if count[name] == 1 else file.absolute().as_posix())) for file, name in named]


def _text(name: str) -> str:
    """The name as text: bytes that are no UTF-8, which file systems allow, are shown by their numbers."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def sha256(path: Path) -> str | None:
    """The digest of the file's bytes; None where it gives none."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                digest.update(chunk)
    except OSError:
        return None
    return digest.hexdigest()

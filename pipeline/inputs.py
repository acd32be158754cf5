"""What the command line names → the files to read, in an order and under names that depend on nothing else."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from pipeline import digests, remote
from pipeline.errors import NotReadable, UnknownKind, UsageError
from pipeline.remote import Listed, is_url
from pipeline.settings import PROCESSORS, SUFFIXES, Limits, Settings
from pipeline.sources import Source
from pipeline.spool import Kept, Spool

CHUNK_BYTES = 1 << 20
AT_ONCE = 4096  # files that wait for their digest
DATASET = {"run.json", "datapackage.json"}  # files by which a folder that a run wrote is known
STORE = {"results", "runs", "tmp"}  # folders by which a work store is


@dataclass(frozen=True, slots=True)
class Inputs:
    """`sources`: to be read; `skipped`: what else lies in a folder (`why_skipped`); `given`: what the command line
    named."""

    sources: Sequence[Source]
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
    own = _sources((pair for pair in files if only(pair[0])), settings.limits if settings else Limits())
    sources = Spool(own, Source.packed, Source.unpacked)
    if there:
        named = _told_apart(there, {source.name for source in sources})
        far = digests.sources(named, settings or Settings(Path("out")))
        sources = Spool(chain(sources, far), Source.packed, Source.unpacked)
    return Inputs(sources, (*skipped, *passed), tuple(given))


def _sources(files: Iterable[tuple[Path, str]], limits: Limits) -> Iterator[Source]:
    """Each file with the SHA-256 of its bytes, made side by side: without the interpreter's lock."""
    waiting = iter(files)
    with ThreadPoolExecutor(PROCESSORS) as threads:
        while some := list(islice(waiting, AT_ONCE)):
            made = threads.map(lambda pair: sha256(pair[0], limits.file_bytes), some)
            yield from (Source(file, name, digest) for (file, name), digest in zip(some, made, strict=True))


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


def listed(paths: Sequence[Path]) -> tuple[Sequence[tuple[Path, str]], list[Path]]:
    """The files that would be read, each with its name, and what else is there (`why_skipped`).

    Raises UsageError where a path does not exist, or is neither file nor folder: a pipe might never end.
    """
    if missing := [str(p) for p in paths if not p.exists()]:
        raise UsageError(f"No existe: {', '.join(missing)}. Revise la ruta.")
    if odd := [str(p) for p in paths if not (p.is_file() or p.is_dir())]:
        raise UsageError(f"No es un archivo ni una carpeta: {', '.join(odd)}. Guarde su contenido en un archivo.")
    skipped: list[Path] = []
    found = _found(paths, skipped)
    named = _distinct(Spool(_once(found), _packed, _unpacked)) if len(paths) > 1 else found
    return Spool(((file, _text(name)) for file, name in named), _packed, _unpacked), skipped


def _found(paths: Sequence[Path], skipped: list[Path]) -> Iterator[tuple[Path, str]]:
    """The files that would be read, in order; what else lies in a folder goes into `skipped`."""
    for path in paths:
        is_folder = path.is_dir()
        for file, name in _files(path):
            if is_folder and not (file.suffix.lower() in SUFFIXES and _is_file(file)):
                skipped.append(file)
            else:
                yield file, name


def _once(found: Iterable[tuple[Path, str]]) -> Iterator[tuple[Path, str]]:
    """Each file once, though its folder was given too. A link is a file of its own: a copy under another name."""
    seen: Kept[None] = Kept()
    for file, name in found:
        place = os.path.join(os.path.realpath(file.parent), file.name)
        if place not in seen:
            seen[place] = None
            yield file, name


def _packed(pair: tuple[Path, str]) -> tuple[str, str]:
    return str(pair[0]), pair[1]


def _unpacked(pair: tuple[str, str]) -> tuple[Path, str]:
    return Path(pair[0]), pair[1]


def why_skipped(place: Path | str) -> str:
    """Why nothing was read there: `not_readable` (a folder that does not open, a link that leads nowhere),
    `link_to_folder` (it may lead round in a circle), `not_a_file` (a pipe, a device) or `unknown_kind`."""
    path = Path(place)
    try:
        if is_url(place) or path.is_file():
            return UnknownKind.reason
        if path.is_dir():
            return "link_to_folder" if path.is_symlink() else NotReadable.reason
        return "not_a_file" if path.exists() else NotReadable.reason
    except OSError:
        return NotReadable.reason


def _files(path: Path) -> Iterable[tuple[Path, str]]:
    """The files under `path`, sorted, each with its name relative to it; what is hidden stays so."""
    if not path.is_dir():
        return [(path, path.name)]
    return ((Path(inside), os.path.relpath(inside, path)) for inside in _inside(path))


def _inside(path: Path) -> Iterator[str]:
    """What lies under `path`, in order, but datasets and work stores of earlier runs; folders that refuse, and links to
    folders, for themselves. One folder's names are in memory at a time, and those of the folders around it."""
    if (within := _shown(str(path))) is None:
        yield str(path)
        return
    under_way = [iter(within)]
    while under_way:
        entry = next(under_way[-1], None)
        if entry is None:
            under_way.pop()
        elif not _is_folder(entry) or (inside := _shown(entry.path)) is None:
            yield entry.path
        elif not _is_ours(inside):
            under_way.append(iter(inside))


def _shown(folder: str) -> list[os.DirEntry[str]] | None:
    """What lies in a folder and is not hidden, sorted; None where it refuses."""
    try:
        with os.scandir(folder) as entries:
            return sorted((e for e in entries if not e.name.startswith(".")), key=lambda e: e.name)
    except OSError:
        return None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_ours(inside: Sequence[os.DirEntry[str]]) -> bool:
    """Whether a folder is a dataset, or a work store, of an earlier run."""
    names = {entry.name for entry in inside if entry.name in DATASET | STORE}
    return names >= DATASET or names >= STORE


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than the system takes
        return False


def _distinct(named: Sequence[tuple[Path, str]]) -> Iterator[tuple[Path, str]]:
    """Two files of one name from different folders are told apart by their whole path."""
    count: Kept[int] = Kept()
    for _, name in named:
        count[name] = count.get(name, 0) + 1
    return ((file, name if count[name] == 1 else file.absolute().as_posix()) for file, name in named)


def _text(name: str) -> str:
    """The name as text: bytes that are no UTF-8, which file systems allow, are shown by their numbers."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def sha256(path: Path, most: int | None = None) -> str | None:
    """The digest of the file's bytes; None where it gives none, or more than `most`."""
    digest, size = hashlib.sha256(), 0
    try:
        if most is not None and path.stat().st_size > most:
            return None
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                size += len(chunk)
                if most is not None and size > most:
                    return None
                digest.update(chunk)
    except OSError:
        return None
    return digest.hexdigest()

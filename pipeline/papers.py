"""Where the papers behind a dataset are: as the run noted them, or in a folder given, told by their digest."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ocr.errors import DocumentError
from pipeline import ledger, remote
from pipeline.errors import EnvironmentMissing, UsageError
from pipeline.inputs import sha256
from pipeline.rows import Row
from pipeline.settings import SUFFIXES, Limits

BROUGHT = 20  # papers of a URL kept here at a time: whoever asks for one is done with those before


class Gone(Exception):
    """The paper is not to be had; the message says why, in Spanish."""


class Papers:
    """The papers of the dataset in `out`: those of its `run.json`, and those that lie in `folder`.

    Those that the run read from a URL are brought from there, into a folder that ends with this object.
    """

    def __init__(self, out: Path, folder: Path | None = None) -> None:
        sources = ledger.load(out).get("sources", [])
        self._noted = {s["sha256"]: str(s["path"]) for s in sources if s.get("sha256") and s.get("path")}
        self._found = by_digest(folder) if folder else {}
        self._brought: dict[str, Path] = {}
        self._aside: tempfile.TemporaryDirectory[str] | None = None

    def path(self, document: Row) -> Path:
        """The file that a row of `documents` was read from, its bytes unchanged; raises Gone."""
        digest = str(document["sha256"])
        if known := self._found.get(digest) or self._brought.get(digest):
            return known
        place = self._noted.get(digest, "")
        path = self._bring(place, digest) if remote.is_url(place) else Path(place)
        if not path.is_file():
            raise Gone(f"El archivo «{document['source']}» no está donde se leyó; indique su carpeta con --sources.")
        if sha256(path) != digest:
            raise Gone(f"El archivo «{document['source']}» cambió desde que se leyó: ya no es el mismo papel.")
        return path

    def _bring(self, url: str, digest: str) -> Path:
        """The file at `url` on a path of this machine; raises Gone where its storage does not give it."""
        self._aside = self._aside or tempfile.TemporaryDirectory(prefix="veedor-")
        while len(self._brought) >= BROUGHT:
            self._brought.pop(next(iter(self._brought))).unlink(missing_ok=True)
        path = Path(self._aside.name) / f"{digest}{Path(url).suffix}"
        try:
            remote.copy(url, path, Limits().file_bytes)
        except (OSError, DocumentError, UsageError, EnvironmentMissing) as error:
            raise Gone(f"No se pudo traer {url} ({error}); descárguelo e indique su carpeta con --sources.") from error
        if sha256(path) == digest:
            self._brought[digest] = path
        return path


def by_digest(folder: Path) -> dict[str, Path]:
    """The papers under `folder` by their SHA-256."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in SUFFIXES)
    return {digest: path for path in reversed(files) if (digest := sha256(path))}

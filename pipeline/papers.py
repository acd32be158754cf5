"""Where the papers behind a dataset are: as the run noted them, or in a folder given, told by their digest."""

from __future__ import annotations

from pathlib import Path

from pipeline import ledger
from pipeline.dataset import Row
from pipeline.inputs import sha256
from pipeline.settings import SUFFIXES


class Gone(Exception):
    """The paper is not to be had; the message says why, in Spanish."""


class Papers:
    """The papers of the dataset in `out`: those of its `run.json`, and those that lie in `folder`."""

    def __init__(self, out: Path, folder: Path | None = None) -> None:
        sources = ledger.load(out).get("sources", [])
        self._noted = {s["sha256"]: Path(s["path"]) for s in sources if s.get("sha256") and s.get("path")}
        self._found = by_digest(folder) if folder else {}

    def path(self, document: Row) -> Path:
        """The file that a row of `documents` was read from, its bytes unchanged; raises Gone."""
        digest = str(document["sha256"])
        if digest in self._found:
            return self._found[digest]
        path = self._noted.get(digest)
        if path is None or not path.is_file():
            raise Gone(f"El archivo «{document['source']}» no está donde se leyó; indique su carpeta con --sources.")
        if sha256(path) != digest:
            raise Gone(f"El archivo «{document['source']}» cambió desde que se leyó: ya no es el mismo papel.")
        return path


def by_digest(folder: Path) -> dict[str, Path]:
    """The papers under `folder` by their SHA-256."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in SUFFIXES)
    return {digest: path for path in reversed(files) if (digest := sha256(path))}

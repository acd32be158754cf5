"""The files that a run reads: what they are called, where they are, what their bytes are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Remote:
    """A file that fsspec reaches. `size`: bytes; `kind`: what they were taken for, or the reason for which they are not
    read."""

    url: str
    size: int
    kind: str


@dataclass(frozen=True, slots=True)
class Source:
    """One input file. `name`: what the dataset calls it; `sha256`: None where the file gives no bytes.

    `remote`: of a file on no path of this machine; `path` then only tells what it is called there.
    """

    path: Path
    name: str
    sha256: str | None
    remote: Remote | None = None

    @property
    def place(self) -> str:
        """Where the file is: its whole path, or its URL."""
        return self.remote.url if self.remote else str(self.path.absolute())

    @property
    def document_id(self) -> str | None:
        return self.sha256[:16] if self.sha256 else None

    def packed(self) -> tuple[object, ...]:
        """As plain values, for `unpacked`."""
        remote = self.remote and (self.remote.url, self.remote.size, self.remote.kind)
        return str(self.path), self.name, self.sha256, remote

    @classmethod
    def unpacked(cls, values: tuple[Any, ...]) -> Source:
        path, name, digest, remote = values
        return cls(Path(path), name, digest, remote and Remote(*remote))

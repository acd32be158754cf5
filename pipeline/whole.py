"""Files that are whole or as they were before, even if power fails."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, data: bytes | Iterable[bytes], aside: Path | None = None) -> None:
    """The file is whole or as it was before, even if power fails. `data`: whole, or in parts. `aside`: folder of the
    temporary file, on the same file system; the file's own by default. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = (aside or path.parent) / f".{path.name[:32]}-{secrets.token_hex(8)}"
    temporary.parent.mkdir(parents=True, exist_ok=True)
    try:
        with temporary.open("wb") as file:
            file.writelines([data] if isinstance(data, bytes) else data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Makes the names in `folder` outlive a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

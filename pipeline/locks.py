"""Locks on folders, which end with the process that holds them, whatever ends it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Holds `folder`. `wait`: for whoever holds it now; otherwise raises BlockingIOError. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def remove_if_left(folder: Path) -> None:
    """Removes a folder that its owner held as long as it lived, and nobody holds any more."""
    with contextlib.suppress(OSError), held(folder):  # refused where a run still holds it, or it is another user's
        shutil.rmtree(folder, ignore_errors=True)

"""A dataset's files put in their place all together: what lies in a folder is always one run's whole output.

A run writes its files aside, in the folder itself, and then moves them under a lock. A note of what is being moved
lets the next run finish what one that was killed meanwhile had begun; one killed before leaves the earlier dataset as
it was.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.locks import held, remove_if_left
from pipeline.whole import sync_folder, write_whole

ASIDE = ".writing-"
MOVING = ".publishing"  # the note: the name of the folder whose files are being moved
OPTIONAL = ("by_year",)  # folders of a dataset that a run may leave out; an earlier run's would be another's output


def prepare(folder: Path) -> None:
    """Makes sure that `folder` can be written, before hours of reading, and that it holds no half of a dataset.

    Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass
    with held(folder, wait=True):
        _finish(folder)
    for left in folder.glob(f"{ASIDE}*"):
        remove_if_left(left)


@contextmanager
def published(folder: Path) -> Iterator[Path]:
    """A folder to write to; its files take the place of those in `folder` once all is written. Raises OSError."""
    prepare(folder)
    with tempfile.TemporaryDirectory(dir=folder, prefix=ASIDE, ignore_cleanup_errors=True) as name:
        aside = Path(name)
        with held(aside):
            yield aside
            _sync(aside)
            with held(folder, wait=True):
                _finish(folder)
                write_whole(folder / MOVING, aside.name.encode())
                _move(aside, folder)


def _sync(aside: Path) -> None:
    for path in aside.rglob("*"):
        if path.is_file():
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _finish(folder: Path) -> None:
    """Moves what a run that was killed had not moved yet."""
    note = folder / MOVING
    if not note.exists():
        return
    aside = folder / note.read_text(encoding="utf-8")
    if aside.is_dir() and aside.name.startswith(ASIDE):
        _move(aside, folder)
    else:
        note.unlink()


def _move(aside: Path, folder: Path) -> None:
    for name in OPTIONAL:
        if not (aside / name).exists() and not (aside / f"{name}.moved").exists():
            shutil.rmtree(folder / name, ignore_errors=True)
    for path in sorted(aside.iterdir()):
        target = folder / path.name
        if path.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            (aside / f"{path.name}.moved").touch()
        if not path.name.endswith(".moved"):
            path.replace(target)
    sync_folder(folder)
    (folder / MOVING).unlink()
    shutil.rmtree(aside, ignore_errors=True)

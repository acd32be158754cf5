"""A folder that files keep coming to: which of them are whole, and when there is something new to read.

A file counts once its size and time have stood still for a while and, of a PDF, its end marker is there; one without
the marker that has stood still for long is as whole as it will get, and is refused for its reason.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pipeline import validate
from pipeline.inputs import Inputs, gather, listed

LOOK_SECONDS = 2.0  # between looks at the folder: people do not notice, and a look at 10,000 names takes a tenth of one
STILL_SECONDS = 5.0  # copies over slow networks pause, but seldom that long
ENDLESS_SECONDS = 120.0  # a PDF without its end marker may still be coming

Stamp = tuple[int, int, int]  # size, time of change, file number


class Watch:
    """The files of `paths` as they come. `clock`: seconds that only grow."""

    def __init__(self, paths: Sequence[Path], clock: Callable[[], float] = time.monotonic) -> None:
        self._paths, self._clock = paths, clock
        self._seen: dict[Path, tuple[Stamp, float]] = {}  # file → its stamp, and since when it stands still
        self._told: Mapping[Path, Stamp] = {}

    def news(self) -> Inputs | None:
        """All inputs that are whole, if they are others than those told last; None while nothing is new.

        Raises UsageError where a path does not exist.
        """
        whole = self._whole()
        if whole == self._told or not whole:
            return None
        found = gather(self._paths, whole.__contains__)
        self._told = whole
        return found

    def waiting(self) -> int:
        """How many files are not whole yet, as far as the last look knows."""
        return len(self._seen) - len(self._told)

    def _whole(self) -> dict[Path, Stamp]:
        now, before = self._clock(), self._seen
        self._seen = {}
        for file, _ in listed(self._paths)[0]:
            stamp = _stamp(file)
            if stamp is not None:
                stood = before.get(file)
                self._seen[file] = stood if stood and stood[0] == stamp else (stamp, now)
        return {file: stamp for file, (stamp, since) in self._seen.items() if _is_whole(file, now - since)}


def _stamp(file: Path) -> Stamp | None:
    try:
        found = file.stat()
    except OSError:  # it went away while we looked
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino


def _is_whole(file: Path, still: float) -> bool:
    if still < STILL_SECONDS:
        return False
    return still >= ENDLESS_SECONDS or file.suffix.lower() != ".pdf" or validate.has_end(file)

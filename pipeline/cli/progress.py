"""How far a run has come: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bars

from ocr.errors import printable
from pipeline.results import Head

SECONDS_BETWEEN_LINES = 5.0


def shown(text: str) -> str:
    """Foreign text (a file name, a reading) made harmless for the terminal: no control characters, no markup."""
    return escape(printable(text))


class Progress:
    """Tells how far a run has come; `plan` says how much there is to do, `done` that a document is."""

    def __init__(self) -> None:
        self.total = self.count = self.failed = 0
        self.start = time.monotonic()

    def plan(self, reused: int, reasons: Mapping[str, int]) -> None:
        """`reused`: documents whose stored result stands; `reasons`: why the others are to be read."""
        del reused
        self.total, self.count, self.failed, self.start = sum(reasons.values()), 0, 0, time.monotonic()

    def done(self, head: Head) -> None:
        self.count += 1
        self.failed += head.status == "failed"

    @property
    def rate(self) -> str:
        return f"{60 * self.count / max(time.monotonic() - self.start, 0.001):.1f}/min"


@contextmanager
def progress(console: Console) -> Iterator[Progress]:
    """A bar on a terminal, lines elsewhere."""
    if not console.is_terminal:
        yield Lines(console)
        return
    columns = (
        TextColumn("Leyendo"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failed]} fallidos"),
    )
    with Bars(*columns, console=console) as bars:
        yield Bar(bars)


class Bar(Progress):
    """On a terminal."""

    def __init__(self, bars: Bars) -> None:
        super().__init__()
        self._bars, self._task = bars, bars.add_task("", total=None, rate="", failed=0)

    def plan(self, reused: int, reasons: Mapping[str, int]) -> None:
        super().plan(reused, reasons)
        self._bars.reset(self._task, total=self.total, rate="", failed=0)

    def done(self, head: Head) -> None:
        super().done(head)
        self._bars.update(self._task, advance=1, failed=self.failed, rate=self.rate)


class Lines(Progress):
    """For a log file: often enough to see life, seldom enough to read."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console, self._said = console, 0.0

    def plan(self, reused: int, reasons: Mapping[str, int]) -> None:
        super().plan(reused, reasons)
        self._said = self.start
        if reused:
            self._console.print(f"{reused} ya leídos; por leer: {self.total}")

    def done(self, head: Head) -> None:
        super().done(head)
        now = time.monotonic()
        if now - self._said >= SECONDS_BETWEEN_LINES or self.count == self.total:
            left = (now - self.start) / self.count * (self.total - self.count)
            text = f"{self.count}/{self.total} · {self.rate} · faltan {left:.0f} s · {self.failed} fallidos"
            self._console.print(text)
            self._said = now

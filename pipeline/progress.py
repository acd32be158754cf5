"""How far a run has come: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pipeline.dataset import Rows

SECONDS_BETWEEN_LINES = 5.0  # often enough to see life, seldom enough for a log file
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")
OnDone = Callable[[Rows], None]


def shown(text: str) -> str:
    """Foreign text (a file name, a reading) made harmless for the terminal: no control characters, no markup."""
    return escape(CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text))


@contextmanager
def progress(console: Console, total: int) -> Iterator[OnDone]:
    """Yields what to call as each of `total` documents is done."""
    if console.is_terminal:
        with _bar(console, total) as on_done:
            yield on_done
    else:
        yield _lines(console, total)


@contextmanager
def _bar(console: Console, total: int) -> Iterator[OnDone]:
    columns = (
        TextColumn("Leyendo"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failed]} fallidos"),
    )
    start, failed = time.monotonic(), 0
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=total, rate="", failed=0)

        def on_done(rows: Rows) -> None:
            nonlocal failed
            failed += is_failed(rows)
            done = bar.tasks[0].completed + 1
            bar.update(task, advance=1, failed=failed, rate=_rate(done, time.monotonic() - start))

        yield on_done


def _lines(console: Console, total: int) -> OnDone:
    start = time.monotonic()
    done = failed = 0
    said = start

    def on_done(rows: Rows) -> None:
        nonlocal done, failed, said
        done, failed, now = done + 1, failed + is_failed(rows), time.monotonic()
        if now - said >= SECONDS_BETWEEN_LINES or done == total:
            left = (now - start) / done * (total - done)
            console.print(f"{done}/{total} · {_rate(done, now - start)} · faltan {left:.0f} s · {failed} fallidos")
            said = now

    return on_done


def _rate(done: float, seconds: float) -> str:
    return f"{60 * done / max(seconds, 0.001):.1f}/min"


def is_failed(rows: Rows) -> bool:
    return rows["documents"][0]["status"] == "failed"

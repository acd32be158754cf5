"""How much may be spent on a document: all that helps, or less, for one that hung or broke a worker."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import psutil

from ocr.errors import PageTimedOut

LESS_DPI = 150.0  # drawn reports scanned that coarsely still read as well as finer ones; a page takes half the pixels
PROGRAMS = frozenset({"tesseract", "pdftoppm", "pdftocairo", "pdfinfo"})
AGAIN_SECONDS = 1.0  # between strikes: a library in between may swallow the first


@dataclass(frozen=True, slots=True)
class Effort:
    """`max_dpi`: finer scans are drawn at that resolution; `second_look`: what is in doubt is seen again;
    `page_seconds`: time limit of one page."""

    max_dpi: float = 400.0  # finer scans carry no more legible ink
    second_look: bool = True
    page_seconds: float = 300.0  # a page takes a few seconds, a very full one on a loaded machine a minute

    def __post_init__(self) -> None:
        if self.max_dpi <= 0 or self.page_seconds <= 0:
            raise ValueError("an effort's limits must be positive")

    @property
    def less(self) -> Effort:
        return replace(self, max_dpi=LESS_DPI, second_look=False)


FULL = Effort()


@contextmanager
def page_limit(seconds: float) -> Iterator[None]:
    """Raises PageTimedOut in what runs inside when its time is up, and ends the programs that it waits for.

    Native code is not interrupted: the document's own limit holds then. Nor does anything happen outside the main
    thread, where no signal arrives.
    """

    def strike(*_: object) -> None:
        end_programs()
        raise PageTimedOut(f"{seconds:.0f} s")

    try:
        before = signal.signal(signal.SIGALRM, strike)
    except ValueError:
        yield
        return
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except PageTimedOut:  # perhaps struck in the very moment of being called off
        signal.setitimer(signal.ITIMER_REAL, 0)
        raise
    finally:
        signal.signal(signal.SIGALRM, before)


def end_programs() -> None:
    """Ends the reading programs that this process has started: nobody waits for them any more."""
    for child in psutil.Process().children(recursive=True):
        try:
            if child.name() in PROGRAMS:
                child.kill()
        except psutil.Error:  # it ended by itself
            continue

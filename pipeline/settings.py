"""What a run may be told, with its defaults, and the limits that hold before anything is decoded."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ocr.effort import FULL, Effort
from parsers.calibration import RISK

SUFFIXES = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".txt"})
MIB = 1 << 20
PROCESSORS = os.cpu_count() or 1
SECONDS = 900.0  # a 20-page scan takes about a minute on a slow processor
PAGES_IN_TIME = 30  # of a document that must do with `seconds`; a longer one has as much for every 30 pages begun
MEMORY = 2048  # MiB: a page of A4 at 300 dpi takes about 400 in all, one at the limits of a page four times that


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a plausible report, each far above the largest seen (about 20 pages, 30 MiB, 60,000 characters)."""

    file_bytes: int = 500 * MIB
    pages: int = 1000
    text_characters: int = 5_000_000
    line_characters: int = 100_000  # of a text: more than a whole report; what a line takes grows with its square
    page_characters: int = 100_000  # of a born-digital page: a full one has 6,000; each takes a kilobyte and more

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) <= 0:
                raise ValueError(f"limit {name} must be positive")


@dataclass(frozen=True, slots=True)
class Settings:
    """One run: where to write, with how many processes, which dictionary besides the shipped one.

    `seconds`: time limit of a document of up to 30 pages, after which its process is killed. `risk`: 0..1, of a wrong
    value that nobody is asked to look at. `memory`: MiB that a worker may use, its programs included. `work`: folder or
    fsspec URL of the work store; None for the one beside `out`. `by_year`: Parquet once more, partitioned.
    `rules`: file that changes the shipped rules.
    `cluster`: address of the Ray cluster whose machines read, or `auto`; None for processes of this machine.
    """

    out: Path
    workers: int = PROCESSORS
    dictionary: Path | None = None
    seconds: float = SECONDS
    limits: Limits = Limits()
    risk: float = RISK
    effort: Effort = FULL
    memory: int = MEMORY
    work: str | None = None
    by_year: bool = False
    rules: Path | None = None
    cluster: str | None = None

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise ValueError("--workers must be at least 1")
        if self.seconds <= 0:
            raise ValueError("--timeout must be positive")
        if not 0 < self.risk < 1:
            raise ValueError("--risk must lie between 0 and 1")
        if self.memory < 1:
            raise ValueError("--memory must be at least 1")

    @property
    def store_url(self) -> str:
        return self.work or str(self.out.with_name(f"{self.out.name}.work"))

    def seconds_for(self, pages: int) -> float:
        """The time limit of a document of that many pages."""
        return self.seconds * max(1, -(-pages // PAGES_IN_TIME))

"""How much of an archive its dashboard lists, so that the page stays small whatever the archive holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

LEAST = 200  # entries of a list below which it is not shortened further: years go then
NAME, MESSAGE = 200, 600  # characters of a name and of a message; whoever prints more may print anything


@dataclass(frozen=True, slots=True)
class Limits:
    """Entries of each list. All at their limits stay below 12 MB together with the 1 MB of scripts. `since`: the first
    year that is shown and counted, None for all."""

    cells: int = 150_000  # of the heat map, about 25 bytes each; a body's year has some 150
    reports: int = 5_000  # about 180 bytes each
    found: int = 5_000  # about 280 bytes each; of questions as many
    functions: int = 8_000  # about 250 bytes each
    since: int | None = None

    def has(self, year: object) -> bool:
        """Whether what is of that year, or of none, is shown."""
        return self.since is None or (year is not None and int(str(year)) >= self.since)

    def tighter(self, years: Iterable[int]) -> Limits | None:
        """Lists of half the length; where they are short already, without the first of the `years` shown; None where
        but one is left."""
        if self.found > LEAST:
            return replace(self, cells=self.cells // 2, reports=self.reports // 2, found=self.found // 2,
                           functions=self.functions // 2)  # fmt: skip
        left = sorted(year for year in years if self.has(year))[1:]
        return replace(self, since=left[0]) if left else None


def cut(text: object, most: int = MESSAGE) -> str:
    """`text`, shortened where it is longer than `most` characters."""
    said = str(text)
    return said if len(said) <= most else said[: most - 1] + "…"

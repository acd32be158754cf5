"""The small cells of one row decoded together: its marks with what its last column says of them.

A ruled row's cells are known: one way to read it. The words at the end of a flattened row may be given to its cells in
many ways; each is as likely as what it makes of the whole row, its marks, their columns and their number together, and
the marks are what all ways say, each by its likelihood.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from parsers.columns import Prior, is_presence, meaning, normalised
from parsers.records import Way

Last = TypeVar("Last")
TINY = 1e-300

Value = str | None


@dataclass(frozen=True, slots=True)
class LastColumn(Generic[Last]):
    """What may be printed in a row's last column. `named`: the value of each key of `Way.last`; `chance`: P(value
    printed | so many of the row's marks are SI); `agrees`: whether it does not belie them."""

    named: Callable[[str], Last]
    chance: Callable[[Last, int], float]
    agrees: Callable[[Last, int], bool]

    def message(self, said: Mapping[str, float], width: int) -> list[float]:
        """Likelihood of what the last column says, by how many of so many marks are SI."""
        values = [(self.named(name), p) for name, p in said.items()]
        return [sum(p * self.chance(value, count) for value, p in values) for count in range(width + 1)]


@dataclass(frozen=True, slots=True)
class DecodedRow(Generic[Last]):
    """`marks`: for each the probability of every value; `last`: the same of the last column; `belied`: probability that
    the marks do not come to what is printed there, whatever each of them is."""

    marks: tuple[Mapping[Value, float], ...]
    last: Mapping[Last, float]
    belied: float


def decode(ways: Sequence[Way], priors: Sequence[Prior], column: LastColumn[Last], vocabulary: str) -> DecodedRow[Last]:
    """The row, all ways taken together."""
    marks: tuple[defaultdict[Value, float], ...] = tuple(defaultdict(float) for _ in priors)
    last: defaultdict[Last, float] = defaultdict(float)
    agreed = 0.0
    top = max(way.log for way in ways)
    for way in ways:
        joints = [
            {key: p * said[key[0]] for key, p in prior.items()} for prior, said in zip(priors, way.marks, strict=True)
        ]
        cells = [normalised(joint) for joint in joints]
        weight = math.exp(way.log - top) * math.prod(sum(joint.values()) for joint in joints)
        attended = [sum(p for (label, _), p in cell.items() if is_presence(label)) for cell in cells]
        told = _told(way.last, count_distribution(attended), column)
        for value, share, agrees in told:
            last[value] += weight * share
            agreed += weight * share * agrees
        message = column.message(way.last, len(cells))
        for i, cell in enumerate(cells):
            seen = _seen(attended[:i] + attended[i + 1 :], message)
            for (label, state), p in cell.items():
                marks[i][meaning(label, state, vocabulary)] += weight * p * seen[is_presence(label)]
    belied = 1 - agreed / max(sum(last.values()), TINY)
    return DecodedRow(tuple(normalised(m) for m in marks), normalised(last), belied)


def _told(
    said: Mapping[str, float], counts: Sequence[float], column: LastColumn[Last]
) -> Iterator[tuple[Last, float, bool]]:
    """What the last column may print, the share of each with so many SI, and whether the two agree."""
    for name, likelihood in said.items():
        value = column.named(name)
        for count, p in enumerate(counts):
            yield value, likelihood * p * column.chance(value, count), column.agrees(value, count)


def _seen(others: Sequence[float], message: Sequence[float]) -> tuple[float, float]:
    """Likelihood of what the last column says if a cell holds no presence, and if it holds one."""
    counts = count_distribution(others)
    absent, present = (sum(p * message[k + more] for k, p in enumerate(counts)) for more in (0, 1))
    return absent, present


def count_distribution(attended: Sequence[float]) -> list[float]:
    """P(k of the cells hold SI) for k = 0..n: the Poisson binomial distribution, by convolution."""
    counts = [1.0]
    for p in attended:
        counts = [a * (1 - p) + b * p for a, b in zip([*counts, 0.0], [0.0, *counts], strict=True)]
    return counts

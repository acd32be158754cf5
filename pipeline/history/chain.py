"""What the printings of one thing say together: the reports of a year as a chain, in the order of their periods.

Between one report and the next the record itself may change (`CHANGED`): that is rare, and what an auditor wants to
know. What a scan was read as depends on what its own page prints alone, so that readings are independent given the
printings. Forward and backward over the chain this gives how likely it is that two reports print different things,
whatever else is in doubt: a doubtful reading that contradicts all others is a misreading most likely, one that those
after it confirm is a change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.rows import Value

CHANGED = 1 / 500  # that a report prints a thing otherwise than the one before: a judgement, not counted
LEAST_DOUBT = 1e-6  # of any reading: none excludes anything


@dataclass(frozen=True, slots=True)
class Said:
    """One printing as read. `value`: None where nothing was; `confidence`: 0..1 that the page prints it; `placed`: 0..1
    that it is of that thing: of another it may say anything."""

    value: Value
    confidence: float
    placed: float = 1.0

    def sure(self, of: int) -> float:
        """How likely such a reading is of a thing of which that is printed. `of`: how many values there are."""
        return min(max(self.placed * self.confidence + (1 - self.placed) / of, LEAST_DOUBT), 1 - LEAST_DOUBT)


@dataclass(frozen=True, slots=True)
class Difference:
    """The likeliest way in which two reports print different things, and how likely that is, 0..1."""

    early: Value
    late: Value
    probability: float


def difference(chain: Sequence[Said], early: int, late: int, values: Sequence[Value]) -> Difference:
    """Between two places of the chain. `values`: all that may be printed, at least two."""
    joint = _joint(chain, (early, late), values)
    np.fill_diagonal(joint, 0.0)
    before, after = divmod(int(joint.argmax()), len(values))
    return Difference(values[before], values[after], float(joint.sum()))


def _joint(chain: Sequence[Said], pair: tuple[int, int], values: Sequence[Value]) -> NDArray[np.float64]:
    """The probability of each value at the first place of the pair (rows) and at the second (columns)."""
    size = len(values)
    step = np.full((size, size), CHANGED / (size - 1))
    np.fill_diagonal(step, 1 - CHANGED)
    likely = [_likelihoods(said, values) for said in chain]
    weights = np.diag(np.full(size, 1 / size))  # rows: the value at `early`, once it is passed; columns: here
    for i, here in enumerate(likely):
        weights = (weights @ step if i else weights) * here
        if i <= pair[0]:
            weights = np.diag(weights.sum(axis=0))
        if i == pair[1]:
            break
    behind = np.ones(size)
    for here in reversed(likely[pair[1] + 1 :]):
        behind = step @ (behind * here)
    joint = np.asarray(weights * behind, dtype=np.float64)
    return np.asarray(joint / joint.sum())


def _likelihoods(said: Said, values: Sequence[Value]) -> NDArray[np.float64]:
    """Of such a reading, were each of the values printed."""
    if said.value not in values:
        return np.ones(len(values))
    sure = said.sure(len(values))
    return np.array([sure if value == said.value else (1 - sure) / (len(values) - 1) for value in values])

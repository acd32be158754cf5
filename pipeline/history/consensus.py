"""What several printings of one attendance say together.

The printings of a year form a chain. Between one report and the next the record itself may change (`CHANGED`): that is
rare, and what an auditor wants to know. What a scan was read as depends on what its own page prints alone, so that the
readings are independent given the printings, but for what all scans of a series share (`SHARED`). Forward over the
chain this gives how likely each mark is to be the last one printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.history.chain import CHANGED

MARKS = ("SI", "NO", "-")
SHARED = 1e-4  # errors that all scans of a series make alike: no agreement makes a mark surer than that


@dataclass(frozen=True, slots=True)
class Reading:
    """One printing as read. `mark` None: unreadable or blank; `confidence` 0..1 that the page prints it; `readable`:
    its mark is not for review; `clear`: nor is its place, that seat's at that session; `source`: the document."""

    mark: str | None
    confidence: float
    readable: bool
    clear: bool
    source: str


@dataclass(frozen=True, slots=True)
class Consensus:
    """The mark of the record as last printed. `agreement`: share of the readings with a mark that say it, or None.

    `settled_by`: the documents whose clear readings settled an uncertain one. `doubt`: why a person should look.
    """

    mark: str | None
    confidence: float | None
    agreement: float | None
    settled_by: tuple[str, ...] = ()
    doubt: str | None = None


def consensus(readings: Sequence[Reading], least: float) -> Consensus:
    """What the readings say together, in the order of their periods. `least`: the probability that needs no person.

    A clear reading is never overruled: where clear ones differ, or an uncertain one makes them doubtful, a person
    looks. Uncertain ones alone make one another likelier, and stay for review: what misleads one scan may mislead all.
    """
    said = [r for r in readings if r.mark in MARKS]
    if not said:
        blank = all(r.clear for r in readings)
        return Consensus(None, None, None, doubt=None if blank else "unreadable")
    clear = [r for r in said if r.clear]
    likely = posterior(readings)
    mark = str(clear[-1].mark) if clear else max(MARKS, key=lambda m: likely[m])
    doubt = _doubt(readings, clear, likely[mark] >= least or len(clear) == len(said))
    settles = doubt is None and len(clear) < len(readings)
    sources = tuple(dict.fromkeys(r.source for r in clear)) if settles else ()
    return Consensus(mark, likely[mark], sum(r.mark == mark for r in said) / len(said), sources, doubt)


def _doubt(readings: Sequence[Reading], clear: Sequence[Reading], enough: bool) -> str | None:
    if len({r.mark for r in readings if r.readable and r.mark in MARKS}) > 1:
        return "history_conflict"
    if any(r.clear and r.mark is None for r in readings):
        return "blank"
    return None if clear and enough else "uncertain_mark"


def posterior(readings: Sequence[Reading]) -> dict[str, float]:
    """How likely each mark is to be what the last report prints, 0..1, before anything else is known of it."""
    weights = dict.fromkeys(MARKS, 1 / len(MARKS))
    for i, reading in enumerate(readings):
        if i:
            total = sum(weights.values())
            other = CHANGED / (len(MARKS) - 1)
            weights = {m: (1 - CHANGED) * w + other * (total - w) for m, w in weights.items()}
        weights = {m: w * _likelihood(reading, m) for m, w in weights.items()}
        total = sum(weights.values())
        weights = {m: w / total for m, w in weights.items()}
    if sum(r.mark in MARKS for r in readings) < 2:
        return weights  # one reading is worth what it says
    return {m: min(max(w, SHARED / (len(MARKS) - 1)), 1 - SHARED) for m, w in weights.items()}


def _likelihood(reading: Reading, mark: str) -> float:
    """Of such a reading, were that mark printed; at least a little, for no reading excludes anything."""
    if reading.mark not in MARKS:
        return 1.0
    sure = min(reading.confidence, 1 - 1e-6)
    return max(sure, 1e-6) if reading.mark == mark else (1 - sure) / (len(MARKS) - 1)

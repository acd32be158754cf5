"""What a value's own probability is worth, and from where on nobody need look at it.

Each stage says how sure it is in its own way: a posterior, a score, the engine's confidence. `calibration.csv` holds,
for each kind of value and of input, how often values that were that sure were as printed on drawn reports; it is made
by tests/calibrate.py and explained in docs/calibration.md. Nothing is fitted here: a step function is looked up.

The threshold follows from a stated risk: values of all kinds are accepted, the likeliest first, as long as the share
of wrong ones among those accepted, as counted on drawn reports, stays within the risk. One threshold for all is what
leaves least to review; kinds of which a report has one or two could never show by themselves that they err once in
thousands. A value with a reason for doubt other than its probability (a structure that disagrees, an illegible cell)
is never accepted; its probability is that of values with that reason, where enough of them were seen.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path

from ocr.records import InputKind
from parsers.records import Certainty

RISK = 1 / 2000  # silent errors among the values that nobody is asked to look at
SINGLE = 20  # times the risk: a value likelier to be wrong is looked at, however sure all the others are
UNSEEN = 0.5  # of an error more than was seen among all values accepted, after Jeffreys
MODEST = 10.0  # times that the odds of a posterior may be too low
NEVER = 2.0  # a threshold that no probability reaches
ANY = "*"  # every reason for doubt that has no bins of its own


class ValueKind(StrEnum):
    MARK = "mark"
    ROLE = "role"
    TOTAL = "total"
    ADDRESSED = "addressed"
    ENTITY = "entity"
    UNKNOWN_ENTITY = "unknown_entity"  # the claim that the dictionary does not hold it
    SECTOR = "sector"
    DATE = "date"
    DIGITS = "digits"  # sessions held and planned, as declared
    PUBLICATION = "publication"
    PERIOD = "period"
    BODY = "body"


Key = tuple[ValueKind, InputKind, str | None]  # the last as in `Bin`
POSTERIORS = frozenset({ValueKind.MARK, ValueKind.ROLE, ValueKind.TOTAL, ValueKind.ADDRESSED, ValueKind.DATE})


@dataclass(frozen=True, slots=True)
class Bin:
    """The values at least `raw_from` sure by their own account, up to the next bin: all taken to be equally probable.

    `doubt`: the reason that there was to doubt them besides, ANY for the rare ones, None where there was none.
    `values`, of which `wrong`: those it was counted from.
    """

    kind: ValueKind
    input_kind: InputKind
    doubt: str | None
    raw_from: float
    values: int
    wrong: int
    probability: float

    def __post_init__(self) -> None:
        if not (0 <= self.probability <= 1 and 0 <= self.wrong <= self.values):
            raise ValueError(f"impossible: {self}")


@dataclass(frozen=True, slots=True)
class Calibration:
    """Bins, of each group in rising order; without any, every value is worth what it says and all are accepted."""

    bins: tuple[Bin, ...] = ()
    _steps: Mapping[Key, tuple[Bin, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        groups = {k: tuple(g) for k, g in groupby(self.bins, key=lambda b: (b.kind, b.input_kind, b.doubt))}
        for steps in groups.values():
            if any(a.raw_from >= b.raw_from or a.probability > b.probability for a, b in pairwise(steps)):
                raise ValueError(f"bins that do not rise: {steps}")
        object.__setattr__(self, "_steps", groups)

    def probability(self, kind: ValueKind, input_kind: InputKind, raw: float, *, doubt: str | None = None) -> float:
        """That a value is as printed which is `raw` (0..1) sure by its own account; `doubt`: another reason to look."""
        if not self.bins:
            return raw
        steps = self._steps.get((kind, input_kind, doubt))
        if steps is None and doubt is not None:
            steps = self._steps.get((kind, input_kind, ANY))
        if steps is None:
            return 0.0  # such values were never seen
        shown = steps[max(0, bisect_right(steps, raw, key=lambda b: b.raw_from) - 1)].probability
        return min(shown, _at_most(raw)) if kind in POSTERIORS else shown

    def threshold(self, risk: float) -> float:
        """The least probability that is accepted; NEVER where not even the surest values are sure enough."""
        if not self.bins:
            return 0.0
        likely = [b for b in self.bins if b.doubt is None and 1 - b.probability <= SINGLE * risk]
        least, accepted, wrong = NEVER, 0, UNSEEN
        for probability, alike in groupby(sorted(likely, key=_probability, reverse=True), key=_probability):
            some = list(alike)
            accepted += sum(b.values for b in some)
            wrong += sum(b.wrong for b in some)
            if wrong <= risk * accepted:
                least = probability
        return least


def _at_most(raw: float) -> float:
    """The probability whose odds are MODEST times those of a posterior: where few values were seen, a step that holds
    surer ones too would lift those that nobody was sure of."""
    return MODEST * raw / (MODEST * raw + 1 - raw)


def _probability(b: Bin) -> float:
    return b.probability


UNCALIBRATED = Calibration()


@cache
def shipped() -> Calibration:
    return load(Path(__file__).parent / "calibration.csv")


def load(path: Path) -> Calibration:
    with path.open(encoding="utf-8", newline="") as f:
        return Calibration(tuple(_bins(csv.DictReader(f))))


def _bins(rows: Iterable[Mapping[str, str]]) -> Iterable[Bin]:
    for row in rows:
        yield Bin(
            ValueKind(row["kind"]),
            InputKind(row["input_kind"]),
            row["doubt"] or None,
            float(row["raw_from"]),
            int(row["values"]),
            int(row["wrong"]),
            float(row["probability"]),
        )


@dataclass(frozen=True, slots=True)
class Judge:
    """States how sure a document's values are. `risk`: 0..1, of a wrong value that nobody is asked to look at.

    `fault`: why the document was read by halves, so that all its values are worth what those of such documents are.
    """

    risk: float = RISK
    calibration: Calibration = field(default_factory=shipped)
    input_kind: InputKind = InputKind.SCAN
    fault: str | None = None
    _threshold: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 0 < self.risk < 1:
            raise ValueError("risk must lie between 0 and 1")
        object.__setattr__(self, "_threshold", self.calibration.threshold(self.risk))

    def of(self, input_kind: InputKind) -> Judge:
        return replace(self, input_kind=input_kind)

    def stated(self, kind: ValueKind, own: Certainty, uncertain: str) -> Certainty:
        """`own`, with the probability that it is worth; for review, because `uncertain`, where that is too little."""
        if own.confidence is None:
            return own
        probability = self._worth(kind, own.confidence, own.review_reason)
        enough = probability >= self._threshold
        if self.fault:
            probability = self._worth(kind, own.confidence, own.review_reason or self.fault)
        return Certainty(probability, own.review_reason or (None if enough else uncertain), own.places)

    def _worth(self, kind: ValueKind, raw: float, doubt: str | None) -> float:
        return self.calibration.probability(kind, self.input_kind, raw, doubt=doubt)

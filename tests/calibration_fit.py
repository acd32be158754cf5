"""From rated values to the bins of `parsers/calibration.csv`, and how good they are.

Bins are bounded at shares of the values counted from the least sure, so that they are narrow where errors are; then
isotonic regression joins those that do not rise. Few values show little: half an error more is taken for seen, among
as many values as hold half a one at the rate to be expected. That rate is, for one kind of input, what all of its kind
of value show; for the surest values of a kind, what the surest of all kinds show; for these, a document more that holds
errors, as many as those that hold any do on average, for errors come in clusters.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression

from ocr.records import InputKind
from parsers.calibration import ANY, Bin, Calibration, ValueKind
from tests.rated_values import Rated

SHARES = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7)  # of a group's values, below each bound
LEAST = 20  # values between two bounds
HALF = 0.5  # of an error more than was seen, after Jeffreys; where nothing is known, half of the values are wrong
HARDLY_SURE = 0.02  # wrong among the surest of a kind: such a kind tells nothing of what sure values are worth
NEXT_TO_NOTHING = 1e-9
TOLD_VALUES, TOLD_DOCUMENTS = 40, 5  # from which a reason for doubt has bins of its own
FOLDS = 5
ECE_BINS = 15

Floats = npt.NDArray[np.float64]
Chance = Callable[[Rated], float]


@dataclass(frozen=True, slots=True)
class Group:
    """Values counted between bounds: `count[i]`, of which `wrong[i]`, from `edges[i]` up to the next."""

    edges: tuple[float, ...]
    count: Floats
    wrong: Floats

    @staticmethod
    def of(values: Sequence[Rated], edges: tuple[float, ...]) -> Group:
        at = np.searchsorted(edges, [v.raw for v in values], side="right") - 1
        wrong = np.array([not v.right for v in values], float)
        size = len(edges)
        return Group(edges, np.bincount(at, minlength=size) * 1.0, np.bincount(at, weights=wrong, minlength=size))


def fitted(values: Iterable[Rated]) -> Calibration:
    """The calibration that the values show."""
    sure: defaultdict[str, list[Rated]] = defaultdict(list)
    doubted: defaultdict[str, list[Rated]] = defaultdict(list)
    for value in values:
        (doubted if value.doubt else sure)[value.kind].append(value)
    prior = _surest(sure.values())
    everything = [[v for some in groups.values() for v in some] for groups in (sure, doubted)]
    bins: list[Bin] = []
    for kind in ValueKind:
        bins += _bins_of(kind, None, sure[kind] or everything[0], prior)
        bins += _bins_of(kind, ANY, doubted[kind] or everything[1], None)
        for doubt, some in _by_reason(doubted[kind]):
            bins += _bins_of(kind, doubt, some, None)
    return Calibration(tuple(bins))


def _by_reason(values: Iterable[Rated]) -> Iterator[tuple[str, list[Rated]]]:
    """The values of each reason for doubt that was seen often enough, in documents enough, to tell what it is worth."""
    groups: defaultdict[str, list[Rated]] = defaultdict(list)
    for value in values:
        groups[value.doubt or ANY].append(value)
    for doubt, some in sorted(groups.items()):
        if len(some) >= TOLD_VALUES and len({v.document for v in some}) >= TOLD_DOCUMENTS:
            yield doubt, some


def _surest(groups: Iterable[Sequence[Rated]]) -> float:
    """The share of wrong values among the surest of all kinds, a document that errs more than were seen."""
    wrong: Counter[str] = Counter()
    count = 0
    for some in (g for g in groups if g):
        group = Group.of(some, _edges(some))
        surest = [v for v in some if v.raw >= group.edges[_top(group)]]
        if sum(not v.right for v in surest) > HARDLY_SURE * len(surest):
            continue
        count += len(surest)
        wrong.update(v.document for v in surest if not v.right)
    cluster = wrong.total() / len(wrong) if wrong else 1.0
    return HALF if not count else (wrong.total() + HALF * cluster) / (count + cluster)


def _edges(values: Sequence[Rated]) -> tuple[float, ...]:
    """Bounds from 0 up: quantiles for each kind of input, those with too few values between them left out."""
    raws = np.sort([v.raw for v in values])
    asked = {0.0}
    for kind in InputKind:
        own = [v.raw for v in values if v.input_kind == kind]
        asked |= {float(x) for x in np.quantile(own, SHARES, method="lower")} if len(own) >= LEAST else set()
    kept = [0.0]
    for edge in sorted(asked)[1:]:
        below, above = np.count_nonzero((raws >= kept[-1]) & (raws < edge)), np.count_nonzero(raws >= edge)
        if min(below, above) >= LEAST:
            kept.append(edge)
    return tuple(kept)


def _rising(group: Group, otherwise: Floats) -> Floats:
    """For each bin the share of right values, made to rise; `otherwise`: of bins without values."""
    right = np.where(group.count > 0, 1 - group.wrong / np.maximum(group.count, 1), otherwise)
    at = np.arange(len(right))
    fit = IsotonicRegression(y_min=0, y_max=1).fit(at, right, sample_weight=np.maximum(group.count, NEXT_TO_NOTHING))
    return np.asarray(fit.predict(at), float)


def _cautious(group: Group, expected: Floats, weights: Floats) -> Floats:
    """For each bin the probability that a value is right, never falling: as seen in each run of bins that isotonic
    regression joins, and half an error more among as many values as hold half a one at the rate expected there.

    `expected`: the share of wrong values in each bin, averaged over a run by `weights`.
    """
    shown = _rising(group, 1 - expected)
    probable = np.empty_like(shown)
    for share in np.unique(shown):
        inside = shown == share
        rate = max(float(np.average(expected[inside], weights=weights[inside])), NEXT_TO_NOTHING)
        count, wrong = group.count[inside].sum(), group.wrong[inside].sum()
        probable[inside] = 1 - (wrong + HALF) / (count + HALF / rate)
    return np.minimum.accumulate(probable[::-1])[::-1]  # where two runs disagree, the lower


def _bins_of(kind: ValueKind, doubt: str | None, values: Sequence[Rated], surest: float | None) -> Iterator[Bin]:
    """The bins of one kind of value for each kind of input. `surest`: share of wrong values to expect at the top."""
    if not values:
        return
    edges = _edges(values)
    for input_kind in InputKind:
        family = Group.of(_family(values, input_kind), edges)
        expected = np.full(len(edges), HALF)
        if surest is not None:
            expected[_top(family) :] = surest
        weights = np.maximum(family.count, NEXT_TO_NOTHING)
        group = Group.of([v for v in values if v.input_kind == input_kind and v.kind == kind], edges)
        probable = _cautious(group, 1 - _cautious(family, expected, weights), weights)
        for probability in np.unique(probable):
            inside = probable == probability
            yield Bin(
                kind,
                input_kind,
                doubt,
                edges[int(np.argmax(inside))],
                int(group.count[inside].sum()),
                int(group.wrong[inside].sum()),
                round(float(probability), 6),
            )


def _family(values: Sequence[Rated], input_kind: InputKind) -> Sequence[Rated]:
    """The values that tell of a kind of input what its own, being few, do not: scans and born-digital pages, which show
    where everything stands, tell of each other; of flattened texts all do."""
    placed = [v for v in values if v.input_kind != InputKind.OCR_TEXT]
    return placed if placed and input_kind is not InputKind.OCR_TEXT else values


def _top(group: Group) -> int:
    """The first of the last run of bins that isotonic regression joins."""
    return int(np.argmax(_rising(group, np.zeros(len(group.edges)))))


# ---------------------------------------------------------------- how good


def chance_by(calibration: Calibration) -> Chance:
    def chance(v: Rated) -> float:
        kind, input_kind = ValueKind(v.kind), InputKind(v.input_kind)
        return calibration.probability(kind, input_kind, v.raw, doubt=v.doubt)

    return chance


def chance_of_others(values: Sequence[Rated]) -> Chance:
    """Each value's probability by a fit to the documents of the other folds."""
    documents = sorted({v.document for v in values})
    fold = {document: i % FOLDS for i, document in enumerate(documents)}
    fits = [chance_by(fitted(v for v in values if fold[v.document] != i)) for i in range(FOLDS)]
    return lambda v: fits[fold[v.document]](v)


@dataclass(frozen=True, slots=True)
class Quality:
    """How stated probabilities compare with what was right. Errors of calibration: over bins of as many values each
    (`ece`), over bins as wide as each other (`ece_wide`, and the largest of those with LEAST values or more)."""

    values: int
    wrong: int
    ece: float
    ece_wide: float
    largest: float
    brier: float

    @staticmethod
    def of(values: Sequence[Rated], chance: Chance) -> Quality:
        stated = np.array([chance(v) for v in values])
        right = np.array([v.right for v in values], float)
        order = np.argsort(stated, kind="stable")
        equal = [part for part in np.array_split(order, ECE_BINS) if len(part)]
        at = np.minimum((stated * ECE_BINS).astype(int), ECE_BINS - 1)
        wide = [np.flatnonzero(at == i) for i in range(ECE_BINS) if (at == i).any()]

        def gap(part: npt.NDArray[np.int64]) -> float:
            return abs(float(stated[part].mean() - right[part].mean()))

        def error(parts: Sequence[npt.NDArray[np.int64]]) -> float:
            return sum(len(part) * gap(part) for part in parts) / len(values)

        largest = max((gap(part) for part in wide if len(part) >= LEAST), default=0.0)
        brier = float(np.mean((stated - right) ** 2))
        return Quality(len(values), int(len(values) - right.sum()), error(equal), error(wide), largest, brier)

"""The bound on the share of wrong values holds: computed exactly, and in simulated audits, whatever the strata."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, hypergeom

from pipeline.audit.bounds import LEVEL, Audited, clopper_pearson, upper
from pipeline.audit.strata import MINIMUM, allocate

AUDITS = 200
Counts = Mapping[tuple[str, str], int]

# accepted values of an archive's strata: one like ours; a few large ones; many small ones; nearly all in one
POPULATIONS: dict[str, Counts] = {
    "archive": {
        (kind, given): n
        for given, of_kind in (
            ("scan", (42_000, 30_000, 6_200, 6_200, 6_200, 6_200, 2_800, 4_700, 700, 340, 340)),
            ("text_layer", (4_200, 3_000, 620, 620, 620, 620, 280, 470, 70, 34, 34)),
            ("ocr_text", (400, 90, 60, 60, 12, 60, 9, 40, 2, 1, 1)),
        )
        for kind, n in zip("abcdefghijk", of_kind, strict=True)
    },
    "three": {("a", "scan"): 900, ("b", "scan"): 700, ("c", "scan"): 400},
    "small": {(f"{i:02}", "scan"): 5 + i for i in range(30)},
    "lopsided": {("a", "scan"): 20_000, **{(f"{i:02}", "text_layer"): 6 for i in range(20)}},
}


def spread(strata: Counts, rate: float, where: str) -> dict[tuple[str, str], int]:
    """Wrong values: `rate` of all, `even` over the strata, or all in the `largest`, or all in the `smallest` first."""
    wrong = dict.fromkeys(strata, 0)
    if where == "even":
        return {s: round(rate * n) for s, n in strata.items()}
    left = round(rate * sum(strata.values()))
    for stratum in sorted(strata, key=lambda s: strata[s], reverse=where == "largest"):
        wrong[stratum] = min(left, strata[stratum])
        left -= wrong[stratum]
    return wrong


def covered(strata: Counts, wrong: Counts, size: int, rng: np.random.Generator) -> float:
    """The share of AUDITS simulated audits whose bound is not below the true share of wrong values."""
    shares = allocate(strata, size)
    truth = sum(wrong.values()) / sum(strata.values())
    held = 0
    for _ in range(AUDITS):
        found = [
            Audited(n, shares[s], int(rng.hypergeometric(wrong[s], n - wrong[s], shares[s]))) for s, n in strata.items()
        ]
        held += upper(found) >= truth
    return held / AUDITS


WHERE = ("even", "largest", "smallest")


def test_simulated_audits_are_covered() -> None:
    """200 audits of each population, rate and place of errors; chance may take one of the sixty below the level."""
    rng = np.random.default_rng(5)
    held = {
        (population, rate, where): covered(strata, spread(strata, rate, where), 300, rng)
        for population, strata in POPULATIONS.items()
        for rate in (0.0005, 0.005, 0.02, 0.1, 0.4)
        for where in WHERE
    }
    assert float(np.mean(list(held.values()))) >= LEVEL
    unlikely = {case: share for case, share in held.items() if binom.cdf(round(share * AUDITS), AUDITS, LEVEL) < 1e-3}
    assert unlikely == {}


def miss(strata: Counts, wrong: Counts, size: int) -> float:
    """The exact probability that the bound over all strata lies below the truth: it depends on all errors found only,
    so that the law of their sum is enough."""
    shares = allocate(strata, size)
    law = np.ones(1)
    for stratum, n in strata.items():
        law = np.convolve(law, hypergeom.pmf(np.arange(shares[stratum] + 1), n, wrong[stratum], shares[stratum]))
    truth = sum(wrong.values()) / sum(strata.values())
    return float(sum(p for errors, p in enumerate(law) if bound(strata, shares, errors) < truth - 1e-12))


def bound(strata: Counts, shares: Counts, errors: int) -> float:
    return upper([Audited(strata[s], shares[s], e) for s, e in _put(shares, errors)])


def _put(shares: Counts, errors: int) -> Iterator[tuple[tuple[str, str], int]]:
    """That many errors, put wherever they fit: where they are makes no difference to the bound over all."""
    for stratum, share in shares.items():
        here = min(errors, share)
        errors -= here
        yield stratum, here


@pytest.mark.parametrize(("population", "where"), list(product(POPULATIONS, WHERE)))
def test_the_bound_fails_in_one_audit_of_twenty_at_most(population: str, where: str) -> None:
    strata = POPULATIONS[population]
    for rate in (0.0002, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.6):
        assert miss(strata, spread(strata, rate, where), 120) <= 1 - LEVEL + 1e-9, rate


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_bound_holds_for_any_strata(data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 400), min_size=1, max_size=6))
    strata = {(str(i), "scan"): n for i, n in enumerate(sizes)}
    wrong = {s: data.draw(st.integers(0, n)) for s, n in strata.items()}
    size = data.draw(st.integers(len(sizes), 60))
    truth = sum(wrong.values()) / sum(sizes)
    if truth < 1 - 1 / size:  # beyond that a law of equal trials is not the worst one; nobody would accept such data
        assert miss(strata, wrong, size) <= 1 - LEVEL + 1e-9


def test_plain_pooling_would_not_hold() -> None:
    """What the weight is for: where errors stand in the stratum that was sampled least, unweighted pooling fails."""
    strata = POPULATIONS["lopsided"]
    wrong, shares = spread(strata, 0.05, "largest"), allocate(strata, 80)
    law = hypergeom.pmf(
        np.arange(shares["a", "scan"] + 1), strata["a", "scan"], wrong["a", "scan"], shares["a", "scan"]
    )
    truth = sum(wrong.values()) / sum(strata.values())
    naive = sum(p for errors, p in enumerate(law) if clopper_pearson(errors, sum(shares.values())) < truth)
    assert naive > 1 - LEVEL
    assert miss(strata, wrong, 80) <= 1 - LEVEL


def test_one_stratum_has_clopper_and_pearsons_bound() -> None:
    for errors, audited in ((0, 300), (1, 300), (7, 50)):
        found = upper([Audited(10**9, audited, errors)])
        assert binom.cdf(errors, audited, found) == pytest.approx(1 - LEVEL)
    assert upper([Audited(10**9, 300, 0)]) == pytest.approx(1 - 0.05 ** (1 / 300))


def test_what_was_wholly_audited_is_known() -> None:
    assert upper([Audited(40, 40, 3)]) == pytest.approx(3 / 40)
    assert upper([Audited(40, 39, 0)]) == pytest.approx(1 / 40)
    assert upper([Audited(40, 0, 0)]) == upper([]) == 1.0


def test_impossible_counts_are_refused() -> None:
    for counts in ((3, 4, 0), (4, 3, 4), (4, 3, -1)):
        with pytest.raises(ValueError, match="impossible"):
            Audited(*counts)


# ---------------------------------------------------------------- how a sample is shared out


@settings(max_examples=200)
@given(st.lists(st.integers(1, 5000), min_size=1, max_size=40), st.integers(1, 600))
def test_no_other_allocation_has_a_smaller_largest_weight(sizes: list[int], size: int) -> None:
    strata = {(str(i), "scan"): n for i, n in enumerate(sizes)}
    if size < len(sizes):
        return
    shares = allocate(strata, size)
    least = MINIMUM if size >= MINIMUM * len(sizes) else 1
    assert sum(shares.values()) == min(size, sum(sizes))
    assert all(min(least, n) <= shares[s] <= n for s, n in strata.items())
    weight = max(n / shares[s] for s, n in strata.items())
    if weight > 1:  # any allocation below that weight needs more values than there are
        below = sum(max(min(least, n), math.ceil(n / (weight * (1 - 1e-9)))) for n in sizes)
        assert below > sum(shares.values())

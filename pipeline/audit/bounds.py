"""How many of the accepted values may be wrong, given how many of those audited are: upper bounds that hold.

One stratum: the one-sided bound of Clopper and Pearson (Biometrika 26, 1934). A sample without replacement errs to the
safe side of it, for it tells more than the binomial law allows for.

All strata together, sampled at unequal rates: of N values in all, stratum h has N_h, of which n_h are audited and a
share p_h is wrong. The errors found are a sum of independent trials, since each stratum's count, hypergeometric, is one
itself (Vatutin and Mikhailov, Theory Probab. Appl. 27, 1982). Among such sums of n trials with a given mean, few
successes are never likelier than for n equal trials (Hoeffding, Ann. Math. Statist. 27, 1956, theorem 4: as long as
fewer are seen than the mean less one, which is where a bound can fail). So Clopper and Pearson's bound b for the errors
found among all n holds for the mean share wrong among those drawn, sum(n_h p_h)/n. With w the weight N_h/n_h of the
stratum that was sampled least, the share wrong among all is sum(N_h p_h)/N <= w sum(n_h p_h)/N <= b w n/N: each error
counts as if it stood where one audited value stands for most. What is drawn in proportion costs nothing; `strata`
allocates with this in mind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LEVEL = 0.95  # how often the bound holds, at least


@dataclass(frozen=True, slots=True)
class Audited:
    """One stratum: `accepted` values in it, of which `audited` were drawn at random, `errors` of these being wrong."""

    accepted: int
    audited: int
    errors: int

    def __post_init__(self) -> None:
        if not 0 <= self.errors <= self.audited <= self.accepted:
            raise ValueError(f"impossible: {self}")


def clopper_pearson(errors: int, audited: int, level: float = LEVEL) -> float:
    """The upper bound, 0..1, of a probability of which `errors` in `audited` trials were seen; 1 without any."""
    from scipy.special import betaincinv  # only who asks for a bound waits until it is loaded

    return 1.0 if errors >= audited else float(betaincinv(errors + 1, audited - errors, level))


def upper(strata: Sequence[Audited], level: float = LEVEL) -> float:
    """The upper bound, 0..1, of the share of wrong values among all accepted ones of these strata.

    Of one stratum it is Clopper and Pearson's. Never above what is certain: the errors found and all that nobody saw.
    1 where some stratum was not sampled at all, or where nothing is accepted.
    """
    some = [s for s in strata if s.accepted]
    accepted, audited, errors = (sum(getattr(s, name) for s in some) for name in ("accepted", "audited", "errors"))
    if not some or any(s.audited == 0 for s in some):
        return 1.0
    weight = max(s.accepted / s.audited for s in some)
    bound = clopper_pearson(errors, audited, level) * weight * audited / accepted
    return float(min(bound, (errors + accepted - audited) / accepted))

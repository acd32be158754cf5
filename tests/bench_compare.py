"""Whether a benchmark's result lost something against the one kept in docs/bench.json, beyond noise.

Both read the same reports, so nothing differs but the program (and perhaps the OCR engine). A change that is neither
good nor bad loses a value as often as it gains one: of `before` + `after` bad values at most so many changed sides, so
the difference has at most a binomial spread of their square root. A loss is more than `Z` such spreads.

Of each kind of value, over all conditions together, `POOLED` spreads are a loss: by chance one in twenty. Of one
condition alone it takes `ALONE` spreads, by chance one in a thousand, as there are hundreds of those. Where nothing
was wrong before, that is 3 bad values of a kind together, 10 under one condition.

Bad are values that are wrong, silent (wrong and not flagged) or flagged; texts not right letter by letter; findings
that are spurious or missed. Seconds are not compared: machines differ. Other reports than those kept (other seeds,
another drawing) have another truth; they are told side by side and never judged.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.bench_tally import Tally, together

POOLED = 1.645  # spreads; one-sided 5 %
ALONE = 3.09  # one-sided 0.1 %


@dataclass(frozen=True, slots=True)
class Change:
    """Bad values of a kind before and after, of so many."""

    condition: str
    kind: str
    what: str  # wrong | silent | flagged
    before: int
    after: int
    loss: bool

    def __str__(self) -> str:
        word = "LOSS  " if self.loss else "worse " if self.after > self.before else "better"
        return f"{word} {self.condition} {self.kind} {self.what}: {self.before} → {self.after}"


def is_loss(before: tuple[int, int], after: tuple[int, int], spreads: float) -> bool:
    """`before` and `after`: bad values, of how many."""
    if not before[1] or not after[1]:
        return False
    expected = before[0] * after[1] / before[1]
    return after[0] - expected > spreads * math.sqrt(after[0] + expected)


def changes(before: Mapping[str, Tally], after: Mapping[str, Tally]) -> list[Change]:
    """What became better or worse in the conditions whose reports are the same, losses first."""
    same = [name for name, tally in after.items() if name in before and before[name].truths == tally.truths]
    found = [change for name in same for change in _changes(name, before[name], after[name], ALONE)]
    pools = [together({name: some[name] for name in same}) for some in (before, after)]
    found = [*_changes("all", *pools, POOLED), *found]
    return sorted(found, key=lambda c: not c.loss)


def others(before: Mapping[str, Tally], after: Mapping[str, Tally]) -> list[str]:
    """Conditions of `after` that cannot be judged: none of that name, or other reports."""
    return [name for name, tally in after.items() if name not in before or before[name].truths != tally.truths]


def _changes(condition: str, before: Tally, after: Tally, spreads: float) -> Iterator[Change]:
    old = {(kind, what): numbers for kind, what, *numbers in _bad(before)}
    for kind, what, bad, total in _bad(after):
        old_bad, old_total = old.get((kind, what), (0, 0))
        loss = is_loss((old_bad, old_total), (bad, total), spreads)
        if bad != old_bad:
            yield Change(condition, kind, what, old_bad, bad, loss)


def _bad(tally: Tally) -> Iterator[tuple[str, str, int, int]]:
    """Kind, what is bad, how many are, of how many."""
    for kind, count in tally.counts.items():
        yield kind, "wrong", count.total - count.right, count.total
        yield kind, "silent", count.silent, count.total
        yield kind, "flagged", count.flagged, count.total
    for kind, text in tally.texts.items():
        yield kind, "wrong", text.total - text.right, text.total
    findings = tally.findings
    wrong = findings.spurious + findings.missed
    yield "findings", "wrong", wrong, findings.found + wrong

"""Two hundred audits of one dataset, drawn and counted as the verbs do: the bound is not below the share of errors.

`tests/test_bounds.py` holds the bound for populations of any kind; here the sample is Veedor's own, of stored tables.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from scipy.stats import binom

from pipeline.audit import strata
from pipeline.audit.bounds import LEVEL
from pipeline.audit.keyed import Checked, Outcome, lines
from pipeline.audit.strata import Item
from tests.drawn_tables import write_archive

AUDITS = 200
SIZE = 120
RATE = 0.03
Wrong = Callable[[Item], bool]


def lot(*parts: object) -> float:
    """A number from 0 to 1 by chance, the same for the same parts."""
    return int(hashlib.sha256(repr(parts).encode()).hexdigest()[:12], 16) / 16**12


def name(item: Item) -> str:
    return repr((item.kind, item.document_id, sorted(item.where.items()), item.item))


WRONG: dict[str, Wrong] = {
    "anywhere": lambda item: lot(name(item)) < RATE,
    "marks": lambda item: item.kind == "mark" and lot(name(item)) < 2 * RATE,
    "few reports": lambda item: lot(item.document_id) < 5 * RATE and lot(name(item)) < 0.2,
}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audited")
    write_archive(folder, 12)
    return folder


@pytest.mark.parametrize("where", WRONG)
def test_two_hundred_audits_of_a_dataset_are_covered(where: str, dataset: Path) -> None:
    with strata._values(dataset) as connection:
        connection.execute("CREATE TABLE kept AS SELECT * FROM accepted")
        connection.execute("CREATE OR REPLACE TEMP VIEW accepted AS SELECT * FROM kept")
        counts = strata.count(connection)
        every = list(strata.drawn(connection, counts, "all"))
        wrong = {name(item) for item in every if WRONG[where](item)}
        samples = [list(strata.drawn(connection, strata.allocate(counts, SIZE), f"{where} {i}")) for i in range(AUDITS)]
    truth = len(wrong) / len(every)
    held = sum(lines(counts, [checked(i, wrong) for i in items])[-1].bound >= truth for items in samples)
    assert 0.3 * RATE < truth < 3 * RATE
    assert binom.cdf(held, AUDITS, LEVEL) > 1e-3  # 95 in 100, but for the luck of 200 draws


def checked(item: Item, wrong: set[str]) -> Checked:
    return Checked(item, "", Outcome.WRONG if name(item) in wrong else Outcome.RIGHT)

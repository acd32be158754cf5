"""Lists, tables and shelves on disk behave as those in memory do, and take none."""

from __future__ import annotations

import sqlite3
import tracemalloc
from collections import defaultdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.inputs import Inputs, gather
from pipeline.plan import Plan, planned
from pipeline.settings import Settings
from pipeline.sources import Source
from pipeline.spool import Kept, Shelf, Spool, _Base
from tests import faults

KEYS = st.text(st.characters(), max_size=3)  # lone surrogates among them: names hold what a file system allows
VALUES = st.one_of(st.none(), st.integers(), st.text(max_size=4), st.tuples(st.text(max_size=2), st.integers()))


@given(st.lists(VALUES))
def test_a_spool_is_a_list(values: list[object]) -> None:
    spool = Spool(values)
    assert (list(spool), len(spool), spool[:2], spool) == (values, len(values), values[:2], values)
    assert [spool[i] for i in range(-len(values), len(values))] == [*values, *values]
    spool.append("last")
    assert spool != values
    assert spool[-1] == "last"
    with pytest.raises(IndexError):
        spool[len(values) + 1]


@given(st.lists(st.tuples(KEYS, VALUES)))
def test_what_is_kept_is_a_dictionary(pairs: list[tuple[str, object]]) -> None:
    kept: Kept[object] = Kept()
    for key, value in pairs:
        kept[key] = value
    assert list(kept.items()) == list(dict(pairs).items())
    assert len(kept) == len(dict(pairs))
    for key in dict(pairs):
        del kept[key]
        assert key not in kept
        with pytest.raises(KeyError):
            kept[key]


@given(st.lists(st.tuples(KEYS, VALUES)))
def test_a_shelf_holds_any_number_under_each_key(pairs: list[tuple[str, object]]) -> None:
    shelf: Shelf[object] = Shelf()
    held = defaultdict(list)
    for key, value in pairs:
        shelf.add(key, value)
        held[key].append(value)
    assert {key: shelf.of(key) for key in held} == held
    assert shelf.of("not there at all") == []
    assert list(shelf.sorted()) == [value for key in sorted(held) for value in held[key]]


def test_a_disk_that_is_full_is_an_error_of_the_system() -> None:
    base = _Base("CREATE TABLE kept (value BLOB)", "PRAGMA max_page_count = 3")
    with pytest.raises(OSError, match="full") as raised:
        base._do("INSERT INTO kept VALUES (?)", (b"x" * 100_000,))
    assert isinstance(raised.value.__cause__, sqlite3.OperationalError)


def plan_of(count: int) -> tuple[int, Plan]:
    """The most memory in bytes that planning so many inputs took, and the plan."""
    path = Path("/dev/null")
    sources = Spool((Source(path, f"{i:060}", f"{i:064x}") for i in range(count)), Source.packed, Source.unpacked)
    tracemalloc.start()
    plan = planned(Inputs(sources, ()), Settings(Path("out")), "1", faults.read)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak, plan


def test_a_plan_takes_no_more_memory_for_more_inputs() -> None:
    plan_of(10)  # what is loaded once
    few, _ = plan_of(500)
    many, plan = plan_of(5000)
    assert len(plan.places) == len(plan.entries) == 5000
    assert many - few < 4500 * 10  # bytes: a key alone has 113


def test_files_are_listed_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name in ("b/c.txt", "b.txt", "a/z/1.txt", "a/b.txt", "B.txt", "b/a/x.txt", "a-.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    found = [source.path for source in gather([tmp_path]).sources]
    assert len(found) == 7
    assert found == sorted(found)

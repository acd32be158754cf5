"""Results on disk: whole or not there, exactly what was put, damage told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset import report_rows
from pipeline.results import DamagedResult, Grant, Head, Result, columns_of, rows_of
from pipeline.rows import Value
from pipeline.sources import Source
from pipeline.store import Store
from tests.sample import report

SOURCE = Source(Path("informe.pdf"), "informe.pdf", "ab" * 32)
KEY = "cd" * 32
GRANT = Grant(900, 300, 2048)


def result(**changes: object) -> Result:
    rows = report_rows(SOURCE, report())
    columns = {name: columns_of(some) for name, some in rows.items() if some}
    values = {"document": rows["documents"][0], "seconds": 1.5, "granted": GRANT, "rows": 9} | changes
    return Result(Head(**values), columns)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "work")


def test_what_was_put_is_what_is_got_dates_and_nulls_included(store: Store) -> None:
    put = result(attempt=2, tried=("timed_out",))
    store.put(KEY, put)
    assert store.get(KEY) == put
    assert store.head(KEY) == put.head
    assert store.get(KEY).tables == {n: r for n, r in report_rows(SOURCE, report()).items() if r}
    session = store.get(KEY).tables["sessions"]
    assert [row["date"] for row in session][:3] == [date(2025, 3, 19), date(2025, 7, 22), None]
    assert set(store.sizes()) == {KEY}


VALUES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.dates()
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.fixed_dictionaries({"a": VALUES | TEXTS, "b": st.none() | st.dates(), "c": TEXTS}), max_size=5))
def test_any_values_survive(rows: list[dict[str, Value]]) -> None:
    kept = [r for r in rows if not isinstance(r["a"], date)] + [r for r in rows if isinstance(r["a"], date)]
    dated = [r for r in kept if r["a"] is None or isinstance(r["a"], date)]  # a column holds dates or none
    plain = [r for r in kept if not isinstance(r["a"], date)]
    for some in (dated, plain):
        put = Result(result().head, {"looks": columns_of(some)} if some else {})
        store = Store("memory://veedor")
        store.put(KEY, put)
        assert store.get(KEY) == put
        assert rows_of(store.get(KEY).columns.get("looks", {})) == some


def test_rows_of_different_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="b"):
        columns_of([{"a": 1}, {"a": 1, "b": 2}])


def test_no_result_is_no_damage(store: Store) -> None:
    for look in (store.get, store.head):
        with pytest.raises(KeyError):
            look(KEY)
    assert KEY not in store
    assert store.sizes() == {}
    store.forget(KEY)


def test_any_byte_changed_or_missing_is_told(store: Store, tmp_path: Path) -> None:
    store.put(KEY, result())
    path = tmp_path / "work" / "results" / KEY[:2] / KEY
    whole = path.read_bytes()
    for at in (0, 20, 60, 90, 200, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(DamagedResult):
            store.get(KEY)
        path.write_bytes(whole[:at])
        with pytest.raises(DamagedResult):
            store.get(KEY)
    path.write_bytes(whole + b"x")
    with pytest.raises(DamagedResult):
        store.get(KEY)


def test_a_head_longer_than_the_first_look_is_read(store: Store) -> None:
    long = result(document=result().head.document | {"error_message": "ñ" * 30_000})
    store.put(KEY, long)
    assert store.head(KEY) == long.head


def test_a_write_that_fails_leaves_what_was_there(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(KEY, result())

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pipeline.store.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.put(KEY, result(attempt=2))
    assert store.get(KEY).head.attempt == 1
    assert not list(Path(store.url, "tmp").iterdir())


def test_notes_are_kept_and_listed(store: Store) -> None:
    with pytest.raises(KeyError):
        store.noted("a")
    store.note("a", {"out": "ñ"})
    assert (store.noted("a"), store.notes()) == ({"out": "ñ"}, ["a"])

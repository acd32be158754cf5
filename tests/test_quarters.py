"""The quarter of each session column: what headings and days say together, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ocr.records import Reading
from parsers import quarters
from parsers.records import ColumnReading

DAYS = tuple(date(2024, month, day) for month, day in ((1, 15), (4, 10), (8, 22), (9, 13), (10, 7)))
HEADED = (1, 2, 3, 3, 4)


def decoded(days: Sequence[date], *, unread: int | None = None) -> tuple[quarters.ColumnQuarter, ...]:
    """The quarters of columns whose days are plainly read, under headings of which one was not read at all."""
    columns = tuple(
        ColumnReading(Reading()) if i == unread else ColumnReading(Reading(), ((quarter, 1.0),), quarter)
        for i, quarter in enumerate(HEADED)
    )
    return quarters.decode(columns, tuple({day: 1.0} for day in days), 2024)


def test_headings_and_days_that_agree_are_sure() -> None:
    found = decoded(DAYS)
    assert [f.quarter for f in found] == list(HEADED)
    assert min(f.confidence for f in found) > 0.999
    assert max(f.outside for f in found) < 0.01


def test_a_heading_that_was_not_read_follows_from_its_neighbours_and_its_day() -> None:
    found = decoded(DAYS, unread=3)
    assert found[3].quarter == 3
    assert found[3].confidence > 0.9


def test_a_day_after_the_next_columns_is_no_sure_quarter_without_its_heading() -> None:
    strays = (*DAYS[:3], date(2024, 10, 13), DAYS[4])
    found = decoded(strays, unread=3)[3]
    assert found.quarter == 3 or found.confidence < 0.8
    in_order = (*DAYS[:3], date(2024, 10, 3), DAYS[4])
    assert decoded(in_order, unread=3)[3].quarter == 4
    assert decoded(in_order, unread=3)[3].confidence > 0.85


def test_a_clear_heading_stands_beside_a_day_that_strayed() -> None:
    found = decoded((*DAYS[:3], date(2024, 10, 13), DAYS[4]))
    assert [f.quarter for f in found] == list(HEADED)
    assert min(f.confidence for f in found) > 0.98
    assert found[3].outside > 0.99

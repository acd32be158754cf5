"""Rows of `attendance_rates`: attendances counted from `history`, with bounds for what is still under review."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pipeline.history.facts import integer
from pipeline.history.seats import Seat
from pipeline.history.sessions import Year
from pipeline.rows import CONFIDENCE_DECIMALS, Row, Value
from pipeline.tables.series import RATE_LEVELS


class Unit(NamedTuple):
    """What is counted. `entity`: its name where the dictionary does not hold it, else None."""

    level: str
    year: Value
    instancia_id: Value = None
    sector_id: Value = None
    entity_id: Value = None
    entity: Value = None


@dataclass(slots=True)
class Count:
    """Attendances of a unit; `names`: of its body, sector, entity, and the sectors that an entity stands under."""

    names: Row = field(default_factory=dict)
    sectors: Counter[tuple[Value, Value]] = field(default_factory=Counter)
    sessions_held: int = 0
    attended: int = 0
    absent: int = 0
    under_review: int = 0
    left_out: int = 0


class Rates:
    """Counts bodies one after another; what is over all bodies is told last."""

    def __init__(self) -> None:
        self._over_all: dict[Unit, Count] = defaultdict(Count)

    def add(self, history: Sequence[Row], year: Year, seats: Sequence[Seat]) -> list[Row]:
        """Counts a body's year and returns the rows of that body."""
        body: dict[Unit, Count] = defaultdict(Count)
        held: dict[Unit, set[Value]] = defaultdict(set)
        for row in history:
            for unit in _units(row):
                count = self._count(body, unit, row)
                held[unit].add(row["session"])
                _add_mark(count, row)
        for row in _left_out(year, seats):
            for unit in _units(row):
                self._count(body, unit, row).left_out += 1
        for unit, sessions in held.items():
            (body if unit.instancia_id is not None else self._over_all)[unit].sessions_held += len(sessions)
        return list(_rows(body))

    def _count(self, body: dict[Unit, Count], unit: Unit, row: Row) -> Count:
        count = (body if unit.instancia_id is not None else self._over_all)[unit]
        count.names.update({name: row[name] for name in ("instancia", "sector", "entity")})
        count.sectors[row["sector_id"], row["sector"]] += 1
        return count

    def over_all(self) -> list[Row]:
        return list(_rows(self._over_all))


def _units(row: Row) -> Iterator[Unit]:
    year, body, sector, entity = (row[name] for name in ("year", "instancia_id", "sector_id", "entity_id"))
    yield Unit("year", year)
    yield Unit("body", year, body)
    if sector is not None:
        yield Unit("sector", year, None, sector)
        yield Unit("body_sector", year, body, sector)
    if entity is not None:
        yield Unit("entity", year, None, None, entity)
    yield Unit("body_entity", year, body, None, entity, None if entity is not None else row["entity"])


def _add_mark(count: Count, row: Row) -> None:
    if row["needs_review"]:
        count.under_review += 1
    elif row["mark"] == "SI":
        count.attended += 1
    elif row["mark"] == "NO":
        count.absent += 1


def _left_out(year: Year, seats: Sequence[Seat]) -> Iterator[Row]:
    """Each mark, or cell that may hold one, in a column whose session nothing settles."""
    document = year.reports[-1].document
    for report, column in year.left_out:
        for seat in seats:
            line = seat.lines.get(report)
            place = (integer(line["row"]), integer(column["column"])) if line else None
            cell = year.reports[report].at.get(place) if place else None
            if cell is not None and (cell["mark"] in ("SI", "NO") or cell["needs_review"]):
                last = seat.last
                yield {"year": document["year"], "instancia_id": document["instancia_id"],
                       "instancia": document["instancia"], "sector_id": last["sector_id"], "sector": last["sector"],
                       "entity_id": last["entity_id"], "entity": seat.name}  # fmt: skip


def _rows(counts: dict[Unit, Count]) -> Iterator[Row]:
    for unit in sorted(counts, key=_order):
        yield _row(unit, counts[unit])


def _order(unit: Unit) -> tuple[object, ...]:
    return (str(unit.year), RATE_LEVELS.index(unit.level), *(str(part or "") for part in unit[2:]))


def _row(unit: Unit, count: Count) -> Row:
    ours = unit.entity_id is not None or unit.level == "body_entity"  # an entity's row has its commonest sector
    sector_id, sector = max(sorted(count.sectors, key=str), key=count.sectors.__getitem__)
    said = count.attended + count.absent
    open_marks = count.under_review + count.left_out
    return {
        "level": unit.level,
        "year": unit.year,
        "instancia_id": unit.instancia_id,
        "instancia": count.names["instancia"] if unit.instancia_id is not None else None,
        "sector_id": sector_id if ours else unit.sector_id,
        "sector": sector if ours or unit.sector_id is not None else None,
        "entity_id": unit.entity_id,
        "entity": count.names["entity"] if ours else None,
        "sessions_held": count.sessions_held,
        "attended": count.attended,
        "absent": count.absent,
        "under_review": count.under_review,
        "left_out": count.left_out,
        "rate": _share(count.attended, said),
        "rate_low": _share(count.attended, said + open_marks),
        "rate_high": _share(count.attended + open_marks, said + open_marks),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, CONFIDENCE_DECIMALS) if whole else None

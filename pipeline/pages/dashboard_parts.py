"""The attendance of a body's year as a matrix of seats and sessions, and names as numbers, for the dashboard's data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipeline.pages.dashboard_limits import NAME as LONGEST
from pipeline.pages.dashboard_limits import cut
from pipeline.pages.report_values import day
from pipeline.rows import Row, Value

NONE = -1  # number of what a row does not have: a body that no dictionary knows, a year not read, no sector


class Names:
    """Names numbered from 0 in the order in which they come."""

    def __init__(self) -> None:
        self._index: dict[tuple[Value, ...], int] = {}
        self.names: list[str] = []

    def of(self, name: Value, *identity: Value) -> int:
        """The number of what has this name, told from others of the name by its `identity`; NONE for no name."""
        if name is None:
            return NONE
        key = identity if identity and identity[0] is not None else (None, name)
        if key not in self._index:
            self._index[key] = len(self.names)
            self.names.append(cut(name, LONGEST))
        return self._index[key]


@dataclass(slots=True)
class Matrix:
    """The attendance of one body and year, its seats and sessions in the order in which they come."""

    seats: dict[tuple[Any, ...], int] = field(default_factory=dict)
    sessions: dict[Value, int] = field(default_factory=dict)
    quarters: dict[Value, Value] = field(default_factory=dict)
    cells: list[list[Any]] = field(default_factory=list)

    def add(self, row: Row, seat: tuple[Any, ...], report: int) -> None:
        when = row["session_date"]
        self.quarters[when] = row["quarter"]
        place = self.seats.setdefault(seat, len(self.seats))
        session = self.sessions.setdefault(when, len(self.sessions))
        mark = {"SI": "S", "NO": "N", "-": "-"}.get(str(row["mark"]), "?")
        state = mark.lower() if row["needs_review"] else mark
        agreement = round(100 * float(str(row["agreement"]))) if row["agreement"] is not None else None
        self.cells.append([place, session, state, report, row["row"], row["column"], row["printings"], agreement])

    def plain(self) -> dict[str, Any]:
        by_date, by_number = sorted(self.sessions, key=str), sorted(self.seats, key=lambda seat: int(seat[0]))
        column = {self.sessions[when]: i for i, when in enumerate(by_date)}
        line = {self.seats[seat]: i for i, seat in enumerate(by_number)}
        cells = sorted([line[seat], column[session], *rest] for seat, session, *rest in self.cells)
        sessions = [f"T{self.quarters[when] or '?'} {day(when)}" for when in by_date]
        return {"seats": [list(seat[1:]) for seat in by_number], "sessions": sessions, "cells": cells}

"""A report's values as its page shows them: what was decoded, where it stands, what doubts it, what was found there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pipeline.pages import wording


@dataclass(frozen=True, slots=True)
class Found:
    """A finding: `number` in the report from 1, its name, how grave it is, what it says, and where it stands.

    `other`: document_id and anchor of the value in another report that says otherwise.
    """

    number: int
    code: str
    name: str
    severity: str
    message: str
    value: ReportValue | None = None
    other: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ReportValue:
    """One value. `index`: its place in the page's list; `shown`: as decoded; `raw`: as read; `anchor`: its id.

    `page` from 1, `box` in points of that page or None; `line` of a text. `doubts` are single codes.
    """

    index: int
    label: str
    shown: str
    raw: str | None
    anchor: str
    confidence: float | None
    doubts: tuple[str, ...]
    found: tuple[str, ...]
    page: int | None
    box: tuple[float, float, float, float] | None
    line: int | None

    @property
    def plain(self) -> dict[str, Any]:
        """The value as the page's script wants it."""
        return {
            "label": self.label,
            "shown": self.shown,
            "raw": self.raw,
            "confidence": self.confidence,
            "doubts": [wording.sentence(code) for code in self.doubts],
            "found": list(self.found),
            "page": self.page,
            "box": self.box,
            "line": self.line,
        }


@dataclass(frozen=True, slots=True)
class Seat:
    """A row of the attendance matrix."""

    number: int
    position: str
    total_computed: int | None
    parts: Mapping[str, ReportValue]
    marks: tuple[ReportValue | None, ...]


@dataclass(frozen=True, slots=True)
class FunctionRow:
    """A row of a function matrix."""

    number: int
    text: str
    addressed: ReportValue
    addressed_computed: bool | None
    marks: tuple[ReportValue | None, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A matrix: its heading's columns, and its rows."""

    name: str
    columns: tuple[ReportValue | None, ...]
    seats: tuple[Seat, ...] = ()
    functions: tuple[FunctionRow, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportValues:
    """All that a report's page shows of its values."""

    values: tuple[ReportValue, ...]
    document: ReportValue
    matrices: tuple[Matrix, ...]
    fields: Mapping[str, tuple[ReportValue, ...]]
    findings: tuple[Found, ...]

    @property
    def doubtful(self) -> dict[str, list[ReportValue]]:
        """The values for review by the first reason of each, the commonest reason first."""
        groups: dict[str, list[ReportValue]] = defaultdict(list)
        for value in self.values:
            if value.doubts:
                groups[value.doubts[0]].append(value)
        return dict(sorted(groups.items(), key=lambda group: -len(group[1])))


def day(value: object) -> str:
    """A date as the form prints it most often; «sin sesión» for none."""
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else "sin sesión"

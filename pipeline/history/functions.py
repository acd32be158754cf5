"""The functions of a body's year: those of all its reports joined by what they say, and when each was addressed.

Numbers will not do: a report that gains a function counts on from there. Texts are read with errors, so that each
report's functions are assigned to those known so far, the most alike together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from rapidfuzz import fuzz, process

from parsers.text import fold
from pipeline.history.facts import PLACE, Printed, is_clear
from pipeline.rows import Row, Value

# of 100, how like two readings of one function are; in a drawn archive read from scans 604 of 608 were at 90 or more,
# and others of one body below 84 but for two at 92, which the assignment told apart
ALIKE = 85
NUMBERED = (
    2.0  # of 100, what its own number adds to a function's likeness: it decides between texts that are near alike
)


@dataclass(eq=False)
class Function:
    """A function. `rows`: of `functions`, by the place of their report in the year's list; `marks`: its cells."""

    rows: dict[int, Row] = field(default_factory=dict)
    marks: list[Row] = field(default_factory=list)

    @property
    def last(self) -> Row:
        return self.rows[max(self.rows)]


def function_rows(reports: Sequence[Printed]) -> Iterator[Row]:
    """Rows of `function_history`, in the order in which the reports bring them."""
    for number, function in enumerate(joined(reports), start=1):
        yield _row(reports, number, function)


def joined(reports: Sequence[Printed]) -> list[Function]:
    known: list[Function] = []
    for i, report in enumerate(reports):
        marks: dict[Value, list[Row]] = defaultdict(list)
        for cell in report.answers:
            marks[cell["function"]].append(cell)
        for row, function in zip(report.functions, _assigned(report.functions, known), strict=True):
            if function is None:
                known.append(function := Function())
            function.rows[i] = row
            function.marks += marks[row["function"]]
    return known


def _assigned(rows: Sequence[Row], known: Sequence[Function]) -> list[Function | None]:
    """The known function that each row is; None for a new one."""
    found: list[Function | None] = [None] * len(rows)
    if not rows or not known:
        return found
    from scipy.optimize import linear_sum_assignment  # only where two reports' functions meet

    texts, others = [_text(row) for row in rows], [_text(f.last) for f in known]
    alike = np.asarray(process.cdist(texts, others, scorer=fuzz.ratio), dtype=float)
    alike *= [[row["scope"] == f.last["scope"] for f in known] for row in rows]
    own = [[row["function"] == f.last["function"] for f in known] for row in rows]
    for i, j in zip(*linear_sum_assignment(alike + NUMBERED * np.asarray(own), maximize=True), strict=True):
        if alike[i, j] >= ALIKE:
            found[i] = known[j]
    return found


def _text(row: Row) -> str:
    return fold(str(row["text"] or ""))


# ---------------------------------------------------------------- when it was addressed


def _row(reports: Sequence[Printed], number: int, function: Function) -> Row:
    last, said = function.last, _sessions(function.marks)
    counts = {state: list(said.values()).count(state) for state in ("SI", "NO", None)}
    never = False if counts["SI"] else None if counts[None] or not said else True
    return {
        **{name: reports[-1].document[name] for name in ("instancia_id", "instancia", "year")},
        "item": number,
        **{name: last[name] for name in ("scope", "text", "document_id", "function")},
        "printings": len(function.rows),
        "documents": ";".join(str(row["document_id"]) for row in function.rows.values()),
        "sessions_addressed": counts["SI"],
        "sessions_not_addressed": counts["NO"],
        "sessions_under_review": counts[None],
        "never_addressed": never,
        "confidence": None,
        "needs_review": counts[None] > 0,
        "review_reason": "uncertain_mark" if counts[None] else None,
        **{name: last[name] for name in PLACE},
    }


def _sessions(cells: Sequence[Row]) -> Mapping[object, str | None]:
    """Whether each session addressed it, by its date: SI or NO if the clear marks say so, and None where a person must
    look. A mark in a column without a date is a session of its own."""
    marks: dict[object, set[Value]] = defaultdict(set)
    for cell in cells:
        if cell["mark"] in ("SI", "NO") or cell["needs_review"]:
            day = cell["session_date"] or (cell["document_id"], cell["column"])
            marks[day].add(cell["mark"] if is_clear(cell) else None)
    return {day: _together(said) for day, said in marks.items()}


def _together(said: set[Value]) -> str | None:
    """What the printings of one session say: a clear mark settles doubtful ones, clear ones that differ nothing."""
    clear = said - {None}
    return str(clear.pop()) if len(clear) == 1 else None

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
from scipy.optimize import linear_sum_assignment

from parsers.text import fold
from pipeline.dataset import Row, Value
from pipeline.history.facts import PLACE, Printed, is_clear

ALIKE = (
    85  # of 100, how like two readings of one function are; drawn scans' worst were at 89, other functions' best at 84
)
NEARLY = 100.0 / 50  # by how much a function's own number outweighs another's likeness, where texts are near the same


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
    texts, others = [_text(row) for row in rows], [_text(f.last) for f in known]
    likeness = np.asarray(process.cdist(texts, others, scorer=fuzz.ratio), dtype=float)
    for i, row in enumerate(rows):
        for j, function in enumerate(known):
            likeness[i, j] += NEARLY * (row["function"] == function.last["function"])
            likeness[i, j] *= row["scope"] == function.last["scope"]
    for i, j in zip(*linear_sum_assignment(likeness, maximize=True), strict=True):
        if likeness[i, j] >= ALIKE:
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

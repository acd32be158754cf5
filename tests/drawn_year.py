"""A body's reports of one year as born-digital files, drawn so that what an auditor asks of them has a known answer.

The wording, the seats and the functions are those of one drawn report; sessions and marks are as told. Each report
prints the year so far, as the form asks.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date

from tests.form_content import ORDINALS, compose
from tests.form_mistakes import Truth, print_column
from tests.form_print import Printer
from tests.form_style import Style

STYLE = Style(size=10, table_size=9)
YEAR = 2025
QUARTERS = (1, 2, 3, 4)

Marks = Mapping[tuple[int, int], str]  # (row or function, quarter), from 1 → its mark, where it is not SI


@dataclass(frozen=True, slots=True)
class Body:
    """A body with a session in each quarter of `days`. `seed`: of the report that lends its seats and words."""

    name: str
    seed: int
    days: Mapping[int, date]
    marks: Marks = field(default_factory=dict)
    functions: Marks = field(default_factory=dict)

    def seats(self) -> list[str]:
        """The entities of its rows, by their official names."""
        return [row["entity"] for row in self._base()["rows"]]

    def texts(self) -> list[str]:
        """The texts of its functions."""
        return [function["text"] for function in self._base()["functions"]]

    def report(self, quarter: int, *, told: Marks | None = None) -> bytes:
        """Its report of that quarter as PDF. `told`: attendance marks that this report prints otherwise."""
        truth = self._base()
        truth |= {
            "quarter": quarter,
            "period_kind": "quarter",
            "period": f"{ORDINALS[quarter - 1]} TRIMESTRE DE {YEAR}",
        }
        shown = {q: self.days[q] for q in QUARTERS if q <= quarter and q in self.days}
        truth["columns"] = [print_column(q, shown.get(q), STYLE) for q in QUARTERS]
        printed = [column["printed"] for column in truth["columns"]]
        truth["function_columns"] = {"general": printed, "specific": printed}
        truth["ordinary"], truth["extraordinary"] = [len(shown), 4], [0, 0]
        for number, row in enumerate(truth["rows"], start=1):
            row |= _marked(number, shown, {**self.marks, **(told or {})})
            row["total_printed"] = row["total_computed"] = row["marks"].count("SI")
        for number, function in enumerate(truth["functions"], start=1):
            function |= _marked(number, shown, self.functions)
            addressed = "SI" if "SI" in function["marks"] else "NO"
            function |= {"addressed_printed": addressed, "addressed_computed": addressed}
        return Printer(STYLE, truth, random.Random(self.seed)).print()[0]

    def _base(self) -> Truth:
        truth = deepcopy(compose(random.Random(f"content {self.seed}"), STYLE, ()))
        rows = [row for row in truth["rows"] if row["known"]][:8]
        functions: Sequence[Truth] = truth["functions"][:5]
        return truth | {"year": YEAR, "instancia": self.name, "rows": rows, "functions": functions, "seed": self.seed}


def _marked(number: int, shown: Mapping[int, date], marks: Marks) -> Truth:
    said = [marks.get((number, q), "SI") if q in shown else "-" for q in QUARTERS]
    return {"marks": said, "printed_marks": said}

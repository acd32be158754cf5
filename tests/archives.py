"""Draws archives of series of reports with known truth: what each report prints, and what changes, lacks or repeats.

A series is the reports of one body and year: cumulative, as the form is. Truth is drawn by `form_content`, with the
changes of PLANTED; `archive_readings` reads it by simulation, `archive_scans` prints and scans it.
"""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from dictionaries.load import load
from dictionaries.records import Dictionary, Instancia
from tests.form_content import Body, bodies, compose, period_text, printed_mark
from tests.form_mistakes import Truth, print_column
from tests.form_style import Style

SERIES = 40
SEATS = 10  # at most, of a series that is printed: two or three pages a report
QUARTERS = (1, 2, 3, 4)
PLANTED = {"mark": 0.5, "role": 0.15, "gone": 0.1, "new": 0.1, "date": 0.15, "gap": 0.3, "twice": 0.15, "year": 0.15}
STYLE = Style(two_sessions=0.4)


@dataclass(frozen=True)
class Drawn:
    """One report of a series. `name`: of its file; `truth`: what it prints, `rows` with `entity_id`; `digest`: of its
    bytes, or, of a report that is on no paper, of its name."""

    name: str
    truth: Truth
    style: Style = STYLE
    sha256: str | None = None

    @property
    def source(self) -> str:
        return f"{self.name}.pdf"

    @property
    def document_id(self) -> str:
        return self.digest[:16]

    @property
    def digest(self) -> str:
        return self.sha256 or f"{int.from_bytes(self.name.encode()) % 16**12:012x}".ljust(64, "0")


def archive(seed: int, count: int = SERIES, *, paper: bool = False) -> list[list[Drawn]]:
    """`count` series, each of a body and year of its own. `paper`: few seats and functions, a look for each series."""
    rng = random.Random(f"archive {seed}")
    bodies = [(b, year) for b in dictionary().instancias for year in range(2019, 2026)]
    chosen = rng.sample(bodies, count)
    if not paper:
        return [series(rng, _whole_year(rng, *pair, STYLE), STYLE) for pair in chosen]
    looks = [replace(Style.random(rng), two_sessions=STYLE.two_sessions) for _ in chosen]
    return [series(rng, _short(_whole_year(rng, *pair, s)), s) for pair, s in zip(chosen, looks, strict=True)]


def series(rng: random.Random, whole: Truth, style: Style) -> list[Drawn]:
    """The reports of a body's year, of which `whole` is the last, with what chance plants."""
    truths = []
    wanted = {kind for kind, chance in PLANTED.items() if rng.random() < chance}
    for quarter in QUARTERS:
        if quarter > 1:
            _change(rng, whole, quarter, wanted, style)
        truths.append(_until(rng, whole, quarter, style))
    if "gap" in wanted:
        del truths[rng.choice((1, 2))]
    if "twice" in wanted:
        truths.append(copy.deepcopy(rng.choice(truths)))
    if "year" in wanted:
        last = max(truths, key=lambda t: int(t["quarter"]))
        titled = period_text(rng, {"kind": "year"}, whole["year"], style)
        truths.append({**copy.deepcopy(last), "quarter": None, "period_kind": "year", "period": titled})
    stem = f"{whole['instancia_id'][-8:]}{whole['year'] % 100}"
    return [Drawn(f"{stem}{chr(97 + i)}", truth, style) for i, truth in enumerate(truths)]


def _whole_year(rng: random.Random, body: Instancia, year: int, style: Style) -> Truth:
    """A report of that body and year's last quarter."""
    while True:
        truth = compose(rng, style, ())
        if (truth["period_kind"], truth["quarter"], truth["year"]) == ("quarter", QUARTERS[-1], year):
            break
    names = {e.name: e.entity_id for e in dictionary().entities}
    for row in truth["rows"]:
        row["entity_id"] = names[row["entity"]] if row["known"] else None
    return truth | {"instancia": body.name, "instancia_id": body.instancia_id}


def _short(truth: Truth) -> Truth:
    """The same on two or three pages."""
    secretary = next(r for r in truth["rows"] if r["role"] == "S")
    rows = truth["rows"][:SEATS]
    rows = rows if secretary in rows else [*rows[:-1], secretary]
    functions = [f for s in ("general", "specific") for f in [f for f in truth["functions"] if f["scope"] == s][:2]]
    for n, function in enumerate(functions, start=1):
        function["function"] = n
    return truth | {"rows": rows, "functions": functions, "paragraphs": truth["paragraphs"][:2]}


def _change(rng: random.Random, truth: Truth, quarter: int, wanted: set[str], style: Style) -> None:
    """Changes in the record what this quarter's report and those after it print otherwise than those before."""
    past = [i for i, c in enumerate(truth["columns"]) if c["quarter"] < quarter and c["date"]]
    if "mark" in wanted and past and rng.random() < 0.6:
        row, column = rng.choice(truth["rows"]), rng.choice(past)
        row["marks"][column] = "NO" if row["marks"][column] == "SI" else "SI"
    members = [r for r in truth["rows"] if r["known"] and r["role"] in ("I", "IP")]
    if "role" in wanted and rng.random() < 0.4:
        row = rng.choice(members)
        row["role"] = "IP" if row["role"] == "I" else "I"
    if "gone" in wanted and rng.random() < 0.4:
        truth["rows"].remove(rng.choice(members))
    if "new" in wanted and rng.random() < 0.4:
        taken = {r["entity_id"] for r in truth["rows"]}
        names = {e.name: e.entity_id for e in dictionary().entities}
        _seat(truth, rng.choice([b for b in bodies(truth["year"]) if names[b.name] not in taken]), rng.choice(members))
    if "date" in wanted and past and rng.random() < 0.4:
        _redate(rng, truth, rng.choice(past), style)


def _seat(truth: Truth, body: Body, like: Truth) -> None:
    """Gives the body a row, attended as another was, among those of its sector or at the end."""
    places = [i for i, row in enumerate(truth["rows"], start=1) if row["sector"] == body.sector]
    numbers = {row["sector"]: row["sector_number"] for row in truth["rows"] if row["sector_number"]}
    number = numbers.get(body.sector, max(numbers.values()) + 1) if numbers and body.number else None
    entity_id = next(e.entity_id for e in dictionary().entities if e.name == body.name)
    row = {"sector": body.sector, "sector_number": number, "entity_id": entity_id, "entity": body.name,
           "printed": body.name}  # fmt: skip
    truth["rows"].insert(max(places, default=len(truth["rows"])), {**copy.deepcopy(like), **row})


def _redate(rng: random.Random, truth: Truth, column: int, style: Style) -> None:
    old = date.fromisoformat(truth["columns"][column]["date"])
    others = {c["date"] for c in truth["columns"]}
    near = [old + timedelta(days=n) for n in (-2, -1, 1, 2)]
    free = [d for d in near if d.isoformat() not in others and (d.month - 1) // 3 == (old.month - 1) // 3]
    between = [d for d in free if d.year == old.year and not any(_crosses(d, old, o) for o in others if o)]
    if between:
        truth["columns"][column] = print_column(truth["columns"][column]["quarter"], rng.choice(between), style)


def _crosses(new: date, old: date, other: str) -> bool:
    day = date.fromisoformat(other)
    return min(new, old) < day < max(new, old)


def _until(rng: random.Random, whole: Truth, quarter: int, style: Style) -> Truth:
    """The report of that quarter: what the year so far was, and one empty column for each quarter to come."""
    truth = copy.deepcopy(whole)
    kept, seen = [], set()
    for i, column in enumerate(truth["columns"]):
        future = column["quarter"] > quarter
        if not (future and column["quarter"] in seen):
            kept.append((i, print_column(column["quarter"], None, style) if future else column))
        seen.add(column["quarter"])
    truth["quarter"], truth["columns"] = quarter, [c for _, c in kept]
    for row in (*truth["rows"], *truth["functions"]):
        row["marks"] = [row["marks"][i] if c["date"] else "-" for i, c in kept]
        row["printed_marks"] = [printed_mark(m, style) for m in row["marks"]]
    for n, row in enumerate(truth["rows"], start=1):
        row["row"] = n
        row["total_printed"] = row["total_computed"] = row["marks"].count("SI")
    for function in truth["functions"]:
        addressed = "SI" if "SI" in function["marks"] else "NO"
        function |= {"addressed_printed": addressed, "addressed_computed": addressed}
    truth["function_columns"] = {s: [c["printed"] for c in truth["columns"]] for s in ("general", "specific")}
    truth["ordinary"] = [sum(c["date"] is not None for c in truth["columns"]), len(QUARTERS) * 2]
    truth["extraordinary"] = [0, 0]
    truth["period"] = period_text(rng, {"kind": "quarter", "quarter": quarter}, whole["year"], style)
    return truth


@cache
def dictionary() -> Dictionary:
    return load()

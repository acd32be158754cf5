"""Mistakes planted in a drawn report: each changes what is printed, and says what an auditor should find."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from tests.form_style import Style

Truth = dict[str, Any]

MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio",
    "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip


def spell(day: date, form: str) -> str:
    """A date as the form prints it; `form` is one of `form_style.DATE_FORMS` or `form_variety.MORE_DATES`."""
    month = MONTHS[day.month - 1]
    return {
        "slash": f"{day:%d/%m/%Y}",
        "dash": f"{day:%d-%m-%Y}",
        "short": f"{day:%d/%m/%y}",
        "long": f"{day.day} de {month} de {day.year}",
        "abbreviated": f"{day.day} {month[:3]}. {day.year}",
        "dots": f"{day:%d.%m.%Y}",
        "iso": f"{day:%Y-%m-%d}",
        "bare": f"{day.day}/{day.month}/{day.year}",
        "month_first": f"{month.capitalize()} {day.day} de {day.year}",
        "capitals": f"{day.day} DE {month.upper()} DE {day.year}",
        "hyphened": f"{day:%d}-{month[:3]}-{day.year}",
        "slashed": f"{day:%d}/{month[:3]}/{day.year}",
        "of_the": f"{day.day} de {month} del {day.year}",
        "spaced": f"{day:%d / %m / %Y}",
    }[form]


def print_column(quarter: int, day: date | None, style: Style) -> Truth:
    printed = spell(day, style.date_form) if day else style.empty
    return {"quarter": quarter, "date": day.isoformat() if day else None, "printed": printed}


def _wrong_total(rng: random.Random, truth: Truth, _style: Style) -> Truth:
    row = rng.choice([r for r in truth["rows"] if r["total_printed"] == r["total_computed"]])
    row["total_printed"] += 1 if row["total_printed"] == 0 else rng.choice((-1, 1))
    return {"row": row["row"]}


def _wrong_addressed(rng: random.Random, truth: Truth, _style: Style) -> Truth:
    function = rng.choice(truth["functions"])
    function["addressed_printed"] = "NO" if function["addressed_computed"] == "SI" else "SI"
    return {"function": function["function"]}


def _late_session(rng: random.Random, truth: Truth, style: Style) -> Truth:
    index = rng.choice([i for i, c in enumerate(truth["columns"]) if c["date"]])
    quarter = truth["columns"][index]["quarter"]
    late = date(truth["year"], 3 * (quarter % 4) + 1, rng.randint(2, 27))  # in the next quarter, as if years were round
    truth["columns"][index] = print_column(quarter, late, style)
    for printed in truth["function_columns"].values():
        printed[index] = truth["columns"][index]["printed"]
    return {"column": index + 1}


def _other_date(rng: random.Random, truth: Truth, style: Style) -> Truth:
    index = rng.choice([i for i, c in enumerate(truth["columns"]) if c["date"]])
    day, scope = date.fromisoformat(truth["columns"][index]["date"]), rng.choice(("general", "specific"))
    other = day.replace(day=min(day.day, 28), year=day.year - 1) if rng.random() < 0.7 else day + timedelta(days=1)
    truth["function_columns"][scope][index] = spell(other, style.date_form)
    return {"scope": scope, "column": index + 1}


def _wrong_count(rng: random.Random, truth: Truth, _style: Style) -> Truth:
    truth["ordinary"][0] += 1 if truth["ordinary"][0] == 1 else rng.choice((-1, 1))
    truth["ordinary"][1] = max(truth["ordinary"])
    return {}


def _unpublished(rng: random.Random, truth: Truth, _style: Style) -> Truth:
    item = rng.choice(list(truth["publications"]))
    truth["publications"][item] = False
    return {"item": item}


def _seat(truth: Truth, role: str) -> Truth:
    found: Truth = next(r for r in truth["rows"] if r["role"] == role)
    return found


def _no_president(_rng: random.Random, truth: Truth, _style: Style) -> Truth:
    _seat(truth, "P")["role"] = "I"
    return {}


def _two_presidents(rng: random.Random, truth: Truth, _style: Style) -> Truth | None:
    plain = [r for r in truth["rows"] if r["role"] == "I" and r["row"] > 1]
    if any(f["code"] == "NO_PRESIDENT" for f in truth["findings"]) or not plain:
        return None
    rng.choice(plain)["role"] = "P"
    return {}


def _no_secretary(_rng: random.Random, truth: Truth, _style: Style) -> Truth:
    _seat(truth, "S")["role"] = "I"
    return {}


PLANTERS: dict[str, tuple[float, Callable[[random.Random, Truth, Style], Truth | None]]] = {
    "TOTAL_MISMATCH": (0.5, _wrong_total),
    "ADDRESSED_MISMATCH": (0.3, _wrong_addressed),
    "DATE_OUTSIDE_QUARTER": (0.25, _late_session),
    "DATE_CONFLICT": (0.3, _other_date),
    "SESSION_COUNT_MISMATCH": (0.15, _wrong_count),
    "NOT_PUBLISHED": (0.3, _unpublished),
    "NO_PRESIDENT": (0.1, _no_president),
    "MULTIPLE_PRESIDENTS": (0.1, _two_presidents),
    "NO_TECHNICAL_SECRETARY": (0.1, _no_secretary),
}  # how often a report has one, enough for a dozen to show the frequent kinds; a date moves before it is contradicted


def plant(rng: random.Random, truth: Truth, style: Style, wanted: tuple[str, ...] | None) -> None:
    """Spoil `truth` with the codes of `wanted`, or with such as chance chooses, and note them in its `findings`."""
    for code, (chance, planter) in PLANTERS.items():
        if code in wanted if wanted is not None else rng.random() < chance:
            place = planter(rng, truth, style)
            if place is not None:
                truth["findings"].append({"code": code, **place})

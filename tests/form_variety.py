"""What the looks of drawn reports may add from seed `WIDE_FROM` on: other fonts, words, dates and layouts.

Reports of earlier seeds keep the looks that tests and golden files know. All choices come from a generator of their
own, so that `Style.random` and what a report says stay what they were.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from tests.form_style import DATE_FORMS, MORE_FONTS, TICKS, Style

WIDE_FROM = 700
LETTERHEADS = (
    "ANEXO 2: INFORME DE GESTIÓN", "Anexo No. 2. Informe de gestión", "Anexo 2 - Informe de Gestión",
    "Anexo 1: Informe de gestión", "Anexo 3. Informe de gestión", "ANEXO 4 INFORME DE GESTIÓN",
)  # fmt: skip
PERIODS = (
    "{roman} {unit} DE {year}", "{roman} {unit} DE {year}", "{unit} {roman} DE {year}", "{ordinal} {unit} {year}",
    "{Ordinal} {lower_unit} de {year}", "PERIODO: {ordinal} {unit} DE {year}", "{roman} {unit} - VIGENCIA {year}",
    "{months} DE {year}",
)  # fmt: skip
MORE_DATES = ("dots", "iso", "bare", "month_first", "capitals", "hyphened", "slashed", "of_the", "spaced")
HEADS = (
    ("SECTOR", "ENTIDAD U ORGANISMO", "CARGO", "ROL"),
    ("Sector administrativo", "Entidad", "Cargo", "Rol"),
    ("Sector", "Entidad / Organismo", "Cargo del asistente", "Rol"),
)
ATTENDED = ("SESIONES EN LAS QUE PARTICIPARON", "Sesiones en las que participó", "Sesiones en que participaron")
ADDRESSED = ("Se abordó Sí/No", "SE ABORDÓ (SI/NO)", "Se abordó (Sí / No)", "¿Se abordó? Si/No")
QUARTERS = ("{} TRIM.", "{} trimestre", "Trim. {}", "{}")
NUMBERS = ("{}- ", "{}) ", "{} ", "{}.")


def widened(style: Style, seed: int) -> Style:
    """`style` with some of its looks exchanged for rarer ones; as it is for a seed below `WIDE_FROM`."""
    if seed < WIDE_FROM:
        return style
    rng = random.Random(f"variety {seed}")

    def at_times(chance: float, choices: tuple[Any, ...], usual: Any) -> Any:
        drawn = rng.choice(choices)  # drawn in any case: one choice never shifts the next
        return drawn if rng.random() < chance else usual

    dark = at_times(0.06, (True,), False)
    return replace(
        style,
        font=at_times(0.45, tuple(MORE_FONTS), style.font),
        vocab=at_times(0.2, ("SÍ", "si", "x"), style.vocab),
        date_form=at_times(0.35, (*MORE_DATES, *DATE_FORMS[1:]), style.date_form),
        letterhead=at_times(0.35, LETTERHEADS, style.letterhead),
        period_form=at_times(0.4, PERIODS, ""),
        heads=at_times(0.3, HEADS, style.heads),
        attended_head=at_times(0.3, ATTENDED, style.attended_head),
        total_head=at_times(0.2, ("TOTAL", "Total sesiones"), style.total_head),
        addressed_head=at_times(0.5, ADDRESSED, style.addressed_head),
        quarter_head=at_times(0.2, QUARTERS, style.quarter_head),
        number_form=at_times(0.25, NUMBERS, style.number_form),
        capital_names=at_times(0.08, (True,), False),
        count_form=at_times(0.15, ("{} / {}", "{} de {}"), style.count_form),
        publication=at_times(0.35, tuple(range(len(TICKS))), style.publication),
        top_aligned=at_times(0.25, (True,), False),
        frame=at_times(0.2, (8.0, 12.0), 0.0),
        rule_grey=at_times(0.2, (0.45, 0.6, 0.7), style.rule_grey),
        shade=0.35 if dark else at_times(0.2, (0.65, 0.9), style.shade),
        head_ink=1.0 if dark else 0.0,
        stripes=at_times(0.1, (0.9, 0.94), None),
        two_sessions=at_times(0.3, (0.7,), style.two_sessions),
        landscape=at_times(0.15, (True,), style.landscape),
    )


def paled(style: Style, seed: int) -> Style:
    """`style` with rules so thin and pale that black and white loses them all; at times a black frame remains."""
    rng = random.Random(f"pale {seed}")
    return replace(
        style,
        rule=rng.choice((2.0, 3.0, 4.0)),
        rule_grey=rng.choice((0.68, 0.74, 0.8)),
        frame=rng.choice((0.0, 0.0, 0.0, 6.0)),
        shade=rng.choice((None, None, 0.85)),
        stripes=None,
        head_ink=0.0,
    )

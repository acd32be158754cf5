"""The dashboard's charts, as Vega-Lite that Altair has checked. Each draws the rows that the page's script hands it.

Colours are told apart by the colour-blind, and none stands alone: every state has its sign, every bar its number.
"""

from __future__ import annotations

from typing import Any

import altair as alt

INK, SOFT, LINE = "#1b2530", "#52606d", "#d7dde3"
BLUE, VERMILION, AMBER, LIGHT, PALE, BLUSH = "#0b5880", "#b3400e", "#e3a81c", "#a9cbe0", "#e8ecf0", "#f3c6b0"
SPAN = "#6f8799"  # of what lies between two bounds
LABEL = 270  # pixels of an entity's name beside its row
STEP = 20  # pixels from row to row
STATES = {  # of the heat map: colour, and the colour of its sign
    "asistió": (BLUE, "#fff"),
    "no asistió": (VERMILION, "#fff"),
    "por revisar": (AMBER, INK),
    "sin dato": (PALE, INK),
}
REPORTS = {  # the same of the calendar, where only what is amiss should stand out
    "completo": (BLUE, "#fff"),
    "por revisar": (LIGHT, INK),
    "con fallo": (AMBER, INK),
    "quizá falta": (BLUSH, INK),
    "falta": (VERMILION, "#fff"),
}
FUNCTIONS = {"abordada": BLUE, "por revisar": AMBER, "nunca abordada": VERMILION}
SEVERITIES = {"error": VERMILION, "advertencia": AMBER, "informativo": BLUE}


def charts() -> dict[str, dict[str, Any]]:
    """Each chart's Vega-Lite, by name; the data of each is called `rows`."""
    made = {
        "map": _grid("session", "seat", STATES, ["seat", "session", "state", "detail"], step=46),
        "calendar": _grid("period", "body", REPORTS, ["body", "period", "state", "detail"], step=46),
        "sectors": _rates(),
        "entities": _rates(),
        "bodies": _rates(),
        "years": _rates(),
        "functions": _stacked(FUNCTIONS),
        "findings": _stacked(SEVERITIES),
        "review": _bars("share", "Valores por revisar, de cada cien", ".1%"),
        "reasons": _bars("count", "Valores", "d"),
    }
    return {name: chart.configure(**_config()).to_dict() for name, chart in made.items()}


def _rows() -> alt.Chart:
    return alt.Chart(alt.NamedData(name="rows"))


def _name(limit: int = LABEL) -> alt.Y:
    return alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=limit, ticks=False, domain=False))


def _legend(columns: int = 0) -> alt.Legend:
    """`columns`: how many states stand beside one another; 0 for all."""
    return alt.Legend(orient="top", title=None, symbolType="square", columns=columns)


def _grid(x: str, y: str, states: dict[str, tuple[str, str]], said: list[str], *, step: int) -> Any:
    """Squares in rows and columns, each with the sign of its state."""
    colours = alt.Scale(domain=list(states), range=[colour for colour, _ in states.values()])
    inks = alt.Scale(domain=list(states), range=[ink for _, ink in states.values()])
    base = _rows().encode(
        x=alt.X(f"{x}:O", sort=None, title=None, axis=_COLUMNS),
        y=alt.Y(f"{y}:N", sort=None, title=None, axis=alt.Axis(labelLimit=LABEL, ticks=False, domain=False)),
        tooltip=[alt.Tooltip(f"{field}:N", title=_TITLES[field]) for field in said],
    )
    squares = base.mark_rect(stroke="#fff", strokeWidth=1).encode(
        color=alt.Color("state:N", scale=colours, legend=_legend(3 if len(states) > 4 else 0))
    )
    signs = base.mark_text(fontSize=11, fontWeight=600).encode(
        text="sign:N", color=alt.Color("state:N", scale=inks, legend=None)
    )
    both = alt.layer(squares, signs).resolve_scale(color="independent")
    return both.properties(width=alt.Step(step), height=alt.Step(STEP))


def _rates() -> Any:
    """A point at each rate, and a line from its lower to its upper bound."""
    said = [alt.Tooltip("name:N", title="Nombre"), alt.Tooltip("detail:N", title="Asistencia")]
    base = _rows().encode(y=_name(), tooltip=said)
    axis = alt.Axis(format=".0%", tickCount=5, title=None, orient="top")
    scale = alt.Scale(domain=[0, 1])
    bounds = base.mark_rule(strokeWidth=5, color=SPAN).encode(x=alt.X("low:Q", scale=scale, axis=axis), x2="high:Q")
    points = base.mark_point(filled=True, size=70, color=BLUE, opacity=1).encode(x=alt.X("rate:Q", scale=scale))
    return alt.layer(bounds, points).properties(width="container", height=alt.Step(STEP), autosize=_FIT)


def _stacked(states: dict[str, str]) -> Any:
    colours = alt.Scale(domain=list(states), range=list(states.values()))
    return (
        _rows()
        .mark_bar(stroke="#fff", strokeWidth=0.5)
        .encode(
            y=_name(),
            x=alt.X("sum(count):Q", title=None, axis=alt.Axis(tickMinStep=1, format="d", orient="top")),
            color=alt.Color("state:N", scale=colours, legend=_legend()),
            order=alt.Order("order:Q"),
            tooltip=[
                alt.Tooltip("name:N", title="Nombre"),
                alt.Tooltip("state:N", title="Estado"),
                alt.Tooltip("sum(count):Q", title="Número", format="d"),
            ],
        )
        .properties(width="container", height=alt.Step(STEP), autosize=_FIT)
    )


def _bars(field: str, title: str, form: str) -> Any:
    said = [alt.Tooltip("name:N", title="Nombre"), alt.Tooltip("detail:N", title=title)]
    base = _rows().encode(
        y=_name(),
        x=alt.X(f"{field}:Q", title=title, axis=alt.Axis(format=form, tickCount=4, orient="top")),
        tooltip=said,
    )
    labels = base.mark_text(align="left", dx=4, color=INK).encode(text="label:N")
    bars = alt.layer(base.mark_bar(color=BLUE), labels)
    return bars.properties(width="container", height=alt.Step(STEP), autosize=_FIT, padding=_ROOM)


# a column's name is of two lines, parted by "|"
_COLUMNS = alt.Axis(
    orient="top", labelAngle=0, labelExpr="split(datum.label, '|')", labelPadding=18, ticks=False, domain=False
)
_FIT = alt.AutoSizeParams(type="fit-x", contains="padding")
_ROOM = {"left": 0, "top": 0, "right": 44, "bottom": 5}  # pixels that the number beside the longest bar takes
_TITLES = {
    "seat": "Entidad",
    "session": "Sesión",
    "state": "Estado",
    "detail": "Detalle",
    "period": "Periodo",
    "body": "Instancia",
}


def _config() -> dict[str, Any]:
    words: dict[str, Any] = {
        "labelColor": INK,
        "titleColor": SOFT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": 400,
    }
    return {
        "font": 'system-ui, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif',
        "background": "transparent",
        "view": alt.ViewConfig(stroke=None),
        "axis": alt.AxisConfig(gridColor=LINE, domainColor=LINE, tickColor=LINE, **words),
        "legend": alt.LegendConfig(labelColor=INK, labelFontSize=12),
    }

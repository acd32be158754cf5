"""The dashboard of an archive: one HTML file that needs no network: charts, filters, and a table behind each chart."""

from __future__ import annotations

from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import vl_convert

from pipeline.pages import dashboard_charts, dashboard_data, report_page, web
from pipeline.pages.dashboard_limits import Limits
from pipeline.pages.reader import Reader

NAME = "dashboard.html"
MOST_BYTES = 15_000_000  # of the page, so that any browser opens it and any mailbox takes it
VEGA_LITE = "6.4"  # what Altair 6 writes
LICENCE = (
    "Vega, Vega-Lite, Vega-Embed y Vega-Interpreter: © 2015-2025 University of Washington Interactive Data Lab "
    "y sus autores, licencia BSD de 3 cláusulas."
)


def write(out: Path, reader: Reader, most: int = MOST_BYTES) -> Path:
    """Writes `out/dashboard.html`, of at most `most` bytes, and returns its path; raises OSError.

    Where an archive asks for more, lists are shortened by half until it fits, and then the oldest years left out: the
    page says so. Beyond that nothing is left to leave out, and the page is larger.
    """
    folder = out / report_page.FOLDER
    pages = {path.stem for path in folder.glob("*.html")}
    limits: Limits | None = Limits()
    while limits:
        data = dashboard_data.gather(reader, pages.__contains__, limits)
        page = page_of(data).encode()
        limits = limits.tighter(int(y) for y in data["years"]) if len(page) > most else None
    target = out / NAME
    target.write_bytes(page)
    return target


def page_of(data: dict[str, object]) -> str:
    """The HTML of a dashboard with what `dashboard_data.gather` found."""
    return web.render(
        "dashboard.html",
        styles=[web.asset("page.css"), web.asset("dashboard.css")],
        scripts=[_vega(), web.asset("dashboard.js")],
        data={**data, "charts": _charts(), "folder": report_page.FOLDER},
        version=metadata.version("veedor"),
        notes=data["notes"],
        history=data["history"],
        licence=LICENCE,
    )


@cache
def _charts() -> dict[str, Any]:
    """The charts as Vega, compiled here so that the page need not."""
    written = dashboard_charts.charts().items()
    return {name: vl_convert.vegalite_to_vega(chart, vl_version=VEGA_LITE) for name, chart in written}


@cache
def _vega() -> str:
    """Vega and what it needs, as vl-convert carries it, for the page to run without a network."""
    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", VEGA_LITE)
    return bundle

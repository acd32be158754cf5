"""The glue around other extractors is fair: what they read right comes out right, so that errors are theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import peers, scoring
from tests.form_content import PUBLICATIONS, ROMANS
from tests.form_style import Style
from tests.forms import draw
from tests.peer_glue import Grid
from tests.peer_tables import report

CODES = ("TOTAL_MISMATCH", "ADDRESSED_MISMATCH", "DATE_CONFLICT", "NOT_PUBLISHED")


def attendance(truth: dict[str, Any]) -> Grid:
    """The matrix as an extractor gives it that reads all: merged cells repeated."""
    columns, heads = truth["columns"], ["Sector", "Entidad u Organismo", "Cargo", "Rol"]
    grid = [
        [*heads, *["Sesiones en las que participaron"] * len(columns), "Total"],
        [*heads, *(f"{ROMANS[c['quarter'] - 1]} Trimestre" for c in columns), "Total"],
        [*heads, *(c["printed"] for c in columns), "Total"],
    ]
    for row in truth["rows"]:
        first = f"{row['sector_number']}. {row['sector']}" if row["sector_number"] else row["sector"]
        texts = [first, row["printed"], row["position"], row["role"]]
        grid.append([*texts, *row["printed_marks"], str(row["total_printed"])])
    return grid


def functions(truth: dict[str, Any], scope: str, name: str) -> Grid:
    dates = truth["function_columns"][scope]
    grid = [[name, *["SESIONES EN LAS QUE SE ABORDARON"] * len(dates), "Se abordó"], [name, *dates, "Se abordó"]]
    for function in (f for f in truth["functions"] if f["scope"] == scope):
        grid.append([function["text"], *function["printed_marks"], function["addressed_printed"]])
    return grid


def text(truth: dict[str, Any]) -> str:
    lines = ["Anexo 2: Informe de gestión", truth["period"], f"NOMBRE DE LA INSTANCIA: {truth['instancia']}."]
    lines += [f"SESIONES ORDINARIAS REALIZADAS: {truth['ordinary'][0]}/{truth['ordinary'][1]}"]
    lines += [f"SESIONES EXTRAORDINARIAS REALIZADAS: {truth['extraordinary'][0]}/{truth['extraordinary'][1]}"]
    for item, label in PUBLICATIONS.items():
        lines.append(f"{label}: {'Si_x_ No___' if truth['publications'][item] else 'Si___ No_x_'}")
    return "\n".join([*lines, *(f"Nombre: {s['name']}" for s in truth["signatories"])])


def scored(truth: dict[str, Any], grids: list[list[Grid]], out: Path) -> scoring.Score:
    pages = [(some, text(truth) if i == 0 else "") for i, some in enumerate(grids)]
    peers.write([report("0" * 16, f"{truth['name']}.pdf", pages)], out)
    return scoring.score(scoring.Dataset(out), truth)


@pytest.fixture(params=[3, 12, 20])
def truth(request: pytest.FixtureRequest) -> dict[str, Any]:
    style = Style(vocab="X" if request.param == 12 else "SI")
    return {**draw(request.param, style, CODES).truth, "name": "f_clean300"}


def test_cells_that_were_read_right_come_out_right(truth: dict[str, Any], tmp_path: Path) -> None:
    names = {"general": "FUNCIONES GENERALES", "specific": "FUNCIONES ESPECÍFICAS"}
    matrices = [functions(truth, scope, name) for scope, name in names.items()]
    score = scored(truth, [[attendance(truth)], matrices], tmp_path)
    wrong = [line for line in score.errors if " entity:" not in line]  # rapidfuzz forces some unknown bodies
    assert wrong == []
    entity = score.counts["entity"]
    assert entity.right >= 0.9 * entity.total
    assert score.texts["position"].edits == 0
    assert all(not count.flagged for count in score.counts.values())


def test_pages_go_on_and_lost_headers_and_columns_cost_no_rows(truth: dict[str, Any], tmp_path: Path) -> None:
    grid = attendance(truth)
    half = 3 + len(truth["rows"]) // 2
    again = [row[:-1] for row in grid[half:]]  # the next page without its header and its totals
    score = scored(truth, [[grid[:half]], [again]], tmp_path)
    row, mark, total = (score.counts[kind] for kind in ("row", "mark", "total"))
    assert row.right == row.total
    assert mark.right == mark.total
    assert total.right == len(truth["rows"]) // 2

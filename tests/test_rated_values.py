"""What calibration is fitted to: each value of a report against the truth, and how sure it was by its own account."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from parsers.records import Attendee, Certainty, Report
from tests.rated_values import Rated, rated
from tests.sample import attendee, report

ENTITY = Certainty(0.9)
SECTOR, ROLE, TOTAL = Certainty(0.8), Certainty(0.7), Certainty(0.6, "total_from_count")
PARTS = {"entity_certainty": ENTITY, "sector_certainty": SECTOR, "role_certainty": ROLE, "total_certainty": TOTAL}


def row(number: int, **changes: object) -> Attendee:
    return attendee(number, **(PARTS | changes))


def printed(found: Attendee) -> dict[str, Any]:
    """The truth of a row that was read without a mistake."""
    return {
        "printed": found.entity_raw,
        "position": found.position,
        "known": True,
        "entity": found.entity,
        "accepted": [],
        "sector": found.sector,
        "role": found.role,
        "total_printed": found.total_printed,
        "marks": [mark.value for mark in found.marks],
    }


def truth(*rows: Attendee, **changes: object) -> dict[str, Any]:
    """The truth of `tests.sample.report`."""
    return {
        "tier": "drawn",
        "name": "sample",
        "quarter": 2,
        "instancia": "Consejo Distrital",
        "ordinary": [2, 4],
        "extraordinary": [0, None],
        "publications": {"informe_de_gestion": True},
        "columns": [
            {"quarter": 1, "date": "2025-03-19"},
            {"quarter": 2, "date": "2025-07-22"},
            {"quarter": 3, "date": None},
        ],
        "function_columns": {"general": ["19/03/2024"], "specific": []},
        "rows": [printed(a) for a in rows],
        "functions": [{"text": "Coordinar.", "scope": "general", "addressed_printed": "SI", "marks": ["SI"]}],
    } | changes


def wrong(built: Report, said: dict[str, Any]) -> list[tuple[str, float]]:
    return sorted((v.kind, v.raw) for v in rated(built, said) if not v.right)


def sample(*rows: Attendee) -> Report:
    return replace(report(*rows), instancia="Consejo Distrital")


A, B = row(1), row(2, entity_raw="Secretaría Distrital de Hacienda", entity="Secretaría Distrital de Hacienda")


def test_a_report_read_without_a_mistake_is_right_throughout() -> None:
    values = list(rated(sample(A, B), truth(A, B)))
    assert not [v for v in values if not v.right]
    assert Rated("total", "scan", "drawn", "sample", 0.6, "total_from_count", True) in values
    assert sum(v.kind == "mark" for v in values) == 7


@pytest.mark.parametrize(
    ("changes", "kind", "raw"),
    [
        ({"role": "P"}, "role", 0.7),
        ({"total_printed": 3}, "total", 0.6),
        ({"sector": "Hacienda", "sector_raw": "2. Hacienda"}, "sector", 0.8),
        ({"entity": "Otra"}, "entity", 0.9),
        ({"entity": None, "entity_id": None}, "unknown_entity", 0.9),
    ],
)
def test_each_value_is_held_against_its_own_truth(changes: dict[str, object], kind: str, raw: float) -> None:
    assert wrong(sample(replace(A, **changes), B), truth(A, B)) == [(kind, raw)]


def test_a_sector_printed_under_another_of_its_names_is_right() -> None:
    read, said = replace(A, sector="Sociedad Civil", sector_raw="14. Comunidad"), replace(A, sector="Comunidad")
    assert not wrong(sample(read), truth(said))


def test_every_value_of_a_row_that_is_not_printed_is_wrong_however_sure() -> None:
    marks = [("mark", mark.certainty.confidence) for mark in B.marks]
    own = [("entity", 0.9), ("sector", 0.8), ("role", 0.7), ("total", 0.6)]
    assert wrong(sample(A, B), truth(A)) == sorted([*own, *marks])


def test_dates_are_held_against_the_header_of_their_own_matrix() -> None:
    assert wrong(sample(A), truth(A, function_columns={"general": ["20/03/2024"]})) == [("date", 0.99)]
    assert wrong(sample(A), truth(A, columns=[])) == [("date", 0.99)] * 3

"""Texts in doubt are read again in other ways; the surest look is taken, and what each said is kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pytest

from ocr import second_look
from ocr.records import Box, Candidate, InputKind, Place, Reading, Word
from ocr.second_look import Look
from parsers.looks import looks
from parsers.records import (
    AttendanceMatrix,
    AttendeeReading,
    ColumnReading,
    FunctionMatrix,
    FunctionReading,
    MatrixKind,
    SortedReadings,
)
from pipeline.dataset import report_rows
from tests.sample import report
from tests.test_dataset import SOURCE

Lines = tuple[tuple[Word, ...], ...]


def lines(text: str, confidence: float) -> Lines:
    return ((Word(text, confidence, Box(0, 0, 10, 10)),),) if text else ()


CROPS = [np.full((40, 200), 255, np.uint8)] * 2


def looks_at(first: Sequence[Lines], *answers: list[Lines]) -> list[tuple[Look, ...]]:
    """What is seen of two crops, where the engine answers what it is asked with these, one after the other."""
    steps, told = second_look.looks(CROPS, first, 1.5), iter(answers)
    try:
        question = next(steps)
        while True:
            assert len(question.crops) == len(question.scales)
            assert min(map(min, question.scales)) > 0
            question = steps.send(next(told))
    except StopIteration as done:
        assert list(told) == []
        found: list[tuple[Look, ...]] = done.value
        return found


def test_the_surest_look_at_a_doubtful_text_is_taken_and_all_are_kept() -> None:
    first = [lines("Movilidad", 0.95), lines("Justa para la", 0.8)]
    sure, doubtful = looks_at(first, [lines("nstituto para la", 0.96), lines("Jess para la", 0.7)])
    assert [look.text for look in sure] == ["Movilidad"]
    assert [(look.name, look.text) for look in doubtful] == [
        ("tesseract:smaller", "nstituto para la"), ("tesseract:first", "Justa para la"),
        ("tesseract:smooth", "Jess para la"),
    ]  # fmt: skip


def test_dirt_and_what_is_sure_are_not_read_again() -> None:
    assert [len(some) for some in looks_at([lines("| '", 0.1), lines("Salud", 0.9)])] == [1, 1]


# ---------------------------------------------------------------- what each look said


ONCE = Reading((Candidate("SI", 0.9, "marks"),), (Place(1),), (Candidate("SI", 0.8, "cluster"),))
AGAIN = Reading(
    (Candidate("4", 0.5, "marks"), Candidate("?", 0.3, "marks")),
    (Place(2, Box(1, 2, 3, 4)),),
    (Candidate("SI", 0.9, "marks:part"), Candidate("Si", 0.1, "marks:part"), Candidate("SI", 0.8, "cluster")),
)


def matrices(**of: Reading) -> SortedReadings:
    """One row and one function of one column each, read once but for the values given."""
    said = defaultdict(lambda: ONCE, of)
    row = AttendeeReading(
        said["sector"], said["entity"], said["position"], said["role"], (said["mark"],), said["total"]
    )
    function = FunctionReading(said["text"], (said["function_mark"],), said["addressed"])
    columns = (ColumnReading(date=said["date"]),)
    functions = (
        FunctionMatrix(MatrixKind.FUNCTIONS_GENERAL, columns, (FunctionReading(ONCE, (ONCE,), ONCE),)),
        FunctionMatrix(MatrixKind.FUNCTIONS_SPECIFIC, columns, (function,)),
    )
    return SortedReadings(InputKind.SCAN, AttendanceMatrix(columns, (row,)), functions, ())


def test_values_seen_once_have_no_looks() -> None:
    assert looks(matrices()) == ()


def test_each_look_says_its_best_and_where() -> None:
    found = looks(matrices(mark=AGAIN))
    assert [(x.look, x.text, x.said) for x in found] == [
        ("marks", "4", 0.5), ("marks:part", "SI", 0.9), ("cluster", "SI", 0.8),
    ]  # fmt: skip
    assert {(x.table, x.value, x.row, x.column, x.function, x.places) for x in found} == {
        ("attendance", "mark", 1, 1, None, AGAIN.places)
    }


@pytest.mark.parametrize(
    ("of", "place"),
    [
        ("entity", ("attendees", "entity", None, 1, None, None)),
        ("total", ("attendees", "total_printed", None, 1, None, None)),
        ("addressed", ("functions", "addressed_printed", None, None, None, 2)),
        ("function_mark", ("function_sessions", "mark", None, None, 1, 2)),
    ],
)
def test_looks_name_their_value_as_the_dataset_does(of: str, place: tuple[str | int | None, ...]) -> None:
    found = looks(matrices(**{of: AGAIN}))
    assert {(x.table, x.value, x.matrix, x.row, x.column, x.function) for x in found} == {place}


def test_a_session_is_named_with_its_matrix() -> None:
    found = looks(matrices(date=AGAIN))
    assert {(x.table, x.value, x.matrix, x.column) for x in found} == {
        ("sessions", "date", kind, 1) for kind in ("attendance", "functions_general", "functions_specific")
    }


def test_looks_become_rows_numbered_and_placed() -> None:
    (row,) = report_rows(SOURCE, report())["looks"]
    told = ("look_number", "table", "value", "row", "column", "look", "text", "said", "needs_review", "x0")
    assert [row[name] for name in told] == [1, "attendance", "mark", 1, 1, "marks:part", "SI", 0.9, False, 36.0]

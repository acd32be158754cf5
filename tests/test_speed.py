"""The stage clock: every second has one stage, and the program is as it was afterwards."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from tests import stages

BUSY = "sum(range(3_000_000))"


@pytest.fixture
def clock() -> stages.Clock:
    return stages.Clock()


def test_the_innermost_stage_has_the_seconds(clock: stages.Clock) -> None:
    inner = clock.wrapped("inner", lambda: sum(range(3_000_000)))
    outer = clock.wrapped("outer", lambda: (inner(), inner(), sum(range(3_000_000))))
    outer()
    clock.enter("end")
    assert clock.seconds["inner"] > 1.2 * clock.seconds["outer"] > 0


def test_seconds_of_programs_count(clock: stages.Clock) -> None:
    clock.wrapped("program", lambda: subprocess.run([sys.executable, "-c", BUSY], check=True))()
    assert clock.seconds["program"] > 0.02


def test_what_the_engine_takes_inside_another_stage_is_told_apart(clock: stages.Clock) -> None:
    engine = clock.wrapped("engine", lambda: sum(range(1_000_000)))
    clock.wrapped("which way up", engine)()
    engine()
    assert {"which way up: engine", "engine"} <= set(clock.seconds)


def test_stages_are_functions_of_the_program_and_left_as_they_were(clock: stages.Clock) -> None:
    places = [place.split(":") for functions in stages.STAGES.values() for place in functions]
    before = [getattr(import_module(module), name) for module, name in places]
    with stages.watched(clock):
        pass
    assert before == [getattr(import_module(module), name) for module, name in places]

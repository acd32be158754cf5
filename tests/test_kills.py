"""A short campaign of kills; `make test-kills` is the long one."""

from __future__ import annotations

from pathlib import Path

from tests import kills


def test_a_run_killed_at_random_and_taken_up_gives_the_same_bytes(tmp_path: Path) -> None:
    struck = kills.campaign(tmp_path, 2, 5)
    assert struck.total() >= 2

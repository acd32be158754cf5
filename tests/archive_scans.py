"""A drawn archive on paper: every report of every series printed, and scanned in one of many ways."""

from __future__ import annotations

import hashlib
import random
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests import damage
from tests.archives import Drawn
from tests.form_print import Printer

DIGITAL = "digital"
CONDITIONS = (DIGITAL, *(c for c in damage.CONDITIONS if c not in damage.PALE_RULES))


def printed(
    archive: Sequence[Sequence[Drawn]], folder: Path, ways: Sequence[str] = CONDITIONS
) -> tuple[list[list[Drawn]], dict[str, str]]:
    """The series with the digests of their files, in FOLDER, and each report's condition, one of `ways`. What is
    there, stays."""
    folder.mkdir(parents=True, exist_ok=True)
    conditions = {drawn.name: ways[_number(drawn) % len(ways)] for reports in archive for drawn in reports}
    return [[_printed(d, conditions[d.name], folder / d.source) for d in reports] for reports in archive], conditions


def _printed(drawn: Drawn, condition: str, path: Path) -> Drawn:
    if not path.exists():
        pdf = Printer(drawn.style, drawn.truth, random.Random(drawn.name)).print()[0]
        path.write_bytes(pdf if condition == DIGITAL else damage.scan(pdf, condition, _number(drawn)))
    return replace(drawn, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def _number(drawn: Drawn) -> int:
    """The same for the same report, whatever else is drawn."""
    return zlib.crc32(drawn.name.encode())

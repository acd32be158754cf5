"""What a flattened text shows of its matrices and nobody could read: the pages that must not pass for whole.

The books are closed: each page must read as Spanish, each of the form's three matrices must be there, each in its
columns, and each function must begin and end as functions do. Where anything is left over, a row or a function may be
missing of which no line tells, and the report fails rather than leave it out in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ocr.records import ReadPage, TextLine
from parsers.freetext.zones import Zone, Zones
from parsers.names import GLUE
from parsers.records import AttendanceMatrix, FunctionMatrix
from parsers.text import fold

SESSION_COLUMNS = "session_columns"  # how many columns there are is in doubt
READ_BY_COLUMNS = "read_by_columns"  # names and marks stand apart
FUNCTIONS_CUT = "functions_cut"  # a text that no function is, or marks of none

PAGE_WORDS = 30  # a page of fewer is not judged
SPANISH = 0.05  # least share of small words; pages of tables have 0.11 and more, upside down 0.02 and less

_LONG = re.compile(r"[^\W\d_]{2,}")


def unread_pages(
    pages: Sequence[ReadPage], zones: Zones, matrices: Sequence[AttendanceMatrix | FunctionMatrix | None]
) -> tuple[int, ...]:
    """The pages on which part of a matrix stands that was not read."""
    found = {page.frame.number for page in pages if not _is_spanish(page.lines)}
    last = max((x.place.page for x in zones.attendance.body), default=1)
    below = {*_pages_of(zones.general), *_pages_of(zones.specific)}
    for zone, matrix in zip((zones.attendance, zones.general, zones.specific), matrices, strict=True):
        if matrix is None and zone is zones.specific and _holds_both(matrices[1]):
            continue
        if matrix is None:
            found.update(below if below and zone is not zones.attendance else {last})
        elif matrix.warnings:
            found.update(_pages_of(zone))
    return tuple(sorted(found))


def _holds_both(general: AttendanceMatrix | FunctionMatrix | None) -> bool:
    """Whether the first function matrix stands under no heading: dark shading swallowed those of both, whose functions
    then follow one another, and of none it is known which kind it is."""
    return isinstance(general, FunctionMatrix) and not general.scoped


def _is_spanish(lines: Sequence[TextLine]) -> bool:
    words = [fold(w) for line in lines for w in _LONG.findall(line.text)]
    return len(words) < PAGE_WORDS or sum(w in GLUE for w in words) >= SPANISH * len(words)


def _pages_of(zone: Zone) -> Iterator[int]:
    yield from (x.place.page for part in (*zone.headers, zone.body) for x in part)

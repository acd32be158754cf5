"""Read documents made by hand, for tests of what becomes of tables once they are read.

A table is drawn as rows of words: `"<"` is part of the cell on its left, `"^"` of the cell above, None could not be
read, and `""` is known to be blank.
"""

from __future__ import annotations

from collections.abc import Sequence

from ocr.records import (
    Box,
    Candidate,
    Cell,
    InputKind,
    PageFrame,
    Place,
    ReadDocument,
    Reading,
    ReadPage,
    Table,
    TextLine,
)
from parsers.calibration import UNCALIBRATED, Judge

OWN_ACCOUNT = Judge(calibration=UNCALIBRATED)  # what is for review then is so for other reasons than its probability
LEFT, ABOVE = "<", "^"
Words = Sequence[str | None]

HEIGHT = 20.0
NAMES = (80.0, 160.0, 120.0, 30.0)  # widths of sector, entity, position, role
MARK = 50.0
ATTENDANCE_HEAD: tuple[Words, ...] = (
    ("Sector", "Entidad u Organismo", "Cargo", "Rol", "Sesiones en las que participaron", *[LEFT] * 3, "Total"),
    (*[ABOVE] * 4, "I Trimestre", "II Trimestre", "III Trimestre", "IV Trimestre", ABOVE),
    (*[ABOVE] * 4, "19/03/2025", "22/05/2025", "-", "-", ABOVE),
)
FUNCTIONS_HEAD: tuple[Words, ...] = (
    ("FUNCIONES GENERALES", "SESIONES EN LAS QUE SE ABORDARON DICHAS FUNCIONES", *[LEFT] * 3, "Se abordó Si/No"),
    (ABOVE, "19/03/2025", "22/05/2025", "-", "-", ABOVE),
)


def reading(text: str | None, page: int = 1, box: Box | None = None, confidence: float = 0.99) -> Reading:
    said = () if text is None else (Candidate(text, confidence, "text_layer"),)
    return Reading(said, (Place(page, box),))


def table(*rows: Words, page: int = 1, widths: Sequence[float] = (), top: float = 100.0) -> Table:
    """The table drawn by `rows`. `widths` of its columns: None given, those of an attendance matrix of that breadth."""
    xs, count = [50.0], len(rows[0])
    for width in widths or (*NAMES, *[MARK] * (count - len(NAMES))):
        xs.append(xs[-1] + width)
    ys = [top + HEIGHT * i for i in range(len(rows) + 1)]
    cells = []
    for i, row in enumerate(rows):
        for j, word in enumerate(row):
            if word in (LEFT, ABOVE):
                continue
            width, height = 1 + _run(row[j + 1 :], LEFT), 1 + _run([r[j] for r in rows[i + 1 :]], ABOVE)
            box = Box(xs[j], ys[i], xs[j + width], ys[i + height])
            cells.append(Cell(i, j, box, height, width, reading(word, page, box), (line(word or "", page, box),)))
    return Table(page, Box(xs[0], ys[0], xs[-1], ys[-1]), len(rows), count, tuple(cells))


def _run(words: Words, sign: str) -> int:
    """How many of the first words are `sign`."""
    return next((i for i, word in enumerate(words) if word != sign), len(words))


def line(text: str, page: int = 1, box: Box | None = None) -> TextLine:
    return TextLine(text, Place(page, box), 0.99)


def document(*tables: Table, lines: Sequence[TextLine] = ()) -> ReadDocument:
    """The tables on their pages, and lines on theirs."""
    last = max([t.page for t in tables] + [x.place.page for x in lines])
    return ReadDocument(
        InputKind.SCAN,
        tuple(
            ReadPage(
                PageFrame(n, 800, 1000, 100),
                tuple(t for t in tables if t.page == n),
                tuple(x for x in lines if x.place.page == n),
            )
            for n in range(1, last + 1)
        ),
    )

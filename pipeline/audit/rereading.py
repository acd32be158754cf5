"""A document read again for evidence: everything that was seen where a value stands, and whether it is read the same.

Tables keep what was decided; what each kind of evidence said of a cell is gone when the run ends. Reading is
deterministic, so reading again brings it back, and shows at once whether this program on this machine still agrees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dictionaries.records import Dictionary
from ocr.errors import DocumentError
from ocr.records import Box, InputKind, Reading, ReadPage
from parsers.calibration import Judge
from pipeline.apart import apart, seconds_for
from pipeline.dataset import number_findings, report_rows
from pipeline.rows import Row, Rows, source_edges
from pipeline.schema import TableSchema
from pipeline.settings import Limits
from pipeline.sources import Source
from pipeline.warehouse import Cells

if TYPE_CHECKING:
    from pipeline.run import ReadReport

WHOLE_ROWS = frozenset({"attendees", "functions"})  # tables whose row stands in several cells of one row
INSIDE = 0.5  # share of a cell that lies in the value's box where the cell is part of the value


@dataclass(frozen=True, slots=True)
class Reread:
    """A document as read now. `fault`: why it could not be, None where it could."""

    read: ReadReport | None
    rows: Rows
    fault: str | None = None


def reread(source: Source, dictionary: Dictionary, risk: float) -> Reread:
    """Reads the file again, in a process apart; never fails for what the file is."""
    try:
        read = apart(seconds_for(source.path), _read, source.path.absolute(), dictionary, risk)
    except DocumentError as error:
        return Reread(None, {}, f"{error.reason}: {error}")
    rows = report_rows(source, read.report, read.fault)
    number_findings(rows)
    return Reread(read, rows)


def _read(path: Path, dictionary: Dictionary, risk: float) -> ReadReport:
    from pipeline.run import read_report  # all that reads: a second to load, which only the process apart has done

    return read_report(path, Limits(), dictionary, Judge(risk))


def evidence(again: Reread, schema: TableSchema, row: Cells) -> dict[str, object]:
    """What the second reading says of a row: every candidate at its place, the row as decoded, and what differs."""
    if again.fault is not None or again.read is None:
        return {"fault": again.fault}
    key = [name for name in schema.key if name != "source"]
    now = next((r for r in again.rows.get(schema.name, []) if all(r[k] == row[k] for k in key)), None)
    return {
        "candidates": list(_candidates(again.read, row, whole_row=schema.name in WHOLE_ROWS)),
        "decoded": now,
        "differs": ["row"] if now is None else sorted(name for name in row if _told(now.get(name)) != _told(row[name])),
    }


def _told(value: object) -> object:
    """A value as tables keep it: an empty text is null."""
    return None if value == "" else value


def _candidates(read: ReadReport, row: Cells, *, whole_row: bool) -> Iterator[dict[str, object]]:
    for page in read.document.pages:
        if page.frame.number != row["page"]:
            continue
        if read.document.kind is InputKind.OCR_TEXT:
            for line in (x for x in page.lines if x.place.line == row["line"]):
                yield {"line": line.place.line, "text": line.text}
        elif row["x0"] is not None:
            yield from _of_page(page, Box(*(row[edge] for edge in ("x0", "y0", "x1", "y1"))), whole_row=whole_row)


def _of_page(page: ReadPage, box: Box, *, whole_row: bool) -> Iterator[dict[str, object]]:
    for table in page.tables:
        home = [cell for cell in table.cells if _inside(source_edges(cell.box, page.frame), box)]
        rows = {row for cell in home for row in range(cell.row, cell.row + cell.row_span)} if whole_row else set()
        for cell in table.cells:
            if cell in home or not rows.isdisjoint(range(cell.row, cell.row + cell.row_span)):
                yield {"box": list(source_edges(cell.box, page.frame)), "said": list(_said(cell.reading))}
    for line in page.lines:
        if line.place.box and _inside(edges := source_edges(line.place.box, page.frame), box):
            yield {"box": list(edges), "said": [{"text": line.text, "source": "line", "confidence": line.confidence}]}


def _said(reading: Reading) -> Iterator[Row]:
    for candidate in (*reading.candidates, *reading.again):
        yield {"text": candidate.text, "source": candidate.source, "confidence": candidate.confidence}


def _inside(edges: tuple[float, float, float, float], box: Box) -> bool:
    x0, y0, x1, y1 = edges
    width, height = min(x1, box.x1) - max(x0, box.x0), min(y1, box.y1) - max(y0, box.y0)
    return width > 0 and height > 0 and width * height >= INSIDE * (x1 - x0) * (y1 - y0)

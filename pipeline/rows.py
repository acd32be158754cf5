"""A row of a table, and what every row of a document has: how sure it is, and its place on the source page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ocr.records import Box, PageFrame, Place
from parsers.records import Certainty

Value = str | int | float | bool | date | None
Row = dict[str, Value]
Rows = dict[str, list[Row]]

BOX_DECIMALS = 1  # of a PDF point: a tenth is 0.035 mm, finer than any scan
CONFIDENCE_DECIMALS = 5  # the surest values err once in some ten thousand


@dataclass(frozen=True, slots=True)
class View:
    """What every row of one document needs: its id, and the pages that boxes lead back to."""

    document_id: str | None
    frames: Mapping[int, PageFrame]

    def row(self, certainty: Certainty, **values: Value) -> Row:
        return {"document_id": self.document_id, **values, **self.certainty(certainty)}

    def certainty(self, certainty: Certainty) -> Row:
        return {
            "confidence": rounded(certainty.confidence),
            "needs_review": certainty.needs_review,
            "review_reason": certainty.review_reason,
            **self._place(certainty.places),
        }

    def _place(self, places: Sequence[Place]) -> Row:
        """The page where the value begins, and the box around all of it that stands there."""
        page = places[0].page if places else None
        boxes = [p.box for p in places if p.page == page and p.box is not None]
        frame = self.frames.get(page) if page is not None else None
        edges = source_edges(Box.around(boxes), frame) if boxes and frame else (None,) * 4
        line = next((p.line for p in places if p.line is not None), None)
        return {"page": page, **dict(zip(("x0", "y0", "x1", "y1"), edges, strict=True)), "line": line}


def source_edges(box: Box, frame: PageFrame) -> tuple[float, float, float, float]:
    """The box around `box`'s corners on the source page: x0, y0, x1, y1 in PDF points as a viewer shows it."""
    moved = moved_box(box, frame.to_source)
    x0, y0, x1, y1 = (round(v, BOX_DECIMALS) + 0.0 for v in (moved.x0, moved.y0, moved.x1, moved.y1))  # no -0.0
    return x0, y0, x1, y1


def moved_box(box: Box, homography: Sequence[float]) -> Box:
    """The box around the corners of `box` as a 3x3 homography, given row by row, moves them."""
    a, b, c, d, e, f, g, h, i = (float(v) for v in homography)
    xs, ys = [], []
    for x, y in ((box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)):
        w = g * x + h * y + i
        xs.append((a * x + b * y + c) / w)
        ys.append((d * x + e * y + f) / w)
    return Box(min(xs), min(ys), max(xs), max(ys))


def rounded(score: float | None) -> float | None:
    return None if score is None else round(float(score), CONFIDENCE_DECIMALS)

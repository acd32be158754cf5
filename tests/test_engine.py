"""The door to the OCR engine: where words stand in crops that are enlarged and squeezed, how seldom it starts."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from ocr import document, engine, sheets
from ocr.records import Box
from tests import bent

pytestmark = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")

NEAR = 6  # pixels by which the engine's boxes are off anyway


def printed(width: int) -> tuple[engine.Grey, Box]:
    """A crop so wide with a word at its right end, and where that stands."""
    crop = np.full((90, width), 255, np.uint8)
    cv2.putText(crop, "ENTIDAD", (width - 190, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0,), 3, cv2.LINE_AA)
    ys, xs = np.nonzero(crop < 128)
    return crop, Box(int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1)


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("width", [220, 900])
def test_a_word_stands_where_it_is_printed_in_narrow_and_in_wide_crops(width: int, scale: float) -> None:
    crop, box = printed(width)
    ((word,),) = engine.read_blocks([crop], [engine.squeezed(crop, scale)])[0]
    assert word.text == "ENTIDAD"
    assert word.box is not None
    off = [getattr(word.box, side) - getattr(box, side) for side in ("x0", "y0", "x1", "y1")]
    assert max(map(abs, off)) < NEAR


def test_each_question_has_its_own_answer() -> None:
    crop, _ = printed(300)
    blank = np.full((60, 60), 255, np.uint8)
    asked = [engine.Question(*q) for q in (([crop, blank], [engine.WHOLE] * 2), ([], []), ([crop], [(1.2, 1.5)]))]
    said = [[[w.text for line in lines for w in line] for lines in answer] for answer in engine.answers(asked)]
    assert said == [[["ENTIDAD"], []], [], [["ENTIDAD"]]]


def test_pages_are_read_by_few_starts_of_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One for what all pages ask first, one for what is in doubt; each page says what it says alone."""
    starts: list[int] = []
    read_blocks = engine.read_blocks

    def counted(crops: Sequence[engine.Grey], scales: Sequence[engine.Scale] = ()) -> list[engine.Lines]:
        starts.append(len(crops))
        return read_blocks(crops, scales)

    monkeypatch.setattr(engine, "read_blocks", counted)
    (tmp_path / "one.pdf").write_bytes(bent.as_pdf([bent.spotted(150)], 150))
    (tmp_path / "three.pdf").write_bytes(bent.as_pdf([bent.spotted(150)] * 3, 150))
    assert len(sheets.inspect(tmp_path / "three.pdf")) == 3
    (alone,) = document.read_pdf(tmp_path / "one.pdf").pages
    once, starts[:] = len(starts), []
    together = document.read_pdf(tmp_path / "three.pdf").pages
    assert len(starts) == once
    assert [page.lines for page in together[:1]] == [alone.lines]
    texts = [[[cell.reading.of("tesseract") for cell in t.cells] for t in page.tables] for page in (alone, *together)]
    assert texts[1:] == texts[:1] * 3

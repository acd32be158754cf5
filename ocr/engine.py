"""The only door to the OCR engine: batches of crops in, words with boxes out.

One Tesseract process reads a whole batch through a list of files: starting it costs more than reading a cell, and a
process of its own can be killed when it hangs.
"""

from __future__ import annotations

import math
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytesseract

from ocr import errors, programs
from ocr.records import Box, Word

Grey = npt.NDArray[np.uint8]

BATCH_SECONDS = 120  # two hundred crops take about ten
HOW = "--psm 6 --dpi 300 -c textord_disable_pitch_test=1"  # one uniform block of text, of no typewriter: the words are
# the same, and a thirtieth of the time is saved
NUMBERS = ("left", "top", "width", "height", "conf", "level", "block_num", "par_num", "line_num")
PICTURE = ".bmp"  # the engine reads other kinds pixel by pixel, or unpacks them: a ninth of its time
MARGIN = 12  # pixels of white around each crop: the engine drops letters that touch the border
# The engine's network takes as long as a line is wide. In crops squeezed to 0.8 of their width it found 5,907 of the
# words printed on 40 pages of all conditions, in whole ones 5,912, and took 16 % less; at 0.7, 5,889 and 24 %. Digits
# bear it less, which no neighbours mend: a narrow 0 passes for a 1. So what is narrow itself, as columns of dates,
# marks and counts are, stays as it is; it is a sixth of the work.
NARROW = 0.8
WIDE = 360  # pixels as read, 1.2 inches of a page: crops at least as wide are squeezed

Lines = tuple[tuple[Word, ...], ...]  # of a crop


Scale = tuple[float, float]  # times that a crop's width and its height are enlarged before it is read
WHOLE: Scale = (1.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Crops to read, and the enlargement of each."""

    crops: Sequence[Grey]
    scales: Sequence[Scale]


def answers(questions: Sequence[Question]) -> list[list[Lines]]:
    """The lines of the crops of each question, all read by one start of the engine. Raises as `read_blocks`."""
    crops = [crop for question in questions for crop in question.crops]
    read = iter(read_blocks(crops, [scale for question in questions for scale in question.scales]))
    return [list(islice(read, len(question.crops))) for question in questions]


def squeezed(crop: Grey, scale: float) -> Scale:
    """The enlargement of a crop by `scale`, of less than its width where that is large."""
    return (scale * NARROW if crop.shape[1] * scale >= WIDE else scale), scale


def read_blocks(crops: Sequence[Grey], scales: Sequence[Scale] = ()) -> list[Lines]:
    """Each crop's lines of words, boxes in the crop's own pixels. `scales`: the enlargement of each, or none of any.

    Raises EngineMissing, EngineFailed (with the engine's own words, or after its time limit).
    """
    if not crops:
        return []
    scales = scales or [WHOLE] * len(crops)
    table = _run(crops, scales)
    lines: list[dict[tuple[str, str, str], list[Word]]] = [{} for _ in crops]
    for row in table:
        crop = int(row["page_num"]) - 1
        word = _word(row, scales[crop])
        if word is not None:
            line = (row["block_num"], row["par_num"], row["line_num"])
            lines[crop].setdefault(line, []).append(word)
    return [tuple(tuple(words) for words in crop.values()) for crop in lines]


def legibility(crops: Sequence[Grey]) -> list[float]:
    """How well each crop reads: the letters of its words, weighted by the engine's confidence in each."""
    return [
        sum(len(w.text) * max(0.0, (w.confidence or 0) - 0.5) for line in lines for w in line if w.text.isalnum())
        for lines in read_blocks(crops)
    ]


def _framed(crop: Grey, scale: Scale) -> Grey:
    across, down = scale
    if scale != WHOLE:
        how = cv2.INTER_AREA if down <= 1.0 else cv2.INTER_CUBIC
        crop = np.asarray(cv2.resize(crop, None, fx=across, fy=down, interpolation=how), dtype=np.uint8)
    return np.asarray(
        cv2.copyMakeBorder(crop, MARGIN, MARGIN, MARGIN, MARGIN, cv2.BORDER_CONSTANT, value=(255,)), dtype=np.uint8
    )


def _run(crops: Sequence[Grey], scales: Sequence[Scale]) -> list[dict[str, str]]:
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # four threads a process fight over two cores
    with tempfile.TemporaryDirectory(prefix="veedor-") as folder:
        names = [Path(folder) / f"{i}{PICTURE}" for i in range(len(crops))]
        for name, crop, scale in zip(names, crops, scales, strict=True):  # one at a time: all take as much as the pages
            picture = cv2.imencode(PICTURE, _framed(crop, scale))[1]
            name.write_bytes(picture.tobytes())  # OpenCV would not tell of a full disk
        batch = Path(folder) / "batch.txt"
        batch.write_text("".join(f"{n}\n" for n in names), encoding="utf-8")
        text = _answer(batch)
    return _table(text, len(crops))


def _answer(batch: Path) -> str:
    """The engine's table of all words in the pictures that `batch` lists. Raises EngineMissing, EngineFailed,
    OutOfMemory."""
    pytesseract.pytesseract.tesseract_cmd = str(programs.BOUNDED / "tesseract")
    try:
        text = pytesseract.image_to_data(str(batch), lang=programs.LANGUAGE, config=HOW, timeout=BATCH_SECONDS)
    except (pytesseract.TesseractError, RuntimeError, UnicodeDecodeError, OSError) as e:
        programs.check_there("tesseract")
        if programs.is_starving(str(e)):
            raise errors.OutOfMemory(f"tesseract: {programs.last_line(str(e))}") from e
        raise errors.EngineFailed(str(e)) from e
    return str(text)


def _table(text: str, crops: int) -> list[dict[str, str]]:
    """The rows of what the engine wrote. Raises EngineFailed where that is no table, or not of all crops: what is not
    told of one would pass for a blank."""
    header, *rows = text.rstrip("\n").split("\n")
    table = [dict(zip(header.split("\t"), row.split("\t"), strict=False)) for row in rows]
    try:
        told = {int(row["page_num"]) for row in table}
        sound = all(math.isfinite(float(row[name])) for row in table for name in NUMBERS)
    except (KeyError, ValueError) as e:
        raise errors.EngineFailed("su tabla no se entiende") from e
    if not sound or told != set(range(1, crops + 1)):
        raise errors.EngineFailed(f"su tabla habla de {len(told)} recortes de {crops}")
    return table


def _word(row: dict[str, str], scale: Scale) -> Word | None:
    text = row.get("text", "").strip()
    if row["level"] != "5" or not text:
        return None
    across, down = scale
    x, y = (float(row["left"]) - MARGIN) / across, (float(row["top"]) - MARGIN) / down
    box = Box(x, y, x + float(row["width"]) / across, y + float(row["height"]) / down)
    confidence = float(row["conf"])
    return Word(text, min(1.0, confidence / 100) if confidence >= 0 else None, box)

"""Roman numbers by their strokes: I to IV as drawn, and nothing where the strokes are not those of one."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from ocr.numerals import SURE, read_numeral, with_numerals
from ocr.records import Box, Word

HEIGHT = 20  # of a capital, pixels
TOP, LEFT, PITCH, STROKE = 40, 60, 9, 4
Grey = npt.NDArray[np.uint8]


def page(numeral: str, *, serifs: bool = False, grey: int = 0) -> tuple[Grey, Box]:
    """A page with a roman number, and the box around it."""
    sheet = np.full((120, 200), 255, np.uint8)
    x = LEFT
    for letter in numeral:
        if letter == "I":
            sheet[TOP : TOP + HEIGHT, x : x + STROKE] = grey
            if serifs:
                for y in (TOP, TOP + HEIGHT - 3):
                    sheet[y : y + 3, x - 2 : x + STROKE + 2] = grey
            x += PITCH
        else:
            bottom = (x + 9, TOP + HEIGHT - 2)
            for start in (x + 1, x + 17):
                cv2.line(sheet, (start, TOP + 1), bottom, (grey,), STROKE)
            x += 20
    inked = np.flatnonzero((sheet < 255).any(axis=0))
    return sheet, Box(int(inked[0]), TOP, int(inked[-1]) + 1, TOP + HEIGHT)


@pytest.mark.parametrize("serifs", [False, True])
@pytest.mark.parametrize("grey", [0, 120])
@pytest.mark.parametrize("numeral", ["I", "II", "III", "IV"])
def test_strokes_are_counted(numeral: str, grey: int, serifs: bool) -> None:
    assert read_numeral(*page(numeral, serifs=serifs, grey=grey), HEIGHT) == numeral


def test_blurred_strokes_are_counted() -> None:
    for numeral in ("I", "II", "III", "IV"):
        sheet, box = page(numeral)
        assert read_numeral(cv2.GaussianBlur(sheet, (0, 0), 1.6), box, HEIGHT) == numeral


@pytest.mark.parametrize("letter", ["V", "VI", "IIII"])
def test_what_is_no_quarters_number_is_none(letter: str) -> None:
    assert read_numeral(*page(letter), HEIGHT) is None


def test_strokes_of_other_thickness_or_pitch_are_none() -> None:
    sheet, box = page("III")
    sheet[TOP : TOP + HEIGHT, LEFT : LEFT + 2] = 255  # the first is half as thick
    assert read_numeral(sheet, box, HEIGHT) is None
    sheet, box = page("III")
    sheet[:, LEFT + PITCH : LEFT + PITCH + STROKE] = 255
    sheet[TOP : TOP + HEIGHT, LEFT + 6 : LEFT + 6 + STROKE] = 0  # the second stands at another's side
    assert read_numeral(sheet, box, HEIGHT) is None


def test_a_box_that_cuts_a_stroke_off_tells_nothing() -> None:
    sheet, box = page("III")
    for cut in (Box(box.x0 + PITCH, box.y0, box.x1, box.y1), Box(box.x0, box.y0, box.x1 - PITCH, box.y1)):
        assert read_numeral(sheet, cut, HEIGHT) is None


def test_a_word_too_low_for_a_capital_is_none() -> None:
    sheet, box = page("II")
    assert read_numeral(sheet, box, 2 * HEIGHT) is None


def test_only_the_short_word_beside_the_quarters_is_read_again() -> None:
    sheet, box = page("III")
    read, quarter = Word("mi", 0.6, box), Word("Trimestre", 0.96, Box(40, 70, 120, 90))
    said = [("III", SURE), ("Trimestre", 0.96)]
    for lines in ([(read,), (quarter,)], [(read, quarter)], [(quarter, read)]):
        again = [w for line in with_numerals(lines, sheet, HEIGHT) for w in line]
        assert sorted((w.text, w.confidence) for w in again) == said
    for lines in ([(read,)], [(read, Word("semestre", 0.9, None))], [(Word("minuta", 0.6, box), quarter)]):
        assert with_numerals(lines, sheet, HEIGHT) == lines

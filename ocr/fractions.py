"""A second look at «2/4»: its digits read from their pixels, one by one, where the engine reads the word as a whole.

The engine knows words, and takes a lone fraction for letters («vO» for 1/0) or hardly trusts what it reads. The stroke
between the digits is found by its slant, what stands to either side goes to the mark reader, which knows numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from ocr import marks
from ocr.ink import Grey
from ocr.records import Box, Candidate, Word

DARK = 170  # grey level below which a pixel is ink, on a page whose paper is white
SPECK = 0.25  # of a capital's height: smaller pieces are dust
SLANT = -0.85  # correlation of x with y along a stroke that rises to the right; of a digit's ink it is above -0.6
STROKE_HIGH = (0.75, 1.6)  # heights of a capital that a stroke may have
DIGIT_HIGH = 0.7  # heights of a capital, at least
DIGIT_NEAR = 1.4  # heights of a capital from the stroke to a digit: farther than the second of two begins
WIDEST = 4.5  # heights of a capital: two numbers of two digits and the stroke
LONGEST = 5  # glyphs of "12/14"
PAD = 0.2  # of a capital's height, of white around what goes to the mark reader
NUMBERS = frozenset(label for label in marks.LABELS if label.isdigit())
ALIKE = {"O": "0", "I": "1", "S": "5"}  # labels of the mark reader that a number's glyph may get
DOUBTED = 0.85  # the engine's confidence below which a word that is no fraction may yet be one
SURE = 0.9  # of a fraction that the engine did not read as one

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A connected piece of ink: half-open box in pixels of the crop, and how its x correlates with its y."""

    x0: int
    y0: int
    x1: int
    y1: int
    slant: float


def looked_at_again(word: Word, page: Grey, char_height: float) -> Word:
    """The word with what its glyphs say taken into account, if it is or may be a fraction.

    Where both agree the word is surer than either; where they differ it is doubted, or taken from its glyphs.
    """
    if word.box is None or not _may_be_fraction(word, char_height):
        return word
    seen = read_fraction(_crop(page, word.box, char_height), char_height)
    own, glyphs = word.confidence or 0.0, (seen.confidence or 0.0) if seen else 0.0
    if seen and _plain(word.text) == seen.text:
        return replace(word, text=seen.text, confidence=1 - (1 - own) * (1 - glyphs))
    if seen is None or glyphs < SURE:
        return word
    if own < DOUBTED:
        return replace(word, text=seen.text, confidence=glyphs)
    return replace(word, confidence=own * (1 - glyphs)) if "/" in word.text else word


def read_fraction(crop: Grey, char_height: float) -> Candidate | None:
    """The fraction in a crop, source "marks:fraction"; None where no stroke parts two numbers."""
    pieces = _pieces(crop, char_height)
    strokes = [p for p in pieces if _is_stroke(p, char_height)]
    if len(strokes) != 1:
        return None
    stroke = strokes[0]
    middle = (stroke.x0 + stroke.x1) / 2
    digits = [p for p in pieces if p is not stroke and _is_digit(p, stroke, char_height)]
    left = [p for p in digits if (p.x0 + p.x1) / 2 < middle]
    right = [p for p in digits if (p.x0 + p.x1) / 2 > middle]
    if not left or not right:
        return None
    (held, p), (planned, q) = (_number(crop, some, char_height) for some in (left, right))
    return Candidate(f"{held}/{planned}", p * q, "marks:fraction") if held and planned else None


def _may_be_fraction(word: Word, char_height: float) -> bool:
    if word.box is None or len(word.text) > LONGEST or word.box.width > WIDEST * char_height:
        return False
    return "/" in word.text or (word.confidence or 0.0) < DOUBTED


def _plain(text: str) -> str:
    return text.translate(str.maketrans("oOQlI|!", "0001111"))


def _crop(page: Grey, box: Box, char_height: float) -> Grey:
    pad = round(PAD * char_height)
    y0, x0 = max(0, round(box.y0) - pad), max(0, round(box.x0) - pad)
    return page[y0 : round(box.y1) + pad, x0 : round(box.x1) + pad]


def _pieces(crop: Grey, char_height: float) -> list[_Piece]:
    count, labels, stats, _ = cv2.connectedComponentsWithStats((crop < DARK).astype(np.uint8), connectivity=8)
    found = []
    for i in range(1, count):
        x, y, w, h = (int(v) for v in stats[i, :4])
        if max(w, h) >= SPECK * char_height:
            found.append(_Piece(x, y, x + w, y + h, _slant(labels[y : y + h, x : x + w] == i)))
    return found


def _slant(ink: Mask) -> float:
    y, x = np.nonzero(ink)
    return float(np.corrcoef(x, y)[0, 1]) if x.std() and y.std() else 0.0


def _is_stroke(piece: _Piece, char_height: float) -> bool:
    low, high = (share * char_height for share in STROKE_HIGH)
    return piece.slant <= SLANT and low <= piece.y1 - piece.y0 <= high


def _is_digit(piece: _Piece, stroke: _Piece, char_height: float) -> bool:
    """Whether a piece is as high as a digit, and as near the stroke as one of two may be."""
    apart = max(piece.x0 - stroke.x1, stroke.x0 - piece.x1)
    return piece.y1 - piece.y0 >= DIGIT_HIGH * char_height and apart < DIGIT_NEAR * char_height


def _number(crop: Grey, pieces: Sequence[_Piece], char_height: float) -> tuple[str, float]:
    """The number that some pieces make and its probability among numbers; "" where they make none."""
    pad = max(2, round(PAD * char_height))
    x0, x1 = min(p.x0 for p in pieces), max(p.x1 for p in pieces)
    y0, y1 = min(p.y0 for p in pieces), max(p.y1 for p in pieces)
    alone = np.full((y1 - y0 + 2 * pad, x1 - x0 + 2 * pad), 255, np.uint8)
    for p in pieces:
        alone[p.y0 - y0 + pad : p.y1 - y0 + pad, p.x0 - x0 + pad : p.x1 - x0 + pad] = crop[p.y0 : p.y1, p.x0 : p.x1]
    shares: dict[str, float] = {}
    for said in marks.read_marks([alone], char_height)[0]:
        label = ALIKE.get(said.text, said.text)
        if label in NUMBERS:
            shares[label] = shares.get(label, 0.0) + (said.confidence or 0.0)
    best = max(shares, key=lambda label: shares[label], default="")
    return best, shares.get(best, 0.0)

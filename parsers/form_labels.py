"""The printed labels of the form, found in text that an OCR engine may have bent, and cut off their values."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from statistics import fmean

from rapidfuzz import fuzz

from ocr.records import TextLine
from parsers.records import Certainty

WORD_SIMILAR = 75  # of 100: one letter in four may be misread before a label's word is no longer known
PHRASE_SIMILAR = 78  # the most alike labels, ordinarias and extraordinarias, score 77

# words of the labels in the left column of the form's first block and of its session counts
HEAD_LABEL_WORDS = frozenset(
    ("nombre", "instancia", "coordinacion", "numero", "fecha", "acto", "reglamento", "interno", "normas", "norma")
) | {"de", "la", "y", "del", "creacion", "asistentes"}
COUNT_LABEL_WORDS = frozenset(("sesiones", "ordinarias", "extraordinarias", "realizadas", "programadas"))


def fold(text: str) -> str:
    """`text` in lower case and without accents, letter for letter, so that places in it hold in `text`."""
    return "".join(map(_plain, text))


@cache
def _plain(letter: str) -> str:
    return (unicodedata.normalize("NFKD", letter)[:1] or letter).lower()[:1]


def letters(text: str) -> str:
    """The words of `text`, folded, without digits or punctuation."""
    return " ".join(re.findall(r"[a-z]+", fold(text)))


def is_word(word: str, vocabulary: Iterable[str]) -> bool:
    """Whether `word` is one of `vocabulary`, a misread letter in a long word allowed."""
    bare = letters(word).replace(" ", "")
    return any(bare == known or (len(known) > 3 and fuzz.ratio(bare, known) >= WORD_SIMILAR) for known in vocabulary)


def mentions(text: str, phrase: str) -> bool:
    """Whether `phrase` (folded) stands somewhere in `text`, misread letters allowed."""
    found = letters(text)
    return len(found) >= 0.7 * len(phrase) and fuzz.partial_ratio(phrase, found) >= PHRASE_SIMILAR


def names_form(text: str) -> bool:
    """Whether `text` says what the form is; «administrativo de gestión», in the name of a body, does not."""
    return mentions(text, "informe de gestion") and fuzz.partial_ratio("informe", letters(text)) >= WORD_SIMILAR


def end_of(phrase: str, text: str) -> int | None:
    """Where `phrase` (folded) ends in `text`, None if it is not there."""
    match = fuzz.partial_ratio_alignment(phrase, fold(text), score_cutoff=PHRASE_SIMILAR)
    return match.dest_end if match and len(text) >= 0.7 * len(phrase) else None


def without_label(text: str, vocabulary: frozenset[str]) -> str | None:
    """What follows the label at the start of `text`; None if no label stands there.

    A label is a run of words of `vocabulary` that ends with a colon, or is printed in capitals.
    """
    words = text.split()
    count = 0
    for word in words:
        if not is_word(word, vocabulary) and re.search(r"\w", word):
            break
        count += 1
        if re.search(r"\w:$", word):
            break
    label = [w for w in words[:count] if len(letters(w)) > 3]
    closed = count > 0 and re.search(r"\w:$", words[count - 1])
    if not label or not (closed or all(w == w.upper() for w in label)):
        return None
    return " ".join(words[count:])


def certainty_of(lines: Sequence[TextLine], sureness: float = 1.0, reason: str | None = None) -> Certainty:
    """The certainty of a value read from `lines`: the engine's mean confidence, where it gave one, times `sureness`."""
    known = [w.confidence for line in lines for w in line.words if w.confidence is not None]
    known = known or [line.confidence for line in lines if line.confidence is not None]
    return Certainty(round((fmean(known) if known else 1.0) * sureness, 4), reason, tuple(line.place for line in lines))

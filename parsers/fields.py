"""What the form says outside its matrices: from the lines of running text to typed fields."""

from __future__ import annotations

from collections.abc import Sequence

from ocr.records import TextLine
from parsers.counts import read_counts
from parsers.form_labels import certainty_of, mentions
from parsers.furniture import form_of, without_furniture
from parsers.norms import read_head
from parsers.periods import parse_period
from parsers.publications import PUBLICATION_ITEMS, read_publications
from parsers.records import Certainty, Fields, Period
from parsers.sections import narrative_start, read_sections
from parsers.signatories import read_signatories

__all__ = ["PUBLICATION_ITEMS", "read_fields"]

TITLE_LENGTH = 50  # letters: a title line names the period and little else
CLEAR_PERIOD = 0.85  # of sureness: a numeral made out of strokes, or a month range, is looked at
MIN_CONFIDENCE = 0.5  # the engine's mean over the title

_HEAD_ENDS = ("sesiones en las que participaron", "entidad u organismo cargo", "sesiones ordinarias")


def read_fields(lines: Sequence[TextLine]) -> Fields:
    """All fields of the form; `lines`: the text outside the matrices, in reading order, with word boxes or without.

    A value that is missing or doubtful says so in its `Certainty`; nothing is guessed. Never raises on odd input.
    """
    body = without_furniture(lines)
    head, narrative = _head_end(body), narrative_start(body)
    values = read_head(body[:head])
    ordinary, extraordinary = read_counts(body[:narrative])
    return Fields(
        form=form_of(lines),
        instancia_raw=values.instancia,
        instancia_certainty=values.instancia_certainty,
        period=_period(body[:head]),
        regulation=values.regulation,
        norms=values.norms,
        ordinary=ordinary,
        extraordinary=extraordinary,
        publications=read_publications(body[head:narrative]),
        signatories=read_signatories(body[narrative:]),
        sections=read_sections(body),
    )


def _head_end(lines: Sequence[TextLine]) -> int:
    """Where the first block ends: at the attendance matrix's head, the session counts, or the narrative."""
    for i, line in enumerate(lines):
        if any(mentions(line.text, phrase) for phrase in _HEAD_ENDS):
            return i
    return narrative_start(lines)


def _period(head: Sequence[TextLine]) -> Period:
    """The period of the title: the first short line that names one, so no norm's title is taken for it."""
    for line in head:
        found = parse_period(line.text) if len(line.text) <= TITLE_LENGTH else None
        if found:
            sureness = found.certainty.confidence or 0.0
            certainty = certainty_of([line], sureness)
            clear = sureness >= CLEAR_PERIOD and (certainty.confidence or 0.0) >= MIN_CONFIDENCE * sureness
            reason = None if clear else "period_unclear"
            return Period(found.kind, found.quarter, found.year, found.raw,
                          Certainty(certainty.confidence, reason, certainty.places))  # fmt: skip
    return Period(None, None, None, "", Certainty(0.0, "period_missing"))

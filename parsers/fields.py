"""What the form says outside its matrices: from the lines of running text to typed fields."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ocr.records import TextLine
from parsers.counts import read_counts
from parsers.form_labels import HEAD_LABEL_WORDS, certainty_of, mentions, names_form, without_label
from parsers.furniture import form_of, without_furniture
from parsers.norms import is_legend, is_title, read_head, starts_act
from parsers.periods import parse_period
from parsers.publications import PUBLICATION_ITEMS, read_publications
from parsers.records import Certainty, Fields, Period
from parsers.sections import narrative_start, read_sections
from parsers.signatories import read_signatories

__all__ = ["PUBLICATION_ITEMS", "read_fields"]

CLEAR_PERIOD = 0.85  # of sureness: a numeral made out of strokes, or a month range, is looked at
MIN_CONFIDENCE = 0.5  # the engine's mean over the title
_WIDTHS = ("quarter", "semester", "year", None)
_YEAR_LINE = re.compile(r"\W*(?:de |a[nñ]o |vigencia )?\s*(20[0-4]\d)\W*", re.I)

_HEAD_ENDS = ("sesiones en las que participaron", "entidad u organismo cargo", "sesiones ordinarias")


def read_fields(lines: Sequence[TextLine]) -> Fields:
    """All fields of the form; `lines`: the text outside the matrices, in reading order, with word boxes or without.

    A value that is missing or doubtful says so in its `Certainty`; nothing is guessed. Never raises on odd input.
    """
    body = without_furniture(lines)
    head, narrative = _head_end(body), narrative_start(body)
    values = read_head(_below_title(body[:head]))
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
    """Where the first block ends: at the attendance matrix's head, the session counts, or the narrative.

    The matrix's legend ends it too, unless all labels, and the legend with them, come before the values.
    """
    acts = [i for i, line in enumerate(lines) if starts_act(without_label(line.text, HEAD_LABEL_WORDS) or line.text)]
    for i, line in enumerate(lines):
        if is_legend(line.text) and acts and acts[0] < i:
            return i
        if any(mentions(line.text, phrase) for phrase in _HEAD_ENDS):
            return i
    return narrative_start(lines)


def _below_title(head: Sequence[TextLine]) -> list[TextLine]:
    """The first block without what stands above its title: a letterhead read beyond recognition is no body's name."""
    titles = [x.place for x in head if names_form(x.text) or _names_period(x)]
    lowest = {p.page: p.box.y1 for p in titles if p.box}
    return [x for x in head if not x.place.box or x.place.box.center[1] > lowest.get(x.place.page, 0.0)]


def _names_period(line: TextLine) -> bool:
    return is_title(line.text) and parse_period(line.text) is not None


def _period(head: Sequence[TextLine]) -> Period:
    """The period of the title: its narrowest line, as "SEGUNDO TRIMESTRE" over "VIGENCIA 2024", the year from any.

    No norm's title and no value beside a label is taken for it.
    """
    title = [line for line in head if is_title(line.text)]
    named = [(p, line) for line in title if (p := parse_period(line.text))]
    if not named:
        return Period(None, None, None, "", Certainty(0.0, "period_missing"))
    found, line = min(named, key=lambda pair: _WIDTHS.index(pair[0].kind))
    years = {p.year for p, _ in named if p.year} or {int(m[1]) for x in title if (m := _YEAR_LINE.fullmatch(x.text))}
    sureness = found.certainty.confidence or 0.0
    certainty = certainty_of([line], sureness)
    clear = sureness >= CLEAR_PERIOD and (certainty.confidence or 0.0) >= MIN_CONFIDENCE * sureness and len(years) < 2
    year = years.pop() if len(years) == 1 else None
    reason = None if clear else "period_unclear"
    return replace(found, year=year, certainty=replace(certainty, review_reason=reason))

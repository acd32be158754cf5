"""The first block of the form: name of the body, its internal regulation, and the norms behind it.

Labels stand in a left column, values in a right one; an engine may merge the two, or give all labels first. So labels
are cut off wherever they stand, and the values told apart by what they say: norms start with their kind and number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from ocr.records import TextLine
from parsers.dates import parse_date
from parsers.form_labels import HEAD_LABEL_WORDS, certainty_of, fold, is_word, letters, names_form, without_label
from parsers.periods import parse_period
from parsers.records import Certainty, Norm

NORM_KINDS = ("Acuerdo", "Decreto", "Resolución", "Ley", "Circular", "Directiva", "Ordenanza", "Documento", "Acta")
SHORT_LINE = 0.8  # of the longest line of the block: a paragraph's last line ends before this
MIN_LETTERS = 4  # a value's line holds a word at least this long, else it is debris of a label
DEBRIS = 12  # characters that dust, or a label read beyond recognition, may leave before an act
MIN_CONFIDENCE = 0.55  # the engine's mean over a name; below it readings were wrong more often than not
TITLE_LENGTH = 50  # letters: a title line names the period and little else
MIN_NAME = 12  # letters; no body's name is shorter

_NUMBERED = re.compile(
    r"(?P<kind>[a-z0-9]{3,11})\W*(?:(?:distrital|nacional|local|conpes|ejecutiva?|reglamentari[oa])\W+)?"
    r"(?:n(?:[uo]m(?:ero)?)?[.°ºo]*\s*)?(?P<number>\d{1,4}[a-z]?)\b"
)
_NO_REGULATION = re.compile(r"no (?:aplica|tiene|cuenta)|n/?a\b|sin reglamento|pendiente|en (?:proceso|construccion)")
_YEAR = re.compile(r"(?<!\d)(19[5-9]\d|20[0-4]\d)(?!\d)")
_QUOTED = re.compile(r"[“\"«‘']\s*(.+?)\s*[”\"»’']?[\s.;]*$", re.S)
_ENDS = tuple(".”\"’'»;)`")


@dataclass(frozen=True, slots=True)
class Head:
    """The values of the first block."""

    instancia: str
    instancia_certainty: Certainty
    regulation: str
    norms: tuple[Norm, ...]


def read_head(lines: Sequence[TextLine]) -> Head:
    """The values of the form's first block; `lines` are those above the attendance matrix, without page furniture."""
    values = _values(lines)
    items = _items(values)
    name, acts = (items[0], items[1:]) if items and not starts_act(items[0][0][1]) else ([], items)
    regulation = _regulation(acts)
    norms = tuple(_norm(item) for item in acts if item is not regulation)
    text = re.sub(r"[\s.:;,]+$", "", _joined(name))
    return Head(text, _name_certainty(text, [line for line, _ in name]), _joined(regulation or []), norms)


def _name_certainty(text: str, lines: list[TextLine]) -> Certainty:
    certainty = certainty_of(lines)
    if len(letters(text)) < MIN_NAME:
        return certainty_of(lines, 0.0, "instancia_missing")
    if certainty.confidence is not None and certainty.confidence < MIN_CONFIDENCE:
        return certainty_of(lines, 1.0, "instancia_unclear")
    return certainty


def _values(lines: Sequence[TextLine]) -> list[tuple[TextLine, str]]:
    """Each line that holds a value, with the label cut off."""
    kept = []
    for line in lines:
        rest = without_label(line.text, HEAD_LABEL_WORDS)
        text = line.text if rest is None else rest
        if _is_value(text):
            kept.append((line, text))
    return kept


def _is_value(text: str) -> bool:
    if max((len(w) for w in letters(text).split()), default=0) < MIN_LETTERS:
        return False
    if names_form(text) and len(text) < 40:
        return False
    if is_title(text) and parse_period(text):
        return False
    return not is_legend(text)


def is_legend(text: str) -> bool:
    """Whether `text` is the attendance matrix's legend of roles."""
    return sum(word in fold(text) for word in ("presidente", "secretaria tecnica", "integrante", "invitado")) > 1


def is_title(text: str) -> bool:
    """Whether a line of the first block may belong to the report's title: short, and neither label nor norm."""
    short = len(text) <= TITLE_LENGTH and not re.search(r"[“”«»\"]", text)
    return short and not starts_act(text) and without_label(text, HEAD_LABEL_WORDS) is None


def _items(values: list[tuple[TextLine, str]]) -> list[list[tuple[TextLine, str]]]:
    """The lines grouped into values: the name, then each regulation or norm."""
    longest = max((len(text) for _, text in values), default=0)
    items: list[list[tuple[TextLine, str]]] = []
    for line, text in values:
        before = items[-1][-1][1].rstrip() if items else ""
        named = bool(items) and not starts_act(items[-1][0][1])  # the body's name, until now
        short = len(before) < SHORT_LINE * longest and not (items and _quote_open(_joined(items[-1])))
        ended = named or before.endswith(_ENDS) or short
        if not items or (ended and starts_act(text)):
            items.append([])
        items[-1].append((line, text))
    return items


def _quote_open(text: str) -> bool:
    """Whether a title is still being quoted at the end of `text`."""
    return max(text.rfind("“"), text.rfind("«")) > max(text.rfind("”"), text.rfind("»"), text.rfind('"'))


def starts_act(text: str) -> bool:
    """Whether `text` begins with a norm's kind and number, or says that there is no regulation."""
    return _kind_and_number(text) is not None or bool(_NO_REGULATION.match(fold(text)))


def _kind_and_number(text: str) -> tuple[str, str] | None:
    kinds = [fold(kind) for kind in NORM_KINDS]
    for match in _NUMBERED.finditer(fold(text)):
        before = text[: match.start()]
        if len(before) > DEBRIS or re.search(r"[a-záéíóúñ]{2}", before):
            break  # an act cited inside a sentence
        best = process.extractOne(match["kind"], kinds, scorer=fuzz.ratio, score_cutoff=75)
        if best:
            return NORM_KINDS[best[2]], match["number"].upper()
    return None


def _regulation(acts: list[list[tuple[TextLine, str]]]) -> list[tuple[TextLine, str]] | None:
    """The act that is the internal regulation: the one that says so, else the first, as the form orders them."""
    for act in acts:
        if any(is_word(word, ("reglamento",)) for word in _joined(act).split()):
            return act
    return acts[0] if acts else None


def _joined(item: list[tuple[TextLine, str]]) -> str:
    return join_lines([text for _, text in item])


def join_lines(texts: Sequence[str]) -> str:
    """The lines of one paragraph as running text, words broken by a hyphen rejoined."""
    joined = "\n".join(" ".join(t.split()) for t in texts)
    joined = re.sub(r"(?<=[a-záéíóúñ])[-¬]\n(?=[a-záéíóúñ])", "", joined)
    return joined.replace("\n", " ")


def _norm(item: list[tuple[TextLine, str]]) -> Norm:
    text = _joined(item)
    act = _kind_and_number(text)
    quoted = _QUOTED.search(text)
    dated = parse_date(text[: quoted.start()] if quoted else text)
    year = _YEAR.search(text[: quoted.start()] if quoted else text)
    certainty = certainty_of([line for line, _ in item], 1.0, None if act else "norm_unclear")
    return Norm(
        act[0] if act else None,
        act[1] if act else None,
        dated[0] if dated else None,
        dated[0].year if dated else int(year[1]) if year else None,
        quoted[1] if quoted else text,
        certainty,
    )

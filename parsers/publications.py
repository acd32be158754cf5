"""Which documents the body says to have published: "Normas de creación: Sí_x_ No___", a cross in one of two places."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ocr.records import TextLine
from parsers.form_labels import certainty_of, end_of, fold
from parsers.records import Certainty, Publication

PUBLICATION_ITEMS = ("normas_de_creacion", "reglamento_interno", "actas_con_sus_anexos", "informe_de_gestion")
CLEAR = 0.8  # below this sureness a person looks
MIN_CONFIDENCE = 0.3  # the engine's own for a line of underscores and crosses is low even when it is right
_TICKS = "x×*✓✔☑☒■●"
_ANSWER = re.compile(r"(?:^|(?<=[\W_]))(?:[s5§][ií1l!|]{1,2}[\s_]*)(?=[\W_x×k]|no|$)|^s(?=[\W_x×])")
_NO = re.compile(r"n\s*[o0óe]?(?=[\W_x×]|$)")


def read_publications(lines: Sequence[TextLine]) -> tuple[Publication, ...]:
    """The four items in the form's order; `published` is None, and for review, where the cross cannot be told."""
    found = {item: _answer_of(item, lines) for item in PUBLICATION_ITEMS}
    bare = not any(answer and _NO.search(fold(answer[0])) for answer in found.values())
    return tuple(_publication(item, found[item], bare=bare) for item in PUBLICATION_ITEMS)


def _answer_of(item: str, lines: Sequence[TextLine]) -> tuple[str, TextLine] | None:
    """The text after an item's label, and its line; the last line that names the item, as a heading may name it too."""
    for i in reversed(range(len(lines))):
        text = lines[i].text
        end = end_of(item.replace("_", " "), text)
        if end is None or len(text) - end > 30:
            continue
        rest = text[end:].lstrip(" :.;")
        beside = None if rest and _NO.search(fold(rest)) else _beside(lines[i], lines[i + 1 :])
        if rest and beside and _NO.search(fold(beside.text)):  # a gap between the two answers parted the line
            return f"{rest} {beside.text}", beside
        if rest:
            return rest, lines[i]
        if beside:
            return beside.text, beside
    return None


def _beside(label: TextLine, others: Sequence[TextLine]) -> TextLine | None:
    """The line of the answer where it stands apart: right of the label, or in a text without boxes the next one."""
    box = label.place.box
    if box is None:
        return others[0] if others and re.match(r"\W*s", fold(others[0].text)) else None
    for other in others:
        there = other.place.box
        if there and other.place.page == label.place.page and there.y0 < box.center[1] < there.y1 and there.x0 > box.x0:
            return other
    return None


def _publication(item: str, answer: tuple[str, TextLine] | None, *, bare: bool) -> Publication:
    if answer is None:
        return Publication(item, None, "", Certainty(0.0, "publication_missing"))
    text, line = answer
    published, sureness = read_answer(text, bare=bare)
    certainty = certainty_of([line], sureness)
    engine = (certainty.confidence or 0) / sureness if sureness else 0.0
    doubtful = published is None or sureness < CLEAR or engine < MIN_CONFIDENCE
    reason = "publication_unclear" if doubtful else None
    return Publication(item, published, text, Certainty(certainty.confidence, reason, certainty.places))


def read_answer(text: str, *, bare: bool = False) -> tuple[bool | None, float]:
    """Whether `text` ("Sí_x_ No___") says yes, and how surely; None where no place is marked, or both are.

    `bare`: the form prints the answer alone, "Sí" or "No", without places to mark.
    """
    folded = fold(text)
    if bare and (word := re.sub(r"\W|_", "", folded)) in ("si", "no"):
        return word == "si", CLEAR
    yes = _ANSWER.search(folded)
    no = _NO.search(folded, yes.end() if yes else 0)
    before = folded[: yes.start()] if yes else ""
    if yes and no and _ticked(before):  # the mark stands before its word: "(x) Sí ( ) No"
        return _choice(before, folded[yes.end() : no.start()])
    if yes and no:
        return _choice(folded[yes.end() : no.start()], folded[no.end() :])
    if yes and re.match(r"\W*_*[x×]", folded[yes.end() :]):
        return True, 0.85
    return None, 0.0


def _choice(yes: str, no: str) -> tuple[bool | None, float]:
    for found in (_ticked, _inked):
        if found(yes) != found(no):
            return found(yes), 1.0 if found is _ticked else 0.6
    return None, 0.0


def _ticked(text: str) -> bool:
    return any(c in _TICKS for c in text)


def _inked(text: str) -> bool:
    return any(c.isalnum() for c in text)

"""Who signs: the president's block on the left, the technical secretary's on the right, often merged line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from rapidfuzz import fuzz

from ocr.records import TextLine, Word
from parsers.form_labels import certainty_of, fold, letters, mentions
from parsers.norms import join_lines
from parsers.records import Certainty, Signatory

ROLES = ("president", "technical_secretary")
_LABELS = ("nombre", "cargo", "entidad")
LABEL_SIMILAR = 65  # of 100, for a line's first word: signatures cross these labels more than any others
SECOND_SIMILAR = 80  # the same in the middle of a line, where a surname could be taken for one
MIN_CONFIDENCE = 0.6  # the engine's mean over a value; with a signature across it, it falls well below
MIN_CONTINUED = 0.6  # the engine's mean over a line without a label: stamps and signatures stay below
NEXT_LINE = 2.5  # line heights to the line below
_PARTICLES = frozenset(("de", "del", "la", "las", "los", "y", "e", "da", "do", "van", "von", "san"))
COLUMN_GAP = 2.5  # line heights: wider than any space inside a name, narrower than between the two blocks

_Lines = list[tuple[str, TextLine]]


@dataclass(frozen=True, slots=True)
class _Side:
    """The text of one of the two blocks, line by line; the other half of a line belongs to the other block."""

    lines: tuple[tuple[str, TextLine], ...]


def read_signatories(lines: Sequence[TextLine]) -> tuple[Signatory, ...]:
    """President and technical secretary, those whose block names anybody; entities are not yet linked."""
    block = _block(lines)
    sides = _by_place(block) or _by_text(block)
    read = [_signatory(role, side) for role, side in zip(ROLES, sides, strict=True)]
    return tuple(s for s in read if s)


def _block(lines: Sequence[TextLine]) -> list[TextLine]:
    """The lines from the first label of the last signature block on."""
    start = next((i for i, x in enumerate(lines) if mentions(x.text, "firma de quien preside")), None)
    if start is None:
        start = next((i for i in reversed(range(len(lines))) if mentions(lines[i].text, "firma de quien")), None)
    if start is None:
        names = [i for i, x in enumerate(lines) if _label(x.text.split()[0] if x.text.split() else "", SECOND_SIMILAR)]
        start = names[0] if names else len(lines)
    return [x for x in lines[start:] if not mentions(x.text, "firma de quien")]


def _label(word: str, similar: float) -> str | None:
    """Which of the three labels `word` is, its colon lost or misread."""
    bare = letters(word).replace(" ", "")
    best = max(_LABELS, key=lambda known: fuzz.ratio(bare, known))
    return best if len(bare) > 2 and fuzz.ratio(bare, best) >= similar else None


# ---------------------------------------------------------------- two columns by place


def _by_place(block: list[TextLine]) -> tuple[_Side, _Side] | None:
    """The two sides by where their words stand; None for text without boxes, or where only one column is seen."""
    words = [(w, line) for line in block for w in line.words if w.box]
    starts = [w.box.x0 for w, _ in words if w.box and _label(w.text, SECOND_SIMILAR) and ":" in w.text + ":"]
    if len(starts) < 2 or any(not line.words for line in block):
        return None
    gap, border = max((b - a, b) for a, b in pairwise(sorted(starts)))
    height = sum(w.box.height for w, _ in words if w.box) / len(words)
    if gap < COLUMN_GAP * height:
        return None
    border -= height / 2  # the right column's labels start its words
    left: _Lines = []
    right: _Lines = []
    for line in sorted(block, key=lambda x: (x.place.page, x.place.box.center[1] if x.place.box else 0)):
        for side, some in ((left, _before(line, border)), (right, _after(line, border))):
            if some:
                side.append((" ".join(w.text for w in some), _part(line, some)))
    return _Side(tuple(left)), _Side(tuple(right))


def _before(line: TextLine, border: float) -> list[Word]:
    return [w for w in line.words if w.box and w.box.x0 < border]


def _after(line: TextLine, border: float) -> list[Word]:
    return [w for w in line.words if w.box and w.box.x0 >= border]


def _part(line: TextLine, words: list[Word]) -> TextLine:
    return TextLine(" ".join(w.text for w in words), line.place, line.confidence, tuple(words))


# ---------------------------------------------------------------- two columns by text


def _by_text(block: list[TextLine]) -> tuple[_Side, _Side]:
    """The two sides where boxes do not tell: a label twice in a line cuts it there; a label again is the other."""
    left: _Lines = []
    right: _Lines = []
    seen: set[str] = set()
    for line in block:
        first, second = _halves(line.text)
        label = _label(first.split()[0] if first.split() else "", LABEL_SIMILAR)
        if second:
            left.append((first, line))
            right.append((second, line))
            seen.add(label or "nombre")
        elif label:
            (right if label in seen else left).append((first, line))
            seen.add(label)
        elif left and re.search(r"[a-z]{3}", fold(first)):
            (right if _wrapped_right(left, right) else left).append((first, line))
    return _Side(tuple(left)), _Side(tuple(right))


def _wrapped_right(left: _Lines, right: _Lines) -> bool:
    """Whether a line without a label continues the right side: the longer text is the one that had to wrap."""
    return bool(right) and len(right[-1][0]) > len(left[-1][0])


def _halves(text: str) -> tuple[str, str | None]:
    """A line cut where its second label, or what is left of one, stands."""
    words = text.split()
    for i in range(1, len(words)):
        bare = words[i].lstrip("_-.|")
        if _label(bare, SECOND_SIMILAR) and (":" in bare or len(letters(bare)) > 4):
            return " ".join(words[:i]), " ".join([bare, *words[i + 1 :]])
    if words and _label(words[0], LABEL_SIMILAR) == "nombre":
        for i in range(2, len(words) - 1):  # debris of a crossed label: a "word" with a sign inside, among names
            if re.search(r"\w[^\w\s.,\-]|[^\w\s.,(\-]\w", words[i]):
                return " ".join(words[:i]), "Nombre: " + " ".join(words[i + 1 :])
    return text, None


# ---------------------------------------------------------------- one side


def _signatory(role: str, side: _Side) -> Signatory | None:
    fields: dict[str, _Lines] = {label: [] for label in _LABELS}
    current: str | None = None
    for text, line in side.lines:
        words = text.split()
        label = _label(words[0], LABEL_SIMILAR) if words else None
        if label and not fields[label]:
            current = label
            fields[label].append((" ".join(words[1:]).lstrip(" :"), line))
        elif current and _continues(fields[current][-1][1], line):
            fields[current].append((text, line))
    name, position, entity = _name(fields["nombre"]), _value(fields["cargo"]), _value(fields["entidad"])
    if not (name or position or entity):
        return None
    certainty = _certainty(list(fields.values()), named=len(letters(name).split()) > 1)
    return Signatory(role, name, position, None, None, entity, certainty)


def _certainty(values: Sequence[_Lines], *, named: bool) -> Certainty:
    """As sure as the least sure of the lines."""
    each = [certainty_of([line]) for lines in values for _, line in lines]
    confidence = min((c.confidence or 0.0 for c in each), default=0.0)
    unclear = "signatory_unclear" if confidence < MIN_CONFIDENCE else None
    places = tuple(place for c in each for place in c.places)
    return Certainty(confidence, unclear if named else "signatory_name_missing", places)


def _continues(before: TextLine, line: TextLine) -> bool:
    """Whether `line` goes on with the value of the line before: close below it and in line with it, and well read."""
    if not re.search(r"[a-z]{3}", fold(line.text)):
        return False
    a, b = before.place.box, line.place.box
    if not (a and b and before.words and line.words):
        return True
    starts = [next((w.box.x0 for w in x.words if w.box), 0.0) for x in (before, line)]
    confidence = certainty_of([line]).confidence or 0.0
    near = before.place.page == line.place.page and 0 < b.center[1] - a.center[1] < NEXT_LINE * a.height
    return near and starts[1] > starts[0] - a.height and confidence >= MIN_CONTINUED


def _name(lines: _Lines) -> str:
    """A person's name: capitalised words and particles; what else stands in the line is ink of the signature."""
    words = [w.strip(",;:_|") for w in _value(lines).split()]
    titled = sum(w.istitle() for w in words) >= 2
    kept = [w for w in words if fold(w) in _PARTICLES or _is_name(w, titled=titled)]
    while kept and fold(kept[-1]) in _PARTICLES:
        kept.pop()
    return " ".join(kept)


def _is_name(word: str, *, titled: bool) -> bool:
    bare = re.sub(r"[.'’\-]", "", word)
    initial = len(bare) == 1 and word.endswith(".")
    shouted = titled and bare.isupper() and not initial
    return bare.isalpha() and bare[0].isupper() and (len(bare) > 1 or initial) and not shouted


def _value(lines: _Lines) -> str:
    return join_lines([text for text, _ in lines]).strip(" :_-|")

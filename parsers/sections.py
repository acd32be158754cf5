"""The narrative: paragraphs under their headings, from the follow-up of the action plan to the signatures."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from ocr.records import TextLine
from parsers.form_labels import certainty_of, fold, letters, mentions
from parsers.norms import join_lines
from parsers.records import Section

HEADINGS = {
    "seguimiento_plan_de_accion": "seguimiento al plan de accion",
    "analisis_del_funcionamiento": "analisis del funcionamiento de la instancia",
}
HEADING_LENGTH = 1.2  # of the heading as the form prints it
PARAGRAPH_GAP = 1.25  # of the line pitch; forms leave a third of a line or more between paragraphs
FULL_LINE = 0.95  # of the text's width: justified lines reach it
SHORT_LINE = 0.85  # of the text's width: a paragraph's last line
_BULLET = re.compile(r"\s*(?:[-•*·–»]|\d{1,2}[.)]|[a-z]\))\s+\w")
_SENTENCE_END = tuple('.:;!?”"»')


def read_sections(lines: Sequence[TextLine]) -> tuple[Section, ...]:
    """The paragraphs of the narrative in order; `lines` without page furniture."""
    sections: list[Section] = []
    groups = _by_heading(lines)
    pitch = _pitch([line for _, some in groups for line in some])
    for key, some in groups:
        for paragraph in _paragraphs(some, pitch):
            text = join_lines([line.text for line in paragraph])
            sections.append(Section(key, len(sections) + 1, text, paragraph[0].place.page, certainty_of(paragraph)))
    return tuple(sections)


def narrative_start(lines: Sequence[TextLine]) -> int:
    """The index of the first narrative heading, or of the signatures; `len(lines)` if there is neither."""
    for i, line in enumerate(lines):
        if heading_of(line.text) or mentions(line.text, "firma de quien"):
            return i
    return len(lines)


def heading_of(text: str) -> str | None:
    """The section that a heading opens, None if `text` is no heading: in capitals, or a line with nothing else."""
    for key, phrase in HEADINGS.items():
        alone = len(letters(text)) <= HEADING_LENGTH * len(phrase) and text.rstrip().endswith(":")
        if (text.isupper() or alone) and mentions(text, phrase):
            return key
    return None


def _by_heading(lines: Sequence[TextLine]) -> list[tuple[str, list[TextLine]]]:
    groups: list[tuple[str, list[TextLine]]] = []
    for line in lines[narrative_start(lines) :]:
        if mentions(line.text, "firma de quien"):
            break
        key = heading_of(line.text) or _other_heading(line.text)
        if key:
            groups.append((key, []))
        elif groups and re.search(r"\w{2}", line.text):
            groups[-1][1].append(line)
    return groups


def _other_heading(text: str) -> str | None:
    """The key of a heading that the form does not have by itself: a short line of capitals that ends with a colon."""
    words = letters(text).split()
    if text.upper() == text and text.rstrip().endswith(":") and 2 <= len(words) <= 10 and len("".join(words)) > 8:
        return "_".join(words)
    return None


def _paragraphs(lines: list[TextLine], pitch: float) -> list[list[TextLine]]:
    right = max((_width(x) for x in lines), default=0)
    paragraphs: list[list[TextLine]] = []
    for line in lines:
        if not paragraphs or _starts(paragraphs[-1][-1], line, pitch, right):
            paragraphs.append([])
        paragraphs[-1].append(line)
    return paragraphs


def _starts(before: TextLine, line: TextLine, pitch: float, right: float) -> bool:
    """Whether `line` starts a paragraph: a bullet, white space above, or a sentence ended by a short line."""
    if _BULLET.match(line.text):
        return True
    ended = before.text.rstrip().endswith(_SENTENCE_END)
    if not ended and _width(before) >= FULL_LINE * right:
        return False
    if before.place.page != line.place.page:
        return (ended and _width(before) < SHORT_LINE * right) or (ended and fold(line.text)[:1] != line.text[:1])
    if before.place.box and line.place.box:
        gap = line.place.box.center[1] - before.place.box.center[1]
        return gap > PARAGRAPH_GAP * pitch or (ended and before.place.box.x1 < SHORT_LINE * right)
    if before.place.line is not None and line.place.line is not None and line.place.line > before.place.line + 1:
        return True  # a blank line between
    return ended and len(before.text) < SHORT_LINE * right


def _width(line: TextLine) -> float:
    return line.place.box.x1 if line.place.box else len(line.text)


def _pitch(lines: Sequence[TextLine]) -> float:
    """The distance of two lines of one paragraph, pixels: the lower quartile of steps, as paragraphs may be short."""
    boxes = [(x.place.page, x.place.box) for x in lines if x.place.box]
    steps = [
        b.center[1] - a.center[1]
        for (p, a), (q, b) in pairwise(boxes)
        if p == q and 0 < b.center[1] - a.center[1] < 4 * a.height
    ]
    return sorted(steps)[len(steps) // 4] if steps else 2 * max((b.height for _, b in boxes), default=0)

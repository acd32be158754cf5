"""Page furniture: letterhead, logo, form name and address line, which every page repeats and no field contains."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from rapidfuzz import fuzz

from ocr.records import TextLine, Word
from parsers.form_labels import fold, letters, names_form

EDGE_LINES = 5  # a letterhead or footer has no more lines than this
SHIFT = 6.0  # line heights by which what repeats moves from page to page, scans being laid by hand
SURE_LETTER = 0.6  # the engine's confidence; a lone letter of print is read better, a stroke of dust worse
SAME_LINE = 85  # of 100: a line repeated on another page, misread there by a few letters
_BULLET = re.compile(r"[-•*·–]")
_LETTERHEAD = ("alcaldia mayor", "de bogota dc", "bogota dc", "debogotadc", "secretaria de gobierno")
_ADDRESS = re.compile(r"c[o0]d[il1][gq][o0] post|www\.|\.gov\.co|\btel\.? ?\d|^pag(ina)? ?\d+")
_PAGE_NUMBER = re.compile(r"\d+ de \d+")  # or sessions held and planned, which stand beside their label
_FORM = re.compile(r"\ban[ec]x[o0]\s*(?:n[o°º.]*\s*)?(\d{1,2})", re.I)


def form_of(lines: Sequence[TextLine]) -> str | None:
    """The form that the letterhead names, as "Anexo 2"; None if no line names it."""
    numbers = [m[1] for line in lines if (m := _FORM.search(fold(line.text))) and len(line.text) < 60]
    return f"Anexo {max(set(numbers), key=numbers.count)}" if numbers else None


def without_furniture(lines: Sequence[TextLine]) -> tuple[TextLine, ...]:
    """`lines` without what belongs to the page and not to the report, and without blank ones."""
    dropped = _repeated(lines) | _page_numbers(lines)
    kept = (x for x in lines if id(x) not in dropped and not _is_furniture(x.text))
    return tuple(x for line in kept if (x := _without_debris(line)).text)


def _without_debris(line: TextLine) -> TextLine:
    """`line` without what dust, rules and pen strokes left at its ends: signs alone, and single letters hardly read."""
    words = list(line.words) or [Word(text) for text in line.text.split()]
    while words and _is_debris(words[-1]):
        words.pop()
    while words and _is_debris(words[0]) and not _BULLET.fullmatch(words[0].text):
        words.pop(0)
    return replace(line, text=" ".join(w.text for w in words), words=tuple(words) if line.words else ())


def _is_debris(word: Word) -> bool:
    signs = sum(c.isalnum() for c in word.text)
    if re.fullmatch(r"[.”\"’]+", word.text) and (word.confidence or 1.0) >= SURE_LETTER:
        return False  # the end of a sentence, set apart
    return signs == 0 or (signs == 1 and len(word.text) < 3 and (word.confidence or 1.0) < SURE_LETTER)


def _is_furniture(text: str) -> bool:
    plain = letters(text)
    if _ADDRESS.search(fold(text).strip()):
        return True
    if len(text) < 60 and _FORM.search(fold(text)) and names_form(text):
        return True
    return text.upper() == text and any(fuzz.ratio(plain, head) >= SAME_LINE for head in _LETTERHEAD)


def _by_page(lines: Sequence[TextLine]) -> list[tuple[int, list[TextLine]]]:
    """Each page and its lines, from top to bottom; in a text as they come."""
    pages: dict[int, list[TextLine]] = defaultdict(list)
    for line in lines:
        if line.text.strip():
            pages[line.place.page].append(line)
    return [(page, sorted(some, key=_height)) for page, some in pages.items()]


def _page_numbers(lines: Sequence[TextLine]) -> set[int]:
    """The identities of lines that number a page, "1 de 4": nothing stands above them, or nothing below or beside."""
    found = (
        x for _, some in _by_page(lines) for x in (some[0], some[-1]) if _PAGE_NUMBER.fullmatch(fold(x.text).strip())
    )
    return {id(x) for x in found if not any(x is not other and _is_beside(x, other) for other in lines)}


def _is_beside(line: TextLine, other: TextLine) -> bool:
    one, two = line.place.box, other.place.box
    return (
        one is not None
        and two is not None
        and line.place.page == other.place.page
        and (one.y0 < two.y1 and two.y0 < one.y1)
    )


def _repeated(lines: Sequence[TextLine]) -> set[int]:
    """The identities of lines that stand at the edge of a page and again at the same edge of another: what is printed
    at the foot of a form may well say the words of its title."""
    ordered = _by_page(lines)
    heads = [(page, line) for page, some in ordered for line in some[:EDGE_LINES]]
    feet = [(page, line) for page, some in ordered for line in some[-EDGE_LINES:]]
    return {
        id(line)
        for edge in (heads, feet)
        for page, line in edge
        if len(letters(line.text)) > 3 and any(page != p and _is_near(line, x) and _is_same(line, x) for p, x in edge)
    }


def _is_same(a: TextLine, b: TextLine) -> bool:
    return fuzz.ratio(letters(a.text), letters(b.text)) >= SAME_LINE


def _is_near(a: TextLine, b: TextLine) -> bool:
    """Whether lines of two pages stand at one height, as far as can be told: a page of few lines is all edge."""
    one, other = a.place.box, b.place.box
    return one is None or other is None or abs(one.center[1] - other.center[1]) <= SHIFT * max(one.height, other.height)


def _height(line: TextLine) -> float:
    return line.place.box.y0 if line.place.box else 0.0

"""Sessions held and planned, "2/4", as the form declares them for ordinary and extraordinary sessions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from ocr.records import InputKind, TextLine
from parsers.form_labels import COUNT_LABEL_WORDS, certainty_of, fold, is_word, mentions
from parsers.records import Certainty, Count

REACH = 14  # lines after the last label: where a text gives all labels first, the values follow within this
MIN_CONFIDENCE = 0.5  # the engine's, for the one word that holds a count
CLEAR = 0.9
SURE_AGAINST_MATRIX = 0.9  # digits read right have 0.96 as a rule, misread ones hardly ever 0.9
UNCONFIRMED = "sessions_declared_unconfirmed"  # of a text, which says nothing about how well a digit was read
CONTRADICTED = "sessions_declared_contradicted"  # of a scan: short of sure, and no more; none of 43 was misread
_TELLING = COUNT_LABEL_WORDS - {"sesiones"}  # the matrices speak of sessions too
_DIGITS = str.maketrans("oOQlI|!SsBZz", "000111155822")
_NUMBER = r"[0-9oOQlI|!SsBZz]{1,2}"
_PAIR = re.compile(rf"(?<![\w/])({_NUMBER})\s*(?:/|\\|\bde\b|(?<=\d)de|de(?=\d))\s*({_NUMBER})(?![\w/])")
_APART = re.compile(r"realizadas\W*(\d{1,2})\b.*programadas\W*(\d{1,2})\b")  # each number beside its own word
_RUN_TOGETHER = re.compile(r"(?<![\w/])([0-9oO])[1lI|7/]?([0-9oO])(?![\w/])")


@dataclass(frozen=True, slots=True)
class _Pair:
    """A pair of numbers that a line prints, `sureness` 0..1."""

    held: int
    planned: int
    sureness: float
    line: TextLine


def read_counts(lines: Sequence[TextLine]) -> tuple[Count, Count]:
    """Ordinary and extraordinary sessions, held and planned; what is missing or doubtful asks for review."""
    labels = [_label(line.text) for line in lines]
    at = [i for i, label in enumerate(labels) if label]
    if not at:
        missing = Count(None, None, Certainty(0.0, "sessions_declared_missing"))
        return missing, missing
    region = _region(lines, at)
    pairs = [p for line in region if (p := _pair(line))]
    pairs.sort(key=lambda p: _height(p.line))
    anchors = {kind: [x for x, label in zip(lines, labels, strict=True) if label == kind] for kind in ("o", "e")}
    ordinary, extraordinary = _assigned(pairs, anchors, lines)
    two = len(pairs) == 2 or _stand_apart(pairs, anchors)
    return (
        _count(ordinary, anchors["o"], told_apart=two, ordinary=True),
        _count(extraordinary, anchors["e"], told_apart=two, ordinary=False),  # these are rarely planned
    )


def held_against(counts: tuple[Count, Count], dated: int, kind: InputKind) -> tuple[Count, Count]:
    """The counts of `read_counts`, doubted where they disagree with the number of dated columns and may be misread.

    A report may well contradict itself; but a flattened text says nothing about how well a digit was read, and on a
    scan the engine's confidence must then be high. Counts that are doubted already stay as they are.
    """
    held = [c.held for c in counts if c.held is not None]
    if len(held) < len(counts) or sum(held) == dated:
        return counts
    return (_contradicted(counts[0], kind), _contradicted(counts[1], kind))


def _contradicted(count: Count, kind: InputKind) -> Count:
    sure = kind is not InputKind.OCR_TEXT and (count.certainty.confidence or 0.0) >= SURE_AGAINST_MATRIX
    if sure or count.certainty.needs_review or not count.held:
        return count
    reason = UNCONFIRMED if kind is InputKind.OCR_TEXT else CONTRADICTED
    return replace(count, certainty=replace(count.certainty, review_reason=reason))


def _label(text: str) -> str | None:
    """Which label's words a line holds: "o", "e", "?" for words that both share, or None."""
    words = text.split()
    known = [w for w in words if is_word(w, COUNT_LABEL_WORDS)]
    if not any(is_word(w, _TELLING) for w in known):
        return None
    if not known[0].isupper() and not mentions(text, "sesiones ordinarias realizadas"):
        return None
    kinds = {"e" if "x" in fold(w)[:3] else "o" for w in known if is_word(w, ("ordinarias", "extraordinarias"))}
    return kinds.pop() if len(kinds) == 1 else "?"


def _region(lines: Sequence[TextLine], at: list[int]) -> list[TextLine]:
    """The lines that may hold the counts: from the first label on, until the form's next part begins."""
    some = []
    for i in range(at[0], min(len(lines), at[-1] + 1 + REACH)):
        text = lines[i].text
        if i > at[-1] and (mentions(text, "seguimiento al plan") or mentions(text, "funciones generales")):
            break
        some.append(lines[i])
    return some


def _pair(line: TextLine) -> _Pair | None:
    rest = " ".join(w for w in line.text.split() if not is_word(w, COUNT_LABEL_WORDS))
    rest = re.sub(r"^[\s/:.]+|[\s:.]+$", "", rest)
    match = _APART.search(fold(line.text)) or _PAIR.search(rest)
    if match:
        shown = match[1] + match[2]
        strange = sum(not c.isdigit() and c not in "oO" for c in shown)
        sureness = (0.95 if any(c in "oO" for c in shown) else 1.0) * 0.6**strange
    elif match := _RUN_TOGETHER.fullmatch(rest):
        sureness = 0.4
    else:
        return None
    held, planned = (int(part.translate(_DIGITS)) for part in match.groups())
    return _Pair(held, planned, sureness, line)


def _height(line: TextLine) -> tuple[int, float]:
    box = line.place.box
    return line.place.page, box.center[1] if box else line.place.line or 0


def _assigned(
    pairs: list[_Pair], anchors: dict[str, list[TextLine]], lines: Sequence[TextLine]
) -> tuple[_Pair | None, _Pair | None]:
    """Which pair is whose: the form prints the ordinary ones above; a pair alone goes to the label beside it.

    In a text without boxes the first pair may stand amid the label of the second, whose own was read first.
    """
    if len(pairs) >= 2:
        amid = pairs[0].line.place.box is None and _is_amid(pairs[0].line, anchors["e"])
        return (pairs[1], pairs[0]) if amid and not _is_amid(pairs[1].line, anchors["e"]) else (pairs[0], pairs[1])
    if not pairs:
        return None, None
    order = {id(line): i for i, line in enumerate(lines)}
    boxed = all(x.place.box for x in chain(anchors["o"], anchors["e"], [pairs[0].line]))

    def distance(kind: str) -> float:
        if boxed:
            page, y = _height(pairs[0].line)
            return min((abs(_height(x)[1] - y) + 1e6 * (x.place.page != page) for x in anchors[kind]), default=1e9)
        return min((abs(order[id(x)] - order[id(pairs[0].line)]) for x in anchors[kind]), default=1e9)

    return (pairs[0], None) if distance("o") <= distance("e") else (None, pairs[0])


def _stand_apart(pairs: Sequence[_Pair], anchors: dict[str, list[TextLine]]) -> bool:
    """Whether where they stand tells of one or two pairs whose they are: each at the height of its own label."""
    first, second = ([_height(x) for x in anchors[kind] if x.place.box] for kind in ("o", "e"))
    if not first or not second or max(first) >= min(second):
        return False
    heights = [_height(p.line) for p in pairs]
    above = [h for h in heights if min(first) <= h < min(second)]
    below = [h for h in heights if max(first) < h and min(second) <= h]
    return len(above) < 2 and len(below) < 2 and len(above) + len(below) == len(heights)


def _is_amid(line: TextLine, label: Sequence[TextLine]) -> bool:
    """Whether a line stands between the lines of a label, or is one of them."""
    heights = [_height(x) for x in label]
    return bool(heights) and min(heights) <= _height(line) <= max(heights)


def _count(pair: _Pair | None, labels: list[TextLine], *, told_apart: bool, ordinary: bool) -> Count:
    if pair is None:
        return Count(None, None, certainty_of(labels, 0.0, "sessions_declared_missing"))
    words = [w.confidence for w in pair.line.words if any(c.isdigit() for c in w.text) and w.confidence is not None]
    sureness = pair.sureness * min(words, default=1.0)
    reason = None
    if not told_apart:
        reason = "sessions_declared_ambiguous"
    elif pair.sureness < CLEAR or min(words, default=1.0) < MIN_CONFIDENCE:
        reason = "sessions_declared_unclear"
    elif pair.held > pair.planned and ordinary:
        reason = "more_held_than_planned"
    return Count(pair.held, pair.planned, Certainty(round(sureness, 4), reason, (pair.line.place,)))

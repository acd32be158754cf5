"""Linking a printed label to a short closed list: the sectors, and the bodies that report."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dictionaries.load import Dictionary
from parsers.names import NameIndex
from parsers.text import fold, unhyphenate, words

# A label is taken from LINKED on, alone on its side of MARGIN; down to DOUBTFUL it is taken, or left, for review.
LINKED = 0.7
DOUBTFUL = 0.45
MARGIN = 0.1
# The whole label is also compared letter by letter, which broken and joined words do not hurt. Labels of the list are
# up to 0.85 alike that way, and one misread at 8 % of its characters stays above 0.9: a likeness of 0.9 is worth
# LINKED, of LOOKS worth DOUBTFUL.
LOOKS = 0.8

_NUMBER = re.compile(r"^\W*(\d{1,2})\b\W*")
_KIND = re.compile(r"^sector\s+(?!privado)", re.IGNORECASE)
_RUNS_ON = re.compile(
    r"\bpor (?:medio )?(?:del?|el|la) cual\b|\breglamento interno\b"
)  # the norms below the body's name
_STRAY_EDGES = re.compile(r"^[^\w«“\"]+|[^\w»”\".)]+$")


@dataclass(frozen=True, slots=True)
class SectorLink:
    """`number`: as printed (reports number sectors their own way); `text`: the label without it; scores 0..1.

    The list of sectors is all but closed, so that a label outside it is for review: more likely misread than new.
    """

    sector_id: str | None
    name: str | None
    number: int | None
    text: str
    score: float
    margin: float
    confidence: float
    review_reason: str | None = None


@dataclass(frozen=True, slots=True)
class InstanciaLink:
    """The reporting body. `instancia_id` and `name` None: the list does not hold it, or (with a reason) may not: bodies
    come and go, so that a doubtful one keeps its own text. `text`: as printed, one line.
    """

    instancia_id: str | None
    name: str | None
    text: str
    score: float
    runner_up: str | None
    margin: float
    confidence: float
    review_reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Match:
    thing: str | None
    score: float
    runner_up: str | None
    margin: float
    review_reason: str | None


class SectorNames:
    """Sectors of a dictionary, ready to be recognised."""

    def __init__(self, dictionary: Dictionary) -> None:
        named = [(n, s.sector_id) for s in dictionary.sectors for n in (s.name, *s.aliases, *s.former_names)]
        self._dictionary = dictionary
        self._list = _Closed(named)

    def link(self, text: str) -> SectorLink:
        line = unhyphenate(text)
        printed = _NUMBER.match(line)
        label = _STRAY_EDGES.sub("", line[printed.end() :] if printed else line)
        match = self._list.match(_KIND.sub("", label))
        reason = match.review_reason or (None if match.thing else "sector_unknown" if label else "sector_unread")
        sector = self._dictionary.sector(match.thing) if match.thing else None
        return SectorLink(
            match.thing,
            sector.name if sector else None,
            int(printed[1]) if printed else None,
            label,
            match.score,
            match.margin,
            _confidence(match) if match.thing else 0.0,
            reason,
        )


class InstanciaNames:
    """Reporting bodies of a dictionary, ready to be recognised."""

    def __init__(self, dictionary: Dictionary) -> None:
        named = [(n, i.instancia_id) for i in dictionary.instancias for n in (i.name, i.acronym, *i.aliases) if n]
        self._dictionary = dictionary
        self._list = _Closed(named)

    def link(self, text: str) -> InstanciaLink:
        line = _STRAY_EDGES.sub("", unhyphenate(text)).rstrip(".")
        match = self._list.match(line)
        if match.thing is None and _RUNS_ON.search(fold(line)):
            match = replace(match, review_reason="label_doubtful")
        elif match.review_reason == "label_doubtful":
            match = replace(match, thing=None, runner_up=match.thing)
        name = self._name(match.thing)
        runner_up = self._name(match.runner_up)
        return InstanciaLink(
            match.thing, name, line, match.score, runner_up, match.margin, _confidence(match), match.review_reason
        )

    def _name(self, instancia_id: str | None) -> str | None:
        found = self._dictionary.instancia(instancia_id) if instancia_id else None
        return found.name if found else None


class _Closed:
    def __init__(self, named: Sequence[tuple[str, str]]) -> None:
        self._things = [thing for _, thing in named]
        self._index = NameIndex([name for name, _ in named], self._things)
        self._exact = {fold(name): thing for name, thing in reversed(named)}

    def match(self, text: str) -> _Match:
        if thing := self._exact.get(fold(text)):
            return _Match(thing, 1.0, None, 1.0, None)
        ranked = self._ranked(self._index.mend(words(text)))
        (best, score), (second, runner_up) = (*ranked, ("", 0.0), ("", 0.0))[:2]
        margin = score - runner_up
        if score < DOUBTFUL:
            return _Match(None, score, best or None, margin, None)
        reason = "label_doubtful" if score < LINKED else "label_ambiguous" if margin < MARGIN else None
        return _Match(best, score, second or None, margin, reason)

    def _ranked(self, tokens: Sequence[str]) -> tuple[tuple[str, float], ...]:
        slope = (LINKED - DOUBTFUL) / (0.9 - LOOKS)
        said = [(s.index, s.score) for s in self._index.scores(tokens)] if tokens else []
        said += [(i, min(1.0, DOUBTFUL + slope * (x - LOOKS))) for i, x in self._index.resembling(tokens, LOOKS)]
        best: dict[str, float] = {}
        for index, score in said:
            thing = self._things[index]
            best[thing] = max(score, best.get(thing, 0))
        return tuple(sorted(best.items(), key=lambda pair: -pair[1]))


def _confidence(match: _Match) -> float:
    """Rises with the score, halves in doubt; of a label left unlinked, how far it is from the list."""
    if match.thing is None:
        return 1 - match.score
    return match.score * (0.5 if match.review_reason else 1)

"""The closed vocabularies of the form: what a small cell's readings say, as weights over what may be printed there.

Each evidence gives a likelihood of every label and evidences multiply: the pixel classifier's own distribution, what
look-alike cells of the document are read as, where the ink stands in its cell, and the OCR engine's text through a
channel model P(read | printed). The channel is counted from drawn pages
(confusions.csv, made by tests/learn_confusions.py), smoothed by absolute discounting (Ney et al. 1994): it backs
off to what is read anywhere and to an edit cost in which look-alike glyphs are cheap. Part of the mass is always spread
evenly, so that no evidence can rule a label out.
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeVar

from ocr.records import Candidate, Reading

UNREADABLE = "?"  # the pixel classifier's label for "cannot tell"
PAGE, CROP = "page", "crop"  # how the engine read: a whole page, or the cell alone

Forms = Mapping[str, float]  # the ways to print one label, and the share of each: judged from reports seen

MARK_FORMS: dict[str, Forms] = {
    "SI": {"SI": 0.45, "Si": 0.35, "Sí": 0.2},
    "NO": {"NO": 0.5, "No": 0.5},
    "X": {"X": 0.9, "✓": 0.1},
    "-": {"-": 0.45, "–": 0.15, "N/A": 0.4},
    "": {"": 1.0},
}
ROLE_FORMS: dict[str, Forms] = {r: {r: 1.0} for r in ("P", "S", "I", "IP", "O", "")}
NUMBER_FORMS: dict[int | None, Forms] = {n: {str(n): 1.0} for n in range(21)} | {None: {"": 1.0}}

UNKNOWN_MASS = {  # of one evidence, spread evenly
    "marks": 0.002, "marks:part": 0.002, "cluster": 0.01, "seat": 0.0, "text_layer": 1e-4, "tesseract": 0.03,
    "text": 0.001,
}  # fmt: skip
STRANGE_DOUBT = 0.03  # of a mark unlike all others of its document, however sure alone: strokes and blots, mostly
STRANGER = 2e-4  # likelihood of a text that no label explains, a stamp over the cell read as letters: it favours none.
# A misread mark has a hundred times that as a rule
WORD_STRANGER = 3e-5  # the same of a word of a page, which was given to the cell for its likeness to a mark
OTHER_MARK = 0.05  # of what is read anywhere, where the text is another label's print: engines make no NO of a SI
DISCOUNT = 0.75  # taken off each count and given to the back-off; the usual value for counts this small
POOLED_SHARE = 0.5  # of the back-off: what is read wherever anything is printed; the rest goes by edit cost
EDIT_SCALE = 0.1  # brings exp(-cost), summed over the strings near a text, to about 1
OUTSIDE_SHARE = 0.02  # of the pixel classifier's mass on another kind's labels: the rest is conditioned away
STRAY_SHARE = 0.2  # of its mass on "cannot tell" unless first: it was taught on more strange ink than forms hold
LOOKALIKE_COST = 0.8  # nats, a glyph read as one of its look-alikes; the three costs order unseen readings sensibly and
GAP_COST = 2.2  # nats, a glyph lost or added           decide only between labels that counts leave open
STRANGE_COST = 3.5  # nats, any other glyph
LOOKALIKES = (
    "Il1|!i][/\\tTfjJ}{", "Ss5$8B9", "Oo0QDCeca@", "NnHhMWwvu", "/vV7", "-—–_.,:;~'=`", "Xx*%✓vV", "2zZ7?", "4A", "Pp",
    "3B8E", "6Gb",
)  # fmt: skip

_ONE_SHAPE = str.maketrans("sovxcpz", "SOVXCPZ")

Label = TypeVar("Label", bound=Hashable)


def is_count(text: str) -> bool:
    """Whether a text is a number as a row's total may be: of one or two digits."""
    return text.isdigit() and len(text) < 3


def fold_mark(text: str) -> str | None:
    """The label of an exactly printed mark: "SI", "NO", "X", "-" or "" (blank); None when it is none of them."""
    letters = unicodedata.normalize("NFKD", text.strip()).upper().rstrip(".")
    plain = "".join(c for c in letters if not unicodedata.combining(c))
    if plain in {"", "SI", "NO"}:
        return plain
    if plain in {"X", "✓", "✔"}:
        return "X"
    return "-" if re.fullmatch(r"[-–—−]+|N\s?/?\s?A", plain) else None


def mark_distribution(reading: Reading) -> dict[str, float]:
    """Weights over "SI", "NO", "X", "-" and "" (blank), summing to 1; even when nothing was read."""
    return _distribution(reading, MARK_FORMS)


def role_distribution(reading: Reading) -> dict[str, float]:
    """Weights over "P", "S", "I", "IP", "O" and "" (blank), summing to 1."""
    return _distribution(reading, ROLE_FORMS)


def number_distribution(reading: Reading) -> dict[int | None, float]:
    """Weights over 0..20 and None (blank), summing to 1."""
    return _distribution(reading, NUMBER_FORMS)


@lru_cache(maxsize=1 << 16)
def likelihood(read: str, printed: str, mode: str = PAGE) -> float:
    """P(read | printed) of the channel.

    `read`: the engine's text as it is; "" where it saw nothing. `mode`: how it read, PAGE or CROP.
    """
    channel, key = _channel(mode), tidy(read)
    counts = channel.counts.get(printed, Counter[str]())
    seen = sum(counts.values())
    freed = DISCOUNT * len(counts) / seen if seen else 1.0
    edited = EDIT_SCALE * math.exp(-edit_cost(key, printed.translate(_ONE_SHAPE)))
    anywhere = channel.pooled[key] / channel.total * (OTHER_MARK if mode == PAGE and _is_other(key, printed) else 1.0)
    back_off = POOLED_SHARE * anywhere + (1 - POOLED_SHARE) * edited
    return max(counts[key] - DISCOUNT, 0) / max(seen, 1) + freed * back_off


def _is_other(key: str, printed: str) -> bool:
    """Whether a text is how another label of two letters or more is printed."""
    named = fold_mark(key)
    return named in {"SI", "NO"} and fold_mark(printed) not in {None, named}


def tidy(read: str) -> str:
    """A reading without spaces and without the cell borders that stick to it, unless borders are all there is.

    Letters whose small form has the shape of the capital count as the capital: size is what engines tell apart worst.
    """
    bare = re.sub(r"\s+", "", read).translate(_ONE_SHAPE)
    return bare.strip("|[](){}:;'‘’“”\"_") or bare[:1]


@lru_cache(maxsize=1 << 16)
def edit_cost(read: str, printed: str) -> float:
    """Weighted edit distance in nats; look-alike glyphs change into each other at little cost."""
    row = [GAP_COST * j for j in range(len(printed) + 1)]
    for i, a in enumerate(read, 1):
        above, row = row, [GAP_COST * i]
        for j, b in enumerate(printed, 1):
            row.append(min(above[j - 1] + _glyph_cost(a, b), above[j] + GAP_COST, row[-1] + GAP_COST))
    return row[-1]


@cache
def _glyph_cost(a: str, b: str) -> float:
    if a == b:
        return 0.0
    alike = a.lower() == b.lower() or any(a in group and b in group for group in LOOKALIKES)
    return LOOKALIKE_COST if alike else STRANGE_COST


@dataclass(frozen=True, slots=True)
class _Channel:
    """Counts of one mode: `counts` by printed text, `pooled` over all of them."""

    counts: Mapping[str, Counter[str]]
    pooled: Counter[str]
    total: int


@cache
def _channel(mode: str) -> _Channel:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    with (Path(__file__).parent / "confusions.csv").open(encoding="utf-8", newline="") as f:
        for row in csv.DictReader(f):
            if row["mode"] == mode:
                counts[row["printed"]][tidy(row["read"])] += int(row["count"])
    pooled = sum(counts.values(), Counter[str]())
    return _Channel(dict(counts), pooled, max(pooled.total(), 1))


def _distribution(reading: Reading, forms: Mapping[Label, Forms]) -> dict[Label, float]:
    weights = dict.fromkeys(forms, 1.0)
    for source in UNKNOWN_MASS:
        said = reading.of(source)
        if not said:
            continue
        evidence = _evidence(source, said, forms, _strangeness(source, reading, forms))
        weights = {label: w * evidence[label] for label, w in weights.items()}
    return _normalised(weights)


def _strangeness(source: str, reading: Reading, forms: Mapping[Label, Forms]) -> float:
    """How far what the pixel classifier says of a mark is doubted since no other cell looks like it. Of marks there
    are many of each; a role or a total may well be the only one of its kind."""
    if source != "marks" or forms is not MARK_FORMS or reading.of("marks:part"):
        return 0.0
    return STRANGE_DOUBT * sum(c.confidence or 0.0 for c in reading.of("cluster") if c.text == UNREADABLE)


def _evidence(
    source: str, candidates: tuple[Candidate, ...], forms: Mapping[Label, Forms], doubt: float
) -> dict[Label, float]:
    """One source's likelihoods, summing to 1, with its unknown mass, or the doubt about it, spread evenly."""
    if source == "seat":
        raw = _seated(candidates, forms)
    elif source in {"marks", "marks:part", "cluster", "text_layer"}:
        raw = _stated(candidates, forms)
        if source == "cluster":  # look-alikes are compared as prints: nothing is said of blanks
            raw |= {label: sum(raw.values()) / len(raw) for label, texts in forms.items() if "" in texts}
    else:
        mode = CROP if source == "tesseract" else PAGE
        strange = STRANGER if mode == CROP else WORD_STRANGER
        raw = {label: strange + _heard(candidates, printed, mode) for label, printed in forms.items()}
    even, share = max(UNKNOWN_MASS[source], _engine_doubt(source, candidates), doubt), _normalised(raw)
    return {label: (1 - even) * share[label] + even / len(forms) for label in forms}


def _engine_doubt(source: str, candidates: tuple[Candidate, ...]) -> float:
    """How far it is doubted that the texts are the cell's: by the engine itself, which makes letters of any ink in a
    crop, at little confidence; in a row of a flattened text, whose words may stand a cell off, by what they sum up to.
    """
    known = [c.confidence for c in candidates if c.confidence is not None]
    if source == "text":
        return max(0.0, 1 - sum(known)) if known else 0.0
    return 1 - max(known) if source == "tesseract" and known else 0.0


def _stated(candidates: Iterable[Candidate], forms: Mapping[Label, Forms]) -> dict[Label, float]:
    """Candidates that name labels. The mass of "cannot tell" is spread evenly, as is a part of other kinds' labels."""
    weights = dict.fromkeys(forms, 0.0)
    for i, candidate in enumerate(candidates):
        targets = _labels_of(candidate.text, forms)
        share = 1.0 if candidate.confidence is None else candidate.confidence
        if not targets:
            targets = tuple(forms)
            share *= OUTSIDE_SHARE if candidate.text != UNREADABLE else STRAY_SHARE if i else 1.0
        for target in targets:
            weights[target] += share / len(targets)
    return weights


def _seated(candidates: Iterable[Candidate], forms: Mapping[Label, Forms]) -> dict[Label, float]:
    """Where the ink stands: dirt, which leaves the cell blank, or print, whichever it be."""
    blank = sum(c.confidence or 0.0 for c in candidates if c.text == "")
    return {label: blank if "" in texts else 1 - blank for label, texts in forms.items()}


def _labels_of(text: str, forms: Mapping[Label, Forms]) -> tuple[Label, ...]:
    """The label that an exact text names: one, or none."""
    printed = text.strip()
    folded = fold_mark(printed) if forms is MARK_FORMS else None
    named = (label for label, texts in forms.items() if printed in texts or (folded is not None and label == folded))
    return tuple(named)[:1]


def _heard(candidates: tuple[Candidate, ...], printed: Forms, mode: str) -> float:
    """Likelihood of OCR texts, which are weighted alternatives, under one label."""
    shares = [1.0 if c.confidence is None else max(c.confidence, 0.01) for c in candidates]
    total = sum(shares)
    return sum(
        share / total * sum(p * likelihood(c.text, form, mode) for form, p in printed.items())
        for c, share in zip(candidates, shares, strict=True)
    )


def _normalised(weights: Mapping[Label, float]) -> dict[Label, float]:
    total = sum(weights.values())
    return {label: w / total if total else 1 / len(weights) for label, w in weights.items()}

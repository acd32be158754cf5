"""Words as the paper means them: case, accents, line ends and the engine's usual slips taken out of the way."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters that recognisers swap at little provocation, and what swapping them costs against 1 for any other edit.
# From the flattened texts that archives hold: an engine without Spanish reads «ó» as «6» or «é», «í» as «i» or «f»,
# «ñ» as «fi» or «ii»; thin strokes (i l 1 | t f j) stand in for each other, as do round ones (o 0 6 c e q).
CONFUSION_COST = 0.35
_CONFUSABLE = ("oec06q", "il1tfj!", "hbk", "nrmuh", "gq9y", "s5", "b86", "z2", "a4ec", "vyu", "do")
_MERGED = (("rn", "m"), ("m", "rn"), ("fi", "n"), ("ii", "n"), ("cl", "d"), ("d", "cl"), ("ii", "u"), ("li", "h"))

_ACCENTS = re.compile(r"[\u0300-\u036f]")
_DASHES = "-‐‑‒–—−"
_PAIRS = frozenset((a, b) for group in _CONFUSABLE for a in group for b in group if a != b)


def fold(text: str) -> str:
    """Lower case, no accents, only letters and digits, single spaces."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text)).lower()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def words(text: str) -> tuple[str, ...]:
    """The folded words of a text, in order."""
    return tuple(fold(text).split())


def unhyphenate(text: str) -> str:
    """Lines joined by a space, and a word cut by a hyphen at a line's end made whole."""
    joined = re.sub(rf"(?<=\w)[{_DASHES}]\s*\n\s*(?=[a-záéíóúüñ])", "", text)
    return squeeze(joined)


def squeeze(text: str) -> str:
    """Runs of white space as single spaces, none at the ends."""
    return " ".join(text.split())


@lru_cache(maxsize=1 << 16)
def word_similarity(a: str, b: str) -> float:
    """How likely two folded words are one word misread: 1 (the same) to 0, from the cheapest chain of edits.

    Swapping look-alikes costs CONFUSION_COST, any other edit 1; the sum is taken relative to the longer word.
    """
    if a == b:
        return 1.0
    longer = max(len(a), len(b))
    return max(0.0, 1 - _edits(a, b) / longer) if longer else 1.0


def _edits(a: str, b: str) -> float:
    """Weighted edit distance; a pair of letters may also merge into one (rn, m)."""
    rows = [[float(j) for j in range(len(b) + 1)]]
    for i in range(1, len(a) + 1):
        row = [float(i)]
        for j in range(1, len(b) + 1):
            swap = 0.0 if a[i - 1] == b[j - 1] else CONFUSION_COST if (a[i - 1], b[j - 1]) in _PAIRS else 1.0
            row.append(min(rows[i - 1][j - 1] + swap, rows[i - 1][j] + 1, row[j - 1] + 1))
        rows.append(row)
        for whole, part in _MERGED:
            if a[:i].endswith(whole):
                _merge(rows, i, whole, part, b)
    return rows[-1][-1]


def _merge(rows: list[list[float]], i: int, whole: str, part: str, b: str) -> None:
    row = rows[i]
    for j in range(len(part), len(b) + 1):
        if b[j - len(part) : j] == part:
            row[j] = min(row[j], rows[i - len(whole)][j - len(part)] + CONFUSION_COST)

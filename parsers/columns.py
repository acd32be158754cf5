"""Which columns of a matrix had a session, and what its cells then say.

A matrix marks presence by SI / NO or by X / blank. A column was held, or it was not and then holds dashes or nothing
all the way down. A cell prints a label that depends on both; what was read of it is evidence (`parsers.lexicon`).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ocr.records import Reading
from parsers.lexicon import mark_distribution

HELD, DASHED, EMPTY = "held", "dashed", "empty"  # states of a column; the last two had no session
DASHED_SHARE = 0.75  # of the columns without a session
SI_NO, X_BLANK = "SI", "X"  # vocabularies
X_SHARE = 0.2  # of all matrices

DATE_DOUBT = 0.02  # however sure the header's date is, its cell may belong to another column
DRAWN_DOUBT = 1e-4  # of a born-digital table, whose cells stand where they stand

FLAT_BLANK = 1e-3  # of the cells under a session, blank or a dash, where marks are SI and NO
FLAT_STRAY = 5e-4  # of the cells without a session, by label: one report in some hundred has such a mark

# P(printed label | column state) of each vocabulary. A stray 0.01 keeps what the report prints against its own rules.
_STRAY = 0.01
LABEL_SHARES: dict[str, dict[str, dict[str, float]]] = {
    SI_NO: {
        HELD: {"SI": 0.61, "NO": 0.335, "X": 0.005, "-": 0.01, "": 0.04},
        DASHED: {"SI": _STRAY, "NO": _STRAY, "X": 0.001, "-": 0.969, "": _STRAY},
        EMPTY: {"SI": _STRAY, "NO": _STRAY, "X": 0.001, "-": _STRAY, "": 0.969},
    },
    X_BLANK: {
        HELD: {"SI": 0.005, "NO": 0.005, "X": 0.67, "-": 0.01, "": 0.31},
        DASHED: {"SI": 0.001, "NO": 0.001, "X": _STRAY, "-": 0.978, "": _STRAY},
        EMPTY: {"SI": 0.001, "NO": 0.001, "X": _STRAY, "-": _STRAY, "": 0.978},
    },
}

Weights = dict[str, float]
Shares = dict[str, dict[str, Weights]]
Key = TypeVar("Key", bound=Hashable)


def _without_strays(states: dict[str, Weights]) -> dict[str, Weights]:
    """The shares of a flattened text. Its words are often not their cells': against a whole column without a session
    they do not tell that a report prints a mark there, which hardly any does."""
    rare = {"SI": FLAT_STRAY, "NO": FLAT_STRAY, "X": FLAT_STRAY}
    return {s: _held_flat(shares) if s == HELD else normalised({**shares, **rare}) for s, shares in states.items()}


def _held_flat(shares: Weights) -> Weights:
    """The same under a session, where marks are SI and NO: nothing read is a mark lost, hardly ever a blank."""
    return shares if shares[""] > shares["NO"] else normalised({**shares, "": FLAT_BLANK, "-": FLAT_BLANK})


Prior = Mapping[tuple[str, str], float]  # P(label, column state | all other rows of the cell's column)


@dataclass(frozen=True, slots=True)
class Grid:
    """The evidence of all cells, row by row, and the log-weights of each column's states that it adds up to."""

    vocabulary: str
    evidence: tuple[tuple[Weights, ...], ...]
    column_logs: tuple[Weights, ...]
    shares: Shares

    @staticmethod
    def of(rows: Sequence[Sequence[Reading]], columns_held: Sequence[float], width: int) -> Grid:
        if len(columns_held) != width or any(len(row) != width for row in rows):
            raise ValueError(f"not {width} wide: {len(columns_held)} columns, rows of {sorted({len(r) for r in rows})}")
        evidence = tuple(tuple(mark_distribution(reading) for reading in row) for row in rows)
        sources = {c.source for row in rows for reading in row for c in reading.candidates}
        undated = DRAWN_DOUBT if sources == {"text_layer"} else DATE_DOUBT
        shares = TEXT_SHARES if sources == {"text"} else LABEL_SHARES
        priors = [_state_priors(held, undated) for held in columns_held]
        columns = [[row[c] for row in evidence] for c in range(width)]
        vocabulary = _vocabulary(columns, priors, shares)
        logs = tuple(_column_logs(shares[vocabulary], priors[c], columns[c]) for c in range(width))
        return Grid(vocabulary, evidence, logs, shares)

    def held(self) -> tuple[float, ...]:
        return tuple(_from_logs(logs)[HELD] for logs in self.column_logs)

    def priors(self, row: int) -> tuple[Prior, ...]:
        """The row's cells, each seen through its column without this row's own say: nothing counts twice."""
        return tuple(
            self._prior(evidence, logs) for evidence, logs in zip(self.evidence[row], self.column_logs, strict=True)
        )

    def _prior(self, evidence: Weights, logs: Weights) -> Prior:
        shares = self.shares[self.vocabulary]
        others = _from_logs({s: log - math.log(_cell_likelihood(evidence, shares[s])) for s, log in logs.items()})
        return {(label, s): others[s] * shares[s][label] for s in others for label in evidence}


def _state_priors(held: float, doubt: float) -> Weights:
    held = min(max(held, doubt), 1 - doubt)
    return {HELD: held, DASHED: (1 - held) * DASHED_SHARE, EMPTY: (1 - held) * (1 - DASHED_SHARE)}


def _cell_likelihood(evidence: Weights, shares: Weights) -> float:
    return sum(evidence[label] * share for label, share in shares.items())


def _column_logs(shares: dict[str, Weights], priors: Weights, column: Sequence[Weights]) -> Weights:
    return {s: math.log(p) + sum(math.log(_cell_likelihood(e, shares[s])) for e in column) for s, p in priors.items()}


def _vocabulary(columns: Sequence[Sequence[Weights]], priors: Sequence[Weights], shares: Shares) -> str:
    """The vocabulary under which the whole matrix is likelier."""
    fit = {SI_NO: math.log(1 - X_SHARE), X_BLANK: math.log(X_SHARE)}
    for vocabulary in fit:
        for column, prior in zip(columns, priors, strict=True):
            logs = _column_logs(shares[vocabulary], prior, column)
            top = max(logs.values())
            fit[vocabulary] += top + math.log(sum(math.exp(log - top) for log in logs.values()))
    return max(fit, key=lambda v: fit[v])


# ---------------------------------------------------------------- meaning and arithmetic


def meaning(label: str, state: str, vocabulary: str) -> str | None:
    """What a printed label means under its column; None: left blank by the report."""
    if is_presence(label):
        return "SI"
    if label == "" and state == HELD:
        return "NO" if vocabulary == X_BLANK else None
    return "NO" if label == "NO" else "-"


def is_presence(label: str) -> bool:
    return label in {"SI", "X"}


def _from_logs(logs: Mapping[str, float]) -> Weights:
    top = max(logs.values())
    return normalised({key: math.exp(log - top) for key, log in logs.items()})


def normalised(weights: Mapping[Key, float]) -> dict[Key, float]:
    total = sum(weights.values())
    return {key: w / total if total else 1 / len(weights) for key, w in weights.items()}


TEXT_SHARES: Shares = {vocabulary: _without_strays(states) for vocabulary, states in LABEL_SHARES.items()}

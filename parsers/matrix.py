"""Joint decoding of a matrix: its vocabulary, which columns had a session, and the marks of each row with its total.

The columns give each cell its chances (`parsers.columns`); a printed total usually, not always, counts the row's SI.
Inference is exact (sums over states and counts) but for two steps: the vocabulary is settled first, and a row sees its
columns through the other rows.

The total is evidence, never an order: it moves a mark only as far as its own reading is sure and `TOTAL_RIGHT` allows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from ocr.records import Reading
from parsers.columns import Cell, Grid, is_presence, meaning, normalised
from parsers.lexicon import UNREADABLE, mark_distribution, number_distribution, role_distribution
from parsers.odd_rows import WITHOUT_MARKS, attendee_doubts, function_doubts
from parsers.records import AttendanceMatrix, AttendeeReading, Certainty, FunctionMatrix, FunctionReading, Mark

# Reports drawn after real ones have one wrong total in thirty rows, and one wrong "se abordó" in forty; rounded down.
TOTAL_RIGHT = 0.95
TOTAL_MISSING = 0.02
ADDRESSED_RIGHT = 0.95
TINY = 1e-300
ROLE_SHARES = {"I": 0.72, "P": 0.07, "S": 0.07, "IP": 0.06, "O": 0.05, "": 0.03}  # of the rows of reports

Value = str | None
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Decoded(Generic[T]):
    """A decoded value other than a mark; None: left blank by the report, or unreadable (then it asks for review).

    `belied`: probability that the marks of its row do not come to what is printed, whatever each of them is.
    """

    value: T | None
    raw: str
    certainty: Certainty
    belied: float = 0.0


@dataclass(frozen=True, slots=True)
class DecodedAttendee:
    marks: tuple[Mark, ...]
    role: Decoded[str]
    total: Decoded[int]


@dataclass(frozen=True, slots=True)
class DecodedFunction:
    marks: tuple[Mark, ...]
    addressed: Decoded[str]


@dataclass(frozen=True, slots=True)
class DecodedAttendance:
    """`held`: for each column the probability that its session took place, the marks taken into account."""

    vocabulary: str
    held: tuple[float, ...]
    rows: tuple[DecodedAttendee, ...]


@dataclass(frozen=True, slots=True)
class DecodedFunctions:
    vocabulary: str
    held: tuple[float, ...]
    rows: tuple[DecodedFunction, ...]


def decode_attendance(matrix: AttendanceMatrix, columns_held: Sequence[float]) -> DecodedAttendance:
    """Marks, roles and totals of the attendance matrix, each with its posterior, not yet calibrated.

    `columns_held`: for each column P(a session was held), 0..1, as its date cell says (1/2 where that tells nothing).
    ValueError: rows or `columns_held` not as wide as the matrix.
    """
    grid = Grid.of([row.marks for row in matrix.rows], columns_held, len(matrix.columns))
    rows = tuple(
        _attendee(row, grid.cells(i), grid, _Judge((*matrix.warnings, *attendee_doubts(row))))
        for i, row in enumerate(matrix.rows)
    )
    return DecodedAttendance(grid.vocabulary, grid.held(), rows)


def decode_functions(matrix: FunctionMatrix, columns_held: Sequence[float]) -> DecodedFunctions:
    """Marks and "se abordó" of a function matrix; parameters and errors as for `decode_attendance`."""
    grid = Grid.of([row.marks for row in matrix.rows], columns_held, len(matrix.columns))
    rows = tuple(
        _function(row, grid.cells(i), grid, _Judge((*matrix.warnings, *function_doubts(row))))
        for i, row in enumerate(matrix.rows)
    )
    return DecodedFunctions(grid.vocabulary, grid.held(), rows)


# ---------------------------------------------------------------- rows


def _attendee(row: AttendeeReading, cells: Sequence[Cell], grid: Grid, judge: _Judge) -> DecodedAttendee:
    numbers = number_distribution(row.total)
    message = [_total_likelihood(numbers, count, len(cells)) for count in range(len(cells) + 1)]
    counts = _count_distribution([cell.attended() for cell in cells])
    marks = _marks(row.marks, cells, message, grid, judge)
    return DecodedAttendee(marks, _role(row.role, judge), _total(row.total, numbers, counts, judge))


def _function(row: FunctionReading, cells: Sequence[Cell], grid: Grid, judge: _Judge) -> DecodedFunction:
    said = _addressed_evidence(row.addressed)
    message = [_addressed_likelihood(said, count > 0) for count in range(len(cells) + 1)]
    none = _count_distribution([cell.attended() for cell in cells])[0]
    return DecodedFunction(_marks(row.marks, cells, message, grid, judge), _addressed(row.addressed, said, none, judge))


def _marks(
    readings: Sequence[Reading], cells: Sequence[Cell], message: Sequence[float], grid: Grid, judge: _Judge
) -> tuple[Mark, ...]:
    """The marks of a row; `message[k]`: likelihood of what its last column says if the row holds k SI."""
    marks = []
    for i, (reading, cell) in enumerate(zip(readings, cells, strict=True)):
        others = _count_distribution([other.attended() for j, other in enumerate(cells) if j != i])
        weight = [sum(p * message[k + present] for k, p in enumerate(others)) for present in (0, 1)]
        joint = normalised({key: p * weight[is_presence(key[0])] for key, p in cell.joint.items()})
        values: dict[Value, float] = {}
        for (label, state), p in joint.items():
            value = meaning(label, state, grid.vocabulary)
            values[value] = values.get(value, 0.0) + p
        best = max(values, key=lambda v: values[v])
        certainty = (judge.of_dash if best == "-" else judge).certainty(reading, values[best])
        marks.append(Mark(None if is_unreadable(reading) else best, reading.text, certainty))
    return tuple(marks)


def _count_distribution(attended: Sequence[float]) -> list[float]:
    """P(k of the cells hold SI) for k = 0..n: the Poisson binomial distribution, by convolution."""
    counts = [1.0]
    for p in attended:
        counts = [a * (1 - p) + b * p for a, b in zip([*counts, 0.0], [0.0, *counts], strict=True)]
    return counts


# ---------------------------------------------------------------- last columns


def _printed_total(number: int | None, count: int, width: int) -> float:
    """P(total printed | SI in the row); a wrong total is as likely to be any other number up to the width."""
    if number is None:
        return TOTAL_MISSING
    return (1 - TOTAL_MISSING) * (TOTAL_RIGHT if number == count else (1 - TOTAL_RIGHT) / max(width, 1))


def _total_likelihood(numbers: Mapping[int | None, float], count: int, width: int) -> float:
    return sum(e * _printed_total(number, count, width) for number, e in numbers.items())


def _total(
    reading: Reading, numbers: Mapping[int | None, float], counts: Sequence[float], judge: _Judge
) -> Decoded[int]:
    """The printed total. Its own reading leads; the count may settle a doubtful one, which then asks for review."""
    width = len(counts) - 1
    joint = {n: e * sum(p * _printed_total(n, k, width) for k, p in enumerate(counts)) for n, e in numbers.items()}
    agreed = sum(
        e * counts[n] * _printed_total(n, n, width) for n, e in numbers.items() if n is not None and n <= width
    )
    belied = 1 - (agreed + joint.get(None, 0.0)) / max(sum(joint.values()), TINY)
    posterior = normalised(joint)
    best = max(posterior, key=lambda n: posterior[n])
    own = max(numbers, key=lambda n: numbers[n])
    certainty = judge.certainty(reading, posterior[best])
    if best != own and certainty.review_reason is None:
        certainty = Certainty(certainty.confidence, "total_from_count", certainty.places)
    return Decoded(None if is_unreadable(reading) else best, reading.text, certainty, belied)


def _addressed_evidence(reading: Reading) -> dict[Value, float]:
    labels = mark_distribution(reading)
    return {"SI": labels["SI"] + labels["X"], "NO": labels["NO"], None: labels["-"] + labels[""]}


def _printed_addressed(value: Value, any_si: bool) -> float:
    if value is None:
        return TOTAL_MISSING
    return (1 - TOTAL_MISSING) * (ADDRESSED_RIGHT if (value == "SI") == any_si else 1 - ADDRESSED_RIGHT)


def _addressed_likelihood(said: Mapping[Value, float], any_si: bool) -> float:
    return sum(e * _printed_addressed(value, any_si) for value, e in said.items())


def _addressed(reading: Reading, said: Mapping[Value, float], none: float, judge: _Judge) -> Decoded[str]:
    joint = {
        v: e * (none * _printed_addressed(v, False) + (1 - none) * _printed_addressed(v, True)) for v, e in said.items()
    }
    agreed = said["NO"] * none * _printed_addressed("NO", False) + said["SI"] * (1 - none) * _printed_addressed(
        "SI", True
    )
    belied = 1 - (agreed + joint[None]) / max(sum(joint.values()), TINY)
    posterior = normalised(joint)
    best = max(posterior, key=lambda v: posterior[v])
    certainty = judge.certainty(reading, posterior[best])
    return Decoded(None if is_unreadable(reading) else best, reading.text, certainty, belied)


def _role(reading: Reading, judge: _Judge) -> Decoded[str]:
    posterior = normalised({role: p * ROLE_SHARES[role] for role, p in role_distribution(reading).items()})
    best = max(posterior, key=lambda r: posterior[r])
    certainty = judge.certainty(reading, posterior[best])
    return Decoded(None if is_unreadable(reading) else best or None, reading.text, certainty)


# ---------------------------------------------------------------- certainty


def is_unreadable(reading: Reading) -> bool:
    """Whether no evidence says anything: nothing was read, or the best of every kind of evidence is "cannot tell"."""
    said = (c for c in (*reading.candidates, *reading.again) if c.source != "seat")  # which says print, not what
    bests = {c.source: c for c in reversed(tuple(said))}
    return all(best.text == UNREADABLE for best in bests.values())


@dataclass(frozen=True, slots=True)
class _Judge:
    """Turns a posterior into a certainty. `warnings`: reasons to doubt the matrix; the first becomes every value's.

    Whether a posterior is enough is not decided here (`parsers.calibration`): a reason is what no number tells.
    """

    warnings: tuple[str, ...]

    @property
    def of_dash(self) -> _Judge:
        """The same for the mark of a column without a session, which is its column's: a row need not show its own."""
        return replace(self, warnings=tuple(w for w in self.warnings if w != WITHOUT_MARKS))

    def certainty(self, reading: Reading, probability: float) -> Certainty:
        if is_unreadable(reading):
            return Certainty(0.0, "unreadable", reading.places)
        return Certainty(min(1.0, probability), self.warnings[0] if self.warnings else None, reading.places)

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

from ocr.records import Place, Reading
from parsers import ways
from parsers.columns import Grid, Prior, normalised
from parsers.lexicon import UNREADABLE, mark_distribution, number_distribution, role_distribution
from parsers.odd_rows import WITHOUT_MARKS, attendee_doubts, function_doubts
from parsers.records import AttendanceMatrix, AttendeeReading, Certainty, FunctionMatrix, FunctionReading, Mark, Way
from parsers.ways import DecodedRow, LastColumn

# Reports drawn after real ones have one wrong total in thirty rows, and one wrong "se abordó" in forty; rounded down.
TOTAL_RIGHT = 0.95
TOTAL_MISSING = 0.02
ADDRESSED_RIGHT = 0.95
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
        _attendee(row, grid.priors(i), grid, _Judge((*matrix.warnings, *attendee_doubts(row))))
        for i, row in enumerate(matrix.rows)
    )
    return DecodedAttendance(grid.vocabulary, grid.held(), rows)


def decode_functions(matrix: FunctionMatrix, columns_held: Sequence[float]) -> DecodedFunctions:
    """Marks and "se abordó" of a function matrix; parameters and errors as for `decode_attendance`."""
    grid = Grid.of([row.marks for row in matrix.rows], columns_held, len(matrix.columns))
    rows = tuple(
        _function(row, grid.priors(i), grid, _Judge((*matrix.warnings, *function_doubts(row))))
        for i, row in enumerate(matrix.rows)
    )
    return DecodedFunctions(grid.vocabulary, grid.held(), rows)


# ---------------------------------------------------------------- rows


def _attendee(row: AttendeeReading, priors: Sequence[Prior], grid: Grid, judge: _Judge) -> DecodedAttendee:
    numbers = number_distribution(row.total)
    said = {"" if number is None else str(number): p for number, p in numbers.items()}
    decoded = ways.decode(_ways(row, said), priors, _totals(len(priors)), grid.vocabulary)
    own = max(numbers, key=lambda n: numbers[n])
    return DecodedAttendee(_marks(row, decoded, judge), _role(row.role, judge), _total(row.total, own, decoded, judge))


def _function(row: FunctionReading, priors: Sequence[Prior], grid: Grid, judge: _Judge) -> DecodedFunction:
    decoded = ways.decode(_ways(row, mark_distribution(row.addressed)), priors, ADDRESSED, grid.vocabulary)
    return DecodedFunction(_marks(row, decoded, judge), _last(row.addressed, decoded, judge))


def _ways(row: AttendeeReading | FunctionReading, last: Mapping[str, float]) -> tuple[Way, ...]:
    """In what ways the row may be read: one, where its cells are known."""
    return row.ways or (Way(0.0, tuple(mark_distribution(reading) for reading in row.marks), last),)


def _marks(row: AttendeeReading | FunctionReading, decoded: DecodedRow[T], judge: _Judge) -> tuple[Mark, ...]:
    """The row's marks. In a flattened row a mark of which nothing was read may follow from the others and the total."""
    marks = []
    for reading, values in zip(row.marks, decoded.marks, strict=True):
        best = max(values, key=lambda v: values[v])
        own = judge.of_dash if best == "-" else judge
        if row.ways:
            marks.append(Mark(best, reading.text, own.of_value(values[best], reading.places)))
        else:
            certainty = own.certainty(reading, values[best])
            marks.append(Mark(None if is_unreadable(reading) else best, reading.text, certainty))
    return tuple(marks)


# ---------------------------------------------------------------- last columns


def _printed_total(number: int | None, count: int, width: int) -> float:
    """P(total printed | SI in the row); a wrong total is as likely to be any other number up to the width."""
    if number is None:
        return TOTAL_MISSING
    return (1 - TOTAL_MISSING) * (TOTAL_RIGHT if number == count else (1 - TOTAL_RIGHT) / max(width, 1))


def _totals(width: int) -> LastColumn[int | None]:
    """The printed total of a row of so many marks; one that is missing belies none."""
    return LastColumn(
        named=lambda name: int(name) if name else None,
        chance=lambda number, count: _printed_total(number, count, width),
        agrees=lambda number, count: number in (None, count),
    )


def _total(reading: Reading, own: int | None, decoded: DecodedRow[int | None], judge: _Judge) -> Decoded[int]:
    """The printed total. Its own reading leads; the count may settle a doubtful one, which then asks for review."""
    total = _last(reading, decoded, judge)
    if max(decoded.last, key=lambda n: decoded.last[n]) == own or total.certainty.review_reason is not None:
        return total
    return replace(total, certainty=replace(total.certainty, review_reason="total_from_count"))


def _last(reading: Reading, decoded: DecodedRow[T | None], judge: _Judge) -> Decoded[T]:
    best = max(decoded.last, key=lambda value: decoded.last[value])
    certainty = judge.certainty(reading, decoded.last[best])
    return Decoded(None if is_unreadable(reading) else best, reading.text, certainty, decoded.belied)


def _printed_addressed(value: Value, any_si: bool) -> float:
    if value is None:
        return TOTAL_MISSING
    return (1 - TOTAL_MISSING) * (ADDRESSED_RIGHT if (value == "SI") == any_si else 1 - ADDRESSED_RIGHT)


ADDRESSED: LastColumn[Value] = LastColumn(
    named=lambda mark: {"SI": "SI", "X": "SI", "NO": "NO"}.get(mark),
    chance=lambda value, count: _printed_addressed(value, count > 0),
    agrees=lambda value, count: value is None or (value == "SI") == (count > 0),
)


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
        return self.of_value(probability, reading.places)

    def of_value(self, probability: float, places: tuple[Place, ...]) -> Certainty:
        return Certainty(min(1.0, probability), self.warnings[0] if self.warnings else None, places)

"""What each look said at the values that were looked at again: for whoever has to decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ocr.records import Reading
from parsers.records import AttendanceMatrix, AttendeeReading, FunctionReading, Look, MatrixKind, SortedReadings


def looks(readings: SortedReadings) -> tuple[Look, ...]:
    """Every look at every value of the matrices that was looked at more than once, in their order."""
    return tuple(look for value, reading in _values(readings) for look in _looks(value, reading))


def _looks(value: Look, reading: Reading) -> Iterator[Look]:
    """The best that each look said, the first included. Kin alone are no second look: those are named with a colon."""
    if not any(":" in c.source for c in reading.again):
        return
    every = (*reading.candidates, *reading.again)
    for source in dict.fromkeys(c.source for c in every):
        best = reading.of(source)[0]
        yield replace(value, look=source, text=best.text, said=best.confidence, places=reading.places)


def _values(readings: SortedReadings) -> Iterator[tuple[Look, Reading]]:
    """Each value's place in the dataset, as a look that says nothing yet, and its reading."""
    function = 0
    for matrix in (*((readings.attendance,) if readings.attendance else ()), *readings.functions):
        kind = MatrixKind.ATTENDANCE if isinstance(matrix, AttendanceMatrix) else matrix.kind
        for column, header in enumerate(matrix.columns, start=1):
            yield Look("sessions", "date", matrix=kind.value, column=column), header.date
        for number, row in enumerate(matrix.rows, start=1):
            if isinstance(row, AttendeeReading):
                yield from _of_attendee(number, row)
            else:
                function += 1
                yield from _of_function(function, row)


def _of_attendee(number: int, row: AttendeeReading) -> Iterator[tuple[Look, Reading]]:
    named = {"sector": row.sector, "entity": row.entity, "position": row.position, "role": row.role}
    for value, reading in {**named, "total_printed": row.total}.items():
        yield Look("attendees", value, row=number), reading
    for column, mark in enumerate(row.marks, start=1):
        yield Look("attendance", "mark", row=number, column=column), mark


def _of_function(number: int, row: FunctionReading) -> Iterator[tuple[Look, Reading]]:
    for value, reading in {"text": row.text, "addressed_printed": row.addressed}.items():
        yield Look("functions", value, function=number), reading
    for column, mark in enumerate(row.marks, start=1):
        yield Look("function_sessions", "mark", function=number, column=column), mark

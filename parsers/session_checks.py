"""What is wrong or odd about a report's sessions: their dates, how many are declared, marks where none was held."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from parsers.findings import FIRM, finding, firmness, is_only_short, is_told, name_of
from parsers.records import Finding, Mark, MatrixKind, Report, Session

_MATRIX_NAMES = {
    MatrixKind.ATTENDANCE: "asistencia",
    MatrixKind.FUNCTIONS_GENERAL: "funciones generales",
    MatrixKind.FUNCTIONS_SPECIFIC: "funciones específicas",
}


def _sessions(report: Report, matrix: MatrixKind) -> tuple[Session, ...]:
    return tuple(s for s in report.sessions if s.matrix == matrix)


def _dated(session: Session) -> float:
    """The probability that a session was held just if its date says so, whichever day that is; 0 where that cannot be
    told. Of one beyond doubt, 1."""
    if not session.certainty.needs_review:
        return 1.0
    return (session.held if session.date else 1 - session.held) if is_only_short(session.certainty) else 0.0


def outside_quarter(report: Report) -> Iterator[Finding]:
    if report.year is None or "year" in (report.certainty.review_reason or ""):
        return
    for s in _sessions(report, MatrixKind.ATTENDANCE):
        if s.date is None or s.quarter is None or not is_told(s.odd, s.certainty):
            continue
        if (s.date.year, (s.date.month - 1) // 3 + 1) != (report.year, s.quarter):
            message = f"Columna {s.column}: la sesión del {_day(s)} no cae en el trimestre {s.quarter} "
            message += f"de {report.year}."
            yield finding("DATE_OUTSIDE_QUARTER", message, s.certainty.places,
                          table=MatrixKind.ATTENDANCE.value, column=s.column)  # fmt: skip


def date_conflicts(report: Report) -> Iterator[Finding]:
    attendance = _sessions(report, MatrixKind.ATTENDANCE)
    for matrix in (MatrixKind.FUNCTIONS_GENERAL, MatrixKind.FUNCTIONS_SPECIFIC):
        others = _sessions(report, matrix)
        if len(others) != len(attendance):
            continue  # columns cannot be told to be the same
        for ours, theirs in zip(attendance, others, strict=True):
            if not ours.date or not theirs.date or ours.date == theirs.date:
                continue
            if is_told(theirs.odd, ours.certainty, theirs.certainty):
                message = f"Columna {theirs.column}: la matriz de {_MATRIX_NAMES[matrix]} dice {_day(theirs)} "
                message += f"y la de asistencia {_day(ours)}."
                yield finding("DATE_CONFLICT", message, theirs.certainty.places,
                              table=matrix.value, column=theirs.column)  # fmt: skip


def _day(session: Session) -> str:
    """A day for a message; which one it is may be in doubt where that it is another one is not."""
    return f"{session.date:%d/%m/%Y}" + (" (fecha por revisar)" if session.certainty.needs_review else "")


def session_count(report: Report) -> Iterator[Finding]:
    counts = (report.fields.ordinary, report.fields.extraordinary)
    sessions = _sessions(report, MatrixKind.ATTENDANCE)
    held = [c.held for c in counts if c.held is not None]
    probability = firmness(*(c.certainty for c in counts)) * math.prod(map(_dated, sessions))
    if probability < FIRM or len(held) < len(counts) or not sessions:
        return
    dated = sum(s.date is not None for s in sessions)
    if sum(held) != dated:
        message = f"Se declaran {sum(held)} sesiones realizadas ({held[0]} ordinarias y {held[1]} extraordinarias); "
        message += f"la matriz de asistencia tiene {dated} con fecha."
        yield finding("SESSION_COUNT_MISMATCH", message, counts[0].certainty.places, table="documents")


def marks_against_sessions(report: Report) -> Iterator[Finding]:
    columns = {s.column: s for s in _sessions(report, MatrixKind.ATTENDANCE)}
    for a in report.attendees:
        for code, column, message in _odd_marks(a.marks, columns):
            yield finding(code, f"«{name_of(a)}», columna {column}: {message}", a.certainty.places,
                          table="attendance", row=a.row, column=column)  # fmt: skip
    for f in report.functions:
        columns = {s.column: s for s in _sessions(report, MatrixKind(f"functions_{f.scope}"))}
        for code, column, message in _odd_marks(f.marks, columns):
            yield finding(code, f"Función {f.function}, columna {column}: {message}", f.certainty.places,
                          table="function_sessions", function=f.function, column=column)  # fmt: skip


def _odd_marks(marks: Sequence[Mark], columns: Mapping[int, Session]) -> Iterator[tuple[str, int, str]]:
    for column, mark in enumerate(marks, 1):
        session = columns.get(column)
        if session is None or mark.certainty.needs_review or _dated(session) < FIRM:
            continue
        if session.date is None and mark.value in ("SI", "NO"):
            yield "MARK_WITHOUT_SESSION", column, f"dice {mark.value}, pero la columna no tiene fecha de sesión."
        if session.date is not None and mark.value in (None, "-"):
            shown = "está en blanco" if mark.value is None else "tiene un guion"
            yield "MARK_MISSING", column, f"{shown}, pero hubo sesión el {_day(session)}."

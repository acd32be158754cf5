"""Sorted readings → the report: decoded, linked to the dictionary, and checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from dictionaries.load import Dictionary
from ocr.records import InputKind, PageFrame, TextLine
from parsers import checks, counts, fields, gaps, looks, loose_ends, matrix, sessions
from parsers.attendees import all_right, attendees, joined, stated_marks
from parsers.calibration import Judge, ValueKind
from parsers.column_dates import ColumnDate, column_dates
from parsers.entities import Linker
from parsers.labels import InstanciaLink
from parsers.matrix import DecodedAttendance, DecodedFunctions
from parsers.records import (
    AttendanceMatrix,
    Certainty,
    Fields,
    Function,
    FunctionMatrix,
    FunctionReading,
    MatrixKind,
    Report,
    Session,
    Signatory,
    SortedReadings,
)
from parsers.text import unhyphenate

NO_ATTENDANCE = "attendance_matrix_missing"
NO_FUNCTIONS = "function_matrix_missing"
SAME_SESSIONS = 0.97  # share of a function matrix's columns that were held just if those of the attendance matrix were
LONG_WORD, WEAK_WORD = 4, 0.5  # letters of a word, and the engine's confidence in one misread; clean ones reach 0.8
MARKED_HELD = 0.5  # probability, by its marks and its date together, that a column's session was held
NO_SCOPE = "scope_unknown"
SILENT_PAGE = "page_without_text"


def build(
    readings: SortedReadings, dictionary: Dictionary, frames: Sequence[PageFrame], judge: Judge | None = None
) -> Report:
    """The report that a document's readings make. Doubts stay with the values, faults of the report become findings.

    `judge`: what the values' own probabilities are worth; None for what the program ships with.
    """
    judge = (judge or Judge()).of(readings.kind)
    said = fields.read_fields(readings.lines)
    readings, unplaced = loose_ends.close(readings, said)
    readings = gaps.doubted(readings)
    year, year_doubt = _year(said, readings)
    dates = _dates(readings, year)
    attended = _attended(readings.attendance, dates[0])
    held, functions = _sessions_and_functions(readings, year, dates, attended, judge)
    linker = Linker(dictionary, _last_day(held, year))
    seats = attendees(readings.attendance, attended, linker, dictionary, judge)
    body = _unless_marred(linker.link_instancia(said.instancia_raw), said, readings.lines)
    said = _stated_fields(_checked_fields(said, held, linker, readings.kind), body, judge)
    report = Report(
        kind=readings.kind,
        pages=tuple(frames),
        fields=said,
        instancia_id=body.instancia_id,
        instancia=body.name or body.text or None,
        year=year,
        certainty=_certainty(said, year_doubt, readings),
        sessions=held,
        attendees=seats,
        functions=functions,
        unread_matrices=readings.unread_matrices,
        loose_ends=unplaced,
        looks=looks.looks(readings),
    )
    report = loose_ends.doubted(report)
    return replace(report, findings=checks.check(report, _numbered_sectors(dictionary)))


def _numbered_sectors(dictionary: Dictionary) -> dict[str, str]:
    """entity_id → sector_id of the entities that belong to a sector of the administration; the others are grouped by
    each report in its own way."""
    numbered = {s.sector_id for s in dictionary.sectors if s.number is not None}
    return {e.entity_id: e.sector_id for e in dictionary.entities if e.sector_id in numbered}


def _checked_fields(said: Fields, held: Sequence[Session], linker: Linker, kind: InputKind) -> Fields:
    """The fields with their entities linked, and their declared sessions held against the dated columns."""
    dated = sum(s.date is not None for s in held if s.matrix is MatrixKind.ATTENDANCE)
    ordinary, extraordinary = counts.held_against((said.ordinary, said.extraordinary), dated, kind)
    signatories = tuple(_linked(s, linker) for s in said.signatories)
    return replace(said, ordinary=ordinary, extraordinary=extraordinary, signatories=signatories)


def _unless_marred(body: InstanciaLink, said: Fields, lines: Sequence[TextLine]) -> InstanciaLink:
    """The link; that the list does not hold a name is not claimed of one that a stamp may have marred."""
    places = set(said.instancia_certainty.places)
    words = [w for line in lines if line.place in places for w in line.words if len(w.text) >= LONG_WORD]
    weak = any(w.confidence is not None and w.confidence < WEAK_WORD for w in words)
    unknown = body.instancia_id is None and body.review_reason is None
    return replace(body, review_reason="label_doubtful") if unknown and weak else body


def _stated_fields(said: Fields, body: InstanciaLink, judge: Judge) -> Fields:
    """The fields with what their certainties are worth."""
    name = replace(
        said.instancia_certainty,
        confidence=body.confidence,
        review_reason=said.instancia_certainty.review_reason or body.review_reason,
    )
    period = judge.stated(ValueKind.PERIOD, said.period.certainty, "period_unclear")
    ordinary, extraordinary = (
        replace(c, certainty=judge.stated(ValueKind.DIGITS, c.certainty, "sessions_declared_unclear"))
        for c in (said.ordinary, said.extraordinary)
    )
    publications = (
        replace(p, certainty=judge.stated(ValueKind.PUBLICATION, p.certainty, "publication_unclear"))
        for p in said.publications
    )
    return replace(
        said,
        instancia_certainty=judge.stated(ValueKind.BODY, name, "instancia_unclear"),
        period=replace(said.period, certainty=period),
        ordinary=ordinary,
        extraordinary=extraordinary,
        publications=tuple(publications),
    )


def _year(said: Fields, readings: SortedReadings) -> tuple[int | None, str | None]:
    """The report's year, printed beside its period or else that of its sessions; and the doubt about it."""
    if said.period.year:
        return said.period.year, None
    attendance = readings.attendance.columns if readings.attendance else ()
    read = sessions.report_year(attendance, [m.columns for m in readings.functions])
    if read is None:
        return None, "year_missing"
    return read.year, None if read.share >= sessions.SURE_YEAR else "year_uncertain"


def _dates(readings: SortedReadings, year: int | None) -> tuple[tuple[ColumnDate, ...], ...]:
    """The days of each matrix's columns: the attendance matrix's first, then the function matrices'."""
    own = readings.attendance.columns if readings.attendance else ()
    return column_dates([own, *(m.columns for m in readings.functions)], year)


def _last_day(held: Sequence[Session], year: int | None) -> date | None:
    """The day on which the report's names must hold: its last session, else the end of its year."""
    days = [s.date for s in held if s.date and s.matrix is MatrixKind.ATTENDANCE and s.date.year == year]
    return max(days, default=date(year, 12, 31) if year else None)


def _certainty(said: Fields, year_doubt: str | None, readings: SortedReadings) -> Certainty:
    """How sure the report's own fields are, all together: the reasons of what is doubtful or missing, joined by ";"."""
    parts = (said.period.certainty, said.instancia_certainty, said.ordinary.certainty, said.extraordinary.certainty)
    reasons = [p.review_reason for p in parts]
    reasons += [
        year_doubt,
        None if readings.attendance else NO_ATTENDANCE,
        None if readings.functions else NO_FUNCTIONS,
        SILENT_PAGE if readings.silent_pages else None,
    ]
    told = dict.fromkeys(r for r in reasons if r)
    return Certainty(all_right(parts), ";".join(told) or None, said.instancia_certainty.places)


# ---------------------------------------------------------------- sessions and functions


def _sessions_and_functions(
    readings: SortedReadings,
    year: int | None,
    dates: Sequence[Sequence[ColumnDate]],
    attended: DecodedAttendance | None,
    judge: Judge,
) -> tuple[tuple[Session, ...], tuple[Function, ...]]:
    own, *others = dates
    attendance = sessions.attendance_sessions(readings.attendance, own, year) if readings.attendance else ()
    found = [*_doubted_by_marks(attendance, attended)]
    functions: list[Function] = []
    for read, said in zip(readings.functions, others, strict=True):
        decoded = matrix.decode_functions(read, _held(said, attended))
        found += _doubted_by_marks(sessions.function_sessions(read, said, attendance), decoded)
        functions += _functions(read, decoded, len(functions), judge)
    stated = (replace(s, certainty=judge.stated(ValueKind.DATE, s.certainty, "date_uncertain")) for s in found)
    return tuple(stated), tuple(functions)


def _doubted_by_marks(
    found: Sequence[Session], decoded: DecodedAttendance | DecodedFunctions | None
) -> tuple[Session, ...]:
    """The sessions, those asking for review whose date says that none was held where the column's marks say it was."""
    held = decoded.held if decoded else [0.0] * len(found)
    return tuple(
        replace(s, certainty=replace(s.certainty, review_reason=s.certainty.review_reason or "date_unreadable"))
        if s.date is None and marked > MARKED_HELD
        else s
        for s, marked in zip(found, held, strict=True)
    )


def _attended(read: AttendanceMatrix | None, dates: Sequence[ColumnDate]) -> DecodedAttendance | None:
    return matrix.decode_attendance(read, [d.held for d in dates]) if read else None


def _held(said: Sequence[ColumnDate], attended: DecodedAttendance | None) -> list[float]:
    """For each column of a function matrix the probability that its session was held: by its date, and by the marks of
    the same column of the attendance matrix."""
    if attended is None or len(attended.held) != len(said):
        return [day.held for day in said]
    marked = [SAME_SESSIONS * held + (1 - SAME_SESSIONS) * (1 - held) for held in attended.held]
    return [_both(day.held, by_marks) for day, by_marks in zip(said, marked, strict=True)]


def _both(a: float, b: float) -> float:
    """Two independent probabilities of the same, together."""
    yes, no = a * b, (1 - a) * (1 - b)
    return yes / (yes + no) if yes + no else 0.5


def _functions(read: FunctionMatrix, decoded: DecodedFunctions, before: int, judge: Judge) -> list[Function]:
    scope = "general" if read.kind is MatrixKind.FUNCTIONS_GENERAL else "specific"
    return [
        Function(
            function=before + i,
            scope=scope,
            text=unhyphenate(row.text.text),
            addressed_printed=said.addressed.value,
            marks=stated_marks(said.marks, judge),
            certainty=_function_certainty(row, said.addressed.certainty, judge, scoped=read.scoped),
            addressed_belied=said.addressed.belied,
        )
        for i, (row, said) in enumerate(zip(read.rows, decoded.rows, strict=True), start=1)
    ]


def _function_certainty(row: FunctionReading, addressed: Certainty, judge: Judge, *, scoped: bool) -> Certainty:
    """How sure «se abordó» is; a function whose text nobody could read, or not all of it, is for review too, and one of
    which no heading tells whether it is general or specific."""
    stated = judge.stated(ValueKind.ADDRESSED, addressed, "uncertain_addressed")
    doubt = gaps.UNREAD if gaps.UNREAD in row.doubts else None if row.text.text.strip() else "unreadable"
    parts = {"addressed": stated, "text": Certainty(None, doubt)}
    return joined(parts if scoped else {**parts, "scope": Certainty(None, NO_SCOPE)}, row.text.places)


def _linked(signatory: Signatory, linker: Linker) -> Signatory:
    link = linker.link(signatory.entity_raw)
    if link.entity_id is None or link.review_reason:
        return signatory
    return replace(signatory, entity_id=link.entity_id, entity=link.name)

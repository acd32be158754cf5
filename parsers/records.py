"""Records of the parsing stages: the typed matrices where scans and flattened texts meet, and the report they become.

Every decoded record carries a `Certainty`: how sure the reading is and where it stands. What is odd about the report
itself is a `Finding`; the two are never mixed up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ocr.records import InputKind, PageFrame, Place, Reading, Residual, TextLine


class MatrixKind(StrEnum):
    ATTENDANCE = "attendance"
    FUNCTIONS_GENERAL = "functions_general"
    FUNCTIONS_SPECIFIC = "functions_specific"


# ---------------------------------------------------------------- readings, sorted into matrices


@dataclass(frozen=True, slots=True)
class ColumnReading:
    """The header of one session column. `date`: the date cell; `quarters`: what each printing of the heading over it
    was read as (1-4), and how surely (0..1); `heading`: its number, shared by the columns under it, if known."""

    date: Reading
    quarters: tuple[tuple[int, float], ...] = ()
    heading: int | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One way to give the words at the end of a flattened row to its small cells: what then tells of each cell.

    `marks`: for each session column the likelihood of every mark of `lexicon.MARK_FORMS`; `last`: the same of every
    number, or mark, that the row's last column may print; `log`: how likely the way is apart from these, in nats.
    """

    log: float
    marks: tuple[Mapping[str, float], ...]
    last: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class AttendeeReading:
    """One row of the attendance matrix as read. `marks` holds one reading for each session column.

    `sector` of a merged cell is given to every row that it spans. `doubts`: why this may be no row, or not all of one.
    `ways`: of a row whose words are not known to stand in their cells, in what ways they may; the readings then are
    what is likeliest.
    """

    sector: Reading
    entity: Reading
    position: Reading
    role: Reading
    marks: tuple[Reading, ...]
    total: Reading
    doubts: tuple[str, ...] = ()
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionReading:
    """One row of a function matrix as read. `doubts` and `ways` as of an attendance row."""

    text: Reading
    marks: tuple[Reading, ...]
    addressed: Reading
    doubts: tuple[str, ...] = ()
    ways: tuple[Way, ...] = ()


@dataclass(frozen=True, slots=True)
class AttendanceMatrix:
    columns: tuple[ColumnReading, ...]
    rows: tuple[AttendeeReading, ...]
    warnings: tuple[str, ...] = ()  # reasons to doubt the structure itself: every value of the matrix is then reviewed


@dataclass(frozen=True, slots=True)
class FunctionMatrix:
    kind: MatrixKind
    columns: tuple[ColumnReading, ...]
    rows: tuple[FunctionReading, ...]
    warnings: tuple[str, ...] = ()
    scoped: bool = True  # whether a heading tells that these are functions of that kind


@dataclass(frozen=True, slots=True)
class SortedReadings:
    """A document's readings sorted by where they belong: here scans, text layers and flattened texts are one thing.

    `lines`: all text outside the matrices, in reading order. `residuals`: ink that nothing read explains, and words
    read inside a matrix that no row says. `silent_pages`: pages that hold ink, and nothing that was read.
    """

    kind: InputKind
    attendance: AttendanceMatrix | None
    functions: tuple[FunctionMatrix, ...]
    lines: tuple[TextLine, ...]
    unread_matrices: tuple[int, ...] = ()  # pages on which part of a matrix stands outside all that was found of it
    residuals: tuple[Residual, ...] = ()
    silent_pages: tuple[int, ...] = ()


# ---------------------------------------------------------------- decoded values


@dataclass(frozen=True, slots=True)
class Certainty:
    """How sure a value is. `confidence`: 0..1 or None; `review_reason`: why a person should look, None if none need."""

    confidence: float | None = None
    review_reason: str | None = None
    places: tuple[Place, ...] = ()

    @property
    def needs_review(self) -> bool:
        return self.review_reason is not None


@dataclass(frozen=True, slots=True)
class Mark:
    """A decoded mark: `SI`, `NO`, `-` (no session in that column) or None (unreadable, or left blank by the report)."""

    value: str | None
    raw: str
    certainty: Certainty = Certainty()


@dataclass(frozen=True, slots=True)
class Session:
    """A session column. `date` None: none held.

    `held`: probability that one was. `odd`: probability that the paper contradicts itself here, whatever it prints: in
    the attendance matrix by a day outside the column's quarter, in the others by another day than the attendance
    matrix's; None where that was not weighed. Both by the readings' own account, 0..1.
    """

    matrix: MatrixKind
    column: int  # 1-based
    quarter: int | None
    date: date | None
    date_raw: str
    certainty: Certainty = Certainty()
    held: float = 0.5
    odd: float | None = None


@dataclass(frozen=True, slots=True)
class Attendee:
    """A row of the attendance matrix, decoded; `row` is 1-based, in document order."""

    row: int
    sector_number: int | None
    sector_id: str | None
    sector: str | None
    sector_raw: str
    entity_id: str | None
    entity: str | None
    entity_raw: str
    entity_score: float | None
    entity_runner_up: str | None
    entity_margin: float | None
    entity_evidence: str | None
    position: str
    role: str | None
    total_printed: int | None
    marks: tuple[Mark, ...]
    certainty: Certainty = Certainty()  # of the whole row but its marks, as the four below
    entity_certainty: Certainty = Certainty()
    sector_certainty: Certainty = Certainty()
    role_certainty: Certainty = Certainty()
    total_certainty: Certainty = Certainty()
    former_name: str | None = None  # the superseded official name that the report prints, if it does
    total_belied: float | None = None  # probability that the total is not the number of the row's SI, if weighed

    @property
    def total_computed(self) -> int:
        return sum(m.value == "SI" for m in self.marks)


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the body; `function` is 1-based over the report."""

    function: int
    scope: str  # "general" | "specific"
    text: str
    addressed_printed: str | None  # "SI" | "NO" | None
    marks: tuple[Mark, ...]
    certainty: Certainty = Certainty()
    addressed_belied: float | None = None  # probability that the marks do not say what is printed there, if weighed

    @property
    def addressed_computed(self) -> bool:
        return any(m.value == "SI" for m in self.marks)


@dataclass(frozen=True, slots=True)
class Norm:
    kind: str | None  # "Acuerdo" | "Decreto" | "Resolución" | ...
    number: str | None
    date: date | None
    year: int | None
    title: str
    certainty: Certainty = Certainty()


@dataclass(frozen=True, slots=True)
class Publication:
    item: str  # one of fields.PUBLICATION_ITEMS
    published: bool | None
    mark_raw: str
    certainty: Certainty = Certainty()


@dataclass(frozen=True, slots=True)
class Signatory:
    signs_as: str  # "president" | "technical_secretary"
    name: str
    position: str
    entity_id: str | None
    entity: str | None
    entity_raw: str
    certainty: Certainty = Certainty()


@dataclass(frozen=True, slots=True)
class Section:
    """A paragraph of the narrative: `section` is its heading's key, `order` 1-based over the report."""

    section: str
    order: int
    text: str
    page: int
    certainty: Certainty = Certainty()


@dataclass(frozen=True, slots=True)
class Count:
    """Sessions of one kind as declared: held / planned; None where unreadable."""

    held: int | None
    planned: int | None
    certainty: Certainty = Certainty()


@dataclass(frozen=True, slots=True)
class Period:
    """The period reported: `kind` is `quarter`, `semester` or `year`; `year`: only if printed beside the period."""

    kind: str | None
    quarter: int | None
    year: int | None
    raw: str
    certainty: Certainty = Certainty()


@dataclass(frozen=True, slots=True)
class Fields:
    """What the form says outside its matrices, entities not yet linked."""

    form: str | None  # "Anexo 2" as printed, None when the text never names the form
    instancia_raw: str
    instancia_certainty: Certainty
    period: Period
    regulation: str
    norms: tuple[Norm, ...]
    ordinary: Count
    extraordinary: Count
    publications: tuple[Publication, ...]
    signatories: tuple[Signatory, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd about the report itself. `message` is for the auditor, in Spanish."""

    code: str
    severity: str  # "error" | "warning" | "info"
    message: str
    table: str | None = None
    row: int | None = None
    column: int | None = None
    function: int | None = None
    item: str | None = None
    page: int | None = None
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class LooseEnd:
    """Something that stands on the report's pages and ended in none of its values; the cell of a matrix that it
    touches, if any: `row` of the attendance matrix or number of the `function`, and session `column`, all 1-based."""

    residual: Residual
    matrix: MatrixKind | None = None
    row: int | None = None
    function: int | None = None
    column: int | None = None
    certainty: Certainty = Certainty()


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a value said: `look` names how it was seen, `said` is that look's own confidence, 0..1 or None.

    `table`, `value` (a column of that table) and the numbers from 1 tell the value; `matrix`: of a session.
    """

    table: str
    value: str
    look: str = ""
    text: str = ""
    said: float | None = None
    matrix: str | None = None
    row: int | None = None
    column: int | None = None
    function: int | None = None
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One report, read, decoded, linked and checked."""

    kind: InputKind
    pages: tuple[PageFrame, ...]
    fields: Fields
    instancia_id: str | None
    instancia: str | None
    year: int | None
    certainty: Certainty  # of the report's own fields; its review_reason joins theirs
    sessions: tuple[Session, ...] = ()
    attendees: tuple[Attendee, ...] = ()
    functions: tuple[Function, ...] = ()
    findings: tuple[Finding, ...] = field(default=())
    unread_matrices: tuple[int, ...] = ()  # pages on which part of a matrix stands that could not be read
    loose_ends: tuple[LooseEnd, ...] = ()
    looks: tuple[Look, ...] = ()  # at the values that were looked at again

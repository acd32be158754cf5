"""One report, from its file to its checked values: the stages in their order, which nothing else knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from dictionaries.records import Dictionary
from ocr import document
from ocr.effort import FULL, Effort
from ocr.errors import Damaged, DocumentError
from ocr.records import InputKind, ReadDocument
from parsers import report, tables
from parsers.calibration import Judge
from parsers.freetext.matrices import sort_text
from parsers.records import Report, SortedReadings
from pipeline import textfile, validate
from pipeline.errors import AttendanceMissing, MatrixUnread, NotThisForm, PageUnread
from pipeline.settings import Limits
from pipeline.validate import FileKind


@dataclass(frozen=True, slots=True)
class ReadReport:
    """A report with what it was read from, for whoever wants to look. `fault`: why it is not the whole report."""

    document: ReadDocument
    report: Report
    fault: DocumentError | None = None


def read_report(
    path: Path, limits: Limits, dictionary: Dictionary, judge: Judge | None = None, effort: Effort = FULL
) -> ReadReport:
    """Reads the file at `path`; raises DocumentError where there is no report to be had.

    `judge`: what is sure enough not to be looked at; None for the default risk. `effort`: what may be spent on it.
    """
    checked = validate.check(path, limits)
    read = _read(path, checked.kind, limits, effort)
    readings = _sorted(read, dictionary)
    frames = tuple(page.frame for page in read.pages)
    judge = judge or Judge()
    built = report.build(readings, dictionary, frames, judge)
    damage = Damaged(checked.damage) if checked.damage else None
    if not is_form(built):
        raise damage or NotThisForm
    fault = damage or fault_of(read, built)
    if fault and fault.everywhere:
        built = report.build(readings, dictionary, frames, replace(judge, fault=fault.reason))
    return ReadReport(read, built, fault)


def _read(path: Path, kind: FileKind, limits: Limits, effort: Effort) -> ReadDocument:
    if kind is FileKind.TEXT:
        return textfile.read(path, limits)
    return document.read_pdf(path, effort) if kind is FileKind.PDF else document.read(path, effort)


def _sorted(read: ReadDocument, dictionary: Dictionary) -> SortedReadings:
    """Both inputs meet here: from now on nothing knows whether there were boxes."""
    if read.kind is InputKind.OCR_TEXT:
        return sort_text(read.pages, dictionary)
    return tables.sort_pages(read)


def is_form(built: Report) -> bool:
    """Whether anything of «Anexo 2» was found: a matrix, the form's name, or a body that reports with it."""
    return bool(built.attendees or built.functions or built.fields.form or built.instancia_id)


def fault_of(read: ReadDocument, built: Report) -> DocumentError | None:
    """What makes a report that was read a failed one: without all its pages, or its attendance, it must not pass."""
    unread = [page for page in read.pages if page.fault]
    if unread:
        return PageUnread("; ".join(f"página {page.frame.number}: {page.fault}" for page in unread))
    if not built.attendees:
        return AttendanceMissing()
    if built.unread_matrices:
        return MatrixUnread("páginas " + ", ".join(map(str, built.unread_matrices)))
    return None

"""Scan or born-digital file → everything read in it, page by page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from ocr import clusters, engine, pages, readings, sheets, text_layer
from ocr.effort import FULL, Effort, page_limit
from ocr.engine import Lines, Question
from ocr.errors import DocumentError, EngineMissing, NoPages
from ocr.pages import Page
from ocr.readings import ReadAlone, Steps
from ocr.records import InputKind, PageFrame, ReadDocument, ReadPage
from ocr.sheets import FrameSource, PageSource

TOGETHER = 3  # pages that one start of the engine reads for: it takes as long as six lines do, and each page that is
# under way holds some 25 MiB
AnySource = TypeVar("AnySource", PageSource, FrameSource)


def read(path: Path, effort: Effort = FULL) -> ReadDocument:
    """Everything read in a PDF or an image file.

    A page that cannot be read says so in its `fault`; raises a DocumentError (see `ocr.errors`) where no page can.
    """
    if path.suffix.lower() == ".pdf":
        return read_pdf(path, effort)

    def read_frame(source: FrameSource) -> Steps:
        return (yield from _steps(pages.image_page(source, effort)))

    return ReadDocument(InputKind.SCAN, _each(sheets.image_frames(path), read_frame, effort))


def read_pdf(path: Path, effort: Effort = FULL) -> ReadDocument:
    """A PDF: pages covered by an image, or whose text is garble or hidden, are read as scans, the others by their text
    layer.

    A page that cannot be read says so in its `fault`; raises its DocumentError only where no page can.
    """

    def read_scan(source: PageSource) -> Steps:
        return (yield from _steps(pages.pdf_page(path, source, effort)))

    sources = sheets.inspect(path)
    if all(s.is_scan for s in sources):
        return ReadDocument(InputKind.SCAN, _each(sources, read_scan, effort))
    with text_layer.opened(path) as pdf:
        layers: dict[int, Any] = {s.number: text_layer.sheet(pdf, s) for s in sources if not s.is_scan}
        legible = {number for number, sheet in layers.items() if text_layer.is_legible(sheet)}

        def read_any(source: PageSource) -> Steps:
            number = source.number
            if number in legible and text_layer.is_shown(layers[number], drawn := pages.thumbnail(path, source)):
                return text_layer.read_page(layers[number], number, drawn), ()
            return (yield from read_scan(source))

        return ReadDocument(InputKind.TEXT_LAYER if legible else InputKind.SCAN, _each(sources, read_any, effort))


def _steps(page: Page) -> Steps:
    """What is on the page; one that was drawn with something broken left out is kept, with its fault."""
    read, inks = yield from readings.page_steps(page)
    return (replace(read, fault=page.complaint) if page.complaint else read), inks


# ---------------------------------------------------------------- pages together


@dataclass(slots=True)
class _Reading:
    """A page's reading: its steps, and how far they have come: what is asked, what was read, or why it ended."""

    source: PageSource | FrameSource
    steps: Steps
    state: Question | ReadAlone | DocumentError


def _each(sources: Iterable[AnySource], begin: Callable[[AnySource], Steps], effort: Effort) -> tuple[ReadPage, ...]:
    """Every page, its small cells seen among those of all; one that cannot be read costs itself, unless it is the
    fault of the machine or of the whole file."""
    found: list[ReadAlone] = []
    faults: list[DocumentError] = []
    coming = iter(sources)
    while group := [_begun(source, begin(source), effort) for source in islice(coming, TOGETHER)]:
        _finish(group, effort)
        for reading in group:
            if isinstance(reading.state, DocumentError):
                faults.append(reading.state)
            found.append(_read(reading))
    if len(faults) == len(found):
        raise faults[0] if faults else NoPages
    return clusters.with_clusters(found)


def _read(reading: _Reading) -> ReadAlone:
    """What was read of a page whose reading has ended."""
    if isinstance(reading.state, DocumentError):
        source = reading.source
        frame = PageFrame(source.number, round(source.width), round(source.height), sheets.POINTS_PER_INCH)
        return ReadPage(frame, fault=str(reading.state)), ()
    assert isinstance(reading.state, tuple)
    return reading.state


def _begun(source: AnySource, steps: Steps, effort: Effort) -> _Reading:
    return _Reading(source, steps, _step(steps, None, effort))


def _finish(group: Sequence[_Reading], effort: Effort) -> None:
    """Takes pages to their ends, the engine reading at once what all of them ask."""
    while asking := [(reading, reading.state) for reading in group if isinstance(reading.state, Question)]:
        told = _answers([question for _, question in asking], effort)
        for (reading, _), answer in zip(asking, told, strict=True):
            if isinstance(answer, DocumentError):
                reading.state = answer
            else:
                reading.state = _step(reading.steps, answer, effort)


def _step(steps: Steps, answer: list[Lines] | None, effort: Effort) -> Question | ReadAlone | DocumentError:
    """Takes a page's reading to what it asks next or to its end. Raises EngineMissing."""
    try:
        with page_limit(effort.page_seconds):
            return next(steps) if answer is None else steps.send(answer)
    except StopIteration as done:
        read: ReadAlone = done.value
        return read
    except EngineMissing:
        raise
    except DocumentError as error:
        return error


def _answers(questions: Sequence[Question], effort: Effort) -> list[list[Lines] | DocumentError]:
    """What the engine reads for each page. Where it fails with all of them, each is asked alone, and costs itself.
    Raises EngineMissing."""
    try:
        with page_limit(effort.page_seconds):
            return [*engine.answers(questions)]
    except EngineMissing:
        raise
    except DocumentError as error:
        if len(questions) == 1:
            return [error]
    return [answer for question in questions for answer in _answers([question], effort)]

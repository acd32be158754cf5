"""What a benchmark keeps of many scores: counts by condition, as tables for the eye and as JSON for the next run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.scoring import KINDS, TEXTS, Count, Findings, Row, Score, Text

COLUMNS = 7  # conditions side by side: as many as a wide terminal shows
WIDTH = 150  # characters


@dataclass(slots=True)
class Tally:
    """Scores of reports under one condition, summed. `truths`: tells these reports from all others."""

    reports: int = 0
    pages: int = 0
    seconds: float = 0.0
    truths: str = ""
    counts: dict[str, Count] = field(default_factory=lambda: {kind: Count() for kind in KINDS})
    texts: dict[str, Text] = field(default_factory=lambda: {kind: Text() for kind in TEXTS})
    findings: Findings = field(default_factory=Findings)

    def add(self, other: Score | Tally) -> None:
        for mine, its in ((self.counts, other.counts), (self.texts, other.texts)):
            for kind, count in its.items():
                _sum(mine[kind], count)  # type: ignore[index]
        _sum(self.findings, other.findings)
        if isinstance(other, Tally):
            self.reports, self.pages = self.reports + other.reports, self.pages + other.pages
            self.seconds += other.seconds

    def as_json(self) -> Row:
        """Counts are lists of numbers, in the order of their fields."""
        head = {"reports": self.reports, "pages": self.pages, "seconds": round(self.seconds, 1), "truths": self.truths}
        counts = {kind: list(asdict(count).values()) for kind, count in self.counts.items()}
        texts = {kind: list(asdict(text).values()) for kind, text in self.texts.items()}
        return {**head, "counts": counts, "texts": texts, "findings": list(asdict(self.findings).values())}

    @staticmethod
    def from_json(kept: Mapping[str, Any]) -> Tally:
        tally = Tally(kept["reports"], kept["pages"], kept["seconds"], kept["truths"])
        tally.counts |= {kind: Count(*numbers) for kind, numbers in kept["counts"].items()}
        tally.texts |= {kind: Text(*numbers) for kind, numbers in kept["texts"].items()}
        tally.findings = Findings(*kept["findings"])
        return tally


def _sum(into: Any, more: Any) -> None:
    for each in fields(into):
        setattr(into, each.name, getattr(into, each.name) + getattr(more, each.name))


def tally(scores: Iterable[Score], truths: list[Row], seconds: float) -> Tally:
    """The scores of those truths' reports, which took `seconds` to read."""
    told = json.dumps(truths, ensure_ascii=False, sort_keys=True).encode()
    pages = sum(truth.get("pages", 0) for truth in truths)
    result = Tally(len(truths), pages, seconds, hashlib.sha256(told).hexdigest()[:12])
    for each in scores:
        result.add(each)
    return result


def together(tallies: Mapping[str, Tally]) -> Tally:
    result = Tally()
    for each in tallies.values():
        result.add(each)
    return result


def show(title: str, tallies: Mapping[str, Tally], console: Console | None = None) -> None:
    """Kinds of value down, conditions across, a few conditions a table; all together last."""
    console = console or Console(width=WIDTH)
    columns = {**tallies, "all": together(tallies)} if len(tallies) > 1 else dict(tallies)
    names = list(columns)
    for start in range(0, len(names), COLUMNS):
        some = names[start : start + COLUMNS]
        table = Table("right % / silent / flagged %", title=title)
        for name in some:
            table.add_column(name, justify="right")
        for label, *cells in zip(*(_column(columns[name]) for name in some), strict=True):
            table.add_row(label[0], *(cell[1] for cell in (label, *cells)))
        console.print(table)


def markdown(tallies: Mapping[str, Tally]) -> str:
    """The main figures, a line for each condition and one for all together."""
    heads = "condition", "reports", "marks right %", "flagged %", "entities right %", "findings P / R %", "silent"
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for name, of in (*tallies.items(), ("all", together(tallies))):
        shares = [f"{100 * n / d:.2f}" if d else "–" for n, d in _main(of.counts["mark"], of.counts["entity"])]
        found, every = _precision_recall(of).replace("/", " / "), _every(of)
        cells = (name, str(of.reports), *shares, found, f"{every.silent} of {every.total:,}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _main(mark: Count, entity: Count) -> Iterator[tuple[int, int]]:
    yield mark.right, mark.total
    yield mark.flagged, mark.total
    yield entity.right, entity.total


def _every(of: Tally) -> Count:
    every = Count()
    for count in of.counts.values():
        _sum(every, count)
    return every


def _precision_recall(of: Tally) -> str:
    found, spurious, missed = asdict(of.findings).values()
    return "/".join(f"{100 * found / n:.1f}" if n else "–" for n in (found + spurious, found + missed))


def _shares(of: Count) -> str:
    return f"{100 * of.right / of.total:.2f}/{of.silent}/{100 * of.flagged / of.total:.1f}"


def _column(of: Tally) -> Iterator[tuple[str, str]]:
    """Label and cell of each row."""
    for kind, count in (*of.counts.items(), ("every value", _every(of))):
        yield kind, _shares(count) if count.total else "–"
    for kind, text in of.texts.items():
        yield f"{kind} CER %", f"{100 * text.edits / text.characters:.2f}" if text.characters else "–"
    yield "findings precision/recall %", _precision_recall(of)
    yield "seconds a page", f"{of.seconds / of.pages:.2f}" if of.pages and of.seconds else "–"
    yield "reports", str(of.reports)

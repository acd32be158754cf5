"""The record of a run: `run.json` beside the tables, and the note in the work store of what a run set out to do.

Unlike the tables it tells of times, machines and folders. Its counts are checked: every input is done, for review,
failed or skipped, and none is lost.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
from collections import Counter
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import dropwhile, takewhile
from pathlib import Path
from typing import Any

from pipeline import provenance
from pipeline.history import rules
from pipeline.inputs import why_skipped
from pipeline.plan import Entry, Found, Lacking, Plan
from pipeline.remote import is_url
from pipeline.settings import Settings
from pipeline.spool import Kept
from pipeline.whole import write_whole

RUN = "run.json"
SOURCES = ' "sources": ['  # the line behind which each input has one of its own
REUSED = "reused"


class Miscounted(RuntimeError):
    """Inputs are not all accounted for: a fault of this program, said rather than signed."""


@dataclass(slots=True)
class Ledger:
    """One run. `earlier`: the record of the run that wrote the dataset there is, without its sources, empty where there
    is none. `known`: of each key whose first input it knew by name, what has changed since, "" where nothing has.
    `read`: why each key was read, of those that were."""

    plan: Plan
    settings: Settings
    dictionary: str
    earlier: Mapping[str, Any] = field(default_factory=dict)
    known: Mapping[str, str] = field(default_factory=dict)
    read: MutableMapping[str, str] = field(default_factory=Kept[str])
    started: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    def begun(cls, plan: Plan, settings: Settings, dictionary: str) -> Ledger:
        """A run that begins now, beside what the last one left in `settings.out`."""
        earlier = head(settings.out)
        known: Kept[str] = Kept()
        if earlier:
            named: Kept[int] = Kept()
            for place, entry in enumerate(plan.entries):
                if entry.is_first:
                    named[entry.source.name] = place
            for before in sources(settings.out):
                if (found := named.get(before["source"])) is not None:
                    entry = plan.entries[found]
                    known[str(entry.key)] = _difference(before, entry, plan, earlier, dictionary)
        return cls(plan, settings, dictionary, earlier, known)

    def why(self, key: str, lacking: Lacking) -> str:
        """Why a key is to be read of which the store tells that."""
        if lacking is Lacking.ABSENT:
            return self.known.get(key, "new") or "result lost"
        return lacking.value

    # ------------------------------------------------------------ run.json

    def record(self, found: Mapping[str, Found], dataset: Mapping[str, Any]) -> dict[str, Any]:
        """What `run.json` holds; its sources, one for each input, come one by one and once. `dataset`: what is said of
        the tables. Raises Miscounted."""
        finished = datetime.now(UTC)
        status = Counter(self._found(entry, found).status for entry in self.plan.entries)
        reasons = Counter(f.error for e in self.plan.entries if (f := self._found(e, found)).status == "failed")
        return {
            "veedor": importlib.metadata.version("veedor"),
            "versions": dict(provenance.versions()),
            "code": provenance.code(),
            "dictionary": self.dictionary,
            "reading": dict(self.plan.common),
            "settings": _told(self.settings),
            "started": self.started.isoformat(timespec="seconds"),
            "finished": finished.isoformat(timespec="seconds"),
            "seconds": round((finished - self.started).total_seconds(), 1),
            "counts": self._counts(status, found),
            "failed": dict(sorted(reasons.items())),
            "read": dict(sorted(Counter(self.read.values()).items())),
            "skipped": [{"path": path, "reason": why_skipped(path)} for path in self.plan.skipped],
            "dataset": dict(dataset),
            "sources": (self._source(entry, found) for entry in self.plan.entries),
        }

    def _found(self, entry: Entry, found: Mapping[str, Found]) -> Found:
        return found[entry.key] if entry.key else Found("failed", entry.refusal)

    def _counts(self, status: Counter[str], found: Mapping[str, Found]) -> dict[str, int]:
        counts = {
            "inputs": len(self.plan.entries) + len(self.plan.skipped),
            "done": status["ok"],
            "review": status["review"],
            "failed": status["failed"],
            "skipped": len(self.plan.skipped),
        }
        if counts["inputs"] != sum(counts[name] for name in ("done", "review", "failed", "skipped")):
            raise Miscounted(f"inputs are not all accounted for: {counts}")
        return counts | {
            "duplicates": sum(1 for e in self.plan.entries if e.key) - len(self.plan.places),
            "documents": len(self.plan.places),
            "reused": len(self.plan.places) - len(self.read),
            "read": len(self.read),
            "read_with_less": sum(f.attempt > 1 and f.status != "failed" for f in found.values()),
        }

    def _source(self, entry: Entry, found: Mapping[str, Found]) -> dict[str, Any]:
        known = self._found(entry, found)
        return {
            "source": entry.source.name,
            "sha256": entry.source.sha256,
            "path": entry.source.place,
            "key": entry.key,
            "status": known.status,
            "error": known.error,
            "attempt": known.attempt,
            "tried": list(known.tried),
            "read": self.read.get(entry.key or "", REUSED),
        }

    def note(self) -> dict[str, Any]:
        """What the work store keeps of the run while it lasts: enough to tell how far it has come, and to go on."""
        return {
            "out": str(self.settings.out.absolute()),
            "started": self.started.isoformat(timespec="seconds"),
            "settings": _told(self.settings),
            "inputs": [str(p) if is_url(p) else str(Path(p).absolute()) for p in self.plan.given],
            "skipped": len(self.plan.skipped),
        }

    def noted_sources(self) -> Iterator[tuple[str, str | None, str | None]]:
        """And of each input: its name and key, or why it has none."""
        return ((e.source.name, e.key, None if e.key else e.refusal) for e in self.plan.entries)

    # ------------------------------------------------------------ whether there is anything to write

    def signature(self, found: Mapping[str, Found]) -> str:
        """The same for two runs whose datasets would be the same bytes."""
        digest = hashlib.sha256(_writer().encode())
        digest.update(f"{self.dictionary} {rules.load(self.settings.rules).version} {self.settings.by_year}\n".encode())
        for entry in self.plan.entries:
            known = self._found(entry, found)
            digest.update(repr((entry.source.name, entry.key, known.status, known.error, known.attempt)).encode())
        return digest.hexdigest()

    def is_written(self, found: Mapping[str, Found]) -> bool:
        """Whether the dataset there is, is the one that this run would write, every byte of it."""
        dataset = self.earlier.get("dataset", {})
        return dataset.get("signature") == self.signature(found) and all(
            _digest(self.settings.out / name) == digest for name, digest in dataset["files"].items()
        )


def _writer() -> str:
    """What turns results into files: all of this package, and what writes Parquet."""
    paths = sorted(Path(__file__).parent.rglob("*.py"))
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in paths]
    return " ".join([importlib.metadata.version("pyarrow"), provenance.code(), *digests])


def _told(settings: Settings) -> dict[str, Any]:
    values = asdict(settings) | {"work": settings.store_url}
    return {name: str(value) if isinstance(value, Path) else value for name, value in values.items()}


def _digest(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of a dataset, by its path in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): str(_digest(path)) for path in files}


def write(path: Path, record: Mapping[str, Any]) -> None:
    """Writes `run.json`, each input in a line of its own. Raises OSError.

    Bytes of a path that are no UTF-8 stay in it, as JSON spells them (`\\udcff`): read back, they lead to the file.
    """
    write_whole(path, (line.encode("utf-8", "backslashreplace") for line in _lines(record)))


def _lines(record: Mapping[str, Any]) -> Iterator[str]:
    head = json.dumps({k: v for k, v in record.items() if k != "sources"}, ensure_ascii=False, indent=1)
    yield head.removesuffix("\n}") + f",\n{SOURCES}"
    for i, source in enumerate(record["sources"]):
        yield ("\n  " if i == 0 else ",\n  ") + json.dumps(source, ensure_ascii=False)
    yield "\n ]\n}\n"


def load(out: Path) -> dict[str, Any]:
    """The record of the run that wrote the dataset in `out`; empty where there is none that can be read."""
    found = head(out)
    return found | {"sources": list(sources(out))} if found else {}


def head(out: Path) -> dict[str, Any]:
    """The same without its sources, of which there may be a million."""
    try:
        with (out / RUN).open(encoding="utf-8") as file:
            lines = "".join(takewhile(lambda line: line.rstrip("\n") != SOURCES, file))
        found = json.loads(lines.rstrip().removesuffix(",") + "}")
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def sources(out: Path) -> Iterator[dict[str, Any]]:
    """What the record says of each input, one by one; nothing of what cannot be read."""
    with contextlib.suppress(OSError, ValueError), (out / RUN).open(encoding="utf-8") as file:
        for line in dropwhile(lambda line: line.rstrip("\n") != SOURCES, file):
            if line.startswith("  {"):
                yield json.loads(line.rstrip().removesuffix(","))


def _difference(
    before: Mapping[str, Any], entry: Entry, plan: Plan, earlier: Mapping[str, Any], dictionary: str
) -> str:
    """What is not as the earlier run noted it; "" where all is."""
    if before["sha256"] != entry.source.sha256:
        return "file changed"
    if before["key"] == entry.key:
        return ""
    if earlier["dictionary"] != dictionary:
        return "dictionary changed"
    common = json.loads(json.dumps(dict(plan.common)))
    return "program changed" if earlier["reading"] == common else "settings changed"

"""How far the run that writes to a folder has come, by the note it left in the work store and the results there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from ocr.effort import Effort
from pipeline import job, ledger
from pipeline.errors import UsageError
from pipeline.plan import Found, Lacking, survey
from pipeline.settings import Limits, Settings
from pipeline.spool import Kept
from pipeline.store import Store


@dataclass(frozen=True, slots=True)
class Status:
    """A run in numbers. `inputs`: `done` + `review` + `failed` + `pending` + `skipped`; `reasons`: of the failed.

    `settings`, `given`: what it was told, and what it was to read. `results`, `bytes`: what the whole store holds.
    `written`: whether the dataset of that run stands.
    """

    settings: Settings
    given: tuple[str, ...]
    started: str
    done: int
    review: int
    pending: int
    skipped: int
    reasons: Mapping[str, int]
    results: int
    bytes: int
    written: bool

    @property
    def failed(self) -> int:
        return sum(self.reasons.values())

    @property
    def inputs(self) -> int:
        return self.done + self.review + self.failed + self.pending + self.skipped


def status(out: Path, work: str | None = None) -> Status:
    """Of the run that writes to `out`; `work`: its store, if not the one beside it. Raises UsageError, OSError."""
    store = Store(replace(Settings(out), work=work).store_url)
    try:
        note, *_ = islice(store.noted_lines(job.name_of(out)), 1)
    except KeyError as error:
        raise UsageError(f"No hay registro de «veedor run» para {out} en {store.url}; revise --work.") from error
    settings = _settings(note["settings"], out, store.url)
    count, reasons = _counted(store, islice(store.noted_lines(job.name_of(out)), 1, None), settings)
    results = Counter[str]()
    for _, size in store.listing():
        results.update(number=1, bytes=size)
    return Status(
        settings=settings,
        given=tuple(note["inputs"]),
        started=note["started"],
        done=count["ok"],
        review=count["review"],
        pending=count["pending"],
        skipped=note["skipped"],
        reasons=reasons,
        results=results["number"],
        bytes=results["bytes"],
        written=ledger.head(out).get("started", "") >= note["started"],
    )


def _counted(
    store: Store, sources: Iterator[tuple[str, str | None, str | None]], settings: Settings
) -> tuple[Counter[str], Counter[str]]:
    """How many inputs are in which state, and why those failed that have."""
    inputs: Kept[int] = Kept()  # key → how many have it
    count, reasons = Counter[str](), Counter[str]()
    for _, key, refusal in sources:
        if key is None:
            reasons[str(refusal)] += 1
        else:
            inputs[key] = inputs.get(key, 0) + 1
    for key, known in survey(store, inputs, settings):
        count["pending" if isinstance(known, Lacking) else known.status] += inputs[key]
        if isinstance(known, Found) and known.status == "failed":
            reasons[str(known.error)] += inputs[key]
    return count, reasons


def _settings(told: Mapping[str, Any], out: Path, work: str) -> Settings:
    """The settings of a run as its note tells them."""
    paths = {name: Path(told[name]) if told.get(name) else None for name in ("dictionary", "rules")}
    made: dict[str, Any] = {"out": out, "work": work, **paths}
    made |= {"limits": Limits(**told["limits"]), "effort": Effort(**told["effort"])}
    return Settings(**{**told, **made})

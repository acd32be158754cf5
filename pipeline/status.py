"""How far the run that writes to a folder has come, by the note it left in the work store and the results there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ocr.effort import Effort
from pipeline import job, ledger
from pipeline.errors import NotReadable, UsageError
from pipeline.plan import Found, survey
from pipeline.settings import Limits, Settings
from pipeline.store import Store

NO_BYTES = Found("failed", NotReadable.reason)  # of an input without a key


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
        note = store.noted(job.name_of(out))
    except KeyError as error:
        raise UsageError(f"No hay registro de «veedor run» para {out} en {store.url}; revise --work.") from error
    settings = _settings(note["settings"], out, store.url)
    keys = [key for _, key in note["sources"]]
    found = survey(store, sorted({key for key in keys if key}), settings).found
    known = [found.get(key) if key else NO_BYTES for key in keys]
    count = Counter("pending" if one is None else one.status for one in known)
    sizes = store.sizes()
    return Status(
        settings=settings,
        given=tuple(note["inputs"]),
        started=note["started"],
        done=count["ok"],
        review=count["review"],
        pending=count["pending"],
        skipped=note["skipped"],
        reasons=Counter(str(one.error) for one in known if one and one.status == "failed"),
        results=len(sizes),
        bytes=sum(sizes.values()),
        written=ledger.head(out).get("started", "") >= note["started"],
    )


def _settings(told: Mapping[str, Any], out: Path, work: str) -> Settings:
    """The settings of a run as its note tells them."""
    paths = {name: Path(told[name]) if told.get(name) else None for name in ("dictionary", "rules")}
    made: dict[str, Any] = {"out": out, "work": work, **paths}
    made |= {"limits": Limits(**told["limits"]), "effort": Effort(**told["effort"])}
    return Settings(**{**told, **made})

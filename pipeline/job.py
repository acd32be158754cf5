"""A whole run: inputs → every document's result in the work store → the dataset's files, and what to tell of it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dictionaries.load import load
from ocr.errors import EngineMissing
from pipeline import batch, cluster, files, ledger, publish
from pipeline.assemble import SHOWN_FAILURES, Failure, LostResult, Tally, assemble
from pipeline.errand import PASSING, Errand
from pipeline.errors import EnvironmentMissing, ExitCode
from pipeline.history import rules
from pipeline.history.record import Terms
from pipeline.inputs import Inputs
from pipeline.ledger import Ledger
from pipeline.locks import held
from pipeline.plan import Found, Lacking, planned, refused, survey
from pipeline.results import Head
from pipeline.settings import Settings
from pipeline.spool import Kept
from pipeline.store import Store
from pipeline.task import Task, read_one

ROUNDS = 3  # of reading what the store lost meanwhile; a disk that loses more is broken

OnDone = Callable[[Head], None]
OnPlan = Callable[[int, Mapping[str, int]], None]


def ignore(*_: object) -> None:
    """For who wants to be told nothing."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did, in numbers.

    `review`: values that await a person; `to_review`: documents that hold one. `reasons`: of those that failed;
    `failures`: the first of them. `reused`: documents whose stored result stood; `read`: why the others were read.
    `written`: whether the dataset was written, or lay there as it would be.
    """

    reports: int
    rows: int
    marks: int
    review: int
    to_review: int
    findings: int
    reasons: Mapping[str, int]
    failures: tuple[Failure, ...]
    reused: int = 0
    read: Mapping[str, int] = field(default_factory=dict)
    written: bool = True

    @property
    def failed(self) -> int:
        return sum(self.reasons.values())

    @property
    def exit_code(self) -> ExitCode:
        if EngineMissing.reason in self.reasons:
            return ExitCode.ENVIRONMENT
        if self.failed:
            return ExitCode.FAILED
        return ExitCode.REVIEW if self.to_review else ExitCode.CLEAN


def carry_out(
    inputs: Inputs,
    settings: Settings,
    on_done: OnDone = ignore,
    task: Task = read_one,
    *,
    again: Collection[str] = (),
    on_plan: OnPlan = ignore,
) -> Summary:
    """Reads what the work store does not hold yet and writes the dataset of all inputs to `settings.out`.

    `again`: reasons of failed documents that are to be read again. `on_plan` is told how many documents' results stand
    and why how many others are read; `on_done` each as it is done. Raises DictionaryError, UsageError,
    EnvironmentMissing, OSError.
    """
    dictionary = load(settings.dictionary)  # a broken dictionary or rule, no place to write: said before any reading
    terms = Terms(dictionary, rules.load(settings.rules), settings.risk)
    publish.prepare(settings.out)
    store = Store(settings.store_url)
    run = _begun(inputs, settings, dictionary.version, task)
    chosen = tuple(again)
    for _ in range(ROUNDS):
        found = _read(run, store, chosen, (on_done, on_plan, task))
        chosen = ()
        with held(settings.out, wait=True):  # another run may be publishing
            if run.is_written(found):
                record = run.record(found, run.earlier["dataset"])
                ledger.write(settings.out / ledger.RUN, record)
                return _summary(record, _failures(run, found, store), written=False)
        try:
            kept = (key for key, known in found.items() if not known.row)
            with store.near(kept) as near, files.written(settings.out, by_year=settings.by_year) as dataset:
                tally = assemble((run.plan, found, settings), terms, near, dataset)
                dataset.close()
                record = run.record(found, _told(tally, dataset.folder, run.signature(found)))
                ledger.write(dataset.folder / ledger.RUN, record)
            return _summary(record, tuple(tally.failures))
        except LostResult as lost:
            store.forget(lost.key)
    raise EnvironmentMissing(f"{settings.store_url} pierde o daña lo que se guarda en él; revise el disco.")


def read_share(
    inputs: Inputs,
    settings: Settings,
    share: tuple[int, int],
    on_done: OnDone = ignore,
    task: Task = read_one,
    *,
    on_plan: OnPlan = ignore,
) -> Counter[str]:
    """Reads share `share[0]` of `share[1]` of the documents into the work store and writes no dataset.

    Which documents these are depends on their keys alone. Returns how many are `ok`, `review` and `failed`.
    """
    dictionary = load(settings.dictionary)
    store = Store(settings.store_url)
    run = _begun(inputs, settings, dictionary.version, task)
    found = _read(run, store, (), (on_done, on_plan, task), share)
    return Counter(known.status for known in found.values())


def name_of(out: Path) -> str:
    """The name under which the work store notes the run that writes to `out`."""
    return hashlib.sha256(str(out.absolute()).encode()).hexdigest()[:16]


def _begun(inputs: Inputs, settings: Settings, dictionary: str, task: Task) -> Ledger:
    store = Store(settings.store_url)
    store.prepare()
    run = Ledger.begun(planned(inputs, settings, dictionary, task), settings, dictionary)
    store.note_lines(name_of(settings.out), run.note(), run.noted_sources())
    return run


def _read(
    run: Ledger,
    store: Store,
    again: Collection[str],
    told: tuple[OnDone, OnPlan, Task],
    share: tuple[int, int] = (1, 1),
) -> Mapping[str, Found]:
    """Reads what does not stand; what is known of every key of the share."""
    on_done, on_plan, task = told
    found = Kept(Found.packed, Found.unpacked)
    reasons: Kept[str] = Kept()
    for key, known in survey(store, run.plan.keys(share), run.settings):
        if isinstance(known, Lacking):
            reasons[key] = run.why(key, known)
        elif known.error in again:
            reasons[key] = "retried"
        else:
            found[key] = known
    run.read.update(reasons)
    on_plan(len(found), Counter(reasons.values()))

    def take(errand: Errand, head: Head) -> None:
        found[errand.key] = Found.of(head, stored=head.error not in PASSING)
        on_done(head)

    if reasons:
        read_all = cluster.read_all if run.settings.cluster else batch.read_all
        workers = min(run.settings.workers, len(reasons))
        read_all(run.plan.errands(reasons), replace(run.settings, workers=workers), take, task)
    return found


# ---------------------------------------------------------------- what is told


def _told(tally: Tally, folder: Path, signature: str) -> dict[str, Any]:
    totals = {
        "reports": sum(tally.status.values()) - tally.status["failed"],
        "rows": tally.rows["attendees"] + tally.rows["functions"],
        "marks": tally.rows["attendance"] + tally.rows["function_sessions"],
        "values_to_review": tally.review,
        "findings": tally.rows["findings"],
    }
    tables = {name: tally.rows[name] for name in sorted(tally.rows)}
    return {"signature": signature, "totals": totals, "tables": tables, "files": ledger.digests(folder)}


def _summary(record: Mapping[str, Any], failures: tuple[Failure, ...], *, written: bool = True) -> Summary:
    totals, counts = record["dataset"]["totals"], record["counts"]
    return Summary(
        reports=totals["reports"],
        rows=totals["rows"],
        marks=totals["marks"],
        review=totals["values_to_review"],
        to_review=counts["review"],
        findings=totals["findings"],
        reasons=record["failed"],
        failures=failures,
        reused=counts["reused"],
        read=record["read"],
        written=written,
    )


def _failures(run: Ledger, found: Mapping[str, Found], store: Store) -> tuple[Failure, ...]:
    """The first documents that failed, of a dataset that was not written again."""
    failures: list[Failure] = []
    for entry in run.plan.entries:
        if len(failures) == SHOWN_FAILURES:
            break
        if entry.key is None:
            row = refused(entry, run.settings)
        elif (known := found[entry.key]).status == "failed":
            row = known.row or store.head(entry.key).document
        else:
            continue
        failures.append(Failure(entry.source.name, str(row["error"]), str(row["error_message"])))
    return tuple(failures)

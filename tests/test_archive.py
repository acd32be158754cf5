"""An archive over many runs: what is reused, redone, told and left alone, whoever carries the errands out."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from dictionaries.load import load
from ocr.effort import FULL
from ocr.errors import Damaged, DocumentError, EngineFailed, OutOfMemory, PageTimedOut
from pipeline import batch, errand, job, ledger, provenance, publish
from pipeline.cli.app import app
from pipeline.errand import Errand, NeedsTime, keep, lost, next_attempt, read_to_store
from pipeline.errors import EnvironmentMissing, ExitCode, FileChanged, PageUnread, TimedOut, UsageError
from pipeline.inputs import gather
from pipeline.job import Summary
from pipeline.results import Head, Result, columns_of
from pipeline.settings import Limits, Settings
from pipeline.status import status
from pipeline.store import Store
from pipeline.watch import ENDLESS_SECONDS, STILL_SECONDS, Watch
from tests import bad_files, bench_archive, faults
from tests.test_cli import folder_of

NAMES = ("9_slow.txt", "5_doubt.txt", "1_quick.txt", "0_empty.txt", "0_first.txt")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Errands are carried out here and now, by no pool: any executor may. Yields the names read."""
    read: list[str] = []

    def read_all(errands: Iterable[Errand], settings: Settings, on_done: batch.OnDone, task: Any) -> None:
        for one in errands:
            read.append(one.source.name)
            head = read_to_store(one, settings, settings.store_url, task)
            assert isinstance(head, Head)
            on_done(one, head)

    monkeypatch.setattr(batch, "read_all", read_all)
    return read


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    return folder_of(tmp_path / "in", *NAMES)


def run(inputs: Path, out: Path, **settings: Any) -> Summary:
    return job.carry_out(gather([inputs]), Settings(out, **settings), task=faults.read)


def tables(out: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in out.iterdir() if p.name != ledger.RUN}


def results(out: Path) -> list[Path]:
    return sorted(p for p in out.with_name(f"{out.name}.work").glob("results/*/*"))


def record(out: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads((out / ledger.RUN).read_text(encoding="utf-8"))
    return found


# ---------------------------------------------------------------- in which order


def test_the_largest_is_read_first_and_the_tables_stay_in_the_inputs_order(tmp_path: Path, at_once: list[str]) -> None:
    inputs = tmp_path / "in"
    inputs.mkdir()
    for name, lines in (("a.txt", 3), ("b.txt", 400), ("c.txt", 20)):
        (inputs / name).write_text(f"{name}\n" * lines, encoding="utf-8")
    run(inputs, tmp_path / "out")
    assert at_once == ["b.txt", "c.txt", "a.txt"]
    documents = pq.read_table(tmp_path / "out" / "documents.parquet")
    assert documents["source"].to_pylist() == ["a.txt", "b.txt", "c.txt"]


# ---------------------------------------------------------------- reused and redone


def test_what_is_done_is_not_read_again_and_tables_stay_the_same(
    inputs: Path, tmp_path: Path, at_once: list[str]
) -> None:
    first = run(inputs, tmp_path / "out")
    before, written = tables(tmp_path / "out"), (tmp_path / "out" / "documents.csv").stat().st_ino
    assert sorted(at_once) == sorted(NAMES)
    again = run(inputs, tmp_path / "out")
    assert len(at_once) == len(NAMES)
    assert (first.reused, dict(first.read)) == (0, {"new": 5})
    assert (again.reused, dict(again.read), again.written) == (5, {}, False)
    assert tables(tmp_path / "out") == before
    assert (tmp_path / "out" / "documents.csv").stat().st_ino == written
    assert replace(again, reused=0, read={"new": 5}, written=True) == first


def test_a_dataset_that_somebody_touched_is_written_again(inputs: Path, tmp_path: Path) -> None:
    run(inputs, tmp_path / "out")
    before = tables(tmp_path / "out")
    with (tmp_path / "out" / "attendance.csv").open("a") as file:
        file.write("x")
    assert run(inputs, tmp_path / "out").written
    assert tables(tmp_path / "out") == before


def test_an_interrupted_run_goes_on_to_the_same_bytes(inputs: Path, tmp_path: Path, at_once: list[str]) -> None:
    run(inputs, tmp_path / "whole")
    at_once.clear()

    def interrupt(_: Head) -> None:
        if len(at_once) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        job.carry_out(gather([inputs]), Settings(tmp_path / "out"), interrupt, faults.read)
    assert not (tmp_path / "out" / "documents.csv").exists()
    summary = run(inputs, tmp_path / "out")
    assert sorted(at_once) == sorted(NAMES)
    assert (summary.reused, sum(summary.read.values())) == (3, 2)
    assert tables(tmp_path / "out") == tables(tmp_path / "whole")


def test_only_what_changed_is_read_again_and_why_is_told(inputs: Path, tmp_path: Path, at_once: list[str]) -> None:
    run(inputs, tmp_path / "out")
    at_once.clear()
    (inputs / "1_quick.txt").write_text("other")
    folder_of(inputs, "2_new.txt")
    assert dict(run(inputs, tmp_path / "out").read) == {"file changed": 1, "new": 1}
    assert sorted(at_once) == ["1_quick.txt", "2_new.txt"]
    why = {s["source"]: s["read"] for s in record(tmp_path / "out")["sources"]}
    assert (why["1_quick.txt"], why["2_new.txt"], why["9_slow.txt"]) == ("file changed", "new", "reused")


def test_a_file_renamed_or_removed_costs_no_reading(inputs: Path, tmp_path: Path, at_once: list[str]) -> None:
    run(inputs, tmp_path / "out")
    at_once.clear()
    (inputs / "1_quick.txt").rename(inputs / "renamed.txt")
    (inputs / "5_doubt.txt").unlink()
    run(inputs, tmp_path / "out")
    assert at_once == []
    sources = pq.read_table(tmp_path / "out" / "documents.parquet")["source"].to_pylist()
    assert sources == ["0_empty.txt", "0_first.txt", "9_slow.txt", "renamed.txt"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"risk": 0.01}, "settings changed"),
        ({"limits": Limits(pages=7)}, "settings changed"),
        ({"dictionary": "extra"}, "dictionary changed"),
    ],
    ids=["risk", "limits", "dictionary"],
)
def test_settings_and_dictionary_that_may_change_a_cell_redo_all(
    inputs: Path, tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    run(inputs, tmp_path / "out")
    extra = tmp_path / "extra"
    extra.mkdir()
    (extra / "sectors.csv").write_text("sector_id,name\nnuevo,Sector Nuevo\n", encoding="utf-8")
    change = {name: extra if value == "extra" else value for name, value in change.items()}
    assert dict(run(inputs, tmp_path / "out", **change).read) == {why: 5}
    back = run(inputs, tmp_path / "out")  # both stand in the store
    assert (back.reused, back.written) == (5, True)


def test_another_program_or_engine_redoes_all(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(inputs, tmp_path / "out")
    monkeypatch.setattr(provenance, "engine_code", lambda kind: f"other {kind}")
    assert dict(run(inputs, tmp_path / "out").read) == {"program changed": 5}


def test_how_a_run_is_carried_out_redoes_nothing(inputs: Path, tmp_path: Path) -> None:
    run(inputs, tmp_path / "out")
    effort = replace(FULL, page_seconds=1)
    assert run(inputs, tmp_path / "out", workers=7, memory=99, seconds=5, effort=effort).reused == 5


def test_a_scans_key_depends_on_the_engine_and_a_texts_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    now = dict(provenance.versions())
    before = {kind: provenance.engine_code.__wrapped__(kind) for kind in ("text", "pdf")}
    monkeypatch.setattr(provenance, "versions", lambda: now | {"tesseract": "9.9", "numpy": "9.9"})
    assert provenance.engine_code.__wrapped__("text") == before["text"]
    assert provenance.engine_code.__wrapped__("pdf") != before["pdf"]


def test_the_code_that_a_reading_depends_on_is_all_in_its_key() -> None:
    import grimp

    graph = grimp.build_graph("ocr", "parsers", "dictionaries", "pipeline")
    needed = {m for m in graph.find_upstream_modules("pipeline.task") if m.startswith("pipeline.")}
    assert {f"pipeline.{m.replace('/', '.')}" for m in provenance.driver()} == needed | {"pipeline.task"}


@pytest.mark.parametrize("harm", ["head", "rows", "cut", "empty"])
def test_a_damaged_result_is_read_again(inputs: Path, tmp_path: Path, harm: str, at_once: list[str]) -> None:
    run(inputs, tmp_path / "out")
    before = tables(tmp_path / "out")
    path = max(results(tmp_path / "out"), key=lambda p: p.stat().st_size)
    data = path.read_bytes()
    at = {"head": 100, "rows": len(data) - 5}.get(harm, 0)
    path.write_bytes({"cut": data[:-1], "empty": b""}.get(harm, data[:at] + b"#" + data[at + 1 :]))
    (tmp_path / "out" / "documents.csv").unlink()
    at_once.clear()
    summary = run(inputs, tmp_path / "out")
    assert len(at_once) == 1
    assert tables(tmp_path / "out") == before
    assert sum(summary.read.values()) == 1
    assert Store(Settings(tmp_path / "out").store_url).get(path.name)


def test_a_store_that_damages_what_it_is_given_ends_the_run(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.store.encoded", lambda _: b"nonsense")
    with pytest.raises(EnvironmentMissing, match="revise el disco"):
        run(inputs, tmp_path / "out")


def test_failures_of_the_moment_are_not_kept(inputs: Path, tmp_path: Path, at_once: list[str]) -> None:
    folder_of(inputs, "0_engine.txt")
    assert run(inputs, tmp_path / "out").exit_code == ExitCode.ENVIRONMENT
    at_once.clear()
    assert run(inputs, tmp_path / "out").exit_code == ExitCode.ENVIRONMENT
    assert at_once == ["0_engine.txt"]


def test_a_file_that_changes_while_it_is_read_is_not_kept_under_its_old_bytes(inputs: Path, tmp_path: Path) -> None:
    folder_of(inputs, "0_mutate.txt")
    summary = run(inputs, tmp_path / "out")
    assert summary.reasons == {"empty": 1, FileChanged.reason: 1}
    assert len(results(tmp_path / "out")) == len(NAMES)


def test_another_version_on_the_machine_that_reads_is_no_result(inputs: Path, tmp_path: Path) -> None:
    settings = Settings(tmp_path / "out")
    source = gather([inputs / "9_slow.txt"]).sources[0]
    other = Errand(source, "ab" * 32, "text", "other", load().version)
    head = read_to_store(other, settings, settings.store_url, faults.read)
    assert isinstance(head, Head)
    assert (head.error, Store(settings.store_url).sizes()) == ("other_version", {})


def test_what_earlier_runs_wrote_into_the_archive_is_no_input(inputs: Path) -> None:
    run(inputs, inputs / "data" / "out")
    folder_of(inputs, "data/out/pages/a.png", "data/new.txt")
    found = gather([inputs])
    assert [s.name for s in found.sources] == sorted([*NAMES, "data/new.txt"])
    assert not found.skipped
    again = run(inputs, inputs / "data" / "out")
    assert (again.reused, dict(again.read)) == (5, {"new": 1})


def test_a_folder_that_cannot_be_opened_is_told(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (inputs / "closed").mkdir()
    scan = os.scandir

    def refuse(path: Any) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    run(inputs, tmp_path / "out")
    told = record(tmp_path / "out")
    assert told["skipped"] == [{"path": str(inputs / "closed"), "reason": "not_readable"}]
    assert told["counts"]["inputs"] == 6


def test_whatever_lies_in_a_folder_is_read_or_told_and_no_name_ends_a_run(tmp_path: Path) -> None:
    inputs = folder_of(tmp_path / "in", "-rf.txt", "a\n\x1b[31m.txt", "$(id).txt", "folder.pdf/a.txt")
    odd = os.fsdecode(b"\xff\xfe.txt")
    (inputs / odd).write_text("no UTF-8 in its name")
    (inputs / "link.txt").symlink_to("-rf.txt")
    for name, target in (("up", ".."), ("self.pdf", "self.pdf"), ("nowhere.pdf", "nada"), ("zero.pdf", "/dev/zero")):
        (inputs / name).symlink_to(target)
    os.mkfifo(inputs / "pipe.pdf")
    run(inputs, tmp_path / "out")
    told = record(tmp_path / "out")
    assert {Path(s["path"]).name: s["reason"] for s in told["skipped"]} == {
        "nowhere.pdf": "not_readable",
        "pipe.pdf": "not_a_file",
        "self.pdf": "not_readable",
        "up": "link_to_folder",
        "zero.pdf": "not_a_file",
    }
    by_name = {s["source"]: Path(s["path"]) for s in told["sources"]}
    odd_names = {"a\n\x1b[31m.txt", "$(id).txt", r"\xff\xfe.txt"}
    assert set(by_name) == {"-rf.txt", "link.txt", "folder.pdf/a.txt", *odd_names}
    assert told["counts"]["duplicates"] == 1  # a link is a copy under another name
    assert all(path.is_file() for path in by_name.values())  # the bytes of a name survive the record
    assert status(tmp_path / "out").pending == 0
    with pytest.raises(UsageError, match="No es un archivo"):
        gather([inputs / "pipe.pdf"])


# ---------------------------------------------------------------- the second attempt


def errand_of(folder: Path, name: str, **changes: Any) -> Errand:
    source = gather([folder_of(folder, name) / name]).sources[0]
    return replace(Errand(source, "ab" * 32, "text", provenance.engine_code("text"), load().version), **changes)


def test_what_was_read_with_less_is_marked(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "out")
    second = errand_of(tmp_path, "0_fine.txt", attempt=2, tried=("timed_out",))
    head = read_to_store(second, settings, settings.store_url, faults.read)
    assert isinstance(head, Head)
    assert (head.status, head.document["attempt"], head.tried) == ("review", 2, ("timed_out",))
    assert head.document["needs_review"]
    assert "read_with_less" in str(head.document["review_reason"])
    assert Store(settings.store_url).get(second.key).columns["documents"]["attempt"] == [2]


def test_the_second_attempt_has_less_and_a_third_does_not_come(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    first = errand_of(tmp_path, "a.txt")
    second = next_attempt(first, lost(first, settings, TimedOut()))
    assert second
    assert (second.attempt, second.tried) == (2, ("timed_out",))
    assert next_attempt(second, lost(second, settings, TimedOut())) is None
    assert (settings.effort.less.second_look, settings.effort.less.max_dpi < 200) == (False, True)


def test_a_poorer_second_attempt_does_not_replace_what_the_first_left(tmp_path: Path) -> None:
    settings, store = Settings(tmp_path / "out"), Store(tmp_path / "work")
    first = errand_of(tmp_path, "a.txt")
    rows = faults.read(first.source, settings)
    said = str(PageUnread(f"página 2: {PageTimedOut('300 s')}"))
    rows["documents"][0] |= {"status": "failed", "error": "page_unread", "error_message": said}
    head = errand._head(first, settings, rows, 1)
    keep(store, first, Result(head, {name: columns_of(some) for name, some in rows.items() if some}))
    second = next_attempt(first, head)
    assert second
    kept = keep(store, second, Result(lost(second, settings, TimedOut()), {}))
    assert (kept.error, kept.attempt, kept.tried) == ("page_unread", 1, ("page_unread",))
    assert store.get(first.key).columns["attendance"]
    assert errand.is_settled(kept, settings)


def test_the_record_of_a_run_is_read_input_by_input(inputs: Path, tmp_path: Path) -> None:
    """As any reader of JSON reads it, and nothing of one that was cut."""
    for name in ('a\n "sources": [', '  {"source": 1}'):
        (inputs / f"{name}.txt").write_text(name)
    run(inputs, tmp_path / "out")
    record = tmp_path / "out" / ledger.RUN
    whole = json.loads(record.read_text())
    assert ledger.load(tmp_path / "out") == whole
    assert ledger.head(tmp_path / "out") == {key: value for key, value in whole.items() if key != "sources"}
    assert [s["source"] for s in ledger.sources(tmp_path / "out")] == [s["source"] for s in whole["sources"]]
    assert run(inputs, tmp_path / "out").reused == len(whole["sources"])
    record.write_bytes(record.read_bytes()[:200])
    assert ledger.load(tmp_path / "out") == {}


def test_a_page_that_less_cannot_mend_is_not_read_twice(tmp_path: Path) -> None:
    settings, first = Settings(tmp_path / "out"), errand_of(tmp_path, "a.txt")

    def head_of(*faults_: DocumentError) -> Head:
        rows = faults.read(first.source, settings)
        said = str(PageUnread("; ".join(f"página {i}: {fault}" for i, fault in enumerate(faults_))))
        rows["documents"][0] |= {"status": "failed", "error": "page_unread", "error_message": said}
        return errand._head(first, settings, rows, 1)

    damaged = head_of(Damaged("Syntax Error: x"))
    assert next_attempt(first, damaged) is None
    assert errand.is_settled(damaged, settings)
    for fault in (PageTimedOut(), OutOfMemory(), EngineFailed()):
        assert next_attempt(first, head_of(Damaged(), fault))
    assert next_attempt(first, head_of(*[Damaged("x" * 200)] * 5, EngineFailed()))  # beyond where the message is cut


def test_a_failure_for_want_of_time_stands_until_there_is_more(inputs: Path, tmp_path: Path) -> None:
    run(inputs, tmp_path / "out", seconds=10)
    store = Store(Settings(tmp_path / "out").store_url)
    (late,) = (e for e in job.planned(gather([inputs / "9_slow.txt"]), Settings(tmp_path / "out"),
               record(tmp_path / "out")["dictionary"], faults.read).entries)  # fmt: skip
    settings = Settings(tmp_path / "out", seconds=10)
    tried = Errand(late.source, str(late.key), "text", "", "", attempt=2, tried=("timed_out",))
    head = lost(tried, settings, TimedOut("10 s"))
    store.put(tried.key, Result(head, {"documents": columns_of([head.document])}))
    assert run(inputs, tmp_path / "out", seconds=10).reasons == {"empty": 1, "timed_out": 1}
    assert dict(run(inputs, tmp_path / "out", seconds=20).read) == {"unsettled": 1}
    assert run(inputs, tmp_path / "out", seconds=10).reasons == {"empty": 1}


def test_a_long_document_asks_for_more_time(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(bad_files.pdf(pages=61))
    source = gather([tmp_path / "a.pdf"]).sources[0]
    settings = Settings(tmp_path / "out", seconds=100)
    first = Errand(source, "ab" * 32, "pdf", provenance.engine_code("pdf"), load().version)
    answer = read_to_store(first, settings, settings.store_url, faults.read)
    assert answer == NeedsTime(61)
    assert replace(first, pages=61).seconds(settings) == 300
    assert isinstance(read_to_store(replace(first, pages=61), settings, settings.store_url, faults.read), Head)


# ---------------------------------------------------------------- the record


def test_every_input_is_accounted_for(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder_of(inputs, "README.md", "0_again.txt")
    (inputs / "0_again.txt").write_bytes((inputs / "0_first.txt").read_bytes())
    run(inputs, tmp_path / "out")
    told = record(tmp_path / "out")
    assert told["counts"] == {
        **{"inputs": 7, "done": 4, "review": 1, "failed": 1, "skipped": 1},
        **{"duplicates": 1, "documents": 5, "reused": 0, "read": 5, "read_with_less": 0},
    }
    assert told["failed"] == {"empty": 1}
    assert told["skipped"] == [{"path": str(inputs / "README.md"), "reason": "unknown_kind"}]
    assert told["versions"]["tesseract"]
    assert told["settings"]["risk"] == 0.0005
    assert told["started"] <= told["finished"]
    source = told["sources"][0]
    assert (source["source"], source["path"]) == ("0_again.txt", str(inputs / "0_again.txt"))
    assert len(source["sha256"]) == 64
    for name, digest in told["dataset"]["files"].items():
        assert ledger._digest(tmp_path / "out" / name) == digest
    monkeypatch.setattr(ledger.Ledger, "_found", lambda *_: job.Found("lost", None))
    with pytest.raises(ledger.Miscounted):
        run(inputs, tmp_path / "other")


def test_a_file_that_gives_no_bytes_has_its_row_and_its_place_in_the_record(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.inputs.sha256", lambda path, _: None if "quick" in path.name else "ab" * 32)
    monkeypatch.setattr(errand, "sha256", lambda _: "ab" * 32)
    summary = run(inputs, tmp_path / "out")
    assert summary.reasons == {"not_readable": 1} | ({"empty": 4} if "empty" in summary.reasons else {})
    rows = {r["source"]: r for r in pq.read_table(tmp_path / "out" / "documents.parquet").to_pylist()}
    assert (rows["1_quick.txt"]["error"], rows["1_quick.txt"]["document_id"]) == ("not_readable", None)
    assert record(tmp_path / "out")["counts"]["inputs"] == 5


def test_too_large_a_file_is_refused_by_its_size_and_never_hashed(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (inputs / "huge.txt").open("wb") as file:
        file.truncate(10**12)  # a terabyte of nothing: to hash it would take an hour
    opened: list[str] = []
    whole = Path.open
    monkeypatch.setattr(Path, "open", lambda path, *a, **k: (opened.append(path.name), whole(path, *a, **k))[1])
    for _ in range(2):
        summary = run(inputs, tmp_path / "out")
        assert summary.reasons == {"empty": 1, "too_big": 1}
    assert opened.count("huge.txt") <= 2  # its first bytes tell its kind
    rows = {r["source"]: r for r in pq.read_table(tmp_path / "out" / "documents.parquet").to_pylist()}
    assert (rows["huge.txt"]["error"], rows["huge.txt"]["sha256"]) == ("too_big", None)
    assert "1000000000000 bytes" in rows["huge.txt"]["error_message"]
    assert dict(status(tmp_path / "out").reasons) == {"empty": 1, "too_big": 1}


def test_status_tells_how_far_a_run_has_come(inputs: Path, tmp_path: Path, at_once: list[str]) -> None:
    folder_of(inputs, "README.md")
    with pytest.raises(UsageError, match="No hay registro"):
        status(tmp_path / "out")

    def interrupt(_: Head) -> None:
        if len(at_once) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        job.carry_out(gather([inputs]), Settings(tmp_path / "out", risk=0.01), interrupt, faults.read)
    found = status(tmp_path / "out")
    assert (found.inputs, found.done, found.review, found.failed) == (6, 2, 0, 1)
    assert (found.pending, found.skipped, dict(found.reasons)) == (2, 1, {"empty": 1})
    assert (found.results, found.settings.risk) == (3, 0.01)
    said = CliRunner().invoke(app, ["status", str(tmp_path / "out")])
    assert said.exit_code == 0
    assert "Pendientes" in said.output
    assert CliRunner().invoke(app, ["status", str(tmp_path / "gone")]).exit_code == ExitCode.USAGE


def test_retry_reads_the_failed_again_for_the_reasons_given(tmp_path: Path, at_once: list[str]) -> None:
    inputs = folder_of(tmp_path / "in", "a.txt", "b.txt")
    (inputs / "a.txt").write_bytes(b"")
    arguments = ["run", str(inputs), "--out", str(tmp_path / "out"), "--risk", "0.01"]
    assert CliRunner().invoke(app, arguments).exit_code == ExitCode.FAILED
    assert sorted(at_once) == ["a.txt", "b.txt"]
    for given, read in ((["--reason", "timed_out"], []), (["--reason", "empty"], ["a.txt"]), ([], ["a.txt", "b.txt"])):
        at_once.clear()
        done = CliRunner().invoke(app, ["retry", str(tmp_path / "out"), *given])
        assert done.exit_code == ExitCode.FAILED
        assert sorted(at_once) == read
    assert record(tmp_path / "out")["settings"]["risk"] == 0.01


# ---------------------------------------------------------------- shards


def test_shards_share_an_archive_and_a_run_assembles_it(inputs: Path, tmp_path: Path, at_once: list[str]) -> None:
    folder_of(inputs, *(f"{i}_more.txt" for i in range(8)))
    run(inputs, tmp_path / "whole")
    whole = sorted(at_once)
    at_once.clear()
    shares = []
    for number in (1, 2, 3):
        settings = Settings(tmp_path / f"out{number}", work=str(tmp_path / "shared"))
        count = job.read_share(gather([inputs]), settings, (number, 3), task=faults.read)
        shares.append(sum(count.values()))
        assert not (tmp_path / f"out{number}").exists()
    assert sorted(at_once) == whole
    assert all(shares)
    at_once.clear()
    assert run(inputs, tmp_path / "out", work=str(tmp_path / "shared")).reused == len(whole)
    assert at_once == []
    assert tables(tmp_path / "out") == tables(tmp_path / "whole")


def test_a_part_of_nothing_is_a_usage_error(inputs: Path, tmp_path: Path) -> None:
    for shard in ("0/3", "4/3", "x", "1/0", "1"):
        arguments = ["run", str(inputs), "--out", str(tmp_path / "out"), "--shard", shard]
        assert CliRunner().invoke(app, arguments).exit_code == ExitCode.USAGE, shard
    arguments = ["run", str(inputs), "--out", str(tmp_path / "out"), "--shard", "1/2", "--watch"]
    assert CliRunner().invoke(app, arguments).exit_code == ExitCode.USAGE


# ---------------------------------------------------------------- the dataset's place


def test_a_run_killed_while_publishing_is_finished_by_the_next(tmp_path: Path) -> None:
    out = tmp_path / "out"
    for text in ("old", "new"):
        killed = text == "new"
        try:
            with publish.published(out) as aside:
                for name in ("a.csv", "b.csv"):
                    (aside / name).write_text(text)
                (aside / "by_year" / "a").mkdir(parents=True)
                (aside / "by_year" / "a" / "x").write_text(text)
                left = tmp_path / "left"
                if killed:
                    shutil.copytree(aside, left)
                    raise KeyboardInterrupt
        except KeyboardInterrupt:
            pass
    assert (out / "a.csv").read_text() == "old"
    aside = out / f"{publish.ASIDE}killed"
    left.rename(aside)
    (out / publish.MOVING).write_text(aside.name)
    (aside / "a.csv").replace(out / "a.csv")  # so far it had come: one table new, the others old
    publish.prepare(out)
    assert {p.name: p.read_text() for p in out.iterdir() if p.is_file()} == {"a.csv": "new", "b.csv": "new"}
    assert (out / "by_year" / "a" / "x").read_text() == "new"
    assert sorted(p.name for p in out.iterdir()) == ["a.csv", "b.csv", "by_year"]


def test_what_a_killed_run_had_written_aside_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "out" / f"{publish.ASIDE}x"
    left.mkdir(parents=True)
    publish.prepare(tmp_path / "out")
    assert not left.exists()
    with publish.published(tmp_path / "out") as aside:
        publish.prepare(tmp_path / "out")  # another run begins meanwhile
        assert aside.exists()
        (aside / "a").touch()
    assert (tmp_path / "out" / "a").exists()


def test_parquet_by_year_holds_the_same_rows(inputs: Path, tmp_path: Path) -> None:
    run(inputs, tmp_path / "out", by_year=True)
    whole = pq.read_table(tmp_path / "out" / "attendance.parquet")
    parts = pq.read_table(tmp_path / "out" / "by_year" / "attendance")
    assert parts.num_rows == whole.num_rows > 0
    assert set(parts["report_year"].to_pylist()) == {2025}
    assert run(inputs, tmp_path / "out").written
    assert not (tmp_path / "out" / "by_year").exists()


# ---------------------------------------------------------------- a folder that is watched


def test_a_file_counts_once_it_stands_still_and_is_whole(tmp_path: Path) -> None:
    now = [0.0]
    watch = Watch([tmp_path], lambda: now[0])
    whole = bad_files.pdf()

    def names() -> list[str] | None:
        found = watch.news()
        return [s.name for s in found.sources] if found else None

    def after(seconds: float) -> list[str] | None:
        now[0] += seconds
        return names()

    assert names() is None
    (tmp_path / "a.txt").write_text("a")
    assert names() is None  # just come
    assert after(STILL_SECONDS - 1) is None
    assert after(2) == ["a.txt"]
    assert after(100) is None  # nothing new
    (tmp_path / "b.pdf").write_bytes(whole[: len(whole) // 2])
    assert (names(), after(STILL_SECONDS + 1)) == (None, None)  # still, but without its end
    (tmp_path / "b.pdf").write_bytes(whole)
    assert names() is None
    assert after(STILL_SECONDS) == ["a.txt", "b.pdf"]
    (tmp_path / "c.pdf").write_bytes(whole[: len(whole) // 2])
    assert (names(), after(ENDLESS_SECONDS - 1)) == (None, None)
    assert after(2) == ["a.txt", "b.pdf", "c.pdf"]  # as whole as it will get
    (tmp_path / "a.txt").write_text("aa")
    assert names() == ["b.pdf", "c.pdf"]  # it is being written anew
    assert after(STILL_SECONDS) == ["a.txt", "b.pdf", "c.pdf"]


def test_a_file_replaced_with_its_size_and_time_kept_is_news(tmp_path: Path) -> None:
    now = [0.0]
    watch = Watch([tmp_path], lambda: now[0])
    path = tmp_path / "a.txt"
    path.write_text("a")
    watch.news()
    now[0] += STILL_SECONDS
    assert watch.news()
    kept = path.stat()
    (tmp_path / ".b").write_text("b")
    os.utime(tmp_path / ".b", ns=(kept.st_atime_ns, kept.st_mtime_ns))
    (tmp_path / ".b").replace(path)
    watch.news()
    now[0] += STILL_SECONDS
    found = watch.news()
    assert found
    assert found.sources[0].sha256 != gather([path]).sources[0].name


# ---------------------------------------------------------------- what it costs


def test_the_costs_of_an_archive_are_measured(tmp_path: Path) -> None:
    costs = bench_archive.measure(tmp_path, 60, (801, 802))
    assert costs.rows > 60 * 50
    assert len(pq.read_table(tmp_path / "out" / "documents.parquet")) == 60
    told = record(tmp_path / "out")["counts"]
    assert (told["reused"], told["read"]) == (60, 0)
    assert costs.again.processor > 0
    assert 50 < costs.assembling.memory < 2000
    assert "60 stored results" in bench_archive.report(costs)

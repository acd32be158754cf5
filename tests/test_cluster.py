"""A Ray cluster on this machine: any number of machines, one of them killed, gives the same bytes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dictionaries.load import load
from pipeline import cluster, job, provenance
from pipeline.errand import Errand
from pipeline.errors import EnvironmentMissing
from pipeline.inputs import gather
from pipeline.results import Head
from pipeline.settings import Settings
from pipeline.sources import Source
from pipeline.store import Store
from pipeline.task import Task, read_one
from tests import faults
from tests.machines import QUIET, Machines, machines
from tests.object_storage import BUCKET, object_storage, put_folder

SAMPLE = Path(__file__).parents[1] / "data" / "raw" / "sintetico_texto_ocr.txt"


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in QUIET.items():
        monkeypatch.setenv(name, value)


def tables(out: Path) -> dict[str, bytes]:
    """All that a run wrote but its record, which tells of times."""
    return {p.name: p.read_bytes() for p in out.iterdir() if p.is_file() and p.name != "run.json"}


def read_losing_one(inputs: Any, settings: Settings, cluster_of: Machines, task: Task) -> list[Head]:
    """A run that loses a machine when some documents are done and both machines are at work."""
    heads: list[Head] = []

    def on_done(head: Head) -> None:
        heads.append(head)
        if len(heads) == 4:
            cluster_of.kill_one()

    job.carry_out(inputs, settings, on_done, task)
    return heads


def test_a_machine_killed_mid_run_costs_nothing_and_a_dying_process_its_document(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for i in range(16):
        (folder / f"{9 - i % 10}_{i:02}.txt").write_text(str(i))
    (folder / "3_die.txt").write_text("die")
    (folder / "9_again.txt").write_bytes((folder / "9_00.txt").read_bytes())
    local = Settings(tmp_path / "local", workers=2)
    job.carry_out(gather([folder]), local, task=faults.read)
    with machines() as there:
        shared = Settings(tmp_path / "shared", cluster=there.address)
        heads = read_losing_one(gather([folder]), shared, there, faults.read)
    assert len(heads) == 17
    assert {head.error for head in heads} == {None, "worker_died"}
    assert tables(shared.out) == tables(local.out)


def test_inputs_and_results_in_object_storage_give_the_same_bytes_with_a_machine_killed(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "2025").mkdir(parents=True)
    for i in range(7):
        (folder / "2025" / f"{i}.txt").write_text(SAMPLE.read_text(encoding="utf-8") + "\n" * i, encoding="utf-8")
    (folder / "roto.pdf").write_bytes(b"%PDF-1.4 y nada")
    (folder / "leame.docx").write_bytes(b"x")
    (folder / ".oculto.txt").write_bytes(b"x")
    local = Settings(tmp_path / "local", workers=2)
    job.carry_out(gather([folder]), local)
    with object_storage() as files, machines() as there:
        put_folder(files, folder, f"{BUCKET}/informes")
        far = Settings(tmp_path / "far", work=f"{BUCKET}/work", cluster=there.address)
        inputs = gather([f"{BUCKET}/informes"], settings=far)
        assert len(read_losing_one(inputs, far, there, read_one)) == 8
        assert inputs.skipped == (f"{BUCKET}/informes/leame.docx",)
    assert not far.out.with_name("far.work").exists()
    assert tables(far.out) == tables(local.out)


# ---------------------------------------------------------------- what a machine may lack


def an_errand(folder: Path, **changes: Any) -> Errand:
    path = folder / "a.txt"
    path.write_text("a")
    (source,) = gather([path]).sources
    errand = Errand(source, "ab" * 32, "text", provenance.engine_code("text"), load().version)
    return replace(errand, **changes)


def settings_of(folder: Path) -> Settings:
    settings = Settings(folder / "out", workers=1, work=str(folder / "work"))
    Store(settings.store_url).note(cluster.MARK, {}, cluster.SHELF)
    return settings


@pytest.fixture
def _offices() -> Iterator[None]:
    yield
    cluster.leave()


@pytest.mark.usefixtures("_offices")
def test_a_machine_with_other_versions_is_told_and_reads_nothing(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert cluster.read_there(an_errand(tmp_path), settings, faults.read).status == "ok"
    for change in ({"code": "0" * 64}, {"dictionary": "another"}):
        with pytest.raises(EnvironmentMissing, match="versiones"):
            cluster.read_there(an_errand(tmp_path, key="cd" * 32, **change), settings, faults.read)
    assert set(Store(settings.store_url).sizes()) == {"ab" * 32}


@pytest.mark.usefixtures("_offices")
def test_limits_hold_in_each_process_of_a_machine(tmp_path: Path) -> None:
    settings = replace(settings_of(tmp_path), seconds=2)
    (tmp_path / "hang.txt").write_text("hang")
    (source,) = gather([tmp_path / "hang.txt"]).sources
    hung = cluster.read_there(an_errand(tmp_path, source=source), settings, faults.read)
    assert (hung.error, hung.attempt, hung.tried) == ("timed_out", 2, ("timed_out",))
    assert cluster.read_there(an_errand(tmp_path, key="cd" * 32), settings, faults.read).status == "ok"


@pytest.mark.usefixtures("_offices")
def test_a_machine_that_does_not_see_the_store_is_told(tmp_path: Path) -> None:
    settings = replace(settings_of(tmp_path), work=str(tmp_path / "another"))
    with pytest.raises(EnvironmentMissing, match="--work"):
        cluster.read_there(an_errand(tmp_path), settings, faults.read)


def test_without_ray_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(EnvironmentMissing, match=r"veedor\[cluster\]"):
        cluster.read_all([an_errand(tmp_path)], replace(settings_of(tmp_path), cluster="auto"), lambda *_: None)


def test_without_a_cluster_it_is_said_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentMissing, match="ray start --head"):
        cluster.read_all([an_errand(tmp_path)], replace(settings_of(tmp_path), cluster="127.0.0.1:9"), lambda *_: None)


def test_other_machines_are_told_whole_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    source = Source(Path("a.txt"), "a.txt", "ab" * 32)
    assert cluster.shown(source).path == tmp_path / "a.txt"
    told = cluster.shared(Settings(Path("out"), dictionary=Path("mine")))
    assert (told.store_url, told.dictionary, told.workers) == (str(tmp_path / "out.work"), tmp_path / "mine", 1)
    assert cluster.shared(Settings(Path("out"), work="s3://b/w")).store_url == "s3://b/w"
    assert os.getcwd() == str(tmp_path)

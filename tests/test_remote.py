"""Inputs and work stores in object storage: listed, digested once, brought, read; what goes wrong is said."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import s3fs
from typer.testing import CliRunner

from ocr.errors import EngineMissing
from pipeline import digests, job
from pipeline.cli.app import app
from pipeline.errors import EnvironmentMissing, ExitCode, UsageError
from pipeline.inputs import gather
from pipeline.rows import Rows
from pipeline.settings import Limits, Settings
from pipeline.sources import Source
from pipeline.store import Store
from tests import faults
from tests.object_storage import BUCKET, object_storage, put_folder
from tests.test_questions import ROADS

VEEDOR = Path(sys.executable).with_name("veedor")
SAMPLE = Path(__file__).parents[1] / "data" / "raw" / "sintetico_texto_ocr.txt"
IN = f"{BUCKET}/informes"


def tables(out: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in out.iterdir() if p.is_file() and p.name != "run.json"}


@pytest.fixture(scope="module")
def server() -> Iterator[s3fs.S3FileSystem]:
    with object_storage() as files:
        yield files


@pytest.fixture
def files(server: s3fs.S3FileSystem) -> s3fs.S3FileSystem:
    """The server, its bucket empty."""
    if found := server.find(BUCKET):
        server.rm(found)
    return server


def far(tmp_path: Path, **changes: object) -> Settings:
    return Settings(tmp_path / "out", workers=1, work=f"{BUCKET}/work", **changes)  # type: ignore[arg-type]


def read_texts(source: Source, settings: Settings) -> Rows:
    """A stand-in that shows what was read: the file's own text, which is its name in these tests."""
    return faults.read(Source(source.path, source.path.read_text(), source.sha256), settings)


def put(files: s3fs.S3FileSystem, *names: str) -> None:
    for name in names:
        files.pipe_file(f"{IN}/{name}", name.rpartition("/")[2].encode())


def test_a_folder_there_is_listed_as_one_here(files: s3fs.S3FileSystem, tmp_path: Path) -> None:
    names = ("b.txt", "a/z.TXT", "a/c.pdf", "a.b/x.txt", "LEAME.md", ".oculta/x.pdf", "a/.secreto.txt")
    put(files, *names)
    for name in names:
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(name.rpartition("/")[2])
    here, there = gather([tmp_path / "in"]), gather([IN], settings=far(tmp_path))
    assert [(s.name, s.sha256) for s in there.sources] == [(s.name, s.sha256) for s in here.sources]
    assert there.skipped == (f"{IN}/LEAME.md",)
    whole = gather([BUCKET], settings=far(tmp_path))  # its store lies there too
    assert [s.name for s in whole.sources] == [f"informes/{s.name}" for s in here.sources]
    assert whole.skipped == there.skipped
    assert there.given == (IN,)


def test_files_named_and_names_that_repeat(files: s3fs.S3FileSystem, tmp_path: Path) -> None:
    put(files, "1/a.txt", "2/a.txt", "2/c.docx")
    (tmp_path / "c.docx").write_text("c")
    places = [f"{IN}/1/a.txt", f"{IN}/2", f"{IN}/2/c.docx", f"{IN}/1/a.txt", tmp_path / "c.docx"]
    names = [s.name for s in gather(places, settings=far(tmp_path)).sources]
    assert names == ["c.docx", f"{IN}/1/a.txt", f"{IN}/2/a.txt", f"{IN}/2/c.docx"]


def test_what_is_not_there_is_a_usage_error(files: s3fs.S3FileSystem, tmp_path: Path) -> None:
    put(files, "leame.md")
    for url in (f"{BUCKET}/nada", "s3://otro-cubo/x", f"{IN}/no.pdf"):
        with pytest.raises(UsageError, match="No existe"):
            gather([url], settings=far(tmp_path))
    with pytest.raises(UsageError, match=r"\.pdf"):
        gather([IN], settings=far(tmp_path))
    with pytest.raises(UsageError, match="zz"):
        gather(["zz://x/y"], settings=far(tmp_path))


def test_a_package_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("s3fs", "gcsfs"):
        monkeypatch.setitem(sys.modules, module, None)
    for scheme in ("s3", "gs"):
        monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, scheme, raising=False)
    with pytest.raises(EnvironmentMissing, match=r"veedor\[s3\]"):
        gather(["s3://cubo/x"], settings=Settings(tmp_path))
    with pytest.raises(EnvironmentMissing, match="gcsfs"):
        gather(["gs://cubo/x"], settings=Settings(tmp_path))
    with pytest.raises(EnvironmentMissing, match=r"veedor\[s3\]"):
        Store("s3://cubo/work")


def test_storage_that_does_not_answer_is_an_error_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setattr(s3fs.S3FileSystem, "retries", 1)
    s3fs.S3FileSystem.clear_instance_cache()
    with pytest.raises(OSError, match=r"127\.0\.0\.1:9"):
        gather(["s3://cubo/x"], settings=Settings(tmp_path))
    s3fs.S3FileSystem.clear_instance_cache()


def test_what_has_not_changed_is_not_fetched_to_be_digested_again(
    files: s3fs.S3FileSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(files, "a.txt", "b.txt")
    fetched: list[str] = []
    chunks = digests.chunks
    monkeypatch.setattr(digests, "chunks", lambda url: fetched.append(url) or chunks(url))
    first = gather([IN], settings=far(tmp_path))
    assert fetched == [f"{IN}/a.txt", f"{IN}/b.txt"]
    assert gather([IN], settings=far(tmp_path)).sources == first.sources
    assert len(fetched) == 2
    files.pipe_file(f"{IN}/b.txt", b"otro")
    put(files, "c.txt")
    second = gather([IN], settings=far(tmp_path))
    assert fetched[2:] == [f"{IN}/b.txt", f"{IN}/c.txt"]
    assert second.sources[0] == first.sources[0]
    assert second.sources[1].sha256 != first.sources[1].sha256
    gather([IN], settings=far(tmp_path, limits=Limits(pages=3)))  # what a file is taken for may be another thing
    assert len(fetched) == 7
    large = gather([IN], settings=far(tmp_path, limits=Limits(file_bytes=3)))
    assert ([s.sha256 for s in large.sources], len(fetched)) == ([None] * 3, 7)  # refused as it is, not fetched first


def test_what_changes_or_goes_between_listing_and_reading_fails_and_is_not_kept(
    files: s3fs.S3FileSystem, tmp_path: Path
) -> None:
    put(files, "a.txt", "b.txt", "c.txt")
    inputs = gather([IN], settings=far(tmp_path))
    files.pipe_file(f"{IN}/a.txt", b"otro")
    files.rm(f"{IN}/b.txt")
    summary = job.carry_out(inputs, far(tmp_path), task=read_texts)
    assert {f.source: f.reason for f in summary.failures} == {"a.txt": "file_changed", "b.txt": "not_readable"}
    assert len(Store(f"{BUCKET}/work").sizes()) == 1
    summary = job.carry_out(gather([IN], settings=far(tmp_path)), far(tmp_path), task=read_texts)
    assert (summary.reports, summary.failed, summary.reused) == (2, 0, 1)


def test_too_large_a_file_is_never_brought(files: s3fs.S3FileSystem, tmp_path: Path) -> None:
    put(files, "a.txt")
    (tmp_path / "a.txt").write_text("a.txt")
    limits = Limits(file_bytes=4)
    here = Settings(tmp_path / "here", workers=1, limits=limits)
    job.carry_out(gather([tmp_path / "a.txt"], settings=here), here)
    inputs = gather([IN], settings=far(tmp_path, limits=limits))
    files.rm(f"{IN}/a.txt")
    summary = job.carry_out(inputs, far(tmp_path, limits=limits))
    assert [f.reason for f in summary.failures] == ["too_big"]
    assert (tmp_path / "out" / "documents.csv").read_bytes() == (tmp_path / "here" / "documents.csv").read_bytes()
    assert EngineMissing.reason not in summary.reasons


def test_the_record_of_a_run_gives_addresses(files: s3fs.S3FileSystem, tmp_path: Path) -> None:
    put(files, "a.txt")
    job.carry_out(gather([IN], settings=far(tmp_path)), far(tmp_path), task=read_texts)
    record = (tmp_path / "out" / "run.json").read_text(encoding="utf-8")
    assert f'"path": "{IN}/a.txt"' in record
    note, source = Store(f"{BUCKET}/work").noted_lines(job.name_of(tmp_path / "out"))
    assert (note["inputs"], source[0]) == ([IN], "a.txt")
    assert Store(f"{BUCKET}/work").notes() == [job.name_of(tmp_path / "out")]


# ---------------------------------------------------------------- the program itself


def veedor(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [VEEDOR, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ.copy()
    )


def test_a_run_over_object_storage_that_is_killed_goes_on_and_gives_the_same_bytes(
    files: s3fs.S3FileSystem, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    for i in range(4):
        (tmp_path / "in" / f"{i}.txt").write_text(SAMPLE.read_text(encoding="utf-8") + "\n" * i, encoding="utf-8")
    put_folder(files, tmp_path / "in", IN)
    command = ("run", IN, "--out", tmp_path / "out", "--work", f"{BUCKET}/work", "--workers", "1")
    store = Store(f"{BUCKET}/work")
    killed = veedor(*command)
    for _ in range(600):
        if store.sizes() or killed.poll() is not None:
            break
        time.sleep(0.1)
    killed.kill()
    killed.communicate()
    done = len(store.sizes())
    assert 1 <= done < 4
    assert not (tmp_path / "out" / "documents.csv").exists()
    said = veedor("status", tmp_path / "out", "--work", f"{BUCKET}/work").communicate()[0]
    assert re.search(r"Pendientes\W+\d", said), said
    resumed = veedor(*command)
    said = resumed.communicate()[0]
    assert resumed.returncode in (ExitCode.CLEAN, ExitCode.REVIEW), said
    found = re.search(r"Reutilizados\W+(\d+)", said)
    assert found, said
    assert int(found[1]) >= done
    job.carry_out(gather([tmp_path / "in"]), Settings(tmp_path / "here", workers=1))
    assert tables(tmp_path / "out") == tables(tmp_path / "here")


def test_the_program_says_what_is_wrong_with_a_url_or_a_cluster(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    for arguments, code, said in (
        (("run", "zz://a", "--out", "o"), ExitCode.USAGE, "zz"),
        (("run", "s3://cubo/x", "--out", "o", "--watch"), ExitCode.USAGE, "--watch"),
        (("run", tmp_path / "a.txt", "--out", tmp_path / "o", "--cluster", "127.0.0.1:9"), 5, "ray start --head"),
    ):
        program = veedor(*arguments)
        output = program.communicate()[0]
        assert (program.returncode, said in output) == (code, True), output


def test_papers_of_a_url_are_brought_for_pages_samples_and_evidence_or_it_is_said(
    files: s3fs.S3FileSystem, tmp_path: Path
) -> None:
    papers, out = tmp_path / "papers", tmp_path / "out"
    files.pipe_file(f"{IN}/vial.pdf", ROADS.report(1))
    job.carry_out(gather([IN], settings=far(tmp_path)), far(tmp_path))
    (document,) = pq.read_table(out / "documents.parquet").to_pylist()
    page = out / "reports" / f"{document['document_id']}.html"
    asked = ("--where", "table=attendance and row=1", "--no-reread")

    def say(*arguments: object) -> tuple[int, str]:
        done = CliRunner().invoke(app, [str(a) for a in arguments])
        return done.exit_code, " ".join(done.output.split())

    assert say("pages", out)[0] == 0
    assert "data:image" in page.read_text()
    assert say("sample", out, "--n", 60, "--seed", 1, "--to", tmp_path / "sheet")[0] == 0
    assert say("evidence", out, *asked, "--to", tmp_path / "proof")[0] == 0
    assert say("verify", tmp_path / "proof")[0] == 0
    assert not list(Path(tempfile.gettempdir()).glob(f"veedor-*/{document['sha256']}*"))
    papers.mkdir()
    (papers / "vial.pdf").write_bytes(files.cat_file(f"{IN}/vial.pdf"))
    files.rm(f"{IN}/vial.pdf")
    assert say("pages", out)[0] == 0
    assert "data:image" not in page.read_text()
    assert f"No se pudo traer {IN}/vial.pdf" in html.unescape(page.read_text())
    code, said = say("evidence", out, *asked, "--to", tmp_path / "none")
    assert (code, "--sources" in said) == (ExitCode.USAGE, True), said
    assert say("evidence", out, *asked, "--to", tmp_path / "again", "--sources", papers)[0] == 0

"""Evidence of chosen values: what a folder of it holds, and that nothing in it can change unnoticed."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw
from typer.testing import CliRunner

from dictionaries.load import load
from ocr.records import Box
from pipeline import crops
from pipeline.audit import choice, evidence, verification
from pipeline.cli.app import app
from pipeline.errors import ExitCode, UsageError
from pipeline.inputs import gather, sha256
from pipeline.papers import Papers
from pipeline.run import read_report
from pipeline.settings import Limits
from tests import forms, written
from tests.form_style import Style

DICTIONARY = load()
TEXT = "Anexo 2\nINFORME DE GESTIÓN\nSecretaría General\n"


@dataclass(frozen=True, slots=True)
class Archive:
    papers: Path
    out: Path
    document: str

    def write(self, to: Path, where: str = "column=1", *, table: str = "attendance", again: bool = False) -> str:
        """Evidence of what `where` chooses of the third row."""
        chosen = choice.choose(self.out, f"table={table} and document_id={self.document} and row=3 and {where}")
        known = DICTIONARY if again else None
        return evidence.write(evidence.Request(self.out, chosen, Papers(self.out, self.papers), known), to)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """A born-digital report, and a text, read."""
    papers, out = (tmp_path_factory.mktemp(name) for name in ("papers", "out"))
    (papers / "8.pdf").write_bytes(forms.draw(8, Style(size=10, table_size=9), ()).pdf)
    (papers / "9.txt").write_text(TEXT, encoding="utf-8")
    sources = gather([papers]).sources
    written.write(out, *((s, read_report(s.path, Limits(), DICTIONARY).report) for s in sources))
    return Archive(papers, out, str(sources[0].document_id))


@pytest.fixture(scope="module")
def written_once(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = tmp_path_factory.mktemp("evidence")
    archive.write(to)
    return to


@pytest.fixture
def folder(written_once: Path, tmp_path: Path) -> Path:
    """A copy for each test to tamper with."""
    return shutil.copytree(written_once, tmp_path / "e")


def value(folder: Path, number: int = 1) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "values" / f"{number:04}" / "value.json").read_text("utf-8"))
    return found


def reseal(folder: Path) -> None:
    """What a forger does who knows of SHA256SUMS."""
    (folder / evidence.SUMS).unlink()
    evidence._write_sums(folder)


# ---------------------------------------------------------------- what is written


def test_a_value_comes_with_its_paper_its_readings_and_its_decoding(archive: Archive, tmp_path: Path) -> None:
    archive.write(tmp_path, again=True)
    told = value(tmp_path)
    assert told["key"] == {"document_id": archive.document, "row": 3, "column": 1}
    assert told["value"]["mark"] in ("SI", "NO", "-")  # type: ignore[index]
    again = told["readings"]["read_again"]  # type: ignore[index]
    assert again["differs"] == []
    (cell,) = again["candidates"]
    assert (cell["said"][0]["text"], cell["said"][0]["source"]) == (told["value"]["mark_raw"], "text_layer")  # type: ignore[index]
    assert cell["box"] == [told["place"][edge] for edge in ("x0", "y0", "x1", "y1")]  # type: ignore[index]
    manifest = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert manifest["documents"][0]["sha256"] == sha256(archive.papers / "8.pdf")
    assert manifest["read_again_with"]["dictionary"] == DICTIONARY.version
    assert "tesseract" in manifest["read_again_with"]["versions"]
    assert manifest["tables"]["attendance"] == [sha256(archive.out / "attendance.parquet")]


def test_what_is_read_otherwise_now_is_said(archive: Archive, tmp_path: Path) -> None:
    out = shutil.copytree(archive.out, tmp_path / "out")
    written.change(out, "attendance", lambda rows: [r | {"mark": None, "confidence": 0.5} for r in rows])
    Archive(archive.papers, out, archive.document).write(tmp_path / "e", again=True)
    again = value(tmp_path / "e")["readings"]["read_again"]  # type: ignore[index]
    assert again["differs"] == ["confidence", "mark"]


def test_a_seat_comes_with_every_cell_of_its_row(archive: Archive, tmp_path: Path) -> None:
    archive.write(tmp_path, "needs_review=false", table="attendees", again=True)
    told = value(tmp_path)
    texts = {c["said"][0]["text"] for c in told["readings"]["read_again"]["candidates"]}  # type: ignore[index]
    assert {told["value"]["role"], str(told["value"]["total_printed"])} <= texts  # type: ignore[index]


def test_looks_at_the_value_are_among_its_readings(archive: Archive, tmp_path: Path) -> None:
    out = shutil.copytree(archive.out, tmp_path / "out")
    look = {"document_id": archive.document, "table": "attendance", "value": "mark", "row": 3, "column": 1}
    look |= {"look_number": 1, "look": "marks:part", "text": "SI", "said": 0.8, "needs_review": False}

    def add(rows: list[dict[str, object]]) -> list[dict[str, object]]:
        return [*rows, look, look | {"look_number": 2, "row": 4}]

    written.change(out, "looks", add)  # type: ignore[arg-type]
    Archive(archive.papers, out, archive.document).write(tmp_path / "e")
    (found,) = value(tmp_path / "e")["readings"]["looks"]  # type: ignore[index]
    assert (found["look"], found["text"], found["said"]) == ("marks:part", "SI", 0.8)


def test_the_crop_is_the_box_and_the_page_has_a_frame_around_it(folder: Path, archive: Archive) -> None:
    place = value(folder)["place"]
    crop, page = (Image.open(folder / "values" / "0001" / f"{name}.png") for name in ("crop", "page"))
    scale = crops.DPI / 72
    assert crop.width == pytest.approx((place["x1"] - place["x0"] + 2 * crops.MARGIN) * scale, abs=2)  # type: ignore[index]
    red = np.argwhere((np.asarray(page) == crops.OUTLINE).all(axis=2))
    assert abs(red[:, 1].min() - place["x0"] * scale) < 6  # type: ignore[index]
    assert abs(red[:, 0].max() - place["y1"] * scale) < 6  # type: ignore[index]
    assert page.size == crops.page_picture(archive.papers / "8.pdf", 1).size


def test_the_same_dataset_and_papers_give_the_same_bytes(archive: Archive, tmp_path: Path) -> None:
    assert archive.write(tmp_path / "1", again=True) == archive.write(tmp_path / "2", again=True)


def test_a_text_shows_its_line(archive: Archive) -> None:
    chosen = choice.choose(archive.out, "input_kind = 'ocr_text'", "documents")
    row = chosen.rows[0] | {"line": 3, "page": 1}
    shown = evidence.shown(archive.papers / "9.txt", row)
    assert shown["crop.txt"].decode() == "Secretaría General\n"
    assert ">     3  Secretaría General" in shown["page.txt"].decode()


def test_a_folder_with_something_in_it_and_papers_that_changed_are_refused(archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    with pytest.raises(UsageError, match="vacía"):
        archive.write(tmp_path / "full")
    (tmp_path / "papers").mkdir()
    with pytest.raises(UsageError, match="--sources"):
        Archive(tmp_path / "papers", archive.out, archive.document).write(tmp_path / "e")


# ---------------------------------------------------------------- what is chosen


def test_a_plain_condition_and_one_in_sql_choose_the_same(archive: Archive) -> None:
    plain = choice.choose(archive.out, f"document_id={archive.document} AND table='attendance' and row = 3")
    sql = choice.choose(
        archive.out,
        '"row" = 3 AND document_id IN (SELECT document_id FROM documents WHERE pages > 0) -- x',
        "attendance",
    )
    assert plain.rows == sql.rows
    assert {row["row"] for row in plain.rows} == {3}
    assert [row["column"] for row in plain.rows] == sorted(row["column"] for row in plain.rows)


@pytest.mark.parametrize(
    "where",
    [
        "(SELECT count(*) FROM read_text('/etc/passwd')) > 0",
        "(SELECT count(*) FROM read_csv('/etc/passwd')) > 0",
        "(SELECT count(*) FROM glob('/*')) > 0",
        "(SELECT count(*) FROM sys) > 0",
        "true); DROP TABLE attendance; --",
        "true); COPY attendance TO '{out}/stolen.csv'; --",
        "true); SET enable_external_access = true; SELECT (true",
        "getenv('HOME') = '/root'",
        "row =",
        "true) UNION SELECT 1 --",
    ],
)
def test_a_condition_reaches_nothing_but_the_dataset(archive: Archive, where: str) -> None:
    before = {p: p.read_bytes() for p in archive.out.iterdir() if p.is_file()}
    with pytest.raises(UsageError, match="--where"):
        choice.choose(archive.out, where.replace("{out}", str(archive.out)), "attendance")
    assert {p: p.read_bytes() for p in archive.out.iterdir() if p.is_file()} == before


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("row=3", "--table"),
        ("table=attendance and row>3", "--table"),
        ("table=history and row=3", "No hay tabla"),
        ("table=attendance and colour=red", "colour"),
        ("table=attendance and row=99999", "Nada"),
    ],
)
def test_a_condition_that_cannot_be_is_said(archive: Archive, where: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        choice.choose(archive.out, where)


def test_too_many_are_refused(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "MOST", 4)
    with pytest.raises(UsageError, match="Más de 4"):
        choice.choose(archive.out, "true", "attendance")


# ---------------------------------------------------------------- what is verified


def test_evidence_verifies_alone_with_its_papers_and_by_sha256sum(folder: Path, archive: Archive) -> None:
    alone = verification.verify(folder)
    assert (alone.faults, alone.values, alone.unseen) == ((), alone.values, alone.values)
    seen = verification.verify(folder, archive.papers)
    assert (seen.faults, seen.unseen) == ((), 0)
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", evidence.SUMS], cwd=folder, check=True)


def painted(path: Path) -> None:
    picture = Image.open(path).convert("RGB")
    ImageDraw.Draw(picture).rectangle(
        [picture.width // 3, picture.height // 3, picture.width // 2, picture.height // 2], fill=(0, 0, 0)
    )
    picture.save(path)


def retold(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace('"mark": "', '"mark": "x'), encoding="utf-8")


CROP, VALUE = "values/0001/crop.png", "values/0001/value.json"


@pytest.mark.parametrize(
    ("name", "tamper"),
    [
        (CROP, painted),
        ("values/0001/page.png", painted),
        (VALUE, retold),
        ("manifest.json", lambda p: p.write_text("{}")),
        (CROP, Path.unlink),
        ("values/0001/more.txt", Path.touch),
        ("more.txt", Path.touch),
        (evidence.SUMS, lambda p: p.write_text(p.read_text() + "nonsense\n")),
        (evidence.SUMS, lambda p: p.write_text(p.read_text() + f"{'0' * 64}  ../../etc/passwd\n")),
    ],
)
def test_whatever_changes_is_noticed_without_the_papers(
    folder: Path, name: str, tamper: Callable[[Path], object]
) -> None:
    tamper(folder / name)
    found = verification.verify(folder)
    assert any(Path(name).name in fault for fault in found.faults)


def test_a_forged_crop_with_a_new_seal_is_noticed_by_its_page(folder: Path) -> None:
    painted(folder / CROP)
    reseal(folder)
    (fault,) = verification.verify(folder).faults
    assert "values/0001" in fault
    assert "recorte" in fault


def test_forged_pictures_with_a_new_seal_are_noticed_by_the_paper(folder: Path, archive: Archive) -> None:
    told = value(folder)
    place = told["place"]
    page = Image.open(folder / "values" / "0001" / "page.png").convert("RGB")
    scale = crops.DPI / 72
    spot = [int((place["x0"] + 3) * scale), int((place["y0"] + 3) * scale), int((place["x1"] - 3) * scale)]  # type: ignore[index]
    ImageDraw.Draw(page).rectangle([*spot, int((place["y1"] - 3) * scale)], fill=(0, 0, 0))  # type: ignore[index]
    page.save(folder / "values" / "0001" / "page.png")
    box = Box(*(place[edge] for edge in ("x0", "y0", "x1", "y1")))  # type: ignore[index]
    original = Image.open(folder / CROP).convert("RGB")
    forged = crops.crop(page, box)
    assert forged.size == original.size
    forged.save(folder / CROP)
    reseal(folder)
    assert verification.verify(folder).faults == ()
    faults = verification.verify(folder, archive.papers).faults
    assert {fault.split(": ")[1] for fault in faults} == {"crop.png", "page.png"}


def test_a_box_moved_with_a_new_seal_is_noticed_by_the_paper(folder: Path, archive: Archive) -> None:
    path = folder / VALUE
    told = json.loads(path.read_text("utf-8"))
    told["place"]["y0"] += 100
    told["place"]["y1"] += 100
    path.write_text(json.dumps(told), encoding="utf-8")
    reseal(folder)
    assert verification.verify(folder, archive.papers).faults


def test_a_paper_that_is_not_there_is_said_and_never_passed_over(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    found = verification.verify(folder, tmp_path / "none")
    assert len(found.faults) == found.values == found.unseen


def test_shades_of_another_renderer_pass_and_another_picture_does_not() -> None:
    ramp = Image.fromarray(np.tile(np.arange(0, 250, dtype=np.uint8), (40, 1)))
    paler = ramp.point(lambda level: level + 3)
    other = Image.new("L", ramp.size, 255)

    def data(picture: Image.Image) -> bytes:
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        return buffer.getvalue()

    assert verification._alike(data(ramp), data(paler), exactly=False)
    assert not verification._alike(data(ramp), data(paler), exactly=True)
    assert not verification._alike(data(ramp), data(other), exactly=False)


def test_the_program_writes_verifies_and_ends_with_3_where_it_does_not(archive: Archive, tmp_path: Path) -> None:
    to, sources = str(tmp_path / "e"), ["--sources", str(archive.papers)]
    where = f"document_id={archive.document} and table=attendance and row=2 and column=1"
    done = CliRunner().invoke(
        app, ["evidence", str(archive.out), "--where", where, "--to", to, "--no-reread", *sources]
    )
    assert done.exit_code == ExitCode.CLEAN, done.output
    good = CliRunner().invoke(app, ["verify", to, *sources])
    assert good.exit_code == ExitCode.CLEAN
    assert "Verificado." in good.output
    assert done.output.split()[-1] in good.output, "the seal that was printed is the seal that is verified"
    painted(tmp_path / "e" / CROP)
    bad = CliRunner().invoke(app, ["verify", to])
    assert bad.exit_code == ExitCode.FAILED
    assert "crop.png" in bad.output
    none = CliRunner().invoke(app, ["verify", str(archive.out)])
    assert none.exit_code == ExitCode.USAGE

"""The whole way, on the project's own samples and drawings: from files to tables, and to pictures of what was seen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from frictionless import Package
from PIL import Image
from typer.testing import CliRunner

from ocr.sheets import inspect
from pipeline import overlay
from pipeline.cli.app import app
from tests import forms, scoring

ROOT = Path(__file__).parents[1]
RAW, GOLDEN = ROOT / "data" / "raw", ROOT / "tests" / "golden"
SCANS = sorted(path.stem for path in RAW.glob("*.pdf"))
needs_engine = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    result = CliRunner().invoke(app, ["run", str(RAW), "--out", str(folder), "--workers", "2"])
    assert result.exit_code == 1, result.output  # a rough scan and a flattened text: something awaits a person
    return folder


@needs_engine
def test_the_samples_give_a_valid_data_package(out: Path) -> None:
    assert Package(str(out / "datapackage.json")).validate().flatten(["type", "message"]) == []
    kinds = {d["source"]: d["input_kind"] for d in pq.read_table(out / "documents.parquet").to_pylist()}
    assert set(kinds.values()) == {"scan", "ocr_text"}


@needs_engine
@pytest.mark.parametrize("name", SCANS)
def test_sample_scans_are_read_as_their_truth_says(out: Path, name: str) -> None:
    score = scoring.score(scoring.Dataset(out), json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8")))
    row, mark = score.counts["row"], score.counts["mark"]
    assert row.right == row.total, score.errors
    assert mark.silent == 0, score.errors
    assert mark.right >= 0.97 * mark.total, score.errors


@needs_engine
def test_boxes_lie_on_their_pages(out: Path) -> None:
    sizes = {
        (document["document_id"], sheet.number): (sheet.width, sheet.height)
        for document in pq.read_table(out / "documents.parquet").to_pylist()
        if document["source"].endswith(".pdf")
        for sheet in inspect(RAW / document["source"])
    }
    cells = [c for c in pq.read_table(out / "attendance.parquet").to_pylist() if c["x0"] is not None]
    assert cells
    for cell in cells:
        width, height = sizes[cell["document_id"], cell["page"]]
        assert 0 <= cell["x0"] < cell["x1"] <= width
        assert 0 <= cell["y0"] < cell["y1"] <= height


@needs_engine
def test_text_values_stand_on_lines_of_the_file(out: Path) -> None:
    (sample,) = RAW.glob("*.txt")
    lines = sample.read_text(encoding="utf-8").count("\n") + 1
    documents = pq.read_table(out / "documents.parquet").to_pylist()
    text = next(d["document_id"] for d in documents if d["source"] == sample.name)
    cells = [c for c in pq.read_table(out / "attendance.parquet").to_pylist() if c["document_id"] == text]
    assert cells
    assert all(1 <= c["line"] <= lines and c["x0"] is None for c in cells if c["mark"])


def test_look_paints_values_where_they_stand_on_a_drawn_page(tmp_path: Path) -> None:
    path = tmp_path / "drawn.pdf"
    path.write_bytes(forms.draw(3).pdf)
    result = CliRunner().invoke(app, ["look", str(path), "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    pictures = sorted(tmp_path.glob("*.png"))
    assert len(pictures) == len(inspect(path))
    assert [str(p) for p in pictures] == result.output.split()
    assert all(colour_share(pictures[0], colour) > 0.0005 for colour in (overlay.GREEN, overlay.BLUE))


def test_look_writes_a_text_beside_what_it_became(tmp_path: Path) -> None:
    (sample,) = RAW.glob("*.txt")
    result = CliRunner().invoke(app, ["look", str(sample), "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    (first, *_) = sorted(tmp_path.glob("*.png"))
    assert colour_share(first, overlay.RED) > 0.0001


def test_look_says_why_it_cannot(tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").touch()
    result = CliRunner().invoke(app, ["look", str(tmp_path / "empty.pdf"), "--out", str(tmp_path)])
    assert result.exit_code == 3
    assert "empty:" in result.output


def colour_share(path: Path, colour: overlay.Colour) -> float:
    """The share of the picture's pixels that have exactly this colour."""
    pixels = np.asarray(Image.open(path).convert("RGB"))
    return float((pixels == colour).all(axis=2).mean())

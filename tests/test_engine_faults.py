"""Programs that hang, crash, lie, flood or eat memory: stand-ins for Tesseract on the PATH, each faulty in one way."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest

from ocr import engine
from ocr.effort import Effort
from ocr.errors import DETAIL_CHARACTERS, EngineFailed
from pipeline import job
from pipeline.inputs import gather
from pipeline.settings import Settings
from tests import broken_pdfs, damage

TESSERACT = shutil.which("tesseract")
SAMPLE = next((Path(__file__).parents[1] / "data" / "raw").glob("*.txt"))
pytestmark = pytest.mark.skipif(TESSERACT is None, reason="tesseract is not installed")

FAULTS = {  # name → what the stand-in does once it is asked to read: $2 is where its table goes
    "crash": "kill -SEGV $$",
    "killed": "kill -KILL $$",
    "bad_utf8": '"$REAL" "$@" && printf "\\377\\376\\n" >> "$2.tsv"',
    "garbage": 'printf "no soy una tabla\\n\\001\\n" > "$2.tsv"',
    "words_for_numbers": '"$REAL" "$@" && sed -i "2,\\$s/^[0-9]*\\t[0-9]*/x\\ty/" "$2.tsv"',
    "not_numbers": '"$REAL" "$@" && sed -i "2,\\$s/\\t[-0-9.]*\\t\\([^\\t]*\\)$/\\tnan\\t\\1/" "$2.tsv"',
    "empty": ': > "$2.tsv"',
    "nothing": "exit 0",
    "half": '"$REAL" "$@" && sed -i "/^[0-9]*\\t2\\t/d" "$2.tsv"',  # not a word of the second crop
    "more": '"$REAL" "$@" && printf "1\\t9\\t0\\t0\\t0\\t0\\t0\\t0\\t9\\t9\\t-1\\t\\n" >> "$2.tsv"',
    "curses": 'printf "\\033[2J\\033]0;hola\\007\\302\\233" >&2; exit 1',
    "floods": "head -c 30000000 /dev/zero | tr '\\\\0' x >&2; exit 1",
    "hang": "exec sleep 600",
    "memory": "exec python3 -c 'import time; held = bytearray(3 << 30); time.sleep(600)'",
}


def faulty(folder: Path, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts a Tesseract on the PATH that does `body` when it is asked to read."""
    script = f"""#!/bin/sh
export REAL={TESSERACT}
case "$1" in -*) exec "$REAL" "$@";; esac
{body}
"""
    folder.mkdir(exist_ok=True)
    (folder / "tesseract").write_text(script)
    (folder / "tesseract").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def crops() -> list[engine.Grey]:
    """Two small pictures with a word each."""
    found = []
    for word in ("SECTOR", "ENTIDAD"):
        crop = np.full((80, 400), 255, np.uint8)
        cv2.putText(crop, word, (20, 55), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (0,), 3, cv2.LINE_AA)
        found.append(crop)
    return found


@pytest.mark.parametrize("fault", [f for f in FAULTS if f not in ("hang", "memory")])
def test_an_engine_that_fails_or_lies_has_failed(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [len(lines) for lines in engine.read_blocks(crops())] == [1, 1]
    faulty(tmp_path / "bin", FAULTS[fault], monkeypatch)
    with pytest.raises(EngineFailed) as caught:
        engine.read_blocks(crops())
    said = str(caught.value)
    assert said.isprintable()
    assert len(said) < DETAIL_CHARACTERS + 200


def test_a_blank_crop_is_no_lie() -> None:
    blank = np.full((60, 60), 255, np.uint8)
    assert engine.read_blocks([blank, *crops(), blank])[::3] == [(), ()]


def documents(tmp_path: Path, **limits: object) -> dict[str, dict[str, object]]:
    """A scan and a text read by the whole program, in one worker: the rows of `documents`."""
    inputs = tmp_path / "in"
    inputs.mkdir()
    (inputs / "scan.pdf").write_bytes(broken_pdfs.scanned())
    (inputs / "text.txt").write_bytes(SAMPLE.read_bytes())
    settings = Settings(tmp_path / "out", workers=1, **limits)  # type: ignore[arg-type]
    job.carry_out(gather([inputs]), settings)
    return {d["source"]: d for d in pq.read_table(tmp_path / "out" / "documents.parquet").to_pylist()}


@pytest.mark.parametrize(
    ("fault", "limits", "reasons"),
    [
        ("hang", {"effort": Effort(page_seconds=5)}, {"page_timed_out"}),
        ("memory", {"memory": 900}, {"out_of_memory"}),
        ("killed", {}, {"engine_failed"}),
    ],
)
def test_it_costs_its_document_only(
    fault: str, limits: dict[str, object], reasons: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faulty(tmp_path / "bin", FAULTS[fault], monkeypatch)
    found = documents(tmp_path, **limits)
    assert found["scan.pdf"]["status"] == "failed"
    assert found["scan.pdf"]["error"] in reasons
    assert found["text.txt"]["status"] != "failed"


def test_an_engine_killed_on_its_second_page_costs_that_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though both are read by one start of it. What the first page said is kept; the last row may go on over the
    page that is lost."""
    each, sizes = 'while read -r f; do size=$(stat -c %s "$f");', tmp_path / "sizes"
    faulty(tmp_path / "note", f'{each} echo $size >> {sizes}; done < "$1"; exec "$REAL" "$@"', monkeypatch)
    inputs = tmp_path / "in"
    inputs.mkdir()
    (inputs / "scan.pdf").write_bytes(broken_pdfs.scanned())
    job.carry_out(gather([inputs]), Settings(tmp_path / "first", workers=1))
    first = pq.read_table(tmp_path / "first" / "attendees.parquet").num_rows
    assert first
    (inputs / "scan.pdf").write_bytes(damage.scan(broken_pdfs.drawn(), "bilevel300", broken_pdfs.SEED))
    unknown = f"grep -qx $size {sizes} || {FAULTS['killed']}"  # a picture that is none of the first page's
    faulty(tmp_path / "kill", f'{each} {unknown}; done < "$1"; exec "$REAL" "$@"', monkeypatch)
    job.carry_out(gather([inputs]), Settings(tmp_path / "out", workers=1))
    (document,) = pq.read_table(tmp_path / "out" / "documents.parquet").to_pylist()
    assert (document["status"], document["error"]) == ("failed", "page_unread")
    assert "página 2" in document["error_message"]
    attendees = pq.read_table(tmp_path / "out" / "attendees.parquet").to_pylist()
    assert len(attendees) == first
    assert "matrix_unread" in attendees[-1]["review_reason"]
    assert not any(a["needs_review"] for a in attendees[:-1])

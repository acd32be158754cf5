"""What cannot be read says so, why, and what to do; what can be read is read as what it is."""

from __future__ import annotations

import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import ocr.errors
import pipeline.errors
from ocr import document, pages, readings, sheets
from ocr.errors import Damaged, DocumentError, EngineFailed, EngineMissing
from ocr.records import InputKind, PageFrame, ReadDocument, ReadPage
from pipeline import textfile, validate
from pipeline.cli import console
from pipeline.cli.app import app
from pipeline.errors import AttendanceMissing, ExitCode, InvalidText, NotReadable, PageUnread, TooBig, UnknownKind
from pipeline.run import fault_of
from pipeline.settings import Limits
from pipeline.validate import Checked, FileKind
from tests import bad_files, broken_pdfs
from tests.sample import report

LIMITS = Limits()
ROOT = Path(__file__).parents[1]
needs_engine = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")


def read(path: Path) -> None:
    """As far as a document gets before any page is drawn, or any image read."""
    kind = validate.check(path, LIMITS).kind
    if kind is FileKind.TEXT:
        textfile.read(path, LIMITS)
    elif kind is FileKind.IMAGE:
        list(pages.image_pages(path))


@pytest.mark.parametrize("name", bad_files.BAD_FILES)
def test_a_bad_file_is_refused_for_its_reason(name: str, tmp_path: Path) -> None:
    data, reason = bad_files.BAD_FILES[name]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(DocumentError) as caught:
        read(path)
    assert caught.value.reason == reason


def test_the_reason_is_the_files_own_whatever_was_read_before(tmp_path: Path) -> None:
    order = ("pageless.pdf", "encrypted.pdf", "pageless.pdf", "hollow.pdf", "pageless.pdf", "encrypted.pdf")
    for i, name in enumerate(order):
        data, reason = bad_files.BAD_FILES[name]
        path = tmp_path / f"{i}_{name}"
        path.write_bytes(data)
        with pytest.raises(DocumentError) as caught:
            sheets.inspect(path)
        assert caught.value.reason == reason, (i, name)


def test_a_scan_in_strips_is_a_scan(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(bad_files.strips(8))
    (sheet,) = sheets.inspect(path)
    assert sheet.is_scan
    assert sheet.dpi == pytest.approx(200, abs=1)


def test_good_files_are_what_their_bytes_say(tmp_path: Path) -> None:
    for name, data, kind in (
        ("a.pdf", bad_files.pdf(), FileKind.PDF),
        ("named_wrong.txt", bad_files.pdf(), FileKind.PDF),
        ("b.png", bad_files.image((900, 1200)), FileKind.IMAGE),
        ("c.jpg", bad_files.image((900, 1200), "TIFF"), FileKind.IMAGE),
        ("d.pdf", bad_files.scan((1700, 2200)), FileKind.PDF),
        ("e.txt", "Comisión".encode(), FileKind.TEXT),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        assert validate.check(path, LIMITS) == Checked(kind)


def test_a_scan_whose_pdf_counts_pixels_as_points_is_no_poster(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(bad_files.scan((2550, 3300), page=(2550, 3300)))
    assert validate.check(path, LIMITS) == Checked(FileKind.PDF)


def test_limits_hold(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(bad_files.pdf(pages=3))
    with pytest.raises(TooBig, match="3 páginas"):
        validate.check(path, Limits(pages=2))
    with pytest.raises(TooBig, match="bytes"):
        validate.check(path, Limits(file_bytes=100))
    path = tmp_path / "a.txt"
    path.write_text("a\f" * 5)
    with pytest.raises(TooBig, match="caracteres"):
        textfile.read(path, Limits(text_characters=5))
    with pytest.raises(TooBig, match="páginas"):
        textfile.read(path, Limits(pages=4))
    path.write_text("corta\n" + "a" * 70 + "\ncorta\n")
    assert len(textfile.read(path, Limits(line_characters=70)).pages[0].lines) == 4
    with pytest.raises(TooBig, match="una línea de 70"):
        textfile.read(path, Limits(line_characters=69))
    path = tmp_path / "b.pdf"
    path.write_bytes(broken_pdfs.drawn())
    with pytest.raises(TooBig, match=r"página 1: .* caracteres"):
        validate.check(path, Limits(page_characters=500))
    with pytest.raises(ValueError, match="pages"):
        Limits(pages=0)


def test_what_is_no_kind_of_report_or_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"PK\x03\x04")
    with pytest.raises(UnknownKind):
        validate.kind_of(tmp_path / "a.docx", LIMITS)
    with pytest.raises(NotReadable):
        validate.kind_of(tmp_path / "gone.pdf", LIMITS)
    with pytest.raises(NotReadable):
        textfile.read(tmp_path / "gone.txt", LIMITS)


def pages_that(monkeypatch: pytest.MonkeyPatch, faults: dict[int, DocumentError]) -> None:
    """Three pages of a scan, some of which cannot be read."""

    def page_steps(page: pages.Page) -> readings.Steps:
        yield from ()  # nothing is asked of the engine
        if page.frame.number in faults:
            raise faults[page.frame.number]
        return ReadPage(page.frame), ()

    def pdf_page(_: Path, source: sheets.PageSource, __: object) -> pages.Page:
        return pages.Page(PageFrame(source.number, 1700, 2200, 200), np.zeros((2200, 1700), np.uint8))

    three = tuple(sheets.PageSource(i, 612, 792, 200, True, 0) for i in (1, 2, 3))
    monkeypatch.setattr(sheets, "inspect", lambda _: three)
    monkeypatch.setattr(pages, "pdf_page", pdf_page)
    monkeypatch.setattr(readings, "page_steps", page_steps)


def test_a_page_that_cannot_be_read_costs_itself_and_fails_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    pages_that(monkeypatch, {2: EngineFailed("killed")})
    read = document.read_pdf(Path("a.pdf"))
    assert [page.frame.number for page in read.pages] == [1, 2, 3]
    assert [page.fault is None for page in read.pages] == [True, False, True]
    fault = fault_of(read, report())
    assert isinstance(fault, PageUnread)
    assert "página 2" in str(fault)
    assert "killed" in str(fault)


def test_a_document_fails_for_its_first_page_if_none_can_be_read_and_for_the_machine_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pages_that(monkeypatch, {1: Damaged("a"), 2: EngineFailed("b"), 3: EngineFailed("c")})
    with pytest.raises(Damaged):
        document.read_pdf(Path("a.pdf"))
    pages_that(monkeypatch, {2: EngineMissing()})
    with pytest.raises(EngineMissing):
        document.read_pdf(Path("a.pdf"))


def test_a_report_is_whole_with_its_attendance_and_not_without() -> None:
    read = ReadDocument(InputKind.SCAN, (ReadPage(PageFrame(1, 1700, 2200, 200)),))
    assert fault_of(read, report()) is None
    assert isinstance(fault_of(read, replace(report(), attendees=())), AttendanceMissing)


ALL_ERRORS = dict.fromkeys(  # each once, always in one order: parallel test runs must collect alike
    kind
    for module in (ocr.errors, pipeline.errors)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, DocumentError)
)


@pytest.mark.parametrize("kind", ALL_ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_has_a_reason_of_its_own_a_remedy_and_survives_pickling(kind: type[DocumentError]) -> None:
    assert [other.reason for other in ALL_ERRORS].count(kind.reason) == 1
    assert "; " in kind.message  # what is wrong; what to do
    back = pickle.loads(pickle.dumps(kind("página 3")))
    assert (type(back), str(back)) == (kind, f"{kind.message} (página 3)")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_text_is_decoded_whatever_its_usual_encoding(encoding: str) -> None:
    text = "Comisión: «Sí», año ¿2025?\nMÁS ÑANDÚ\n"
    assert textfile.decode(text.replace("\n", "\r\n").encode(encoding)) == text


def test_mojibake_is_refused_rather_than_kept() -> None:
    with pytest.raises(InvalidText):
        textfile.decode("Comisión de Atención".encode() + b"\xe9")


def test_lines_are_numbered_over_the_file_and_pages_start_at_form_feeds(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("uno\r\n\r\ntrés\n\fcuatro\n\f".encode())
    read = textfile.read(path, LIMITS)
    lines = [(line.place.page, line.place.line, line.text) for page in read.pages for line in page.lines if line.text]
    assert lines == [(1, 1, "uno"), (1, 3, "trés"), (2, 4, "cuatro")]
    assert [page.frame.number for page in read.pages] == [1, 2]


@needs_engine
def test_bad_files_leave_the_rest_of_the_run_unharmed(tmp_path: Path) -> None:
    inputs = tmp_path / "in"
    inputs.mkdir()
    bad_files.write(inputs)
    (inputs / "receta.pdf").write_bytes(bad_files.pdf(text=bad_files.RECIPE))
    (inputs / "receta.txt").write_text(bad_files.RECIPE * 20, encoding="utf-8")
    (inputs / "blanco.png").write_bytes(bad_files.image((1700, 2200)))
    sample = next((ROOT / "data" / "raw").glob("*.txt"))
    (inputs / "muestra.txt").write_bytes(sample.read_bytes())
    result = CliRunner().invoke(app, ["run", str(inputs), "--out", str(tmp_path / "out"), "--workers", "2"])
    assert result.exit_code == ExitCode.FAILED
    documents = {d["source"]: d for d in pq.read_table(tmp_path / "out" / "documents.parquet").to_pylist()}
    errors = {name: document["error"] for name, document in documents.items() if document["status"] == "failed"}
    foreign = dict.fromkeys(("receta.pdf", "receta.txt", "blanco.png"), "not_this_form")
    assert errors == {name: reason for name, (_, reason) in bad_files.BAD_FILES.items()} | foreign
    assert documents["muestra.txt"]["status"] in ("ok", "review")
    assert pq.read_table(tmp_path / "out" / "attendees.parquet").num_rows > 0
    assert all(name in result.output for name in list(errors)[: console.SHOWN_PATHS])


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_an_honest_error(data: bytes) -> None:
    try:
        text = textfile.decode(data)
    except InvalidText:
        return
    assert not textfile.CONTROLS.search(text)
    assert "\r" not in text

"""Files → pages: at the scan's own resolution, one at a time, each with its way back to the source."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pdf2image
import pikepdf
import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from ocr import errors, pages, sheets
from tests import bad_files, bent

needs_engine = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
DPI = 150
NEAR = 2.0  # points


def written(folder: Path, data: bytes, name: str = "a.pdf") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def only_page(path: Path) -> pages.Page:
    (page,) = pages.load_pages(path)
    return page


# ---------------------------------------------------------------- what the PDF says


@pytest.mark.parametrize("dpi", [110, 200, 300])
def test_the_resolution_is_asked_of_the_scan(dpi: int, tmp_path: Path) -> None:
    (source,) = sheets.inspect(written(tmp_path, bent.as_pdf([bent.spotted(dpi)], dpi)))
    assert abs(source.dpi - dpi) < 1
    assert source.is_scan
    assert abs(source.width - bent.SIZE[0]) < 1
    assert abs(source.height - bent.SIZE[1]) < 1


def test_a_drawn_page_is_no_scan_and_has_text(tmp_path: Path) -> None:
    sources = sheets.inspect(written(tmp_path, bent.pdf()))
    assert [s.number for s in sources] == [1, 2]
    assert not any(s.is_scan for s in sources)
    assert all(s.characters > 300 for s in sources)
    assert sources[0].dpi == sheets.DEFAULT_DPI


def sheet_with(folder: Path, image: Image.Image, **drawn: Any) -> Path:
    """A page that a picture covers; `text`: written on it in red, `note`: an annotation on it."""
    canvas = Canvas(str(folder / "a.pdf"), pagesize=(300, 400))
    canvas.drawImage(ImageReader(image), 0, 0, 300, 400)
    if "text" in drawn:
        canvas.setFillColorRGB(1, 0, 0)
        canvas.drawString(72, 200, drawn["text"])
    if "note" in drawn:
        canvas.textAnnotation(drawn["note"], (50, 50, 150, 150))
    canvas.save()
    return folder / "a.pdf"


def speckled(mode: str) -> Image.Image:
    levels = np.random.default_rng(5).integers(0, 256, (800, 600, 3), np.uint8)
    return Image.fromarray(levels, "RGB").convert(mode)


@pytest.mark.parametrize("mode", ["L", "1"])
def test_a_grey_scan_is_drawn_in_grey_and_as_in_colours(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    speckled(mode).save(path, "PDF", resolution=144)
    (source,) = sheets.inspect(path)
    assert source.is_grey
    (grey, _), (coloured, _) = (pages._drawn(path, each, 144.0) for each in (source, replace(source, is_grey=False)))
    assert (grey.mode, coloured.mode) == ("L", "RGB")
    assert np.array_equal(np.asarray(grey), np.asarray(coloured).max(axis=2))


@pytest.mark.parametrize("drawn", [{"text": "Texto"}, {"note": "nota"}])
def test_a_grey_scan_with_something_on_it_is_drawn_in_colours(drawn: dict[str, str], tmp_path: Path) -> None:
    (source,) = sheets.inspect(sheet_with(tmp_path, speckled("L"), **drawn))
    assert source.is_scan
    assert not source.is_grey


def test_a_scan_in_colours_is_drawn_so(tmp_path: Path) -> None:
    (source,) = sheets.inspect(sheet_with(tmp_path, speckled("RGB")))
    assert source.is_scan
    assert not source.is_grey


def test_a_mask_has_the_colour_that_it_is_filled_with(tmp_path: Path) -> None:
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(300, 400))
        shape = {"Width": 600, "Height": 800, "BitsPerComponent": 1, "ImageMask": True}
        mask = pikepdf.Stream(pdf, bytes(75 * 800), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, **shape)
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=mask))
        page.Contents = pikepdf.Stream(pdf, b"1 0 0 rg q 300 0 0 400 0 0 cm /I Do Q")
        pdf.save(tmp_path / "a.pdf")
    (source,) = sheets.inspect(tmp_path / "a.pdf")
    assert source.is_scan
    assert not source.is_grey


def test_a_small_picture_on_a_drawn_page_makes_no_scan(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=bent.SIZE)
    canvas.drawImage(ImageReader(Image.new("L", (300, 300), 90)), 50, 600, 100, 100)
    canvas.drawString(72, 400, "Texto")
    canvas.save()
    assert not sheets.inspect(tmp_path / "a.pdf")[0].is_scan


@needs_engine
def test_a_scan_is_not_resampled(tmp_path: Path) -> None:
    page = only_page(written(tmp_path, bent.as_pdf([bent.spotted(DPI)], DPI)))
    assert abs(page.frame.dpi - DPI) < 1
    height, width = page.grey.shape
    assert (page.frame.width, page.frame.height) == (width, height)
    assert abs(width - bent.SIZE[0] * DPI / 72) < 0.01 * width
    assert abs(height - bent.SIZE[1] * DPI / 72) < 0.01 * height


def test_finer_scans_than_any_reader_needs_are_drawn_coarser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = drawn_at(monkeypatch)
    fine = bad_files.scan((700, 900), page=(84, 108))  # 600 dpi, on a card
    only_page(written(tmp_path, fine))
    assert [round(a["dpi"]) for a in asked] == [400]


# ---------------------------------------------------------------- the way back


@needs_engine
@pytest.mark.parametrize(("turns", "degrees"), [(0, 1.3), (1, -2.0), (2, 0.0), (3, 0.8)])
def test_every_point_leads_back_to_the_source(turns: int, degrees: float, tmp_path: Path) -> None:
    sheet = bent.spotted(DPI)
    skewed, skew = bent.skewed(sheet, degrees)
    scan, turn = bent.turned(skewed, turns)
    page = only_page(written(tmp_path, bent.as_pdf([scan], DPI)))
    there = [(x * 72 / DPI, y * 72 / DPI) for x, y in bent.moved(bent.spots(sheet, DPI), turn @ skew)]
    found = bent.spots(page.grey, DPI)
    assert bent.apart(bent.moved(found, page.frame.to_source), there) < NEAR
    assert min(found, key=lambda p: p[1])[0] < page.frame.width / 2  # upright: the upper spot is the left one


@needs_engine
def test_points_are_those_of_the_page_as_a_viewer_shows_it(tmp_path: Path) -> None:
    """The file itself says that its page is to be shown turned."""
    path = written(tmp_path, bent.as_pdf([bent.turned(bent.spotted(DPI), 3)[0]], DPI))
    pdf = pypdfium2.PdfDocument(path)
    pdf[0].set_rotation(90)
    pdf.save(tmp_path / "shown.pdf")
    page = only_page(tmp_path / "shown.pdf")
    found = bent.moved(bent.spots(page.grey, DPI), page.frame.to_source)
    assert bent.apart(found, bent.SPOTS) < NEAR


# ---------------------------------------------------------------- light and colour


@needs_engine
def test_shadows_become_paper_and_ink_stays_ink(tmp_path: Path) -> None:
    sheet = bent.spotted(DPI)
    light = np.linspace(0.55, 1.0, sheet.shape[1])
    page = only_page(written(tmp_path, bent.as_pdf([(sheet * light).astype(np.uint8)], DPI)))
    for part in np.array_split(page.grey, 4, axis=1):
        assert np.median(part) > 240
    assert len(bent.spots(page.grey, DPI)) == len(bent.SPOTS)


@needs_engine
def test_coloured_ink_grows_pale_and_black_does_not(tmp_path: Path) -> None:
    sheet = np.repeat(bent.spotted(DPI)[:, :, None], 3, axis=2)
    sheet[1100:1200, 200:300] = (235, 60, 60)
    Image.fromarray(sheet).save(tmp_path / "a.png", dpi=(DPI, DPI))
    page = only_page(tmp_path / "a.png")
    assert page.grey[1120:1180, 220:280].min() > 200
    assert len(bent.spots(page.grey, DPI)) == len(bent.SPOTS)


# ---------------------------------------------------------------- many pages


def drawn_at(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The requests to draw a page, as they come; nothing is set upright meanwhile."""
    asked: list[dict[str, Any]] = []
    real = pdf2image.convert_from_path

    def drawn(path: Path, **how: Any) -> list[Image.Image]:
        asked.append(how)
        return real(path, **how)

    monkeypatch.setattr(pdf2image, "convert_from_path", drawn)
    monkeypatch.setattr(pages.upright, "set_upright", lambda grey, _dpi: (grey, np.eye(3)))
    return asked


def test_pages_are_drawn_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = drawn_at(monkeypatch)
    found = pages.load_pages(written(tmp_path, bad_files.pdf(pages=3)))
    assert asked == []
    numbers = []
    for page in found:
        numbers.append(page.frame.number)
        assert [a["first_page"] for a in asked] == [a["last_page"] for a in asked] == numbers
    assert numbers == [1, 2, 3]


def test_every_frame_of_a_tiff_is_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages.upright, "set_upright", lambda grey, _dpi: (grey, np.eye(3)))
    frames = [Image.new("1", (850 + 10 * i, 1100), 1) for i in range(3)]
    for i, frame in enumerate(frames):
        frame.paste(0, (100, 100 * (i + 1), 200, 100 * (i + 1) + 50))
    frames[0].save(tmp_path / "a.tif", save_all=True, append_images=frames[1:], dpi=(100, 100))
    found = list(pages.load_pages(tmp_path / "a.tif"))
    assert [(p.frame.number, p.frame.width, p.frame.dpi) for p in found] == [
        (1, 850, 100),
        (2, 860, 100),
        (3, 870, 100),
    ]
    for i, page in enumerate(found):
        assert page.grey[100 * (i + 1) + 25, 150] < 50
        assert (page.grey < 128).sum() < 100 * 50 * 1.1
        assert np.allclose(bent.moved([(150, 150)], page.frame.to_source), [(108, 108)])


@pytest.mark.parametrize("stated", [None, (1, 1), (2400, 2400)])
def test_an_image_with_no_believable_resolution_is_an_office_scan(
    stated: tuple[int, int] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages.upright, "set_upright", lambda grey, _dpi: (grey, np.eye(3)))
    Image.new("L", (400, 600), 255).save(tmp_path / "a.png", **({"dpi": stated} if stated else {}))
    assert only_page(tmp_path / "a.png").frame.dpi == 200


# ---------------------------------------------------------------- what is no page


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (bad_files.pdf(password="secreto"), errors.Encrypted),
        (b"%PDF-1.4\n" + bad_files.noise(500), errors.Damaged),
        (bad_files.pdf(size=(7200, 7200)), errors.PageTooLarge),
        (bad_files.pdf(size=(40, 40)), errors.PageTooSmall),
    ],
)
def test_what_cannot_be_a_page_is_refused(data: bytes, error: type[Exception], tmp_path: Path) -> None:
    with pytest.raises(error):
        list(pages.load_pages(written(tmp_path, data)))


@pytest.mark.parametrize(
    ("name", "error"),
    [("bomb.png", errors.PageTooLarge), ("dot.png", errors.PageTooSmall), ("noise.jpg", errors.Damaged)],
)
def test_images_that_cannot_be_a_page_are_refused(name: str, error: type[Exception], tmp_path: Path) -> None:
    data = bad_files.image((11_000, 11_000)) if name == "bomb.png" else bad_files.BAD_FILES[name][0]
    with pytest.raises(error):
        list(pages.load_pages(written(tmp_path, data, name)))


def test_a_missing_poppler_is_the_environments_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(errors.EngineMissing, match="poppler"):
        list(pages.load_pages(written(tmp_path, bad_files.pdf())))


def test_a_page_that_takes_too_long_has_failed_and_is_not_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_SECONDS", 1e-6)
    with pytest.raises(errors.EngineFailed, match="no terminó"):
        list(pages.load_pages(written(tmp_path, bad_files.pdf())))


def inverted(ground: int, print_: int) -> pages.Grey:
    """A page with one row of a table as dark as `ground`, its words in `print_`."""
    page = np.full((900, 1200), 245, np.uint8)
    page[200:320, 100:1100] = ground
    for x in (160, 560):
        cv2.putText(page, "SECTOR", (x, 275), cv2.FONT_HERSHEY_SIMPLEX, 1.5, (print_,), 4, cv2.LINE_AA)
    return page


def test_headings_printed_white_on_dark_become_dark_on_light() -> None:
    page = pages._dark_on_light(inverted(80, 250), 200)
    assert np.median(page[210:310, 110:1090]) > 150
    assert page[210:310, 110:1090].min() < 30
    assert (page[330:] == 245).all()


@pytest.mark.parametrize("page", [inverted(80, 10), inverted(190, 20), np.full((900, 1200), 245, np.uint8)])
def test_dark_print_and_plain_paper_stay_as_they_are(page: pages.Grey) -> None:
    assert (pages._dark_on_light(page, 200) == page).all()


def test_a_dark_heading_of_a_photographed_sheet_is_turned_about_the_table_around_it_is_not() -> None:
    page = np.full((1100, 1400), 70, np.uint8)
    page[100:1000, 100:1300] = inverted(80, 250)
    turned = pages._dark_on_light(page, 200)
    assert np.median(turned[310:410, 210:1190]) > 150
    assert (turned[:100] == 70).all()


def test_the_table_under_a_photographed_sheet_is_not_turned_about() -> None:
    page = np.full((900, 1200), 70, np.uint8)
    page[60:840, 80:1120] = 240
    assert (pages._dark_on_light(page, 200) == page).all()

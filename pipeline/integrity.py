"""Whether a PDF is within bounds and as its writer left it: asked of its structure, before any page is drawn.

The only door to pikepdf (qpdf). Readers mend what is broken without a word: they guess where objects stand, draw half
of a picture, leave a page out. What was lost on the way would pass for blank cells, so every such mending is told here.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import DependencyError, PdfError
from pikepdf.jbig2 import JBIG2DecoderInterface, set_decoder
from pikepdf.settings import set_qpdf_limits

from ocr import sheets
from ocr.errors import Damaged, DocumentError, Encrypted, NoPages, PageTooLarge
from pipeline import coded_sizes, measures
from pipeline.errors import TooBig
from pipeline.settings import MIB, Limits

STREAM_BYTES = 64 * MIB  # decoded; the fullest page of drawings measured holds 2 MiB, the largest font 20
DRAWINGS = 100_000  # pictures and forms on one page, forms in forms included; a page of tiles or stamps has hundreds
BOUNDS: dict[str, Any] = {  # of what qpdf takes apart; each far above what office programs and scanners write
    "parser_max_nesting": 100,
    "parser_max_container_size": 1_000_000,
    "max_stream_filters": 4,
    "dct_max_progressive_scans": 100,
    "dct_max_memory": 1024 * MIB,
}
BUFFERS = ("flate_max_memory", "run_length_max_memory", "png_max_memory", "tiff_max_memory")
EXCEEDED = ("limit exceeded", "limits error", "memory limit")  # how qpdf says that one of them was met
SHOWN_COMPLAINTS = 3
NAMING = {"Do": "/XObject", "Tf": "/Font"}  # what draws a picture or sets a font → the resources that hold it


logging.getLogger("pikepdf").addHandler(logging.NullHandler())  # else a file's own words reach the terminal
logging.getLogger("pikepdf").propagate = False


class _NoDecoder(JBIG2DecoderInterface):
    """Keeps pikepdf from starting a program of its own, which nothing would bound: poppler decodes such pictures."""

    def check_available(self) -> None:
        raise DependencyError("JBIG2")

    def decode_jbig2(self, jbig2: bytes, jbig2_globals: bytes) -> bytes:  # noqa: ARG002
        raise DependencyError("JBIG2")


def examine(path: Path, limits: Limits) -> str | None:
    """What is broken about the PDF at `path` though it can be read, for whoever asks; None where it is sound.

    Raises Damaged, Encrypted or NoPages where it cannot be read at all, TooBig or PageTooLarge where it must not.
    """
    set_decoder(_NoDecoder())
    set_qpdf_limits(**BOUNDS)
    _bound_streams(STREAM_BYTES)
    try:
        with warnings.catch_warnings(action="ignore"), pikepdf.open(path) as pdf:
            return _said(path, _complaints(pdf, limits))
    except pikepdf.PasswordError as error:
        raise Encrypted from error
    except (PdfError, DependencyError, ValueError, TypeError, KeyError, RecursionError) as error:  # of what is no tree
        raise _refusal(path, str(error)) from error


def _bound_streams(size: int) -> None:
    """No stream may decode to more than `size` bytes."""
    bounds: dict[str, Any] = dict.fromkeys(BUFFERS, size)
    set_qpdf_limits(**bounds)


def _complaints(pdf: pikepdf.Pdf, limits: Limits) -> list[str]:
    count = len(pdf.pages)
    if not count:
        raise NoPages
    if count > limits.pages:
        raise TooBig(f"{count} páginas; límite {limits.pages}")
    _bound_streams(max([STREAM_BYTES, *(_picture_bytes(stream) for stream in _streams(pdf))]))
    if any(measures.drawings(page) > DRAWINGS for page in pdf.pages):
        raise TooBig(f"más de {DRAWINGS} dibujos en una página")
    return pdf.check_pdf_syntax() or [*_missing(pdf), *_miscounted(pdf)]


def _streams(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Object]:
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Stream):
            yield thing


def _picture_bytes(stream: pikepdf.Object) -> int:
    """The bytes that a picture decodes to; 0 for other streams. Raises PageTooLarge where it, or one among the stream's
    instructions, is larger than a sheet."""
    for width, height in measures.of_stream(stream):
        if max(width, height) > sheets.MAX_SIDE or width * height > sheets.MAX_PIXELS:
            raise PageTooLarge(f"imagen de {width} x {height} píxeles")
    if stream.get("/Subtype") != "/Image":
        return 0
    return int(stream.get("/Width", 0)) * int(stream.get("/Height", 0)) * coded_sizes.CHANNELS


def _missing(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Parts that a page names and the file does not hold: to readers they are nothing, without a word."""
    for number, page in enumerate(pdf.pages, start=1):
        if "/Contents" not in page.obj:
            yield f"page {number} has no content"
            continue
        resources: Any = page.obj.get("/Resources", {})
        for instruction in pikepdf.parse_content_stream(page, " ".join(NAMING)):
            name, kind = instruction.operands[0], NAMING[str(instruction.operator)]
            if name not in resources.get(kind, {}):
                yield f"page {number} names {name}, which is missing"


def _miscounted(pdf: pikepdf.Pdf) -> Iterator[str]:
    stated = pdf.Root.Pages.get("/Count")
    if stated != len(pdf.pages):
        yield f"its page tree states {stated} pages and holds {len(pdf.pages)}"


def _said(path: Path, complaints: list[str]) -> str | None:
    if bomb := next((c for c in complaints if any(words in c for words in EXCEEDED)), None):
        raise TooBig(_without(path, bomb))
    shown = dict.fromkeys(_without(path, c) for c in complaints)
    return "; ".join(list(shown)[:SHOWN_COMPLAINTS]) or None


def _refusal(path: Path, said: str) -> DocumentError:
    """The error for a file that qpdf gives up on."""
    bomb = any(words in said for words in EXCEEDED)
    return (TooBig if bomb else Damaged)(_without(path, said))


def _without(path: Path, said: str) -> str:
    """What qpdf said without the path: the same file gives the same row wherever it lies."""
    return said.replace(str(path), "").removeprefix("WARNING: ").removeprefix("ERROR: ").strip(" :")

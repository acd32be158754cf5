"""What a file really is, by its bytes, and whether it may be read at all: limits hold before anything is decoded."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from ocr import pages
from ocr.errors import Damaged, Empty, NotAPdf, PageTooLarge
from pipeline.errors import NotReadable, TooBig, UnknownKind
from pipeline.settings import Limits

HEAD_BYTES = 1024  # a PDF header may stand this deep, says its specification
TAIL_BYTES = 2048  # where writers leave their end marker, with room for a few trailing bytes
IMAGE_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff"})


class FileKind(StrEnum):
    """Which door a file goes through."""

    PDF = "pdf"
    IMAGE = "image"
    TEXT = "text"


def check(path: Path, limits: Limits) -> FileKind:
    """The kind of the file at `path`, by content; raises DocumentError where it cannot or must not be read."""
    kind = kind_of(path, limits)
    if kind is FileKind.PDF:
        _check_pdf(path, limits)
    elif kind is FileKind.IMAGE:
        _check_image(path, limits)
    return kind


def kind_of(path: Path, limits: Limits) -> FileKind:
    """The kind told by the first bytes, the name settling only what bytes leave open."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise NotReadable(error.strerror or "") from error
    if not head:
        raise Empty
    if size > limits.file_bytes:
        raise TooBig(f"{size} bytes; límite {limits.file_bytes}")
    suffix = path.suffix.lower()
    if b"%PDF-" in head:
        return FileKind.PDF
    if suffix == ".pdf":
        raise NotAPdf
    if head.startswith(IMAGE_SIGNATURES):
        return FileKind.IMAGE
    if suffix == ".txt":
        return FileKind.TEXT
    raise Damaged("no empieza como una imagen") if suffix in IMAGE_SUFFIXES else UnknownKind


def _check_pdf(path: Path, limits: Limits) -> None:
    if not has_end(path):  # readers mend such a file by dropping what is missing: a cut image passes for blank cells
        raise Damaged("falta el final del archivo")
    sheets = pages.inspect(path)
    if len(sheets) > limits.pages:
        raise TooBig(f"{len(sheets)} páginas; límite {limits.pages}")
    for sheet in sheets:
        scale = (sheet.dpi if sheet.is_scan else pages.DEFAULT_DPI) / pages.POINTS_PER_INCH
        pages.check_size(sheet.number, sheet.width * scale, sheet.height * scale)


def has_end(path: Path) -> bool:
    """Whether a PDF's end marker is where writers leave it; not of a file that gives no bytes."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL_BYTES))
            return b"%%EOF" in file.read()
    except OSError:
        return False


def _check_image(path: Path, limits: Limits) -> None:
    for number, frame in enumerate(_frames(path), start=1):
        if number > limits.pages:
            raise TooBig(f"más de {limits.pages} páginas")
        pages.check_size(number, *frame.size)
        try:
            frame.load()  # a truncated image shows only when it is decoded
        except (OSError, SyntaxError, ValueError) as error:
            raise Damaged(f"página {number}") from error


def _frames(path: Path) -> Iterator[Image.Image]:
    """The frames of an image file, not yet decoded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limits come right after
        try:
            with Image.open(path) as image:
                for index in range(getattr(image, "n_frames", 1)):
                    image.seek(index)
                    yield image
        except Image.DecompressionBombError as error:
            raise PageTooLarge from error
        except (UnidentifiedImageError, OSError, SyntaxError, EOFError) as error:
            raise Damaged("la imagen no se puede abrir") from error


"""What a file really is, by its bytes, and whether it may be read at all: limits hold before anything is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath

from ocr import sheets
from ocr.errors import Damaged, Empty, NotAPdf
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


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be read. `damage`: what is broken in it nevertheless, so that parts of it may be missing."""

    kind: FileKind
    damage: str | None = None


def check(path: Path, limits: Limits) -> Checked:
    """What the file at `path` is, by content; raises DocumentError where it cannot or must not be read."""
    kind, damage = kind_of(path, limits), None
    if kind is FileKind.PDF:
        damage = _check_pdf(path, limits)
    elif kind is FileKind.IMAGE:
        _check_image(path, limits)
    return Checked(kind, damage)


def kind_of(path: Path, limits: Limits) -> FileKind:
    """The kind told by the first bytes, the name settling only what bytes leave open."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise NotReadable(error.strerror or "") from error
    return kind_told(path, size, head, limits)


def kind_told(name: PurePath, size: int, head: bytes, limits: Limits) -> FileKind:
    """The same of a file called `name` that has `size` bytes, `head` the first `HEAD_BYTES` of them."""
    if not head:
        raise Empty
    if size > limits.file_bytes:
        raise TooBig(f"{size} bytes; límite {limits.file_bytes}")
    suffix = name.suffix.lower()
    if b"%PDF-" in head:
        return FileKind.PDF
    if suffix == ".pdf":
        raise NotAPdf
    if head.startswith(IMAGE_SIGNATURES):
        return FileKind.IMAGE
    if suffix == ".txt":
        return FileKind.TEXT
    raise Damaged("no empieza como una imagen") if suffix in IMAGE_SUFFIXES else UnknownKind


def _check_pdf(path: Path, limits: Limits) -> str | None:
    if not has_end(path):  # readers mend such a file by dropping what is missing: a cut image passes for blank cells
        raise Damaged("falta el final del archivo")
    from pipeline import integrity  # qpdf takes a tenth of a second to load, and most that ask for a kind ask no more

    damage = integrity.examine(path, limits)  # first: the others decode whatever they are given
    for sheet in sheets.inspect(path):
        if sheet.characters > limits.page_characters:
            raise TooBig(f"página {sheet.number}: {sheet.characters} caracteres; límite {limits.page_characters}")
        scale = (sheet.dpi if sheet.is_scan else sheets.DEFAULT_DPI) / sheets.POINTS_PER_INCH
        sheets.check_size(sheet.number, sheet.width * scale, sheet.height * scale)
    return damage


def has_end(path: Path) -> bool:
    """Whether a PDF's end marker is where writers leave it; not of a file that gives no bytes."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - TAIL_BYTES))
            return b"%%EOF" in file.read()
    except OSError:
        return False


def _check_image(path: Path, limits: Limits) -> None:
    """Frames are counted and measured; one that does not decode shows when it is read, and costs itself alone."""
    for frame in sheets.image_frames(path):
        if frame.number > limits.pages:
            raise TooBig(f"más de {limits.pages} páginas")
        sheets.check_size(frame.number, *frame.image.size)

"""A text file, as another program's OCR left it, as a document of lines: pages at form feeds, lines numbered from 1."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from ocr.errors import Empty
from ocr.records import InputKind, PageFrame, Place, ReadDocument, ReadPage, TextLine
from pipeline.errors import InvalidText, NotReadable, TooBig
from pipeline.settings import Limits

BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
SPANISH = frozenset("áéíóúüñÁÉÍÓÚÜÑàèòçªº°¿¡«»“”‘’„–—…•·€®©§´¨¬")  # what else than ASCII a Spanish report holds
SPANISH_SHARE = 0.95  # mojibake of UTF-8 read as Windows-1252 scores below 0.6, random bytes below 0.3


def read(path: Path, limits: Limits) -> ReadDocument:
    """The file's lines as an `ocr_text` document; raises Empty, InvalidText, NotReadable or TooBig."""
    try:
        text = decode(path.read_bytes())
    except OSError as error:
        raise NotReadable(error.strerror or "") from error
    if not text.strip():
        raise Empty
    if len(text) > limits.text_characters:
        raise TooBig(f"{len(text)} caracteres; límite {limits.text_characters}")
    if (longest := max(map(len, text.split("\n")))) > limits.line_characters:
        raise TooBig(f"una línea de {longest} caracteres; límite {limits.line_characters}")
    pages = _pages(text)
    if len(pages) > limits.pages:
        raise TooBig(f"{len(pages)} páginas; límite {limits.pages}")
    return ReadDocument(InputKind.OCR_TEXT, pages)


def decode(data: bytes) -> str:
    """The text in `data`, line ends as "\\n"; raises InvalidText rather than guess.

    UTF-8 and UTF-16 are tried strictly. What is neither is Windows-1252 if nearly all its other letters are Spanish.
    """
    encoding = next((name for bom, name in BOMS if data.startswith(bom)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = _decode_windows(data)
    if CONTROLS.search(text):
        raise InvalidText("contiene caracteres de control")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode_windows(data: bytes) -> str:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise InvalidText(f"byte {error.start}") from error
    others = [character for character in text if ord(character) > 127]
    if sum(character in SPANISH for character in others) < SPANISH_SHARE * len(others):
        raise InvalidText
    return text


def _pages(text: str) -> tuple[ReadPage, ...]:
    pages, line = [], 1
    for number, part in enumerate(text.removesuffix("\f").split("\f"), start=1):
        rows = part.split("\n")
        lines = tuple(TextLine(row, Place(number, line=line + i)) for i, row in enumerate(rows))
        pages.append(ReadPage(PageFrame(number, 0, 0, 0), lines=lines))
        line += len(rows) - 1
    return tuple(pages)

"""Whether a folder of evidence is whole and true to the paper, told without network and without the dataset.

Three questions, each answered for every value: do the files still have their digests, with none missing and none added;
is the crop the part of its page's picture that the value's box says; and, where the paper is at hand, is it the paper
with that digest, and do its page and box look like that. Another version of what draws pages may differ by shades of
grey: then, and only then, pictures count as alike up to SHADES.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageStat

from ocr.errors import DocumentError
from ocr.records import Box
from ocr.sheets import POINTS_PER_INCH
from pipeline import crops
from pipeline.audit import evidence
from pipeline.errors import UsageError
from pipeline.inputs import sha256
from pipeline.papers import by_digest

SHADES = 6.0  # mean difference of pixels, of 255: other hinting moves edges by a fraction; another text differs by tens
_SUM = re.compile(r"([0-9a-f]{64})  (.+)")


@dataclass(frozen=True, slots=True)
class Verified:
    """`faults`: what is not as it should be, in Spanish, none where all is well. `seal`: digest of SHA256SUMS.

    `values`: how many the folder holds; `unseen`: of those, how many could not be compared with their paper.
    """

    seal: str
    values: int
    unseen: int
    faults: tuple[str, ...]


def verify(folder: Path, sources: Path | None = None) -> Verified:
    """Checks a folder of evidence. `sources`: folder with the papers; without, only the folder itself is checked.

    Raises UsageError where the folder is none of evidence.
    """
    if not (folder / evidence.SUMS).is_file():
        raise UsageError(f"{folder} no es una carpeta de `veedor evidence`: falta {evidence.SUMS}.")
    papers = by_digest(sources) if sources else None
    faults = list(_digests(folder))
    manifest = _json(folder / evidence.MANIFEST)
    values = sorted((folder / evidence.VALUES).glob("*"))
    if manifest is None or manifest.get("format") != evidence.FORMAT or manifest.get("values") != len(values):
        faults.append(f"{evidence.MANIFEST}: falta, no se entiende o no cuenta los valores que hay.")
    unseen = 0
    for value in values:
        told = _json(value / evidence.VALUE)
        path = papers.get(_digest_of(told)) if papers is not None else None
        unseen += path is None
        name = value.relative_to(folder).as_posix()
        if papers is not None and path is None:
            faults.append(f"{name}: su papel no está en la carpeta indicada.")
        try:
            faults += [f"{name}: {fault}" for fault in _value(value, told, path, manifest or {})]
        except (KeyError, TypeError, ValueError, OSError, DocumentError) as error:
            faults.append(f"{name}: no se puede comprobar ({type(error).__name__}: {error}).")
    seal = hashlib.sha256((folder / evidence.SUMS).read_bytes()).hexdigest()
    return Verified(seal, len(values), unseen, tuple(faults))


def _digests(folder: Path) -> Iterator[str]:
    """Files whose bytes are not those of SHA256SUMS, that are missing or were added."""
    listed: dict[str, str] = {}
    for line in (folder / evidence.SUMS).read_text(encoding="utf-8", errors="replace").splitlines():
        entry = _SUM.fullmatch(line)
        if not entry or ".." in Path(entry[2]).parts or Path(entry[2]).is_absolute() or entry[2] in listed:
            yield f"{evidence.SUMS}: una línea no se entiende."
            continue
        listed[entry[2]] = entry[1]
    for name, digest in listed.items():
        found = sha256(folder / name)
        if found is None:
            yield f"{name}: falta."
        elif found != digest:
            yield f"{name}: cambió; su SHA-256 no es el anotado."
    there = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file() or p.is_symlink()}
    yield from (f"{name}: sobra; no está anotado." for name in sorted(there - set(listed) - {evidence.SUMS}))


def _json(path: Path) -> dict[str, Any] | None:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None


def _digest_of(told: Mapping[str, Any] | None) -> str:
    document = (told or {}).get("document")
    return str(document.get("sha256")) if isinstance(document, dict) else ""


def _value(
    folder: Path, told: Mapping[str, Any] | None, path: Path | None, manifest: Mapping[str, Any]
) -> Iterator[str]:
    if told is None:
        yield f"{evidence.VALUE}: falta o no se entiende."
        return
    if told["document"]["sha256"] not in {d["sha256"] for d in manifest.get("documents", ())}:
        yield f"{evidence.VALUE}: su documento no está en {evidence.MANIFEST}."
    place = told["place"]
    if (folder / f"{evidence.CROP}.png").is_file() and not _cut_from_page(folder, place):
        yield "el recorte no es la parte de la página que dice su recuadro."
    if path is None:
        return
    same_renderer = manifest.get("renderer") == evidence.renderer()
    for name, data in evidence.shown(path, place).items():
        if not (folder / name).is_file():
            yield f"{name}: falta, y el papel lo muestra."
        elif not _alike((folder / name).read_bytes(), data, exactly=same_renderer or name.endswith(".txt")):
            yield f"{name}: no es lo que muestra el papel en ese lugar."


def _cut_from_page(folder: Path, place: Mapping[str, Any]) -> bool:
    """Whether crop and page agree inside the box: the frame is drawn just outside of it."""
    box = Box(*(place[edge] for edge in ("x0", "y0", "x1", "y1")))
    with Image.open(folder / f"{evidence.PAGE}.png") as page, Image.open(folder / f"{evidence.CROP}.png") as crop:
        whole = crops.crop(page, box)
        if whole.size != crop.size:
            return False
        margin = round(crops.MARGIN * crops.DPI / POINTS_PER_INCH)
        left, top = (min(margin, round(edge * crops.DPI / POINTS_PER_INCH)) + 1 for edge in (box.x0, box.y0))
        inside = (left, top, max(left + 1, crop.width - margin - 2), max(top + 1, crop.height - margin - 2))
        return _difference(whole.crop(inside), crop.crop(inside)) == 0


def _alike(noted: bytes, found: bytes, *, exactly: bool) -> bool:
    if noted == found:
        return True
    if exactly:
        return False
    with Image.open(io.BytesIO(noted)) as one, Image.open(io.BytesIO(found)) as other:
        return one.size == other.size and _difference(one, other) <= SHADES


def _difference(one: Image.Image, other: Image.Image) -> float:
    """Mean difference of two pictures' pixels, 0..255."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)

"""A folder that proves chosen values: the paper's crop, its page with the box, what was read and decided, and digests.

    manifest.json            what made it: versions, dictionary, tables, documents with their digests
    values/0001/value.json   the row, its readings and how they were decoded
    values/0001/crop.png     the box on the paper, with a margin; crop.txt of a text
    values/0001/page.png     the page with a frame around the box; page.txt of a text
    SHA256SUMS               the digest of every other file, as sha256sum writes and checks it

The same dataset, papers and program give the same bytes: no time and no machine is in it.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image

from dictionaries.records import Dictionary
from ocr.errors import DocumentError
from ocr.records import Box
from parsers.calibration import RISK
from pipeline import crops, ledger, provenance, textfile, warehouse
from pipeline.audit import choice, rereading
from pipeline.audit.choice import Chosen
from pipeline.audit.rereading import Reread
from pipeline.errors import UsageError
from pipeline.inputs import sha256
from pipeline.papers import Gone, Papers
from pipeline.settings import Limits
from pipeline.sources import Source
from pipeline.tables.columns import CERTAINTY, PLACE
from pipeline.warehouse import Cells

FORMAT = 1
SUMS, MANIFEST, VALUES = "SHA256SUMS", "manifest.json", "values"
VALUE, CROP, PAGE = "value.json", "crop", "page"
_APART = {column.name for column in (*CERTAINTY, *PLACE)}


@dataclass(frozen=True, slots=True)
class Request:
    """What evidence is wanted of. `dictionary`: to read again with, None where nothing is to be read again."""

    out: Path
    chosen: Chosen
    papers: Papers
    dictionary: Dictionary | None


def write(request: Request, to: Path) -> str:
    """Writes the folder `to`, which must be empty or new, and gives the digest of its SHA256SUMS.

    Raises UsageError where the folder holds anything, or a paper is gone or does not open.
    """
    if to.exists() and any(to.iterdir()):
        raise UsageError(f"La carpeta {to} no está vacía: indique otra con --to.")
    run = ledger.load(request.out)
    paths = {document: _path(request, cells) for document, cells in request.chosen.documents.items()}
    seen: dict[str, Reread] = {}
    for number, row in enumerate(request.chosen.rows, start=1):
        document = row["document_id"]
        if request.dictionary and document not in seen:
            seen = {document: _again(request.dictionary, run, request.chosen.documents[document], paths[document])}
        _write_value(request, to / VALUES / f"{number:04}", row, (paths[document], seen.get(document)))
    _write_json(to / MANIFEST, _manifest(request, run))
    return _write_sums(to)


def _path(request: Request, document: Cells) -> Path:
    try:
        return request.papers.path(document)
    except Gone as error:
        raise UsageError(str(error)) from error


def _again(dictionary: Dictionary, run: Mapping[str, Any], document: Cells, path: Path) -> Reread:
    risk = run.get("reading", {}).get("risk", RISK)
    return rereading.reread(Source(path, document["source"], document["sha256"]), dictionary, risk)


def _write_value(request: Request, folder: Path, row: Cells, found: tuple[Path, Reread | None]) -> None:
    path, again = found
    schema, document = request.chosen.schema, request.chosen.documents[row["document_id"]]
    folder.mkdir(parents=True)
    told = {
        "table": schema.name,
        "key": {name: row[name] for name in schema.key},
        "document": {name: document[name] for name in ("document_id", "source", "sha256", "input_kind", "pages")},
        "place": {column.name: row.get(column.name) for column in PLACE},
        "value": {name: value for name, value in row.items() if name not in _APART},
        "decoding": {column.name: row.get(column.name) for column in CERTAINTY},
        "readings": {
            "looks": choice.looks(request.out, schema, row),
            "read_again": rereading.evidence(again, schema, row) if again else None,
        },
    }
    try:
        for name, data in shown(path, row).items():
            (folder / name).write_bytes(data)
    except DocumentError as error:
        raise UsageError(f"{document['source']}: {error}") from error
    _write_json(folder / VALUE, told)


def shown(path: Path, row: Mapping[str, Any]) -> dict[str, bytes]:
    """The files that show a row's place on the paper at `path`, by name; none where the row has no place.

    Raises DocumentError where the paper has no such page.
    """
    if row["line"] is not None:
        lines = {x.place.line: x.text for page in textfile.read(path, Limits()).pages for x in page.lines}
        marked = [f"{'>' if n == row['line'] else ' '} {n:>5}  {text}" for n, text in lines.items()]
        return {f"{CROP}.txt": _text(lines.get(row["line"], "")), f"{PAGE}.txt": _text("\n".join(marked))}
    if row["page"] is None:
        return {}
    picture = _page(path, row["page"])
    if row["x0"] is None:
        return {f"{PAGE}.png": crops.png(picture)}
    box = Box(*(row[edge] for edge in ("x0", "y0", "x1", "y1")))
    framed = crops.outlined(picture, [box])
    return {f"{CROP}.png": crops.png(crops.crop(picture, box)), f"{PAGE}.png": crops.png(framed)}


@lru_cache(maxsize=2)  # values of one row stand on one page
def _page(path: Path, page: int) -> Image.Image:
    return crops.page_picture(path, page)


def renderer() -> str:
    """What draws pages: pictures of two versions may differ by shades."""
    return f"pypdfium2 {importlib.metadata.version('pypdfium2')}, pillow {importlib.metadata.version('pillow')}"


def _manifest(request: Request, run: Mapping[str, Any]) -> dict[str, Any]:
    schema = request.chosen.schema
    tables = dict.fromkeys(("documents", schema.name, "looks", "entities", "sectors", "instancias"))
    return {
        "format": FORMAT,
        "veedor": importlib.metadata.version("veedor"),
        "renderer": renderer(),
        "crops": {"dpi": crops.DPI, "margin": crops.MARGIN},
        "run": {name: run.get(name) for name in ("veedor", "versions", "code", "dictionary", "reading")},
        "read_again_with": _program(request.dictionary) if request.dictionary else None,
        "tables": {t: [sha256(file) for file in warehouse.table_files(request.out, t)] for t in tables},
        "documents": [
            {name: cells[name] for name in ("document_id", "source", "sha256", "input_kind", "pages")}
            for cells in request.chosen.documents.values()
        ],
        "table": schema.name,
        "values": len(request.chosen.rows),
    }


def _program(dictionary: Dictionary) -> dict[str, Any]:
    return {
        "versions": dict(provenance.versions()),
        "code": provenance.code(),
        "dictionary": dictionary.version,
    }


def _write_json(path: Path, told: Mapping[str, Any]) -> None:
    text = json.dumps(told, ensure_ascii=False, indent=1, default=_spelled)
    path.write_bytes(_text(text))


def _spelled(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"not JSON: {value!r}")


def _text(text: str) -> bytes:
    return (text + "\n").encode("utf-8")


def _write_sums(folder: Path) -> str:
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    data = "".join(f"{sha256(folder / name)}  {name}\n" for name in files).encode()
    (folder / SUMS).write_bytes(data)
    return hashlib.sha256(data).hexdigest()

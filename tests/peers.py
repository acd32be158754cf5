"""Reads reports with another extractor and its hour of glue, in an environment of its own: see `bench_peers`.

    .venv-peers/bin/python tests/peers.py img2table|camelot FILES --out DIR

Scans and born-digital PDFs only: neither tool reads flattened text.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import os
import re
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

import numpy as np
import pandas as pd

from tests.peer_glue import Grid
from tests.peer_tables import Tables, report

COLUMNS = {  # what the scorer asks of each table, also of one without rows
    "documents": "document_id source status error needs_review form year period_kind quarter instancia ordinary_held"
    " ordinary_planned extraordinary_held extraordinary_planned",
    "sessions": "document_id needs_review matrix column quarter date",
    "attendees": "document_id needs_review row sector entity_id entity entity_raw position role total_printed",
    "attendance": "document_id needs_review row column mark mark_raw",
    "functions": "document_id needs_review function scope text addressed_printed",
    "function_sessions": "document_id needs_review function scope column mark mark_raw",
    "publications": "document_id needs_review item published",
    "signatories": "document_id needs_review signs_as name",
    "findings": "document_id code row column function item",
}
Pages = list[tuple[list[Grid], str]]


def with_img2table(path: Path) -> Pages:
    """img2table finds the cells of pages that it turned and deskewed; Tesseract reads them, and the page's text."""
    from img2table.document import PDF
    from img2table.ocr import TesseractOCR

    class Engine(TesseractOCR):
        """img2table does not tell the engine the resolution of its images, 200 dpi, and most small words are lost."""

        def hocr(self, image: Any) -> str:
            return _tesseract(image, "-l", "spa", "--psm", str(self.psm), "hocr")

    document = PDF(_turned(path), detect_rotation=True, pdf_text_extraction=True)
    found = document.extract_tables(ocr=Engine(lang="spa", psm=11), min_confidence=1)
    pages = []
    for number, image in enumerate(document.images):
        tables = [table.content.values() for table in found.get(number, [])]
        grids = [[[_text_of(cell) for cell in row] for row in rows] for rows in tables]
        pages.append((grids, _tesseract(image, "-l", "spa", "--psm", "3")))
    return pages


def _turned(path: Path) -> bytes:
    """The PDF with its pages turned as Tesseract's orientation detection says."""
    import pypdfium2

    pdf, out = pypdfium2.PdfDocument(path), io.BytesIO()
    for page in pdf:
        with contextlib.suppress(subprocess.CalledProcessError):  # too few letters to tell
            said = _tesseract(np.asarray(page.render(scale=200 / 72).to_pil()), "--psm", "0")
            page.set_rotation((page.get_rotation() + int(said.partition("Rotate: ")[2].split()[0])) % 360)
    pdf.save(out)
    return out.getvalue()


def _text_of(cell: Any) -> str:
    return re.sub(r"\bNone\b", "", cell.value or "")  # it writes so for words that it dropped


def _tesseract(image: Any, *options: str) -> str:
    from PIL import Image

    with tempfile.TemporaryDirectory() as scratch:
        page = Path(scratch) / "page.png"
        Image.fromarray(image).save(page)
        command = ["tesseract", str(page), "stdout", "--dpi", "200", *options]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def with_camelot(path: Path) -> Pages:
    """OCRmyPDF turns, deskews and reads the pages; Camelot's lattice finds the cells, text copied over merged ones."""
    import camelot

    with tempfile.TemporaryDirectory() as scratch:
        read = Path(scratch) / "read.pdf"
        options = "--skip-text --rotate-pages --rotate-pages-threshold 2 --deskew -l spa --tesseract-pagesegmode 11"
        options += " --output-type pdf --optimize 0 --jobs 1 --quiet"
        ocrmypdf = [str(Path(sys.executable).with_name("ocrmypdf")), *options.split()]
        subprocess.run([*ocrmypdf, str(path), str(read)], check=True)
        found = camelot.read_pdf(str(read), pages="all", flavor="lattice", copy_text=["h", "v"], line_scale=40)
        grids: dict[int, list[Grid]] = {}
        for table in found:
            grids.setdefault(int(table.page), []).append(table.df.astype(str).to_numpy().tolist())
        printed = ["pdftotext", "-layout", str(read), "-"]
        text = subprocess.run(printed, capture_output=True, text=True, check=True).stdout
    return [(grids.get(number, []), page) for number, page in enumerate(text.split("\f")[:-1], 1)]


TOOLS: dict[str, Callable[[Path], Pages]] = {"img2table": with_img2table, "camelot": with_camelot}


def read(path: Path, tool: str) -> Tables:
    """The report's tables; where the tool gives up, a document that failed and says why."""
    document_id = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    try:
        return report(document_id, path.name, TOOLS[tool](path))
    except Exception:
        failed = {"document_id": document_id, "source": path.name, "status": "failed", "error": traceback.format_exc()}
        return Tables({**failed, "needs_review": True})


def write(reports: list[Tables], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, columns in COLUMNS.items():
        of_each = ([r.document] if name == "documents" else r.rows.get(name, []) for r in reports)
        rows = [row for some in of_each for row in some]
        frame = pd.DataFrame(rows, columns=columns.split())
        whole = [c for c in ("row", "column", "function", "quarter", "year", "total_printed") if c in frame]
        whole += [c for c in frame if str(c).endswith(("_held", "_planned"))]
        frame.astype(dict.fromkeys(whole, "Int64")).to_parquet(out / f"{name}.parquet", index=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool", choices=TOOLS)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    os.environ["OMP_THREAD_LIMIT"] = "1"
    write([read(path, given.tool) for path in given.files], given.out)


if __name__ == "__main__":
    main()

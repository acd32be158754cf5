"""Learns parsers/confusions.csv: what the OCR engine reads where a mark, a role or a small number is printed.

    python tests/learn_confusions.py [--pages N]

Draws table pages of random marks in several fonts, sizes and resolutions, damages them as scanners do, and reads each
in two ways: the whole page with page segmentation (mode `page`, English and Spanish models), words given to cells by
their boxes; and cell by cell (mode `crop`). Every (printed, read) pair is counted; an empty `read`: nothing was seen.
Not a test: it takes minutes, and its result is kept with the code.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

TARGET = Path(__file__).parents[1] / "parsers" / "confusions.csv"
FONTS = (
    "Carlito-Regular", "LiberationSans-Regular", "LiberationSerif-Regular", "DejaVuSans", "Caladea-Regular",
    "LiberationSansNarrow-Regular", "DejaVuSerif", "FreeSans", "FreeSerif", "EBGaramond-Regular", "OpenSans-Regular",
)  # fmt: skip
MARKS = (("SI", "NO"), ("Si", "No"), ("Sí", "No"), ("X", ""), ("✓", ""))
EMPTY = ("-", "–", "N/A")
ROLES = ("P", "S", "I", "I", "I", "I", "IP", "O")
NAMES = (
    "Secretaría Distrital de Gobierno", "Instituto Distrital de Turismo", "Jardín Botánico de Bogotá",
    "Secretaría Distrital de la Mujer", "Departamento Administrativo", "Gestión de Riesgos y Cambio",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """What was printed in a box (x0, y0, x1, y1 in page pixels)."""

    printed: str
    box: tuple[int, int, int, int]


def font_files() -> dict[str, str]:
    listed = subprocess.run(["fc-list", "--format", "%{file}\n"], capture_output=True, text=True, check=True).stdout
    return {Path(f).stem: f for f in listed.split()}


def rows(rng: random.Random, count: int) -> list[list[str]]:
    """Rows of role, marks and total as forms print them; columns without a session come last."""
    yes, no = rng.choices(MARKS, (5, 3, 1, 1, 1))[0]
    empty, held, width = rng.choice(EMPTY), rng.randint(1, 4), rng.randint(4, 6)
    table = []
    for _ in range(count):
        marks = [rng.choices((yes, no), (7, 3))[0] for _ in range(held)] + [empty] * (width - held)
        total = rng.choice((sum(m == yes for m in marks), rng.randint(0, 20)))
        table.append([rng.choice(ROLES), *marks, str(total)])
    return table


def draw(rng: random.Random, font: str, dpi: int) -> tuple[Image.Image, list[Cell]]:
    """A page with one ruled table, and its small cells."""
    size = rng.choice((8, 9, 10, 11, 12)) * dpi / 72
    face = ImageFont.truetype(font, round(size))
    page = Image.new("L", (round(8.5 * dpi), round(11 * dpi)), 255)
    pen, cells = ImageDraw.Draw(page), []
    table = rows(rng, 26)
    left, name_width, width = round(0.6 * dpi), round(2.9 * dpi), round(rng.uniform(0.4, 0.62) * dpi)
    height, rule = round(size * rng.uniform(1.5, 2.4)), max(1, round(dpi / 150))
    for r, row in enumerate(table):
        y = round(0.8 * dpi) + r * height
        x = left
        for c, text in enumerate([rng.choice(NAMES), *row]):
            w = name_width if c == 0 else width
            pen.rectangle((x, y, x + w, y + height), outline=rng.randint(0, 60), width=rule)
            at = (x + size * 0.3, y + height / 2) if c == 0 else (x + w / 2, y + height / 2)
            pen.text(at, text, font=face, fill=rng.randint(0, 50), anchor="lm" if c == 0 else "mm")
            if c:
                cells.append(Cell(text, (x, y, x + w, y + height)))
            x += w
    return page, cells


def damage(page: Image.Image, rng: random.Random) -> Image.Image:
    """A scanner's blur, noise, paleness and, at times, hard thresholding."""
    page = page.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 1.1)))
    noise = np.random.default_rng(rng.randrange(2**32)).normal(0, rng.uniform(2, 22), (page.height, page.width))
    grey = np.clip(np.asarray(page, float) * rng.uniform(0.7, 0.95) + rng.uniform(5, 40) + noise, 0, 255)
    if rng.random() < 0.25:
        grey = np.where(grey > rng.uniform(110, 190), 255, 0)
    return Image.fromarray(grey.astype(np.uint8))


def tesseract(source: Path, *options: str) -> str:
    env = os.environ | {"OMP_THREAD_LIMIT": "1"}
    command = ["tesseract", str(source), "stdout", *options]
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False).stdout


def page_pairs(image: Path, cells: list[Cell], lang: str) -> Iterator[tuple[str, str]]:
    """Each cell's printed text with the words whose middle lies in it; a word over several cells counts for none."""
    words = [w.split("\t") for w in tesseract(image, "-l", lang, "--psm", "3", "tsv").splitlines()[1:]]
    boxes = [(w[11].strip(), *map(int, w[6:10])) for w in words if len(w) == 12 and w[11].strip()]
    for cell in cells:
        x0, y0, x1, y1 = cell.box
        inside = [w for w in boxes if x0 <= w[1] + w[3] / 2 < x1 and y0 <= w[2] + w[4] / 2 < y1]
        if all(w[3] < 1.3 * (x1 - x0) for w in inside):
            yield cell.printed, " ".join(w[0] for w in inside)


def crop_pairs(page: Image.Image, cells: list[Cell], folder: Path) -> Iterator[tuple[str, str]]:
    """Each cell's printed text with the reading of its own crop, all crops in one run of the engine."""
    inset = max(3, page.width // 400)
    names = []
    for i, cell in enumerate(cells):
        x0, y0, x1, y1 = cell.box
        names.append(folder / f"{i}.png")
        page.crop((x0 + inset, y0 + inset, x1 - inset, y1 - inset)).save(names[-1])
    listing = folder / "list.txt"
    listing.write_text("".join(f"{n}\n" for n in names))
    readings = tesseract(listing, "-l", "spa", "--psm", "7").split("\f")
    yield from ((c.printed, " ".join(r.split())) for c, r in zip(cells, readings, strict=False))


def learn(pages: int) -> Counter[tuple[str, str, str]]:
    rng, fonts, counts = random.Random(11), font_files(), Counter[tuple[str, str, str]]()
    known = [fonts[f] for f in FONTS if f in fonts]
    for number in range(pages):
        page, cells = draw(rng, known[number % len(known)], rng.choice((150, 200, 200, 300)))
        page = damage(page, rng)
        with tempfile.TemporaryDirectory() as name:
            image = Path(name) / "page.png"
            page.save(image)
            lang = "spa" if number % 4 == 3 else "eng"
            counts.update(("page", p, r) for p, r in page_pairs(image, cells, lang))
            if number % 3 == 0:
                counts.update(("crop", p, r) for p, r in crop_pairs(page, cells, Path(name)))
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=60)
    pages = parser.parse_args().pages
    version = subprocess.run(["tesseract", "--version"], capture_output=True, text=True).stdout.split("\n")[0]
    provenance = f"{pages} drawn pages, {version}"
    with TARGET.open("w", encoding="utf-8", newline="") as f:
        out = csv.writer(f, lineterminator="\n")
        out.writerow(("mode", "printed", "read", "count", "provenance"))
        for (mode, printed, read), count in sorted(learn(pages).items()):
            out.writerow((mode, printed, read, count, provenance))


if __name__ == "__main__":
    main()

"""Draws docs/scan-to-rows.png, the README's picture: a sample scan beside the rows it became. `make picture`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from PIL import Image, ImageDraw
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

from ocr.pages import load_pages
from pipeline.canvas import typeface
from pipeline.cli.app import app

ROOT = Path(__file__).parents[1]
SCAN = ROOT / "data" / "raw" / "sintetico_escaneo_limpio.pdf"
TARGET = ROOT / "docs" / "scan-to-rows.png"
SIZE = (1500, 690)
SCAN_WIDTH = 720
ROW_PITCH, LEFT = 34, 750
COLUMNS = {"row": 0, "entity": 50, "role": 440, "1": 490, "2": 540, "3": 590, "4": 640, "total": 685}
MARK_COLOURS = {"SI": (20, 20, 20), "NO": (20, 20, 20), "-": (130, 130, 130)}
REVIEW = (210, 20, 20)
FINDING = (60, 60, 160)

Row = dict[str, Any]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        CliRunner().invoke(app, ["run", str(SCAN), "--out", folder, "--workers", "1"])
        attendees = pq.read_table(Path(folder) / "attendees.parquet").to_pylist()
        cells = pq.read_table(Path(folder) / "attendance.parquet").to_pylist()
        findings = pq.read_table(Path(folder) / "findings.parquet").to_pylist()
    image = Image.new("RGB", SIZE, "white")
    rows = [row for row in attendees if row["page"] == 1]
    image.paste(scan_of(rows), (10, 10))
    draw = ImageDraw.Draw(image)
    foot = write_rows(draw, rows, cells)
    for i, finding in enumerate([f for f in findings if f["page"] == 1][:3], start=1):
        said = typeface(8, 100).clipped(f"{finding['code']}: {finding['message']}", SIZE[0] - LEFT - 20)
        draw.text((LEFT, foot + i * ROW_PITCH), said, fill=FINDING, font=typeface(8, 100).font)
    image.quantize(128, kmeans=4).save(TARGET, optimize=True)


def scan_of(rows: list[Row]) -> Image.Image:
    """The part of the first page where those rows stand, its header included."""
    page = next(load_pages(SCAN))
    scale = page.frame.dpi / 72
    top = min(row["y0"] for row in rows) * scale - 0.15 * page.frame.height
    shown = Image.fromarray(page.grey[round(top) :])
    height = round(shown.height * SCAN_WIDTH / shown.width)
    return shown.resize((SCAN_WIDTH, height), Image.Resampling.LANCZOS).convert("RGB")


def write_rows(draw: ImageDraw.ImageDraw, rows: list[Row], cells: list[Row]) -> int:
    small, head = typeface(10, 100), typeface(8, 100)
    for name, left in COLUMNS.items():
        draw.text((LEFT + left, 120), name, fill=(110, 110, 110), font=head.font)
    for i, row in enumerate(rows):
        top = 150 + i * ROW_PITCH
        colour = REVIEW if row["needs_review"] else (20, 20, 20)
        entity = small.clipped(row["entity"] or row["entity_raw"], COLUMNS["role"] - COLUMNS["entity"] - 12)
        shown = {"row": row["row"], "entity": entity, "role": row["role"], "total": row["total_printed"]}
        for name, value in shown.items():
            draw.text((LEFT + COLUMNS[name], top), str(value), fill=colour, font=small.font)
        for cell in (c for c in cells if c["row"] == row["row"]):
            colour = REVIEW if cell["needs_review"] else MARK_COLOURS.get(cell["mark"], REVIEW)
            draw.text((LEFT + COLUMNS[str(cell["column"])], top), cell["mark"] or "?", fill=colour, font=small.font)
    foot = 150 + len(rows) * ROW_PITCH + 12
    draw.text((LEFT, foot), "red: needs_review · below: findings", fill=REVIEW, font=head.font)
    return foot


if __name__ == "__main__":
    main()

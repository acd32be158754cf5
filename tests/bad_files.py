"""Files that cannot be read, each broken in its own way."""

from __future__ import annotations

import io
import random
from pathlib import Path

from PIL import Image
from reportlab.lib.pagesizes import letter
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

RECIPE = "Receta de arequipe: dos litros de leche, una libra de azúcar, y paciencia."


def pdf(pages: int = 1, size: tuple[float, float] = letter, text: str = RECIPE, password: str = "") -> bytes:
    """A small drawn PDF; encrypted where there is a password."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size, encrypt=StandardEncryption(password, strength=128) if password else None)
    for _ in range(pages):
        for line in range(12):
            canvas.drawString(72, size[1] - 72 - 20 * line, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def pdf_without_pages() -> bytes:
    """A well-formed PDF whose page tree is empty."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 0 >>"]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 3\n0000000000 65535 f \n" + table
    return out + b"trailer\n<< /Size 3 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start


def image(size: tuple[int, int], kind: str = "PNG") -> bytes:
    """A white picture, one bit a pixel where the format knows that."""
    out = io.BytesIO()
    Image.new("L" if kind == "JPEG" else "1", size, 255 if kind == "JPEG" else 1).save(out, kind)
    return out.getvalue()


def scan(size: tuple[int, int], page: tuple[float, float] = letter) -> bytes:
    """A PDF of one page, its size in points, that one image, its size in pixels, covers."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=page)
    canvas.drawInlineImage(Image.new("1", size, 1), 0, 0, *page)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def strips(count: int) -> bytes:
    """A letter page scanned at 200 dpi, stored as strips one below another."""
    out = io.BytesIO()
    canvas, height = Canvas(out, pagesize=letter), letter[1] / count
    for i in range(count):
        canvas.drawInlineImage(Image.new("1", (1700, 2200 // count), 1), 0, i * height, letter[0], height)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def noise(length: int = 4000) -> bytes:
    return random.Random(7).randbytes(length)


BAD_FILES: dict[str, tuple[bytes, str]] = {
    "empty.pdf": (b"", "empty"),
    "empty.txt": (b"", "empty"),
    "blank.txt": (b" \n\f\n", "empty"),
    "truncated.pdf": (pdf(4)[:-900], "damaged"),
    "beheaded.pdf": (pdf()[200:], "not_a_pdf"),
    "hollow.pdf": (b"%PDF-1.4\n" + noise(500) + b"\n%%EOF\n", "damaged"),
    "encrypted.pdf": (pdf(password="secreto"), "encrypted"),
    "letter.pdf": (b"Estimado doctor: no soy un PDF.\n" * 20, "not_a_pdf"),
    "picture.pdf": (image((900, 900)), "not_a_pdf"),
    "pageless.pdf": (pdf_without_pages(), "no_pages"),
    "dot.png": (image((1, 1)), "page_too_small"),
    "dot.pdf": (scan((1, 1)), "page_too_small"),
    "stamp.pdf": (pdf(size=(40, 40)), "page_too_small"),
    "huge.png": (image((11_000, 11_000)), "page_too_large"),
    "strip.png": (image((30_000, 400)), "page_too_large"),
    "huge.tif": (image((500, 30_000), "TIFF"), "page_too_large"),
    "poster.pdf": (pdf(size=(7200, 7200)), "page_too_large"),
    "bomb.pdf": (scan((30_000, 500)), "page_too_large"),
    "cut.jpg": (image((900, 900), "JPEG")[:-300], "damaged"),
    "cut.png": (image((900, 900))[:-30], "damaged"),
    "noise.jpg": (noise(), "damaged"),
    "noise.txt": (noise(), "invalid_text"),
    "half.txt": ("Comisión ".encode() * 50 + b"\xc3\x28\xff", "invalid_text"),
    "table.txt": (b"a\x00b" * 200, "invalid_text"),
}


def write(folder: Path) -> None:
    """Every bad file, under its name, in `folder`."""
    for name, (data, _) in BAD_FILES.items():
        (folder / name).write_bytes(data)

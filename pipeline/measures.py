"""How large a PDF's pictures and drawings become, told from their heads alone: what a dictionary says may be a lie."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pikepdf
from PIL import Image

Size = tuple[int, int]  # width and height in pixels

HEADED = {"/DCTDecode": "JPEG", "/JPXDecode": "JPEG2000"}  # filters whose data begin with a size of their own
JBIG2 = "/JBIG2Decode"
PAGE_INFORMATION = 48  # types of JBIG2 segments that state a size: this, and the regions
REGIONS = frozenset({4, 6, 7, 20, 22, 23, 36, 38, 39, 40, 42, 43})
UNKNOWN_HEIGHT = 0xFFFFFFFF  # a striped page: its stripes' regions state theirs
DRAW = re.compile(rb"/([^\s/<>\[\]()%]+)\s+Do\b")


def of_picture(stream: pikepdf.Object) -> Iterator[Size]:
    """Every size that the picture states: in its dictionary, and in its data where they have one of their own."""
    yield int(stream.get("/Width", 0)), int(stream.get("/Height", 0))
    filters = _filters(stream)
    if len(filters) == 1 and filters[0] in HEADED:
        yield from _headed(stream.read_raw_bytes(), HEADED[filters[0]])
    elif filters == [JBIG2]:
        yield from _jbig2(stream.read_raw_bytes())


def _filters(stream: pikepdf.Object) -> list[str]:
    value: object = stream.get("/Filter", [])
    return [str(one) for one in value] if isinstance(value, pikepdf.Array | list) else [str(value)]


def _headed(data: bytes, kind: str) -> Iterator[Size]:
    try:
        with Image.open(io.BytesIO(data), formats=(kind,)) as image:  # opened, not decoded
            yield image.size
    except Image.DecompressionBombError:
        yield UNKNOWN_HEIGHT, UNKNOWN_HEIGHT
    except (OSError, SyntaxError, ValueError):
        return  # it will not be drawn either, and whoever tries says so


def _jbig2(data: bytes) -> Iterator[Size]:
    """The sizes of pages and regions in an embedded JBIG2 stream, segment by segment."""
    at = 0
    while at + 11 <= len(data):
        number, flags, references = int.from_bytes(data[at : at + 4], "big"), data[at + 4], data[at + 5] >> 5
        at += 6
        if references == 7:  # more than four: their number is a long one, and a bit for each follows
            references = int.from_bytes(data[at - 1 : at + 3], "big") & 0x1FFFFFFF
            at += 3 + (references + 8) // 8
        at += references * (1 if number <= 256 else 2 if number <= 65536 else 4)
        at += 4 if flags & 0x40 else 1  # the page that it belongs to
        length = int.from_bytes(data[at : at + 4], "big")
        at += 4
        if flags & 0x3F == PAGE_INFORMATION or flags & 0x3F in REGIONS:
            width, height = (int.from_bytes(data[at + i : at + i + 4], "big") for i in (0, 4))
            yield width, 0 if height == UNKNOWN_HEIGHT else height
        at += length


def drawings(page: pikepdf.Page) -> int:
    """How many pictures and forms are drawn on the page, those that forms draw in turn included."""
    content = b"".join(_content(stream) for stream in _contents(page.obj))
    return _drawn(content, page.obj.get("/Resources"), {})


def _contents(page: pikepdf.Object) -> list[object]:
    value = page.get("/Contents")
    return list(value) if isinstance(value, pikepdf.Array) else [value]


def _content(stream: object) -> bytes:
    try:
        return stream.read_bytes() if isinstance(stream, pikepdf.Stream) else b""
    except pikepdf.PdfError:
        return b""  # it is told as damage


def _drawn(content: bytes, resources: object, known: dict[tuple[int, int], int]) -> int:
    objects = resources.get("/XObject") if isinstance(resources, pikepdf.Dictionary) else None
    total = 0
    for name in DRAW.findall(content):
        drawn = objects.get(f"/{name.decode('latin-1')}") if isinstance(objects, pikepdf.Dictionary) else None
        total += 1
        if isinstance(drawn, pikepdf.Stream) and drawn.get("/Subtype") == "/Form":
            if drawn.objgen not in known:
                known[drawn.objgen] = 0  # one that draws itself is drawn once: readers end the circle
                known[drawn.objgen] = _drawn(_content(drawn), drawn.get("/Resources", resources), known)
            total += known[drawn.objgen]
    return total

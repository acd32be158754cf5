"""How large a PDF's pictures and drawings become, told from their heads alone: what a dictionary says may be a lie."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import pikepdf
from PIL import Image

from pipeline import coded_sizes
from pipeline.coded_sizes import Size

JPEG, JPEG2000, JBIG2, FAX = "/DCTDecode", "/JPXDecode", "/JBIG2Decode", "/CCITTFaxDecode"
CODED = frozenset({JPEG, JPEG2000, JBIG2, FAX})  # filters that make a picture, whose data or parameters state a size
ENDLESS = 1 << 31
FAX_COLUMNS = 1728  # where none are stated
DRAW = re.compile(rb"/([^\s/<>\[\]()%]+)\s+Do\b")
INLINE = re.compile(rb"(?<![^\s\]>)])BI\b(.{0,2000}?)\sID\s", re.DOTALL)  # a picture among a page's instructions
INLINE_SIDE = re.compile(rb"/(W|Width|Columns|H|Height|Rows)\s+(\d+)")
WIDE = frozenset({b"W", b"Width", b"Columns"})


def of_stream(stream: pikepdf.Object) -> Iterator[Size]:
    """Every size of a picture that the stream states: in its dictionary, in its filters' parameters, in its data, and
    among its instructions where it is none itself. Raises PdfError where its data grow beyond their bounds."""
    is_picture = stream.get("/Subtype") == "/Image"
    if is_picture:
        yield int(stream.get("/Width", 0)), int(stream.get("/Height", 0))
    filters = _filters(stream)
    if filters and filters[-1] in CODED:
        yield from _coded(stream, filters)
    elif not is_picture:
        yield from _inline(_content(stream))


def _filters(stream: pikepdf.Object) -> list[str]:
    return [str(one) for one in _listed(stream.get("/Filter"))]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, pikepdf.Array | list) else [value]


def _coded(stream: pikepdf.Object, filters: list[str]) -> Iterator[Size]:
    parameters = _listed(stream.get("/DecodeParms"))
    last: Any = parameters[len(filters) - 1] if len(parameters) >= len(filters) else None
    last = last if isinstance(last, pikepdf.Dictionary) else {}
    if filters[-1] == FAX:
        rows = int(last.get("/Rows", 0)) or int(stream.get("/Height", 0))
        yield int(last.get("/Columns", FAX_COLUMNS)), rows
        return
    data = _before_last(stream, filters, parameters)
    if filters[-1] == JPEG:
        yield from _jpeg(data)
    elif filters[-1] == JPEG2000:
        yield from coded_sizes.jpeg2000(data)
    else:
        shared = last.get("/JBIG2Globals")
        yield from coded_sizes.jbig2(_content(shared) + data)


def _before_last(stream: pikepdf.Object, filters: list[str], parameters: list[Any]) -> bytes:
    """What the last filter is given: the stream's bytes, the filters before it undone."""
    raw = stream.read_raw_bytes()
    if len(filters) == 1:
        return raw
    with pikepdf.new() as scratch:
        packed = pikepdf.Stream(scratch, raw)
        packed["/Filter"] = pikepdf.Array([pikepdf.Name(name) for name in filters[:-1]])
        if plain := [p for p in parameters[: len(filters) - 1] if isinstance(p, pikepdf.Dictionary)]:
            packed["/DecodeParms"] = pikepdf.Array([pikepdf.Dictionary(dict(p)) for p in plain])
        return packed.read_bytes()


def _jpeg(data: bytes) -> Iterator[Size]:
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:  # opened, not decoded
            yield image.size
    except Image.DecompressionBombError:
        yield ENDLESS, ENDLESS
    except (OSError, SyntaxError, ValueError):
        return  # it will not be drawn either, and whoever tries says so


def _inline(content: bytes) -> Iterator[Size]:
    for picture in INLINE.finditer(content):
        sides = [(name in WIDE, int(value)) for name, value in INLINE_SIDE.findall(picture[1])]
        yield tuple(max((value for wide, value in sides if wide is which), default=0) for which in (True, False))  # type: ignore[misc]


def drawings(page: pikepdf.Page) -> int:
    """How many pictures and forms are drawn on the page, those that forms draw in turn included."""
    content = b"\n".join(_content(stream) for stream in _contents(page.obj))
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

"""The sizes that the data of a coded picture state themselves: JPEG 2000 and JBIG2, from their heads, nothing decoded.

What cannot be followed ends the count without a word: whoever decodes it meets the same, within limits of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

Size = tuple[int, int]  # width and height in pixels

CHANNELS = 4  # of a pixel, at most: CMYK; a picture of more is as large as several
CODESTREAM = b"\xff\x4f\xff\x51"  # how JPEG 2000 data begin: the start, then the segment of sizes
BOXED = b"\x00\x00\x00\x0cjP"
NESTED = frozenset({b"jp2h"})  # boxes that hold boxes

SYMBOLS, PATTERNS, PAGE_INFORMATION, END_OF_STRIPE = 0, 16, 48, 50  # types of JBIG2 segments
HALFTONES = frozenset({20, 22, 23})
REGIONS = frozenset({4, 6, 7, 36, 38, 39, 40, 42, 43}) | HALFTONES
UNKNOWN = 0xFFFFFFFF  # a height that the stripes tell; a length that the data's end tells


def jpeg2000(data: bytes) -> Iterator[Size]:
    """The sizes in a JPEG 2000 picture, whether in boxes (JP2) or bare."""
    if data.startswith(CODESTREAM):
        yield from _codestream(data)
    elif data.startswith(BOXED):
        yield from _boxes(data)


def _boxes(data: bytes) -> Iterator[Size]:
    at = 0
    while at + 8 <= len(data):
        length, kind, head = _number(data, at), data[at + 4 : at + 8], 8
        if length == 1:  # a long length follows
            length, head = _number(data, at + 8, 8), 16
        end = len(data) if length == 0 else at + max(length, head)
        body = data[at + head : end]
        if kind in NESTED:
            yield from _boxes(body)
        elif kind == b"ihdr":
            yield _number(body, 4), _number(body, 0)
        elif kind == b"jp2c":
            yield from _codestream(body)
        at = end


def _codestream(data: bytes) -> Iterator[Size]:
    """The reference grid, as high as its components would make it."""
    right, bottom, left, top = (_number(data, at) for at in (8, 12, 16, 20))
    components = _number(data, 40, 2)
    yield right - left, (bottom - top) * -(-components // CHANNELS)


def jbig2(data: bytes) -> Iterator[Size]:
    """The sizes of pages, stripes, regions and patterns in an embedded JBIG2 stream, segment by segment."""
    at, page_width = 0, 0
    while at + 11 <= len(data):
        number, flags, references = _number(data, at), data[at + 4], data[at + 5] >> 5
        at += 6
        if references == 7:  # more than four: their number is a long one, and a bit for each follows
            references = _number(data, at - 1) & 0x1FFFFFFF
            at += 3 + (references + 8) // 8
        at += references * (1 if number <= 256 else 2 if number <= 65536 else 4)
        at += 4 if flags & 0x40 else 1  # the page that it belongs to
        kind, length = flags & 0x3F, _number(data, at)
        at += 4
        if kind == PAGE_INFORMATION:
            page_width = _number(data, at)
        yield from _segment(kind, data[at : at + 32], page_width)
        at = _end_of_region(data, at) if length == UNKNOWN else at + length


def _segment(kind: int, body: bytes, page_width: int) -> Iterator[Size]:
    if kind == PAGE_INFORMATION or kind in REGIONS:
        height = _number(body, 4)
        yield _number(body, 0), 0 if height == UNKNOWN else height
    if kind == END_OF_STRIPE:
        yield page_width, _number(body, 0) + 1
    if kind in HALFTONES:  # its grid of grey levels, behind the region's head
        yield _number(body, 18), _number(body, 22)
    if kind == PATTERNS:  # drawn side by side
        yield (_number(body, 3) + 1) * _number(body, 1, 1), _number(body, 2, 1)


def _end_of_region(data: bytes, at: int) -> int:
    """Where the next segment begins after a region of unknown length: behind its end mark and the count of its rows."""
    mark = b"\x00\x00" if _number(data, at + 17, 1) & 1 else b"\xff\xac"
    found = data.find(mark, at + 18)
    return len(data) if found < 0 else found + 2 + 4


def _number(data: bytes, at: int, size: int = 4) -> int:
    return int.from_bytes(data[at : at + size], "big")

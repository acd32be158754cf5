"""At least 150 broken PDFs: one small sound report, damaged in every way that a file can be. Each run makes the same.

    python tests/broken_pdfs.py DIR      # writes them all, the sound ones too

`sound()` are the reports before their damage: whatever of a damaged one is read as sure must be what they say.
"""

from __future__ import annotations

import io
import random
import re
import sys
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # so that it also runs as a script

import pikepdf

from tests import broken_structure, damage, forms
from tests.form_style import Style

SEED = 8  # a short report: two pages, eight seats, no mistakes planted
STYLE = Style("Helvetica", 10, 9, paper="legal")  # a font that no file needs to hold
Broken = Iterator[tuple[str, bytes]]


@cache
def drawn() -> bytes:
    """The sound report, born digital, as its writer left it."""
    return forms.draw(SEED, STYLE, ()).pdf


@cache
def saved(*, modern: bool = False, plain: bool = False) -> bytes:
    """The same file written anew. `modern`: with object and cross-reference streams; `plain`: nothing compressed."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(drawn())) as pdf:
        pdf.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.generate if modern else pikepdf.ObjectStreamMode.disable,
            compress_streams=not plain,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            deterministic_id=True,
        )
    return out.getvalue()


@cache
def scanned(condition: str = "bilevel300") -> bytes:
    """The first page of the same report as a scan: CCITT G4, or JPEG under `clean300`."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(damage.scan(drawn(), condition, SEED))) as pdf:
        del pdf.pages[1:]
        pdf.save(out, deterministic_id=True)
    return out.getvalue()


def sound() -> dict[str, bytes]:
    """Files without damage: what was drawn, written in other ways, and scanned."""
    return {
        "sound.pdf": drawn(),
        "sound_classic.pdf": saved(),
        "sound_modern.pdf": saved(modern=True),
        "sound_plain.pdf": saved(plain=True),
        "sound_fax.pdf": scanned(),
    }


@cache
def broken() -> dict[str, bytes]:
    """All broken files by name."""
    families = (truncations, flips, holes, references, headers, streams, tails, scans)
    found = {f"{family.__name__}_{name}.pdf": data for family in families for name, data in family()}
    return found | {f"{name}.pdf": data for name, data in broken_structure.broken(saved())}


def truncations() -> Broken:
    """The end is missing, with and without an end marker glued on."""
    for kind, data in (("classic", saved()), ("modern", saved(modern=True))):
        for share in (1, 10, 35, 60, 85, 95, 99):
            cut = data[: len(data) * share // 100]
            yield f"{kind}_{share:02}", cut
            if share in (35, 85, 95):
                yield f"{kind}_{share:02}_ended", cut + b"\n%%EOF\n"


def flips() -> Broken:
    """Single bits, and runs of bytes, turned over anywhere."""
    for kind, data in (("classic", saved()), ("modern", saved(modern=True)), ("plain", saved(plain=True))):
        rng = random.Random(f"flips {kind}")
        for count in (1, 1, 1, 1, 1, 3, 10, 60):
            changed = bytearray(data)
            for _ in range(count):
                changed[rng.randrange(20, len(data) - 20)] ^= 1 << rng.randrange(8)
            yield f"{kind}_{count}_{zlib.crc32(changed):08x}", bytes(changed)


def holes() -> Broken:
    """Blocks lost, zeroed, doubled or swapped, as bad disks and bad downloads leave them."""
    for kind, data in (("classic", saved()), ("modern", saved(modern=True))):
        rng = random.Random(f"holes {kind}")
        size = len(data) // 16
        for i in range(2):
            a, b = sorted(rng.sample(range(100, len(data) - size - 100), 2))
            yield f"{kind}_zeroed_{i}", data[:a] + bytes(size) + data[a + size :]
            yield f"{kind}_lost_{i}", data[:a] + data[a + size :]
            yield f"{kind}_doubled_{i}", data[: a + size] + data[a:]
            yield f"{kind}_moved_{i}", data[:a] + data[b : b + size] + data[a + size :]
        yield f"{kind}_lines", data.replace(b"\n", b"\r\n")  # sent as if it were text
        yield f"{kind}_ascii", bytes(byte & 0x7F for byte in data)


def references() -> Broken:
    """The table that says where objects stand is wrong, missing, or leads in circles."""
    data = saved()
    start = data.rindex(b"startxref")
    table = data.rindex(b"xref\n", 0, start)
    place = re.search(rb"startxref\n(\d+)", data)
    assert place is not None
    yield "no_table", data[:table] + data[data.index(b"trailer", table) :]
    yield "no_startxref", data[:start] + b"%%EOF\n"
    for name, where in (("zero", b"0"), ("far", b"99999999999"), ("negative", b"-12"), ("word", b"here")):
        yield f"startxref_{name}", data[:start] + b"startxref\n" + where + b"\n%%EOF\n"
    rows = list(re.finditer(rb"(\d{10}) 00000 n ", data[table:start]))
    for name, shift in (("shifted", 7), ("first", -1)):
        moved = bytearray(data)
        for row in rows[:: 1 if shift == 7 else len(rows)]:
            moved[table + row.start() : table + row.start() + 10] = b"%010d" % max(0, int(row[1]) + shift)
        yield f"rows_{name}", bytes(moved)
    yield "rows_freed", data[:table] + data[table:start].replace(b" n ", b" f ") + data[start:]
    yield "count_huge", re.sub(rb"xref\n0 \d+", b"xref\n0 99999999", data, count=1)
    trailer = data.index(b"trailer", table)
    for name, previous in (("itself", place[1]), ("far", b"88888888"), ("object", b"15")):
        yield f"prev_{name}", data[: trailer + 11] + b"/Prev " + previous + b" " + data[trailer + 11 :]
    yield "no_root", data[:trailer] + data[trailer:].replace(b"/Root", b"/Ruut")
    yield "root_number", re.sub(rb"/Root \d+ 0 R", b"/Root 999 0 R", data)
    yield "size_small", re.sub(rb"/Size \d+", b"/Size 3", data)


def headers() -> Broken:
    data = saved()
    body = data[data.index(b"\n") :]
    for name, header in (
        ("version", b"%PDF-9.9"),
        ("none", b"%PDF-"),
        ("word", b"%PDF-one.four"),
        ("late", b"x" * 900 + b"\n%PDF-1.4"),
        ("too_late", b"x" * 2000 + b"\n%PDF-1.4"),
        ("postscript", b"%!PS-Adobe-3.0\n%PDF-1.4"),
        ("zip", b"PK\x03\x04%PDF-1.4"),
        ("html", b"<html><script>alert(1)</script>\n%PDF-1.4"),
    ):
        yield name, header + body
    yield "twice", data + data


def streams() -> Broken:
    """Lengths and filters that do not fit what they speak of."""
    data, plain = saved(), saved(plain=True)
    length = re.compile(rb"/Length (\d+)")
    for name, factor in (("half", 0.5), ("double", 2), ("huge", 1e9), ("zero", 0)):
        yield f"length_{name}", length.sub(lambda m, f=factor: b"/Length %d" % int(int(m[1]) * f), data)
    yield "length_negative", length.sub(b"/Length -5", data)
    yield "length_itself", length.sub(b"/Length 4 0 R", data)
    yield "length_none", length.sub(b"/Longth 5", data)
    yield "no_endstream", data.replace(b"endstream", b"endstrxxm")
    yield "no_endobj", data.replace(b"endobj", b"endxxj")
    for name in (b"/LZWDecode", b"/CCITTFaxDecode", b"/JBIG2Decode", b"/JPXDecode", b"/DCTDecode", b"/Crypt", b"/None"):
        yield f"filter_{name[1:].decode().lower()}", data.replace(b"/FlateDecode", name)
    yield "filter_claimed", plain.replace(b"/Length ", b"/Filter /FlateDecode /Length ")
    yield "filter_missing", data.replace(b"/Filter /FlateDecode", b"")
    yield "filters_forty", data.replace(b"/FlateDecode", b"[" + b"/FlateDecode " * 40 + b"]")


def tails() -> Broken:
    """What stands after the end, or is written over what was there."""
    data = saved()
    yield "marker_missing", data.replace(b"%%EOF", b"")
    yield "zeros", data + bytes(5000)
    yield "text", data + b"<script>alert(1)</script>\n" * 10
    kids = re.search(rb"/Kids \[ \d+ 0 R \d+ 0 R \]", data)
    assert kids is not None
    number = int(re.findall(rb"\n(\d+) 0 obj", data[: kids.start()])[-1])
    update = b"%d 0 obj\n<< /Type /Pages /Count 1 /Kids [ 999 0 R ] >>\nendobj\n" % number
    yield "update_without_table", data + update + b"%%EOF\n"
    table = b"xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size 99 /Prev 1 >>\n" % (number, len(data))
    yield "update_broken", data + update + table + b"startxref\n%d\n%%%%EOF\n" % (len(data) + len(update))


def scans() -> Broken:
    """Pictures whose data are cut, or turned over bit by bit."""
    for kind, data in (("fax", scanned()), ("jpeg", scanned("clean300"))):
        begin = data.index(b"stream", data.index(b"/Subtype /Image")) + 8
        end = data.index(b"endstream", begin)
        rng = random.Random(f"scans {kind}")
        flipped = bytearray(data)
        for _ in range(3):
            flipped[rng.randrange(begin + 700, end - 100)] ^= 1 << rng.randrange(8)
        yield f"{kind}_flipped", bytes(flipped)
        half = (begin + end) // 2
        yield f"{kind}_zeroed", data[:half] + bytes(end - half) + data[end:]
    yield "fax_noise", data[:begin] + random.Random("noise").randbytes(end - begin) + data[end:]


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in (sound() | broken()).items():
        (folder / name).write_bytes(data)
    print(len(broken()))


if __name__ == "__main__":
    main()

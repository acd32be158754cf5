"""PDFs that are well-formed files and no sound documents: circles, bombs, boxes of no size, things that would run."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream

Change = Callable[[Pdf], object]
GIGABYTE = 1 << 30


def broken(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Each change alone made to the PDF `data`, with its name."""
    for group in (TREES, BOXES, CONTENTS, ACTIVE):
        for name, change in group.items():
            yield f"{group_name(group)}_{name}", changed(data, change)
    for name, filters, bomb in bombs():
        yield f"bomb_{name}", changed(data, with_raw_content(bomb, filters))
    for name, picture in giants():
        yield f"giant_{name}", changed(data, with_picture(picture))
    for name, encryption in PASSWORDS.items():
        yield f"password_{name}", changed(data, lambda _: None, encryption)
    yield "nested_arrays", data.replace(b"/Type /Catalog", b"/Type /Catalog /Deep " + b"[" * 5000 + b"]" * 5000)
    yield "nested_dictionaries", data.replace(b"/Type /Catalog", b"/Type /Catalog /A " + b"<</A " * 3000 + b">>" * 3000)
    yield "object_twice", twice(data)


def group_name(group: dict[str, Change]) -> str:
    return next(name for name, value in globals().items() if value is group).lower()


def changed(data: bytes, change: Change, encryption: pikepdf.Encryption | None = None) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        change(pdf)
        how: dict[str, Any] = {"encryption": encryption} if encryption else {"static_id": True}
        pdf.save(out, compress_streams=False, fix_metadata_version=False, **how)
    return out.getvalue()


# ---------------------------------------------------------------- the page tree


def kids(pdf: Pdf) -> Any:
    return pdf.Root.Pages.Kids


def in_circle(pdf: Pdf) -> None:
    kids(pdf).append(pdf.Root.Pages)


def deep_tree(pdf: Pdf) -> None:
    """Each level holds one more."""
    node = pdf.make_indirect(Dictionary(Type=Name.Pages, Kids=kids(pdf), Count=len(pdf.pages)))
    for _ in range(2000):
        node = pdf.make_indirect(Dictionary(Type=Name.Pages, Kids=Array([node]), Count=2))
    pdf.Root.Pages = node


def laughing_tree(pdf: Pdf) -> None:
    """Ten levels, each of which names the next ten times: ten thousand million pages in a thousand bytes."""
    node = kids(pdf)[0]
    for level in range(1, 11):
        node = pdf.make_indirect(Dictionary(Type=Name.Pages, Kids=Array([node] * 10), Count=10**level))
    pdf.Root.Pages = node


def set_key(where: Callable[[Pdf], Any], key: str, value: object) -> Change:
    def change(pdf: Pdf) -> None:
        where(pdf)[key] = value

    return change


def first(pdf: Pdf) -> Any:
    return kids(pdf)[0]


def drop(where: Callable[[Pdf], Any], key: str) -> Change:
    def change(pdf: Pdf) -> None:
        del where(pdf)[key]

    return change


def tree(pdf: Pdf) -> Any:
    return pdf.Root.Pages


TREES: dict[str, Change] = {
    "circle": in_circle,
    "deep": deep_tree,
    "laughing": laughing_tree,
    "same_page_twice": lambda pdf: kids(pdf).append(kids(pdf)[0]),
    "page_lost": lambda pdf: kids(pdf).__delitem__(1),
    "kid_missing": lambda pdf: kids(pdf).append(pikepdf.Object.parse(b"null")),
    "kid_number": lambda pdf: kids(pdf).append(7),
    "count_huge": set_key(tree, "/Count", 2_000_000_000),
    "count_negative": set_key(tree, "/Count", -1),
    "count_one": set_key(tree, "/Count", 1),
    "count_word": set_key(tree, "/Count", Name.Two),
    "no_kids": drop(tree, "/Kids"),
    "kids_number": set_key(tree, "/Kids", 3),
    "empty": set_key(tree, "/Kids", Array()),
    "root_is_page": lambda pdf: pdf.Root.__setitem__("/Pages", first(pdf)),
    "no_pages": lambda pdf: pdf.Root.__delitem__("/Pages"),
    "untyped": drop(first, "/Type"),
}

# ---------------------------------------------------------------- boxes

SIDES: dict[str, list[object]] = {
    "zero": [0, 0, 0, 0],
    "negative": [612, 936, 0, 0],
    "huge": [0, 0, 10**7, 10**7],
    "tall": [0, 0, 612, 10**9],
    "words": [Name.A, Name.B, Name.C, Name.D],
    "three": [0, 0, 612],
    "tiny": [0, 0, 0.001, 0.001],
    "moved": [10**6, 10**6, 10**6 + 612, 10**6 + 936],
    "half": [0, 468, 612, 936],
}


def box(values: list[object], key: str = "/MediaBox") -> Change:
    return set_key(first, key, Array(values))


BOXES: dict[str, Change] = {
    **{f"media_{name}": box(values) for name, values in SIDES.items()},
    **{f"crop_{name}": box(SIDES[name], "/CropBox") for name in ("zero", "half", "moved", "words")},
    "media_none": drop(first, "/MediaBox"),
    "user_unit": set_key(first, "/UserUnit", 100),
    "rotate_odd": set_key(first, "/Rotate", 45),
    "rotate_word": set_key(first, "/Rotate", Name.Left),
}

# ---------------------------------------------------------------- what a page draws


def with_content(make: Callable[[bytes], bytes]) -> Change:
    """The first page's instructions, changed."""

    def change(pdf: Pdf) -> None:
        page = pdf.pages[0]
        page.contents_coalesce()
        page.obj["/Contents"] = Stream(pdf, make(page.obj.Contents.read_bytes()))

    return change


def with_raw_content(data: bytes, filters: list[str]) -> Change:
    """The first page draws what `data` decodes to, after its own instructions."""

    def change(pdf: Pdf) -> None:
        stream = pdf.make_stream(b"")
        stream.write(data, filter=Array([Name(f) for f in filters]), type_check=False)
        pdf.pages[0].contents_add(stream)

    return change


def with_form(name: str, content: bytes, *, itself: bool = False, draws: int = 0) -> Change:
    """The first page draws a form, which draws itself, or `draws` times one that draws as often, ten deep."""

    def change(pdf: Pdf) -> None:
        form = pdf.make_stream(content, Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 600, 900]))
        if itself:
            form["/Resources"] = Dictionary(XObject=Dictionary({f"/{name}": form}))
        for _ in range(10 if draws else 0):
            inner, form = form, pdf.make_stream(b"/%s Do " % name.encode() * draws)
            form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 600, 900])
            form.Resources = Dictionary(XObject=Dictionary({f"/{name}": inner}))
        first(pdf)["/Resources"]["/XObject"] = Dictionary({f"/{name}": form})
        pdf.pages[0].contents_add(pdf.make_stream(b"q /%s Do Q" % name.encode()))

    return change


CONTENTS: dict[str, Change] = {
    "none": drop(first, "/Contents"),
    "null": set_key(first, "/Contents", Array([pikepdf.Object.parse(b"null")])),
    "number": set_key(first, "/Contents", 4),
    "itself": lambda pdf: set_key(first, "/Contents", Array([pdf.Root]))(pdf),
    "empty": with_content(lambda _: b""),
    "half": with_content(lambda text: text[: len(text) // 2]),
    "unbalanced": with_content(lambda text: text.replace(b"ET", b"", 3)),
    "saved_often": with_content(lambda text: b"q " * 200_000 + text),
    "string_open": with_content(lambda text: text + b" BT (never closed"),
    "numbers_huge": with_content(
        lambda text: text + b" 1e300 0 0 1e300 1e300 99999999999999999999 cm 0 0 m 1e99 1e99 l S"
    ),
    "operators_unknown": with_content(lambda text: text + b" foo bar 1 2 3 baz" * 100),
    "arrays_deep": with_content(lambda text: text + b"[" * 50_000),
    "picture_inline": with_content(lambda text: text + b" BI /W 90000 /H 90000 /BPC 8 /CS /RGB ID abc EI"),
    "picture_inline_fax": with_content(
        lambda text: text + b" BI /W 1700 /H 2200 /BPC 1 /F /CCF /DP << /K -1 /Columns 900000 >> ID \x00\x00 EI"
    ),
    "font_missing": lambda pdf: first(pdf)["/Resources"].__setitem__("/Font", Dictionary()),
    "font_number": lambda pdf: first(pdf)["/Resources"].__setitem__("/Font", 3),
    "font_empty": lambda pdf: [f.__delitem__("/BaseFont") for f in dict(first(pdf)["/Resources"]["/Font"]).values()],
    "resources_none": drop(first, "/Resources"),
    "form_itself": with_form("Fm", b"/Fm Do", itself=True),
    "form_laughing": with_form("Fm", b"0 0 m 9 9 l S", draws=10),
}

# ---------------------------------------------------------------- bombs


@cache
def flate(size: int, data: bytes = b" ") -> bytes:
    """A Flate stream of `size` bytes, made without holding them."""
    packer, block = zlib.compressobj(9), data * (1 << 20)
    return b"".join([*(packer.compress(block) for _ in range(size >> 20)), packer.flush()])


def bombs() -> Iterator[tuple[str, list[str], bytes]]:
    """Streams that decode to gigabytes: name, filters, data."""
    once = flate(GIGABYTE)
    yield "flate", ["/FlateDecode"], once
    yield "flate_twice", ["/FlateDecode"] * 2, zlib.compress(once, 9)
    yield "flate_thrice", ["/FlateDecode"] * 3, zlib.compress(zlib.compress(once, 9), 9)
    yield "hex", ["/ASCIIHexDecode", "/FlateDecode"], once.hex().encode() + b">"
    yield "run_length", ["/FlateDecode", "/RunLengthDecode"], flate(64 << 20, b"\x81 "[::-1])
    yield "words", ["/FlateDecode"], flate(40 << 20, b"(x) Tj ")


def picture(pdf: Pdf, data: bytes, width: int, height: int, **how: Any) -> Any:
    return pdf.make_stream(
        data,
        **(
            {"Type": Name.XObject, "Subtype": Name.Image, "Width": width, "Height": height, "BitsPerComponent": 8} | how
        ),
    )


def giants() -> Iterator[tuple[str, Callable[[Pdf], Any]]]:
    """Pictures of more pixels than a sheet of paper has, or whose data are of another size than they say."""
    grey, faxed = Name.DeviceGray, Dictionary(K=-1, Columns=60_000, Rows=60_000)
    deflated = flate(512 << 20, b"\xff")
    yield "flate", lambda pdf: picture(pdf, deflated, 60_000, 60_000, ColorSpace=grey, Filter=Name.FlateDecode)
    yield "flate_hidden", lambda pdf: picture(pdf, deflated, 100, 100, ColorSpace=grey, Filter=Name.FlateDecode)
    yield (
        "fax",
        lambda pdf: picture(
            pdf,
            b"\x00" * 500,
            60_000,
            60_000,
            BitsPerComponent=1,
            ColorSpace=grey,
            Filter=Name.CCITTFaxDecode,
            DecodeParms=faxed,
        ),
    )
    yield "jpx", lambda pdf: picture(pdf, jpx(60_000), 60_000, 60_000, Filter=Name.JPXDecode)
    yield "jpx_hidden", lambda pdf: picture(pdf, jpx(60_000), 1700, 2200, Filter=Name.JPXDecode)
    yield "jbig2", lambda pdf: picture(pdf, jbig2(60_000), 60_000, 60_000, BitsPerComponent=1, Filter=Name.JBIG2Decode)
    yield (
        "jbig2_hidden",
        lambda pdf: picture(
            pdf, jbig2(60_000), 1700, 2200, BitsPerComponent=1, ColorSpace=grey, Filter=Name.JBIG2Decode
        ),
    )
    yield from hidden_giants()
    yield "negative", lambda pdf: picture(pdf, b"abc", -5, -5, ColorSpace=grey)
    yield "word", lambda pdf: picture(pdf, b"abc", 5, 5, Width=Name.Wide, ColorSpace=grey)
    yield "short", lambda pdf: picture(pdf, b"abc", 1700, 2200, ColorSpace=grey)


def hidden_giants() -> Iterator[tuple[str, Callable[[Pdf], Any]]]:
    """Pictures whose dictionary says that they fill a sheet, and whose data or parameters say otherwise."""
    grey, side = Name.DeviceGray, 60_000
    boxed = box2000(b"jP  ", b"\r\n\x87\n") + box2000(b"free", b"") + box2000(b"jp2c", jpx(side))
    many = jpx(9_000, components=40)
    globals_ = jbig2_segment(0, 48, side.to_bytes(4, "big") * 2 + bytes(11))
    region = (1700).to_bytes(4, "big") + (2200).to_bytes(4, "big") + bytes(9)
    page = jbig2_segment(0, 48, (1700).to_bytes(4, "big") + b"\xff" * 4 + bytes(11))
    data = {
        "jbig2_stripes": page + jbig2_segment(1, 50, (10**6).to_bytes(4, "big")),
        "jbig2_halftone": page + jbig2_segment(1, 22, region + b"\x00" + side.to_bytes(4, "big") * 2 + bytes(12)),
        "jbig2_patterns": page + jbig2_segment(1, 16, b"\x00\xff\xff" + (10**6).to_bytes(4, "big")),
        "jbig2_endless": page
        + jbig2_segment(1, 38, region + b"\x00" + bytes(8) + b"\xff\xac" + bytes(4), length=b"\xff" * 4)
        + jbig2(side),
    }

    def coded(raw: bytes, *filters: Any, **how: Any) -> Callable[[Pdf], Any]:
        return lambda pdf: picture(pdf, raw, 1700, 2200, ColorSpace=grey, Filter=Array(filters), **how)

    for name, raw in data.items():
        yield name, coded(raw, Name.JBIG2Decode, BitsPerComponent=1)
    yield "jpx_boxed", coded(boxed, Name.JPXDecode)
    yield "jpx_components", coded(many, Name.JPXDecode)
    yield "jpx_packed", coded(zlib.compress(jpx(side)), Name.FlateDecode, Name.JPXDecode)
    for name, parameters in (("columns", {"Columns": side}), ("rows", {"Columns": 1700, "Rows": side})):
        how = Array([Dictionary(K=-1, **parameters)])
        yield f"fax_{name}", coded(b"\x00" * 500, Name.CCITTFaxDecode, BitsPerComponent=1, DecodeParms=how)

    def with_globals(pdf: Pdf) -> Any:
        how = Array([Dictionary(JBIG2Globals=pdf.make_stream(globals_))])
        return coded(data["jbig2_stripes"][:30], Name.JBIG2Decode, BitsPerComponent=1, DecodeParms=how)(pdf)

    yield "jbig2_globals", with_globals


def jpx(side: int, components: int = 1) -> bytes:
    """The head of a JPEG 2000 codestream of `side` x `side` pixels, with nothing behind it."""
    sides = b"".join(n.to_bytes(4, "big") for n in (side, side, 0, 0, side, side, 0, 0))
    size = b"\x00\x00" + sides + components.to_bytes(2, "big") + b"\x07\x01\x01" * components
    return b"\xff\x4f\xff\x51" + (len(size) + 2).to_bytes(2, "big") + size + b"\xff\x90"


def box2000(kind: bytes, body: bytes) -> bytes:
    return (len(body) + 8).to_bytes(4, "big") + kind + body


def jbig2(side: int) -> bytes:
    """The page information of a JBIG2 picture of `side` x `side` pixels, and one region as large without data."""
    page = side.to_bytes(4, "big") * 2 + bytes(8) + b"\x00\x00\x00"
    region = side.to_bytes(4, "big") * 2 + bytes(8) + b"\x00\x00\x03\xff\xfd\xff\x02\xfe\xfe\xfe\xfe" + bytes(8)
    return jbig2_segment(0, 48, page) + jbig2_segment(1, 38, region)


def jbig2_segment(number: int, kind: int, body: bytes, length: bytes = b"") -> bytes:
    """One segment of the first page. `length`: as stated, if not the true one."""
    return number.to_bytes(4, "big") + bytes([kind, 0, 1]) + (length or len(body).to_bytes(4, "big")) + body


def with_picture(make: Callable[[Pdf], Any]) -> Change:
    """The first page begins with a picture that covers it."""

    def change(pdf: Pdf) -> None:
        first(pdf)["/Resources"]["/XObject"] = Dictionary(Giant=make(pdf))
        pdf.pages[0].contents_add(pdf.make_stream(b"q 612 0 0 936 0 0 cm /Giant Do Q"), prepend=True)

    return change


# ---------------------------------------------------------------- what would run, passwords, doubles

SCRIPT = Dictionary(S=Name.JavaScript, JS="app.alert('hola'); this.submitForm('http://127.0.0.1:9/');")
PASSWORDS = {
    "needed": pikepdf.Encryption(owner="dueño", user="secreto", R=6),
    "needed_old": pikepdf.Encryption(owner="dueno", user="secreto", R=4),
    "empty": pikepdf.Encryption(owner="dueño", user="", R=6),
    "empty_old": pikepdf.Encryption(owner="dueno", user="", R=4, aes=True),
}


def attach(pdf: Pdf) -> None:
    for name in ("../../../../tmp/escaped.sh", "virus.exe", "otro.pdf"):
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, b"#!/bin/sh\ntouch /tmp/escaped\n", filename=name)


def annotate(**what: Any) -> Change:
    def change(pdf: Pdf) -> None:
        note = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 600, 900]), **what)
        first(pdf)["/Annots"] = Array([pdf.make_indirect(note)])

    return change


ACTIVE: dict[str, Change] = {
    "script_on_open": lambda pdf: pdf.Root.__setitem__("/OpenAction", SCRIPT),
    "script_on_page": lambda pdf: first(pdf).__setitem__("/AA", Dictionary(O=SCRIPT)),
    "script_named": lambda pdf: pdf.Root.__setitem__(
        "/Names", Dictionary(JavaScript=Dictionary(Names=Array(["a", SCRIPT])))
    ),
    "attachments": attach,
    "launch": annotate(A=Dictionary(S=Name.Launch, F="/bin/sh")),
    "link": annotate(A=Dictionary(S=Name.URI, URI="http://127.0.0.1:9/")),
    "form_xfa": lambda pdf: pdf.Root.__setitem__(
        "/AcroForm",
        Dictionary(Fields=Array(), XFA=pdf.make_stream(b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>')),
    ),
    "metadata_xml": lambda pdf: pdf.Root.__setitem__(
        "/Metadata",
        pdf.make_stream(
            b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>',
            Type=Name.Metadata,
            Subtype=Name.XML,
        ),
    ),
    "picture_outside": with_picture(
        lambda pdf: picture(pdf, b"", 9, 9, ColorSpace=Name.DeviceGray, F="/etc/passwd")
    ),
    "title_controls": lambda pdf: pdf.docinfo.__setitem__("/Title", "\x1b[2J\u202egnp.exe"),
}  # fmt: skip


def twice(data: bytes) -> bytes:
    """A second object of the first page's number, before the one that the table names: another page, all blank."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        number = pdf.pages[0].objgen[0]
    at = data.index(b"\n", 9) + 1
    other = b"%d 0 obj\n<< /Type /Page /MediaBox [ 0 0 612 936 ] >>\nendobj\n" % number
    return data[:at] + other + data[at:]

"""Hostile uploads, made in memory: what strangers send to break, to hide, or to reach whoever downloads.

Each says what must become of it: "refused" at the door, "inert" (accepted, read within limits, sent only as an
attachment), or "either" where both are right. Nothing else may happen to any of them.
"""

from __future__ import annotations

import io
import random
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from tests.data import sample_files as make

Fate = Literal["refused", "inert", "either"]
KINDS = ("docx", "odt", "pdf", "ods", "xlsx", "csv", "md", "txt")
CONTAINERS = ("docx", "odt", "ods", "xlsx")
PROGRAM = b"MZ\x90\0\3\0\0\0" + b"\0" * 56 + b"PE\0\0" + bytes(range(256))
HTML = b"<!DOCTYPE html><html><body><script>alert(document.domain)</script></body></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
SCRIPT = b"<script>fetch('/profile')</script>"
PHP = b"<?php system($_GET['c']); ?>"
JAVASCRIPT = b"require('child_process').exec('id');\n"
XXE = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    '<!DOCTYPE d [<!ENTITY a "'
    + "ha" * 50
    + '">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
REMOTE = '<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd">'
DEEP = 200_000


@dataclass(frozen=True, slots=True)
class Hostile:
    """One upload: a name for the test, the name it is uploaded under, its bytes and its fate."""

    name: str
    filename: str
    data: bytes
    fate: Fate


def good(kind: str) -> bytes:
    """A sound file of this kind."""
    makers: dict[str, Callable[[], bytes]] = {
        "docx": make.docx,
        "odt": make.odt,
        "ods": make.ods,
        "xlsx": make.xlsx,
        "pdf": make.pdf,
        "csv": lambda: b"Supplier,Amount\nA,1\n",
        "md": lambda: b"# Lessons\n\nText\n",
        "txt": lambda: b"Plain words\n",
    }
    return makers[kind]()


def parts_of(kind: str) -> dict[str, make.Part]:
    """The parts of a sound container."""
    with zipfile.ZipFile(io.BytesIO(good(kind))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def main_part(kind: str) -> str:
    """The part that holds the text."""
    return {"docx": "word/document.xml", "xlsx": "xl/worksheets/sheet1.xml"}.get(kind, "content.xml")


def every() -> Iterator[Hostile]:
    """All of them; names are unique."""
    for family in FAMILIES:
        yield from family()


def renamed() -> Iterator[Hostile]:
    """Something else under each accepted extension."""
    binary = {
        "exe": PROGRAM,
        "elf": b"\x7fELF\2\1\1" + b"\0" * 60,
        "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 40,
        "gif-polyglot": b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)",
        "gzip": b"\x1f\x8b\x08\0\0\0\0\0\0\3" + zlib.compress(b"x" * 90),
        "ole": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "ole-protected": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 600
        + "EncryptedPackage".encode("utf-16-le"),
    }
    text = {
        "html": HTML,
        "svg": SVG,
        "script": SCRIPT,
        "php": PHP,
        "js": JAVASCRIPT,
        "shell": b"#!/bin/sh\nid\n",
    }
    for kind in KINDS:
        for name, data in binary.items():
            yield Hostile(f"{name} as {kind}", f"report.{kind}", data, "refused")
        for name, data in text.items():
            fate: Fate = "inert" if kind in ("csv", "md", "txt") else "refused"
            yield Hostile(f"{name} as {kind}", f"report.{kind}", data, fate)
        yield Hostile(f"empty {kind}", f"report.{kind}", b"", "refused")
    for claimed in CONTAINERS:
        for real in CONTAINERS:
            if claimed != real:
                yield Hostile(f"{real} as {claimed}", f"a.{claimed}", good(real), "refused")
        yield Hostile(f"{claimed} as txt", "a.txt", good(claimed), "refused")
        yield Hostile(f"{claimed} as pdf", "a.pdf", good(claimed), "refused")
        yield Hostile(f"pdf as {claimed}", f"a.{claimed}", make.pdf(), "refused")
    yield Hostile("rtf as txt", "a.txt", rb"{\rtf1\ansi hello}", "refused")
    yield Hostile("plain zip as docx", "a.docx", make.zipped({"a.txt": "x"}), "refused")


def _with(kind: str, extra: Mapping[str, make.Part]) -> bytes:
    return make.zipped(parts_of(kind) | dict(extra))


def _entry(kind: str, *, mode: int = 0, name: str = "extra.bin", flags: int = 0) -> bytes:
    buffer = io.BytesIO(good(kind))
    with zipfile.ZipFile(buffer, "a") as archive:
        info = zipfile.ZipInfo("placeholder")
        info.filename = name
        info.create_system = 3
        info.external_attr = mode << 16
        archive.writestr(info, "/etc/passwd")
        info.flag_bits |= flags
    return buffer.getvalue()


def containers() -> Iterator[Hostile]:
    """What must not be inside, before or after an office file."""
    inside = {
        "vba": ("word/vbaProject.bin", b"\xd0\xcf\x11\xe0"),
        "hidden vba": ("xl/deep/VBAPROJECT.BIN", b"x"),
        "nested zip": ("attachments/a.zip", make.zipped({"b.txt": "x"})),
        "nested zip as picture": ("word/media/image1.png", make.zipped({"b.txt": "x"})),
        "program": ("word/embeddings/setup.exe", PROGRAM),
        "program as picture": ("word/media/image2.png", PROGRAM),
        "script": ("word/run.js", JAVASCRIPT),
        "web page": ("word/afchunk.htm", HTML),
        "shell link": ("word/open.lnk", b"L\0\0\0"),
        "elf": ("media/x.bin", b"\x7fELF\2\1"),
        "rar": ("media/y.bin", b"Rar!\x1a\7\1\0"),
        "seven zip": ("media/z.bin", b"7z\xbc\xaf\x27\x1c"),
        "macro document inside": ("word/embeddings/a.docx", _with("docx", {"word/vbaProject.bin": b"x"})),
        "document in document in document": (
            "word/embeddings/b.docx",
            _with("docx", {"e/c.docx": good("docx")}),
        ),
        "broken document inside": ("word/embeddings/d.docx", good("docx")[:300]),
    }
    for kind in CONTAINERS:
        for name, (part, data) in inside.items():
            yield Hostile(f"{name} in {kind}", f"a.{kind}", _with(kind, {part: data}), "refused")
        for path in (
            "../../etc/cron.d/x",
            "/etc/passwd",
            "..\\..\\x.txt",
            "C:/x.txt",
            "a/../../b",
            "nul\x01name",
        ):
            yield Hostile(f"path {path!r} in {kind}", f"a.{kind}", _entry(kind, name=path), "refused")
        for label, mode in (("symlink", stat.S_IFLNK), ("device", stat.S_IFCHR), ("pipe", stat.S_IFIFO)):
            yield Hostile(f"{label} in {kind}", f"a.{kind}", _entry(kind, mode=mode | 0o777), "refused")
        yield Hostile(f"encrypted entry in {kind}", f"a.{kind}", _entry(kind, flags=1), "refused")
        yield Hostile(f"program before {kind}", f"a.{kind}", PROGRAM + good(kind), "refused")
        yield Hostile(f"pk prefix before {kind}", f"a.{kind}", b"PK\x03\x04" * 9 + good(kind), "refused")
        yield Hostile(f"web page after {kind}", f"a.{kind}", good(kind) + HTML, "refused")
        buffer = io.BytesIO(good(kind))
        with zipfile.ZipFile(buffer, "a") as archive:
            archive.comment = SCRIPT
        yield Hostile(f"script as comment of {kind}", f"a.{kind}", buffer.getvalue(), "refused")
        twice = {main_part(kind).upper(): "<x/>"}
        yield Hostile(f"part twice in {kind}", f"a.{kind}", _with(kind, twice), "refused")
    yield from _odf_and_ooxml()


def _odf_and_ooxml() -> Iterator[Hostile]:
    types = str(make.docx_parts()["[Content_Types].xml"])
    macro = types.replace(make.WORD_MAIN, "application/vnd.ms-word.document.macroEnabled.main+xml")
    yield Hostile("macro type", "a.docx", _with("docx", {"[Content_Types].xml": macro}), "refused")
    template = types.replace("document.main", "template.main")
    yield Hostile("template type", "a.docx", _with("docx", {"[Content_Types].xml": template}), "refused")
    no_main = _with("docx", {"_rels/.rels": make.rels(("officeDocument", "../../../etc/passwd"))})
    yield Hostile("main part elsewhere", "a.docx", no_main, "refused")
    yield Hostile("no relationships", "a.docx", _with("docx", {"_rels/.rels": make.rels()}), "refused")
    for kind in ("odt", "ods"):
        parts = parts_of(kind)
        locked = f"<manifest:manifest {make.ODF_NAMES}><manifest:encryption-data/></manifest:manifest>"
        yield Hostile(
            f"protected {kind}", f"a.{kind}", _with(kind, {"META-INF/manifest.xml": locked}), "refused"
        )
        yield Hostile(
            f"basic macro in {kind}", f"a.{kind}", _with(kind, {"Basic/Standard/M.xml": "<x/>"}), "refused"
        )
        yield Hostile(
            f"python macro in {kind}", f"a.{kind}", _with(kind, {"Scripts/python/m.py": "x"}), "refused"
        )
        wrong = parts | {"mimetype": "text/html"}
        yield Hostile(f"wrong mimetype in {kind}", f"a.{kind}", make.zipped(wrong), "refused")
        del parts["content.xml"]
        yield Hostile(f"{kind} without content", f"a.{kind}", make.zipped(parts), "refused")
    remote: dict[str, make.Part] = {
        "word/_rels/document.xml.rels": make.rels(
            external=[("attachedTemplate", "http://127.0.0.1:9/t.dotm")]
        )
    }
    yield Hostile("remote template", "a.docx", _with("docx", remote), "inert")


def bombs() -> Iterator[Hostile]:
    """Small files that unpack, nest or repeat without end."""
    zeros = b"\0" * (8 << 20)
    for kind in CONTAINERS:
        yield Hostile(f"zip bomb in {kind}", f"a.{kind}", _with(kind, {"media/x.bin": zeros}), "refused")
        blank = _with(kind, {main_part(kind): b" " * (8 << 20)})
        yield Hostile(f"blank bomb as main part of {kind}", f"a.{kind}", blank, "refused")
        many = _with(kind, {f"m/{n}.bin": b"" for n in range(4_200)})
        yield Hostile(f"too many entries in {kind}", f"a.{kind}", many, "refused")
        yield Hostile(f"overlapping entries in {kind}", f"a.{kind}", _overlapping(kind), "refused")
        yield Hostile(f"lying size in {kind}", f"a.{kind}", _patched(good(kind), 24, 0xFFFFFFF0), "refused")
        yield Hostile(f"small lie in {kind}", f"a.{kind}", _patched(good(kind), 24, 7), "either")
        yield Hostile(
            f"unknown compression in {kind}", f"a.{kind}", _patched(good(kind), 10, 99, "<H"), "refused"
        )
    noise = random.Random(5).randbytes(4096)
    repeated = b"".join(noise[:1500] + bytes([n % 256]) * 600 for n in range(3000))
    text = b"<w:p><w:r><w:t>" + repeated.hex().encode()[:4_000_000] + b"</w:t></w:r></w:p>"
    yield Hostile("long single word", "a.docx", make.docx(text.decode()), "inert")
    shared = "".join(f"<si><t>{random.Random(n).getrandbits(800):x}</t></si>" for n in range(30_000))
    table = f'<sst xmlns="{make.X}">{shared}</sst>'
    yield Hostile(
        "large part nobody refers to",
        "a.xlsx",
        make.zipped(make.xlsx_parts() | {"xl/extra.xml": table}),
        "inert",
    )
    parts = make.xlsx_parts() | {"xl/sharedStrings.xml": table}
    yield Hostile("large shared strings", "a.xlsx", make.zipped(parts), "inert")
    rows = '<row><c t="s"><v>99999999</v></c><c t="s"><v>-1</v></c><c s="-5"><v>1e999</v></c></row>' * 500
    yield Hostile("shared strings out of range", "a.xlsx", make.xlsx(rows), "inert")
    huge = '<table:table-row table:number-rows-repeated="1048576"><table:table-cell table:number-columns-repeated='
    huge += '"16384"><text:p>x<text:s text:c="999999999"/></text:p></table:table-cell></table:table-row>'
    yield Hostile(
        "repeated cells", "a.ods", make.ods(f'<table:table table:name="t">{huge}</table:table>'), "inert"
    )


def _patched(data: bytes, offset: int, value: int, form: str = "<L") -> bytes:
    """The zip with one field of its first directory entry overwritten."""
    at = data.index(b"PK\x01\x02") + offset
    return data[:at] + struct.pack(form, value) + data[at + struct.calcsize(form) :]


def _overlapping(kind: str) -> bytes:
    """A zip in which one part lies inside another, each with a header of its own: how small zips hold petabytes."""
    inner = make.zipped({"media/b.bin": "x"})
    local = inner[: inner.index(b"PK\x01\x02")]
    entry = bytearray(inner[len(local) : inner.rindex(b"PK\x05\x06")])
    data = make.zipped(parts_of(kind) | {"media/a.bin": b"xx" + local}, stored=("mimetype", "media/a.bin"))
    entry[42:46] = struct.pack("<L", data.index(local))
    at = data.rindex(b"PK\x05\x06")
    end = bytearray(data[at:])
    entries, size = struct.unpack_from("<HL", end, 10)
    struct.pack_into("<HHL", end, 8, entries + 1, entries + 1, size + len(entry))
    return data[:at] + bytes(entry) + bytes(end)


def markup() -> Iterator[Hostile]:
    """XML that loads, multiplies or nests."""
    for kind in CONTAINERS:
        parts = parts_of(kind)
        for part, data in parts.items():
            if part == "mimetype":
                continue
            content = data.decode() if isinstance(data, bytes) else data
            for label, prolog in (
                ("external entity", XXE),
                ("billion laughs", LAUGHS),
                ("remote dtd", REMOTE),
            ):
                bad = make.zipped(parts | {part: prolog + content})
                yield Hostile(f"{label} in {part} of {kind}", f"a.{kind}", bad, "refused")
        main = main_part(kind)
        hidden = f"<!--{'x' * 70_000}-->{XXE}<a/>"
        yield Hostile(
            f"entity behind a comment in {kind}", f"a.{kind}", make.zipped(parts | {main: hidden}), "refused"
        )
        wide = XXE.encode("utf-16") + "<a>&x;</a>".encode("utf-16-le")
        yield Hostile(
            f"entity in utf-16 in {kind}", f"a.{kind}", make.zipped(parts | {main: wide}), "refused"
        )
        deep = "<a>" * DEEP + "</a>" * DEEP
        data = make.zipped(parts | {main: deep}, stored=("mimetype", main))
        yield Hostile(f"deep nesting in {kind}", f"a.{kind}", data, "refused")
        late = "<a>" + "<b/>" * 20_000 + "<b>" * 5_000
        data = make.zipped(parts | {main: late})
        yield Hostile(f"late deep nesting in {kind}", f"a.{kind}", data, "inert")
        for label, broken in (
            ("no xml", "not xml at all"),
            ("unclosed", "<a><b>"),
            ("two roots", "<a/><b/>"),
            ("undeclared prefix", "<q:a/>"),
            ("entity used", "<a>&x;</a>"),
            ("nul", "<a>\0</a>"),
            ("empty part", ""),
        ):
            yield Hostile(f"{label} in {kind}", f"a.{kind}", make.zipped(parts | {main: broken}), "either")
        attributes = "<a " + " ".join(f'b{n}="{n}"' for n in range(20_000)) + "/>"
        yield Hostile(
            f"many attributes in {kind}", f"a.{kind}", make.zipped(parts | {main: attributes}), "either"
        )


def damaged() -> Iterator[Hostile]:
    """Files cut off or with bits flipped: anything but a crash."""
    for kind in (*CONTAINERS, "pdf"):
        data = good(kind)
        for cut in (1, 4, 10, len(data) // 4, len(data) // 2, len(data) - 30, len(data) - 8):
            yield Hostile(f"{kind} cut at {cut}", f"a.{kind}", data[:cut], "refused")
        noise = random.Random(kind)
        for number in range(12):
            flipped = bytearray(data)
            for _ in range(1 + number):
                flipped[noise.randrange(4, len(data))] ^= 1 << noise.randrange(8)
            yield Hostile(f"{kind} flipped {number}", f"a.{kind}", bytes(flipped), "either")


def documents() -> Iterator[Hostile]:
    """PDFs that run, attach, loop, multiply or hide."""

    def hostile(name: str, data: bytes, fate: Fate = "inert") -> Hostile:
        return Hostile(f"pdf {name}", "a.pdf", data, fate)

    script = b"<</S /JavaScript /JS (app.alert\\(1\\))>>"
    yield hostile("javascript", make.pdf(catalog=b"/OpenAction " + script))
    yield hostile(
        "javascript names", make.pdf(catalog=b"/Names <</JavaScript <</Names [(a) " + script + b"]>>>>")
    )
    yield hostile("launch", make.pdf(catalog=b"/OpenAction <</S /Launch /F (cmd.exe)>>"))
    yield hostile("page action", make.pdf(page=b"/AA <</O " + script + b">>"))
    link = b"/Annots [<</Type /Annot /Subtype /Link /Rect [0 0 9 9] /A <</S /Launch /F (calc)>>>>]"
    yield hostile("launch link", make.pdf(page=link))
    attached = b"/Names <</EmbeddedFiles <</Names [(a.exe) <</Type /Filespec /F (a.exe)>>]>>>>"
    yield hostile("embedded file", make.pdf(catalog=attached))
    yield hostile(
        "action loop", make.pdf_of([*make.pdf_objects("x", catalog=b"/OpenAction 6 0 R"), b"<</Next 6 0 R>>"])
    )
    loop = make.pdf_objects("x")
    loop[1] = b"<</Type /Pages /Kids [2 0 R 3 0 R] /Count 2>>"
    yield hostile("page tree loop", make.pdf_of(loop))
    wide = make.pdf_objects("x")
    wide[1] = b"<</Type /Pages /Kids [" + b"3 0 R " * 50_000 + b"] /Count 50000>>"
    yield hostile("one page fifty thousand times", make.pdf_of(wide))
    count = make.pdf_objects("x")
    count[1] = b"<</Type /Pages /Kids [3 0 R] /Count 2000000000>>"
    yield hostile("page count lie", make.pdf_of(count))
    for name, size in (("flate bomb", 90 << 20), ("flate bomb within limits", 60 << 20)):
        bomb = make.stream(b" " * size, packed=True)
        yield hostile(name, make.pdf("x", contents=bomb))
    yield hostile(
        "object stream bomb", _object_stream(b"<</Type /Catalog /Pages 9 0 R>>" + b" " * (90 << 20))
    )
    yield hostile("object stream without end", _object_stream(b"<</Type /Catalog /Pages 1 0 R>>"))
    nested = zlib.compress(zlib.compress(b" " * (60 << 20), 9), 9)
    double = b"<</Length %d /Filter [/FlateDecode /FlateDecode]>>\nstream\n%s\nendstream" % (
        len(nested),
        nested,
    )
    yield hostile("double flate bomb", make.pdf("x", contents=double))
    operators = make.stream(b"BT /F1 1 Tf " + b"(a) Tj " * 400_000 + b"ET", packed=True)
    yield hostile("endless operators", make.pdf("x", contents=operators))
    brackets = make.stream(b"[" * 100_000, packed=True)
    yield hostile("deep arrays in contents", make.pdf("x", contents=brackets))
    yield hostile("deep arrays in catalogue", make.pdf(catalog=b"/X " + b"[" * 20_000 + b"]" * 20_000))
    yield hostile("deep dictionaries", make.pdf(catalog=b"/X " + b"<</a " * 20_000 + b"1" + b">>" * 20_000))
    yield hostile("no root", b"%PDF-1.4\ntrailer\n<<>>\nstartxref\n0\n%%EOF\n")
    own = make.pdf()
    at = own.rindex(b"startxref")
    yield hostile("xref that is not there", own[:at] + b"startxref\n99999999\n%%EOF\n")
    yield hostile("negative xref", own[:at] + b"startxref\n-5\n%%EOF\n")
    table = own.rindex(b"xref\n0")
    looped = make.pdf_of(make.pdf_objects("x"), trailer=b"/Prev %d" % table)
    yield hostile("xref loop", looped)
    form = [
        *make.pdf_objects("x", page=b""),
        make.stream(b"/X Do", b"/Type /XObject /Subtype /Form /Resources <</XObject <</X 6 0 R>>>>"),
    ]
    form[2] = form[2].replace(b"/Resources <<", b"/Resources <</XObject <</X 6 0 R>> ")
    form[3] = make.stream(b"/X Do")
    yield hostile("form that draws itself", make.pdf_of(form))
    locked = make.pdf_of(
        make.pdf_objects("x"),
        trailer=b"/Encrypt <</Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O ("
        + b"o" * 32
        + b") /U ("
        + b"u" * 32
        + b")>> /ID [(0123456789abcdef)(0123456789abcdef)]",
    )
    yield hostile("with a password", locked)
    yield hostile(
        "with an unknown lock", own.replace(b"/Root 1 0 R", b"/Root 1 0 R /Encrypt <</Filter /Odd>>")
    )
    yield hostile("without text", make.pdf("x", contents=make.stream(b"0 0 9 9 re f")))
    yield hostile("with a zip after it", own + make.zipped({"a.txt": "x"}), "refused")
    yield hostile("with a page after it", own + HTML, "refused")
    yield hostile("with a program before it", PROGRAM + own, "refused")
    yield hostile("with a page before it", HTML + own, "refused")
    yield hostile("without an end", own[: own.rindex(b"%%EOF")], "refused")
    yield hostile("header only", b"%PDF-1.7\n", "refused")


def _object_stream(catalog: bytes) -> bytes:
    """A PDF whose catalogue lies in a compressed object stream, found through a cross-reference stream."""
    packed = make.stream(b"1 0 " + catalog, b"/Type /ObjStm /N 1 /First 4", packed=True)
    start = 9
    body = b"%PDF-1.7\n2 0 obj\n" + packed + b"\nendobj\n"
    rows = b"".join(
        struct.pack(">BLB", *row) for row in ((0, 0, 255), (2, 2, 0), (1, start, 0), (1, len(body), 0))
    )
    table = make.stream(rows, b"/Type /XRef /Size 4 /W [1 4 1] /Root 1 0 R")
    return body + b"3 0 obj\n" + table + b"\nendobj\nstartxref\n%d\n%%%%EOF\n" % len(body)


def texts() -> Iterator[Hostile]:
    """Texts that are not text, or too much of it."""
    for kind in ("csv", "md", "txt"):

        def hostile(name: str, data: bytes, fate: Fate, kind: str = kind) -> Hostile:
            return Hostile(f"{name} as {kind}", f"a.{kind}", data, fate)

        yield hostile("nul byte", b"words\0words", "refused")
        yield hostile("utf-16 without mark", "Zahlen und Wörter".encode("utf-16-le"), "refused")
        yield hostile("utf-16 cut", "wörter".encode("utf-16")[:-1], "refused")
        yield hostile("utf-16 lone surrogate", b"\xff\xfe\x00\xd8a\0", "refused")
        yield hostile("utf-32", "words".encode("utf-32"), "refused")
        yield hostile("control characters", bytes(range(1, 9)) * 50, "refused")
        yield hostile("wrong encoding", b"\xff\xf0\x81\x8d caf\xe9 \xc3", "inert")
        yield hostile("one endless line", b"x" * 3_000_000, "inert")
        yield hostile("endless quote", b'a,"' + b"x,\n" * 200_000, "inert")
        yield hostile("only separators", b"," * 500_000, "inert")
        yield hostile("only spaces", b" " * 1_000_000, "inert")
        yield hostile("only brackets", b"[" * 500_000, "inert")
        yield hostile("open links", b"[a](b" * 200_000, "inert")
        yield hostile("open tags", b"<a " * 300_000, "inert")
        yield hostile("open comments", b"<!--" * 200_000, "inert")
        yield hostile("open front matter", b"---\n" + b"title: " * 100_000, "inert")
        yield hostile("hyphens", b"a-\n" * 300_000, "inert")
        yield hostile("combining marks", ("a" + "\u0301" * 300_000).encode(), "inert")
        yield hostile("escape sequences", b"\x1b]0;title\x07\x1b[2J words", "inert")
        yield hostile("overrides", "invoice\u202etxt.exe".encode(), "inert")
        yield hostile("formula", b"=cmd|' /C calc'!A0,1\n@SUM(1),2\n", "inert")
        yield hostile("late script", b"words\n" + HTML, "inert")
        yield hostile("script behind comments", b"<!-- a --> " * 20 + HTML, "inert")


def names() -> Iterator[Hostile]:
    """Sound text under a hostile name: accepted under a clean one, or refused for what it claims."""
    inert = (
        "../../etc/passwd.txt",
        "..\\..\\windows\\system32\\a.txt",
        "C:\\autoexec.txt",
        "CON.txt",
        "aux.txt",
        "LPT1.report.txt",
        "invoice\u202etxt.exe.txt",
        "a\0b.txt",
        "a\r\nContent-Type: text/html.txt",
        'a";filename="b.html.txt',
        "x" * 5000 + ".txt",
        "\U0001f600" * 200 + ".txt",
        " . .txt",
        ".txt.txt",
        "~$lock.txt",
        "-rf.txt",
        "<img src=x onerror=alert(1)>.txt",
        "report.exe.txt",
        "\ud800.txt",
        "name.TXT",
    )
    refused = (
        "report",
        "report.",
        "",
        ".",
        "..",
        "a.txt.exe",
        "a.html",
        "a.svg",
        "a.docm",
        "a.xls",
        "a.txt\0.php",
        "a.js ",
    )
    for name in inert:
        yield Hostile(f"name {name[:40]!r}", name, b"Plain words\n", "inert")
    for name in refused:
        yield Hostile(f"name {name[:40]!r}", name, b"Plain words\n", "refused")


FAMILIES: tuple[Callable[[], Iterator[Hostile]], ...] = (
    renamed,
    containers,
    bombs,
    markup,
    damaged,
    documents,
    texts,
    names,
)

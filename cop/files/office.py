"""The inside of an office file: which of the four kinds it is, and what it must not hold.

Macros are refused because they run on the machine of whoever downloads the file. So are archives, programs and
scripts packed inside, and document type declarations in any XML part. Embedded office files and OLE objects
(a chart's data, an old diagram) are everyday in councils' documents: they stay, and are pointed out before
publishing (`cop.files.hidden`).
"""

from __future__ import annotations

import io
import zipfile

from cop.files.archives import BROKEN, open_archive, read_part
from cop.files.kinds import Kind
from cop.files.package import CONTENT_TYPES, MAX_STRUCTURE, content_types, main_part
from cop.files.problems import DAMAGED, PROTECTED, Unreadable
from cop.files.xmlstream import START, events, opens_soundly

_OOXML_MAIN = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml": Kind.DOCX,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml": Kind.XLSX,
}
_ODF_MIMETYPES = {b"application/vnd.oasis.opendocument.text": Kind.ODT}
_ODF_MIMETYPES[b"application/vnd.oasis.opendocument.spreadsheet"] = Kind.ODS
_OOXML_EMBEDDED = (".docx", ".xlsx", ".pptx")
_ODF_EMBEDDED = (".odt", ".ods", ".odp", ".odg")
_COMPRESSED_PICTURES = (".emz", ".wmz", ".svgz")
_XML_ENDINGS = (".xml", ".rels", ".rdf", ".vml")
_RUNS = (
    ".exe .dll .scr .com .bat .cmd .ps1 .vbs .vbe .js .jse .mjs .wsf .wsh .hta .jar .msi .lnk .sh .php .py .pl "
    ".app .apk .chm .reg .url .html .htm .xhtml .shtml .swf .docm .xlsm .pptm .dotm .xltm .xlam .iso .img"
)
_RUNNABLE = tuple(_RUNS.split())
_ARCHIVE_SIGNS = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"Rar!\x1a",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ\x00",
)
_PROGRAM_SIGNS = (b"\x7fELF", b"#!/", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe")

SNIFF = 1 << 12
PROLOG = 1 << 16
MAX_EMBEDDED = 20 << 20
"""Bytes of an embedded office file that is looked into; a larger one is refused."""

MACROS = "The file contains macros. Save a copy without macros and upload that."
NESTED = "The file has an archive packed inside it. Take it out and upload the document on its own."
PROGRAM = "The file has a program or script packed inside it. Take it out and upload the document on its own."
TEMPLATE = "The file is a template. Save it as an ordinary document and upload that."
NOT_OFFICE = "The file is an archive, but not a document. Upload the documents in it one by one."


def identify_office(stream: io.BufferedIOBase) -> Kind:
    """Return the kind of an office file; raise `Unreadable` for anything else or anything unsafe."""
    archive = open_archive(stream)  # type: ignore[arg-type]
    try:
        names = archive.NameToInfo
        if CONTENT_TYPES in names:
            kind = _ooxml_kind(archive)
        elif "mimetype" in names:
            kind = _odf_kind(archive)
        else:
            raise Unreadable(NOT_OFFICE)
        for entry in archive.infolist():
            if not entry.is_dir():
                _judge_part(archive, entry)
    except BROKEN as error:
        raise Unreadable(DAMAGED) from error
    return kind


def _ooxml_kind(archive: zipfile.ZipFile) -> Kind:
    types = content_types(archive)
    declared = types.all()
    if any("macroEnabled" in each or "vbaProject" in each or "macrosheet" in each for each in declared):
        raise Unreadable(MACROS)
    main = types.of(main_part(archive))
    if "template.main+xml" in main:
        raise Unreadable(TEMPLATE)
    kind = _OOXML_MAIN.get(main)
    if kind is None:
        raise Unreadable(NOT_OFFICE)
    return kind


def _odf_kind(archive: zipfile.ZipFile) -> Kind:
    mimetype = read_part(archive, "mimetype", 200).strip()
    if mimetype.endswith(b"-template"):
        raise Unreadable(TEMPLATE)
    kind = _ODF_MIMETYPES.get(mimetype)
    if kind is None or archive.infolist()[0].filename != "mimetype":
        raise Unreadable(NOT_OFFICE)
    manifest = read_part(archive, "META-INF/manifest.xml", MAX_STRUCTURE)
    for step in events(io.BytesIO(manifest)):
        if step.what == START and step.name == "manifest:encryption-data":
            raise Unreadable(PROTECTED)
    if "content.xml" not in archive.NameToInfo:
        raise Unreadable(DAMAGED)
    return kind


def _is_macro(name: str) -> bool:
    base = name.rsplit("/", 1)[-1]
    if base in ("vbaproject.bin", "vbadata.xml", "vbaprojectsignature.bin") or "/macrosheets/" in name:
        return True
    return name.startswith("scripts/") or (
        name.startswith("basic/") and base not in ("script-lc.xml", "dialog-lc.xml")
    )


def _judge_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    name = entry.filename.casefold()
    if _is_macro(name):
        raise Unreadable(MACROS)
    if name.endswith(_RUNNABLE):
        raise Unreadable(PROGRAM)
    with archive.open(entry) as part:
        head = part.read(PROLOG if name.endswith(_XML_ENDINGS) else SNIFF)
    if name.endswith(_XML_ENDINGS):
        if head.strip():
            opens_soundly(head)
        return
    if name.endswith(_OOXML_EMBEDDED + _ODF_EMBEDDED):
        _judge_embedded(archive, entry)
    elif head.startswith(_ARCHIVE_SIGNS) and not name.endswith(_COMPRESSED_PICTURES):
        raise Unreadable(NESTED)
    elif head.startswith(_PROGRAM_SIGNS) or (head.startswith(b"MZ") and b"PE\0\0" in head):
        raise Unreadable(PROGRAM)


def _judge_embedded(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Look one level into an embedded office file: by its directory, for macros and further archives."""
    inner = open_archive(io.BytesIO(read_part(archive, entry.filename, MAX_EMBEDDED)))
    for each in inner.infolist():
        name = each.filename.casefold()
        if _is_macro(name):
            raise Unreadable(MACROS)
        if name.endswith(_RUNNABLE):
            raise Unreadable(PROGRAM)
        if name.endswith((".zip", ".7z", ".rar", ".gz", *_OOXML_EMBEDDED, *_ODF_EMBEDDED)):
            raise Unreadable(NESTED)

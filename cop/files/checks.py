"""What an upload really is: decided by its content, never by its name or the type the browser declared.

A file passes when its content proves the kind its name claims, and nothing in it runs or hides. Decisions:

- A PDF with JavaScript, a launch action or attached files passes. It is only ever sent as a download, so none of
  that runs here; it is pointed out before publishing (`cop.files.hidden`).
- Text that is really a web page, a drawing or a script passes as *plain text*, whatever its name claimed: it is
  named .txt and served as text/plain (`cop.files.delivery`), so no browser lays it out or runs it.
- A password-protected PDF passes and is marked "not searchable"; a protected office file cannot be told apart
  from other old Office containers, so it is refused with a request to remove the password.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

from cop.files.decoding import detect
from cop.files.kinds import ACCEPTED, ACCEPTED_WITH_PICTURES, Kind, claimed_by_name, extension_of
from cop.files.office import identify_office
from cop.files.picture_size import check_picture
from cop.files.problems import PROTECTED, Unreadable
from cop.kernel.errors import Invalid

FIELD = "file"
"""The form field that messages about an upload belong to."""
HEAD = 4096
TAIL = 2048
MEGABYTE = 1_000_000

_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_SIGNS = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "an archive or office document"),
    (b"{\\rtf", "a rich text (RTF) file"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"RIFF", "a picture, sound or film"),
    (b"Rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"\x1f\x8b", "an archive"),
    (_OLD_OFFICE, "an old Office file"),
)
_PICTURE_SIGNS: dict[Kind, tuple[bytes, ...]] = {
    Kind.PNG: (b"\x89PNG\r\n\x1a\n",),
    Kind.JPEG: (b"\xff\xd8\xff",),
    Kind.WEBP: (b"RIFF",),
    Kind.GIF: (b"GIF87a", b"GIF89a"),
}
_MARKUP = re.compile(
    rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\b|html\b|head\b|body\b|svg\b|script\b|iframe\b|\?xml\b|\?php\b|\?=|%)",
    re.IGNORECASE | re.DOTALL,
)
_ADVICE = {
    "doc": "Save it as DOCX and upload that.",
    "dot": "Save it as DOCX and upload that.",
    "rtf": "Save it as DOCX and upload that.",
    "pages": "Export it as DOCX or PDF and upload that.",
    "docm": "It can contain macros. Save it as DOCX and upload that.",
    "dotm": "It can contain macros. Save it as DOCX and upload that.",
    "xls": "Save it as XLSX and upload that.",
    "xlsb": "Save it as XLSX and upload that.",
    "xlsm": "It can contain macros. Save it as XLSX and upload that.",
    "numbers": "Export it as XLSX and upload that.",
    "ppt": "Save it as PDF and upload that.",
    "pptx": "Save it as PDF and upload that.",
    "odp": "Save it as PDF and upload that.",
    "zip": "Upload the documents in it one by one.",
    "html": "Save it as PDF or text and upload that.",
    "htm": "Save it as PDF or text and upload that.",
    "svg": "Save it as PNG and upload that.",
    "heic": "Save it as JPEG and upload that.",
    "bmp": "Save it as PNG and upload that.",
    "tif": "Save it as PNG and upload that.",
    "tiff": "Save it as PNG and upload that.",
}


def identify(path: Path, filename: str, *, limit: int | None = None, pictures: bool = False) -> Kind:
    """Return the kind of the file at `path`, which was uploaded as `filename`.

    `limit` is the largest size in bytes; `pictures` says that those may come in as well. Raises `Invalid` for the field
    `file` with a sentence that says what is wrong and what to do. A text that is really a web page or script comes back
    as `Kind.TEXT`.
    """
    size = path.stat().st_size
    if size == 0:
        raise Invalid("The file is empty. Choose a file with something in it.", FIELD)
    if limit is not None and size > limit:
        raise Invalid(too_large(limit), FIELD)
    claimed = claimed_by_name(filename)
    if claimed is None or (claimed.is_picture and not pictures):
        raise Invalid(_not_accepted(filename, ACCEPTED_WITH_PICTURES if pictures else ACCEPTED), FIELD)
    with path.open("rb") as stream:
        try:
            return _proven(stream, claimed, extension_of(filename))
        except Unreadable as problem:
            raise Invalid(str(problem), FIELD) from problem


def too_large(limit: int) -> str:
    """The message for a file above `limit` bytes."""
    size = f"{limit // MEGABYTE} MB" if limit >= MEGABYTE else f"{limit:,} bytes"
    return f"The file is too large. Choose a file of {size} or less."


def _not_accepted(filename: str, accepted: str) -> str:
    extension = extension_of(filename)
    advice = _ADVICE.get(extension, f"Choose a {accepted} file.")
    if not extension or not extension.isalnum() or len(extension) > 10:
        return f"The file's name does not say what kind of file it is. Choose a {accepted} file."
    return f"A .{extension} file cannot be uploaded. {advice}"


def _proven(stream: BinaryIO, claimed: Kind, extension: str) -> Kind:
    head = stream.read(HEAD)
    if claimed.is_plain_text:
        return _proven_text(stream, claimed, extension, head)
    if claimed.is_picture:
        if not head.startswith(_PICTURE_SIGNS[claimed]) or (claimed is Kind.WEBP and head[8:12] != b"WEBP"):
            raise _mismatch(claimed, extension, head)
        check_picture(stream, claimed)
        return claimed
    if claimed is Kind.PDF:
        if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"%PDF-"):
            raise _mismatch(claimed, extension, head)
        _judge_pdf_end(stream)
        return claimed
    if not head.startswith(b"PK\x03\x04"):
        raise (
            _old_office(stream, extension)
            if head.startswith(_OLD_OFFICE)
            else _mismatch(claimed, extension, head)
        )
    found = identify_office(stream)  # type: ignore[arg-type]
    if found is not claimed:
        raise Unreadable(
            f"The file is called .{extension} but is {found.article_label}. "
            f"Rename it to end in .{found.extension} and upload it again."
        )
    return claimed


def _proven_text(stream: BinaryIO, claimed: Kind, extension: str, head: bytes) -> Kind:
    what = _known_sign(head)
    if what and (b"\0" in head or head.startswith((b"%PDF-", b"PK\x03\x04", b"{\\rtf", b"Rar!", b"\x7fELF"))):
        raise _mismatch(claimed, extension, head)
    encoding = detect(stream)
    opening = head.decode(encoding, "replace").lstrip("\ufeff").encode()
    return Kind.TEXT if _MARKUP.match(opening) else claimed


def _known_sign(head: bytes) -> str | None:
    return next((what for sign, what in _SIGNS if head.startswith(sign)), None)


def _mismatch(claimed: Kind, extension: str, head: bytes) -> Unreadable:
    what = "a web page or script" if _MARKUP.match(head) else _known_sign(head)
    truth = f"is {what}, not {claimed.article_label}" if what else f"is not {claimed.article_label}"
    return Unreadable(
        f"The file is called .{extension} but {truth}. Save it again as {claimed.extension.upper()} and upload that."
    )


def _old_office(stream: BinaryIO, extension: str) -> Unreadable:
    """Tell a protected document from an old one: both are OLE containers, the protected one names its stream."""
    stream.seek(0)
    overlap = b""
    while chunk := stream.read(1 << 20):
        if _ENCRYPTED_PACKAGE in overlap + chunk:
            return Unreadable(PROTECTED)
        overlap = chunk[-len(_ENCRYPTED_PACKAGE) :]
    return Unreadable(
        f"The file is called .{extension} but is in an older Office format. "
        f"Save it again as {extension.upper()} and upload that."
    )


def _judge_pdf_end(stream: BinaryIO) -> None:
    """A whole PDF ends in %%EOF; one that does not was cut off, and one that goes on hides something."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - TAIL))
    tail = stream.read()
    at = tail.rfind(b"%%EOF")
    if at < 0 or b"startxref" not in tail[:at]:
        raise Unreadable("The PDF is not complete. Download or save it again and upload that.")
    if tail[at + 5 :].strip(b"\r\n\t \0\x1a"):
        raise Unreadable(
            "The file holds something else after the end of the PDF. Save it again and upload that."
        )

"""The kinds of file that can be uploaded: extension, media type for the download, and name for people.

Eight kinds of document and no more: each has a reader, a check by content and no need of macros. Four kinds of picture
come in where pictures are asked for, are drawn anew (`cop.files.pictures`), and may then be shown on a page. The media
types are those registered with IANA.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import PurePosixPath


class Kind(StrEnum):
    """A kind of file; its value is stored in the database and never shown to people."""

    DOCX = "docx"
    ODT = "odt"
    PDF = "pdf"
    ODS = "ods"
    XLSX = "xlsx"
    CSV = "csv"
    MARKDOWN = "markdown"
    TEXT = "text"
    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    GIF = "gif"

    @property
    def extension(self) -> str:
        """The extension a download gets, without the dot."""
        return _EXTENSIONS[self]

    @property
    def media_type(self) -> str:
        """The Content-Type of a download. It never names a type that a browser runs or lays out as a page."""
        return _MEDIA_TYPES[self]

    @property
    def label(self) -> str:
        """What people call it: "Word document (DOCX)"."""
        return _LABELS[self]

    @property
    def article_label(self) -> str:
        """The label within a sentence: "a Word document"."""
        return _IN_A_SENTENCE[self]

    @property
    def is_plain_text(self) -> bool:
        """True where the bytes themselves are the text."""
        return self in _PLAIN

    @property
    def is_picture(self) -> bool:
        """True for what is looked at and not read."""
        return self in PICTURES


_EXTENSIONS = {
    Kind.DOCX: "docx",
    Kind.ODT: "odt",
    Kind.PDF: "pdf",
    Kind.ODS: "ods",
    Kind.XLSX: "xlsx",
    Kind.CSV: "csv",
    Kind.MARKDOWN: "md",
    Kind.TEXT: "txt",
    Kind.PNG: "png",
    Kind.JPEG: "jpg",
    Kind.WEBP: "webp",
    Kind.GIF: "gif",
}
_MEDIA_TYPES = {
    Kind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Kind.ODT: "application/vnd.oasis.opendocument.text",
    Kind.PDF: "application/pdf",
    Kind.ODS: "application/vnd.oasis.opendocument.spreadsheet",
    Kind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Kind.CSV: "text/csv",
    Kind.MARKDOWN: "text/markdown",
    Kind.TEXT: "text/plain",
    Kind.PNG: "image/png",
    Kind.JPEG: "image/jpeg",
    Kind.WEBP: "image/webp",
    Kind.GIF: "image/gif",
}
_LABELS = {
    Kind.DOCX: "Word document (DOCX)",
    Kind.ODT: "OpenDocument text (ODT)",
    Kind.PDF: "PDF",
    Kind.ODS: "OpenDocument spreadsheet (ODS)",
    Kind.XLSX: "Excel spreadsheet (XLSX)",
    Kind.CSV: "Table of values (CSV)",
    Kind.MARKDOWN: "Markdown text (MD)",
    Kind.TEXT: "Plain text (TXT)",
    Kind.PNG: "Picture (PNG)",
    Kind.JPEG: "Picture (JPEG)",
    Kind.WEBP: "Picture (WEBP)",
    Kind.GIF: "Picture (GIF)",
}
_IN_A_SENTENCE = {
    Kind.DOCX: "a Word document",
    Kind.ODT: "an OpenDocument text",
    Kind.PDF: "a PDF",
    Kind.ODS: "an OpenDocument spreadsheet",
    Kind.XLSX: "an Excel spreadsheet",
    Kind.CSV: "a CSV table",
    Kind.MARKDOWN: "a Markdown text",
    Kind.TEXT: "a plain text",
    Kind.PNG: "a PNG picture",
    Kind.JPEG: "a JPEG picture",
    Kind.WEBP: "a WEBP picture",
    Kind.GIF: "a GIF picture",
}
_PLAIN = frozenset({Kind.CSV, Kind.MARKDOWN, Kind.TEXT})
PICTURES = frozenset({Kind.PNG, Kind.JPEG, Kind.WEBP, Kind.GIF})
_BY_EXTENSION = {extension: kind for kind, extension in _EXTENSIONS.items()} | {
    "markdown": Kind.MARKDOWN,
    "text": Kind.TEXT,
    "jpeg": Kind.JPEG,
}

ACCEPTED = "DOCX, ODT, PDF, ODS, XLSX, CSV, MD or TXT"
ACCEPTED_WITH_PICTURES = f"PNG, JPEG, WEBP, GIF, {ACCEPTED}"


def extension_of(filename: str) -> str:
    """The last extension of a name in lower case without the dot, or an empty string."""
    return PurePosixPath(filename.replace("\\", "/").strip()).suffix.lower().removeprefix(".")


def claimed_by_name(filename: str) -> Kind | None:
    """The kind a file's name claims; only its content can prove it."""
    return _BY_EXTENSION.get(extension_of(filename))


def accept_attribute(*, pictures: bool = False) -> str:
    """What a file input's `accept` attribute should say: ".docx,.odt,…"."""
    return ",".join(
        f".{extension}" for extension, kind in _BY_EXTENSION.items() if pictures or not kind.is_picture
    )

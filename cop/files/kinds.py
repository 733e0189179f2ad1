"""The kinds of file that can be uploaded: extension, media type for the download, and name for people.

Eight kinds and no more: each has a reader, a check by content and no need of macros. The media types are those
registered with IANA.
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


_EXTENSIONS = {
    Kind.DOCX: "docx",
    Kind.ODT: "odt",
    Kind.PDF: "pdf",
    Kind.ODS: "ods",
    Kind.XLSX: "xlsx",
    Kind.CSV: "csv",
    Kind.MARKDOWN: "md",
    Kind.TEXT: "txt",
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
}
_PLAIN = frozenset({Kind.CSV, Kind.MARKDOWN, Kind.TEXT})
_BY_EXTENSION = {extension: kind for kind, extension in _EXTENSIONS.items()} | {
    "markdown": Kind.MARKDOWN,
    "text": Kind.TEXT,
}

ACCEPTED = "DOCX, ODT, PDF, ODS, XLSX, CSV, MD or TXT"


def extension_of(filename: str) -> str:
    """The last extension of a name in lower case without the dot, or an empty string."""
    return PurePosixPath(filename.replace("\\", "/").strip()).suffix.lower().removeprefix(".")


def claimed_by_name(filename: str) -> Kind | None:
    """The kind a file's name claims; only its content can prove it."""
    return _BY_EXTENSION.get(extension_of(filename))


def accept_attribute() -> str:
    """What a file input's `accept` attribute should say: ".docx,.odt,…"."""
    return ",".join(f".{extension}" for extension in _BY_EXTENSION)

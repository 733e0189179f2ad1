"""Which encoding a plain text file is in, and whether it is text at all.

UTF-16 only with a byte order mark, then UTF-8, then cp1252, and cp850 when the first line holds the byte 0x9C:
old council systems export headers such as "Amount £" in that code page. Guessing libraries were wrong about
three real files in the same collection, so there is no guessing beyond this.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO

from cop.files.problems import Unreadable

CHUNK = 1 << 18
CP850_POUND = 0x9C
FIRST_LINE = 1 << 16
NOT_TEXT = (
    "The file is not plain text. Save it as text in UTF-8 and upload that, or upload the original document."
)
_CONTROL = bytes(code for code in range(32) if code not in b"\t\n\r\f\v\b\x1a\x1b") + b"\x7f"
_ALLOWED_CONTROL_SHARE = 1000


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(0)
    while chunk := stream.read(CHUNK):
        yield chunk


def detect(stream: BinaryIO) -> str:
    """Return the name of the codec that reads the whole stream; raise `Unreadable` if it is not text."""
    stream.seek(0)
    head = stream.read(4)
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return _proven_utf16(stream)
    controls = length = 0
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_utf8 = True
    for chunk in _chunks(stream):
        length += len(chunk)
        controls += len(chunk) - len(chunk.translate(None, _CONTROL))
        if b"\0" in chunk:
            raise Unreadable(NOT_TEXT)
        if is_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                is_utf8 = False
    if controls > max(4, length // _ALLOWED_CONTROL_SHARE):
        raise Unreadable(NOT_TEXT)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        is_utf8 = False
    if is_utf8:
        return "utf-8-sig"
    stream.seek(0)
    return "cp850" if CP850_POUND in stream.readline(FIRST_LINE) else "cp1252"


def _proven_utf16(stream: BinaryIO) -> str:
    decoder = codecs.getincrementaldecoder("utf-16")()
    try:
        for chunk in _chunks(stream):
            if "\0" in decoder.decode(chunk):
                raise Unreadable(NOT_TEXT)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Unreadable(NOT_TEXT) from error
    return "utf-16"


def open_text(stream: BinaryIO) -> io.TextIOWrapper:
    """Return the stream as text from its start, newlines as they are; raise `Unreadable` if it is not text.

    The few bytes that cp1252 leaves undefined become U+FFFD: one stray byte should not make a file unreadable.
    """
    encoding = detect(stream)
    stream.seek(0)
    return io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")

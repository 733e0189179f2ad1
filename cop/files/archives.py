"""The outside of a zip container: judged from its directory, before anything in it is unpacked.

Every office format here is a zip file, and a zip file can lie: about its sizes, its names, and where it starts.
The limits below are far above what real documents need (those tried had up to 24 parts) and far below what
hurts.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from typing import BinaryIO

from cop.files.problems import DAMAGED, PROTECTED, Unreadable

MAX_ENTRIES = 4_000
MAX_DIRECTORY = 1 << 20
"""Bytes of the central directory: bounds what `zipfile` builds in memory before entries can be counted."""
MAX_PART = 200 << 20
MAX_TOTAL = 400 << 20
MAX_RATIO = 200
"""Unpacked by packed size of a part above `RATIO_MATTERS` bytes; deflate can reach 1,032."""
RATIO_MATTERS = 1 << 20
MAX_NAME = 400

TOO_MUCH = "The file unpacks to far more than a document should hold. Save it again from its own program."
UNSAFE = "The file is not put together like a document. Open it, save it again and upload that."
MIXED = "The file holds something else before or after the document. Save it again and upload that."

_END = struct.Struct("<4s4H2LH")
_END_SIGNATURE = b"PK\x05\x06"
_END64_LOCATOR = b"PK\x06\x07"
_LONGEST_COMMENT = 0xFFFF
_LOCAL_HEADER = 30
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    struct.error,
    ValueError,
    LookupError,
    OverflowError,
    OSError,
)
"""What `zipfile` raises on damaged, encrypted or exotic input."""


def _end_record(stream: BinaryIO) -> tuple[int, int]:
    """Return (offset of the end record, size of the directory), refusing what only odd files have."""
    size = stream.seek(0, os.SEEK_END)
    start = max(0, size - _LONGEST_COMMENT - _END.size)
    stream.seek(start)
    tail = stream.read()
    at = tail.rfind(_END_SIGNATURE)
    if at < 0 or len(tail) - at < _END.size:
        raise Unreadable(DAMAGED)
    _, disk, first_disk, here, entries, directory, offset, _ = _END.unpack_from(tail, at)
    if disk or first_disk or here != entries:
        raise Unreadable(UNSAFE)
    if at + _END.size != len(tail):
        raise Unreadable(MIXED)
    if tail[max(0, at - 20) : at].startswith(_END64_LOCATOR) or entries == 0xFFFF or offset == 0xFFFFFFFF:
        raise Unreadable(TOO_MUCH)
    if directory > MAX_DIRECTORY or entries > MAX_ENTRIES:
        raise Unreadable(TOO_MUCH)
    return start + at, directory


def open_archive(stream: BinaryIO) -> zipfile.ZipFile:
    """Open a zip container whose directory is sound; raise `Unreadable` with the reason otherwise."""
    end, directory = _end_record(stream)
    try:
        archive = zipfile.ZipFile(stream)
    except BROKEN as error:
        raise Unreadable(DAMAGED) from error
    entries = archive.infolist()
    if not entries or len(entries) > MAX_ENTRIES:
        raise Unreadable(TOO_MUCH if entries else DAMAGED)
    _judge_layout(entries, end - directory)
    for entry in entries:
        _judge_name(entry)
        _judge_size(entry)
    if sum(entry.file_size for entry in entries) > MAX_TOTAL:
        raise Unreadable(TOO_MUCH)
    names = [entry.filename.casefold() for entry in entries]
    if len(set(names)) != len(names):
        raise Unreadable(UNSAFE)
    return archive


def _judge_layout(entries: Sequence[zipfile.ZipInfo], directory_at: int) -> None:
    """Parts start at byte 0 and never overlap: an overlap is how a small zip holds petabytes."""
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    if ordered[0].header_offset != 0:
        raise Unreadable(MIXED)
    ends = [
        entry.header_offset + _LOCAL_HEADER + len(entry.orig_filename) + entry.compress_size
        for entry in ordered
    ]
    starts = [entry.header_offset for entry in ordered[1:]] + [directory_at]
    if any(end > start for end, start in zip(ends, starts, strict=True)):
        raise Unreadable(UNSAFE)


def _judge_name(entry: zipfile.ZipInfo) -> None:
    name = entry.orig_filename
    parts = name.replace("\\", "/").split("/")
    if (
        not name
        or len(name) > MAX_NAME
        or name.startswith(("/", "\\"))
        or ".." in parts
        or "\\" in name
        or ":" in parts[0]
        or any(ord(char) < 32 for char in name)
    ):
        raise Unreadable(UNSAFE)
    mode = entry.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Unreadable(UNSAFE)


def _judge_size(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & (0x1 | 0x40 | 0x2000):
        raise Unreadable(PROTECTED)
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable(UNSAFE)
    if entry.file_size > MAX_PART:
        raise Unreadable(TOO_MUCH)
    if entry.file_size > RATIO_MATTERS and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
        raise Unreadable(TOO_MUCH)


def read_part(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    """Return a part's bytes; raise `Unreadable` if it is missing, damaged or longer than `limit` bytes."""
    try:
        with archive.open(name) as part:
            data = part.read(limit + 1)
    except BROKEN as error:
        raise Unreadable(DAMAGED) from error
    if len(data) > limit:
        raise Unreadable(TOO_MUCH)
    return data

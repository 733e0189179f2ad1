"""How large a picture says it is, from its first bytes alone: what is too large to be drawn is refused as it comes in.

Nothing is decoded here, and what a picture says of itself is not believed later: the child process that draws it anew
(`cop.files.picture_child`) asks again.
"""

from __future__ import annotations

import struct
from typing import BinaryIO

from cop.files.kinds import Kind
from cop.files.problems import Unreadable

MAX_PIXELS = 50_000_000
"""What cameras of telephones make; its 200 MB fit into the memory a child process may use, with room to work."""
MAX_SIDE = 20_000
TOO_MANY = (
    f"The picture has more than {MAX_PIXELS // 1_000_000} million pixels, or is longer than {MAX_SIDE:,}. "
    "Make it smaller and upload that."
)
NOT_COMPLETE = "The picture is damaged or not complete. Save it again and upload that."
_MOST_SEGMENTS = 2_000


def check_picture(stream: BinaryIO, kind: Kind) -> None:
    """Raise `Unreadable`, in words for whoever uploads it, for a picture without a size or with too large a one."""
    stream.seek(0)
    try:
        width, height = _SIZES[kind](stream)
    except (struct.error, IndexError) as error:
        raise Unreadable(NOT_COMPLETE) from error
    judge_size(width, height)


def judge_size(width: int, height: int) -> None:
    """Raise `Unreadable` for a size that is none, or more than is drawn."""
    if width < 1 or height < 1:
        raise Unreadable(NOT_COMPLETE)
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise Unreadable(TOO_MANY)


def _of_png(stream: BinaryIO) -> tuple[int, int]:
    head = stream.read(24)
    if head[12:16] != b"IHDR":
        raise Unreadable(NOT_COMPLETE)
    width, height = struct.unpack(">II", head[16:24])
    return width, height


def _of_gif(stream: BinaryIO) -> tuple[int, int]:
    width, height = struct.unpack("<HH", stream.read(10)[6:10])
    return width, height


def _of_webp(stream: BinaryIO) -> tuple[int, int]:
    head = stream.read(30)
    form = head[12:16]
    if form == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if form == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + ((bits >> 14) & 0x3FFF)
    if form == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return width & 0x3FFF, height & 0x3FFF
    raise Unreadable(NOT_COMPLETE)


def _of_jpeg(stream: BinaryIO) -> tuple[int, int]:
    """The size stands in the frame header, behind any number of other segments."""
    stream.seek(2)
    for _ in range(_MOST_SEGMENTS):
        while (mark := stream.read(2)) and mark == b"\xff\xff":
            stream.seek(-1, 1)
        if mark[0] != 0xFF or mark[1] in (0xD9, 0xDA):
            break
        (length,) = struct.unpack(">H", stream.read(2))
        if 0xC0 <= mark[1] <= 0xCF and mark[1] not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", stream.read(5)[1:5])
            return width, height
        stream.seek(max(length, 2) - 2, 1)
    raise Unreadable(NOT_COMPLETE)


_SIZES = {Kind.PNG: _of_png, Kind.GIF: _of_gif, Kind.WEBP: _of_webp, Kind.JPEG: _of_jpeg}

"""Files inside a segment, read where they lie.

A segment is one memory-mapped file that holds several. Whoosh makes a copy of each in memory beside the map: 80 MB for
the index of 5,000 documents and 50,000 posts, in every process that searches.
"""

from __future__ import annotations

import io
from typing import Any

from cop.search.engine import BufferFile, compound


class MappedBytes(io.RawIOBase):
    """A stretch of a memory map as a file that is only read."""

    def __init__(self, stretch: memoryview) -> None:
        super().__init__()
        self._stretch = stretch
        self._at = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Copy what comes next; returns how many bytes that were."""
        found = self._stretch[self._at : self._at + len(buffer)]
        buffer[: len(found)] = found
        self._at += len(found)
        return len(found)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, counted from the start, from here or from the end."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: len(self._stretch)}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        """Where one is."""
        return self._at


class MappedFile(BufferFile):  # type: ignore[misc]
    """Whoosh's file over a buffer, without its copy."""

    def __init__(self, buf: memoryview, name: str | None = None, onclose: Any = None) -> None:
        super().__init__(b"", name=name, onclose=onclose)
        self._buf = buf
        self.file = io.BufferedReader(MappedBytes(buf))


def install() -> None:
    """Have every segment of this process opened like that: Whoosh has no other place to say it."""
    compound.BufferFile = MappedFile

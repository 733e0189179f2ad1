"""What happens to files."""

from __future__ import annotations

from dataclasses import dataclass

from cop.kernel.events import Event


@dataclass(frozen=True, slots=True)
class FileStored(Event):
    """An upload was proven and kept; `size` in bytes. The worker reads its text next."""

    file_id: int
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class FileRemoved(Event):
    """A file that nothing carries any more was removed with its text; its bytes go with the next sweep."""

    file_id: int


@dataclass(frozen=True, slots=True)
class FileTextExtracted(Event):
    """A file was read, with or without success; whoever owns the file indexes it again."""

    file_id: int
    searchable: bool

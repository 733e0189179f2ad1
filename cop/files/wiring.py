"""Wires files into the house: every stored file is delivered to the reader.

It is not in `cop.files.__init__`, because the child process imports that and must stay small.
"""

from __future__ import annotations

from cop.files.events import FileStored
from cop.files.pending import CONSUMER, extraction
from cop.files.store import Store
from cop.kernel.events import subscribe
from cop.kernel.outbox import Consumer


def register() -> None:
    """Subscribe the reader to stored files. Every process that stores files calls this at its start."""
    subscribe(FileStored, CONSUMER)


def consumers(store: Store) -> tuple[Consumer, ...]:
    """What the worker has to drain for files."""
    return (extraction(store),)

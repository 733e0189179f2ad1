"""Wires files into the house: every stored file is delivered to the reader.

It is not in `cop.files.__init__`, because the child process imports that and must stay small.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from cop.files.events import FileStored
from cop.files.extract import ReaderBroken
from cop.files.pending import CONSUMER, extraction, read_one_again, sweep
from cop.files.store import FileStore, Store
from cop.kernel.db import Database
from cop.kernel.events import subscribe
from cop.kernel.outbox import Consumer

log = logging.getLogger(__name__)


def register() -> None:
    """Subscribe the reader to stored files. Every process that stores files calls this at its start."""
    subscribe(FileStored, CONSUMER)


def consumers(store: Store) -> tuple[Consumer, ...]:
    """What the worker has to drain for files."""
    return (extraction(store),)


def rereading(store: Store) -> Callable[[Database], None]:
    """A chore for the worker: PDFs that were read before scans were recognised, one at a time until none is left.

    What the machine cannot do now it tries again when the worker is started next.
    """
    done = False

    def chore(db: Database) -> None:
        nonlocal done
        if done:
            return
        try:
            done = not read_one_again(db, store)
        except (OSError, ReaderBroken):
            log.exception("files of before are not read again for now")
            done = True

    return chore


def sweeping(store: FileStore, *, every: float = 3600.0) -> Callable[[Database], None]:
    """A chore for the worker: remove what uploads left behind that nobody claimed, every so many seconds."""
    due = time.monotonic()

    def chore(db: Database) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + every
            sweep(db, store)

    return chore

"""Moves what SQLite's write-ahead log holds into the database file, a little at a time and outside every request.

SQLite by itself lets the commit that fills the log do it, two flushes of the disk and a thousand pages: with 16
writers that was their slowest hundredth. Here a thread of its own does it after every few commits, when there is
little to move.

It holds the writer lock meanwhile, although SQLite would not ask for that: in versions before 3.51.3 a commit that
begins the log anew between two checkpoints can lose pages (sqlite.org/wal.html, "the WAL-reset bug"), and Pythons
bring older ones.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

log = logging.getLogger(__name__)

EVERY_COMMITS = 64
OWN_WAY_PAGES = 8_000
"""32 MB in pages of 4 kB. From then on SQLite's own way, within a commit, stands behind as a safety net."""


class Checkpointer:
    """Counts commits and, every so many, empties the log. Its thread starts with the first need and ends at `close`."""

    def __init__(self, path: Path, alone: Callable[[], AbstractContextManager[None]]) -> None:
        self._path = path
        self._alone = alone
        self._commits = 0
        self._due = threading.Event()
        self._ended = False
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def committed(self) -> None:
        """Tell of a commit; costs the caller nothing."""
        self._commits += 1
        if self._commits % EVERY_COMMITS:
            return
        if self._thread is None:
            self._start()
        self._due.set()

    def close(self) -> None:
        """End the thread and wait for it. What is left in the log, SQLite moves when the last connection closes."""
        self._ended = True
        self._due.set()
        if self._thread is not None:
            self._thread.join()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="checkpoint", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._due.wait()
            self._due.clear()
            if self._ended:
                return
            try:
                self._empty()
            except (sqlite3.Error, OSError):
                # A full disk, or a file taken away: writers say so themselves, and the log keeps what they wrote.
                log.exception("the write-ahead log could not be emptied; it is tried again")

    def _empty(self) -> None:
        """Move what no reader still needs. Never makes a database where there is none."""
        address = f"{self._path.resolve().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection, self._alone():
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()

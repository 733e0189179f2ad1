"""Facts of use: seen, downloaded, searched in vain. A reading page may note them; a short write stores them later.

GET never writes to the database. Notes wait in memory, are folded together by kind and key, and are flushed
every few seconds in one transaction; a crash may lose the last few seconds, which is agreed. Anything that must
not be lost is a POST instead.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from cop.kernel.db import Database, Tx

log = logging.getLogger(__name__)

Key = tuple[Any, ...]
Flusher = Callable[[Tx, Mapping[Key, int]], None]

MAX_WAITING = 20_000
FLUSH_SECONDS = 3.0
STOP_SECONDS = 5.0


class Usage:
    """Counts of notes by kind and key, and who writes each kind down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, Counter[Key]] = {}
        self._flushers: dict[str, Flusher] = {}
        self.dropped = 0

    def register(self, kind: str, flusher: Flusher) -> None:
        """Say who writes notes of this kind: `flusher(tx, {key: how often})`, in one write transaction."""
        self._flushers[kind] = flusher

    def note(self, kind: str, *key: Any) -> None:
        """Note one use. Never waits for the database; beyond `MAX_WAITING` keys new ones are dropped."""
        with self._lock:
            counter = self._waiting.setdefault(kind, Counter())
            if key not in counter and len(counter) >= MAX_WAITING:
                self.dropped += 1
                return
            counter[key] += 1

    def flush(self, db: Database) -> int:
        """Write all waiting notes in one transaction; return how many keys were written."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        if not waiting:
            return 0
        with db.transaction(write=True) as tx:
            for kind, counter in waiting.items():
                self._flushers[kind](tx, counter)
        return sum(len(counter) for counter in waiting.values())

    def run(self, db: Database, stop: threading.Event) -> None:
        """Flush every few seconds until `stop`, then once more; the body of a daemon thread."""
        while not stop.wait(FLUSH_SECONDS):
            self._flush_quietly(db)
        self._flush_quietly(db)

    def _flush_quietly(self, db: Database) -> None:
        try:
            self.flush(db)
        except Exception:
            log.exception("usage facts could not be written and are lost")


class UsageThread:
    """Flushes every few seconds, beside the requests of a web process."""

    def __init__(self, facts: Usage, db: Database) -> None:
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=facts.run, args=(db, self._stopped), name="usage", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it still flushes."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Flush once more and end; waits for it, but not for a database that is away."""
        self._stopped.set()
        self._thread.join(STOP_SECONDS)


usage = Usage()

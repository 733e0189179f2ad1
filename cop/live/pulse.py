"""The pulse: one thread that writes to sockets which were busy, and looks after the time of all sockets.

It replaces a writer thread and a ping thread for each socket. It never touches the database, so a slow query
cannot delay a frame or a ping.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import threading
import time
from collections.abc import Callable

from cop.live.wire import Wire

log = logging.getLogger(__name__)

TICK_SECONDS = 1.0
BUSY_TICK_SECONDS = 0.25


class Pulse:
    """Flushes busy wires as their sockets drain and calls `tick(now)` about once a second (monotonic seconds)."""

    def __init__(self, tick: Callable[[float], None]) -> None:
        self._tick = tick
        self._lock = threading.Lock()
        self._busy: set[Wire] = set()
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._wake_read, self._wake_write = -1, -1

    def start(self) -> None:
        """Start the thread unless it runs. Called with the first socket, so never before a fork."""
        with self._lock:
            if self._thread is not None:
                return
            self._wake_read, self._wake_write = os.pipe()
            os.set_blocking(self._wake_read, False)
            os.set_blocking(self._wake_write, False)
            self._thread = threading.Thread(target=self._run, name="live-pulse", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopped.set()
        self._wake()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def busy(self, wire: Wire) -> None:
        """Come back to this wire until its `flush()` says that nothing is left."""
        with self._lock:
            self._busy.add(wire)
        self._wake()

    @property
    def busy_count(self) -> int:
        """Wires that wait for a slow client, or for their end."""
        return len(self._busy)

    def _wake(self) -> None:
        # A full pipe wakes the thread as well as one more byte would.
        with contextlib.suppress(OSError):
            os.write(self._wake_write, b"\0")

    def _run(self) -> None:
        next_tick = time.monotonic() + TICK_SECONDS
        try:
            while not self._stopped.is_set():
                self._wait(next_tick)
                self._flush()
                now = time.monotonic()
                if now >= next_tick:
                    next_tick = now + TICK_SECONDS
                    self._guarded_tick(now)
        finally:
            os.close(self._wake_read)
            os.close(self._wake_write)

    def _wait(self, next_tick: float) -> None:
        with self._lock:
            busy = list(self._busy)
        poll = select.poll()
        poll.register(self._wake_read, select.POLLIN)
        for wire in busy:
            # A wire that drains with nothing left to write only waits for its deadline.
            descriptor = wire.fileno() if wire.waiting[0] else -1
            if descriptor >= 0:
                poll.register(descriptor, select.POLLOUT)
        timeout = min(next_tick - time.monotonic(), BUSY_TICK_SECONDS if busy else TICK_SECONDS)
        poll.poll(max(0.0, timeout) * 1000)
        with contextlib.suppress(BlockingIOError):
            while os.read(self._wake_read, 4096):
                pass

    def _flush(self) -> None:
        # The set is swapped first: a wire that becomes busy again during its flush is in the new one and not lost.
        with self._lock:
            busy, self._busy = self._busy, set()
        again = {wire for wire in busy if wire.flush()}
        with self._lock:
            self._busy |= again

    def _guarded_tick(self, now: float) -> None:
        try:
            self._tick(now)
        except Exception:
            log.exception("a tick of the live pulse failed")

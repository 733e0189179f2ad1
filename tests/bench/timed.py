"""The application with a stopwatch in front: how long each request kept the server, and how much of that it worked.

A bench lets a real server load `tests.bench.timed_app:app` instead of `wsgi:app`; every answer then carries a
`Server-Timing` header. The stopwatch starts when the request reaches the application and stops when its answer's
first part is ready, which for a page or a redirect is all of it. `write` is the part of it that went into write
transactions: from asking for one, over the wait for whoever writes before, to its end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from cop.kernel.db import Database, Tx

_written = threading.local()


def watch_writes() -> None:
    """From now on each thread of this process adds up how long its write transactions take."""
    original = Database.transaction

    @contextmanager
    def timed(self: Database, *, write: bool) -> Iterator[Tx]:
        began = time.perf_counter()
        try:
            with original(self, write=write) as tx:
                yield tx
        finally:
            if write:
                _written.seconds = getattr(_written, "seconds", 0.0) + time.perf_counter() - began

    Database.transaction = timed  # type: ignore[method-assign]


class Stopwatch:
    """WSGI in front of WSGI. `laps` keeps (path, milliseconds, milliseconds of processor) when `keep` is set."""

    def __init__(self, inner: Any, *, keep: bool = False) -> None:
        self._inner = inner
        self._keep = keep
        self.laps: list[tuple[str, float, float]] = []

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        began, worked = time.perf_counter(), time.thread_time()
        _written.seconds = 0.0

        def timed(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            took, busy = (time.perf_counter() - began) * 1000, (time.thread_time() - worked) * 1000
            if self._keep:
                self.laps.append((environ["PATH_INFO"], took, busy))
            parts = f"app;dur={took:.2f}, cpu;dur={busy:.2f}, write;dur={_written.seconds * 1000:.2f}"
            return start_response(status, [*headers, ("Server-Timing", parts)], *rest)

        answer: Iterable[bytes] = self._inner(environ, timed)
        return answer


def watched(app: Flask, *, keep: bool = False) -> Stopwatch:
    """Put a stopwatch in front of an app and return it."""
    stopwatch = Stopwatch(app.wsgi_app, keep=keep)
    app.wsgi_app = stopwatch  # type: ignore[method-assign]
    return stopwatch

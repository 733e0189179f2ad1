"""How often one person, or one stranger's address, may change something: a moving window of a minute, in memory.

Counted per person when signed in: a whole council may come from one address. Counted here in a few lines, because the
usual library's memory store starts a thread each time it counts, which was a twelfth of what posting a reply costs.
"""

from __future__ import annotations

import threading
import time
from collections import deque

from flask import Flask, current_app, request

from cop.kernel.access import Actor
from cop.kernel.errors import RateLimited
from cop.web.edge import edge

MINUTE = 60.0
_EXTENSION = "cop.limits"


class Window:
    """When each did something within the last minute; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._times: dict[str, deque[float]] = {}
        self._swept = time.monotonic()

    def hit(self, who: str, most: int) -> bool:
        """Count one more, unless there were `most` within the last minute; what is refused is not counted."""
        now = time.monotonic()
        with self._lock:
            self._sweep(now)
            times = self._times.setdefault(who, deque())
            while times and times[0] <= now - MINUTE:
                times.popleft()
            if len(times) >= most:
                return False
            times.append(now)
            return True

    def _sweep(self, now: float) -> None:
        """Once a minute, forget whoever did nothing for a minute: strangers' addresses never end."""
        if now - self._swept < MINUTE:
            return
        self._swept = now
        idle = [who for who, times in self._times.items() if not times or times[-1] <= now - MINUTE]
        for who in idle:
            del self._times[who]

    def __len__(self) -> int:
        return len(self._times)


def install(app: Flask) -> None:
    """Give the app its counters."""
    app.extensions[_EXTENSION] = Window()


def spend(actor: Actor) -> None:
    """Count one change by this actor; raise RateLimited when it was one too many."""
    who = f"person:{actor.person_id}" if actor.signed_in else f"address:{request.remote_addr}"
    window: Window = current_app.extensions[_EXTENSION]
    if not window.hit(who, edge().settings.rate_limit):
        raise RateLimited("You have done a lot in the last minute. Wait a minute and try again.", 60)

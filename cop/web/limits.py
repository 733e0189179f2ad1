"""How often one person, or one stranger's address, may change something. The `limits` library counts, in memory.

Counted per person when signed in: a whole council may come from one address.
"""

from __future__ import annotations

from flask import Flask, current_app, request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from cop.kernel.access import Actor
from cop.kernel.errors import RateLimited
from cop.web.edge import edge

_EXTENSION = "cop.limits"


def install(app: Flask) -> None:
    """Give the app its counters."""
    app.extensions[_EXTENSION] = MovingWindowRateLimiter(MemoryStorage())


def spend(actor: Actor) -> None:
    """Count one change by this actor; raise RateLimited when it was one too many."""
    allowed = RateLimitItemPerMinute(edge().settings.rate_limit)
    who = f"person:{actor.person_id}" if actor.signed_in else f"address:{request.remote_addr}"
    if not _limiter().hit(allowed, who):
        raise RateLimited("You have done a lot in the last minute. Wait a minute and try again.", 60)


def _limiter() -> MovingWindowRateLimiter:
    limiter: MovingWindowRateLimiter = current_app.extensions[_EXTENSION]
    return limiter

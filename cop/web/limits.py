"""How often one person, or one stranger's address, may change something: token buckets in memory.

Counted per person when signed in: a whole council may come from one address.
"""

from __future__ import annotations

from flask import Flask, request

from cop.kernel.access import Actor
from cop.kernel.buckets import Buckets, Rate
from cop.kernel.errors import RateLimited
from cop.web.addresses import line_of
from cop.web.edge import edge, use


def install(app: Flask) -> None:
    """Give the app its buckets."""
    app.extensions["cop"].parts[Buckets] = Buckets()


def spend(actor: Actor) -> None:
    """Count one change by this actor; raise RateLimited when it was one too many."""
    a_minute = edge().settings.rate_limit
    who = ("person", actor.person_id) if actor.signed_in else ("address", line_of(request.remote_addr))
    wait = use(Buckets).take(who, Rate(per_second=a_minute / 60, burst=a_minute))
    if wait:
        raise RateLimited("You have done a lot in the last minute. Wait a minute and try again.", wait)

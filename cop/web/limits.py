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


def spend(actor: Actor, own: tuple[str, Rate] | None = None) -> None:
    """Count one change by this actor; raise RateLimited when it was one too many.

    `own` is the name and the rate of an act that is counted by itself, such as saving what is being typed: it must not
    use up what a person may do on purpose.
    """
    a_minute = edge().settings.rate_limit
    name, rate = own or ("", Rate(per_second=a_minute / 60, burst=a_minute))
    who = ("person", actor.person_id) if actor.signed_in else ("address", line_of(request.remote_addr))
    wait = use(Buckets).take((*who, name), rate)
    if wait:
        raise RateLimited("You have done a lot in the last minute. Wait a minute and try again.", wait)

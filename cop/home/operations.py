"""The platform admin's page: how the service is running, what the worker gave up on, and who can be added.

It shows counts and states, never content: a platform admin is not a reader of it (PRODUCT.md).
"""

from __future__ import annotations

from cop.accounts import joining, merging
from cop.kernel import outbox
from cop.kernel.access import PLATFORM_ADMIN, Actor
from cop.kernel.db import Tx
from cop.live.hub import Hub
from cop.web.area import Area
from cop.web.edge import edge, use
from cop.web.templating import page

area = Area("operations", __name__)

CONSUMER_WORDS = {
    "search": "Search index",
    "extract": "Reading documents",
    "mail": "Email",
    "arrivals": "Telling admins",
    "teams": "What leavers had to do",
}


@area.get("/admin", access=PLATFORM_ADMIN)
def running(actor: Actor, tx: Tx) -> str:
    """What waits, what was given up, and how many live connections there are."""
    rows = [
        (CONSUMER_WORDS.get(name, name), due, parked)
        for name, (due, parked) in sorted(outbox.waiting(edge().db).items())
    ]
    waiting = joining.organisations_waiting(actor, tx=tx)
    return page(
        "home/running.html",
        rows=rows,
        live=use(Hub).health(),
        failures=outbox.parked(edge().db),
        waiting=waiting,
        merges=merging.under_way(actor, tx=tx),
    )

"""The platform admin's page: how the service is running, what the worker gave up on, and who can be added.

It shows counts and states, never content: a platform admin is not a reader of it (PRODUCT.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import request
from werkzeug.wrappers import Response

from cop.accounts import joining, merging
from cop.home import deliveries
from cop.kernel import outbox
from cop.kernel.access import PLATFORM_ADMIN, Actor
from cop.kernel.db import Tx
from cop.kernel.outbox import Failure
from cop.live.hub import Hub
from cop.web.area import Area
from cop.web.edge import edge, use
from cop.web.templating import flash, page, see_other

area = Area("operations", __name__)

CONSUMER_WORDS = {
    "search": "Search index",
    "extract": "Reading documents",
    "mail": "Email",
    "arrivals": "Telling admins",
    "teams": "What leavers had to do",
    "library_news": "Telling of new versions",
    "comparing": "Comparing versions",
}


KIND_WORDS = {
    "FileStored": "A document to be read",
    "FileTextExtracted": "The text of a document",
    "MailQueued": "An email",
}
"""What it was about, where the name of the event does not say it plainly."""


@dataclass(frozen=True, slots=True)
class Line:
    """A delivery in words."""

    id: int
    work: str
    about: str
    error: str
    since: datetime
    tries: int


def _line(failure: Failure) -> Line:
    work = CONSUMER_WORDS.get(failure.consumer, failure.consumer)
    about = KIND_WORDS.get(failure.event_kind, failure.event_kind)
    return Line(
        failure.id, work, f"{about} (event {failure.event_id})", failure.error, failure.since, failure.tries
    )


@area.get("/admin/deliveries", access=PLATFORM_ADMIN)
def parked(actor: Actor, tx: Tx) -> str:
    """Work that was given up, with a way to have it tried again."""
    found = deliveries.page_of(actor, tx=tx, after=request.args.get("after"))
    return page(
        "home/deliveries.html",
        lines=[_line(failure) for failure in found.rows],
        older=f"/admin/deliveries?after={found.older}" if found.older else None,
        first="/admin/deliveries" if request.args.get("after") else None,
    )


@area.post("/admin/deliveries/retry", access=PLATFORM_ADMIN)
def retry_all(actor: Actor, tx: Tx) -> Response:
    """Try all of it again."""
    count = deliveries.retry_all(actor, tx=tx)
    flash(f"{count} {'is' if count == 1 else 'are'} tried again.")
    return see_other("/admin/deliveries")


@area.post("/admin/deliveries/<int:delivery_id>/retry", access=PLATFORM_ADMIN)
def retry(actor: Actor, tx: Tx, delivery_id: int) -> Response:
    """Try one again."""
    deliveries.retry(actor, tx=tx, delivery_id=delivery_id)
    flash("It is tried again. If it fails once more, it comes back here.")
    return see_other("/admin/deliveries")


@area.get("/admin/deliveries/<int:delivery_id>/drop", access=PLATFORM_ADMIN)
def drop_page(actor: Actor, tx: Tx, delivery_id: int) -> str:
    """Asking before something is let go of."""
    return page("home/delivery_drop.html", line=_line(deliveries.one(actor, tx=tx, delivery_id=delivery_id)))


@area.post("/admin/deliveries/<int:delivery_id>/drop", access=PLATFORM_ADMIN)
def drop(actor: Actor, tx: Tx, delivery_id: int) -> Response:
    """Let go of one."""
    deliveries.drop(actor, tx=tx, delivery_id=delivery_id)
    flash("It has been dropped and will not be done.")
    return see_other("/admin/deliveries")


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

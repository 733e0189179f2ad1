"""Work that was given up: to look at, to try again, or to let go of. What it was about is a kind and a number, no word.

For the platform admin, who runs the service and reads no content.
"""

from __future__ import annotations

from cop.home.events import DeliveryDropped, DeliveryRetried
from cop.kernel import outbox, paging
from cop.kernel.access import ALLOWED as YES
from cop.kernel.access import Actor, Verdict, refused, require
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.kernel.events import record
from cop.kernel.outbox import Failure

_POSITION = (int,)


def can_manage(actor: Actor) -> Verdict:
    """The platform admin."""
    return YES if actor.is_platform_admin else refused("Only a platform admin can do this.")


def page_of(actor: Actor, *, tx: Tx, after: str | None = None) -> paging.Page[Failure]:
    """What was given up, newest first. One query."""
    require(can_manage(actor))
    position = paging.decode(after, _POSITION)
    before = int(position[0]) if position is not None else None
    found = outbox.given_up(tx, before=before, limit=paging.PAGE_SIZE + 1)
    rows = found[: paging.PAGE_SIZE]
    return paging.Page(rows, paging.encode((rows[-1].id,)) if len(found) > len(rows) else None)


def one(actor: Actor, *, tx: Tx, delivery_id: int) -> Failure:
    """One delivery that was given up; NotFound for any other."""
    require(can_manage(actor))
    found = outbox.given_up(tx, only=delivery_id, limit=1)
    if not found:
        raise NotFound
    return found[0]


def retry(actor: Actor, *, tx: Tx, delivery_id: int) -> None:
    """Put one back into the queue; NotFound when it was not given up, or somebody was quicker."""
    failure = one(actor, tx=tx, delivery_id=delivery_id)
    if not outbox.put_back(tx, delivery_id):
        raise NotFound
    record(tx, actor, DeliveryRetried(failure.id, failure.consumer, failure.event_id))


def retry_all(actor: Actor, *, tx: Tx) -> int:
    """Put back all that is given up now; returns how many."""
    require(can_manage(actor))
    failures = outbox.given_up(tx, limit=None)
    back = [failure for failure in failures if outbox.put_back(tx, failure.id)]
    for failure in back:
        record(tx, actor, DeliveryRetried(failure.id, failure.consumer, failure.event_id))
    return len(back)


def drop(actor: Actor, *, tx: Tx, delivery_id: int) -> None:
    """Let go of one; NotFound when it was not given up, or somebody was quicker."""
    failure = one(actor, tx=tx, delivery_id=delivery_id)
    if not outbox.let_go(tx, delivery_id):
        raise NotFound
    record(tx, actor, DeliveryDropped(failure.id, failure.consumer, failure.event_id))

"""An account was decided about: the invitation that waited for it goes on. Accounts stand below and send events."""

from __future__ import annotations

from collections.abc import Sequence

from cop.accounts.events import JoiningDecided, JoiningProved
from cop.kernel.access import SYSTEM
from cop.kernel.db import Database
from cop.kernel.events import subscribe
from cop.kernel.outbox import Consumer, Delivery
from cop.teams import invitations

CONSUMER = "invitations"


def register() -> None:
    """Subscribe; every process needs it."""
    subscribe(JoiningDecided, CONSUMER)
    subscribe(JoiningProved, CONSUMER)


def consumer() -> Consumer:
    """What the worker has to drain."""
    return Consumer(CONSUMER, _handle)


def _handle(db: Database, deliveries: Sequence[Delivery]) -> None:
    for delivery in deliveries:
        number = int(delivery.payload["registration_id"])
        with db.transaction(write=True) as tx:
            invitations.settle_registration(SYSTEM, tx=tx, registration_id=number)

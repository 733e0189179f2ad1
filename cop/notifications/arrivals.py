"""Tells admins that somebody waits to be let in. Accounts stand below, so the news comes to us as an event."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from cop.accounts import joining
from cop.accounts.events import JoiningProved
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database, Tx
from cop.kernel.events import subscribe
from cop.kernel.outbox import Consumer, Delivery
from cop.notifications import service
from cop.notifications.kinds import KINDS, Described, Kind
from cop.notifications.needs import NEEDS, Need, Source

CONSUMER, KIND = "arrivals", "joining"


def register() -> None:
    """Subscribe to what happens, and say what such a notice is about. Every process needs it."""
    subscribe(JoiningProved, CONSUMER)
    NEEDS.provide(Source("joining", _needs, joining.places_waiting))
    KINDS.provide(Kind(KIND, _describe, "somebody asked for an account at your organisation", at_once=True))


def consumer() -> Consumer:
    """What the worker has to drain."""
    return Consumer(CONSUMER, _handle)


def _needs(actor: Actor, tx: Tx, today: date) -> Sequence[Need]:
    """One line for each organisation where somebody waits for the actor."""
    if actor.is_platform_admin:
        places = joining.organisations_waiting(actor, tx=tx)
    elif (count := joining.waiting_count(actor, tx=tx)) and actor.organisation_id is not None:
        places = [(actor.organisation_id, actor.organisation_name, count)]
    else:
        return []
    return [
        Need(
            f"{_who(count)} to be let in at {name}",
            f"/organisations/{number}/people",
            "You decide who comes in",
        )
        for number, name, count in places
    ]


def _who(count: int) -> str:
    return "Somebody waits" if count == 1 else f"{count} people wait"


def _handle(db: Database, deliveries: Sequence[Delivery]) -> None:
    for delivery in deliveries:
        if not delivery.payload["waits"]:
            continue
        with db.transaction(write=True) as tx:
            organisation_id = int(delivery.payload["organisation_id"])
            admins = joining.admins_of(SYSTEM, tx=tx, organisation_id=organisation_id)
            number = int(delivery.payload["registration_id"])
            service.tell(SYSTEM, tx=tx, kind=KIND, subject_id=number, person_ids=admins)


def _describe(actor: Actor, tx: Tx, ids: Collection[int]) -> Mapping[int, Described]:
    """Requests that wait still; who asks is told on the page, not in an email."""
    found = joining.organisations_of(actor, tx=tx, registration_ids=list(ids))
    words = "Somebody waits to be let in"
    return {
        number: Described(
            f"{words} at {name}", f"/organisations/{organisation_id}/people", "", words, needs=True
        )
        for number, (organisation_id, name) in found.items()
    }

"""The event log: what happened, who did it, when. It is the audit trail, so it is append-only.

`record()` writes in the caller's transaction: the event row, and one delivery row for each slow consumer that
subscribed to this kind of event. Payloads hold ids and facts, never personal text. The worker hash-chains the
rows afterwards (`kernel.audit`), which keeps the chain out of every write's way.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import cast

from sqlalchemy import ForeignKey, Index, String, Table, Text, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from cop.kernel.access import Actor
from cop.kernel.db import Base, Tx, UtcDateTime

KIND_LENGTH = 64
CONSUMER_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events: a frozen dataclass named in the past tense whose fields are ids and facts."""

    @property
    def event_kind(self) -> str:
        """The class's name, which is the event's name in the log and in docs/events.md."""
        return type(self).__name__

    def payload(self) -> dict[str, int | str | bool | None]:
        """The event's facts, as they are stored."""
        return asdict(self)


class EventRow(Base):
    """One thing that happened. Rows are never changed or deleted; a trigger in the database says so too."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_kind_id", "kind", "id"),
        Index("ix_event_person_id_id", "person_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(KIND_LENGTH))
    person_id: Mapped[int | None]
    organisation_id: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    payload: Mapped[str] = mapped_column(Text)


class DeliveryRow(Base):
    """One event waiting for one consumer; deleted when the consumer is done, parked after too many tries."""

    __tablename__ = "delivery"
    __table_args__ = (Index("ix_delivery_consumer_parked_not_before", "consumer", "parked", "not_before"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
    consumer: Mapped[str] = mapped_column(String(CONSUMER_LENGTH))
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    parked: Mapped[bool] = mapped_column(default=False)
    last_error: Mapped[str | None] = mapped_column(Text)


# Made once, and from tables instead of classes: every write of the house passes here, and takes half the time so.
_EVENTS = cast(Table, EventRow.__table__)
_NEW_EVENT = insert(_EVENTS).returning(_EVENTS.c.id)
_NEW_DELIVERY = insert(cast(Table, DeliveryRow.__table__))

_subscriptions: dict[str, set[str]] = defaultdict(set)


def subscribe(event_type: type[Event], consumer: str) -> None:
    """From now on each `event_type` leaves a delivery for `consumer`. Saying it twice changes nothing."""
    _subscriptions[event_type.__name__].add(consumer)


def consumers_of(kind: str) -> tuple[str, ...]:
    """The consumers subscribed to events of this kind, sorted."""
    return tuple(sorted(_subscriptions.get(kind, ())))


def all_event_types() -> dict[str, type[Event]]:
    """Every event class that exists, by name; the documentation is checked against it."""
    found: dict[str, type[Event]] = {}
    queue = list(Event.__subclasses__())
    while queue:
        event_type = queue.pop()
        queue.extend(event_type.__subclasses__())
        found[event_type.__name__] = event_type
    return dict(sorted(found.items()))


def how_many(tx: Tx, event_types: Sequence[type[Event]]) -> int:
    """How many events of these kinds there are: it grows whenever one more happens.

    A count, because the newest id would miss one with a lower id that commits after it was read (PostgreSQL). Only
    for kinds of which few happen: it reads an index from end to end.
    """
    kinds = [event_type.__name__ for event_type in event_types]
    counted = select(func.count()).select_from(EventRow).where(EventRow.kind.in_(kinds))
    return tx.session.execute(counted).scalar_one()


def record(tx: Tx, actor: Actor, event: Event, *, not_before: datetime | None = None) -> int:
    """Write `event` as done by `actor` and its deliveries, in this transaction; return the event's id.

    `not_before` delays the deliveries (a reminder, a closing), not the event itself.
    """
    if not tx.write:
        raise RuntimeError("an event can only be recorded in a write transaction")
    payload = event.payload()
    for field in fields(event):
        if not isinstance(payload[field.name], int | str | bool | None):
            raise TypeError(
                f"{event.event_kind}.{field.name} must be an id or a fact, not {type(payload[field.name])}"
            )
    now = tx.now()
    event_id: int = tx.rows(
        _NEW_EVENT,
        {
            "kind": event.event_kind,
            "person_id": actor.person_id,
            "organisation_id": actor.organisation_id,
            "at": now,
            "payload": json.dumps(payload, sort_keys=True, separators=(",", ":")),
        },
    ).scalar_one()
    waiting = [
        {
            "event_id": event_id,
            "consumer": consumer,
            "not_before": not_before or now,
            "attempts": 0,
            "parked": False,
        }
        for consumer in consumers_of(event.event_kind)
    ]
    if waiting:
        tx.rows(_NEW_DELIVERY, waiting)
    return event_id

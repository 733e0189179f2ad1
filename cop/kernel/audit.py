"""The hash chain over the event log: each link covers the event and the link before it.

The worker adds links in batches; `verify` walks the chain and names the first break, and how many events at the
end are not chained yet. Links are kept apart from the events, because event rows are never touched again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ForeignKey, String, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from cop.kernel.db import Base, Database, Tx
from cop.kernel.events import EventRow

GENESIS = "0" * 64
BATCH = 200
LATE = 10_000
"""How many ids behind the newest chained event are looked at each time: on PostgreSQL a lower id may commit later."""


class EventLink(Base):
    """A link of the chain. `position` is its own order: ids of events may become visible out of order."""

    __tablename__ = "event_link"

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"), unique=True)
    digest: Mapped[str] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class Audit:
    """Result of a walk: links checked, the event where the chain breaks (None when whole), events unchained."""

    checked: int
    broken_at: int | None
    unchained: int


def _digest(previous: str, event: EventRow) -> str:
    facts = (
        previous,
        str(event.id),
        event.kind,
        str(event.person_id),
        str(event.organisation_id),
        event.at.isoformat(),
        event.payload,
    )
    return hashlib.sha256("\x1f".join(facts).encode()).hexdigest()


def _unchained(tx: Tx, *, whole: bool) -> Sequence[EventRow]:
    newest = tx.session.execute(select(func.max(EventLink.event_id))).scalar_one() or 0
    return tx.session.scalars(
        select(EventRow)
        .outerjoin(EventLink, EventLink.event_id == EventRow.id)
        .where(EventLink.event_id.is_(None), EventRow.id > (0 if whole else newest - LATE))
        .order_by(EventRow.id)
        .limit(BATCH)
    ).all()


def extend_chain(db: Database, *, whole: bool = False) -> int:
    """Chain up to `BATCH` events that have no link yet; return how many. Only the worker calls it.

    They are looked for by a reader, because event rows never change and a log of years takes a while to look
    through: with 300,000 events the search held up every writer for half a second. Events more than `LATE` ids
    behind the newest chained one are only looked for when `whole`.
    """
    with db.transaction(write=False) as tx:
        events = _unchained(tx, whole=whole)
    if not events:
        return 0
    links = []
    with db.transaction(write=True) as tx:
        last = tx.session.execute(
            select(EventLink.position, EventLink.digest).order_by(EventLink.position.desc()).limit(1)
        ).first()
        position, digest = (last.position, last.digest) if last else (0, GENESIS)
        for event in events:
            position, digest = position + 1, _digest(digest, event)
            links.append({"position": position, "event_id": event.id, "digest": digest})
        tx.session.execute(insert(EventLink), links)
    return len(links)


def verify(tx: Tx) -> Audit:
    """Walk the whole chain. An event deleted, changed or put between two others breaks it."""
    total = tx.session.execute(select(func.count()).select_from(EventRow)).scalar_one()
    links = tx.session.execute(select(func.count()).select_from(EventLink)).scalar_one()
    digest, checked = GENESIS, 0
    query = (
        select(EventLink, EventRow)
        .outerjoin(EventRow, EventRow.id == EventLink.event_id)
        .order_by(EventLink.position)
        .execution_options(yield_per=1000)
    )
    with tx.session.execute(query) as rows:
        for link, event in rows:
            if event is None or link.position != checked + 1 or _digest(digest, event) != link.digest:
                return Audit(checked, link.event_id, total - links)
            digest, checked = link.digest, checked + 1
    return Audit(checked, None, total - links)

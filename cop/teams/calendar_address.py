"""The personal address by which a calendar program reads the days of somebody's teams: made, made anew, taken back.

Calendar programs cannot sign in, so the address itself carries a secret. It opens the dates of teams that its owner may
read at that moment, and nothing else. Only its hash is stored, so it is shown once; a new one ends the old one.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select

from cop.accounts.sessions import actor_of
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.kernel.events import record
from cop.kernel.ids import new_token, token_hash
from cop.teams import events
from cop.teams.models import CalendarAddressRow


def made_at(actor: Actor, *, tx: Tx) -> datetime | None:
    """When the actor's address was made; None without one."""
    return tx.session.scalar(
        select(CalendarAddressRow.made_at).where(CalendarAddressRow.person_id == actor.person_id)
    )


def make(actor: Actor, *, tx: Tx) -> str:
    """Make the actor's secret, or a new one in place of the old, and return it: it is stored nowhere."""
    if actor.person_id is None:
        raise NotFound
    token = new_token()
    tx.session.execute(delete(CalendarAddressRow).where(CalendarAddressRow.person_id == actor.person_id))
    tx.session.add(
        CalendarAddressRow(person_id=actor.person_id, token_hash=token_hash(token), made_at=tx.now())
    )
    tx.session.flush()
    record(tx, actor, events.CalendarAddressMade(actor.person_id))
    return token


def take_back(actor: Actor, *, tx: Tx) -> None:
    """End the actor's address without a new one."""
    gone = tx.session.execute(
        delete(CalendarAddressRow)
        .where(CalendarAddressRow.person_id == actor.person_id)
        .returning(CalendarAddressRow.person_id)
    ).first()
    if gone is not None:
        assert actor.person_id is not None
        record(tx, actor, events.CalendarAddressEnded(actor.person_id))


def reader(tx: Tx, token: str) -> Actor:
    """Whoever has this secret, as they stand now; NotFound for none, and for who may not sign in any more."""
    person_id = tx.session.scalar(
        select(CalendarAddressRow.person_id).where(CalendarAddressRow.token_hash == token_hash(token))
    )
    actor = actor_of(tx, person_id) if person_id is not None else None
    if actor is None or not actor.signed_in:
        raise NotFound
    return actor

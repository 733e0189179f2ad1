"""Places on a team, and beside it as a guest: taken and given up in one way, however somebody came to them.

These functions ask no policy: whoever calls them has. They hold the team's row already, so that two at once wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.kernel.events import record
from cop.live import publish
from cop.teams import events, joining_events
from cop.teams.joining_models import GuestRow, RequestRow
from cop.teams.models import MemberRow, TeamRow


@dataclass(frozen=True, slots=True)
class Placed:
    """Somebody's place on a team that is loaded whole, with the moment they joined."""

    person_id: int
    role: str
    function: str
    title: str
    joined_at: datetime


@dataclass(frozen=True, slots=True)
class Thing:
    """What an invitation names, and a guest is a guest of: the team itself, or one thing of it."""

    team_id: int
    kind: str
    id: int


def hold(tx: Tx, team_id: int) -> TeamRow:
    """The team with its present members, locked, for whoever needs no right to see it: they were invited."""
    row = tx.session.execute(
        select(TeamRow)
        .where(TeamRow.id == team_id)
        .options(selectinload(TeamRow.members))
        .with_for_update(of=TeamRow)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def put(actor: Actor, tx: Tx, team_id: int, place: Placed) -> None:
    """Put somebody on the team. As a guest of it they are not needed any more: the place holds all that was named."""
    tx.session.add(
        MemberRow(
            team_id=team_id,
            person_id=place.person_id,
            role=place.role,
            function=place.function,
            title=place.title,
            joined_at=place.joined_at,
        )
    )
    tx.session.flush()
    record(tx, actor, events.MemberAdded(team_id, place.person_id, place.role, place.function))
    end_guest(actor, tx, team_id, place.person_id)
    asked = tx.session.scalars(
        select(RequestRow).where(
            RequestRow.team_id == team_id, RequestRow.person_id == place.person_id, RequestRow.state == "open"
        )
    ).first()
    if asked is not None:
        # They are on it in another way than they asked for, so nobody has to answer any more.
        asked.state, asked.decided_at, asked.decided_by = "accepted", tx.now(), actor.person_id
        tx.session.flush()
        record(tx, actor, joining_events.JoiningTeamAnswered(asked.id, team_id, asked.person_id, "accepted"))


def admit_guest(actor: Actor, tx: Tx, thing: Thing, person_id: int, *, may_write: bool) -> None:
    """Make somebody a guest; who is one already may write from now on if this says so, and loses nothing."""
    row = tx.session.scalars(
        select(GuestRow).where(
            GuestRow.thing == thing.kind,
            GuestRow.thing_id == thing.id,
            GuestRow.person_id == person_id,
            GuestRow.ended_at.is_(None),
        )
    ).first()
    if row is not None:
        row.may_write = row.may_write or may_write
        return
    row = GuestRow(
        team_id=thing.team_id,
        thing=thing.kind,
        thing_id=thing.id,
        person_id=person_id,
        may_write=may_write,
        since=tx.now(),
    )
    tx.session.add(row)
    tx.session.flush()
    record(tx, actor, joining_events.GuestAdmitted(row.id, thing.team_id, thing.kind, thing.id, person_id))


def end_guest(actor: Actor, tx: Tx, team_id: int, person_id: int, guest_id: int | None = None) -> int:
    """End one guest's standing, or all that somebody has in a team; returns how many ended."""
    query = select(GuestRow).where(
        GuestRow.team_id == team_id, GuestRow.person_id == person_id, GuestRow.ended_at.is_(None)
    )
    if guest_id is not None:
        query = query.where(GuestRow.id == guest_id)
    rows = tx.session.scalars(query.order_by(GuestRow.id)).all()
    for row in rows:
        row.ended_at = tx.now()
        record(tx, actor, joining_events.GuestEnded(row.id, team_id, person_id))
    if rows:
        tx.session.flush()
        publish.recheck(tx, person_id=person_id)
    return len(rows)

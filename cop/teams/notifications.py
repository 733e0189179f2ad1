"""What people are told about teams: something was given to them, something lost its owner, a team comes to its end.

Nobody is told of what they may not see at that moment, and an email says no more than that there is something.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.sql import ColumnElement

from cop.accounts.events import PersonSuspended
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.clock import utc_now
from cop.kernel.db import Database, Tx
from cop.kernel.events import record, subscribe
from cop.kernel.outbox import Consumer, Delivery
from cop.notifications import service as notices
from cop.notifications.kinds import KINDS, Described, Kind
from cop.teams import events, open_items, opening, policy, queries
from cop.teams.models import MemberRow, OpenItemRow, TeamRow
from cop.teams.timeline import TEAM_END
from cop.teams.wording import days_left
from cop.web.dates import in_london, on_date

CONSUMER = "teams"
NEAR = timedelta(days=7)
"""So long before its end date a team's lead is told of it."""
AT_WORK = ("active", "finishing")


def register() -> None:
    """Subscribe to what happens, and say what such notices are about. Every process needs it."""
    subscribe(PersonSuspended, CONSUMER)
    KINDS.provide(Kind(open_items.GIVEN, _given, "something on a team’s list was given to you", at_once=True))
    KINDS.provide(
        Kind(open_items.OWNERLESS, _ownerless, "an open item of a team you lead has no owner", at_once=True)
    )
    KINDS.provide(Kind(opening.OPENED, opening.described, "more people can read what a team of yours writes"))
    KINDS.provide(Kind(TEAM_END, _ending, "a team you lead comes to its end", at_once=True))


def consumer() -> Consumer:
    """What the worker has to drain: who leaves the house leaves what they had to do."""
    return Consumer(CONSUMER, _handle)


def _handle(db: Database, deliveries: Sequence[Delivery]) -> None:
    for delivery in deliveries:
        with db.transaction(write=True) as tx:
            open_items.lose_owner(SYSTEM, tx=tx, person_id=int(delivery.payload["person_id"]))


def _managed(actor: Actor) -> ColumnElement[bool]:
    return TeamRow.id.in_(
        select(MemberRow.team_id).where(
            MemberRow.person_id == actor.person_id,
            MemberRow.left_at.is_(None),
            MemberRow.role.in_(policy.MANAGERS),
        )
    )


def _open(ids: Collection[int], allowed: ColumnElement[bool], tx: Tx) -> Sequence[tuple[OpenItemRow, str]]:
    rows = tx.session.execute(
        select(OpenItemRow, TeamRow.name)
        .join(TeamRow, TeamRow.id == OpenItemRow.team_id)
        .where(OpenItemRow.id.in_(set(ids)), OpenItemRow.state == "open", TeamRow.status != "closed", allowed)
    )
    return [(row.OpenItemRow, row.name) for row in rows]


def _given(actor: Actor, tx: Tx, ids: Collection[int]) -> Mapping[int, Described]:
    """Open items of teams the actor is on: who is asked for something must be able to do it."""
    return {
        item.id: Described(
            item.title,
            f"/teams/{item.team_id}/items",
            f"Given to you in {name}",
            "Something to do was given to you in a team you are on",
            needs=True,
            due=item.due,
        )
        for item, name in _open(ids, TeamRow.id.in_(queries.own_ids(actor)), tx)
    }


def _ownerless(actor: Actor, tx: Tx, ids: Collection[int]) -> Mapping[int, Described]:
    """Items without owner of teams the actor runs."""
    return {
        item.id: Described(
            f"Nobody has this any more: {item.title}",
            f"/teams/{item.team_id}/items/{item.id}",
            f"Its owner left. Find another for {name}, or hand it over.",
            "An open item of a team you lead has no owner any more",
            needs=True,
            due=item.due,
        )
        for item, name in _open(ids, _managed(actor), tx)
        if item.owner_id is None
    }


def _ending(actor: Actor, tx: Tx, ids: Collection[int]) -> Mapping[int, Described]:
    """Teams at work that the actor runs and that come to an end, or have passed it."""
    rows = tx.session.execute(
        select(TeamRow.id, TeamRow.name, TeamRow.end_date).where(
            TeamRow.id.in_(set(ids)),
            TeamRow.status.in_(AT_WORK),
            TeamRow.end_date.is_not(None),
            _managed(actor),
        )
    )
    now = in_london(utc_now())
    found = {}
    for row in rows:
        past = row.end_date < now
        ends = f"is {days_left(row.end_date, now)}" if past else f"ends on {on_date(row.end_date, now)}"
        found[row.id] = Described(
            f"{row.name} {ends}",
            f"/teams/{row.id}/steps",
            "Close the team, or ask the board to move its end date"
            if past
            else "See what is missing before it can close",
            "A team you lead is past its end date" if past else "A team you lead comes to its end date",
            needs=True,
            due=row.end_date,
        )
    return found


def tell_of_end_dates(db: Database) -> None:
    """The worker's round: tell leads once that their team ends within a week, and once that it is past its end date."""
    with db.transaction(write=False) as tx:
        due = list(tx.session.scalars(_to_tell(tx)))
    for team_id in due:
        with db.transaction(write=True) as tx:
            _tell_of_end(tx, team_id)


def _to_tell(tx: Tx) -> Select[int]:
    today = in_london(tx.now())
    near = and_(
        TeamRow.end_date >= today,
        TeamRow.end_date <= today + NEAR,
        TeamRow.end_told_for.is_distinct_from(TeamRow.end_date),
    )
    past = and_(TeamRow.end_date < today, TeamRow.overdue_told_for.is_distinct_from(TeamRow.end_date))
    return select(TeamRow.id).where(TeamRow.status.in_(AT_WORK), or_(near, past)).order_by(TeamRow.id)


def _tell_of_end(tx: Tx, team_id: int) -> None:
    team = tx.session.execute(
        _to_tell(tx).where(TeamRow.id == team_id).with_only_columns(TeamRow).with_for_update(of=TeamRow)
    ).scalar_one_or_none()
    if team is None or team.end_date is None:
        return
    if team.end_date < in_london(tx.now()):
        team.overdue_told_for = team.end_date
        record(tx, SYSTEM, events.TeamOverdue(team_id, team.end_date.isoformat()))
    else:
        team.end_told_for = team.end_date
        record(tx, SYSTEM, events.TeamEndNear(team_id, team.end_date.isoformat()))
    tx.session.flush()
    leads = tx.session.scalars(
        select(MemberRow.person_id).where(
            MemberRow.team_id == team_id, MemberRow.role == "lead", MemberRow.left_at.is_(None)
        )
    ).all()
    notices.forget(SYSTEM, tx=tx, kind=TEAM_END, subject_ids=[team_id])
    notices.tell(SYSTEM, tx=tx, kind=TEAM_END, subject_id=team_id, person_ids=leads)

"""What is new for whom. A post is read when it, and every post before it, was shown to its reader.

For people on the team everything written since they joined is new until then; for anybody else a thread begins to
have news when they open it. Nobody's own posts are new to them, and what was removed or hidden is not news.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, literal, or_, select, tuple_
from sqlalchemy.sql import ColumnElement

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.teams import queries as teams
from cop.threads import hidden, policy
from cop.threads.models import PostRow, ReadingRow, ThreadRow

COUNTED = 99
"""A team's tab counts so far and then says "99+"."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader is in a thread. `read_to` is None for somebody who is not on the team and never was here.

    `first` is the number of the first new post, `since` when it was written.
    """

    read_to: int | None
    turns: int
    new: int
    first: int | None
    since: datetime | None


NOWHERE = Place(None, 0, 0, None, None)


def _news(actor: Actor) -> tuple[Any, ColumnElement[bool]]:
    """The actor's memberships with when they began, and which posts of a thread joined to them are new."""
    own = teams.own_since(actor).subquery()
    is_new = and_(
        PostRow.number > func.coalesce(ReadingRow.read_to, 0),
        or_(ReadingRow.person_id.is_not(None), PostRow.created_at > own.c.joined_at),
        PostRow.author_id != actor.person_id,
        hidden.stands(),
    )
    return own, is_new


def _with_place(query: Select[*tuple[Any, ...]], actor: Actor, own: Any) -> Select[*tuple[Any, ...]]:
    mine = and_(ReadingRow.thread_id == ThreadRow.id, ReadingRow.person_id == actor.person_id)
    return query.outerjoin(ReadingRow, mine).outerjoin(own, own.c.team_id == ThreadRow.team_id)


def place_in(actor: Actor, *, tx: Tx, thread_id: int) -> Place:
    """Where the actor is in a thread they may read; nowhere for a stranger. One query."""
    if actor.person_id is None:
        return NOWHERE
    own, is_new = _news(actor)
    before = (
        select(func.coalesce(func.max(PostRow.number), 0))
        .where(PostRow.thread_id == thread_id, PostRow.created_at <= own.c.joined_at)
        .correlate(own)
        .scalar_subquery()
    )
    query = _with_place(
        select(
            ReadingRow.read_to,
            ReadingRow.turns,
            own.c.joined_at,
            before.label("before"),
            func.count(PostRow.id).label("new"),
            func.min(PostRow.number).label("first"),
            func.min(PostRow.created_at).label("since"),
        ).select_from(ThreadRow),
        actor,
        own,
    )
    row = tx.session.execute(
        query.outerjoin(PostRow, and_(PostRow.thread_id == ThreadRow.id, is_new))
        .where(ThreadRow.id == thread_id, policy.visible_to(actor))
        .group_by(ReadingRow.read_to, ReadingRow.turns, own.c.joined_at)
    ).first()
    if row is None:
        return NOWHERE
    baseline = row.before if row.joined_at is not None else None
    return Place(
        read_to=baseline if row.read_to is None else row.read_to,
        turns=row.turns or 0,
        new=row.new,
        first=row.first,
        since=row.since,
    )


def counts(actor: Actor, *, tx: Tx, thread_ids: Collection[int]) -> dict[int, int]:
    """How many posts are new to the actor in each of these threads, without those that have none. One query."""
    if actor.person_id is None or not thread_ids:
        return {}
    own, is_new = _news(actor)
    query = _with_place(
        select(ThreadRow.id, func.count(PostRow.id).label("new")).select_from(ThreadRow), actor, own
    )
    rows = tx.session.execute(
        query.join(PostRow, and_(PostRow.thread_id == ThreadRow.id, is_new))
        .where(ThreadRow.id.in_(set(thread_ids)), policy.visible_to(actor))
        .group_by(ThreadRow.id)
    )
    return {row.id: row.new for row in rows}


def news_of(actor: Actor, *, tx: Tx, thread_ids: Collection[int]) -> dict[int, tuple[int, int | None]]:
    """For each of these threads in which the actor has a place: how many posts are new, and the first one's id.

    Two queries.
    """
    if actor.person_id is None or not thread_ids:
        return {}
    own, is_new = _news(actor)
    query = _with_place(
        select(
            ThreadRow.id, func.count(PostRow.id).label("new"), func.min(PostRow.number).label("first")
        ).select_from(ThreadRow),
        actor,
        own,
    )
    rows = tx.session.execute(
        query.outerjoin(PostRow, and_(PostRow.thread_id == ThreadRow.id, is_new))
        .where(
            ThreadRow.id.in_(set(thread_ids)),
            policy.visible_to(actor),
            or_(ReadingRow.person_id.is_not(None), own.c.joined_at.is_not(None)),
        )
        .group_by(ThreadRow.id)
    ).all()
    firsts = [(row.id, row.first) for row in rows if row.first is not None]
    found = tx.session.execute(
        select(PostRow.thread_id, PostRow.id).where(tuple_(PostRow.thread_id, PostRow.number).in_(firsts))
    )
    at = {row.thread_id: row.id for row in found}
    return {row.id: (row.new, at.get(row.id)) for row in rows}


def has_read(tx: Tx, *, thread_id: int, number: int, person_ids: Collection[int]) -> set[int]:
    """Who of these has read a thread as far as this post, for the program that tells them. One query."""
    return set(
        tx.session.scalars(
            select(ReadingRow.person_id).where(
                ReadingRow.thread_id == thread_id,
                ReadingRow.read_to >= number,
                ReadingRow.person_id.in_(set(person_ids)),
            )
        )
    )


def in_team(actor: Actor, *, tx: Tx, team_id: int) -> int:
    """How many posts are new to the actor in all of a team's threads, up to `COUNTED` + 1. One query."""
    if actor.person_id is None:
        return 0
    own, is_new = _news(actor)
    some = _with_place(select(literal(1)).select_from(ThreadRow), actor, own)
    some = (
        some.join(PostRow, and_(PostRow.thread_id == ThreadRow.id, is_new))
        .where(ThreadRow.team_id == team_id, policy.visible_to(actor))
        .limit(COUNTED + 1)
    )
    return int(tx.session.execute(select(func.count()).select_from(some.subquery())).scalar_one())

"""Splitting a thread: some of its posts become a thread of their own, in the same team, read by the same people.

Posts keep their ids and all that belongs to them. In the old thread each leaves a marker in its place (`markers.py`),
so that no number there ever changes and old addresses lead on. Who reads, has read and follows what: ADR 24.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Row, Table, bindparam, insert, select, update
from sqlalchemy.orm import aliased

from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Invalid
from cop.kernel.events import record
from cop.kernel.ids import new_token
from cop.notifications import bookkeeping
from cop.notifications import service as notices
from cop.teams import guests
from cop.teams import queries as teams
from cop.threads import events, following, marks, policy, queries, service, unread
from cop.threads.limits import SPLIT_MAX
from cop.threads.models import PostRow, ThreadRow
from cop.threads.queries import Thread

FIELD = "posts"
NONE = "Choose the posts that move"
FIRST = "The first post cannot move: a thread needs its beginning"
GONE = "Some of these posts were removed or moved meanwhile. Choose again"
ALL = "At least one post has to stay. Leave one out"
MANY = f"At most {SPLIT_MAX:,} posts can move at once"
ELSEWHERE = "This thread was moved to another team just now. Go back to it."
_POSTS = cast(Table, PostRow.__table__)

Chosen = Sequence[Row[tuple[int, int, datetime, int]]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a split would do: `numbers` are those of the posts that move, `guests` come along, `stay` posts remain."""

    thread: Thread
    numbers: Sequence[int]
    guests: Sequence[PersonLine]
    stay: int


def splittable(actor: Actor, *, tx: Tx, thread_id: int) -> Thread:
    """A thread of a team that the actor runs; NotFound and Forbidden as for any act."""
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)
    require(policy.can_lock(actor, thread.space.standing))
    return thread


def from_on(actor: Actor, *, tx: Tx, thread: Thread, number: int) -> list[int]:
    """Numbers of the posts of a thread that `splittable` gave to the actor: of all that may move from this one on."""
    found = select(PostRow.number).where(
        PostRow.thread_id == thread.id, PostRow.number >= max(number, 2), PostRow.deleted_at.is_(None)
    )
    return list(tx.session.scalars(found))


def plan(actor: Actor, *, tx: Tx, thread_id: int, numbers: Collection[int]) -> Plan:
    """What moving the posts of these numbers would do; Invalid with the reason where they cannot move."""
    thread = splittable(actor, tx=tx, thread_id=thread_id)
    chosen, stay = _chosen(tx, thread_id, numbers)
    own = guests.of_only(actor, tx=tx, team_id=thread.space.team_id, thing=policy.THING, thing_id=thread_id)
    lines = accounts.lines_by_id(actor, tx=tx, person_ids=own)
    by_name = sorted(lines.values(), key=lambda line: (line.name.casefold(), line.id))
    return Plan(thread, [row.number for row in chosen], by_name, len(stay))


def _chosen(tx: Tx, thread_id: int, numbers: Collection[int]) -> tuple[Chosen, list[int]]:
    """The posts that move, in their order, and the numbers of those that stay; Invalid where one cannot move."""
    wanted = set(numbers)
    if not wanted:
        raise Invalid(NONE, FIELD)
    if 1 in wanted:
        raise Invalid(FIRST, FIELD)
    if len(wanted) > SPLIT_MAX:
        raise Invalid(MANY, FIELD)
    standing = tx.rows(
        select(PostRow.id, PostRow.number, PostRow.created_at, PostRow.renderer)
        .where(PostRow.thread_id == thread_id, PostRow.deleted_at.is_(None))
        .order_by(PostRow.number)
    ).all()
    chosen = [row for row in standing if row.number in wanted]
    if len(chosen) < len(wanted):
        raise Invalid(GONE, FIELD)
    if len(chosen) == len(standing):
        raise Invalid(ALL, FIELD)
    return chosen, [row.number for row in standing if row.number not in wanted]


def split(
    actor: Actor, *, tx: Tx, thread_id: int, numbers: Collection[int], title: str, key: str | None = None
) -> int:
    """Make a thread of the posts of these numbers; returns its id, or that of the one the same form made before."""
    team_id = queries.space_of(actor, tx=tx, thread_id=thread_id)[0].team_id
    # As for a new thread and for moving one: the team's row before the thread's.
    teams.lock(actor, tx=tx, team_id=team_id)
    space = service.lock_thread(actor, tx=tx, thread_id=thread_id)
    if space.team_id != team_id:
        raise Conflict(ELSEWHERE)
    require(policy.can_lock(actor, space.standing))
    known = _split_before(tx, service.sent_before(actor, tx=tx, key=key))
    if known is not None:
        return known
    chosen, stay = _chosen(tx, thread_id, numbers)
    before = following.chosen_for(tx, thread_id=thread_id, team_id=team_id)
    new = ThreadRow(
        team_id=team_id,
        title=title,
        created_by=actor.person_id,
        created_at=tx.now(),
        seq=len(chosen),
        split_from_id=thread_id,
    )
    tx.session.add(new)
    tx.session.flush()
    _move(tx, new.id, chosen)
    last = service.touch(actor, tx=tx, space=space, thread_id=thread_id, changes=len(chosen))
    _mark(actor, tx, thread_id, chosen, seq=last - len(chosen), key=key)
    marks.thread_split(tx, thread_id=thread_id, new_id=new.id, numbers=[row.number for row in chosen])
    following.thread_split(tx, thread_id=thread_id, new_id=new.id, team_id=team_id, before=before)
    guests.thing_split(actor, tx=tx, thing=policy.THING, thing_id=thread_id, new_id=new.id)
    _tell(actor, tx, thread_id, new.id, last=(stay[-1], len(chosen)))
    record(tx, actor, events.ThreadSplit(new.id, thread_id, team_id, len(chosen)))
    return new.id


def _split_before(tx: Tx, marker_id: int | None) -> int | None:
    """The thread of the post for which this marker was left; None without a marker."""
    marker = aliased(PostRow)
    found = (
        select(PostRow.thread_id).join(marker, marker.moved_id == PostRow.id).where(marker.id == marker_id)
    )
    return tx.session.scalar(found) if marker_id is not None else None


def _move(tx: Tx, new_id: int, chosen: Chosen) -> None:
    there = (
        update(_POSTS)
        .where(_POSTS.c.id == bindparam("moving"))
        .values(thread_id=new_id, number=bindparam("place"), seq=bindparam("change"))
    )
    rows = [{"moving": row.id, "place": at, "change": at} for at, row in enumerate(chosen, 1)]
    tx.rows(there, rows)


def _mark(actor: Actor, tx: Tx, thread_id: int, chosen: Chosen, *, seq: int, key: str | None) -> None:
    """Leave a marker where each of them stood. The first one has the form's key: sent again, it is found by that."""
    rows = [
        {
            "thread_id": thread_id,
            "number": row.number,
            "author_id": actor.person_id,
            "source": "",
            "html": "",
            "renderer": row.renderer,
            "version": 1,
            "seq": seq + at,
            "key": (key if at == 1 else None) or new_token(),
            "created_at": row.created_at,
            "deleted_at": tx.now(),
            "deleted_by": actor.person_id,
            "hidden_reason": "",
            "moved_id": row.id,
        }
        for at, row in enumerate(chosen, 1)
    ]
    tx.rows(insert(_POSTS), rows)


def _tell(actor: Actor, tx: Tx, thread_id: int, new_id: int, *, last: tuple[int, int]) -> None:
    """Who was told of posts that they have not read yet is told of the thread that has them; `last` posts of both."""
    waiting = bookkeeping.waiting(tx, kind=marks.NEWS, subject_id=thread_id)
    done, done_there = (
        unread.has_read(tx, thread_id=each, number=number, person_ids=waiting)
        for each, number in zip((thread_id, new_id), last, strict=True)
    )
    notices.tell(actor, tx=tx, kind=marks.NEWS, subject_id=new_id, person_ids=set(waiting) - done_there)
    for person_id in done:
        bookkeeping.mark_thing_seen(tx, person_id=person_id, kind=marks.NEWS, subject_id=thread_id)

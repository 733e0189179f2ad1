"""Threads that are split, and what lies in them then."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select

from cop.kernel.access import Actor
from cop.kernel.db import Database
from cop.threads import queries, service, splitting
from cop.threads.models import PostRow
from cop.threads.texts import written
from tests.build.canaries import canary


def split(
    db: Database,
    actor: Actor,
    thread_id: int,
    numbers: Collection[int],
    *,
    title: str = "Another matter",
    key: str | None = None,
) -> int:
    """Split a thread; the new one's id."""
    with db.transaction(write=True) as tx:
        return splitting.split(actor, tx=tx, thread_id=thread_id, numbers=numbers, title=title, key=key)


def places(db: Database, actor: Actor, thread_id: int) -> list[queries.Post]:
    """Everything in a thread, markers too, as somebody is shown it."""
    with db.transaction(write=False) as tx:
        thread = queries.thread(actor, tx=tx, thread_id=thread_id)
        return [
            post
            for page in range(1, thread.pages + 1)
            for post in queries.posts(actor, tx=tx, thread=thread, page=page)
        ]


def ids(db: Database, thread_id: int) -> dict[int, int]:
    """The posts of a thread by their number."""
    with db.transaction(write=False) as tx:
        query = select(PostRow.number, PostRow.id).where(PostRow.thread_id == thread_id)
        return {row.number: row.id for row in tx.rows(query.order_by(PostRow.number))}


def in_two(db: Database, mode: str, team_id: int, actors: Mapping[str, Actor]) -> dict[str, int]:
    """A thread of the lead's in a team of a world, and the one that the lead made of the member's post in it."""
    lead, member = actors["lead"], actors["member"]
    with db.transaction(write=True) as tx:
        whole = service.start_thread(
            lead, tx=tx, team_id=team_id, title="A thread of two matters", body=written("The one.")
        ).thread_id
        body = written(f"The other is {canary(mode, 'parted')}.")
        service.reply(member, tx=tx, thread_id=whole, body=body)
    return {"whole": whole, "split": split(db, lead, whole, [2], title=f"Thread {canary(mode, 'branch')}")}

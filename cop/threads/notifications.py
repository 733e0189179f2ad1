"""Who is told of a post: whoever it mentions, and whoever hears of everything in its thread.

The worker works it out a moment after the post was saved: nobody waits for it while they write, and each person's own
right to read is asked then, and again whenever the notice is shown or sent. A post is told once: mentions of people who
were there before an edit are not told anew, and who has read it meanwhile is not told at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from cop.accounts import queries as accounts
from cop.accounts import sessions
from cop.kernel.access import ANONYMOUS, SYSTEM, Actor
from cop.kernel.db import Database, Tx
from cop.kernel.events import subscribe
from cop.kernel.markup import people_called
from cop.kernel.outbox import Consumer, Delivery
from cop.notifications import service
from cop.notifications.kinds import KINDS, Described, Kind, Stop
from cop.teams import queries as teams
from cop.threads import addressing, following, hidden, queries, unread
from cop.threads.addressing import Where
from cop.threads.events import PostEdited, PostRemoved, PostRestored, PostWritten
from cop.threads.marks import MENTION, NEWS
from cop.threads.models import PostRow, ThreadRow

CONSUMER = "told"
STOP = "thread"
OLD = timedelta(days=7)
"""Posts older than this when their turn comes were imported, or the worker was away for long: they are not news."""


def register() -> None:
    """Subscribe to what happens, and say what such notices are about. Every process needs it."""
    # What was hidden may have been edited meanwhile: whom it mentions hears of it when it is there again.
    for event in (PostWritten, PostEdited, PostRemoved, PostRestored):
        subscribe(event, CONSUMER)
    KINDS.provide(Kind(MENTION, _mentions, "somebody mentioned you", at_once=True))
    KINDS.provide(Kind(NEWS, _news, "there are new posts in a thread you follow"))
    KINDS.stops[STOP] = Stop("Stop telling me about this thread", following.mute_by_link)


def consumer() -> Consumer:
    """What the worker has to drain."""
    return Consumer(CONSUMER, _handle)


@dataclass(frozen=True, slots=True)
class _Told:
    """Who is told of a post as mentioned, and who as following its thread, which may be another one by now."""

    author_id: int
    thread_id: int
    mentioned: frozenset[int]
    following: frozenset[int]
    called: frozenset[int]


def _handle(db: Database, deliveries: Sequence[Delivery]) -> None:
    # Posts of one thread come together, and asking for each of its followers anew takes most of the time. Whether
    # somebody may still read it is asked once more when they are shown it.
    reading: dict[tuple[int, Where], bool] = {}
    for delivery in deliveries:
        post_id = int(delivery.payload["post_id"])
        written = delivery.event_kind == PostWritten.__name__
        if delivery.event_kind == PostRemoved.__name__:
            with db.transaction(write=True) as tx:
                service.forget(SYSTEM, tx=tx, kind=MENTION, subject_ids=[post_id])
            continue
        with db.transaction(write=False) as tx:
            told = _recipients(tx, post_id, reading, written=written)
        if told is not None:
            with db.transaction(write=True) as tx:
                _tell(tx, post_id, told, written=written)


def _recipients(
    tx: Tx, post_id: int, reading: dict[tuple[int, Where], bool], *, written: bool
) -> _Told | None:
    """Who has to be told of a post now; None when it is gone, hidden or old. `reading` keeps who may read what."""
    row = tx.session.execute(
        select(
            PostRow.html,
            PostRow.number,
            PostRow.author_id,
            PostRow.created_at,
            PostRow.thread_id,
            ThreadRow.team_id,
        )
        .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
        .where(PostRow.id == post_id, hidden.stands())
    ).first()
    if row is None or (written and row.created_at < tx.now() - OLD):
        return None
    author = sessions.actor_of(tx, row.author_id)
    called = frozenset(accounts.seen_lines(author, tx=tx, person_ids=people_called(row.html)))
    chosen = following.chosen_for(tx, thread_id=row.thread_id, team_id=row.team_id)
    hearing = chosen.hearing() if written else set()
    wanted = {each for each in called | hearing if chosen.level(each) != "nothing"} - {row.author_id}
    if wanted:
        wanted -= unread.has_read(tx, thread_id=row.thread_id, number=row.number, person_ids=wanted)
    where = Where(row.team_id, row.thread_id)
    for each in wanted:
        if (each, where) not in reading:
            reading[each, where] = addressing.reads(tx, person_id=each, where=where)
    may = {each for each in wanted if reading[each, where]}
    return _Told(row.author_id, row.thread_id, frozenset(may & called), frozenset(may - called), called)


def _tell(tx: Tx, post_id: int, told: _Told, *, written: bool) -> None:
    author = sessions.actor_of(tx, told.author_id)
    if not written:
        service.forget_unseen(SYSTEM, tx=tx, kind=MENTION, subject_id=post_id, but_for=told.called)
    service.tell(author, tx=tx, kind=MENTION, subject_id=post_id, person_ids=told.mentioned, again=False)
    service.tell(author, tx=tx, kind=NEWS, subject_id=told.thread_id, person_ids=told.following)


def _public(tx: Tx, thread_ids: Iterable[int]) -> set[int]:
    """Which of these threads the whole world may read: only their titles stand in an email."""
    return set(
        tx.session.scalars(queries.readable_ids(ANONYMOUS).where(ThreadRow.id.in_(set(thread_ids)))).all()
    )


def _mentions(actor: Actor, tx: Tx, ids: Collection[int]) -> Mapping[int, Described]:
    """Posts that mention the reader, as far as they stand and the reader may read them. Four queries."""
    rows = tx.session.execute(
        select(PostRow.id, PostRow.author_id, PostRow.thread_id, ThreadRow.title, ThreadRow.team_id)
        .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
        .where(
            PostRow.id.in_(set(ids)),
            hidden.stands(),
            PostRow.thread_id.in_(queries.readable_ids(actor)),
        )
    ).all()
    names = teams.names(actor, tx=tx, team_ids={row.team_id for row in rows})
    people = accounts.lines_by_id(actor, tx=tx, person_ids={row.author_id for row in rows})
    public = _public(tx, {row.thread_id for row in rows})
    found = {}
    for row in rows:
        title = f"{people[row.author_id].name} mentioned you in “{row.title}”"
        found[row.id] = Described(
            title=title,
            href=f"/posts/{row.id}",
            about=names.get(row.team_id, ""),
            outside=title if row.thread_id in public else "Somebody mentioned you in a thread",
            needs=True,
            done_once_seen=True,
            stops=(STOP, row.thread_id),
        )
    return found


def _news(actor: Actor, tx: Tx, ids: Collection[int]) -> Mapping[int, Described]:
    """Threads the reader follows, with how much in them is new and the first of it. Five queries."""
    rows = tx.session.execute(
        select(ThreadRow.id, ThreadRow.title, ThreadRow.team_id).where(
            ThreadRow.id.in_(set(ids)), ThreadRow.id.in_(queries.readable_ids(actor))
        )
    ).all()
    names = teams.names(actor, tx=tx, team_ids={row.team_id for row in rows})
    public = _public(tx, {row.id for row in rows})
    news = unread.news_of(actor, tx=tx, thread_ids=[row.id for row in rows])
    found = {}
    for row in rows:
        # Who follows from outside the team and never opened the thread has no place in it: all of it is news.
        count, first = news.get(row.id, (None, None))
        posts = "1 new post" if count == 1 else f"{count:,} new posts" if count else "New posts"
        found[row.id] = Described(
            title=f"{posts} in “{row.title}”",
            href=f"/posts/{first}" if first else f"/threads/{row.id}",
            about=names.get(row.team_id, ""),
            outside=f"{posts} in “{row.title}”" if row.id in public else f"{posts} in a thread you follow",
            past=count == 0,
            stops=(STOP, row.id),
        )
    return found

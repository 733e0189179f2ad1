"""Verbs about threads and posts: actor first, the rest keyword-only, an event for each.

Whoever writes locks the thread's row first: numbers have no gaps, and the same form sent twice at once waits for the
first and then finds its post.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import Select, Table, bindparam, delete, func, insert, select, update

from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Forbidden, Gone, NotFound
from cop.kernel.events import record
from cop.kernel.ids import new_token
from cop.live import publish
from cop.live.topics import topic_name
from cop.teams import queries as teams
from cop.teams.queries import Space
from cop.threads import attachments, drafts, events, hidden, policy, reactions, settling
from cop.threads.attachments import Wanted
from cop.threads.models import PostRow, PostVersionRow, ReactionRow, ThreadRow
from cop.threads.texts import Written

TOPIC = "thread"
# Made once, the writing ones from tables instead of classes: others wait while a reply is written, and the ORM takes
# longer than the database does.
_THREADS, _POSTS = cast(Table, ThreadRow.__table__), cast(Table, PostRow.__table__)
# The thread's row is locked by then, so that the last number stays the last.
_LAST_NUMBER = (
    select(func.max(_POSTS.c.number)).where(_POSTS.c.thread_id == bindparam("thread_id")).scalar_subquery()
)
_NEW_POST = (
    insert(_POSTS)
    .values(
        {column.name: bindparam(column.name) for column in _POSTS.c if column.name not in ("id", "number")}
        | {"number": func.coalesce(_LAST_NUMBER, 0) + 1}
    )
    .returning(_POSTS.c.id, _POSTS.c.number)
)
_NEXT_SEQ = (
    update(_THREADS)
    .where(_THREADS.c.id == bindparam("thread_id"))
    .values(seq=_THREADS.c.seq + bindparam("changes"))
    .returning(_THREADS.c.seq)
)
_WITH_KEY = select(PostRow.thread_id, PostRow.id, PostRow.number).where(
    PostRow.author_id == bindparam("author_id"), PostRow.key == bindparam("key")
)


class EditConflict(Conflict):
    """Somebody changed the post since the page was opened: the same person in another window."""


@dataclass(frozen=True, slots=True)
class LoadedPost:
    """A post with people and moments of its own, earlier texts first; for the demonstration and for imports."""

    author_id: int
    at: datetime
    texts: Sequence[tuple[datetime, Written]]
    removed_at: datetime | None = None
    removed_by: int | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A post that was written: its id, and its place in which thread."""

    thread_id: int
    post_id: int
    number: int


@dataclass(frozen=True, slots=True)
class _Place:
    """The locked row of a thread, and its team. `closed` says that its lead locked it for everybody."""

    thread_id: int
    space: Space
    closed: bool = False


def start_thread(
    actor: Actor,
    *,
    tx: Tx,
    team_id: int,
    title: str,
    body: Written,
    key: str | None = None,
    draft: str | None = None,
    files: Wanted = (),
) -> Posted:
    """Start a thread with its first post; `key` comes from the form and makes sending it twice harmless.

    `draft` is the revision of the draft that is posted by this, in each of these verbs: it is done then. `files` are
    what the post carries.
    """
    # Locked before the rule is asked: a change of the team that was quicker counts.
    teams.lock(actor, tx=tx, team_id=team_id)
    space = teams.space(actor, tx=tx, team_id=team_id)
    require(policy.can_write(actor, space.standing))
    author_id = _person(actor)
    if (known := _sent_before(tx, author_id, key)) is not None:
        return known
    thread = ThreadRow(team_id=team_id, title=title, created_by=author_id, created_at=tx.now(), seq=0)
    tx.session.add(thread)
    tx.session.flush()
    record(tx, actor, events.ThreadStarted(thread.id, team_id))
    drafts.done(tx, person_id=author_id, kind="thread", subject_id=team_id, revision=draft, body=body.source)
    posted = _write(actor, tx, _Place(thread.id, space), author_id, body, key, None)
    attachments.put(actor, tx=tx, post_id=posted.post_id, wanted=files)
    return posted


def reply(
    actor: Actor,
    *,
    tx: Tx,
    thread_id: int,
    body: Written,
    key: str | None = None,
    quote_id: int | None = None,
    draft: str | None = None,
    files: Wanted = (),
) -> Posted:
    """Write a post at the end of a thread; returns it, or the post that the same form made before."""
    place = _lock(actor, tx, thread_id)
    require(policy.can_reply(actor, place.space.standing, locked=place.closed))
    author_id = _person(actor)
    if (known := _sent_before(tx, author_id, key)) is not None:
        return known
    drafts.done(tx, person_id=author_id, kind="reply", subject_id=thread_id, revision=draft, body=body.source)
    posted = _write(actor, tx, place, author_id, body, key, _quotable(tx, thread_id, quote_id))
    attachments.put(actor, tx=tx, post_id=posted.post_id, wanted=files)
    return posted


def edit(
    actor: Actor,
    *,
    tx: Tx,
    post_id: int,
    body: Written,
    base_version: int,
    draft: str | None = None,
    files: Wanted | None = None,
) -> None:
    """Change a post's text, keeping the earlier one; `base_version` is the one the writer began from.

    `files` are those it carries from now on, None for those it has. What goes is gone: earlier versions are texts.
    """
    place, post = _lock_post(actor, tx, post_id)
    require(policy.can_edit(actor, place.space.standing, author_id=post.author_id))
    if post.version != base_version:
        raise EditConflict("This post was changed in another window while you were writing.")
    drafts.done(
        tx, person_id=post.author_id, kind="edit", subject_id=post_id, revision=draft, body=body.source
    )
    where = (place.thread_id, place.space.team_id)
    other_files = files is not None and attachments.put(
        actor, tx=tx, post_id=post_id, wanted=files, late=True
    )
    if other_files:
        record(tx, actor, events.PostFilesChanged(post_id, *where))
    if post.source != body.source:
        _keep_version(tx, post)
        post.source, post.html, post.renderer = body.source, body.rendered.html, body.rendered.version
        post.version += 1
        post.edited_at = tx.now()
        record(tx, actor, events.PostEdited(post.id, *where, post.version))
    elif not other_files:
        return
    post.seq = _touch(tx, place)


def _keep_version(tx: Tx, post: PostRow) -> None:
    """Keep the text that a post has, before it gets another."""
    tx.session.execute(
        insert(PostVersionRow),
        {
            "post_id": post.id,
            "version": post.version,
            "source": post.source,
            "html": post.html,
            "renderer": post.renderer,
            "written_at": post.edited_at or post.created_at,
        },
    )


def files_read(actor: Actor, *, tx: Tx, file_id: int) -> None:
    """Let who is reading see a picture that was drawn anew since its post was written. For the worker."""
    found = attachments.post_with(actor, tx=tx, file_id=file_id)
    if found is not None:
        place = _lock_around(actor, tx, found.post_id)
        post = update(_POSTS).where(_POSTS.c.id == found.post_id)
        tx.session.execute(post.values(seq=_touch(tx, place)))


def remove(actor: Actor, *, tx: Tx, post_id: int) -> None:
    """Make a post a tombstone: its text and earlier versions are deleted, its place in the thread stays."""
    place, post = _lock_post(actor, tx, post_id)
    require(policy.can_remove(actor, place.space.standing, author_id=post.author_id))
    settling.removed(actor, tx=tx, post=post)
    _bury(actor, tx, post, at=tx.now(), by=_person(actor))
    post.seq = _touch(tx, place)
    by_author = post.author_id == actor.person_id
    record(tx, actor, events.PostRemoved(post.id, place.thread_id, place.space.team_id, by_author))


def react(actor: Actor, *, tx: Tx, post_id: int, kind: str, on: bool) -> None:
    """Give a reaction to a post that stands, or take it back; saying it twice changes nothing."""
    place, post = _lock_post(actor, tx, post_id)
    kept_from = hidden.of_post(actor, place.space.standing, post)
    if kept_from is not None:
        raise hidden.gone(kept_from)
    if reactions.react(actor, tx=tx, place=place, post=post, kind=kind, on=on):
        post.seq = _touch(tx, place)


def load_thread(actor: Actor, *, tx: Tx, team_id: int, title: str, posts: Sequence[LoadedPost]) -> int:
    """Put a whole thread in place with authors and moments of its own: for the demonstration and for imports.

    Only the program itself may. Returns the thread's id.
    """
    if not actor.is_system:
        raise Forbidden("Only the program itself can load a whole thread.")
    space = teams.space(actor, tx=tx, team_id=team_id)
    first = posts[0]
    thread = ThreadRow(team_id=team_id, title=title, created_by=first.author_id, created_at=first.at, seq=0)
    tx.session.add(thread)
    tx.session.flush()
    record(tx, actor, events.ThreadStarted(thread.id, team_id))
    place = _Place(thread.id, space)
    for loaded in posts:
        _load(actor, tx, place, loaded)
    return thread.id


def lock_thread(actor: Actor, *, tx: Tx, thread_id: int) -> Space:
    """Hold a readable thread's row until this write ends; its team, with the actor's standing. For this domain."""
    return _lock(actor, tx, thread_id).space


def lock_post(actor: Actor, *, tx: Tx, post_id: int) -> tuple[Space, PostRow]:
    """Hold the thread of a readable post that was not removed; its team, and the row. For this domain."""
    place, post = _lock_post(actor, tx, post_id)
    return place.space, post


def touch(actor: Actor, *, tx: Tx, space: Space, thread_id: int, changes: int = 1) -> int:
    """Let who is reading a locked thread hear that something changed in it; the sequence number of the last change."""
    return _touch(tx, _Place(thread_id, space), changes)


def sent_before(actor: Actor, *, tx: Tx, key: str | None) -> int | None:
    """The row that the actor's form with this key made: a post, or a marker. For this domain."""
    found = _sent_before(tx, _person(actor), key)
    return found.post_id if found else None


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise Forbidden("A post needs a person as its author.")
    return actor.person_id


@lru_cache(maxsize=teams.STATEMENTS_KEPT)
def _locked(actor: Actor) -> Select[*tuple[Any, ...]]:
    return (
        select(ThreadRow.team_id, ThreadRow.locked_at)
        .where(ThreadRow.id == bindparam("thread_id"), policy.visible_to(actor))
        .with_for_update(of=ThreadRow)
    )


def _lock(actor: Actor, tx: Tx, thread_id: int) -> _Place:
    row = tx.rows(_locked(actor), {"thread_id": thread_id}).first()
    if row is None:
        raise NotFound
    around = teams.space_around(actor, tx=tx, team_id=row.team_id, thing=policy.THING, thing_id=thread_id)
    return _Place(thread_id, around, row.locked_at is not None)


def _lock_around(actor: Actor, tx: Tx, post_id: int) -> _Place:
    """Hold the thread that a post is in. It may be split off while one waits: then it is another one, and a newer."""
    around = select(PostRow.thread_id).where(PostRow.id == post_id)
    thread_id = tx.rows(around).scalar()
    while thread_id is not None:
        place = _lock(actor, tx, thread_id)
        thread_id = tx.rows(around).scalar_one()
        if thread_id == place.thread_id:
            return place
    raise NotFound


def _lock_post(actor: Actor, tx: Tx, post_id: int) -> tuple[_Place, PostRow]:
    place = _lock_around(actor, tx, post_id)
    post = tx.session.get_one(PostRow, post_id, populate_existing=True)
    if post.deleted_at is not None:
        raise Gone("This post was removed, so it cannot be changed any more.")
    return place, post


def _sent_before(tx: Tx, author_id: int, key: str | None) -> Posted | None:
    if key is None:
        return None
    row = tx.rows(_WITH_KEY, {"author_id": author_id, "key": key}).first()
    return Posted(row.thread_id, row.id, row.number) if row else None


def _quotable(tx: Tx, thread_id: int, quote_id: int | None) -> int | None:
    """The quoted post, if it is one of this thread that still stands: a stale quote is no reason to refuse a reply."""
    if quote_id is None:
        return None
    return tx.session.scalar(
        select(PostRow.id).where(PostRow.id == quote_id, PostRow.thread_id == thread_id, hidden.stands())
    )


def _write(
    actor: Actor,
    tx: Tx,
    place: _Place,
    author_id: int,
    body: Written,
    key: str | None,
    quote_id: int | None,
    at: datetime | None = None,
) -> Posted:
    post = tx.rows(
        _NEW_POST,
        {
            "thread_id": place.thread_id,
            "seq": _touch(tx, place),
            "author_id": author_id,
            "source": body.source,
            "html": body.rendered.html,
            "renderer": body.rendered.version,
            "version": 1,
            "key": key or new_token(),
            "quote_id": quote_id,
            "created_at": at or tx.now(),
            "edited_at": None,
            "deleted_at": None,
            "deleted_by": None,
            "hidden_at": None,
            "hidden_as": None,
            "hidden_reason": "",
            "moved_id": None,
        },
    ).one()
    record(tx, actor, events.PostWritten(post.id, place.thread_id, place.space.team_id))
    return Posted(place.thread_id, post.id, post.number)


def _touch(tx: Tx, place: _Place, changes: int = 1) -> int:
    """The thread's next sequence number, for a post that changes; whoever is reading hears of it after the commit."""
    seq: int = tx.rows(_NEXT_SEQ, {"thread_id": place.thread_id, "changes": changes}).scalar_one()
    publish.publish(tx, topic_name(TOPIC, place.thread_id), {"kind": "posts", "seq": seq})
    return seq


def _bury(actor: Actor, tx: Tx, post: PostRow, *, at: datetime, by: int) -> None:
    post.deleted_at, post.deleted_by = at, by
    post.source, post.html = "", ""
    post.version += 1
    tx.session.execute(delete(PostVersionRow).where(PostVersionRow.post_id == post.id))
    tx.session.execute(delete(ReactionRow).where(ReactionRow.post_id == post.id))
    attachments.remove(actor, tx=tx, post_id=post.id)
    if post.hidden_at is None:
        # Who quoted it keeps their words; that they quoted this post is no longer said. What was hidden stays hidden in
        # their quotations too, and so does what this post itself quoted: their words carry it.
        tx.session.execute(update(PostRow).where(PostRow.quote_id == post.id).values(quote_id=post.quote_id))


def _load(actor: Actor, tx: Tx, place: _Place, loaded: LoadedPost) -> None:
    (_, first), *later = loaded.texts
    posted = _write(actor, tx, place, loaded.author_id, first, None, None, loaded.at)
    post = tx.session.get_one(PostRow, posted.post_id)
    for at, text in later:
        _keep_version(tx, post)
        post.source, post.html, post.renderer = text.source, text.rendered.html, text.rendered.version
        post.version += 1
        post.edited_at = at
    tx.session.flush()
    if loaded.removed_at is not None:
        _bury(actor, tx, post, at=loaded.removed_at, by=loaded.removed_by or loaded.author_id)

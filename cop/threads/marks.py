"""Keeps each reader's place in a thread: a fact of use, noted by the page that shows posts and written seconds later.

Places that readers set by hand are written at once. Neither is an event (ARCHITECTURE.md, "usage facts").
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, insert, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.kernel.usage import Key, usage
from cop.notifications import bookkeeping
from cop.teams import queries as teams
from cop.threads import policy, queries
from cop.threads.models import PostRow, ReadingRow, ThreadRow
from cop.threads.unread import Place

SHOWN = "posts_shown"
MENTION, NEWS = "mention", "news"
"""Kinds of notices: somebody was mentioned in a post; there are new posts in a thread."""
_BATCH = 200


def note_shown(actor: Actor, *, thread_id: int, place: Place, first: int, last: int) -> None:
    """Posts `first` to `last` are being shown to the actor, who was at `place` when the page was drawn."""
    if actor.person_id is None or last < first or first < 1:
        return
    if place.read_to is None or last > place.read_to:
        begun = first - 1 if place.read_to is None else place.read_to
        usage.note(SHOWN, actor.person_id, thread_id, begun, first, last, place.turns)


def register() -> None:
    """Say who writes the notes down; called once when a web process is put together."""
    usage.register(SHOWN, store_shown)


def store_shown(tx: Tx, notes: Mapping[Key, int]) -> None:
    """Move readers on over what was shown to them without a gap. Never back, and never past their own hand."""
    shown: dict[tuple[int, int], list[tuple[int, int, int, int]]] = defaultdict(list)
    for person_id, thread_id, begun, first, last, turns in notes:
        shown[person_id, thread_id].append((first, last, begun, turns))
    for some in _batches(shown):
        known = {
            (row.person_id, row.thread_id): row
            for row in tx.session.execute(
                select(
                    ReadingRow.person_id, ReadingRow.thread_id, ReadingRow.read_to, ReadingRow.turns
                ).where(tuple_(ReadingRow.person_id, ReadingRow.thread_id).in_(some))
            )
        }
        moved = [
            {"person_id": key[0], "thread_id": key[1], "read_to": to, "turns": turns}
            for key in some
            if (found := _moved(shown[key], known.get(key))) is not None
            for to, turns in [found]
        ]
        _store(tx, moved, by_hand=False)


def _batches(keys: Iterable[tuple[int, int]]) -> Iterable[list[tuple[int, int]]]:
    ordered = sorted(keys)
    return (ordered[at : at + _BATCH] for at in range(0, len(ordered), _BATCH))


def _moved(pages: list[tuple[int, int, int, int]], row: Any) -> tuple[int, int] | None:
    """How far these pages lead without a gap, with the turn they belong to; None when they lead nowhere."""
    turns = row.turns if row is not None else 0
    pages = sorted(page for page in pages if page[3] == turns)
    if not pages:
        return None
    at = row.read_to if row is not None else min(page[2] for page in pages)
    reached = False
    for first, last, _, _ in pages:
        if first <= at + 1 <= last + 1:
            at, reached = max(at, last), True
    return (at, turns) if reached and at > (row.read_to if row is not None else -1) else None


def _store(tx: Tx, rows: Sequence[dict[str, Any]], *, by_hand: bool) -> None:
    if not rows:
        return
    insert = sqlite.insert if tx.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    new = insert(ReadingRow)
    further = {"read_to": new.excluded.read_to}
    statement = new.on_conflict_do_update(
        index_elements=["person_id", "thread_id"],
        set_={**further, "turns": ReadingRow.turns + 1} if by_hand else further,
        # Another process may have written since we looked.
        where=None
        if by_hand
        else (ReadingRow.turns == new.excluded.turns) & (ReadingRow.read_to <= new.excluded.read_to),
    )
    tx.session.execute(statement, list(rows))
    for row in rows:
        _told(tx, row["person_id"], row["thread_id"], row["read_to"])


def _told(tx: Tx, person_id: int, thread_id: int, read_to: int) -> None:
    """Who has read a post needs not be told of it any more."""
    if not bookkeeping.has_unseen(tx, person_id=person_id):
        return
    read = select(PostRow.id).where(PostRow.thread_id == thread_id, PostRow.number <= read_to)
    bookkeeping.mark_things_seen(tx, person_id=person_id, kind=MENTION, subject_ids=read)
    rest = select(PostRow.id).where(PostRow.thread_id == thread_id, PostRow.number > read_to).limit(1)
    if tx.session.scalar(rest) is None:
        bookkeeping.mark_thing_seen(tx, person_id=person_id, kind=NEWS, subject_id=thread_id)


def mark_read(actor: Actor, *, tx: Tx, thread_id: int) -> None:
    """Say that one has read a thread to its end."""
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)
    _set(actor, tx, {thread_id: thread.places})


def mark_team_read(actor: Actor, *, tx: Tx, team_id: int) -> None:
    """Say that one has read all threads of a team."""
    require(policy.can_follow(actor))
    teams.space(actor, tx=tx, team_id=team_id)
    rows = tx.session.execute(
        select(ThreadRow.id, func.max(PostRow.number).label("last"))
        .join(PostRow, PostRow.thread_id == ThreadRow.id)
        .where(ThreadRow.team_id == team_id)
        .group_by(ThreadRow.id)
    )
    _set(actor, tx, {row.id: row.last for row in rows})


def mark_unread(actor: Actor, *, tx: Tx, thread_id: int, number: int) -> None:
    """Say that one has still to read a thread from this post on; NotFound for a post that it has not."""
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)
    if not 1 <= number <= thread.places:
        raise NotFound
    _set(actor, tx, {thread_id: number - 1})


def _set(actor: Actor, tx: Tx, places: Mapping[int, int]) -> None:
    require(policy.can_follow(actor))
    rows = [
        {"person_id": actor.person_id, "thread_id": thread_id, "read_to": to, "turns": 1}
        for thread_id, to in sorted(places.items())
    ]
    _store(tx, rows, by_hand=True)


def thread_split(tx: Tx, *, thread_id: int, new_id: int, numbers: Sequence[int]) -> None:
    """The posts of these numbers are a thread of their own now: what of them was read in the old one is read there."""
    rows = tx.rows(select(ReadingRow.person_id, ReadingRow.read_to).where(ReadingRow.thread_id == thread_id))
    places = [
        {
            "person_id": row.person_id,
            "thread_id": new_id,
            "read_to": bisect_right(numbers, row.read_to),
            "turns": 0,
        }
        for row in rows
    ]
    if places:
        tx.rows(insert(ReadingRow), places)

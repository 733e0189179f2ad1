"""Markers: what a post leaves in its place when it is moved to another thread, and where it is now (ADR 24).

A marker is a place of its thread, with a number, but no post of it: whatever counts posts leaves it out.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, Select, func, select
from sqlalchemy.orm import aliased

from cop.accounts.queries import PersonLine
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.threads import policy
from cop.threads.models import PostRow, ThreadRow


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the post of a marker is now, and who moved it. Without a title it is where the reader may not follow."""

    post_id: int
    by: PersonLine
    title: str | None


@dataclass(frozen=True, slots=True)
class Origin:
    """The thread that another one was split from. Without a title the reader may not read it."""

    thread_id: int
    title: str | None


def last_number() -> ScalarSelect[int]:
    """SQL, beside a thread: the number of its newest post, markers left out."""
    newest = select(func.max(PostRow.number)).where(
        PostRow.thread_id == ThreadRow.id, PostRow.moved_id.is_(None)
    )
    return newest.correlate(ThreadRow).scalar_subquery()


def places() -> ScalarSelect[int]:
    """SQL, beside a thread: its last number, which a marker may have."""
    last = select(func.max(PostRow.number)).where(PostRow.thread_id == ThreadRow.id)
    return last.correlate(ThreadRow).scalar_subquery()


def count() -> ScalarSelect[int]:
    """SQL, beside a thread: how many of its places are markers."""
    of_it = select(func.count()).where(PostRow.thread_id == ThreadRow.id, PostRow.moved_id.is_not(None))
    return of_it.correlate(ThreadRow).scalar_subquery()


def origin_title(actor: Actor) -> ScalarSelect[str]:
    """SQL, beside a thread: the title of the one it was split from, for who may read that."""
    origin = aliased(ThreadRow, name="origin")
    readable: Select[int] = select(ThreadRow.id).where(policy.visible_to(actor))
    title = select(origin.title).where(origin.id == ThreadRow.split_from_id, origin.id.in_(readable))
    return title.correlate(ThreadRow).scalar_subquery()


def titles(actor: Actor, *, tx: Tx, post_ids: Collection[int]) -> dict[int, str]:
    """The titles of the threads that these posts are in now, as far as the actor may read them. One query if any."""
    if not post_ids:
        return {}
    rows = tx.rows(
        select(PostRow.id, ThreadRow.title)
        .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
        .where(PostRow.id.in_(set(post_ids)), policy.visible_to(actor))
    )
    return {row.id: row.title for row in rows}

"""What somebody wrote, read, follows and is writing in threads, when two accounts of theirs become one.

What there is once for each person and thing stays one: the furthest they have read, what they chose on the account
that is kept, one reaction of a kind. Of two drafts in one place both texts are kept, one below the other.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import aliased

from cop.accounts import one_person
from cop.accounts.one_person import Fact, Merged
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.ids import new_token
from cop.threads.limits import DRAFT_BODY_MAX
from cop.threads.models import (
    DraftRow,
    PostRow,
    ReactionRow,
    ReadingRow,
    TeamFollowRow,
    ThreadFollowRow,
    ThreadRow,
    ThreadSummaryRow,
)
from cop.threads.report_models import PostDecisionRow, PostReportRow

NAME = "threads"
BETWEEN_DRAFTS = "\n\n---\n\n"

_DONE_BY: tuple[Any, ...] = (
    ThreadRow.created_by,
    ThreadRow.concluded_by,
    ThreadRow.locked_by,
    ThreadSummaryRow.author_id,
    PostRow.author_id,
    PostRow.deleted_by,
    ReadingRow.person_id,
    TeamFollowRow.person_id,
    ThreadFollowRow.person_id,
    ReactionRow.person_id,
    DraftRow.person_id,
    PostDecisionRow.decided_by,
    PostReportRow.reporter_id,
)


def register() -> None:
    """Carry over what is in threads, and count what an account has written."""
    one_person.register(NAME, carry_over)
    one_person.FACTS.provide(NAME, _facts)


def carry_over(actor: Actor, tx: Tx, merged: Merged) -> None:
    """Move everything to the account that is kept; what it has already of one thing is put together first."""
    _readings(tx, merged)
    _only_one(tx, merged, TeamFollowRow, "team_id")
    _only_one(tx, merged, ThreadFollowRow, "thread_id")
    _only_one(tx, merged, ReactionRow, "post_id", "kind")
    _drafts(tx, merged)
    _keys(tx, merged)
    for column in _DONE_BY:
        tx.session.execute(
            update(column.class_).where(column == merged.closed_id).values({column.key: merged.kept_id})
        )


def _pairs(tx: Tx, merged: Merged, table: Any, *same: str) -> list[tuple[Any, Any]]:
    """Rows of both accounts that are about the same: the kept account's and the closed one's."""
    own, other = aliased(table), aliased(table)
    alike = and_(*(getattr(own, name) == getattr(other, name) for name in same))
    rows = tx.session.execute(
        select(own, other)
        .join(other, alike)
        .where(own.person_id == merged.kept_id, other.person_id == merged.closed_id)
    )
    return [(row[0], row[1]) for row in rows]


def _only_one(tx: Tx, merged: Merged, table: Any, *same: str) -> None:
    """What the kept account has of the same stands."""
    for _, other in _pairs(tx, merged, table, *same):
        tx.session.delete(other)
    tx.session.flush()


def _readings(tx: Tx, merged: Merged) -> None:
    for own, other in _pairs(tx, merged, ReadingRow, "thread_id"):
        if other.read_to > own.read_to:
            # A page drawn before must not take it back, as after "mark unread".
            own.read_to, own.turns = other.read_to, own.turns + 1
        tx.session.delete(other)
    tx.session.flush()


def _drafts(tx: Tx, merged: Merged) -> None:
    for own, other in _pairs(tx, merged, DraftRow, "kind", "subject_id"):
        together = BETWEEN_DRAFTS.join(text for text in (own.body, other.body) if text)
        newer = own if own.saved_at >= other.saved_at else other
        own.body = together if len(together) <= DRAFT_BODY_MAX else newer.body
        own.title = own.title or other.title
        # Whoever has it open in a window is told that it was saved elsewhere.
        own.revision = new_token()
        own.saved_at = newer.saved_at
        tx.session.delete(other)
    tx.session.flush()


def _keys(tx: Tx, merged: Merged) -> None:
    """A key that makes the same form sent twice one post is one for each author."""
    own, other = aliased(PostRow), aliased(PostRow)
    same = tx.session.scalars(
        select(other)
        .join(own, own.key == other.key)
        .where(own.author_id == merged.kept_id, other.author_id == merged.closed_id)
    ).all()
    for row in same:
        row.key = new_token()
    tx.session.flush()


def _facts(actor: Actor, tx: Tx, person_id: int) -> list[Fact]:
    """How many posts stand, wherever: a number says nothing of what they say."""
    count = tx.session.scalar(
        select(func.count())
        .select_from(PostRow)
        .where(PostRow.author_id == person_id, PostRow.deleted_at.is_(None))
    )
    return [Fact(20, "Posts", f"{count:,}")]

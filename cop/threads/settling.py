"""What follows when something was decided about a post: its reports have an answer, and everybody concerned is told."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.notifications import service as notices
from cop.threads.models import PostRow
from cop.threads.report_models import PostDecisionRow, PostReportRow

REPORTED, HIDDEN, RESTORED, ANSWERED = "post_reported", "post_hidden", "post_restored", "report_answered"
"""Kinds of notices: to moderators about a post; to its author, twice; to a reporter about their report."""


def has_open(tx: Tx, *, post_id: int) -> bool:
    """Whether somebody waits for a decision about this post."""
    found = select(PostReportRow.id).where(
        PostReportRow.post_id == post_id, PostReportRow.decision_id.is_(None)
    )
    return tx.session.scalar(found.limit(1)) is not None


def settle(actor: Actor, *, tx: Tx, post_id: int, kind: str, reason: str) -> None:
    """Write down what somebody decided about a post, as the answer to every open report of it."""
    decision_id = tx.session.scalar(
        insert(PostDecisionRow)
        .values(post_id=post_id, kind=kind, reason=reason, decided_by=actor.person_id, decided_at=tx.now())
        .returning(PostDecisionRow.id)
    )
    answered = tx.session.execute(
        update(PostReportRow)
        .where(PostReportRow.post_id == post_id, PostReportRow.decision_id.is_(None))
        .values(decision_id=decision_id)
        .returning(PostReportRow.id, PostReportRow.reporter_id)
        .execution_options(synchronize_session=False)
    ).all()
    notices.forget(actor, tx=tx, kind=REPORTED, subject_ids=[post_id])
    for report_id, reporter_id in sorted(answered):
        if reporter_id is not None:
            notices.tell(actor, tx=tx, kind=ANSWERED, subject_id=report_id, person_ids=[reporter_id])


def tell_author(actor: Actor, *, tx: Tx, post: PostRow, kind: str) -> None:
    """Tell a post's author that it is hidden, or there again; the earlier of the two is no longer true."""
    for other in (HIDDEN, RESTORED):
        notices.forget(actor, tx=tx, kind=other, subject_ids=[post.id])
    notices.tell(actor, tx=tx, kind=kind, subject_id=post.id, person_ids=[post.author_id])


def removed(actor: Actor, *, tx: Tx, post: PostRow) -> None:
    """A post is being removed: who reported it has an answer."""
    if has_open(tx, post_id=post.id):
        settle(actor, tx=tx, post_id=post.id, kind="remove", reason="")

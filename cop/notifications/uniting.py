"""What somebody was told, when two accounts of theirs become one. Nothing they heard of is told a second time."""

from __future__ import annotations

from sqlalchemy import and_, delete, select, update
from sqlalchemy.orm import aliased

from cop.accounts import one_person
from cop.accounts.one_person import Merged
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.mail import outgoing
from cop.notifications.models import DigestRow, NoticeRow, PreferenceRow
from cop.notifications.service import DIGEST

NAME = "notifications"


def register() -> None:
    """Carry over what people were told."""
    one_person.register(NAME, carry_over)


def carry_over(actor: Actor, tx: Tx, merged: Merged) -> None:
    """Move the notices. What the kept account chose to be sent stands; digests stay on the record of who got them."""
    own, other = aliased(NoticeRow), aliased(NoticeRow)
    pairs = tx.session.execute(
        select(own, other)
        .join(other, and_(other.kind == own.kind, other.subject_id == own.subject_id))
        .where(own.person_id == merged.kept_id, other.person_id == merged.closed_id)
    ).all()
    for kept, closed in pairs:
        if closed.at > kept.at:
            # The later news counts, and whether that was seen.
            kept.at, kept.seen_at = closed.at, closed.seen_at
        kept.digest_id = kept.digest_id or closed.digest_id
        tx.session.delete(closed)
    tx.session.flush()
    tx.session.execute(
        update(NoticeRow).where(NoticeRow.person_id == merged.closed_id).values(person_id=merged.kept_id)
    )
    _not_sent_yet(tx, merged)
    tx.session.execute(delete(PreferenceRow).where(PreferenceRow.person_id == merged.closed_id))


def _not_sent_yet(tx: Tx, merged: Merged) -> None:
    """What stood in a digest that will not go out any more is new for the next one."""
    digests = tx.session.scalars(select(DigestRow.id).where(DigestRow.person_id == merged.closed_id)).all()
    waiting = outgoing.waiting(tx, purpose=DIGEST, subject_ids=digests)
    if waiting:
        tx.session.execute(
            update(NoticeRow)
            .where(NoticeRow.person_id == merged.kept_id, NoticeRow.digest_id.in_(waiting))
            .values(digest_id=None)
        )

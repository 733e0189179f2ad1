"""Bookkeeping of notices, written without an event: what was seen."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import update

from cop.kernel.db import Tx
from cop.notifications.models import NoticeRow


def mark_seen(tx: Tx, notice_ids: Collection[int]) -> None:
    """These were shown to their readers."""
    tx.session.execute(
        update(NoticeRow)
        .where(NoticeRow.id.in_(notice_ids), NoticeRow.seen_at.is_(None))
        .values(seen_at=tx.now())
    )


def mark_thing_seen(tx: Tx, *, person_id: int, kind: str, subject_id: int) -> None:
    """Somebody opened what they were told of."""
    tx.session.execute(
        update(NoticeRow)
        .where(
            NoticeRow.person_id == person_id,
            NoticeRow.kind == kind,
            NoticeRow.subject_id == subject_id,
            NoticeRow.seen_at.is_(None),
        )
        .values(seen_at=tx.now())
    )

"""Bookkeeping of notices, written without an event: what was seen."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Select, select, update

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


def has_unseen(tx: Tx, *, person_id: int) -> bool:
    """Whether there is anything left that somebody was told and has not seen."""
    unseen = (
        select(NoticeRow.id).where(NoticeRow.person_id == person_id, NoticeRow.seen_at.is_(None)).limit(1)
    )
    return tx.session.scalar(unseen) is not None


def waiting(tx: Tx, *, kind: str, subject_id: int) -> list[int]:
    """Who was told of this and has not seen it yet."""
    found = select(NoticeRow.person_id).where(
        NoticeRow.kind == kind, NoticeRow.subject_id == subject_id, NoticeRow.seen_at.is_(None)
    )
    return list(tx.session.scalars(found))


def mark_things_seen(tx: Tx, *, person_id: int, kind: str, subject_ids: Select[int]) -> None:
    """Somebody has read all these things they were, or may have been, told of."""
    tx.session.execute(
        update(NoticeRow)
        .where(
            NoticeRow.person_id == person_id,
            NoticeRow.kind == kind,
            NoticeRow.seen_at.is_(None),
            NoticeRow.subject_id.in_(subject_ids),
        )
        .values(seen_at=tx.now())
        .execution_options(synchronize_session=False)
    )

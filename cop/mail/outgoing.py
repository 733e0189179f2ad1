"""The bookkeeping of what was sent. It is one of the things written without an event, like deliveries themselves."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select, update

from cop.kernel.db import Tx
from cop.mail.models import MailRow


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail that has to go out."""

    id: int
    message_id: str
    purpose: str
    subject_id: int


def due(tx: Tx, *, mail_id: int) -> Outgoing | None:
    """The mail, unless it went out or was dropped already."""
    row = tx.session.get(MailRow, mail_id)
    if row is None or row.sent_at is not None or row.dropped_at is not None:
        return None
    return Outgoing(row.id, row.message_id, row.purpose, row.subject_id)


def waiting(tx: Tx, *, purpose: str, subject_ids: Collection[int]) -> set[int]:
    """About which of these a mail of this purpose has not gone out yet."""
    if not subject_ids:
        return set()
    rows = tx.session.scalars(
        select(MailRow.subject_id).where(
            MailRow.purpose == purpose,
            MailRow.subject_id.in_(set(subject_ids)),
            MailRow.sent_at.is_(None),
            MailRow.dropped_at.is_(None),
        )
    )
    return set(rows)


def mark_sent(tx: Tx, *, mail_id: int) -> None:
    """It was handed over."""
    tx.session.execute(update(MailRow).where(MailRow.id == mail_id).values(sent_at=tx.now()))


def mark_dropped(tx: Tx, *, mail_id: int) -> None:
    """It will not go out: there is nothing to say any more, or the mail server will not have it."""
    tx.session.execute(update(MailRow).where(MailRow.id == mail_id).values(dropped_at=tx.now()))

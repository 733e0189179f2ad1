"""The one-time links of mails: minted when a mail is written, found by their hash, used up once.

These functions know no actor: whoever holds a link is let in by it. A GET shows what a link
leads to, a POST uses it up.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update

from cop.kernel.access import Actor
from cop.kernel.clock import db_now
from cop.kernel.db import Tx
from cop.kernel.errors import Gone
from cop.kernel.events import record
from cop.kernel.ids import new_token, token_hash
from cop.mail.events import LinkUsed
from cop.mail.models import MailRow, MailTokenRow

USED_OR_OLD = "This link was used already, or it is too old. Ask for a new one."


@dataclass(frozen=True, slots=True)
class Link:
    """What a link leads to: the mail it came in, and what that mail was about."""

    mail_id: int
    purpose: str
    subject_id: int


def mint(tx: Tx, *, mail_id: int, lives: timedelta) -> str:
    """A new link for a copy of this mail; only its hash is stored."""
    token = new_token()
    tx.session.add(MailTokenRow(token_hash=token_hash(token), mail_id=mail_id, ends_at=tx.now() + lives))
    return token


def find(tx: Tx, *, token: str, purpose: str | Collection[str]) -> Link:
    """What a link of this purpose, or one of these, leads to, without using it up. Gone when it was used or is too old.

    An unknown token is Gone as well: a mail that was sent twice had two, and both are forgotten when one is used.
    """
    row = tx.session.execute(
        select(MailRow.id, MailRow.purpose, MailRow.subject_id)
        .join(MailTokenRow, MailTokenRow.mail_id == MailRow.id)
        .where(
            MailTokenRow.token_hash == token_hash(token),
            MailTokenRow.ends_at > db_now(),
            MailRow.purpose.in_([purpose] if isinstance(purpose, str) else purpose),
            MailRow.used_at.is_(None),
        )
    ).first()
    if row is None:
        raise Gone(USED_OR_OLD)
    return Link(row.id, row.purpose, row.subject_id)


def use(actor: Actor, *, tx: Tx, token: str, purpose: str | Collection[str]) -> Link:
    """Use a link up, once: of two that try at the same moment one is told that it is gone."""
    link = find(tx, token=token, purpose=purpose)
    used = tx.session.execute(
        update(MailRow)
        .where(MailRow.id == link.mail_id, MailRow.used_at.is_(None))
        .values(used_at=tx.now())
        .returning(MailRow.id)
    ).first()
    if used is None:
        raise Gone(USED_OR_OLD)
    tx.session.execute(delete(MailTokenRow).where(MailTokenRow.mail_id == link.mail_id))
    record(tx, actor, LinkUsed(link.mail_id, link.purpose))
    return link


def withdraw(tx: Tx, *, purpose: str, subject_id: int) -> None:
    """Make every link worthless that was sent about this, and drop what was not sent yet."""
    about = MailRow.purpose == purpose, MailRow.subject_id == subject_id
    ids = select(MailRow.id).where(*about)
    tx.session.execute(delete(MailTokenRow).where(MailTokenRow.mail_id.in_(ids)))
    tx.session.execute(update(MailRow).where(*about, MailRow.sent_at.is_(None)).values(dropped_at=tx.now()))


def some_ended(tx: Tx) -> bool:
    """Whether there is anything to forget."""
    ended = select(MailTokenRow.mail_id).where(MailTokenRow.ends_at < db_now()).limit(1)
    return tx.session.execute(ended).first() is not None


def forget_ended(tx: Tx) -> None:
    """Housekeeping: links past their end."""
    tx.session.execute(delete(MailTokenRow).where(MailTokenRow.ends_at < db_now()))

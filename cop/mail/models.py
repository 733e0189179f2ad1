"""Mails as intents, without a word of their text, and the hashes of the links that were written into them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cop.kernel.clock import UtcDateTime
from cop.kernel.db import Base

PURPOSE_MAX = 32
MESSAGE_ID_MAX = 200


class MailRow(Base):
    """A mail to be sent. `subject_id` is what its purpose's writer knows it by; the writer finds out the address.

    Neither text nor address is kept here: both are read anew when the mail is written, so that nobody is told what
    they may no longer see. `message_id` is given once and stays, so that a copy sent after a crash is seen as one.
    """

    __tablename__ = "mail"
    __table_args__ = (
        UniqueConstraint("message_id", name="uq_mail_message_id"),
        Index("ix_mail_purpose_subject_id", "purpose", "subject_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(MESSAGE_ID_MAX))
    purpose: Mapped[str] = mapped_column(String(PURPOSE_MAX))
    subject_id: Mapped[int]
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dropped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MailTokenRow(Base):
    """The hash of a link in one copy of a mail. All copies work until one of them is used."""

    __tablename__ = "mail_token"
    __table_args__ = (Index("ix_mail_token_mail_id", "mail_id"),)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    mail_id: Mapped[int] = mapped_column(ForeignKey("mail.id"))
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)

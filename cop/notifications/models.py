"""What people were told, what they want to be sent, and which digest told them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cop.kernel.clock import UtcDateTime
from cop.kernel.db import Base

KIND_MAX = 32
DIGESTS = ("daily", "weekdays", "weekly", "never")
DEFAULT_DIGEST = "daily"
DEFAULT_HOUR = 7
QUIET_FROM, QUIET_TO = 19, 7


class DigestRow(Base):
    """The digest of one person for one day, of which there is at most one."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("person_id", "day", name="uq_digest_person_id_day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    day: Mapped[date]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


class NoticeRow(Base):
    """That somebody was told of one thing. There is one for each person and thing: news of it makes it new again.

    Which thing it is only the domain knows that provides the kind; it is asked each time whether the reader may see it.
    """

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "subject_id", name="uq_notice_person_id_kind_subject_id"),
        Index("ix_notice_person_id_at", "person_id", "at"),
        Index("ix_notice_seen_at_digest_id", "seen_at", "digest_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(KIND_MAX))
    subject_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    digest_id: Mapped[int | None] = mapped_column(ForeignKey("digest.id"), index=True)


class PreferenceRow(Base):
    """What somebody wants to be sent by email, where that is not the default. Hours are those of London."""

    __tablename__ = "notification_preference"
    __table_args__ = (
        CheckConstraint(f"digest IN ({', '.join(repr(word) for word in DIGESTS)})", name="digest"),
        CheckConstraint("digest_hour BETWEEN 0 AND 23", name="digest_hour"),
        CheckConstraint("quiet_from BETWEEN 0 AND 23", name="quiet_from"),
        CheckConstraint("quiet_to BETWEEN 0 AND 23", name="quiet_to"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(10))
    digest_hour: Mapped[int]
    at_once: Mapped[bool]
    quiet_from: Mapped[int]
    quiet_to: Mapped[int]

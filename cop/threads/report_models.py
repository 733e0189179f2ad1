"""Reports of posts, and what was decided about them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from cop.kernel.clock import UtcDateTime
from cop.kernel.db import Base
from cop.threads.limits import DECISION_REASON_MAX, REPORT_REASONS, REPORT_WORDS_MAX

_REASON = f"reason IN ({', '.join(repr(word) for word in REPORT_REASONS)})"


class PostDecisionRow(Base):
    """That somebody hid a post, left it as it was, showed it again, or removed one that was reported."""

    __tablename__ = "post_decision"
    __table_args__ = (
        CheckConstraint("kind IN ('hide', 'keep', 'show', 'remove')", name="kind"),
        CheckConstraint(f"length(reason) <= {DECISION_REASON_MAX}", name="reason_length"),
        CheckConstraint("kind = 'remove' OR length(reason) > 0", name="reason_given"),
        Index("ix_post_decision_post_id", "post_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    kind: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PostReportRow(Base):
    """That somebody thinks a post should not be there. Without `reporter_id` they did not sign in, and nothing about
    them is kept. It is open until it has a decision.
    """

    __tablename__ = "post_report"
    __table_args__ = (
        CheckConstraint(_REASON, name="reason"),
        CheckConstraint(f"length(words) <= {REPORT_WORDS_MAX}", name="words_length"),
        Index("ix_post_report_post_id", "post_id"),
        Index("ix_post_report_reporter_id", "reporter_id"),
        Index("ix_post_report_decision_id", "decision_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    reporter_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(Text)
    reported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("post_decision.id"))

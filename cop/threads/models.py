"""Threads, posts and their earlier versions; how far each reader has come, and what each wants to hear of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cop.kernel.clock import UtcDateTime
from cop.kernel.constraints import means
from cop.kernel.db import Base
from cop.kernel.errors import Conflict
from cop.kernel.ids import KEY_MAX
from cop.threads.limits import LEVEL_MAX, LEVELS, POST_MAX, TITLE_MAX

_LEVEL = f"level IN ({', '.join(repr(word) for word in LEVELS)})"


class ThreadRow(Base):
    """A discussion in a team. `seq` counts everything that happened to its posts; it never goes back."""

    __tablename__ = "thread"
    __table_args__ = (
        CheckConstraint(f"length(title) BETWEEN 1 AND {TITLE_MAX}", name="title_length"),
        Index("ix_thread_team_id", "team_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seq: Mapped[int]


class PostRow(Base):
    """A post. `number` is its place in the thread, from 1 without gaps, since a removed post keeps its place.

    `seq` is the thread's at this post's last change: "what changed since" is one range of an index. `key` is the
    form's, which makes sending the same form twice the same post.
    """

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("thread_id", "number", name="uq_post_thread_id_number"),
        UniqueConstraint("author_id", "key", name="uq_post_author_id_key"),
        CheckConstraint(f"length(source) <= {POST_MAX}", name="source_length"),
        CheckConstraint("deleted_at IS NOT NULL OR length(source) > 0", name="source_given"),
        CheckConstraint("number >= 1", name="number"),
        Index("ix_post_thread_id_seq", "thread_id", "seq"),
        Index("ix_post_thread_id_author_id", "thread_id", "author_id"),
        Index("ix_post_quote_id", "quote_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"))
    number: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    renderer: Mapped[int]
    version: Mapped[int]
    seq: Mapped[int]
    key: Mapped[str] = mapped_column(String(KEY_MAX))
    quote_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class PostVersionRow(Base):
    """A text that a post had before an edit, and when it was written."""

    __tablename__ = "post_version"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    renderer: Mapped[int]
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReadingRow(Base):
    """How far somebody has read a thread: every post up to number `read_to` was shown to them.

    `turns` counts how often they set it by hand. A page says which it was drawn under, so that what it showed before
    never undoes "mark unread from here".
    """

    __tablename__ = "thread_reading"
    __table_args__ = (
        CheckConstraint("read_to >= 0", name="read_to"),
        Index("ix_thread_reading_thread_id", "thread_id"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"), primary_key=True)
    read_to: Mapped[int]
    turns: Mapped[int]


class TeamFollowRow(Base):
    """What somebody wants to hear of in a team's threads, where they chose."""

    __tablename__ = "team_follow"
    __table_args__ = (CheckConstraint(_LEVEL, name="level"), Index("ix_team_follow_team_id", "team_id"))

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    level: Mapped[str] = mapped_column(String(LEVEL_MAX))


class ThreadFollowRow(Base):
    """What somebody wants to hear of in one thread; it counts more than what they chose for the team."""

    __tablename__ = "thread_follow"
    __table_args__ = (CheckConstraint(_LEVEL, name="level"), Index("ix_thread_follow_thread_id", "thread_id"))

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"), primary_key=True)
    level: Mapped[str] = mapped_column(String(LEVEL_MAX))


means("uq_post_author_id_key", Conflict("You have sent this already. Go back to the thread to see it."))

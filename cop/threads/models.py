"""Threads, posts, earlier versions and drafts; how far each reader has come, and what each wants to hear of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from cop.kernel.clock import UtcDateTime
from cop.kernel.constraints import means
from cop.kernel.db import Base
from cop.kernel.errors import Conflict
from cop.kernel.ids import KEY_MAX
from cop.threads.limits import (
    ALT_MAX,
    DECISION_REASON_MAX,
    DRAFT_BODY_MAX,
    DRAFT_TITLE_MAX,
    LEVEL_MAX,
    LEVELS,
    LOCK_REASON_MAX,
    POST_MAX,
    TITLE_MAX,
)

_LEVEL = f"level IN ({', '.join(repr(word) for word in LEVELS)})"


class ThreadRow(Base):
    """A discussion in a team. `seq` counts everything that happened to its posts; it never goes back.

    The outcome stays when a thread is reopened. `summary_version` is the newest of its summaries, 0 without any.
    `split_from_id` is the thread in which its posts began, for one that was split off (ADR 24).
    """

    __tablename__ = "thread"
    __table_args__ = (
        CheckConstraint(f"length(title) BETWEEN 1 AND {TITLE_MAX}", name="title_length"),
        CheckConstraint("status IN ('open', 'concluded', 'reopened')", name="status"),
        CheckConstraint(f"length(outcome) <= {POST_MAX}", name="outcome_length"),
        CheckConstraint(f"length(lock_reason) <= {LOCK_REASON_MAX}", name="lock_reason_length"),
        CheckConstraint("status <> 'concluded' OR length(outcome) > 0", name="outcome_given"),
        Index("ix_thread_team_id", "team_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    created_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seq: Mapped[int]
    status: Mapped[str] = mapped_column(String(10), default="open")
    outcome: Mapped[str] = mapped_column(Text, default="")
    outcome_html: Mapped[str] = mapped_column(Text, default="")
    concluded_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    concluded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lock_reason: Mapped[str] = mapped_column(Text, default="")
    locked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    locked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    summary_version: Mapped[int] = mapped_column(default=0)
    split_from_id: Mapped[int | None] = mapped_column(ForeignKey("thread.id"))


class ThreadSummaryRow(Base):
    """One text of the summary on top of a thread; all of them stay, the newest is shown."""

    __tablename__ = "thread_summary"
    __table_args__ = (CheckConstraint(f"length(source) <= {POST_MAX}", name="source_length"),)

    thread_id: Mapped[int] = mapped_column(ForeignKey("thread.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    renderer: Mapped[int]
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PostRow(Base):
    """A post. `number` is its place in the thread, from 1 without gaps, since a removed post keeps its place.

    `seq` is the thread's at this post's last change: "what changed since" is one range of an index. `key` is the
    form's, which makes sending the same form twice the same post. A hidden post keeps its text (`hidden.py` says for
    whom); `hidden_as` is whether its team or the platform's admin hid it.

    A row with `moved_id` is a marker: that post stood here until its author, who split the thread, moved it away. It is
    a removed post to whatever does not ask, so it is never found, told of, quoted or new to anybody.
    """

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("thread_id", "number", name="uq_post_thread_id_number"),
        UniqueConstraint("author_id", "key", name="uq_post_author_id_key"),
        CheckConstraint(f"length(source) <= {POST_MAX}", name="source_length"),
        CheckConstraint("deleted_at IS NOT NULL OR length(source) > 0", name="source_given"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("hidden_as IN ('team', 'platform')", name="hidden_as"),
        CheckConstraint(f"length(hidden_reason) <= {DECISION_REASON_MAX}", name="hidden_reason_length"),
        CheckConstraint(
            "hidden_at IS NULL OR (hidden_as IS NOT NULL AND length(hidden_reason) > 0)", name="hidden_why"
        ),
        CheckConstraint("moved_id IS NULL OR deleted_at IS NOT NULL", name="marker_is_gone"),
        Index(
            "ix_post_marker",
            "thread_id",
            sqlite_where=text("moved_id IS NOT NULL"),
            postgresql_where=text("moved_id IS NOT NULL"),
        ),
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
    hidden_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hidden_as: Mapped[str | None] = mapped_column(String(10))
    hidden_reason: Mapped[str] = mapped_column(Text, default="")
    moved_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))


class PostFileRow(Base):
    """A file that a post carries, in its place. `alt` says what a picture shows; `added_at` when it came by an edit."""

    __tablename__ = "post_file"
    __table_args__ = (
        CheckConstraint(f"length(alt) <= {ALT_MAX}", name="alt_length"),
        Index("ix_post_file_post_id", "post_id"),
    )

    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    place: Mapped[int]
    alt: Mapped[str] = mapped_column(Text)
    added_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


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


class ReactionRow(Base):
    """That somebody agrees with a post, thanks for it, is not sure, or wants to know more."""

    __tablename__ = "reaction"
    __table_args__ = (
        UniqueConstraint("post_id", "person_id", "kind", name="uq_reaction_post_id_person_id_kind"),
        CheckConstraint("kind IN ('agree', 'thanks', 'unsure', 'more')", name="kind"),
        Index("ix_reaction_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class DraftRow(Base):
    """What somebody is writing in one place and has not posted: theirs alone, and gone when they post it.

    `subject_id` is the thread, team or post it is written in, by `kind`; without a foreign key, because a draft
    outlives the right to post it. `revision` is new with each save: who saves over it must know it. `base_version` is
    the version of the post, or of the summary, that the writer began from.
    """

    __tablename__ = "draft"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "subject_id", name="uq_draft_person_id_kind_subject_id"),
        CheckConstraint("kind IN ('reply', 'thread', 'edit', 'summary')", name="kind"),
        CheckConstraint(f"length(title) <= {DRAFT_TITLE_MAX}", name="title_length"),
        CheckConstraint(f"length(body) <= {DRAFT_BODY_MAX}", name="body_length"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(10))
    subject_id: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    quote_id: Mapped[int | None]
    base_version: Mapped[int | None]
    revision: Mapped[str] = mapped_column(String(KEY_MAX))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)


means(
    "uq_draft_person_id_kind_subject_id",
    Conflict("This draft was saved in another window just now. Try again."),
)
means("uq_post_author_id_key", Conflict("You have sent this already. Go back to the thread to see it."))

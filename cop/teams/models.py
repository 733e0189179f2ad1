"""Teams, their charters, the functions they want, and who is or was on them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop.accounts.functions import FUNCTIONS
from cop.kernel.clock import UtcDateTime
from cop.kernel.constraints import means
from cop.kernel.db import Base
from cop.kernel.errors import Conflict, Invalid
from cop.kernel.ids import KEY_MAX
from cop.teams.limits import (
    ACCESS_MODES,
    AMBITION_MAX,
    BASELINE_MAX,
    DECIDED_BY_MAX,
    DECISION_MAX,
    GAP_NOTE_MAX,
    HANDED_NOTE_MAX,
    HANDED_TO_MAX,
    ITEM_LINK_MAX,
    ITEM_MAX,
    ITEM_STATES,
    MEASURE_MAX,
    MILESTONE_MAX,
    NAME_MAX,
    QUESTION_MAX,
    REASON_MAX,
    REPORT_MAX,
    ROLES,
    SCOPE_MAX,
    SOURCE_KIND_MAX,
    STANCES,
    STATES,
    TITLE_MAX,
)


def _words(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


class TeamRow(Base):
    """A task-and-finish team with its charter. Scope is kept as typed, one point on each line.

    `start_key` makes the same form sent twice start one team. `end_told_for` and `overdue_told_for` are the end dates
    of which the lead has been told that they are near, and past: a date that moves is told of anew.
    """

    __tablename__ = "team"
    __table_args__ = (
        CheckConstraint(f"length(name) BETWEEN 1 AND {NAME_MAX}", name="name_length"),
        CheckConstraint(f"length(question) BETWEEN 1 AND {QUESTION_MAX}", name="question_length"),
        CheckConstraint(f"length(ambition) <= {AMBITION_MAX}", name="ambition_length"),
        CheckConstraint(f"length(measure) <= {MEASURE_MAX}", name="measure_length"),
        CheckConstraint(f"length(baseline) <= {BASELINE_MAX}", name="baseline_length"),
        CheckConstraint(f"length(scope_in) <= {SCOPE_MAX}", name="scope_in_length"),
        CheckConstraint(f"length(scope_out) <= {SCOPE_MAX}", name="scope_out_length"),
        CheckConstraint(f"length(gap_note) <= {GAP_NOTE_MAX}", name="gap_note_length"),
        CheckConstraint(f"access_mode IN ({_words(ACCESS_MODES)})", name="access_mode"),
        CheckConstraint(f"status IN ({_words(STATES)})", name="status"),
        CheckConstraint("end_date >= start_date", name="dates"),
        Index("ix_team_access_mode", "access_mode"),
        UniqueConstraint("created_by", "start_key", name="uq_team_start_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    question: Mapped[str] = mapped_column(String(QUESTION_MAX))
    ambition: Mapped[str] = mapped_column(String(AMBITION_MAX))
    ambition_by: Mapped[date | None]
    measure: Mapped[str] = mapped_column(String(MEASURE_MAX))
    baseline: Mapped[str] = mapped_column(String(BASELINE_MAX))
    scope_in: Mapped[str] = mapped_column(Text)
    scope_out: Mapped[str] = mapped_column(Text)
    gap_note: Mapped[str] = mapped_column(String(GAP_NOTE_MAX))
    access_mode: Mapped[str] = mapped_column(String(10))
    status: Mapped[str] = mapped_column(String(10))
    start_date: Mapped[date]
    end_date: Mapped[date | None]
    version: Mapped[int]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    start_key: Mapped[str | None] = mapped_column(String(KEY_MAX))
    end_told_for: Mapped[date | None]
    overdue_told_for: Mapped[date | None]

    members: Mapped[list[MemberRow]] = relationship(
        primaryjoin="and_(TeamRow.id == MemberRow.team_id, MemberRow.left_at.is_(None))",
        order_by="MemberRow.id",
        lazy="raise",
        viewonly=True,
    )


class FunctionWantedRow(Base):
    """A function the team wants among its people."""

    __tablename__ = "team_function_wanted"
    __table_args__ = (CheckConstraint(f"function IN ({_words(tuple(FUNCTIONS))})", name="function"),)

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    function: Mapped[str] = mapped_column(String(20), primary_key=True)


class MemberRow(Base):
    """One person's time on a team. Who leaves keeps the row; who comes back gets another.

    `stance` is what they say of themselves: content or unhappy with how things are bought today.
    """

    __tablename__ = "team_member"
    __table_args__ = (
        CheckConstraint(f"role IN ({_words(ROLES)})", name="role"),
        CheckConstraint(f"function IN ({_words(tuple(FUNCTIONS))})", name="function"),
        CheckConstraint(f"length(title) <= {TITLE_MAX}", name="title_length"),
        CheckConstraint(f"stance IN ({_words(STANCES)})", name="stance"),
        Index(
            "uq_team_member_current",
            "team_id",
            "person_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
        Index("ix_team_member_person_id_left_at", "person_id", "left_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(12))
    function: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stance: Mapped[str | None] = mapped_column(String(10))


class StepRow(Base):
    """When a team came into a state, and who took the step."""

    __tablename__ = "team_step"
    __table_args__ = (CheckConstraint(f"status IN ({_words(STATES)})", name="status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    status: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class EndDateRow(Base):
    """A decision of the board about when a team ends: the date before, the date after, and why."""

    __tablename__ = "team_end_date"
    __table_args__ = (CheckConstraint(f"length(reason) BETWEEN 1 AND {REASON_MAX}", name="reason_length"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), index=True)
    before: Mapped[date | None]
    after: Mapped[date]
    reason: Mapped[str] = mapped_column(String(REASON_MAX))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MilestoneRow(Base):
    """A day by which something should be true. `sequence` grows with each change: calendars go by it."""

    __tablename__ = "team_milestone"
    __table_args__ = (
        CheckConstraint(f"length(title) BETWEEN 1 AND {MILESTONE_MAX}", name="title_length"),
        Index("ix_team_milestone_team_id_due", "team_id", "due"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    title: Mapped[str] = mapped_column(String(MILESTONE_MAX))
    due: Mapped[date]
    added_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sequence: Mapped[int]
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class OpenItemRow(Base):
    """Something that somebody on the team still has to do, until it is done or handed to somebody outside.

    `source_kind` and `source_id` name the thing of a higher domain it stands for: there is one item for each.
    """

    __tablename__ = "team_open_item"
    __table_args__ = (
        CheckConstraint(f"length(title) BETWEEN 1 AND {ITEM_MAX}", name="title_length"),
        CheckConstraint(f"length(href) <= {ITEM_LINK_MAX}", name="href_length"),
        CheckConstraint(f"state IN ({_words(ITEM_STATES)})", name="state"),
        CheckConstraint(f"length(handed_to) <= {HANDED_TO_MAX}", name="handed_to_length"),
        CheckConstraint(f"length(handed_note) <= {HANDED_NOTE_MAX}", name="handed_note_length"),
        CheckConstraint("state != 'handed_over' OR length(handed_to) > 0", name="handed_to_somebody"),
        CheckConstraint("(state = 'open') = (settled_at IS NULL)", name="settled"),
        UniqueConstraint("source_kind", "source_id", name="uq_team_open_item_source"),
        Index("ix_team_open_item_team_id_state", "team_id", "state"),
        Index("ix_team_open_item_owner_id_state", "owner_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    title: Mapped[str] = mapped_column(String(ITEM_MAX))
    href: Mapped[str] = mapped_column(String(ITEM_LINK_MAX))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    due: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(12))
    added_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    handed_to: Mapped[str] = mapped_column(String(HANDED_TO_MAX))
    handed_note: Mapped[str] = mapped_column(String(HANDED_NOTE_MAX))
    source_kind: Mapped[str | None] = mapped_column(String(SOURCE_KIND_MAX))
    source_id: Mapped[int | None]


class DecisionRow(Base):
    """What a team decided, when, and who did, in a sentence or two."""

    __tablename__ = "team_decision"
    __table_args__ = (
        CheckConstraint(f"length(text) BETWEEN 1 AND {DECISION_MAX}", name="text_length"),
        CheckConstraint(f"length(decided_by) BETWEEN 1 AND {DECIDED_BY_MAX}", name="decided_by_length"),
        Index("ix_team_decision_team_id_decided_on", "team_id", "decided_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    text: Mapped[str] = mapped_column(String(DECISION_MAX))
    decided_on: Mapped[date]
    decided_by: Mapped[str] = mapped_column(String(DECIDED_BY_MAX))
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ReportRow(Base):
    """One version of a team's closing report; the highest is the one that stands. Rendered once, when written."""

    __tablename__ = "team_report"
    __table_args__ = (CheckConstraint(f"length(source) BETWEEN 1 AND {REPORT_MAX}", name="source_length"),)

    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    renderer: Mapped[int]
    written_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CalendarAddressRow(Base):
    """The secret in the address by which somebody's calendar program reads their teams' dates: its hash alone."""

    __tablename__ = "calendar_address"
    __table_args__ = (UniqueConstraint("token_hash", name="uq_calendar_address_token_hash"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)


means("uq_team_start_key", Conflict("You have started this team already. It is among your teams."))
means("uq_team_member_current", Conflict("This person is on the team already."))
means("ck_team_dates", Invalid("The end date must be on or after the start date.", "end_date"))

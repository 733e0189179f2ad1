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
    GAP_NOTE_MAX,
    MEASURE_MAX,
    NAME_MAX,
    QUESTION_MAX,
    ROLES,
    SCOPE_MAX,
    STATES,
    TITLE_MAX,
)


def _words(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


class TeamRow(Base):
    """A task-and-finish team with its charter. Scope is kept as typed, one point on each line.

    `start_key` makes the same form sent twice start one team.
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
    """One person's time on a team. Who leaves keeps the row; who comes back gets another."""

    __tablename__ = "team_member"
    __table_args__ = (
        CheckConstraint(f"role IN ({_words(ROLES)})", name="role"),
        CheckConstraint(f"function IN ({_words(tuple(FUNCTIONS))})", name="function"),
        CheckConstraint(f"length(title) <= {TITLE_MAX}", name="title_length"),
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


means("uq_team_start_key", Conflict("You have started this team already. It is among your teams."))
means("uq_team_member_current", Conflict("This person is on the team already."))
means("ck_team_dates", Invalid("The end date must be on or after the start date.", "end_date"))

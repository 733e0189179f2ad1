"""How people come to a team and go up in it: invitations, guests, requests to join, and a lead that is handed over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from cop.accounts.functions import FUNCTIONS
from cop.accounts.limits import EMAIL_MAX
from cop.kernel.clock import UtcDateTime
from cop.kernel.constraints import means
from cop.kernel.db import Base
from cop.kernel.errors import Conflict
from cop.teams.joining_limits import ANSWER_MAX, JOINING_NOTE_MAX, THING_MAX

INVITATION_STATES = ("open", "waits", "accepted", "declined", "withdrawn", "refused")
REQUEST_STATES = ("open", "accepted", "declined", "withdrawn")
STANDINGS = ("member", "guest")


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class InvitationRow(Base):
    """Somebody was invited by their email address to a team or to one thing of it, as member or as guest.

    open → accepted, declined, withdrawn. It `waits` while an admin decides about the account of who used it
    (`registration_id`), or a lead about somebody whose account has another address (`person_id`); refused is their no.
    That its time is over is computed from `expires_at`.
    """

    __tablename__ = "team_invitation"
    __table_args__ = (
        CheckConstraint(_one_of("standing", STANDINGS), name="standing"),
        CheckConstraint(_one_of("state", INVITATION_STATES), name="state"),
        CheckConstraint(_one_of("function", tuple(FUNCTIONS)), name="function"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint(f"length(note) <= {JOINING_NOTE_MAX}", name="note_length"),
        Index(
            "uq_team_invitation_open",
            "team_id",
            "thing",
            "thing_id",
            "email",
            unique=True,
            sqlite_where=text("state IN ('open', 'waits')"),
            postgresql_where=text("state IN ('open', 'waits')"),
        ),
        Index("ix_team_invitation_email", "email"),
        Index("ix_team_invitation_registration_id", "registration_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    thing: Mapped[str] = mapped_column(String(THING_MAX))
    thing_id: Mapped[int]
    standing: Mapped[str] = mapped_column(String(10))
    may_write: Mapped[bool]
    email: Mapped[str] = mapped_column(String(EMAIL_MAX))
    function: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(String(JOINING_NOTE_MAX))
    invited_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class GuestRow(Base):
    """Somebody is a guest of the team, or of one thing of it, without being on the team. Who goes keeps the row."""

    __tablename__ = "team_guest"
    __table_args__ = (
        Index(
            "uq_team_guest_current",
            "thing",
            "thing_id",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_team_guest_person_id_ended_at", "person_id", "ended_at"),
        Index("ix_team_guest_team_id", "team_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    thing: Mapped[str] = mapped_column(String(THING_MAX))
    thing_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    may_write: Mapped[bool]
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RequestRow(Base):
    """Somebody asked to join a team, with a note; a lead or a facilitator lets them in or says no in a word."""

    __tablename__ = "team_request"
    __table_args__ = (
        CheckConstraint(_one_of("state", REQUEST_STATES), name="state"),
        CheckConstraint(f"length(note) <= {JOINING_NOTE_MAX}", name="note_length"),
        CheckConstraint(f"length(answer) <= {ANSWER_MAX}", name="answer_length"),
        Index(
            "uq_team_request_open",
            "team_id",
            "person_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_team_request_person_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(String(JOINING_NOTE_MAX))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10))
    answer: Mapped[str] = mapped_column(String(ANSWER_MAX))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class LeadOfferRow(Base):
    """A lead offers the lead to somebody else on the team, who takes it or not."""

    __tablename__ = "team_lead_offer"
    __table_args__ = (
        CheckConstraint(_one_of("state", REQUEST_STATES), name="state"),
        Index(
            "uq_team_lead_offer_open",
            "team_id",
            "from_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    team_id: Mapped[int] = mapped_column(ForeignKey("team.id"))
    from_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    to_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    offered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[str] = mapped_column(String(10))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


means(
    "uq_team_invitation_open",
    Conflict("There is an open invitation for this address already. You can send it again."),
)
means("uq_team_guest_current", Conflict("This person is a guest here already."))
means("uq_team_request_open", Conflict("You have asked to join already. The team’s lead will answer."))
means("uq_team_lead_offer_open", Conflict("You have offered the lead already. Take the offer back first."))

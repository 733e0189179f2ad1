"""Organisations, people, their secrets (in rows of their own), roles, interests and sessions."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from cop.accounts.functions import FUNCTIONS
from cop.accounts.limits import DOMAIN_MAX, EMAIL_MAX, INTEREST_MAX, JOB_MAX, MERGE_REASON_MAX, NAME_MAX
from cop.kernel.clock import UtcDateTime
from cop.kernel.constraints import means
from cop.kernel.db import Base
from cop.kernel.errors import Conflict, Invalid

ORGANISATION_KINDS = ("council", "consortium", "supplier", "central", "community")
MERGE_STATES = ("asked", "done", "called_off")
REGISTRATION_STATES = ("asked", "proved", "approved", "refused")
ROLES = ("platform_admin", "board", "librarian", "organisation_admin")


def one_of(column: str, values: tuple[str, ...]) -> str:
    """SQL text of a CHECK that a column holds one of these words."""
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class OrganisationRow(Base):
    """A council, consortium, supplier, central body or community group. Councils carry the register's GSS code."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint(one_of("kind", ORGANISATION_KINDS), name="kind"),
        CheckConstraint(f"length(name) BETWEEN 1 AND {NAME_MAX}", name="name_length"),
        UniqueConstraint("gss_code", name="uq_organisation_gss_code"),
        Index("ix_organisation_name", "name"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    official_name: Mapped[str] = mapped_column(String(NAME_MAX))
    gss_code: Mapped[str | None] = mapped_column(String(9))
    authority_kind: Mapped[str | None] = mapped_column(String(60))
    region: Mapped[str | None] = mapped_column(String(60))
    start_date: Mapped[date | None]
    end_date: Mapped[date | None]


class SuccessorRow(Base):
    """A replaced council and one of the councils that took its place."""

    __tablename__ = "organisation_successor"

    predecessor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    successor_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True, index=True)


class PersonRow(Base):
    """Somebody with an account. The address is kept folded, because people type it in any case.

    `merged_into_id`: this account was closed and lives on in that one, which answers to its address as well; it is
    never one that was closed itself. `chooses_organisation`: they say at their next sign-in for whom they act.
    """

    __tablename__ = "person"
    __table_args__ = (
        UniqueConstraint("email", name="uq_person_email"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint(f"length(name) BETWEEN 1 AND {NAME_MAX}", name="name_length"),
        CheckConstraint(one_of("function", tuple(FUNCTIONS)), name="function"),
        CheckConstraint("merged_into_id IS NULL OR suspended_at IS NOT NULL", name="merged_is_stopped"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(EMAIL_MAX))
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    job: Mapped[str] = mapped_column(String(JOB_MAX), default="")
    function: Mapped[str] = mapped_column(String(20))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    suspended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    interests_declared_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    chooses_organisation: Mapped[bool] = mapped_column(default=False, server_default=false())


class MergeRow(Base):
    """Two accounts of one person become one: asked → done, once both addresses were proved, or called off."""

    __tablename__ = "account_merge"
    __table_args__ = (
        CheckConstraint(one_of("state", MERGE_STATES), name="state"),
        CheckConstraint("kept_id <> closed_id", name="two_accounts"),
        CheckConstraint(f"length(reason) <= {MERGE_REASON_MAX}", name="reason_length"),
        CheckConstraint(
            "state <> 'done' OR (kept_proved_at IS NOT NULL AND closed_proved_at IS NOT NULL AND length(reason) > 0)",
            name="done_when_proved",
        ),
        Index("ix_account_merge_kept_id", "kept_id"),
        Index("ix_account_merge_closed_id", "closed_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kept_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    closed_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str] = mapped_column(String(10))
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kept_proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(MERGE_REASON_MAX))


class PasswordRow(Base):
    """An argon2id hash, apart from the person so that reading a profile can never fetch it."""

    __tablename__ = "person_password"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    hashed: Mapped[str] = mapped_column(Text)
    # True for the demonstration's password, which everybody knows: such a database must never go public.
    published: Mapped[bool] = mapped_column(default=False)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RoleRow(Base):
    """A standing beyond one's organisation: platform admin, board, librarian, organisation admin.

    An organisation admin is one of the organisation named here, and of none while they act for another.
    """

    __tablename__ = "person_role"
    __table_args__ = (
        CheckConstraint(one_of("role", ROLES), name="role"),
        CheckConstraint("(role = 'organisation_admin') = (organisation_id IS NOT NULL)", name="admin_of_one"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))


class MembershipRow(Base):
    """From when to when somebody may act for an organisation. The person says for which one they do: one at a time."""

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("until >= since", name="dates"),
        Index(
            "uq_membership_current",
            "person_id",
            "organisation_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
        Index("ix_membership_organisation_id", "organisation_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BoardPlaceRow(Base):
    """Somebody's time on the board, and the organisation they acted for when they were appointed."""

    __tablename__ = "board_place"
    __table_args__ = (
        CheckConstraint("until >= since", name="dates"),
        Index(
            "uq_board_place_current",
            "person_id",
            unique=True,
            sqlite_where=text("until IS NULL"),
            postgresql_where=text("until IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DomainRow(Base):
    """What follows the @ in the addresses of an organisation's people: whoever proves one of them is let in at once."""

    __tablename__ = "organisation_domain"
    __table_args__ = (
        UniqueConstraint("domain", name="uq_organisation_domain_domain"),
        CheckConstraint("domain = lower(domain)", name="domain_lower"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    domain: Mapped[str] = mapped_column(String(DOMAIN_MAX))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RegistrationRow(Base):
    """Somebody who asked to join: asked → proved (their address is theirs) → approved or refused."""

    __tablename__ = "registration"
    __table_args__ = (
        CheckConstraint(one_of("state", REGISTRATION_STATES), name="state"),
        CheckConstraint("email = lower(email)", name="email_lower"),
        CheckConstraint(one_of("function", tuple(FUNCTIONS)), name="function"),
        Index("ix_registration_email", "email"),
        Index("ix_registration_organisation_id_state", "organisation_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(EMAIL_MAX))
    name: Mapped[str] = mapped_column(String(NAME_MAX))
    job: Mapped[str] = mapped_column(String(JOB_MAX))
    function: Mapped[str] = mapped_column(String(20))
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"))
    state: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class InterestRow(Base):
    """An interest somebody declared; withdrawn ones stay on the record."""

    __tablename__ = "person_interest"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    text: Mapped[str] = mapped_column(String(INTEREST_MAX))
    declared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SessionRow(Base):
    """A signed-in browser. Only the hash of its token is stored; ending it is deleting the row.

    `by_link`: it began with a link out of an email, not with a password. `second_step`: with a code as well.
    """

    __tablename__ = "login_session"
    # The id is never given out again: an open socket remembers the session by it.
    __table_args__ = (
        UniqueConstraint("token_hash", name="uq_login_session_token_hash"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_link: Mapped[bool] = mapped_column(default=False, server_default=false())
    second_step: Mapped[bool] = mapped_column(default=False, server_default=false())


class HalfSignInRow(Base):
    """Somebody showed a password or a link and still owes the code of their second step. It opens nothing."""

    __tablename__ = "half_sign_in"
    __table_args__ = (UniqueConstraint("token_hash", name="uq_half_sign_in_token_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    by_link: Mapped[bool]
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)


class KeptTextRow(Base):
    """A form that was sent when its session had ended, until its writer has signed in by a link."""

    __tablename__ = "kept_text"
    __table_args__ = (CheckConstraint("length(text) <= 400000", name="text_length"),)

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    email: Mapped[str] = mapped_column(String(EMAIL_MAX))
    text: Mapped[str] = mapped_column(Text)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TotpRow(Base):
    """What an authenticator app shares with us: in use, or being set up in one session (`in_use` is false).

    The seed is half of the secret; the other half is the server's own (`totp.secret_of`), so a copy of the database
    alone makes no codes. `last_step` is the step of time whose code was used last: none works twice.
    """

    __tablename__ = "person_totp"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    in_use: Mapped[bool] = mapped_column(primary_key=True)
    seed: Mapped[str] = mapped_column(String(64))
    session_id: Mapped[int | None]
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_step: Mapped[int]


class RecoveryCodeRow(Base):
    """The hash of a code that replaces the app once, for whoever lost their phone."""

    __tablename__ = "person_recovery_code"
    __table_args__ = (UniqueConstraint("code_hash", name="uq_person_recovery_code_code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInFailureRow(Base):
    """A failed sign-in, by hashed key (account, address or both): what the throttle counts."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index("ix_sign_in_failure_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)


means("uq_person_email", Invalid("Somebody with this email address already has an account.", "email"))
means(
    "uq_organisation_domain_domain",
    Invalid("This domain is entered for an organisation already. Each domain belongs to one.", "domain"),
)
means("uq_membership_current", Conflict("They can act for this organisation already."))
means("uq_board_place_current", Conflict("They are on the board already."))

"""Invitations to a team, its guests, requests to join it, and a lead that is offered."""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

FUNCTIONS = (
    "service_user",
    "commissioning",
    "social_care",
    "procurement",
    "commercial",
    "finance",
    "legal",
    "it",
    "policy",
    "hr",
    "fleet",
    "estates",
    "community",
    "supplier",
    "other",
)


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "team_guest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("thing", sa.String(length=20), nullable=False),
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("may_write", sa.Boolean(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_team_guest_person_id_person")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_guest_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_guest")),
    )
    op.create_index("ix_team_guest_person_id_ended_at", "team_guest", ["person_id", "ended_at"])
    op.create_index("ix_team_guest_team_id", "team_guest", ["team_id"])
    op.create_index(
        "uq_team_guest_current",
        "team_guest",
        ["thing", "thing_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "team_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("thing", sa.String(length=20), nullable=False),
        sa.Column("thing_id", sa.Integer(), nullable=False),
        sa.Column("standing", sa.String(length=10), nullable=False),
        sa.Column("may_write", sa.Boolean(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("function", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("invited_by", sa.Integer(), nullable=False),
        sa.Column("invited_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("registration_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "function IN (" + ", ".join(f"'{key}'" for key in FUNCTIONS) + ")",
            name=op.f("ck_team_invitation_function"),
        ),
        sa.CheckConstraint("standing IN ('member', 'guest')", name=op.f("ck_team_invitation_standing")),
        sa.CheckConstraint(
            "state IN ('open', 'waits', 'accepted', 'declined', 'withdrawn', 'refused')",
            name=op.f("ck_team_invitation_state"),
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_team_invitation_email_lower")),
        sa.CheckConstraint("length(note) <= 500", name=op.f("ck_team_invitation_note_length")),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["person.id"], name=op.f("fk_team_invitation_invited_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_team_invitation_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_team_invitation_registration_id_registration"),
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_invitation_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_invitation")),
    )
    op.create_index("ix_team_invitation_email", "team_invitation", ["email"])
    op.create_index("ix_team_invitation_registration_id", "team_invitation", ["registration_id"])
    op.create_index(
        "uq_team_invitation_open",
        "team_invitation",
        ["team_id", "thing", "thing_id", "email"],
        unique=True,
        sqlite_where=sa.text("state IN ('open', 'waits')"),
        postgresql_where=sa.text("state IN ('open', 'waits')"),
    )
    op.create_table(
        "team_lead_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("from_id", sa.Integer(), nullable=False),
        sa.Column("to_id", sa.Integer(), nullable=False),
        sa.Column("offered_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'withdrawn')", name=op.f("ck_team_lead_offer_state")
        ),
        sa.ForeignKeyConstraint(["from_id"], ["person.id"], name=op.f("fk_team_lead_offer_from_id_person")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_lead_offer_team_id_team")),
        sa.ForeignKeyConstraint(["to_id"], ["person.id"], name=op.f("fk_team_lead_offer_to_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_lead_offer")),
    )
    op.create_index(
        "uq_team_lead_offer_open",
        "team_lead_offer",
        ["team_id", "from_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "team_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("answer", sa.String(length=300), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'withdrawn')", name=op.f("ck_team_request_state")
        ),
        sa.CheckConstraint("length(answer) <= 300", name=op.f("ck_team_request_answer_length")),
        sa.CheckConstraint("length(note) <= 500", name=op.f("ck_team_request_note_length")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_team_request_decided_by_person")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_team_request_person_id_person")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_request_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_request")),
    )
    op.create_index("ix_team_request_person_id", "team_request", ["person_id"])
    op.create_index(
        "uq_team_request_open",
        "team_request",
        ["team_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    """Take it back."""
    for table in ("team_request", "team_lead_offer", "team_invitation", "team_guest"):
        op.drop_table(table)

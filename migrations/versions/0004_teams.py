"""Teams, their charters, the functions they want, and who is or was on them."""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("question", sa.String(length=300), nullable=False),
        sa.Column("ambition", sa.String(length=300), nullable=False),
        sa.Column("ambition_by", sa.Date(), nullable=True),
        sa.Column("measure", sa.String(length=500), nullable=False),
        sa.Column("baseline", sa.String(length=500), nullable=False),
        sa.Column("scope_in", sa.Text(), nullable=False),
        sa.Column("scope_out", sa.Text(), nullable=False),
        sa.Column("gap_note", sa.String(length=200), nullable=False),
        sa.Column("access_mode", sa.String(length=10), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("start_date", sa.Date(), nullable=False),
        sa.Column("end_date", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("access_mode IN ('open', 'network', 'private')", name=op.f("ck_team_access_mode")),
        sa.CheckConstraint(
            "status IN ('forming', 'active', 'finishing', 'closed')", name=op.f("ck_team_status")
        ),
        sa.CheckConstraint("end_date >= start_date", name=op.f("ck_team_dates")),
        sa.CheckConstraint("length(ambition) <= 300", name=op.f("ck_team_ambition_length")),
        sa.CheckConstraint("length(baseline) <= 500", name=op.f("ck_team_baseline_length")),
        sa.CheckConstraint("length(gap_note) <= 200", name=op.f("ck_team_gap_note_length")),
        sa.CheckConstraint("length(measure) <= 500", name=op.f("ck_team_measure_length")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 120", name=op.f("ck_team_name_length")),
        sa.CheckConstraint("length(question) BETWEEN 1 AND 300", name=op.f("ck_team_question_length")),
        sa.CheckConstraint("length(scope_in) <= 4000", name=op.f("ck_team_scope_in_length")),
        sa.CheckConstraint("length(scope_out) <= 4000", name=op.f("ck_team_scope_out_length")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_team_created_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
    )
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.create_index("ix_team_access_mode", ["access_mode"], unique=False)

    op.create_table(
        "team_function_wanted",
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("function", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "function IN ('service_user', 'commissioning', 'social_care', 'procurement', 'commercial', 'finance', 'legal', 'it', 'policy', 'hr', 'fleet', 'estates', 'community', 'supplier', 'other')",
            name=op.f("ck_team_function_wanted_function"),
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_function_wanted_team_id_team")),
        sa.PrimaryKeyConstraint("team_id", "function", name=op.f("pk_team_function_wanted")),
    )
    op.create_table(
        "team_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("function", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "function IN ('service_user', 'commissioning', 'social_care', 'procurement', 'commercial', 'finance', 'legal', 'it', 'policy', 'hr', 'fleet', 'estates', 'community', 'supplier', 'other')",
            name=op.f("ck_team_member_function"),
        ),
        sa.CheckConstraint("role IN ('lead', 'facilitator', 'member')", name=op.f("ck_team_member_role")),
        sa.CheckConstraint("length(title) <= 120", name=op.f("ck_team_member_title_length")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_team_member_person_id_person")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_member_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_member")),
    )
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.create_index("ix_team_member_person_id_left_at", ["person_id", "left_at"], unique=False)
        batch_op.create_index(
            "uq_team_member_current",
            ["team_id", "person_id"],
            unique=True,
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )


def downgrade() -> None:
    """Take it back, keeping what the older tables can hold."""
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_team_member_current",
            sqlite_where=sa.text("left_at IS NULL"),
            postgresql_where=sa.text("left_at IS NULL"),
        )
        batch_op.drop_index("ix_team_member_person_id_left_at")

    op.drop_table("team_member")
    op.drop_table("team_function_wanted")
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.drop_index("ix_team_access_mode")

    op.drop_table("team")

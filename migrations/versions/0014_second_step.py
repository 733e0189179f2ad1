"""The second step of signing in: what apps share with us, recovery codes, and sign-ins that are half done."""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def _person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f(f"fk_{table}_person_id_person"))


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "half_sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("by_link", sa.Boolean(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        _person("half_sign_in"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_half_sign_in")),
        sa.UniqueConstraint("token_hash", name="uq_half_sign_in_token_hash"),
    )
    op.create_index(op.f("ix_half_sign_in_person_id"), "half_sign_in", ["person_id"])
    op.create_table(
        "person_totp",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("in_use", sa.Boolean(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        _person("person_totp"),
        sa.PrimaryKeyConstraint("person_id", "in_use", name=op.f("pk_person_totp")),
    )
    op.create_table(
        "person_recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        _person("person_recovery_code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_recovery_code")),
        sa.UniqueConstraint("code_hash", name="uq_person_recovery_code_code_hash"),
    )
    op.create_index(op.f("ix_person_recovery_code_person_id"), "person_recovery_code", ["person_id"])
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("second_step", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("login_session", schema=None) as batch_op:
        batch_op.drop_column("second_step")
    op.drop_table("person_recovery_code")
    op.drop_table("person_totp")
    op.drop_table("half_sign_in")

"""What people are writing in threads and have not posted yet."""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("quote_id", sa.Integer(), nullable=True),
        sa.Column("base_version", sa.Integer(), nullable=True),
        sa.Column("revision", sa.String(length=64), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('reply', 'thread', 'edit', 'summary')", name=op.f("ck_draft_kind")),
        sa.CheckConstraint("length(title) <= 1000", name=op.f("ck_draft_title_length")),
        sa.CheckConstraint("length(body) <= 60000", name=op.f("ck_draft_body_length")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_draft_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("person_id", "kind", "subject_id", name="uq_draft_person_id_kind_subject_id"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("draft")

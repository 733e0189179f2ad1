"""Tallies of searches that found nothing or ran out of time."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "search_tally",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("words", sa.String(length=80), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('miss', 'stopped')", name=op.f("ck_search_tally_kind")),
        sa.CheckConstraint("times >= 1", name=op.f("ck_search_tally_times")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_tally")),
        sa.UniqueConstraint("kind", "day", "words", name="uq_search_tally_kind_day_words"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("search_tally")

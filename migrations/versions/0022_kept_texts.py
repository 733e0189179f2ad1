"""What somebody had typed when their session ended, while they wait for a link."""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "kept_text",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("length(text) <= 400000", name=op.f("ck_kept_text_text_length")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_kept_text")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("kept_text")

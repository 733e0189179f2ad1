"""Reviews of assets, and of which review date somebody was told."""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = "0026"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it. Nobody was told of any date yet."""
    op.create_table(
        "asset_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("next_review", sa.Date(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_asset_review_version")),
        sa.CheckConstraint("length(note) <= 500", name=op.f("ck_asset_review_note_length")),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_asset_review_asset_id_asset")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_asset_review_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_review")),
    )
    op.create_index("ix_asset_review_asset_id", "asset_review", ["asset_id"])
    for name in ("review_told_for", "overdue_told_for"):
        op.add_column("asset", sa.Column(name, sa.Date(), nullable=True))
    op.create_index("ix_asset_status_review_date", "asset", ["status", "review_date"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_asset_status_review_date", table_name="asset")
    for name in ("overdue_told_for", "review_told_for"):
        op.drop_column("asset", name)
    op.drop_index("ix_asset_review_asset_id", table_name="asset_review")
    op.drop_table("asset_review")

"""Comparisons of versions, who follows a document, and addresses left to be told of one."""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "asset_comparison",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("old_version_id", sa.Integer(), nullable=False),
        sa.Column("new_version_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["old_version_id"], ["asset_version.id"], name="fk_asset_comparison_old_version_id_asset_version"
        ),
        sa.ForeignKeyConstraint(
            ["new_version_id"], ["asset_version.id"], name="fk_asset_comparison_new_version_id_asset_version"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_asset_comparison"),
        sa.UniqueConstraint("old_version_id", "new_version_id", name="uq_asset_comparison_versions"),
    )
    op.create_index("ix_asset_comparison_new_version_id", "asset_comparison", ["new_version_id"])
    op.create_table(
        "asset_follower",
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("told_up_to", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name="fk_asset_follower_asset_id_asset"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_asset_follower_person_id_person"),
        sa.PrimaryKeyConstraint("asset_id", "person_id", name="pk_asset_follower"),
    )
    op.create_index("ix_asset_follower_person_id", "asset_follower", ["person_id"])
    op.create_table(
        "address_to_tell",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("proved_at", UtcDateTime(), nullable=True),
        sa.Column("told_up_to", sa.Integer(), nullable=False),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name="fk_address_to_tell_asset_id_asset"),
        sa.PrimaryKeyConstraint("id", name="pk_address_to_tell"),
        sa.UniqueConstraint("asset_id", "email", name="uq_address_to_tell_asset_id_email"),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("address_to_tell")
    op.drop_table("asset_follower")
    op.drop_table("asset_comparison")

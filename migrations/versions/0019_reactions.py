"""Reactions to posts."""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "reaction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('agree', 'thanks', 'unsure', 'more')", name=op.f("ck_reaction_kind")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reaction_person_id_person")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_reaction_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reaction")),
        sa.UniqueConstraint("post_id", "person_id", "kind", name="uq_reaction_post_id_person_id_kind"),
    )
    op.create_index("ix_reaction_person_id", "reaction", ["person_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("reaction")

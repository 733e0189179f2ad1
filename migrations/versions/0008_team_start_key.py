"""The key that a team's form carried, so that sending it twice starts one team."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.add_column(sa.Column("start_key", sa.String(length=64), nullable=True))
        batch_op.create_unique_constraint("uq_team_start_key", ["created_by", "start_key"])


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.drop_constraint("uq_team_start_key", type_="unique")
        batch_op.drop_column("start_key")

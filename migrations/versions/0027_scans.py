"""Whether a document was scanned. What was read before is read again by the worker, where it may have been."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.add_column("file_text", sa.Column("scanned", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("file_text", schema=None) as batch_op:
        batch_op.alter_column("scanned", server_default=None)


def downgrade() -> None:
    """Take it back."""
    op.drop_column("file_text", "scanned")

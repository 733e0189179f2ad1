"""Files that posts carry, and pictures that were drawn anew."""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_DOCUMENTS = "'docx', 'odt', 'pdf', 'ods', 'xlsx', 'csv', 'markdown', 'text'"
_PICTURES = "'png', 'jpeg', 'webp', 'gif'"


def _kinds(kinds: str) -> None:
    with op.batch_alter_table("stored_file", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_stored_file_kind"), type_="check")
        batch_op.create_check_constraint(op.f("ck_stored_file_kind"), f"kind IN ({kinds})")


def upgrade() -> None:
    """Make it."""
    _kinds(f"{_DOCUMENTS}, {_PICTURES}")
    op.create_table(
        "picture",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_picture_size")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_picture_file_id_stored_file"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_picture")),
    )
    op.create_table(
        "post_file",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("alt", sa.Text(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("length(alt) <= 500", name=op.f("ck_post_file_alt_length")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_post_file_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_file_post_id_post")),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_post_file")),
    )
    op.create_index("ix_post_file_post_id", "post_file", ["post_id"])


def downgrade() -> None:
    """Take it back, keeping what the older tables can hold: documents, but no pictures."""
    op.drop_table("post_file")
    op.drop_table("picture")
    of_pictures = f"SELECT id FROM stored_file WHERE kind IN ({_PICTURES})"
    op.execute(f"DELETE FROM file_text WHERE file_id IN ({of_pictures})")
    op.execute(f"DELETE FROM stored_file WHERE kind IN ({_PICTURES})")
    _kinds(_DOCUMENTS)

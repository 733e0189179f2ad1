"""Threads that were split off another, and the markers that their posts left there."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_IS_MARKER = sa.text("moved_id IS NOT NULL")


def upgrade() -> None:
    """Make it."""
    with op.batch_alter_table("thread") as thread:
        thread.add_column(sa.Column("split_from_id", sa.Integer(), nullable=True))
        thread.create_foreign_key(op.f("fk_thread_split_from_id_thread"), "thread", ["split_from_id"], ["id"])
    with op.batch_alter_table("post") as post:
        post.add_column(sa.Column("moved_id", sa.Integer(), nullable=True))
        post.create_foreign_key(op.f("fk_post_moved_id_post"), "post", ["moved_id"], ["id"])
        post.create_check_constraint(
            op.f("ck_post_marker_is_gone"), "moved_id IS NULL OR deleted_at IS NOT NULL"
        )
    op.create_index(
        "ix_post_marker", "post", ["thread_id"], sqlite_where=_IS_MARKER, postgresql_where=_IS_MARKER
    )


def downgrade() -> None:
    """Take it back. Threads stay as they were split; an older program shows a marker as a removed post."""
    op.drop_index("ix_post_marker", table_name="post")
    with op.batch_alter_table("post") as post:
        post.drop_constraint(op.f("ck_post_marker_is_gone"), type_="check")
        post.drop_constraint(op.f("fk_post_moved_id_post"), type_="foreignkey")
        post.drop_column("moved_id")
    with op.batch_alter_table("thread") as thread:
        thread.drop_constraint(op.f("fk_thread_split_from_id_thread"), type_="foreignkey")
        thread.drop_column("split_from_id")

"""How a thread ends: its outcome, a lock with its reason, and the versions of its summary."""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TEXTS = ("outcome", "outcome_html", "lock_reason")
_LATER = ("concluded_by", "concluded_at", "locked_by", "locked_at")


def upgrade() -> None:
    """Make it."""
    with op.batch_alter_table("thread") as thread:
        thread.add_column(sa.Column("status", sa.String(length=10), nullable=False, server_default="open"))
        for name in _TEXTS:
            thread.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))
        for name in ("concluded", "locked"):
            thread.add_column(sa.Column(f"{name}_by", sa.Integer(), nullable=True))
            thread.add_column(sa.Column(f"{name}_at", UtcDateTime(), nullable=True))
            thread.create_foreign_key(op.f(f"fk_thread_{name}_by_person"), "person", [f"{name}_by"], ["id"])
        thread.add_column(sa.Column("summary_version", sa.Integer(), nullable=False, server_default="0"))
        thread.create_check_constraint(
            op.f("ck_thread_status"), "status IN ('open', 'concluded', 'reopened')"
        )
        thread.create_check_constraint(op.f("ck_thread_outcome_length"), "length(outcome) <= 20000")
        thread.create_check_constraint(op.f("ck_thread_lock_reason_length"), "length(lock_reason) <= 500")
        thread.create_check_constraint(
            op.f("ck_thread_outcome_given"), "status <> 'concluded' OR length(outcome) > 0"
        )
    with op.batch_alter_table("thread") as thread:
        for name in ("status", *_TEXTS, "summary_version"):
            thread.alter_column(name, server_default=None)
    op.create_table(
        "thread_summary",
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("renderer", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("length(source) <= 20000", name=op.f("ck_thread_summary_source_length")),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_thread_summary_thread_id_thread")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["person.id"], name=op.f("fk_thread_summary_author_id_person")
        ),
        sa.PrimaryKeyConstraint("thread_id", "version", name=op.f("pk_thread_summary")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("thread_summary")
    with op.batch_alter_table("thread") as thread:
        for name in ("outcome_given", "lock_reason_length", "outcome_length", "status"):
            thread.drop_constraint(op.f(f"ck_thread_{name}"), type_="check")
        for name in ("concluded", "locked"):
            thread.drop_constraint(op.f(f"fk_thread_{name}_by_person"), type_="foreignkey")
        for name in ("status", *_TEXTS, *_LATER, "summary_version"):
            thread.drop_column(name)

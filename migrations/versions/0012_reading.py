"""How far each reader has come in each thread, and what they want to hear of."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

LEVEL = "level IN ('everything', 'mentions', 'nothing')"


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "thread_reading",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("read_to", sa.Integer(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.CheckConstraint("read_to >= 0", name=op.f("ck_thread_reading_read_to")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_thread_reading_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_thread_reading_thread_id_thread")
        ),
        sa.PrimaryKeyConstraint("person_id", "thread_id", name=op.f("pk_thread_reading")),
    )
    op.create_index("ix_thread_reading_thread_id", "thread_reading", ["thread_id"])
    for thing in ("team", "thread"):
        table = f"{thing}_follow"
        op.create_table(
            table,
            sa.Column("person_id", sa.Integer(), nullable=False),
            sa.Column(f"{thing}_id", sa.Integer(), nullable=False),
            sa.Column("level", sa.String(length=12), nullable=False),
            sa.CheckConstraint(LEVEL, name=op.f(f"ck_{table}_level")),
            sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f(f"fk_{table}_person_id_person")),
            sa.ForeignKeyConstraint(
                [f"{thing}_id"], [f"{thing}.id"], name=op.f(f"fk_{table}_{thing}_id_{thing}")
            ),
            sa.PrimaryKeyConstraint("person_id", f"{thing}_id", name=op.f(f"pk_{table}")),
        )
        op.create_index(f"ix_{table}_{thing}_id", table, [f"{thing}_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_table("thread_follow")
    op.drop_table("team_follow")
    op.drop_table("thread_reading")

"""Two accounts of one person become one: what is asked and proved, and which account a closed one lives on in."""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_PEOPLE = ("kept_id", "closed_id", "asked_by", "settled_by")


def upgrade() -> None:
    """Make it."""
    with op.batch_alter_table("person") as person:
        person.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        person.add_column(
            sa.Column("chooses_organisation", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        person.create_foreign_key(
            op.f("fk_person_merged_into_id_person"), "person", ["merged_into_id"], ["id"]
        )
        person.create_check_constraint(
            op.f("ck_person_merged_is_stopped"), "merged_into_id IS NULL OR suspended_at IS NOT NULL"
        )
    op.create_table(
        "account_merge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kept_id", sa.Integer(), nullable=False),
        sa.Column("closed_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("kept_proved_at", UtcDateTime(), nullable=True),
        sa.Column("closed_proved_at", UtcDateTime(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.CheckConstraint("state IN ('asked', 'done', 'called_off')", name=op.f("ck_account_merge_state")),
        sa.CheckConstraint("kept_id <> closed_id", name=op.f("ck_account_merge_two_accounts")),
        sa.CheckConstraint("length(reason) <= 300", name=op.f("ck_account_merge_reason_length")),
        sa.CheckConstraint(
            "state <> 'done' OR (kept_proved_at IS NOT NULL AND closed_proved_at IS NOT NULL AND length(reason) > 0)",
            name=op.f("ck_account_merge_done_when_proved"),
        ),
        *(
            sa.ForeignKeyConstraint([name], ["person.id"], name=op.f(f"fk_account_merge_{name}_person"))
            for name in _PEOPLE
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_merge")),
    )
    for name in ("kept_id", "closed_id"):
        op.create_index(f"ix_account_merge_{name}", "account_merge", [name])


def downgrade() -> None:
    """Take it back. Who was merged stays stopped, and what was theirs stays with the account that was kept."""
    op.drop_table("account_merge")
    with op.batch_alter_table("person") as person:
        person.drop_constraint(op.f("ck_person_merged_is_stopped"), type_="check")
        person.drop_constraint(op.f("fk_person_merged_into_id_person"), type_="foreignkey")
        person.drop_column("chooses_organisation")
        person.drop_column("merged_into_id")

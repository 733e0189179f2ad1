"""Reports of posts, what was decided about them, and posts that are hidden."""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_CHECKS = {
    "hidden_as": "hidden_as IN ('team', 'platform')",
    "hidden_reason_length": "length(hidden_reason) <= 500",
    "hidden_why": "hidden_at IS NULL OR (hidden_as IS NOT NULL AND length(hidden_reason) > 0)",
}
_COLUMNS = ("hidden_at", "hidden_as", "hidden_reason")


def upgrade() -> None:
    """Make it."""
    with op.batch_alter_table("post") as post:
        post.add_column(sa.Column("hidden_at", UtcDateTime(), nullable=True))
        post.add_column(sa.Column("hidden_as", sa.String(length=10), nullable=True))
        post.add_column(sa.Column("hidden_reason", sa.Text(), nullable=False, server_default=""))
        for name, rule in _CHECKS.items():
            post.create_check_constraint(op.f(f"ck_post_{name}"), rule)
    with op.batch_alter_table("post") as post:
        post.alter_column("hidden_reason", server_default=None)
    op.create_table(
        "post_decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('hide', 'keep', 'show', 'remove')", name=op.f("ck_post_decision_kind")),
        sa.CheckConstraint("length(reason) <= 500", name=op.f("ck_post_decision_reason_length")),
        sa.CheckConstraint(
            "kind = 'remove' OR length(reason) > 0", name=op.f("ck_post_decision_reason_given")
        ),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_decision_post_id_post")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_post_decision_decided_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_decision")),
    )
    op.create_index("ix_post_decision_post_id", "post_decision", ["post_id"])
    op.create_table(
        "post_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("reporter_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("reported_at", UtcDateTime(), nullable=False),
        sa.Column("decision_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('personal', 'confidential', 'abuse', 'spam', 'other')",
            name=op.f("ck_post_report_reason"),
        ),
        sa.CheckConstraint("length(words) <= 1000", name=op.f("ck_post_report_words_length")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_report_post_id_post")),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["person.id"], name=op.f("fk_post_report_reporter_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["post_decision.id"], name=op.f("fk_post_report_decision_id_post_decision")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_report")),
    )
    for column in ("post_id", "reporter_id", "decision_id"):
        op.create_index(f"ix_post_report_{column}", "post_report", [column])


def downgrade() -> None:
    """Take it back. An older program would show what is hidden to everybody: it becomes a removed post instead."""
    op.execute(
        "UPDATE post SET deleted_at = hidden_at, source = '', html = '', version = version + 1, deleted_by = ("
        "SELECT decided_by FROM post_decision WHERE post_id = post.id AND kind = 'hide' ORDER BY id DESC LIMIT 1"
        ") WHERE hidden_at IS NOT NULL AND deleted_at IS NULL"
    )
    op.execute("DELETE FROM post_version WHERE post_id IN (SELECT id FROM post WHERE hidden_at IS NOT NULL)")
    op.drop_table("post_report")
    op.drop_table("post_decision")
    with op.batch_alter_table("post") as table:
        for name in _CHECKS:
            table.drop_constraint(op.f(f"ck_post_{name}"), type_="check")
        for name in _COLUMNS:
            table.drop_column(name)

"""Versions of an asset with a state and details of their own; what there is becomes version 1 of each."""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

COPIED = ("status", "title", "summary", "regime", "licence", "review_date", "audience", "withdrawn_at")


def upgrade() -> None:
    """Make it."""
    with op.batch_alter_table("asset_version") as table:
        table.add_column(sa.Column("status", sa.String(length=10), nullable=True))
        table.add_column(sa.Column("title", sa.String(length=150), nullable=True))
        table.add_column(sa.Column("summary", sa.String(length=400), nullable=True))
        table.add_column(sa.Column("regime", sa.String(length=40), nullable=True))
        table.add_column(sa.Column("licence", sa.String(length=20), nullable=True))
        table.add_column(sa.Column("review_date", sa.Date(), nullable=True))
        table.add_column(sa.Column("audience", sa.String(length=10), nullable=True))
        table.add_column(sa.Column("revision", sa.Integer(), nullable=True))
        table.add_column(sa.Column("superseded_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("withdrawn_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("withdrawn_reason", sa.String(length=500), nullable=True))
    for name in (*COPIED, "withdrawn_reason"):
        op.execute(
            f"UPDATE asset_version SET {name} = "
            f"(SELECT asset.{name} FROM asset WHERE asset.id = asset_version.asset_id)"
        )
    op.execute("UPDATE asset_version SET revision = 1")
    with op.batch_alter_table("asset_version") as table:
        for name, kind in (
            ("status", sa.String(length=10)),
            ("title", sa.String(length=150)),
            ("summary", sa.String(length=400)),
            ("audience", sa.String(length=10)),
            ("revision", sa.Integer()),
            ("withdrawn_reason", sa.String(length=500)),
        ):
            table.alter_column(name, existing_type=kind, nullable=False)
        for name, condition in CHECKS.items():
            table.create_check_constraint(op.f(f"ck_asset_version_{name}"), condition)


CHECKS = {
    "note_said": "number = 1 OR length(note) > 0",
    "title_length": "length(title) BETWEEN 1 AND 150",
    "summary_length": "length(summary) BETWEEN 1 AND 400",
    "withdrawn_reason_length": "length(withdrawn_reason) <= 500",
    "regime": "regime IN ('procurement_act_2023', 'public_contracts_regulations_2015', 'concession', "
    "'below_threshold', 'not_regime_specific')",
    "licence": "licence IN ('OGL-UK-3.0', 'CC-BY-4.0', 'CC-BY-SA-4.0', 'CC0-1.0', 'none')",
    "audience": "audience IN ('public', 'network', 'team')",
    "status": "status IN ('draft', 'published', 'superseded', 'withdrawn')",
    "published_at": "status = 'draft' OR published_at IS NOT NULL",
}


def downgrade() -> None:
    """Take it back. What former versions and drafts of the next said about themselves is lost."""
    with op.batch_alter_table("asset_version") as table:
        for name in CHECKS:
            table.drop_constraint(op.f(f"ck_asset_version_{name}"), type_="check")
        for name in (*COPIED, "revision", "superseded_at", "withdrawn_reason"):
            table.drop_column(name)

"""Assets, their versions, and how often each was downloaded."""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make it."""
    op.create_table(
        "asset",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("summary", sa.String(length=400), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("regime", sa.String(length=40), nullable=True),
        sa.Column("licence", sa.String(length=20), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("review_date", sa.Date(), nullable=True),
        sa.Column("audience", sa.String(length=10), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_reason", sa.String(length=500), nullable=False),
        sa.Column("upload_key", sa.String(length=64), nullable=True),
        sa.CheckConstraint("audience <> 'team' OR team_id IS NOT NULL", name=op.f("ck_asset_team_audience")),
        sa.CheckConstraint("audience IN ('public', 'network', 'team')", name=op.f("ck_asset_audience")),
        sa.CheckConstraint(
            "kind IN ('specification', 'terms_and_clauses', 'evaluation_model', 'lesson', 'guide', 'dataset', 'template')",
            name=op.f("ck_asset_kind"),
        ),
        sa.CheckConstraint(
            "licence IN ('OGL-UK-3.0', 'CC-BY-4.0', 'CC-BY-SA-4.0', 'CC0-1.0', 'none')",
            name=op.f("ck_asset_licence"),
        ),
        sa.CheckConstraint(
            "regime IN ('procurement_act_2023', 'public_contracts_regulations_2015', 'concession', 'below_threshold', 'not_regime_specific')",
            name=op.f("ck_asset_regime"),
        ),
        sa.CheckConstraint(
            "status = 'draft' OR published_at IS NOT NULL", name=op.f("ck_asset_published_at")
        ),
        sa.CheckConstraint("status IN ('draft', 'published', 'withdrawn')", name=op.f("ck_asset_status")),
        sa.CheckConstraint("length(summary) BETWEEN 1 AND 400", name=op.f("ck_asset_summary_length")),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 150", name=op.f("ck_asset_title_length")),
        sa.CheckConstraint("length(withdrawn_reason) <= 500", name=op.f("ck_asset_withdrawn_reason_length")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_asset_created_by_person")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_asset_owner_id_person")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_asset_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset")),
        sa.UniqueConstraint("created_by", "upload_key", name="uq_asset_upload_key"),
    )
    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_asset_created_by"), ["created_by"], unique=False)
        batch_op.create_index(
            "ix_asset_facets", ["status", "audience", "kind", "category", "regime"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_asset_owner_id"), ["owner_id"], unique=False)
        batch_op.create_index(
            "ix_asset_status_published_at_id", ["status", "published_at", "id"], unique=False
        )
        batch_op.create_index("ix_asset_team_id_status", ["team_id", "status"], unique=False)

    op.create_table(
        "asset_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=True),
        sa.Column("checked_by", sa.Integer(), nullable=True),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("length(note) <= 500", name=op.f("ck_asset_version_note_length")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_asset_version_number")),
        sa.ForeignKeyConstraint(["asset_id"], ["asset.id"], name=op.f("fk_asset_version_asset_id_asset")),
        sa.ForeignKeyConstraint(
            ["checked_by"], ["person.id"], name=op.f("fk_asset_version_checked_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["person.id"], name=op.f("fk_asset_version_created_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_asset_version_file_id_stored_file")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset_version")),
        sa.UniqueConstraint("asset_id", "number", name="uq_asset_version_number"),
    )
    with op.batch_alter_table("asset_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_asset_version_file_id"), ["file_id"], unique=False)

    op.create_table(
        "asset_download",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_asset_download_count")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["asset_version.id"], name=op.f("fk_asset_download_version_id_asset_version")
        ),
        sa.PrimaryKeyConstraint("version_id", "day", name=op.f("pk_asset_download")),
    )


def downgrade() -> None:
    """Take it back, keeping what the older tables can hold."""
    op.drop_table("asset_download")
    with op.batch_alter_table("asset_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_asset_version_file_id"))

    op.drop_table("asset_version")
    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.drop_index("ix_asset_team_id_status")
        batch_op.drop_index("ix_asset_status_published_at_id")
        batch_op.drop_index(batch_op.f("ix_asset_owner_id"))
        batch_op.drop_index("ix_asset_facets")
        batch_op.drop_index(batch_op.f("ix_asset_created_by"))

    op.drop_table("asset")

"""Which organisation published a document, which stays when its owner goes elsewhere."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

INDEX = "ix_asset_organisation_id_status_published_at"
FOREIGN_KEY = "fk_asset_organisation_id_organisation"
# The owner now stands for whoever published it, whom the table does not name. Of several memberships that lasted then the
# one that began last is taken; where none did (an account younger than the document) the present organisation.
WHO = "COALESCE(asset.owner_id, asset.created_by)"
FIRST = "(SELECT published_at FROM asset_version WHERE asset_id = asset.id AND number = 1)"
OF_THAT_DAY = f"""
    SELECT membership.organisation_id FROM membership
    WHERE membership.person_id = {WHO} AND membership.since <= {FIRST}
      AND (membership.until IS NULL OR membership.until > {FIRST})
    ORDER BY membership.since DESC, membership.id DESC LIMIT 1
"""
PRESENT = f"SELECT person.organisation_id FROM person WHERE person.id = {WHO}"


def upgrade() -> None:
    """Make it, and say of everything that was published whose it was."""
    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.add_column(sa.Column("organisation_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f(FOREIGN_KEY), "organisation", ["organisation_id"], ["id"])
        batch_op.create_index(INDEX, ["organisation_id", "status", "published_at"])
    op.execute(
        f"UPDATE asset SET organisation_id = COALESCE(({OF_THAT_DAY}), ({PRESENT})) WHERE published_at IS NOT NULL"
    )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("asset", schema=None) as batch_op:
        batch_op.drop_index(INDEX)
        batch_op.drop_constraint(op.f(FOREIGN_KEY), type_="foreignkey")
        batch_op.drop_column("organisation_id")

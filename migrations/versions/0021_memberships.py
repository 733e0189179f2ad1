"""For whom people act, from when to when; which organisation an admin is one of; and who was on the board."""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def _times(table: str) -> None:
    current = sa.text("until IS NULL")
    whose = ["person_id", "organisation_id"] if table == "membership" else ["person_id"]
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.CheckConstraint("until >= since", name=op.f(f"ck_{table}_dates")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f(f"fk_{table}_person_id_person")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f(f"fk_{table}_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(
        f"uq_{table}_current", table, whose, unique=True, sqlite_where=current, postgresql_where=current
    )


def upgrade() -> None:
    """Make it: everybody has acted for their organisation since their account was made."""
    _times("membership")
    op.create_index("ix_membership_organisation_id", "membership", ["organisation_id"])
    _times("board_place")
    op.execute(
        "INSERT INTO membership (person_id, organisation_id, since) "
        "SELECT id, organisation_id, created_at FROM person"
    )
    op.execute(
        "INSERT INTO board_place (person_id, organisation_id, since) "
        "SELECT person.id, person.organisation_id, person.created_at FROM person "
        "JOIN person_role ON person_role.person_id = person.id WHERE person_role.role = 'board'"
    )
    with op.batch_alter_table("person_role", schema=None) as batch_op:
        batch_op.add_column(sa.Column("organisation_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_person_role_organisation_id_organisation"), "organisation", ["organisation_id"], ["id"]
        )
    op.execute(
        "UPDATE person_role SET organisation_id = "
        "(SELECT organisation_id FROM person WHERE person.id = person_role.person_id) "
        "WHERE role = 'organisation_admin'"
    )
    with op.batch_alter_table("person_role", schema=None) as batch_op:
        batch_op.create_check_constraint(
            op.f("ck_person_role_admin_of_one"),
            "(role = 'organisation_admin') = (organisation_id IS NOT NULL)",
        )


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("person_role", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_person_role_admin_of_one"), type_="check")
        batch_op.drop_constraint(op.f("fk_person_role_organisation_id_organisation"), type_="foreignkey")
        batch_op.drop_column("organisation_id")
    op.drop_table("board_place")
    op.drop_table("membership")

"""The life of teams: steps, milestones, end dates, open items, decisions, closing reports, stances, calendar addresses."""

import sqlalchemy as sa
from alembic import op

from cop.kernel.clock import UtcDateTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), nullable=False)


def _team() -> sa.Column[int]:
    return sa.Column("team_id", sa.Integer(), nullable=False)


def _person(name: str, *, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _to_team(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f(f"fk_{table}_team_id_team"))


def _to_person(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["person.id"], name=op.f(f"fk_{table}_{column}_person"))


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("id",)), name=op.f(f"pk_{table}"))


def _days() -> None:
    op.create_table(
        "team_step",
        _id(),
        _team(),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        _person("person_id"),
        _check("team_step", "status", "status IN ('forming', 'active', 'finishing', 'closed')"),
        _to_team("team_step"),
        _to_person("team_step", "person_id"),
        _key("team_step"),
    )
    op.create_index(op.f("ix_team_step_team_id"), "team_step", ["team_id"])
    op.create_table(
        "team_end_date",
        _id(),
        _team(),
        sa.Column("before", sa.Date(), nullable=True),
        sa.Column("after", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=600), nullable=False),
        _person("decided_by"),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        _check("team_end_date", "reason_length", "length(reason) BETWEEN 1 AND 600"),
        _to_team("team_end_date"),
        _to_person("team_end_date", "decided_by"),
        _key("team_end_date"),
    )
    op.create_index(op.f("ix_team_end_date_team_id"), "team_end_date", ["team_id"])
    op.create_table(
        "team_milestone",
        _id(),
        _team(),
        sa.Column("title", sa.String(length=160), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        _person("added_by"),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        _person("done_by"),
        _check("team_milestone", "title_length", "length(title) BETWEEN 1 AND 160"),
        _to_team("team_milestone"),
        _to_person("team_milestone", "added_by"),
        _to_person("team_milestone", "done_by"),
        _key("team_milestone"),
    )
    op.create_index("ix_team_milestone_team_id_due", "team_milestone", ["team_id", "due"])


def _list() -> None:
    op.create_table(
        "team_open_item",
        _id(),
        _team(),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("href", sa.String(length=300), nullable=False),
        _person("owner_id"),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        _person("added_by"),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        _person("settled_by"),
        sa.Column("handed_to", sa.String(length=160), nullable=False),
        sa.Column("handed_note", sa.String(length=600), nullable=False),
        sa.Column("source_kind", sa.String(length=32), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=True),
        _check("team_open_item", "title_length", "length(title) BETWEEN 1 AND 200"),
        _check("team_open_item", "href_length", "length(href) <= 300"),
        _check("team_open_item", "state", "state IN ('open', 'done', 'handed_over')"),
        _check("team_open_item", "handed_to_length", "length(handed_to) <= 160"),
        _check("team_open_item", "handed_note_length", "length(handed_note) <= 600"),
        _check("team_open_item", "handed_to_somebody", "state != 'handed_over' OR length(handed_to) > 0"),
        _check("team_open_item", "settled", "(state = 'open') = (settled_at IS NULL)"),
        _to_team("team_open_item"),
        _to_person("team_open_item", "owner_id"),
        _to_person("team_open_item", "added_by"),
        _to_person("team_open_item", "settled_by"),
        _key("team_open_item"),
        sa.UniqueConstraint("source_kind", "source_id", name="uq_team_open_item_source"),
    )
    op.create_index("ix_team_open_item_team_id_state", "team_open_item", ["team_id", "state"])
    op.create_index("ix_team_open_item_owner_id_state", "team_open_item", ["owner_id", "state"])
    op.create_table(
        "team_decision",
        _id(),
        _team(),
        sa.Column("text", sa.String(length=600), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.String(length=160), nullable=False),
        _person("recorded_by"),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=True),
        _check("team_decision", "text_length", "length(text) BETWEEN 1 AND 600"),
        _check("team_decision", "decided_by_length", "length(decided_by) BETWEEN 1 AND 160"),
        _to_team("team_decision"),
        _to_person("team_decision", "recorded_by"),
        _key("team_decision"),
    )
    op.create_index("ix_team_decision_team_id_decided_on", "team_decision", ["team_id", "decided_on"])


def upgrade() -> None:
    """Make it."""
    _days()
    _list()
    op.create_table(
        "team_report",
        _team(),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("renderer", sa.Integer(), nullable=False),
        _person("written_by"),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        _check("team_report", "source_length", "length(source) BETWEEN 1 AND 16000"),
        _to_team("team_report"),
        _to_person("team_report", "written_by"),
        _key("team_report", "team_id", "version"),
    )
    op.create_table(
        "calendar_address",
        _person("person_id", nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        _to_person("calendar_address", "person_id"),
        _key("calendar_address", "person_id"),
        sa.UniqueConstraint("token_hash", name="uq_calendar_address_token_hash"),
    )
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.add_column(sa.Column("end_told_for", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("overdue_told_for", sa.Date(), nullable=True))
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stance", sa.String(length=10), nullable=True))
        batch_op.create_check_constraint(op.f("ck_team_member_stance"), "stance IN ('content', 'unhappy')")


def downgrade() -> None:
    """Take it back."""
    with op.batch_alter_table("team_member", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_team_member_stance"), type_="check")
        batch_op.drop_column("stance")
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.drop_column("overdue_told_for")
        batch_op.drop_column("end_told_for")
    for table in (
        "calendar_address",
        "team_report",
        "team_decision",
        "team_open_item",
        "team_milestone",
        "team_end_date",
        "team_step",
    ):
        op.drop_table(table)

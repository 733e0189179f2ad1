"""What teams ask of somebody: open items with their name; for leads milestones, missing owners, ends and reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    ScalarSelect,
    Select,
    String,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.expression import cast

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.notifications.needs import PERSON, TODAY, UNTIL, Need, Source, bound
from cop.teams.models import MemberRow, MilestoneRow, OpenItemRow, ReportRow, TeamRow
from cop.teams.report_words import QUESTION

AT_WORK = ("active", "finishing")


def _named(kind: str, *columns: Any) -> Select[Any]:
    item_id, title, href, due = columns
    return select(
        literal(kind, String).label("kind"),
        item_id.label("id"),
        TeamRow.id.label("team_id"),
        TeamRow.name.label("team_name"),
        cast(title, String).label("title"),
        cast(href, String).label("href"),
        due.label("due"),
    )


def _teams_of(*roles: str) -> Select[int]:
    query = select(MemberRow.team_id).where(MemberRow.person_id == PERSON, MemberRow.left_at.is_(None))
    return query.where(MemberRow.role.in_(roles)) if roles else query


def _rows() -> CompoundSelect[Any]:
    """Everything, each line once: the page lists it and the header counts it."""
    own = (
        _named("item", OpenItemRow.id, OpenItemRow.title, OpenItemRow.href, OpenItemRow.due)
        .join(TeamRow, TeamRow.id == OpenItemRow.team_id)
        .where(OpenItemRow.owner_id == PERSON, OpenItemRow.state == "open", TeamRow.id.in_(_teams_of()))
    )
    free = (
        _named("free", OpenItemRow.id, OpenItemRow.title, OpenItemRow.href, OpenItemRow.due)
        .join(TeamRow, TeamRow.id == OpenItemRow.team_id)
        .where(OpenItemRow.owner_id.is_(None), OpenItemRow.state == "open", TeamRow.id.in_(_teams_of("lead")))
    )
    milestones = (
        _named("milestone", MilestoneRow.id, MilestoneRow.title, null(), MilestoneRow.due)
        .join(TeamRow, TeamRow.id == MilestoneRow.team_id)
        .where(
            MilestoneRow.done_at.is_(None),
            MilestoneRow.due <= UNTIL,
            TeamRow.status != "closed",
            TeamRow.id.in_(_teams_of("lead")),
        )
    )
    overdue = _named("end", TeamRow.id, null(), null(), TeamRow.end_date).where(
        TeamRow.end_date < TODAY, TeamRow.status.in_(AT_WORK), TeamRow.id.in_(_teams_of("lead"))
    )
    newest = (
        select(ReportRow.source)
        .where(ReportRow.team_id == TeamRow.id)
        .order_by(ReportRow.version.desc())
        .limit(1)
        .correlate(TeamRow)
        .scalar_subquery()
    )
    unwritten = _named("report", TeamRow.id, null(), null(), TeamRow.end_date).where(
        TeamRow.status == "finishing",
        TeamRow.id.in_(_teams_of("lead")),
        or_(newest.is_(None), newest.contains(QUESTION, autoescape=True)),
    )
    return union_all(own, free, milestones, overdue, unwritten)


_FOUND = _rows().subquery()
_LISTED = select(_FOUND).order_by(_FOUND.c.due, _FOUND.c.kind, _FOUND.c.id)
_COUNTED = select(func.count()).select_from(_FOUND).scalar_subquery()


def _items(actor: Actor, tx: Tx, today: date) -> Sequence[Need]:
    return [_need(row) for row in tx.rows(_LISTED, bound(actor, today))]


def _need(row: Any) -> Need:
    team = f"/teams/{row.team_id}"
    if row.kind == "item":
        return Need(row.title, row.href or f"{team}/items", f"Yours to do in {row.team_name}", row.due)
    if row.kind == "free":
        return Need(row.title, f"{team}/items/{row.id}", f"Nobody has it. You lead {row.team_name}", row.due)
    if row.kind == "milestone":
        return Need(row.title, f"{team}/timeline", f"Milestone of {row.team_name}, which you lead", row.due)
    if row.kind == "report":
        return Need(
            f"Write the closing report of {row.team_name}",
            f"{team}/report",
            "The team is finishing, and you lead it",
            row.due,
        )
    return Need(
        f"Close {row.team_name}, or ask the board to move its end date",
        f"{team}/steps",
        "It is past its end date, and you lead it",
        row.due,
    )


def _count(actor: Actor) -> ScalarSelect[int]:
    return _COUNTED


SOURCE = Source("teams", _items, _count)

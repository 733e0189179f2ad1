"""What threads ask of somebody: to decide about reported posts of the teams they run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ScalarSelect, Select, func, select

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.notifications.needs import Need, Source
from cop.teams import queries as teams
from cop.threads.models import PostRow, ThreadRow
from cop.threads.report_models import PostReportRow


def _waiting(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Posts with open reports in teams the actor runs, but for their own: somebody else decides about those."""
    found: Select[*tuple[Any, ...]] = (
        select(PostRow.id, ThreadRow.title, ThreadRow.team_id)
        .distinct()
        .select_from(PostReportRow)
        .join(PostRow, PostRow.id == PostReportRow.post_id)
        .join(ThreadRow, ThreadRow.id == PostRow.thread_id)
        .where(
            PostReportRow.decision_id.is_(None),
            PostRow.deleted_at.is_(None),
            PostRow.author_id != actor.person_id,
            ThreadRow.team_id.in_(teams.managed_ids(actor)),
        )
    )
    return found


def _items(actor: Actor, tx: Tx, today: date) -> Sequence[Need]:
    rows = tx.session.execute(_waiting(actor).order_by(PostRow.id)).all()
    names = teams.names(actor, tx=tx, team_ids={row.team_id for row in rows})
    return [
        Need(
            f"Decide about a reported post in “{row.title}”",
            f"/posts/{row.id}/decide",
            f"You run {names[row.team_id]}",
        )
        for row in rows
    ]


def _count(actor: Actor) -> ScalarSelect[int]:
    return select(func.count()).select_from(_waiting(actor).subquery()).scalar_subquery()


SOURCE = Source("threads", _items, _count)

"""What the library asks of somebody: the drafts they own or began, to be finished and published."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, func, or_, select

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.library.models import AssetRow
from cop.notifications.needs import PERSON, Need, Source, bound
from cop.teams import queries as teams


def _mine(actor: Actor) -> ColumnElement[bool]:
    """Their own drafts; in a team's library only while they are on the team."""
    return and_(
        AssetRow.status == "draft",
        or_(AssetRow.owner_id == PERSON, AssetRow.created_by == PERSON),
        or_(AssetRow.team_id.is_(None), AssetRow.team_id.in_(teams.own_ids(actor))),
    )


def _items(actor: Actor, tx: Tx, today: date) -> Sequence[Need]:
    query = select(AssetRow.id, AssetRow.title).where(_mine(actor)).order_by(AssetRow.created_at, AssetRow.id)
    rows: Any = tx.rows(query, bound(actor, today))
    return [Need(row.title, f"/library/{row.id}", "A draft of yours in the library") for row in rows]


def _count(actor: Actor) -> ScalarSelect[int]:
    return select(func.count()).select_from(AssetRow).where(_mine(actor)).scalar_subquery()


SOURCE = Source("library", _items, _count)

"""What the library asks of somebody: drafts they own or began, to be published, and documents to be reviewed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, false, func, or_, select, true, union_all

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.library import policy
from cop.library.models import AssetRow
from cop.notifications.needs import IN_A_MONTH, PERSON, Need, Source, bound
from cop.teams import queries as teams


def _without_team(actor: Actor) -> ColumnElement[bool]:
    """What officers add for their organisation; who acts for a supplier now does not open it (`policy.visible_to`)."""
    return and_(AssetRow.team_id.is_(None), true() if actor.is_officer else false())


def _mine(actor: Actor) -> ColumnElement[bool]:
    """Their own drafts; in a team's library only while they are on the team."""
    return and_(
        AssetRow.status == "draft",
        or_(AssetRow.owner_id == PERSON, AssetRow.created_by == PERSON),
        or_(_without_team(actor), AssetRow.team_id.in_(teams.own_ids(actor))),
    )


def _items(actor: Actor, tx: Tx, today: date) -> Sequence[Need]:
    query = select(AssetRow.id, AssetRow.title).where(_mine(actor)).order_by(AssetRow.created_at, AssetRow.id)
    rows: Any = tx.rows(query, bound(actor, today))
    return [Need(row.title, f"/library/{row.id}", "A draft of yours in the library") for row in rows]


def _count(actor: Actor) -> ScalarSelect[int]:
    return select(func.count()).select_from(AssetRow).where(_mine(actor)).scalar_subquery()


def _due(part: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(part, AssetRow.review_date <= IN_A_MONTH)


def _reviews(actor: Actor, tx: Tx, today: date) -> Sequence[Need]:
    parts = [_due(part) for part in policy.kept_parts(actor)]
    query = (
        select(AssetRow.id, AssetRow.title, AssetRow.review_date, AssetRow.owner_id)
        .where(or_(*parts))
        .order_by(AssetRow.review_date, AssetRow.id)
    )
    rows: Any = tx.rows(query, bound(actor, today))
    return [
        Need(
            f"Review {row.title}",
            f"/library/{row.id}/review",
            "You own it" if row.owner_id == actor.person_id else "Its owner left",
            row.review_date,
        )
        for row in rows
    ]


def _review_count(actor: Actor) -> ScalarSelect[int] | None:
    # Each part is counted along an index of its own, which one OR of both would not be.
    parts = [select(func.count().label("n")).where(_due(part)) for part in policy.kept_parts(actor)]
    if not parts:
        return None
    counts = union_all(*parts).subquery()
    return select(func.sum(counts.c.n)).scalar_subquery()


SOURCES = (Source("library", _items, _count), Source("library_reviews", _reviews, _review_count))

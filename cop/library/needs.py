"""What the library asks of somebody: drafts to be published, of documents and of next versions, and reviews."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, false, func, join, or_, select, true, union_all

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.library import policy
from cop.library.models import AssetRow, AssetVersionRow
from cop.notifications.needs import IN_A_MONTH, PERSON, Need, Source, bound
from cop.teams import queries as teams


def _without_team(actor: Actor) -> ColumnElement[bool]:
    """What officers add for their organisation; who acts for a supplier now does not open it (`policy.visible_to`)."""
    return and_(AssetRow.team_id.is_(None), true() if actor.is_officer else false())


def _own(actor: Actor) -> ColumnElement[bool]:
    """What they own or began; in a team's library only while they are on the team."""
    return and_(
        or_(AssetRow.owner_id == PERSON, AssetRow.created_by == PERSON),
        or_(_without_team(actor), AssetRow.team_id.in_(teams.own_ids(actor))),
    )


def _mine(actor: Actor) -> ColumnElement[bool]:
    return and_(AssetRow.status == "draft", _own(actor))


def _items(actor: Actor, tx: Tx, today: date) -> Sequence[Need]:
    query = select(AssetRow.id, AssetRow.title).where(_mine(actor)).order_by(AssetRow.created_at, AssetRow.id)
    rows: Any = tx.rows(query, bound(actor, today))
    return [Need(row.title, f"/library/{row.id}", "A draft of yours in the library") for row in rows]


def _count(actor: Actor) -> ScalarSelect[int]:
    return select(func.count()).select_from(AssetRow).where(_mine(actor)).scalar_subquery()


def _next(actor: Actor) -> ColumnElement[bool]:
    """Drafts of the next version of what is theirs. Found through the assets, which have an index for each person."""
    return and_(AssetRow.status == "published", _own(actor), policy.next_draft_visible_to(actor))


def _versions(actor: Actor, tx: Tx, today: date) -> Sequence[Need]:
    query = (
        select(AssetRow.id, AssetVersionRow.title, AssetVersionRow.number)
        .join(AssetVersionRow, AssetVersionRow.asset_id == AssetRow.id)
        .where(_next(actor))
        .order_by(AssetVersionRow.created_at, AssetVersionRow.id)
    )
    rows: Any = tx.rows(query, bound(actor, today))
    return [
        Need(
            row.title,
            f"/library/{row.id}/versions/{row.number}",
            f"A draft of version {row.number} of a document of yours",
        )
        for row in rows
    ]


def _version_count(actor: Actor) -> ScalarSelect[int]:
    joined = join(AssetRow, AssetVersionRow, AssetVersionRow.asset_id == AssetRow.id)
    return select(func.count()).select_from(joined).where(_next(actor)).scalar_subquery()


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


SOURCES = (
    Source("library", _items, _count),
    Source("library_versions", _versions, _version_count),
    Source("library_reviews", _reviews, _review_count),
)

"""Looking again: who is reminded of a review date, and the record that somebody reviewed a document.

Whoever answers for a document (`policy.kept_parts`) is told once when its review date is `AHEAD` away, and once when
it has passed. What they were told of is noted on the asset in the same transaction, so a worker that is killed tells
nobody twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, and_, or_, select

from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.kernel.access import SYSTEM, Actor, require
from cop.kernel.clock import utc_now
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Invalid
from cop.kernel.events import record
from cop.library import events, policy, queries
from cop.library.lifecycle import current_version
from cop.library.models import AssetRow, AssetVersionRow, ReviewRow
from cop.library.service import REVIEW, forget_reminder
from cop.library.wording import date_words
from cop.notifications import service as notices
from cop.notifications.kinds import Described
from cop.notifications.needs import MONTH
from cop.teams import queries as teams
from cop.web.dates import in_london

AHEAD = MONTH
"""So long before the review date whoever answers for it is reminded."""
YEARS = 3
"""The next review is at most so many years ahead: the law and the market change faster."""
ALREADY_NEWER = "There is a newer version by now. Look at that one, then say that it is still right."


@dataclass(frozen=True, slots=True)
class Review:
    """That somebody looked at a version again; `by` is None where nobody is known."""

    version: int
    by: PersonLine | None
    at: datetime
    note: str
    next_review: date


def latest_allowed(today: date) -> date:
    """The last day that can be the next review date."""
    return date(today.year + YEARS, today.month, min(today.day, 28) if today.month == 2 else today.day)


def review(actor: Actor, *, tx: Tx, asset_id: int, version: int, until: date, note: str) -> None:
    """Say that the current version was reviewed and is still right, and when to look again.

    `version` is the one they looked at. Raises Invalid for a day that is not ahead or too far, Conflict when the
    document is not out, or a newer version is.
    """
    row = queries.load(actor, tx=tx, asset_id=asset_id, lock=True)
    require(policy.can_manage(actor, row))
    if row.status != "published":
        raise Conflict("Only a published document is reviewed. Reload the page to see where this one stands.")
    if row.version != version:
        raise Conflict(ALREADY_NEWER)
    today = in_london(tx.now())
    if until <= today:
        raise Invalid("The next review date must be in the future", "review_date")
    if until > latest_allowed(today):
        raise Invalid(
            f"The next review date must be {date_words(latest_allowed(today))} or earlier", "review_date"
        )
    current = current_version(tx, row)
    # Who is changing the details meanwhile is told of a conflict, and does not put the former date back.
    row.review_date, current.review_date, row.revision = until, until, row.revision + 1
    tx.session.add(
        ReviewRow(
            asset_id=row.id,
            version=version,
            person_id=actor.person_id,
            at=tx.now(),
            note=note,
            next_review=until,
        )
    )
    tx.session.flush()
    forget_reminder(actor, tx=tx, asset_id=row.id)
    record(tx, actor, events.AssetReviewed(row.id, version, until.isoformat()))


def load_review(
    actor: Actor, *, tx: Tx, asset_id: int, person_id: int | None, at: datetime, note: str, until: date
) -> None:
    """Put a review in place that happened elsewhere or before: for the demonstration and for imports."""
    require(policy.can_compare(actor))
    row = queries.load(actor, tx=tx, asset_id=asset_id)
    tx.session.add(
        ReviewRow(
            asset_id=row.id, version=row.version, person_id=person_id, at=at, note=note, next_review=until
        )
    )
    tx.session.flush()
    record(tx, actor, events.AssetReviewed(row.id, row.version, until.isoformat()))


def reviews(
    actor: Actor, *, tx: Tx, asset_id: int, version: int | None = None, limit: int = 50
) -> Sequence[Review]:
    """Reviews of those versions that the actor may read, or of one of them; the newest first. Two queries at most."""
    query = (
        select(ReviewRow)
        .join(AssetRow, AssetRow.id == ReviewRow.asset_id)
        .join(
            AssetVersionRow,
            and_(AssetVersionRow.asset_id == ReviewRow.asset_id, AssetVersionRow.number == ReviewRow.version),
        )
        .where(ReviewRow.asset_id == asset_id, policy.version_visible_to(actor))
        .order_by(ReviewRow.id.desc())
        .limit(limit)
    )
    if version is not None:
        query = query.where(ReviewRow.version == version)
    rows = tx.session.scalars(query).all()
    people = accounts.lines_by_id(
        actor, tx=tx, person_ids={row.person_id for row in rows if row.person_id is not None}
    )
    return [
        Review(row.version, people.get(row.person_id or 0), row.at, row.note, row.next_review) for row in rows
    ]


def keepers(actor: Actor, *, tx: Tx, asset_id: int) -> list[int]:
    """Whom the review of a published asset waits for: those for whom `policy.kept_parts` holds. Ids of people."""
    require(policy.can_compare(actor))
    row = tx.session.get(AssetRow, asset_id)
    if row is None or row.status != "published":
        return []
    here = select(AssetRow.id).where(AssetRow.id == asset_id, ~policy.owner_gone(actor))
    if tx.session.execute(here).first() is not None:
        return [row.owner_id] if row.owner_id is not None else []
    found = {*accounts.holder_ids(actor, tx=tx, role="librarian")} if row.audience != "team" else set()
    if row.team_id is not None:
        led = teams.leads(actor, tx=tx, team_ids=[row.team_id]).get(row.team_id, [])
        found |= {line.id for line in led}
    elif (person_id := row.owner_id or row.created_by) is not None:
        line = accounts.lines_by_id(actor, tx=tx, person_ids=[person_id])[person_id]
        found |= {*accounts.admin_ids(actor, tx=tx, organisation_id=line.organisation_id)}
    return sorted(found)


def to_tell(tx: Tx) -> Select[int]:
    """SQL: published assets whose review date comes near or has passed, and nobody was told of that yet."""
    today = in_london(tx.now())
    near = and_(
        AssetRow.review_date >= today,
        AssetRow.review_date <= today + AHEAD,
        AssetRow.review_told_for.is_distinct_from(AssetRow.review_date),
    )
    past = and_(
        AssetRow.review_date < today, AssetRow.overdue_told_for.is_distinct_from(AssetRow.review_date)
    )
    due = AssetRow.review_date <= today + AHEAD
    return select(AssetRow.id).where(AssetRow.status == "published", due, or_(near, past))


def tell_of_review(actor: Actor, *, tx: Tx, asset_id: int) -> None:
    """Tell whoever answers for it, once for each of the two moments; nothing when that was done meanwhile."""
    require(policy.can_compare(actor))
    row = tx.session.execute(
        to_tell(tx).where(AssetRow.id == asset_id).with_only_columns(AssetRow).with_for_update(of=AssetRow)
    ).scalar_one_or_none()
    if row is None or row.review_date is None:
        return
    if row.review_date < in_london(tx.now()):
        row.overdue_told_for = row.review_date
        record(tx, actor, events.ReviewOverdue(asset_id, row.review_date.isoformat()))
    else:
        row.review_told_for = row.review_date
        record(tx, actor, events.ReviewNear(asset_id, row.review_date.isoformat()))
    tx.session.flush()
    told = keepers(actor, tx=tx, asset_id=asset_id)
    notices.forget(actor, tx=tx, kind=REVIEW, subject_ids=[asset_id])
    notices.tell(SYSTEM, tx=tx, kind=REVIEW, subject_id=asset_id, person_ids=told)


def describe(actor: Actor, tx: Tx, ids: Collection[int]) -> Mapping[int, Described]:
    """Reminders in words, for whoever answers for the document at that moment and while it is due."""
    kept = policy.kept_parts(actor)
    if not kept:
        return {}
    today = in_london(utc_now())
    rows = tx.session.scalars(
        select(AssetRow).where(AssetRow.id.in_(set(ids)), AssetRow.review_date <= today + AHEAD, or_(*kept))
    ).all()
    found = {}
    for row in rows:
        assert row.review_date is not None
        past = row.review_date < today
        owned = row.owner_id == actor.person_id
        outside = f"“{row.title}”" if row.audience == "public" else "a document you look after"
        says = "is past its review date" if past else f"is due for review by {date_words(row.review_date)}"
        title = f"{outside} {says}"
        found[row.id] = Described(
            f"“{row.title}” {says}",
            f"/library/{row.id}/review",
            "You own it: is it still right?" if owned else "Its owner left, so it waits for you",
            f"{title[0].upper()}{title[1:]}",
            needs=True,
            due=row.review_date,
        )
    return found

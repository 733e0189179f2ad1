"""What somebody owns and follows in the library, when two accounts of theirs become one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import aliased

from cop.accounts import one_person
from cop.accounts.one_person import Fact, Merged
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.library.models import AssetRow, AssetVersionRow, FollowerRow, ReviewRow

NAME = "library"

_DONE_BY: tuple[Any, ...] = (
    AssetRow.owner_id,
    AssetRow.created_by,
    AssetVersionRow.created_by,
    AssetVersionRow.checked_by,
    ReviewRow.person_id,
    FollowerRow.person_id,
)


def register() -> None:
    """Carry over what is in the library, and count what an account owns."""
    one_person.register(NAME, carry_over)
    one_person.FACTS.provide(NAME, _facts)


def carry_over(actor: Actor, tx: Tx, merged: Merged) -> None:
    """Move everything to the account that is kept. Who follows a document with both has heard of what either has."""
    own, other = aliased(FollowerRow), aliased(FollowerRow)
    pairs = tx.session.execute(
        select(own, other)
        .join(other, and_(other.asset_id == own.asset_id, other.person_id == merged.closed_id))
        .where(own.person_id == merged.kept_id)
    ).all()
    for kept, closed in pairs:
        kept.told_up_to = max(kept.told_up_to, closed.told_up_to)
        tx.session.delete(closed)
    tx.session.flush()
    # The keys of forms that were sent long ago: what both have of them must not stand in the way.
    tx.session.execute(
        update(AssetRow)
        .where(AssetRow.created_by == merged.closed_id, AssetRow.upload_key.is_not(None))
        .values(upload_key=None)
    )
    for column in _DONE_BY:
        tx.session.execute(
            update(column.class_).where(column == merged.closed_id).values({column.key: merged.kept_id})
        )


def _facts(actor: Actor, tx: Tx, person_id: int) -> list[Fact]:
    """How many documents are theirs to look after."""
    count = tx.session.scalar(
        select(func.count()).select_from(AssetRow).where(AssetRow.owner_id == person_id)
    )
    return [Fact(30, "Documents they look after", f"{count:,}")]

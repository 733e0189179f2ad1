"""Documents as things that a text points to: found by whoever writes, named to whoever reads, if they may see them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.library import policy
from cop.library.models import AssetRow
from cop.library.vocabulary import KINDS
from cop.threads.references import Reference


def find(actor: Actor, tx: Tx, text: str, limit: int) -> list[Reference]:
    """Documents that stand, by words of their titles, the newest first. One query."""
    words = [word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in text.split()[:6]]
    rows = tx.session.execute(
        select(AssetRow.id, AssetRow.title, AssetRow.kind)
        .where(
            policy.visible_to(actor),
            AssetRow.status != "withdrawn",
            *(AssetRow.title.ilike(f"%{word}%", escape="\\") for word in words),
        )
        .order_by(AssetRow.id.desc())
        .limit(limit)
    )
    return [Reference(row.id, row.title, KINDS[row.kind]) for row in rows]


def titles(actor: Actor, tx: Tx, ids: Collection[int]) -> dict[int, str]:
    """Titles of those of these documents that the actor may read. One query."""
    rows = tx.session.execute(
        select(AssetRow.id, AssetRow.title).where(AssetRow.id.in_(ids), policy.visible_to(actor))
    )
    return {row.id: row.title for row in rows}

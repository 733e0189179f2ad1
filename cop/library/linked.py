"""How a document looks beside a link to it."""

from __future__ import annotations

from collections.abc import Collection
from textwrap import shorten

from sqlalchemy import select

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.library import policy
from cop.library.models import AssetRow
from cop.library.wording import STATE_WORDS, kind_line
from cop.threads.cards import ABOUT_MAX, Card


def cards(actor: Actor, tx: Tx, ids: Collection[int]) -> dict[int, Card]:
    """Cards of those of these documents that the actor may read. One query."""
    rows = tx.session.execute(
        select(
            AssetRow.id, AssetRow.title, AssetRow.summary, AssetRow.kind, AssetRow.regime, AssetRow.status
        ).where(AssetRow.id.in_(ids), policy.visible_to(actor))
    )
    return {
        row.id: Card(
            kind_line(row.kind, row.regime),
            row.title,
            f"/library/{row.id}",
            shorten(row.summary, ABOUT_MAX, placeholder="…"),
            "" if row.status == "published" else STATE_WORDS[row.status],
        )
        for row in rows
    }

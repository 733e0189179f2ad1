"""What an organisation published, on its page (ADR 22)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from cop.accounts.lineage import Named
from cop.accounts.slots import Group, Line
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.library import policy, queries
from cop.library.models import AssetRow
from cop.library.wording import documents, month
from cop.web.dates import in_london

SHOWN = 5
ORDER = 10


def groups(actor: Actor, tx: Tx, line: Sequence[Named]) -> list[Group]:
    """The newest documents of each of these organisations that the actor may read. Five queries for all of them."""
    of = AssetRow.organisation_id
    newest = (AssetRow.published_at.desc(), AssetRow.id.desc())
    numbered = (
        select(
            AssetRow.id,
            of.label("of"),
            func.row_number().over(partition_by=of, order_by=newest).label("place"),
            func.count().over(partition_by=of).label("number"),
        )
        .where(of.in_([each.id for each in line]), policy.listed_for(actor))
        .subquery()
    )
    rows = tx.session.execute(
        select(numbered).where(numbered.c.place <= SHOWN).order_by(numbered.c.of, numbered.c.place)
    ).all()
    cards = queries.cards_by_id(actor, tx=tx, asset_ids=[row.id for row in rows])
    found = []
    for each in line:
        of_each = [row for row in rows if row.of == each.id]
        lines = [_line(cards[row.id]) for row in of_each if row.id in cards]
        if lines:
            count = of_each[0].number
            all_of = f"All {documents(count)}" if count > len(lines) else "Everything"
            words = f"{all_of} of {each.name} in the library"
            href = f"/library?organisation={each.id}"
            found.append(Group(ORDER, each.id, "Published", lines, count, href, words))
    return found


def _line(card: queries.AssetCard) -> Line:
    when = (f"published {month(in_london(card.published_at))}",) if card.published_at else ()
    return Line(
        card.title, card.href, card.kind_line, tuple(filter(None, (*card.facts, *when, card.overdue)))
    )

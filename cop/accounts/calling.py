"""People by the name that somebody typed after an @: only those whose profile the writer may see."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, select

from cop.accounts.models import PersonRow
from cop.accounts.queries import PersonLine, lines_by_id, visible_people
from cop.kernel.access import Actor
from cop.kernel.db import Tx

NAMES_MAX = 200


def called(actor: Actor, *, tx: Tx, names: Collection[str]) -> dict[str, list[PersonLine]]:
    """Who goes by each of these names, written in small letters, among people the actor may see. Two queries."""
    wanted = sorted(set(names))[:NAMES_MAX]
    if not wanted:
        return {}
    ids = tx.session.scalars(
        select(PersonRow.id).where(
            func.lower(PersonRow.name).in_(wanted), PersonRow.suspended_at.is_(None), visible_people(actor)
        )
    ).all()
    found: dict[str, list[PersonLine]] = {}
    for line in lines_by_id(actor, tx=tx, person_ids=ids).values():
        found.setdefault(line.name.lower(), []).append(line)
    return found

"""A team in three facts, for whatever shows many of them at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.teams import policy
from cop.teams.models import TeamRow


@dataclass(frozen=True, slots=True)
class Brief:
    """A team's name, its question and the step of its life."""

    name: str
    question: str
    status: str


def briefs(actor: Actor, *, tx: Tx, team_ids: Collection[int]) -> dict[int, Brief]:
    """Those of these teams whose card the actor may see, by id. One query."""
    rows = tx.session.execute(
        select(TeamRow.id, TeamRow.name, TeamRow.question, TeamRow.status).where(
            TeamRow.id.in_(set(team_ids)), policy.card_visible_to(actor)
        )
    )
    return {row.id: Brief(row.name, row.question, row.status) for row in rows}

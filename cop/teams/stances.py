"""The two stances a team needs: somebody content with today's way, and somebody who is not. Each says it themselves."""

from __future__ import annotations

from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.events import record
from cop.teams import events, loading, policy


def take(actor: Actor, *, tx: Tx, team_id: int, stance: str | None) -> None:
    """Say whether one is content with today's way, or with None take back what one said."""
    team = loading.locked_to_read(actor, tx=tx, team_id=team_id)
    require(policy.can_take_stance(actor, policy.standing(actor, team)))
    own = next(member for member in team.members if member.person_id == actor.person_id)
    if own.stance != stance:
        own.stance = stance
        tx.session.flush()
        record(tx, actor, events.StanceTaken(team_id, own.person_id))

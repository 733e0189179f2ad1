"""Who besides the team reads a thread, for the team's people to know; and for a guest, that they are one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cop.accounts.queries import PersonLine
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.teams import guests
from cop.teams import policy as team_policy
from cop.teams.guests import Guest
from cop.threads import policy
from cop.threads.queries import Thread


@dataclass(frozen=True, slots=True)
class Visit:
    """Who besides the team reads a thread; `own`: the reader is one of them; `invites`: may invite others."""

    guests: Sequence[PersonLine]
    own: Guest | None
    invites: bool


def visit(actor: Actor, *, tx: Tx, thread: Thread) -> Visit | None:
    """Guests of the thread, for the team's people to know who reads it; for a guest, that they are one."""
    space = thread.space
    if not actor.signed_in:
        return None
    if space.standing.is_member:
        found = guests.of_thing(actor, tx=tx, team_id=space.team_id, thing=policy.THING, thing_id=thread.id)
        return Visit(found, None, bool(team_policy.can_manage(actor, space.standing)))
    own = [
        each
        for each in guests.own(actor, tx=tx, team_id=space.team_id)
        if each.of_team or each.href == f"/threads/{thread.id}"
    ]
    return Visit([], own[0], False) if own else None

"""Letting more people read what a team has written: whose words it is about, and how they hear of it (ADR 25)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.notifications import service as notices
from cop.notifications.kinds import Described
from cop.teams import policy
from cop.teams.models import MemberRow, TeamRow

OPENED = "team_opened"
NOT_LEAD = "Only the team’s lead can let more people read what it has written"
UNSAID = "Say that the team knows: everything it has written so far becomes readable, too"
LABEL = "The team knows that everything it has written so far becomes readable, too"
_READERS = {
    "open": "Anyone can read what {} writes now, and what it has written",
    "network": "Officers can read what {} writes now, and what it has written",
    "private": "Only people on it can read what {} writes",
}


def others(actor: Actor, *, tx: Tx, team_id: int) -> Sequence[int]:
    """Who else is or was on the team, and may have written for fewer readers."""
    found = select(MemberRow.person_id).where(
        MemberRow.team_id == team_id, MemberRow.person_id.is_distinct_from(actor.person_id)
    )
    return list(tx.session.scalars(found.distinct().order_by(MemberRow.person_id)))


def tell(actor: Actor, *, tx: Tx, team_id: int, others: Sequence[int]) -> None:
    """Let them know; once more where a team is opened again."""
    if others:
        notices.forget(actor, tx=tx, kind=OPENED, subject_ids=[team_id])
        notices.tell(actor, tx=tx, kind=OPENED, subject_id=team_id, person_ids=others)


def described(actor: Actor, tx: Tx, ids: Collection[int]) -> Mapping[int, Described]:
    """Teams whose words the actor may read. One query."""
    rows = tx.session.execute(
        select(TeamRow.id, TeamRow.name, TeamRow.access_mode).where(
            TeamRow.id.in_(set(ids)), policy.space_visible_to(actor)
        )
    )
    return {
        row.id: Described(
            _READERS[row.access_mode].format(row.name),
            f"/teams/{row.id}",
            "You are or were on it, and what you wrote there can be read by them",
            "More people can read what a team of yours writes",
        )
        for row in rows
    }

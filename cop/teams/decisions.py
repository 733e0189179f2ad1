"""What a team decided, as its lead and facilitators write it down: a sentence or two, the day, and who decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.kernel.events import record
from cop.teams import events, loading, queries
from cop.teams.models import DecisionRow


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision of the list. `decided_by` is as it was typed: "The team", "The board", a name."""

    id: int
    text: str
    decided_on: date
    decided_by: str
    recorded_by: PersonLine | None
    changed: bool


def decisions(actor: Actor, *, tx: Tx, team_id: int) -> list[Decision]:
    """What a team the actor may read decided, the newest first. Two queries."""
    rows = tx.session.scalars(
        select(DecisionRow)
        .where(DecisionRow.team_id == team_id, DecisionRow.team_id.in_(queries.visible_ids(actor)))
        .order_by(DecisionRow.decided_on.desc(), DecisionRow.id.desc())
    ).all()
    lines = accounts.lines_by_id(
        actor, tx=tx, person_ids={row.recorded_by for row in rows if row.recorded_by}
    )
    return [
        Decision(
            row.id,
            row.text,
            row.decided_on,
            row.decided_by,
            lines.get(row.recorded_by or 0),
            row.changed_at is not None,
        )
        for row in rows
    ]


def decision(actor: Actor, *, tx: Tx, team_id: int, decision_id: int) -> Decision:
    """One decision of a team the actor may read; NotFound otherwise."""
    for found in decisions(actor, tx=tx, team_id=team_id):
        if found.id == decision_id:
            return found
    raise NotFound


def record_decision(
    actor: Actor, *, tx: Tx, team_id: int, text: str, decided_on: date, decided_by: str
) -> int:
    """Write a decision down; returns its id."""
    loading.locked_to_manage(actor, tx=tx, team_id=team_id)
    row = DecisionRow(
        team_id=team_id,
        text=text,
        decided_on=decided_on,
        decided_by=decided_by,
        recorded_by=actor.person_id,
        recorded_at=tx.now(),
    )
    tx.session.add(row)
    tx.session.flush()
    record(tx, actor, events.DecisionRecorded(team_id, row.id))
    return row.id


def change_decision(
    actor: Actor, *, tx: Tx, team_id: int, decision_id: int, text: str, decided_on: date, decided_by: str
) -> None:
    """Put a recorded decision right; the list says that it was changed."""
    loading.locked_to_manage(actor, tx=tx, team_id=team_id)
    row = tx.session.get(DecisionRow, decision_id, populate_existing=True)
    if row is None or row.team_id != team_id:
        raise NotFound
    if (row.text, row.decided_on, row.decided_by) == (text, decided_on, decided_by):
        return
    row.text, row.decided_on, row.decided_by = text, decided_on, decided_by
    row.changed_at = tx.now()
    tx.session.flush()
    record(tx, actor, events.DecisionChanged(team_id, row.id))

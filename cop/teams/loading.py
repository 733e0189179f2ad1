"""Loads a team for a change: its row locked, its present members with it, as much as the actor may know of.

Whoever changes a team, or something in it, locks its row first: two people at once never leave it without a lead, and
nothing is added in the moment it closes.
"""

from __future__ import annotations

from sqlalchemy import select, true
from sqlalchemy.orm import selectinload
from sqlalchemy.sql import ColumnElement

from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.teams import policy
from cop.teams.models import TeamRow


def _locked(tx: Tx, team_id: int, visible: ColumnElement[bool]) -> TeamRow:
    row = tx.session.execute(
        select(TeamRow)
        .where(TeamRow.id == team_id, visible)
        .options(selectinload(TeamRow.members))
        .with_for_update(of=TeamRow)
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def locked(actor: Actor, *, tx: Tx, team_id: int) -> TeamRow:
    """The team, if the actor may know of it; NotFound otherwise."""
    return _locked(tx, team_id, policy.card_visible_to(actor))


def locked_to_read(actor: Actor, *, tx: Tx, team_id: int) -> TeamRow:
    """The team, for whoever may read what it writes; NotFound otherwise."""
    return _locked(tx, team_id, policy.space_visible_to(actor))


def locked_to_manage(actor: Actor, *, tx: Tx, team_id: int) -> TeamRow:
    """The team, for its lead and facilitators; NotFound for who may not read it, Forbidden for all others."""
    team = _locked(tx, team_id, policy.space_visible_to(actor))
    require(policy.can_manage(actor, policy.standing(actor, team)))
    return team


def locked_to_write(actor: Actor, *, tx: Tx, team_id: int) -> TeamRow:
    """The team, for its people while it is not closed; NotFound for who may not read it, Forbidden for all others."""
    team = _locked(tx, team_id, policy.space_visible_to(actor))
    require(policy.can_write(actor, policy.standing(actor, team)))
    return team


def any_locked(tx: Tx, team_id: int) -> TeamRow:
    """The team for a higher domain that has asked its own rules; NotFound when there is none."""
    return _locked(tx, team_id, true())

"""The teams on which people acting for an organisation are or were, for readers who may look people up (ADR 22).

What joins a team to an organisation is the people on it, so only teams whose people this reader may see are listed: not
even the board learns from here who is on a private one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from cop.accounts import memberships
from cop.accounts.lineage import Named
from cop.accounts.policy import can_see_people
from cop.accounts.slots import Group, Line
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.teams.models import MemberRow, TeamRow
from cop.teams.policy import space_visible_to
from cop.teams.wording import STATE_WORDS

SHOWN = 5
ORDER = 20
TITLE = "Teams with people from it"


def _pairs(actor: Actor, organisation_ids: Collection[int]) -> Select[Any]:
    """SQL: which organisation (`of`) had somebody on which team (`team_id`) while they acted for it."""
    acted = memberships.times(actor).subquery()
    at_once = and_(
        or_(MemberRow.left_at.is_(None), acted.c.since <= MemberRow.left_at),
        or_(acted.c.until.is_(None), acted.c.until > MemberRow.joined_at),
    )
    return (
        select(acted.c.organisation_id.label("of"), MemberRow.team_id)
        .join(MemberRow, and_(MemberRow.person_id == acted.c.person_id, at_once))
        .where(acted.c.organisation_id.in_(sorted(organisation_ids)))
        .distinct()
    )


def team_ids(actor: Actor, *, organisation_id: int) -> Select[int]:
    """Ids of the teams of one organisation that the actor may read."""
    pairs = _pairs(actor, [organisation_id]).subquery()
    return select(TeamRow.id).where(TeamRow.id.in_(select(pairs.c.team_id)), space_visible_to(actor))


def groups(actor: Actor, tx: Tx, line: Sequence[Named]) -> list[Group]:
    """The newest teams of each of these organisations. One query for all of them."""
    if not can_see_people(actor):
        return []
    pairs = _pairs(actor, [each.id for each in line]).subquery()
    newest = (TeamRow.start_date.desc(), TeamRow.id.desc())
    numbered = (
        select(
            pairs.c.of,
            TeamRow.id,
            TeamRow.name,
            TeamRow.status,
            func.row_number().over(partition_by=pairs.c.of, order_by=newest).label("place"),
            func.count().over(partition_by=pairs.c.of).label("number"),
        )
        .join(TeamRow, TeamRow.id == pairs.c.team_id)
        .where(space_visible_to(actor))
        .subquery()
    )
    rows = tx.session.execute(
        select(numbered).where(numbered.c.place <= SHOWN).order_by(numbered.c.of, numbered.c.place)
    ).all()
    found = []
    for each in line:
        of_each = [row for row in rows if row.of == each.id]
        if of_each:
            lines = [Line(row.name, f"/teams/{row.id}", facts=(STATE_WORDS[row.status],)) for row in of_each]
            number = of_each[0].number
            words = f"All {number} teams with people from {each.name}"
            words = words if number > len(lines) else f"Teams with people from {each.name}"
            href = f"/organisations/{each.id}/teams"
            found.append(Group(ORDER, each.id, TITLE, lines, number, href, words))
    return found

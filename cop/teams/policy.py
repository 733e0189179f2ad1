"""Who may see a team and do what with it: PRODUCT.md's rows "team card" and "team space" as predicates and verdicts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import SQLColumnExpression, or_, select, true
from sqlalchemy.sql import ColumnElement

from cop.kernel.access import ALLOWED, HELD_BACK, OFFICER_KINDS, Actor, Verdict, refused
from cop.search.document import Audience
from cop.teams.models import MemberRow, TeamRow

MANAGERS = frozenset({"lead", "facilitator"})


@dataclass(frozen=True, slots=True)
class Standing:
    """What a verdict needs to know: the team's state, who may read it, and the actor's role on it, if any."""

    team_id: int
    status: str
    access_mode: str
    role: str | None

    @property
    def is_member(self) -> bool:
        """On the team, in whatever role."""
        return self.role is not None

    @property
    def manages(self) -> bool:
        """Lead or facilitator."""
        return self.role in MANAGERS


def standing(actor: Actor, team: TeamRow) -> Standing:
    """The actor's standing on a team whose members are loaded."""
    role = next((row.role for row in team.members if row.person_id == actor.person_id), None)
    return Standing(team.id, team.status, team.access_mode, acting_role(actor, role))


def acting_role(actor: Actor, role: str | None) -> str | None:
    """What somebody can act as on a team: who leads it is a member until they have a second step for signing in."""
    return "member" if actor.held_back and role in MANAGERS else role


def leads_some_team(person_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """SQL: this person is lead or facilitator of a team that is not closed; accounts asks for a second step then."""
    return (
        select(MemberRow.id)
        .join(TeamRow, TeamRow.id == MemberRow.team_id)
        .where(
            MemberRow.person_id == person_id,
            MemberRow.left_at.is_(None),
            MemberRow.role.in_(sorted(MANAGERS)),
            TeamRow.status != "closed",
        )
        .exists()
    )


def _own(actor: Actor) -> ColumnElement[bool]:
    return TeamRow.id.in_(
        select(MemberRow.team_id).where(MemberRow.person_id == actor.person_id, MemberRow.left_at.is_(None))
    )


def space_visible_to(actor: Actor) -> ColumnElement[bool]:
    """SQL: teams whose threads and other work the actor may read.

    Open teams anyone; network teams officers and the board; private teams their own people only, not even the admin.
    """
    if actor.is_system:
        return true()
    # Comparisons instead of IN, whose list is written into the statement anew each time it runs.
    is_open, is_network = TeamRow.access_mode == "open", TeamRow.access_mode == "network"
    readable = or_(is_open, is_network) if actor.reads_network else is_open
    return or_(readable, _own(actor)) if actor.signed_in else readable


def card_visible_to(actor: Actor) -> ColumnElement[bool]:
    """SQL: teams the actor may know of. The board and the admin see every team's card, private ones too."""
    if actor.is_board or actor.is_platform_admin:
        return true()
    return space_visible_to(actor)


def can_start(actor: Actor) -> Verdict:
    """Starting a team is for officers."""
    if actor.is_officer or actor.is_system:
        return ALLOWED
    return refused("Only people who act for a council, a consortium or a central body can start a team.")


def can_manage(actor: Actor, team: Standing) -> Verdict:
    """Changing the charter and the people: the lead and the facilitators, until the team is closed."""
    if actor.is_system:
        return ALLOWED
    if team.status == "closed":
        return refused("This team is closed. Its charter and people stay as they were.")
    if team.manages:
        return ALLOWED
    if actor.held_back and team.is_member:
        return refused(f"Only the team’s lead and facilitators can do this. If you are one: {HELD_BACK}")
    return refused("Only the team’s lead and facilitators can do this.")


def can_write(actor: Actor, team: Standing) -> Verdict:
    """Writing in the team's space: its people, until the team is closed."""
    if actor.is_system:
        return ALLOWED
    if not team.is_member:
        return refused("Only people on the team can write here. Ask the team’s lead to add you.")
    if team.status == "closed":
        return refused("This team is closed. You can read everything, but nothing can be added.")
    return ALLOWED


def can_extend(actor: Actor, team: Standing) -> Verdict:
    """Moving the end date of a team at work is a decision of the board."""
    if not actor.is_board and not actor.is_system:
        return refused("Only the board can move the end date of a team at work.")
    if team.status not in ("active", "finishing"):
        return refused("The board can move the end date of a team that is active or finishing.")
    return ALLOWED


def can_leave(actor: Actor, team: Standing) -> Verdict:
    """Anybody on the team may leave it."""
    return ALLOWED if team.is_member else refused("You are not on this team.")


def can_hold(organisation_kind: str, role: str) -> Verdict:
    """Whether somebody of such an organisation may hold a role: a supplier may be on a team, not run it."""
    if role in MANAGERS and organisation_kind not in OFFICER_KINDS:
        return refused(
            "Only somebody who acts for a council, a consortium or a central body can be lead or facilitator. "
            "Choose “Member”."
        )
    return ALLOWED


def audience(team_id: int, access_mode: str) -> Audience:
    """Who may find what a team of this access mode wrote; the same circles as `space_visible_to`."""
    if access_mode == "open":
        return Audience.public()
    return Audience.network(team_id) if access_mode == "network" else Audience.team(team_id)

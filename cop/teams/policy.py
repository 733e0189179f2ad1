"""Who may see a team and do what with it: PRODUCT.md's rows "team card" and "team space" as predicates and verdicts."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import (
    ScalarSelect,
    Select,
    SQLColumnExpression,
    and_,
    case,
    false,
    func,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.sql import ColumnElement, CompoundSelect

from cop.kernel.access import ALLOWED, HELD_BACK, OFFICER_KINDS, Actor, Verdict, refused
from cop.search.document import Audience
from cop.teams.joining_limits import WHOLE_TEAM
from cop.teams.joining_models import GuestRow
from cop.teams.models import MemberRow, TeamRow

MANAGERS = frozenset({"lead", "facilitator"})


@dataclass(frozen=True, slots=True)
class Standing:
    """What a verdict needs to know: the team's state, who may read it, and the actor's role on it, if any.

    `guest_writes`: not on the team, but a guest who may write in the very thing that was asked about.
    """

    team_id: int
    status: str
    access_mode: str
    role: str | None
    guest_writes: bool = False

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
    """What somebody can act as on a team.

    Who leads it is a member until they have a second step for signing in, and as long as they act for an organisation
    whose people may not run a team (`can_hold`): somebody may leave a council and still act for a supplier.
    """
    return "member" if role in MANAGERS and not _may_run(actor) else role


def _may_run(actor: Actor) -> bool:
    return actor.is_system or (actor.is_officer and not actor.held_back)


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


def _guest(actor: Actor) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return GuestRow.person_id == actor.person_id, GuestRow.ended_at.is_(None)


def own_ids(actor: Actor) -> Select[int]:
    """Ids of teams the actor is on now."""
    return select(MemberRow.team_id).where(
        MemberRow.person_id == actor.person_id, MemberRow.left_at.is_(None)
    )


def managed_ids(actor: Actor) -> Select[int]:
    """Ids of teams the actor runs: as lead or facilitator who can act as one (`acting_role`)."""
    return own_ids(actor).where(true() if _may_run(actor) else false(), MemberRow.role.in_(sorted(MANAGERS)))


def named_ids(actor: Actor, thing: str) -> Select[int]:
    """Ids of the things of one kind ("thread") that the actor is a guest of: what an invitation names, no more."""
    return select(GuestRow.thing_id).where(*_guest(actor), GuestRow.thing == thing)


def named_things(actor: Actor) -> Select[str, int]:
    """Kind and id of everything the actor is a guest of, whole teams left out."""
    return select(GuestRow.thing, GuestRow.thing_id).where(*_guest(actor), GuestRow.thing != WHOLE_TEAM)


def guest_writes(
    actor: Actor, thing: ColumnElement[str], thing_id: ColumnElement[int]
) -> ScalarSelect[int | None]:
    """SQL, beside a TeamRow: 1 or 0, whether the actor may write there as its guest, NULL for who is not a guest.

    A guest of the whole team is one of each thing of it.
    """
    named = and_(GuestRow.thing == thing, GuestRow.thing_id == thing_id)
    return (
        select(func.max(case((GuestRow.may_write, 1), else_=0)))
        .where(GuestRow.team_id == TeamRow.id, *_guest(actor), or_(named, GuestRow.thing == WHOLE_TEAM))
        .scalar_subquery()
    )


def reader_ids(actor: Actor) -> CompoundSelect[int]:
    """Ids of teams whose whole space the actor reads by name: those they are on, or are a guest of as a whole."""
    guest = select(GuestRow.team_id).where(*_guest(actor), GuestRow.thing == WHOLE_TEAM)
    return union_all(own_ids(actor), guest)


def _own(actor: Actor) -> ColumnElement[bool]:
    return TeamRow.id.in_(reader_ids(actor))


def space_visible_to(actor: Actor) -> ColumnElement[bool]:
    """SQL: teams whose threads and other work the actor may read.

    Open teams anyone; network teams officers and the board; private teams their own people, and guests of the whole
    team, only; not even the admin. Who is a guest of one thing reads that thing (`named_ids`) and nothing else.
    """
    if actor.is_system:
        return true()
    # Comparisons instead of IN, whose list is written into the statement anew each time it runs.
    is_open, is_network = TeamRow.access_mode == "open", TeamRow.access_mode == "network"
    readable = or_(is_open, is_network) if actor.reads_network else is_open
    return or_(readable, _own(actor)) if actor.signed_in else readable


def card_visible_to(actor: Actor) -> ColumnElement[bool]:
    """SQL: teams the actor may know of. The board and the admin see every team's card, private ones too.

    Whoever is a guest of anything in a team sees its card (PRODUCT.md, "team guest": R).
    """
    if actor.is_board or actor.is_platform_admin:
        return true()
    if not actor.signed_in:
        return space_visible_to(actor)
    return or_(space_visible_to(actor), TeamRow.id.in_(select(GuestRow.team_id).where(*_guest(actor))))


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
    """Writing in the team's space, or in the thing that was asked about: until the team is closed.

    The team's people, and in the thing that their invitation names its guests, if it said so.
    """
    if actor.is_system:
        return ALLOWED
    if not team.is_member and not team.guest_writes:
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


def can_take_stance(actor: Actor, team: Standing) -> Verdict:
    """Saying how content one is with today's way: each person on the team for themselves, until it is closed."""
    if not team.is_member:
        return refused("Only people on the team say how content they are with today’s way.")
    if team.status == "closed":
        return refused("This team is closed. What its people said stays as it was.")
    return ALLOWED


def can_leave(actor: Actor, team: Standing) -> Verdict:
    """Anybody on the team may leave it."""
    return ALLOWED if team.is_member else refused("You are not on this team.")


def can_ask(actor: Actor, team: Standing) -> Verdict:
    """Asking to join: whoever is signed in, sees the card and is not on the team, until it is closed."""
    if not actor.signed_in:
        return refused("Sign in to ask to join a team.")
    if team.is_member:
        return refused("You are on this team already.")
    if team.status == "closed":
        return refused("This team is closed, so nobody can join it any more.")
    return ALLOWED


def can_hand_over(actor: Actor, team: Standing) -> Verdict:
    """Giving the lead to somebody else: whoever has it, until the team is closed."""
    if team.role != "lead":
        return refused("Only the team’s lead can hand over the lead.")
    return can_manage(actor, team)


def can_change_leads(actor: Actor, team: Standing, *, some_lead_acts: bool) -> Verdict:
    """Making somebody a lead, or taking a lead's place away: a lead's to do, and a facilitator's where none can act."""
    if actor.is_system or team.role == "lead" or (team.manages and not some_lead_acts):
        return ALLOWED
    return refused(
        "Only the team’s lead can make somebody the lead, or change a lead. Ask them to hand over."
    )


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

"""What somebody was and did in teams, when two accounts of theirs become one: places, invitations, open items.

On a team that both were on, the place with the stronger role stays; the other ends and stays on the record. It asks no
policy: whoever merges accounts has asked theirs, and the rule about who may run a team is asked here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, or_, select, update

from cop.accounts import one_person
from cop.accounts.one_person import Fact, Merged
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict
from cop.kernel.events import record
from cop.notifications import service as notices
from cop.teams import events, hand_over, joining_events, places, policy
from cop.teams.joining_models import GuestRow, InvitationRow, LeadOfferRow, RequestRow
from cop.teams.limits import ROLES
from cop.teams.models import (
    CalendarAddressRow,
    DecisionRow,
    EndDateRow,
    MemberRow,
    MilestoneRow,
    OpenItemRow,
    ReportRow,
    StepRow,
    TeamRow,
)
from cop.teams.wording import ROLE_WORDS

NAME = "teams"

# Columns that name whoever did something: nothing about them can be there twice.
_DONE_BY: tuple[Any, ...] = (
    MemberRow.person_id,
    StepRow.person_id,
    EndDateRow.decided_by,
    MilestoneRow.added_by,
    MilestoneRow.done_by,
    OpenItemRow.owner_id,
    OpenItemRow.added_by,
    OpenItemRow.settled_by,
    DecisionRow.recorded_by,
    ReportRow.written_by,
    InvitationRow.invited_by,
    InvitationRow.person_id,
    GuestRow.person_id,
    RequestRow.person_id,
    RequestRow.decided_by,
    LeadOfferRow.from_id,
    LeadOfferRow.to_id,
)


def register() -> None:
    """Carry over what is in teams, and say what an account is on them."""
    one_person.register(NAME, carry_over)
    one_person.FACTS.provide(NAME, _facts)


def carry_over(actor: Actor, tx: Tx, merged: Merged) -> None:
    """Move everything to the account that is kept, and end what nobody can be twice."""
    current = MemberRow.left_at.is_(None)
    team_ids = tx.session.scalars(
        select(MemberRow.team_id)
        .where(MemberRow.person_id.in_((merged.closed_id, merged.kept_id)), current)
        .distinct()
        .order_by(MemberRow.team_id)
    ).all()
    for team_id in team_ids:
        _one_place(actor, tx, merged, places.hold(tx, team_id))
    _guests(actor, tx, merged)
    _requests(actor, tx, merged, team_ids)
    _offers(actor, tx, merged)
    tx.session.execute(delete(CalendarAddressRow).where(CalendarAddressRow.person_id == merged.closed_id))
    _free_start_keys(tx, merged)
    for column in (*_DONE_BY, TeamRow.created_by):
        tx.session.execute(
            update(column.class_).where(column == merged.closed_id).values({column.key: merged.kept_id})
        )
    # Who was moved is on teams of which they were a guest with the other account.
    for team_id in team_ids:
        places.end_guest(actor, tx, team_id, merged.kept_id)


def _one_place(actor: Actor, tx: Tx, merged: Merged, team: TeamRow) -> None:
    """Say what the kept account is on the team from now on, and end the weaker of two places."""
    own = next((row for row in team.members if row.person_id == merged.kept_id), None)
    other = next((row for row in team.members if row.person_id == merged.closed_id), None)
    if other is None:
        return
    if not policy.can_hold(merged.kept_kind, other.role):
        raise Conflict(
            f"The account that would be closed is {ROLE_WORDS[other.role].lower()} of {team.name}, and the one that "
            "would stay acts for an organisation whose people cannot be. Keep the other account, or have that role "
            "given to somebody else first."
        )
    if own is None:
        record(tx, actor, events.MemberAdded(team.id, merged.kept_id, other.role, other.function))
        return
    stays, ends = (own, other) if ROLES.index(own.role) <= ROLES.index(other.role) else (other, own)
    ends.left_at = max(tx.now(), ends.joined_at)
    tx.session.flush()
    if stays is other:
        record(tx, actor, events.MemberRoleChanged(team.id, merged.kept_id, stays.role, stays.function))


def _guests(actor: Actor, tx: Tx, merged: Merged) -> None:
    """Of two standings as a guest of one thing the later ends; who may write by one of them may by the other."""
    rows = tx.session.scalars(
        select(GuestRow)
        .where(GuestRow.person_id.in_((merged.closed_id, merged.kept_id)), GuestRow.ended_at.is_(None))
        .order_by(GuestRow.since, GuestRow.id)
    ).all()
    first: dict[tuple[str, int], GuestRow] = {}
    for row in rows:
        known = first.setdefault((row.thing, row.thing_id), row)
        if known is not row:
            known.may_write = known.may_write or row.may_write
            row.ended_at = max(tx.now(), row.since)
            record(tx, actor, joining_events.GuestEnded(row.id, row.team_id, row.person_id))
    tx.session.flush()


def _requests(actor: Actor, tx: Tx, merged: Merged, team_ids: Sequence[int]) -> None:
    """Nobody asks twice to join a team, nor for one they are on."""
    rows = tx.session.scalars(
        select(RequestRow)
        .where(RequestRow.person_id.in_((merged.closed_id, merged.kept_id)), RequestRow.state == "open")
        .order_by(RequestRow.id)
    ).all()
    asked: set[int] = set(team_ids)
    for row in rows:
        if row.team_id in asked:
            row.state, row.decided_at = "withdrawn", tx.now()
            event = joining_events.JoiningTeamAnswered(row.id, row.team_id, row.person_id, "withdrawn")
            record(tx, actor, event)
        asked.add(row.team_id)
    tx.session.flush()


def _offers(actor: Actor, tx: Tx, merged: Merged) -> None:
    """An offer of the lead that either of the two made or was made falls: the places it was about have changed."""
    both = (merged.closed_id, merged.kept_id)
    rows = tx.session.scalars(
        select(LeadOfferRow)
        .where(
            or_(LeadOfferRow.from_id.in_(both), LeadOfferRow.to_id.in_(both)), LeadOfferRow.state == "open"
        )
        .order_by(LeadOfferRow.id)
    ).all()
    for row in rows:
        row.state, row.answered_at = "withdrawn", tx.now()
        record(tx, actor, joining_events.LeadOfferAnswered(row.id, row.team_id, "withdrawn"))
    tx.session.flush()
    notices.forget(actor, tx=tx, kind=hand_over.OFFERED, subject_ids=[row.id for row in rows])


def _free_start_keys(tx: Tx, merged: Merged) -> None:
    """The keys of forms that were sent long ago: what both have of them must not stand in the way."""
    tx.session.execute(
        update(TeamRow)
        .where(TeamRow.created_by == merged.closed_id, TeamRow.start_key.is_not(None))
        .values(start_key=None)
    )


def _facts(actor: Actor, tx: Tx, person_id: int) -> list[Fact]:
    """Teams with roles; an admin may know of every team."""
    rows = tx.session.execute(
        select(TeamRow.name, MemberRow.role)
        .join(TeamRow, TeamRow.id == MemberRow.team_id)
        .where(MemberRow.person_id == person_id, MemberRow.left_at.is_(None), policy.card_visible_to(actor))
        .order_by(func.lower(TeamRow.name), TeamRow.id)
    ).all()
    words = "; ".join(f"{ROLE_WORDS[row.role]} of {row.name}" for row in rows)
    return [Fact(10, "Teams", words or "None")]

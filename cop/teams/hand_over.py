"""Handing over the lead: to a facilitator at once, to anybody else on the team when they accept.

The two change places, so the team never is without a lead and keeps as many of each role as it had.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.kernel.access import SYSTEM, Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Gone, Invalid, NotFound
from cop.kernel.events import record
from cop.live import publish
from cop.notifications import service as notices
from cop.teams import events, joining_events, places, policy
from cop.teams.joining_models import LeadOfferRow
from cop.teams.models import MemberRow, TeamRow

OFFERED, ANSWERED = "lead_offered", "lead_answered"
"""Kinds of notices: to whoever is offered the lead or has it now; to whoever offered it, of the answer."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer of the lead."""

    id: int
    team_id: int
    team_name: str
    giver: PersonLine
    taker: PersonLine
    offered_at: datetime
    state: str


def offer(actor: Actor, *, tx: Tx, team_id: int, member_id: int) -> bool:
    """Offer the lead to somebody on the team; True when they have it at once, being a facilitator."""
    team = _own_team(actor, tx, team_id)
    require(policy.can_hand_over(actor, policy.standing(actor, team)))
    taker = next((row for row in team.members if row.id == member_id), None)
    if taker is None or taker.role == "lead":
        raise Invalid("Choose somebody from the list", "member")
    line = accounts.lines_by_id(SYSTEM, tx=tx, person_ids=[taker.person_id])[taker.person_id]
    verdict = policy.can_hold(line.organisation_kind, "lead")
    if not verdict:
        raise Invalid(
            f"{line.name} cannot lead: only somebody who acts for a council, a consortium or a central body can.",
            "member",
        )
    if accounts.address_of(SYSTEM, tx=tx, person_id=taker.person_id) is None:
        raise Invalid(f"The account of {line.name} was stopped. Choose somebody else.", "member")
    _drop_earlier(actor, tx, team_id)
    row = LeadOfferRow(
        team_id=team_id,
        from_id=actor.person_id or 0,
        to_id=taker.person_id,
        offered_at=tx.now(),
        state="open",
    )
    tx.session.add(row)
    tx.session.flush()
    record(tx, actor, joining_events.LeadOffered(row.id, team_id, row.to_id))
    notices.tell(actor, tx=tx, kind=OFFERED, subject_id=row.id, person_ids=[row.to_id])
    if taker.role == "facilitator":
        _change_places(actor, tx, team, row)
        return True
    return False


def _drop_earlier(actor: Actor, tx: Tx, team_id: int) -> None:
    """A new offer takes the place of the one that stood."""
    rows = tx.session.scalars(
        select(LeadOfferRow).where(
            LeadOfferRow.team_id == team_id,
            LeadOfferRow.from_id == actor.person_id,
            LeadOfferRow.state == "open",
        )
    ).all()
    for row in rows:
        _close(actor, tx, row, "withdrawn")
        notices.forget(actor, tx=tx, kind=OFFERED, subject_ids=[row.id])


def take(actor: Actor, *, tx: Tx, offer_id: int) -> None:
    """Take the lead over that one was offered. Gone when it is not the giver's to give any more."""
    row = _open(actor, tx, offer_id, LeadOfferRow.to_id)
    team = places.hold(tx, row.team_id)
    _change_places(actor, tx, team, row)


def turn_down(actor: Actor, *, tx: Tx, offer_id: int) -> None:
    """Not take it."""
    row = _open(actor, tx, offer_id, LeadOfferRow.to_id)
    _close(actor, tx, row, "declined")
    notices.tell(actor, tx=tx, kind=ANSWERED, subject_id=row.id, person_ids=[row.from_id])


def take_back(actor: Actor, *, tx: Tx, offer_id: int) -> None:
    """Keep the lead after all."""
    row = _open(actor, tx, offer_id, LeadOfferRow.from_id)
    _close(actor, tx, row, "withdrawn")
    notices.forget(actor, tx=tx, kind=OFFERED, subject_ids=[row.id])


def offers(actor: Actor, *, tx: Tx, offer_ids: Collection[int]) -> list[Offer]:
    """Those of these offers that the actor made or was made, on teams they are still on."""
    return _offers(
        tx,
        LeadOfferRow.team_id.in_(policy.own_ids(actor)),
        LeadOfferRow.id.in_(set(offer_ids)),
        (LeadOfferRow.to_id == actor.person_id) | (LeadOfferRow.from_id == actor.person_id),
    )


def own_open(actor: Actor, *, tx: Tx, team_id: int) -> Offer | None:
    """The offer that the actor made on this team and that stands."""
    found = _offers(
        tx,
        LeadOfferRow.team_id == team_id,
        LeadOfferRow.from_id == actor.person_id,
        LeadOfferRow.state == "open",
    )
    return found[0] if found else None


def _own_team(actor: Actor, tx: Tx, team_id: int) -> TeamRow:
    known = select(TeamRow.id).where(TeamRow.id == team_id, policy.card_visible_to(actor))
    if tx.session.scalar(known) is None:
        raise NotFound
    return places.hold(tx, team_id)


def _open(actor: Actor, tx: Tx, offer_id: int, mine: object) -> LeadOfferRow:
    """An offer that is the actor's to answer or to take back, behind its team's lock."""
    team_id = tx.session.scalar(
        select(LeadOfferRow.team_id).where(LeadOfferRow.id == offer_id, mine == actor.person_id)  # type: ignore[arg-type]
    )
    if team_id is None:
        raise NotFound
    places.hold(tx, team_id)
    row = tx.session.get_one(LeadOfferRow, offer_id, populate_existing=True)
    if row.state != "open":
        raise Conflict("This offer has been answered already.")
    return row


def _change_places(actor: Actor, tx: Tx, team: TeamRow, row: LeadOfferRow) -> None:
    """Giver and taker change roles. Both must stand where they stood when the lead was offered."""
    if team.status == "closed":
        raise Gone("The team is closed, so its lead stays who it was.")
    by_person: dict[int, MemberRow] = {member.person_id: member for member in team.members}
    giver, taker = by_person.get(row.from_id), by_person.get(row.to_id)
    if giver is None or giver.role != "lead" or taker is None or taker.role == "lead":
        raise Gone("This offer does not stand any more: one of you has another role on the team now.")
    line = accounts.lines_by_id(SYSTEM, tx=tx, person_ids=[taker.person_id])[taker.person_id]
    require(policy.can_hold(line.organisation_kind, "lead"))
    giver.role, taker.role = taker.role, giver.role
    for member in (taker, giver):
        event = events.MemberRoleChanged(team.id, member.person_id, member.role, member.function)
        record(tx, actor, event)
    _close(actor, tx, row, "accepted")
    told = {row.from_id} if actor.person_id == row.to_id else set()
    notices.tell(actor, tx=tx, kind=ANSWERED, subject_id=row.id, person_ids=told)
    publish.recheck(tx, person_id=giver.person_id)


def _close(actor: Actor, tx: Tx, row: LeadOfferRow, state: str) -> None:
    row.state, row.answered_at = state, tx.now()
    tx.session.flush()
    record(tx, actor, joining_events.LeadOfferAnswered(row.id, row.team_id, state))


def _offers(tx: Tx, *where: object) -> list[Offer]:
    rows = tx.session.execute(
        select(LeadOfferRow, TeamRow.name)
        .join(TeamRow, TeamRow.id == LeadOfferRow.team_id)
        .where(*where)  # type: ignore[arg-type]
        .order_by(LeadOfferRow.id)
    ).all()
    people = {row.LeadOfferRow.from_id for row in rows} | {row.LeadOfferRow.to_id for row in rows}
    lines = accounts.lines_by_id(SYSTEM, tx=tx, person_ids=people)
    return [
        Offer(row.id, row.team_id, name, lines[row.from_id], lines[row.to_id], row.offered_at, row.state)
        for row, name in rows
    ]

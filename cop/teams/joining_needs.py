"""What joining asks of somebody: an invitation to answer, a lead to take over, and for who runs a team its door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    Integer,
    ScalarSelect,
    Select,
    String,
    and_,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)

from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.kernel.access import Actor
from cop.kernel.clock import db_now
from cop.kernel.db import Tx
from cop.notifications.needs import Need, Source
from cop.teams import policy
from cop.teams.joining_models import InvitationRow, LeadOfferRow, RequestRow
from cop.teams.models import MemberRow, TeamRow
from cop.teams.queries import STATEMENTS_KEPT
from cop.web.dates import day

WORDS = {
    "invited": ("You are invited to {}", "/invitations/{}", "Say whether you come"),
    "offered": ("You are offered the lead of {}", "/lead-offers/{}", "Take it, or say no"),
    "asked": ("{who} asks to join {}", "/teams/{team}/joining/requests/{}", "You decide who comes in"),
    "waits": ("Somebody you invited to {} uses another address", "/teams/{team}/joining", "You decide who comes in"),
}  # fmt: skip
"""By what it is: the title with the team's name and who asks, where it is done, and why it is the reader's."""


def _of(kind: str, row: Any, since: Any, *where: Any, person: Any = None) -> Select[Any]:
    return (
        select(
            literal(kind, String).label("kind"),
            row.id.label("id"),
            TeamRow.id.label("team_id"),
            TeamRow.name.label("team_name"),
            since.label("since"),
            cast(null() if person is None else person, Integer).label("person_id"),
        )
        .select_from(row)
        .join(TeamRow, TeamRow.id == row.team_id)
        .where(TeamRow.status != "closed", *where)
    )


def _rows(actor: Actor) -> CompoundSelect[Any]:
    """Everything, each line once: the page lists it and the header counts it."""
    runs = policy.managed_ids(actor)
    still_leads = (
        select(MemberRow.id)
        .where(
            MemberRow.team_id == LeadOfferRow.team_id,
            MemberRow.person_id == LeadOfferRow.from_id,
            MemberRow.role == "lead",
            MemberRow.left_at.is_(None),
        )
        .correlate(LeadOfferRow)
        .exists()
    )
    return union_all(
        _of(
            "invited",
            InvitationRow,
            InvitationRow.invited_at,
            InvitationRow.email.in_(accounts.own_addresses(actor)),
            InvitationRow.state == "open",
            InvitationRow.expires_at > db_now(),
        ),
        _of(
            "offered",
            LeadOfferRow,
            LeadOfferRow.offered_at,
            LeadOfferRow.to_id == actor.person_id,
            LeadOfferRow.state == "open",
            LeadOfferRow.team_id.in_(policy.own_ids(actor)),
            still_leads,
        ),
        _of(
            "asked",
            RequestRow,
            RequestRow.asked_at,
            RequestRow.state == "open",
            RequestRow.team_id.in_(runs),
            person=RequestRow.person_id,
        ),
        _of(
            "waits",
            InvitationRow,
            InvitationRow.invited_at,
            and_(InvitationRow.state == "waits", InvitationRow.person_id.is_not(None)),
            InvitationRow.expires_at > db_now(),
            InvitationRow.team_id.in_(runs),
        ),
    )


@lru_cache(maxsize=STATEMENTS_KEPT)
def _listed(actor: Actor) -> Select[Any]:
    found = _rows(actor).subquery()
    return select(found).order_by(found.c.since, found.c.kind, found.c.id)


def _items(actor: Actor, tx: Tx, today: date) -> Sequence[Need]:
    """The longest waiting first. Two statements, the second only where somebody asks."""
    rows = tx.rows(_listed(actor)).all()
    asking = accounts.lines_by_id(actor, tx=tx, person_ids={row.person_id for row in rows if row.person_id})
    return [_need(row, asking.get(row.person_id or 0), today) for row in rows]


def _need(row: Any, asks: PersonLine | None, today: date) -> Need:
    title, href, why = WORDS[row.kind]
    who = f"{asks.name}, {asks.organisation_name}," if asks else ""
    if asks:
        why = f"Since {day(row.since, today)}. {why}"
    return Need(title.format(row.team_name, who=who), href.format(row.id, team=row.team_id), why)


def _count(actor: Actor) -> ScalarSelect[int]:
    return select(func.count()).select_from(_rows(actor).subquery()).scalar_subquery()


SOURCE = Source("team joining", _items, _count)

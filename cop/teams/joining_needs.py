"""What joining asks of somebody: an invitation to answer, a lead to take over, and for who runs a team its door."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import CompoundSelect, ScalarSelect, Select, String, and_, func, literal, select, union_all

from cop.accounts import queries as accounts
from cop.kernel.access import Actor
from cop.kernel.clock import db_now
from cop.kernel.db import Tx
from cop.notifications.needs import Need, Source
from cop.teams import policy
from cop.teams.joining_models import InvitationRow, LeadOfferRow, RequestRow
from cop.teams.models import MemberRow, TeamRow
from cop.teams.queries import STATEMENTS_KEPT

WORDS = {
    "invited": ("You are invited to {}", "/invitations/{}", "Say whether you come"),
    "offered": ("You are offered the lead of {}", "/lead-offers/{}", "Take it, or say no"),
    "asked": ("Somebody asks to join {}", "/teams/{team}/joining/requests/{}", "You decide who comes in"),
    "waits": ("Somebody you invited to {} uses another address", "/teams/{team}/joining", "You decide who comes in"),
}  # fmt: skip
"""By what it is: the title with the team's name, where it is done, and why it is the reader's."""


def _of(kind: str, row: Any, *where: Any) -> Select[Any]:
    return (
        select(
            literal(kind, String).label("kind"),
            row.id.label("id"),
            TeamRow.id.label("team_id"),
            TeamRow.name.label("team_name"),
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
            InvitationRow.email == accounts.own_address(actor),
            InvitationRow.state == "open",
            InvitationRow.expires_at > db_now(),
        ),
        _of(
            "offered",
            LeadOfferRow,
            LeadOfferRow.to_id == actor.person_id,
            LeadOfferRow.state == "open",
            LeadOfferRow.team_id.in_(policy.own_ids(actor)),
            still_leads,
        ),
        _of("asked", RequestRow, RequestRow.state == "open", RequestRow.team_id.in_(runs)),
        _of(
            "waits",
            InvitationRow,
            and_(InvitationRow.state == "waits", InvitationRow.person_id.is_not(None)),
            InvitationRow.expires_at > db_now(),
            InvitationRow.team_id.in_(runs),
        ),
    )


@lru_cache(maxsize=STATEMENTS_KEPT)
def _listed(actor: Actor) -> Select[Any]:
    found = _rows(actor).subquery()
    return select(found).order_by(found.c.kind, found.c.id)


def _items(actor: Actor, tx: Tx, today: date) -> Sequence[Need]:
    return [_need(row) for row in tx.rows(_listed(actor))]


def _need(row: Any) -> Need:
    title, href, why = WORDS[row.kind]
    return Need(title.format(row.team_name), href.format(row.id, team=row.team_id), why)


def _count(actor: Actor) -> ScalarSelect[int]:
    return select(func.count()).select_from(_rows(actor).subquery()).scalar_subquery()


SOURCE = Source("team joining", _items, _count)

"""Pages of handing over the lead: to whom, and the answer."""

from __future__ import annotations

from werkzeug.wrappers import Response

from cop.kernel.access import OFFICER_KINDS, SIGNED_IN, Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.teams import hand_over, policy, queries
from cop.teams.forms_joining import HandOverForm
from cop.teams.hand_over import Offer
from cop.teams.routes import TEAM
from cop.web.area import Area
from cop.web.numbers import whole_number
from cop.web.templating import flash, page, see_other

area = Area("hand_over", __name__)

OFFER = "/lead-offers/<int:offer_id>"


@area.get(f"{TEAM}/lead", access=SIGNED_IN)
def choose_page(actor: Actor, tx: Tx, team_id: int) -> str:
    """Choose who should lead."""
    return _choose_again(actor, tx, HandOverForm(), team_id)


def _choose_again(actor: Actor, tx: Tx, form: HandOverForm, team_id: int) -> str:
    team = queries.readable_team(actor, tx=tx, team_id=team_id)
    require(policy.can_hand_over(actor, team.standing))
    members = [
        member
        for member in queries.members(actor, tx=tx, team_id=team_id)
        if member.role != "lead" and member.person.organisation_kind in OFFICER_KINDS
    ]
    form.offer(members)
    offer = hand_over.own_open(actor, tx=tx, team_id=team_id)
    return page("teams/lead_hand_over.html", team=team, form=form, members=members, offer=offer)


@area.post(f"{TEAM}/lead", access=SIGNED_IN, form=HandOverForm, again=_choose_again)
def choose(actor: Actor, tx: Tx, form: HandOverForm, team_id: int) -> Response:
    """Offer it; a facilitator has it at once."""
    member_id = whole_number(form.member.data) or 0
    at_once = hand_over.offer(actor, tx=tx, team_id=team_id, member_id=member_id)
    if at_once:
        flash("The lead is handed over. You have changed places on the team.")
    else:
        flash("The lead is offered. You keep it until they accept.")
    return see_other(f"/teams/{team_id}/people")


@area.post(f"{TEAM}/lead/withdraw", access=SIGNED_IN)
def take_back(actor: Actor, tx: Tx, team_id: int) -> Response:
    """Keep the lead after all."""
    offer = hand_over.own_open(actor, tx=tx, team_id=team_id)
    if offer is None:
        raise NotFound
    hand_over.take_back(actor, tx=tx, offer_id=offer.id)
    flash("You keep the lead.")
    return see_other(f"/teams/{team_id}/people")


def _offer(actor: Actor, tx: Tx, offer_id: int) -> Offer:
    for found in hand_over.offers(actor, tx=tx, offer_ids=[offer_id]):
        if found.taker.id == actor.person_id:
            return found
    raise NotFound


@area.get(OFFER, access=SIGNED_IN)
def offer_page(actor: Actor, tx: Tx, offer_id: int) -> str:
    """The lead that one is offered."""
    return page("teams/lead_offer.html", offer=_offer(actor, tx, offer_id))


@area.post(f"{OFFER}/take", access=SIGNED_IN)
def take(actor: Actor, tx: Tx, offer_id: int) -> Response:
    """Take it."""
    offer = _offer(actor, tx, offer_id)
    hand_over.take(actor, tx=tx, offer_id=offer_id)
    flash("You lead the team.")
    return see_other(f"/teams/{offer.team_id}")


@area.post(f"{OFFER}/decline", access=SIGNED_IN)
def decline(actor: Actor, tx: Tx, offer_id: int) -> Response:
    """Not take it."""
    offer = _offer(actor, tx, offer_id)
    hand_over.turn_down(actor, tx=tx, offer_id=offer_id)
    flash(f"{offer.giver.name} keeps the lead, and is told.")
    return see_other(f"/teams/{offer.team_id}")

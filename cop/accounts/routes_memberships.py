"""Pages about for whom one acts: choosing another of one's organisations, or the successor of a council that ended."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from cop.accounts import memberships
from cop.accounts.forms import OrganisationChoiceForm
from cop.accounts.memberships import Membership
from cop.kernel.access import SIGNED_IN, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.web.area import Area
from cop.web.fields import choices
from cop.web.templating import flash, local_path, page, see_other

area = Area("memberships", __name__)


def _offered(held: list[Membership], *, must_choose: bool) -> list[Membership]:
    """Those one could act for; all of them after two accounts became one, so that nothing is chosen in silence."""
    return [each for each in held if each.until is None and (must_choose or not each.acted_for)]


def _switch_again(actor: Actor, tx: Tx, form: OrganisationChoiceForm) -> str:
    held, must_choose = memberships.own(actor, tx=tx), memberships.must_choose(actor, tx=tx)
    offered = _offered(held, must_choose=must_choose)
    form.organisation.choices = choices(
        (str(each.organisation_id), each.organisation_name) for each in offered
    )
    form.next.data = local_path(form.next.data, "/profile")
    return page("accounts/memberships.html", form=form, held=held, others=offered, must_choose=must_choose)


@area.get("/profile/organisation", access=SIGNED_IN)
def switch_page(actor: Actor, tx: Tx) -> str:
    """One's organisations, and the form to act for another one."""
    return _switch_again(actor, tx, OrganisationChoiceForm(data={"next": request.args.get("next")}))


@area.post("/profile/organisation", access=SIGNED_IN, form=OrganisationChoiceForm, again=_switch_again)
def switch(actor: Actor, tx: Tx, form: OrganisationChoiceForm) -> Response:
    """Act for another of one's organisations."""
    chosen = form.chosen()
    memberships.switch(actor, tx=tx, organisation_id=chosen)
    names = {each.organisation_id: each.organisation_name for each in memberships.own(actor, tx=tx)}
    flash(f"You act for {names[chosen]} now. What you may see follows from it.")
    return see_other(local_path(form.next.data, "/profile"))


def _successor_again(actor: Actor, tx: Tx, form: OrganisationChoiceForm) -> str:
    offered = memberships.successors(actor, tx=tx)
    if not offered:
        raise NotFound
    form.organisation.choices = choices((str(body.id), body.official_name) for body in offered)
    form.next.data = local_path(form.next.data, "/")
    return page("accounts/successor.html", form=form, offered=offered)


@area.get("/profile/successor", access=SIGNED_IN)
def successor_page(actor: Actor, tx: Tx) -> str:
    """Which council one works for now that one's own was replaced."""
    return _successor_again(actor, tx, OrganisationChoiceForm(data={"next": request.args.get("next")}))


def _ended(actor: Actor, tx: Tx) -> None:
    if not memberships.successors(actor, tx=tx):
        raise NotFound


@area.post(
    "/profile/successor",
    access=SIGNED_IN,
    form=OrganisationChoiceForm,
    again=_successor_again,
    ask=_ended,
)
def choose_successor(actor: Actor, tx: Tx, form: OrganisationChoiceForm) -> Response:
    """Go on at that council, from the day it took over."""
    memberships.choose_successor(actor, tx=tx, organisation_id=form.chosen())
    flash("Your profile shows your new council. What you wrote before stays where it is.")
    return see_other(local_path(form.next.data, "/"))

"""An organisation's people, for its own admin and the platform's: who waits, who is here, and which domains count."""

from __future__ import annotations

from werkzeug.wrappers import Response

from cop.accounts import domains, joining, memberships, policy, queries
from cop.accounts.forms import DomainForm, MemberForm
from cop.kernel.access import SIGNED_IN, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.web.area import Area
from cop.web.templating import flash, page, see_other

area = Area("organisation_people", __name__, url_prefix="/organisations/<int:organisation_id>/people")


def _managed(actor: Actor, tx: Tx, organisation_id: int) -> queries.Organisation:
    """The organisation, for whoever manages its people; to anybody else the page does not exist."""
    if not policy.can_manage_people(actor, organisation_id):
        raise NotFound
    return queries.organisation(actor, tx=tx, organisation_id=organisation_id)


def _draw(actor: Actor, tx: Tx, form: DomainForm, organisation_id: int) -> str:
    body = _managed(actor, tx, organisation_id)
    return page(
        "accounts/organisation_people.html",
        body=body,
        form=form,
        waiting=joining.waiting(actor, tx=tx, organisation_id=organisation_id),
        people=queries.managed_people(actor, tx=tx, organisation_id=organisation_id),
        domains=domains.listed(actor, tx=tx, organisation_id=organisation_id),
    )


@area.get("", access=SIGNED_IN)
def show(actor: Actor, tx: Tx, organisation_id: int) -> str:
    """Who waits to be let in, who is here, and the domains."""
    return _draw(actor, tx, DomainForm(), organisation_id)


@area.post("/domains", access=SIGNED_IN, form=DomainForm, again=_draw)
def add_domain(actor: Actor, tx: Tx, form: DomainForm, organisation_id: int) -> Response:
    """Enter a domain."""
    _managed(actor, tx, organisation_id)
    domains.add(actor, tx=tx, organisation_id=organisation_id, domain=form.domain.data)
    flash("The domain counts from now on.")
    return see_other(f"/organisations/{organisation_id}/people")


@area.post("/domains/<int:domain_id>/remove", access=SIGNED_IN)
def remove_domain(actor: Actor, tx: Tx, organisation_id: int, domain_id: int) -> Response:
    """Take a domain away."""
    _managed(actor, tx, organisation_id)
    domains.remove(actor, tx=tx, organisation_id=organisation_id, domain_id=domain_id)
    flash("The domain does not count any more. Who came in by it stays.")
    return see_other(f"/organisations/{organisation_id}/people")


@area.post("/waiting/<int:registration_id>/approve", access=SIGNED_IN)
def approve(actor: Actor, tx: Tx, organisation_id: int, registration_id: int) -> Response:
    """Let somebody in."""
    _managed(actor, tx, organisation_id)
    found = joining.decide(actor, tx=tx, registration_id=registration_id, approved=True)
    flash(f"{found.name} has an account now, and is told so by email.")
    return see_other(f"/organisations/{organisation_id}/people")


@area.post("/waiting/<int:registration_id>/refuse", access=SIGNED_IN)
def refuse(actor: Actor, tx: Tx, organisation_id: int, registration_id: int) -> Response:
    """Do not let somebody in."""
    _managed(actor, tx, organisation_id)
    found = joining.decide(actor, tx=tx, registration_id=registration_id, approved=False)
    flash(f"{found.name} gets no account, and is told so by email.")
    return see_other(f"/organisations/{organisation_id}/people")


def _member_again(actor: Actor, tx: Tx, form: MemberForm, organisation_id: int) -> str:
    return page("accounts/member.html", body=_managed(actor, tx, organisation_id), form=form)


@area.get("/add", access=SIGNED_IN)
def member_page(actor: Actor, tx: Tx, organisation_id: int) -> str:
    """The form for somebody who has an account and works for this organisation as well."""
    return _member_again(actor, tx, MemberForm(), organisation_id)


def _asked(actor: Actor, tx: Tx, organisation_id: int) -> None:
    _managed(actor, tx, organisation_id)


@area.post("/add", access=SIGNED_IN, form=MemberForm, again=_member_again, ask=_asked)
def add_member(actor: Actor, tx: Tx, form: MemberForm, organisation_id: int) -> Response:
    """Let somebody act for this organisation as well."""
    memberships.give(actor, tx=tx, email=form.email.data, organisation_id=organisation_id)
    flash("They can act for you now. They choose to on their profile.")
    return see_other(f"/organisations/{organisation_id}/people")


@area.get("/<int:person_id>/leave", access=SIGNED_IN)
def leaver_page(actor: Actor, tx: Tx, organisation_id: int, person_id: int) -> str:
    """What happens when somebody leaves the organisation, before it does."""
    body = _managed(actor, tx, organisation_id)
    profile = queries.profile(actor, tx=tx, person_id=person_id)
    if not memberships.is_member(actor, tx=tx, person_id=person_id, organisation_id=organisation_id):
        raise NotFound
    return page("accounts/leaver.html", body=body, profile=profile)


@area.post("/<int:person_id>/leave", access=SIGNED_IN)
def leaver(actor: Actor, tx: Tx, organisation_id: int, person_id: int) -> Response:
    """Somebody left: their access ends at once, on every device; their work stays."""
    _managed(actor, tx, organisation_id)
    queries.profile(actor, tx=tx, person_id=person_id)
    stopped = memberships.end(actor, tx=tx, person_id=person_id, organisation_id=organisation_id)
    flash(
        "Their access has ended. What they wrote stays."
        if stopped
        else "They do not act for you any more, and were signed out. What they wrote stays."
    )
    return see_other(f"/organisations/{organisation_id}/people")

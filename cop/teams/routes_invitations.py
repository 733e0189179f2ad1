"""Where an invitation leads: what it is, who would join, and buttons. Opening a page never uses a link up."""

from __future__ import annotations

from flask import make_response
from flask import session as page_cookie
from werkzeug.wrappers import Response

from cop.accounts import joining, naming, sessions
from cop.accounts.answering import addresses_of
from cop.accounts.functions import FUNCTIONS
from cop.kernel.access import PUBLIC, SIGNED_IN, SYSTEM, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid
from cop.teams import invitations
from cop.teams.forms_joining import ArriveForm
from cop.teams.invitations import Invitation, Taken
from cop.web.actor import set_session_cookie
from cop.web.area import AfterCommit, Area
from cop.web.edge import edge
from cop.web.templating import flash, page, see_other

area = Area("invitations", __name__, url_prefix="/invitations")

OWN = "/<int:invitation_id>"
LINK = "/<int:invitation_id>/<token>"


def _shown(actor: Actor, tx: Tx, found: Invitation, base: str, *, theirs: bool, by_link: bool) -> str:
    known = not actor.signed_in and joining.has_account(SYSTEM, tx=tx, email=found.email)
    return page(
        "teams/invitation.html",
        found=found,
        base=base,
        by_link=by_link,
        theirs=theirs,
        known=known,
        function=FUNCTIONS[found.function],
    )


def _is_theirs(actor: Actor, tx: Tx, found: Invitation) -> bool:
    return found.email in addresses_of(actor, tx=tx, person_id=actor.person_id)


@area.get(OWN, access=SIGNED_IN)
def own_page(actor: Actor, tx: Tx, invitation_id: int) -> str:
    """An invitation to one's own address, from the inbox."""
    found = invitations.own(actor, tx=tx, invitation_id=invitation_id)
    base = f"/invitations/{invitation_id}"
    return _shown(actor, tx, found, base, theirs=True, by_link=False)


@area.post(f"{OWN}/accept", access=SIGNED_IN)
def accept(actor: Actor, tx: Tx, invitation_id: int) -> Response:
    """Take it up."""
    return _welcome(invitations.accept(actor, tx=tx, invitation_id=invitation_id))


@area.post(f"{OWN}/decline", access=SIGNED_IN)
def decline(actor: Actor, tx: Tx, invitation_id: int) -> Response:
    """Say no."""
    invitations.decline(actor, tx=tx, invitation_id=invitation_id)
    flash("You declined the invitation. Whoever invited you is told.")
    return see_other("/")


@area.get(LINK, access=PUBLIC)
def link_page(actor: Actor, tx: Tx, invitation_id: int, token: str) -> str:
    """Where the link of the email leads."""
    found = invitations.by_link(actor, tx=tx, invitation_id=invitation_id, token=token)
    base = f"/invitations/{invitation_id}/{token}"
    return _shown(actor, tx, found, base, theirs=_is_theirs(actor, tx, found), by_link=True)


@area.post(f"{LINK}/accept", access=SIGNED_IN)
def accept_by_link(actor: Actor, tx: Tx, invitation_id: int, token: str) -> Response | AfterCommit:
    """Take it up with the account one is signed in with."""
    taken = invitations.accept_by_link(actor, tx=tx, invitation_id=invitation_id, token=token)
    if taken.waits:
        return AfterCommit(lambda: page("teams/invitation_waits.html", asked=None))
    return _welcome(taken)


@area.post(f"{LINK}/decline", access=PUBLIC)
def decline_by_link(actor: Actor, tx: Tx, invitation_id: int, token: str) -> AfterCommit:
    """Say no, without an account."""
    invitations.decline_by_link(actor, tx=tx, invitation_id=invitation_id, token=token)
    return AfterCommit(lambda: page("teams/invitation_declined.html"))


@area.get(f"{LINK}/account", access=PUBLIC)
def account_page(actor: Actor, tx: Tx, invitation_id: int, token: str) -> Response | str:
    """Make an account for the invited address, which the link has proved."""
    found = invitations.by_link(actor, tx=tx, invitation_id=invitation_id, token=token)
    if actor.signed_in or joining.has_account(SYSTEM, tx=tx, email=found.email):
        return see_other(f"/invitations/{invitation_id}/{token}")
    organisation = joining.organisation_of_address(actor, tx=tx, email=found.email)
    form = ArriveForm(data={"function": found.function, "organisation": organisation})
    return _account_again(actor, tx, form, invitation_id, token)


def _account_again(actor: Actor, tx: Tx, form: ArriveForm, invitation_id: int, token: str) -> str:
    found = invitations.by_link(actor, tx=tx, invitation_id=invitation_id, token=token)
    return page("teams/invitation_account.html", form=form, found=found, token=token)


@area.post(f"{LINK}/account", access=PUBLIC, form=ArriveForm, again=_account_again)
def make_account(
    actor: Actor, tx: Tx, form: ArriveForm, invitation_id: int, token: str
) -> Response | AfterCommit:
    """Make the account and take the invitation up: in at once, or told who decides."""
    found = invitations.by_link(actor, tx=tx, invitation_id=invitation_id, token=token)
    asked = joining.Asked(
        found.email, form.name.data, form.job.data or "", form.function.data, _organisation(actor, tx, form)
    )
    taken, registration = invitations.register_by_link(
        actor, tx=tx, invitation_id=invitation_id, token=token, asked=asked
    )
    if taken.person_id is None:
        return AfterCommit(lambda: page("teams/invitation_waits.html", asked=registration))
    lifetime = edge().settings.session_absolute
    session = sessions.create(tx, person_id=taken.person_id, lifetime=lifetime, by_link=True)
    page_cookie.clear()
    response: Response = make_response(_welcome(taken))
    set_session_cookie(response, session)
    return response


def _organisation(actor: Actor, tx: Tx, form: ArriveForm) -> int:
    try:
        return naming.one_organisation(
            actor, tx=tx, text=form.organisation.data, field="organisation", chosen=form.meant.data or ""
        ).id
    except naming.SeveralMeant as several:
        form.ask_which(several.bodies)
        raise Invalid(several.message, "meant") from several


def _welcome(taken: Taken) -> Response:
    flash(f"Welcome. You have taken up the invitation of the team “{taken.team_name}”.")
    return see_other(taken.href)

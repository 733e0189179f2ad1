"""The desk of a team's lead and facilitators: who is invited, who asks to join, who is a guest."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from cop.accounts import throttle
from cop.accounts.functions import FUNCTIONS
from cop.kernel.access import SIGNED_IN, Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.teams import guests, invitations, policy, queries, requests, wording
from cop.teams.forms_joining import AdmitForm, AskForm, DeclineForm, InviteForm
from cop.teams.queries import Team
from cop.teams.routes import TEAM
from cop.teams.things import THINGS
from cop.web.area import Area
from cop.web.edge import edge
from cop.web.numbers import whole_number
from cop.web.templating import flash, page, see_other

area = Area("team_joining", __name__)

DESK = f"{TEAM}/joining"
INVITATION = f"{DESK}/invitations/<int:invitation_id>"
REQUEST = f"{DESK}/requests/<int:request_id>"


def _managed(actor: Actor, tx: Tx, team_id: int) -> Team:
    team = queries.readable_team(actor, tx=tx, team_id=team_id)
    require(policy.can_manage(actor, team.standing))
    return team


@area.get(DESK, access=SIGNED_IN)
def desk(actor: Actor, tx: Tx, team_id: int) -> str:
    """Open invitations, requests to join, and guests."""
    team = _managed(actor, tx, team_id)
    return page(
        "teams/joining.html",
        team=team,
        invitations=invitations.of_team(actor, tx=tx, team_id=team_id),
        requests=requests.of_team(actor, tx=tx, team_id=team_id),
        guests=guests.of_team(actor, tx=tx, team_id=team_id),
        functions=FUNCTIONS,
    )


def _named(tx: Tx, team_id: int, typed: str) -> tuple[str, int, str] | None:
    """The thing of this team that "thread:7" means, with its title; None where there is none."""
    kind, _, number = typed.partition(":")
    thing_id = whole_number(number)
    found = THINGS.find(tx, kind, thing_id) if thing_id is not None else None
    if thing_id is None or found is None or found.team_id != team_id:
        return None
    return kind, thing_id, found.title


@area.get(f"{DESK}/invite", access=SIGNED_IN)
def invite_page(actor: Actor, tx: Tx, team_id: int) -> str:
    """Invite somebody by their address, to the team or to the one thing the address of the page names."""
    asked = request.args.get("function", "")
    data = {
        "as_what": "member",
        "function": asked if asked in FUNCTIONS else next(iter(FUNCTIONS)),
        "thing": request.args.get("thing", ""),
    }
    return _invite_again(actor, tx, InviteForm(data=data), team_id)


def _invite_again(actor: Actor, tx: Tx, form: InviteForm, team_id: int) -> str:
    team = _managed(actor, tx, team_id)
    thing = _named(tx, team_id, form.thing.data or "")
    form.offer(thing[0] if thing else "")
    return page("teams/invite.html", team=team, form=form, title=thing[2] if thing else "")


def _may_invite(actor: Actor, tx: Tx, team_id: int) -> None:
    _managed(actor, tx, team_id)


def _counted(form: InviteForm) -> InviteForm:
    """Few mails to one address, whoever has them sent."""
    throttle.count_link(edge().db, email=form.email.data.lower(), address=request.remote_addr or "")
    return form


@area.post(
    f"{DESK}/invite",
    access=SIGNED_IN,
    form=InviteForm,
    prepare=_counted,
    again=_invite_again,
    ask=_may_invite,
)
def invite(actor: Actor, tx: Tx, form: InviteForm, team_id: int) -> Response:
    """Send it."""
    thing = _named(tx, team_id, form.thing.data or "")
    wish = form.wish((thing[0], thing[1]) if thing else None)
    invitations.invite(actor, tx=tx, team_id=team_id, wish=wish)
    flash(f"The invitation to {form.email.data} is on its way.")
    return see_other(f"/teams/{team_id}/joining")


def _one(actor: Actor, tx: Tx, team_id: int, invitation_id: int) -> None:
    """NotFound unless it is an invitation of this team."""
    _managed(actor, tx, team_id)
    found = invitations.managed(actor, tx=tx, invitation_ids=[invitation_id])
    if not found or found[0].team_id != team_id:
        raise NotFound


@area.post(f"{INVITATION}/again", access=SIGNED_IN)
def send_again(actor: Actor, tx: Tx, team_id: int, invitation_id: int) -> Response:
    """Send the email once more, with a new link and a new end."""
    _one(actor, tx, team_id, invitation_id)
    invitations.send_again(actor, tx=tx, invitation_id=invitation_id)
    flash("The invitation is sent again. Earlier links do not work any more.")
    return see_other(f"/teams/{team_id}/joining")


@area.post(f"{INVITATION}/withdraw", access=SIGNED_IN)
def withdraw(actor: Actor, tx: Tx, team_id: int, invitation_id: int) -> Response:
    """Take it back."""
    _one(actor, tx, team_id, invitation_id)
    invitations.withdraw(actor, tx=tx, invitation_id=invitation_id)
    flash("The invitation is withdrawn. Its link does not work any more.")
    return see_other(f"/teams/{team_id}/joining")


@area.post(f"{INVITATION}/admit", access=SIGNED_IN)
def admit(actor: Actor, tx: Tx, team_id: int, invitation_id: int) -> Response:
    """Let in whoever used the link with another account."""
    _one(actor, tx, team_id, invitation_id)
    invitations.decide(actor, tx=tx, invitation_id=invitation_id, admitted=True)
    flash("They are in, and are told.")
    return see_other(f"/teams/{team_id}/joining")


@area.post(f"{INVITATION}/refuse", access=SIGNED_IN)
def refuse(actor: Actor, tx: Tx, team_id: int, invitation_id: int) -> Response:
    """Do not let them in."""
    _one(actor, tx, team_id, invitation_id)
    invitations.decide(actor, tx=tx, invitation_id=invitation_id, admitted=False)
    flash("They are not let in, and are told. The invitation is over.")
    return see_other(f"/teams/{team_id}/joining")


def _request(actor: Actor, tx: Tx, team_id: int, request_id: int) -> requests.Request:
    found = requests.one(actor, tx=tx, request_id=request_id)
    if found.team_id != team_id:
        raise NotFound
    return found


@area.get(REQUEST, access=SIGNED_IN)
def request_page(actor: Actor, tx: Tx, team_id: int, request_id: int) -> str:
    """Somebody's request, to be answered."""
    _managed(actor, tx, team_id)
    found = _request(actor, tx, team_id, request_id)
    form = AdmitForm(data={"role": "member", "function": found.person.function})
    return _admit_again(actor, tx, form, team_id, request_id)


def _answer_page(actor: Actor, tx: Tx, team_id: int, request_id: int, form: AdmitForm | DeclineForm) -> str:
    team = _managed(actor, tx, team_id)
    found = _request(actor, tx, team_id, request_id)
    other = (
        DeclineForm()
        if isinstance(form, AdmitForm)
        else AdmitForm(data={"role": "member", "function": found.person.function})
    )
    admitting, declining = (form, other) if isinstance(form, AdmitForm) else (other, form)
    return page(
        "teams/request.html",
        team=team,
        asked=found,
        form=form,
        admitting=admitting,
        declining=declining,
        states={"accepted": "let in", "declined": "declined", "withdrawn": "taken back"},
    )


def _admit_again(actor: Actor, tx: Tx, form: AdmitForm, team_id: int, request_id: int) -> str:
    return _answer_page(actor, tx, team_id, request_id, form)


def _decline_again(actor: Actor, tx: Tx, form: DeclineForm, team_id: int, request_id: int) -> str:
    return _answer_page(actor, tx, team_id, request_id, form)


@area.post(f"{REQUEST}/accept", access=SIGNED_IN, form=AdmitForm, again=_admit_again)
def let_in(actor: Actor, tx: Tx, form: AdmitForm, team_id: int, request_id: int) -> Response:
    """Let them in."""
    _managed(actor, tx, team_id)
    found = _request(actor, tx, team_id, request_id)
    requests.accept(actor, tx=tx, request_id=request_id, role=form.role.data, function=form.function.data)
    flash(f"{found.person.name} is on the team, and is told.")
    return see_other(f"/teams/{team_id}/people")


@area.post(f"{REQUEST}/decline", access=SIGNED_IN, form=DeclineForm, again=_decline_again)
def say_no(actor: Actor, tx: Tx, form: DeclineForm, team_id: int, request_id: int) -> Response:
    """Say no."""
    _managed(actor, tx, team_id)
    found = _request(actor, tx, team_id, request_id)
    requests.decline(actor, tx=tx, request_id=request_id, answer=form.answer.data or "")
    flash(f"{found.person.name} is told.")
    return see_other(f"/teams/{team_id}/joining")


@area.get(f"{TEAM}/guests/<int:guest_id>/end", access=SIGNED_IN)
def end_guest_page(actor: Actor, tx: Tx, team_id: int, guest_id: int) -> str:
    """Ask before a guest is sent away, or leaves."""
    guest = guests.one(actor, tx=tx, team_id=team_id, guest_id=guest_id)
    own = guest.person.id == actor.person_id
    return page(
        "teams/guest_end.html", team=queries.team(actor, tx=tx, team_id=team_id), guest=guest, own=own
    )


@area.post(f"{TEAM}/guests/<int:guest_id>/end", access=SIGNED_IN)
def end_guest(actor: Actor, tx: Tx, team_id: int, guest_id: int) -> Response:
    """Send a guest away, or stop being one."""
    guest = guests.one(actor, tx=tx, team_id=team_id, guest_id=guest_id)
    guests.end(actor, tx=tx, team_id=team_id, guest_id=guest_id)
    if guest.person.id == actor.person_id:
        flash("You are no longer a guest there.")
        return see_other("/teams")
    flash(f"{guest.person.name} is no longer a guest.")
    return see_other(f"/teams/{team_id}/joining")


@area.get(f"{TEAM}/ask", access=SIGNED_IN)
def ask_page(actor: Actor, tx: Tx, team_id: int) -> str:
    """Ask to join."""
    return _ask_again(actor, tx, AskForm(), team_id)


def _ask_again(actor: Actor, tx: Tx, form: AskForm, team_id: int) -> str:
    team = queries.team(actor, tx=tx, team_id=team_id)
    require(policy.can_ask(actor, team.standing))
    asked = requests.own_open(actor, tx=tx, team_id=team_id)
    return page("teams/ask.html", team=team, form=form, asked=asked, who_reads=wording.ACCESS_HINTS)


@area.post(f"{TEAM}/ask", access=SIGNED_IN, form=AskForm, again=_ask_again)
def ask(actor: Actor, tx: Tx, form: AskForm, team_id: int) -> Response:
    """Ask."""
    requests.ask(actor, tx=tx, team_id=team_id, note=form.note.data or "")
    flash("You have asked to join. The team’s lead is told, and you will hear of the answer in your inbox.")
    return see_other(f"/teams/{team_id}")


@area.post(f"{TEAM}/ask/withdraw", access=SIGNED_IN)
def take_back(actor: Actor, tx: Tx, team_id: int) -> Response:
    """Not want to join after all."""
    requests.take_back(actor, tx=tx, team_id=team_id)
    flash("You no longer ask to join.")
    return see_other(f"/teams/{team_id}")

"""Pages of joining: asking for an account, and proving an address by a link that only a button uses up."""

from __future__ import annotations

from collections.abc import Sequence

from flask import make_response, request
from flask import session as page_cookie
from werkzeug.wrappers import Response

from cop.accounts import joining, naming, sessions, throttle
from cop.accounts.forms import JoinForm
from cop.accounts.queries import Organisation
from cop.kernel.access import PUBLIC, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid
from cop.web.actor import set_session_cookie
from cop.web.area import AfterCommit, Area
from cop.web.edge import edge
from cop.web.templating import flash, page, see_other

area = Area("joining", __name__, url_prefix="/register")


def _again(actor: Actor, tx: Tx, form: JoinForm) -> str:
    return page("accounts/join.html", form=form)


@area.get("", access=PUBLIC)
def join_page(actor: Actor, tx: Tx) -> Response | str:
    """The form for an account; somebody signed in has one."""
    return see_other("/profile") if actor.signed_in else _again(actor, tx, JoinForm())


def _counted(form: JoinForm) -> JoinForm:
    """Asking is limited for each address and line, before anything is looked up."""
    throttle.count_link(edge().db, email=form.email.data.lower(), address=request.remote_addr or "")
    return form


@area.post("", access=PUBLIC, form=JoinForm, prepare=_counted, again=_again)
def ask(actor: Actor, tx: Tx, form: JoinForm) -> AfterCommit:
    """Ask for an account. The answer is the same whether the address is known or not."""
    body = _body(actor, tx, form)
    joining.ask(
        actor,
        tx=tx,
        asked=joining.Asked(
            form.email.data, form.name.data, form.job.data or "", form.function.data, body.id
        ),
    )
    email = form.email.data
    return AfterCommit(lambda: page("accounts/join_sent.html", email=email))


def _body(actor: Actor, tx: Tx, form: JoinForm) -> Organisation:
    try:
        return naming.one_organisation(
            actor, tx=tx, text=form.organisation.data, field="organisation", chosen=form.meant.data or ""
        )
    except naming.SeveralMeant as several:
        bodies: Sequence[Organisation] = several.bodies
        form.ask_which(bodies)
        raise Invalid(several.message, "meant") from several


@area.get("/<token>", access=PUBLIC)
def prove_page(actor: Actor, tx: Tx, token: str) -> str:
    """Where the link of the mail leads: what was asked for, and a button."""
    found = joining.by_link(actor, tx=tx, token=token)
    return page("accounts/join_prove.html", asked=found, token=token)


@area.post("/<token>", access=PUBLIC)
def prove(actor: Actor, tx: Tx, token: str) -> Response | AfterCommit:
    """Prove the address: let in and signed in at once, or told who decides."""
    found = joining.prove(actor, tx=tx, token=token)
    if found.person_id is None:
        return AfterCommit(lambda: page("accounts/join_waits.html", asked=found))
    lifetime = edge().settings.session_absolute
    session = sessions.create(tx, person_id=found.person_id, lifetime=lifetime, by_link=True)
    page_cookie.clear()
    flash(
        "Your account is ready. Say here whether you have interests to declare, and set a password if you want one."
    )
    response: Response = make_response(see_other("/profile"))
    set_session_cookie(response, session)
    return response

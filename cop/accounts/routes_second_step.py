"""Pages of one's own second step: set it up, new recovery codes, turn it off; and an admin's help for who lost it."""

from __future__ import annotations

import segno
from flask import request
from werkzeug.wrappers import Response

from cop.accounts import credentials, present_password, queries, second_step, totp
from cop.accounts.forms import FirstCodeForm, PresentPasswordForm
from cop.accounts.present_password import Shown
from cop.kernel.access import PLATFORM_ADMIN, SIGNED_IN, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Gone, NotFound
from cop.web.area import AfterCommit, Area
from cop.web.edge import edge
from cop.web.templating import flash, local_path, page, see_other

area = Area("second_step", __name__)

HERE = "/profile/second-step"


def _draw(actor: Actor, tx: Tx, form: PresentPasswordForm, template: str, **more: object) -> str:
    asked = credentials.hash_to_compare(actor, tx=tx) is not None
    return page(
        template,
        form=form,
        step=second_step.state(actor, tx=tx),
        asked=asked,
        fresh=credentials.came_by_link(actor, tx=tx),
        **more,
    )


def _overview(actor: Actor, tx: Tx, form: PresentPasswordForm) -> str:
    form.next.data = local_path(form.next.data, "")
    return _draw(actor, tx, form, "accounts/second_step.html")


def _compared(form: PresentPasswordForm) -> Shown:
    return present_password.compare(form.current.data)


@area.get(HERE, access=SIGNED_IN)
def overview(actor: Actor, tx: Tx) -> str:
    """What a second step is, whether one has it, and the way to it."""
    return _overview(actor, tx, PresentPasswordForm(data={"next": request.args.get("next")}))


@area.post(HERE, access=SIGNED_IN, form=PresentPasswordForm, prepare=_compared, again=_overview)
def begin(actor: Actor, tx: Tx, shown: Shown) -> Response:
    """Begin to set an app up, after the password or a fresh link."""
    present_password.require(actor, tx=tx, shown=shown)
    second_step.begin(actor, tx=tx)
    return see_other(f"{HERE}/app")


def _scan(actor: Actor, tx: Tx, form: FirstCodeForm) -> str:
    settings = edge().settings
    secret = second_step.secret_to_scan(actor, tx=tx, key=settings.secret)
    if secret is None:
        raise Gone("That took too long. Begin again on your profile.")
    email = queries.address_of(actor, tx=tx, person_id=actor.person_id or 0) or ""
    address = totp.address_of(secret, email=email, site=settings.site_name)
    return page(
        "accounts/second_step_app.html",
        form=form,
        picture=segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="white"),
        key=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    )


@area.get(f"{HERE}/app", access=SIGNED_IN)
def app_page(actor: Actor, tx: Tx) -> str:
    """What the app needs, as a picture and as text, and the form for its first code."""
    return _scan(actor, tx, FirstCodeForm())


@area.post(f"{HERE}/app", access=SIGNED_IN, form=FirstCodeForm, again=_scan)
def confirm(actor: Actor, tx: Tx, form: FirstCodeForm) -> AfterCommit:
    """Take the app into use; the recovery codes stand on the answer, and nowhere after that."""
    codes = second_step.confirm(actor, tx=tx, key=edge().settings.secret, code=form.code.data)
    return AfterCommit(lambda: page("accounts/second_step_codes.html", codes=codes, first=True))


def _of_mine(actor: Actor, tx: Tx) -> None:
    if second_step.state(actor, tx=tx).since is None:
        raise NotFound


def _codes_again(actor: Actor, tx: Tx, form: PresentPasswordForm) -> str:
    _of_mine(actor, tx)
    return _draw(actor, tx, form, "accounts/second_step_new_codes.html")


@area.get(f"{HERE}/codes", access=SIGNED_IN)
def codes_page(actor: Actor, tx: Tx) -> str:
    """Before new recovery codes are made."""
    return _codes_again(actor, tx, PresentPasswordForm())


@area.post(
    f"{HERE}/codes",
    access=SIGNED_IN,
    form=PresentPasswordForm,
    prepare=_compared,
    again=_codes_again,
    ask=_of_mine,
)
def new_codes(actor: Actor, tx: Tx, shown: Shown) -> AfterCommit:
    """New recovery codes; those from before are worth nothing."""
    present_password.require(actor, tx=tx, shown=shown)
    codes = second_step.new_codes(actor, tx=tx)
    return AfterCommit(lambda: page("accounts/second_step_codes.html", codes=codes, first=False))


def _off_again(actor: Actor, tx: Tx, form: PresentPasswordForm) -> str:
    _of_mine(actor, tx)
    return _draw(actor, tx, form, "accounts/second_step_off.html")


@area.get(f"{HERE}/off", access=SIGNED_IN)
def off_page(actor: Actor, tx: Tx) -> str:
    """Before the second step is turned off."""
    return _off_again(actor, tx, PresentPasswordForm())


@area.post(
    f"{HERE}/off",
    access=SIGNED_IN,
    form=PresentPasswordForm,
    prepare=_compared,
    again=_off_again,
    ask=_of_mine,
)
def turn_off(actor: Actor, tx: Tx, shown: Shown) -> Response:
    """Sign in without a code from now on."""
    present_password.require(actor, tx=tx, shown=shown)
    second_step.turn_off(actor, tx=tx)
    flash("Your second step is turned off. We have told you by email, too.")
    return see_other("/profile")


@area.get("/admin/people/<int:person_id>/second-step", access=PLATFORM_ADMIN)
def reset_page(actor: Actor, tx: Tx, person_id: int) -> str:
    """Before an admin turns somebody's second step off."""
    profile = queries.profile(actor, tx=tx, person_id=person_id)
    if not second_step.is_on(actor, tx=tx, person_id=person_id):
        raise NotFound
    return page("accounts/admin_second_step.html", profile=profile)


@area.post("/admin/people/<int:person_id>/second-step", access=PLATFORM_ADMIN)
def reset(actor: Actor, tx: Tx, person_id: int) -> Response:
    """Turn it off for somebody who lost both phone and codes."""
    second_step.reset(actor, tx=tx, person_id=person_id)
    flash("Their second step is turned off. They are told by email.")
    return see_other(f"/people/{person_id}")

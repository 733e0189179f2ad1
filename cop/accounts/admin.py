"""What a platform admin does with accounts: add organisations and people, stop an account and let it work again."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import make_response
from werkzeug.wrappers import Response

from cop.accounts import naming, queries, service
from cop.accounts.forms import NewOrganisationForm, NewPersonForm, RolesForm
from cop.accounts.passwords import hash_password
from cop.accounts.queries import Organisation
from cop.kernel.access import PLATFORM_ADMIN, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid
from cop.web.area import AfterCommit, Area
from cop.web.templating import flash, page, see_other

area = Area("accounts_admin", __name__, url_prefix="/admin")

ID = "<int:person_id>"


@dataclass(frozen=True, slots=True)
class _NewPerson:
    """A filled form with a first password, hashed before the transaction."""

    form: NewPersonForm
    password: str
    hashed: str


def _prepare(form: NewPersonForm) -> _NewPerson:
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    return _NewPerson(form, password, hash_password(password))


def _person_again(actor: Actor, tx: Tx, form: NewPersonForm) -> str:
    return page("accounts/admin_person.html", form=form)


@area.get("/people/new", access=PLATFORM_ADMIN)
def person_form(actor: Actor, tx: Tx) -> str:
    """The form for a new account."""
    return _person_again(actor, tx, NewPersonForm())


def _body(actor: Actor, tx: Tx, form: NewPersonForm) -> Organisation:
    """The organisation that was typed, and chosen where the name could mean several."""
    typed = form.organisation.data
    try:
        return naming.one_organisation(
            actor, tx=tx, text=typed, field="organisation", chosen=form.meant.data or ""
        )
    except naming.SeveralMeant as several:
        form.ask_which(several.bodies)
        raise Invalid(several.message, "meant") from several


@area.post("/people/new", access=PLATFORM_ADMIN, form=NewPersonForm, prepare=_prepare, again=_person_again)
def add_person(actor: Actor, tx: Tx, new: _NewPerson) -> AfterCommit:
    """Make an account; its first password is shown once, on the page that answers."""
    form = new.form
    body = _body(actor, tx, form)
    person_id = service.add_person(
        actor,
        tx=tx,
        email=form.email.data,
        name=form.name.data,
        organisation_id=body.id,
        function=form.function.data,
        job=form.job.data or "",
        hashed=new.hashed,
    )

    def draw() -> Response:
        shown = {"name": form.name.data, "email": form.email.data.lower(), "person_id": person_id}
        drawn: Response = make_response(
            page("accounts/admin_person_added.html", password=new.password, body=body, **shown)
        )
        return drawn

    return AfterCommit(draw)


def _organisation_again(actor: Actor, tx: Tx, form: NewOrganisationForm) -> str:
    return page("accounts/admin_organisation.html", form=form)


@area.get("/organisations/new", access=PLATFORM_ADMIN)
def organisation_form(actor: Actor, tx: Tx) -> str:
    """The form for a body that is not in the register of councils."""
    return _organisation_again(actor, tx, NewOrganisationForm())


@area.post("/organisations/new", access=PLATFORM_ADMIN, form=NewOrganisationForm, again=_organisation_again)
def add_organisation(actor: Actor, tx: Tx, form: NewOrganisationForm) -> Response:
    """Add a consortium, supplier, central body or community group."""
    organisation_id = service.add_organisation(actor, tx=tx, kind=form.kind.data, name=form.name.data)
    flash(f"{form.name.data} has been added.")
    return see_other(f"/organisations/{organisation_id}")


def _roles_again(actor: Actor, tx: Tx, form: RolesForm, person_id: int) -> str:
    profile = queries.profile(actor, tx=tx, person_id=person_id)
    return page("accounts/admin_roles.html", form=form, profile=profile)


@area.get(f"/people/{ID}/roles", access=PLATFORM_ADMIN)
def roles_page(actor: Actor, tx: Tx, person_id: int) -> str:
    """The standings of somebody, to change."""
    profile = queries.profile(actor, tx=tx, person_id=person_id)
    return _roles_again(actor, tx, RolesForm(data={"roles": sorted(profile.roles)}), person_id)


@area.post(f"/people/{ID}/roles", access=PLATFORM_ADMIN, form=RolesForm, again=_roles_again)
def change_roles(actor: Actor, tx: Tx, form: RolesForm, person_id: int) -> Response:
    """Give and take standings; they count from the next page on."""
    service.set_roles(actor, tx=tx, person_id=person_id, roles=form.roles.data)
    flash("The standing has been changed.")
    return see_other(f"/people/{person_id}")


@area.get(f"/people/{ID}/suspend", access=PLATFORM_ADMIN)
def suspend_page(actor: Actor, tx: Tx, person_id: int) -> str:
    """What stopping this account will do, before it is done."""
    profile = queries.profile(actor, tx=tx, person_id=person_id)
    return page("accounts/admin_suspend.html", profile=profile)


@area.post(f"/people/{ID}/suspend", access=PLATFORM_ADMIN)
def suspend(actor: Actor, tx: Tx, person_id: int) -> Response:
    """Stop an account at once, on every device."""
    service.suspend(actor, tx=tx, person_id=person_id)
    flash("The account has been stopped. Every session has ended.")
    return see_other(f"/people/{person_id}")


@area.post(f"/people/{ID}/reinstate", access=PLATFORM_ADMIN)
def reinstate(actor: Actor, tx: Tx, person_id: int) -> Response:
    """Let a stopped account work again."""
    service.reinstate(actor, tx=tx, person_id=person_id)
    flash("The account works again. The person signs in as before.")
    return see_other(f"/people/{person_id}")

"""Pages about oneself and others: profile, interests, password, the directory of people."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response

from cop.accounts import answering, credentials, memberships, present_password, queries, second_step, service
from cop.accounts.forms import InterestForm, PasswordForm, ProfileForm
from cop.accounts.functions import FUNCTIONS
from cop.accounts.passwords import hash_password
from cop.accounts.policy import can_manage_people, can_see_people
from cop.kernel.access import OFFICER, SIGNED_IN, Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid
from cop.web.area import Area
from cop.web.templating import flash, page, see_other

area = Area("accounts", __name__)

SEARCH_MAX = 100


def _own(actor: Actor, tx: Tx) -> queries.Profile:
    return queries.profile(actor, tx=tx, person_id=actor.person_id or 0)


@area.get("/profile", access=SIGNED_IN)
def own_profile(actor: Actor, tx: Tx) -> str:
    """One's own profile, with what others see of it and the ways to change it."""
    sessions = queries.own_session_count(actor, tx=tx)
    manages = bool(can_manage_people(actor, actor.organisation_id or 0))
    return page(
        "accounts/profile.html",
        profile=_own(actor, tx),
        sessions=sessions,
        manages=manages,
        has_password=credentials.has_password(actor, tx=tx),
        step=second_step.state(actor, tx=tx),
        memberships=memberships.own(actor, tx=tx),
        replaced=bool(memberships.successors(actor, tx=tx)),
    )


def _edit_again(actor: Actor, tx: Tx, form: ProfileForm) -> str:
    return page("accounts/profile_edit.html", form=form)


@area.get("/profile/edit", access=SIGNED_IN)
def edit_profile(actor: Actor, tx: Tx) -> str:
    """The form for one's own name, job title and function."""
    line = _own(actor, tx).line
    return _edit_again(
        actor, tx, ProfileForm(data={"name": line.name, "job": line.job, "function": line.function})
    )


@area.post("/profile/edit", access=SIGNED_IN, form=ProfileForm, again=_edit_again)
def change_profile(actor: Actor, tx: Tx, form: ProfileForm) -> Response:
    """Change one's own name, job title and function."""
    service.change_profile(
        actor, tx=tx, name=form.name.data, job=form.job.data or "", function=form.function.data
    )
    flash("Your profile has been changed.")
    return see_other("/profile")


def _interests_again(actor: Actor, tx: Tx, form: InterestForm) -> str:
    return page("accounts/interests.html", form=form, profile=_own(actor, tx))


@area.get("/profile/interests", access=SIGNED_IN)
def interests(actor: Actor, tx: Tx) -> str:
    """Declared interests, those that ended included, and the form for another one."""
    return _interests_again(actor, tx, InterestForm())


@area.post("/profile/interests", access=SIGNED_IN, form=InterestForm, again=_interests_again)
def declare_interest(actor: Actor, tx: Tx, form: InterestForm) -> Response:
    """Declare an interest."""
    service.declare_interest(actor, tx=tx, text=form.text.data)
    flash("Your interest has been declared. People who can see your profile can read it.")
    return see_other("/profile/interests")


@area.post("/profile/interests/none", access=SIGNED_IN)
def declare_none(actor: Actor, tx: Tx) -> Response:
    """Declare that there is no interest to declare."""
    service.declare_interest(actor, tx=tx, text=None)
    flash("You have declared that you have no interests to declare.")
    return see_other("/profile/interests")


@area.post("/profile/interests/<int:interest_id>/end", access=SIGNED_IN)
def end_interest(actor: Actor, tx: Tx, interest_id: int) -> Response:
    """Say that a declared interest has ended."""
    service.withdraw_interest(actor, tx=tx, interest_id=interest_id)
    flash("The interest has ended. It stays on your own record with its dates.")
    return see_other("/profile/interests")


@dataclass(frozen=True, slots=True)
class _NewPassword:
    """The hash of a new password, None when the present one was wrong; and the hash that it was compared with."""

    hashed: str | None
    compared: str | None


def _password_again(actor: Actor, tx: Tx, form: PasswordForm) -> str:
    return page(
        "accounts/password.html",
        form=form,
        asked=credentials.hash_to_compare(actor, tx=tx) is not None,
        has_one=credentials.has_password(actor, tx=tx),
    )


def _check_password(form: PasswordForm) -> _NewPassword:
    """Compare the present password, where one is asked for, and hash the new one, outside any transaction."""
    shown = present_password.compare(form.current.data)
    if shown.asked is None:
        return _NewPassword(hash_password(form.password.data), None)
    return _NewPassword(hash_password(form.password.data) if shown.right else None, shown.asked)


@area.get("/profile/password", access=SIGNED_IN)
def password_page(actor: Actor, tx: Tx) -> str:
    """The form for a new password."""
    return _password_again(actor, tx, PasswordForm())


@area.post(
    "/profile/password", access=SIGNED_IN, form=PasswordForm, prepare=_check_password, again=_password_again
)
def change_password(actor: Actor, tx: Tx, new: _NewPassword) -> Response:
    """Set a new password; other browsers are signed out."""
    if new.hashed is None:
        raise Invalid("That is not your present password.", "current")
    if credentials.hash_to_compare(actor, tx=tx) != new.compared:
        raise Invalid("Enter your present password.", "current")
    service.change_password(actor, tx=tx, hashed=new.hashed)
    flash("Your password has been changed, and you have been signed out everywhere else.")
    return see_other("/profile")


@area.get("/people", access=OFFICER)
def people(actor: Actor, tx: Tx) -> str:
    """Find people by name or organisation."""
    require(can_see_people(actor))
    text = " ".join((request.args.get("q") or "").replace("\x00", "").split())[:SEARCH_MAX]
    found = queries.find_people(actor, tx=tx, text=text)
    formerly = memberships.formerly(actor, tx=tx, person_ids=[line.id for line in found])
    return page("accounts/people.html", text=text, found=found, formerly=formerly)


@area.get("/people/<int:person_id>", access=SIGNED_IN)
def person(actor: Actor, tx: Tx, person_id: int) -> Response | str:
    """Somebody's profile; one's own leads to the page where it can be changed."""
    if person_id == actor.person_id:
        return see_other("/profile")
    lives_on = answering.lives_on_in(actor, tx=tx, person_id=person_id)
    if lives_on is not None:
        # What mentions the closed account leads to the person; whether one may see them is asked there.
        return see_other(f"/people/{lives_on}")
    profile = queries.profile(actor, tx=tx, person_id=person_id)
    has_step = actor.is_platform_admin and second_step.is_on(actor, tx=tx, person_id=person_id)
    return page(
        "accounts/person.html",
        profile=profile,
        formerly=memberships.formerly(actor, tx=tx, person_ids=[person_id]).get(person_id, ()),
        functions=FUNCTIONS,
        second_step=has_step,
    )

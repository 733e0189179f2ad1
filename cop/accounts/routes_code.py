"""The second page of signing in: the code of an app, or a recovery code.

Nobody is signed in here. Which sign-in is half done stands in the signed cookie of the pages; what somebody had typed
before their session ended, and where they wanted to go, goes along in the form as on the first page.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from flask import session as page_cookie
from werkzeug.wrappers import Response

from cop.accounts import half_way, known_browser, second_step, sign_in, throttle
from cop.accounts.forms import CodeForm, SignInForm
from cop.accounts.half_way import Half
from cop.accounts.second_step import Proof
from cop.kernel.access import PUBLIC, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid
from cop.web import carried
from cop.web.area import AfterCommit, Area
from cop.web.edge import edge
from cop.web.templating import flash, local_path, page, see_other

area = Area("sign_in_code", __name__)

WRONG = "That is not the code your app shows now. Each code works once, so wait for the next one."
WRONG_RECOVERY = "That is not one of your recovery codes, or it was used already."
TOO_LATE = "That took too long, so begin again. Nothing you typed is lost."


@dataclass(frozen=True, slots=True)
class _Checked:
    """What the typed code proved, None when it was wrong, and whose sign-in it completes."""

    half: Half
    proof: Proof | None
    form: CodeForm


def _token() -> str:
    return str(page_cookie.get(sign_in.HALF, ""))


@area.get("/sign-in/code", access=PUBLIC)
def code_page(actor: Actor, tx: Tx) -> Response | str:
    """The form for the code; without a sign-in that is half done, the first page."""
    address = local_path(request.args.get("next"), "/")
    if half_way.find(tx, token=_token()) is None:
        return see_other(sign_in.with_next("/sign-in", address))
    return page("accounts/sign_in_code.html", form=CodeForm(data={"next": address, "carried": ""}))


def _again(actor: Actor, tx: Tx, form: CodeForm) -> str:
    """The form once more; when the half has ended, the first page, with all that goes along."""
    if half_way.find(tx, token=_token()) is not None:
        return page("accounts/sign_in_code.html", form=form)
    first = SignInForm(data={"next": form.next.data or "/", "carried": form.carried.data or ""})
    first.form_errors = [TOO_LATE]
    return sign_in.draw(tx, first)


def _check(form: CodeForm) -> _Checked:
    """Look the code up, outside any transaction that writes; a failure is counted in a transaction of its own."""
    db, address, key = edge().db, request.remote_addr or "", edge().settings.secret
    with db.transaction(write=False) as tx:
        half = half_way.find(tx, token=_token())
    if half is None:
        raise Invalid(TOO_LATE)
    if not (form.code.data or form.recovery.data):
        raise Invalid("Enter the six digits that your app shows", "code")
    # Nothing that the form for signing in lets through begins like this: a stranger cannot fill this count.
    whose, known = f"\x00second step of {half.person_id}", known_browser.knows(half.email)
    throttle.begin(db, email=whose, address=address, known=known, most=throttle.CODES)
    with db.transaction(write=False) as tx:
        proof = second_step.prove(
            tx,
            person_id=half.person_id,
            key=key,
            code=form.code.data or "",
            recovery=form.recovery.data or "",
        )
    settle = throttle.count_failure if proof is None else throttle.forget
    settle(db, email=whose, address=address, known=known)
    return _Checked(half, proof, form)


@area.post(
    "/sign-in/code",
    access=PUBLIC,
    form=CodeForm,
    prepare=_check,
    again=_again,
    max_body=lambda: carried.PACKED + 65536,
)
def enter_code(actor: Actor, tx: Tx, checked: _Checked) -> AfterCommit:
    """Complete the sign-in: start a session, and go where the person wanted to go."""
    form, token = checked.form, None
    wrong = Invalid(WRONG_RECOVERY, "recovery") if form.recovery.data else Invalid(WRONG, "code")
    if checked.proof is not None:
        lifetime = edge().settings.session_absolute
        token = half_way.finish(tx, token=_token(), proof=checked.proof, lifetime=lifetime, replaces=actor)
    if token is None or checked.proof is None:
        raise wrong
    page_cookie.clear()
    if checked.proof.recovery_code_id is not None:
        left = second_step.codes_left(tx, checked.half.person_id)
        flash(f"You used a recovery code and have {left} left. You can make new ones on your profile.")
    address, typed = local_path(form.next.data, "/"), carried.unpack(form.carried.data or "")
    if not typed:
        address = sign_in.first_address(tx, checked.half.person_id, address, second=True)
    return sign_in.enter(token, email=checked.half.email, address=address, typed=typed)

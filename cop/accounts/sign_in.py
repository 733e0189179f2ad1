"""Signing in and out over HTTP. Passwords are checked before the transaction, at the same cost for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import make_response, render_template, request
from flask import session as page_cookie
from werkzeug.wrappers import Response

from cop.accounts import credentials, kept_texts, known_browser, memberships, second_step, service, throttle
from cop.accounts.forms import CodeForm, LinkForm, SignInForm
from cop.accounts.letters import SIGN_IN, SIGNS_IN
from cop.accounts.passwords import matches
from cop.accounts.sessions import actor_of
from cop.kernel.access import PUBLIC, SIGNED_IN, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid
from cop.kernel.markup import safe
from cop.web import carried
from cop.web.actor import clear_session_cookie, count_header, draw_for, set_session_cookie
from cop.web.area import AfterCommit, Area
from cop.web.edge import Carried, edge
from cop.web.templating import flash, local_path, page, see_other
from cop.web.typed_words import typed_words

area = Area("sign_in", __name__)

NEXT = "next"
HALF = "half"
"""Name in the pages' cookie of the sign-in that still owes a code."""
KEPT = "kept"
"""Name in it of what somebody had typed, which waits until they have signed in by a link."""
WRONG = "Enter the email address and password of your account. One of the two is not right."


@dataclass(frozen=True, slots=True)
class Published:
    """Somebody whose password everybody may know: only in the demonstration. `purpose` says why one would be them."""

    name: str
    email: str
    purpose: str


@dataclass(frozen=True, slots=True)
class PublishedSignIns:
    """What the demonstration shows on the sign-in page; a part of the edge that nothing else provides."""

    people: Sequence[Published]
    password: str


@dataclass(frozen=True, slots=True)
class _Checked:
    """The outcome of the password check; `compared` is None when it failed."""

    compared: credentials.Credentials | None
    email: str
    next: str
    carried: str


def panel(address: str, typed: Carried) -> str:
    """The sign-in form as it stands on every signed-out 404; `typed` are fields not to be lost."""
    form = SignInForm(data={"next": local_path(address, "/"), "carried": carried.pack(typed)})
    return safe(render_template("accounts/_sign_in_form.html", form=form))


@area.get("/sign-in", access=PUBLIC)
def sign_in_page(actor: Actor, tx: Tx) -> Response | str:
    """The sign-in page; somebody signed in already is sent on."""
    address = local_path(request.args.get("next"), "/")
    if actor.signed_in:
        return see_other(address)
    return _again(actor, tx, SignInForm(data={"next": address, "carried": ""}))


def _again(actor: Actor, tx: Tx, form: SignInForm) -> str:
    return draw(tx, form)


def draw(tx: Tx, form: SignInForm) -> str:
    """The page with the form for signing in."""
    return page("accounts/sign_in.html", form=form, published=_published(tx))


def _published(tx: Tx) -> PublishedSignIns | None:
    """What the demonstration published, once its people are in the database."""
    if not edge().settings.demo or not credentials.some_published(tx):
        return None
    return edge().parts.get(PublishedSignIns)


def _check(form: SignInForm) -> _Checked:
    """Look up and compare, outside any transaction; a failure is counted in a transaction of its own."""
    db, email, address = edge().db, form.email.data.lower(), request.remote_addr or ""
    known_here = known_browser.knows(email)
    throttle.begin(db, email=email, address=address, known=known_here)
    with db.transaction(write=False) as tx:
        known = credentials.look_up(tx, email=email)
    right = matches(known.hashed, form.password.data)
    settle = throttle.forget if right else throttle.count_failure
    settle(db, email=email, address=address, known=known_here)
    return _Checked(known if right else None, email, local_path(form.next.data, "/"), form.carried.data or "")


@area.post(
    "/sign-in",
    access=PUBLIC,
    form=SignInForm,
    prepare=_check,
    again=_again,
    max_body=lambda: carried.PACKED + 65536,
)
def sign_in(actor: Actor, tx: Tx, checked: _Checked) -> AfterCommit:
    """Start a session, or ask for the code, and go where the person wanted to go."""
    lifetime = edge().settings.session_absolute
    begun = None
    if checked.compared is not None:
        begun = credentials.start_session(tx, compared=checked.compared, lifetime=lifetime, replaces=actor)
    if begun is None:
        raise Invalid(WRONG, "email")
    packed, going = checked.carried, checked.next
    typed = carried.unpack(packed)
    if not typed:
        # They may have asked for a link, and then remembered their password.
        packed = kept_texts.take(tx, token=str(page_cookie.get(KEPT, "")), email=checked.email)
        typed, going = carried.unpack(packed), local_path(page_cookie.get(NEXT), "/") if packed else going
    # A new page cookie with the new session: a CSRF token from before signing in is worth nothing after.
    page_cookie.clear()
    if not begun.half:
        address = going if typed else first_address(tx, begun.person_id, going)
        return enter(begun.token, email=checked.email, address=address, typed=typed)
    page_cookie[HALF] = begun.token
    return _ask_for_code(going, packed if typed else "")


def _ask_for_code(address: str, packed: str) -> AfterCommit:
    """Go on to the second step, with what was typed if there is any."""
    if not packed:
        return AfterCommit(lambda: see_other(with_next("/sign-in/code", address)))
    form = CodeForm(data={"next": address, "carried": packed})
    return AfterCommit(lambda: page("accounts/sign_in_code.html", form=form))


def first_address(tx: Tx, person_id: int, address: str, *, second: bool = False) -> str:
    """Where somebody goes who just signed in; `second` says that they did so with a second step.

    Their powers may wait for one, which they set up; their council may have been replaced, so they say where they
    work now; and two accounts of theirs may have become one, so they say for whom they act.
    """
    if not (second or edge().settings.demo) and second_step.required_of(tx, person_id):
        address = with_next("/profile/second-step", address)
    entering = actor_of(tx, person_id)
    if memberships.successors(entering, tx=tx):
        address = with_next("/profile/successor", address)
    elif memberships.must_choose(entering, tx=tx):
        address = with_next("/profile/organisation", address)
    return address


def with_next(path: str, address: str) -> str:
    """A path that knows where to go afterwards."""
    return path if address == "/" else f"{path}?{urlencode({NEXT: address})}"


def enter(token: str, *, email: str, address: str, typed: Carried) -> AfterCommit:
    """Give the browser its session, and go on; what was typed before the last one ended is shown, to be sent."""

    def draw_page() -> Response:
        if typed:
            fields = [each for each in typed if len(each) == 2]
            files = [each for each in typed if len(each) == 1]
            # They are signed in from here on, and the header says so.
            with edge().db.transaction(write=False) as tx:
                count_header(tx, draw_for(tx, token))
            response: Response = make_response(
                page(
                    "accounts/carried.html",
                    address=address,
                    fields=fields,
                    typed=typed_words(address, fields),
                    files=files,
                )
            )
        else:
            response = see_other(address)
        set_session_cookie(response, token)
        known_browser.remember(response, email)
        return response

    return AfterCommit(draw_page)


def _link_again(actor: Actor, tx: Tx, form: LinkForm) -> str:
    return page("accounts/sign_in_link.html", form=form)


@area.get("/sign-in/link", access=PUBLIC)
def link_page(actor: Actor, tx: Tx) -> Response | str:
    """Asking for a link instead of typing a password."""
    address = local_path(request.args.get("next"), "/")
    return see_other(address) if actor.signed_in else _link_again(actor, tx, LinkForm(data={"next": address}))


def _counted(form: LinkForm) -> LinkForm:
    throttle.count_link(edge().db, email=form.email.data.lower(), address=request.remote_addr or "")
    return form


@area.post(
    "/sign-in/link",
    access=PUBLIC,
    form=LinkForm,
    prepare=_counted,
    again=_link_again,
    max_body=lambda: carried.PACKED + 65536,
)
def send_link(actor: Actor, tx: Tx, form: LinkForm) -> AfterCommit:
    """Send a link. The work and the answer are the same whether anybody has this address or not."""
    service.send_sign_in_link(actor, tx=tx, email=form.email.data, purpose=SIGN_IN)
    email, address = form.email.data, local_path(form.next.data, "/")
    # Where to go stays in this browser: an email that carries an address could be made to carry another.
    page_cookie[NEXT] = address
    typed = form.carried.data or ""
    if carried.unpack(typed):
        page_cookie[KEPT] = kept_texts.keep(tx, email=email, text=typed)
    return AfterCommit(lambda: page("accounts/sign_in_link_sent.html", email=email, kept=bool(typed)))


@area.get("/sign-in/link/<token>", access=PUBLIC)
def follow_link(actor: Actor, tx: Tx, token: str) -> str:
    """Where the link of an email leads: a button, because programs that check emails follow links, too."""
    person_id = credentials.person_of_link(tx, token=token, purposes=SIGNS_IN)
    return page("accounts/sign_in_by_link.html", token=token, name=actor_of(tx, person_id).name)


@area.post("/sign-in/link/<token>", access=PUBLIC)
def use_link(actor: Actor, tx: Tx, token: str) -> AfterCommit:
    """Use the link up, start a session, and show what this browser's reader had typed before, to be sent."""
    lifetime = edge().settings.session_absolute
    begun = credentials.start_by_link(actor, tx=tx, token=token, purposes=SIGNS_IN, lifetime=lifetime)
    address, email = local_path(page_cookie.get(NEXT), "/"), credentials.email_of(tx, begun.person_id)
    typed = kept_texts.take(tx, token=str(page_cookie.get(KEPT, "")), email=email)
    page_cookie.clear()
    if begun.half:
        page_cookie[HALF] = begun.token
        return _ask_for_code(address, typed)
    if not typed:
        address = first_address(tx, begun.person_id, address)
    return enter(begun.token, email=email, address=address, typed=carried.unpack(typed))


@area.post("/sign-out", access=SIGNED_IN)
def sign_out(actor: Actor, tx: Tx) -> Response:
    """End this session."""
    service.sign_out(actor, tx=tx)
    return _signed_out("You have signed out.")


@area.post("/sign-out-everywhere", access=SIGNED_IN)
def sign_out_everywhere(actor: Actor, tx: Tx) -> Response:
    """End every session of this person, this one included."""
    service.sign_out(actor, tx=tx, everywhere=True)
    return _signed_out("You have signed out on every device.")


def _signed_out(message: str) -> Response:
    response = see_other("/")
    page_cookie.clear()
    flash(message)
    clear_session_cookie(response)
    return response

"""The letters of joining and signing in. Somebody asked for each of them, so none can be unsubscribed."""

from __future__ import annotations

from datetime import timedelta

from cop.accounts import joining, queries
from cop.accounts.sessions import actor_of
from cop.kernel.access import SYSTEM
from cop.kernel.errors import NotFound
from cop.mail.letter import Letter
from cop.mail.post import Draft, Post, Purpose

SIGN_IN = "sign_in"
SIGNS_IN = (SIGN_IN, joining.KNOWN, joining.APPROVED)
"""Purposes whose links sign in the person that the mail is about."""
SHORT, LONG = timedelta(hours=1), timedelta(days=3)
ASKED = "You get this email because somebody, most likely you, typed this address on our site."


def register(post: Post) -> None:
    """Add them to what can be sent."""
    post.add(Purpose(SIGN_IN, _sign_in, SHORT))
    post.add(Purpose(joining.KNOWN, _known, SHORT))
    post.add(Purpose(joining.PROVE, _prove, LONG))
    post.add(Purpose(joining.APPROVED, _approved, LONG))
    post.add(Purpose(joining.REFUSED, _refused))


def _to_person(draft: Draft, subject: str, paragraphs: list[str], why: str) -> Letter | None:
    """A letter with a link that signs its reader in; None when they cannot sign in, or there is nobody."""
    address = queries.address_of(SYSTEM, tx=draft.tx, person_id=draft.subject_id)
    if address is None:
        return None
    actor = actor_of(draft.tx, draft.subject_id)
    return Letter(
        to=address,
        subject=subject,
        paragraphs=[f"Hello {actor.name},", *paragraphs],
        button=("Sign in", draft.address(f"/sign-in/link/{draft.mint()}")),
        after=["If you did not ask for it, do nothing: the link alone changes nothing."],
        why=why,
    )


def _sign_in(draft: Draft) -> Letter | None:
    return _to_person(
        draft,
        "Your link to sign in",
        ["this link signs you in. It works once, within an hour."],
        ASKED,
    )


def _known(draft: Draft) -> Letter | None:
    return _to_person(
        draft,
        "You have an account already",
        [
            "somebody asked for an account with your address. You have one already, and this link signs you in to it."
        ],
        ASKED,
    )


def _prove(draft: Draft) -> Letter | None:
    found = joining.shown(SYSTEM, tx=draft.tx, registration_id=draft.subject_id)
    if found.state != "asked":
        return None
    return Letter(
        to=found.email,
        subject="Confirm your email address",
        paragraphs=[
            f"Hello {found.name},",
            (
                f"you asked for an account for your work at {found.organisation_name}. "
                "Confirm that this address is yours; the link works for three days."
            ),
        ],
        button=("Confirm your address", draft.address(f"/register/{draft.mint()}")),
        after=["If you did not ask for it, do nothing: without confirming there will be no account."],
        why=ASKED,
    )


def _approved(draft: Draft) -> Letter | None:
    found = joining.shown(SYSTEM, tx=draft.tx, registration_id=draft.subject_id)
    if found.state != "approved":
        return None
    return Letter(
        to=found.email,
        subject="Your account is ready",
        paragraphs=[
            f"Hello {found.name},",
            (
                f"your account for {found.organisation_name} is ready. This link signs you in, once, within "
                "three days. After that ask for another one where you sign in, or set a password on your profile."
            ),
        ],
        button=("Sign in", draft.address(f"/sign-in/link/{draft.mint()}")),
        why="You get this email because you asked for an account.",
    )


def _refused(draft: Draft) -> Letter | None:
    try:
        found = joining.shown(SYSTEM, tx=draft.tx, registration_id=draft.subject_id)
    except NotFound:
        return None
    return Letter(
        to=found.email,
        subject="There will be no account for you yet",
        paragraphs=[
            f"Hello {found.name},",
            (
                f"you asked for an account for {found.organisation_name}. Its admin did not agree. If you think "
                "that is a mistake, ask a colleague who is here already. "
                "Reading, searching and downloading need no account."
            ),
        ],
        why="You get this email because you asked for an account.",
    )

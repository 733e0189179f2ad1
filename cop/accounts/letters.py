"""The letters of joining and signing in. Somebody asked for each of them, so none can be unsubscribed."""

from __future__ import annotations

from datetime import timedelta

from cop.accounts import joining, letters_merging, queries, second_step
from cop.accounts.sessions import actor_of
from cop.kernel.access import SYSTEM
from cop.mail.letter import Letter
from cop.mail.post import Draft, Post, Purpose

SIGN_IN = "sign_in"
SIGNS_IN = (SIGN_IN, joining.APPROVED)
"""Purposes whose links sign in the person that the mail is about."""
SHORT, LONG = timedelta(hours=1), timedelta(days=3)
ASKED = "You get this email because somebody, most likely you, typed this address on our site."


def register(post: Post) -> None:
    """Add them to what can be sent."""
    post.add(Purpose(SIGN_IN, _sign_in, SHORT))
    post.add(Purpose(joining.PROVE, _prove, LONG))
    post.add(Purpose(joining.APPROVED, _approved, LONG))
    post.add(Purpose(joining.REFUSED, _refused))
    post.add(Purpose(second_step.TURNED_OFF, _second_step_off))
    post.add(Purpose(second_step.RECOVERED, _recovered))
    letters_merging.register(post)


def _sign_in(draft: Draft) -> Letter | None:
    """A link that signs its reader in; None when they cannot sign in, or there is nobody with that address."""
    address = queries.address_of(SYSTEM, tx=draft.tx, person_id=draft.subject_id)
    if address is None:
        return None
    return Letter(
        to=address,
        subject="Your link to sign in",
        paragraphs=[
            f"Hello {actor_of(draft.tx, draft.subject_id).name},",
            "this link signs you in. It works once, within an hour.",
        ],
        button=("Sign in", draft.address(f"/sign-in/link/{draft.mint()}")),
        after=["If you did not ask for it, do nothing: the link alone changes nothing."],
        why=ASKED,
    )


def _prove(draft: Draft) -> Letter | None:
    found = joining.shown(SYSTEM, tx=draft.tx, registration_id=draft.subject_id)
    if found.state == "proved":
        return _waits(found)
    if found.state != "asked":
        return None
    if joining.has_account(SYSTEM, tx=draft.tx, email=found.email):
        return _known(draft, found.email)
    return Letter(
        to=found.email,
        subject="Confirm your email address",
        paragraphs=[
            (
                f"You asked for an account for your work at {found.organisation_name}. "
                "Confirm that this address is yours; the link works for three days."
            ),
        ],
        button=("Confirm your address", draft.address(f"/register/{draft.mint()}")),
        after=["If you did not ask for it, do nothing: without confirming there will be no account."],
        why=ASKED,
    )


def _waits(found: joining.Registration) -> Letter:
    """What somebody is told who waits for an admin when they, or a stranger, ask once more."""
    return Letter(
        to=found.email,
        subject="Your request waits",
        paragraphs=[
            (
                f"You asked for an account for your work at {found.organisation_name}, and confirmed this address. "
                "An admin there decides, and you will hear of it by email. Asking again changes nothing."
            ),
        ],
        why=ASKED,
    )


def _known(draft: Draft, email: str) -> Letter:
    """What the owner of an account is told when somebody asks for another: no name, which a stranger may have typed."""
    return Letter(
        to=email,
        subject="You have an account already",
        paragraphs=[
            "Hello,",
            "somebody asked for an account with your address. You have one already: have a link sent to sign in.",
        ],
        button=("Have a link sent", draft.address("/sign-in/link")),
        after=[
            "If you did not ask for it, do nothing. If your account was stopped, ask the admin of your organisation."
        ],
        why=ASKED,
    )


def _approved(draft: Draft) -> Letter | None:
    found = joining.shown(SYSTEM, tx=draft.tx, registration_id=draft.subject_id)
    if found.state != "approved" or found.person_id is None:
        return None
    address = queries.address_of(SYSTEM, tx=draft.tx, person_id=found.person_id)
    if address is None:
        # Let in, and stopped before this was sent: the link would lead nowhere.
        return None
    return Letter(
        to=address,
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
    found = joining.shown(SYSTEM, tx=draft.tx, registration_id=draft.subject_id)
    if found.state != "refused":
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


NOT_YOU = "If that was not you, change your password at once, and tell the admin of your organisation."
CONCERNS = "You get this email because it concerns how you sign in. It cannot be stopped."


def _second_step_off(draft: Draft) -> Letter | None:
    address = queries.address_of(SYSTEM, tx=draft.tx, person_id=draft.subject_id)
    if address is None:
        return None
    return Letter(
        to=address,
        subject="Signing in takes no code any more",
        paragraphs=[
            f"Hello {actor_of(draft.tx, draft.subject_id).name},",
            (
                "the second step of signing in to your account was turned off, by you or by an admin for you. "
                "Your app and your recovery codes are worth nothing now."
            ),
        ],
        button=("Set it up again", draft.address("/profile/second-step")),
        after=[NOT_YOU],
        why=CONCERNS,
    )


def _recovered(draft: Draft) -> Letter | None:
    address = queries.address_of(SYSTEM, tx=draft.tx, person_id=draft.subject_id)
    if address is None:
        return None
    return Letter(
        to=address,
        subject="A recovery code was used",
        paragraphs=[
            f"Hello {actor_of(draft.tx, draft.subject_id).name},",
            "somebody, most likely you, signed in to your account with one of your recovery codes.",
        ],
        button=("See your second step", draft.address("/profile/second-step")),
        after=[NOT_YOU],
        why=CONCERNS,
    )

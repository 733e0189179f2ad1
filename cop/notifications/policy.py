"""Who may do what with notices: everybody with their own, and the program with sending."""

from __future__ import annotations

from cop.kernel.access import ALLOWED, Actor, Verdict, refused


def can_choose(actor: Actor) -> Verdict:
    """Choosing what one is sent is for people with an account."""
    return ALLOWED if actor.signed_in else refused("Sign in to choose what you are sent.")


def can_send(actor: Actor) -> Verdict:
    """Digests are put together by the program itself."""
    return ALLOWED if actor.is_system else refused("Only the program itself sends digests.")

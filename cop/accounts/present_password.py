"""Asking for the present password once more, before something changes that decides who can sign in."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from cop.accounts import credentials, throttle
from cop.accounts.passwords import matches
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Forbidden, Invalid
from cop.web.actor import bearer_hash
from cop.web.edge import edge

WRONG = "That is not your present password."


@dataclass(frozen=True, slots=True)
class Shown:
    """The hash that was compared, None where none is asked for, and whether the password was right."""

    asked: str | None
    right: bool


def compare(typed: str | None) -> Shown:
    """Compare what was typed, outside any transaction. Raises Invalid for nothing typed, RateLimited.

    Wrong ones are counted as at sign-in, but apart from it: whoever sits at a browser that was left open can neither
    guess on nor keep its owner from signing in elsewhere.
    """
    db, address = edge().db, request.remote_addr or ""
    with db.transaction(write=False) as tx:
        actor = edge().load_actor(tx, bearer_hash() or "")
        known = credentials.hash_to_compare(actor, tx=tx)
    if known is None:
        return Shown(None, True)
    if not typed:
        raise Invalid("Enter your present password.", "current")
    # Nothing that the form for signing in lets through begins like this: a stranger cannot fill this count.
    whose = f"\x00present password of {actor.person_id}"
    throttle.begin(db, email=whose, address=address)
    right = matches(known, typed)
    (throttle.forget if right else throttle.count_failure)(db, email=whose, address=address)
    return Shown(known, right)


def require(actor: Actor, *, tx: Tx, shown: Shown) -> None:
    """Within the transaction that acts on it: it was right, and what it was compared with is still what counts.

    Somebody without a password must have come by a link within the hour: a browser left open shows nothing.
    """
    if not shown.right:
        raise Invalid(WRONG, "current")
    present = credentials.hash_to_compare(actor, tx=tx)
    if present != shown.asked:
        raise Invalid("Enter your present password.", "current")
    if present is None and not credentials.came_by_link(actor, tx=tx):
        raise Forbidden(
            "You have no password, so show that you read your emails: sign out, have a link sent, and come back here "
            "within an hour of using it."
        )

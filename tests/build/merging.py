"""Two accounts asked to become one, and the links of their letters, as the worker would have written them."""

from __future__ import annotations

from datetime import timedelta

from cop.accounts import merging, sessions
from cop.kernel.access import ANONYMOUS, SYSTEM, Actor
from cop.kernel.db import Database
from cop.mail import links
from cop.mail import service as mail


def ask(db: Database, kept: Actor, closed: Actor, *, by: Actor = SYSTEM) -> int:
    """Ask both addresses; the number of the merge."""
    with db.transaction(write=True) as tx:
        return merging.ask(by, tx=tx, kept_id=kept.person_id or 0, closed_id=closed.person_id or 0)


def token(db: Database, merge_id: int, purpose: str) -> str:
    """The link of one of the two letters."""
    with db.transaction(write=True) as tx:
        mail_id = mail.queue(SYSTEM, tx=tx, purpose=purpose, subject_id=merge_id)
        return links.mint(tx, mail_id=mail_id, lives=timedelta(hours=1))


def proved(db: Database, kept: Actor, closed: Actor, *, by: Actor = SYSTEM) -> int:
    """Asked, and both said yes."""
    merge_id = ask(db, kept, closed, by=by)
    for purpose in merging.PROVES:
        link = token(db, merge_id, purpose)
        with db.transaction(write=True) as tx:
            merging.prove(ANONYMOUS, tx=tx, token=link)
    return merge_id


def merged(
    db: Database, kept: Actor, closed: Actor, *, by: Actor = SYSTEM, reason: str = "The same person."
) -> int:
    """Asked, proved and completed."""
    merge_id = proved(db, kept, closed, by=by)
    with db.transaction(write=True) as tx:
        merging.complete(by, tx=tx, merge_id=merge_id, reason=reason)
    return merge_id


def now(db: Database, who: Actor) -> Actor:
    """Who they are at this moment."""
    with db.transaction(write=False) as tx:
        return sessions.actor_of(tx, who.person_id or 0)


def complete(db: Database, admin: Actor, merge_id: int) -> None:
    """Make two accounts one that were both proved."""
    with db.transaction(write=True) as tx:
        merging.complete(admin, tx=tx, merge_id=merge_id, reason="The same person.")

"""Between the two steps of signing in: a password or a link was right, and the code is still owed.

It is not a session: its token stands in the signed cookie of the pages, opens nothing, and ends after ten minutes,
with the first right code, and with everything else that ends somebody's sessions.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select

from cop.accounts import second_step, sessions
from cop.accounts.models import HalfSignInRow, PersonRow
from cop.accounts.second_step import Proof
from cop.kernel.access import Actor
from cop.kernel.clock import db_now
from cop.kernel.db import Tx
from cop.kernel.ids import new_token, token_hash

LASTS = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Half:
    """Whose code is owed."""

    person_id: int
    email: str


def begin(tx: Tx, *, person_id: int, by_link: bool) -> str:
    """Note that the first step was right; return the token of it, which is stored nowhere."""
    token = new_token()
    tx.session.add(
        HalfSignInRow(
            token_hash=token_hash(token), person_id=person_id, by_link=by_link, ends_at=tx.now() + LASTS
        )
    )
    tx.session.flush()
    return token


def find(tx: Tx, *, token: str) -> Half | None:
    """Whose code is owed; None for a token that has ended."""
    row = tx.session.execute(
        select(PersonRow.id, PersonRow.email)
        .join(HalfSignInRow, HalfSignInRow.person_id == PersonRow.id)
        .where(
            HalfSignInRow.token_hash == token_hash(token),
            HalfSignInRow.ends_at > db_now(),
            PersonRow.suspended_at.is_(None),
        )
    ).first()
    return None if row is None else Half(row.id, row.email)


def finish(tx: Tx, *, token: str, proof: Proof, lifetime: int, replaces: Actor) -> str | None:
    """Start a session for the right code; the browser's old session ends (rotation). Returns the session's token.

    None when the half ended meanwhile, or the code was used by somebody quicker. Taking the row first makes whoever
    ends this person's sessions wait, and find the new one (`sessions.revoke` takes halves before sessions).
    """
    taken = tx.session.execute(
        delete(HalfSignInRow)
        .where(HalfSignInRow.token_hash == token_hash(token), HalfSignInRow.ends_at > db_now())
        .returning(HalfSignInRow.person_id, HalfSignInRow.by_link)
    ).first()
    if taken is None or not second_step.use(tx, person_id=taken.person_id, proof=proof):
        return None
    if replaces.person_id is not None and replaces.session_id is not None:
        sessions.revoke(tx, person_id=replaces.person_id, session_id=replaces.session_id)
    return sessions.create(
        tx, person_id=taken.person_id, lifetime=lifetime, by_link=taken.by_link, second_step=True
    )


def some_ended(tx: Tx) -> bool:
    """Whether there is anything to forget."""
    ended = select(HalfSignInRow.id).where(HalfSignInRow.ends_at < db_now()).limit(1)
    return tx.session.execute(ended).first() is not None


def forget_ended(tx: Tx) -> None:
    """Housekeeping: halves past their end."""
    tx.session.execute(delete(HalfSignInRow).where(HalfSignInRow.ends_at < db_now()))

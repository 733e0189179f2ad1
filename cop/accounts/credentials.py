"""What signing in needs before there is an actor: look a hash up, start a session, spot published passwords."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select

from cop.accounts import sessions
from cop.accounts.models import PasswordRow, PersonRow
from cop.kernel.access import Actor
from cop.kernel.db import Database, Tx


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in compares a password with; both None for an unknown or suspended address."""

    person_id: int | None
    hashed: str | None = field(repr=False)


def look_up(tx: Tx, *, email: str) -> Credentials:
    """Look up a folded address for signing in. The same single query whether it is known or not."""
    row = tx.session.execute(
        select(PersonRow.id, PasswordRow.hashed)
        .join(PasswordRow, PasswordRow.person_id == PersonRow.id)
        .where(PersonRow.email == email, PersonRow.suspended_at.is_(None))
    ).first()
    return Credentials(row.id, row.hashed) if row else Credentials(None, None)


def start_session(tx: Tx, *, compared: Credentials, lifetime: int, replaces: Actor) -> str | None:
    """Start a session after the password was checked; the browser's old session ends (rotation). Returns the token.

    None when the hash that was compared is no longer the stored one, or the account was suspended: whoever changed
    it ended every session, and a sign-in that was waiting meanwhile must not begin another with the old password.
    """
    if compared.person_id is None or not _still_holds(tx, compared):
        return None
    if replaces.person_id is not None and replaces.session_id is not None:
        sessions.revoke(tx, person_id=replaces.person_id, session_id=replaces.session_id)
    return sessions.create(tx, person_id=compared.person_id, lifetime=lifetime)


def _still_holds(tx: Tx, compared: Credentials) -> bool:
    # Both rows stay locked until the session is committed: on PostgreSQL a change that comes later waits, and then
    # finds the session that it has to end.
    query = (
        select(PasswordRow.person_id)
        .join(PersonRow, PersonRow.id == PasswordRow.person_id)
        .where(
            PasswordRow.person_id == compared.person_id,
            PasswordRow.hashed == compared.hashed,
            PersonRow.suspended_at.is_(None),
        )
        .with_for_update(read=True)
    )
    return tx.session.execute(query).first() is not None


def has_published_passwords(db: Database) -> bool:
    """Whether anybody can sign in with the demonstration's password."""
    with db.transaction(write=False) as tx:
        return some_published(tx)


def some_published(tx: Tx) -> bool:
    """The same, within a transaction."""
    query = select(PasswordRow.person_id).where(PasswordRow.published.is_(True)).limit(1)
    return tx.session.execute(query).first() is not None


def hash_of_person(tx: Tx, *, person_id: int) -> str | None:
    """The stored hash of somebody who is signed in and wants to change their password."""
    return tx.session.scalars(select(PasswordRow.hashed).where(PasswordRow.person_id == person_id)).first()

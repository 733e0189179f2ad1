"""What signing in needs before there is an actor: look a hash up, start a session, spot published passwords."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select

from cop.accounts import half_way, joining, second_step, sessions
from cop.accounts.answering import answers_to
from cop.accounts.models import PasswordRow, PersonRow, RegistrationRow, SessionRow
from cop.kernel.access import Actor
from cop.kernel.db import Database, Tx
from cop.kernel.errors import Gone
from cop.mail import links

FORGOTTEN = timedelta(hours=1)
"""After coming by a link, a new password can be set without the present one for so long."""


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
        .where(answers_to(email), PersonRow.suspended_at.is_(None))
    ).first()
    return Credentials(row.id, row.hashed) if row else Credentials(None, None)


@dataclass(frozen=True, slots=True)
class Begun:
    """What a right password or link led to: the token of a session, or of the half of one that a code completes."""

    person_id: int
    token: str = field(repr=False)
    half: bool


def start_session(tx: Tx, *, compared: Credentials, lifetime: int, replaces: Actor) -> Begun | None:
    """Start a session after the password was checked; the browser's old session ends (rotation).

    None when the hash that was compared is no longer the stored one, or the account was suspended: whoever changed
    it ended every session, and a sign-in that was waiting meanwhile must not begin another with the old password.
    """
    if compared.person_id is None or not _still_holds(tx, compared):
        return None
    return _begin(tx, compared.person_id, by_link=False, lifetime=lifetime, replaces=replaces)


def _begin(tx: Tx, person_id: int, *, by_link: bool, lifetime: int, replaces: Actor) -> Begun:
    if second_step.in_use(tx, person_id):
        return Begun(person_id, half_way.begin(tx, person_id=person_id, by_link=by_link), half=True)
    if replaces.person_id is not None and replaces.session_id is not None:
        sessions.revoke(tx, person_id=replaces.person_id, session_id=replaces.session_id)
    token = sessions.create(tx, person_id=person_id, lifetime=lifetime, by_link=by_link)
    return Begun(person_id, token, half=False)


def person_of_link(tx: Tx, *, token: str, purposes: Collection[str]) -> int:
    """Whom a link signs in, without using it up. Gone when it was used, is too old, or they may not sign in."""
    return _bearer_of(tx, links.find(tx, token=token, purpose=purposes))


def start_by_link(actor: Actor, *, tx: Tx, token: str, purposes: Collection[str], lifetime: int) -> Begun:
    """Use a link up and start a session; the browser's old session ends (rotation)."""
    person_id = _bearer_of(tx, links.use(actor, tx=tx, token=token, purpose=purposes))
    return _begin(tx, person_id, by_link=True, lifetime=lifetime, replaces=actor)


def has_password(actor: Actor, *, tx: Tx) -> bool:
    """Whether the actor set a password once: who came by a link has none before they do. One query."""
    hashed = select(PasswordRow.hashed).where(PasswordRow.person_id == actor.person_id)
    return tx.session.scalar(hashed) is not None


def email_of(tx: Tx, person_id: int) -> str:
    """The address of somebody who has just proved who they are."""
    return tx.session.execute(select(PersonRow.email).where(PersonRow.id == person_id)).scalar_one()


def _bearer_of(tx: Tx, link: links.Link) -> int:
    """The person a mail was about: named by it, or let in by the request that it answered."""
    about = RegistrationRow.id if link.purpose == joining.APPROVED else None
    query = select(PersonRow.id).where(PersonRow.suspended_at.is_(None))
    if about is None:
        query = query.where(PersonRow.id == link.subject_id)
    else:
        query = query.join(RegistrationRow, RegistrationRow.person_id == PersonRow.id).where(
            about == link.subject_id
        )
    person_id = tx.session.scalar(query)
    if person_id is None:
        raise Gone(links.USED_OR_OLD)
    return person_id


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


def hash_to_compare(actor: Actor, *, tx: Tx) -> str | None:
    """The hash that the actor's present password must match before they get another; None where none is asked for.

    Who has no password has nothing to type, and who came by a link within `FORGOTTEN` has shown by their emails who
    they are: that is how one who forgot it gets a new one.
    """
    if came_by_link(actor, tx=tx):
        return None
    return tx.session.scalars(
        select(PasswordRow.hashed).where(PasswordRow.person_id == actor.person_id)
    ).first()


def came_by_link(actor: Actor, *, tx: Tx) -> bool:
    """Whether the actor has shown within `FORGOTTEN`, by a link, that they read their emails."""
    query = select(SessionRow.id).where(
        SessionRow.id == actor.session_id,
        SessionRow.by_link.is_(True),
        SessionRow.created_at > tx.now() - FORGOTTEN,
    )
    return tx.session.execute(query).first() is not None

"""Sessions as rows: made at sign-in, found by the hash of their token, ended by deleting them.

These functions know no actor: they are what makes one. Sessions are one of the things written without an event
(ARCHITECTURE.md, "An event is a row").
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, delete, select, update

from cop.accounts import powers
from cop.accounts.models import HalfSignInRow, OrganisationRow, PersonRow, RoleRow, SessionRow
from cop.kernel.access import ANONYMOUS, Actor, OrganisationKind
from cop.kernel.clock import db_before, db_now
from cop.kernel.db import Tx
from cop.kernel.ids import new_token, token_hash
from cop.kernel.usage import usage
from cop.live import publish

TOUCH_AFTER = 60
"""Seconds after which a use of a session is noted again."""
SEEN = "session_seen"


def create(tx: Tx, *, person_id: int, lifetime: int, by_link: bool = False, second_step: bool = False) -> str:
    """Make a session of at most `lifetime` seconds and return its token, which is stored nowhere.

    `by_link`: who holds it has just shown that they read the emails of this person; `second_step`: that they hold
    this person's app, or a recovery code.
    """
    token = new_token()
    now = tx.now()
    tx.session.add(
        SessionRow(
            token_hash=token_hash(token),
            person_id=person_id,
            created_at=now,
            seen_at=now,
            ends_at=now + timedelta(seconds=lifetime),
            by_link=by_link,
            second_step=second_step,
        )
    )
    tx.session.flush()
    return token


def _alive(idle: int | ColumnElement[int]) -> ColumnElement[bool]:
    """SQL: the session has not ended, was used within so many seconds, and its person is not suspended.

    Rows are written with the database's clock, so nothing is compared with that of the machine this runs on.
    """
    return and_(
        SessionRow.ends_at > db_now(),
        SessionRow.seen_at > db_before(idle),
        PersonRow.suspended_at.is_(None),
    )


def _in_force(
    held: Iterable[tuple[str | None, int | None]], organisation_id: int, kind: str
) -> frozenset[str]:
    """The roles that count while somebody acts for this organisation.

    An organisation's admin is one there alone. The rest counts for whomever they act, a supplier excepted: whoever
    acts for a supplier acts for nothing else (PRODUCT.md, "Who may see and do what").
    """
    return frozenset(
        role
        for role, of in held
        if role is not None
        and (of == organisation_id if role == "organisation_admin" else kind != "supplier")
    )


# Made once: every request asks it, and building it took longer than running it. One row for each role.
@cache
def _bearer(domains: tuple[str, ...]) -> Select[*tuple[Any, ...]]:
    """The statement that finds a session; `domains` are those that name powers that need a second step."""
    return (
        select(
            SessionRow.id,
            SessionRow.second_step,
            (SessionRow.seen_at < db_before(TOUCH_AFTER)).label("untouched"),
            and_(SessionRow.second_step.is_(False), powers.held_by(PersonRow.id)).label("holds"),
            PersonRow.id.label("person_id"),
            PersonRow.name,
            OrganisationRow.id.label("organisation_id"),
            OrganisationRow.name.label("organisation_name"),
            OrganisationRow.kind,
            RoleRow.role,
            RoleRow.organisation_id.label("role_of"),
        )
        .join(PersonRow, PersonRow.id == SessionRow.person_id)
        .join(OrganisationRow, OrganisationRow.id == PersonRow.organisation_id)
        .outerjoin(RoleRow, RoleRow.person_id == PersonRow.id)
        .where(SessionRow.token_hash == bindparam("hashed"), _alive(bindparam("idle", type_=Integer)))
    )


def load_actor(tx: Tx, hashed: str | None, *, idle: int, hold_back: bool = True) -> Actor:
    """The actor behind a token's hash; anonymous when there is no such living session.

    Without a second step the powers that need one are held back, except in the demonstration (`hold_back` false).
    """
    if hashed is None:
        return ANONYMOUS
    rows = tx.rows(_bearer(powers.names()), {"hashed": hashed, "idle": idle}).all()
    if not rows:
        return ANONYMOUS
    row = rows[0]
    if row.untouched:
        usage.note(SEEN, row.id)
    roles = _in_force([(each.role, each.role_of) for each in rows], row.organisation_id, row.kind)
    held_back = hold_back and not row.second_step and (bool(row.holds) or bool(roles & powers.ROLES))
    return Actor(
        person_id=row.person_id,
        name=row.name,
        organisation_id=row.organisation_id,
        organisation_name=row.organisation_name,
        organisation_kind=row.kind,
        roles=roles - powers.ROLES if held_back else roles,
        session_id=row.id,
        held_back=held_back,
    )


def actor_of(tx: Tx, person_id: int) -> Actor:
    """A person's actor without a session: for the demo's loader and for re-checks at delivery."""
    row = tx.session.execute(
        select(PersonRow, OrganisationRow)
        .join(OrganisationRow, OrganisationRow.id == PersonRow.organisation_id)
        .where(PersonRow.id == person_id, PersonRow.suspended_at.is_(None))
    ).first()
    if row is None:
        return ANONYMOUS
    person, organisation = row
    held = tx.session.execute(
        select(RoleRow.role, RoleRow.organisation_id).where(RoleRow.person_id == person_id)
    )
    return Actor(
        person_id=person.id,
        name=person.name,
        organisation_id=organisation.id,
        organisation_name=organisation.name,
        organisation_kind=cast(OrganisationKind, organisation.kind),
        roles=_in_force([(each[0], each[1]) for each in held], organisation.id, organisation.kind),
    )


def living(tx: Tx, session_ids: Collection[int], *, idle: int) -> set[int]:
    """Which of these sessions still live; the live edge asks every second."""
    if not session_ids:
        return set()
    query: Select[int] = (
        select(SessionRow.id)
        .join(PersonRow, PersonRow.id == SessionRow.person_id)
        .where(SessionRow.id.in_(session_ids), _alive(idle))
    )
    return set(tx.session.scalars(query))


def revoke(tx: Tx, *, person_id: int, session_id: int | None = None, keep: int | None = None) -> None:
    """End sessions of a person: one of them, all, or all but `keep`.

    The one way sessions end before their time. The next request finds no row. Open sockets of this process are
    cut right after the commit, those of others by the live edge's sweep within two seconds.
    """
    if session_id is None:
        # Sign-ins that are half done end as well, and before the sessions: see `half_way.finish`.
        tx.session.execute(delete(HalfSignInRow).where(HalfSignInRow.person_id == person_id))
    query = delete(SessionRow).where(SessionRow.person_id == person_id)
    if session_id is not None:
        query = query.where(SessionRow.id == session_id)
    if keep is not None:
        query = query.where(SessionRow.id != keep)
    ended = frozenset(tx.session.scalars(query.returning(SessionRow.id)))
    if ended:
        publish.revoke(tx, session_ids=ended)


def note_seen(tx: Tx, seen: Mapping[tuple[Any, ...], int]) -> None:
    """Usage flusher: write when sessions were last used."""
    ids = [key[0] for key in seen]
    tx.session.execute(update(SessionRow).where(SessionRow.id.in_(ids)).values(seen_at=tx.now()))


def some_ended(tx: Tx) -> bool:
    """Whether there is anything to forget."""
    ended = select(SessionRow.id).where(SessionRow.ends_at < db_now()).limit(1)
    return tx.session.execute(ended).first() is not None


def forget_ended(tx: Tx) -> None:
    """Housekeeping: rows of sessions past their absolute end."""
    tx.session.execute(delete(SessionRow).where(SessionRow.ends_at < db_now()))

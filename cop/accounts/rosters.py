"""All people and all organisations, for whoever runs the platform: with their state, and a page at a time.

A fixed number of queries whatever there is: two for people, one for who waits, one for organisations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, or_, select, tuple_

from cop.accounts import policy
from cop.accounts.models import OrganisationRow, PersonRow, RegistrationRow, RoleRow
from cop.kernel import paging
from cop.kernel.access import Actor, require
from cop.kernel.db import Tx

PEOPLE_STATES = {
    "": "Everybody",
    "active": "Can sign in",
    "suspended": "Stopped",
    "waiting": "Waiting to be let in",
}
BODY_STATES = {"": "All", "people": "With people", "waiting": "Somebody waits", "replaced": "Replaced"}
WORDS = 6
_POSITION = (str, int)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody with an account, or who waits to be let in (`person_id` is None then). `since`: of that state."""

    name: str
    email: str
    organisation_id: int
    organisation_name: str
    state: str
    since: datetime | None
    person_id: int | None
    roles: tuple[str, ...] = ()

    @property
    def href(self) -> str:
        """Where the admin goes on: the profile, or where somebody decides about them."""
        if self.person_id is None:
            return f"/organisations/{self.organisation_id}/people"
        return f"/people/{self.person_id}"


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation and how many people, admins and waiting it has."""

    id: int
    name: str
    kind: str
    replaced: bool
    people: int
    admins: int
    waiting: int


def _containing(text: str, *columns: Any) -> list[ColumnElement[bool]]:
    """SQL: each word of the text stands in one of the columns."""
    found = []
    for word in text.split()[:WORDS]:
        like = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        found.append(or_(*(column.ilike(like, escape="\\") for column in columns)))
    return found


def _paged(
    tx: Tx, query: Select[Any], name: Any, number: Any, after: str | None
) -> tuple[list[Any], str | None]:
    """A page of rows by name, with the token of the next page. The query has the folded name as `folded`."""
    folded = func.lower(name)
    position = paging.decode(after, _POSITION)
    if position is not None:
        query = query.where(tuple_(folded, number) > tuple_(literal(position[0]), literal(position[1])))
    rows = tx.session.execute(query.order_by(folded, number).limit(paging.PAGE_SIZE + 1)).all()
    shown = list(rows[: paging.PAGE_SIZE])
    more = paging.encode((shown[-1].folded, shown[-1].id)) if len(rows) > len(shown) else None
    return shown, more


def people(
    actor: Actor, *, tx: Tx, text: str = "", state: str = "", after: str | None = None
) -> paging.Page[Account]:
    """People by name, those of one of `PEOPLE_STATES`, with each word of `text` in name, address or organisation."""
    require(policy.can_administer(actor))
    if state == "waiting":
        return _waiting(tx, text, after)
    query = (
        select(
            PersonRow.id,
            PersonRow.name,
            PersonRow.email,
            PersonRow.suspended_at,
            PersonRow.merged_into_id,
            OrganisationRow.id.label("organisation_id"),
            OrganisationRow.name.label("organisation_name"),
            func.lower(PersonRow.name).label("folded"),
        )
        .join(OrganisationRow, OrganisationRow.id == PersonRow.organisation_id)
        .where(*_containing(text, PersonRow.name, PersonRow.email, OrganisationRow.name))
    )
    if state:
        stopped = PersonRow.suspended_at.is_not(None)
        query = query.where(stopped if state == "suspended" else ~stopped)
    rows, older = _paged(tx, query, PersonRow.name, PersonRow.id, after)
    held: dict[int, list[str]] = defaultdict(list)
    ids = [row.id for row in rows]
    of_them = select(RoleRow.person_id, RoleRow.role).where(RoleRow.person_id.in_(ids)).order_by(RoleRow.role)
    for row in tx.session.execute(of_them):
        held[row.person_id].append(row.role)
    found = [
        Account(
            row.name,
            row.email,
            row.organisation_id,
            row.organisation_name,
            "merged" if row.merged_into_id else "suspended" if row.suspended_at else "active",
            row.suspended_at,
            row.id,
            tuple(held[row.id]),
        )
        for row in rows
    ]
    return paging.Page(found, older)


def _waiting(tx: Tx, text: str, after: str | None) -> paging.Page[Account]:
    query = (
        select(
            RegistrationRow.id,
            RegistrationRow.name,
            RegistrationRow.email,
            RegistrationRow.proved_at,
            OrganisationRow.id.label("organisation_id"),
            OrganisationRow.name.label("organisation_name"),
            func.lower(RegistrationRow.name).label("folded"),
        )
        .join(OrganisationRow, OrganisationRow.id == RegistrationRow.organisation_id)
        .where(
            RegistrationRow.state == "proved",
            *_containing(text, RegistrationRow.name, RegistrationRow.email, OrganisationRow.name),
        )
    )
    rows, older = _paged(tx, query, RegistrationRow.name, RegistrationRow.id, after)
    found = [
        Account(
            row.name, row.email, row.organisation_id, row.organisation_name, "waiting", row.proved_at, None
        )
        for row in rows
    ]
    return paging.Page(found, older)


def organisations(
    actor: Actor, *, tx: Tx, text: str = "", state: str = "", after: str | None = None
) -> paging.Page[Body]:
    """Organisations by name, those of one of `BODY_STATES`, with each word of `text` in one of their names."""
    require(policy.can_administer(actor))
    active = _counted(PersonRow.organisation_id, PersonRow.suspended_at.is_(None))
    admins = _counted(RoleRow.organisation_id, RoleRow.role == "organisation_admin")
    waiting = _counted(RegistrationRow.organisation_id, RegistrationRow.state == "proved")
    query = select(
        OrganisationRow.id,
        OrganisationRow.name,
        OrganisationRow.kind,
        OrganisationRow.end_date,
        func.lower(OrganisationRow.name).label("folded"),
        active.label("people"),
        admins.label("admins"),
        waiting.label("waiting"),
    ).where(*_containing(text, OrganisationRow.name, OrganisationRow.official_name))
    states: dict[str, ColumnElement[bool]] = {
        "people": active > 0,
        "waiting": waiting > 0,
        "replaced": OrganisationRow.end_date.is_not(None),
    }
    if state:
        query = query.where(states[state])
    rows, older = _paged(tx, query, OrganisationRow.name, OrganisationRow.id, after)
    found: Sequence[Body] = [
        Body(row.id, row.name, row.kind, row.end_date is not None, row.people, row.admins, row.waiting)
        for row in rows
    ]
    return paging.Page(found, older)


def _counted(organisation_id: Any, wanted: ColumnElement[bool]) -> Any:
    return (
        select(func.count())
        .where(and_(organisation_id == OrganisationRow.id, wanted))
        .correlate(OrganisationRow)
        .scalar_subquery()
    )

"""Reads about people and organisations. Every public function takes the actor."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, case, exists, false, func, or_, select, true
from sqlalchemy.orm import aliased
from sqlalchemy.sql import ColumnElement

from cop.accounts import acquaintances, policy
from cop.accounts.answering import answers_to
from cop.accounts.functions import FUNCTIONS
from cop.accounts.models import (
    InterestRow,
    MembershipRow,
    OrganisationRow,
    PersonRow,
    RoleRow,
    SessionRow,
    SuccessorRow,
)
from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound

FOUND_MAX = 20
OFFERED_MAX = 200


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation as pages show it."""

    id: int
    kind: str
    name: str
    official_name: str
    gss_code: str | None
    authority_kind: str | None
    region: str | None
    start_date: date | None
    end_date: date | None


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody on a page: who, for which organisation, with which function."""

    id: int
    name: str
    job: str
    function: str
    organisation_id: int
    organisation_name: str
    organisation_kind: str

    @property
    def function_words(self) -> str:
        """The function in words."""
        return FUNCTIONS[self.function]


@dataclass(frozen=True, slots=True)
class Interest:
    """A declared interest."""

    id: int
    text: str
    declared_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile page: the line, the declared interests, and the address only for its owner."""

    line: PersonLine
    email: str | None
    roles: frozenset[str]
    interests: Sequence[Interest]
    interests_declared_at: datetime | None
    suspended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Managed:
    """Somebody as the admin of their organisation sees them."""

    line: PersonLine
    email: str
    roles: frozenset[str]
    suspended_at: datetime | None


def visible_people(actor: Actor) -> ColumnElement[bool]:
    """Predicate: whose profile the actor may see. Officers, board and admins see all; anybody sees themselves.

    Suppliers and community groups see their team colleagues besides, whom the domain of teams names.
    """
    if actor.is_system or policy.can_see_people(actor):
        return true()
    if actor.person_id is None:
        return false()
    known = [PersonRow.id.in_(ids) for ids in acquaintances.known_to(actor)]
    return or_(PersonRow.id == actor.person_id, *known)


def _lines() -> Select[PersonRow, OrganisationRow]:
    return select(PersonRow, OrganisationRow).join(
        OrganisationRow, OrganisationRow.id == PersonRow.organisation_id
    )


def _line(person: PersonRow, organisation: OrganisationRow) -> PersonLine:
    return PersonLine(
        id=person.id,
        name=person.name,
        job=person.job,
        function=person.function,
        organisation_id=organisation.id,
        organisation_name=organisation.name,
        organisation_kind=organisation.kind,
    )


# As columns, and made once: the authors of a page of posts took longer as objects than everything else (measured).
_LINES_BY_ID = (
    select(
        PersonRow.id,
        PersonRow.name,
        PersonRow.job,
        PersonRow.function,
        OrganisationRow.id.label("organisation_id"),
        OrganisationRow.name.label("organisation_name"),
        OrganisationRow.kind.label("organisation_kind"),
    )
    .join(OrganisationRow, OrganisationRow.id == PersonRow.organisation_id)
    .where(PersonRow.id.in_(bindparam("person_ids", expanding=True)))
)


def lines_by_id(actor: Actor, *, tx: Tx, person_ids: Collection[int]) -> dict[int, PersonLine]:
    """Name, organisation and function of people who appear on something the actor may see already.

    Authors and team members are shown with the thing itself (PRODUCT.md: an open team's people are readable), so
    this does not ask `visible_people`; callers pass only ids they got from something visible.
    """
    if not person_ids:
        return {}
    rows: Iterable[Any] = tx.rows(_LINES_BY_ID, {"person_ids": list(set(person_ids))})
    return {row.id: PersonLine(*row) for row in rows}


def seen_lines(actor: Actor, *, tx: Tx, person_ids: Collection[int]) -> dict[int, PersonLine]:
    """The same of those among them whom the actor may see: for ids that somebody else chose, or typed."""
    if not person_ids:
        return {}
    query = _lines().where(PersonRow.id.in_(set(person_ids)), visible_people(actor))
    return {person.id: _line(person, body) for person, body in tx.session.execute(query)}


def ids_of(actor: Actor, *, organisation_id: int) -> Select[int]:
    """Ids of an organisation's people, for sums that name nobody."""
    return select(PersonRow.id).where(PersonRow.organisation_id == organisation_id)


def can_sign_in(actor: Actor, *, person_id: Any) -> ColumnElement[bool]:
    """SQL about a column with ids of people: whether that one still has a way in. Higher domains compose with it."""
    return exists().where(PersonRow.id == person_id, PersonRow.suspended_at.is_(None))


def admin_ids(actor: Actor, *, tx: Tx, organisation_id: int) -> list[int]:
    """Ids of those who are admins of an organisation now and act for it; empty where there are none."""
    return sorted(
        tx.session.scalars(
            select(RoleRow.person_id)
            .join(PersonRow, PersonRow.id == RoleRow.person_id)
            .where(
                RoleRow.role == "organisation_admin",
                RoleRow.organisation_id == organisation_id,
                PersonRow.organisation_id == organisation_id,
                PersonRow.suspended_at.is_(None),
            )
        )
    )


def holder_ids(actor: Actor, *, tx: Tx, role: str) -> list[int]:
    """Ids of those who hold a standing that belongs to no organisation, and can sign in."""
    return sorted(
        tx.session.scalars(
            select(RoleRow.person_id)
            .join(PersonRow, PersonRow.id == RoleRow.person_id)
            .where(RoleRow.role == role, PersonRow.suspended_at.is_(None))
        )
    )


def was_replaced(actor: Actor) -> ColumnElement[bool]:
    """SQL over memberships joined with their organisations: a time that ended at a council which others replaced."""
    return and_(
        MembershipRow.until.is_not(None),
        exists().where(SuccessorRow.predecessor_id == OrganisationRow.id),
    )


def find_people(actor: Actor, *, tx: Tx, text: str, limit: int = FOUND_MAX) -> list[PersonLine]:
    """People whose name or organisation contains the typed words, among those the actor may see.

    Whoever may look people up finds them by the council that became part of theirs, too.
    """
    words = [word for word in text.split() if word][:6]
    if not words:
        return []
    clauses = []
    for word in words:
        like = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        where = [PersonRow.name.ilike(like, escape="\\"), OrganisationRow.name.ilike(like, escape="\\")]
        if policy.can_see_people(actor):
            where.append(PersonRow.id.in_(_formerly_of(like)))
        clauses.append(or_(*where))
    rows = tx.session.execute(
        _lines()
        .where(visible_people(actor), PersonRow.suspended_at.is_(None), *clauses)
        .order_by(func.lower(PersonRow.name), PersonRow.id)
        .limit(limit)
    )
    return [_line(person, organisation) for person, organisation in rows]


def _formerly_of(like: str) -> Select[int]:
    before = aliased(OrganisationRow)
    return (
        select(MembershipRow.person_id)
        .join(before, before.id == MembershipRow.organisation_id)
        .where(
            MembershipRow.until.is_not(None),
            before.name.ilike(like, escape="\\"),
            before.id.in_(select(SuccessorRow.predecessor_id)),
        )
    )


def people_with_function(actor: Actor, *, tx: Tx, function: str, limit: int = FOUND_MAX) -> list[PersonLine]:
    """People whose own function this is, among those the actor may see, by name. One query."""
    rows = tx.session.execute(
        _lines()
        .where(visible_people(actor), PersonRow.suspended_at.is_(None), PersonRow.function == function)
        .order_by(func.lower(PersonRow.name), PersonRow.id)
        .limit(limit)
    )
    return [_line(person, organisation) for person, organisation in rows]


def profile(actor: Actor, *, tx: Tx, person_id: int) -> Profile:
    """One person's profile; NotFound when the actor may not see it, and for an account that lives on in another."""
    row = tx.session.execute(
        _lines().where(PersonRow.id == person_id, PersonRow.merged_into_id.is_(None), visible_people(actor))
    ).first()
    if row is None:
        raise NotFound
    person, organisation = row
    own = actor.person_id == person_id
    interests = tx.session.scalars(
        select(InterestRow)
        .where(InterestRow.person_id == person_id, true() if own else InterestRow.withdrawn_at.is_(None))
        .order_by(InterestRow.id)
    )
    return Profile(
        line=_line(person, organisation),
        email=person.email if own or actor.is_platform_admin else None,
        roles=frozenset(tx.session.scalars(select(RoleRow.role).where(RoleRow.person_id == person_id))),
        interests=[Interest(i.id, i.text, i.declared_at, i.withdrawn_at) for i in interests],
        interests_declared_at=person.interests_declared_at,
        suspended_at=person.suspended_at,
    )


def people_of(actor: Actor, *, tx: Tx, organisation_id: int | None) -> list[PersonLine]:
    """People of an organisation by name, among those the actor may see: whom one can hand something to.

    The first `OFFERED_MAX` of them, and the actor in any case if it is theirs, however late in the alphabet.
    """
    own_first = case((PersonRow.id == actor.person_id, 0), else_=1)
    rows = tx.session.execute(
        _lines()
        .where(_belongs_to(actor, organisation_id))
        .order_by(own_first, func.lower(PersonRow.name), PersonRow.id)
        .limit(OFFERED_MAX)
    )
    found = [_line(person, organisation) for person, organisation in rows]
    return sorted(found, key=lambda line: (line.name.casefold(), line.id))


def is_of(actor: Actor, *, tx: Tx, person_id: int, organisation_id: int | None) -> bool:
    """Whether this is one of an organisation's people whom the actor may see, whatever a list had room for."""
    found = select(PersonRow.id).where(PersonRow.id == person_id, _belongs_to(actor, organisation_id))
    return tx.rows(found).first() is not None


def _belongs_to(actor: Actor, organisation_id: int | None) -> ColumnElement[bool]:
    return and_(
        PersonRow.organisation_id == organisation_id,
        PersonRow.suspended_at.is_(None),
        visible_people(actor),
    )


def person_id_by_email(actor: Actor, *, tx: Tx, email: str) -> int | None:
    """Whose address this is, among people the actor may see; used to add somebody to a team."""
    return tx.session.execute(
        select(PersonRow.id).where(
            answers_to(email.strip().lower()), visible_people(actor), PersonRow.suspended_at.is_(None)
        )
    ).scalar_one_or_none()


def platform_admin_ids(actor: Actor, *, tx: Tx) -> list[int]:
    """Who runs the platform, for the program that tells them: ids of people who can sign in."""
    query = select(RoleRow.person_id).join(PersonRow, PersonRow.id == RoleRow.person_id)
    return sorted(
        tx.session.scalars(query.where(RoleRow.role == "platform_admin", PersonRow.suspended_at.is_(None)))
    )


def managed_people(actor: Actor, *, tx: Tx, organisation_id: int) -> list[Managed]:
    """An organisation's people by name, those whose account was stopped included, for whoever manages them."""
    require(policy.can_manage_people(actor, organisation_id))
    may_act = select(MembershipRow.person_id).where(
        MembershipRow.organisation_id == organisation_id, MembershipRow.until.is_(None)
    )
    here = and_(
        or_(PersonRow.organisation_id == organisation_id, PersonRow.id.in_(may_act)),
        PersonRow.merged_into_id.is_(None),
    )
    rows = tx.session.execute(_lines().where(here).order_by(func.lower(PersonRow.name), PersonRow.id)).all()
    held: dict[int, set[str]] = {}
    for row in tx.session.execute(
        select(RoleRow.person_id, RoleRow.role)
        .join(PersonRow, PersonRow.id == RoleRow.person_id)
        .where(here, or_(RoleRow.organisation_id.is_(None), RoleRow.organisation_id == organisation_id))
    ):
        held.setdefault(row.person_id, set()).add(row.role)
    return [
        Managed(
            _line(person, organisation),
            person.email,
            frozenset(held.get(person.id, ())),
            person.suspended_at,
        )
        for person, organisation in rows
    ]


def address_of(actor: Actor, *, tx: Tx, person_id: int) -> str | None:
    """The email address of somebody who can sign in, for the program that writes to them; else one's own."""
    if not actor.is_system and actor.person_id != person_id:
        return None
    return tx.session.scalar(
        select(PersonRow.email).where(PersonRow.id == person_id, PersonRow.suspended_at.is_(None))
    )


def own_addresses(actor: Actor) -> Select[str]:
    """SQL: the addresses that lead to the actor, those of merged accounts too: for what was sent to one of them."""
    return select(PersonRow.email).where(
        or_(PersonRow.id == actor.person_id, PersonRow.merged_into_id == actor.person_id)
    )


def _organisation(row: OrganisationRow) -> Organisation:
    return Organisation(
        id=row.id,
        kind=row.kind,
        name=row.name,
        official_name=row.official_name,
        gss_code=row.gss_code,
        authority_kind=row.authority_kind,
        region=row.region,
        start_date=row.start_date,
        end_date=row.end_date,
    )


def organisation(actor: Actor, *, tx: Tx, organisation_id: int) -> Organisation:
    """One organisation; the register is public. NotFound when there is none."""
    row = tx.session.get(OrganisationRow, organisation_id)
    if row is None:
        raise NotFound
    return _organisation(row)


def organisations_by_gss(actor: Actor, *, tx: Tx, codes: Collection[str]) -> dict[str, Organisation]:
    """Organisations for these codes of the register."""
    rows = tx.session.scalars(select(OrganisationRow).where(OrganisationRow.gss_code.in_(set(codes))))
    return {str(row.gss_code): _organisation(row) for row in rows}


def successors_of(actor: Actor, *, tx: Tx, organisation_id: int) -> list[Organisation]:
    """The councils that took its place, by name; empty for one that still stands."""
    rows = tx.session.scalars(
        select(OrganisationRow)
        .join(SuccessorRow, SuccessorRow.successor_id == OrganisationRow.id)
        .where(SuccessorRow.predecessor_id == organisation_id)
        .order_by(OrganisationRow.name)
    )
    return [_organisation(row) for row in rows]


def predecessors_of(actor: Actor, *, tx: Tx, organisation_id: int) -> list[Organisation]:
    """The councils whose place it took ("formerly part of"), by name."""
    rows = tx.session.scalars(
        select(OrganisationRow)
        .join(SuccessorRow, SuccessorRow.predecessor_id == OrganisationRow.id)
        .where(SuccessorRow.successor_id == organisation_id)
        .order_by(OrganisationRow.name)
    )
    return [_organisation(row) for row in rows]


def other_organisations(actor: Actor, *, tx: Tx, text: str = "", limit: int = 100) -> list[Organisation]:
    """Bodies beside the register (consortia, suppliers, central bodies, community groups) by part of their name."""
    like = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    rows = tx.session.scalars(
        select(OrganisationRow)
        .where(and_(OrganisationRow.gss_code.is_(None), OrganisationRow.name.ilike(like, escape="\\")))
        .order_by(OrganisationRow.name, OrganisationRow.id)
        .limit(limit)
    )
    return [_organisation(row) for row in rows]


def own_session_count(actor: Actor, *, tx: Tx) -> int:
    """How many browsers the actor is signed in on."""
    return tx.session.execute(
        select(func.count()).select_from(SessionRow).where(SessionRow.person_id == actor.person_id)
    ).scalar_one()

"""For whom somebody acts: dated memberships, of which one at a time is acted for, chosen by the person themselves.

`person.organisation_id` says which, so there can never be two. It always names a current membership, unless the
account was stopped: every change here holds the person's row first.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, or_, select

from cop.accounts import events, lineage, policy, queries, service, sessions
from cop.accounts.models import MembershipRow, OrganisationRow, PersonRow, RoleRow
from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Invalid, NotFound
from cop.kernel.events import record
from cop.live import publish


@dataclass(frozen=True, slots=True)
class Membership:
    """One time of somebody with an organisation; `acted_for` is true for the one that counts now."""

    organisation_id: int
    organisation_name: str
    kind: str
    since: datetime
    until: datetime | None
    acted_for: bool


def own(actor: Actor, *, tx: Tx) -> list[Membership]:
    """The actor's own memberships, those that last first, then the latest to end."""
    rows = tx.session.execute(
        select(MembershipRow, OrganisationRow.name, OrganisationRow.kind)
        .join(OrganisationRow, OrganisationRow.id == MembershipRow.organisation_id)
        .where(MembershipRow.person_id == actor.person_id)
        .order_by(MembershipRow.since, MembershipRow.id)
    )
    found = [
        Membership(
            row.organisation_id,
            name,
            kind,
            row.since,
            row.until,
            row.until is None and row.organisation_id == actor.organisation_id,
        )
        for row, name, kind in rows
    ]
    lasting = [each for each in found if each.until is None]
    return lasting + [each for each in reversed(found) if each.until is not None]


def times(actor: Actor) -> Select[*tuple[Any, ...]]:
    """SQL: from when to when which person acted for which organisation; higher domains compose with it.

    Whoever may act for two now counts for the one they do act for. Of the past that is not kept, so all times count.
    """
    return (
        select(
            MembershipRow.person_id, MembershipRow.organisation_id, MembershipRow.since, MembershipRow.until
        )
        .join(PersonRow, PersonRow.id == MembershipRow.person_id)
        .where(
            or_(
                MembershipRow.until.is_not(None),
                MembershipRow.organisation_id == PersonRow.organisation_id,
            )
        )
    )


def formerly(actor: Actor, *, tx: Tx, person_ids: Collection[int]) -> dict[int, list[lineage.Named]]:
    """For which councils that were replaced these people acted, for whoever may look people up. One query.

    No other times of somebody's are shown to others: whom they worked for before is theirs to tell.
    """
    if not person_ids or not policy.can_see_people(actor):
        return {}
    rows = tx.session.execute(
        select(MembershipRow.person_id, OrganisationRow.id, OrganisationRow.name)
        .join(OrganisationRow, OrganisationRow.id == MembershipRow.organisation_id)
        .where(MembershipRow.person_id.in_(set(person_ids)), queries.was_replaced(actor))
        .order_by(MembershipRow.until.desc(), MembershipRow.id.desc())
    )
    found: dict[int, list[lineage.Named]] = {}
    for row in rows:
        named = lineage.Named(row.id, row.name)
        if named not in (known := found.setdefault(row.person_id, [])):
            known.append(named)
    return found


def give(actor: Actor, *, tx: Tx, email: str, organisation_id: int) -> int:
    """Let somebody who has an account act for an organisation as well, once they choose to. Returns who it is."""
    require(policy.can_manage_people(actor, organisation_id))
    person_id = queries.person_id_by_email(actor, tx=tx, email=email)
    if person_id is None:
        raise Invalid("Nobody with this address has an account. Ask them to create one first", "email")
    _locked(tx, person_id)
    if _current(tx, person_id, organisation_id) is not None:
        raise Invalid("They can act for this organisation already", "email")
    tx.session.add(MembershipRow(person_id=person_id, organisation_id=organisation_id, since=tx.now()))
    tx.session.flush()
    record(tx, actor, events.MembershipGiven(person_id, organisation_id))
    return person_id


def switch(actor: Actor, *, tx: Tx, organisation_id: int) -> None:
    """Act for another of one's organisations from now on, in every browser; open sockets are asked again."""
    person = _locked(tx, actor.person_id or 0)
    if _current(tx, person.id, organisation_id) is None:
        raise Invalid("Choose one of your organisations", "organisation")
    before = person.organisation_id
    if before == organisation_id and not person.chooses_organisation:
        raise Invalid("You act for this organisation already", "organisation")
    person.organisation_id, person.chooses_organisation = organisation_id, False
    record(tx, actor, events.OrganisationSwitched(person.id, before, organisation_id))
    publish.recheck(tx, person_id=person.id)


def must_choose(actor: Actor, *, tx: Tx) -> bool:
    """Whether the actor still has to say for whom they act: two accounts of theirs, each with its own, became one."""
    waits = select(PersonRow.id).where(
        PersonRow.id == actor.person_id, PersonRow.chooses_organisation.is_(True)
    )
    return tx.session.scalar(waits) is not None


def end(actor: Actor, *, tx: Tx, person_id: int, organisation_id: int) -> bool:
    """Somebody left an organisation: if they acted for it, their sessions end at once. Returns whether the account was
    stopped with it.

    It is when that was their last one; else they act for the one they have had longest from their next sign-in on.
    """
    require(policy.can_manage_people(actor, organisation_id))
    person = _locked(tx, person_id)
    row = _current(tx, person_id, organisation_id)
    if row is None:
        raise NotFound
    service.require_no_other_admin(actor, tx=tx, person_id=person_id)
    row.until = tx.now()
    _no_admin_there(actor, tx, person_id, organisation_id)
    tx.session.flush()
    rest = _all_current(tx, person_id)
    stopped = not rest and person.suspended_at is None
    acts_for = person.organisation_id
    if rest and person.organisation_id == organisation_id:
        acts_for = rest[0].organisation_id
    record(tx, actor, events.MembershipEnded(person_id, organisation_id, acts_for, stopped))
    if len(rest) < 2:
        person.chooses_organisation = False
    if stopped:
        person.organisation_id = organisation_id
        tx.session.flush()
        service.suspend(actor, tx=tx, person_id=person_id)
    else:
        acted, person.organisation_id = person.organisation_id, acts_for
        # Whoever acts for another organisation loses nothing that their sessions have, and is not signed out by an
        # admin who let them in a moment ago.
        if acted == organisation_id:
            sessions.revoke(tx, person_id=person_id)
        else:
            publish.recheck(tx, person_id=person_id)
    return stopped


def is_member(actor: Actor, *, tx: Tx, person_id: int, organisation_id: int) -> bool:
    """Whether somebody can act for an organisation now, for whoever manages its people."""
    require(policy.can_manage_people(actor, organisation_id))
    return _current(tx, person_id, organisation_id) is not None


def successors(actor: Actor, *, tx: Tx) -> list[queries.Organisation]:
    """The councils to choose from, when the one that the actor acts for was replaced; else none."""
    if actor.organisation_id is None:
        return []
    present = queries.organisation(actor, tx=tx, organisation_id=actor.organisation_id)
    if present.end_date is None or present.end_date >= tx.now().date():
        return []
    return queries.successors_of(actor, tx=tx, organisation_id=actor.organisation_id)


def choose_successor(actor: Actor, *, tx: Tx, organisation_id: int) -> None:
    """Go on at one of the councils that took the place of one's own, from the day it did."""
    person = _locked(tx, actor.person_id or 0)
    offered = {body.id: body for body in successors(actor, tx=tx)}
    before = person.organisation_id
    if organisation_id not in offered or before != actor.organisation_id:
        raise Invalid("Choose the council you work for now", "organisation")
    old = _current(tx, person.id, before)
    if old is None:
        raise Conflict("You do not act for this council any more.")
    vesting = _vesting_day(actor, tx, before, offered[organisation_id])
    # An account that was made after the day ends on the day it was made.
    old.until = max(old.since, vesting)
    if _current(tx, person.id, organisation_id) is None:
        tx.session.add(MembershipRow(person_id=person.id, organisation_id=organisation_id, since=vesting))
    _no_admin_there(actor, tx, person.id, before)
    person.organisation_id = organisation_id
    record(tx, actor, events.SuccessorChosen(person.id, before, organisation_id))
    publish.recheck(tx, person_id=person.id)


def _vesting_day(actor: Actor, tx: Tx, before: int, after: queries.Organisation) -> datetime:
    """Midnight of the day after the old council's last one."""
    ended = queries.organisation(actor, tx=tx, organisation_id=before).end_date
    day = ended + timedelta(days=1) if ended is not None else after.start_date
    return datetime.combine(day or tx.now().date(), time(), UTC)


def _no_admin_there(actor: Actor, tx: Tx, person_id: int, organisation_id: int) -> None:
    held = select(RoleRow.role).where(
        RoleRow.person_id == person_id, RoleRow.organisation_id == organisation_id
    )
    if tx.session.execute(held).first() is not None:
        service.take_role(actor, tx=tx, person_id=person_id, role="organisation_admin")


def _locked(tx: Tx, person_id: int) -> PersonRow:
    person = tx.session.get(PersonRow, person_id, with_for_update=True, populate_existing=True)
    if person is None:
        raise NotFound
    return person


def _current(tx: Tx, person_id: int, organisation_id: int) -> MembershipRow | None:
    return tx.session.scalars(
        select(MembershipRow).where(
            MembershipRow.person_id == person_id,
            MembershipRow.organisation_id == organisation_id,
            MembershipRow.until.is_(None),
        )
    ).first()


def _all_current(tx: Tx, person_id: int) -> Sequence[MembershipRow]:
    return tx.session.scalars(
        select(MembershipRow)
        .where(MembershipRow.person_id == person_id, MembershipRow.until.is_(None))
        .order_by(MembershipRow.since, MembershipRow.id)
    ).all()

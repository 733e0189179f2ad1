"""The board: who is on it and was, appointed by a platform admin from officers. Readable by everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from cop.accounts import policy
from cop.accounts.models import BoardPlaceRow, OrganisationRow, PersonRow
from cop.kernel.access import OFFICER_KINDS, Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid


@dataclass(frozen=True, slots=True)
class Place:
    """Somebody's time on the board, for the organisation they acted for when they were appointed."""

    person_id: int
    name: str
    organisation_id: int
    organisation_name: str
    since: datetime
    until: datetime | None


def listed(actor: Actor, *, tx: Tx) -> list[Place]:
    """Everybody who is or was on the board, those who are first, then the latest to leave."""
    rows = tx.session.execute(
        select(BoardPlaceRow, PersonRow.name, OrganisationRow.name)
        .join(PersonRow, PersonRow.id == BoardPlaceRow.person_id)
        .join(OrganisationRow, OrganisationRow.id == BoardPlaceRow.organisation_id)
        .order_by(BoardPlaceRow.since, BoardPlaceRow.id)
    )
    places = [
        Place(row.person_id, name, row.organisation_id, body, row.since, row.until)
        for row, name, body in rows
    ]
    present = sorted((each for each in places if each.until is None), key=lambda each: each.name.casefold())
    return present + [each for each in reversed(places) if each.until is not None]


def appoint(actor: Actor, *, tx: Tx, person_id: int, organisation_id: int) -> None:
    """Note that somebody is on the board from now on. The event is that of the role."""
    require(policy.can_administer(actor))
    kind = tx.session.scalar(select(OrganisationRow.kind).where(OrganisationRow.id == organisation_id))
    if kind not in OFFICER_KINDS:
        raise Invalid(
            "Only somebody who acts for a council, a consortium or a central body can be on the board.",
            "roles",
        )
    current = select(BoardPlaceRow.id).where(
        BoardPlaceRow.person_id == person_id, BoardPlaceRow.until.is_(None)
    )
    if tx.session.execute(current).first() is None:
        tx.session.add(BoardPlaceRow(person_id=person_id, organisation_id=organisation_id, since=tx.now()))


def end(actor: Actor, *, tx: Tx, person_id: int) -> None:
    """Note that somebody's time on the board is over; the record stays."""
    tx.session.execute(
        update(BoardPlaceRow)
        .where(BoardPlaceRow.person_id == person_id, BoardPlaceRow.until.is_(None))
        .values(until=tx.now())
    )

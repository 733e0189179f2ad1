"""Who hears when a document is superseded or withdrawn: people who follow it, and addresses left without an account.

An address is proved by a link before anything else is sent to it, is told once, and is deleted then. What somebody is
told is read anew when the mail is written: of what is no longer public it says nothing. Nothing here tells a stranger
whether an address is on the list.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy import ColumnElement, CursorResult, and_, case, delete, exists, select, update

from cop.kernel.access import ANONYMOUS, SYSTEM, Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Gone, NotFound
from cop.kernel.events import record
from cop.kernel.ids import LARGEST_ID, new_token
from cop.library import events, policy, queries
from cop.library.models import AddressToTellRow, AssetRow, FollowerRow
from cop.mail import links
from cop.mail import service as mail
from cop.notifications import service as notices
from cop.notifications.kinds import Described

PROVE, TELL = "asset_prove", "asset_changed"
"""Purposes of the two mails an address can be sent."""
KIND = "asset_changed"
PROVE_WITHIN = timedelta(days=3)
BATCH = 200

# What there is to be told of: the number of the current version, and beyond all numbers that it was withdrawn.
_NEWS = case((AssetRow.status == "withdrawn", LARGEST_ID), else_=AssetRow.version)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An address that was left, as its mails and pages need it; never shown to anybody else."""

    id: int
    email: str
    key: str
    proved: bool
    asset_id: int
    title: str
    version: int
    withdrawn: bool
    reason: str


def _public(actor: Actor = ANONYMOUS) -> ColumnElement[bool]:
    return policy.visible_to(actor)


def ask(actor: Actor, *, tx: Tx, asset_id: int, email: str) -> None:
    """Leave an address to be told. The answer and the work are the same whether it is on the list already."""
    asset = tx.session.scalar(
        select(AssetRow).where(AssetRow.id == asset_id, _public(), AssetRow.status == "published")
    )
    if asset is None:
        raise NotFound
    email = email.strip().lower()
    row = tx.session.scalars(
        select(AddressToTellRow).where(AddressToTellRow.asset_id == asset_id, AddressToTellRow.email == email)
    ).first()
    if row is None:
        row = AddressToTellRow(
            asset_id=asset_id, email=email, key=new_token(), asked_at=tx.now(), told_up_to=asset.version
        )
        tx.session.add(row)
    if row.proved_at is None:
        row.asked_at = tx.now()
    tx.session.flush()
    links.withdraw(tx, purpose=PROVE, subject_id=row.id)
    record(tx, actor, events.AddressLeft(asset_id, row.id))
    mail.queue(actor, tx=tx, purpose=PROVE, subject_id=row.id)


def waiting(actor: Actor, *, tx: Tx, address_id: int) -> Waiting | None:
    """An address with its document, unless that is no longer public; for the program that writes to it."""
    require(policy.can_compare(actor))
    row = tx.session.execute(
        select(AddressToTellRow, AssetRow)
        .join(AssetRow, AssetRow.id == AddressToTellRow.asset_id)
        .where(AddressToTellRow.id == address_id, _public())
    ).first()
    if row is None:
        return None
    address, asset = row
    return Waiting(
        address.id,
        address.email,
        address.key,
        address.proved_at is not None,
        asset.id,
        asset.title,
        asset.version,
        asset.status == "withdrawn",
        asset.withdrawn_reason,
    )


def by_link(actor: Actor, *, tx: Tx, token: str) -> Waiting:
    """What the link of the mail is about, without using it up; Gone when there is nothing to be told of any more."""
    found = waiting(SYSTEM, tx=tx, address_id=links.find(tx, token=token, purpose=PROVE).subject_id)
    if found is None:
        raise Gone(links.USED_OR_OLD)
    return found


def prove(actor: Actor, *, tx: Tx, token: str) -> Waiting:
    """Prove an address by the link that was sent to it: it will be told of what happens from now on."""
    link = links.use(actor, tx=tx, token=token, purpose=PROVE)
    found = waiting(SYSTEM, tx=tx, address_id=link.subject_id)
    if found is None or found.withdrawn:
        raise Gone("There is nothing to be told of any more: look at the document’s page.")
    if not found.proved:
        tx.session.execute(
            update(AddressToTellRow)
            .where(AddressToTellRow.id == found.id)
            .values(proved_at=tx.now(), told_up_to=found.version)
        )
        record(tx, actor, events.AddressProved(found.asset_id, found.id))
    return found


def stop(actor: Actor, *, tx: Tx, address_id: int, key: str) -> None:
    """Forget an address by the link of its mail. Whether it was there nobody is told."""
    asset_id = tx.session.scalar(
        delete(AddressToTellRow)
        .where(AddressToTellRow.id == address_id, AddressToTellRow.key == key)
        .returning(AddressToTellRow.asset_id)
    )
    if asset_id is not None:
        links.withdraw(tx, purpose=PROVE, subject_id=address_id)
        links.withdraw(tx, purpose=TELL, subject_id=address_id)
        record(tx, actor, events.AddressForgotten(asset_id, address_id))


def follow(actor: Actor, *, tx: Tx, asset_id: int) -> None:
    """Be told in the inbox when a document one can read is superseded or withdrawn."""
    asset = queries.load(actor, tx=tx, asset_id=asset_id)
    assert actor.person_id is not None
    if is_following(actor, tx=tx, asset_id=asset_id):
        return
    tx.session.add(
        FollowerRow(asset_id=asset.id, person_id=actor.person_id, since=tx.now(), told_up_to=asset.version)
    )
    tx.session.flush()
    record(tx, actor, events.AssetFollowed(asset.id, True))


def unfollow(actor: Actor, *, tx: Tx, asset_id: int) -> None:
    """No longer be told."""
    asset = queries.load(actor, tx=tx, asset_id=asset_id)
    own = FollowerRow.asset_id == asset.id, FollowerRow.person_id == actor.person_id
    tx.session.execute(delete(FollowerRow).where(*own))
    record(tx, actor, events.AssetFollowed(asset.id, False))


def is_following(actor: Actor, *, tx: Tx, asset_id: int) -> bool:
    """Whether the actor follows it."""
    own = FollowerRow.asset_id == asset_id, FollowerRow.person_id == actor.person_id
    return actor.signed_in and tx.session.execute(select(exists().where(*own))).scalar_one()


def tell_some(actor: Actor, *, tx: Tx, asset_id: int) -> bool:
    """Tell some of those who have not heard of what is true of this document now; False when all have.

    Who was told is noted in the same transaction, so a worker that is killed tells nobody twice.
    """
    require(policy.can_compare(actor))
    news = tx.session.scalar(select(_NEWS).where(AssetRow.id == asset_id, AssetRow.status != "draft"))
    if news is None:
        return False
    people = tx.session.scalars(
        select(FollowerRow.person_id)
        .where(FollowerRow.asset_id == asset_id, FollowerRow.told_up_to < news)
        .order_by(FollowerRow.person_id)
        .limit(BATCH)
    ).all()
    if people:
        tx.session.execute(
            update(FollowerRow)
            .where(FollowerRow.asset_id == asset_id, FollowerRow.person_id.in_(people))
            .values(told_up_to=news)
        )
        notices.tell(actor, tx=tx, kind=KIND, subject_id=asset_id, person_ids=people)
    addresses = tx.session.scalars(
        select(AddressToTellRow.id)
        .where(
            AddressToTellRow.asset_id == asset_id,
            AddressToTellRow.proved_at.is_not(None),
            AddressToTellRow.mail_id.is_(None),
            AddressToTellRow.told_up_to < news,
        )
        .order_by(AddressToTellRow.id)
        .limit(BATCH)
        .with_for_update()
    ).all()
    for address_id in addresses:
        mail_id = mail.queue(actor, tx=tx, purpose=TELL, subject_id=address_id)
        tx.session.execute(
            update(AddressToTellRow).where(AddressToTellRow.id == address_id).values(mail_id=mail_id)
        )
    return bool(people or addresses)


def told(tx: Tx, address_id: int) -> None:
    """The one mail went out, or had nothing to say: the address is forgotten together with marking the mail."""
    asset_id = tx.session.scalar(
        delete(AddressToTellRow).where(AddressToTellRow.id == address_id).returning(AddressToTellRow.asset_id)
    )
    if asset_id is not None:
        record(tx, SYSTEM, events.AddressForgotten(asset_id, address_id))


def forget_unproved(actor: Actor, *, tx: Tx) -> int:
    """Housekeeping: addresses that nobody proved in time."""
    require(policy.can_compare(actor))
    old = and_(AddressToTellRow.proved_at.is_(None), AddressToTellRow.asked_at < tx.now() - PROVE_WITHIN)
    result = cast(CursorResult[tuple[()]], tx.session.execute(delete(AddressToTellRow).where(old)))
    return result.rowcount


def some_unproved(actor: Actor, *, tx: Tx) -> bool:
    """Whether there is anything to forget."""
    old = and_(AddressToTellRow.proved_at.is_(None), AddressToTellRow.asked_at < tx.now() - PROVE_WITHIN)
    return tx.session.execute(select(exists().where(old))).scalar_one()


def describe(actor: Actor, tx: Tx, ids: Collection[int]) -> Mapping[int, Described]:
    """Notices in words, of what the reader may still read. Titles of what is not public stay out of emails."""
    rows = tx.session.scalars(
        select(AssetRow).where(
            AssetRow.id.in_(ids), AssetRow.status.in_(policy.OUT), policy.visible_to(actor)
        )
    ).all()
    found = {}
    for row in rows:
        named = f"“{row.title}”"
        outside = named if row.audience == "public" else "a document you follow"
        if row.status == "withdrawn":
            title, other = f"{named} was withdrawn", f"{outside} was withdrawn"
        else:
            title = f"Version {row.version} of {named} has replaced the one before"
            other = f"A new version of {outside}"
        found[row.id] = Described(title, f"/library/{row.id}", "", f"{other[0].upper()}{other[1:]}")
    return found

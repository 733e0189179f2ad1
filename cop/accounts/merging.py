"""Two accounts of one person become one: an admin asks, the readers of both addresses say yes, the admin completes it.

The letters go to the addresses of both accounts, and a button in each is the proof; nobody proves anything for anybody
else, and no proof counts for another pair. What is carried over is said in `uniting` and `one_person`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from cop.accounts import events, one_person, policy, queries, second_step, service, uniting
from cop.accounts.models import (
    MembershipRow,
    MergeRow,
    OrganisationRow,
    PersonRow,
    RoleRow,
    SessionRow,
)
from cop.accounts.one_person import FACTS, Fact, Merged
from cop.accounts.queries import PersonLine
from cop.files import service as files
from cop.kernel.access import SYSTEM, Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from cop.kernel.events import record
from cop.live import publish
from cop.mail import links
from cop.mail import service as mail

PROVE_KEPT, PROVE_CLOSED = "merge_prove_kept", "merge_prove_closed"
DONE_KEPT, DONE_CLOSED = "merge_done_kept", "merge_done_closed"
"""Purposes of the mails about a merge: to the address of the account that stays, and of the one that is closed."""
PROVES = (PROVE_KEPT, PROVE_CLOSED)
CANDIDATES = 20
COUNTS = timedelta(days=30)
"""So long the answers count: an address can change hands."""


@dataclass(frozen=True, slots=True)
class Account:
    """What an admin sees of an account before it is merged: what it is and how much there is of it, no content."""

    line: PersonLine
    email: str
    organisations: Sequence[str]
    roles: frozenset[str]
    created_at: datetime
    seen_at: datetime | None
    second_step: bool
    stopped: bool
    facts: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Merge:
    """A merge as the admin's page and the letters show it."""

    id: int
    kept_id: int
    closed_id: int
    state: str
    asked_at: datetime
    kept_proved_at: datetime | None
    closed_proved_at: datetime | None
    settled_at: datetime | None
    reason: str

    @property
    def proved(self) -> bool:
        """Whether both addresses were proved."""
        return self.kept_proved_at is not None and self.closed_proved_at is not None


def candidates(actor: Actor, *, tx: Tx, person_id: int, text: str) -> list[PersonLine]:
    """Accounts by part of a name or by a whole address, without the one they may be merged with."""
    require(policy.can_administer(actor))
    found = queries.find_people(actor, tx=tx, text=text, limit=CANDIDATES)
    by_address = queries.person_id_by_email(actor, tx=tx, email=text)
    if by_address is not None and all(line.id != by_address for line in found):
        found += queries.lines_by_id(actor, tx=tx, person_ids=[by_address]).values()
    return [line for line in found if line.id != person_id]


def account(actor: Actor, *, tx: Tx, person_id: int) -> Account:
    """One of two accounts, for an admin to compare."""
    require(policy.can_administer(actor))
    person = tx.session.get(PersonRow, person_id)
    if person is None:
        raise NotFound
    names = tx.session.execute(
        select(OrganisationRow.id, OrganisationRow.name)
        .join(MembershipRow, MembershipRow.organisation_id == OrganisationRow.id)
        .where(MembershipRow.person_id == person_id, MembershipRow.until.is_(None))
        .order_by(OrganisationRow.id != person.organisation_id, OrganisationRow.name)
    )
    return Account(
        line=queries.lines_by_id(actor, tx=tx, person_ids=[person_id])[person_id],
        email=person.email,
        organisations=[row.name for row in names],
        roles=frozenset(tx.session.scalars(select(RoleRow.role).where(RoleRow.person_id == person_id))),
        created_at=person.created_at,
        seen_at=tx.session.scalar(
            select(func.max(SessionRow.seen_at)).where(SessionRow.person_id == person_id)
        ),
        second_step=second_step.in_use(tx, person_id),
        stopped=person.suspended_at is not None,
        facts=sorted(FACTS.items(actor, tx, person_id), key=lambda fact: fact.order),
    )


def ask(actor: Actor, *, tx: Tx, kept_id: int, closed_id: int) -> int:
    """Send both addresses a letter that asks whether both accounts are theirs. Returns the number of the merge."""
    require(policy.can_administer(actor))
    kept, closed = _locked(tx, kept_id, closed_id)
    _check(actor, kept, closed)
    if _open_with(tx, (kept_id, closed_id)) is not None:
        raise Conflict("One of these accounts is about to be merged already. Call that off first.")
    row = MergeRow(
        kept_id=kept_id,
        closed_id=closed_id,
        state="asked",
        asked_by=actor.person_id,
        asked_at=tx.now(),
        reason="",
    )
    tx.session.add(row)
    tx.session.flush()
    record(tx, actor, events.MergeAsked(row.id, kept_id, closed_id))
    for purpose in PROVES:
        mail.queue(actor, tx=tx, purpose=purpose, subject_id=row.id)
    return row.id


def merge(actor: Actor, *, tx: Tx, merge_id: int) -> Merge:
    """One merge, for an admin or for the program that writes about it."""
    require(policy.can_administer(actor))
    row = tx.session.get(MergeRow, merge_id)
    if row is None:
        raise NotFound
    return _shown(row)


def under_way(actor: Actor, *, tx: Tx) -> list[tuple[Merge, str, str]]:
    """Merges that were asked for and are not settled, the oldest first, with the names of both accounts."""
    require(policy.can_administer(actor))
    rows = tx.session.scalars(select(MergeRow).where(MergeRow.state == "asked").order_by(MergeRow.id)).all()
    people = {number for row in rows for number in (row.kept_id, row.closed_id)}
    lines = queries.lines_by_id(actor, tx=tx, person_ids=people)
    return [(_shown(row), lines[row.kept_id].name, lines[row.closed_id].name) for row in rows]


def open_for(actor: Actor, *, tx: Tx, person_ids: Sequence[int]) -> int | None:
    """The number of a merge under way that one of these accounts is part of."""
    require(policy.can_administer(actor))
    found = _open_with(tx, person_ids)
    return found.id if found is not None else None


def by_link(actor: Actor, *, tx: Tx, token: str) -> tuple[Merge, str, str]:
    """What the link of a letter asks: the merge, the reader's own address, and the other one in part."""
    link = links.find(tx, token=token, purpose=PROVES)
    row = tx.session.get(MergeRow, link.subject_id)
    if row is None or row.state != "asked":
        raise Gone(links.USED_OR_OLD)
    own, other = addresses(SYSTEM, tx=tx, merge_id=row.id, kept=link.purpose == PROVE_KEPT)
    return _shown(row), own, other


def addresses(actor: Actor, *, tx: Tx, merge_id: int, kept: bool) -> tuple[str, str]:
    """The address of one of the two accounts, and as much of the other as whoever owns it knows it by."""
    require(policy.can_administer(actor))
    row = tx.session.get_one(MergeRow, merge_id)
    own, other = (row.kept_id, row.closed_id) if kept else (row.closed_id, row.kept_id)
    found = dict(
        tx.session.execute(select(PersonRow.id, PersonRow.email).where(PersonRow.id.in_((own, other)))).all()
    )
    return found[own], in_part(found[other])


def in_part(email: str) -> str:
    """An address as a reader who may not be its owner is shown it: its first letter, and what follows the @."""
    name, _, domain = email.rpartition("@")
    return f"{name[:1]}…@{domain}"


def prove(actor: Actor, *, tx: Tx, token: str) -> None:
    """The reader of one of the two addresses says that both accounts are theirs. The link is used up."""
    link = links.use(actor, tx=tx, token=token, purpose=PROVES)
    row = _held(tx, link.subject_id)
    if row.state != "asked":
        raise Gone(links.USED_OR_OLD)
    if link.purpose == PROVE_KEPT:
        row.kept_proved_at, person_id = tx.now(), row.kept_id
    else:
        row.closed_proved_at, person_id = tx.now(), row.closed_id
    tx.session.flush()
    record(tx, actor, events.MergeProved(row.id, person_id))


def refuse(actor: Actor, *, tx: Tx, token: str) -> None:
    """The reader of one of the two addresses says that the other is not theirs: the accounts stay two."""
    link = links.use(actor, tx=tx, token=token, purpose=PROVES)
    row = _held(tx, link.subject_id)
    if row.state != "asked":
        raise Gone(links.USED_OR_OLD)
    _end(actor, tx, row, by_owner=True)


def call_off(actor: Actor, *, tx: Tx, merge_id: int) -> None:
    """The admin takes it back."""
    require(policy.can_administer(actor))
    row = _held(tx, merge_id)
    if row.state != "asked":
        raise Conflict("This was settled already.")
    _end(actor, tx, row, by_owner=False)


def complete(actor: Actor, *, tx: Tx, merge_id: int, reason: str) -> int:
    """Merge the two, once both addresses were proved. Returns who it is from now on."""
    require(policy.can_administer(actor))
    row = _held(tx, merge_id)
    if row.state != "asked":
        raise Conflict("This was settled already.")
    if not _shown(row).proved:
        raise Invalid("Wait until both addresses have been confirmed", "reason")
    if row.asked_at < tx.now() - COUNTS:
        raise Conflict("The addresses were asked too long ago. Call it off, and ask them again.")
    kept, closed = _locked(tx, row.kept_id, row.closed_id)
    _check(actor, kept, closed)
    row.state, row.reason, row.settled_at, row.settled_by = "done", reason, tx.now(), actor.person_id
    uniting.end_sign_ins(tx, closed=closed, kept=kept)
    for role in tx.session.scalars(select(RoleRow.role).where(RoleRow.person_id == closed.id)).all():
        service.take_role(actor, tx=tx, person_id=closed.id, role=role)
    uniting.unite(tx, closed=closed, kept=kept)
    closed.suspended_at, closed.merged_into_id = tx.now(), kept.id
    tx.session.flush()
    kind = tx.session.scalar(select(OrganisationRow.kind).where(OrganisationRow.id == kept.organisation_id))
    files.pass_on(actor, tx=tx, before=closed.id, after=kept.id)
    one_person.carry_over(actor, tx, Merged(closed.id, kept.id, kind or ""))
    record(tx, actor, events.PersonMerged(row.id, kept.id, closed.id))
    for purpose in (DONE_KEPT, DONE_CLOSED):
        mail.queue(actor, tx=tx, purpose=purpose, subject_id=row.id)
    publish.recheck(tx, person_id=kept.id)
    return kept.id


def _end(actor: Actor, tx: Tx, row: MergeRow, *, by_owner: bool) -> None:
    row.state, row.settled_at, row.settled_by = "called_off", tx.now(), actor.person_id
    tx.session.flush()
    for purpose in PROVES:
        links.withdraw(tx, purpose=purpose, subject_id=row.id)
    record(tx, actor, events.MergeCalledOff(row.id, by_owner))


def _check(actor: Actor, kept: PersonRow, closed: PersonRow) -> None:
    if actor.person_id in (kept.id, closed.id):
        raise Forbidden("You cannot merge your own account. Ask another platform admin.")
    if kept.suspended_at is not None or closed.suspended_at is not None:
        raise Conflict("One of these accounts is stopped. Let it work again first.")


def _locked(tx: Tx, kept_id: int, closed_id: int) -> tuple[PersonRow, PersonRow]:
    """Both rows, locked in the order of their ids so that two who do this at once wait for each other."""
    if kept_id == closed_id:
        raise NotFound
    found = {}
    for number in sorted((kept_id, closed_id)):
        row = tx.session.get(PersonRow, number, with_for_update=True, populate_existing=True)
        if row is None:
            raise NotFound
        found[number] = row
    return found[kept_id], found[closed_id]


def _held(tx: Tx, merge_id: int) -> MergeRow:
    row = tx.session.get(MergeRow, merge_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def _open_with(tx: Tx, person_ids: Sequence[int]) -> MergeRow | None:
    return tx.session.scalars(
        select(MergeRow).where(
            MergeRow.state == "asked",
            or_(MergeRow.kept_id.in_(person_ids), MergeRow.closed_id.in_(person_ids)),
        )
    ).first()


def _shown(row: MergeRow) -> Merge:
    return Merge(
        row.id,
        row.kept_id,
        row.closed_id,
        row.state,
        row.asked_at,
        row.kept_proved_at,
        row.closed_proved_at,
        row.settled_at,
        row.reason,
    )

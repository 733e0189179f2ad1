"""Open items: what somebody on a team still has to do, until it is done or handed to somebody outside.

People write them on the team's list. Higher domains write theirs with `keep`, `settle` and `withdraw`, which know an
item by the thing it stands for: calling them again changes nothing. A team closes when nothing on the list is open.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, select

from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from cop.kernel.events import record
from cop.notifications import service as notices
from cop.teams import events, loading, policy, queries
from cop.teams.limits import OPEN_ITEMS_MAX
from cop.teams.models import MemberRow, OpenItemRow, TeamRow

GIVEN, OWNERLESS = "open_item", "open_item_free"
"""Kinds of notices: an item was given to you; an item of a team you lead lost its owner."""


@dataclass(frozen=True, slots=True)
class Source:
    """The thing of a higher domain an item stands for: "thread", 7. One item for each."""

    kind: str
    id: int


@dataclass(frozen=True, slots=True)
class OpenItem:
    """An item of the list. `href` is empty when it leads nowhere but to the list; `handed_to` says to whom it went."""

    id: int
    team_id: int
    title: str
    href: str
    owner: PersonLine | None
    due: date | None
    state: str
    settled_at: datetime | None
    settled_by: PersonLine | None
    handed_to: str
    handed_note: str
    from_elsewhere: bool


def items(actor: Actor, *, tx: Tx, team_id: int) -> list[OpenItem]:
    """All items of a team the actor may read: open ones by due date, then the others, the last first. Two queries."""
    rows = tx.session.scalars(
        select(OpenItemRow)
        .where(OpenItemRow.team_id == team_id, OpenItemRow.team_id.in_(queries.visible_ids(actor)))
        .order_by(OpenItemRow.id)
    ).all()
    still = sorted((row for row in rows if row.state == "open"), key=_by_due)
    over = [row for row in rows if row.state != "open"]
    over.sort(key=lambda row: (row.settled_at or row.added_at, row.id), reverse=True)
    return _items(actor, tx, [*still, *over])


def _by_due(row: OpenItemRow) -> tuple[bool, date, int]:
    return row.due is None, row.due or date.max, row.id


def _items(actor: Actor, tx: Tx, rows: Collection[OpenItemRow]) -> list[OpenItem]:
    people = {person for row in rows for person in (row.owner_id, row.settled_by) if person is not None}
    lines = accounts.lines_by_id(actor, tx=tx, person_ids=people)
    return [
        OpenItem(
            row.id,
            row.team_id,
            row.title,
            row.href,
            lines.get(row.owner_id or 0),
            row.due,
            row.state,
            row.settled_at,
            lines.get(row.settled_by or 0),
            row.handed_to,
            row.handed_note,
            row.source_kind is not None,
        )
        for row in rows
    ]


def item(actor: Actor, *, tx: Tx, team_id: int, item_id: int) -> OpenItem:
    """One item of a team the actor may read; NotFound otherwise."""
    rows = tx.session.scalars(
        select(OpenItemRow).where(
            OpenItemRow.id == item_id,
            OpenItemRow.team_id == team_id,
            OpenItemRow.team_id.in_(queries.visible_ids(actor)),
        )
    ).all()
    for found in _items(actor, tx, rows):
        return found
    raise NotFound


def _loaded(actor: Actor, tx: Tx, team_id: int, item_id: int) -> tuple[TeamRow, OpenItemRow]:
    team = loading.locked_to_write(actor, tx=tx, team_id=team_id)
    row = tx.session.get(OpenItemRow, item_id, populate_existing=True)
    if row is None or row.team_id != team_id:
        raise NotFound
    return team, row


def _check_owner(team: TeamRow, owner_id: int | None) -> None:
    if owner_id is not None and all(member.person_id != owner_id for member in team.members):
        raise Invalid("Choose somebody who is on the team", "owner")


def add(
    actor: Actor,
    *,
    tx: Tx,
    team_id: int,
    title: str,
    href: str = "",
    owner_id: int | None = None,
    due: date | None = None,
) -> int:
    """Put something on the list: anybody on the team, until it is closed. Returns the item's id."""
    team = loading.locked_to_write(actor, tx=tx, team_id=team_id)
    _check_owner(team, owner_id)
    row = _added(actor, tx, team_id, OpenItemRow(title=title, href=href, owner_id=owner_id, due=due))
    _tell_owner(actor, tx, row)
    return row.id


def _added(actor: Actor, tx: Tx, team_id: int, row: OpenItemRow) -> OpenItemRow:
    counted = select(func.count()).where(OpenItemRow.team_id == team_id, OpenItemRow.state == "open")
    if tx.session.execute(counted).scalar_one() >= OPEN_ITEMS_MAX:
        raise Invalid(f"The list has {OPEN_ITEMS_MAX} open items. Finish or remove some first.", "title")
    row.team_id, row.state = team_id, "open"
    row.added_by, row.added_at = actor.person_id, tx.now()
    row.handed_to = row.handed_note = ""
    tx.session.add(row)
    tx.session.flush()
    record(tx, actor, events.OpenItemAdded(team_id, row.id, row.owner_id))
    return row


def _tell_owner(actor: Actor, tx: Tx, row: OpenItemRow) -> None:
    notices.forget(actor, tx=tx, kind=GIVEN, subject_ids=[row.id])
    if row.owner_id is not None:
        notices.tell(actor, tx=tx, kind=GIVEN, subject_id=row.id, person_ids=[row.owner_id])
        notices.forget(actor, tx=tx, kind=OWNERLESS, subject_ids=[row.id])


def change(
    actor: Actor,
    *,
    tx: Tx,
    team_id: int,
    item_id: int,
    title: str,
    href: str,
    owner_id: int | None,
    due: date | None,
) -> None:
    """Change an open item, or give it to somebody else on the team."""
    team, row = _loaded(actor, tx, team_id, item_id)
    _require_open(row)
    if row.source_kind is not None:
        # What it stands for says what it is called and where it leads.
        title, href = row.title, row.href
    if owner_id != row.owner_id:
        _check_owner(team, owner_id)
    if (row.title, row.href, row.owner_id, row.due) == (title, href, owner_id, due):
        return
    given = owner_id != row.owner_id
    row.title, row.href, row.owner_id, row.due = title, href, owner_id, due
    tx.session.flush()
    record(tx, actor, events.OpenItemChanged(team_id, row.id, owner_id))
    if given:
        _tell_owner(actor, tx, row)


def _require_open(row: OpenItemRow) -> None:
    if row.state != "open":
        raise Conflict("This item is not open any more. Reload the page to see where it stands.")


def finish(actor: Actor, *, tx: Tx, team_id: int, item_id: int) -> None:
    """Mark an item as done. Saying it twice changes nothing."""
    _, row = _loaded(actor, tx, team_id, item_id)
    if row.state == "done":
        return
    _require_open(row)
    _settle(actor, tx, row, "done")
    record(tx, actor, events.OpenItemDone(team_id, row.id))


def _settle(actor: Actor, tx: Tx, row: OpenItemRow, state: str) -> None:
    row.state, row.settled_at, row.settled_by = state, tx.now(), actor.person_id
    tx.session.flush()
    notices.forget(actor, tx=tx, kind=GIVEN, subject_ids=[row.id])
    notices.forget(actor, tx=tx, kind=OWNERLESS, subject_ids=[row.id])


def reopen(actor: Actor, *, tx: Tx, team_id: int, item_id: int) -> None:
    """Open an item again that was done or handed over; without its owner if they have left the team meanwhile."""
    team, row = _loaded(actor, tx, team_id, item_id)
    if row.state == "open":
        return
    if row.state == "handed_over":
        require(policy.can_manage(actor, policy.standing(actor, team)))
    row.state, row.settled_at, row.settled_by = "open", None, None
    row.handed_to = row.handed_note = ""
    if all(member.person_id != row.owner_id for member in team.members):
        row.owner_id = None
    tx.session.flush()
    record(tx, actor, events.OpenItemReopened(team_id, row.id))


def hand_over(actor: Actor, *, tx: Tx, team_id: int, item_id: int, to: str, note: str) -> None:
    """Hand an open item to a person or an organisation outside the team: for the lead and the facilitators."""
    team, row = _loaded(actor, tx, team_id, item_id)
    require(policy.can_manage(actor, policy.standing(actor, team)))
    _require_open(row)
    row.handed_to, row.handed_note = to, note
    _settle(actor, tx, row, "handed_over")
    record(tx, actor, events.OpenItemHandedOver(team_id, row.id))


def lose_owner(actor: Actor, *, tx: Tx, person_id: int, team_id: int | None = None) -> None:
    """Somebody left a team (or with no team named, the house): what they had is free; its leads are told."""
    query = select(OpenItemRow).where(OpenItemRow.owner_id == person_id, OpenItemRow.state == "open")
    if team_id is not None:
        query = query.where(OpenItemRow.team_id == team_id)
    rows = tx.session.scalars(query.order_by(OpenItemRow.id)).all()
    leads = _leads(tx, {row.team_id for row in rows}, but=person_id)
    for row in rows:
        row.owner_id = None
        record(tx, actor, events.OpenItemLostOwner(row.team_id, row.id, person_id))
        notices.forget(actor, tx=tx, kind=GIVEN, subject_ids=[row.id])
        notices.tell(
            actor, tx=tx, kind=OWNERLESS, subject_id=row.id, person_ids=leads.get(row.team_id, set())
        )
    tx.session.flush()


def _leads(tx: Tx, team_ids: Collection[int], *, but: int) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    if not team_ids:
        return found
    rows = tx.session.execute(
        select(MemberRow.team_id, MemberRow.person_id).where(
            MemberRow.team_id.in_(team_ids),
            MemberRow.role == "lead",
            MemberRow.left_at.is_(None),
            MemberRow.person_id != but,
        )
    )
    for row in rows:
        found.setdefault(row.team_id, set()).add(row.person_id)
    return found


# --- For higher domains: their own rules have been asked already, in the same transaction. ---


def keep(
    actor: Actor,
    *,
    tx: Tx,
    team_id: int,
    source: Source,
    title: str,
    href: str,
    owner_id: int | None = None,
    due: date | None = None,
) -> int:
    """Let something of a higher domain stand on its team's list; returns the item's id.

    Calling it again brings title, address and day up to date and never opens again what was settled. An owner who is
    not on the team is left out. Conflict when the team is closed.
    """
    team = _team_of(tx, team_id)
    if all(member.person_id != owner_id for member in team.members):
        owner_id = None
    row = _of(tx, source)
    if row is None:
        made = OpenItemRow(
            title=title, href=href, owner_id=owner_id, due=due, source_kind=source.kind, source_id=source.id
        )
        made = _added(actor, tx, team_id, made)
        _tell_owner(actor, tx, made)
        return made.id
    if (row.team_id, row.title, row.href, row.due) != (team_id, title, href, due):
        row.team_id, row.title, row.href, row.due = team_id, title, href, due
        tx.session.flush()
        record(tx, actor, events.OpenItemChanged(team_id, row.id, row.owner_id))
    return row.id


def settle(actor: Actor, *, tx: Tx, source: Source) -> None:
    """What the item stands for is done. Nothing happens without an open item, so it may be said twice."""
    row = _of(tx, source)
    if row is not None and row.state == "open":
        _settle(actor, tx, row, "done")
        record(tx, actor, events.OpenItemDone(row.team_id, row.id))


def withdraw(actor: Actor, *, tx: Tx, source: Source) -> None:
    """What the item stands for is gone, and so is the item; one that was handed over stays on the record."""
    row = _of(tx, source)
    if row is None or row.state == "handed_over":
        return
    notices.forget(actor, tx=tx, kind=GIVEN, subject_ids=[row.id])
    notices.forget(actor, tx=tx, kind=OWNERLESS, subject_ids=[row.id])
    team_id, item_id = row.team_id, row.id
    tx.session.execute(delete(OpenItemRow).where(OpenItemRow.id == item_id))
    record(tx, actor, events.OpenItemWithdrawn(team_id, item_id))


def _of(tx: Tx, source: Source) -> OpenItemRow | None:
    return tx.session.scalars(
        select(OpenItemRow)
        .where(OpenItemRow.source_kind == source.kind, OpenItemRow.source_id == source.id)
        .execution_options(populate_existing=True)
    ).first()


def _team_of(tx: Tx, team_id: int) -> TeamRow:
    team = loading.any_locked(tx, team_id)
    if team.status == "closed":
        raise Conflict("This team is closed, so nothing can be added to its list.")
    return team


def load(
    actor: Actor,
    *,
    tx: Tx,
    team_id: int,
    title: str,
    owner_id: int | None,
    due: date | None,
    state: str = "open",
    settled_at: datetime | None = None,
    handed_to: str = "",
    handed_note: str = "",
    href: str = "",
) -> int:
    """Put an item in place with a state of its own: for the demonstration and for imports, by the program itself."""
    if not actor.is_system:
        raise Forbidden("Only the program itself can load an item with its history.")
    row = OpenItemRow(title=title, href=href, owner_id=owner_id, due=due)
    row = _added(actor, tx, team_id, row)
    row.state, row.settled_at, row.settled_by = state, settled_at, owner_id if settled_at else None
    row.handed_to, row.handed_note = handed_to, handed_note
    tx.session.flush()
    return row.id

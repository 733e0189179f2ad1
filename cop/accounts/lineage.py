"""What became of organisations: bodies with their successors, and a council with all it grew out of.

What a council published stays its own and is found under each council that took its place (ADR 22). A line can be
longer than one step: Taunton Deane became part of Somerset West and Taunton, and that of Somerset.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, bindparam, func, literal, or_, select
from sqlalchemy.orm import aliased

from cop.accounts import policy
from cop.accounts.models import OrganisationRow, SuccessorRow
from cop.kernel.access import OFFICER_KINDS, Actor
from cop.kernel.clock import utc_now
from cop.kernel.db import Tx
from cop.web.dates import in_london


@dataclass(frozen=True, slots=True)
class Named:
    """An organisation by its name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Body:
    """An organisation as things it did name it; `successors` stand today, and are empty while it stands itself."""

    id: int
    name: str
    kind: str
    successors: tuple[Named, ...] = ()

    @property
    def now(self) -> str:
        """What it is part of today, in words; empty for one that stands."""
        if not self.successors:
            return ""
        names = [each.name for each in self.successors]
        return "now part of " + " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))

    @property
    def words(self) -> str:
        """Name and fate on one line: "Allerdale, now part of Cumberland"."""
        return ", ".join(filter(None, (self.name, self.now)))


def _later() -> Any:
    """SQL: each of some organisations with everything that came after it, at whatever distance."""
    line = (
        select(SuccessorRow.predecessor_id.label("first"), SuccessorRow.successor_id.label("id"))
        .where(SuccessorRow.predecessor_id.in_(bindparam("ids", expanding=True)))
        .cte("later", recursive=True)
    )
    # UNION drops what was met before, so that a register that runs in a circle comes to an end all the same.
    return line.union(
        select(line.c.first, SuccessorRow.successor_id).join(
            SuccessorRow, SuccessorRow.predecessor_id == line.c.id
        )
    )


_AFTER = aliased(OrganisationRow)
_LATER = _later()


def _stands(end_date: Any) -> ColumnElement[bool]:
    return or_(end_date.is_(None), end_date >= bindparam("today", type_=Date()))


# Made once: lists of documents ask it each time, and making it costs more than running it.
_BODIES = (
    select(
        OrganisationRow.id,
        OrganisationRow.name,
        OrganisationRow.kind,
        _AFTER.id.label("after_id"),
        _AFTER.name.label("after_name"),
    )
    .outerjoin(_LATER, and_(_LATER.c.first == OrganisationRow.id, ~_stands(OrganisationRow.end_date)))
    .outerjoin(_AFTER, and_(_AFTER.id == _LATER.c.id, _stands(_AFTER.end_date)))
    .where(OrganisationRow.id.in_(bindparam("ids", expanding=True)))
    .order_by(OrganisationRow.id, _AFTER.name)
)


def bodies(actor: Actor, *, tx: Tx, organisation_ids: Collection[int | None]) -> dict[int, Body]:
    """These organisations, each with what took its place once it ended. One query; none for no organisation.

    Names stand beside the thing itself, so callers pass only ids they got from something visible.
    """
    ids = sorted({number for number in organisation_ids if number is not None})
    if not ids:
        return {}
    found: dict[int, Body] = {}
    for row in tx.rows(_BODIES, {"ids": ids, "today": in_london(utc_now())}):
        before = found.get(row.id, Body(row.id, row.name, row.kind))
        after = (Named(row.after_id, row.after_name),) if row.after_id is not None else ()
        found[row.id] = Body(row.id, row.name, row.kind, (*before.successors, *after))
    return found


def line_of(actor: Actor, *, tx: Tx, organisation_id: int) -> list[Named]:
    """An organisation and all that became part of it, itself first and the others by name; empty when there is none."""
    line = select(literal(organisation_id).label("id")).cte("line", recursive=True)
    line = line.union(select(SuccessorRow.predecessor_id).join(line, SuccessorRow.successor_id == line.c.id))
    rows = tx.session.execute(
        select(OrganisationRow.id, OrganisationRow.name)
        .where(OrganisationRow.id.in_(select(line.c.id)))
        .order_by(func.lower(OrganisationRow.name), OrganisationRow.id)
    )
    found = [Named(row.id, row.name) for row in rows]
    return sorted(found, key=lambda each: each.id != organisation_id)


@dataclass(frozen=True, slots=True)
class Lineage:
    """An organisation to filter by, with all that became part of it: what they published counts as its own, too."""

    body: Body
    line: Sequence[Named]

    @property
    def before(self) -> Sequence[Named]:
        """What became part of it."""
        return self.line[1:]

    @property
    def ids(self) -> list[int]:
        """All of them."""
        return [each.id for each in self.line]


def chosen(actor: Actor, *, tx: Tx, organisation_id: int | None) -> Lineage | None:
    """The organisation of this id, None for one there is not or whose list the actor may not see. Two queries."""
    body = bodies(actor, tx=tx, organisation_ids=[organisation_id]).get(organisation_id or 0)
    if body is None or not policy.can_see_work(actor, body.kind, body.id):
        return None
    return Lineage(body, line_of(actor, tx=tx, organisation_id=body.id))


def search_words(actor: Actor, *, tx: Tx, organisation_id: int | None) -> str:
    """The names under which somebody looks for what an organisation did: its own and those of all that came after.

    They follow the register alone, never the calendar: an index cannot change at midnight. Empty for suppliers and
    community groups, of which there is no list for everybody (`cop.accounts.policy.can_see_work`).
    """
    if organisation_id is None:
        return ""
    row = tx.rows(
        select(OrganisationRow.name, OrganisationRow.kind).where(OrganisationRow.id == organisation_id)
    ).first()
    if row is None or row.kind not in OFFICER_KINDS:
        return ""
    after = tx.rows(
        select(OrganisationRow.name)
        .where(OrganisationRow.id.in_(select(_LATER.c.id)))
        .order_by(OrganisationRow.name),
        {"ids": [organisation_id]},
    )
    return ", ".join(dict.fromkeys((row.name, *(each.name for each in after))))

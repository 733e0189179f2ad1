"""Which account an address leads to: its own, or the one that a closed account was merged into.

An old address only points, it never opens anything: letters go to the address of the account that stays, because the
mailbox of a former post may be read by whoever holds that post now (ADR 18).
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import aliased

from cop.accounts.models import PersonRow
from cop.kernel.access import Actor
from cop.kernel.db import Tx


def answers_to(email: str) -> ColumnElement[bool]:
    """SQL: this person has that address (folded), now or from an account that was merged into theirs."""
    former = aliased(PersonRow)
    into = select(former.merged_into_id).where(former.email == email).scalar_subquery()
    return or_(PersonRow.email == email, PersonRow.id == into)


def former_addresses(email: str) -> Select[str]:
    """SQL: addresses of accounts that were merged into the one that has this address (folded) itself."""
    own, former = aliased(PersonRow), aliased(PersonRow)
    into = select(own.id).where(own.email == email).scalar_subquery()
    return select(former.email).where(former.merged_into_id == into)


def addresses_of(actor: Actor, *, tx: Tx, person_id: int | None) -> set[str]:
    """All addresses that lead to somebody who can sign in: for the program, and for themselves."""
    if person_id is None or not (actor.is_system or actor.person_id == person_id):
        return set()
    here = select(PersonRow.id).where(PersonRow.id == person_id, PersonRow.suspended_at.is_(None))
    if tx.session.scalar(here) is None:
        return set()
    rows = tx.session.scalars(
        select(PersonRow.email).where(or_(PersonRow.id == person_id, PersonRow.merged_into_id == person_id))
    )
    return set(rows)


def lives_on_in(actor: Actor, *, tx: Tx, person_id: int) -> int | None:
    """The account that a closed one was merged into; None for every other."""
    return tx.session.scalar(select(PersonRow.merged_into_id).where(PersonRow.id == person_id))

"""How much may be uploaded: by one person in a day, by one organisation and on the whole server altogether.

Asked in the transaction that adds the file, so it holds whatever page the upload came by; the limits are those of
the process, which sets them when it is wired. Zero means no limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select

from cop.files.checks import FIELD
from cop.files.models import StoredFileRow
from cop.kernel.access import Actor
from cop.kernel.clock import db_before
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid

DAY = 86_400


PeopleOf = Callable[[int], Select[int]]
"""Ids of an organisation's people, which the domain above knows."""


@dataclass(slots=True)
class Quotas:
    """The limits in force, in bytes."""

    person_day: int = 0
    organisation: int = 0
    server: int = 0
    people_of: PeopleOf | None = None

    def set(self, *, person_day: int, organisation: int, server: int, people_of: PeopleOf) -> None:
        """Put these limits in force in this process."""
        self.person_day, self.organisation, self.server = person_day, organisation, server
        self.people_of = people_of


in_force = Quotas()


def check(actor: Actor, *, tx: Tx, size: int, quotas: Quotas = in_force) -> None:
    """Raise `Invalid` for the field `file` when this upload would be one too many. The server itself may always."""
    if actor.is_system:
        return
    row = StoredFileRow
    today = (row.uploaded_by == actor.person_id) & (row.created_at > db_before(DAY))
    if quotas.person_day and _sum(tx, today) + size > quotas.person_day:
        raise Invalid(
            f"You have uploaded as much as one person can in a day ({_mb(quotas.person_day)}). Try again tomorrow.",
            FIELD,
        )
    if quotas.organisation and quotas.people_of and actor.organisation_id is not None:
        of_theirs = row.uploaded_by.in_(quotas.people_of(actor.organisation_id))
        if _sum(tx, of_theirs) + size > quotas.organisation:
            raise Invalid(
                f"Your organisation has used up the {_mb(quotas.organisation)} it has for files. "
                "Ask whoever runs this service for more.",
                FIELD,
            )
    if quotas.server and _sum(tx, row.id > 0) + size > quotas.server:
        raise Invalid("There is no room for more files here. Tell whoever runs this service.", FIELD)


def _sum(tx: Tx, which: ColumnElement[bool]) -> int:
    total = select(func.coalesce(func.sum(StoredFileRow.size), 0)).where(which)
    return int(tx.rows(total).scalar_one())


def _mb(size: int) -> str:
    return f"{size // 1_000_000:,} MB"

"""Moments that services stamp with "now" although the story says earlier: set by plain UPDATEs, here and nowhere else.

The event log is left alone. It is append-only, and truthfully says when the demonstration was loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import Date, Integer, column, insert, select, table, update

from cop.kernel.clock import UtcDateTime
from cop.kernel.db import Tx

Moment = datetime
A_DAY = timedelta(days=1)
# Who is on no team and owns nothing joined long enough ago to have looked around.
LONG_AGO = timedelta(days=120)

_person = table(
    "person",
    column("id", Integer),
    column("created_at", UtcDateTime()),
    column("interests_declared_at", UtcDateTime()),
)
_membership = table(
    "membership",
    column("person_id", Integer),
    column("organisation_id", Integer),
    column("since", UtcDateTime()),
    column("until", UtcDateTime()),
)
_organisation = table("organisation", column("id", Integer), column("end_date", Date()))
_board = table("board_place", column("since", UtcDateTime()))
_interest = table("person_interest", column("person_id", Integer), column("declared_at", UtcDateTime()))


def accounts_are_old(tx: Tx, *, joined: Mapping[int, Moment]) -> None:
    """Let everybody have joined, and declared their interests, when the story says; others long ago."""
    before = tx.now() - LONG_AGO
    declared = _person.c.interests_declared_at.is_not(None)
    tx.session.execute(update(_person).values(created_at=before))
    tx.session.execute(update(_membership).values(since=before))
    tx.session.execute(update(_board).values(since=before))
    tx.session.execute(update(_person).where(declared).values(interests_declared_at=before))
    tx.session.execute(update(_interest).values(declared_at=before))
    for person_id, moment in joined.items():
        this = _person.c.id == person_id
        tx.session.execute(update(_person).where(this).values(created_at=moment))
        tx.session.execute(
            update(_membership).where(_membership.c.person_id == person_id).values(since=moment)
        )
        tx.session.execute(update(_person).where(this, declared).values(interests_declared_at=moment))
        tx.session.execute(
            update(_interest).where(_interest.c.person_id == person_id).values(declared_at=moment)
        )


def acted_before_for(tx: Tx, *, person_id: int, organisation_id: int) -> None:
    """Let somebody have acted for a council that was replaced, until its last day, and for their present one since."""
    ended = tx.session.scalars(
        select(_organisation.c.end_date).where(_organisation.c.id == organisation_id)
    ).one()
    vesting = datetime.combine(ended + A_DAY, time(), UTC)
    own = _membership.c.person_id == person_id
    since = tx.session.scalars(select(_membership.c.since).where(own)).one()
    tx.session.execute(update(_membership).where(own).values(since=vesting))
    past = {"person_id": person_id, "organisation_id": organisation_id, "since": since, "until": vesting}
    tx.session.execute(insert(_membership).values(past))

"""Reminders of review dates: the kind of notice, and the worker's round that sends them."""

from __future__ import annotations

import time
from collections.abc import Callable

from cop.kernel.access import SYSTEM
from cop.kernel.db import Database
from cop.library import reviews
from cop.library.service import REVIEW
from cop.notifications.kinds import KINDS, Kind

EVERY = 600.0
"""Seconds between two rounds. A review date is a day, so nobody notices ten minutes."""
AT_ONCE = 500
"""How many assets one round takes on: a library that was brought in whole does not hold up other chores."""
WHY = "a document you look after is to be reviewed"


def register() -> None:
    """Say what such a notice is about. Every process needs it."""
    KINDS.provide(Kind(REVIEW, reviews.describe, WHY, at_once=True))


def remind(db: Database) -> int:
    """Tell whoever answers for a document once that its review date comes near, and once that it has passed.

    Returns how many documents it was about. Asked by a reader first: an idle worker never takes the writer lock.
    """
    with db.transaction(write=False) as tx:
        due = tx.session.scalars(reviews.to_tell(tx).limit(AT_ONCE)).all()
    for asset_id in due:
        with db.transaction(write=True) as tx:
            reviews.tell_of_review(SYSTEM, tx=tx, asset_id=asset_id)
    return len(due)


def reminding(*, every: float = EVERY) -> Callable[[Database], None]:
    """The chore of the worker, every so many seconds; at once as long as there is more to do."""
    due = time.monotonic()

    def chore(db: Database) -> None:
        nonlocal due
        if time.monotonic() >= due and remind(db) < AT_ONCE:
            due = time.monotonic() + every

    return chore

"""Deliveries: what slow consumers still have to do, drained by the worker.

A consumer is handed a batch outside any transaction, opens its own short ones, and must be idempotent: the rows
are deleted only after it returned, so a crash in between means it sees them again. One that raises is tried
again with back-off and parked, visible to the admin, after `MAX_ATTEMPTS`; its consumer is told in the transaction
that parks it, so that nobody waits for ever for what will not come. `retry` puts parked deliveries back.

Rows per consumer, not a cursor over event ids: on PostgreSQL a lower id can commit after a higher one was read.
"""

from __future__ import annotations

import errno
import json
import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import OperationalError

from cop.kernel.clock import db_now
from cop.kernel.db import Database, Tx
from cop.kernel.events import DeliveryRow, EventRow

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 8
TRIED_OFTEN = MAX_ATTEMPTS // 2
FIRST_RETRY = timedelta(seconds=2)
CLAIM = timedelta(minutes=10)
ERROR_LENGTH = 500
KILLED = "The worker ended each time it tried this."


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one consumer; `attempts` counts the tries before this one."""

    id: int
    consumer: str
    event_id: int
    event_kind: str
    payload: dict[str, Any]
    attempts: int


class TryLater(Exception):
    """What a consumer needs (a mail server) does not answer: its deliveries go back, uncounted, for so many seconds."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"again in {seconds} s")
        self.after = timedelta(seconds=seconds)


Handler = Callable[[Database, Sequence[Delivery]], None]
GivenUp = Callable[[Tx, Delivery], object]


@dataclass(frozen=True, slots=True)
class Consumer:
    """A named handler of deliveries and how many it takes at a time.

    `parked(tx, delivery)` is told when one was given up: it writes what others have to know, and must be quick.
    """

    name: str
    handle: Handler
    batch: int = 100
    parked: GivenUp | None = None


_WAITING = (
    select(
        DeliveryRow.id,
        DeliveryRow.consumer,
        DeliveryRow.event_id,
        EventRow.kind,
        EventRow.payload,
        DeliveryRow.attempts,
    )
    .join(EventRow, EventRow.id == DeliveryRow.event_id)
    .where(DeliveryRow.parked.is_(False), DeliveryRow.not_before <= db_now())
    .order_by(DeliveryRow.id)
)


def _delivery(row: Any) -> Delivery:
    return Delivery(row.id, row.consumer, row.event_id, row.kind, json.loads(row.payload), row.attempts)


def _park_killers(db: Database, consumer: Consumer) -> None:
    """Park what ended the process each time it was tried: it never came back to be counted as failed."""
    with db.transaction(write=False) as tx:
        killers = tx.session.execute(
            _WAITING.where(DeliveryRow.consumer == consumer.name, DeliveryRow.attempts >= MAX_ATTEMPTS)
        ).all()
    for row in killers:
        _park(db, consumer, _delivery(row), None)


def _park(db: Database, consumer: Consumer, delivery: Delivery, error: str | None) -> None:
    """Give a delivery up and tell its consumer, in one transaction.

    A consumer that fails to take the news loses only its say: were the delivery not parked, it would be given up
    again and again, and with it the worker.
    """
    try:
        _parked_with(db, delivery, error, consumer.parked)
    except (OSError, OperationalError):
        raise
    except Exception:
        log.exception("%s failed to hear that delivery %d was given up", consumer.name, delivery.id)
        _parked_with(db, delivery, error, None)


def _parked_with(db: Database, delivery: Delivery, error: str | None, tell: GivenUp | None) -> None:
    with db.transaction(write=True) as tx:
        given_up = tx.session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.id == delivery.id, DeliveryRow.parked.is_(False))
            .values(parked=True, last_error=error or func.coalesce(DeliveryRow.last_error, KILLED))
            .returning(DeliveryRow.id)
        ).first()
        if given_up is not None and tell is not None:
            tell(tx, delivery)


def claim(db: Database, consumer: Consumer) -> list[Delivery]:
    """Take up to a batch of due deliveries; nobody else is given them for `CLAIM`."""
    _park_killers(db, consumer)
    with db.transaction(write=True) as tx:
        rows = tx.session.execute(
            _WAITING.where(DeliveryRow.consumer == consumer.name, DeliveryRow.attempts < MAX_ATTEMPTS)
            .limit(consumer.batch)
            .with_for_update(skip_locked=True, of=DeliveryRow)
        ).all()
        rows = _harmless_together(rows)
        if rows:
            tx.session.execute(
                update(DeliveryRow)
                .where(DeliveryRow.id.in_([row.id for row in rows]))
                .values(not_before=tx.now() + CLAIM, attempts=DeliveryRow.attempts + 1)
            )
    return [_delivery(row) for row in rows]


def _harmless_together(rows: Sequence[Any]) -> Sequence[Any]:
    """The first deliveries that were tried few times; or the first of all alone, when it was tried often.

    The worker may have ended over one of those it was trying. Claimed together to the last, the innocent would be
    counted, and in the end parked, with the one that did it. Alone from the beginning they would take long: the
    search index writes a hundred documents in the time of a few.
    """
    return list(takewhile(lambda row: row.attempts < TRIED_OFTEN, rows)) or rows[:1]


def _done(db: Database, deliveries: Sequence[Delivery]) -> None:
    with db.transaction(write=True) as tx:
        tx.session.execute(delete(DeliveryRow).where(DeliveryRow.id.in_([item.id for item in deliveries])))


def _where(error: Exception) -> str:
    """What failed and where. Not what it said: that may quote a document, and the admin is no reader of content."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if "cop" in Path(frame.filename).parts
    ]
    place = (
        f", {Path(frames[-1].filename).stem}.{frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    )
    return f"{type(error).__name__}{place}. The log says more."


def _failed(db: Database, consumer: Consumer, delivery: Delivery, error: Exception) -> None:
    tries = delivery.attempts + 1
    words = _where(error)[:ERROR_LENGTH]
    if tries >= MAX_ATTEMPTS:
        _park(db, consumer, delivery, words)
        return
    with db.transaction(write=True) as tx:
        tx.session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.id == delivery.id)
            .values(not_before=tx.now() + FIRST_RETRY * (2 ** min(tries - 1, 10)), last_error=words)
        )


_AT_ITS_END = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EROFS,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.EAGAIN,
    }
)


def _of_the_machine(error: Exception) -> bool:
    """Whether the machine is at its end, and not what was to be done: a file that cannot be opened is the row's."""
    return isinstance(error, OSError) and (error.errno is None or error.errno in _AT_ITS_END)


def drain_once(db: Database, consumer: Consumer) -> int:
    """Hand one batch to the consumer and return how many deliveries were claimed.

    When a batch fails, its deliveries are tried one by one, so that one bad row cannot hold up the others. A machine
    at its end (a full disk) is not the row's fault: that is raised, and ends the worker to be started again.
    """
    deliveries = claim(db, consumer)
    if not deliveries:
        return 0
    try:
        consumer.handle(db, deliveries)
        _done(db, deliveries)
    except TryLater as later:
        _release(db, deliveries, later.after)
    except Exception as batch_error:
        if _of_the_machine(batch_error):
            _release_if_it_can_be_written(db, deliveries)
            raise
        log.warning("a batch of %d for %s failed: %s", len(deliveries), consumer.name, _where(batch_error))
        for item in deliveries:
            try:
                consumer.handle(db, [item])
                _done(db, [item])
            except TryLater as later:
                _release(db, [item], later.after)
            except Exception as error:
                if _of_the_machine(error):
                    _release_if_it_can_be_written(db, [item])
                    raise
                log.exception("delivery %d to %s failed", item.id, consumer.name)
                _failed(db, consumer, item, error)
    return len(deliveries)


def _release(db: Database, deliveries: Sequence[Delivery], after: timedelta = FIRST_RETRY) -> None:
    """Give claimed deliveries back, uncounted: the machine failed, not they."""
    with db.transaction(write=True) as tx:
        tx.session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.id.in_([item.id for item in deliveries]))
            .values(not_before=tx.now() + after, attempts=DeliveryRow.attempts - 1)
        )


def _release_if_it_can_be_written(db: Database, deliveries: Sequence[Delivery]) -> None:
    """On a full disk it cannot; then the worker gives them back when it is started again."""
    try:
        _release(db, deliveries)
    except OperationalError:
        log.warning("%d deliveries stay claimed until the worker starts again", len(deliveries))


def release_all_claims(db: Database, consumers: Sequence[Consumer]) -> None:
    """Make every claimed delivery due again: called when the only worker starts, after a crash mid-batch."""
    with db.transaction(write=True) as tx:
        tx.session.execute(
            update(DeliveryRow)
            .where(
                DeliveryRow.consumer.in_([consumer.name for consumer in consumers]),
                DeliveryRow.parked.is_(False),
                DeliveryRow.attempts > 0,
                DeliveryRow.last_error.is_(None),
            )
            .values(not_before=tx.now())
        )


def waiting(db: Database) -> dict[str, tuple[int, int]]:
    """For each consumer: how many deliveries wait, and how many are parked."""
    with db.transaction(write=False) as tx:
        rows = tx.session.execute(
            select(
                DeliveryRow.consumer,
                func.count().filter(DeliveryRow.parked.is_(False)),
                func.count().filter(DeliveryRow.parked.is_(True)),
            ).group_by(DeliveryRow.consumer)
        ).all()
    return {consumer: (due, parked) for consumer, due, parked in rows}


def retry(db: Database, *, delivery_id: int | None = None) -> int:
    """Put parked deliveries back in the queue, all of them or one, with all their tries; return how many."""
    with db.transaction(write=True) as tx:
        query = update(DeliveryRow).where(DeliveryRow.parked.is_(True))
        if delivery_id is not None:
            query = query.where(DeliveryRow.id == delivery_id)
        back = query.values(parked=False, attempts=0, not_before=tx.now(), last_error=None)
        return len(tx.session.execute(back.returning(DeliveryRow.id)).all())


@dataclass(frozen=True, slots=True)
class Failure:
    """A delivery that was given up: what went wrong the last time, when its event happened, how often it was tried."""

    id: int
    consumer: str
    event_id: int
    event_kind: str
    error: str
    since: datetime
    tries: int


def parked(db: Database, limit: int = 50) -> list[Failure]:
    """What the worker gave up on, newest first."""
    with db.transaction(write=False) as tx:
        return given_up(tx, limit=limit)


def given_up(
    tx: Tx, *, before: int | None = None, only: int | None = None, limit: int | None
) -> list[Failure]:
    """What the worker gave up on, newest first: those below a number, or the one of that number. One query."""
    query = (
        select(
            DeliveryRow.id,
            DeliveryRow.consumer,
            DeliveryRow.event_id,
            EventRow.kind,
            DeliveryRow.last_error,
            EventRow.at,
            DeliveryRow.attempts,
        )
        .join(EventRow, EventRow.id == DeliveryRow.event_id)
        .where(DeliveryRow.parked.is_(True))
        .order_by(DeliveryRow.id.desc())
    )
    if before is not None:
        query = query.where(DeliveryRow.id < before)
    if only is not None:
        query = query.where(DeliveryRow.id == only)
    if limit is not None:
        query = query.limit(limit)
    return [
        Failure(row.id, row.consumer, row.event_id, row.kind, row.last_error or "", row.at, row.attempts)
        for row in tx.session.execute(query)
    ]


def put_back(tx: Tx, delivery_id: int) -> bool:
    """Put one parked delivery back in the queue, with all its tries; False when it is not parked."""
    back = (
        update(DeliveryRow)
        .where(DeliveryRow.id == delivery_id, DeliveryRow.parked.is_(True))
        .values(parked=False, attempts=0, not_before=tx.now(), last_error=None)
    )
    return tx.session.execute(back.returning(DeliveryRow.id)).first() is not None


def let_go(tx: Tx, delivery_id: int) -> bool:
    """Delete one parked delivery: it will not be done. False when it is not parked."""
    gone = delete(DeliveryRow).where(DeliveryRow.id == delivery_id, DeliveryRow.parked.is_(True))
    return tx.session.execute(gone.returning(DeliveryRow.id)).first() is not None

"""Deliveries: at least once, retried, parked, given back when the machine fails; and the chain over the event log."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from sqlalchemy import select, text

from cop.kernel import audit, events, outbox
from cop.kernel.access import SYSTEM
from cop.kernel.clock import shifted_for_tests_only
from cop.kernel.db import Database
from cop.kernel.events import DeliveryRow, Event, record, subscribe
from cop.kernel.outbox import MAX_ATTEMPTS, Consumer, Delivery, drain_once
from cop.worker import EXIT_TRY_AGAIN, Worker


@dataclass(frozen=True, slots=True)
class BellRang(Event):
    """Something only the tests know."""

    number: int


@pytest.fixture(autouse=True)
def subscription() -> Iterator[None]:
    subscribe(BellRang, "test")
    yield
    events._subscriptions.pop("BellRang")


def ring(db: Database, *numbers: int) -> None:
    for number in numbers:
        with db.transaction(write=True) as tx:
            record(tx, SYSTEM, BellRang(number))


def collector(seen: list[int]) -> Consumer:
    def handle(db: Database, deliveries: Sequence[Delivery]) -> None:
        seen.extend(item.payload["number"] for item in deliveries)

    return Consumer("test", handle, batch=3)


def waiting(db: Database) -> tuple[int, int]:
    return outbox.waiting(db).get("test", (0, 0))


def test_each_event_is_delivered_in_order_and_then_gone(db: Database) -> None:
    seen: list[int] = []
    ring(db, 1, 2, 3, 4, 5)
    assert waiting(db) == (5, 0)
    while drain_once(db, collector(seen)):
        pass
    assert seen == [1, 2, 3, 4, 5]
    assert waiting(db) == (0, 0)


def test_a_crash_between_work_and_bookkeeping_means_once_more(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    ring(db, 7)

    def crash(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(outbox, "_done", crash)
    with pytest.raises(KeyboardInterrupt):
        drain_once(db, collector(seen))
    monkeypatch.undo()
    assert drain_once(db, collector(seen)) == 0, "it is claimed, so nobody else takes it meanwhile"
    outbox.release_all_claims(db, [collector(seen)])
    assert drain_once(db, collector(seen)) == 1
    assert seen == [7, 7]


def test_one_bad_delivery_holds_up_nobody_and_is_parked_in_the_end(db: Database) -> None:
    seen: list[int] = []

    def handle(database: Database, deliveries: Sequence[Delivery]) -> None:
        for item in deliveries:
            if item.payload["number"] == 2:
                raise ValueError("cannot read this one")
        seen.extend(item.payload["number"] for item in deliveries)

    consumer = Consumer("test", handle, batch=10)
    ring(db, 1, 2, 3)
    drain_once(db, consumer)
    assert seen == [1, 3]
    assert waiting(db) == (1, 0)
    assert drain_once(db, consumer) == 0, "the next try comes after a pause"
    for hours in range(1, MAX_ATTEMPTS):
        with shifted_for_tests_only(hours * 3600):
            assert drain_once(db, consumer) == 1
    assert waiting(db) == (0, 1)
    with shifted_for_tests_only(1000 * 3600):
        assert drain_once(db, consumer) == 0
    with db.transaction(write=False) as tx:
        said = str(tx.session.scalars(select(DeliveryRow.last_error)).one())
    assert said.startswith("ValueError")
    assert "cannot read this one" not in said, (
        "an error may quote a document, and the admin is no reader of content"
    )


def test_one_that_kills_the_worker_each_time_is_parked_too(db: Database) -> None:
    def die(database: Database, deliveries: Sequence[Delivery]) -> None:
        raise KeyboardInterrupt

    ring(db, 1)
    for hours in range(MAX_ATTEMPTS):
        with shifted_for_tests_only(hours * 3600), pytest.raises(KeyboardInterrupt):
            drain_once(db, Consumer("test", die))
    with shifted_for_tests_only(1000 * 3600):
        assert drain_once(db, Consumer("test", die)) == 0
    assert waiting(db) == (0, 1)
    assert "ended each time" in outbox.parked(db)[0].error


def test_a_full_disk_is_not_the_deliverys_fault(db: Database) -> None:
    def handle(database: Database, deliveries: Sequence[Delivery]) -> None:
        raise OSError(28, "No space left on device")

    ring(db, 1)
    with pytest.raises(OSError, match="No space"):
        drain_once(db, Consumer("test", handle))
    seen: list[int] = []
    with shifted_for_tests_only(60):
        drain_once(db, collector(seen))
    assert seen == [1]


def chained(db: Database) -> audit.Audit:
    while audit.extend_chain(db):
        pass
    with db.transaction(write=False) as tx:
        return audit.verify(tx)


def test_the_chain_is_whole_and_says_what_is_not_chained_yet(db: Database) -> None:
    ring(db, *range(5))
    assert chained(db) == audit.Audit(5, None, 0)
    ring(db, 9)
    with db.transaction(write=False) as tx:
        assert audit.verify(tx) == audit.Audit(5, None, 1)


def test_what_became_visible_late_is_chained(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "LATE", 2)
    ring(db, *range(6))
    chained(db)
    _as_owner(db, "DELETE FROM event_link WHERE position = (SELECT max(position) FROM event_link)")
    assert chained(db) == audit.Audit(6, None, 0)
    # Further back than ever looks every time, only a whole look finds it: the worker's first.
    ring(db, *range(6))
    with db.transaction(write=True) as tx:
        tx.session.execute(
            text(
                "INSERT INTO event_link (position, event_id, digest) "
                "SELECT (SELECT max(position) FROM event_link) + 1, max(id), '' FROM event"
            )
        )
    assert audit.extend_chain(db) == 1
    assert audit.extend_chain(db) == 0
    assert audit.extend_chain(db, whole=True) == 4


def test_nothing_to_chain_waits_for_no_writer(sqlite_db: Database) -> None:
    ring(sqlite_db, 1)
    chained(sqlite_db)
    added: list[int] = []
    idle = threading.Thread(target=lambda: added.append(audit.extend_chain(sqlite_db)), daemon=True)
    with sqlite_db.transaction(write=True):
        idle.start()
        idle.join(5)
        assert added == [0]


def test_a_thread_that_fails_ends_the_worker(sqlite_db: Database, caplog: pytest.LogCaptureFixture) -> None:
    def broken(database: Database) -> None:
        raise ZeroDivisionError("a fault of ours")

    worker = Worker(sqlite_db, consumers=[], chores=[broken])
    assert worker.run() == EXIT_TRY_AGAIN
    assert "a fault of ours" in caplog.text


def _as_owner(db: Database, *statements: str) -> None:
    """What somebody who holds the database could do: take the triggers away first."""
    with db.transaction(write=True) as tx:
        if db.is_sqlite:
            tx.session.execute(text("DROP TRIGGER event_never_updated"))
            tx.session.execute(text("DROP TRIGGER event_never_deleted"))
        else:
            tx.session.execute(text("ALTER TABLE event DISABLE TRIGGER event_append_only"))
        for statement in statements:
            tx.session.execute(text(statement))


TAMPERING: dict[str, tuple[str, ...]] = {
    "payload": ("UPDATE event SET payload = '{}' WHERE id = (SELECT min(id) + 2 FROM event)",),
    "actor": ("UPDATE event SET person_id = 1 WHERE id = (SELECT min(id) + 2 FROM event)",),
    "kind": ("UPDATE event SET kind = 'Other' WHERE id = (SELECT min(id) + 2 FROM event)",),
    "link": (
        "DELETE FROM delivery",
        "DELETE FROM event_link WHERE position = 3",
    ),
}


@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_breaks_the_chain(db: Database, how: str) -> None:
    ring(db, *range(5))
    assert chained(db).broken_at is None
    _as_owner(db, *TAMPERING[how])
    with db.transaction(write=False) as tx:
        result = audit.verify(tx)
    assert result.broken_at is not None
    assert result.checked == 2


def test_nobody_subscribed_means_no_delivery(db: Database) -> None:
    @dataclass(frozen=True, slots=True)
    class NobodyCares(Event):
        number: int

    with db.transaction(write=True) as tx:
        record(tx, SYSTEM, NobodyCares(1))
    assert outbox.waiting(db) == {}

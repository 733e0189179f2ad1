"""Deliveries: at least once, retried, parked, given back when the machine fails; and the chain over the event log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text

from cop.cli import main
from cop.kernel import audit, events, outbox
from cop.kernel.access import SYSTEM
from cop.kernel.clock import shifted_for_tests_only
from cop.kernel.db import Database, Tx
from cop.kernel.events import DeliveryRow, Event, record, subscribe
from cop.kernel.outbox import MAX_ATTEMPTS, Consumer, Delivery, drain_once
from cop.worker import EXIT_TRY_AGAIN, Worker
from tests.conftest import SECRET


@dataclass(frozen=True, slots=True)
class BellRang(Event):
    """Something only the tests know."""

    number: int


@dataclass(frozen=True, slots=True)
class ClapperFell(Event):
    """What a consumer records when it hears that a delivery was given up."""

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


def exhaust(db: Database, consumer: Consumer) -> None:
    """Try until nothing is left that waits."""
    for hours in range(MAX_ATTEMPTS):
        with shifted_for_tests_only(hours * 3600):
            while drain_once(db, consumer):
                pass


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


def test_the_innocent_are_not_parked_with_the_one_that_kills_the_worker(db: Database) -> None:
    seen: list[int] = []

    def handle(database: Database, deliveries: Sequence[Delivery]) -> None:
        numbers = [item.payload["number"] for item in deliveries]
        if 3 in numbers:
            raise KeyboardInterrupt
        seen.extend(numbers)

    consumer = Consumer("test", handle, batch=10)
    ring(db, 1, 2, 3, 4, 5)
    for hours in range(4 * MAX_ATTEMPTS):
        with shifted_for_tests_only(hours * 3600), suppress(KeyboardInterrupt):
            while drain_once(db, consumer):
                pass
    assert sorted(seen) == [1, 2, 4, 5]
    assert waiting(db) == (0, 1)


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


def test_a_file_that_cannot_be_opened_is_the_deliverys_fault(db: Database) -> None:
    seen: list[int] = []

    def handle(database: Database, deliveries: Sequence[Delivery]) -> None:
        numbers = [item.payload["number"] for item in deliveries]
        if 2 in numbers:
            raise PermissionError(13, "Permission denied")
        seen.extend(numbers)

    ring(db, 1, 2, 3)
    exhaust(db, Consumer("test", handle))
    assert sorted(seen) == [1, 3]
    assert waiting(db) == (0, 1)


def test_whoever_parks_tells_the_consumer_in_the_same_transaction(db: Database) -> None:
    told: list[int] = []

    def fail(database: Database, deliveries: Sequence[Delivery]) -> None:
        raise ValueError("never")

    def given_up(tx: Tx, delivery: Delivery) -> None:
        record(tx, SYSTEM, ClapperFell(delivery.payload["number"]))
        told.append(delivery.payload["number"])

    ring(db, 5)
    exhaust(db, Consumer("test", fail, parked=given_up))
    assert told == [5]
    assert waiting(db) == (0, 1)
    with db.transaction(write=False) as tx:
        kinds = tx.session.scalars(select(events.EventRow.kind).order_by(events.EventRow.id)).all()
    assert kinds == ["BellRang", "ClapperFell"]


def test_what_killed_the_worker_is_told_to_the_consumer_too(db: Database) -> None:
    told: list[int] = []

    def die(database: Database, deliveries: Sequence[Delivery]) -> None:
        raise KeyboardInterrupt

    consumer = Consumer("test", die, parked=lambda tx, delivery: told.append(delivery.payload["number"]))
    ring(db, 6)
    for hours in range(MAX_ATTEMPTS):
        with shifted_for_tests_only(hours * 3600), pytest.raises(KeyboardInterrupt):
            drain_once(db, consumer)
    assert told == []
    with shifted_for_tests_only(1000 * 3600):
        assert drain_once(db, consumer) == 0
        assert drain_once(db, consumer) == 0
    assert told == [6]


def test_a_consumer_that_cannot_bear_the_news_holds_up_nobody(db: Database) -> None:
    """What it wrote is taken back; the delivery is parked all the same, or the worker would end on it for ever."""

    def fail(database: Database, deliveries: Sequence[Delivery]) -> None:
        raise ValueError("never")

    def given_up(tx: Tx, delivery: Delivery) -> None:
        record(tx, SYSTEM, ClapperFell(1))
        raise ZeroDivisionError("a fault of ours")

    ring(db, 1)
    exhaust(db, Consumer("test", fail, parked=given_up))
    assert waiting(db) == (0, 1)
    with db.transaction(write=False) as tx:
        assert tx.session.scalars(select(events.EventRow.kind)).all() == ["BellRang"]


def parked_bells(db: Database, *numbers: int) -> None:
    def fail(database: Database, deliveries: Sequence[Delivery]) -> None:
        raise ValueError("never")

    ring(db, *numbers)
    exhaust(db, Consumer("test", fail))


def test_parked_deliveries_are_put_back_all_or_one(db: Database) -> None:
    parked_bells(db, 1, 2, 3)
    newest, *others = outbox.parked(db)
    assert outbox.retry(db, delivery_id=newest.id) == 1
    seen: list[int] = []
    drain_once(db, collector(seen))
    assert seen == [3]
    assert {each.id for each in outbox.parked(db)} == {each.id for each in others}
    assert outbox.retry(db, delivery_id=newest.id) == 0, "it is done"
    assert outbox.retry(db) == 2
    assert outbox.retry(db) == 0
    drain_once(db, collector(seen))
    assert seen == [3, 1, 2]
    assert waiting(db) == (0, 0)


def test_what_was_put_back_has_all_its_tries_again(db: Database) -> None:
    parked_bells(db, 1)
    outbox.retry(db)
    parked_bells(db)
    assert waiting(db) == (0, 1)
    with db.transaction(write=False) as tx:
        assert tx.session.scalars(select(DeliveryRow.attempts)).one() == MAX_ATTEMPTS


@pytest.fixture
def command(db: Database, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Run `cop outbox` on the test's database."""
    env = {
        "COP_VAR": str(tmp_path / "var"),
        "COP_DATABASE_URL": db.url,
        "COP_SECRET": SECRET,
        "COP_PUBLIC_URL": "http://localhost",
    }

    def run(*words: str) -> tuple[int, str]:
        result = CliRunner(env=env).invoke(main, ["outbox", *words])
        return result.exit_code, result.output

    return run


def test_the_command_names_what_is_parked_and_puts_it_back(
    db: Database, command: Callable[..., tuple[int, str]]
) -> None:
    assert command() == (0, "Nothing waits for the worker.\n")
    assert command("retry") == (0, "Nothing is parked.\n")
    parked_bells(db, 1, 2)
    first = min(each.id for each in outbox.parked(db))
    status, said = command()
    assert status == 0
    assert "test: 0 waiting, 2 parked\n" in said
    assert f"  {first}: BellRang for test failed: ValueError, " in said
    assert command("retry", str(first)) == (0, "1 delivery is back in the queue.\n")
    assert waiting(db) == (1, 1)
    status, said = command("retry", str(first))
    assert (status, said) == (
        1,
        f"Error: No parked delivery has the number {first}. cop outbox lists them.\n",
    )
    assert command("retry", str(10**30))[0] == 2
    parked_bells(db, 3)
    assert command("retry") == (0, "3 deliveries are back in the queue.\n")
    assert waiting(db) == (3, 0)


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

"""The worker: drains the outbox, chains the event log, keeps house. One thread per consumer, so that reading a long
document never holds up the search index; one more asks for all of them whether there is anything to do.

It ends with status 75 when a thread of it fails, and is started again by its supervisor: after a full disk Whoosh keeps
its lock, and a fault of ours must not leave half a worker. A delivery that fails is no such thing: the outbox parks it.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Sequence
from types import FrameType

from sqlalchemy import exists, literal, select, union_all
from sqlalchemy.exc import OperationalError

from cop.kernel.audit import extend_chain
from cop.kernel.clock import db_now
from cop.kernel.db import Database
from cop.kernel.events import DeliveryRow
from cop.kernel.outbox import Consumer, drain_once, release_all_claims

log = logging.getLogger(__name__)

POLL_SECONDS = 0.2
CHORES_SECONDS = 5.0
EXIT_TRY_AGAIN = 75
HEARTBEAT = "worker-alive"
"""In COP_VAR: a file whose time says when the worker last kept house, for `cop doctor`."""
Chore = Callable[[Database], object]


class Worker:
    """Runs consumers and chores until it is told to stop."""

    def __init__(self, db: Database, consumers: Sequence[Consumer], chores: Sequence[Chore]) -> None:
        self.db = db
        self.consumers = consumers
        self.chores = chores
        self.stop = threading.Event()
        self.failure: Exception | None = None
        self._called = {consumer.name: threading.Event() for consumer in consumers}

    def run(self) -> int:
        """Work until stopped; return the exit status."""
        self._begin()
        threads = [
            threading.Thread(target=self._guarded, args=(self._consume, consumer), name=consumer.name)
            for consumer in self.consumers
        ]
        threads.append(threading.Thread(target=self._guarded, args=(self._watch,), name="watch"))
        threads.append(threading.Thread(target=self._guarded, args=(self._keep_house,), name="chores"))
        for thread in threads:
            thread.start()
        self.stop.wait()
        for thread in threads:
            thread.join()
        return EXIT_TRY_AGAIN if self.failure else 0

    def _begin(self) -> None:
        """Take back what an earlier worker had claimed; on a full disk wait until that can be written."""
        while not self.stop.is_set():
            try:
                release_all_claims(self.db, self.consumers)
                return
            except OperationalError:
                log.exception("the database takes no writing; the worker waits")
                self.stop.wait(2)

    def drain(self) -> None:
        """Do everything that is due and return: for commands and tests that want the outcome at once."""
        busy = True
        while busy:
            busy = sum(drain_once(self.db, consumer) for consumer in self.consumers) > 0

    def _guarded(self, body: Callable[..., None], *args: object) -> None:
        try:
            body(*args)
        except Exception as error:
            # Whatever it was: a worker that goes on with a thread fewer looks well and does half its work.
            log.exception("the worker ends and should be started again")
            self.failure = error
            self.stop.set()

    def _consume(self, consumer: Consumer) -> None:
        called = self._called[consumer.name]
        while not self.stop.is_set():
            if not called.wait(POLL_SECONDS):
                continue
            called.clear()
            try:
                while not self.stop.is_set() and drain_once(self.db, consumer):
                    pass
            except OperationalError:
                log.exception("the database did not answer; %s waits", consumer.name)
                self.stop.wait(2)

    def _watch(self) -> None:
        """Call whoever has something to do. One read for all: idle, a worker takes no lock and hardly any time."""
        while not self.stop.is_set():
            try:
                for name in self._due():
                    self._called[name].set()
            except OperationalError:
                log.exception("the database did not answer; the worker waits")
                self.stop.wait(2)
            self.stop.wait(POLL_SECONDS)

    def _due(self) -> list[str]:
        # A look along the index for each, however much waits.
        waiting = [
            select(literal(name)).where(
                exists().where(
                    DeliveryRow.consumer == name,
                    DeliveryRow.parked.is_(False),
                    DeliveryRow.not_before <= db_now(),
                )
            )
            for name in self._called
        ]
        with self.db.transaction(write=False) as tx:
            return list(tx.session.scalars(union_all(*waiting))) if waiting else []

    def _keep_house(self) -> None:
        whole = True
        while not self.stop.is_set():
            try:
                while extend_chain(self.db, whole=whole) and not self.stop.is_set():
                    pass
                whole = False
                for chore in self.chores:
                    chore(self.db)
            except OperationalError:
                log.exception("the database did not answer; chores wait")
            self.stop.wait(CHORES_SECONDS)


def run_until_signalled(worker: Worker) -> int:
    """Run in the main thread of a process: SIGINT and SIGTERM stop it between two batches."""

    def stop(number: int, frame: FrameType | None) -> None:
        worker.stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    parent = os.getppid()
    watch = threading.Thread(target=_stop_when_orphaned, args=(worker, parent), daemon=True)
    watch.start()
    return worker.run()


def _stop_when_orphaned(worker: Worker, parent: int) -> None:
    """A supervisor that was killed cannot end its children; they notice by themselves."""
    while not worker.stop.wait(2):
        if os.getppid() != parent:
            worker.stop.set()

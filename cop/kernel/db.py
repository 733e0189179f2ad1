"""The database: one engine for reading, one for writing, and the only place that commits.

SQLite and PostgreSQL alike. On SQLite a reader has `query_only` on, and a writer takes our own lock before
`BEGIN IMMEDIATE`: the busy handler's unfair waiting gave a p99 of half a second, the lock 40 ms. On PostgreSQL
a reader's transaction is READ ONLY. Sessions are explicit, one per unit of work; no ORM session hooks, because
`after_commit` fires when a SAVEPOINT is released even if everything is rolled back later.
"""

from __future__ import annotations

import fcntl
import logging
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, event, select
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from cop.kernel.clock import UtcDateTime, db_now
from cop.kernel.constraints import translate

__all__ = ["Base", "Database", "Tx", "UtcDateTime"]

log = logging.getLogger(__name__)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
BUSY_TIMEOUT_MS = 10_000
_NOW = select(db_now())


class Base(DeclarativeBase):
    """Base of every table; each constraint gets a name from the convention, so that it can be dropped."""

    metadata = MetaData(naming_convention=NAMING)


class WriterLock:
    """One writer at a time: first come, first served within a process, a file lock between processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = path.open("a")
        self._mutex = threading.Lock()
        self._queue: deque[threading.Lock] = deque()
        self._held = False

    def acquire(self) -> None:
        """Wait for one's turn; the wait is not bounded, because every holder is (no I/O inside)."""
        gate: threading.Lock | None = None
        with self._mutex:
            if self._held:
                gate = threading.Lock()
                gate.acquire()
                self._queue.append(gate)
            self._held = True
        if gate is not None:
            gate.acquire()
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def release(self) -> None:
        """Let the next in the queue go."""
        fcntl.flock(self._file, fcntl.LOCK_UN)
        with self._mutex:
            if self._queue:
                self._queue.popleft().release()
            else:
                self._held = False

    def close(self) -> None:
        """Close the lock file."""
        self._file.close()


class Tx:
    """A unit of work: the session, whether it may write, and what to do once it is safely committed."""

    def __init__(self, session: Session, *, write: bool) -> None:
        self.session = session
        self.write = write
        self._now: datetime | None = None
        self._after: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """Time of this unit of work by the database's clock, read once, after the lock was taken."""
        if self._now is None:
            self._now = self.session.execute(_NOW).scalar_one()
        return self._now

    def after_commit(self, effect: Callable[[], None]) -> None:
        """Run `effect` after the commit and after the connection is given back; best effort."""
        if not self.write:
            raise RuntimeError("a read-only unit of work has no effects")
        self._after.append(effect)

    def run_effects(self) -> None:
        """Run the effects in order; one that fails is logged and never undoes what was committed."""
        for effect in self._after:
            try:
                effect()
            except Exception:
                log.exception("an effect after commit failed")


def _sqlite_engine(url: str, *, write: bool) -> Engine:
    engine = create_engine(
        url,
        pool_size=1 if write else 16,
        max_overflow=1 if write else 48,
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA temp_store=MEMORY")
        if not write:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


class Database:
    """Opens units of work. `writes` and `reads` are separate engines on SQLite, one on PostgreSQL."""

    def __init__(self, url: str, reads: Engine, writes: Engine, lock: WriterLock | None) -> None:
        self.url = url
        self.reads = reads
        self.writes = writes
        self._lock = lock

    @classmethod
    def open(cls, url: str, lock_path: Path | None = None) -> Database:
        """Open `sqlite:///path` or `postgresql+psycopg://…`. Call it after a fork, never before."""
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                raise ValueError("an in-memory SQLite database cannot be shared between connections")
            path = Path(parsed.database)
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = WriterLock(lock_path or path.with_name(path.name + ".writer"))
            return cls(url, _sqlite_engine(url, write=False), _sqlite_engine(url, write=True), lock)
        # Enough for every page thread and some sockets at once; whoever waits longer hears of it.
        engine = create_engine(url, pool_size=24, max_overflow=24, pool_timeout=10, pool_pre_ping=True)
        return cls(url, engine.execution_options(postgresql_readonly=True), engine, None)

    @property
    def is_sqlite(self) -> bool:
        """True for SQLite."""
        return self._lock is not None

    @contextmanager
    def transaction(self, *, write: bool) -> Iterator[Tx]:
        """Open a unit of work; a write commits when the block ends and rolls back when it raises.

        Effects run after the connection is back in the pool. A broken constraint becomes the domain error
        that was registered for it (`kernel.constraints`).
        """
        if write and self._lock is not None:
            self._lock.acquire()
            try:
                tx = yield from self._unit(write=True)
            finally:
                self._lock.release()
        else:
            tx = yield from self._unit(write=write)
        tx.run_effects()

    def _unit(self, *, write: bool) -> Generator[Tx, None, Tx]:
        session = Session(self.writes if write else self.reads, expire_on_commit=False, autoflush=write)
        tx = Tx(session, write=write)
        try:
            yield tx
            if write:
                session.flush()
                session.commit()
        except DBAPIError as error:
            session.rollback()
            meaning = translate(error, Base.metadata)
            if meaning is None:
                raise
            raise meaning from error
        finally:
            session.close()
        return tx

    def dispose(self) -> None:
        """Close every connection and the lock file."""
        self.reads.dispose()
        self.writes.dispose()
        if self._lock is not None:
            self._lock.close()

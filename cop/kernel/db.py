"""The database: one engine for reading, one for writing, and the only place that commits.

SQLite and PostgreSQL alike. On SQLite a reader has `query_only` on, and a writer takes our own lock before
`BEGIN IMMEDIATE`: the busy handler's unfair waiting gave a p99 of half a second, the lock 40 ms. On PostgreSQL
a reader's transaction is READ ONLY. Units of work are explicit, one connection each; no ORM session hooks, because
`after_commit` fires when a SAVEPOINT is released even if everything is rolled back later. An error never quotes what
people typed (`hide_parameters`, `_forget_what_was_typed`): the log and the admin's page show errors.
"""

from __future__ import annotations

import fcntl
import logging
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Executable, MetaData, create_engine, event, select
from sqlalchemy.engine import (
    Connection,
    CursorResult,
    Engine,
    ExceptionContext,
    RootTransaction,
    make_url,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from cop.kernel.checkpoint import OWN_WAY_PAGES, Checkpointer
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

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it for the length of a block."""
        self.acquire()
        try:
            yield
        finally:
            self.release()

    def close(self) -> None:
        """Close the lock file."""
        self._file.close()


def writer_lock_path(database: Path) -> Path:
    """Where the writer lock of an SQLite database lies: beside it."""
    return database.with_name(database.name + ".writer")


class Tx:
    """A unit of work: its connection, whether it may write, and what to do once it is safely committed.

    `session` is for work with objects, `rows` for statements about columns. Both, and the connection under them, are
    made when they are first wanted: a page that asks nothing is served while the database is away.
    """

    def __init__(self, engine: Engine, *, write: bool) -> None:
        self.write = write
        self._engine = engine
        self._open: Connection | None = None
        self._root: RootTransaction | None = None
        self._session: Session | None = None
        self._now: datetime | None = None
        self._after: list[Callable[[], None]] = []

    @property
    def session(self) -> Session:
        """The ORM's session on this connection; it never commits by itself."""
        if self._session is None:
            self._session = Session(self._connection(), expire_on_commit=False, autoflush=self.write)
        return self._session

    def rows(
        self, statement: Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run a statement about columns without the ORM's bookkeeping, which takes longer than SQLite does (measured).

        What the session has not written yet is written first, as its own statements would; within a SAVEPOINT of the
        session's they belong to it.
        """
        self._flush()
        if self._session is not None and self._session.in_nested_transaction():
            self._session.connection()
        return self._connection().execute(statement, parameters)

    def now(self) -> datetime:
        """Time of this unit of work by the database's clock, read once, after the lock was taken."""
        if self._now is None:
            self._now = self.rows(_NOW).scalar_one()
        return self._now

    def finish(self) -> None:
        """Write what the session holds back, and commit. For `Database.transaction` alone."""
        self._flush()
        if self._root is not None:
            self._root.commit()

    def close(self) -> None:
        """Give the connection back; what was not committed is rolled back. For `Database.transaction` alone."""
        try:
            if self._session is not None:
                self._session.close()
        finally:
            if self._open is not None:
                self._open.close()

    def _connection(self) -> Connection:
        if self._open is None:
            self._open = self._engine.connect()
            self._root = self._open.begin()
        if self._root is None or not self._root.is_active:
            # A failed flush has undone everything before it; what came after it would be committed alone.
            raise RuntimeError("this unit of work was rolled back; let the error that did it out")
        return self._open

    def _flush(self) -> None:
        if self.write and self._session is not None:
            self._session.flush()

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


def _forget_what_was_typed(context: ExceptionContext) -> None:
    """Leave out of an error of PostgreSQL's the detail that quotes the row: logs and the admin's page show errors."""
    error = context.original_exception
    diagnostic = getattr(error, "diag", None)
    if diagnostic is None or diagnostic.message_primary is None:
        return
    error.args = (diagnostic.message_primary,)
    if context.sqlalchemy_exception is not None:
        kind = type(error)
        context.sqlalchemy_exception.args = (
            f"({kind.__module__}.{kind.__name__}) {diagnostic.message_primary}",
        )


def _sqlite_engine(url: str, *, write: bool) -> Engine:
    engine = create_engine(
        url,
        hide_parameters=True,
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
        if write:
            cursor.execute(f"PRAGMA wal_autocheckpoint={OWN_WAY_PAGES}")
        else:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


class Database:
    """Opens units of work. `writes` and `reads` are separate engines on SQLite, one on PostgreSQL."""

    def __init__(
        self,
        url: str,
        reads: Engine,
        writes: Engine,
        lock: WriterLock | None = None,
        checkpointer: Checkpointer | None = None,
    ) -> None:
        self.url = url
        self.reads = reads
        self.writes = writes
        self._lock = lock
        self._checkpointer = checkpointer

    @classmethod
    def open(cls, url: str) -> Database:
        """Open `sqlite:///path` or `postgresql+psycopg://…`. Call it after a fork, never before."""
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                raise ValueError("an in-memory SQLite database cannot be shared between connections")
            path = Path(parsed.database)
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = WriterLock(writer_lock_path(path))
            checkpointer = Checkpointer(path, lock.held)
            reads, writes = _sqlite_engine(url, write=False), _sqlite_engine(url, write=True)
            return cls(url, reads, writes, lock, checkpointer)
        # Enough for every page thread and some sockets at once; whoever waits longer hears of it.
        engine = create_engine(
            url, hide_parameters=True, pool_size=24, max_overflow=24, pool_timeout=10, pool_pre_ping=True
        )
        event.listen(engine, "handle_error", _forget_what_was_typed)
        return cls(url, engine.execution_options(postgresql_readonly=True), engine)

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
            with self._lock.held():
                tx = yield from self._unit(write=True)
            if self._checkpointer is not None:
                self._checkpointer.committed()
        else:
            tx = yield from self._unit(write=write)
        tx.run_effects()

    @contextmanager
    def snapshot(self) -> Iterator[Tx]:
        """Open a read-only unit of work that sees everything as of its first statement, however long it reads.

        For a backup. A reader of SQLite's log always sees one moment, and so keeps the log from being begun anew;
        PostgreSQL is asked for it.
        """
        engine = self.reads
        if not self.is_sqlite:
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with closing(Tx(engine, write=False)) as tx:
            yield tx

    def _unit(self, *, write: bool) -> Generator[Tx, None, Tx]:
        engine = self.writes if write else self.reads
        try:
            with closing(Tx(engine, write=write)) as tx:
                yield tx
                if write:
                    tx.finish()
                return tx
        except DBAPIError as error:
            meaning = translate(error, Base.metadata)
            if meaning is None:
                raise
            raise meaning from error

    def dispose(self) -> None:
        """Close every connection and the lock file."""
        if self._checkpointer is not None:
            self._checkpointer.close()
        self.reads.dispose()
        self.writes.dispose()
        if self._lock is not None:
            self._lock.close()

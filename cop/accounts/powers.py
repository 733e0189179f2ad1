"""Which people must have a second step, beyond the admins: domains above say so here, by name (teams: who leads one).

Asked in the statement that loads the actor, instead of being noted in rows of accounts: what is read where it is true
can never be out of date, and costs one look into an index, only for sessions without a second step.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ColumnElement, SQLColumnExpression, false, or_

Holds = Callable[[SQLColumnExpression[int]], ColumnElement[bool]]
"""From the column with somebody's id to the condition that they hold such a power."""

ROLES = frozenset({"platform_admin", "organisation_admin"})
"""Standings that need a second step."""

_providers: dict[str, Holds] = {}


def register(name: str, holds: Holds) -> None:
    """Let a higher domain name people whose powers need a second step. Again replaces."""
    _providers[name] = holds


def names() -> tuple[str, ...]:
    """Which domains said so."""
    return tuple(sorted(_providers))


def held_by(person_id: SQLColumnExpression[int]) -> ColumnElement[bool]:
    """SQL: this person holds a power that needs a second step, as some domain above knows."""
    return or_(false(), *(_providers[name](person_id) for name in names()))

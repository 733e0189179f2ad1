"""The seam for what belongs to somebody in higher domains, when two accounts of theirs become one.

A domain whose rows name a person registers here what carries them over. It is called once for each merge, in the very
transaction that closes the account, with both ids; when it raises, nothing is merged. Rows are moved, and not looked up
through the closed account later, because every rule about who may see what compares with one person's id (ADR 18).

A place that is one for each person stays one: who holds two of something keeps the one that gives more. A ballot will
keep one place of its electorate, and of two votes cast the one that was cast last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.slots import Slot


@dataclass(frozen=True, slots=True)
class Merged:
    """The account that is closed and the one that lives on; `kept_kind` is the kind of organisation it acts for."""

    closed_id: int
    kept_id: int
    kept_kind: str


@dataclass(frozen=True, slots=True)
class Fact:
    """What an admin is told of an account before it is merged: a count or a role, never content."""

    order: int
    label: str
    words: str


CarryOver = Callable[[Actor, Tx, Merged], None]

FACTS: Slot[int, Fact] = Slot("account facts")
"""What higher domains know of an account, by the id of its person; each gives the same labels for everybody."""

_carriers: dict[str, CarryOver] = {}


def register(name: str, carry_over: CarryOver) -> None:
    """Let a higher domain carry its rows over. Again replaces."""
    _carriers[name] = carry_over


def names() -> tuple[str, ...]:
    """Which domains do."""
    return tuple(sorted(_carriers))


def carry_over(actor: Actor, tx: Tx, merged: Merged) -> None:
    """Have every domain carry its rows over, in the order of their names."""
    for name in names():
        _carriers[name](actor, tx, merged)

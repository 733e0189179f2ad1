"""Slots: places on a page that a higher domain fills without the lower one knowing it.

The lower domain owns the slot and its item type; a higher one registers a provider (actor, tx, object) → items.
What the reader may not see a provider leaves out, and it is not counted either.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from cop.kernel.access import Actor
from cop.kernel.db import Tx

Thing = TypeVar("Thing")
Item = TypeVar("Item")


class Slot(Generic[Thing, Item]):
    """A named place for items about a `Thing`; providers are asked in the order of their names."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._providers: dict[str, Callable[[Actor, Tx, Thing], Sequence[Item]]] = {}

    def provide(self, name: str, provider: Callable[[Actor, Tx, Thing], Sequence[Item]]) -> None:
        """Register (or replace) the provider of that name."""
        self._providers[name] = provider

    def items(self, actor: Actor, tx: Tx, thing: Thing) -> list[Item]:
        """What all providers have to show this actor about the thing."""
        return [item for name in sorted(self._providers) for item in self._providers[name](actor, tx, thing)]

"""What needs somebody, by when: a slot that every domain above fills, for the signed-in home page and its header.

A source says twice what it has: as items for the page, and as one SQL expression that counts the same for the header,
which asks all sources in a single statement. What the reader may not see a source leaves out and does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Date, Integer, ScalarSelect, bindparam

from cop.kernel.access import Actor
from cop.kernel.db import Tx

SOON = timedelta(days=14)
"""How far ahead the page looks where a thing is only worth doing when its day comes near."""

MONTH = timedelta(days=30)
"""The same for what takes longer, like reviewing a document."""

# What counting expressions are bound to when they are asked.
PERSON = bindparam("person_id", type_=Integer)
ORGANISATION = bindparam("organisation_id", type_=Integer)
TODAY = bindparam("today", type_=Date)
UNTIL = bindparam("until", type_=Date)
IN_A_MONTH = bindparam("in_a_month", type_=Date)


@dataclass(frozen=True, slots=True)
class Need:
    """Something that waits for the reader: what, where it is done, by when if that is known, and why it is theirs."""

    title: str
    href: str
    why: str
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where needs come from. `items(actor, tx, today)` lists them; `count(actor)` is SQL for how many, None for none.

    Both must always agree: tests compare them.
    """

    name: str
    items: Callable[[Actor, Tx, date], Sequence[Need]]
    count: Callable[[Actor], ScalarSelect[int] | None]


class Needs:
    """All sources by name."""

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}

    def provide(self, source: Source) -> None:
        """Add (or replace) a source."""
        self._sources[source.name] = source

    def names(self) -> tuple[str, ...]:
        """The names of all sources, sorted."""
        return tuple(sorted(self._sources))

    def of(self, actor: Actor, *, tx: Tx, today: date) -> list[Need]:
        """All that needs this actor, soonest first, what has no day last."""
        if not actor.signed_in:
            return []
        found = [need for name in self.names() for need in self._sources[name].items(actor, tx, today)]
        return sorted(found, key=lambda need: (need.due is None, need.due or today))

    def counts(self, actor: Actor) -> list[ScalarSelect[int]]:
        """SQL for how many each source has for this actor."""
        found = (self._sources[name].count(actor) for name in self.names())
        return [expression for expression in found if expression is not None]


NEEDS = Needs()


def bound(actor: Actor, today: date) -> dict[str, object]:
    """What the counting expressions are bound to for this actor on this day."""
    return {
        "person_id": actor.person_id,
        "organisation_id": actor.organisation_id,
        "today": today,
        "until": today + SOON,
        "in_a_month": today + MONTH,
    }

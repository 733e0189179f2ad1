"""What besides the team an invitation can name: domains above (threads, later rooms and prototypes) say what it is.

Teams know such a thing by its kind and number alone. Whoever provides a kind lets its guests in by composing its own
rule with `queries.named_ids(actor, kind)`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from cop.kernel.db import Tx


@dataclass(frozen=True, slots=True)
class Named:
    """One such thing: the team it belongs to, its title, and where it is read."""

    team_id: int
    title: str
    href: str


@dataclass(frozen=True, slots=True)
class ThingKind:
    """A kind of thing. `words` stand in a sentence ("a thread"); `find` takes many, and answers for nobody."""

    kind: str
    words: str
    find: Callable[[Tx, Collection[int]], Mapping[int, Named]]


class Things:
    """All kinds by name."""

    def __init__(self) -> None:
        self._kinds: dict[str, ThingKind] = {}

    def provide(self, kind: ThingKind) -> None:
        """Add (or replace) a kind; web processes and the worker both need it."""
        self._kinds[kind.kind] = kind

    def find(self, tx: Tx, kind: str, number: int) -> Named | None:
        """The thing; None where there is none, or nobody provides such things any more."""
        return self.find_all(tx, kind, [number]).get(number)

    def find_all(self, tx: Tx, kind: str, numbers: Collection[int]) -> Mapping[int, Named]:
        """Those of these that there are."""
        known = self._kinds.get(kind)
        return known.find(tx, numbers) if known is not None and numbers else {}

    def words(self, kind: str) -> str:
        """What such a thing is called in a sentence."""
        known = self._kinds.get(kind)
        return known.words if known is not None else "a part of its work"


THINGS = Things()


def find_mixed(tx: Tx, things: Collection[tuple[str, int]]) -> dict[tuple[str, int], Named]:
    """Things of several kinds: as many queries as there are kinds."""
    found: dict[tuple[str, int], Named] = {}
    for kind in sorted({kind for kind, _ in things}):
        numbers = {number for other, number in things if other == kind}
        found |= {(kind, number): named for number, named in THINGS.find_all(tx, kind, numbers).items()}
    return found

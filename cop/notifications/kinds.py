"""Kinds of notices. Each domain provides its own, and says what a notice is about to whoever may still see that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date

from cop.kernel.access import Actor
from cop.kernel.db import Tx


@dataclass(frozen=True, slots=True)
class Described:
    """A notice in words. `outside` is its title where others may read over one's shoulder: in an email.

    Anything that not everybody may read has an `outside` that says no more than "A post in a team you are on".
    `needs` says that the reader has to do something, by `due` if that is known; it stands first in the inbox until it
    is done, unless it is `done_once_seen`: to have read it is all it asks. `past` says that nothing of it is new
    any more: the inbox still shows it, an email does not. `stops` names what the reader can stop hearing of by itself.
    """

    title: str
    href: str
    about: str
    outside: str
    needs: bool = False
    due: date | None = None
    done_once_seen: bool = False
    past: bool = False
    stops: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """Something that one can stop hearing of by the link of an email: words for the link, and the act itself.

    `act(actor, tx, person_id, subject_id)`; whoever holds the link acts for that person, and does nothing else by it.
    """

    label: str
    act: Callable[[Actor, Tx, int, int], None]


Describe = Callable[[Actor, Tx, Collection[int]], Mapping[int, Described]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notice: its name and `describe(actor, tx, subject ids)`, which leaves out what may not be seen.

    `at_once` says that it is worth an email of its own to those who want that. `why` ends the sentence "You get
    this email because …".
    """

    name: str
    describe: Describe
    why: str
    at_once: bool = False


class Kinds:
    """All kinds by name."""

    def __init__(self) -> None:
        self._kinds: dict[str, Kind] = {}
        self.stops: dict[str, Stop] = {}

    def provide(self, kind: Kind) -> None:
        """Add (or replace) a kind."""
        self._kinds[kind.name] = kind

    def get(self, name: str) -> Kind | None:
        """The kind of that name; None for one that this program no longer knows."""
        return self._kinds.get(name)

    def names(self) -> list[str]:
        """The names of all kinds, sorted."""
        return sorted(self._kinds)


KINDS = Kinds()

"""What a text can point to besides people: threads and posts of ours, and what higher domains add (documents).

A provider finds things by words for whoever writes, and names them for whoever reads: each only what they may see.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from cop.kernel.access import Actor
from cop.kernel.db import Tx


@dataclass(frozen=True, slots=True)
class Reference:
    """Something a writer may point to."""

    id: int
    title: str
    about: str


@dataclass(frozen=True, slots=True)
class Provider:
    """A kind of thing: `path` is the first part of its address, `find` completes, `titles` leaves out the invisible."""

    path: str
    find: Callable[[Actor, Tx, str, int], Sequence[Reference]]
    titles: Callable[[Actor, Tx, Collection[int]], Mapping[int, str]]


class Providers:
    """All kinds by the word that stands in the text: "asset", "thread", "post"."""

    def __init__(self) -> None:
        self._providers: dict[str, Provider] = {}

    def provide(self, name: str, provider: Provider) -> None:
        """Add (or replace) a kind."""
        self._providers[name] = provider

    def items(self) -> list[tuple[str, Provider]]:
        """All of them, by name."""
        return sorted(self._providers.items())

    def get(self, name: str) -> Provider | None:
        """The kind of that name, if there is one."""
        return self._providers.get(name)


REFERENCES = Providers()

"""Cards of pages of ours that a post links to, drawn for whoever reads: what they may not see has no card.

Domains say by the first part of an address how their things are shown (`CARDS`), each by its own rule of who may see
them. A card is worked out anew for every page, so it always says what is true now, and is stored nowhere (ADR 23).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.own_pages import OwnPage, own_pages

MOST = 3
"""Cards of one post: more would be a list of links with a post around it."""
LOOKED_AT = 10
"""Links of one post that are looked at: a post can hold thousands, and a page fifty such posts."""
ABOUT_MAX = 160


@dataclass(frozen=True, slots=True)
class Card:
    """A thing beside the link to it: what it is, its title, its address, some words, and a state worth a look."""

    kind: str
    title: str
    href: str
    about: str
    state: str = ""


Maker = Callable[[Actor, Tx, Collection[int]], Mapping[int, Card]]
"""Cards of those of these things that the actor may see, in a fixed number of queries."""


class Makers:
    """All makers by the first part of the addresses they know."""

    def __init__(self) -> None:
        self._makers: dict[str, Maker] = {}

    def provide(self, path: str, maker: Maker) -> None:
        """Add (or replace) the maker for addresses that begin so."""
        self._makers[path] = maker

    def get(self, path: str) -> Maker | None:
        """The maker for these addresses, if there is one."""
        return self._makers.get(path)


CARDS = Makers()


def of(
    actor: Actor, *, tx: Tx, htmls: Sequence[str], origins: Collection[str], thread_id: int | None = None
) -> list[tuple[Card, ...]]:
    """For each text the cards of the pages it links to, its own thread excepted. A query or two for each kind."""
    here = OwnPage("threads", thread_id) if thread_id is not None else None
    pages = [[page for page in own_pages(html, origins, most=LOOKED_AT) if page != here] for html in htmls]
    wanted: dict[str, set[int]] = defaultdict(set)
    for page in (page for each in pages for page in each):
        wanted[page.path].add(page.id)
    made = {
        OwnPage(path, number): card
        for path, ids in sorted(wanted.items())
        if (maker := CARDS.get(path)) is not None
        for number, card in maker(actor, tx, ids).items()
    }
    return [tuple(made[page] for page in each if page in made)[:MOST] for each in pages]

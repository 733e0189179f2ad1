"""What can be found: documents, who may find them, and the sources that know how to read them again.

Higher domains (threads, the library) implement `SearchSource` and hand it to a `Registry` in their `register`;
nothing registers by being imported. Search itself knows no domain: it reads documents through the source when an
event says that they changed, and asks the source again what the reader may see before anything is shown.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Select

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.events import Event

Key = tuple[str, int]
"""Kind and id: what a document is called in the index."""

PUBLIC_TERM = "public"
NETWORK_TERM = "network"
FACETS = ("kind", "category", "regime", "year")
THREAD = "thread"
"""A column of a source's facts, where it has one, and a filter: what belongs together is shown as one result."""
PUBLISHER = "organisation"
"""The same: the id of the organisation that published it."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may find a document, as terms of which a reader needs one. Public means everybody, signed in or not."""

    terms: frozenset[str]

    @property
    def is_public(self) -> bool:
        """Whether it belongs to the public index."""
        return PUBLIC_TERM in self.terms

    @classmethod
    def public(cls) -> Audience:
        """Everybody."""
        return cls(frozenset({PUBLIC_TERM}))

    @classmethod
    def network(cls, team_id: int | None = None) -> Audience:
        """Signed-in officers and, where a team is named, its people, officers or not."""
        return cls(frozenset({NETWORK_TERM} if team_id is None else {NETWORK_TERM, team_term(team_id)}))

    @classmethod
    def team(cls, team_id: int) -> Audience:
        """The people of one team."""
        return cls(frozenset({team_term(team_id)}))

    def and_guests(self, thing: str, thing_id: int) -> Audience:
        """The same, and whoever is a guest of this one thing; everybody's stays everybody's."""
        return self if self.is_public else Audience(self.terms | {thing_term(thing, thing_id)})


def team_term(team_id: int) -> str:
    """The audience term of a team."""
    return f"team:{team_id}"


def thing_term(thing: str, thing_id: int) -> str:
    """The audience term of one thing's guests. Who comes and goes changes the reader's terms, not the documents."""
    return f"guest:{thing}:{thing_id}"


@dataclass(frozen=True, slots=True)
class Document:
    """One thing to be found, as its source reads it at the moment of indexing.

    `body` is the whole text (extracted from a file, or a post's plain words); the index takes the first 60,000
    words of it. `date` is timezone-aware and orders "newest first". `names`: who it comes from, found like its words.
    """

    kind: str
    id: int
    title: str
    audience: Audience
    date: datetime
    summary: str = ""
    body: str = ""
    names: str = ""

    @property
    def key(self) -> Key:
        """What the index calls it."""
        return (self.kind, self.id)

    def fingerprint(self) -> int:
        """A 63-bit digest of everything indexed: equal when writing it again would change nothing."""
        digest = hashlib.blake2b(digest_size=8)
        parts: tuple[str, ...] = (
            self.kind,
            str(self.id),
            self.title,
            self.summary,
            self.body,
            self.date.isoformat(),
        )
        # Without names it is that of before there were any, so that posts need not be written again.
        parts += (self.names,) if self.names else ()
        for part in (*parts, *sorted(self.audience.terms)):
            digest.update(part.encode("utf-8", "replace"))
            digest.update(b"\x00")
        return int.from_bytes(digest.digest(), "big") >> 1


MOST_TEXT = 200_000
"""Characters of a text that a passage is looked for in."""


@dataclass(frozen=True, slots=True)
class Presented:
    """How a source shows one of its documents in the list of results.

    `above` goes over the title ("Specification", "version 3"), `below` under the passage ("DOCX, 12 pages").
    `text` is what the passage is cut from; it is never shown whole, and only its first `MOST_TEXT` characters are
    looked at, so that a source need not load more. `table`: it is rows of cells, which say little by themselves, so
    the summary is shown before them. `beside` tells apart what has the same title ("Tom Doyle, 12 November"): it
    becomes part of the link's name. `names`: what its document was indexed with, and is not shown as such.
    """

    title: str
    url: str
    summary: str = ""
    text: str = ""
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    table: bool = False
    beside: str = ""
    names: str = ""


class SearchSource(Protocol):
    """What a domain implements for each kind of document it lets people find."""

    @property
    def kind(self) -> str:
        """Short, fixed name, part of every key: "asset", "post"."""

    @property
    def events(self) -> Sequence[type[Event]]:
        """The events after which one of its documents may look different."""

    @property
    def labels(self) -> Mapping[str, Mapping[str, str]]:
        """For each facet, the words shown for its values: {"regime": {"pa2023": "Procurement Act 2023"}}."""

    def touched_by(self, tx: Tx, event_kind: str, payload: Mapping[str, Any]) -> Iterable[int]:
        """Ids of the documents one of `events` may have changed, made or removed; too many is harmless."""

    def ids(self, tx: Tx, after: int, limit: int) -> Sequence[int]:
        """The next `limit` ids above `after` of everything that belongs in the index, ascending."""

    def fetch(self, tx: Tx, document_id: int) -> Document | None:
        """Read one document as it is now, for nobody in particular; None if it does not belong in the index."""

    def facts(self, actor: Actor) -> Select[Any]:
        """Columns labelled id, kind, category, regime, year of **only** what `actor` may see.

        The domain's one rule of visibility (`visible_ids`) must stand in its WHERE. The facet `kind` is what
        people filter by ("specification"), not the source's own kind; a facet it lacks is NULL; year is an int. One
        source, that of posts, has a column thread besides; those of documents have a column organisation.
        """

    def present(self, actor: Actor, *, tx: Tx, ids: Sequence[int]) -> Mapping[int, Presented]:
        """Rows for these ids, leaving out what `actor` may not see."""


AudienceProvider = Callable[[Actor, Tx], Iterable[str]]


@dataclass(slots=True)
class Registry:
    """The sources and audience rules of this application, filled by the composition root."""

    sources: dict[str, SearchSource] = field(default_factory=dict)
    audiences: list[AudienceProvider] = field(default_factory=list)
    on_request: set[str] = field(default_factory=set)

    def add(self, source: SearchSource, *, on_request: bool = False) -> None:
        """Register a source; its kind must be new. `on_request`: found only by who asks for earlier versions."""
        if source.kind in self.sources:
            raise ValueError(f"two search sources are called {source.kind!r}")
        self.sources[source.kind] = source
        if on_request:
            self.on_request.add(source.kind)

    def add_audience(self, provider: AudienceProvider) -> None:
        """Register who else may find things: teams answer with `team_term(id)` for each team of the actor."""
        self.audiences.append(provider)

    def audience_terms(self, actor: Actor, tx: Tx) -> frozenset[str]:
        """The terms of which a document needs one to be found by `actor`."""
        terms = {PUBLIC_TERM}
        if actor.reads_network:
            terms.add(NETWORK_TERM)
        if actor.signed_in:
            for provider in self.audiences:
                terms.update(provider(actor, tx))
        return frozenset(terms)

    def label(self, facet: str, value: str) -> str:
        """The words for a facet's value; the value itself where no source has words for it."""
        for source in self.sources.values():
            words = source.labels.get(facet, {})
            if value in words:
                return words[value]
        return value

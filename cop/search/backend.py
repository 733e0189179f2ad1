"""The seam between search and the engine under it; tests/unit/test_search_backend.py is its contract.

An engine keeps two indexes apart, public and members', because counts, suggestions and scores would otherwise
leak through shared statistics of terms. It has one writer, the worker, and any number of readers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Protocol

from cop.search.document import Document, Key
from cop.search.query import Query


class OutOfTime(Exception):
    """The deadline passed; whoever catches it shows what was found so far."""


class Busy(Exception):
    """Somebody else is writing the index (a rebuild); try again later."""


@dataclass(slots=True)
class Deadline:
    """A moment on the monotonic clock. `check()` is cheap enough for inner loops (0.1 µs)."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """A deadline `seconds` from now."""
        return cls(perf_counter() + seconds)

    def earlier(self, seconds: float) -> Deadline:
        """One that many seconds before this one."""
        return Deadline(self.at - seconds)

    def left(self) -> float:
        """Seconds left; negative when it has passed."""
        return self.at - perf_counter()

    def check(self) -> None:
        """Raise `OutOfTime` when it has passed."""
        if perf_counter() > self.at:
            raise OutOfTime


@dataclass(frozen=True, slots=True)
class Ranked:
    """Keys in order, best (or newest) first. When not `complete`, there may be more than these."""

    keys: list[Key] = field(default_factory=list)
    complete: bool = True


class SearchBackend(Protocol):
    """What an engine must do. Writing calls are made by one process at a time; `search` by any thread."""

    def write(self, upserts: Sequence[Document], deletions: Iterable[Key] = ()) -> int:
        """Make the index hold these documents and not those; return how many documents really changed.

        Durable and visible to readers on return. Writing the same again changes nothing. Raises `Busy`.
        """

    def search(
        self, query: Query, audiences: frozenset[str], *, deadline: Deadline, newest: bool = False, limit: int
    ) -> Ranked:
        """Documents of which one audience term is in `audiences`; stops by itself when the deadline passes."""

    def suggest(self, words: Sequence[str], *, deadline: Deadline) -> Mapping[str, str]:
        """For words that no public document has: a similar word that one has. Public index only."""

    def rebuild(self, documents: Iterable[Document]) -> int:
        """Write all of `documents` anew beside the old index and swap; return how many. Raises `Busy`."""

    def fingerprints(self) -> Mapping[Key, int]:
        """What is in the index, key to `Document.fingerprint()`, for comparing with the database."""

    def generation(self) -> str:
        """Changes whenever what readers see changes."""

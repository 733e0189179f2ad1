"""Reading one Whoosh segment quickly, safely from many threads, and never past a deadline.

Whoosh's matchers share a file position between threads, move one posting at a time and cannot be interrupted
inside a phrase. A segment is an immutable memory-mapped file, so this reads a whole posting list with one slice
and unpacks it block by block (512 postings), with a look at the clock between blocks. It relies on the file
format of Whoosh 2.7.4, which is pinned and will not change; tests/unit/test_search_whoosh.py writes with Whoosh
and compares with Whoosh's own reader.
"""

from __future__ import annotations

import pickle
import struct
import zlib
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from io import BytesIO
from itertools import accumulate, repeat
from typing import Any, NamedTuple

from cop.search.document import Key
from cop.search.engine import SegmentReader, W3TermInfo
from cop.search.whoosh_schema import CARD, SCHEMA

_LENGTH = struct.Struct("!i")
_EXTENT = struct.Struct("!qi")
_EXTENT_AT = W3TermInfo._struct.size
_MAGIC = 4
_FREQUENCY_AT = 5

FEW = 200

Check = Callable[[], None]


class Block(NamedTuple):
    """Up to 512 postings: document numbers ascending, their weights, their packed positions or None."""

    docs: list[int]
    weights: Iterator[float] | tuple[float, ...]
    positions: tuple[bytes, ...] | None


class Segment:
    """The unchanging part of a segment: cards and posting lists. Deletions belong to the snapshot."""

    def __init__(self, storage: Any, whoosh_segment: Any) -> None:
        self._reader = SegmentReader(storage, SCHEMA, whoosh_segment)
        self._terms = self._reader._terms
        self._index = self._terms._tindex
        self._postings = self._terms._postfile
        self.size: int = whoosh_segment.doc_count_all()
        column = self._reader._perdoc.column_reader("card", SCHEMA["card"].column_type)
        cards = bytes(column._dbfile.get(column._basepos, self.size * CARD.size))
        rows = list(CARD.iter_unpack(cards))
        self.ids = [row[0] for row in rows]
        self.dates = [row[1] for row in rows]
        self.fingerprints = [row[2] for row in rows]
        self.lengths = [row[3] for row in rows]
        self.kinds = [""] * self.size
        for kind in self.vocabulary("kind", b""):
            name = kind.decode()
            for doc in self.docs("kind", kind):
                self.kinds[doc] = name
        self._norms: tuple[tuple[float, ...], list[float]] | None = None
        self._audiences: dict[frozenset[str], frozenset[int]] = {}
        self._buckets: dict[bytes, list[str]] = {}

    def key(self, doc: int) -> Key:
        """What a document is called."""
        return (self.kinds[doc], self.ids[doc])

    def card(self, doc: int) -> bytes:
        """A document's card as it was written."""
        return CARD.pack(self.ids[doc], self.dates[doc], self.fingerprints[doc], self.lengths[doc])

    def vocabulary(self, field: str, prefix: bytes, check: Check | None = None) -> Iterator[bytes]:
        """The terms of a field that begin with `prefix`, ascending, straight from the file."""
        number = self._terms._fieldmap.get(field)
        if number is None:
            return
        wanted = struct.pack("!H", number) + prefix
        for count, key in enumerate(self._index.keys_from(wanted)):
            if not key.startswith(wanted):
                return
            if check is not None and not count & 63:
                check()
            yield bytes(key[2:])

    def bucket(self, first: bytes, check: Check) -> list[str]:
        """The words that begin with these bytes, kept in memory once read: suggestions ask again and again."""
        if first not in self._buckets:
            self._buckets[first] = [word.decode() for word in self.vocabulary("word", first, check)]
        return self._buckets[first]

    def _info(self, field: str, term: bytes) -> bytes | None:
        number = self._terms._fieldmap.get(field)
        if number is None:
            return None
        found: bytes | None = self._index.get(struct.pack("!H", number) + term)
        return found

    def frequency(self, field: str, term: bytes) -> int:
        """In how many documents the term is, deleted ones included."""
        info = self._info(field, term)
        return 0 if info is None else int(struct.unpack_from("!I", info, _FREQUENCY_AT)[0])

    def blocks(
        self, field: str, term: bytes, check: Check | None = None, among: Sequence[int] | None = None
    ) -> Iterator[Block]:
        """The posting list of a term, block by block; looks at the clock before each.

        With `among` (ascending) blocks that hold none of these documents are left out, unread.
        """
        info = self._info(field, term)
        if info is None:
            return
        offset, length = _EXTENT.unpack_from(info, _EXTENT_AT)
        data = self._postings.get(offset, length)
        at = _MAGIC
        place = 0
        more = True
        while more:
            if check is not None:
                check()
            (size,) = _LENGTH.unpack_from(data, at)
            more = size > 0
            body = data[at + 4 : at + 4 + abs(size)]
            at += 4 + abs(size)
            stream = BytesIO(body)
            last: int = pickle.load(stream)[1]  # noqa: S301 - we wrote the file
            if among is not None:
                before, place = place, bisect_right(among, last, place)
                if place == before:
                    continue
            deltas, weights, positions = pickle.loads(zlib.decompress(body[stream.tell() :]))  # noqa: S301
            yield Block(list(accumulate(deltas)), _weights(weights), positions)

    def docs(self, field: str, term: bytes, check: Check | None = None) -> list[int]:
        """The documents with this term, ascending."""
        found: list[int] = []
        for block in self.blocks(field, term, check):
            found += block.docs
        return found

    def weights(
        self, field: str, term: bytes, check: Check | None = None, among: AbstractSet[int] | None = None
    ) -> dict[int, float]:
        """Document → weight of this term; others than `among` may be left out."""
        found: dict[int, float] = {}
        for block in self.blocks(field, term, check, _few(among)):
            found.update(zip(block.docs, block.weights, strict=False))
        return found

    def positions(
        self, term: bytes, check: Check | None = None, among: AbstractSet[int] | None = None
    ) -> dict[int, bytes]:
        """Document → packed positions of this term; others than `among` may be left out."""
        found: dict[int, bytes] = {}
        for block in self.blocks("text", term, check, _few(among)):
            if block.positions is not None:
                found.update(zip(block.docs, block.positions, strict=True))
        return found

    def audience(self, terms: frozenset[str], check: Check | None = None) -> frozenset[int]:
        """The documents for any of these audience terms. Remembered: teams ask with the same terms all day."""
        known = self._audiences.get(terms)
        if known is None:
            found: set[int] = set()
            for term in terms:
                found.update(self.docs("audience", term.encode(), check))
            if len(self._audiences) >= 64:
                self._audiences.clear()
            known = self._audiences[terms] = frozenset(found)
        return known

    def norms(self, settings: tuple[float, ...], norm: Callable[[int], float]) -> list[float]:
        """`norm(length)` of each document, remembered until `settings` change."""
        if self._norms is None or self._norms[0] != settings:
            self._norms = (settings, [norm(length) for length in self.lengths])
        return self._norms[1]


def _few(among: AbstractSet[int] | None) -> list[int] | None:
    """Documents in order where they are so few that looking for their blocks pays."""
    return sorted(among) if among is not None and len(among) <= FEW else None


def _weights(stored: tuple[float, ...] | float | None) -> Iterator[float] | tuple[float, ...]:
    """Whoosh stores nothing for all ones and a single number where all are equal."""
    if stored is None:
        return repeat(1.0)
    if isinstance(stored, float):
        return repeat(stored)
    return stored

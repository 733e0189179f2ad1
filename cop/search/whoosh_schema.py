"""What one Whoosh document looks like: which postings it leaves and what its card says.

Three fields of words, each for one purpose, because Whoosh's own way (a field per part of the document, query
classes over them) could not hold the time limit on 20,000 documents:

`text`  the terms with their positions; title, summary and body share one run of positions, and a posting's weight
        is its frequency with title and summary counted several times (the simple form of BM25F)
`word`  the words as written (folded), for prefixes and for suggestions
`edge`  the first three letters of each word, so that the shortest prefix is one list instead of thousands
"""

from __future__ import annotations

import struct
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from cop.search.document import Document, Key
from cop.search.engine import COLUMN, Existence, FieldType, FixedBytesColumn, Format, Schema, W3Codec
from cop.search.language import words
from cop.search.query import SHORTEST_PREFIX

TITLE_WEIGHT = 5.0
SUMMARY_WEIGHT = 2.0
BODY_WORDS = 60_000
PART_WORDS = 2_000
GAP = 100
"""Positions left free between title, summary, names and body, so that no phrase reaches across."""

CARD = struct.Struct("<qqqI")
CARD_FIELD = "card"
CODEC_BLOCK = 512

Posting = tuple[bytes, int, float, bytes]


class Card(NamedTuple):
    """What is known of a document without reading postings: id, date (seconds), fingerprint, weighted length."""

    id: int
    date: int
    fingerprint: int
    length: int


class Positions(Format):  # type: ignore[misc]
    """Postings that carry their positions packed as native unsigned integers (see `pack_positions`)."""

    posting_size = -1


class Prepared(FieldType):  # type: ignore[misc]
    """A field whose postings were worked out beforehand; Whoosh analyses nothing."""

    def __init__(self, format_: Any) -> None:
        super().__init__(format_, None)

    def index(self, value: Iterable[Posting], **_: Any) -> Iterable[Posting]:
        """The postings (term, frequency, weight, positions) as they were given."""
        return value


class QuickCodec(W3Codec):  # type: ignore[misc]
    """Whoosh's codec without statistics of lengths per posting (the card has the length) and larger blocks."""

    length_stats = False

    def __init__(self) -> None:
        super().__init__(blocklimit=CODEC_BLOCK, compression=1)


SCHEMA = Schema(
    key=Prepared(Existence()),
    kind=Prepared(Existence()),
    audience=Prepared(Existence()),
    text=Prepared(Positions()),
    word=Prepared(Existence()),
    edge=Prepared(Existence()),
    card=COLUMN(FixedBytesColumn(CARD.size)),
)


def pack_positions(positions: list[int]) -> bytes:
    """Ascending positions as bytes: two each where all fit, else four each behind one odd byte.

    Byte order is the machine's own, as in the rest of a Whoosh index.
    """
    if positions[-1] < 65_536:
        return array("H", positions).tobytes()
    return b"\x01" + array("I", positions).tobytes()


def unpack_positions(packed: bytes) -> array[int]:
    """The positions packed by `pack_positions`."""
    if len(packed) % 2:
        return array("I", packed[1:])
    return array("H", packed)


def key_bytes(key: Key) -> bytes:
    """A key as a term."""
    return f"{key[0]}:{key[1]}".encode()


def _flags(values: Iterable[bytes]) -> Iterator[Posting]:
    return ((value, 1, 1.0, b"") for value in sorted(values))


def fields_of(document: Document) -> dict[str, Any]:
    """The keyword arguments of Whoosh's `add_document` for one document."""
    positions: dict[str, list[int]] = defaultdict(list)
    weights: dict[str, float] = defaultdict(float)
    seen: set[str] = set()
    place = 0
    length = 0.0
    parts = (
        (document.title, TITLE_WEIGHT, PART_WORDS),
        (document.summary, SUMMARY_WEIGHT, PART_WORDS),
        (document.names, 1.0, PART_WORDS),
        (document.body, 1.0, BODY_WORDS),
    )
    for text, weight, limit in parts:
        found = words(text, limit)
        for place, (term, word) in enumerate(found, start=place):  # noqa: B020 - positions go on where they were
            positions[term].append(place)
            weights[term] += weight
            seen.add(word)
        length += weight * len(found)
        place += GAP
    card = CARD.pack(document.id, int(document.date.timestamp()), document.fingerprint(), int(length))
    return {
        "key": _flags([key_bytes(document.key)]),
        "kind": _flags([document.kind.encode()]),
        "audience": _flags(term.encode() for term in document.audience.terms),
        "text": (
            (term.encode(), len(places), weights[term], pack_positions(places))
            for term, places in positions.items()
        ),
        "word": _flags(word.encode() for word in seen),
        "edge": _flags({word[:SHORTEST_PREFIX].encode() for word in seen if len(word) >= SHORTEST_PREFIX}),
        "card": card,
    }

"""Writing a Whoosh index: batches, deletions and merging, all by the one writer.

Segments are merged in tiers (eight of a size become one) up to `LARGEST` documents or `LARGEST_LENGTH` words.
Larger ones would make a merge hold up the index and fill the memory, and a search that runs out of time shows
what the segments it finished had.
"""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from cop.search.document import Document, Key
from cop.search.engine import FileIndex, FileStorage
from cop.search.whoosh_bulk import BulkWriter
from cop.search.whoosh_schema import SCHEMA, fields_of, key_bytes
from cop.search.whoosh_segment import Segment

LARGEST = 4_000
LARGEST_LENGTH = 6_000_000
TIER = 8
TOO_MANY_DELETED = 1 / 3

Opener = Callable[[Any], Segment]


@dataclass(frozen=True, slots=True)
class Size:
    """A Whoosh segment with what decides about merging it; `length` is in weighted words."""

    segment: Any
    live: int
    deleted: int
    length: int


def open_index(folder: Path) -> Any:
    """Open the index in `folder`, making an empty one where there is none."""
    folder.mkdir(parents=True, exist_ok=True)
    storage = FileStorage(str(folder))
    if any(folder.glob("_MAIN_*.toc")):
        return FileIndex(storage, SCHEMA)
    return FileIndex.create(storage, SCHEMA)


def locate(keys: Iterable[Key], segments: Sequence[Any], opened: Opener) -> dict[Key, list[tuple[Any, int]]]:
    """Where each key lives: pairs of Whoosh segment and document number, deleted ones left out."""
    found: dict[Key, list[tuple[Any, int]]] = defaultdict(list)
    wanted = [(key, key_bytes(key)) for key in keys]
    for whoosh_segment in segments:
        segment = opened(whoosh_segment)
        for key, term in wanted:
            for doc in segment.docs("key", term):
                if not whoosh_segment.is_deleted(doc):
                    found[key].append((whoosh_segment, doc))
    return found


def apply(folder: Path, additions: Sequence[Document], deletions: Iterable[Key], opened: Opener) -> None:
    """Delete, add, merge what is due, and commit; nothing is visible to readers before the end."""
    index = open_index(folder)
    writer = BulkWriter(index)
    try:
        for places in locate(deletions, writer.segments, opened).values():
            for whoosh_segment, doc in places:
                whoosh_segment.delete_document(doc)
        for document in additions:
            writer.add(fields_of(document))
        writer.commit(mergetype=lambda _writer, segments: merge(writer, segments, opened))
    except BaseException:
        if not writer.is_closed:
            writer.cancel()
        raise
    _make_durable(folder)


def _make_durable(folder: Path) -> None:
    """Wait until the disk has the newest files: Whoosh does not, and a delivery is forgotten after this."""
    newest = sorted(folder.glob("*MAIN_*"), key=lambda path: path.stat().st_mtime_ns)[-3:]
    for path in [*newest, folder]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def merge(writer: BulkWriter, segments: Sequence[Any], opened: Opener) -> list[Any]:
    """The segments to keep as they are; the others are copied into what is being written."""
    sizes = []
    for part in segments:
        live = part.doc_count_all() - part.deleted_count()
        if live:
            sizes.append(Size(part, live, part.deleted_count(), sum(opened(part).lengths)))
    due = {size.segment.segment_id() for size in due_for_merging(sizes, writer.docnum)}
    for size in sizes:
        if size.segment.segment_id() in due:
            copy(writer, opened(size.segment), frozenset(size.segment.deleted_docs()))
    return [size.segment for size in sizes if size.segment.segment_id() not in due]


def due_for_merging(sizes: Sequence[Size], new: int) -> list[Size]:
    """Which segments to merge now, while `new` documents are being written.

    A tier with eight segments (the one being written counts) is merged as far as it fits below the limits; a
    segment of which a third is deleted is written anew.
    """
    tiers: dict[int, list[Size]] = defaultdict(list)
    due = []
    for size in sizes:
        if size.deleted > (size.live + size.deleted) * TOO_MANY_DELETED:
            due.append(size)
        elif size.live < LARGEST // 2 and size.length < LARGEST_LENGTH // 2:
            tiers[_tier(size.live)].append(size)
    docs = new + sum(size.live for size in due)
    length = sum(size.length for size in due)
    for tier in sorted(tiers):
        here = 1 if docs and _tier(docs) == tier else 0
        if len(tiers[tier]) + here < TIER:
            continue
        for size in tiers[tier]:
            if docs + size.live <= LARGEST and length + size.length <= LARGEST_LENGTH:
                due.append(size)
                docs += size.live
                length += size.length
    return due


def _tier(live: int) -> int:
    return int(math.log(max(live, 1), TIER))


def copy(writer: BulkWriter, segment: Segment, deleted: frozenset[int]) -> None:
    """Copy a segment's live documents into the writer, keeping what was worked out when they were analysed."""
    moved = {doc: writer.add_card(segment.card(doc)) for doc in range(segment.size) if doc not in deleted}
    for field in writer.gathered:
        for term in segment.vocabulary(field, b""):
            for block in segment.blocks(field, term):
                if not deleted:
                    docs = [moved[doc] for doc in block.docs]
                    writer.extend(field, term, docs, islice(block.weights, len(docs)), block.positions or ())
                    continue
                keep = [place for place, doc in enumerate(block.docs) if doc in moved]
                if keep:
                    weights = list(islice(block.weights, len(block.docs)))
                    packed = block.positions
                    writer.extend(
                        field,
                        term,
                        [moved[block.docs[place]] for place in keep],
                        [weights[place] for place in keep],
                        [packed[place] for place in keep] if packed else (),
                    )

"""Writing a Whoosh index: batches, deletions and merging, all by the one writer.

Segments are merged in tiers (eight of a size become one) up to `LARGEST` documents. Larger ones would make a
single merge hold up the index for minutes, and a search that runs out of time shows the segments it finished.
"""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from cop.search.document import Document, Key
from cop.search.engine import FileIndex, FileStorage, SegmentReader, SegmentWriter
from cop.search.whoosh_schema import SCHEMA, QuickCodec, fields_of, key_bytes
from cop.search.whoosh_segment import Segment

LARGEST = 4_000
TIER = 8
TOO_MANY_DELETED = 1 / 3
MEMORY_MB = 96

Opener = Callable[[Any], Segment]


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
    writer = SegmentWriter(index, limitmb=MEMORY_MB, codec=QuickCodec())
    try:
        for places in locate(deletions, writer.segments, opened).values():
            for whoosh_segment, doc in places:
                whoosh_segment.delete_document(doc)
        for document in additions:
            writer.add_document(**fields_of(document))
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


def merge(writer: Any, segments: Sequence[Any], opened: Opener) -> list[Any]:
    """The segments to keep as they are; the others are copied into what is being written."""
    due = due_for_merging(
        [(part, part.doc_count_all(), part.deleted_count()) for part in segments], writer.docnum
    )
    kept = []
    for part in segments:
        if part.doc_count_all() == part.deleted_count():
            continue
        if part in due:
            _copy(writer, part, opened)
        else:
            kept.append(part)
    return kept


def due_for_merging(segments: Sequence[tuple[Any, int, int]], new: int) -> list[Any]:
    """Which segments to merge now: (segment, documents, of them deleted), `new` documents being written.

    A tier with eight segments (the one being written counts) is merged when it fits below `LARGEST`; a segment
    that is one third deleted is written anew.
    """
    tiers: dict[int, list[tuple[Any, int]]] = defaultdict(list)
    due = []
    for segment, count, deleted in segments:
        live = count - deleted
        if live and deleted > count * TOO_MANY_DELETED:
            due.append(segment)
        elif live < LARGEST // 2:
            tiers[_tier(live)].append((segment, live))
    total = new
    for tier in sorted(tiers):
        members = tiers[tier]
        here = 1 if total and _tier(total) == tier else 0
        if len(members) + here < TIER:
            continue
        for segment, live in members:
            if total + live <= LARGEST:
                due.append(segment)
                total += live
    return due


def _tier(live: int) -> int:
    return int(math.log(max(live, 1), TIER))


def _copy(writer: Any, whoosh_segment: Any, opened: Opener) -> None:
    """Copy a segment's live documents into the writer, keeping what was worked out when they were analysed."""
    reader = SegmentReader(writer.storage, SCHEMA, whoosh_segment)
    start = writer.docnum
    moved = writer.write_per_doc(set(SCHEMA.names()), reader)
    segment = opened(whoosh_segment)
    add = writer.pool.add
    for field in sorted(name for name in SCHEMA.names() if name != "card"):
        for term in segment.vocabulary(field, b""):
            for block in segment.blocks(field, term):
                values = block.positions or (b"",) * len(block.docs)
                for doc, weight, packed in zip(block.docs, block.weights, values, strict=False):
                    target = start + doc if moved is None else moved.get(doc)
                    if target is not None:
                        add((field, term, target, weight, packed))
    writer._added = True
    reader.close()

"""Keeps the index up with the database: the outbox consumer "search", a rebuild, and a comparison of the two.

An event only says what may have changed. The rows are read again when it is consumed and written as they are then,
so doing it twice, late or in another order ends in the same index: exactly once in effect. The index is written and
on disk before the deliveries are forgotten.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from cop.kernel.db import Database, Tx
from cop.kernel.events import subscribe
from cop.kernel.outbox import Consumer, Delivery
from cop.search.backend import Busy, SearchBackend
from cop.search.document import Document, Key, Registry, SearchSource

CONSUMER = "search"
BATCH = 100
PAGE = 200
WAIT_FOR_REBUILD = 8 * 60.0


@dataclass(frozen=True, slots=True)
class Difference:
    """How index and database differ; all empty when they agree. `checked` counts what should be found."""

    checked: int = 0
    missing: list[Key] = field(default_factory=list)
    outdated: list[Key] = field(default_factory=list)
    left_over: list[Key] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.missing or self.outdated or self.left_over)


def subscribe_to_sources(registry: Registry) -> None:
    """Deliver each event that a source names; every process that records events needs to know."""
    for source in registry.sources.values():
        for event_type in source.events:
            subscribe(event_type, CONSUMER)


def consumer(backend: SearchBackend, registry: Registry) -> Consumer:
    """The consumer for the worker. A delivery that waits behind a rebuild waits; it does not fail."""

    def handle(db: Database, deliveries: Sequence[Delivery]) -> None:
        consume(db, deliveries, backend=backend, registry=registry)

    return Consumer(CONSUMER, handle, BATCH)


def consume(
    db: Database, deliveries: Sequence[Delivery], *, backend: SearchBackend, registry: Registry
) -> int:
    """Bring everything these events touched up to date; returns how many documents changed in the index."""
    with db.transaction(write=False) as tx:
        keys = _touched(tx, deliveries, registry)
    changed = 0
    for start in range(0, len(keys), BATCH):
        part = keys[start : start + BATCH]
        with db.transaction(write=False) as tx:
            documents = [document for key in part if (document := _fetch(tx, registry, key)) is not None]
        held = {document.key for document in documents}
        changed += _write(backend, documents, [key for key in part if key not in held])
    return changed


def _touched(tx: Tx, deliveries: Sequence[Delivery], registry: Registry) -> list[Key]:
    keys: dict[Key, None] = {}
    for delivery in deliveries:
        for source in registry.sources.values():
            if any(event_type.__name__ == delivery.event_kind for event_type in source.events):
                for number in source.touched_by(tx, delivery.event_kind, delivery.payload):
                    keys[(source.kind, number)] = None
    return list(keys)


def _fetch(tx: Tx, registry: Registry, key: Key) -> Document | None:
    return registry.sources[key[0]].fetch(tx, key[1])


def _write(backend: SearchBackend, documents: Sequence[Document], gone: Sequence[Key]) -> int:
    give_up = time.monotonic() + WAIT_FOR_REBUILD
    while True:
        try:
            return backend.write(documents, gone)
        except Busy:
            if time.monotonic() > give_up:
                raise


def everything(db: Database, registry: Registry) -> Iterator[Document]:
    """Every document there is, kind by kind, read in short transactions."""
    for source in registry.sources.values():
        for page in _pages(db, source):
            yield from page


def _pages(db: Database, source: SearchSource) -> Iterator[list[Document]]:
    after = 0
    while True:
        with db.transaction(write=False) as tx:
            ids = list(source.ids(tx, after, PAGE))
            documents = [document for number in ids if (document := source.fetch(tx, number)) is not None]
        if not ids:
            return
        yield documents
        after = ids[-1]


def rebuild(db: Database, *, backend: SearchBackend, registry: Registry) -> int:
    """Write the whole index anew; returns the number of documents. Changes made meanwhile are still delivered."""
    return backend.rebuild(everything(db, registry))


def verify(db: Database, *, backend: SearchBackend, registry: Registry) -> Difference:
    """Compare the index with the database. Deliveries still waiting show as differences."""
    held = dict(backend.fingerprints())
    checked = 0
    missing: list[Key] = []
    outdated: list[Key] = []
    for document in everything(db, registry):
        checked += 1
        fingerprint = held.pop(document.key, None)
        if fingerprint is None:
            missing.append(document.key)
        elif fingerprint != document.fingerprint():
            outdated.append(document.key)
    return Difference(checked, missing, outdated, sorted(held))

"""The worker's part of comparisons: the texts by a short read, comparing with no transaction open, a short write."""

from __future__ import annotations

from collections.abc import Sequence

from cop.files.events import FileTextExtracted
from cop.kernel.access import SYSTEM
from cop.kernel.db import Database
from cop.kernel.events import subscribe
from cop.kernel.outbox import Consumer, Delivery
from cop.library import comparisons
from cop.library.comparison import compare
from cop.library.comparisons import Pair
from cop.library.events import AssetPublished

CONSUMER = "compare"


def register() -> None:
    """Subscribe to what gives something to compare. Every process needs it."""
    subscribe(AssetPublished, CONSUMER)
    subscribe(FileTextExtracted, CONSUMER)


def consumer() -> Consumer:
    """What the worker has to drain: one at a time, because one can be fifty comparisons."""
    return Consumer(CONSUMER, _handle, batch=1)


def _handle(db: Database, deliveries: Sequence[Delivery]) -> None:
    for delivery in deliveries:
        with db.transaction(write=False) as tx:
            if delivery.event_kind == FileTextExtracted.__name__:
                pairs = comparisons.pairs_of(SYSTEM, tx=tx, file_id=int(delivery.payload["file_id"]))
            else:
                asset_id, number = int(delivery.payload["asset_id"]), int(delivery.payload["version"])
                pairs = comparisons.pairs_of(SYSTEM, tx=tx, asset_id=asset_id, number=number)
        for pair in pairs:
            _compare(db, pair)


def _compare(db: Database, pair: Pair) -> None:
    with db.transaction(write=False) as tx:
        texts = comparisons.texts_to_compare(SYSTEM, tx=tx, pair=pair)
    if texts is None:
        return
    made = compare(*texts)
    digest = comparisons.digest(*texts)
    with db.transaction(write=True) as tx:
        comparisons.store(SYSTEM, tx=tx, pair=pair, made=made, digest=digest)

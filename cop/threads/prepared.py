"""A picture of a post is drawn anew a moment after the post was written: whoever has the thread open is told then."""

from __future__ import annotations

from collections.abc import Sequence

from cop.files import queries as files
from cop.files.events import FileTextExtracted
from cop.kernel.access import SYSTEM
from cop.kernel.db import Database
from cop.kernel.events import subscribe
from cop.kernel.outbox import Consumer, Delivery
from cop.threads import service

CONSUMER = "thread_files"


def register() -> None:
    """Subscribe to files that were read. Every process needs it."""
    subscribe(FileTextExtracted, CONSUMER)


def consumer() -> Consumer:
    """What the worker has to drain."""
    return Consumer(CONSUMER, _handle)


def _handle(db: Database, deliveries: Sequence[Delivery]) -> None:
    for delivery in deliveries:
        file_id = int(delivery.payload["file_id"])
        with db.transaction(write=False) as tx:
            shown = files.shown(SYSTEM, tx=tx, file_ids=[file_id]).get(file_id)
        # The look of a document does not change when its text was read, unless the scanner took it away.
        if shown is not None and (shown.kind.is_picture or shown.state == "refused"):
            with db.transaction(write=True) as tx:
                service.files_read(SYSTEM, tx=tx, file_id=file_id)

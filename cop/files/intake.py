"""Taking an upload in, before any transaction: spool it, prove what it is, keep it.

This is the "prepare" step of an upload. If the transaction that follows fails, the kept file belongs to nobody;
`cop.files.pending.sweep` removes it a day later.
"""

from __future__ import annotations

from dataclasses import dataclass

from cop.files.checks import identify
from cop.files.kinds import Kind
from cop.files.names import clean_filename
from cop.files.store import Readable, Spooled, Store


@dataclass(frozen=True, slots=True)
class Received:
    """An upload that is kept and proven; hand its fields to `service.add_file`."""

    spooled: Spooled
    kind: Kind
    filename: str


def receive(store: Store, stream: Readable, *, filename: str, limit: int, pictures: bool = False) -> Received:
    """Spool, check and keep an upload of at most `limit` bytes; return what it is under a clean name.

    `pictures` says that those may come in as well as documents.

    Raises `Invalid` for the field `file` with what is wrong; nothing is left behind then.
    """
    spooled = store.spool(stream, limit)
    try:
        kind = identify(spooled.path, filename, pictures=pictures)
        # Nobody sees it before the malware scanner has looked at it.
        store.keep(spooled, held=store.screen(spooled))
    finally:
        store.discard(spooled)
    return Received(spooled, kind, clean_filename(filename, kind))

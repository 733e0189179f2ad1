"""The worker's part: reading files that wait, drawing pictures anew, and clearing out what nobody owns.

A file is read with no transaction open, because that can take half a minute: a short read to see what is to be
done, the child process, a short write.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from cop.files import queries, service
from cop.files.extract import extract
from cop.files.outcome import ORDINARY, REMOVED, ExtractedText, Limits, not_searchable
from cop.files.pictures import Prepared, prepare
from cop.files.queries import DownloadInfo
from cop.files.scanner import ScannerDown
from cop.files.store import TOO_LARGE_TO_CHECK, FileStore, Store
from cop.kernel.access import SYSTEM
from cop.kernel.db import Database, Tx
from cop.kernel.errors import Conflict, NotFound
from cop.kernel.outbox import Consumer, Delivery, TryLater

CONSUMER = "extract"
BATCH = 10
"""Files per claim: ten that each take as long as they may are done well before the claim ends."""
DAY = 86_400.0
_HASHES = 500
SCANNER_SECONDS = 30


def extract_pending(db: Database, store: Store, file_id: int, limits: Limits = ORDINARY) -> bool:
    """Read one file if nothing has read it yet, and store what came out; return True if it was stored now.

    Safe to call again at any time. Raises `NotFound` if the file or its bytes are gone, and `OSError` if the
    machine cannot start the reader.
    """
    with db.transaction(write=False) as tx:
        state = queries.text_state(SYSTEM, tx=tx, file_id=file_id)
        info = queries.download_info(SYSTEM, tx=tx, file_id=file_id)
    if state.was_read:
        return False
    if isinstance(store, FileStore) and store.is_held(info.sha256):
        refused = _look_at_held(store, info.sha256)
        if refused is not None:
            with db.transaction(write=True) as tx:
                return service.store_text(SYSTEM, tx=tx, file_id=file_id, outcome=refused, sha256=info.sha256)
    if info.kind.is_picture:
        return _draw(db, store, info, limits)
    with store.open(info.sha256) as stream:
        outcome = extract(stream, info.kind, limits)
    with db.transaction(write=True) as tx:
        return service.store_text(SYSTEM, tx=tx, file_id=file_id, outcome=outcome, sha256=info.sha256)


def read_one_again(db: Database, store: Store, limits: Limits = ORDINARY) -> bool:
    """Read one PDF anew whose text was sought before scans were recognised; False when none is left.

    It keeps what is known of it until then, and for good where its bytes are gone. Raises `OSError` and `ReaderBroken`
    like `extract`.
    """
    with db.transaction(write=False) as tx:
        file_id = queries.one_to_read_again(SYSTEM, tx=tx)
        info = queries.download_info(SYSTEM, tx=tx, file_id=file_id) if file_id is not None else None
    if info is None:
        return False
    try:
        with store.open(info.sha256) as stream:
            outcome = extract(stream, info.kind, limits)
    except (NotFound, Conflict):
        outcome = None
    with db.transaction(write=True) as tx:
        if outcome is None:
            service.keep_as_read(SYSTEM, tx=tx, file_id=info.file_id)
        else:
            service.store_text(
                SYSTEM, tx=tx, file_id=info.file_id, outcome=outcome, again=True, sha256=info.sha256
            )
    return True


def _draw(db: Database, store: Store, info: DownloadInfo, limits: Limits) -> bool:
    """Draw a picture anew and keep that in its place, or say why it cannot be shown."""
    with store.open(info.sha256) as stream:
        made = prepare(stream, info.kind, limits)
    if isinstance(made, Prepared):
        drawn = store.spool(io.BytesIO(made.data), len(made.data))
        try:
            store.keep(drawn)
        finally:
            store.discard(drawn)
        with db.transaction(write=True) as tx:
            return service.store_picture(
                SYSTEM, tx=tx, file_id=info.file_id, sha256=info.sha256, drawn=drawn, made=made
            )
    with db.transaction(write=True) as tx:
        return service.store_text(
            SYSTEM,
            tx=tx,
            file_id=info.file_id,
            outcome=not_searchable(made.reason),
            sha256=info.sha256,
        )


def _look_at_held(store: FileStore, sha256: str) -> ExtractedText | None:
    """Let the scanner look at a file that came in while it was down; None when it may be opened now.

    What is harmful is removed for good; its row stays and says why.
    """
    if store.scanner is not None:
        with store.open(sha256, even_held=True) as stream:
            try:
                verdict = store.scanner.scan(stream)
            except ScannerDown as error:
                raise TryLater(SCANNER_SECONDS) from error
        if not verdict.clean:
            store.remove(sha256)
            return not_searchable(REMOVED if verdict.found else TOO_LARGE_TO_CHECK)
    store.release(sha256)
    return None


def extraction(store: Store) -> Consumer:
    """The consumer that reads each stored file; it fits the outbox, which calls it outside any transaction.

    A file that is given up stops waiting, so that whoever added it can go on without its text.
    """

    def handle(db: Database, deliveries: Sequence[Delivery]) -> None:
        for delivery in deliveries:
            try:
                extract_pending(db, store, int(delivery.payload["file_id"]))
            except NotFound:
                # Discarded with the draft that carried it, before or while it was read. Bytes that are missing of a
                # file that is still there are another matter, and tried again.
                if _is_there(db, int(delivery.payload["file_id"])):
                    raise

    def given_up(tx: Tx, delivery: Delivery) -> None:
        service.give_up(SYSTEM, tx=tx, file_id=int(delivery.payload["file_id"]))

    return Consumer(CONSUMER, handle, batch=BATCH, parked=given_up)


def _is_there(db: Database, file_id: int) -> bool:
    with db.transaction(write=False) as tx:
        return bool(queries.download_infos(SYSTEM, tx=tx, file_ids=[file_id]))


def sweep(db: Database, store: FileStore, *, older_than: float = DAY) -> int:
    """Remove stale temporary files and kept files that no upload owns; return how many.

    `older_than` in seconds must exceed the longest time between keeping a file and committing its row.
    """
    removed = store.sweep(older_than)
    candidates = list(store.kept(older_than))
    for start in range(0, len(candidates), _HASHES):
        some = candidates[start : start + _HASHES]
        with db.transaction(write=False) as tx:
            owned = queries.known_hashes(SYSTEM, tx=tx, hashes=some)
        for sha256 in some:
            if sha256 not in owned and store.remove_stale(sha256, older_than):
                removed += 1
    return removed

"""What a crowd was told against what stands there: nothing acknowledged is lost, and nothing is half-done."""

from __future__ import annotations

import hashlib
import io
import json
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from sqlalchemy import func, select

from cop.files.models import FileTextRow, StoredFileRow
from cop.files.pending import sweep
from cop.files.store import FileStore
from cop.kernel import outbox
from cop.kernel.db import Database
from cop.kernel.events import EventRow
from cop.library.models import AssetRow, AssetVersionRow
from cop.threads.models import PostRow, ThreadRow
from tests.build.crowd import Document
from tests.build.processes import Caller

SMALL = 100


def check_posts(db: Database, thread_id: int, acknowledged: Sequence[str]) -> int:
    """Assert that nothing acknowledged is lost and nothing half-done; return how many posts stand there.

    The thread was opened with one post that nobody of the crowd wrote.
    """
    with db.transaction(write=False) as tx:
        rows = tx.session.execute(
            select(PostRow.source, PostRow.number, PostRow.seq)
            .where(PostRow.thread_id == thread_id)
            .order_by(PostRow.number)
        ).all()
        head = tx.session.execute(select(ThreadRow.seq).where(ThreadRow.id == thread_id)).scalar_one()
        recorded = tx.session.execute(
            select(func.count()).select_from(EventRow).where(EventRow.kind == "PostWritten")
        ).scalar_one()
        everywhere = tx.session.execute(select(func.count()).select_from(PostRow)).scalar_one()
    counted = Counter(row.source for row in rows)
    lost = [body for body in acknowledged if counted[body] != 1]
    assert not lost, f"acknowledged, but not there exactly once: {lost[:5]}"
    twice = [body for body, times in counted.items() if times > 1]
    assert not twice, f"written twice: {twice[:5]}"
    places = list(range(1, len(rows) + 1))
    assert [row.number for row in rows] == places, "the numbers have gaps"
    assert [row.seq for row in rows] == places, "a sequence number was given twice or lost"
    assert head == len(rows), "the thread's head is not its last change"
    assert recorded == everywhere, "a post without its event, or an event without its post"
    return len(rows)


def check_documents(db: Database, uploads: Mapping[int, Document], published: Collection[int]) -> None:
    """Assert of the rows that every upload is one asset with its file and its events, and published if that was said.

    Assets that nobody was told of must be as whole as the others.
    """
    with db.transaction(write=False) as tx:
        rows = tx.session.execute(
            select(AssetRow.id, AssetRow.status, StoredFileRow.id.label("file_id"), StoredFileRow.sha256)
            .outerjoin(AssetVersionRow, AssetVersionRow.asset_id == AssetRow.id)
            .outerjoin(StoredFileRow, StoredFileRow.id == AssetVersionRow.file_id)
            .order_by(AssetRow.id)
        ).all()
        files = tx.session.scalars(select(StoredFileRow.id).order_by(StoredFileRow.id)).all()
    shown = {row.id: row for row in rows}
    lost = [key for key, sent in uploads.items() if key not in shown or shown[key].sha256 != sent.sha256]
    assert not lost, f"uploads acknowledged, but not there with their document: {lost[:5]}"
    hashes = Counter(row.sha256 for row in rows)
    assert hashes.total() == len(hashes) == len(shown), f"stored twice: {hashes.most_common(3)}"
    assert sorted(row.file_id for row in rows) == files, "an asset without its file, or a file of no asset"
    unpublished = [key for key in published if shown[key].status != "published"]
    assert not unpublished, f"said to be published, but not: {unpublished[:5]}"
    public = [row.id for row in rows if row.status == "published"]
    assert _named(db, "AssetDrafted", "asset_id") == list(shown), "an asset without its event, or the reverse"
    assert _named(db, "FileStored", "file_id") == files, "a file without its event, or the reverse"
    assert _named(db, "AssetPublished", "asset_id") == public, "published without its event, or the reverse"


def _named(db: Database, kind: str, key: str) -> list[int]:
    """What the events of a kind are about, in order; twice what has two of them."""
    with db.transaction(write=False) as tx:
        payloads = tx.session.scalars(select(EventRow.payload).where(EventRow.kind == kind)).all()
    return sorted(json.loads(payload)[key] for payload in payloads)


def check_files(db: Database, store: FileStore) -> None:
    """Assert that the bytes of each row lie in the store as they were sent, and that the sweeper leaves only those.

    For when nobody uploads any more: what a kill left between the store and the row goes now instead of in a day.
    """
    with db.transaction(write=False) as tx:
        owned = set(tx.session.scalars(select(StoredFileRow.sha256)))
    missing = [sha256 for sha256 in owned if not store.exists(sha256)]
    assert not missing, f"rows without their file: {missing[:5]}"
    # Sent again, most of what was left finds its row after all; so that there is something to sweep for certain:
    store.keep(store.spool(io.BytesIO(b"A document of nobody."), SMALL))
    store.spool(io.BytesIO(b"Never kept."), SMALL)
    assert sweep(db, store, older_than=0) >= 2
    assert set(store.kept(older_than=0)) <= owned, "the sweeper left a file that nobody owns"
    assert store.sweep(older_than=0) == 0, "the sweeper left what was never kept"
    broken = [sha256 for sha256 in owned if not _is_intact(store, sha256)]
    assert not broken, f"gone, or other bytes than were sent: {broken[:5]}"


def _is_intact(store: FileStore, sha256: str) -> bool:
    if not store.exists(sha256):
        return False
    with store.open(sha256) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == sha256


def check_found(db: Database, base: str, uploads: Mapping[int, Document], published: Collection[int]) -> None:
    """Assert that a stranger finds each published document by the word inside it, and none that is still a draft.

    For after the worker has caught up; every document must have been read by then.
    """
    with db.transaction(write=False) as tx:
        unread = tx.session.scalars(
            select(FileTextRow.file_id).where(FileTextRow.status != "searchable")
        ).all()
        public = set(tx.session.scalars(select(AssetRow.id).where(AssetRow.status == "published")))
    assert not unread, f"documents that were not read: {unread[:5]}"
    assert public >= set(published)
    stranger, wrong = Caller(base, ""), []
    for asset_id, sent in uploads.items():
        page = stranger.get(f"/search?q={sent.word}")
        if page.status_code != 200 or (f'"/library/{asset_id}"' in page.text) != (asset_id in public):
            wrong.append(asset_id)
    stranger.close()
    assert not wrong, f"published and not found, or found as a draft: {wrong[:5]}"


def wait_until_drained(db: Database, seconds: float = 60.0, heal: Callable[[], None] | None = None) -> None:
    """Wait until the worker has done everything that is due; `heal()` runs at each look, to start what was killed."""
    deadline = time.monotonic() + seconds
    while any(due for due, _ in outbox.waiting(db).values()):
        assert time.monotonic() < deadline, f"the worker did not catch up: {outbox.waiting(db)}"
        if heal is not None:
            heal()
        time.sleep(0.1)
    parked = {name: count for name, (_, count) in outbox.waiting(db).items() if count}
    assert not parked, f"the worker gave up on {parked}"

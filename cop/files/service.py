"""Writes about stored files: adding one that was taken in, and storing what was read from it."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, exists, insert, select, update

from cop.files import policy, quota
from cop.files.events import FileRemoved, FileStored, FileTextExtracted
from cop.files.kinds import Kind, extension_of
from cop.files.models import FileTextRow, PictureRow, StoredFileRow
from cop.files.names import clean_filename
from cop.files.outcome import (
    EXTRACTOR_VERSION,
    GIVEN_UP,
    IS_A_PICTURE,
    NEVER_READ,
    ExtractedText,
    not_searchable,
)
from cop.files.pictures import Prepared
from cop.files.store import Spooled
from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.events import record


def add_file(actor: Actor, *, tx: Tx, spooled: Spooled, kind: Kind, filename: str) -> int:
    """Add a file that `cop.files.intake.receive` proved and kept; return its id.

    Its text is read by the worker afterwards. Raises `Forbidden` for somebody who is not signed in, and `Invalid` when
    it would be more than may be uploaded.
    """
    require(policy.can_add(actor))
    quota.check(actor, tx=tx, size=spooled.size)
    file_id = tx.session.execute(
        insert(StoredFileRow).returning(StoredFileRow.id),
        {
            "sha256": spooled.sha256,
            "size": spooled.size,
            "kind": kind.value,
            "media_type": kind.media_type,
            "filename": clean_filename(filename, kind),
            "uploaded_by": actor.person_id,
            "created_at": tx.now(),
        },
    ).scalar_one()
    tx.session.execute(
        insert(FileTextRow),
        {
            "file_id": file_id,
            "status": "pending",
            "text": "",
            "findings": {},
            "extractor_version": NEVER_READ,
        },
    )
    record(tx, actor, FileStored(file_id=file_id, kind=kind.value, size=spooled.size))
    return file_id


def pass_on(actor: Actor, *, tx: Tx, before: int, after: int) -> None:
    """What one account uploaded counts as another's: two accounts of one person became one."""
    tx.session.execute(
        update(StoredFileRow).where(StoredFileRow.uploaded_by == before).values(uploaded_by=after)
    )


def remove_file(actor: Actor, *, tx: Tx, file_id: int) -> None:
    """Remove a file that its owner has let go of; whether the actor may is the owning domain's rule."""
    require(policy.can_add(actor))
    tx.session.execute(delete(PictureRow).where(PictureRow.file_id == file_id))
    tx.session.execute(delete(FileTextRow).where(FileTextRow.file_id == file_id))
    tx.session.execute(delete(StoredFileRow).where(StoredFileRow.id == file_id))
    record(tx, actor, FileRemoved(file_id=file_id))


def store_text(
    actor: Actor,
    *,
    tx: Tx,
    file_id: int,
    outcome: ExtractedText,
    again: bool = False,
    sha256: str | None = None,
) -> bool:
    """Store what was read from a file that waits or was given up; return False if it was read before.

    `again`: also when readers of before had read it. `sha256` is of the bytes that were read: while they were, the file
    may have been removed and its number given to another, of which they say nothing. Raises `Forbidden` for anybody
    but the server itself.
    """
    require(policy.can_store_text(actor))
    before = FileTextRow.extractor_version
    unread = before < EXTRACTOR_VERSION if again else before == NEVER_READ
    stored = tx.session.scalars(
        update(FileTextRow)
        .where(FileTextRow.file_id == file_id, unread, *_still(file_id, sha256))
        .values(
            status=outcome.status,
            reason=outcome.reason,
            text=outcome.text,
            title=outcome.title,
            pages=outcome.pages,
            scanned=outcome.scanned,
            findings=outcome.hidden.as_json(),
            extractor_version=EXTRACTOR_VERSION,
            extracted_at=tx.now(),
        )
        .returning(FileTextRow.file_id)
        .execution_options(synchronize_session=False)
    ).all()
    if not stored:
        return False
    record(tx, actor, FileTextExtracted(file_id=file_id, searchable=outcome.status == "searchable"))
    return True


def _still(file_id: int, sha256: str | None) -> list[ColumnElement[bool]]:
    """SQL: the file of this number is still the one with these bytes."""
    if sha256 is None:
        return []
    return [exists().where(StoredFileRow.id == file_id, StoredFileRow.sha256 == sha256)]


def keep_as_read(actor: Actor, *, tx: Tx, file_id: int) -> None:
    """Leave what readers of before brought as it is: the bytes are gone, so nothing can be read again."""
    require(policy.can_store_text(actor))
    tx.session.execute(
        update(FileTextRow)
        .where(FileTextRow.file_id == file_id, FileTextRow.extractor_version > NEVER_READ)
        .values(extractor_version=EXTRACTOR_VERSION)
        .execution_options(synchronize_session=False)
    )


def store_picture(actor: Actor, *, tx: Tx, file_id: int, sha256: str, drawn: Spooled, made: Prepared) -> bool:
    """Put a picture drawn anew in the place of what was uploaded; False if it was there before, or the file is gone.

    `sha256` is of what was uploaded, as for `store_text`.

    What was uploaded belongs to nobody then, and goes with the next sweep. Raises `Forbidden` for anybody but the
    server itself.
    """
    require(policy.can_store_text(actor))
    filename = tx.session.scalar(
        select(StoredFileRow.filename)
        .join(FileTextRow, FileTextRow.file_id == StoredFileRow.id)
        .where(
            StoredFileRow.id == file_id,
            StoredFileRow.sha256 == sha256,
            FileTextRow.extractor_version == NEVER_READ,
        )
        .with_for_update(of=StoredFileRow)
    )
    if filename is None:
        return False
    tx.session.execute(
        update(StoredFileRow)
        .where(StoredFileRow.id == file_id)
        .values(
            sha256=drawn.sha256,
            size=drawn.size,
            kind=made.kind.value,
            media_type=made.kind.media_type,
            # A GIF is a PNG now, and is called so.
            filename=clean_filename(
                f"{filename.removesuffix(extension_of(filename))}{made.kind.extension}", made.kind
            ),
        )
    )
    tx.session.execute(insert(PictureRow), {"file_id": file_id, "width": made.width, "height": made.height})
    return store_text(actor, tx=tx, file_id=file_id, outcome=not_searchable(IS_A_PICTURE))


def give_up(actor: Actor, *, tx: Tx, file_id: int) -> bool:
    """Say of a file that still waits that it could not be read; return False if it does not wait.

    It can be read later all the same (`store_text`). Raises `Forbidden` for anybody but the server itself.
    """
    require(policy.can_store_text(actor))
    waited = tx.session.scalars(
        update(FileTextRow)
        .where(FileTextRow.file_id == file_id, FileTextRow.status == "pending")
        .values(status="not_searchable", reason=GIVEN_UP)
        .returning(FileTextRow.file_id)
        .execution_options(synchronize_session=False)
    ).all()
    if not waited:
        return False
    record(tx, actor, FileTextExtracted(file_id=file_id, searchable=False))
    return True

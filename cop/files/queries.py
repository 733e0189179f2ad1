"""Reads about stored files.

Visibility is not decided here: a file belongs to something (an asset), and its owner calls these only after it
found that the actor may see it. Hence no route leads to a file by its id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import func, or_, select

from cop.files.kinds import Kind
from cop.files.models import FileTextRow, PictureRow, StoredFileRow
from cop.files.outcome import (
    EXTRACTOR_VERSION,
    GIVEN_UP,
    LETTERS_A_PAGE,
    NEVER_READ,
    NOT_DRAWN,
    REMOVED,
    HiddenContent,
)
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class DownloadInfo:
    """What a page shows of a file and a download needs; `size` in bytes, `sha256` in hex."""

    file_id: int
    filename: str
    kind: Kind
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TextState:
    """How far reading a file is, why it cannot be searched, and what hides in it.

    What was given up is not searchable either, and `was_read` is False: it can be tried again. `scanned`: there is no
    text because its pages are pictures.
    """

    file_id: int
    status: Literal["pending", "searchable", "not_searchable"]
    reason: str | None
    pages: int | None
    title: str | None
    hidden: HiddenContent
    was_read: bool
    scanned: bool = False


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file as it stands beside what it is attached to; `size` in bytes, `width` and `height` in pixels.

    A picture is "preparing" until it was drawn anew. `reason` says why one that is "refused" cannot be had.
    """

    file_id: int
    filename: str
    kind: Kind
    size: int
    state: Literal["ready", "preparing", "refused"]
    reason: str
    width: int
    height: int


def shown(actor: Actor, *, tx: Tx, file_ids: Collection[int]) -> dict[int, ShownFile]:
    """Return files as pages show them, by id in one query."""
    row = StoredFileRow
    rows = tx.rows(
        select(
            row.id,
            row.filename,
            row.kind,
            row.size,
            FileTextRow.status,
            FileTextRow.reason,
            PictureRow.width,
            PictureRow.height,
        )
        .join(FileTextRow, FileTextRow.file_id == row.id)
        .outerjoin(PictureRow, PictureRow.file_id == row.id)
        .where(row.id.in_(file_ids))
    )
    return {found.id: _as_shown(found) for found in rows}


def _as_shown(row: Any) -> ShownFile:
    kind = Kind(row.kind)
    state: Literal["ready", "preparing", "refused"] = "ready"
    reason = row.reason or ""
    if reason == REMOVED or (kind.is_picture and row.width is None and row.status != "pending"):
        state = "refused"
        reason = NOT_DRAWN if reason == GIVEN_UP else reason
    elif kind.is_picture and row.width is None:
        state = "preparing"
    told = reason if state == "refused" else ""
    return ShownFile(row.id, row.filename, kind, row.size, state, told, row.width or 0, row.height or 0)


def download_info(actor: Actor, *, tx: Tx, file_id: int) -> DownloadInfo:
    """Return the facts of one file; raise `NotFound` if there is none."""
    found = download_infos(actor, tx=tx, file_ids=[file_id])
    if file_id not in found:
        raise NotFound
    return found[file_id]


def download_infos(actor: Actor, *, tx: Tx, file_ids: Collection[int]) -> dict[int, DownloadInfo]:
    """Return the facts of several files by id in one query."""
    rows = tx.session.execute(
        select(
            StoredFileRow.id,
            StoredFileRow.filename,
            StoredFileRow.kind,
            StoredFileRow.media_type,
            StoredFileRow.size,
            StoredFileRow.sha256,
        ).where(StoredFileRow.id.in_(file_ids))
    )
    return {
        row.id: DownloadInfo(row.id, row.filename, Kind(row.kind), row.media_type, row.size, row.sha256)
        for row in rows
    }


def text_state(actor: Actor, *, tx: Tx, file_id: int) -> TextState:
    """Return how far reading one file is; raise `NotFound` if there is no such file."""
    found = text_states(actor, tx=tx, file_ids=[file_id])
    if file_id not in found:
        raise NotFound
    return found[file_id]


def text_states(actor: Actor, *, tx: Tx, file_ids: Collection[int]) -> dict[int, TextState]:
    """Return how far reading several files is, by id in one query, without their texts."""
    rows = tx.session.execute(
        select(
            FileTextRow.file_id,
            FileTextRow.status,
            FileTextRow.reason,
            FileTextRow.pages,
            FileTextRow.title,
            FileTextRow.findings,
            FileTextRow.extractor_version,
            FileTextRow.scanned,
        ).where(FileTextRow.file_id.in_(file_ids))
    )
    return {
        row.file_id: TextState(
            file_id=row.file_id,
            status=row.status,
            reason=row.reason,
            pages=row.pages,
            title=row.title,
            hidden=HiddenContent.from_json(row.findings),
            was_read=row.extractor_version != NEVER_READ,
            scanned=row.scanned,
        )
        for row in rows
    }


def one_to_read_again(actor: Actor, *, tx: Tx) -> int | None:
    """The id of a PDF in which readers that could not tell scans apart found (almost) no text; None without any."""
    few = func.length(FileTextRow.text) < LETTERS_A_PAGE * func.coalesce(FileTextRow.pages, 1)
    return tx.session.scalars(
        select(FileTextRow.file_id)
        .join(StoredFileRow, StoredFileRow.id == FileTextRow.file_id)
        .where(
            StoredFileRow.kind == Kind.PDF.value,
            FileTextRow.extractor_version > NEVER_READ,
            FileTextRow.extractor_version < EXTRACTOR_VERSION,
            or_(FileTextRow.status == "not_searchable", few),
        )
        .order_by(FileTextRow.file_id)
        .limit(1)
    ).first()


def searchable_texts(
    actor: Actor, *, tx: Tx, file_ids: Collection[int], most: int | None = None
) -> dict[int, str]:
    """Return the texts of those of the files that can be searched, by id in one query.

    With `most`, only so many characters of each: a text can be megabytes, and twenty of them stand on one page.
    """
    text = FileTextRow.text if most is None else func.substr(FileTextRow.text, 1, most)
    rows = tx.rows(
        select(FileTextRow.file_id, text.label("text")).where(
            FileTextRow.file_id.in_(file_ids), FileTextRow.status == "searchable"
        )
    )
    return {row.file_id: row.text for row in rows}


def known_hashes(actor: Actor, *, tx: Tx, hashes: Collection[str]) -> set[str]:
    """Return those of the hashes that some file has."""
    return set(tx.session.scalars(select(StoredFileRow.sha256).where(StoredFileRow.sha256.in_(hashes))))


def every_hash(actor: Actor, *, tx: Tx) -> Iterator[str]:
    """Yield the hash of every file that some row names, each once, in order."""
    hashes = select(StoredFileRow.sha256).distinct().order_by(StoredFileRow.sha256)
    with tx.rows(hashes.execution_options(yield_per=1000)) as rows:
        for row in rows:
            yield row.sha256

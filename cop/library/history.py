"""Reads about the versions of an asset: the list of them, for its page and for choosing which two to compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.files import queries as files
from cop.files.queries import DownloadInfo, TextState
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.library import policy
from cop.library.models import AssetRow, AssetVersionRow
from cop.library.wording import file_words

SHOWN = 5
"""Versions that stand on the asset's own page; all are on a page of their own."""
MOST = 200
"""An asset with more versions than that is not what this is made for; the newest are listed."""


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version in the list. `by` is who drafted it, None where nobody is known; `readable`: it has a text, else
    `reason` says why not. `gone`: it was withdrawn, so what stood in it is shown to nobody.
    """

    asset_id: int
    number: int
    status: str
    title: str
    note: str
    by: PersonLine | None
    created_at: datetime
    published_at: datetime | None
    superseded_at: datetime | None
    withdrawn_at: datetime | None
    file: str
    readable: bool
    reason: str
    gone: bool

    @property
    def href(self) -> str:
        """The page of this version, which stays its address for good."""
        return f"/library/{self.asset_id}/versions/{self.number}"


def versions(actor: Actor, *, tx: Tx, asset_id: int, limit: int = MOST) -> Sequence[VersionLine]:
    """The versions of an asset that the actor may read, the newest first. Four queries."""
    found = tx.session.execute(
        select(AssetVersionRow, AssetRow.status)
        .join(AssetRow, AssetRow.id == AssetVersionRow.asset_id)
        .where(AssetRow.id == asset_id, policy.version_visible_to(actor))
        .order_by(AssetVersionRow.number.desc())
        .limit(limit)
    ).all()
    rows = [row for row, _ in found]
    withdrawn = any(status == "withdrawn" for _, status in found)
    ids = [row.file_id for row in rows]
    infos = files.download_infos(actor, tx=tx, file_ids=ids)
    texts = files.text_states(actor, tx=tx, file_ids=ids)
    people = accounts.lines_by_id(
        actor, tx=tx, person_ids={row.created_by for row in rows if row.created_by is not None}
    )
    return [
        VersionLine(
            asset_id=row.asset_id,
            number=row.number,
            status=row.status,
            title=row.title,
            note=row.note,
            by=people.get(row.created_by or 0),
            created_at=row.created_at,
            published_at=row.published_at,
            superseded_at=row.superseded_at,
            withdrawn_at=row.withdrawn_at,
            file=_file_words(infos[row.file_id], texts[row.file_id]),
            readable=texts[row.file_id].status == "searchable",
            reason=_reason(texts[row.file_id]),
            gone=withdrawn or row.status == "withdrawn",
        )
        for row in rows
    ]


def _file_words(info: DownloadInfo, text: TextState) -> str:
    return file_words(info.kind, info.size, text.pages, scanned=text.scanned)


def _reason(text: TextState) -> str:
    return "We are still reading it." if text.status == "pending" else text.reason or ""


def draft_line(actor: Actor, *, tx: Tx, asset_id: int) -> VersionLine | None:
    """The draft of the next version, if there is one that the actor may read."""
    newest = versions(actor, tx=tx, asset_id=asset_id, limit=1)
    return newest[0] if newest and newest[0].status == "draft" and newest[0].number > 1 else None

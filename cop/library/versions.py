"""Verbs about versions after the first: beginning, changing and discarding the next, withdrawing a former one.

There is one draft of the next version at a time: who begins a second one is told who was first. Publishing is the same
verb as for the first version (`cop.library.service.publish`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cop.files import service as files
from cop.files.intake import Received
from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Forbidden, Invalid
from cop.kernel.events import record
from cop.library import comparisons, events, policy, queries, service
from cop.library.lifecycle import LIFECYCLE, current_version, draft_version
from cop.library.models import AssetRow, AssetVersionRow

BEGUN = "Version {} has been begun already. Look at it, and go on there."
WITHDRAWN = "This document was withdrawn. There will be no further version of it."


@dataclass(frozen=True, slots=True)
class Said:
    """What a version says about itself; `note` is what changed, in plain words."""

    note: str
    title: str
    summary: str
    regime: str | None = None
    licence: str | None = None
    review_date: date | None = None


@dataclass(frozen=True, slots=True)
class Moments:
    """When a version that is loaded whole was begun and published, and by whom."""

    created_at: datetime
    published_at: datetime | None
    created_by: int | None


def begin(actor: Actor, *, tx: Tx, asset_id: int, said: Said, received: Received) -> int:
    """Begin the next version of a published asset as a draft; return its number.

    Raises Conflict when there is one already: nobody's draft is overwritten.
    """
    row = queries.load(actor, tx=tx, asset_id=asset_id, lock=True)
    require(policy.can_manage(actor, row))
    if row.status == "withdrawn":
        raise Conflict(WITHDRAWN)
    if row.status == "draft":
        raise Conflict("Publish the first version before you begin the next.")
    if draft_version(tx, row) is not None:
        raise Conflict(BEGUN.format(row.version + 1))
    return _insert(actor, tx, row, said, received, Moments(tx.now(), None, actor.person_id)).number


def load_version(
    actor: Actor, *, tx: Tx, asset_id: int, said: Said, received: Received, moments: Moments
) -> int:
    """Put a whole version in place, published or as a draft: for the demonstration and for imports.

    Only the program itself may, since no gate is asked. Returns its number.
    """
    if not actor.is_system:
        raise Forbidden("Only the program itself can load a whole version.")
    row = queries.load(actor, tx=tx, asset_id=asset_id, lock=True)
    former = current_version(tx, row)
    version = _insert(actor, tx, row, said, received, moments)
    if moments.published_at is not None:
        version.status = "published"
        former.status, former.superseded_at = "superseded", moments.published_at
        service.make_current(actor, row=row, version=version)
        row.published_at = moments.published_at
        tx.session.flush()
        record(tx, actor, events.AssetPublished(row.id, version.number, row.audience))
        record(tx, actor, events.VersionSuperseded(row.id, former.number))
    return version.number


def _insert(
    actor: Actor, tx: Tx, row: AssetRow, said: Said, received: Received, moments: Moments
) -> AssetVersionRow:
    version = AssetVersionRow(
        asset_id=row.id,
        number=row.version + 1,
        file_id=service.add_file(actor, tx=tx, received=received),
        status="draft",
        audience=row.audience,
        revision=1,
        withdrawn_reason="",
        created_by=moments.created_by,
        created_at=moments.created_at,
        published_at=moments.published_at,
    )
    _say(version, said)
    tx.session.add(version)
    tx.session.flush()
    record(tx, actor, events.VersionDrafted(row.id, version.number, version.file_id))
    return version


def _say(version: AssetVersionRow, said: Said) -> None:
    version.note, version.title, version.summary = said.note, said.title, said.summary
    version.regime, version.licence, version.review_date = said.regime, said.licence, said.review_date


def change(actor: Actor, *, tx: Tx, asset_id: int, number: int, said: Said, revision: int) -> None:
    """Rewrite what a draft of the next version says; `revision` is the one the writer started from."""
    row, version = service.load_draft(actor, tx=tx, asset_id=asset_id, number=number)
    if version.revision != revision:
        raise Invalid(
            "Somebody else changed this draft while you were writing. What you typed is still here. "
            "Compare it with what is saved now, then save again.",
            "revision",
        )
    _say(version, said)
    version.revision = revision + 1
    tx.session.flush()
    record(tx, actor, events.VersionChanged(row.id, number))


def discard(actor: Actor, *, tx: Tx, asset_id: int, number: int) -> None:
    """Throw the draft of the next version away, with its document."""
    row, version = service.load_draft(actor, tx=tx, asset_id=asset_id, number=number)
    if number == 1:
        raise Conflict("The first version cannot be discarded. Replace its document instead.")
    file_id = version.file_id
    comparisons.forget(actor, tx=tx, version_id=version.id)
    tx.session.delete(version)
    tx.session.flush()
    files.remove_file(actor, tx=tx, file_id=file_id)
    record(tx, actor, events.VersionDiscarded(row.id, number))


def withdraw(actor: Actor, *, tx: Tx, asset_id: int, number: int, reason: str) -> None:
    """Take a former version out of use; the current one stays, and so does the page that says why."""
    row = queries.load(actor, tx=tx, asset_id=asset_id, lock=True)
    version = queries.load_version(actor, tx=tx, asset=row, number=number)
    require(policy.can_manage(actor, row))
    if number == row.version:
        raise Conflict(
            "This is the current version. Withdraw the document itself, or publish a newer version."
        )
    version.withdrawn_at, version.withdrawn_reason = tx.now(), reason
    tx.session.flush()
    LIFECYCLE.apply(actor, tx=tx, entity=version, name="withdraw")

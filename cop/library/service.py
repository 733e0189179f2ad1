"""Verbs about assets: drafting, changing, publishing, withdrawing. Actor first, an event for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from cop.files import queries as file_queries
from cop.files import service as files
from cop.files.intake import Received
from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Forbidden, Invalid
from cop.kernel.events import record
from cop.library import events, policy, queries
from cop.library.lifecycle import LIFECYCLE, current_version
from cop.library.models import AssetDownloadRow, AssetRow, AssetVersionRow
from cop.library.vocabulary import CATEGORIES, OGL, STATES, WIDTH
from cop.notifications import service as notices

REVIEW = "asset_review"
"""Kind of the notices that a review date comes near, or has passed."""
DOWNLOADED = "asset_download"
"""The kind of usage fact a download leaves."""


@dataclass(frozen=True, slots=True)
class Details:
    """What people say about an asset. Licence, owner, regime and review date may wait until it is published."""

    title: str
    summary: str
    kind: str
    category: str
    audience: str
    regime: str | None = None
    licence: str | None = OGL
    owner_id: int | None = None
    review_date: date | None = None


@dataclass(frozen=True, slots=True)
class History:
    """State and moments of an asset that is loaded whole. `published_at` is None for a draft.

    `organisation_id`: who published it, where that is not for whom its owner acts now.
    """

    status: str
    created_at: datetime
    published_at: datetime | None
    created_by: int | None
    organisation_id: int | None = None


def draft(
    actor: Actor, *, tx: Tx, details: Details, received: Received, team_id: int | None, key: str | None
) -> int:
    """Add an uploaded document as a draft; return the asset's id. The same `key` again returns the same asset.

    For a team's people, or for officers without a team. Raises NotFound, Forbidden or Invalid.
    """
    if team_id is None:
        require(policy.can_add(actor))
    else:
        queries.space_to_add(actor, tx=tx, team_id=team_id)
    before = _drafted_before(actor, tx, key)
    if before is not None:
        return before
    _check(actor, tx, details, team_id=team_id, asset=None)
    history = History("draft", tx.now(), None, actor.person_id)
    try:
        with tx.session.begin_nested():
            return _insert(actor, tx, details, received, team_id=team_id, history=history, key=key)
    except IntegrityError:
        # The same form was sent twice and the other request was quicker: its asset is this one.
        before = _drafted_before(actor, tx, key)
        if before is None:
            raise
        return before


def load_asset(
    actor: Actor, *, tx: Tx, details: Details, received: Received, team_id: int | None, history: History
) -> int:
    """Put a whole asset in place with a state and moments of its own: for the demonstration and for imports.

    Only the program itself may, since no gate is asked. Returns the asset's id.
    """
    if not actor.is_system:
        raise Forbidden("Only the program itself can load a whole asset.")
    if history.status not in STATES or (history.status == "draft") != (history.published_at is None):
        raise Invalid(
            "An asset that is loaded needs a known state and, unless a draft, when it was published."
        )
    asset_id = _insert(actor, tx, details, received, team_id=team_id, history=history, key=None)
    if history.published_at is not None:
        row = queries.load(actor, tx=tx, asset_id=asset_id)
        row.organisation_id = history.organisation_id or queries.organisation_of(
            actor, tx=tx, asset_id=asset_id
        )
        tx.session.flush()
    if history.status == "published":
        record(tx, actor, events.AssetPublished(asset_id, 1, details.audience))
    return asset_id


def _drafted_before(actor: Actor, tx: Tx, key: str | None) -> int | None:
    if key is None:
        return None
    return tx.session.scalar(
        select(AssetRow.id).where(AssetRow.created_by == actor.person_id, AssetRow.upload_key == key)
    )


def _insert(
    actor: Actor,
    tx: Tx,
    details: Details,
    received: Received,
    *,
    team_id: int | None,
    history: History,
    key: str | None,
) -> int:
    file_id = add_file(actor, tx=tx, received=received)
    row = AssetRow(
        team_id=team_id,
        status=history.status,
        version=1,
        revision=1,
        created_by=history.created_by,
        created_at=history.created_at,
        published_at=history.published_at,
        withdrawn_reason="",
        upload_key=key,
    )
    version = AssetVersionRow(
        number=1,
        file_id=file_id,
        status=history.status,
        note="",
        revision=1,
        created_by=history.created_by,
        created_at=history.created_at,
        published_at=history.published_at,
        withdrawn_reason="",
        checked_by=None,
        checked_at=None,
    )
    _write(row, version, details)
    tx.session.add(row)
    tx.session.flush()
    version.asset_id = row.id
    tx.session.add(version)
    tx.session.flush()
    record(tx, actor, events.AssetDrafted(row.id, team_id, file_id))
    return row.id


def add_file(actor: Actor, *, tx: Tx, received: Received) -> int:
    """Keep an upload as a file of this domain's; return its id."""
    return files.add_file(
        actor, tx=tx, spooled=received.spooled, kind=received.kind, filename=received.filename
    )


def _write(row: AssetRow, version: AssetVersionRow, details: Details) -> None:
    """Both say the same of themselves: the asset what its current version says."""
    row.kind, row.category, row.owner_id = details.kind, details.category, details.owner_id
    for each in (row, version):
        each.title, each.summary = details.title, details.summary
        each.regime, each.licence = details.regime, details.licence
        each.review_date, each.audience = details.review_date, details.audience


def _check(actor: Actor, tx: Tx, details: Details, *, team_id: int | None, asset: AssetRow | None) -> None:
    """What a form cannot know: whether the team exists for this audience and the owner can own it."""
    if details.category not in CATEGORIES:
        raise Invalid("Choose a category.", "category")
    if details.audience == "team" and team_id is None:
        raise Invalid("Choose who can read it. This document does not belong to a team.", "audience")
    chosen, present = details.owner_id, asset.owner_id if asset else None
    if chosen is None or chosen == present:
        return
    asset_id = asset.id if asset else None
    if not queries.can_own(actor, tx=tx, person_id=chosen, team_id=team_id, asset_id=asset_id):
        raise Invalid("Choose an owner from the list.", "owner")


def change_details(
    actor: Actor, *, tx: Tx, asset_id: int, details: Details, revision: int, checked: bool = False
) -> None:
    """Rewrite the details; `revision` is the one the writer started from.

    What publishing needed stays needed. Showing a published document to more people asks again for `checked`, the
    confirmation that somebody looked at what hides in it. Raises Invalid with the field to put right.
    """
    row = queries.load(actor, tx=tx, asset_id=asset_id, lock=True)
    require(policy.can_manage(actor, row))
    if row.status == "withdrawn":
        raise Conflict("This document was withdrawn. Its details stay as they were.")
    if row.revision != revision:
        raise Invalid(
            "Somebody else changed these details while you were writing. What you typed is still here. "
            "Compare it with what is saved now, then save again.",
            "revision",
        )
    _check(actor, tx, details, team_id=row.team_id, asset=row)
    version = current_version(tx, row)
    if row.status == "published":
        _keep_gate(details)
        if WIDTH[details.audience] > WIDTH[row.audience]:
            _confirm(actor, tx, version, checked=checked, anew=True)
    if details.review_date != row.review_date:
        forget_reminder(actor, tx=tx, asset_id=row.id)
    _write(row, version, details)
    row.revision = revision + 1
    tx.session.flush()
    record(tx, actor, events.AssetDetailsChanged(row.id, row.audience))


def forget_reminder(actor: Actor, *, tx: Tx, asset_id: int) -> None:
    """Take back that people were told of a review date: there is another one, or it was reviewed."""
    notices.forget(actor, tx=tx, kind=REVIEW, subject_ids=[asset_id])


def _keep_gate(details: Details) -> None:
    needed = (
        (details.licence, "A published document needs a licence. Choose one.", "licence"),
        (details.owner_id, "A published document needs an owner. Choose one.", "owner"),
        (details.regime, "A published document needs a legal regime. Choose one.", "regime"),
        (details.review_date, "A published document needs a review date. Enter one.", "review_date"),
    )
    for value, message, field in needed:
        if value is None:
            raise Invalid(message, field)


def _confirm(actor: Actor, tx: Tx, version: AssetVersionRow, *, checked: bool, anew: bool) -> None:
    """Record that somebody looked at what hides in the document, or ask for it."""
    text = file_queries.text_state(actor, tx=tx, file_id=version.file_id)
    if not text.hidden.sentences() or (version.checked_at is not None and not anew):
        return
    if not checked:
        raise Invalid(
            "Look at what is hidden in the document, then confirm that everybody who can download it may see it.",
            "checked",
        )
    version.checked_by, version.checked_at = actor.person_id, tx.now()
    tx.session.flush()
    record(tx, actor, events.AssetChecked(version.asset_id, version.file_id))


def load_draft(actor: Actor, *, tx: Tx, asset_id: int, number: int) -> tuple[AssetRow, AssetVersionRow]:
    """A draft that the actor manages, with its asset, both locked; for this domain's own services.

    NotFound for who may not read the draft, Forbidden for who may not change it, Conflict when it is no draft any more.
    """
    row = queries.load(actor, tx=tx, asset_id=asset_id, lock=True)
    version = queries.load_version(actor, tx=tx, asset=row, number=number)
    require(policy.can_manage(actor, row))
    if version.status != "draft":
        raise Conflict("This has been published already. Reload the page to see it.")
    return row, version


def replace_file(actor: Actor, *, tx: Tx, asset_id: int, received: Received, number: int = 1) -> None:
    """Put another document into a draft. What was confirmed about the former one is forgotten."""
    row, version = load_draft(actor, tx=tx, asset_id=asset_id, number=number)
    version.file_id = add_file(actor, tx=tx, received=received)
    version.checked_by, version.checked_at = None, None
    tx.session.flush()
    record(tx, actor, events.AssetFileReplaced(row.id, version.file_id))


def publish(actor: Actor, *, tx: Tx, asset_id: int, file_id: int, checked: bool, number: int = 1) -> None:
    """Publish a draft: the first version, or the next, which supersedes the current one.

    `file_id` is the document the person looked at, `checked` their confirmation about it.
    Raises Invalid with what is missing, Conflict when the document was replaced meanwhile.
    """
    row, version = load_draft(actor, tx=tx, asset_id=asset_id, number=number)
    if version.file_id != file_id:
        raise Conflict("The document was replaced in the meantime. Reload the page and look at the new one.")
    _confirm(actor, tx, version, checked=checked, anew=False)
    former = current_version(tx, row) if version.number != row.version else None
    version.published_at, version.audience = tx.now(), row.audience
    tx.session.flush()
    LIFECYCLE.apply(actor, tx=tx, entity=version, name="publish")
    if former is not None:
        former.superseded_at = tx.now()
        tx.session.flush()
        LIFECYCLE.apply(actor, tx=tx, entity=former, name="supersede")
        make_current(actor, row=row, version=version)
        forget_reminder(actor, tx=tx, asset_id=row.id)
    else:
        row.organisation_id = actor.organisation_id or queries.organisation_of(
            actor, tx=tx, asset_id=asset_id
        )
    row.published_at, row.status = version.published_at, "published"
    tx.session.flush()


def make_current(actor: Actor, *, row: AssetRow, version: AssetVersionRow) -> None:
    """Let the asset say of itself what this version says. Who is changing its details is told of a conflict."""
    row.version, row.revision = version.number, row.revision + 1
    row.title, row.summary = version.title, version.summary
    row.regime, row.licence, row.review_date = version.regime, version.licence, version.review_date


def withdraw(actor: Actor, *, tx: Tx, asset_id: int, reason: str) -> None:
    """Take a published asset out of use with all its versions; its page stays and says why."""
    row = queries.load(actor, tx=tx, asset_id=asset_id, lock=True)
    require(policy.can_manage(actor, row))
    out = tx.session.scalars(
        select(AssetVersionRow)
        .where(
            AssetVersionRow.asset_id == row.id,
            AssetVersionRow.number <= row.version,
            AssetVersionRow.status != "withdrawn",
        )
        .order_by(AssetVersionRow.number.desc())
    ).all()
    if row.status == "withdrawn":
        raise Conflict("This was withdrawn already. Reload the page to see it.")
    row.withdrawn_at, row.withdrawn_reason = tx.now(), reason
    for version in out:
        version.asset = row
        version.withdrawn_at, version.withdrawn_reason = row.withdrawn_at, reason
        tx.session.flush()
        LIFECYCLE.apply(actor, tx=tx, entity=version, name="withdraw")
    row.status = "withdrawn"
    tx.session.flush()


def count_downloads(actor: Actor, *, tx: Tx, counted: Mapping[int, int]) -> None:
    """Add downloads, by id of the version, to today's numbers. Only the program itself counts."""
    if not actor.is_system:
        raise Forbidden("Only the program itself counts downloads.")
    dialect = tx.session.get_bind().dialect.name
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    today = tx.now().date()
    rows = [{"version_id": key, "day": today, "count": count} for key, count in sorted(counted.items())]
    statement = insert(AssetDownloadRow).values(rows)
    tx.session.execute(
        statement.on_conflict_do_update(
            index_elements=[AssetDownloadRow.version_id, AssetDownloadRow.day],
            set_={"count": AssetDownloadRow.count + statement.excluded.count},
        )
    )

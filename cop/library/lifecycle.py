"""The life of an asset's version as a table: draft → published → superseded or withdrawn (PRODUCT.md, "Lifecycles").

Publishing needs licence, owner, legal regime and review date, from the second version on what changed; and that the
document was read and, when something hides in it, that somebody looked at it. Publishing a version supersedes the
one before it. An asset is what its current version is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from cop.files import queries as files
from cop.files.queries import TextState
from cop.kernel.access import ALLOWED, SYSTEM, Verdict, refused
from cop.kernel.db import Tx
from cop.kernel.events import Event
from cop.kernel.lifecycle import Lifecycle, Transition
from cop.library import events, policy
from cop.library.models import AssetRow, AssetVersionRow
from cop.library.vocabulary import VERSION_STATES


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that must be true before publishing; `missing` is the sentence that asks for it."""

    key: str
    label: str
    met: bool
    missing: str


def conditions_to_publish(asset: AssetRow, version: AssetVersionRow, text: TextState) -> Sequence[Condition]:
    """What a published version needs, in the order in which the page lists it."""
    read = text.status != "pending"
    found = []
    if version.number > 1:
        found.append(Condition("note", "What changed", bool(version.note), "Say what changed."))
    found += [
        Condition("licence", "Licence", version.licence is not None, "Choose a licence."),
        Condition("owner", "Owner", asset.owner_id is not None, "Choose an owner."),
        Condition("regime", "Legal regime", version.regime is not None, "Choose the legal regime."),
        Condition("review_date", "Review date", version.review_date is not None, "Enter a review date."),
        Condition(
            "read", "Document read", read, "Wait until we have read the document. Then reload the page."
        ),
    ]
    if text.hidden.sentences():
        missing = "Check what is hidden in the document, and confirm that you have."
        found.append(Condition("checked", "Hidden content checked", version.checked_at is not None, missing))
    return found


def version_of(tx: Tx, asset: AssetRow, number: int) -> AssetVersionRow | None:
    """A version of an asset that was loaded for somebody; None where there is none of that number."""
    row = tx.session.execute(
        select(AssetVersionRow).where(AssetVersionRow.asset_id == asset.id, AssetVersionRow.number == number)
    ).scalar_one_or_none()
    if row is not None:
        row.asset = asset
    return row


def current_version(tx: Tx, asset: AssetRow) -> AssetVersionRow:
    """The version that the asset's page shows."""
    row = version_of(tx, asset, asset.version)
    assert row is not None
    return row


def draft_version(tx: Tx, asset: AssetRow) -> AssetVersionRow | None:
    """The version that is being drafted: the first, or the next; None when there is none."""
    row = version_of(tx, asset, asset.version if asset.status == "draft" else asset.version + 1)
    return row if row is not None and row.status == "draft" else None


def _may_publish(tx: Tx, version: AssetVersionRow) -> Verdict:
    asset = policy.asset_of(version)
    if asset.status == "withdrawn":
        return refused("This document was withdrawn, so no version of it can be published any more.")
    text = files.text_state(SYSTEM, tx=tx, file_id=version.file_id)
    missing = [item.missing for item in conditions_to_publish(asset, version, text) if not item.met]
    return refused("This cannot be published yet. " + " ".join(missing)) if missing else ALLOWED


def _published(version: AssetVersionRow) -> Event:
    return events.AssetPublished(version.asset_id, version.number, policy.asset_of(version).audience)


def _withdrawn(version: AssetVersionRow) -> Event:
    if version.number == policy.asset_of(version).version:
        return events.AssetWithdrawn(version.asset_id)
    return events.VersionWithdrawn(version.asset_id, version.number)


LIFECYCLE = Lifecycle(
    status=AssetVersionRow.status,
    states=VERSION_STATES,
    transitions=(
        Transition(
            name="publish",
            label="Publish",
            from_=("draft",),
            to="published",
            policy=policy.can_manage_version,
            event=_published,
            guard=_may_publish,
        ),
        Transition(
            name="supersede",
            label="Publish the next version",
            from_=("published",),
            to="superseded",
            policy=policy.can_manage_version,
            event=lambda version: events.VersionSuperseded(version.asset_id, version.number),
        ),
        Transition(
            name="withdraw",
            label="Withdraw",
            from_=("published", "superseded"),
            to="withdrawn",
            policy=policy.can_manage_version,
            event=_withdrawn,
        ),
    ),
)

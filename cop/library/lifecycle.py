"""The life of an asset as a table: draft → published → withdrawn (PRODUCT.md, "Lifecycles").

Publishing needs licence, owner, legal regime and review date; and that the document was read and, when something
hides in it, that somebody looked at it. A new version that supersedes the one before joins this table later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from cop.files import queries as files
from cop.files.queries import TextState
from cop.kernel.access import ALLOWED, SYSTEM, Verdict, refused
from cop.kernel.db import Tx
from cop.kernel.lifecycle import Lifecycle, Transition
from cop.library import events, policy
from cop.library.models import AssetRow, AssetVersionRow
from cop.library.vocabulary import STATES


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that must be true before publishing; `missing` is the sentence that asks for it."""

    key: str
    label: str
    met: bool
    missing: str


def conditions_to_publish(asset: AssetRow, version: AssetVersionRow, text: TextState) -> Sequence[Condition]:
    """What a published asset needs, in the order in which the page lists it."""
    read = text.status != "pending"
    found = [
        Condition("licence", "Licence", asset.licence is not None, "Choose a licence."),
        Condition("owner", "Owner", asset.owner_id is not None, "Choose an owner."),
        Condition("regime", "Legal regime", asset.regime is not None, "Choose the legal regime."),
        Condition("review_date", "Review date", asset.review_date is not None, "Enter a review date."),
        Condition(
            "read", "Document read", read, "Wait until we have read the document. Then reload the page."
        ),
    ]
    if text.hidden.sentences():
        missing = "Check what is hidden in the document, and confirm that you have."
        found.append(Condition("checked", "Hidden content checked", version.checked_at is not None, missing))
    return found


def current_version(tx: Tx, asset: AssetRow) -> AssetVersionRow:
    """The version that the asset's page shows."""
    return tx.session.execute(
        select(AssetVersionRow).where(
            AssetVersionRow.asset_id == asset.id, AssetVersionRow.number == asset.version
        )
    ).scalar_one()


def _may_publish(tx: Tx, asset: AssetRow) -> Verdict:
    version = current_version(tx, asset)
    text = files.text_state(SYSTEM, tx=tx, file_id=version.file_id)
    missing = [item.missing for item in conditions_to_publish(asset, version, text) if not item.met]
    return refused("This cannot be published yet. " + " ".join(missing)) if missing else ALLOWED


LIFECYCLE = Lifecycle(
    status=AssetRow.status,
    states=STATES,
    transitions=(
        Transition(
            name="publish",
            label="Publish",
            from_=("draft",),
            to="published",
            policy=policy.can_manage,
            event=lambda asset: events.AssetPublished(asset.id, asset.version, asset.audience),
            guard=_may_publish,
        ),
        Transition(
            name="withdraw",
            label="Withdraw",
            from_=("published",),
            to="withdrawn",
            policy=policy.can_manage,
            event=lambda asset: events.AssetWithdrawn(asset.id),
        ),
    ),
)

"""Former versions as documents to be found by whoever asks for them: each for those who may read that very version."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Integer, Select, and_, cast, extract, select

from cop.accounts import lineage
from cop.accounts.events import OrganisationChanged
from cop.files import queries as files
from cop.files.events import FileTextExtracted
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Tx
from cop.kernel.events import Event
from cop.library import events, policy
from cop.library.models import AssetRow, AssetVersionRow
from cop.library.search import TABLES, names_shown, of_publishers, text_words
from cop.library.vocabulary import KINDS, REGIMES
from cop.library.wording import date_words, file_words, regime_words
from cop.search.document import MOST_TEXT, PUBLISHER, Document, Presented


class FormerSource:
    """A `SearchSource` for versions that a newer one has replaced. What was withdrawn is not in the index."""

    kind = "former"
    events: Sequence[type[Event]] = (
        events.VersionSuperseded,
        events.VersionWithdrawn,
        events.AssetDetailsChanged,
        events.AssetWithdrawn,
        FileTextExtracted,
        OrganisationChanged,
    )
    labels: Mapping[str, Mapping[str, str]] = {"kind": KINDS, "regime": REGIMES}

    def touched_by(self, tx: Tx, event_kind: str, payload: Mapping[str, Any]) -> Iterable[int]:
        """All former versions of the asset: who may read them can change with it."""
        if event_kind == FileTextExtracted.__name__:
            of = AssetVersionRow.file_id == payload["file_id"]
        elif event_kind == OrganisationChanged.__name__:
            of = AssetVersionRow.asset_id.in_(select(AssetRow.id).where(of_publishers(tx, payload)))
        else:
            of = AssetVersionRow.asset_id == payload["asset_id"]
        # Also those that have just stopped being former: they leave the index.
        return tx.session.scalars(
            select(AssetVersionRow.id).where(of, AssetVersionRow.status != "draft")
        ).all()

    def ids(self, tx: Tx, after: int, limit: int) -> Sequence[int]:
        """The next former versions."""
        return tx.session.scalars(
            _former(AssetVersionRow.id)
            .where(AssetVersionRow.id > after)
            .order_by(AssetVersionRow.id)
            .limit(limit)
        ).all()

    def fetch(self, tx: Tx, document_id: int) -> Document | None:
        """One former version with the text of its document, None for any other."""
        row = tx.session.execute(
            _former(AssetVersionRow, AssetRow).where(AssetVersionRow.id == document_id)
        ).first()
        if row is None:
            return None
        version, asset = row.AssetVersionRow, row.AssetRow
        texts = files.searchable_texts(SYSTEM, tx=tx, file_ids=[version.file_id])
        return Document(
            kind=self.kind,
            id=version.id,
            title=version.title,
            audience=policy.audience_of_version(asset, version),
            date=version.published_at,
            summary=version.summary,
            body=texts.get(version.file_id, ""),
            names=lineage.search_words(SYSTEM, tx=tx, organisation_id=asset.organisation_id),
        )

    def facts(self, actor: Actor) -> Select[Any]:
        """Facets of the former versions the actor may read."""
        columns: list[Any] = [
            AssetVersionRow.id.label("id"),
            AssetRow.kind.label("kind"),
            AssetRow.category.label("category"),
            AssetVersionRow.regime.label("regime"),
            cast(extract("year", AssetVersionRow.published_at), Integer).label("year"),
            AssetRow.organisation_id.label(PUBLISHER),
        ]
        return _former(*columns).where(policy.version_visible_to(actor))

    def present(self, actor: Actor, *, tx: Tx, ids: Sequence[int]) -> Mapping[int, Presented]:
        """Rows of the list of results, each with its number and since when it has been replaced."""
        rows = tx.session.execute(
            _former(AssetVersionRow, AssetRow.kind, AssetRow.organisation_id).where(
                AssetVersionRow.id.in_(ids), policy.version_visible_to(actor)
            )
        ).all()
        file_ids = [row.AssetVersionRow.file_id for row in rows]
        bodies = lineage.bodies(actor, tx=tx, organisation_ids={row.organisation_id for row in rows})
        infos = files.download_infos(actor, tx=tx, file_ids=file_ids)
        states = files.text_states(actor, tx=tx, file_ids=file_ids)
        texts = files.searchable_texts(actor, tx=tx, file_ids=file_ids, most=MOST_TEXT)
        found = {}
        for row in rows:
            version = row.AssetVersionRow
            info, state = infos[version.file_id], states[version.file_id]
            file = file_words(info.kind, info.size, state.pages, scanned=state.scanned)
            replaced = version.superseded_at
            found[version.id] = Presented(
                title=version.title,
                url=f"/library/{version.asset_id}/versions/{version.number}",
                summary=version.summary,
                text=text_words(texts.get(version.file_id, ""), version.title, info.kind),
                table=info.kind in TABLES,
                above=(KINDS[row.kind], f"version {version.number}", "earlier version"),
                below=tuple(
                    filter(
                        None,
                        (
                            file,
                            regime_words(version.regime),
                            f"superseded {date_words(replaced)}" if replaced else "",
                        ),
                    )
                ),
                beside=f"version {version.number}",
                names=names_shown(bodies.get(row.organisation_id)),
            )
        return found


def _former(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .join_from(AssetVersionRow, AssetRow, AssetRow.id == AssetVersionRow.asset_id)
        .where(and_(AssetVersionRow.status == "superseded", AssetRow.status == "published"))
    )

"""Published assets as documents to be found: by title, summary and the text inside the document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, cast, extract, select

from cop.accounts import lineage
from cop.accounts.events import OrganisationChanged
from cop.accounts.lineage import Body
from cop.files import queries as files
from cop.files.events import FileTextExtracted
from cop.files.kinds import Kind
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Tx
from cop.kernel.events import Event
from cop.library import events, policy, queries
from cop.library.models import AssetRow, AssetVersionRow
from cop.library.vocabulary import KINDS, REGIMES
from cop.library.wording import month, regime_words
from cop.search.document import MOST_TEXT, PUBLISHER, Document, Presented
from cop.web.dates import in_london

TABLES = frozenset({Kind.CSV, Kind.ODS, Kind.XLSX})
READ = 200_000
"""Characters of which a passage is cut, like `cop.search.highlights.MOST_TEXT`: no more than that is tidied up."""
_HEADINGS = re.compile(r"^[ \t]{0,3}(?:#{1,6}[ \t]+|(?:>[ \t]?)+)", re.MULTILINE)
_ITEMS = re.compile(r"^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?", re.MULTILINE)
_RULES = re.compile(r"^[ \t]*(?:`{3,}.*|~{3,}.*|[|: \t-]{3,}|[*_=-]{3,})$", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<![\w\\])[*_`]{1,3}(?=\S)|(?<=[^\s\\])[*_`]{1,3}(?!\w)")
_ESCAPES = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|<>~])")


def plain_words(text: str) -> str:
    """Markdown as somebody reads it, without the marks: for passages, which are never formatted."""
    for marks in (_RULES, _HEADINGS, _ITEMS, _EMPHASIS):
        text = marks.sub("", text)
    return _ESCAPES.sub(r"\1", text.replace("|", " "))


def text_words(text: str, title: str, kind: Kind) -> str:
    """What passages are cut from: no mark-up, and not the title once more, which stands above them already."""
    text = text[:READ]
    words = (plain_words(text) if kind is Kind.MARKDOWN else text).lstrip()
    own = words[: len(title)].lower() == title.lower()
    return words[len(title) :].lstrip() if own else words


def of_publishers(tx: Tx, payload: Mapping[str, Any]) -> ColumnElement[bool]:
    """SQL: what an event's organisation published, or one that became part of it: its name is a word of theirs, too."""
    line = lineage.line_of(SYSTEM, tx=tx, organisation_id=int(payload["organisation_id"]))
    return AssetRow.organisation_id.in_([each.id for each in line])


def names_shown(by: Body | None) -> str:
    """The names by which a result was found, as far as its page says them."""
    return ", ".join((by.name, *(each.name for each in by.successors))) if by is not None else ""


def _published(card: queries.AssetCard) -> str:
    when = f"published {month(in_london(card.published_at))}" if card.published_at else ""
    return f"{when} by {card.by.words}" if card.by is not None else when


class AssetSource:
    """A `SearchSource` for assets. Drafts and withdrawn assets are not in the index."""

    kind = "asset"
    events: Sequence[type[Event]] = (
        events.AssetPublished,
        events.AssetDetailsChanged,
        events.AssetWithdrawn,
        FileTextExtracted,
        OrganisationChanged,
    )
    labels: Mapping[str, Mapping[str, str]] = {"kind": KINDS, "regime": REGIMES}

    def touched_by(self, tx: Tx, event_kind: str, payload: Mapping[str, Any]) -> Iterable[int]:
        """The asset the event names, those that carry the file that was read, or those found by other names now."""
        if event_kind == OrganisationChanged.__name__:
            return tx.session.scalars(
                select(AssetRow.id).where(of_publishers(tx, payload), AssetRow.status == "published")
            ).all()
        if event_kind == FileTextExtracted.__name__:
            return tx.session.scalars(
                select(AssetVersionRow.asset_id).where(AssetVersionRow.file_id == payload["file_id"])
            ).all()
        return [int(payload["asset_id"])]

    def ids(self, tx: Tx, after: int, limit: int) -> Sequence[int]:
        """The next published assets."""
        return tx.session.scalars(
            select(AssetRow.id)
            .where(AssetRow.status == "published", AssetRow.id > after)
            .order_by(AssetRow.id)
            .limit(limit)
        ).all()

    def fetch(self, tx: Tx, document_id: int) -> Document | None:
        """One published asset with the text of its document, None for any other."""
        row = tx.session.execute(
            select(AssetRow).where(AssetRow.id == document_id, AssetRow.status == "published")
        ).scalar_one_or_none()
        if row is None or row.published_at is None:
            return None
        file_id = tx.session.execute(
            select(AssetVersionRow.file_id).where(
                AssetVersionRow.asset_id == row.id, AssetVersionRow.number == row.version
            )
        ).scalar_one()
        texts = files.searchable_texts(SYSTEM, tx=tx, file_ids=[file_id])
        return Document(
            kind=self.kind,
            id=row.id,
            title=row.title,
            audience=policy.audience(row),
            date=row.published_at,
            summary=row.summary,
            body=texts.get(file_id, ""),
            names=lineage.search_words(SYSTEM, tx=tx, organisation_id=row.organisation_id),
        )

    def facts(self, actor: Actor) -> Select[Any]:
        """Facets of the published assets the actor may read."""
        columns: list[Any] = [
            AssetRow.id.label("id"),
            AssetRow.kind.label("kind"),
            AssetRow.category.label("category"),
            AssetRow.regime.label("regime"),
            cast(extract("year", AssetRow.published_at), Integer).label("year"),
            AssetRow.organisation_id.label(PUBLISHER),
        ]
        return select(*columns).where(policy.listed_for(actor))

    def present(self, actor: Actor, *, tx: Tx, ids: Sequence[int]) -> Mapping[int, Presented]:
        """Rows of the list of results. Passages are cut from the text of the document."""
        cards = queries.cards_by_id(actor, tx=tx, asset_ids=ids)
        file_ids = queries.file_ids(actor, tx=tx, asset_ids=cards)
        texts = files.searchable_texts(actor, tx=tx, file_ids=file_ids.values(), most=MOST_TEXT)
        found = {}
        for asset_id, card in cards.items():
            version = (f"version {card.version}",) if card.version > 1 else ()
            published = (_published(card),) if card.published_at else ()
            found[asset_id] = Presented(
                title=card.title,
                url=card.href,
                summary=card.summary,
                text=text_words(texts.get(file_ids[asset_id], ""), card.title, card.file_kind),
                table=card.file_kind in TABLES,
                above=(KINDS[card.kind], *version),
                below=tuple(filter(None, (card.file, regime_words(card.regime), *published, card.overdue))),
                names=names_shown(card.by),
            )
        return found

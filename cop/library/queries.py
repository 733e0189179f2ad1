"""Reads about assets. Nothing is loaded except through the policy's predicates."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, select, tuple_, union_all
from sqlalchemy.orm import aliased

from cop.accounts import lineage
from cop.accounts import queries as accounts
from cop.accounts.lineage import Body
from cop.accounts.queries import PersonLine
from cop.files import queries as files
from cop.files.kinds import Kind
from cop.files.queries import DownloadInfo, TextState
from cop.kernel import paging
from cop.kernel.access import Actor, require
from cop.kernel.clock import UtcDateTime, utc_now
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Gone, NotFound
from cop.library import policy
from cop.library.lifecycle import Condition, conditions_to_publish, current_version, version_of
from cop.library.models import AssetDownloadRow, AssetRow, AssetVersionRow
from cop.library.vocabulary import CATEGORIES, KINDS, REGIMES
from cop.library.wording import file_words, kind_line, overdue_words
from cop.teams import policy as team_policy
from cop.teams import queries as teams
from cop.web.dates import in_london

_POSITION = (str, int)
FACETS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "kind": ("Kind", KINDS),
    "category": ("Category", {name: name for name in CATEGORIES}),
    "regime": ("Legal regime", REGIMES),
}
"""What the list can be filtered by: the filter's label, and its values with their words."""
DRAFTS_SHOWN = 10
Chosen = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class AssetCard:
    """An asset in a list. `published_at` is None for a draft; `file`: type and size; `by`: who published it."""

    id: int
    title: str
    summary: str
    kind: str
    regime: str | None
    status: str
    audience: str
    version: int
    created_at: datetime
    published_at: datetime | None
    review_date: date | None
    file: str
    file_kind: Kind
    pages: int | None = None
    overdue: str = ""
    """That it is past its review date, in words; empty for what is not."""
    by: Body | None = None

    @property
    def href(self) -> str:
        """The asset's page."""
        return f"/library/{self.id}"

    @property
    def kind_line(self) -> str:
        """What stands over the title: "Specification · Procurement Act 2023"."""
        return kind_line(self.kind, self.regime)

    @property
    def facts(self) -> tuple[str, ...]:
        """What stands under the summary."""
        return (self.file, f"version {self.version}") if self.version > 1 else (self.file,)


@dataclass(frozen=True, slots=True)
class Asset:
    """A version of an asset as its pages show it to somebody who may read it: the current one unless they ask.

    `team_name` is None where they may not know it; `status` is that of the version, `newest` the number of the current
    one, `withdrawn` whether the whole asset was, `next_draft` the number of a draft of the next that they may read.
    `by`: who published it first.
    """

    id: int
    title: str
    summary: str
    kind: str
    category: str
    regime: str | None
    licence: str | None
    owner: PersonLine | None
    review_date: date | None
    audience: str
    team_id: int | None
    team_name: str | None
    status: str
    version: int
    newest: int
    withdrawn: bool
    revision: int
    created_at: datetime
    published_at: datetime | None
    superseded_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str
    note: str
    checked: bool
    file: DownloadInfo
    text: TextState
    conditions: Sequence[Condition]
    manages: bool
    downloadable: bool
    next_draft: int | None = None
    by: Body | None = None

    @property
    def base(self) -> str:
        """Where the pages of this draft stand: its own address from the second version on."""
        return f"/library/{self.id}" if self.version == 1 else f"/library/{self.id}/versions/{self.version}"

    @property
    def ready(self) -> bool:
        """Nothing is missing for publishing, but for looking at what hides in the document."""
        return all(item.met for item in self.conditions if item.key != "checked")

    @property
    def details_complete(self) -> bool:
        """Nothing is missing that a person could still fill in; the document may still be waiting to be read."""
        return all(item.met for item in self.conditions if item.key not in ("checked", "read"))


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the platform admin sees of an asset that a stranger could not read."""

    id: int
    title: str
    status: str
    owner: PersonLine | None
    by: Body | None
    created_at: datetime
    published_at: datetime | None
    review_date: date | None


@dataclass(frozen=True, slots=True)
class Option:
    """A value of a filter: how many assets have it among those that pass the other filters."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter of the list with its options."""

    name: str
    label: str
    options: Sequence[Option]


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the library: cards, the token of the next page, how many match in all, and the filters."""

    cards: Sequence[AssetCard]
    older: str | None
    total: int
    filters: Sequence[Filter]


@dataclass(frozen=True, slots=True)
class Carried:
    """What a download sends, and the version it is counted for."""

    version_id: int
    file: DownloadInfo


def visible_ids(actor: Actor) -> Select[int]:
    """Ids of assets the actor may read: the one rule that lists, search and higher domains compose with."""
    return select(AssetRow.id).where(policy.visible_to(actor))


def listed_ids(actor: Actor) -> Select[int]:
    """Ids of published assets the actor may read."""
    return select(AssetRow.id).where(policy.listed_for(actor))


def listed_count(actor: Actor, *, tx: Tx) -> int:
    """How many published assets the actor may read."""
    counts = [select(func.count().label("number")).where(part) for part in policy.listed_parts(actor)]
    parts = union_all(*counts).subquery()
    return int(tx.session.execute(select(func.sum(parts.c.number))).scalar_one())


_CARD = (
    AssetRow.id,
    AssetRow.title,
    AssetRow.summary,
    AssetRow.kind,
    AssetRow.regime,
    AssetRow.status,
    AssetRow.audience,
    AssetRow.version,
    AssetRow.created_at,
    AssetRow.published_at,
    AssetRow.review_date,
    AssetRow.organisation_id,
    AssetVersionRow.file_id,
)
_NOT_SHOWN = ("file_id", "organisation_id")


def _card_query() -> Select[Any]:
    columns: Any = _CARD
    return select(*columns).join(
        AssetVersionRow,
        and_(AssetVersionRow.asset_id == AssetRow.id, AssetVersionRow.number == AssetRow.version),
    )


def _cards(actor: Actor, tx: Tx, query: Select[Any], *, pages: bool = False) -> list[AssetCard]:
    """Three statements, or four with the number of pages, however many cards there are."""
    rows = tx.session.execute(query).all()
    ids = [row.file_id for row in rows]
    infos = files.download_infos(actor, tx=tx, file_ids=ids)
    texts = files.text_states(actor, tx=tx, file_ids=ids) if pages else {}
    publishers = lineage.bodies(actor, tx=tx, organisation_ids={row.organisation_id for row in rows})
    today = in_london(utc_now())
    made = []
    for row in rows:
        info = infos[row.file_id]
        text = texts.get(row.file_id)
        count = text.pages if text else None
        known: dict[str, Any] = {key: value for key, value in row._mapping.items() if key not in _NOT_SHOWN}
        made.append(
            AssetCard(
                **known,
                file=file_words(info.kind, info.size, count, scanned=text is not None and text.scanned),
                file_kind=info.kind,
                pages=count,
                overdue=overdue_words(row.review_date, today) if row.status == "published" else "",
                by=publishers.get(row.organisation_id),
            )
        )
    return made


def newest_public(actor: Actor, *, tx: Tx, limit: int = 3) -> list[AssetCard]:
    """The newest assets that everybody may read, for the front page. Three queries."""
    query = (
        _card_query()
        .where(AssetRow.status == "published", AssetRow.audience == "public")
        .order_by(AssetRow.published_at.desc(), AssetRow.id.desc())
        .limit(limit)
    )
    return _cards(actor, tx, query)


def cards_by_id(actor: Actor, *, tx: Tx, asset_ids: Collection[int]) -> dict[int, AssetCard]:
    """Published assets among these ids that the actor may read, with their numbers of pages. Four queries."""
    query = _card_query().where(AssetRow.id.in_(set(asset_ids)), policy.listed_for(actor))
    return {card.id: card for card in _cards(actor, tx, query, pages=True)}


def file_ids(actor: Actor, *, tx: Tx, asset_ids: Collection[int]) -> dict[int, int]:
    """The file of the shown version of those of these assets that the actor may read."""
    rows = tx.session.execute(
        select(AssetRow.id, AssetVersionRow.file_id)
        .join(
            AssetVersionRow,
            and_(AssetVersionRow.asset_id == AssetRow.id, AssetVersionRow.number == AssetRow.version),
        )
        .where(AssetRow.id.in_(set(asset_ids)), policy.visible_to(actor))
    )
    return {row.id: row.file_id for row in rows}


def drafts(actor: Actor, *, tx: Tx, limit: int = DRAFTS_SHOWN) -> list[AssetCard]:
    """Drafts the actor may read, newest first: their own and their teams'. Nothing for strangers."""
    if not actor.signed_in:
        return []
    query = (
        _card_query()
        .where(AssetRow.status == "draft", policy.visible_to(actor))
        .order_by(AssetRow.created_at.desc(), AssetRow.id.desc())
        .limit(limit)
    )
    return _cards(actor, tx, query)


def listing(
    actor: Actor,
    *,
    tx: Tx,
    chosen: Chosen,
    of: Collection[int] = (),
    after: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> Listing:
    """Published assets the actor may read, newest first, with the filters. Four queries a page.

    `of`: only what these organisations published, where any is named.
    """
    among = [_published_by(of)] if of else []
    query = _card_query().where(policy.listed_for(actor), *among, *_wanted(chosen))
    found = _newest(actor, tx, query, after=after, limit=limit)
    cells = _cells(actor, tx, among)
    total = sum(cell.count for cell in cells if _fits(cell, chosen))
    return Listing(found.rows, found.older, total, _filters(cells, chosen))


def _published_by(of: Collection[int]) -> ColumnElement[bool]:
    """By ids, so that SQLite begins with these few: of itself it would read every published asset for the counts."""
    own = aliased(AssetRow)
    return AssetRow.id.in_(select(own.id).where(own.organisation_id.in_(sorted(of))))


def _newest(
    actor: Actor, tx: Tx, query: Select[Any], *, after: str | None, limit: int
) -> paging.Page[AssetCard]:
    """A page of published assets, newest first, from the position that the token names."""
    query = query.order_by(AssetRow.published_at.desc(), AssetRow.id.desc()).limit(limit + 1)
    position = paging.decode(after, _POSITION)
    if position is not None and (moment := paging.moment(position[0])) is not None:
        query = query.where(
            tuple_(AssetRow.published_at, AssetRow.id)
            < tuple_(literal(moment, UtcDateTime()), literal(position[1]))
        )
    found = _cards(actor, tx, query)
    shown = found[:limit]
    older = None
    if len(found) > limit and shown[-1].published_at is not None:
        older = paging.encode((shown[-1].published_at.isoformat(), shown[-1].id))
    return paging.Page(shown, older)


def _wanted(chosen: Chosen) -> list[Any]:
    return [getattr(AssetRow, name).in_(sorted(chosen[name])) for name in FACETS if chosen.get(name)]


@dataclass(frozen=True, slots=True)
class _Cell:
    """How many readable assets share these values."""

    kind: str
    category: str
    regime: str | None
    count: int


def _cells(actor: Actor, tx: Tx, among: Sequence[ColumnElement[bool]]) -> list[_Cell]:
    """Counts by every combination of values, from which the numbers beside all filters follow in one query."""
    columns = (AssetRow.kind, AssetRow.category, AssetRow.regime)
    counts = [
        select(*columns, func.count()).where(part, *among).group_by(*columns)
        for part in policy.listed_parts(actor)
    ]
    return [_Cell(*row) for row in tx.session.execute(union_all(*counts))]


def _fits(cell: _Cell, chosen: Chosen, but: str = "") -> bool:
    return all(getattr(cell, name) in chosen[name] for name in FACETS if name != but and chosen.get(name))


def _filters(cells: Sequence[_Cell], chosen: Chosen) -> list[Filter]:
    total = sum(cell.count for cell in cells if _fits(cell, chosen))
    made = []
    for name, (label, words) in FACETS.items():
        counts: dict[str | None, int] = {}
        for cell in cells:
            if _fits(cell, chosen, but=name):
                counts[getattr(cell, name)] = counts.get(getattr(cell, name), 0) + cell.count
        options = [
            Option(value, shown, counts.get(value, 0), value in chosen.get(name, ()))
            for value, shown in words.items()
            if counts.get(value) or value in chosen.get(name, ())
        ]
        # Where each value is that of every asset, choosing one would change nothing.
        if any(option.chosen or option.count != total for option in options):
            made.append(Filter(name, label, options))
    return made


def load(actor: Actor, *, tx: Tx, asset_id: int, lock: bool = False) -> AssetRow:
    """The row of an asset the actor may read, with their role on its team; NotFound for any other.

    For this domain's own service; `lock` keeps others from changing it until the transaction ends.
    """
    query = select(AssetRow).where(AssetRow.id == asset_id, policy.visible_to(actor))
    if lock:
        query = query.with_for_update(of=AssetRow).execution_options(populate_existing=True)
    row = tx.session.execute(query).scalar_one_or_none()
    if row is None:
        raise NotFound
    row.team_role = _team_role(actor, tx, row.team_id)
    row.left_behind = _left_behind(actor, tx, row)
    return row


def _left_behind(actor: Actor, tx: Tx, row: AssetRow) -> bool:
    """Asked only for admins, of what could be."""
    behind = policy.left_behind_to(actor)
    if behind is None or row.team_id is not None:
        return False
    return tx.session.execute(select(AssetRow.id).where(AssetRow.id == row.id, behind)).first() is not None


def _team_role(actor: Actor, tx: Tx, team_id: int | None) -> str | None:
    if team_id is None or not actor.signed_in:
        return None
    try:
        return teams.space(actor, tx=tx, team_id=team_id).standing.role
    except NotFound:
        return None


def load_version(actor: Actor, *, tx: Tx, asset: AssetRow, number: int) -> AssetVersionRow:
    """The row of a version the actor may read, of an asset that was loaded for them; NotFound for any other.

    For this domain's own services.
    """
    found = tx.session.execute(
        select(AssetVersionRow.id)
        .join(AssetRow, AssetRow.id == AssetVersionRow.asset_id)
        .where(AssetRow.id == asset.id, AssetVersionRow.number == number, policy.version_visible_to(actor))
    ).first()
    row = version_of(tx, asset, number) if found is not None else None
    if row is None:
        raise NotFound
    return row


def asset(actor: Actor, *, tx: Tx, asset_id: int) -> Asset:
    """One asset for its page; NotFound unless the actor may read it. At most nine queries."""
    row = load(actor, tx=tx, asset_id=asset_id)
    return _shown(actor, tx, row, current_version(tx, row))


def version(actor: Actor, *, tx: Tx, asset_id: int, number: int) -> Asset:
    """One version for its page; NotFound unless the actor may read it. At most ten queries."""
    row = load(actor, tx=tx, asset_id=asset_id)
    return _shown(actor, tx, row, load_version(actor, tx=tx, asset=row, number=number))


def _next_draft(actor: Actor, tx: Tx, row: AssetRow) -> int | None:
    if not actor.signed_in or row.status != "published":
        return None
    query = (
        select(AssetVersionRow.number)
        .join(AssetRow, AssetRow.id == AssetVersionRow.asset_id)
        .where(AssetRow.id == row.id, policy.next_draft_visible_to(actor))
    )
    return tx.session.scalars(query).first()


def _shown(actor: Actor, tx: Tx, row: AssetRow, version: AssetVersionRow) -> Asset:
    text = files.text_state(actor, tx=tx, file_id=version.file_id)
    team_names = teams.names(actor, tx=tx, team_ids=[row.team_id]) if row.team_id else {}
    manages = bool(policy.can_manage(actor, row))
    return Asset(
        id=row.id,
        title=version.title,
        summary=version.summary,
        kind=row.kind,
        category=row.category,
        regime=version.regime,
        licence=version.licence,
        owner=_owner(actor, tx, row.owner_id),
        review_date=version.review_date,
        audience=row.audience,
        team_id=row.team_id,
        team_name=team_names.get(row.team_id or 0),
        status=version.status,
        version=version.number,
        newest=row.version,
        withdrawn=row.status == "withdrawn",
        revision=row.revision if version.number == row.version else version.revision,
        created_at=version.created_at,
        published_at=version.published_at,
        superseded_at=version.superseded_at,
        withdrawn_at=version.withdrawn_at,
        withdrawn_reason=version.withdrawn_reason,
        note=version.note,
        checked=version.checked_at is not None,
        file=files.download_info(actor, tx=tx, file_id=version.file_id),
        text=text,
        conditions=conditions_to_publish(row, version, text) if version.status == "draft" else (),
        manages=manages,
        downloadable=bool(policy.can_download(actor, row, version)),
        next_draft=_next_draft(actor, tx, row),
        by=_publisher(actor, tx, row),
    )


def managed_asset(actor: Actor, *, tx: Tx, asset_id: int) -> Asset:
    """Like `asset`, for pages that change it: Forbidden for who may only read it, Conflict when it was withdrawn."""
    row = load(actor, tx=tx, asset_id=asset_id)
    require(policy.can_manage(actor, row))
    if row.status == "withdrawn":
        raise Conflict("This document was withdrawn. Its details stay as they were.")
    return asset(actor, tx=tx, asset_id=asset_id)


def _owner(actor: Actor, tx: Tx, owner_id: int | None) -> PersonLine | None:
    if owner_id is None:
        return None
    return accounts.lines_by_id(actor, tx=tx, person_ids=[owner_id]).get(owner_id)


def _publisher(actor: Actor, tx: Tx, row: AssetRow) -> Body | None:
    found = lineage.bodies(actor, tx=tx, organisation_ids=[row.organisation_id])
    return found.get(row.organisation_id or 0)


def metadata(actor: Actor, *, tx: Tx, asset_id: int) -> Metadata:
    """Title, state, owner and dates, for the platform admin; NotFound for who may not even know of it."""
    row = tx.session.execute(
        select(AssetRow).where(AssetRow.id == asset_id, policy.known_to(actor))
    ).scalar_one_or_none()
    if row is None:
        raise NotFound
    return Metadata(
        id=row.id,
        title=row.title,
        status=row.status,
        owner=_owner(actor, tx, row.owner_id),
        by=_publisher(actor, tx, row),
        created_at=row.created_at,
        published_at=row.published_at,
        review_date=row.review_date,
    )


def download(actor: Actor, *, tx: Tx, asset_id: int, number: int) -> Carried:
    """The file of a version the actor may read; NotFound else, Gone when it was withdrawn."""
    row = load(actor, tx=tx, asset_id=asset_id)
    version = load_version(actor, tx=tx, asset=row, number=number)
    if not policy.can_download(actor, row, version):
        raise Gone("This document was withdrawn, so it can no longer be downloaded.")
    return Carried(version.id, files.download_info(actor, tx=tx, file_id=version.file_id))


def team_page(
    actor: Actor, *, tx: Tx, team_id: int, after: str | None = None, limit: int = paging.PAGE_SIZE
) -> paging.Page[AssetCard]:
    """Published assets of a team that the actor may read, newest first. Three queries a page."""
    query = _card_query().where(AssetRow.team_id == team_id, policy.listed_for(actor))
    return _newest(actor, tx, query, after=after, limit=limit)


def team_drafts(actor: Actor, *, tx: Tx, team_id: int, limit: int = DRAFTS_SHOWN) -> list[AssetCard]:
    """Drafts of a team that the actor may read, newest first."""
    query = (
        _card_query()
        .where(AssetRow.team_id == team_id, AssetRow.status == "draft", policy.visible_to(actor))
        .order_by(AssetRow.created_at.desc(), AssetRow.id.desc())
        .limit(limit)
    )
    return _cards(actor, tx, query)


def team_count(actor: Actor, *, tx: Tx, team_id: int) -> int:
    """How many drafts and published assets of a team the actor may read."""
    return tx.session.execute(
        select(func.count())
        .select_from(AssetRow)
        .where(AssetRow.team_id == team_id, policy.visible_to(actor), AssetRow.status != "withdrawn")
    ).scalar_one()


def owner_choices(
    actor: Actor, *, tx: Tx, team_id: int | None, asset_id: int | None = None
) -> list[PersonLine]:
    """Who can be chosen as the owner: the people of the team, or else of the organisation the asset belongs to.

    Without an asset that is the actor's own. Not all of a large organisation: `can_own` says who else could.
    """
    if team_id is None:
        organisation_id = organisation_of(actor, tx=tx, asset_id=asset_id)
        return accounts.people_of(actor, tx=tx, organisation_id=organisation_id)
    people = {member.person.id: member.person for member in teams.members(actor, tx=tx, team_id=team_id)}
    return sorted(people.values(), key=lambda line: line.name.casefold())


def can_own(
    actor: Actor, *, tx: Tx, person_id: int, team_id: int | None, asset_id: int | None = None
) -> bool:
    """Whether somebody can own an asset: one of the team, or else of the organisation it belongs to."""
    if team_id is None:
        organisation_id = organisation_of(actor, tx=tx, asset_id=asset_id)
        return accounts.is_of(actor, tx=tx, person_id=person_id, organisation_id=organisation_id)
    return any(line.id == person_id for line in owner_choices(actor, tx=tx, team_id=team_id))


def organisation_of(actor: Actor, *, tx: Tx, asset_id: int | None) -> int | None:
    """The organisation of an asset's owner, or of whoever added it: a librarian may change one of another's."""
    if asset_id is None:
        return actor.organisation_id
    person_id = tx.rows(
        select(func.coalesce(AssetRow.owner_id, AssetRow.created_by)).where(
            AssetRow.id == asset_id, policy.visible_to(actor)
        )
    ).scalar()
    person = _owner(actor, tx, person_id)
    return person.organisation_id if person is not None else actor.organisation_id


def space_to_add(actor: Actor, *, tx: Tx, team_id: int) -> teams.Space:
    """The team somebody adds a document to: NotFound unless they may read it, Forbidden unless on it."""
    space = teams.space(actor, tx=tx, team_id=team_id)
    require(team_policy.can_write(actor, space.standing))
    return space


def may_add(actor: Actor) -> bool:
    """Whether the library offers this person to add something that belongs to no team."""
    return bool(policy.can_add(actor))


def downloads(actor: Actor, *, tx: Tx, asset_id: int) -> int:
    """How often an asset was downloaded, all versions and days together; for an asset the actor may read."""
    counted = (
        select(func.coalesce(func.sum(AssetDownloadRow.count), 0))
        .join(AssetVersionRow, AssetVersionRow.id == AssetDownloadRow.version_id)
        .join(AssetRow, AssetRow.id == AssetVersionRow.asset_id)
        .where(AssetRow.id == asset_id, policy.visible_to(actor))
    )
    return int(tx.session.execute(counted).scalar_one())

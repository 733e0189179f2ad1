"""Pages for reading: the library, an asset, the download, and what a team put into the library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response as FlaskResponse
from flask import make_response, request
from werkzeug.wrappers import Response

from cop.accounts import lineage
from cop.accounts.lineage import Lineage
from cop.files.delivery import download_headers
from cop.files.store import FileStore
from cop.kernel.access import PUBLIC, SIGNED_IN, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.kernel.usage import usage
from cop.library import hearing, history, queries, reviews, wording
from cop.library.forms import PublishForm
from cop.library.lifecycle import Condition
from cop.library.queries import FACETS, Asset
from cop.library.service import DOWNLOADED
from cop.library.vocabulary import AUDIENCE_SENTENCES, LICENCES, PUBLISH_LABELS, PUBLISH_SENTENCES
from cop.search.document import PUBLISHER
from cop.teams import queries as teams
from cop.teams.frame import frame, today
from cop.web import stored
from cop.web.area import Area
from cop.web.edge import edge, use
from cop.web.numbers import whole_number
from cop.web.templating import page

area = Area("library", __name__)

ASSET = "/library/<int:asset_id>"
SHOWN = 3
"""Reviews that stand on the page of a version; all are on the page of versions."""
FIELDS = {
    "note": "note",
    "licence": "licence",
    "owner": "owner",
    "regime": "regime",
    "review_date": "review_date-day",
}
"""Where on the page for the details each condition is met: the id of the input that the focus should land on."""


@area.get("/library", access=PUBLIC)
def library(actor: Actor, tx: Tx) -> str:
    """Published assets, newest first, with filters that are a plain form; one's own drafts above them."""
    # Values nobody could have chosen on the page are left out, instead of filtering by something that cannot be seen.
    chosen = {name: words.keys() & request.args.getlist(name) for name, (_, words) in FACETS.items()}
    after = request.args.get("after")
    by = lineage.chosen(actor, tx=tx, organisation_id=whole_number(request.args.get(PUBLISHER)))
    found = queries.listing(actor, tx=tx, chosen=chosen, of=by.ids if by else (), after=after)
    kept = [(name, value) for name in FACETS for value in sorted(chosen[name])]
    kept += [(PUBLISHER, str(by.body.id))] if by else []
    return page(
        "library/list.html",
        found=found,
        by=by,
        drafts=[] if after or kept else queries.drafts(actor, tx=tx),
        taken=_taken(found, kept, by),
        older=_address([*kept, ("after", found.older)]) if found.older else None,
        first=_address(kept) if after else None,
        may_add=queries.may_add(actor),
        wording=wording,
    )


def _address(pairs: list[tuple[str, str | None]] | list[tuple[str, str]]) -> str:
    return f"/library?{urlencode(pairs)}" if pairs else "/library"


def _taken(found: queries.Listing, kept: list[tuple[str, str]], by: Lineage | None) -> list[tuple[str, str]]:
    """The filters now on: (label, address without it)."""
    of = (
        [(f"Published by {by.body.name}", _address([pair for pair in kept if pair[0] != PUBLISHER]))]
        if by
        else []
    )
    return of + [
        (option.label, _address([pair for pair in kept if pair != (group.name, option.value)]))
        for group in found.filters
        for option in group.options
        if option.chosen
    ]


@area.get(ASSET, access=PUBLIC)
def show(actor: Actor, tx: Tx, asset_id: int) -> str:
    """An asset's page: the published one, the draft, or for the platform admin its title, state and dates."""
    try:
        asset = queries.asset(actor, tx=tx, asset_id=asset_id)
    except NotFound:
        known = queries.metadata(actor, tx=tx, asset_id=asset_id)
        return page("library/metadata.html", asset=known, wording=wording)
    if asset.status == "draft":
        return draft_page(asset, PublishForm(data={"file_id": str(asset.file.file_id)}))
    return shown_page(actor, tx, asset, own_address=True)


def shown_page(actor: Actor, tx: Tx, asset: Asset, *, own_address: bool) -> str:
    """A version that was published; at the asset's own address, which always shows the current one, or at its own."""
    # Most documents have one version, and their pages ask nothing more.
    several = asset.newest > 1 or asset.next_draft is not None
    lines = history.versions(actor, tx=tx, asset_id=asset.id, limit=history.SHOWN + 1) if several else ()
    address = f"{edge().settings.public_url}/library/{asset.id}/versions/{asset.version}"
    return page(
        "library/show.html",
        asset=asset,
        licence=LICENCES[asset.licence or "none"],
        audience=AUDIENCE_SENTENCES[asset.audience],
        overdue=asset.status == "published" and wording.is_overdue(asset.review_date, today()),
        downloads=queries.downloads(actor, tx=tx, asset_id=asset.id) if asset.manages else None,
        versions=lines[: history.SHOWN] if len(lines) > 1 else (),
        more=len(lines) > history.SHOWN,
        reviews=reviews.reviews(actor, tx=tx, asset_id=asset.id, version=asset.version, limit=SHOWN),
        citation=wording.citation(asset.title, asset.version, asset.published_at, asset.by, address),
        own_address=own_address,
        follows=hearing.is_following(actor, tx=tx, asset_id=asset.id) if actor.signed_in else False,
        wording=wording,
    )


def draft_page(asset: Asset, form: PublishForm) -> str:
    """A draft: its document, what hides in it, and what is missing before it can be published."""
    return page("library/draft.html", **_draft(asset, form))


def _draft(asset: Asset, form: PublishForm) -> dict[str, Any]:
    return {
        "asset": asset,
        "form": form,
        "licence": LICENCES[asset.licence] if asset.licence else None,
        "audience": AUDIENCE_SENTENCES[asset.audience],
        "tasks": _tasks(asset),
        "publish_label": PUBLISH_LABELS[asset.audience],
        "publish_sentence": PUBLISH_SENTENCES[asset.audience],
        "findings": asset.text.hidden.sentences(),
        "wording": wording,
    }


@dataclass(frozen=True, slots=True)
class Task:
    """A row of the checklist: what must hold, the place where one can make it hold, and the words of its state."""

    label: str
    met: bool
    href: str | None
    state: str
    note: str


def _tasks(asset: Asset) -> list[Task]:
    """The conditions, each of those that are not met with the way to the field it asks for."""
    return [_task(asset, item) for item in asset.conditions]


def _task(asset: Asset, item: Condition) -> Task:
    if item.key == "read":
        # Nobody has to do anything about this one, so it is not "to do".
        return Task(item.label, item.met, None, "Reading", "" if item.met else "We are reading it.")
    place = f"{_edited_at(asset, item)}/edit#{FIELDS[item.key]}" if item.key in FIELDS else None
    if item.key == "checked" and asset.ready:
        place = "#checked"
    return Task(item.label, item.met, None if item.met or not asset.manages else place, "", "")


def _edited_at(asset: Asset, item: Condition) -> str:
    """Who owns it is said of the document, all else of the version."""
    return f"/library/{asset.id}" if item.key == "owner" else asset.base


@area.get(f"{ASSET}/reading", access=SIGNED_IN)
def reading(actor: Actor, tx: Tx, asset_id: int) -> Response:
    """The draft as HTML to be put into its open page once its document was read; nothing (204) until then."""
    return reading_of(queries.asset(actor, tx=tx, asset_id=asset_id))


def reading_of(asset: Asset) -> Response:
    """A draft once its document was read, nothing (204) until then, NotFound when it is no draft."""
    if asset.status != "draft":
        raise NotFound
    if asset.text.status == "pending":
        return FlaskResponse(status=204)
    form = PublishForm(data={"file_id": str(asset.file.file_id)})
    return make_response(page("library/_draft.html", **_draft(asset, form)))


@area.get(f"{ASSET}/download/<int:number>", access=PUBLIC)
def download(actor: Actor, tx: Tx, asset_id: int, number: int) -> Response:
    """The document, byte for byte, as an attachment."""
    carried = queries.download(actor, tx=tx, asset_id=asset_id, number=number)
    file = carried.file
    headers = download_headers(file.filename, file.kind, file.size, file.sha256)
    response = stored.send(use(FileStore).open(file.sha256), size=file.size, headers=headers)
    if request.method == "GET" and response.status_code == 200:
        usage.note(DOWNLOADED, carried.version_id)
    return response


@area.get("/teams/<int:team_id>/library", access=PUBLIC)
def team_library(actor: Actor, tx: Tx, team_id: int) -> str:
    """What a team put into the library, drafts first for its people."""
    team = teams.readable_team(actor, tx=tx, team_id=team_id)
    after = request.args.get("after")
    found = queries.team_page(actor, tx=tx, team_id=team_id, after=after)
    here = f"/teams/{team_id}/library"
    return page(
        "library/team.html",
        frame=frame(actor, tx=tx, team=team, current="library"),
        drafts=[] if after else queries.team_drafts(actor, tx=tx, team_id=team_id),
        cards=found.rows,
        older=f"{here}?after={found.older}" if found.older else None,
        first=here if after else None,
        may_add=team.standing.is_member and team.status != "closed",
        wording=wording,
    )

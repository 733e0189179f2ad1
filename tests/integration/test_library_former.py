"""Earlier versions in a search: found by who asks for them, and only by who may read that very version."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask

from cop.app import build_worker
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database
from cop.library import service, versions
from cop.library.versions import Moments, Said
from cop.settings import Settings
from tests.build.community import Community
from tests.build.library import Library, asset_of
from tests.build.pages import Visitor

Visitors = Callable[..., Visitor]


@pytest.fixture
def index(app: Flask, db: Database) -> Callable[[], None]:
    """Let the worker read and index all there is."""
    settings: Settings = app.extensions["cop"].settings
    return lambda: build_worker(settings, db).drain()


def replaced(library: Library, owner: Actor, **more: object) -> int:
    """A document whose first version said zebra, and whose second does not."""
    asset_id = library.published(owner, content=b"Here is a zebra.", title="Animals", **more)
    said = Said(
        note="No zebra.", title="Animals", summary="What there is.", regime="concession", licence="OGL-UK-3.0"
    )
    at = datetime(2026, 11, 1, tzinfo=UTC)
    with library.db.transaction(write=True) as tx:
        versions.load_version(
            SYSTEM,
            tx=tx,
            asset_id=asset_id,
            said=said,
            received=library.received(b"Here is a horse."),
            moments=Moments(at, at, owner.person_id),
        )
    return asset_id


def test_they_are_found_when_asked_for(
    visitor: Visitors, community: Community, library: Library, index: Callable[[], None]
) -> None:
    asset_id = replaced(library, community.person())
    index()
    browser = visitor()
    page = browser.get("/search?q=zebra").text
    assert "No results" in page
    assert "Include earlier versions" in page
    page = browser.get("/search?q=zebra&earlier=1").text
    assert f'href="/library/{asset_id}/versions/1"' in page
    assert "version 1 · earlier version" in page
    assert "superseded 1 November 2026" in page
    assert 'name="earlier" value="1" checked' in page
    assert "Earlier versions too" in page
    found = browser.get("/search?q=horse&earlier=1").text
    assert f'href="/library/{asset_id}"' in found
    assert "/versions/1" not in found


def test_each_is_for_its_own_readers(
    visitor: Visitors, community: Community, library: Library, db: Database, index: Callable[[], None]
) -> None:
    """Shown to everybody later, a document does not take along the version that was for officers."""
    owner, officer = community.person(), community.person()
    supplier = community.person(kind="supplier")
    asset_id = replaced(library, owner, audience="network")
    asset = asset_of(db, asset_id)
    details = service.Details(
        title=asset.title,
        summary=asset.summary,
        kind=asset.kind,
        category=asset.category,
        audience="public",
        regime=asset.regime,
        owner_id=owner.person_id,
        review_date=library.review_date,
    )
    with db.transaction(write=True) as tx:
        service.change_details(SYSTEM, tx=tx, asset_id=asset_id, details=details, revision=asset.revision)
    index()
    address = "/search?q=zebra&earlier=1"
    here = f'href="/library/{asset_id}/versions/1"'
    assert here in visitor().sign_in_as(community, officer).get(address).text
    for stranger in (visitor(), visitor().sign_in_as(community, supplier)):
        page = stranger.get(address).text
        assert here not in page
        assert "No results" in page
    assert "horse" in visitor().get("/search?q=horse").text


def test_what_was_withdrawn_is_not_found(
    visitor: Visitors, community: Community, library: Library, db: Database, index: Callable[[], None]
) -> None:
    owner = community.person()
    one, two = replaced(library, owner), replaced(library, owner)
    index()
    address = "/search?q=zebra&earlier=1"
    assert visitor().get(address).text.count("earlier version</p>") == 2
    with db.transaction(write=True) as tx:
        versions.withdraw(owner, tx=tx, asset_id=one, number=1, reason="Wrong.")
    with db.transaction(write=True) as tx:
        service.withdraw(owner, tx=tx, asset_id=two, reason="Wrong.")
    assert "No results" in visitor().get(address).text
    index()
    assert "No results" in visitor().get(address).text

"""Nothing is taken in from people who may not add it: a refused upload leaves no file behind."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from flask import Flask

from cop.kernel.db import Database
from tests.build.community import Community
from tests.build.library import Library
from tests.build.pages import Visitor

Visitors = Callable[..., Visitor]


@pytest.mark.parametrize(
    ("mode", "address", "status"),
    [
        ("open", "/teams/{team}/library/new", 403),
        ("private", "/teams/{team}/library/new", 404),
        ("open", "/library/{asset}/file", 403),
        ("private", "/library/{draft}/file", 404),
    ],
)
def test_an_upload_that_is_refused_leaves_no_file(
    app: Flask, db: Database, visitor: Visitors, community: Community, mode: str, address: str, status: int
) -> None:
    library = Library(app, db)
    lead, guest = community.person(), community.person(kind="supplier")
    team = library.team(lead, access_mode=mode)
    asset = library.published(lead, team_id=team)
    draft = library.draft(lead, team_id=team)
    before = set(library.store.kept(-60))
    browser = visitor().sign_in_as(community, guest)
    upload = (io.BytesIO(b"What nobody asked for."), "words.txt")
    browser.post(address.format(team=team, asset=asset, draft=draft), status=status, file=upload)
    assert set(library.store.kept(-60)) == before

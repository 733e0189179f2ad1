"""Who may own a document: the people of its organisation, or of its team."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from cop.accounts import queries as accounts
from cop.kernel.db import Database
from tests.build.community import Community
from tests.build.library import Library, a_file, asset_of, fields_of, number_in
from tests.build.pages import Visitor

Visitors = Callable[..., Visitor]


def test_the_owner_of_a_teams_asset_is_on_the_team(
    visitor: Visitors, community: Community, library: Library
) -> None:
    lead, elsewhere = community.person(), community.person()
    team_id = library.team(lead)
    browser = visitor().sign_in_as(community, lead)
    page = browser.post(f"/teams/{team_id}/library/new", status=422, file=a_file(), **fields_of(elsewhere))
    assert "Choose an owner from the list" in page.text


def _owners(page: str) -> list[str]:
    """Who is offered as the owner, by name."""
    found = re.search(r'<select[^>]* name="owner".*?</select>', page, re.DOTALL)
    assert found is not None
    return re.findall(r">\s*([^<,]+),", found[0])


def test_whoever_is_late_in_the_alphabet_can_own_their_document(
    visitor: Visitors, community: Community, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of a large organisation ends somewhere; what a person may own does not depend on their name."""
    monkeypatch.setattr(accounts, "OFFERED_MAX", 2)
    _, _, yann, zoe = [community.person(f"{name} Other") for name in ("Ann", "Bob", "Yann", "Zoe")]
    elsewhere = community.person(organisation="Elsewhere")
    browser = visitor().sign_in_as(community, zoe)
    assert _owners(browser.get("/library/new").text) == ["Ann Other", "Zoe Other"]
    for owner in (zoe, yann):
        key = f"key-of-the-owner-{owner.person_id}"
        answer = browser.post("/library/new", file=a_file(), **fields_of(owner, key=key))
        asset = asset_of(db, number_in(answer))
        assert asset.owner is not None
        assert asset.owner.id == owner.person_id
    browser.post("/library/new", status=422, file=a_file(), **fields_of(elsewhere, key="other"))


def test_a_librarian_hands_a_document_to_people_of_its_own_organisation(
    visitor: Visitors, community: Community, library: Library, db: Database
) -> None:
    ann, bob = community.person("Ann Other"), community.person("Bob Other")
    librarian = community.person("Lib Rarian", organisation="Elsewhere", roles=("librarian",))
    asset_id = library.published(ann)
    browser = visitor().sign_in_as(community, librarian)
    assert _owners(browser.get(f"/library/{asset_id}/edit").text) == ["Ann Other", "Bob Other"]
    browser.post(f"/library/{asset_id}/edit", status=422, **fields_of(librarian, revision="1"))
    browser.post(f"/library/{asset_id}/edit", **fields_of(bob, revision="1"))
    owner = asset_of(db, asset_id).owner
    assert owner is not None
    assert owner.id == bob.person_id

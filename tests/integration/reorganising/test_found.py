"""Everything is found under the council that published it and under what took its place."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import select

from cop.accounts import service
from cop.accounts.events import OrganisationChanged
from cop.accounts.register.reader import english_register
from cop.kernel.access import SYSTEM
from cop.kernel.db import Database
from cop.kernel.events import EventRow
from cop.library import versions
from cop.library.versions import Moments, Said
from cop.search.consumer import verify
from cop.search.queries import Finder
from tests.build.community import Community
from tests.build.library import Library
from tests.build.pages import Visitor
from tests.build.reorganising import CODES, Cast, publisher
from tests.build.teams import Teams

Visitors = Callable[..., Visitor]


def found(browser: Visitor, typed: str, title: str = "Gritting together", **more: object) -> bool:
    page = browser.get("/search?" + urlencode({"q": typed, **more})).text
    # With some of the words only is not found.
    return f">{title}" in html.unescape(re.sub("</?mark>", "", page)) and "Nothing has" not in page


def test_it_is_found_by_who_published_it_and_by_what_that_is_part_of(
    cast: Cast, visitor: Visitors, index: Callable[[], None], library: Library, db: Database, app: Flask
) -> None:
    library.published(cast.ann, title="Snow ploughs")
    index()
    stranger = visitor()
    for typed in ("Allerdale", "cumberland", "cumberl*", "gritting Cumberland", '"allerdale"'):
        assert found(stranger, typed), typed
    assert not found(stranger, "Westmorland")
    assert not found(stranger, "gritting -cumberland")
    assert found(stranger, "Cumberland", "Snow ploughs")
    assert not found(stranger, "Allerdale", "Snow ploughs")
    page = stranger.get("/search?q=allerdale").text
    assert "by Allerdale, now part of Cumberland" in page
    assert "Found by who published it, or what that is part of now." in page
    finder: Finder = app.extensions["cop"].parts[Finder]
    assert not verify(db, backend=finder.backend, registry=finder.registry)


def test_a_search_can_keep_to_what_one_organisation_published(
    cast: Cast, visitor: Visitors, index: Callable[[], None], library: Library, teams: Teams
) -> None:
    library.published(cast.ann, title="Snow ploughs", content=b"Gritting as well.")
    teams.thread(cast.ann, teams.team(cast.ann), "Gritting.", title="Gritting talk")
    index()
    stranger = visitor()
    assert found(stranger, "gritting", "Gritting talk")
    for name, expected in (
        ("allerdale", {"Gritting together"}),
        ("cumberland", {"Gritting together", "Snow ploughs"}),
        ("somerset", set()),
    ):
        of = cast.ids[name]
        titles = ("Gritting together", "Snow ploughs", "Gritting talk")
        assert {title for title in titles if found(stranger, "gritting", title, organisation=of)} == expected
    page = stranger.get(f"/search?q=gritting&organisation={cast.ids['cumberland']}").text
    assert "2 results" in page
    assert 'href="/search?q=gritting"' in page, "the filter can be taken off"
    assert f'name="organisation" value="{cast.ids["cumberland"]}"' in page, "the other filters keep it"
    nothing = stranger.get(f"/search?q=gritting&organisation={cast.ids['somerset']}").text
    assert "Take all filters off" in nothing
    assert found(stranger, "gritting", organisation="999999"), "what no page offers filters nothing"


def test_a_name_finds_nothing_that_the_reader_may_not_read(
    cast: Cast, visitor: Visitors, index: Callable[[], None], library: Library, community: Community
) -> None:
    library.published(cast.ann, title="Between councils", audience="network")
    team_id = library.team(cast.ann)
    library.published(cast.ann, title="Ours alone", audience="team", team_id=team_id)
    library.draft(cast.ann, title="Not yet")
    sue = community.person(kind="supplier", organisation="Zebrafinch Ltd")
    open_team = library.team(cast.ann, sue, access_mode="open")
    library.published(sue, team_id=open_team, title="Made by a supplier")
    index()
    officer = visitor().sign_in_as(community, community.person())
    ann = visitor().sign_in_as(community, cast.ann)
    for title, expected in (
        ("Between councils", [False, True, True]),
        ("Ours alone", [False, False, True]),
        ("Not yet", [False, False, False]),
    ):
        for more in ({}, {"organisation": cast.ids["cumberland"]}):
            readers = (visitor(), officer, ann)
            assert [found(reader, "cumberland", title, **more) for reader in readers] == expected, title
    assert not found(visitor(), "zebrafinch", "Made by a supplier"), (
        "a supplier's name is no word of the index"
    )


def test_the_index_follows_when_the_register_is_loaded_anew(
    cast: Cast, db: Database, visitor: Visitors, index: Callable[[], None]
) -> None:
    listed = english_register().authorities
    without = [
        replace(each, successors=()) if each.gss_code == CODES["allerdale"] else each for each in listed
    ]
    load(db, without)
    index()
    assert not found(visitor(), "Cumberland")
    assert found(visitor(), "Allerdale")
    load(db, listed)
    index()
    assert found(visitor(), "Cumberland")
    renamed = [
        replace(each, name="Hadrian") if each.gss_code == CODES["cumberland"] else each for each in listed
    ]
    load(db, renamed)
    index()
    assert found(visitor(), "Hadrian"), "of what became part of it, too"
    assert not found(visitor(), "Cumberland")


def test_earlier_versions_are_found_by_it_as_well(
    cast: Cast, visitor: Visitors, index: Callable[[], None], library: Library, db: Database
) -> None:
    said = Said(
        note="New.", title="Ploughing together", summary="S", regime="concession", licence="OGL-UK-3.0"
    )
    with db.transaction(write=True) as tx:
        moments = Moments(tx.now(), tx.now(), cast.ann.person_id)
        received = library.received(b"Words.")
        versions.load_version(
            SYSTEM, tx=tx, asset_id=cast.asset_id, said=said, received=received, moments=moments
        )
    assert publisher(db, cast.asset_id) == cast.ids["allerdale"], "a new version leaves it"
    index()
    of = cast.ids["cumberland"]
    for more in ({}, {"organisation": of}):
        assert found(visitor(), "cumberland", "Ploughing together", **more)
        assert not found(visitor(), "cumberland", **more)
        assert found(visitor(), "cumberland", earlier=1, **more)


def changed(db: Database) -> list[int]:
    with db.transaction(write=False) as tx:
        rows = tx.session.scalars(
            select(EventRow.payload).where(EventRow.kind == OrganisationChanged.__name__)
        )
        return [json.loads(payload)["organisation_id"] for payload in rows]


def load(db: Database, authorities: Iterable[object]) -> tuple[int, int]:
    with db.transaction(write=True) as tx:
        return service.load_register(SYSTEM, tx=tx, authorities=authorities)  # type: ignore[arg-type]


def test_the_register_says_of_which_organisations_it_changed_its_mind(
    db: Database, ids: dict[str, int]
) -> None:
    listed = english_register().authorities
    assert load(db, listed) == (0, 0)
    assert changed(db) == []
    without = [
        replace(each, successors=()) if each.gss_code == CODES["allerdale"] else each for each in listed
    ]
    assert load(db, without) == (0, 1)
    assert changed(db) == [ids["allerdale"]]
    renamed = [
        replace(each, name="Cumbria West") if each.gss_code == CODES["cumberland"] else each
        for each in without
    ]
    assert load(db, renamed) == (0, 1)
    assert changed(db) == [ids["allerdale"], ids["cumberland"]]

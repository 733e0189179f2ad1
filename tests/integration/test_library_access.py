"""Who may see, download and change an asset: PRODUCT.md's row, for every role, audience and state, through the pages.

In the table: M manages (and downloads), R reads and downloads, r reads that it was withdrawn, t sees title, state,
owner and dates, - does not know that it exists.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from flask import Flask

from cop.kernel.access import ANONYMOUS, Actor
from cop.kernel.db import Database
from cop.library import queries
from tests.build.community import Community
from tests.build.library import Library
from tests.build.pages import Visitor

Visitors = Callable[..., Visitor]

COLUMNS = (
    ("draft", "public"),
    ("draft", "team"),
    ("published", "public"),
    ("published", "network"),
    ("published", "team"),
    ("withdrawn", "public"),
    ("withdrawn", "network"),
    ("withdrawn", "team"),
)
TEAM_TABLE = {
    "anonymous": "--R--r--",
    "supplier": "--R--r--",
    "community": "--R--r--",
    "officer": "--RR-rr-",
    "board": "--RR-rr-",
    "librarian": "--MM-MM-",
    "admin": "ttRttrtt",
    "member": "RRRRRrrr",
    "supplier on the team": "RRRRRrrr",
    "creator": "MMRRRrrr",
    "owner": "MMMMMMMM",
    "lead": "MMMMMMMM",
    "former member": "--RR-rr-",
}
OWN_COLUMNS = (
    ("draft", "public"),
    ("published", "public"),
    ("published", "network"),
    ("withdrawn", "network"),
)
OWN_TABLE = {
    "anonymous": "-R--",
    "supplier": "-R--",
    "officer": "-RRr",
    "colleague": "-RRr",
    "librarian": "-MMM",
    "admin": "tRtt",
    "creator": "MRRr",
    "owner": "MMMM",
}
PAGE = {"M": 200, "R": 200, "r": 200, "t": 200, "-": 404}
DOWNLOAD = {"M": 200, "R": 200, "r": 410, "t": 404, "-": 404}
CANARY = "canary7 summary"


class Cast:
    """The people of the table, by role."""

    def __init__(self, community: Community) -> None:
        self.people: dict[str, Actor] = {
            "anonymous": ANONYMOUS,
            "supplier": community.person(kind="supplier"),
            "community": community.person(kind="community"),
            "officer": community.person(organisation="Elsewhere"),
            "colleague": community.person(),
            "board": community.person(organisation="Elsewhere", roles=("board",)),
            "librarian": community.person(kind="consortium", roles=("librarian",)),
            "admin": community.person(kind="community", roles=("platform_admin",)),
            "member": community.person(),
            "supplier on the team": community.person(kind="supplier"),
            "creator": community.person(),
            "owner": community.person(),
            "lead": community.person(),
            "former member": community.person(),
        }


def _visitor(visitor: Visitors, community: Community, actor: Actor) -> Visitor:
    return visitor().sign_in_as(community, actor) if actor.signed_in else visitor()


def _edit(letter: str, state: str, actor: Actor) -> int:
    if not actor.signed_in:
        return 404
    if letter == "M":
        return 409 if state == "withdrawn" else 200
    return 403 if letter in "Rr" else 404


def _try(browser: Visitor, actor: Actor, db: Database, asset_id: int, letter: str, state: str) -> None:
    page = browser.get(f"/library/{asset_id}", status=PAGE[letter])
    assert (CANARY in page.text) == (letter in "MRr")
    got = browser.get(f"/library/{asset_id}/download/1", status=DOWNLOAD[letter])
    assert ("canary7 inside" in got.text) == (DOWNLOAD[letter] == 200)
    got.close()
    browser.get(f"/library/{asset_id}/edit", status=_edit(letter, state, actor))
    with db.transaction(write=False) as tx:
        seen = asset_id in set(tx.session.scalars(queries.visible_ids(actor)))
        listed = asset_id in set(tx.session.scalars(queries.listed_ids(actor)))
    assert seen == (letter in "MRr")
    assert listed == (letter in "MR" and state == "published")


def _try_to_change(browser: Visitor, db: Database, asset_id: int, letter: str, state: str, may: bool) -> None:
    """Publish a draft, withdraw a published one: it happens for those who manage it and for nobody else."""
    with db.transaction(write=False) as tx:
        file_id = queries.file_ids(_system(), tx=tx, asset_ids=[asset_id])[asset_id]
    refused = 403 if letter in "Rr" and may else 404
    status = 303 if letter == "M" else refused
    if state == "draft":
        browser.post(f"/library/{asset_id}/publish", status=status, file_id=str(file_id))
    elif state == "published":
        browser.post(f"/library/{asset_id}/withdraw", status=status, reason="Wrong.")
    with db.transaction(write=False) as tx:
        now = queries.asset(_system(), tx=tx, asset_id=asset_id).status
    after = {"draft": "published", "published": "withdrawn", "withdrawn": "withdrawn"}[state]
    assert now == (after if letter == "M" else state)


def _system() -> Actor:
    return Actor(is_system=True)


def _put(library: Library, cast: Cast, state: str, audience: str, team_id: int | None) -> int:
    make = {"draft": library.draft, "published": library.published, "withdrawn": library.withdrawn}[state]
    return make(
        cast.people["creator"],
        team_id=team_id,
        audience=audience,
        summary=CANARY,
        content=b"canary7 inside",
        owner_id=cast.people["owner"].person_id,
    )


Columns = tuple[tuple[str, str], ...]


def _place(library: Library, cast: Cast, columns: Columns, team_id: int | None) -> list[int]:
    return [_put(library, cast, state, audience, team_id) for state, audience in columns]


def _read_all(table: dict[str, str], columns: Columns, assets: list[int], cast: Cast, world: World) -> None:
    for role, letters in table.items():
        actor = cast.people[role]
        browser = _visitor(world.visitor, world.community, actor)
        for asset_id, letter, (state, audience) in zip(assets, letters, columns, strict=True):
            with _named(f"{role}, {state}, {audience}"):
                _try(browser, actor, world.db, asset_id, letter, state)


def _change_all(
    table: dict[str, str], columns: Columns, team_id: int | None, cast: Cast, world: World
) -> None:
    """Whoever manages nothing shares one set of assets, which stays as it is; the others get their own."""
    shared = _place(world.library, cast, columns, team_id)
    for role, letters in table.items():
        actor = cast.people[role]
        browser = _visitor(world.visitor, world.community, actor)
        assets = _place(world.library, cast, columns, team_id) if "M" in letters else shared
        for asset_id, letter, (state, audience) in zip(assets, letters, columns, strict=True):
            with _named(f"{role}, {state}, {audience}"):
                _try_to_change(browser, world.db, asset_id, letter, state, may=actor.signed_in)


@contextmanager
def _named(case: str) -> Iterator[None]:
    try:
        yield
    except AssertionError as error:
        raise AssertionError(f"{case}: {error}") from error


@dataclass(frozen=True)
class World:
    """What the tables are tried on."""

    db: Database
    community: Community
    visitor: Visitors
    library: Library


@pytest.fixture
def world(app: Flask, db: Database, community: Community, visitor: Visitors) -> World:
    return World(db, community, visitor, Library(app, db))


def _team(cast: Cast, library: Library) -> int:
    on_team = ("member", "supplier on the team", "creator", "owner", "former member")
    team_id = library.team(cast.people["lead"], *(cast.people[name] for name in on_team))
    library.leave(cast.people["former member"], team_id)
    return team_id


def test_reading_what_a_private_team_added(world: World) -> None:
    cast = Cast(world.community)
    assets = _place(world.library, cast, COLUMNS, _team(cast, world.library))
    _read_all(TEAM_TABLE, COLUMNS, assets, cast, world)


def test_changing_what_a_private_team_added(world: World) -> None:
    cast = Cast(world.community)
    _change_all(TEAM_TABLE, COLUMNS, _team(cast, world.library), cast, world)


def test_reading_what_belongs_to_no_team(world: World) -> None:
    cast = Cast(world.community)
    assets = _place(world.library, cast, OWN_COLUMNS, None)
    _read_all(OWN_TABLE, OWN_COLUMNS, assets, cast, world)


def test_changing_what_belongs_to_no_team(world: World) -> None:
    cast = Cast(world.community)
    _change_all(OWN_TABLE, OWN_COLUMNS, None, cast, world)


def _bytes(browser: Visitor, path: str) -> str:
    text = browser.get(path, status=404).text.replace(path, "ADDRESS")
    text = re.sub(r'(nonce|name="csrf_token" value)="[^"]*"', "", text)
    return re.sub(r"/library/\d+", "/library/N", text)


@pytest.mark.parametrize("role", ["anonymous", "officer"])
def test_a_draft_looks_like_nothing_at_all(role: str, world: World) -> None:
    cast = Cast(world.community)
    asset_id = _put(world.library, cast, "draft", "public", None)
    browser = _visitor(world.visitor, world.community, cast.people[role])
    for ending in ("", "/edit", "/file", "/withdraw", "/download/1", "/download/9"):
        there = _bytes(browser, f"/library/{asset_id}{ending}")
        assert there == _bytes(browser, f"/library/999999{ending}")

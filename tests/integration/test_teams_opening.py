"""Letting more people read what a team has written: its lead alone does, says so, and those it is about are told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database
from cop.kernel.errors import Invalid
from cop.teams import queries, service
from tests.build.community import Community
from tests.build.pages import Visitor
from tests.build.teams import Teams, charter

Visit = Callable[..., Visitor]
TOLD = "Anyone can read what Placements writes now, and what it has written"


@pytest.fixture
def amira(community: Community) -> Actor:
    """Leads the team."""
    return community.person("Amira Khan")


@pytest.fixture
def tom(community: Community) -> Actor:
    """On it as well."""
    return community.person("Tom Doyle")


def change(
    db: Database, actor: Actor, team_id: int, access_mode: str, *, version: int = 1, opened: bool
) -> None:
    """Change who can read what the team writes."""
    with db.transaction(write=True) as tx:
        service.change_charter(
            actor,
            tx=tx,
            team_id=team_id,
            charter=charter("Placements", access_mode=access_mode),
            base_version=version,
            opened=opened,
        )


def told(visitor: Visit, community: Community, actor: Actor) -> bool:
    """Whether somebody's inbox says so."""
    return TOLD in visitor().sign_in_as(community, actor).get("/inbox").text


def test_only_the_lead_opens_a_team_and_says_so(
    db: Database, teams: Teams, community: Community, visitor: Visit, amira: Actor, tom: Actor
) -> None:
    team_id = teams.team(amira, access="private", status="forming", members=[(tom, "facilitator", "legal")])
    for actor, opened, field in (
        (tom, True, "access_mode"),
        (tom, False, "access_mode"),
        (amira, False, "opened"),
    ):
        with pytest.raises(Invalid) as refused:
            change(db, actor, team_id, "open", opened=opened)
        assert refused.value.field == field
    assert not told(visitor, community, tom)
    change(db, amira, team_id, "open", opened=True)
    assert told(visitor, community, tom)
    assert not told(visitor, community, amira)
    # Fewer readers need nobody's leave.
    change(db, tom, team_id, "private", version=2, opened=False)
    assert not told(visitor, community, tom)


def test_whoever_left_hears_of_it_as_well(
    db: Database, teams: Teams, community: Community, visitor: Visit, amira: Actor, tom: Actor
) -> None:
    team_id = teams.team(amira, access="private", status="forming", members=[(tom, "member", "legal")])
    with db.transaction(write=True) as tx:
        places = {each.person.id: each.id for each in queries.members(SYSTEM, tx=tx, team_id=team_id)}
        service.remove_member(amira, tx=tx, team_id=team_id, member_id=places[tom.person_id or 0])
    with pytest.raises(Invalid):
        change(db, amira, team_id, "network", opened=False)
    change(db, amira, team_id, "open", opened=True)
    assert told(visitor, community, tom)


def test_a_team_that_was_always_one_persons_asks_nobody(db: Database, teams: Teams, amira: Actor) -> None:
    team_id = teams.team(amira, access="private", status="forming")
    change(db, amira, team_id, "open", opened=False)


def test_the_page_asks_beside_the_box_and_keeps_what_was_typed(
    teams: Teams, community: Community, visitor: Visit, amira: Actor, tom: Actor
) -> None:
    team_id = teams.team(amira, access="private", status="forming", members=[(tom, "member", "legal")])
    browser = visitor().sign_in_as(community, amira)
    typed = {
        "name": "Another name", "question": "How?", "access_mode": "network", "base_version": "1",
        "start_date-day": "1", "start_date-month": "9", "start_date-year": "2026",
    }  # fmt: skip
    assert "readable, too" in browser.get(f"/teams/{team_id}/charter").text
    page = browser.post(f"/teams/{team_id}/charter", status=422, **typed).text
    assert 'id="opened-error"' in page
    assert "Another name" in page
    browser.post(f"/teams/{team_id}/charter", **typed, opened="y")
    assert "For officers to read" in browser.get(f"/teams/{team_id}").text

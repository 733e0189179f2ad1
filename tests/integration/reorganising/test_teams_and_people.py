"""Teams and people of a council that was replaced, for readers who may look people up."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import update

from cop.accounts import memberships
from cop.accounts import queries as accounts
from cop.accounts.models import MembershipRow
from cop.accounts.sessions import actor_of
from cop.kernel.access import SYSTEM
from cop.kernel.db import Database
from cop.teams.models import MemberRow
from tests.build.community import Community
from tests.build.pages import Visitor
from tests.build.reorganising import Cast, somebody
from tests.build.teams import Teams

Visitors = Callable[..., Visitor]


def shown_teams(browser: Visitor, organisation_id: int, *, status: int = 200) -> tuple[set[str], set[str]]:
    """What the organisation's page, and the page of its teams, show of teams."""
    page = browser.get(f"/organisations/{organisation_id}").text
    rest = browser.get(f"/organisations/{organisation_id}/teams", status=status).text
    pattern = r'<a href="/teams/\d+">(Team [^<]+)</a>'
    return set(re.findall(pattern, page)), set(re.findall(pattern, rest))


def test_teams_stay_with_the_council_that_people_acted_for_then(
    ids: dict[str, int], db: Database, visitor: Visitors, teams: Teams, community: Community
) -> None:
    """Placed a while ago, then the council was replaced: the team of then belongs to both times, that of now to one."""
    with db.transaction(write=True) as tx:
        before = somebody(tx, "Ann", ids["allerdale"])
    then = datetime(2022, 6, 1, tzinfo=UTC)
    left, stayed, _ = (teams.team(before, name=f"Team {name}") for name in ("Left", "Stayed", "New"))
    with db.transaction(write=True) as tx:
        set_times = update(MembershipRow).where(MembershipRow.person_id == before.person_id)
        tx.session.execute(set_times.values(since=then))
        places = update(MemberRow)
        tx.session.execute(places.where(MemberRow.team_id.in_([left, stayed])).values(joined_at=then))
        gone = places.where(MemberRow.team_id == left)
        tx.session.execute(gone.values(left_at=datetime(2022, 9, 1, tzinfo=UTC)))
        memberships.choose_successor(before, tx=tx, organisation_id=ids["cumberland"])
    officer = visitor().sign_in_as(community, community.person())
    expected = {"Team Left", "Team Stayed"}
    assert shown_teams(officer, ids["allerdale"]) == (expected, expected)
    page, own = shown_teams(officer, ids["cumberland"])
    assert own == {"Team Stayed", "Team New"}
    assert page == expected | own
    former = officer.get(f"/organisations/{ids['cumberland']}").text.partition("Formerly part of <a")[2]
    assert set(re.findall(r">(Team [^<]+)</a>", former)) == expected


def test_only_teams_that_the_reader_may_read_and_people_they_may_see(
    cast: Cast, db: Database, visitor: Visitors, teams: Teams, community: Community
) -> None:
    for access in ("open", "network", "private"):
        teams.team(cast.ann, access=access, name=f"Team {access}")
    of = cast.ids["cumberland"]
    none: tuple[set[str], set[str]] = (set(), set())
    assert shown_teams(visitor(), of, status=404) == none
    for kind in ("supplier", "community"):
        assert (
            shown_teams(visitor().sign_in_as(community, community.person(kind=kind)), of, status=404) == none
        )
    readable = {"Team open", "Team network"}
    for roles in ((), ("board",)):
        reader = visitor().sign_in_as(community, community.person(roles=roles))
        assert shown_teams(reader, of) == (readable, readable), roles
    both = {*readable, "Team private"}
    assert shown_teams(visitor().sign_in_as(community, cast.ann), of) == (both, both)


def test_many_teams_are_counted_and_paged(
    cast: Cast, visitor: Visitors, teams: Teams, community: Community, db: Database
) -> None:
    for number in range(30):
        teams.team(cast.ann, name=f"Team {number:02}")
    officer = visitor().sign_in_as(community, community.person())
    page = officer.get(f"/organisations/{cast.ids['cumberland']}").text
    assert "All 30 teams with people from Cumberland" in page
    assert len(re.findall(r">Team \d\d<", page)) == 5
    seen: list[str] = []
    address: str | None = f"/organisations/{cast.ids['cumberland']}/teams"
    while address:
        page = officer.get(address).text
        seen += re.findall(r">(Team \d\d)<", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = html.unescape(following[1]) if following else None
    assert sorted(seen) == [f"Team {number:02}" for number in range(30)]
    officer.get("/organisations/999999/teams", status=404)


def test_people_are_found_and_shown_under_the_council_that_was_replaced(
    cast: Cast, visitor: Visitors, community: Community, teams: Teams, db: Database
) -> None:
    officer = visitor().sign_in_as(community, community.person())
    for typed in ("Allerdale", "Cumberland", "ann allerdale"):
        page = officer.get(f"/people?q={typed}").text
        assert "Cumberland, formerly Allerdale" in page, typed
    assert "Ann Other" not in officer.get("/people?q=Westmorland").text
    profile = f"/people/{cast.ann.person_id}"
    shown = "formerly <a"
    assert shown in officer.get(profile).text
    sue = community.person("Sue Supplier", kind="supplier")
    teams.team(cast.ann, members=[(sue, "member", "finance")])
    assert shown not in visitor().sign_in_as(community, sue).get(profile).text
    with db.transaction(write=False) as tx:
        assert not accounts.find_people(actor_of(tx, sue.person_id or 0), tx=tx, text="Allerdale")


def test_whom_somebody_worked_for_before_is_theirs_to_tell(
    visitor: Visitors, community: Community, db: Database
) -> None:
    """Only where a council was replaced is the former one shown: nobody left it, it went."""
    leaver = community.person("Lee Leaver", organisation="Elsewhere Council")
    here = community.organisation("council", "Here Council")
    with db.transaction(write=True) as tx:
        tx.session.add(MembershipRow(person_id=leaver.person_id, organisation_id=here, since=tx.now()))
        tx.session.flush()
        memberships.end(
            SYSTEM, tx=tx, person_id=leaver.person_id or 0, organisation_id=leaver.organisation_id or 0
        )
    officer = visitor().sign_in_as(community, community.person())
    page = officer.get(f"/people/{leaver.person_id}").text
    assert "Here Council" in page
    assert "Elsewhere" not in page
    assert "Lee Leaver" not in officer.get("/people?q=Elsewhere").text

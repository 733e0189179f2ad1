"""The pages of teams: every door, what strangers get, and that nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest

from cop.kernel.access import Actor
from cop.kernel.db import Database
from cop.teams import queries
from tests.build.community import Community
from tests.build.pages import Visitor
from tests.build.queries import statements
from tests.build.teams import Teams

Visit = Callable[..., Visitor]

CHARTER = {
    "name": "Children’s placements",
    "question": "How might we buy emergency placements 15% cheaper?",
    "access_mode": "open",
    "start_date-day": "2",
    "start_date-month": "November",
    "start_date-year": "2026",
}


@pytest.fixture
def lead(community: Community) -> Actor:
    """A council officer who leads a team."""
    return community.person("Amira Khan", function="commissioning")


@pytest.fixture
def browser(visitor: Visit, community: Community, lead: Actor) -> Visitor:
    """The lead's browser."""
    return visitor().sign_in_as(community, lead)


def test_a_form_that_is_sent_twice_starts_one_team(
    browser: Visitor, visitor: Visit, community: Community
) -> None:
    key = re.search(r'name="key"[^>]*value="([^"]+)"', browser.get("/teams/new").text)
    assert key is not None
    sent = {"function": "commissioning", "key": key[1], **CHARTER}
    first = browser.post("/teams/new", **sent).headers["Location"]
    assert browser.post("/teams/new", **sent).headers["Location"] == first
    again = re.search(r'name="key"[^>]*value="([^"]+)"', browser.get("/teams/new").text)
    assert again is not None
    assert browser.post("/teams/new", **{**sent, "key": again[1]}).headers["Location"] != first
    # A key is its writer's own: somebody else who sends it starts a team of their own.
    other = visitor().sign_in_as(community, community.person("Somebody Else", function="commissioning"))
    other.get("/teams/new")
    assert other.post("/teams/new", **sent).headers["Location"] != first


def test_from_starting_a_team_to_active_work(
    db: Database, community: Community, lead: Actor, browser: Visitor
) -> None:
    people = [community.person(f"Person {name}", function=name) for name in ("finance", "legal", "policy")]
    browser.get("/teams/new")
    made = browser.post("/teams/new", function="commissioning", title="Service lead", **CHARTER)
    team = made.headers["Location"]
    shown = browser.follow(made).text
    assert "Service lead, The council of Testshire" in shown
    assert "Before the work can start" in shown
    assert f"{team}/steps/activate" not in shown
    for number, person in enumerate(people):
        found = browser.get(f"{team}/people/add?q={person.name.split()[1]}").text
        assert f'href="{team}/people/add/{person.person_id}"' in found
        browser.get(f"{team}/people/add/{person.person_id}")
        role = "member" if number else "facilitator"
        function = ("finance", "legal", "policy")[number]
        browser.post(f"{team}/people/add/{person.person_id}", role=role, function=function)
    ambition = {
        "ambition": "15% off",
        "ambition_by-day": "31",
        "ambition_by-month": "3",
        "ambition_by-year": "2027",
    }
    ends = {"end_date-day": "31", "end_date-month": "1", "end_date-year": "2099"}
    browser.get(f"{team}/charter")
    browser.post(f"{team}/charter", base_version="1", **CHARTER, **ambition, **ends)
    assert f"{team}/steps/activate" in browser.get(team).text
    browser.get(f"{team}/steps/activate")
    browser.follow(browser.post(f"{team}/steps/activate"))
    shown = browser.get(team).text
    assert "Active" in shown
    assert "Before the work can start" not in shown
    # The end date is the board's now: the form does not offer it and leaves it as it is.
    assert "end_date-day" not in browser.get(f"{team}/charter").text
    browser.post(
        f"{team}/charter", base_version="2", **{**CHARTER, "question": "Another question?"}, **ambition
    )
    with db.transaction(write=False) as tx:
        changed = queries.team(lead, tx=tx, team_id=int(team.rsplit("/", 1)[1]))
        assert (changed.question, changed.end_date) == ("Another question?", date(2099, 1, 31))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": " "}, "Enter a name for the team"),
        ({"question": ""}, "Enter the question"),
        ({"start_date-year": ""}, "The start date must include a year"),
        ({"ambition": "Much cheaper"}, "Put a number in the ambition"),
        ({"access_mode": "secret"}, "Choose who can read"),
        ({"function": "magic"}, "Choose a function from the list"),
        ({"title": "a" * 121}, "120 characters or fewer"),
    ],
)
def test_what_was_typed_is_kept_when_something_is_wrong(
    browser: Visitor, wrong: dict[str, str], says: str
) -> None:
    typed = {**CHARTER, "function": "legal", "scope_in": "Kept <words> & more", **wrong}
    shown = browser.post("/teams/new", status=422, **typed).text
    assert says in shown
    assert "Kept &lt;words&gt; &amp; more" in shown
    assert "There is a problem" in shown
    assert "<title>Error: " in shown


def test_a_charter_changed_by_somebody_else_shows_both(teams: Teams, lead: Actor, browser: Visitor) -> None:
    team = f"/teams/{teams.team(lead, status='forming')}"
    browser.post(f"{team}/charter", base_version="1", **{**CHARTER, "question": "Their question?"})
    shown = browser.post(
        f"{team}/charter", status=409, base_version="1", **{**CHARTER, "question": "My question?"}
    ).text
    assert "Their question?" in shown
    assert "My question?" in shown
    browser.post(f"{team}/charter", base_version="2", **{**CHARTER, "question": "Both questions?"})
    assert "Both questions?" in browser.get(team).text


def test_people_change_roles_and_leave(
    visitor: Visit, community: Community, teams: Teams, lead: Actor, browser: Visitor
) -> None:
    tom = community.person("Tom Doyle")
    team = f"/teams/{teams.team(lead, access='private', members=[(tom, 'member', 'finance')])}"
    toms = visitor().sign_in_as(community, tom)
    toms.get(f"{team}/people/1", status=403)
    shown = browser.get(f"{team}/people").text
    assert "Tom Doyle" in shown
    browser.get(f"{team}/people/2")
    browser.post(f"{team}/people/2", role="facilitator", function="legal", title="Solicitor")
    assert "Solicitor" in browser.get(f"{team}/people").text
    shown = browser.post(f"{team}/people/1", status=422, role="member", function="legal", title="").text
    assert "A team needs a lead" in shown
    browser.get(f"{team}/people/1/remove")
    browser.post(f"{team}/people/1/remove", status=422)
    toms.get(f"{team}/people/2/remove")
    assert toms.post(f"{team}/people/2/remove").headers["Location"] == "/teams"
    toms.get(team, status=404)
    assert "Left the team" in browser.get(f"{team}/people").text


def test_finding_people_needs_no_script(
    community: Community, teams: Teams, lead: Actor, browser: Visitor
) -> None:
    community.person("Nia Somebody", email="nia@example.org")
    team = f"/teams/{teams.team(lead)}"
    assert "Nia Somebody" in browser.get(f"{team}/people/add?q=NIA@example.org").text
    assert "Nobody found" in browser.get(f"{team}/people/add?q=nia@example").text
    assert "On the team" in browser.get(f"{team}/people/add?q=amira").text
    browser.get(f"{team}/people/add?q=%25_\\")


def test_the_board_moves_an_end_date_it_can_only_see(
    visitor: Visit, community: Community, teams: Teams, lead: Actor, browser: Visitor
) -> None:
    team = f"/teams/{teams.team(lead, access='private', end_date=date(2026, 11, 20), ambition='Half of it')}"
    board = visitor().sign_in_as(community, community.person(roles=("board",)))
    shown = board.get(team).text
    assert "You can see this card, not the work" in shown
    assert "Half of it" not in shown
    assert "past its end date" in browser.get(team).text
    browser.get(f"{team}/end-date", status=403)
    board.get(f"{team}/end-date")
    late = {"end_date-day": "1", "end_date-month": "1", "end_date-year": "2020"}
    assert "Enter the reason" in board.post(f"{team}/end-date", status=422, **late).text
    late["reason"] = "Two councils came late"
    assert "must be after" in board.post(f"{team}/end-date", status=422, **late).text
    board.post(f"{team}/end-date", **{**late, "end_date-year": "2098"})
    assert "past its end date" not in browser.get(team).text
    shown = browser.get(f"{team}/timeline").text
    assert "Two councils came late" in shown
    assert "20 November" in shown
    assert "1 January 2098" in shown


def without_tokens(html: str) -> str:
    """A page without what differs each time: the nonce, the CSRF token and the address asked for."""
    return re.sub(r'nonce="[^"]*"|name="csrf_token" value="[^"]*"|/teams/\d+', "", html)


def test_strangers_get_the_same_404_for_hidden_and_missing(
    visitor: Visit, community: Community, teams: Teams, lead: Actor
) -> None:
    hidden = teams.team(lead, access="private")
    for stranger in (visitor(), visitor().sign_in_as(community, community.person())):
        for page in ("", "/people", "/threads"):
            there = stranger.get(f"/teams/{hidden}{page}", status=404).text
            missing = stranger.get(f"/teams/{hidden + 1000}{page}", status=404).text
            assert without_tokens(there) == without_tokens(missing)


@pytest.mark.parametrize("number", ["2147483647", "2147483648", "99999999999999999999", "0", "-1", "x"])
def test_numbers_no_team_has(browser: Visitor, number: str) -> None:
    for page in ("", "/people", "/threads", "/charter"):
        browser.get(f"/teams/{number}{page}", status=404)


def test_pages_of_a_team_take_a_fixed_number_of_queries(
    db: Database, community: Community, teams: Teams, lead: Actor, browser: Visitor
) -> None:
    counts: dict[str, set[int]] = {}
    for size in (1, 6):
        members = [(community.person(), "member", "legal") for _ in range(size)]
        team_id = teams.team(lead, members=members)
        for _ in range(size):
            teams.thread(lead, team_id)
        for page in ("/teams", f"/teams/{team_id}", f"/teams/{team_id}/people", f"/teams/{team_id}/threads"):
            with statements(db) as sent:
                browser.get(page)
            counts.setdefault(page.replace(str(team_id), "n"), set()).add(len(sent))
    assert all(len(each) == 1 for each in counts.values()), counts


def test_a_gap_leads_to_those_who_could_fill_it(
    db: Database, community: Community, lead: Actor, teams: Teams, browser: Visitor
) -> None:
    team_id = teams.team(lead, functions_wanted=frozenset({"legal"}))
    expected = sorted(community.person(f"Lawyer {name}", function="legal").name for name in "ABCDE")
    community.person("Somebody Else", function="finance")
    here = f"/teams/{team_id}"
    for page in (here, f"{here}/people"):
        assert f'href="{here}/people/add?function=legal"' in browser.get(page).text
    with statements(db) as few:
        page = browser.get(f"{here}/people/add?function=legal").text
    assert re.findall(r"<b>(Lawyer .)</b>", page) == expected
    assert "5 people from legal" in page
    assert "Somebody Else" not in page
    chosen = re.findall(rf'href="({here}/people/add/\d+\?function=legal)"', page)
    assert len(chosen) == 5
    # Searched for by name, they are still looked for as somebody from legal.
    page = browser.get(f"{here}/people/add?function=legal&q=Somebody").text
    found = re.search(rf'href="({here}/people/add/\d+\?function=legal)"', page)
    assert found is not None
    assert "Finance" in page
    assert '<option value="legal" selected>' in browser.get(found[1]).text
    for number in range(10):
        community.person(f"Lawyer {number}", function="legal")
    with statements(db) as many:
        browser.get(f"{here}/people/add?function=legal")
    assert len(few) == len(many)
    browser.get(f"{here}/people/add?function=nonsense")
    assert "Nobody yet" in browser.get(f"{here}/people/add?function=fleet").text


def test_the_filled_button_is_that_of_the_tab(
    community: Community, lead: Actor, teams: Teams, browser: Visitor, visitor: Visit
) -> None:
    here = f"/teams/{teams.team(lead)}"
    mains = {
        "": "Start a thread",
        "/threads": "Start a thread",
        "/library": "Add to the library",
        "/people": "Add someone",
    }
    for tab, label in mains.items():
        head = browser.get(here + tab).text.split('<nav class="tabs"')[0]
        assert re.findall(r'<a class="btn" [^>]*>([^<]+)</a>', head) == [label], tab
    assert f'<a href="/people/{lead.person_id}">' in browser.get(here).text
    stranger = visitor().get(here).text
    assert "Amira Khan" in stranger
    assert "/people/" not in stranger.replace(f"{here}/people", "")

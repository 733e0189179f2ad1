"""The front page and the standing pages, for each kind of reader, with nothing there and with much there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from cop.app import create_app
from cop.home.standing import cookies_set
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database
from cop.notifications.needs import NEEDS
from cop.settings import Settings
from cop.teams import service as teams
from cop.teams.service import Charter, Placed
from cop.threads import service as threads
from cop.threads.service import LoadedPost
from cop.threads.texts import written
from cop.web.paper import print_sheet
from tests.build.community import PASSWORD, Community
from tests.build.pages import Visitor
from tests.build.queries import statements

Visitors = Callable[..., Visitor]
STANDING = ("/accessibility", "/cookies", "/privacy", "/terms", "/contact")
CANARY = "zanzibarine"


def add_team(
    db: Database, name: str, lead: Actor, *, mode: str = "open", status: str = "active", days: int = 30
) -> int:
    """A team at work, led by that person, that ends so many days from today."""
    now = datetime.now(UTC)
    charter = Charter(
        name=name,
        question=f"How might {name} be bought better?",
        start_date=(now - timedelta(days=60)).date(),
        end_date=(now + timedelta(days=days)).date(),
        access_mode=mode,
        functions_wanted=frozenset({"legal"}),
    )
    assert lead.person_id is not None
    place = Placed(lead.person_id, "lead", "procurement", "", now)
    with db.transaction(write=True) as tx:
        return teams.load_team(SYSTEM, tx=tx, charter=charter, status=status, people=[place], created_at=now)


def add_threads(db: Database, team_id: int, author: Actor, titles: list[str]) -> None:
    """Threads of one post each, the last one the newest."""
    now = datetime.now(UTC)
    body = written("Some words.")
    assert author.person_id is not None
    with db.transaction(write=True) as tx:
        for number, title in enumerate(titles):
            at = now - timedelta(hours=len(titles) - number)
            post = LoadedPost(author.person_id, at, [(at, body)])
            threads.load_thread(SYSTEM, tx=tx, team_id=team_id, title=title, posts=[post])


def test_an_empty_front_page_teaches(visitor: Visitors, community: Community) -> None:
    empty = visitor().get("/").text
    assert "No team is at work yet" in empty
    assert "Nothing published yet" in empty
    assert "Start a team" not in empty
    officer = visitor().sign_in_as(community, community.person())
    assert "/teams/new" in officer.get("/").text


def test_strangers_see_open_teams_and_members_theirs_first(
    db: Database, visitor: Visitors, community: Community
) -> None:
    lead = community.person("Lead Person")
    add_team(db, "Open things", lead)
    add_team(db, "Network things", lead, mode="network")
    add_team(db, f"Private {CANARY}", lead, mode="private")
    add_team(db, "Closed things", lead, status="closed")
    seen = {
        "stranger": visitor().get("/").text,
        "supplier": visitor().sign_in_as(community, community.person(kind="supplier")).get("/").text,
        "officer": visitor().sign_in_as(community, community.person()).get("/").text,
        "admin": visitor()
        .sign_in_as(community, community.person(kind="central", roles=("platform_admin",)))
        .get("/")
        .text,
        "member": visitor().sign_in_as(community, lead).get("/").text,
    }
    assert {who for who, text in seen.items() if "Open things" in text} == set(seen)
    assert {who for who, text in seen.items() if "Network things" in text} == {"officer", "admin", "member"}
    assert {who for who, text in seen.items() if CANARY in text} == {"admin", "member"}
    assert {who for who, text in seen.items() if "Closed things" in text} == {"member"}
    assert "Your teams" in seen["member"]
    assert "Better ways of buying" in seen["stranger"]
    assert "What needs me" in seen["officer"]
    assert "Nothing needs you now" in seen["officer"]
    assert "Still wanted:</b> legal" in seen["stranger"]


def test_what_needs_a_member_stands_first(db: Database, visitor: Visitors, community: Community) -> None:
    lead = community.person()
    late = add_team(db, "Late things", lead, days=-3)
    browser = visitor().sign_in_as(community, lead)
    page = browser.get("/").text
    assert "Nobody has written anything yet" in page
    assert f"/teams/{late}/threads/new" in page
    assert "3 days past its end date" in page
    assert page.index("What needs me</h1>") < page.index("Latest in your team")
    add_threads(db, late, lead, ["Older question", "Newer question"])
    page = browser.get("/").text
    assert page.index("Newer question") < page.index("Older question")


def test_whom_to_ask_is_named_to_who_could_join(
    db: Database, visitor: Visitors, community: Community
) -> None:
    lead, officer = community.person("Lead Person"), community.person()
    supplier = community.person(kind="supplier")
    team_id = add_team(db, "Open things", lead)
    add_team(db, "Hidden things", community.person("Hidden Lead"), mode="private")
    add_threads(db, team_id, lead, ["One"])
    link = f'<a href="/people/{lead.person_id}">Lead Person</a> ({lead.organisation_name})'
    officers = visitor().sign_in_as(community, officer)
    assert link in officers.get("/").text
    assert f"The lead is {link}." in officers.get("/threads/1").text
    # A supplier has no directory of people to look the lead up in.
    suppliers = visitor().sign_in_as(community, supplier)
    assert "Lead Person" not in suppliers.get("/").text
    assert f"The lead is Lead Person ({lead.organisation_name})." in suppliers.get("/threads/1").text
    assert "Lead Person (" not in visitor().get("/").text
    assert "Hidden Lead" not in officers.get("/").text
    assert "The lead is" not in visitor().sign_in_as(community, lead).get("/threads/1").text


def test_the_heading_does_not_call_new_what_one_wrote_oneself(
    db: Database, visitor: Visitors, community: Community
) -> None:
    lead = community.person()
    add_threads(db, add_team(db, "First things", lead), lead, ["One"])
    browser = visitor().sign_in_as(community, lead)
    assert "Latest in your team<" in browser.get("/").text
    add_team(db, "Second things", lead)
    assert "Latest in your teams<" in browser.get("/").text


def test_the_place_one_is_at_is_marked_and_one_can_turn_back(
    db: Database, visitor: Visitors, community: Community
) -> None:
    lead = community.person()
    team_id = add_team(db, "First things", lead)
    add_threads(db, team_id, lead, ["One"])
    browser = visitor().sign_in_as(community, lead)
    for path in (f"/teams/{team_id}", "/threads/1", "/posts/1/history", "/posts/1/edit"):
        assert '<a href="/teams" aria-current="page">' in browser.get(path).text, path
    for path in ("/library", "/"):
        assert '<a href="/teams">' in browser.get(path).text, path
    back = {
        f"/teams/{team_id}/threads/new": f"/teams/{team_id}/threads",
        "/profile/edit": "/profile",
        "/profile/interests": "/profile",
    }
    for path, href in back.items():
        assert f'<a href="{href}">Cancel</a>' in browser.get(path).text, path


def test_the_front_page_asks_as_often_with_much_as_with_little(
    db: Database, visitor: Visitors, community: Community
) -> None:
    lead, officer = community.person(), community.person()
    browsers = (visitor(), visitor().sign_in_as(community, officer), visitor().sign_in_as(community, lead))

    def asked() -> list[int]:
        counts = []
        for browser in browsers:
            with statements(db) as seen:
                browser.get("/")
            counts.append(len(seen))
        return counts

    add_threads(db, add_team(db, "First things", lead), lead, ["One"])
    before = asked()
    for number in range(6):
        team_id = add_team(db, f"More things {number}", lead)
        add_threads(db, team_id, community.person(), [f"Thread {index}" for index in range(5)])
    assert asked() == before
    # A statement for each source of what needs somebody, however much that is.
    assert max(before) <= 13 + len(NEEDS.names())


@pytest.mark.parametrize("path", STANDING)
def test_standing_pages_are_for_everybody(visitor: Visitors, community: Community, path: str) -> None:
    people = (
        community.person(),
        community.person(kind="supplier"),
        community.person(kind="central", roles=("platform_admin",)),
    )
    for browser in (visitor(), *(visitor().sign_in_as(community, person) for person in people)):
        browser.get(path)


def test_the_cookie_page_names_exactly_the_cookies_that_are_set(
    app: Flask, visitor: Visitors, community: Community
) -> None:
    community.person(email="ann@testshire.example")
    browser = visitor()
    sent = {"/sign-in": browser.get("/sign-in")}
    sent["POST"] = browser.post("/sign-in", email="ann@testshire.example", password=PASSWORD, next="/")
    for path in ("/", "/profile", "/search?q=words", *STANDING):
        sent[path] = browser.get(path)
    names = {
        header.split("=")[0]
        for response in sent.values()
        for header in response.headers.getlist("Set-Cookie")
    }
    settings: Settings = app.extensions["cop"].settings
    assert names == {cookie.name for cookie in cookies_set(settings)}
    text = sent["/cookies"].text
    assert all(f"<code>{name}</code>" in text for name in names)
    assert "after 14 days" in text
    assert "12 hours" in text


def test_cookies_over_https_are_the_guarded_ones(make_settings: Callable[[str], Settings]) -> None:
    settings = replace(make_settings("sqlite:///x.db"), public_url="https://cop.example.org")
    names = [cookie.name for cookie in cookies_set(settings)]
    assert names == ["__Host-cop_session", "__Host-cop_page", "__Host-cop_known"]


def test_a_reader_without_an_account_is_given_no_cookie_by_plain_pages(visitor: Visitors) -> None:
    for path in ("/", *STANDING):
        assert "Set-Cookie" not in visitor().get(path).headers


def test_the_address_to_write_to_is_the_operators(
    db: Database, make_settings: Callable[[str], Settings]
) -> None:
    settings = make_settings(db.url)
    without = Visitor(create_app(settings, db))
    given = Visitor(create_app(replace(settings, contact="help@cop.example"), db))
    for path in ("/contact", "/accessibility", "/privacy"):
        assert "mailto:" not in without.get(path).text
        assert 'href="mailto:help@cop.example"' in given.get(path).text


def test_the_style_guide_is_part_of_the_demonstration_only(
    db: Database, make_settings: Callable[[str], Settings]
) -> None:
    settings = make_settings(db.url)
    Visitor(create_app(settings, db)).get("/style", status=404)
    Visitor(create_app(replace(settings, demo=True), db)).get("/style")


def test_paper_says_where_it_came_from_and_where_its_links_lead(
    db: Database, make_settings: Callable[[str], Settings]
) -> None:
    settings = replace(make_settings(db.url), public_url="http://cop.example")
    visitor = Visitor(create_app(replace(settings, host="127.0.0.1"), db))
    page = visitor.get("/search?q=open+book&kind=guide").text
    assert "Printed from http://cop.example/search?q=open+book&amp;kind=guide<" in page
    href = re.search(r'media="print" href="(/print\.css\?v=[0-9a-f]{12})"', page)
    assert href
    sheet = visitor.get(href[1])
    assert sheet.mimetype == "text/css"
    assert sheet.text.startswith(':root { --site: "http://cop.example"; }\n')
    assert "immutable" in sheet.headers["Cache-Control"]
    assert print_sheet('http://a"b') != print_sheet("http://ab")
    assert r'"http://a\"b"' in print_sheet('http://a"b')


def test_robots_and_the_icon(db: Database, make_settings: Callable[[str], Settings]) -> None:
    settings = make_settings(db.url)
    real = Visitor(create_app(settings, db))
    assert real.get("/robots.txt").text == "User-agent: *\nDisallow: /search\n"
    assert real.get("/robots.txt").mimetype == "text/plain"
    demo = Visitor(create_app(replace(settings, demo=True), db))
    assert demo.get("/robots.txt").text.endswith("Disallow: /\n")
    icon = real.get("/favicon.ico", status=303)
    with real.follow(icon) as drawn:
        assert drawn.mimetype == "image/svg+xml"

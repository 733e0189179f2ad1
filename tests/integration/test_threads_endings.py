"""How threads end: concluded with an outcome, reopened, locked with a reason, and summed up on top."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from cop.kernel.access import Actor
from cop.kernel.db import Database
from cop.kernel.errors import Conflict, Forbidden
from cop.threads import drafts, endings, queries, service
from cop.threads.texts import written
from tests.build.community import Community
from tests.build.pages import Visitor
from tests.build.queries import statements
from tests.build.teams import Teams

Visit = Callable[..., Visitor]


@pytest.fixture
def lead(community: Community) -> Actor:
    """A council officer who leads a team."""
    return community.person("Ola Bergen", function="commissioning")


@pytest.fixture
def browser(visitor: Visit, community: Community, lead: Actor) -> Visitor:
    """The lead's browser."""
    return visitor().sign_in_as(community, lead)


def status(db: Database, actor: Actor, thread_id: int) -> str:
    """The state of a thread."""
    with db.transaction(write=False) as tx:
        return queries.thread(actor, tx=tx, thread_id=thread_id).ending.status


def test_a_thread_is_concluded_reopened_and_concluded_again(
    db: Database, visitor: Visit, teams: Teams, lead: Actor, browser: Visitor
) -> None:
    team = teams.team(lead)
    thread = f"/threads/{teams.thread(lead, team)}"
    assert "shows nothing" in browser.post(f"{thread}/conclude", status=422, body="***").text
    assert "<em>No</em>" in browser.post(f"{thread}/conclude", status=200, body="*No*", preview="1").text
    assert "Conclude it" in browser.get(thread).text
    browser.post(f"{thread}/conclude", body="We **agreed** a cap.")
    shown = visitor().get(thread).text
    assert "<strong>agreed</strong>" in shown
    assert ">Concluded<" in shown
    assert "Outcome:</b> We agreed a cap." in visitor().get(f"/teams/{team}/threads").text
    browser.post(f"{thread}/conclude", status=409, body="Another")
    browser.get(f"{thread}/conclude", status=409)
    # What somebody adds later still finds its place.
    browser.post(thread, body="One late fact")
    browser.post(f"{thread}/reopen")
    browser.post(f"{thread}/reopen", status=409)
    shown = visitor().get(thread).text
    assert "Earlier outcome" in shown
    assert "Outcome:" not in visitor().get(f"/teams/{team}/threads").text
    browser.post(f"{thread}/conclude", body="A different cap.")
    assert "A different cap." in visitor().get(thread).text


def test_who_may_conclude_and_who_may_lock(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    tom, eve, stranger = (community.person() for _ in range(3))
    team = teams.team(lead, members=[(tom, "member", "finance"), (eve, "member", "legal")])
    thread = teams.thread(tom, team)
    for actor in (eve, stranger):
        with db.transaction(write=True) as tx, pytest.raises(Forbidden):
            endings.conclude(actor, tx=tx, thread_id=thread, outcome=written("No"))
    for actor in (tom, eve, stranger):
        with db.transaction(write=True) as tx, pytest.raises(Forbidden):
            endings.lock(actor, tx=tx, thread_id=thread, reason="No")
    for actor in (tom, lead):
        with db.transaction(write=True) as tx:
            endings.conclude(actor, tx=tx, thread_id=thread, outcome=written("Yes"))
            endings.reopen(actor, tx=tx, thread_id=thread)
    assert status(db, tom, thread) == "reopened"


def test_a_locked_thread_takes_nothing_and_says_why(
    db: Database, visitor: Visit, community: Community, teams: Teams, lead: Actor, browser: Visitor
) -> None:
    tom = community.person("Tom Doyle")
    number = teams.thread(
        lead, teams.team(lead, members=[(tom, "member", "finance")]), "Words of the first post"
    )
    thread = f"/threads/{number}"
    assert "Say why it is locked" in browser.post(f"{thread}/lock", status=422, reason=" ").text
    browser.post(f"{thread}/lock", reason="It went round in circles.")
    toms = visitor().sign_in_as(community, tom)
    shown = toms.get(thread).text
    assert "It went round in circles." in shown
    assert "This thread is locked" in shown
    assert "data-quote" not in shown
    assert "<textarea" not in shown
    refused = toms.post(thread, status=403, body="But still").text
    assert "This thread is locked" in refused
    assert "But still" in refused, "what was typed stays on the page"
    toms.post(f"/drafts/reply/{number}", status=403, body="But still", draft="")
    browser.post(thread, status=403, body="Not even the lead")
    with db.transaction(write=True) as tx, pytest.raises(Conflict):
        endings.lock(lead, tx=tx, thread_id=number, reason="Twice")
    browser.post(f"{thread}/unlock")
    browser.post(f"{thread}/unlock", status=409)
    toms.post(thread, body="Now it works")


def test_the_summary_has_versions_and_is_never_overwritten(
    db: Database, visitor: Visit, community: Community, teams: Teams, lead: Actor, browser: Visitor
) -> None:
    tom = community.person("Tom Doyle")
    number = teams.thread(lead, teams.team(lead, members=[(tom, "member", "finance")]))
    thread = f"/threads/{number}"
    assert "no summary yet" in visitor().get(f"{thread}/summary/history").text
    browser.post(f"{thread}/summary", body="Prices are flat so far", base_version="0")
    toms = visitor().sign_in_as(community, tom)
    toms.post(f"{thread}/summary", body="Prices are down so far", base_version="1")
    shown = browser.post(f"{thread}/summary", status=409, body="Prices are up", base_version="1").text
    assert "Prices are down so far" in shown
    assert "Prices are up" in shown
    found = re.search(r'name="base_version"[^>]*value="(\d+)"', shown)
    assert found
    browser.post(f"{thread}/summary", body="Prices are down, not up", base_version=found[1])
    page = visitor().get(thread).text
    assert "Prices are down, not up" in page
    assert "Version 3 by Ola Bergen" in page
    story = visitor().get(f"{thread}/summary/history").text
    assert "Tom Doyle" in story
    assert "<del>" in story
    assert "<p>Prices are down so far</p>" in visitor().get(f"{thread}/summary/history?plain=2").text
    stranger = visitor().sign_in_as(community, community.person())
    stranger.post(f"{thread}/summary", status=403, body="Mine", base_version="3")


def test_a_summarys_draft_is_kept_and_done(db: Database, teams: Teams, lead: Actor, browser: Visitor) -> None:
    number = teams.thread(lead, teams.team(lead))
    browser.post(f"/drafts/summary/{number}", body="Half a summary", base_version="0", draft="")
    shown = browser.get(f"/threads/{number}/summary").text
    assert "Half a summary" in shown
    found = re.search(r'name="draft"[^>]*value="([^"]+)"', shown)
    assert found
    browser.post(f"/threads/{number}/summary", body="A summary", base_version="0", draft=found[1])
    with db.transaction(write=False) as tx:
        assert drafts.listing(lead, tx=tx) == []


def test_the_page_of_a_thread_that_ended_takes_one_statement_more(
    db: Database, teams: Teams, lead: Actor, browser: Visitor
) -> None:
    number = teams.thread(lead, teams.team(lead))
    browser.get(f"/threads/{number}")
    with statements(db) as before:
        browser.get(f"/threads/{number}")
    with db.transaction(write=True) as tx:
        endings.summarise(lead, tx=tx, thread_id=number, body=written("So far"), base_version=0)
        endings.conclude(lead, tx=tx, thread_id=number, outcome=written("Done"))
        endings.lock(lead, tx=tx, thread_id=number, reason="Done")
    browser.get(f"/threads/{number}")
    with statements(db) as seen:
        browser.get(f"/threads/{number}")
    assert len(seen) == len(before) + 1


def test_who_is_reading_hears_of_it(db: Database, teams: Teams, lead: Actor, browser: Visitor) -> None:
    number = teams.thread(lead, teams.team(lead))
    with db.transaction(write=False) as tx:
        before = queries.head_seq(lead, tx=tx, thread_id=number)
    with db.transaction(write=True) as tx:
        endings.conclude(lead, tx=tx, thread_id=number, outcome=written("A canary outcome"))
    with db.transaction(write=False) as tx:
        assert queries.head_seq(lead, tx=tx, thread_id=number) == before + 1
    assert "A canary outcome" in browser.get(f"/threads/{number}/posts?since={before}").text
    assert service.TOPIC == "thread"

"""The pages of threads, as a browser without JavaScript uses them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text

from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database
from cop.threads import service
from cop.threads.limits import PAGE_SIZE, POST_MAX
from cop.threads.texts import written
from tests.build.community import Community
from tests.build.pages import Visitor
from tests.build.queries import statements
from tests.build.teams import Teams

Visit = Callable[..., Visitor]


@pytest.fixture
def lead(community: Community) -> Actor:
    """A council officer who leads a team."""
    return community.person("Amira Khan", function="commissioning")


@pytest.fixture
def browser(visitor: Visit, community: Community, lead: Actor) -> Visitor:
    """The lead's browser."""
    return visitor().sign_in_as(community, lead)


def long_thread(db: Database, teams: Teams, lead: Actor, posts: int) -> int:
    """A thread of so many posts."""
    assert lead.person_id is not None
    body, team_id = written("One of many"), teams.team(lead)
    with db.transaction(write=True) as tx:
        loaded = [service.LoadedPost(lead.person_id, tx.now(), [(tx.now(), body)]) for _ in range(posts)]
        return service.load_thread(SYSTEM, tx=tx, team_id=team_id, title="Long", posts=loaded)


def hidden(html: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', html)
    assert found, f"no field {name}"
    return found[1]


def test_a_thread_from_its_start_to_a_quoted_reply(
    visitor: Visit, community: Community, teams: Teams, lead: Actor, browser: Visitor
) -> None:
    tom = community.person("Tom Doyle")
    team_id = teams.team(lead, members=[(tom, "facilitator", "finance")])
    browser.get(f"/teams/{team_id}/threads/new")
    made = browser.post(
        f"/teams/{team_id}/threads/new", title="What providers told us", body="Nobody *laughed*."
    )
    address = made.headers["Location"]
    assert "<em>laughed</em>" in browser.follow(made).text
    toms = visitor().sign_in_as(community, tom)
    shown = toms.get(f"{address}?quote=1").text
    assert "&gt; **Amira Khan** wrote:" in shown
    assert hidden(shown, "quote") == "1"
    sent = toms.post(address, body="> Nobody laughed.\n\nTwo did.", quote="1", key=hidden(shown, "key"))
    assert sent.headers["Location"].endswith("#post-2")
    shown = visitor().get(address).text
    assert "Two did." in shown
    assert 'Quotes <a href="/posts/1">Amira Khan, post 1</a>: “Nobody laughed.”' in shown
    assert "sign in</a>" in shown
    listed = visitor().get(f"/teams/{team_id}/threads").text
    assert "2 posts" in listed
    assert "last by Tom Doyle" in listed
    assert "2 posts, last by Tom Doyle" in visitor().get(f"/teams/{team_id}").text


def test_a_preview_does_not_wait_for_those_who_write(
    db: Database, teams: Teams, lead: Actor, browser: Visitor
) -> None:
    team = teams.team(lead)
    thread = teams.thread(lead, team)
    pages = (f"/threads/{thread}", f"/teams/{team}/threads/new", "/posts/1/edit")
    for page in pages:
        browser.get(page)
    shown: list[str] = []

    def look() -> None:
        for page in pages:
            shown.append(browser.post(page, status=200, title="A title", body="A *claim*", preview="1").text)

    with db.transaction(write=True) as tx:
        tx.session.execute(text("UPDATE team SET version = version"))
        looking = threading.Thread(target=look)
        looking.start()
        looking.join(10)
        assert len(shown) == len(pages)
    looking.join()
    assert all("<em>claim</em>" in page for page in shown)


def test_a_preview_saves_nothing_and_keeps_everything(teams: Teams, lead: Actor, browser: Visitor) -> None:
    team_id = teams.team(lead)
    thread = f"/threads/{teams.thread(lead, team_id)}"
    key = hidden(browser.get(thread).text, "key")
    shown = browser.post(thread, status=200, body="A **bold** claim", key=key, preview="1").text
    assert "<strong>bold</strong>" in shown
    assert "A **bold** claim" in shown
    assert hidden(shown, "key") == key
    assert "1 post<" in browser.get(thread).text
    new = f"/teams/{team_id}/threads/new"
    shown = browser.post(new, status=200, title="A title", body="A *claim*", preview="1").text
    assert 'value="A title"' in shown
    assert "<em>claim</em>" in shown
    assert "<em>claim</em>" in browser.post("/posts/1/edit", status=200, body="A *claim*", preview="1").text


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "Write your reply before you post it"),
        (" \n ", "Write your reply before you post it"),
        ("***", "shows nothing"),
        ("a" * (POST_MAX + 1), "at most 20,000 characters"),
    ],
)
def test_a_reply_that_cannot_be_used_is_kept(
    teams: Teams, lead: Actor, browser: Visitor, body: str, says: str
) -> None:
    thread = f"/threads/{teams.thread(lead, teams.team(lead))}"
    shown = browser.post(thread, status=422, body=body, quote="1", key="k" * 20).text
    assert says in shown
    assert body.strip() in shown
    assert hidden(shown, "key") == "k" * 20
    assert hidden(shown, "quote") == "1"


def test_a_thread_needs_a_title(teams: Teams, lead: Actor, browser: Visitor) -> None:
    new = f"/teams/{teams.team(lead)}/threads/new"
    for title, says in (("", "Enter a title"), ("a" * 151, "150 characters or fewer")):
        shown = browser.post(new, status=422, title=title, body="Kept words").text
        assert says in shown
        assert "Kept words" in shown


def test_the_same_form_twice_leads_to_the_same_post(teams: Teams, lead: Actor, browser: Visitor) -> None:
    thread = f"/threads/{teams.thread(lead, teams.team(lead))}"
    key = hidden(browser.get(thread).text, "key")
    sent = [browser.post(thread, body="Once", key=key).headers["Location"] for _ in range(2)]
    assert sent[0] == sent[1]
    # Neither a missing key nor one that is not ours stands in the way of a reply.
    for other in ("", "short", "k" * 65):
        browser.post(thread, body="More", key=other)
    assert "5 posts" in browser.get(thread).text


def test_editing_shows_what_changed(visitor: Visit, teams: Teams, lead: Actor, browser: Visitor) -> None:
    thread = f"/threads/{teams.thread(lead, teams.team(lead), 'Price flat so far')}"
    version = hidden(browser.get("/posts/1/edit").text, "base_version")
    browser.post("/posts/1/edit", body="Price down so far", base_version=version)
    shown = visitor().get(thread).text
    assert 'href="/posts/1/history">edited<' in shown
    story = visitor().get("/posts/1/history").text
    assert re.search(r"<ins>.*down.*</ins>", story)
    assert re.search(r"<del>.*flat.*</del>", story)
    shown = browser.post("/posts/1/edit", status=409, body="Price up so far", base_version=version).text
    assert "Price down so far" in shown
    assert "Price up so far" in shown
    assert hidden(shown, "base_version") == "2"
    assert "cannot be empty" in browser.post("/posts/1/edit", status=422, body="", base_version="2").text


def test_removing_leaves_a_tombstone(
    visitor: Visit, community: Community, teams: Teams, lead: Actor, browser: Visitor
) -> None:
    tom = community.person("Tom Doyle")
    team_id = teams.team(lead, members=[(tom, "member", "finance")])
    thread = f"/threads/{teams.thread(tom, team_id, 'First', 'A canary word', 'Third')}"
    toms = visitor().sign_in_as(community, tom)
    assert "A canary word" in toms.get("/posts/2/remove").text
    toms.follow(toms.post("/posts/2/remove"))
    browser.post("/posts/3/remove")
    shown = visitor().get(thread).text
    assert "canary" not in shown
    assert "Post removed by its author" in shown
    assert "Post removed by the team’s lead or facilitator" in shown
    for page in ("edit", "remove", "history", "quote"):
        toms.get(f"/posts/2/{page}", status=410)
    toms.post("/posts/2/remove", status=410)
    assert visitor().get("/posts/2", status=303).headers["Location"] == f"{thread}#post-2"


def test_long_threads_are_paged_and_permalinks_find_the_page(
    db: Database, visitor: Visit, teams: Teams, lead: Actor, browser: Visitor
) -> None:
    thread = f"/threads/{long_thread(db, teams, lead, PAGE_SIZE * 2 + 1)}"
    pages = {page: browser.get(f"{thread}?page={page}").text for page in (1, 2, 3)}
    assert [text.count("data-post=") for text in pages.values()] == [PAGE_SIZE, PAGE_SIZE, 1]
    assert "Later posts" in pages[1]
    assert "Earlier posts" not in pages[1]
    assert "Earlier posts" in pages[3]
    assert "Later posts" not in pages[3]
    assert f'href="{thread}?page=3#newest"' in pages[1]
    for typed in ("0", "x", "-1", "99999999999999999999"):
        assert browser.get(f"{thread}?page={typed}").text.count("data-post=") == PAGE_SIZE
    assert browser.get(f"{thread}?page=500").text.count("data-post=") == 1
    where = visitor().get(f"/posts/{PAGE_SIZE + 1}", status=303).headers["Location"]
    assert where == f"{thread}?page=2#post-{PAGE_SIZE + 1}"
    sent = browser.post(f"{thread}?page=1", body="At the end").headers["Location"]
    assert sent == f"{thread}?page=3#post-{PAGE_SIZE * 2 + 2}"
    counts = set()
    for page in (1, 2, 3):
        with statements(db) as sent_statements:
            browser.get(f"{thread}?page={page}")
        counts.add(len(sent_statements))
    # Three of them are the reader’s own: their place in it, what they hear of, and their draft.
    assert counts == {9}


def test_changes_are_a_fragment_for_those_who_may_read(
    visitor: Visit, community: Community, teams: Teams, lead: Actor, browser: Visitor
) -> None:
    team_id = teams.team(lead, access="private")
    thread = f"/threads/{teams.thread(lead, team_id, 'One', 'Two')}"
    news = browser.get(f"{thread}/posts?since=1").text
    assert 'data-head="2"' in news
    assert news.count("data-post=") == 1
    assert "data-post=" not in browser.get(f"{thread}/posts?since=2").text
    for stranger in (visitor(), visitor().sign_in_as(community, community.person())):
        for address in (thread, f"{thread}/posts?since=0", "/posts/1", "/posts/1/history"):
            stranger.get(address, status=404)


def test_what_is_remembered_for_one_reader_is_not_shown_to_another(
    visitor: Visit, community: Community, teams: Teams, lead: Actor, browser: Visitor
) -> None:
    tom = community.person("Tom Doyle")
    thread = f"/threads/{teams.thread(lead, teams.team(lead, members=[(tom, 'member', 'finance')]))}"
    readers = {
        "lead": (browser, ("data-quote", "/posts/1/edit", "/posts/1/remove")),
        "member": (visitor().sign_in_as(community, tom), ("data-quote",)),
        "officer": (visitor().sign_in_as(community, community.person()), ()),
        "anonymous": (visitor(), ()),
    }
    for _ in range(2):
        for name, (reader, expected) in readers.items():
            shown = reader.get(thread).text
            for link in ("data-quote", "/posts/1/edit", "/posts/1/remove"):
                assert (link in shown) is (link in expected), (name, link)


def test_the_admin_lists_titles_of_what_they_cannot_read(
    visitor: Visit, community: Community, teams: Teams, lead: Actor
) -> None:
    team_id = teams.team(lead, access="private")
    thread_id = teams.thread(lead, team_id, "A canary word", title="A private title")
    admin = visitor().sign_in_as(community, community.person(roles=("platform_admin",)))
    board = visitor().sign_in_as(community, community.person(roles=("board",)))
    assert f'href="/teams/{team_id}/threads"' in admin.get(f"/teams/{team_id}").text
    shown = admin.get(f"/teams/{team_id}/threads").text
    assert "A private title" in shown
    assert "canary" not in shown
    assert f"/threads/{thread_id}" not in shown
    admin.get(f"/threads/{thread_id}", status=404)
    board.get(f"/teams/{team_id}/threads", status=404)


def test_somebody_who_left_reads_and_writes_no_more(
    visitor: Visit, community: Community, teams: Teams, lead: Actor, browser: Visitor
) -> None:
    tom = community.person("Tom Doyle")
    team_id = teams.team(lead, access="private", members=[(tom, "member", "finance")])
    thread = f"/threads/{teams.thread(tom, team_id)}"
    toms = visitor().sign_in_as(community, tom)
    toms.get(thread)
    browser.post(f"/teams/{team_id}/people/2/remove")
    toms.get(thread, status=404)
    toms.post(thread, status=404, body="One more thing")
    toms.post("/posts/1/remove", status=404)
    assert "Tom Doyle" in browser.get(thread).text


def test_readers_who_may_not_write_are_told_why(
    visitor: Visit, community: Community, teams: Teams, lead: Actor
) -> None:
    thread = f"/threads/{teams.thread(lead, teams.team(lead))}"
    officer = visitor().sign_in_as(community, community.person())
    assert "Only people on the team can write here" in officer.get(thread).text
    refused = officer.post(thread, status=403, body="Let me in").text
    assert "Only people on the team can write here" in refused


def test_earlier_versions_are_read_as_phrases_and_without_marks(
    db: Database, teams: Teams, lead: Actor, browser: Visitor
) -> None:
    teams.thread(lead, teams.team(lead), "We think the *price* is too high.")
    edited = {"body": "We know the *cost* is too high, still.", "base_version": "1"}
    browser.post("/posts/1/edit", **edited)
    marked = browser.get("/posts/1/history").text
    shown = re.sub(r'<span class="govuk-visually-hidden">[^<]*</span>', "", marked)
    assert "We <del>think the *price</del> <ins>know the *cost</ins>* is too high" in shown
    assert shown.count("Read it without marks") == 1
    plain = browser.get("/posts/1/history?plain=2").text
    assert "<p>We know the <em>cost</em> is too high, still.</p>" in plain
    assert "<del>" not in plain
    assert 'href="/posts/1/history#version-2">Show what changed' in plain
    assert "<em>price</em>" in browser.get("/posts/1/history?plain=1").text
    for odd in ("0", "99", "x", "1" * 40):
        assert "<del>" in browser.get(f"/posts/1/history?plain={odd}").text

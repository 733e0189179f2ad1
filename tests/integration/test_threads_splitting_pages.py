"""Pages about splitting a thread, and what its readers find afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from cop.app import build_worker
from cop.kernel.access import Actor
from cop.kernel.db import Database
from cop.kernel.ids import new_token
from cop.notifications import queries as told
from cop.settings import Settings
from cop.threads import drafts, service, splitting
from cop.threads.texts import written
from tests.build.community import Community
from tests.build.joining import Inviting
from tests.build.pages import Visitor
from tests.build.splitting import ids, places, split
from tests.build.teams import Teams

Visit = Callable[..., Visitor]
WORD = "xylophonic"
ADDRESS = "gus@supplier.example"


@pytest.fixture
def lead(community: Community) -> Actor:
    """Leads the team."""
    return community.person("Rita Osei")


@pytest.fixture
def author(community: Community) -> Actor:
    """Wrote in the thread."""
    return community.person("Ann Lee")


@pytest.fixture
def here(teams: Teams, lead: Actor, author: Actor) -> int:
    """A private team of the two."""
    return teams.team(lead, access="private", members=[(author, "member", "finance")])


def test_drafts_edits_search_and_addresses_go_on(
    db: Database,
    community: Community,
    visitor: Visit,
    make_settings: Callable[[str], Settings],
    lead: Actor,
    author: Actor,
    here: int,
    teams: Teams,
) -> None:
    thread_id = teams.thread(author, here, "One", f"All {WORD}", "Three", "Four")
    post = ids(db, thread_id)
    with db.transaction(write=True) as tx:
        typed = drafts.Typed(body="Half", quote_id=post[2])
        drafts.save(author, tx=tx, kind="reply", subject_id=thread_id, typed=typed)
        typed = drafts.Typed(body="Half an edit", base_version=1)
        drafts.save(author, tx=tx, kind="edit", subject_id=post[2], typed=typed)
    build_worker(make_settings(db.url), db).drain()
    browser = visitor().sign_in_as(community, author)
    assert "What providers told us" in browser.get(f"/search?q={WORD}").text
    new_id = split(db, lead, thread_id, [2, 4], title="A thing apart")
    build_worker(make_settings(db.url), db).drain()
    found = browser.get(f"/search?q={WORD}").text
    assert "A thing apart" in found
    assert "What providers told us" not in found
    assert "A thing apart" in browser.get("/search?q=apart").text, "its title is what it is found by"
    old = browser.get(f"/threads/{thread_id}").text
    assert f'id="post-{post[2]}"' in old
    assert f'<a href="/posts/{post[2]}">A thing apart</a>' in old
    assert '<span id="post-count">2 posts</span>' in old
    assert ">Half</textarea>" in old.replace("\n", "")
    answer = browser.get(f"/posts/{post[2]}", status=303)
    assert answer.location == f"/threads/{new_id}#post-{post[2]}"
    saved = browser.post(f"/posts/{post[2]}/edit", body="Whole", base_version="1")
    assert saved.location == f"/threads/{new_id}#post-{post[2]}"
    listed = browser.get(f"/teams/{here}/threads").text
    assert listed.index("A thing apart") < listed.index("What providers told us"), (
        "its last post is the newest"
    )
    reply = {"body": "More", "quote": str(post[2]), "key": new_token()}
    assert browser.post(f"/threads/{thread_id}", **reply).status_code == 303
    assert places(db, author, thread_id)[-1].number == 5, "after the marker at the end"


def test_who_is_told_late_of_a_post_is_told_of_the_thread_it_is_in(
    db: Database,
    community: Community,
    make_settings: Callable[[str], Settings],
    lead: Actor,
    author: Actor,
    here: int,
    teams: Teams,
) -> None:
    thread_id = teams.thread(author, here, "One", "Two")
    worker = build_worker(make_settings(db.url), db)
    worker.drain()
    with db.transaction(write=True) as tx:
        service.reply(lead, tx=tx, thread_id=thread_id, body=written("Another matter"))
    split(db, lead, thread_id, [3], title="A thing apart")
    worker.drain()
    with db.transaction(write=False) as tx:
        titles = [each.what.title for each in told.inbox(author, tx=tx).rows]
    assert titles == ["1 new post in “A thing apart”"]


@pytest.fixture
def browser(visitor: Visit, community: Community, lead: Actor) -> Visitor:
    """The lead's."""
    return visitor().sign_in_as(community, lead)


def test_the_pages_lead_from_choosing_to_the_new_thread(
    db: Database, browser: Visitor, community: Community, teams: Teams, lead: Actor, here: int
) -> None:
    thread_id = teams.thread(lead, here, *(f"Words {number}" for number in range(1, 7)))
    gus = community.person("Gus Tee", kind="supplier", function="supplier", email=ADDRESS)
    Inviting(db, lead).guest(gus, ADDRESS, here, thread_id)
    at = f"/threads/{thread_id}"
    shown = browser.get(at).text
    assert f'href="{at}/split"' in shown
    assert f'href="{at}/split?from=2"' in shown
    assert f'href="{at}/split?from=1"' not in shown
    page = browser.get(f"{at}/split?from=5").text
    assert re.findall(r'value="(\d)" checked', page) == ["5", "6"]
    assert "Choose the posts that move" in browser.get(f"{at}/split?go=1").text
    confirm = browser.get(f"{at}/split?posts=2&posts=4&posts=5&go=1").text
    for words in ("Move 3 posts to a new thread?", "Posts 2, 4 to 5", "3 posts", "Gus Tee"):
        assert words in confirm, words
    key = re.search(r'name="key"[^>]*value="([^"]+)"', confirm)
    assert key is not None
    sent = {"key": key[1], "posts": "2,4-5"}
    refused = browser.post(f"{at}/split", status=422, **sent, title=" ")
    assert "Enter a title" in refused.text
    assert "Posts 2, 4 to 5" in refused.text
    done = browser.post(f"{at}/split", **sent, title="Another  matter")
    arrived = browser.follow(done).text
    assert "These posts are a thread of their own now." in arrived
    assert f'split from <a href="{at}">What providers told us</a>' in arrived
    assert browser.post(f"{at}/split", **sent, title="Another matter").location == done.location
    again = browser.post(f"{at}/split", status=422, key=new_token(), posts="3,5", title="Once more")
    assert splitting.GONE in again.text
    assert re.findall(r'value="(\d)" checked', again.text) == ["3"]


def test_a_choice_goes_from_page_to_page(browser: Visitor, teams: Teams, lead: Actor, here: int) -> None:
    thread_id = teams.thread(lead, here, *("Words" for _ in range(60)))
    at = f"/threads/{thread_id}/split"
    page = browser.get(f"{at}?posts=3&posts=4&posts=9&page=2").text
    assert 'name="others" value="3-4,9"' in page
    assert "Chosen on other pages: 3 to 4, 9" in page
    confirm = browser.get(f"{at}?others=3-4,9&posts=52&go=2").text
    assert 'value="3-4,9,52"' in confirm
    back = browser.get(f"{at}?others=3-4,9,52").text
    assert re.findall(r'value="(\d+)" checked', back) == ["3", "4", "9"]
    assert 'name="others" value="52"' in back
    for odd in (
        "others=1-999999999999",
        "others=,-,x-2,9-3",
        "posts=zero&posts=-1",
        "from=99",
        "page=99&go=x",
    ):
        browser.get(f"{at}?{odd}")

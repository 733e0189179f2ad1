"""Posts of one thread are one row of the results: it stands for the others, and every count stays true."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import cast

import pytest
from flask import Flask

from cop.kernel.access import ANONYMOUS, SYSTEM, Actor
from cop.kernel.db import Database
from cop.search import consumer, wording
from cop.search.queries import Finder, Found, Pace, Wanted
from cop.threads import endings
from cop.threads import service as threads
from cop.threads.service import LoadedPost
from cop.threads.texts import written
from tests.build.community import Community
from tests.build.library import Library
from tests.build.pages import Visitor

Visitors = Callable[..., Visitor]
START = datetime(2025, 12, 30, tzinfo=UTC)


class Discussions:
    """Writes threads of posts that all have the word "tariff", and searches for it."""

    def __init__(self, app: Flask, db: Database, community: Community) -> None:
        self.app, self.db = app, db
        self.lead = community.person()
        self.library = Library(app, db)
        self.team = self.library.team(self.lead, access_mode="open", name="In the open")
        self.finder = cast(Finder, app.extensions["cop"].parts[Finder])

    def write(self, title: str, posts: int, *, team: int | None = None) -> int:
        """A thread with so many posts, an hour apart, the best match last; returns its id."""
        bodies = [f"Message {number} on the tariff of {title}." for number in range(posts - 1)]
        moments = [START + timedelta(hours=number) for number in range(posts)]
        texts = [written(body) for body in [*bodies, "Tariff, tariff, tariff."]]
        assert self.lead.person_id is not None
        loaded = [
            LoadedPost(author_id=self.lead.person_id, at=at, texts=[(at, text)])
            for at, text in zip(moments, texts, strict=True)
        ]
        with self.db.transaction(write=True) as tx:
            return threads.load_thread(SYSTEM, tx=tx, team_id=team or self.team, title=title, posts=loaded)

    def index(self) -> None:
        """Write everything into the index."""
        consumer.rebuild(self.db, backend=self.finder.backend, registry=self.finder.registry)

    def find(
        self, actor: Actor, wanted: Wanted, *, finder: Finder | None = None, seconds: float = 20
    ) -> Found:
        """Search without hurry."""
        with self.db.transaction(write=False) as tx:
            return (finder or self.finder).find(actor, tx=tx, wanted=wanted, seconds=seconds)

    def pages(self, actor: Actor, wanted: Wanted) -> Sequence[Found]:
        """All pages of a search."""
        found = [self.find(actor, wanted)]
        while found[-1].older:
            assert len(found) < 50
            found.append(self.find(actor, replace(wanted, after=found[-1].older)))
        return found


@pytest.fixture
def discussions(app: Flask, db: Database, community: Community) -> Discussions:
    return Discussions(app, db, community)


def h1(html: str) -> str:
    return re.sub(r"<[^>]+>", "", re.findall(r"<h1.*?</h1>", html, re.S)[0])


def shown(html: str) -> list[str]:
    return re.findall(r'<h2><a href="/posts/\d+">(.*?)<span', html)


def test_a_long_thread_is_one_row_that_leads_to_the_rest(discussions: Discussions, visitor: Visitors) -> None:
    long = discussions.write("Long", 30)
    for name in ("One", "Two", "Three"):
        discussions.write(name, 1)
    discussions.index()
    browser = visitor()
    html = browser.get("/search?q=tariff").text
    assert h1(html) == "33 results for tariff"
    assert sorted(shown(html)) == ["Long", "One", "Three", "Two"]
    assert html.count("more posts in this thread") == 1
    (address,) = re.findall(r'<a href="([^"]*)">29 more posts in this thread', html)
    assert unescape(address) == f"/search?q=tariff&thread={long}"
    html = browser.get(unescape(address)).text
    assert h1(html) == "30 results for tariff"
    assert shown(html) == ["Long"] * 20
    assert "in this thread" not in html
    assert "Only “Long”" in html
    assert 'href="/search?q=tariff"><span class="govuk-visually-hidden">Remove' in html
    # Sorting, other words and the next page stay in the thread.
    assert f"/search?q=tariff&amp;thread={long}&amp;sort=newest" in html
    assert html.count(f'type="hidden" name="thread" value="{long}"') >= 1
    (following,) = re.findall(r'href="(/search\?[^"]*after=[^"]*)"', html)
    html = browser.get(unescape(following)).text
    assert shown(html) == ["Long"] * 10
    assert "Results 21 to 30" in html


@pytest.mark.parametrize("newest", [False, True])
def test_pages_show_each_thread_once_and_add_up(discussions: Discussions, newest: bool) -> None:
    for number in range(25):
        discussions.write(f"Thread {number}", 1 + number % 4)
    discussions.index()
    wanted = Wanted("tariff", newest=newest)
    pages = discussions.pages(ANONYMOUS, wanted)
    rows = [row for page in pages for row in page.rows]
    total = sum(1 + number % 4 for number in range(25))
    assert [len(page.rows) for page in pages] == [20, 5]
    assert len({row.thread for row in rows}) == 25
    assert {page.total for page in pages} == {total}
    assert sum(1 + (row.more or 0) for row in rows) == total
    # "Results 21 to 30" counts those behind a row as well.
    assert pages[1].first == pages[0].at_least + 1
    assert pages[1].at_least == total
    for row in rows:
        alone = discussions.find(ANONYMOUS, replace(wanted, thread=row.thread))
        assert alone.total == 1 + (row.more or 0)
        assert alone.rows[0].key == row.key, "the row is the first of its thread"


def test_a_row_stands_only_for_what_the_reader_may_see_and_the_filters_let_through(
    discussions: Discussions, community: Community, visitor: Visitors
) -> None:
    mine = discussions.library.team(discussions.lead, access_mode="private", name="Closed")
    secret = discussions.write("Hidden away", 5, team=mine)
    # The first 48 hours are of 2025, the rest of 2026.
    discussions.write("Over the year", 60)
    discussions.index()
    everybody = discussions.find(ANONYMOUS, Wanted("tariff"))
    assert [(row.presented.title, row.more) for row in everybody.rows] == [("Over the year", 59)]
    assert everybody.total == 60
    own = discussions.find(discussions.lead, Wanted("tariff"))
    assert {row.presented.title: row.more for row in own.rows} == {"Hidden away": 4, "Over the year": 59}
    assert own.total == 65
    of_2025 = discussions.find(ANONYMOUS, Wanted("tariff", {"year": frozenset({"2025"})}))
    assert [row.more for row in of_2025.rows] == [47]
    assert of_2025.total == 48
    # A thread that one may not read answers like one that is not there.
    pages = [visitor().get(f"/search?q=tariff&thread={number}").text for number in (secret, 999_999)]
    texts = [re.sub(r'nonce[=-]\S+|thread=\d+|name="thread" value="\d+"', "", page) for page in pages]
    assert texts[0] == texts[1]
    assert h1(pages[0]) == "No results for tariff"
    assert "Take all filters off" in pages[0]
    # What was removed a moment ago is not counted, whatever the index still says.
    with discussions.db.transaction(write=True) as tx:
        threads.remove(discussions.lead, tx=tx, post_id=everybody.rows[0].key[1])
    after = discussions.find(ANONYMOUS, Wanted("tariff"))
    assert (after.total, [row.more for row in after.rows]) == (59, [58])


def test_without_the_time_to_count_nothing_is_claimed(discussions: Discussions) -> None:
    discussions.write("Long", 30)
    discussions.write("Short", 1)
    discussions.index()
    slow = Finder(discussions.finder.backend, discussions.finder.registry, Pace(each=10.0))
    found = discussions.find(ANONYMOUS, Wanted("tariff"), finder=slow)
    assert sorted(row.presented.title for row in found.rows) == ["Long", "Short"]
    assert [wording.more(row) for row in found.rows] == ["Search only this thread"] * 2
    assert found.total is None
    assert wording.heading(Wanted("tariff"), found) == "At least 2 results"


@pytest.mark.parametrize("thread", ["", "0", "-1", "x", "9" * 30, "²"])
def test_what_is_no_number_of_a_thread_is_no_filter(
    discussions: Discussions, visitor: Visitors, thread: str
) -> None:
    discussions.write("One", 2)
    discussions.index()
    html = visitor().get(f"/search?q=tariff&thread={thread}").text
    assert h1(html) == "2 results for tariff"
    assert "1 more post in this thread" in html


def test_what_came_of_a_thread_is_found_by_its_words(app: Flask, db: Database, community: Community) -> None:
    written_down = Discussions(app, db, community)
    thread_id = written_down.write("Prices", 1)
    with db.transaction(write=True) as tx:
        endings.summarise(
            written_down.lead, tx=tx, thread_id=thread_id, body=written("A rhubarb so far"), base_version=0
        )
    written_down.index()
    assert [row.presented.url for row in written_down.find(ANONYMOUS, Wanted("rhubarb")).rows] == [
        f"/threads/{thread_id}"
    ]
    with db.transaction(write=True) as tx:
        endings.conclude(
            written_down.lead, tx=tx, thread_id=thread_id, outcome=written("It came to quinces.")
        )
    written_down.index()
    found = written_down.find(ANONYMOUS, Wanted("quinces")).rows
    assert found[0].presented.above[0] == "Outcome of a discussion"

"""What is new to whom: every post by others after one's place, one place for each reader, moved only without a gap."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cop.kernel.access import Actor
from cop.kernel.db import Database
from cop.kernel.ids import new_token
from cop.kernel.usage import usage
from cop.threads import following, marks, queries, service, unread
from cop.threads.limits import PAGE_SIZE
from cop.threads.models import ReadingRow
from cop.threads.texts import written
from tests.build.community import Community
from tests.build.pages import Visitor
from tests.build.queries import statements
from tests.build.teams import Teams

Visit = Callable[..., Visitor]


@pytest.fixture
def amira(community: Community) -> Actor:
    """Leads the team and writes."""
    return community.person("Amira Khan")


@pytest.fixture
def tom(community: Community) -> Actor:
    """Is on the team and reads."""
    return community.person("Tom Doyle")


def say(db: Database, actor: Actor, thread_id: int, words: str = "One more") -> int:
    """A post; returns its number."""
    with db.transaction(write=True) as tx:
        return service.reply(actor, tx=tx, thread_id=thread_id, body=written(words)).number


def new(db: Database, actor: Actor, thread_id: int) -> int:
    """How many posts are new to somebody."""
    with db.transaction(write=False) as tx:
        return unread.place_in(actor, tx=tx, thread_id=thread_id).new


@pytest.fixture
def place(db: Database, teams: Teams, amira: Actor, tom: Actor) -> tuple[int, int]:
    """A team of the two with a thread of four posts by Amira: ids of both."""
    team_id = teams.team(amira, members=[(tom, "member", "finance")])
    return team_id, teams.thread(amira, team_id, "One", "Two", "Three", "Four")


def test_a_page_marks_what_it_shows_and_the_next_visit_begins_there(
    db: Database, community: Community, visitor: Visit, place: tuple[int, int], amira: Actor, tom: Actor
) -> None:
    team_id, thread_id = place
    browser = visitor().sign_in_as(community, tom)
    assert "4 new" in browser.get(f"/teams/{team_id}/threads").text
    assert '<span class="fresh">4 new</span></a>' in browser.get(f"/teams/{team_id}").text, "the tab"
    page = browser.get(f"/threads/{thread_id}").text
    assert page.index('id="new"') < page.index('id="post-1"')
    usage.flush(db)
    page = browser.get(f"/threads/{thread_id}").text
    assert 'id="new"' not in page
    assert "Jump to first unread" not in page
    assert "fresh" not in browser.get(f"/teams/{team_id}/threads").text
    say(db, amira, thread_id)
    say(db, tom, thread_id)
    page = browser.get(f"/threads/{thread_id}").text
    assert re.search(r"1 new since \d", page)
    assert 'href="#new">Jump to first unread' in page
    assert page.index('id="post-4"') < page.index('id="new"') < page.index('id="post-5"')
    assert new(db, amira, thread_id) == 1, "Tom's; her own are never new to her"


def test_somebody_who_is_not_on_the_team_has_news_from_their_first_visit_on(
    db: Database, community: Community, visitor: Visit, place: tuple[int, int], amira: Actor
) -> None:
    team_id, thread_id = place
    officer = community.person("Olive Officer")
    browser = visitor().sign_in_as(community, officer)
    assert "fresh" not in browser.get(f"/teams/{team_id}/threads").text
    browser.get(f"/threads/{thread_id}")
    usage.flush(db)
    say(db, amira, thread_id)
    assert new(db, officer, thread_id) == 1
    stranger = visitor().get(f"/threads/{thread_id}").text
    assert 'id="new"' not in stranger
    assert "mark-unread" not in stranger


def test_pages_are_read_one_after_the_other_and_a_jump_to_the_end_loses_nothing(
    db: Database,
    community: Community,
    visitor: Visit,
    teams: Teams,
    place: tuple[int, int],
    amira: Actor,
    tom: Actor,
) -> None:
    team_id, _ = place
    thread_id = teams.thread(amira, team_id, *["Words"] * (2 * PAGE_SIZE + 5), title="Long")
    browser = visitor().sign_in_as(community, tom)
    last = browser.get(f"/threads/{thread_id}?page=3").text
    usage.flush(db)
    assert new(db, tom, thread_id) == 2 * PAGE_SIZE + 5
    assert f'href="/threads/{thread_id}#new">Jump to first unread' in last
    assert "Mark all as read" in last
    # So fast that neither page is written down before the other.
    browser.get(f"/threads/{thread_id}")
    browser.get(f"/threads/{thread_id}?page=2")
    usage.flush(db)
    assert new(db, tom, thread_id) == 5
    page = browser.get(f"/threads/{thread_id}").text
    assert f'href="/threads/{thread_id}?page=3#new">Jump to first unread' in page
    assert 'id="new"' not in page
    assert 'id="new"' in browser.get(f"/threads/{thread_id}?page=3").text
    usage.flush(db)
    assert new(db, tom, thread_id) == 0


def test_marking_by_hand_counts_more_than_what_was_shown_before(
    db: Database, community: Community, visitor: Visit, place: tuple[int, int], amira: Actor, tom: Actor
) -> None:
    team_id, thread_id = place
    browser = visitor().sign_in_as(community, tom)
    page = browser.get(f"/threads/{thread_id}").text
    assert re.search(r'<button class="linklike" form="mark-unread" name="number" value="3">', page)
    done = browser.post(f"/threads/{thread_id}/unread", number="3")
    listed = browser.follow(done).text
    assert "2 new" in listed
    usage.flush(db)
    assert new(db, tom, thread_id) == 2, "the page was shown before"
    # The same page is still open elsewhere, and a post arrives in it.
    say(db, amira, thread_id)
    browser.get(f"/threads/{thread_id}/seen?from=5&to=5&turns=0")
    usage.flush(db)
    assert new(db, tom, thread_id) == 3
    browser.post(f"/threads/{thread_id}/read")
    assert new(db, tom, thread_id) == 0
    browser.post(f"/threads/{thread_id}/unread", number="1")
    browser.post(f"/teams/{team_id}/threads/read")
    assert new(db, tom, thread_id) == 0
    browser.post(f"/threads/{thread_id}/unread", status=404, number="99")
    browser.post(f"/threads/{thread_id}/unread", status=404, number="x")


def test_a_post_that_arrives_while_one_reads_is_read_when_it_was_seen(
    db: Database, community: Community, visitor: Visit, place: tuple[int, int], amira: Actor, tom: Actor
) -> None:
    _, thread_id = place
    browser = visitor().sign_in_as(community, tom)
    browser.get(f"/threads/{thread_id}")
    number = say(db, amira, thread_id)
    # Nobody has seen what does not exist.
    browser.get(f"/threads/{thread_id}/seen?from={number}&to=999999&turns=0")
    usage.flush(db)
    assert new(db, tom, thread_id) == 0
    say(db, amira, thread_id)
    assert new(db, tom, thread_id) == 1


def test_lists_ask_a_fixed_number_of_queries(
    db: Database,
    community: Community,
    visitor: Visit,
    teams: Teams,
    place: tuple[int, int],
    amira: Actor,
    tom: Actor,
) -> None:
    team_id, thread_id = place
    browser = visitor().sign_in_as(community, tom)
    asked = []
    for address in (f"/teams/{team_id}/threads", f"/threads/{thread_id}"):
        with statements(db) as few:
            browser.get(address)
        asked.append(len(few))
    for number in range(5):
        teams.thread(amira, team_id, "A", "B", title=f"Thread {number}")
    for _ in range(9):
        say(db, amira, thread_id)
    for address, before in zip((f"/teams/{team_id}/threads", f"/threads/{thread_id}"), asked, strict=True):
        with statements(db) as many:
            browser.get(address)
        assert len(many) == before, address


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("post"), st.sampled_from("atx"), st.just(0)),
        st.tuples(st.just("shown"), st.integers(1, 12), st.integers(0, 5)),
        st.tuples(st.just("old page"), st.integers(1, 12), st.integers(0, 5)),
        st.tuples(st.just("unread from"), st.integers(1, 12), st.just(0)),
        st.tuples(st.just("all read"), st.just(0), st.just(0)),
        st.tuples(st.just("removed"), st.integers(1, 12), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=40)
@given(steps=STEPS)
def test_what_is_new_is_what_others_wrote_after_ones_place(
    sqlite_db: Database, steps: list[tuple[str, str | int, int]]
) -> None:
    """Whatever is written, shown, marked and removed in whatever order, a plain model says the same."""
    db = sqlite_db
    people, made = Community(db), Teams(db)
    council = new_token()
    amira, tom = (
        people.person(organisation=council, email=f"{council}{at}@x.example".lower()) for at in "at"
    )
    team_id = made.team(amira, members=[(tom, "member", "finance")])
    thread_id = made.thread(amira, team_id, "First")
    posts: list[tuple[str, bool, int]] = [("a", True, 1)]  # by whom, whether it stands, id
    with db.transaction(write=False) as tx:
        thread = queries.thread(tom, tx=tx, thread_id=thread_id)
        posts[0] = ("a", True, queries.posts(tom, tx=tx, thread=thread, page=1)[0].id)
        stale = unread.place_in(tom, tx=tx, thread_id=thread_id)
    read, turns = 0, 0
    for what, one, two in steps:
        with db.transaction(write=True) as tx:
            here = unread.place_in(tom, tx=tx, thread_id=thread_id)
            if what == "post":
                author = {"a": amira, "t": tom, "x": amira}[str(one)]
                posted = service.reply(author, tx=tx, thread_id=thread_id, body=written("Words"))
                posts.append((str(one), True, posted.post_id))
            elif what in ("shown", "old page"):
                first, last = int(one), min(int(one) + two, len(posts))
                drawn = here if what == "shown" else stale
                marks.note_shown(tom, thread_id=thread_id, place=drawn, first=first, last=last)
                if drawn.turns == turns and first <= read + 1 and last > read:
                    read = last
            elif what == "unread from" and int(one) <= len(posts):
                marks.mark_unread(tom, tx=tx, thread_id=thread_id, number=int(one))
                read, turns = int(one) - 1, turns + 1
            elif what == "all read":
                marks.mark_read(tom, tx=tx, thread_id=thread_id)
                read, turns = len(posts), turns + 1
            elif what == "removed" and int(one) <= len(posts) and posts[int(one) - 1][1]:
                service.remove(amira, tx=tx, post_id=posts[int(one) - 1][2])
                posts[int(one) - 1] = (posts[int(one) - 1][0], False, 0)
        usage.flush(db)
        others = [at for at, (by, stands, _) in enumerate(posts, 1) if at > read and by != "t" and stands]
        with db.transaction(write=False) as tx:
            found = unread.place_in(tom, tx=tx, thread_id=thread_id)
            assert (found.new, found.first) == (len(others), others[0] if others else None)
            assert unread.counts(tom, tx=tx, thread_ids=[thread_id]).get(thread_id, 0) == found.new
            assert unread.in_team(tom, tx=tx, team_id=team_id) == found.new


def test_a_place_is_nobody_elses_and_needs_no_more_than_one_row(
    db: Database, place: tuple[int, int], amira: Actor, tom: Actor
) -> None:
    _, thread_id = place
    for _ in range(2):
        with db.transaction(write=True) as tx:
            marks.mark_read(tom, tx=tx, thread_id=thread_id)
    with db.transaction(write=False) as tx:
        assert tx.session.query(ReadingRow).count() == 1
        assert unread.place_in(amira, tx=tx, thread_id=thread_id).read_to == 0


def test_what_one_hears_of_is_chosen_for_the_team_and_for_a_thread(
    db: Database, community: Community, visitor: Visit, place: tuple[int, int], amira: Actor, tom: Actor
) -> None:
    team_id, thread_id = place

    def heard(actor: Actor) -> str:
        with db.transaction(write=False) as tx:
            return following.of_thread(actor, tx=tx, thread_id=thread_id, team_id=team_id).level

    assert heard(tom) == "mentions"
    assert heard(amira) == "everything", "she writes in it"
    browser = visitor().sign_in_as(community, tom)
    assert "when somebody mentions you here" in browser.get(f"/threads/{thread_id}").text
    browser.get(f"/teams/{team_id}/follow")
    browser.post(f"/teams/{team_id}/follow", level="everything")
    assert heard(tom) == "everything"
    page = browser.get(f"/threads/{thread_id}/follow").text
    assert "this thread means everything for you now" in page
    browser.post(f"/threads/{thread_id}/follow", level="nothing")
    assert heard(tom) == "nothing"
    assert "You hear of nothing" in browser.get(f"/threads/{thread_id}").text
    browser.post(f"/threads/{thread_id}/follow", level="team")
    assert heard(tom) == "everything"
    browser.post(f"/threads/{thread_id}/follow", status=422, level="sometimes")
    browser.post(f"/teams/{team_id}/follow", status=422)

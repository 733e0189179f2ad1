"""Reactions: one of each kind a person, counted truly, read well, and none on what is gone or closed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from cop.kernel.access import Actor
from cop.kernel.db import Database
from cop.kernel.errors import Forbidden, Gone
from cop.kernel.ids import new_token
from cop.threads import queries, service
from cop.threads.limits import REACTIONS
from tests.build.community import Community
from tests.build.pages import Visitor
from tests.build.queries import statements
from tests.build.teams import Teams

Visit = Callable[..., Visitor]


@pytest.fixture
def lead(community: Community) -> Actor:
    """A council officer who leads a team."""
    return community.person("Rita Osei", function="commissioning")


def react(db: Database, actor: Actor, post_id: int, kind: str, *, on: bool = True) -> None:
    """Press a button."""
    with db.transaction(write=True) as tx:
        service.react(actor, tx=tx, post_id=post_id, kind=kind, on=on)


def spoken(html: str) -> str:
    """The reactions as they are read aloud: without what is only seen, and without marks."""
    found = re.search(r'class="reactions".*?</(?:div|ul)>', html, re.S)
    assert found
    return re.sub(r"<[^>]+>", "", re.sub(r'<span aria-hidden="true">\d+</span>', "", found[0]))


def test_they_are_read_with_their_names(
    db: Database, visitor: Visit, community: Community, teams: Teams, lead: Actor
) -> None:
    ann, bob = community.person("Ann Lee"), community.person("Bob Ray")
    team = teams.team(lead, members=[(ann, "member", "finance"), (bob, "member", "legal")])
    thread = f"/threads/{teams.thread(lead, team, 'Rita said this')}"
    for person in (ann, lead, bob):
        react(db, person, 1, "agree")
    react(db, bob, 1, "more")
    mine = visitor().sign_in_as(community, lead).get(thread).text
    assert "Agree, 3 people: Ann Lee, Bob Ray and you" in spoken(mine)
    assert 'aria-pressed="true">Agree' in mine
    assert 'aria-pressed="false">Want to know more' in mine
    assert "Want to know more, 1 person: Bob Ray" in spoken(mine)
    stranger = visitor().get(thread).text
    assert "Agree, 3 people: Ann Lee, Rita Osei and Bob Ray" in spoken(stranger)
    assert "<button" not in re.findall(r'<ul class="reactions".*?</ul>', stranger, re.S)[0]


def test_a_button_is_pressed_and_taken_back_without_javascript(
    visitor: Visit, community: Community, teams: Teams, lead: Actor
) -> None:
    thread = f"/threads/{teams.thread(lead, teams.team(lead), 'Rita said that')}"
    browser = visitor().sign_in_as(community, lead)
    for _ in range(2):
        sent = browser.post("/posts/1/reactions/thanks", on="1")
        assert sent.headers["Location"].endswith("#post-1")
    assert "Thanks, 1 person: you" in spoken(browser.get(thread).text)
    browser.post("/posts/1/reactions/thanks", on="0")
    assert "1 person" not in spoken(browser.get(thread).text)
    browser.post("/posts/1/reactions/rage", status=404, on="1")
    browser.post("/posts/1/reactions/thanks", status=409, on="1", csrf_token="old")


def test_none_on_what_is_removed_or_in_a_closed_team(
    db: Database, visitor: Visit, community: Community, teams: Teams, lead: Actor
) -> None:
    thread = teams.thread(lead, teams.team(lead), "Goes soon", "Stays")
    react(db, lead, 1, "agree")
    with db.transaction(write=True) as tx:
        service.remove(lead, tx=tx, post_id=1)
    with pytest.raises(Gone):
        react(db, lead, 1, "agree")
    shown = visitor().sign_in_as(community, lead).get(f"/threads/{thread}").text
    assert shown.count('class="reactions"') == 1
    with pytest.raises(Forbidden):
        react(db, community.person(), 2, "agree")
    closed = teams.team(lead)
    thread = teams.thread(lead, closed, "Long ago")
    with db.transaction(write=True) as tx:
        tx.session.execute(text("UPDATE team SET status = 'closed' WHERE id = :id"), {"id": closed})
    with pytest.raises(Forbidden):
        react(db, lead, 3, "agree")
    assert 'form="react"' not in visitor().sign_in_as(community, lead).get(f"/threads/{thread}").text


STEPS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(sorted(REACTIONS)), st.booleans()), max_size=20)


@settings(max_examples=25)
@given(steps=STEPS)
def test_counts_are_what_people_pressed_last(sqlite_db: Database, steps: list[tuple[int, str, bool]]) -> None:
    community, teams = Community(sqlite_db), Teams(sqlite_db)
    people = [
        community.person(email=f"{new_token()[:20].lower()}@testshire.example", name=f"Person {number}")
        for number in range(3)
    ]
    members = [(person, "member", "finance") for person in people[1:]]
    thread_id = teams.thread(people[0], teams.team(people[0], members=members))
    with sqlite_db.transaction(write=False) as tx:
        thread = queries.thread(people[0], tx=tx, thread_id=thread_id)
        post_id = queries.posts(people[0], tx=tx, thread=thread, page=1)[0].id
    pressed: dict[tuple[int, str], bool] = {}
    for who, kind, on in steps:
        react(sqlite_db, people[who], post_id, kind, on=on)
        pressed[(who, kind)] = on
    with sqlite_db.transaction(write=False) as tx:
        post = queries.posts(people[0], tx=tx, thread=thread, page=1)[0]
    expected = Counter(kind for (_, kind), on in pressed.items() if on)
    assert {each.kind: each.count for each in post.reactions} == dict(expected)
    assert {each.kind for each in post.reactions if each.mine} == {
        kind for (who, kind), on in pressed.items() if on and who == 0
    }


def test_many_reactions_take_no_statement_more(
    db: Database, visitor: Visit, community: Community, teams: Teams, lead: Actor
) -> None:
    others = [community.person(f"Reader {number}") for number in range(8)]
    team = teams.team(lead, members=[(each, "member", "finance") for each in others])
    thread = f"/threads/{teams.thread(lead, team, 'One of two', 'Two of two')}"
    browser = visitor().sign_in_as(community, lead)
    browser.get(thread)
    with statements(db) as few:
        browser.get(thread)
    for person in others:
        for post_id in (1, 2):
            react(db, person, post_id, "agree")
    with statements(db) as many:
        shown = browser.get(thread).text
    assert len(many) == len(few)
    assert "8 people: Reader 0, Reader 1, Reader 2, Reader 3, Reader 4 and 3 others" in spoken(shown)

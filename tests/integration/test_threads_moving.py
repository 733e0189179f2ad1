"""Moving a thread to another team: to no more readers, with all that belongs to it, and what each of them notices."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from cop.app import build_worker
from cop.kernel.access import ANONYMOUS, Actor
from cop.kernel.db import Database
from cop.kernel.errors import Conflict, Forbidden, Gone, NotFound
from cop.live import publish
from cop.settings import Settings
from cop.teams import guests, invitations
from cop.teams import queries as team_queries
from cop.teams.invitations import Wish
from cop.threads import drafts, endings, following, marks, moving, queries, unread
from cop.threads import service as threads
from cop.threads.texts import written
from tests.build.community import Community
from tests.build.joining import Inviting
from tests.build.pages import Visitor
from tests.build.stage import Recorder
from tests.build.teams import Teams

pytestmark = pytest.mark.usefixtures("app")
Visit = Callable[..., Visitor]
WORD = "xylophonic"
ADDRESS = "gus@supplier.example"


@pytest.fixture
def lead(community: Community) -> Actor:
    """Leads both teams."""
    return community.person("Rita Osei")


@pytest.fixture
def author(community: Community) -> Actor:
    """Wrote in the thread."""
    return community.person("Ann Lee")


@pytest.fixture
def visiting(community: Community) -> Actor:
    """A guest of the thread."""
    return community.person("Gus Tee", kind="supplier", function="supplier", email=ADDRESS)


def move(db: Database, actor: Actor, thread_id: int, team_id: int) -> None:
    with db.transaction(write=True) as tx:
        moving.move(actor, tx=tx, thread_id=thread_id, team_id=team_id)


def reads(db: Database, actor: Actor, thread_id: int) -> bool:
    with db.transaction(write=False) as tx:
        return queries.may_read(actor, tx=tx, thread_id=thread_id)


MODES = ("open", "network", "private")


@pytest.mark.parametrize("source", MODES)
@pytest.mark.parametrize("target", MODES)
@pytest.mark.parametrize("together", [True, False], ids=["together", "apart"])
def test_where_it_may_go(
    db: Database, teams: Teams, lead: Actor, author: Actor, source: str, target: str, together: bool
) -> None:
    mine = [(author, "member", "finance")]
    here = teams.team(lead, access=source, members=mine)
    there = teams.team(lead, access=target, members=mine if together else [])
    thread_id = teams.thread(author, here)
    wider = MODES.index(target) < MODES.index(source)
    if wider or (source == "private" and not together):
        with pytest.raises(Forbidden, match="More people read" if wider else "1 person who wrote"):
            move(db, lead, thread_id, there)
        return
    move(db, lead, thread_id, there)
    with db.transaction(write=False) as tx:
        assert queries.thread(lead, tx=tx, thread_id=thread_id).space.team_id == there


def test_only_who_runs_both_teams_moves_it(db: Database, teams: Teams, lead: Actor, author: Actor) -> None:
    here = teams.team(lead, members=[(author, "member", "finance")])
    theirs, unknown = teams.team(author), teams.team(author, access="private")
    thread_id = teams.thread(author, here)
    closed = teams.team(lead, status="closed")
    for actor, target in ((author, theirs), (lead, theirs), (lead, closed)):
        with pytest.raises(Forbidden):
            move(db, actor, thread_id, target)
    with pytest.raises(NotFound):
        move(db, lead, thread_id, unknown)
    with pytest.raises(Conflict, match="already"):
        move(db, lead, thread_id, here)


def test_what_belongs_to_it_comes_along(
    db: Database,
    teams: Teams,
    lead: Actor,
    author: Actor,
    visiting: Actor,
    community: Community,
    make_settings: Callable[[str], Settings],
    visitor: Visit,
) -> None:
    mine = [(author, "member", "finance")]
    here, there = teams.team(lead, members=mine), teams.team(lead, access="private", members=mine)
    thread_id = teams.thread(author, here, f"All {WORD}", "More", "And more")
    Inviting(db, lead).guest(visiting, ADDRESS, here, thread_id)
    with db.transaction(write=True) as tx:
        summary = written(f"Summed up, {WORD}")
        endings.summarise(author, tx=tx, thread_id=thread_id, body=summary, base_version=0)
        drafts.save(author, tx=tx, kind="reply", subject_id=thread_id, typed=drafts.Typed(body="Half"))
        following.follow_thread(author, tx=tx, thread_id=thread_id, level="everything")
        marks.mark_unread(lead, tx=tx, thread_id=thread_id, number=2)
    build_worker(make_settings(db.url), db).drain()
    stranger, search = visitor(), f"/search?q={WORD}"
    assert "Ann Lee" in stranger.get(search).text
    live = Recorder()
    publish.attach_outlet(live)
    try:
        move(db, lead, thread_id, there)
    finally:
        publish.attach_outlet(None)
    assert f"recheck thread:{thread_id} None" in live.sent
    stranger.get(f"/threads/{thread_id}", status=404)
    assert "Ann Lee" not in stranger.get(search).text, "found until the index is written anew"
    build_worker(make_settings(db.url), db).drain()
    assert "Ann Lee" not in stranger.get(search).text
    for reader in (author, visiting):
        assert "Ann Lee" in visitor().sign_in_as(community, reader).get(search).text, reader.name
        assert reads(db, reader, thread_id)
    assert not reads(db, ANONYMOUS, thread_id)
    with db.transaction(write=False) as tx:
        assert queries.thread(author, tx=tx, thread_id=thread_id).draft is not None
        assert following.of_thread(author, tx=tx, thread_id=thread_id, team_id=there).thread == "everything"
        assert unread.place_in(lead, tx=tx, thread_id=thread_id).new == 2
        assert [each.team_id for each in guests.own(visiting, tx=tx)] == [there]
    with db.transaction(write=True) as tx:
        threads.reply(visiting, tx=tx, thread_id=thread_id, body=written("I am still here"))
        moved = tx.session.execute(text("SELECT person_id FROM event WHERE kind = 'ThreadMoved'")).scalars()
        assert list(moved) == [lead.person_id]


def test_the_page_says_who_loses_it_and_who_comes_along(
    db: Database,
    community: Community,
    visitor: Visit,
    teams: Teams,
    lead: Actor,
    author: Actor,
    visiting: Actor,
) -> None:
    here = teams.team(lead, members=[(author, "member", "finance")])
    there = teams.team(lead, access="private", name="Closed circle")
    thread_id = teams.thread(author, here)
    Inviting(db, lead).guest(visiting, ADDRESS, here, thread_id)
    browser = visitor().sign_in_as(community, lead)
    assert "Closed circle" in browser.get(f"/threads/{thread_id}/move").text
    asked = browser.get(f"/threads/{thread_id}/move/{there}").text
    for words in (
        "Anyone, signed in or not.",
        "Only the people on “Closed circle” and its guests.",
        "Wrote here, and will not be able to read it",
        "Ann Lee",
        "Gus Tee",
    ):
        assert words in asked
    moved = browser.post(f"/threads/{thread_id}/move/{there}")
    assert "The thread is moved." in browser.follow(moved).text
    assert f"/threads/{thread_id}" in browser.get(f"/teams/{there}/threads").text
    assert f"/threads/{thread_id}" not in browser.get(f"/teams/{here}/threads").text


def test_who_is_invited_to_a_team_is_not_moved_to_another(
    db: Database, teams: Teams, community: Community, lead: Actor
) -> None:
    here, there = teams.team(lead, access="open"), teams.team(lead, access="private")
    thread_id = teams.thread(lead, here)
    inviting = Inviting(db, lead)
    first, both, again, lesser = (
        community.person(name, email=f"{name.lower()}@testshire.example")
        for name in ("Ada", "Bea", "Cid", "Dee")
    )
    invited = {
        actor: inviting.invite(
            here,
            Wish(
                f"{actor.name.lower()}@testshire.example", "member", "hr", thing="thread", thing_id=thread_id
            ),
        )
        for actor in (first, both, lesser)
    }
    plain = inviting.invite(here, Wish("bea@testshire.example", "member", "hr"))
    guest = inviting.invite(
        here, Wish("cid@testshire.example", "guest", "hr", thing="thread", thing_id=thread_id)
    )
    inviting.invite(here, Wish("dee@testshire.example", "guest", "hr"))
    move(db, lead, thread_id, there)
    with db.transaction(write=True) as tx:
        invitations.accept(lesser, tx=tx, invitation_id=invited[lesser])
        invitations.accept(first, tx=tx, invitation_id=invited[first])
        invitations.accept(both, tx=tx, invitation_id=plain)
        invitations.accept(again, tx=tx, invitation_id=guest)
    with db.transaction(write=True) as tx, pytest.raises(Gone):
        invitations.accept(both, tx=tx, invitation_id=invited[both])
    with db.transaction(write=False) as tx:
        on = {
            team_id: {each.person.name for each in team_queries.members(lead, tx=tx, team_id=team_id)}
            for team_id in (here, there)
        }
        assert on == {here: {lead.name, "Ada", "Bea", "Dee"}, there: {lead.name}}
        assert guests.of_only(lead, tx=tx, team_id=there, thing="thread", thing_id=thread_id) == {
            again.person_id
        }


def test_running_the_old_team_is_no_right_to_an_invitation_that_moves(
    db: Database, teams: Teams, community: Community, lead: Actor, author: Actor
) -> None:
    here, there = teams.team(lead, members=[(author, "facilitator", "hr")]), teams.team(lead)
    thread_id = teams.thread(lead, here)
    invited = Inviting(db, lead).invite(
        here, Wish("gus@elsewhere.example", "guest", "hr", thing="thread", thing_id=thread_id)
    )

    def withdraw() -> None:
        with db.transaction(write=True) as tx:
            invitations.withdraw(author, tx=tx, invitation_id=invited)

    with ThreadPoolExecutor(1) as pool:
        with db.transaction(write=True) as tx:
            moving.move(lead, tx=tx, thread_id=thread_id, team_id=there)
            late = pool.submit(withdraw)
            time.sleep(0.5)
        with pytest.raises(NotFound):
            late.result(30)
    with db.transaction(write=False) as tx:
        assert tx.session.scalars(text("SELECT state FROM team_invitation")).all() == ["open"]

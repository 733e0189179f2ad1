"""Splitting a thread: no post lost or doubled, nobody reads more or less, and old addresses lead on."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, text

from cop.kernel.access import ANONYMOUS, Actor
from cop.kernel.db import Database
from cop.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from cop.kernel.ids import new_token
from cop.live import publish
from cop.notifications import queries as told
from cop.notifications import service as notices
from cop.teams import guests
from cop.threads import (
    endings,
    following,
    marks,
    moving,
    queries,
    reports,
    service,
    splitting,
    unread,
)
from cop.threads.models import PostRow, ThreadRow
from cop.threads.texts import written
from tests.build.community import Community
from tests.build.joining import Inviting
from tests.build.pages import Visitor
from tests.build.queries import statements
from tests.build.splitting import ids, places, split
from tests.build.stage import Recorder
from tests.build.teams import Teams

pytestmark = pytest.mark.usefixtures("app")
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
def reader(community: Community) -> Actor:
    """Is on the team and reads."""
    return community.person("Tom Doyle")


@pytest.fixture
def here(teams: Teams, lead: Actor, author: Actor, reader: Actor) -> int:
    """A private team of the three."""
    mine = [(author, "member", "finance"), (reader, "member", "legal")]
    return teams.team(lead, access="private", members=mine)


@pytest.fixture
def thread_id(teams: Teams, author: Actor, here: int) -> int:
    """A thread of six posts by its author."""
    return teams.thread(author, here, *(f"Words {number}" for number in range(1, 7)))


def test_posts_move_with_all_that_is_theirs_and_leave_markers(
    db: Database, lead: Actor, author: Actor, reader: Actor, thread_id: int
) -> None:
    post = ids(db, thread_id)
    with db.transaction(write=True) as tx:
        service.edit(author, tx=tx, post_id=post[3], body=written("Words 3, put right"), base_version=1)
        service.react(reader, tx=tx, post_id=post[3], kind="agree", on=True)
        reports.report(reader, tx=tx, post_id=post[3], reason="abuse", words="Rude")
        reports.report(reader, tx=tx, post_id=post[5], reason="abuse", words="Rude")
        reports.decide(lead, tx=tx, post_id=post[5], kind="hide", reason="It is", version=1)
        before = {each.id: each for each in places_in(tx, lead, thread_id)}
    new_id = split(db, lead, thread_id, [5, 3])
    moved = places(db, lead, new_id)
    assert [(each.id, each.number) for each in moved] == [(post[3], 1), (post[5], 2)]
    for each in moved:
        was = before[each.id]
        for name in ("author", "html", "version", "created_at", "edited_at", "reactions", "hidden", "files"):
            assert getattr(each, name) == getattr(was, name), name
    old = places(db, author, thread_id)
    assert [each.number for each in old] == [1, 2, 3, 4, 5, 6]
    for each in old:
        if each.number in (3, 5):
            assert each.moved is not None
            assert (each.moved.post_id, each.moved.by.name) == (post[each.number], "Rita Osei")
            assert each.moved.title == "Another matter"
            assert (each.html, each.element) == ("", f"post-{post[each.number]}")
        else:
            assert each.moved is None
            assert each.id == post[each.number]
    with db.transaction(write=False) as tx:
        head = queries.thread(author, tx=tx, thread_id=thread_id)
        assert (head.posts, head.places, head.people) == (4, 6, 1), "a marker is a place, and nobody's post"
        head = queries.thread(author, tx=tx, thread_id=new_id)
        assert (head.posts, head.places, head.people, head.seq) == (2, 2, 1, 2)
        assert head.origin is not None
        assert (head.origin.thread_id, head.origin.title) == (thread_id, "What providers told us")
        assert len(queries.versions(author, tx=tx, text=queries.text(author, tx=tx, post_id=post[3]))) == 2
        assert [each.post_id for each in reports.cases(lead, tx=tx)] == [post[3]]
        assert reports.cases(lead, tx=tx)[0].thread_title == "Another matter"
        kinds = tx.session.execute(text("SELECT person_id FROM event WHERE kind = 'ThreadSplit'")).scalars()
        assert list(kinds) == [lead.person_id]


def places_in(tx: object, actor: Actor, thread_id: int) -> list[queries.Post]:
    """The first page."""
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)  # type: ignore[arg-type]
    return queries.posts(actor, tx=tx, thread=thread, page=1)  # type: ignore[arg-type]


def test_what_cannot_move_says_why(db: Database, lead: Actor, thread_id: int) -> None:
    with db.transaction(write=True) as tx:
        service.remove(lead, tx=tx, post_id=ids(db, thread_id)[4])
    split(db, lead, thread_id, [6])
    wrong = (
        ([], splitting.NONE),
        ([1, 2], splitting.FIRST),
        ([3, 4], splitting.GONE),
        ([6], splitting.GONE),
        ([7], splitting.GONE),
        (range(2, 3_000), splitting.MANY),
    )
    for numbers, why in wrong:
        with pytest.raises(Invalid, match=re.escape(why)):
            split(db, lead, thread_id, numbers)
    with db.transaction(write=True) as tx:
        service.remove(lead, tx=tx, post_id=ids(db, thread_id)[1])
    with pytest.raises(Invalid, match=splitting.ALL):
        split(db, lead, thread_id, [2, 3, 5])
    split(db, lead, thread_id, [2, 3])


def test_who_may(
    db: Database, teams: Teams, community: Community, lead: Actor, author: Actor, here: int, thread_id: int
) -> None:
    for actor, error in ((author, Forbidden), (community.person("Jo"), NotFound), (ANONYMOUS, NotFound)):
        with pytest.raises(error):
            split(db, actor, thread_id, [2])
    facilitator = community.person("Fay")
    teams.join(here, facilitator, role="facilitator")
    with db.transaction(write=True) as tx:
        endings.conclude(lead, tx=tx, thread_id=thread_id, outcome=written("It is settled"))
        endings.lock(lead, tx=tx, thread_id=thread_id, reason="Settled")
    new_id = split(db, facilitator, thread_id, [2])
    with db.transaction(write=True) as tx:
        ending = queries.thread(author, tx=tx, thread_id=new_id).ending
        assert (ending.status, ending.lock, ending.outcome) == ("open", None, None)
        service.reply(author, tx=tx, thread_id=new_id, body=written("It goes on here"))
        closed = teams_closed(tx, here)
    assert closed == 1
    with pytest.raises(Forbidden, match="closed"):
        split(db, lead, thread_id, [3])


def teams_closed(tx: object, team_id: int) -> int:
    """Close a team without its formalities."""
    done = tx.session.execute(  # type: ignore[attr-defined]
        text("UPDATE team SET status = 'closed' WHERE id = :id"), {"id": team_id}
    )
    return int(done.rowcount)


def test_guests_of_the_thread_come_along_and_nobody_else(
    db: Database, community: Community, teams: Teams, lead: Actor, here: int, thread_id: int
) -> None:
    def guest(name: str, number: int | None) -> Actor:
        address = f"{name.lower()}@supplier.example"
        found = community.person(name, kind="supplier", function="supplier", email=address)
        Inviting(db, lead).guest(found, address, here, number)
        return found

    other = teams.thread(lead, here)
    of_this, of_other, of_team = guest("Gus", thread_id), guest("Olga", other), guest("Tess", None)
    sent_away = guest("Sid", thread_id)
    with db.transaction(write=True) as tx:
        number = guests.own(sent_away, tx=tx, team_id=here)[0].id
        guests.end(lead, tx=tx, team_id=here, guest_id=number)
    everybody = (lead, of_this, of_other, of_team, sent_away, community.person("Jo"), ANONYMOUS)

    def readers(number: int) -> list[bool]:
        with db.transaction(write=False) as tx:
            return [queries.may_read(each, tx=tx, thread_id=number) for each in everybody]

    before = readers(thread_id)
    assert before == [True, True, False, True, False, False, False]
    with db.transaction(write=False) as tx:
        plan = splitting.plan(lead, tx=tx, thread_id=thread_id, numbers=[2, 3])
        assert [each.name for each in plan.guests] == ["Gus"]
    new_id = split(db, lead, thread_id, [2, 3])
    assert readers(new_id) == readers(thread_id) == before
    assert readers(other) == [True, False, True, True, False, False, False]
    with db.transaction(write=True) as tx:
        service.reply(of_this, tx=tx, thread_id=new_id, body=written("Still here"))
        first = next(each for each in guests.own(of_this, tx=tx) if each.href == f"/threads/{thread_id}")
        guests.end(of_this, tx=tx, team_id=here, guest_id=first.id)
    assert readers(thread_id)[1] is False
    assert readers(new_id)[1] is True, "each by itself"
    (seen,) = [each for each in places(db, of_this, new_id) if each.number == 1]
    assert seen.moved is None
    with db.transaction(write=False) as tx:
        origin = queries.thread(of_this, tx=tx, thread_id=new_id).origin
        assert origin is not None
        assert origin.title is None, "no longer theirs to know"


def test_a_marker_names_no_thread_that_its_reader_cannot_read(
    db: Database, teams: Teams, community: Community, visitor: Visit, lead: Actor, author: Actor
) -> None:
    mine = [(author, "member", "finance")]
    public, private = teams.team(lead, members=mine), teams.team(lead, access="private", members=mine)
    thread_id = teams.thread(author, public, "One", "Two", "Three")
    second = ids(db, thread_id)[2]
    new_id = split(db, lead, thread_id, [2], title=f"A {WORD} title")
    stranger = visitor()
    assert WORD in stranger.get(f"/threads/{thread_id}").text
    with db.transaction(write=True) as tx:
        moving.move(lead, tx=tx, thread_id=new_id, team_id=private)
    shown = stranger.get(f"/threads/{thread_id}").text
    assert WORD not in shown
    assert "Moved to another thread by Rita Osei" in shown
    assert f'id="post-{second}"' in shown
    stranger.get(f"/posts/{second}", status=404)
    signed_in = visitor().sign_in_as(community, author)
    assert WORD in signed_in.get(f"/threads/{thread_id}").text
    assert "What providers told us" in signed_in.get(f"/threads/{new_id}").text


def test_what_was_read_is_not_new_again_and_what_was_not_is(
    db: Database, lead: Actor, reader: Actor, community: Community, here: int, thread_id: int, teams: Teams
) -> None:
    fay = community.person("Fay")
    teams.join(here, fay)
    with db.transaction(write=True) as tx:
        marks.mark_unread(reader, tx=tx, thread_id=thread_id, number=4)
        notices.tell(lead, tx=tx, kind=marks.NEWS, subject_id=thread_id, person_ids=[reader.person_id or 0])
    new_id = split(db, lead, thread_id, [2, 4, 5, 6])
    with db.transaction(write=False) as tx:
        place = unread.place_in(reader, tx=tx, thread_id=new_id)
        assert (place.read_to, place.new, place.first) == (1, 3, 2)
        assert unread.place_in(reader, tx=tx, thread_id=thread_id).new == 0
        assert unread.in_team(reader, tx=tx, team_id=here) == 3
        assert unread.place_in(fay, tx=tx, thread_id=new_id).new == 0, "written before she came"
        news = [each for each in told.inbox(reader, tx=tx).rows if each.is_new]
    assert [each.what.title for each in news] == ["3 new posts in “Another matter”"]


def test_both_threads_are_followed_as_the_whole_was(
    db: Database, teams: Teams, community: Community, lead: Actor, here: int
) -> None:
    names = ("chose", "muted", "wrote before", "wrote after", "wrote both", "team", "neither")
    people = {name: community.person(name.title()) for name in names}
    for each in people.values():
        teams.join(here, each)
    thread_id = teams.thread(lead, here)

    def level(number: int) -> dict[str, str]:
        with db.transaction(write=False) as tx:
            return {
                name: following.of_thread(each, tx=tx, thread_id=number, team_id=here).level
                for name, each in people.items()
            }

    with db.transaction(write=True) as tx:
        for name in ("wrote before", "wrote both", "wrote after", "wrote both", "muted", "team"):
            service.reply(people[name], tx=tx, thread_id=thread_id, body=written(name))
        following.follow_thread(people["chose"], tx=tx, thread_id=thread_id, level="everything")
        following.follow_thread(people["muted"], tx=tx, thread_id=thread_id, level="nothing")
        following.follow_team(people["team"], tx=tx, team_id=here, level="mentions")
    before = level(thread_id)
    assert before["wrote after"] == before["chose"] == "everything"
    assert (before["muted"], before["team"], before["neither"]) == ("nothing", "mentions", "mentions")
    new_id = split(db, lead, thread_id, [4, 5, 6, 7])
    assert level(new_id) == before
    assert level(thread_id) == before
    with db.transaction(write=False) as tx:
        rows = tx.session.execute(text("SELECT count(*) FROM thread_follow")).scalar_one()
    assert rows == 7, "two chose, and three wrote on one side alone"


def test_live_readers_see_the_markers_come_after_the_commit(
    db: Database, lead: Actor, author: Actor, thread_id: int
) -> None:
    with db.transaction(write=False) as tx:
        since = queries.head_seq(author, tx=tx, thread_id=thread_id)
    live = Recorder()
    publish.attach_outlet(live)
    try:
        with db.transaction(write=True) as tx:
            splitting.split(lead, tx=tx, thread_id=thread_id, numbers=[2, 3, 4], title="Another")
            assert live.sent == []
    finally:
        publish.attach_outlet(None)
    assert len(live.sent) == 1
    assert f"thread:{thread_id}" in live.sent[0]
    with db.transaction(write=False) as tx:
        thread = queries.thread(author, tx=tx, thread_id=thread_id)
        assert thread.seq == since + 3
        found = queries.changes(author, tx=tx, thread=thread, since=since)
    assert [each.number for each in found.posts] == [2, 3, 4]
    assert all(each.moved for each in found.posts)


def test_many_markers_come_in_parts(db: Database, teams: Teams, lead: Actor, here: int) -> None:
    thread_id = teams.thread(lead, here, *("Words" for _ in range(queries.CHANGES_MAX + 20)))
    with db.transaction(write=False) as tx:
        since = queries.head_seq(lead, tx=tx, thread_id=thread_id)
    new_id = split(db, lead, thread_id, range(2, queries.CHANGES_MAX + 21))
    seen: list[int] = []
    more = True
    with db.transaction(write=False) as tx:
        thread = queries.thread(lead, tx=tx, thread_id=thread_id)
        while more:
            found = queries.changes(lead, tx=tx, thread=thread, since=since)
            seen += [each.number for each in found.posts]
            since, more = found.head, found.more
        assert queries.thread(lead, tx=tx, thread_id=new_id).posts == queries.CHANGES_MAX + 19
    assert seen == list(range(2, queries.CHANGES_MAX + 21))


def test_the_same_form_twice_makes_one_thread(db: Database, lead: Actor, thread_id: int) -> None:
    key = new_token()
    assert split(db, lead, thread_id, [2, 3], key=key) == split(db, lead, thread_id, [2, 3], key=key)
    together = threading.Barrier(4)
    key = new_token()

    def send(_: int) -> int:
        together.wait()
        return split(db, lead, thread_id, [4, 5], key=key)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(send, range(4)))) == 1
    with db.transaction(write=False) as tx:
        assert tx.session.scalar(select(func.count()).select_from(ThreadRow)) == 3


def test_splits_replies_and_edits_at_once_lose_nothing(
    db: Database, lead: Actor, author: Actor, thread_id: int
) -> None:
    post = ids(db, thread_id)
    together = threading.Barrier(8)

    def reply(_: int) -> int | None:
        together.wait()
        with db.transaction(write=True) as tx:
            return service.reply(author, tx=tx, thread_id=thread_id, body=written("At once")).post_id

    def move(numbers: list[int]) -> int | None:
        together.wait()
        try:
            return split(db, lead, thread_id, numbers)
        except (Invalid, Conflict):
            return None

    def edit(number: int) -> int | None:
        together.wait()
        with db.transaction(write=True) as tx:
            service.edit(
                author, tx=tx, post_id=post[number], body=written(f"Edited {number}"), base_version=1
            )
        return None

    with ThreadPoolExecutor(8) as pool:
        splits = [pool.submit(move, numbers) for numbers in ([2, 3], [3, 4], [5, 6])]
        edits = [pool.submit(edit, number) for number in (3, 5)]
        replies = [pool.submit(reply, number) for number in range(3)]
        made = [each.result(timeout=60) for each in splits]
        written_ids = {each.result(timeout=60) for each in replies}
        for each in edits:
            each.result(timeout=60)
    assert made[2] is not None
    assert (made[0] is None) != (made[1] is None), "post 3 moved once"
    check_laws(db, {*post.values(), *(number for number in written_ids if number)})
    with db.transaction(write=False) as tx:
        for number in (3, 5):
            assert queries.text(author, tx=tx, post_id=post[number]).source == f"Edited {number}"
        place = unread.place_in(lead, tx=tx, thread_id=thread_id)
        assert place is not None


def test_an_edit_that_waited_for_a_split_counts_in_the_new_thread(
    db: Database, lead: Actor, author: Actor, thread_id: int
) -> None:
    post = ids(db, thread_id)

    def edit() -> None:
        with db.transaction(write=True) as tx:
            service.edit(author, tx=tx, post_id=post[3], body=written("Edited"), base_version=1)

    with ThreadPoolExecutor(1) as pool:
        with db.transaction(write=True) as tx:
            new_id = splitting.split(lead, tx=tx, thread_id=thread_id, numbers=[3], title="Another")
            old_head = queries.head_seq(lead, tx=tx, thread_id=thread_id)
            waiting = pool.submit(edit)
            time.sleep(0.5)
            assert not waiting.done(), "it waits for the thread in which the post was"
        waiting.result(timeout=60)
    with db.transaction(write=False) as tx:
        assert queries.head_seq(lead, tx=tx, thread_id=thread_id) == old_head
        thread = queries.thread(lead, tx=tx, thread_id=new_id)
        assert thread.seq == 2
        assert [each.id for each in queries.changes(lead, tx=tx, thread=thread, since=1).posts] == [post[3]]


def check_laws(db: Database, posts: set[int]) -> None:
    """No post is lost or doubled, numbers have no gaps, and every change has a number that a reader will come to."""
    with db.transaction(write=False) as tx:
        rows = tx.rows(
            select(PostRow.id, PostRow.thread_id, PostRow.number, PostRow.seq, PostRow.moved_id)
        ).all()
        heads = {row.id: row.seq for row in tx.rows(select(ThreadRow.id, ThreadRow.seq))}
        markers = {row.moved_id for row in rows if row.moved_id}
        assert {row.id for row in rows if row.moved_id is None} == posts
        assert markers <= posts
        for thread_id, head in heads.items():
            own = [row for row in rows if row.thread_id == thread_id]
            assert sorted(row.number for row in own) == list(range(1, len(own) + 1))
            seqs = [row.seq for row in own]
            assert len(set(seqs)) == len(seqs)
            assert max(seqs) <= head


def test_a_decision_reaches_quotations_on_the_other_side(
    db: Database, lead: Actor, author: Actor, reader: Actor, thread_id: int
) -> None:
    post = ids(db, thread_id)
    with db.transaction(write=True) as tx:
        body = written("> Words 2\n\nNo.")
        service.reply(author, tx=tx, thread_id=thread_id, body=body, quote_id=post[2])
    new_id = split(db, lead, thread_id, [2])
    quoting = places(db, reader, thread_id)[-1]
    assert quoting.quoted is not None
    assert quoting.quoted.elsewhere
    with db.transaction(write=False) as tx:
        since = {each: queries.head_seq(lead, tx=tx, thread_id=each) for each in (thread_id, new_id)}
    with db.transaction(write=True) as tx:
        reports.report(reader, tx=tx, post_id=post[2], reason="abuse", words="Rude")
        reports.decide(lead, tx=tx, post_id=post[2], kind="hide", reason="It is", version=1)
    with db.transaction(write=False) as tx:
        for each, number in ((thread_id, quoting.id), (new_id, post[2])):
            thread = queries.thread(reader, tx=tx, thread_id=each)
            assert thread.seq == since[each] + 1
            found = queries.changes(reader, tx=tx, thread=thread, since=since[each])
            assert [one.id for one in found.posts] == [number]
    assert "Words 2" not in places(db, reader, thread_id)[-1].html


def test_any_page_of_markers_takes_the_same_queries(
    db: Database, teams: Teams, lead: Actor, here: int
) -> None:
    counted = []
    for size in (4, 30):
        thread_id = teams.thread(lead, here, *("Words" for _ in range(size)))
        split(db, lead, thread_id, range(2, size))
        with db.transaction(write=False) as tx:
            thread = queries.thread(lead, tx=tx, thread_id=thread_id)
            with statements(db) as asked:
                queries.posts(lead, tx=tx, thread=thread, page=1)
            counted.append(len(asked))
    assert counted[0] == counted[1]

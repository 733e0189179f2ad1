"""Threads in the database: numbers without gaps, the same form once, versions, tombstones, and who may."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from cop.kernel.access import ANONYMOUS, SYSTEM, Actor
from cop.kernel.db import Database, Tx
from cop.kernel.errors import Forbidden, Gone, Invalid, NotFound
from cop.kernel.events import EventRow
from cop.kernel.ids import new_token
from cop.live import publish
from cop.search.document import Audience
from cop.teams import service as team_service
from cop.threads import queries, service
from cop.threads.limits import PAGE_SIZE
from cop.threads.models import PostVersionRow
from cop.threads.search import PostSource
from cop.threads.texts import written
from cop.web.dates import on_date
from tests.build.community import Community
from tests.build.queries import statements
from tests.build.teams import Teams, charter

Write = Callable[[Tx], object]


@pytest.fixture
def lead(community: Community) -> Actor:
    """A council officer who leads a team."""
    return community.person("Amira Khan", function="commissioning")


def done(db: Database, act: Callable[[Tx], int | None]) -> int:
    """Do it in a write transaction of its own; the id it made, or 0."""
    with db.transaction(write=True) as tx:
        return act(tx) or 0


def all_posts(db: Database, actor: Actor, thread_id: int) -> list[queries.Post]:
    """Every post of a thread, page by page."""
    with db.transaction(write=False) as tx:
        thread = queries.thread(actor, tx=tx, thread_id=thread_id)
        return [
            post
            for page in range(1, thread.pages + 1)
            for post in queries.posts(actor, tx=tx, thread=thread, page=page)
        ]


def test_a_thread_begins_with_its_first_post(db: Database, teams: Teams, lead: Actor) -> None:
    thread_id = teams.thread(lead, teams.team(lead), "Nobody asked for a **framework**.")
    (post,) = all_posts(db, ANONYMOUS, thread_id)
    assert (post.number, post.author.name) == (1, "Amira Khan")
    assert post.html == "<p>Nobody asked for a <strong>framework</strong>.</p>"
    with db.transaction(write=False) as tx:
        kinds = [row.kind for row in tx.session.query(EventRow).order_by(EventRow.id)][-2:]
    assert kinds == ["ThreadStarted", "PostWritten"]


WHO_WRITES = {
    "anonymous": NotFound,
    "supplier": NotFound,
    "officer": Forbidden,
    "board": Forbidden,
    "member": None,
    "supplier on the team": None,
    "facilitator": None,
}


def test_who_may_write_in_a_network_team(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    cast = {
        "anonymous": ANONYMOUS,
        "supplier": community.person(kind="supplier"),
        "officer": community.person(),
        "board": community.person(roles=("board",)),
        "member": community.person(),
        "supplier on the team": community.person(kind="supplier"),
        "facilitator": community.person(),
    }
    team_id = teams.team(lead, access="network")
    for name in ("member", "supplier on the team"):
        teams.join(team_id, cast[name])
    teams.join(team_id, cast["facilitator"], role="facilitator")
    thread_id = teams.thread(lead, team_id)
    (post,) = all_posts(db, lead, thread_id)
    body = written("Words")
    for name, refusal in WHO_WRITES.items():
        actor = cast[name]
        acts: list[Callable[[Tx], object]] = [
            lambda tx, actor=actor: service.reply(actor, tx=tx, thread_id=thread_id, body=body),
            lambda tx, actor=actor: service.start_thread(actor, tx=tx, team_id=team_id, title="T", body=body),
        ]
        for act in acts:
            if refusal is None:
                with db.transaction(write=True) as tx:
                    act(tx)
            else:
                with pytest.raises(refusal), db.transaction(write=True) as tx:
                    act(tx)
        # Nobody but the author edits; the lead and the facilitator may remove as well.
        with pytest.raises(refusal or Forbidden), db.transaction(write=True) as tx:
            service.edit(actor, tx=tx, post_id=post.id, body=body, base_version=1)
        if name != "facilitator":
            with pytest.raises(refusal or Forbidden), db.transaction(write=True) as tx:
                service.remove(actor, tx=tx, post_id=post.id)
    done(db, lambda tx: service.remove(cast["facilitator"], tx=tx, post_id=post.id))
    assert all_posts(db, lead, thread_id)[0].deleted_by == cast["facilitator"].person_id


def test_a_closed_team_is_read_only(db: Database, teams: Teams, lead: Actor) -> None:
    team_id = teams.team(lead, status="closed")
    with pytest.raises(Forbidden, match="closed"), db.transaction(write=True) as tx:
        service.start_thread(lead, tx=tx, team_id=team_id, title="T", body=written("Words"))


def test_the_same_form_sent_twice_is_one_post(db: Database, teams: Teams, lead: Actor) -> None:
    team_id, key = teams.team(lead), new_token()
    body = written("Once")
    started = [
        done(
            db,
            lambda tx: (
                service.start_thread(lead, tx=tx, team_id=team_id, title="T", body=body, key=key).thread_id
            ),
        )
        for _ in range(2)
    ]
    assert started[0] == started[1]
    key = new_token()
    replies = [
        done(db, lambda tx: service.reply(lead, tx=tx, thread_id=started[0], body=body, key=key))
        for _ in range(3)
    ]
    assert len(set(replies)) == 1
    assert len(all_posts(db, lead, started[0])) == 2


def test_posts_written_at_once_are_numbered_without_gaps_and_never_doubled(
    db: Database, teams: Teams, lead: Actor
) -> None:
    thread_id = teams.thread(lead, teams.team(lead))
    keys = [new_token() for _ in range(6)]
    body = written("At once")
    together = threading.Barrier(8)

    def send(key: str) -> int:
        together.wait()
        return done(
            db, lambda tx: service.reply(lead, tx=tx, thread_id=thread_id, body=body, key=key).post_id
        )

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(send, [*keys, keys[0], keys[0]]))
    assert len(set(ids)) == 6
    posts = all_posts(db, lead, thread_id)
    assert [post.number for post in posts] == list(range(1, 8))
    with db.transaction(write=False) as tx:
        assert queries.head_seq(SYSTEM, tx=tx, thread_id=thread_id) == 7


def test_an_edit_keeps_what_was_there_before(db: Database, teams: Teams, lead: Actor) -> None:
    thread_id = teams.thread(lead, teams.team(lead), "Price flat")
    (post,) = all_posts(db, lead, thread_id)
    done(
        db, lambda tx: service.edit(lead, tx=tx, post_id=post.id, body=written("Price down"), base_version=1)
    )
    done(
        db, lambda tx: service.edit(lead, tx=tx, post_id=post.id, body=written("Price down"), base_version=2)
    )
    with db.transaction(write=False) as tx:
        text = queries.text(ANONYMOUS, tx=tx, post_id=post.id)
        versions = queries.versions(ANONYMOUS, tx=tx, text=text)
    assert [(version.version, version.source) for version in versions] == [
        (2, "Price down"),
        (1, "Price flat"),
    ]
    assert versions[0].written_at > versions[1].written_at == post.created_at
    assert all_posts(db, lead, thread_id)[0].edited_at == versions[0].written_at


def test_an_edit_from_another_window_is_not_overwritten(db: Database, teams: Teams, lead: Actor) -> None:
    thread_id = teams.thread(lead, teams.team(lead))
    (post,) = all_posts(db, lead, thread_id)
    done(db, lambda tx: service.edit(lead, tx=tx, post_id=post.id, body=written("Mine"), base_version=1))
    with pytest.raises(service.EditConflict), db.transaction(write=True) as tx:
        service.edit(lead, tx=tx, post_id=post.id, body=written("Other"), base_version=1)
    assert "Mine" in all_posts(db, lead, thread_id)[0].html


def test_a_removed_post_leaves_its_place_and_nothing_else(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    thread_id = teams.thread(lead, teams.team(lead), "First", "A canary word")
    post = all_posts(db, lead, thread_id)[1]
    done(
        db,
        lambda tx: service.edit(lead, tx=tx, post_id=post.id, body=written("A canary still"), base_version=1),
    )
    done(
        db,
        lambda tx: service.reply(lead, tx=tx, thread_id=thread_id, body=written("Quoting"), quote_id=post.id),
    )
    assert all_posts(db, lead, thread_id)[2].quoted is not None
    done(db, lambda tx: service.remove(lead, tx=tx, post_id=post.id))
    posts = all_posts(db, lead, thread_id)
    assert [item.number for item in posts] == [1, 2, 3]
    assert (posts[1].html, posts[1].deleted_by) == ("", lead.person_id)
    assert posts[2].quoted is None
    with db.transaction(write=False) as tx:
        assert tx.session.scalar(select(func.count()).select_from(PostVersionRow)) == 0
        assert queries.place_of(lead, tx=tx, post_id=post.id) == (thread_id, 1)
    late: list[Callable[[Tx], object]] = [
        lambda tx: service.remove(lead, tx=tx, post_id=post.id),
        lambda tx: service.edit(lead, tx=tx, post_id=post.id, body=written("Back"), base_version=3),
        lambda tx: queries.text(lead, tx=tx, post_id=post.id),
    ]
    for act in late:
        with pytest.raises(Gone), db.transaction(write=True) as tx:
            act(tx)


def test_a_quote_belongs_to_the_same_thread(db: Database, teams: Teams, lead: Actor) -> None:
    team_id = teams.team(lead)
    one, two = teams.thread(lead, team_id), teams.thread(lead, team_id)
    foreign = all_posts(db, lead, one)[0].id
    done(db, lambda tx: service.reply(lead, tx=tx, thread_id=two, body=written("Hm"), quote_id=foreign))
    assert all_posts(db, lead, two)[1].quoted is None


def test_any_page_of_a_long_thread_takes_the_same_queries(db: Database, teams: Teams, lead: Actor) -> None:
    team_id = teams.team(lead)
    assert lead.person_id is not None
    author, body = lead.person_id, written("One of many")
    posts = PAGE_SIZE * 3 + 1
    with db.transaction(write=True) as tx:
        loaded = [service.LoadedPost(author, tx.now(), [(tx.now(), body)]) for _ in range(posts)]
        thread_id = service.load_thread(SYSTEM, tx=tx, team_id=team_id, title="Long", posts=loaded)
    for page, number in ((1, PAGE_SIZE), (3, PAGE_SIZE), (4, 1)):
        with db.transaction(write=False) as tx, statements(db) as sent:
            thread = queries.thread(lead, tx=tx, thread_id=thread_id)
            shown = queries.posts(lead, tx=tx, thread=thread, page=page)
        assert (len(shown), shown[0].number) == (number, (page - 1) * PAGE_SIZE + 1)
        assert len(sent) == 4
    assert (thread.posts, thread.people, thread.pages) == (posts, 1, 4)


def test_changes_arrive_once_and_in_full(db: Database, teams: Teams, lead: Actor) -> None:
    thread_id = teams.thread(lead, teams.team(lead), "One", "Two", "Three")
    first = all_posts(db, lead, thread_id)[0]
    with db.transaction(write=False) as tx:
        head = queries.thread(lead, tx=tx, thread_id=thread_id).seq
    done(db, lambda tx: service.edit(lead, tx=tx, post_id=first.id, body=written("Changed"), base_version=1))
    fourth = done(
        db, lambda tx: service.reply(lead, tx=tx, thread_id=thread_id, body=written("Four")).post_id
    )
    with db.transaction(write=False) as tx:
        thread = queries.thread(lead, tx=tx, thread_id=thread_id)
        news = queries.changes(lead, tx=tx, thread=thread, since=head)
        again = queries.changes(lead, tx=tx, thread=thread, since=news.head)
    assert [post.id for post in news.posts] == [first.id, fourth]
    assert (news.head, news.more) == (head + 2, False)
    assert (again.posts, again.head) == ([], news.head)


def test_many_changes_come_in_parts(
    db: Database, teams: Teams, lead: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "CHANGES_MAX", 2)
    thread_id = teams.thread(lead, teams.team(lead), "1", "2", "3", "4", "5")
    seen: list[int] = []
    since, more = 0, True
    while more:
        with db.transaction(write=False) as tx:
            thread = queries.thread(lead, tx=tx, thread_id=thread_id)
            news = queries.changes(lead, tx=tx, thread=thread, since=since)
        seen += [post.number for post in news.posts]
        since, more = news.head, news.more
    assert seen == [1, 2, 3, 4, 5]


class Heard:
    """An outlet that remembers what it was given."""

    def __init__(self) -> None:
        self.news_of: list[tuple[str, dict[str, object]]] = []

    def news(self, topic: str, payload: object) -> None:
        """Remember."""
        self.news_of.append((topic, dict(payload)))  # type: ignore[call-overload]

    def ephemeral(self, topic: str, payload: object) -> None:
        """Not used here."""

    def revoke(self, **whom: object) -> None:
        """Not used here."""

    def recheck(self, **what: object) -> None:
        """Not used here."""


def _reply_and_fail(actor: Actor, tx: Tx, thread_id: int, removed_id: int) -> None:
    service.reply(actor, tx=tx, thread_id=thread_id, body=written("Lost"))
    service.remove(actor, tx=tx, post_id=removed_id)


def test_every_change_is_told_after_the_commit_and_only_then(db: Database, teams: Teams, lead: Actor) -> None:
    team_id = teams.team(lead)
    heard = Heard()
    publish.attach_outlet(heard)
    try:
        thread_id = teams.thread(lead, team_id)
        post = all_posts(db, lead, thread_id)[0]
        done(db, lambda tx: service.edit(lead, tx=tx, post_id=post.id, body=written("New"), base_version=1))
        done(db, lambda tx: service.remove(lead, tx=tx, post_id=post.id))
        with pytest.raises(Gone):
            done(db, lambda tx: _reply_and_fail(lead, tx, thread_id, post.id))
    finally:
        publish.attach_outlet(None)
    topic = f"thread:{thread_id}"
    assert heard.news_of == [(topic, {"kind": "posts", "seq": seq}) for seq in (1, 2, 3)]


def test_the_list_shows_the_thread_written_in_last_first(db: Database, teams: Teams, lead: Actor) -> None:
    team_id = teams.team(lead)
    ids = [teams.thread(lead, team_id, title=f"Thread {number}") for number in range(5)]
    done(db, lambda tx: service.reply(lead, tx=tx, thread_id=ids[1], body=written("Last")))
    seen: list[int] = []
    after = None
    with db.transaction(write=False) as tx:
        team = queries.teams.readable_team(lead, tx=tx, team_id=team_id)
        while True:
            with statements(db) as sent:
                found = queries.listing(lead, tx=tx, team=team, after=after, limit=2)
            assert len(sent) == 2
            seen += [line.id for line in found.rows]
            after = found.older
            if after is None:
                break
        assert queries.count(lead, tx=tx, team_id=team_id) == 5
    assert seen == [ids[1], ids[4], ids[3], ids[2], ids[0]]


@pytest.mark.parametrize("source", ["***", "![](x)", "&nbsp;"])
def test_words_that_show_nothing_are_refused(source: str) -> None:
    with pytest.raises(Invalid, match="shows nothing") as refusal:
        written(source)
    assert refusal.value.field == "body"


def test_search_reads_posts_for_the_team_that_wrote_them(
    db: Database, community: Community, teams: Teams, lead: Actor
) -> None:
    source = PostSource()
    team_id = teams.team(lead, status="forming")
    thread_id = teams.thread(lead, team_id, "Nobody asked for a **framework**", "Second")
    first, second = (post.id for post in all_posts(db, lead, thread_id))
    done(db, lambda tx: service.remove(lead, tx=tx, post_id=second))
    with db.transaction(write=False) as tx:
        assert list(source.ids(tx, 0, 10)) == [first]
        assert source.fetch(tx, second) is None
        document = source.fetch(tx, first)
        assert document is not None
        assert (document.body, document.audience) == ("Nobody asked for a framework", Audience.public())
    done(
        db,
        lambda tx: team_service.change_charter(
            lead, tx=tx, team_id=team_id, charter=charter(access_mode="private"), base_version=1
        ),
    )
    stranger = community.person()
    with db.transaction(write=False) as tx:
        document = source.fetch(tx, first)
        assert document is not None
        assert document.audience == Audience.team(team_id).and_guests("thread", thread_id)
        assert set(source.touched_by(tx, "TeamAccessChanged", {"team_id": team_id})) == {first, second}
        assert list(source.touched_by(tx, "PostEdited", {"post_id": first})) == [first]
        for actor, found in ((lead, [first]), (stranger, []), (ANONYMOUS, [])):
            rows = tx.session.execute(source.facts(actor)).all()
            assert [row.id for row in rows] == found
            assert list(source.present(actor, tx=tx, ids=[first, second])) == found
        # Posts of a thread share its title: who wrote one, and when, is part of its link.
        presented = source.present(lead, tx=tx, ids=[first])[first]
        assert presented.beside == f"{lead.name}, {on_date(tx.now(), tx.now())}"
        assert presented.below[0] == presented.beside
        (row,) = tx.session.execute(source.facts(lead)).all()
        assert (row.kind, row.category, row.year) == ("discussion", None, tx.now().year)

"""Calling people and pointing to things while one writes, as it works without JavaScript; and who is told of it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from cop.accounts import sessions
from cop.app import open_finder, open_post
from cop.kernel.access import Actor
from cop.kernel.clock import shifted_for_tests_only
from cop.kernel.db import Database
from cop.kernel.outbox import drain_once
from cop.kernel.usage import usage
from cop.mail.post import Post
from cop.notifications import queries as inboxes
from cop.notifications import service as notices
from cop.notifications.queries import Preferences
from cop.notifications.wiring import send_digests
from cop.settings import Settings
from cop.threads import following, notifications, queries, service
from cop.threads.texts import written
from tests.build.community import Community
from tests.build.library import Library
from tests.build.mailbox import Mailbox, mailbox, plain
from tests.build.pages import Visitor
from tests.build.teams import Teams

Visit = Callable[..., Visitor]


@pytest.fixture
def amira(community: Community) -> Actor:
    """Leads the team and writes."""
    return community.person("Amira Khan", email="amira@testshire.example")


@pytest.fixture
def tom(community: Community) -> Actor:
    """Is on the team and reads."""
    return community.person("Tom Doyle", email="tom@testshire.example")


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server that is up."""
    with mailbox() as made:
        yield made


@pytest.fixture
def post(db: Database, box: Mailbox, make_settings: Callable[[str], Settings]) -> Post:
    """The way out to that server."""
    made = dataclasses.replace(make_settings(db.url), smtp_url=box.url, mail_from="cop@testshire.example")
    open_finder(made)
    return open_post(made)


def drain(db: Database, post: Post | None = None) -> None:
    """What the worker does: tell people, and send what is due."""
    while drain_once(db, notifications.consumer()):
        pass
    while post is not None and drain_once(db, post.consumer()):
        pass


def say(db: Database, actor: Actor, thread_id: int, words: str) -> int:
    """A post; returns its id."""
    with db.transaction(write=True) as tx:
        return service.reply(actor, tx=tx, thread_id=thread_id, body=written(words)).post_id


def call(actor: Actor) -> str:
    """A mention as it stands in the text."""
    return f"@[{actor.name}](person:{actor.person_id})"


def inbox(db: Database, actor: Actor) -> list[str]:
    """The titles in somebody's inbox that are new."""
    with db.transaction(write=False) as tx:
        found = inboxes.inbox(sessions.actor_of(tx, actor.person_id or 0), tx=tx).rows
        return [each.what.title for each in found if each.is_new]


def source(db: Database, actor: Actor, post_id: int) -> str:
    """What was stored."""
    with db.transaction(write=False) as tx:
        return queries.text(actor, tx=tx, post_id=post_id).source


def test_a_name_typed_after_an_at_becomes_a_mention_by_number(
    db: Database, community: Community, visitor: Visit, teams: Teams, amira: Actor, tom: Actor
) -> None:
    team_id = teams.team(amira, members=[(tom, "member", "finance")])
    thread_id = teams.thread(amira, team_id)
    browser = visitor().sign_in_as(community, amira)
    sent = browser.post(
        f"/threads/{thread_id}", body="Ask @Tom Doyle, not `@Tom Doyle`.\n\n> @Tom Doyle said\n\n@tom, ok?"
    )
    post_id = int(sent.headers["Location"].rsplit("-", 1)[1])
    page = browser.follow(sent).text
    assert f'<a class="mention" href="/people/{tom.person_id}">@Tom Doyle</a>' in page
    # A line with code in it is left alone, and so is a quotation.
    assert source(db, amira, post_id).endswith(f"> @Tom Doyle said\n\n{call(tom)}, ok?")
    with db.transaction(write=True) as tx:
        rename = f"UPDATE person SET name = 'Thomas Doyle' WHERE id = {tom.person_id}"
        tx.session.connection().exec_driver_sql(rename)
    assert "@Thomas Doyle</a>" in browser.get(f"/threads/{thread_id}").text, "the name of now"
    # Strangers see no people: for them the words stay that were typed.
    assert "@Tom Doyle</span>" in visitor().get(f"/threads/{thread_id}").text


def test_a_name_of_several_people_is_asked_back_and_nothing_typed_is_lost(
    db: Database, community: Community, visitor: Visit, teams: Teams, amira: Actor, tom: Actor
) -> None:
    sams = [community.person("Sam Okafor", function=function) for function in ("legal", "finance")]
    team_id = teams.team(amira, members=[(sam, "member", "legal") for sam in sams], access="private")
    thread_id = teams.thread(amira, team_id)
    browser = visitor().sign_in_as(community, amira)
    page = browser.post(f"/threads/{thread_id}", status=422, body="Over to @Sam Okafor then", left="").text
    assert "Whom do you mean by “@Sam Okafor”?" in page
    assert "Over to @Sam Okafor then" in page
    typed = {"body": "Over to @Sam Okafor then", "name": "Sam Okafor", "left": ""}
    browser.post(f"/threads/{thread_id}", status=422, **typed)
    sent = browser.post(f"/threads/{thread_id}", person=str(sams[1].person_id), **typed)
    assert call(sams[1]) in source(db, amira, int(sent.headers["Location"].rsplit("-", 1)[1]))
    sent = browser.post(f"/threads/{thread_id}", person="nobody", **typed)
    assert "@Sam Okafor then" in source(db, amira, int(sent.headers["Location"].rsplit("-", 1)[1]))
    drain(db)
    assert [len(inbox(db, sam)) for sam in sams] == [0, 1]


def test_who_cannot_read_the_thread_is_not_told_and_the_writer_hears_so_first(
    db: Database, community: Community, visitor: Visit, teams: Teams, amira: Actor, tom: Actor
) -> None:
    team_id = teams.team(amira, access="private")
    thread_id = teams.thread(amira, team_id)
    browser = visitor().sign_in_as(community, amira)
    for typed in ("Thanks @Tom Doyle", f"Thanks {call(tom)}"):
        page = browser.post(f"/threads/{thread_id}", status=422, body=typed).text
        assert "Tom Doyle cannot read this thread and will not be told" in page
        left = re.search(r'name="left"[^>]*value="([^"]*)"', page)
        assert left
        browser.post(f"/threads/{thread_id}", body=typed, left=left[1])
    drain(db)
    assert inbox(db, tom) == []
    # A supplier on the team may not learn who exists: a name they may not see is no name.
    guest = community.person("Gus Guest", kind="supplier")
    teams.join(team_id, guest)
    visitor().sign_in_as(community, guest).post(f"/threads/{thread_id}", body="Thanks @Tom Doyle")


def test_a_document_is_named_to_those_who_may_see_it_alone(
    db: Database,
    community: Community,
    visitor: Visit,
    teams: Teams,
    library: Library,
    amira: Actor,
    tom: Actor,
) -> None:
    team_id = teams.team(amira)
    thread_id = teams.thread(amira, team_id, title="Secretly open")
    hidden = teams.thread(amira, teams.team(amira, access="private"), title="Hidden thing")
    browser = visitor().sign_in_as(community, amira)
    body = f"See [Hidden thing](thread:{hidden}) and [whatever](thread:{thread_id})"
    sent = browser.post(f"/threads/{thread_id}", body=body)
    post_id = int(sent.headers["Location"].rsplit("-", 1)[1])
    assert (
        source(db, amira, post_id)
        == f"See [a thread](thread:{hidden}) and [Secretly open](thread:{thread_id})"
    )
    assert (
        f'<a class="mention" href="/threads/{hidden}">Hidden thing</a>'
        in browser.get(f"/threads/{thread_id}").text
    )
    for reader in (visitor(), visitor().sign_in_as(community, tom)):
        for path in (
            f"/threads/{thread_id}",
            f"/posts/{post_id}/history",
            f"/posts/{post_id}/history?plain=1",
        ):
            assert "Hidden thing" not in reader.get(path).text
        assert '<span class="mention">a thread</span>' in reader.get(f"/threads/{thread_id}").text


def test_mentions_and_followed_threads_are_told_once_each(
    db: Database, community: Community, teams: Teams, amira: Actor, tom: Actor
) -> None:
    ann, bo = community.person("Ann Other"), community.person("Bo Quiet")
    team_id = teams.team(amira, members=[(each, "member", "legal") for each in (tom, ann, bo)])
    thread_id = teams.thread(amira, team_id, title="Tolls")
    with db.transaction(write=True) as tx:
        following.follow_team(ann, tx=tx, team_id=team_id, level="everything")
        following.follow_team(bo, tx=tx, team_id=team_id, level="nothing")
    say(db, amira, thread_id, f"{call(tom)} {call(bo)} {call(ann)} {call(amira)}")
    say(db, amira, thread_id, "More")
    say(db, amira, thread_id, "And more")
    drain(db)
    drain(db)
    assert inbox(db, tom) == ["Amira Khan mentioned you in “Tolls”"]
    assert inbox(db, bo) == [] == inbox(db, amira)
    assert sorted(inbox(db, ann)) == ["4 new posts in “Tolls”", "Amira Khan mentioned you in “Tolls”"]
    # Who writes in a thread follows it from then on, and may say otherwise.
    say(db, tom, thread_id, "My word")
    drain(db)
    assert inbox(db, amira) == ["1 new post in “Tolls”"]
    with db.transaction(write=True) as tx:
        following.follow_thread(amira, tx=tx, thread_id=thread_id, level="mentions")
        notices.mark_all_seen(amira, tx=tx)
    say(db, tom, thread_id, "Once more")
    drain(db)
    assert inbox(db, amira) == []


def test_an_edit_tells_only_those_it_mentions_for_the_first_time(
    db: Database, community: Community, teams: Teams, amira: Actor, tom: Actor
) -> None:
    ann = community.person("Ann Other")
    team_id = teams.team(amira, members=[(tom, "member", "legal"), (ann, "member", "legal")])
    thread_id = teams.thread(amira, team_id)
    post_id = say(db, amira, thread_id, call(tom))
    drain(db)
    with db.transaction(write=True) as tx:
        notices.mark_all_seen(tom, tx=tx)
    versions = [f"{call(tom)} and {call(ann)}", "Nobody", call(tom)]
    told = []
    for version, words in enumerate(versions, 1):
        with db.transaction(write=True) as tx:
            service.edit(amira, tx=tx, post_id=post_id, body=written(words), base_version=version)
        drain(db)
        told.append((len(inbox(db, tom)), len(inbox(db, ann))))
    assert told == [(0, 1), (0, 0), (0, 0)], "taken back from who had not seen it; nobody is told twice"
    with db.transaction(write=True) as tx:
        service.edit(amira, tx=tx, post_id=post_id, body=written(call(ann)), base_version=4)
    drain(db)
    assert len(inbox(db, ann)) == 1
    with db.transaction(write=True) as tx:
        service.remove(amira, tx=tx, post_id=post_id)
    drain(db)
    assert inbox(db, ann) == []


def test_reading_the_thread_settles_what_one_was_told_of_it(
    db: Database, community: Community, visitor: Visit, teams: Teams, amira: Actor, tom: Actor
) -> None:
    team_id = teams.team(amira, members=[(tom, "member", "legal")])
    thread_id = teams.thread(amira, team_id)
    with db.transaction(write=True) as tx:
        following.follow_team(tom, tx=tx, team_id=team_id, level="everything")
    say(db, amira, thread_id, call(tom))
    say(db, amira, thread_id, "More")
    drain(db)
    assert len(inbox(db, tom)) == 2
    browser = visitor().sign_in_as(community, tom)
    browser.get(f"/threads/{thread_id}")
    usage.flush(db)
    assert inbox(db, tom) == []
    assert 'class="n"' not in browser.get("/profile").text
    # What was read before its turn came is not told at all.
    say(db, amira, thread_id, call(tom))
    browser.get(f"/threads/{thread_id}")
    usage.flush(db)
    drain(db)
    assert inbox(db, tom) == []


def noon(day: int = 2) -> float:
    """Seconds from now to a noon of December 2026."""
    return (datetime(2026, 12, day, 12, 0, 5, tzinfo=UTC) - datetime.now(UTC)).total_seconds()


def test_an_email_leads_to_the_post_and_a_click_mutes_the_thread(
    db: Database,
    community: Community,
    visitor: Visit,
    teams: Teams,
    amira: Actor,
    tom: Actor,
    post: Post,
    box: Mailbox,
) -> None:
    team_id = teams.team(amira, members=[(tom, "member", "legal")], access="private", name="Team Secretname")
    thread_id = teams.thread(amira, team_id, title="Secrettitle")
    with db.transaction(write=True) as tx:
        notices.choose(tom, tx=tx, preferences=dataclasses.replace(Preferences(), at_once=True))
    with shifted_for_tests_only(noon()):
        post_id = say(db, amira, thread_id, f"Secretwords {call(tom)}")
        drain(db, post)
        (message,) = box.received
        words = plain(message)
        assert f"http://localhost/posts/{post_id}" in words
        assert "because somebody mentioned you" in " ".join(words.split())
        for part in (words, str(message)):
            assert "Secret" not in part
            assert "Amira" not in part
        mute = re.search(r"Stop telling me about this thread: http://localhost(/stop/one/\S+)", words)
        assert mute
        stranger = visitor()
        assert "Secret" not in stranger.get(mute[1]).text
        stranger.get(f"{mute[1][:-2]}", status=404)
        stranger.post(mute[1], status=200)
        say(db, amira, thread_id, f"Again {call(tom)}")
        drain(db, post)
    assert len(box.received) == 1
    with db.transaction(write=False) as tx:
        heard = following.of_thread(tom, tx=tx, thread_id=thread_id, team_id=team_id)
    assert heard.level == "nothing"


def test_a_digest_says_what_needs_one_before_what_is_new(
    db: Database, teams: Teams, amira: Actor, tom: Actor, post: Post, box: Mailbox
) -> None:
    team_id = teams.team(amira, members=[(tom, "member", "legal")])
    thread_id = teams.thread(amira, team_id, title="Open tolls")
    with db.transaction(write=True) as tx:
        following.follow_team(tom, tx=tx, team_id=team_id, level="everything")
    with shifted_for_tests_only(noon()):
        first = say(db, amira, thread_id, "News")
        called = say(db, amira, thread_id, call(tom))
        drain(db)
        send_digests(db)
        drain(db, post)
    words = plain(next(message for message in box.received if message["To"] == "tom@testshire.example"))
    words = words.replace("\r\n", "\n")
    assert words.index("Needs you") < words.index("Amira Khan mentioned you in “Open tolls”")
    assert (
        words.index(f"/posts/{called}") < words.index("\nNew\n") < words.index("3 new posts in “Open tolls”")
    )
    assert f"/posts/{first}" not in words.split("\nNew\n")[0]
    assert words.count("Stop telling me about this thread: ") == 2


def test_completion_offers_whoever_can_read_it_and_the_writer_may_see(
    db: Database, community: Community, visitor: Visit, teams: Teams, amira: Actor, tom: Actor
) -> None:
    ann = community.person("Ann Other", kind="supplier")
    open_id, network, private = (
        teams.team(amira, access=access) for access in ("open", "network", "private")
    )
    teams.join(private, ann)
    places = {
        mode: teams.thread(amira, team)
        for mode, team in zip(("o", "n", "p"), (open_id, network, private), strict=True)
    }
    browser = visitor().sign_in_as(community, amira)

    def offered(by: Visitor, place: str, **asked: str) -> set[str]:
        query = "&".join(f"{key}={value}" for key, value in asked.items())
        return {each["name"] for each in by.get(f"/threads/{places[place]}/calling?{query}").json}

    assert {place: offered(browser, place, q="t") for place in places} == {
        "o": {"Tom Doyle", "Ann Other"},
        "n": {"Tom Doyle"},
        "p": {"Ann Other"},
    } or {place: offered(browser, place, q="tom") for place in places} == {
        "o": {"Tom Doyle"},
        "n": {"Tom Doyle"},
        "p": set(),
    }
    assert offered(browser, "o", q="ann") == {"Ann Other"}
    assert offered(browser, "n", q="ann") == set()
    assert offered(browser, "p", q="") == {"Ann Other"}
    guest = visitor().sign_in_as(community, ann)
    assert offered(guest, "p", q="tom") == set()
    assert offered(guest, "p", q="amira") == {"Amira Khan"}
    teams.thread(amira, private, title="Hidden thing")
    assert offered(browser, "o", q="hidden", what="things") == {"Hidden thing"}
    other = community.person("Olive Officer")
    teams.join(open_id, other)
    assert offered(visitor().sign_in_as(community, other), "o", q="hidden", what="things") == set()


def test_a_title_is_answered_with_what_was_discussed_already(
    db: Database, community: Community, visitor: Visit, teams: Teams, amira: Actor, tom: Actor
) -> None:
    team_id = teams.team(amira, members=[(tom, "member", "legal")])
    teams.thread(amira, team_id, title="Does telematics data belong to the lessor?")
    hidden = teams.team(amira, access="private")
    teams.thread(amira, hidden, title="Telematics data of the depot")
    for actor, count in ((amira, 2), (tom, 1)):
        browser = visitor().sign_in_as(community, actor)
        found = browser.get(f"/teams/{team_id}/threads/related?q=Whose+is+telematics+data", check=False).text
        assert found.lower().count("telematics data") == count
        page = browser.post(
            f"/teams/{team_id}/threads/new",
            status=200,
            title="Whose is telematics data",
            body="Hm",
            preview="1",
        ).text
        assert page.count('href="/threads/') == count
        assert "Already discussed" in page

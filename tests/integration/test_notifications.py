"""Being told: once for each thing, calmly, never of what one may no longer see, and stopped by one click."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import text

from cop.app import open_post
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.clock import shifted_for_tests_only
from cop.kernel.db import Database, Tx
from cop.kernel.outbox import drain_once
from cop.kernel.usage import usage
from cop.mail.post import Post
from cop.notifications import hours, queries, service
from cop.notifications.kinds import KINDS, Described, Kind
from cop.notifications.queries import Preferences
from cop.notifications.wiring import send_digests
from cop.settings import Settings
from tests.build.community import Community
from tests.build.mailbox import Mailbox, mailbox, plain
from tests.build.pages import Visitor

Visit = Callable[..., Visitor]
SECRET_SUBJECT = 666


def describe(actor: Actor, tx: Tx, ids: Collection[int]) -> Mapping[int, Described]:
    """A thing for each number; nobody may see the secret one."""
    return {
        number: Described(
            f"Thing {number} in words",
            f"/things/{number}",
            "Placements",
            f"A thing in a team you are on ({number})",
            needs=number >= 100,
            due=date(2026, 12, number - 100) if number > 100 else None,
        )
        for number in ids
        if number != SECRET_SUBJECT
    }


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    """Two kinds that only these tests know."""
    KINDS.provide(Kind("thing", describe, "somebody made a thing"))
    KINDS.provide(Kind("call", describe, "somebody called you", at_once=True))
    yield
    KINDS._kinds.pop("thing")
    KINDS._kinds.pop("call")


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server that is up."""
    with mailbox() as made:
        yield made


@pytest.fixture
def post(db: Database, box: Mailbox, make_settings: Callable[[str], Settings]) -> Post:
    """The way out to that server."""
    return open_post(
        dataclasses.replace(make_settings(db.url), smtp_url=box.url, mail_from="cop@testshire.example")
    )


@pytest.fixture
def ann(community: Community) -> Actor:
    """Who is told."""
    return community.person("Ann Other", email="ann@testshire.example")


def tell(db: Database, kind: str, number: int, *people: Actor, by: Actor = SYSTEM) -> None:
    """Tell people of a thing."""
    with db.transaction(write=True) as tx:
        ids = [person.person_id for person in people if person.person_id]
        service.tell(by, tx=tx, kind=kind, subject_id=number, person_ids=ids)


def drain(db: Database, post: Post) -> None:
    """Send what is due."""
    while drain_once(db, post.consumer()):
        pass


def noon(day: int = 2) -> float:
    """Seconds from now to a noon of December 2026, whose second day is a Wednesday."""
    return (datetime(2026, 12, day, 12, 0, 5, tzinfo=UTC) - datetime.now(UTC)).total_seconds()


def choose(db: Database, actor: Actor, **changes: object) -> None:
    """Choose what one is sent."""
    with db.transaction(write=True) as tx:
        service.choose(actor, tx=tx, preferences=dataclasses.replace(Preferences(), **changes))  # type: ignore[arg-type]


def titles(db: Database, actor: Actor) -> list[tuple[str, bool]]:
    """What stands in an inbox, and whether it is new."""
    with db.transaction(write=False) as tx:
        return [(each.what.title, each.is_new) for each in queries.inbox(actor, tx=tx).rows]


def test_one_is_told_once_of_a_thing_and_anew_after_having_seen_it(db: Database, ann: Actor) -> None:
    for _ in range(3):
        tell(db, "thing", 1, ann)
    assert titles(db, ann) == [("Thing 1 in words", True)]
    with db.transaction(write=True) as tx:
        service.mark_all_seen(ann, tx=tx)
    assert titles(db, ann) == [("Thing 1 in words", False)]
    tell(db, "thing", 1, ann)
    assert titles(db, ann) == [("Thing 1 in words", True)]
    tell(db, "thing", 2, ann, by=ann)
    assert len(titles(db, ann)) == 1, "nobody is told of their own doing"


def test_the_inbox_shows_what_may_be_seen_and_counts_what_is_new(
    db: Database, ann: Actor, community: Community, visitor: Visit
) -> None:
    browser = visitor().sign_in_as(community, ann)
    assert "Nothing yet" in browser.get("/inbox").text
    tell(db, "thing", 1, ann)
    tell(db, "thing", SECRET_SUBJECT, ann)
    page = browser.get("/inbox").text
    assert "Thing 1 in words" in page
    assert str(SECRET_SUBJECT) not in page
    assert '<strong class="pill">New</strong>' in page
    usage.flush(db)
    page = browser.get("/inbox").text
    assert '<strong class="pill">New</strong>' not in page
    browser.post("/inbox/seen")
    other = visitor().sign_in_as(community, community.person("Somebody Else"))
    assert "Thing 1" not in other.get("/inbox").text
    visitor().get("/inbox", status=404)


def test_a_long_inbox_has_pages(db: Database, ann: Actor, community: Community, visitor: Visit) -> None:
    for number in range(1, 61):
        tell(db, "thing", number, ann)
    browser, seen, address = visitor().sign_in_as(community, ann), set(), "/inbox"
    assert 'Inbox <b class="n">60</b>' in browser.get("/profile").text
    while address:
        page = browser.get(address).text
        seen |= set(re.findall(r"Thing (\d+) in words", page))
        older = re.search(r'href="(/inbox\?after=[^"]+)"', page)
        address = older[1] if older else ""
    assert len(seen) == 60


def test_one_digest_a_day_says_everything_once(db: Database, ann: Actor, post: Post, box: Mailbox) -> None:
    with shifted_for_tests_only(noon()):
        for number in (7, 105, 103, 8, SECRET_SUBJECT):
            tell(db, "thing", number, ann)
        for _ in range(2):
            send_digests(db)
            drain(db, post)
        (message,) = box.received
        words = plain(message)
        assert message["Subject"] == "2 things need you"
        assert words.index("(103)") < words.index("(105)") < words.index("(7)") < words.index("(8)")
        assert "in words" not in words, "nothing that not everybody may read"
        assert str(SECRET_SUBJECT) not in words
        assert "You get this email once a day at most" in words
        tell(db, "thing", 9, ann)
        send_digests(db)
        drain(db, post)
        assert len(box.received) == 1
    with shifted_for_tests_only(noon(3)):
        send_digests(db)
        drain(db, post)
    assert len(box.received) == 2
    assert "(9)" in plain(box.received[1])
    assert "(7)" not in plain(box.received[1])


def test_a_digest_of_what_was_seen_or_closed_meanwhile_is_not_sent(
    db: Database, ann: Actor, post: Post, box: Mailbox
) -> None:
    with shifted_for_tests_only(noon()):
        tell(db, "thing", SECRET_SUBJECT, ann)
        send_digests(db)
        drain(db, post)
    with shifted_for_tests_only(noon(3)):
        tell(db, "thing", 1, ann)
        send_digests(db)
        with db.transaction(write=True) as tx:
            service.mark_all_seen(ann, tx=tx)
        drain(db, post)
    with shifted_for_tests_only(noon(4)):
        tell(db, "thing", 2, ann)
        send_digests(db)
        with db.transaction(write=True) as tx:
            service.forget(SYSTEM, tx=tx, kind="thing", subject_ids=[2])
        drain(db, post)
    assert box.received == []


@pytest.mark.parametrize(
    ("chosen", "days"),
    [
        ({}, [2, 3, 4, 5, 6, 7]),
        ({"digest": "weekdays"}, [2, 3, 4, 7]),
        ({"digest": "weekly"}, [7]),
        ({"digest": "never"}, []),
        ({"digest_hour": 13}, []),
    ],
)
def test_a_digest_comes_on_the_days_and_not_before_the_hour_one_chose(
    db: Database, ann: Actor, chosen: dict[str, object], days: list[int]
) -> None:
    choose(db, ann, **chosen)
    had = []
    for day in range(2, 8):
        with shifted_for_tests_only(noon(day)):
            tell(db, "thing", day, ann)
            with db.transaction(write=False) as tx:
                due = service.due_digests(SYSTEM, tx=tx)
            send_digests(db)
            had += [day] if due else []
    assert had == days


def test_a_mention_comes_at_once_to_those_who_want_that_and_after_quiet_hours(
    db: Database, ann: Actor, community: Community, post: Post, box: Mailbox
) -> None:
    calm = community.person("Calm Person", email="calm@testshire.example")
    choose(db, ann, at_once=True)
    with shifted_for_tests_only(noon()):
        tell(db, "call", 1, ann, calm)
        tell(db, "thing", 2, ann)
        drain(db, post)
        drain(db, post)
    (message,) = box.received
    assert message["To"] == "ann@testshire.example"
    assert "because somebody called you, and you chose to be told at once" in " ".join(plain(message).split())
    with shifted_for_tests_only(noon() + 10 * 3600):
        tell(db, "call", 3, ann)
        drain(db, post)
        assert len(box.received) == 1
    with shifted_for_tests_only(noon() + 20 * 3600):
        drain(db, post)
        assert len(box.received) == 2


def test_what_was_seen_before_quiet_hours_ended_is_not_sent(
    db: Database, ann: Actor, post: Post, box: Mailbox
) -> None:
    choose(db, ann, at_once=True)
    with shifted_for_tests_only(noon() + 10 * 3600):
        tell(db, "call", 3, ann)
        with db.transaction(write=True) as tx:
            service.mark_all_seen(ann, tx=tx)
    with shifted_for_tests_only(noon() + 20 * 3600):
        drain(db, post)
    assert box.received == []


def link(message: EmailMessage) -> str:
    """The path of the unsubscribing link."""
    return str(message["List-Unsubscribe"]).strip("<>").removeprefix("http://localhost")


def test_one_click_stops_such_mail_without_signing_in(
    db: Database, ann: Actor, community: Community, visitor: Visit, post: Post, box: Mailbox
) -> None:
    choose(db, ann, at_once=True)
    with shifted_for_tests_only(noon()):
        tell(db, "thing", 1, ann)
        send_digests(db)
        drain(db, post)
        stop = link(box.received[0])
        stranger = visitor()
        assert "Stop these emails" in stranger.get(stop).text
        with db.transaction(write=False) as tx:
            assert queries.preferences(ann, tx=tx, person_id=ann.person_id or 0).digest == "daily"
        stranger.get(stop[:-3], status=404)
        # As a mail program sends it: no cookie, no token, from nowhere.
        sent = stranger._client.post(stop, data={"List-Unsubscribe": "One-Click"})
        assert sent.status_code == 200
        tell(db, "call", 2, ann)
        drain(db, post)
    with shifted_for_tests_only(noon(3)):
        send_digests(db)
        drain(db, post)
    assert len(box.received) == 1
    browser = visitor().sign_in_as(community, ann)
    assert re.search(r'value="never"[^>]*checked', browser.get("/profile/notifications").text)
    again = {"digest": "weekly", "digest_hour": "9", "at_once": "no", "quiet_from": "20", "quiet_to": "6"}
    browser.post("/profile/notifications", **again)
    assert re.search(r'value="weekly"[^>]*checked', browser.get("/profile/notifications").text)
    browser.post("/profile/notifications", status=422, **{**again, "digest": "hourly"})


def test_a_stopped_account_is_told_nothing(db: Database, ann: Actor, post: Post, box: Mailbox) -> None:
    with shifted_for_tests_only(noon()):
        tell(db, "thing", 1, ann)
        send_digests(db)
        with db.transaction(write=True) as tx:
            tx.session.execute(text("UPDATE person SET suspended_at = CURRENT_TIMESTAMP"))
        drain(db, post)
    assert box.received == []


@pytest.mark.parametrize(
    ("hour", "quiet_from", "quiet_to", "waits_hours"),
    [(12, 19, 7, 0), (19, 19, 7, 12), (3, 19, 7, 4), (7, 19, 7, 0), (13, 12, 14, 1), (5, 0, 0, 0)],
)
def test_quiet_hours_end_when_they_say(hour: int, quiet_from: int, quiet_to: int, waits_hours: int) -> None:
    moment = datetime(2026, 12, 2, hour, tzinfo=UTC)
    after = hours.after_quiet(moment, quiet_from=quiet_from, quiet_to=quiet_to)
    assert after - moment == timedelta(hours=waits_hours)


def test_quiet_hours_follow_londons_clock_over_its_change() -> None:
    # The clocks go back on 25 October 2026 at 2am: this night has an hour more.
    moment = datetime(2026, 10, 24, 21, tzinfo=UTC)
    assert hours.after_quiet(moment, quiet_from=19, quiet_to=7) == datetime(2026, 10, 25, 7, tzinfo=UTC)

"""From something unread over a mention and the digest to hearing no more of it; and calling people while one writes."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from cop.kernel.access import Actor
from cop.notifications import service as notices
from cop.notifications.queries import Preferences
from cop.threads import service, unread
from cop.threads.texts import written
from tests.browser.conftest import Site
from tests.browser.hands import Keys
from tests.browser.person import Person
from tests.build.mailbox import plain
from tests.build.teams import Teams
from tests.build.world import canary

PersonPage = Callable[..., Person]
pytestmark = pytest.mark.browser

BOX = "textarea[name=body]"
SENT_SECONDS = 40.0


def newcomer(site: Site, name: str) -> Actor:
    """Somebody new on the private team, who wants the digest at whatever hour it is."""
    actor = site.world.community.person(name, email=f"{name.replace(' ', '.').lower()}@testshire.example")
    Teams(site.db).join(site.world.places["private"].team, actor, function="legal")
    with site.db.transaction(write=True) as tx:
        notices.choose(actor, tx=tx, preferences=dataclasses.replace(Preferences(), digest_hour=0))
    return actor


def say(site: Site, who: str, thread_id: int, words: str) -> int:
    """A post by somebody of the world."""
    with site.db.transaction(write=True) as tx:
        return service.reply(site.world.actors[who], tx=tx, thread_id=thread_id, body=written(words)).post_id


def mail_to(site: Site, address: str, saying: str = "") -> tuple[str, str]:
    """The text of the mail with these words that reaches an address, which the worker sends within seconds, and where
    it is stopped.
    """
    until = time.monotonic() + SENT_SECONDS
    while time.monotonic() < until:
        for path in (site.settings.var / "mail").glob("*.eml"):
            message = message_from_bytes(path.read_bytes(), policy=default)
            assert isinstance(message, EmailMessage)
            if message["To"] == address and saying in plain(message):
                return plain(message), urlsplit(str(message["List-Unsubscribe"]).strip(" <>\r\n")).path
        time.sleep(0.5)
    raise AssertionError(f"no mail to {address} that says {saying!r}")


@pytest.mark.parametrize("js", [True, False], ids=["with JavaScript", "without"])
def test_unread_then_mentioned_then_the_digest_then_no_more(
    site: Site, person_page: PersonPage, js: bool
) -> None:
    name = "Rea Keys" if js else "Rea Plain"
    actor = newcomer(site, name)
    team_id = site.world.places["private"].team
    thread_id = site.new_thread("lead", "private", f"For {name}", "First")
    say(site, "member", thread_id, "Second")
    person = person_page(actor, js=js)
    page = person.go(f"/teams/{team_id}/threads")
    hands = Keys(page)
    line = page.locator("li", has=page.get_by_role("link", name=f"For {name}"))
    expect(line.get_by_text("2 new")).to_be_visible()
    hands.follow(f"For {name}")
    expect(page.locator("#new")).to_contain_text("2 new since")
    hands.follow("Jump to first unread")
    person.look()
    # Whoever still has the thread before their eyes sees it there, and is not told.
    page = person.go("/terms")
    post_id = say(site, "lead", thread_id, f"@[{name}](person:{actor.person_id}), you decide")
    mail, stop = mail_to(site, f"{name.replace(' ', '.').lower()}@testshire.example")
    assert "Somebody mentioned you in a thread" in mail
    assert "you decide" not in mail
    assert canary("private", "title") not in mail
    place = re.search(r"https?://[^/\s]+(/posts/\d+)", mail)
    mute = re.search(r"(/stop/one/\S+)", mail)
    assert place
    assert mute
    assert place[1] == f"/posts/{post_id}"
    page = person.go("/inbox")
    expect(page.get_by_role("heading", name="Needs you")).to_be_visible()
    hands.follow(f"Given Lead mentioned you in “For {name}”")
    expect(page.locator(f"#post-{post_id}")).to_contain_text(f"@{name}, you decide")
    for address, button, done in (
        (mute[1], "Stop telling me about this thread", "We will not tell you about this any more"),
        (stop, "Stop these emails", "You will get no more of these emails"),
    ):
        page = person.go(address)
        hands.press(button)
        expect(page.get_by_role("heading", level=1)).to_have_text(done)
        person.look()
    page = person.go(f"/threads/{thread_id}")
    expect(page.get_by_text("You hear of nothing that happens here.")).to_be_visible()


def test_a_post_that_arrives_before_ones_eyes_is_read(site: Site, person_page: PersonPage) -> None:
    actor = newcomer(site, "Rea Live")
    thread_id = site.new_thread("lead", "private", "For Rea Live", "First")
    page = person_page(actor).go(f"/threads/{thread_id}")
    expect(page.get_by_text("New posts appear here as they arrive")).to_be_visible()
    page.locator("#posts").scroll_into_view_if_needed()
    with page.expect_request(lambda request: "/seen?" in request.url):
        say(site, "lead", thread_id, "Second, live")
        # Another process wrote it: the page hears of it when it asks again for the newest number.
        other = person_page("member").go(f"/threads/{thread_id}")
        other.fill(BOX, "Third, live")
        other.get_by_role("button", name="Post reply").click()
        expect(page.get_by_text("Third, live")).to_be_visible()
    until = time.monotonic() + SENT_SECONDS
    while time.monotonic() < until:
        with site.db.transaction(write=False) as tx:
            place = unread.place_in(actor, tx=tx, thread_id=thread_id)
        if place.new == 0:
            return
        time.sleep(0.5)
    raise AssertionError(f"still new: {place}")


@pytest.mark.parametrize("width", [1280, 360])
def test_people_and_things_are_offered_while_one_writes(
    site: Site, person_page: PersonPage, width: int
) -> None:
    thread_id = site.new_thread("lead", "private", f"Whom to call at {width}", "First")
    member = site.world.actors["member"].person_id
    writer = person_page("lead", width=width)
    page = writer.go(f"/threads/{thread_id}")
    page.locator(BOX).press_sequentially("Over to @given mem", delay=20)
    option = page.get_by_role("option", name="Given Member")
    expect(option).to_be_visible()
    expect(page.locator(BOX)).to_have_attribute("aria-activedescendant", re.compile("."))
    expect(page.locator("#announce")).to_contain_text("offered. Given Member")
    writer.look()
    page.keyboard.press("Enter")
    text = f"Over to @[Given Member](person:{member}) "
    expect(page.locator(BOX)).to_have_value(text)
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.keyboard.press("Control+Z")
    expect(page.locator(BOX)).to_have_value("Over to @given mem")
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.locator(BOX).press_sequentially("@", delay=20)
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("option")).to_have_count(0)
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    page.locator(BOX).press_sequentially(f"[[whom to call at {width}", delay=20)
    page.get_by_role("option", name=f"Whom to call at {width}").click()
    expect(page.locator(BOX)).to_have_value(f"[Whom to call at {width}](thread:{thread_id}) ")
    page.get_by_role("button", name="Post reply").click()
    expect(page.locator(".post .mention")).to_have_text(f"Whom to call at {width}")
    writer.look()


def test_a_title_is_answered_while_it_is_typed(site: Site, person_page: PersonPage) -> None:
    site.new_thread("lead", "private", "Framework or market for vans", "First")
    writer = person_page("lead")
    page = writer.go(f"/teams/{site.world.places['private'].team}/threads/new")
    page.get_by_label("Title").press_sequentially("Vans: framework?", delay=20)
    expect(page.get_by_role("link", name="Framework or market for vans")).to_be_visible()
    writer.look()

"""The evening's journey in Chromium: with a pointer, by keyboard alone, and with JavaScript off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser import journey
from tests.browser.conftest import MEASURED, Site
from tests.browser.documents import PHRASES, small_documents
from tests.browser.hands import Hands, Keys, Pointer
from tests.browser.person import Person
from tests.build.world import canary

pytestmark = pytest.mark.browser

MOST_SECONDS = 1.0


def browser_of(browsers: Callable[..., Person], site: Site, name: str, *, js: bool = True) -> Person:
    """Somebody signed in already, with a session of their own."""
    return browsers(site.address, js=js).carry(site.world.fresh_session(name))


def writing(reader: Person, thread: int) -> None:
    """A second person, in the middle of a reply of their own, scrolled to where they write."""
    reader.go(f"/threads/{thread}")
    reader.page.get_by_text("New posts appear here as they arrive").wait_for()
    reader.page.get_by_role("textbox", name="Your reply").fill("Half a thou")
    reader.page.get_by_role("textbox", name="Your reply").focus()
    reader.page.evaluate("scrollTo(0, 120)")


STATE = """() => {
  const area = document.activeElement;
  return [area.id, area.value, area.selectionStart, scrollY];
}"""


def reply_and_be_seen(
    writer: Person, hands: Hands, readers: tuple[Person, Person], words: str, label: str
) -> None:
    """The writer's reply reaches one who only reads, and one who writes without disturbing them."""
    reading, busy = readers
    before = busy.page.evaluate(STATE)
    reading.page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    journey.watch_for(reading.page, words)
    journey.watch_for(busy.page, "1 new post, show")
    pressed = journey.post_reply(writer, hands, words)
    shown, told = (journey.seen_after(person.page, pressed) for person in (reading, busy))
    MEASURED.append(
        f"a reply is on a second screen after {shown * 1000:.0f} ms ({label}), "
        f"and told to one who writes after {told * 1000:.0f} ms"
    )
    assert max(shown, told) <= MOST_SECONDS
    assert busy.page.evaluate(STATE) == before, "the reply took the focus, the text or the scroll position"
    busy.look()
    busy.page.get_by_role("button", name="1 new post, show").click()
    expect(busy.page.locator(".post", has_text=words)).to_be_in_viewport()


def walk(
    site: Site,
    browsers: Callable[..., Person],
    folder: Path,
    hands_of: type[Pointer] | type[Keys],
    kinds: list[str],
) -> None:
    """The whole journey with JavaScript."""
    documents = small_documents(folder)
    label = f"{hands_of.__name__.lower()} on {'SQLite' if site.db.is_sqlite else 'PostgreSQL'}"
    thread = site.world.places["open"].thread
    reading, busy = (browser_of(browsers, site, name) for name in ("officer", "member"))
    reading.go(f"/threads/{thread}")
    reading.page.get_by_text("New posts appear here as they arrive").wait_for()
    writing(busy, thread)
    lead, stranger = browsers(site.address), browsers(site.address)
    hands = hands_of(lead.page)
    lead.go("/")
    journey.sign_in(lead, hands, "lead")
    lead.look()
    journey.open_thread(lead, hands)
    lead.look()
    reply_and_be_seen(lead, hands, (reading, busy), f"A reply by {label}.", label)
    lead.look()
    for kind in kinds:
        title = f"A {kind} by {label}"
        lead.go(f"/teams/{site.world.places['open'].team}")
        journey.add_document(
            lead, hands, documents[kind], title=title, look=lead.look if kind == kinds[0] else None
        )
        expect(lead.page.get_by_text("Can be found by every word in it.")).to_be_visible()
        journey.publish(lead, hands)
        lead.look()
    stranger.go("/")
    strangers_hands = hands_of(stranger.page)
    for kind in kinds:
        title = f"A {kind} by {label}"
        journey.find(stranger, strangers_hands, documents[kind].phrase, title)
        if kind == kinds[0]:
            stranger.look()
        journey.download(stranger, strangers_hands, title, documents[kind], folder)
        stranger.look()
        stranger.go("/")


def test_with_a_pointer(site: Site, browsers: Callable[..., Person], tmp_path: Path) -> None:
    walk(site, browsers, tmp_path, Pointer, list(PHRASES))


def test_by_keyboard_alone(site: Site, browsers: Callable[..., Person], tmp_path: Path) -> None:
    walk(site, browsers, tmp_path, Keys, ["odt"])


def test_on_postgresql(postgresql_site: Site, browsers: Callable[..., Person], tmp_path: Path) -> None:
    walk(postgresql_site, browsers, tmp_path, Pointer, ["docx"])


def test_without_javascript(site: Site, browsers: Callable[..., Person], tmp_path: Path) -> None:
    documents = small_documents(tmp_path)
    thread = site.world.places["open"].thread
    member = browser_of(browsers, site, "member", js=False)
    member.go(f"/threads/{thread}")
    lead, stranger = browsers(site.address, js=False), browsers(site.address, js=False)
    hands = Pointer(lead.page)
    lead.go("/")
    journey.sign_in(lead, hands, "lead")
    lead.look()
    journey.open_thread(lead, hands)
    lead.look()
    journey.post_reply(lead, hands, "A reply without JavaScript.")
    member.page.reload()
    expect(member.page.get_by_text("A reply without JavaScript.")).to_be_visible()
    for kind in ("pdf", "csv"):
        lead.go("/")
        hands.follow("Teams")
        hands.follow(f"Team {canary('open', 'name')}")
        look = lead.look if kind == "pdf" else None
        journey.add_document(lead, hands, documents[kind], title=f"A {kind} without scripts", look=look)
        journey.publish(lead, hands)
        lead.look()
        stranger.go("/")
        journey.find(stranger, Pointer(stranger.page), documents[kind].phrase, f"A {kind} without scripts")
        stranger.look()
        journey.download(
            stranger, Pointer(stranger.page), f"A {kind} without scripts", documents[kind], tmp_path
        )

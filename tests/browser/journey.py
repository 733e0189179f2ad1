"""The evening's journey, step by step, for any hands: sign in, read and reply in a thread, upload and publish, be found
and be downloaded by a stranger.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.documents import Document
from tests.browser.hands import Hands
from tests.browser.person import Person
from tests.build.community import PASSWORD
from tests.build.world import canary

READ_SECONDS = 20.0
FOUND_SECONDS = 20.0


def sign_in(person: Person, hands: Hands, name: str) -> None:
    """From the front page to being signed in there."""
    hands.follow("Sign in")
    hands.type("Email address", f"{canary(name, 'mail')}@testshire.example")
    hands.type("Password", PASSWORD)
    hands.press("Sign in")
    expect(person.page.get_by_role("link", name=f"Given {name.title()}")).to_be_visible()


def open_thread(person: Person, hands: Hands, mode: str = "open") -> None:
    """From any page over the list of teams to the team's thread."""
    hands.follow("Teams")
    hands.follow(f"Team {canary(mode, 'name')}")
    hands.follow(person.page.get_by_role("navigation", name="Pages of this team").get_by_role("link").nth(1))
    hands.follow(f"Thread {canary(mode, 'title')}")
    expect(person.page.get_by_role("heading", level=1)).to_have_text(f"Thread {canary(mode, 'title')}")


def post_reply(person: Person, hands: Hands, words: str) -> float:
    """Type a reply and post it; returns the moment the button was pressed (seconds, the machine's clock)."""
    hands.type("Your reply", words)
    pressed = hands.press("Post reply")
    expect(person.page.locator(".post", has_text=words)).to_be_visible()
    return pressed


def watch_for(page: Page, words: str) -> None:
    """From now on, note in the page the moment at which these words can be read in it."""
    page.evaluate(
        """(words) => {
          const look = () => {
            if (window.__seen || !document.body.innerText.includes(words)) return;
            window.__seen = Date.now();
          };
          window.__seen = 0;
          new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true,
            attributes: true });
        }""",
        words,
    )


def seen_after(page: Page, pressed: float) -> float:
    """Seconds from the press of a button in another browser to the words on this page."""
    deadline = time.monotonic() + READ_SECONDS
    # Playwright's own waiting for an expression evaluates text, which the page's policy rightly refuses.
    while not (seen := float(page.evaluate("window.__seen"))):
        assert time.monotonic() < deadline, "the words never came"
        page.wait_for_timeout(20)
    return seen / 1000 - pressed


def add_document(
    person: Person, hands: Hands, document: Document, *, title: str, look: Callable[[], None] | None = None
) -> str:
    """From the team's page to a draft that has been read; returns the draft's path."""
    page = person.page
    hands.follow("Add to the library")
    hands.upload("Document", document.path)
    hands.type("Title", title)
    hands.type("Summary", "What it is for, in one sentence.")
    hands.choose("Kind", "Guide")
    hands.choose("Category", "Social care")
    hands.pick("Anyone")
    hands.choose("Legal regime", "Procurement Act 2023")
    if look:
        look()
    hands.press("Upload and continue")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    if look:
        look()
    wait_until_read(page)
    return person.path()


def wait_until_read(page: Page) -> None:
    """Look again until the page says whether the document can be searched."""
    deadline = time.monotonic() + READ_SECONDS
    while page.get_by_text("We are still reading the document.").count():
        assert time.monotonic() < deadline, "the worker never read the document"
        page.wait_for_timeout(150)
        page.reload()


def publish(person: Person, hands: Hands) -> str:
    """From a draft to a published asset; what hides in the document is confirmed. Returns the asset's path."""
    page = person.page
    if page.get_by_role("checkbox").count():
        hands.tick("I have looked at what is hidden")
    hands.press("Publish for anyone to download")
    expect(page.get_by_text("You have published this.")).to_be_visible()
    return person.path()


def find(stranger: Person, hands: Hands, phrase: str, title: str) -> None:
    """From the front page to the results, which soon have the asset among them."""
    page = stranger.page
    hands.type(page.get_by_role("searchbox").first, f'"{phrase}"')
    hands.press("Search")
    # The front page may name the asset as well, among the newest: what follows is about the results.
    page.wait_for_url("**/search?**")
    result = page.get_by_role("link", name=title, exact=True)
    deadline = time.monotonic() + FOUND_SECONDS
    while not result.count():
        assert time.monotonic() < deadline, f"nobody finds {phrase!r}"
        page.wait_for_timeout(150)
        page.reload()


def download(stranger: Person, hands: Hands, title: str, document: Document, folder: Path) -> None:
    """From the results over the asset's page to the same bytes under a name of the same kind."""
    page = stranger.page
    hands.follow(title)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    wanted = page.get_by_role("link", name="Download").first
    with page.expect_download() as taken:
        hands.follow(wanted)
    copy = folder / "copy"
    taken.value.save_as(copy)
    assert taken.value.suggested_filename == document.path.name
    original = hashlib.sha256(document.path.read_bytes()).hexdigest()
    assert hashlib.sha256(copy.read_bytes()).hexdigest() == original
    expect(page.get_by_text(original)).to_be_visible()

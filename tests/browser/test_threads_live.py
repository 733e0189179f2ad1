"""A thread that two people have open: what one writes reaches the other without taking focus or moving the page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.person import Person
from tests.build.teams import Teams

PersonPage = Callable[..., Person]

BOX = "textarea[name=body]"
PLACE = "document.querySelector('textarea').getBoundingClientRect().top"
FOCUS = "document.activeElement.tagName"


@pytest.fixture
def thread(site: Site) -> str:
    """The address of a new thread with three posts, in a team that lead and member are on."""
    world = site.world
    thread_id = Teams(site.db).thread(
        world.actors["lead"], world.places["private"].team, "One", "Two", "Three"
    )
    return f"/threads/{thread_id}"


def reads(person: Person, thread: str) -> Page:
    """Somebody has the thread open, with the end of its posts on the screen."""
    page = person.go(thread)
    expect(page.get_by_text("New posts appear here as they arrive")).to_be_visible()
    return page


def writes(person: Person, thread: str, words: str) -> None:
    """Somebody else posts a reply."""
    page = person.go(thread)
    page.fill(BOX, words)
    page.get_by_role("button", name="Post reply").click()
    expect(page.get_by_text(words)).to_be_visible()


def test_a_reader_at_the_end_sees_it_appear(thread: str, person_page: PersonPage) -> None:
    reader, writer = person_page("lead"), person_page("member")
    page = reads(reader, thread)
    writes(writer, thread, "A fourth post")
    expect(page.get_by_text("A fourth post")).to_be_visible(timeout=2_000)
    expect(page.locator("#announce")).to_have_text("1 new post")
    expect(page.locator("#post-count")).to_have_text("4 posts")
    expect(page.locator("#people-count")).to_have_text("2 people")
    assert page.evaluate(FOCUS) == "BODY"
    reader.look()


def test_somebody_who_writes_is_left_in_peace(thread: str, person_page: PersonPage) -> None:
    reader, writer = person_page("member"), person_page("lead")
    page = reads(reader, thread)
    page.locator(BOX).press_sequentially("Half a sentence")
    before = page.evaluate(PLACE)
    writes(writer, thread, "A fourth post")
    line = page.get_by_role("button", name="1 new post, show")
    expect(line).to_be_visible()
    assert (page.evaluate(PLACE), page.evaluate(FOCUS)) == (before, "TEXTAREA")
    expect(page.get_by_text("A fourth post")).to_have_count(0)
    reader.look()
    line.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("A fourth post")).to_be_visible()
    # Whoever asked for it goes on reading there, and finds the sentence as it was.
    assert page.evaluate("document.activeElement.dataset.post !== undefined")
    expect(page.locator(BOX)).to_have_value("Half a sentence")


def test_a_changed_and_a_removed_post_change_in_their_places(thread: str, person_page: PersonPage) -> None:
    reader, writer = person_page("member"), person_page("lead")
    page, other = reads(reader, thread), writer.go(thread)
    second = page.locator("article").nth(1)
    other.locator("article").nth(1).get_by_role("link", name="Edit this post").click()
    other.fill(BOX, "Two, put better")
    other.get_by_role("button", name="Save the post").click()
    expect(second).to_contain_text("Two, put better", timeout=2_000)
    # A post that is in use stays as it is until it is not.
    second.get_by_role("link", name="Quote").focus()
    other.locator("article").nth(1).get_by_role("link", name="Remove").click()
    other.get_by_role("button", name="Remove the post").click()
    expect(other.get_by_text("Post removed by its author")).to_be_visible()
    page.wait_for_timeout(500)
    expect(second).to_contain_text("Two, put better")
    page.locator(BOX).focus()
    expect(second).to_contain_text("Post removed by its author")
    expect(page.locator("article")).to_have_count(3)


def test_it_can_be_paused_and_catches_up(thread: str, person_page: PersonPage) -> None:
    reader, writer = person_page("member"), person_page("lead")
    page = reads(reader, thread)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused. New posts do not appear")).to_be_visible()
    writes(writer, thread, "While you were away")
    page.wait_for_timeout(700)
    expect(page.get_by_text("While you were away")).to_have_count(0)
    page.get_by_role("button", name="Show new posts again").click()
    page.mouse.move(5, 5)
    expect(
        page.get_by_text("While you were away").or_(page.get_by_role("button", name="1 new post, show"))
    ).to_be_visible()


def test_quoting_adds_to_what_is_typed(thread: str, person_page: PersonPage) -> None:
    reader = person_page("member")
    page = reads(reader, thread)
    page.fill(BOX, "I think")
    page.locator("article").nth(0).get_by_role("link", name="Quote").click()
    expect(page.locator(BOX)).to_have_value(
        "I think\n\n> **Lead** wrote:\n>\n> One\n\n".replace("Lead", name_of(page))
    )
    assert page.evaluate(FOCUS) == "TEXTAREA"
    page.keyboard.type("Yes.")
    page.get_by_role("button", name="Post reply").click()
    expect(page.locator("blockquote")).to_contain_text("One")
    expect(page.get_by_role("link", name=f"{name_of(page)}, post 1", exact=True)).to_be_visible()


def name_of(page: Page) -> str:
    """The name over the first post."""
    return page.locator("article").nth(0).locator(".meta b").inner_text()

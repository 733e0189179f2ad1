"""Drafts in a real browser: saved while one types, true about it, and both texts shown when two windows differ."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.person import Person
from tests.build.teams import Teams

pytestmark = pytest.mark.browser

PersonPage = Callable[..., Person]
BOX = "textarea[name=body]"
STATE = "[data-draft-state]"
SOON = 8_000


def a_thread(site: Site) -> str:
    """The address of a new thread of the lead's, in a team that the member is on too."""
    world = site.world
    return f"/threads/{Teams(site.db).thread(world.actors['lead'], world.places['private'].team, 'One')}"


def says(page: Page, words: str) -> None:
    """The line below the box says this."""
    expect(page.locator(STATE)).to_contain_text(words, timeout=SOON)


def test_what_is_typed_is_there_on_another_device(site: Site, person_page: PersonPage) -> None:
    address = a_thread(site)
    page = person_page("member").go(address)
    page.locator(BOX).press_sequentially("Half a sentence")
    says(page, "Saving")
    says(page, "Draft saved at")
    # Nothing is lost by leaving now, so nothing is asked.
    page.get_by_role("link", name="Teams", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Teams")
    phone = person_page("member", width=360)
    there = phone.go(address)
    expect(there.locator(BOX)).to_have_value("Half a sentence")
    phone.look()
    there.get_by_role("button", name="Post reply").click()
    expect(there.get_by_role("article").last).to_contain_text("Half a sentence")
    expect(there.locator(BOX)).to_have_value("")


def test_two_windows_are_shown_both_texts_and_choose_by_keyboard(site: Site, person_page: PersonPage) -> None:
    address = a_thread(site)
    person = person_page("member")
    first = person.go(address)
    second = person.context.new_page()
    second.goto(address)
    first.locator(BOX).press_sequentially("From the first window")
    says(first, "Draft saved at")
    with person.expecting(409):
        second.locator(BOX).press_sequentially("From the second")
        panel = second.locator("[data-draft-conflict]")
        expect(panel).to_be_visible(timeout=SOON)
    expect(panel).to_contain_text("From the first window")
    says(second, "Not saved, kept on this device")
    expect(second.locator(BOX)).to_have_value("From the second")
    second.get_by_role("button", name="Put both in the box").focus()
    second.keyboard.press("Enter")
    expect(second.locator(BOX)).to_have_value("From the second\n\nFrom the first window")
    expect(second.locator(BOX)).to_be_focused()
    says(second, "Draft saved at")
    second.reload()
    expect(second.locator(BOX)).to_have_value("From the second\n\nFrom the first window")


def test_without_a_connection_the_text_stays_on_the_device_and_comes_back(
    site: Site, person_page: PersonPage
) -> None:
    address = a_thread(site)
    person = person_page("member")
    page = person.go(address)
    page.route("**/drafts/reply/**", lambda route: route.fulfill(status=503, body=""))
    with person.expecting(503):
        page.locator(BOX).press_sequentially("Written on a train")
        says(page, "Not saved, kept on this device")
    person.answer_dialogs(lambda dialog: dialog.accept())
    page.unroute("**/drafts/reply/**")
    person.go(address)
    expect(page.locator(BOX)).to_have_value("Written on a train", timeout=SOON)
    says(page, "Draft saved at")
    assert (
        page.evaluate("() => Object.keys(localStorage).filter((name) => name.startsWith('cop:draft:'))") == []
    )


def test_a_session_that_ends_while_one_types_loses_nothing(site: Site, person_page: PersonPage) -> None:
    address = a_thread(site)
    person = person_page("facilitator")
    page = person.go(address)
    site.end_sessions("facilitator")
    with person.expecting(404):
        page.locator(BOX).press_sequentially("Typed after the session had ended")
        says(page, "Not saved, kept on this device")
    person.answer_dialogs(lambda dialog: dialog.accept())
    person.carry(site.world.fresh_session("facilitator"))
    person.go(address)
    expect(page.locator(BOX)).to_have_value("Typed after the session had ended", timeout=SOON)
    says(page, "Draft saved at")


def test_what_was_posted_at_once_does_not_come_back(site: Site, person_page: PersonPage) -> None:
    person = person_page("member")
    page = person.go(a_thread(site))
    page.locator(BOX).press_sequentially("Quick")
    page.get_by_role("button", name="Post reply").click()
    expect(page.locator(".notice")).to_have_text("Your reply is posted.")
    page.wait_for_timeout(1_000)
    expect(page.locator(BOX)).to_have_value("")
    page.reload()
    page.wait_for_timeout(500)
    expect(page.locator(BOX)).to_have_value("")


def test_without_javascript_a_button_saves(site: Site, person_page: PersonPage) -> None:
    address = a_thread(site)
    person = person_page("member", js=False, width=360)
    page = person.go(address)
    page.fill(BOX, "Kept by a button")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator(BOX)).to_have_value("Kept by a button")
    expect(page.get_by_text("Your draft is saved.")).to_be_visible()
    person.look()
    page.get_by_role("link", name="Your drafts").click()
    page.get_by_role("link", name="Your reply in").first.click()
    expect(page.get_by_role("button", name="Delete this draft")).to_be_visible()
    person.look()
    with page.expect_navigation():
        page.get_by_role("button", name="Delete this draft").click()
    person.go(address)
    expect(page.locator(BOX)).to_have_value("")

"""What a member does besides: a charter with mistakes in it, posts that are changed, sessions that end."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import MEASURED, PersonPage, Site
from tests.browser.hands import Hands, Keys, Pointer
from tests.browser.person import Person
from tests.build.community import PASSWORD
from tests.build.world import canary

pytestmark = pytest.mark.browser

WAYS = pytest.mark.parametrize(
    ("hands_of", "js"),
    [(Pointer, True), (Keys, True), (Pointer, False)],
    ids=["pointer", "keyboard", "without JavaScript"],
)
HandsOf = type[Pointer] | type[Keys]
CLOSED_SECONDS = 2.0


def a_thread_of(site: Site, title: str) -> int:
    """A thread of its own on the open team, so that tests do not meet each other; started by the member."""
    return site.new_thread("member", "open", title, "The first post.")


def fill_charter(hands: Hands) -> None:
    """Everything but a good ambition and a good date."""
    hands.type("Name of the team", "Road repairs")
    hands.type("Question", "How might councils buy road repairs that last?")
    hands.type("Ambition", "Much cheaper")
    hands.type("What the team works on", "Surface dressing\nPatching")
    hands.pick("Private to the team")


@WAYS
def test_a_charter_with_mistakes_keeps_what_was_typed(
    person_page: PersonPage, hands_of: HandsOf, js: bool
) -> None:
    person = person_page("officer", js=js)
    page, hands = person.go("/teams"), hands_of(person.page)
    hands.follow("Start a team")
    fill_charter(hands)
    hands.type(page.locator("#end_date-day"), "31")
    hands.type(page.locator("#end_date-month"), "2")
    hands.type(page.locator("#end_date-year"), "2030")
    with person.expecting(422):
        hands.press("Start the team")
        page.wait_for_url("**/teams/new")
        expect(page).to_have_title("Error: Start a team – CoP")
    person.look()
    if js:
        expect(page.locator(".govuk-error-summary")).to_be_focused()
    assert page.get_by_label("Ambition", exact=True).input_value() == "Much cheaper"
    assert page.get_by_label("What the team works on").input_value() == "Surface dressing\nPatching"
    assert page.locator("#end_date-day").input_value() == "31"
    expect(page.get_by_role("radio", name="Private to the team")).to_be_checked()
    hands.follow(page.get_by_role("alert").get_by_role("link", name="Put a number in the ambition"))
    hands.type("Ambition", "15% cheaper")
    hands.type(page.locator("#end_date-day"), "28")
    hands.press("Start the team")
    expect(page.get_by_text("You have started a team.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Road repairs")
    person.look()
    expect(page.get_by_text("You have started a team.")).to_have_count(1)
    page.reload()
    expect(page.get_by_text("You have started a team.")).to_have_count(0)


@WAYS
def test_posts_are_previewed_edited_quoted_and_removed(
    site: Site, person_page: PersonPage, hands_of: HandsOf, js: bool
) -> None:
    thread = a_thread_of(site, f"Edited by {hands_of.__name__} {js}")
    person = person_page("member", js=js)
    page, hands = person.go(f"/threads/{thread}"), hands_of(person.page)
    hands.type("Your reply", "A **bold** reply")
    hands.press("Preview")
    expect(page.locator("#preview strong")).to_have_text("bold")
    person.look()
    assert page.get_by_role("textbox", name="Your reply").input_value() == "A **bold** reply"
    assert page.locator(".post").count() == 1, "a preview saves nothing"
    hands.press("Post reply")
    second = page.locator(".post").nth(1)
    expect(second.locator("strong")).to_have_text("bold")
    hands.follow(second.get_by_role("link", name="Edit"))
    hands.type("Your post", "A plain reply")
    hands.press("Save the post")
    expect(second).to_contain_text("A plain reply")
    hands.follow(second.get_by_role("link", name="edited"))
    expect(page.locator("del")).not_to_have_count(0)
    person.look()
    hands.follow("Back to the post")
    hands.follow(page.locator(".post").nth(0).get_by_role("link", name="Quote"))
    expect(page.get_by_role("textbox", name="Your reply")).to_have_value(re.compile("> The first post"))
    hands.press("Post reply")
    expect(page.locator(".post").nth(2).locator("blockquote")).to_contain_text("The first post.")
    person.look()
    hands.follow(page.locator(".post").nth(1).get_by_role("link", name="Remove"))
    page.wait_for_url("**/remove")
    person.look()
    hands.press("Remove the post")
    expect(page.get_by_text("Post removed by its author")).to_be_visible()
    assert "A plain reply" not in page.content()
    person.look()


def test_an_edit_conflict_shows_both_texts(site: Site, person_page: PersonPage) -> None:
    thread = a_thread_of(site, "Edited twice")
    one, other = person_page("member"), person_page("member")
    for person in (one, other):
        page = person.go(f"/threads/{thread}")
        page.locator(".post").first.get_by_role("link", name="Edit").click()
    one.page.get_by_role("textbox", name="Your post").fill("Said in the first window")
    one.page.get_by_role("button", name="Save the post").click()
    expect(one.page.locator(".post").first).to_contain_text("Said in the first window")
    box = other.page.get_by_role("textbox", name="Your post")
    box.fill("Said in the other window")
    with other.expecting(409):
        other.page.get_by_role("button", name="Save the post").click()
        expect(other.page.get_by_text("This post was changed in another window")).to_be_visible()
    expect(other.page.get_by_role("alert").locator("pre")).to_have_text("Said in the first window")
    expect(box).to_have_value("Said in the other window")
    other.look()
    other.page.get_by_role("button", name="Save the post").click()
    expect(other.page.locator(".post").first).to_contain_text("Said in the other window")


def test_the_toolbar_needs_no_mouse(site: Site, person_page: PersonPage) -> None:
    thread = a_thread_of(site, "Formatted by keyboard")
    person = person_page("member")
    page = person.go(f"/threads/{thread}")
    keys, area = Keys(page), page.get_by_role("textbox", name="Your reply")
    keys.type(area, "words")
    page.keyboard.press("Control+A")
    page.keyboard.press("Shift+Tab")
    toolbar = page.get_by_role("toolbar", name="Formatting").get_by_role("button")
    expect(toolbar.nth(0)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(toolbar.nth(1)).to_be_focused()
    page.keyboard.press("End")
    expect(toolbar.last).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(toolbar.nth(0)).to_be_focused()
    page.keyboard.press("Enter")
    expect(area).to_be_focused()
    expect(area).to_have_value("**words**")
    page.keyboard.press("Control+Z")
    expect(area).to_have_value("words")
    page.keyboard.press("Control+A")
    page.keyboard.press("Control+I")
    expect(area).to_have_value("*words*")


@pytest.mark.parametrize("js", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_session_that_ends_in_the_middle_of_a_reply_loses_nothing(
    site: Site, person_page: PersonPage, js: bool
) -> None:
    person = person_page("member", js=js)
    mode = "private"
    page = person.go(f"/threads/{site.world.places[mode].thread}")
    words = f"Typed before the session ended, {'with' if js else 'without'} scripts.\n\nAnd a second paragraph & more."
    page.get_by_role("textbox", name="Your reply").fill(words)
    with person.expecting(404):
        site.end_sessions("member")
        page.get_by_role("button", name="Post reply").click()
        expect(page.get_by_label("Email address")).to_be_visible()
        person.look()
    person.sign_in(f"{canary('member', 'mail')}@testshire.example", PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("You are signed in. Send what you typed?")
    expect(page.get_by_text("And a second paragraph & more.")).to_be_visible()
    person.look()
    page.get_by_role("button", name="Send it now").click()
    expect(page.locator(".post").last).to_contain_text("And a second paragraph & more.")


def test_a_wrong_password_keeps_the_typed_reply_too(site: Site, person_page: PersonPage) -> None:
    person = person_page("member", js=False)
    page = person.go(f"/threads/{site.world.places['private'].thread}")
    page.get_by_role("textbox", name="Your reply").fill("Kept over a mistyped password.")
    with person.expecting(404, 422):
        site.end_sessions("member")
        page.get_by_role("button", name="Post reply").click()
        person.sign_in(f"{canary('member', 'mail')}@testshire.example", "not the password")
        expect(page.get_by_text("One of the two is not right").first).to_be_visible()
        person.look()
    person.sign_in(f"{canary('member', 'mail')}@testshire.example", PASSWORD)
    page.get_by_role("button", name="Send it now").click()
    expect(page.locator(".post").last).to_contain_text("Kept over a mistyped password.")


def _open_live(person: Person, thread: int) -> Page:
    person.go(f"/threads/{thread}")
    person.page.get_by_text("New posts appear here as they arrive").wait_for()
    return person.page


def test_signing_out_everywhere_closes_the_other_browsers_socket(site: Site, person_page: PersonPage) -> None:
    thread = site.world.places["private"].thread
    here, there = person_page("lead"), person_page("lead")
    with there.page.expect_websocket() as opened:
        _open_live(there, thread)
    here.go("/profile")
    closed: list[float] = []
    opened.value.on("close", lambda socket: closed.append(time.monotonic()))
    pressed = time.monotonic()
    here.page.get_by_role("button", name="Sign out everywhere").click()
    while not closed and time.monotonic() - pressed < 5:
        there.page.wait_for_timeout(20)
    after = closed[0] - pressed
    MEASURED.append(f"signing out everywhere closes another browser's socket after {after * 1000:.0f} ms")
    assert after <= CLOSED_SECONDS
    there.page.get_by_text("New posts no longer appear").wait_for()
    there.go(f"/threads/{thread}", status=404)
    there.go("/profile", status=404)
    here.go("/profile", status=404)


def test_what_is_private_looks_like_what_never_was(site: Site, person_page: PersonPage) -> None:
    stranger = person_page()
    seen = []
    for number in (site.world.places["private"].team, 987654):
        page = stranger.go(f"/teams/{number}", status=404)
        seen.append((page.title(), page.get_by_role("main").inner_text()))
    assert seen[0] == seen[1]
    stranger.look()

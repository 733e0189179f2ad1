"""Somebody leaves while a thread is open before them: their page says so, and gets nothing more."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import MEASURED, PersonPage, Site
from tests.browser.hands import Keys
from tests.browser.person import Person
from tests.build.teams import Teams

pytestmark = pytest.mark.browser

PATIENCE_SECONDS = 20.0
"""For a busy machine. That it takes two at most is measured where nothing else runs (`make soak`, revocations)."""
LIVE = "New posts appear here as they arrive"
NO_MORE = "New posts no longer appear"


def follow_live(person: Person, thread: int) -> None:
    """Open the thread and wait until it is live."""
    person.go(f"/threads/{thread}").get_by_text(LIVE).wait_for()


def test_a_leaver_is_cut_off_in_the_middle_of_a_thread(site: Site, person_page: PersonPage) -> None:
    leaver = site.world.community.person("Lee Leaver", email="lee.leaver@testshire.example")
    Teams(site.db).join(site.world.places["private"].team, leaver, function="legal")
    thread = site.new_thread("lead", "private", "Before they went", "First")
    leaving, staying = person_page(leaver), person_page("member")
    got: list[float] = []
    with leaving.page.expect_websocket() as opened:
        follow_live(leaving, thread)
    opened.value.on("framereceived", lambda _: got.append(time.monotonic()))
    closed: list[float] = []
    opened.value.on("close", lambda _: closed.append(time.monotonic()))
    follow_live(staying, thread)

    admin = person_page("organisation_admin")
    admin.go(f"/organisations/{leaver.organisation_id}/people")
    hands = Keys(admin.page)
    hands.follow("Record that Lee Leaver has left")
    expect(admin.page.get_by_role("heading", level=1)).to_have_text("Has Lee Leaver left?")
    admin.look()
    hands.reach(admin.page.get_by_role("button", name="End their access"))
    pressed = time.monotonic()
    admin.page.keyboard.press("Enter")
    leaving.page.get_by_text(NO_MORE).wait_for(timeout=PATIENCE_SECONDS * 1000)
    after = time.monotonic() - pressed
    MEASURED.append(f"who leaves is told on the open page after {after * 1000:.0f} ms")
    assert closed
    expect(admin.page.get_by_text("Their access has ended.")).to_be_visible()

    last = len(got)
    staying.page.get_by_role("textbox", name="Your reply").fill("Said after they went")
    staying.page.get_by_role("button", name="Post reply").click()
    expect(staying.page.locator(".post", has_text="Said after they went")).to_be_visible()
    leaving.page.wait_for_timeout(1000)
    assert len(got) == last, "a frame reached somebody who had left"
    expect(leaving.page.get_by_text("Said after they went")).to_have_count(0)
    expect(staying.page.get_by_text(NO_MORE)).to_have_count(0)
    for path in (f"/threads/{thread}", "/profile"):
        leaving.go(path, status=404)

"""Files, pictures and tables of posts in a real browser: attached with and without JavaScript, and looked at."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.conftest import Site
from tests.browser.person import Person
from tests.build.teams import Teams
from tests.data.sample_pictures import telling

pytestmark = pytest.mark.browser

PersonPage = Callable[..., Person]
ALT = "A map of the depots: two of three lie in the flood plain"
TABLE = """Table: Prices by council
|         | First 72 hours | Week one | Distance from home | Placements | Change since April |
|---------|---------------:|---------:|-------------------:|-----------:|-------------------:|
| Leeds   | 1,204 | 987 | 12 | 40 | 3% |
| Kirklees and Calderdale | 1,310 | 1,002 | 15 | 22 | 1% |
"""
SOON = 20_000


def a_thread(site: Site) -> str:
    """The address of a new thread of the lead's, in a team that the member is on too."""
    world = site.world
    return f"/threads/{Teams(site.db).thread(world.actors['lead'], world.places['private'].team, 'One')}"


def picture() -> FilePayload:
    return {"name": "depots.jpg", "mimeType": "image/jpeg", "buffer": telling("JPEG", (800, 1200))}


def plan() -> FilePayload:
    return {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"What we do next."}


def described(page: Page) -> None:
    box = page.get_by_label("Describe the image for people who cannot see it")
    expect(box).to_be_visible(timeout=SOON)
    box.fill(ALT)


def kept(page: Page, name: str) -> None:
    """Where COP_PICTURES names a folder, a picture of the page for people to look at."""
    folder = os.environ.get("COP_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_files_go_up_as_they_are_chosen_and_the_picture_is_shown(site: Site, person_page: PersonPage) -> None:
    address = a_thread(site)
    person = person_page("member")
    page = person.go(address)
    page.locator("textarea[name=body]").fill(f"The depots:\n\n{TABLE}")
    page.locator("#file").set_input_files([picture(), plan()])
    box = page.get_by_label("Describe the image for people who cannot see it")
    expect(box).to_be_focused(timeout=SOON)
    expect(page.locator("textarea[name=body]")).to_have_value(f"The depots:\n\n{TABLE}")
    person.look()
    with person.expecting(422):
        page.get_by_role("button", name="Post reply").click()
        expect(page.get_by_role("alert")).to_contain_text(
            "Describe the image for people who cannot see it: depots.jpg", timeout=SOON
        )
        person.look()
    kept(page, "form-1280")
    described(page)
    page.get_by_role("button", name="Post reply").click()
    shown = page.get_by_role("article").last.get_by_role("img", name=ALT)
    expect(shown).to_be_visible(timeout=SOON)
    expect(page.get_by_role("link", name="plan.txt")).to_be_visible()
    region = page.get_by_role("group", name="Table: Prices by council")
    expect(region.get_by_role("rowheader", name="Leeds")).to_be_visible()
    person.look()
    kept(page, "thread-1280")
    phone = person_page("lead", width=360)
    there = phone.go(address)
    image = there.get_by_role("img", name=ALT)
    image.scroll_into_view_if_needed()
    expect(image).to_be_visible(timeout=SOON)
    wide = there.get_by_role("group", name="Table: Prices by council")
    assert wide.evaluate("box => box.scrollWidth > box.clientWidth"), "it scrolls by itself"
    wide.focus()
    there.keyboard.press("ArrowRight")
    there.wait_for_timeout(500)
    assert wide.evaluate("box => box.scrollLeft") > 0, "also by keyboard"
    phone.look()
    kept(there, "thread-360")


def test_all_of_it_without_javascript(site: Site, person_page: PersonPage) -> None:
    address = a_thread(site)
    person = person_page("member", js=False, width=360)
    page = person.go(address)
    page.locator("textarea[name=body]").fill("Words that stay.")
    page.locator("#file").set_input_files([picture(), plan()])
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("textarea[name=body]")).to_have_value("Words that stay.")
    described(page)
    page.get_by_role("button", name="Take out plan.txt").click()
    expect(page.get_by_text("plan.txt")).to_have_count(0)
    expect(page.get_by_label("Describe the image for people who cannot see it")).to_have_value(ALT)
    kept(page, "form-360")
    page.get_by_role("button", name="Post reply").click()
    expect(page.get_by_role("article").last).to_contain_text("Words that stay.")


def test_enter_in_the_title_starts_the_thread_and_takes_no_file_out(
    site: Site, person_page: PersonPage
) -> None:
    team = site.world.places["private"].team
    page = person_page("member").go(f"/teams/{team}/threads/new")
    page.locator("textarea[name=body]").fill("The first post.")
    page.locator("#file").set_input_files([plan()])
    expect(page.get_by_role("button", name="Take out plan.txt")).to_be_visible(timeout=SOON)
    page.get_by_label("Title").fill("A thread with a plan")
    page.get_by_label("Title").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("A thread with a plan", timeout=SOON)
    expect(page.get_by_role("link", name="plan.txt")).to_be_visible()

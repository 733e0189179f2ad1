"""Splitting a thread by the keyboard and without JavaScript, while somebody else reads it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.conftest import Site
from tests.browser.person import Person
from tests.build.splitting import ids
from tests.build.teams import Teams

PersonPage = Callable[..., Person]


def test_a_thread_is_split_by_the_keyboard_while_somebody_reads_it(
    site: Site, person_page: PersonPage
) -> None:
    world = site.world
    thread_id = Teams(site.db).thread(
        world.actors["lead"], world.places["private"].team, "One", "Two", "Three", "Four"
    )
    at, post = f"/threads/{thread_id}", ids(site.db, thread_id)
    reader, lead = person_page("member"), person_page("lead", js=False)
    open_page = reader.go(at)
    expect(open_page.get_by_text("New posts appear here as they arrive")).to_be_visible()
    page = lead.go(at)
    page.get_by_role("link", name="Split it").press("Enter")
    page.get_by_role("checkbox", name="Post 2").press("Space")
    page.get_by_role("checkbox", name="Post 3").press("Space")
    page.get_by_role("button", name="Continue").press("Enter")
    expect(page.get_by_role("heading", name="Move 2 posts to a new thread?")).to_be_visible()
    title = page.get_by_label("Title of the new thread")
    with lead.expecting(422):
        title.press("Enter")
        expect(page.get_by_role("link", name="Enter a title")).to_be_visible()
    title.fill("Who carries the risk?")
    title.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Who carries the risk?")).to_be_visible()
    expect(page.locator("article")).to_have_count(2)
    moved = open_page.locator(f"#post-{post[2]}")
    expect(moved).to_contain_text("Moved to Who carries the risk? by", timeout=2_000)
    expect(open_page.locator("#post-count")).to_have_text("2 posts")
    expect(open_page.locator("article")).to_have_count(4)
    reader.look()
    arrived = person_page("guest").go(f"{at}#post-{post[3]}")
    arrived.locator(f"#post-{post[3]}").get_by_role("link", name="Who carries the risk?").press("Enter")
    expect(arrived.locator(f"#post-{post[3]}")).to_contain_text("Three")
    expect(arrived.get_by_role("link", name="What providers told us")).to_be_visible()

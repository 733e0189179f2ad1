"""The budget of DESIGN.md, in bytes on the wire: a first visit, and a long thread for who has been here before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from cop.threads import service as threads
from cop.threads.limits import PAGE_SIZE
from cop.threads.texts import written
from tests.browser.conftest import MEASURED, Site
from tests.browser.person import Person
from tests.build.teams import Teams

pytestmark = pytest.mark.browser

PersonPage = Callable[..., Person]

FIRST_VISIT = 150_000
AFTER = 20_000
WORDS = (
    "Nobody I asked wants another framework. What they want is to know on Monday what will be asked for on Friday, "
    "and to hear of a change before it is decided and not after. I have the figures of three councils for that."
)


def weigh(person: Person, path: str) -> int:
    """Open a page; the bytes that came over the wire for it and all it loads, headers included."""
    session = person.context.new_cdp_session(person.page)
    session.send("Network.enable")
    taken: list[float] = []
    session.on("Network.loadingFinished", lambda event: taken.append(event["encodedDataLength"]))
    page = person.go(path)
    page.wait_for_load_state("networkidle")
    session.detach()
    return round(sum(taken))


def long_thread(site: Site) -> int:
    """A full page of posts of everyday length, each a little different."""
    world = site.world
    team_id = world.places["open"].team
    thread_id = Teams(site.db).thread(world.actors["lead"], team_id, *[f"{WORDS} ({n})" for n in range(2)])
    for number in range(2, PAGE_SIZE):
        body = written(f"{number}: {WORDS} My {number * 7919} pounds say so, and {number * 104729} hours.")
        with site.db.transaction(write=True) as tx:
            threads.reply(world.actors["member"], tx=tx, thread_id=thread_id, body=body)
    return thread_id


def test_a_first_visit_and_a_long_thread_keep_to_the_budget(site: Site, person_page: PersonPage) -> None:
    stranger = person_page()
    first = weigh(stranger, "/")
    address = f"/threads/{long_thread(site)}"
    reader = person_page("lead")
    for path in ("/", f"/threads/{site.new_thread('lead', 'open', 'Short', 'One post')}"):
        weigh(reader, path)
    warm = weigh(reader, address)
    expect(reader.page.locator("article.post")).to_have_count(PAGE_SIZE)
    MEASURED.append(
        f"weight: first visit {first / 1000:.1f} kB, thread of {PAGE_SIZE} later {warm / 1000:.1f} kB"
    )
    assert 20_000 < first <= FIRST_VISIT
    assert 1_000 < warm <= AFTER
    loaded = reader.page.evaluate(
        "performance.getEntriesByType('resource').filter((entry) => entry.transferSize > 0).map((entry) => entry.name)"
    )
    assert loaded == [], "asked for again, though it was here already"

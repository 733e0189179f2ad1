"""A draft in a real browser: its parts in order on a phone, links that land on their field, a page that learns."""

from __future__ import annotations

import io

import pytest
from playwright.sync_api import expect

from cop.files import intake
from cop.library import queries, service
from cop.library.service import Details
from tests.browser.conftest import PersonPage, Site
from tests.data.sample_files import docx, paragraph

pytestmark = pytest.mark.browser


def new_draft(site: Site, words: str) -> int:
    """A draft of the lead that the worker has still to read, with nothing decided that could be left open."""
    content = docx(paragraph(words))
    received = intake.receive(site.world.store, io.BytesIO(content), filename="spec.docx", limit=10_000_000)
    with site.db.transaction(write=True) as tx:
        return service.draft(
            site.world.actors["lead"],
            tx=tx,
            details=Details("A draft", "What it is for.", "guide", "Social care", "public", licence=None),
            received=received,
            team_id=site.world.places["private"].team,
            key="",
        )


def test_the_page_learns_that_the_document_was_read(site: Site, person_page: PersonPage) -> None:
    asset_id = new_draft(site, "Words that are read while somebody looks on")
    person = person_page("lead", width=360)
    page = person.go(f"/library/{asset_id}")
    # No reload: whatever stands there in the end was put there by the page itself.
    page.evaluate("() => { window.sameDocument = true; }")
    expect(page.get_by_text("Can be found by every word in it.").first).to_be_visible(timeout=20_000)
    assert page.evaluate("() => window.sameDocument") is True
    expect(page.get_by_text("We are reading it.")).to_have_count(0)
    person.look()


def test_without_javascript_one_looks_again(site: Site, person_page: PersonPage) -> None:
    asset_id = new_draft(site, "Words for somebody without scripts")
    person = person_page("lead", js=False, width=360)
    page = person.go(f"/library/{asset_id}")
    for _ in range(100):
        if not page.get_by_role("link", name="Look again").count():
            break
        page.wait_for_timeout(200)
        page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("Can be found by every word in it.").first).to_be_visible()


@pytest.mark.parametrize(
    ("task", "field"),
    [
        ("Licence", "licence"),
        ("Owner", "owner"),
        ("Legal regime", "regime"),
        ("Review date", "review_date-day"),
    ],
)
def test_what_is_to_do_takes_the_focus_to_its_field(
    site: Site, person_page: PersonPage, task: str, field: str
) -> None:
    person = person_page("lead", width=360)
    page = person.go(f"/library/{new_draft(site, f'Words about {task}')}")
    page.locator(".checklist").get_by_role("link", name=task, exact=True).click()
    page.wait_for_url("**/edit#*")
    assert page.evaluate("() => document.activeElement.id") == field


def test_publishing_stands_right_below_what_hides(site: Site, person_page: PersonPage) -> None:
    asset_id = site.world.places["private"].assets["draft"]
    page = person_page("lead", width=360).go(f"/library/{asset_id}")
    tops = [
        page.get_by_role("heading", name=name).bounding_box()
        for name in ("Before you publish", "Document", "Details")
    ]
    assert None not in tops
    heights = [box["y"] for box in tops if box]
    assert heights == sorted(heights)
    assert heights[0] < 900
    with site.db.transaction(write=False) as tx:
        assert queries.asset(site.world.actors["lead"], tx=tx, asset_id=asset_id).status == "draft"

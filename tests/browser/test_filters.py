"""The filters stand open beside the results on a wide screen and folded above them on a narrow one, script or not."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from cop.files.intake import receive
from cop.kernel.access import SYSTEM
from cop.library import service
from cop.library.service import Details, History
from tests.browser.conftest import PersonPage, Site

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def lesson(site: Site) -> None:
    """A lesson beside the guide that everybody may read: with guides alone there would be nothing to narrow."""
    received = receive(site.world.store, io.BytesIO(b"Learnt."), filename="lesson.txt", limit=1_000)
    moment = datetime(2026, 10, 1, 12, tzinfo=UTC)
    with site.db.transaction(write=True) as tx:
        service.load_asset(
            SYSTEM,
            tx=tx,
            details=Details("A lesson", "What we learnt.", "lesson", "Social care", "public", "concession"),
            received=received,
            team_id=None,
            history=History("published", moment, moment, site.world.actors["member"].person_id),
        )


@pytest.mark.parametrize("js", [True, False])
@pytest.mark.parametrize(("width", "folded"), [(360, True), (760, True), (761, False), (1280, False)])
def test_filters_are_folded_where_there_is_no_room(
    person_page: PersonPage, width: int, folded: bool, js: bool
) -> None:
    person = person_page(width=width, js=js)
    page = person.go("/library")
    box, fold = page.get_by_role("checkbox").first, page.locator(".facets-fold > summary")
    if folded:
        expect(box).not_to_be_visible()
        expect(page.get_by_role("article").first).to_be_in_viewport()
        fold.click()
    else:
        expect(fold).not_to_be_visible()
    box.check()
    page.get_by_role("button", name="Apply filters").click()
    assert "=" in person.path()
    if folded:
        expect(fold).to_have_text("Filters: 1 on")

"""The filters stand open beside the results on a wide screen and folded above them on a narrow one, script or not."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PersonPage

pytestmark = pytest.mark.browser


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

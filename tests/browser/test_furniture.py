"""Furniture that every page shares, measured in a real browser."""

from __future__ import annotations

import pytest

from tests.browser.conftest import PersonPage

pytestmark = pytest.mark.browser


def test_examples_take_the_room_of_the_search_box(person_page: PersonPage) -> None:
    page = person_page(width=1280).go("/style")
    limit = page.locator(".examples").first.evaluate("(element) => getComputedStyle(element).maxWidth")
    assert limit == page.locator(".search").first.evaluate("(element) => getComputedStyle(element).maxWidth")


def test_the_ring_around_a_message_is_seen_whole(person_page: PersonPage) -> None:
    person = person_page("lead", width=360)
    page = person.go("/profile/edit")
    page.get_by_role("main").get_by_role("button", name="Save").first.click()
    flash = page.locator(".flash")
    flash.wait_for()
    # The band is as wide as the window, so a ring outside of it would be cut off at the sides.
    found = flash.evaluate(
        """(element) => {
          element.focus();
          const style = getComputedStyle(element), box = element.getBoundingClientRect();
          const beyond = parseFloat(style.outlineWidth) + parseFloat(style.outlineOffset);
          return [document.activeElement === element, box.left - beyond, box.right + beyond, style.boxShadow];
        }"""
    )
    assert found[0]
    assert found[1] >= 0
    assert found[2] <= 360
    assert "inset" in found[3]

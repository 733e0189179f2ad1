"""Every page that can be reached in the seeded world, looked at by axe, at 320 px, and for the size of its targets."""

from __future__ import annotations

import pytest

from tests.browser.conftest import PersonPage

pytestmark = pytest.mark.browser

PUBLIC = (
    "/",
    "/teams",
    "/library",
    "/search",
    "/search?q=canaryopen*",
    "/sign-in",
    "/organisations",
    "/style",
)


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages(person_page: PersonPage, path: str) -> None:
    person = person_page()
    person.go(path)
    person.look()

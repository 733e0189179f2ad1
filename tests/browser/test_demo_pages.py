"""The demonstration as a newcomer meets it: two commands' work, then every page that its links lead to."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from cop.accounts.passwords import DEMO_PASSWORD
from cop.demo.start import community
from tests.browser.demonstration import demonstration, kind_of, pages_linked
from tests.browser.person import Person

pytestmark = pytest.mark.browser

STATIC = ("/style", "/accessibility", "/cookies", "/privacy", "/terms", "/contact")
LOOKED_AT = 14
FOLLOWED = 60


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demonstration made by its own commands."""
    with demonstration(tmp_path_factory.mktemp("demonstration")) as served:
        yield served


def crawl(person: Person, start: str) -> None:
    """Follow every link on this site, breadth first; look closely at the first page of each kind."""
    waiting, seen, looked = [start], {start}, set()
    followed = 0
    while waiting and followed < FOLLOWED:
        path = waiting.pop(0)
        page = person.go(path)
        followed += 1
        if kind_of(path) not in looked and len(looked) < LOOKED_AT and path not in STATIC:
            looked.add(kind_of(path))
            person.look()
        for path in pages_linked(page):
            if path not in seen:
                seen.add(path)
                waiting.append(path)
    assert len(looked) > 6, looked


def test_signed_out(address: str, browsers: Callable[..., Person]) -> None:
    crawl(browsers(address), "/")


def test_signed_in_on_a_phone(address: str, browsers: Callable[..., Person]) -> None:
    person = browsers(address, width=360)
    person.go("/sign-in")
    person.sign_in(community().people[0].email, DEMO_PASSWORD)
    crawl(person, "/")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_password_stands_on_one_line(address: str, browsers: Callable[..., Person], width: int) -> None:
    """Broken at a hyphen it reads as if a space or a line belonged to it."""
    page = browsers(address, width=width).go("/sign-in")
    shown = page.locator("code", has_text=DEMO_PASSWORD)
    assert shown.evaluate("(element) => element.getClientRects().length") == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [320, 1280])
def test_a_thread_is_one_row_of_the_results(
    address: str, browsers: Callable[..., Person], width: int
) -> None:
    person = browsers(address, width=width)
    page = person.go("/search?q=provider")
    person.look()
    rest = page.get_by_role("article").get_by_role("link", name="in this thread").first
    count = int(rest.inner_text().split()[0])
    rest.click()
    assert page.locator("h1").inner_text().startswith(f"{count + 1} result")
    person.look()
    page.get_by_role("list", name="Filters chosen").get_by_role("link").click()
    assert person.path() == "/search?q=provider"

"""The demonstration as a newcomer meets it: two commands' work, then every page that its links lead to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from cop.accounts.passwords import DEMO_PASSWORD
from cop.demo.start import community
from tests.architecture.rules import ROOT
from tests.browser.person import Person
from tests.build.servers import Server, checkout_command, clean_environment, run

pytestmark = pytest.mark.browser

STATIC = ("/style", "/accessibility", "/cookies", "/privacy", "/terms", "/contact")
LOOKED_AT = 14
FOLLOWED = 60


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a demonstration made by its own commands."""
    folder = tmp_path_factory.mktemp("demonstration")
    env = clean_environment(COP_DEMO="1", COP_VAR=str(folder / "var"), COP_LOG_LEVEL="warning")
    for command in ("migrate", "demo"):
        done = run([*checkout_command(), command], env)
        assert done.returncode == 0, done.stderr
    with Server(checkout_command(), env, ROOT, folder) as server:
        yield f"http://127.0.0.1:{server.port}"
        assert "Traceback" not in server.errors()
        server.interrupt()


def kind_of(path: str) -> str:
    """A page's address without numbers: pages of one kind look alike."""
    return re.sub(r"\d+", "N", path.partition("?")[0].partition("#")[0])


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
        hrefs = page.eval_on_selector_all(
            "a[href^='/']", "links => links.map((link) => link.getAttribute('href'))"
        )
        for href in hrefs:
            path = href.partition("#")[0]
            # Downloads are files, and filters multiply without end.
            if path and path not in seen and "/download/" not in path and "?" not in path:
                seen.add(path)
                waiting.append(path)
    assert len(looked) > 6, looked


def test_signed_out(demonstration: str, browsers: Callable[..., Person]) -> None:
    crawl(browsers(demonstration), "/")


def test_signed_in_on_a_phone(demonstration: str, browsers: Callable[..., Person]) -> None:
    person = browsers(demonstration, width=360)
    person.go("/sign-in")
    person.sign_in(community().people[0].email, DEMO_PASSWORD)
    crawl(person, "/")

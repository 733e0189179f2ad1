"""The page's module, static/js/live.js, in a real browser under the site's strict Content Security Policy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A Chromium."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip(
            "No Chromium found. Install one, for example the package chromium, to run the browser tests."
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Page]:
    """A fresh page whose errors, policy reports included, fail the test."""
    context = chromium.new_context()
    fresh = context.new_page()
    problems: list[str] = []
    fresh.on("pageerror", lambda error: problems.append(str(error)))
    fresh.on("console", lambda line: problems.append(line.text) if "Security Policy" in line.text else None)
    yield fresh
    context.close()
    assert problems == []


def wait_for(page: Page, what: str) -> None:
    """Wait until the page's list of what it heard ends with `what`."""
    page.wait_for_function("what => document.title.endsWith(what)", arg=what, timeout=10_000)


def test_a_page_hears_of_a_post_without_being_asked_again(served: Any, page: Page) -> None:
    page.goto(f"http://127.0.0.1:{served.port}/listen?topic=thread:1")
    wait_for(page, "live")
    seq = served.get("post?thread=1")
    wait_for(page, f"news {seq}")


def test_a_page_that_was_cut_off_catches_up(serve: Any, page: Page) -> None:
    served = serve()
    page.goto(f"http://127.0.0.1:{served.port}/listen?topic=thread:1")
    wait_for(page, "connecting live")
    served.halt()
    wait_for(page, "waiting")
    seq = served.post_elsewhere(1)
    served.start()
    wait_for(page, f"live news {seq}")


def test_a_page_stops_when_it_may_not_read_any_longer(serve: Any, page: Page) -> None:
    served = serve()
    page.context.add_cookies(
        [{"name": "s", "value": "bob", "url": f"http://127.0.0.1:{served.port}", "httpOnly": True}]
    )
    page.goto(f"http://127.0.0.1:{served.port}/listen?topic=thread:3")
    wait_for(page, "live")
    served.get("revoke?person=2")
    wait_for(page, "waiting live")
    served.remove_member(3, 2)
    served.get("recheck")
    wait_for(page, "ended")


def test_a_page_that_may_not_listen_is_told_so(served: Any, page: Page) -> None:
    page.goto(f"http://127.0.0.1:{served.port}/listen?topic=thread:2")
    wait_for(page, "connecting ended")


def test_a_page_nobody_looks_at_gives_its_place_back_and_catches_up_later(serve: Any, page: Page) -> None:
    served = serve()
    page.add_init_script(
        "const set = window.setTimeout; window.setTimeout = (f, ms, ...x) => set(f, ms === 300000 ? 300 : ms, ...x);"
    )
    page.goto(f"http://127.0.0.1:{served.port}/listen?topic=thread:1")
    wait_for(page, "live")
    look(page, "hidden")
    wait_for(page, "paused")
    page.wait_for_function("() => fetch('/health').then(a => a.json()).then(h => h.sockets === 0)")
    seq = served.post_elsewhere(1)
    look(page, "visible")
    wait_for(page, f"live news {seq}")


def look(page: Page, state: str) -> None:
    """Pretend that the page was hidden or shown, as switching tabs would."""
    page.evaluate(
        """state => {
            Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )

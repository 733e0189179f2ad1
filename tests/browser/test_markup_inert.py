"""Every hostile text, rendered, in one page of a real browser without any Content Security Policy: nothing may run.

The policy of the real site would stop a script that got through; here only the renderer stands in its way.
"""

import pytest
from playwright.sync_api import Browser, Dialog, Page, Route

from cop.kernel.markup import quote, render_markdown, sanitise
from tests.data.hostile_markdown import FAMILIES
from tests.data.script_injections import INJECTIONS

pytestmark = pytest.mark.browser

ADDRESS = "http://markup.test/"


class Visit:
    """One page shown to the browser, and all it did because of it."""

    def __init__(self, chromium: Browser, body: str) -> None:
        self.dialogs: list[str] = []
        self.requests: list[str] = []
        self.page: Page = chromium.new_context().new_page()
        self.page.on("dialog", self._dismiss)
        document = (
            f"<!doctype html><html lang=en><meta charset=utf-8><title>Inert</title><body>{body}</body></html>"
        )
        self.page.route("**/*", lambda route: self._answer(route, document))
        self.page.goto(ADDRESS, wait_until="load")
        # Things that start by themselves do so within a few frames; the pointer and the keyboard start the others.
        self.page.wait_for_timeout(500)

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _answer(self, route: Route, document: str) -> None:
        if route.request.url == ADDRESS:
            route.fulfill(body=document, content_type="text/html; charset=utf-8")
        else:
            self.requests.append(route.request.url)
            route.abort()

    def use_every_element(self) -> None:
        """Send each element the events a person's mouse and keyboard would cause, without leaving the page."""
        self.page.evaluate(
            """() => {
                document.addEventListener("click", (event) => {
                    const link = event.target.closest("a");
                    if (link && link.protocol !== "javascript:") event.preventDefault();
                });
                for (const element of document.body.querySelectorAll("*")) {
                    for (const kind of ["mouseover", "pointerenter", "focus", "keydown", "click", "submit", "toggle"]) {
                        element.dispatchEvent(new Event(kind, { bubbles: true, cancelable: true }));
                    }
                }
            }"""
        )
        self.page.wait_for_timeout(200)

    @property
    def ran(self) -> bool:
        """Whether any script of the hostile text ran."""
        return bool(self.dialogs or self.page.evaluate("window.__ran !== undefined"))


def test_the_test_notices_what_runs(chromium: Browser) -> None:
    body = "<img src=x onerror='window.__ran=1'><p onclick='alert(1)'>a</p>"
    visit = Visit(chromium, body)
    assert visit.ran
    assert visit.requests == [f"{ADDRESS}x"]
    visit.use_every_element()
    assert visit.dialogs == ["1"]


def test_nothing_typed_runs(chromium: Browser) -> None:
    texts = [*INJECTIONS, *(family(1_000) for family in FAMILIES.values())]
    rendered = [render_markdown(text).html for text in texts]
    rendered += [render_markdown(f"words {text} words").html for text in INJECTIONS]
    rendered += [render_markdown(quote(text, text)).html for text in INJECTIONS]
    rendered += [render_markdown(f"|{text}|b|\n|-|-|\n|{text}|[{text}](/a)|").html for text in INJECTIONS]
    rendered += [sanitise(text) for text in INJECTIONS]
    visit = Visit(chromium, "\n".join(f'<div class="post">{html}</div>' for html in rendered))
    visit.use_every_element()
    assert not visit.ran, visit.dialogs
    # Pictures of this site may be asked for; nothing else may leave the page.
    assert [url for url in visit.requests if not url.startswith(f"{ADDRESS}files/")] == []
    assert visit.page.url == ADDRESS
    assert visit.page.locator("body > .post").count() == len(rendered), "a post broke out of its own element"


def test_written_out_and_read_again_it_is_still_inert(chromium: Browser) -> None:
    """Editors and live updates put the same HTML into the page through innerHTML."""
    rendered = [render_markdown(text).html for text in INJECTIONS] + [sanitise(text) for text in INJECTIONS]
    visit = Visit(chromium, "<div id=target></div>")
    visit.page.evaluate(
        """(posts) => {
            const target = document.getElementById("target");
            for (const post of posts) {
                const once = document.createElement("div");
                once.innerHTML = post;
                const twice = document.createElement("div");
                target.append(once, twice);
                twice.innerHTML = once.innerHTML;
            }
        }""",
        rendered,
    )
    visit.page.wait_for_timeout(500)
    visit.use_every_element()
    assert not visit.ran, visit.dialogs
    assert [url for url in visit.requests if not url.startswith(f"{ADDRESS}files/")] == []

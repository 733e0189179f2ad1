"""A person in front of a real browser: opens pages, and complains of everything the browser complains of.

Every console error, script error, report of the Content Security Policy, failed request, dialog and unexpected status
is kept; the fixture that made the person fails the test when there is one. `look()` examines the page as it stands:
axe, sideways scroll at 320 px, and the size of what can be clicked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, Request, Response

from cop.web.actor import COOKIE

AXE = (Path(__file__).parent.parent / "vendor" / "axe" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROW = 320
SMALLEST = 24
HEIGHT = 900

_RUN_AXE = """async ([tags]) => {
  const found = await axe.run(document, {
    runOnly: { type: "tag", values: tags },
    rules: { "target-size": { enabled: true } },
    resultTypes: ["violations"],
  });
  return found.violations.map(({ id, impact, help, tags, nodes }) => ({
    id, impact, help, tags, nodes: nodes.slice(0, 3).map((node) => [node.target.join(" "), node.failureSummary]),
  }));
}"""

# Links within a sentence may be as high as their line (WCAG 2.2, 2.5.8, "inline"); what is hidden is no target. A box
# or a radio button is as large as its label together with it.
_SMALL_TARGETS = """(smallest) => {
  const inSentence = (element) => {
    if (getComputedStyle(element).display !== "inline") return false;
    const block = element.closest("p, li, dd, dt, td, th, h1, h2, h3, h4, blockquote, header, figcaption, label, div");
    return block !== null && block.textContent.trim() !== element.textContent.trim();
  };
  const area = (element) => {
    let { left, top, right, bottom } = element.getBoundingClientRect();
    const child = element.matches("a, button") ? element.querySelector("*") : null;
    for (const other of [...(element.labels ?? []), ...(child ? [child] : [])]) {
      const box = other.getBoundingClientRect();
      if (box.width === 0) continue;
      left = Math.min(left, box.left); right = Math.max(right, box.right);
      top = Math.min(top, box.top); bottom = Math.max(bottom, box.bottom);
    }
    return [right - left, bottom - top];
  };
  const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button]";
  const small = [];
  for (const element of document.querySelectorAll(wanted)) {
    if (!element.checkVisibility({ visibilityProperty: true }) || inSentence(element)) continue;
    if (element.closest(".govuk-visually-hidden, .govuk-skip-link")) continue;
    const [width, height] = area(element);
    if (width === 0 || height === 0) continue;
    if (width < smallest - 0.1 || height < smallest - 0.1)
      small.push(`${element.outerHTML.slice(0, 120)} is ${width.toFixed(1)} by ${height.toFixed(1)}`);
  }
  return small;
}"""

TOO_WIDE = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const found = [];
  for (const element of document.body.querySelectorAll("*")) {
    if (element.getBoundingClientRect().right > wide + 0.5) found.push(element.outerHTML.slice(0, 100));
  }
  return [`${document.documentElement.scrollWidth} px wide`, ...found.slice(-3)];
}"""

# Only where a script can run: a policy report names what was blocked, also when nothing reaches the console.
_TELL_OF_POLICY = """addEventListener("securitypolicyviolation", (event) =>
  console.error(`Content Security Policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));"""

# Best practices of axe that a page is right not to follow: the rule, the beginning of the page's path, and the reason.
ALLOWED: tuple[tuple[str, str, str], ...] = ()


def _allowed(rule: str, path: str) -> bool:
    return any(rule == named and path.startswith(under) for named, under, _ in ALLOWED)


def _look_at_sizes(page: Page, where: str) -> None:
    small = page.evaluate(_SMALL_TARGETS, SMALLEST)
    assert not small, f"{where}: targets under {SMALLEST} px:\n" + "\n".join(small)


class Person:
    """One browser of somebody, with cookies of its own."""

    def __init__(self, browser: Browser, address: str, *, js: bool = True, width: int = 1280) -> None:
        self.address = address
        self.js = js
        self._browser = browser
        self.problems: list[str] = []
        self.missing = ""
        """The beginning of a path under which nothing needs to exist."""
        self._expected: set[int] = set()
        self._width = width
        self.context: BrowserContext = browser.new_context(
            base_url=address,
            java_script_enabled=js,
            viewport={"width": width, "height": HEIGHT},
            accept_downloads=True,
            locale="en-GB",
            timezone_id="Europe/London",
        )
        self.context.set_default_timeout(10_000)
        self.context.add_init_script(_TELL_OF_POLICY)
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.problems.append(f"script error: {error.error}"))
        self._answer: Callable[[Dialog], None] = self._complain
        self.context.on("dialog", lambda dialog: self._answer(dialog))
        self.context.on("requestfailed", self._failed)
        self.context.on("response", self._answered)
        self.page: Page = self.context.new_page()

    def carry(self, token: str) -> Person:
        """Hold a session without the form for signing in."""
        self.context.add_cookies([{"name": COOKIE, "value": token, "url": self.address, "httpOnly": True}])
        return self

    def go(self, path: str, *, status: int = 200) -> Page:
        """Open a page that answers with this status."""
        with self.expecting(status):
            response = self.page.goto(path)
        assert response is not None
        assert response.status == status, f"{path}: {response.status}"
        return self.page

    @contextmanager
    def expecting(self, *statuses: int) -> Iterator[None]:
        """Within the block pages may answer with these."""
        before, self._expected = self._expected, {*self._expected, *statuses}
        try:
            yield
        finally:
            self._expected = before

    def path(self) -> str:
        """Where the browser stands: path, query and fragment."""
        return self.page.url.removeprefix(self.address)

    def close(self) -> None:
        """Close the browser; complaints stay in `problems`."""
        self.context.close()

    # Listening

    def _hear(self, line: ConsoleMessage) -> None:
        # What failed to load is judged by its answer, where its address is known.
        if line.type in ("error", "warning") and not line.text.startswith("Failed to load resource"):
            self.problems.append(f"console {line.type}: {line.text}")

    def answer_dialogs(self, answer: Callable[[Dialog], None]) -> None:
        """Hand dialogs to this from now on, instead of complaining of them."""
        self._answer = answer

    def _complain(self, dialog: Dialog) -> None:
        self.problems.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _failed(self, request: Request) -> None:
        # Leaving a page, and taking a download, ends what was under way.
        if request.failure != "net::ERR_ABORTED":
            self.problems.append(f"request failed: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if self.missing and response.url.startswith(self.address + self.missing):
            return
        if response.status >= 400 and response.status not in self._expected:
            self.problems.append(f"{response.status} for {response.request.method} {response.url}")

    # Looking

    def look(self) -> None:
        """Examine the page as it stands: no violation by axe, nothing cut off at 320 px, nothing too small to hit.

        What axe calls best practice (the order of headings, landmarks) counts like the success criteria of WCAG.
        """
        where = f"{self.path()} at {self._width} px{'' if self.js else ' without JavaScript'}"
        with self._with_scripts() as page:
            page.evaluate(AXE)
            violations: list[dict[str, Any]] = page.evaluate(_RUN_AXE, [TAGS])
            broken = [found for found in violations if not _allowed(found["id"], self.path())]
            assert not broken, f"{where}: axe found\n{json.dumps(broken, indent=1)}"
            _look_at_sizes(page, where)
            page.set_viewport_size({"width": NARROW, "height": HEIGHT})
            try:
                too_wide = page.evaluate(TOO_WIDE)
                assert not too_wide, f"{where}: scrolls sideways at {NARROW} px: {too_wide}"
                _look_at_sizes(page, f"{where}, narrowed to {NARROW} px")
            finally:
                page.set_viewport_size({"width": self._width, "height": HEIGHT})

    @contextmanager
    def _with_scripts(self) -> Iterator[Page]:
        """The page itself; or, where scripts are off and axe could not run, its HTML without scripts in a twin."""
        if self.js:
            yield self.page
            return
        html = re.sub(r"<script\b.*?</script>", "", self.page.content(), flags=re.DOTALL)
        twin = self._browser.new_context(viewport={"width": self._width, "height": HEIGHT})
        address = self.page.url.partition("#")[0]
        try:
            page = twin.new_page()
            page.route(
                address, lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8")
            )
            page.goto(address)
            yield page
        finally:
            twin.close()

    # Acting, with or without a pointer

    def sign_in(self, email: str, password: str) -> None:
        """Fill in the form for signing in on the page that shows it."""
        self.page.get_by_label("Email address").fill(email)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("main").get_by_role("button", name="Sign in").click()

    def hidden_token(self) -> str:
        """The CSRF token of a form on this page."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.page.content())
        assert found is not None
        return found[1]

"""Pages on paper, in the reader's own colours, without movement, and then also at 320 px."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PersonPage, Site
from tests.browser.person import HEIGHT, NARROW, TOO_WIDE
from tests.browser.test_pages import addressed
from tests.build.world import canary

pytestmark = pytest.mark.browser

THREAD = "a thread with a wide table"
FORMS = ("/library/new",)
# Who looks at which kind of page.
PAGES = (
    ("anonymous", "/"),
    ("anonymous", f"/search?q={canary('openpublic', 'text')}"),
    ("anonymous", "/library"),
    ("anonymous", "/library/{public}"),
    ("anonymous", "/sign-in"),
    ("lead", "/teams/{t}"),
    ("lead", "/library/new"),
    ("lead", THREAD),
    ("anonymous", "/style"),
)
WIDE = " | ".join(f"a heading of column {number}" for number in range(12))
LAW = "https://www.legislation.gov.uk/ukpga/2023/54"
TABLE = f"| {WIDE} |\n|{'---|' * 12}\n| {WIDE} |\n\nSee [the library](/library) and [the law]({LAW})."
# A4 between the margins of print.css, in CSS pixels.
PAPER = 673

_FURNITURE = """() => [...document.querySelectorAll("nav, [role=search], button, .govuk-skip-link, .editor")]
  .filter((element) => element.checkVisibility({ visibilityProperty: true }))
  .map((element) => element.outerHTML.slice(0, 100))"""

# What scrolls on a screen is cut off on paper.
_CLIPPED = """() => [document.documentElement, ...document.body.querySelectorAll("*")].filter((element) => {
  if (!element.checkVisibility() || element.closest(".govuk-visually-hidden, svg, progress")) return false;
  const cuts = element === document.documentElement || getComputedStyle(element).overflowX !== "visible";
  return cuts && element.clientWidth > 0 && element.scrollWidth > element.clientWidth + 1;
}).map((element) => `${element.outerHTML.slice(0, 100)} is ${element.scrollWidth} wide in ${element.clientWidth}`)"""

# Where a word stands for a person, a moment or a filter its link needs no address.
_PRINTED = """() => [...document.querySelectorAll("main a[href^='/'], main a[href^='http']")]
  .filter((link) => link.checkVisibility() && !link.closest(".meta, .who, .chosen, .row"))
  .filter((link) => !link.matches("[href^='/sign-in']"))
  .map((link) => [link.getAttribute("href"), getComputedStyle(link, "::after").content])"""

# A border counts when it has a width and another colour than what lies around it.
_WITHOUT_BORDER = """() => {
  const wanted = `.btn, .govuk-button, .mini, .card, .empty, .receipt, textarea, select, .editor-tools, .editor-preview,
    .facets-fold > summary, input:not([type=hidden], [type=checkbox], [type=radio])`;
  const around = (element) => {
    for (let at = element.parentElement; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const seen = (element, side) => {
    const style = getComputedStyle(element);
    return parseFloat(style[`border${side}Width`]) > 0 && style[`border${side}Style`] !== "none"
      && style[`border${side}Color`] !== around(element);
  };
  // The search box's right edge is its button's left one, and the editor's tools stand on its box.
  const SIDES = ["Top", "Bottom", "Left", "Right"];
  const shared = (element, side) => (side === "Right" && element.matches(".search input"))
    || (side === "Top" && element.matches(".editor-tools + *"));
  return [...document.querySelectorAll(wanted)]
    .filter((element) => element.checkVisibility({ visibilityProperty: true }))
    .filter((element) => SIDES.some((side) => !seen(element, side) && !shared(element, side)))
    .map((element) => element.outerHTML.slice(0, 100));
}"""

_RING = """() => {
  const now = document.activeElement;
  if (now === null || now === document.body || now === document.documentElement) return null;
  const probe = document.createElement("i");
  probe.style.color = "Highlight";
  document.body.append(probe);
  const highlight = getComputedStyle(probe).color;
  probe.remove();
  const style = getComputedStyle(now);
  const wide = parseFloat(style.outlineWidth) >= 3 && style.outlineStyle === "solid";
  return [now.outerHTML.slice(0, 100), wide && style.outlineColor === highlight ? "" : style.outline];
}"""

_MOVES = """() => [document.documentElement, ...document.body.querySelectorAll("*")].flatMap((element) =>
  [null, "::before", "::after"].map((part) => [element, part, getComputedStyle(element, part)]))
  .filter(([, , style]) => style.transitionDuration.split(", ").some((time) => parseFloat(time) > 0)
    || style.animationName !== "none" || style.scrollBehavior === "smooth")
  .map(([element, part]) => `${element.outerHTML.slice(0, 80)} ${part ?? ""}`)"""


def address(site: Site, who: str, path: str) -> str:
    """The path of a page, made first where it is not there yet."""
    if path.startswith("/"):
        return addressed(site, "private" if who == "lead" else "open", path)
    return f"/threads/{site.new_thread('lead', 'private', 'What it costs', TABLE)}"


def shown(site: Site, person_page: PersonPage, who: str, path: str, width: int, **media: Any) -> Page:
    """The page in front of this person, with these media features and this width."""
    page = person_page(who, width=width).page
    page.emulate_media(**media)
    opened = page.goto(address(site, who, path))
    assert opened is not None
    assert opened.status == 200
    return page


def assert_fits(page: Page) -> None:
    """Nothing makes the page scroll sideways at 320 px."""
    page.set_viewport_size({"width": NARROW, "height": HEIGHT})
    assert page.evaluate(TOO_WIDE) == []


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_on_paper(site: Site, person_page: PersonPage, who: str, path: str) -> None:
    page = shown(site, person_page, who, path, PAPER, media="print")
    assert page.evaluate(_FURNITURE) == []
    expect(page.get_by_text(f"Printed from {page.url}", exact=True)).to_be_visible()
    assert page.evaluate(_CLIPPED) == []
    found = page.evaluate(_PRINTED)
    for href, printed in found:
        assert (href if href.startswith("http") else site.address + href) in printed, (
            f"{href} prints {printed}"
        )
    # Forms lead nowhere; every other page has something to print.
    assert found or path in FORMS
    if path == THREAD:
        assert [href for href, _ in found] == ["/library", LAW]


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_in_the_readers_own_colours(site: Site, person_page: PersonPage, who: str, path: str) -> None:
    page = shown(site, person_page, who, path, 1280, forced_colors="active")
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    assert page.evaluate(_WITHOUT_BORDER) == []
    stops = {}
    for _ in range(25):
        page.keyboard.press("Tab")
        stop = page.evaluate(_RING)
        if stop is not None:
            stops[stop[0]] = stop[1]
    assert len(stops) > 5
    assert {name: ring for name, ring in stops.items() if ring} == {}
    assert_fits(page)


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_without_movement(site: Site, person_page: PersonPage, who: str, path: str) -> None:
    page = shown(site, person_page, who, path, 1280, reduced_motion="reduce")
    assert page.evaluate(_MOVES) == []
    page.locator("main a, main button").first.hover()
    assert page.evaluate("document.getAnimations().length") == 0
    assert_fits(page)


def test_the_look_for_movement_finds_it(site: Site, person_page: PersonPage) -> None:
    page = shown(site, person_page, "anonymous", "/", 1280, reduced_motion="no-preference")
    assert page.evaluate(_MOVES)

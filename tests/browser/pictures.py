"""Pictures of every kind of page: `python -m tests.browser.pictures FOLDER`, and with --readme the README's own anew.

A demonstration is made in an empty folder, served, and walked from link to link, signed out and in. Each kind of page
is taken whole, on a phone and on a wide screen, so that a change of style can be looked at before and after.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from cop.accounts.passwords import DEMO_PASSWORD
from cop.demo.start import community
from tests.architecture.rules import ROOT
from tests.browser.conftest import ARGUMENTS
from tests.browser.demonstration import demonstration, kind_of, pages_linked
from tests.browser.person import HEIGHT, Person
from tests.run import browser as installed_browser

WIDTHS = (360, 1280)
# Pages that no link leads to, or only one with a question mark.
UNLINKED = ("/search?q=open+book", "/search?q=nothingwhatever", "/style", "/no-such-page")
README = ROOT / "docs" / "screenshot.png"
README_BYTES = 150_000


def kinds(person: Person) -> Iterator[str]:
    """The first page of each kind that this person can reach from the front page; the browser stands on it."""
    waiting, seen = ["/", *UNLINKED], set()
    while waiting:
        path = waiting.pop(0)
        kind = path if path in UNLINKED else kind_of(path)
        if kind in seen:
            continue
        seen.add(kind)
        person.page.goto(path)
        yield path
        waiting += pages_linked(person.page)


def named(path: str) -> str:
    """A file name for a kind of page: "teams-N-people", "home"."""
    shown = path if path in UNLINKED else kind_of(path)
    return "".join(char if char.isalnum() else "-" for char in shown).strip("-") or "home"


def take_all(person: Person, folder: Path, who: str) -> int:
    """Write a picture of every kind of page at each width; returns how many."""
    count = 0
    for path in kinds(person):
        for width in WIDTHS:
            person.page.set_viewport_size({"width": width, "height": HEIGHT})
            person.page.screenshot(path=folder / f"{named(path)}.{who}.{width}.png", full_page=True)
            count += 1
    return count


def take_readme(browser: Browser, address: str) -> int:
    """Write the first screen of the front page as a stranger finds it; returns its weight in bytes."""
    person = Person(browser, address)
    person.go("/")
    picture = person.page.screenshot()
    person.close()
    if len(picture) > README_BYTES:
        raise ValueError(f"the picture weighs {len(picture):,} bytes, more than {README_BYTES:,}")
    README.write_bytes(picture)
    return len(picture)


def main(arguments: Sequence[str]) -> int:
    """Take what was asked for; 1 when there is no browser."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.pictures", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", help="where the pictures go; it is made if need be")
    parser.add_argument("--readme", action="store_true", help=f"write {README.relative_to(ROOT)} anew")
    asked = parser.parse_args(arguments)
    if asked.folder is None and not asked.readme:
        parser.error("name a folder for the pictures, or --readme")
    found = installed_browser()
    if found is None:
        print("No Chromium found. Install one, for example the package chromium.", file=sys.stderr)
        return 1
    with (
        tempfile.TemporaryDirectory(prefix="cop-pictures-") as made,
        demonstration(Path(made)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        if asked.folder is not None:
            asked.folder.mkdir(parents=True, exist_ok=True)
            count = take_all(Person(browser, address), asked.folder, "signed-out")
            lead = Person(browser, address)
            lead.go("/sign-in")
            lead.sign_in(community().people[0].email, DEMO_PASSWORD)
            lead.page.wait_for_url(f"{address}/")
            count += take_all(lead, asked.folder, "signed-in")
            print(f"{count} pictures in {asked.folder}")
        if asked.readme:
            print(f"{README.relative_to(ROOT)}: {take_readme(browser, address):,} bytes")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

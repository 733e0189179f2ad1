"""Two ways to use a page: with a pointer, or with the keyboard alone. Journeys are written once and walked with each.

The keyboard's way presses Tab, Enter, Space, arrows and letters only, from wherever the focus is. At each stop it
checks that the focus can be seen and that the order of stops is the order of reading.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Locator, Page

MOST_STOPS = 160

# Where the focus is, whether it can be seen, and whether it moved on in the order of reading. What is seen is compared
# with the same element without focus: some style of it, of its label or of its frame has to differ.
_STOP = """(fresh) => {
  const now = document.activeElement;
  if (now === null || now === document.body || now === document.documentElement) {
    window.__stop = undefined;
    return { wrong: "" , outside: true };
  }
  const around = [now, ...(now.labels ?? []), now.parentElement].filter(Boolean);
  const names = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "backgroundColor", "borderColor",
    "borderWidth", "textDecorationLine", "color", "clip", "clipPath", "position"];
  const looks = () => JSON.stringify(around.map((element) => [null, "::before", "::after"].map((part) => {
    const style = getComputedStyle(element, part);
    return names.map((name) => style[name]);
  })));
  const wrong = [];
  const name = now.outerHTML.slice(0, 100);
  const focused = looks();
  now.blur();
  const plain = looks();
  now.focus({ preventScroll: true });
  if (focused === plain) wrong.push(`the focus on ${name} cannot be seen`);
  const box = now.getBoundingClientRect();
  if (box.width === 0 || box.height === 0) wrong.push(`the focus is on ${name}, which takes no room`);
  if (box.bottom < 0 || box.top > innerHeight) wrong.push(`the focus is on ${name}, out of sight`);
  if (now.tabIndex > 0) wrong.push(`${name} has a tabindex of ${now.tabIndex}`);
  const before = fresh ? undefined : window.__stop;
  if (before?.element.isConnected) {
    if (!(before.element.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_FOLLOWING))
      wrong.push(`Tab went back to ${name}`);
    const top = box.top + scrollY, sameColumn = box.left < before.right && before.left < box.right;
    if (sameColumn && top + box.height <= before.top - 1) wrong.push(`Tab went up to ${name}`);
  }
  window.__stop = { element: now, left: box.left, right: box.right, top: box.top + scrollY };
  return { wrong: wrong.join("; "), outside: false };
}"""


class Hands(Protocol):
    """What a journey does on a page."""

    def follow(self, name: str | Locator) -> None:
        """Follow the link of this name."""

    def press(self, name: str | Locator) -> float:
        """Press the button of this name; returns when (seconds, the machine's clock)."""

    def type(self, label: str | Locator, text: str) -> None:
        """Put text into an empty field."""

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a select."""

    def pick(self, label: str) -> None:
        """Choose a radio button."""

    def tick(self, label: str) -> None:
        """Tick a box."""

    def upload(self, label: str, path: Path) -> None:
        """Choose a file."""


def link(page: Page, name: str | Locator) -> Locator:
    """The first link of this name."""
    return name if isinstance(name, Locator) else page.get_by_role("link", name=name, exact=True).first


def button(page: Page, name: str | Locator) -> Locator:
    """The button of this name in the main part of the page."""
    if isinstance(name, Locator):
        return name
    return page.get_by_role("main").get_by_role("button", name=name, exact=True)


def labelled(page: Page, label: str | Locator) -> Locator:
    """The field with this label."""
    if isinstance(label, Locator):
        return label
    return page.get_by_label(label, exact=True).and_(page.locator("input, textarea, select"))


class Pointer:
    """A mouse, and a keyboard for the text."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def follow(self, name: str | Locator) -> None:
        """Click the link."""
        link(self.page, name).click()

    def press(self, name: str | Locator) -> float:
        """Click the button."""
        pressed = time.time()
        button(self.page, name).click()
        return pressed

    def type(self, label: str | Locator, text: str) -> None:
        """Click into the field and type."""
        labelled(self.page, label).fill(text)

    def choose(self, label: str, option: str) -> None:
        """Choose it."""
        labelled(self.page, label).select_option(label=option)

    def pick(self, label: str) -> None:
        """Click it."""
        self.page.get_by_role("radio", name=label, exact=True).check()

    def tick(self, label: str) -> None:
        """Click it."""
        self.page.get_by_role("checkbox", name=label).check()

    def upload(self, label: str, path: Path) -> None:
        """Choose it."""
        labelled(self.page, label).set_input_files(path)


class Keys:
    """The keyboard alone."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.stops = 0
        # A listener from the beginning: Chromium hands file choosers over from the moment it was asked to, and asked in
        # the moment the key is pressed, the key can be quicker.
        page.on("filechooser", lambda _: None)

    def _is_here(self, wanted: Locator) -> bool:
        return bool(wanted.evaluate("(element) => element === document.activeElement"))

    def reach(self, wanted: Locator) -> None:
        """Press Tab until the focus is on it."""
        wanted.wait_for(state="attached")
        # Browsers ignore keys that come before a new page was painted.
        self.page.wait_for_load_state("load")
        fresh = True
        for _ in range(MOST_STOPS):
            stop: dict[str, Any] = self.page.evaluate(_STOP, fresh)
            assert not stop["wrong"], f"{self.page.url}: {stop['wrong']}"
            if self._is_here(wanted):
                return
            fresh = stop["outside"]
            self.page.keyboard.press("Tab")
            self.stops += 1
        raise AssertionError(f"{self.page.url}: Tab never reaches {wanted}")

    def follow(self, name: str | Locator) -> None:
        """Tab to the link and press Enter."""
        self.reach(link(self.page, name))
        self.page.keyboard.press("Enter")

    def press(self, name: str | Locator) -> float:
        """Tab to the button and press Enter."""
        self.reach(button(self.page, name))
        pressed = time.time()
        self.page.keyboard.press("Enter")
        return pressed

    def type(self, label: str | Locator, text: str) -> None:
        """Tab to the field and type; what stood there is replaced."""
        self.reach(labelled(self.page, label))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, label: str, option: str) -> None:
        """Tab to the select and type the option's first letters."""
        field = labelled(self.page, label)
        self.reach(field)
        self.page.keyboard.type(option)
        shown = field.evaluate("(select) => select.selectedOptions[0].label")
        assert shown == option, f"typing {option!r} chose {shown!r}"

    def pick(self, label: str) -> None:
        """Tab to the group, then press the arrow until it is chosen."""
        wanted = self.page.get_by_role("radio", name=label, exact=True)
        name = wanted.get_attribute("name")
        group = self.page.locator(f'input[type=radio][name="{name}"]')
        chosen = self.page.locator(f'input[type=radio][name="{name}"]:checked')
        self.reach(chosen if chosen.count() else group.first)
        self.page.keyboard.press("Space")
        for _ in range(group.count()):
            if self._is_here(wanted) and wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows never reach {label}")

    def tick(self, label: str) -> None:
        """Tab to the box and press Space."""
        box = self.page.get_by_role("checkbox", name=label)
        self.reach(box)
        self.page.keyboard.press("Space")
        assert box.is_checked()

    def upload(self, label: str, path: Path) -> None:
        """Tab to the file input, press Enter, and choose in the system's own window."""
        self.reach(labelled(self.page, label))
        with self.page.expect_file_chooser() as opened:
            self.page.keyboard.press("Enter")
        opened.value.set_files(path)

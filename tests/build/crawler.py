"""Walks through a site as one visitor: every link of every page, so that no dead link and no fault stays unseen."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urldefrag, urljoin, urlsplit

from tests.build.pages import Visitor

_LINK = re.compile(r'<a\s[^>]*?href="([^"]*)"')
_PART = re.compile(r'<(?:link|script|img)\s[^>]*?(?:href|src)="([^"]*)"')
_ID = re.compile(r'\sid="([^"]+)"')
QUERIES_EACH = 3
"""Addresses with a query that are followed on one path: filters alone would make hundreds."""


@dataclass(slots=True)
class Walk:
    """What was seen: the text of each page by its path, other files by their size, and what was wrong."""

    pages: dict[str, str] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def showing(self, words: str) -> list[str]:
        """Paths of the pages that show these words."""
        return [path for path, text in self.pages.items() if words in unescape(text)]


def walk(visitor: Visitor, start: str = "/") -> Walk:
    """Follow every link within the site from `start`; pages are checked as they come."""
    seen = Walk()
    waiting: deque[tuple[str, str]] = deque([(start, "the start")])
    known = {start}
    variants: Counter[str] = Counter()
    fragments: list[tuple[str, str, str]] = []
    while waiting:
        path, source = waiting.popleft()
        for target, fragment in _visit(visitor, seen, path, source):
            if fragment:
                fragments.append((path, target, fragment))
            if target in known:
                continue
            parts = urlsplit(target)
            variants[parts.path] += bool(parts.query)
            if parts.query and variants[parts.path] > QUERIES_EACH:
                continue
            known.add(target)
            waiting.append((target, path))
    for path, target, fragment in fragments:
        if target in seen.pages and fragment not in _ID.findall(seen.pages[target]):
            seen.wrong.append(f"{path} links to {target}#{fragment}, which is not there")
    return seen


def _visit(visitor: Visitor, seen: Walk, path: str, source: str) -> Iterator[tuple[str, str]]:
    """Fetch one address; yield where it leads, as (path, fragment)."""
    with visitor.fetch(path) as response:
        if response.status_code in (301, 302, 303, 307, 308):
            yield _within(path, response.headers["Location"])
            return
        if response.status_code != 200:
            seen.wrong.append(f"{path}, linked from {source}: {response.status}")
            return
        if response.mimetype != "text/html":
            seen.files[path] = len(response.data)
            return
        text = response.text
    seen.pages[path] = text
    for address in _LINK.findall(text) + _PART.findall(text):
        if address == "#":
            seen.wrong.append(f"{path} has a link to nowhere")
        target, fragment = _within(path, unescape(address))
        if target:
            yield target, fragment


def _within(path: str, address: str) -> tuple[str, str]:
    """An address as a path of this site and its fragment; an empty path for other sites and mail."""
    whole, fragment = urldefrag(urljoin(f"http://localhost{path}", address))
    parts = urlsplit(whole)
    if parts.scheme not in ("http", "https") or parts.netloc != "localhost":
        return "", ""
    return (f"{parts.path}?{parts.query}" if parts.query else parts.path), fragment

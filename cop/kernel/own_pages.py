"""Which pages of this site a rendered text links to, so that what stands there can be shown beside the link.

Only addresses of ours count, told by their text alone: nothing is ever fetched, and no other host is ever asked.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

from cop.kernel.markup import without_quotations

_ANCHOR = '<a href="'
# What a text mentions carries a class before its address, and names what it leads to in its own words.
_LINK = re.compile(r'<a href="([^"]*)"')
# At most nine digits: a database refuses to look for a number that it could not hold.
_PATH = re.compile(r"/(library|threads|posts|teams)/0*([1-9][0-9]{0,8})(?:/versions/[0-9]{1,9})?")
_POST = re.compile(r"post-0*([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class OwnPage:
    """A page about one thing: the first part of its path ("library", "threads", "posts" or "teams") and its number."""

    path: str
    id: int


def own_pages(rendered_html: str, origins: Collection[str], *, most: int) -> list[OwnPage]:
    """The first `most` pages that HTML made here links to outside what it quotes, in order, each once.

    `origins` are this site's, like "https://cop.example". An address in a thread that names a post leads to the post.
    """
    # Most texts link to nothing, and looking for a word is faster than looking for a pattern.
    if _ANCHOR not in rendered_html:
        return []
    found = (
        own_page(html.unescape(m[1]), origins) for m in _LINK.finditer(without_quotations(rendered_html))
    )
    pages: dict[OwnPage, None] = {}
    for page in found:
        if page is not None:
            pages[page] = None
        if len(pages) == most:
            break
    return list(pages)


def own_page(address: str, origins: Collection[str]) -> OwnPage | None:
    """The page of ours that an address leads to, None for every other address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    # Equal as a whole: no user name, no other port and nothing around the host.
    if (parts.scheme or parts.netloc) and f"{parts.scheme}://{parts.netloc}".lower() not in origins:
        return None
    path = _PATH.fullmatch(parts.path)
    if path is None or ("/versions/" in parts.path and path[1] != "library"):
        return None
    post = _POST.fullmatch(parts.fragment) if path[1] == "threads" else None
    return OwnPage("posts", int(post[1])) if post else OwnPage(path[1], int(path[2]))

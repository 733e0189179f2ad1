"""Limits of threads and posts, in characters and in posts to a page; forms say them, the database checks them."""

from __future__ import annotations

TITLE_MAX = 150
POST_MAX = 20_000
PAGE_SIZE = 50
LEVELS = ("everything", "mentions", "nothing")
DEFAULT_LEVEL = "mentions"
LEVEL_MAX = 12


def page_of(number: int) -> int:
    """The page a post's number stands on, from 1."""
    return (number - 1) // PAGE_SIZE + 1

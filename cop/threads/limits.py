"""Limits of threads and posts, in characters; forms say them and the database checks them."""

from __future__ import annotations

TITLE_MAX = 150
POST_MAX = 20_000
KEY_MAX = 64
PAGE_SIZE = 50

"""Pages go out compressed, for phones and slow lines: a long thread weighs a quarter of what it did.

Compressing what is secret beside what somebody else may choose can tell the secret by the length (BREACH). Three
things stand against it: the CSRF token looks different in each answer (`cop.web.forms`), session cookies are not sent
with what another site embeds (SameSite), and a page that another site made a signed-in browser open goes out plain.
Downloads are streamed and stay as they are: what one downloads is compressed already, or is not ours to change.
"""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

from cop.web.actor import bearer_hash
from cop.web.assets import accepts_gzip

SMALLEST = 1024
"""Below, the answer fits into one packet either way."""

LEVEL = 4
"""A thread of 38 kB becomes 9.6 kB in 0.5 ms; level 9 takes twice as long and gains 3 % more (measured)."""


def _from_elsewhere() -> bool:
    """Whether another site sent a signed-in browser here."""
    site = request.headers.get("Sec-Fetch-Site", "none")
    return site not in ("none", "same-origin") and bearer_hash() is not None


def compress(response: Response) -> Response:
    """Compress a page that is large enough, for who takes it so."""
    if response.mimetype != "text/html" or response.is_streamed or response.direct_passthrough:
        return response
    response.vary.add("Accept-Encoding")
    if "Content-Encoding" in response.headers or not accepts_gzip() or _from_elsewhere():
        return response
    plain = response.get_data()
    if len(plain) >= SMALLEST:
        response.set_data(gzip.compress(plain, LEVEL, mtime=0))
        response.content_encoding = "gzip"
    return response


def install(app: Flask) -> None:
    """Compress what the app answers. Installed before the headers, so that it comes after them."""
    app.after_request(compress)

"""Where a request came from, as far as the browser says."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import SecurityError

from cop.web.edge import edge


def from_our_own_page() -> bool:
    """Whether a page of ours sent this; browsers that say nothing about it are believed."""
    fetched = request.headers.get("Sec-Fetch-Site")
    if fetched is not None:
        return fetched in ("same-origin", "none")
    origin = request.headers.get("Origin")
    return origin is None or origin in edge().settings.origins or _host(origin) == _own_host()


def _own_host() -> str:
    """The host that was asked; a name of no page of ours where what was sent is no host at all."""
    try:
        return request.host
    except SecurityError:
        return "nowhere"


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None

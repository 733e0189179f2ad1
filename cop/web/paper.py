"""What paper needs and a screen does not: where a page was printed from, and a sheet that knows the site's address.

A style sheet can print the address in a link's `href`, but that is a path: on paper "/library/3" leads nowhere. It can
only put the site's address before it when it holds that address itself, and it is a setting. Styles within a page are
forbidden (see `security`), so the sheet for print is served by a route and begins with one more line than its file.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from flask import Response, request

from cop.paths import STATIC
from cop.web.edge import edge

SHEET = STATIC / "css" / "print.css"
A_YEAR = "public, max-age=31536000, immutable"


@lru_cache(maxsize=16)
def print_sheet(public_url: str) -> str:
    """The style sheet for print of the site at this address."""
    quoted = public_url.replace("\\", r"\\").replace('"', r"\"")
    return f':root {{ --site: "{quoted}"; }}\n{SHEET.read_text(encoding="utf-8")}'


@lru_cache(maxsize=16)
def _version(public_url: str) -> str:
    return hashlib.sha256(print_sheet(public_url).encode()).hexdigest()[:12]


def print_href() -> str:
    """Where this site's style sheet for print lies; the address changes with its words, so it is kept for a year."""
    return f"/print.css?v={_version(edge().settings.public_url)}"


def print_response() -> Response:
    """The answer to that address."""
    answer = Response(print_sheet(edge().settings.public_url), mimetype="text/css")
    answer.headers["Cache-Control"] = A_YEAR
    return answer


def page_address() -> str:
    """The public address of the page that is being drawn, with what was asked for, as somebody could type it."""
    asked = request.query_string.decode("utf-8", "replace")
    return f"{edge().settings.public_url}{request.path}{'?' + asked if asked else ''}"

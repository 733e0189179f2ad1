"""What the log says of requests: a number that ties lines together, the route's rule, how it ended, how long it took.

Never the address itself, which may carry a token or words that were searched for, and nothing of who asked but the kind
of their organisation. One line for each request is written where a program reads it, that is as JSON.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import Any

from flask import Flask, g, request
from werkzeug.wrappers import Response

from cop.kernel.logs import FACTS
from cop.settings import Settings
from cop.web.actor import shown_actor

log = logging.getLogger(__name__)

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
FROM_PROXY = "X-Request-Id"
_NUMBER = re.compile(r"[0-9A-Fa-f-]{8,64}", re.ASCII)


def route() -> str:
    """The method and the rule of the route that answers, such as "GET /library/<int:asset_id>"."""
    method = request.method if request.method in METHODS else "another method"
    return f"{method} {request.url_rule.rule if request.url_rule else '(no page)'}"


def install(app: Flask, settings: Settings) -> None:
    """Note the facts of each request for the lines logged meanwhile; called before all else that looks at requests."""

    @app.before_request
    def begin() -> None:
        g.request_began = time.perf_counter()
        FACTS.set({"request": _number(settings), "route": route()})

    @app.after_request
    def end(response: Response) -> Response:
        if settings.log_format == "json" and "request_began" in g:
            milliseconds = round((time.perf_counter() - g.request_began) * 1000, 1)
            actor = shown_actor()
            FACTS.set(
                {
                    **FACTS.get({}),
                    "status": response.status_code,
                    "ms": milliseconds,
                    "actor": actor.organisation_kind or "anonymous",
                }
            )
            log.info("answered")
        return response

    @app.teardown_request
    def forget(error: BaseException | None) -> None:
        FACTS.set({})

    def failed_twice(exc_info: Any) -> None:
        # Flask's own words would carry the address as it came.
        log.error("the page of an error could not be drawn", exc_info=exc_info)

    app.log_exception = failed_twice  # type: ignore[method-assign]


def _number(settings: Settings) -> str:
    """The proxy's number, where there is a proxy and it gives one; else one of our own."""
    given = request.headers.get(FROM_PROXY, "") if settings.trusted_proxies else ""
    return given if _NUMBER.fullmatch(given) else secrets.token_hex(8)

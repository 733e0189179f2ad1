"""Errors become pages here, once: the six domain errors, what Werkzeug raises, and faults of the program.

Signed out, every 404 carries the sign-in form and returns to its address, existing or not, in the same bytes. A POST
whose session has ended gets the same page with its typed fields carried along, so that signing in loses nothing.
"""

from __future__ import annotations

import logging

from flask import Flask, Response, jsonify, make_response, request
from flask import session as page_cookie
from werkzeug.exceptions import HTTPException

from cop.kernel.errors import Conflict, DomainError, Forbidden, Gone, Invalid, NotFound, RateLimited
from cop.kernel.room import NO_ROOM, RETRY_SECONDS, is_no_room
from cop.web.actor import build_actor, shown_actor
from cop.web.carried import carried_fields
from cop.web.edge import Carried, edge
from cop.web.request_log import route
from cop.web.templating import page
from cop.web.typed_words import typed_words

log = logging.getLogger(__name__)

STATUS: dict[type[DomainError], int] = {
    NotFound: 404,
    Forbidden: 403,
    Invalid: 422,
    Conflict: 409,
    Gone: 410,
    RateLimited: 429,
}

TRY_AGAIN = frozenset({409, 429, 500, 503})
"""Refusals that sending the same form once more can get over."""

WORDS: dict[int, str] = {
    400: "Something in the address or the form was not understood. Go back, reload the page and try again.",
    404: "This page does not exist, or you may not see it.",
    405: "This address cannot be used in that way. Go back to the page you came from.",
    413: "That is too large to send. Choose a smaller file, or split the text.",
    414: "The address is too long. Use the search box instead.",
    415: "This kind of content cannot be used here.",
    429: "You have done a lot in the last minute. Wait a minute and try again.",
    503: f"{NO_ROOM} You can go on reading.",
    500: "Sorry, there is a problem with the service. What you did was not saved. Try again in a few minutes.",
}


def _error_page(status: int, message: str) -> Response:
    panel, kept = None, False
    if status == 404 and not shown_actor().signed_in:
        address = request.full_path.rstrip("?") if request.method == "GET" else request.path
        carried = carried_fields()
        panel, kept = edge().sign_in_panel(address, carried), bool(carried)
    return _drawn(status, message, panel, kept=kept)


def _drawn(status: int, message: str, panel: str | None = None, *, kept: bool = False) -> Response:
    """The page of an error. What somebody signed in had typed stands on it, ready to be copied or sent again."""
    carried: Carried = []
    if request.method == "POST":
        # What was left for the next page, such as "You have published this", is not true any more.
        page_cookie.pop("_flashes", None)
        carried = carried_fields() if shown_actor().signed_in else []
    fields = [(field[0], field[1]) for field in carried if len(field) == 2]
    html = page(
        "errors/error.html",
        status=status,
        message=message,
        sign_in=panel,
        kept=kept,
        fields=fields,
        typed=typed_words(request.path, fields),
        # A file would have to be chosen again, so a form with one is not sent again from here.
        again=status in TRY_AGAIN and len(fields) == len(carried),
    )
    return make_response(html, status)


def _no_room(error: Exception) -> Response:
    """A full disk is no fault of the program's: it is said, and what was typed stands on the page, to be sent again."""
    log.error("%s was not saved, a disk is full: %s", route(), type(error).__name__)
    if request.accept_mimetypes.best == "application/json":
        response = jsonify(code="no_room", message=NO_ROOM, retry_after=RETRY_SECONDS)
        response.status_code = 503
    else:
        response = _drawn(503, WORDS[503])
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    page_cookie.modified = False
    return response


def _know_actor() -> None:
    """A page that failed before its view ran is still drawn for the person who asked."""
    if not shown_actor().signed_in:
        with edge().db.transaction(write=False) as tx:
            build_actor(tx)


def install(app: Flask) -> None:
    """Map every error to a page."""

    @app.errorhandler(DomainError)
    def domain(error: DomainError) -> Response:
        _know_actor()
        status = STATUS[type(error)]
        message = WORDS[404] if status == 404 else error.message
        response = _error_page(status, message)
        if isinstance(error, RateLimited):
            response.headers["Retry-After"] = str(error.retry_after)
        return response

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        if error.response is not None or status < 400:
            return Response(error.get_response().get_data(), status, dict(error.get_headers()))
        _know_actor()
        return _error_page(status, WORDS.get(status, WORDS[400] if status < 500 else WORDS[500]))

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        if is_no_room(error):
            return _no_room(error)
        log.exception("%s failed", route())
        response = _drawn(500, WORDS[500])
        page_cookie.modified = False
        return response

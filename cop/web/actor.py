"""From cookie to actor. The session itself is a row in the database; the cookie only carries its token.

Flask-Login is kept thin: it gives `current_user` its meaning for this request (a bearer of a token hash), while
who that is, and whether the session still lives, is asked of the database in each unit of work.
"""

from __future__ import annotations

from flask import Flask, Request, g, request
from flask_login import LoginManager, UserMixin
from werkzeug.wrappers import Response

from cop.kernel.access import ANONYMOUS, Actor
from cop.kernel.db import Tx
from cop.kernel.ids import token_hash
from cop.settings import Settings
from cop.web.edge import HeaderCounts, edge

COOKIE = "cop_session"
HOST_COOKIE = "__Host-cop_session"
TOKEN_MAX = 100


class Bearer(UserMixin):  # type: ignore[misc]
    """Whoever holds the session cookie; `get_id` is the hash of its token."""

    def __init__(self, hashed: str) -> None:
        self.id = hashed


def cookie_name(settings: Settings) -> str:
    """The cookie's name; over HTTPS the browser itself guards the prefixed one."""
    return HOST_COOKIE if settings.secure_cookies else COOKIE


def hash_in(cookies: dict[str, str], settings: Settings) -> str | None:
    """Hash of the session token among these cookies, None without one. Sockets use it as well."""
    token = cookies.get(cookie_name(settings))
    return token_hash(token) if token and len(token) <= TOKEN_MAX else None


def _bearer(incoming: Request) -> Bearer | None:
    hashed = hash_in(incoming.cookies, edge().settings)
    return Bearer(hashed) if hashed else None


def install(app: Flask) -> None:
    """Let Flask-Login find the bearer by our cookie; its own session handling stays unused."""
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(_bearer)
    manager.init_app(app, add_context_processor=False)


def bearer_hash() -> str | None:
    """Token hash of this request, None when it carries none."""
    return hash_in(request.cookies, edge().settings)


def build_actor(tx: Tx) -> Actor:
    """The actor of this request, from the database, in this unit of work."""
    hashed = bearer_hash()
    actor = edge().load_actor(tx, hashed) if hashed else ANONYMOUS
    g.actor = actor
    return actor


def draw_for(tx: Tx, token: str) -> Actor:
    """Whom a page is drawn for that begins their session: their browser does not send its cookie yet."""
    actor = edge().load_actor(tx, token_hash(token))
    g.actor = actor
    return actor


def shown_actor() -> Actor:
    """The actor pages are drawn for: the one built last in this request, anonymous before that."""
    actor: Actor = g.get("actor", ANONYMOUS)
    return actor


def count_header(tx: Tx, actor: Actor) -> None:
    """Count what the header shows to whoever a page is drawn for: what is new, and what needs them."""
    g.header_counts = edge().count_header(tx, actor) if actor.signed_in else HeaderCounts()


def shown_counts() -> HeaderCounts | None:
    """What was counted in this request, None where a page is drawn without having asked (an error)."""
    counts: HeaderCounts | None = g.get("header_counts")
    return counts


def set_session_cookie(response: Response, token: str) -> None:
    """Give the browser its session token; it ends with the absolute limit of the session."""
    settings = edge().settings
    response.set_cookie(
        cookie_name(settings),
        token,
        max_age=settings.session_absolute,
        secure=settings.secure_cookies,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def clear_session_cookie(response: Response) -> None:
    """Take the session token back."""
    settings = edge().settings
    response.delete_cookie(
        cookie_name(settings), secure=settings.secure_cookies, httponly=True, samesite="Lax", path="/"
    )

"""Headers that make a browser help us: strict CSP with a nonce, no framing, no sniffing, hosts we know.

Strict means: scripts only with the request's nonce, styles and fonts only ours, nothing inline, forms only to us.
"""

from __future__ import annotations

import secrets
from functools import lru_cache

from flask import Flask, Response, abort, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from cop.settings import Settings, is_loopback


def csp_nonce() -> str:
    """The nonce of this request, made on first use."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    nonce: str = g.csp_nonce
    return nonce


def page_cookie_name(settings: Settings) -> str:
    """Name of the signed cookie with the CSRF token and the messages of the page before."""
    return "__Host-cop_page" if settings.secure_cookies else "cop_page"


def policy(nonce: str, settings: Settings) -> str:
    """The Content-Security-Policy of a page; sockets may only come back to where the page came from."""
    return _policy_around(tuple(settings.origins)).replace(_NONCE, nonce, 1)


_NONCE = "<nonce>"


@lru_cache(maxsize=16)
def _policy_around(origins: tuple[str, ...]) -> str:
    # A policy cannot name an IPv6 address: browsers complain of it and go by 'self', which covers sockets too.
    named = [origin for origin in origins if "[" not in origin]
    sockets = " ".join(origin.replace("http", "ws", 1) for origin in named)
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{_NONCE}' 'strict-dynamic'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            f"connect-src 'self' {sockets}",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "object-src 'none'",
        )
    )


ON_EVERY_ANSWER = (
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"),
)


def _headers(response: Response, settings: Settings) -> Response:
    wanted = [("Content-Security-Policy", policy(csp_nonce(), settings)), *ON_EVERY_ANSWER]
    if settings.secure_cookies:
        wanted.append(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
    if request.endpoint != "static" or response.status_code >= 400:
        # Pages differ from person to person, the one that says that a file is missing as well; "back" after signing
        # out must not show them again.
        wanted += [("Cache-Control", "private, no-store"), ("Vary", "Cookie")]
    # What a view has said itself stays. Asking the headers for each name walks through all of them each time.
    said = {name.lower() for name, _ in response.headers}
    for name, value in wanted:
        if name.lower() not in said:
            response.headers.add(name, value)
    return response


def install(app: Flask, settings: Settings) -> None:
    """Set cookie flags, trusted hosts and proxies, and the headers of every response."""
    app.config.update(
        SECRET_KEY=settings.secret,
        SESSION_COOKIE_NAME=page_cookie_name(settings),
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        TRUSTED_HOSTS=settings.trusted_hosts,
        MAX_CONTENT_LENGTH=settings.max_upload + 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=512 * 1024,
        MAX_FORM_PARTS=500,
        WTF_CSRF_TIME_LIMIT=None,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    @app.before_request
    def serve_this_machine_only() -> None:
        """The demonstration's passwords are published: nobody else is served, however the server was started."""
        if settings.demo and not is_loopback(request.remote_addr or "localhost"):
            abort(403)

    @app.before_request
    def refuse_nul() -> None:
        """No text of ours holds a NUL, and PostgreSQL refuses it in the middle of a query."""
        if b"%00" in request.query_string or b"\x00" in request.query_string or "\x00" in request.path:
            abort(404 if "\x00" in request.path else 400)

    @app.after_request
    def add_headers(response: Response) -> Response:
        return _headers(response, settings)

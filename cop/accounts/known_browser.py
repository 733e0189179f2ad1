"""A browser that signed in to an account before: strangers who guess its password cannot lock it out from there.

The browser keeps a signed list of the accounts it signed in to, each by a keyed hash, so that nobody who finds it can
tell whose they are. It opens nothing by itself: it only chooses the counter of wrong passwords that applies.
"""

from __future__ import annotations

import hashlib
import hmac

from flask import request
from itsdangerous import BadData, URLSafeTimedSerializer
from werkzeug.wrappers import Response

from cop.settings import Settings
from cop.web.edge import edge

LIFETIME = 365 * 86400
"""Seconds the browser is known for after it last signed in."""
MOST_ACCOUNTS = 4
"""Accounts one browser is known to, the newest: a desk may be shared."""
_SALT = "known-browser"
_DIGITS = 32


def cookie_name(settings: Settings) -> str:
    """The cookie's name; over HTTPS the browser itself guards the prefixed one."""
    return "__Host-cop_known" if settings.secure_cookies else "cop_known"


def knows(email: str) -> bool:
    """Whether the browser of this request signed in to the account with this folded address before."""
    return _name_of(email) in _listed()


def remember(response: Response, email: str) -> None:
    """Let the browser prove from now on that it signed in to this account."""
    name, settings = _name_of(email), edge().settings
    names = [name, *(other for other in _listed() if other != name)][:MOST_ACCOUNTS]
    response.set_cookie(
        cookie_name(settings),
        _signer().dumps(names),
        max_age=LIFETIME,
        secure=settings.secure_cookies,
        httponly=True,
        samesite="Lax",
        path="/",
    )


def _name_of(email: str) -> str:
    secret = edge().settings.secret.encode()
    said = f"{_SALT}\x00{email}".encode("utf-8", "surrogatepass")
    return hmac.new(secret, said, hashlib.sha256).hexdigest()[:_DIGITS]


def _listed() -> list[str]:
    given = request.cookies.get(cookie_name(edge().settings), "")
    try:
        # Whoever has the secret signed it, so what is in it is what `remember` put there.
        names: list[str] = _signer().loads(given, max_age=LIFETIME)
    except BadData:
        return []
    return names


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(edge().settings.secret, salt=_SALT)

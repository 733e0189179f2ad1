"""Pages: our templates under StrictUndefined, with the few globals every page may use."""

from __future__ import annotations

from collections.abc import Collection, Iterable, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask, g, get_flashed_messages, redirect, render_template, request, url_for
from flask import flash as flask_flash
from flask.templating import Environment
from jinja2 import StrictUndefined
from werkzeug.wrappers import Response

from cop.kernel.clock import utc_now
from cop.kernel.markup import safe
from cop.web.actor import shown_actor, shown_counts
from cop.web.assets import static_url
from cop.web.dates import day, in_full, on_date, to_the_minute, when
from cop.web.edge import edge
from cop.web.fields import error_summary, field
from cop.web.forms import Form, csrf_token
from cop.web.govuk import component
from cop.web.paper import page_address, print_href
from cop.web.security import csp_nonce


@dataclass(frozen=True, slots=True)
class NavItem:
    """A link in the header. `count` shows beside the words, None for no number; `also` are paths that belong there."""

    label: str
    href: str
    count: int | None = None
    also: tuple[str, ...] = ()

    @property
    def current(self) -> bool:
        """True on the page it leads to, on pages below it, and on those that belong to it."""
        return any(
            request.path == path or request.path.startswith(path + "/") for path in (self.href, *self.also)
        )


def _flashed() -> list[tuple[str, str]]:
    return cast(list[tuple[str, str]], get_flashed_messages(with_categories=True))


def flashes() -> Iterable[str]:
    """Messages left by the page before, once; without those that stand elsewhere on this page."""
    elsewhere = g.get("placed", ())
    return [message for place, message in _flashed() if place not in elsewhere]


def placed(places: Collection[str]) -> dict[str, str]:
    """Messages that belong at one of these places on this page, by place. The page shows them, its frame does not."""
    g.placed = places
    return {place: message for place, message in _flashed() if place in places}


def flash(message: str, place: str = "") -> None:
    """Leave a message for the next page this person sees; it travels in the signed cookie.

    `place` is the id of what it is about: where the address leads there, the top of the page is out of sight.
    """
    flask_flash(message, place)


def page(template: str, **context: Any) -> str:
    """Draw a page. A `form` in the context that failed turns the title into "Error: …"."""
    form = context.get("form")
    context.setdefault("form_errors", isinstance(form, Form) and form.failed)
    return render_template(template, **context)


def see_other(address: str) -> Response:
    """After a POST: go and GET this address."""
    return redirect(address, code=303)


def local_path(address: str | None, default: str) -> str:
    """An address typed or carried by the browser, if it is a path on this site; otherwise `default`."""
    if not address or not address.startswith("/") or address.startswith("//") or "\\" in address:
        return default
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or any(ord(char) < 32 for char in address):
        return default
    return address


def _now() -> datetime:
    return utc_now()


def _account() -> NavItem | None:
    actor = shown_actor()
    return NavItem(actor.name, "/profile") if actor.signed_in else None


def _globals() -> dict[str, Any]:
    return {
        "actor": shown_actor(),
        "csp_nonce": csp_nonce(),
        "nav": edge().navigation(shown_actor(), shown_counts()),
        "account": _account(),
        "site": edge().settings.site_name,
        "demo": edge().settings.demo,
        "public_url": edge().settings.public_url,
        "printed_from": page_address(),
        "print_href": print_href(),
    }


class _Environment(Environment):
    """Flask's, whose templates share one dictionary of globals where they add none of their own.

    A template that imports macros compares its globals with theirs each time; comparing chained ones took a tenth of
    a page of posts (measured).
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


def install(app: Flask) -> None:
    """Make Jinja strict and give it the globals and filters."""
    app.jinja_environment = _Environment
    app.jinja_options = {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.context_processor(_globals)
    app.jinja_env.globals.update(
        csrf_token=csrf_token,
        static_url=static_url,
        flashes=flashes,
        field=field,
        error_summary=error_summary,
        component=component,
        url_for=url_for,
    )
    app.jinja_env.filters.update(
        safe_html=safe,
        day=lambda moment: day(moment, _now()),
        on_date=lambda moment: on_date(moment, _now()),
        in_full=in_full,
        to_the_minute=lambda moment: to_the_minute(moment, _now()),
        when=lambda moment: when(moment, _now()),
    )

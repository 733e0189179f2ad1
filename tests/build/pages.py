"""The page-checking client: every page a test fetches is checked, so that no test can look away.

Checked are: valid HTML (html5lib's strict parser), one h1 that the title begins with, unique ids, a label for every
input, the CSRF token in every POST form, no inline script, style or handler, and the security headers.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from html5lib.constants import E as MESSAGES
from werkzeug.test import Client, TestResponse

from cop.kernel.access import Actor
from cop.web.actor import COOKIE
from tests.build.community import Community

LABELLED = ("input", "select", "textarea")
UNLABELLED_TYPES = ("hidden", "submit", "button")


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def _parse(html: str) -> Element:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    document = parser.parse(html)
    errors = [
        f"{position}: {MESSAGES.get(code, code) % (values or {})}" for position, code, values in parser.errors
    ]
    assert not errors, "not valid HTML:\n" + "\n".join(errors[:5])
    return document


def check_page(html: str) -> Element:
    """Check a whole page and return its tree; raises AssertionError that says what is wrong."""
    document = _parse(html)
    headings = [_text(element) for element in document.iter("h1")]
    assert len(headings) == 1, f"a page has one h1, this has {headings}"
    title = _text(next(document.iter("title"))).removeprefix("Error: ")
    assert title.startswith(headings[0]), f"title {title!r} does not begin with the h1 {headings[0]!r}"
    ids = [element.get("id") for element in document.iter() if element.get("id")]
    double = {value for value in ids if ids.count(value) > 1}
    assert not double, f"ids used twice: {double}"
    _check_labels(document)
    for form in document.iter("form"):
        if (form.get("method") or "get").lower() == "post":
            names = [field.get("name") for field in form.iter("input")]
            assert "csrf_token" in names, f"form to {form.get('action')} has no CSRF token"
    for element in document.iter():
        if not isinstance(element.tag, str):
            continue
        assert element.tag != "style", "a style element"
        assert element.tag != "script" or (element.get("src") and not _text(element)), "an inline script"
        for name in element.attrib:
            assert not name.startswith("on"), f"inline handler {name} on {element.tag}"
            assert name != "style", f"inline style on {element.tag}"
        if element.tag == "img":
            assert "alt" in element.attrib, "an image without alt"
    return document


def _check_labels(document: Element) -> None:
    targets = {label.get("for") for label in document.iter("label")}
    inside = {id(field) for label in document.iter("label") for tag in LABELLED for field in label.iter(tag)}
    for tag in LABELLED:
        for field in document.iter(tag):
            if field.get("type") in UNLABELLED_TYPES:
                continue
            named = field.get("aria-label") or field.get("aria-labelledby")
            assert field.get("id") in targets or id(field) in inside or named, (
                f"no label for {tag} {field.get('name')}"
            )


class Visitor:
    """A browser without JavaScript: keeps cookies, checks pages, posts forms with the token it was given."""

    def __init__(self, app: Flask, *, address: str = "127.0.0.1", checks: bool = True) -> None:
        self._client = Client(app)
        self._forms_cookie: str = app.config["SESSION_COOKIE_NAME"]
        self._checks = checks
        self._options: dict[str, Any] = {
            "base_url": "http://localhost",
            "environ_base": {"REMOTE_ADDR": address},
        }
        self._token: str | None = None

    def sign_in_as(self, community: Community, actor: Actor) -> Visitor:
        """Carry a living session of that person."""
        token, _ = community.session(actor)
        self._client.set_cookie(COOKIE, token, domain="localhost")
        return self

    def form_key(self) -> tuple[str, str]:
        """What makes this visitor's forms their own: the token, and the cookie that it belongs to."""
        if self._token is None:
            self.get("/profile" if self._signed_in() else "/sign-in", check=False)
        kept = self._client.get_cookie(self._forms_cookie, domain="localhost")
        assert self._token is not None, "a page without a form"
        assert kept is not None, "a form without a cookie"
        return self._token, kept.value

    def carry_form_key(self, key: tuple[str, str]) -> Visitor:
        """Send forms with what another browser of the same person was given."""
        self._token, cookie = key
        self._client.set_cookie(self._forms_cookie, cookie, domain="localhost")
        return self

    def get(self, path: str, *, status: int = 200, check: bool = True) -> TestResponse:
        """Fetch a path and expect this status; HTML is checked."""
        response = self._client.get(path, **self._options)
        assert response.status_code == status, f"GET {path}: {response.status}\n{response.text[:600]}"
        self._look(response, check)
        return response

    def fetch(self, path: str, *, check: bool = True) -> TestResponse:
        """Fetch a path whatever its status; HTML is checked. Close what is not a page."""
        response = self._client.get(path, **self._options)
        self._look(response, check)
        return response

    def post(
        self,
        path: str,
        *,
        status: int = 303,
        check: bool = True,
        headers: dict[str, str] | None = None,
        **fields: Any,
    ) -> TestResponse:
        """Send a form with the CSRF token of this visitor; redirects are not followed."""
        if self._token is None:
            self.form_key()
        fields.setdefault("csrf_token", self._token)
        response = self._client.post(path, data=fields, headers=headers, **self._options)
        assert response.status_code == status, f"POST {path}: {response.status}\n{response.text[:2000]}"
        self._look(response, check)
        if path.startswith("/sign-"):
            self._token = None if response.status_code == 303 else self._token
        return response

    def follow(self, response: TestResponse, *, status: int = 200) -> TestResponse:
        """Go where a redirect points."""
        return self.get(response.headers["Location"], status=status)

    def _signed_in(self) -> bool:
        return self._client.get_cookie(COOKIE, domain="localhost") is not None

    def _look(self, response: TestResponse, check: bool) -> None:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
        if response.mimetype != "text/html":
            return
        if (
            check
            and self._checks
            and response.status_code not in (301, 302, 303)
            and "<html" in response.text[:600]
        ):
            check_page(response.text)
        found = re.search(r'name="csrf_token" value="([^"]+)"', response.text)
        if found:
            self._token = found[1]

"""Requests nobody's browser makes on its own: staged from another site or with broken text."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.build.community import PASSWORD, Community
from tests.build.pages import Visitor

Visitors = Callable[..., Visitor]

HOME = "http://localhost"


def carried(page: str) -> str:
    """What a signed-out 404 carries along for after signing in."""
    found = re.search(r'name="carried" value="([^"]*)"', page)
    assert found is not None
    return html.unescape(found[1])


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://evil.localhost", "Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_cannot_have_fields_sent_after_signing_in(app: Flask, headers: dict[str, str]) -> None:
    # Browsers leave our cookie out of a POST from elsewhere, so everybody is signed out in it.
    page = app.test_client().post(
        "/teams/1/steps/finish", data={"sent": "by-them"}, base_url=HOME, headers=headers
    )
    assert page.status_code == 404
    assert carried(page.text) == ""
    assert "by-them" not in page.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": HOME},
        {"Origin": HOME, "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://localhost:8001", "Host": "localhost:8001"},
    ],
)
def test_our_own_pages_have_fields_sent_after_signing_in(app: Flask, headers: dict[str, str]) -> None:
    page = app.test_client().post("/threads/1", data={"body": "by-me"}, base_url=HOME, headers=headers)
    assert json.loads(carried(page.text)) == [["body", "by-me"]]


@pytest.mark.parametrize("text", ["\ud800", "half \udfff a pair"])
def test_carried_text_that_cannot_be_sent_does_not_stop_signing_in(
    visitor: Visitors, community: Community, text: str
) -> None:
    community.person("Ann Other", email="ann@testshire.example")
    fields = {"email": "ann@testshire.example", "password": PASSWORD, "next": "/threads/1"}
    page = visitor().post("/sign-in", status=200, carried=json.dumps([["body", text], [text, "x"]]), **fields)
    assert "Send it now" in page.text


def test_a_missing_static_file_is_kept_by_no_cache(visitor: Visitors, community: Community) -> None:
    browser = visitor().sign_in_as(community, community.person("Ann Other"))
    page = browser.get("/static/profile.css", status=404)
    assert "Ann Other" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    found = browser.get("/static/js/boot.js")
    assert "no-store" not in found.headers["Cache-Control"]
    found.close()


@pytest.mark.parametrize(
    ("path", "status"), [("/library?kind=%00", 400), ("/search?q=a%00b", 400), ("/a%00b", 404)]
)
def test_an_address_with_a_nul_in_it_is_answered_without_asking_the_database(
    visitor: Visitors, path: str, status: int
) -> None:
    visitor().get(path, status=status)


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "//[x]", "", "a b"])
@pytest.mark.parametrize("path", ["/nowhere", "/sign-in", "/threads/1"])
def test_an_origin_that_is_no_address_is_another_site(app: Flask, path: str, origin: str) -> None:
    page = app.test_client().post(path, data={"body": "x"}, base_url=HOME, headers={"Origin": origin})
    assert page.status_code in (404, 422)


def test_a_form_from_another_site_is_refused_even_with_a_token_of_ours(
    visitor: Visitors, community: Community
) -> None:
    ann = community.person("Ann Other")
    browser = visitor().sign_in_as(community, ann)
    browser.get("/profile")
    refused = browser.post(
        "/profile/interests/none", status=422, headers={"Origin": "https://evil.example"}, check=False
    )
    assert "sent by another site" in refused.text
    browser.post("/profile/interests/none", headers={"Sec-Fetch-Site": "same-origin"})


@pytest.mark.parametrize("field", ["email", "password", "next", "carried"])
def test_a_file_sent_as_a_text_is_no_text(visitor: Visitors, field: str) -> None:
    browser = visitor()
    browser.get("/sign-in")
    sent: dict[str, object] = {"email": "a@b.example", "password": "x", "next": "/", "carried": ""}
    sent[field] = (io.BytesIO(b"hello"), "a.txt")
    browser.post("/sign-in", status=422, **sent)


@pytest.mark.parametrize("host", ["localhost:99999", "evil.example", "a b", ""])
@pytest.mark.parametrize("origin", ["null", "http://localhost:99999", "http://["])
def test_a_host_that_is_none_of_ours_is_refused_and_no_fault(app: Flask, host: str, origin: str) -> None:
    headers = {"Host": host, "Origin": origin}
    page = app.test_client().post("/threads/1", data={"body": "by-them"}, base_url=HOME, headers=headers)
    assert page.status_code in (400, 404)
    assert "by-them" not in page.text

"""What goes over the wire: static files once a year, pages compressed, and no secret told by a length."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from cop.kernel.db import Database
from cop.paths import STATIC
from cop.web.actor import COOKIE
from cop.web.assets import A_YEAR, asset, static_url
from tests.build.community import Community
from tests.build.library import Library
from tests.build.pages import Visitor

PROFILE = {"name": "Ann Other", "function": "procurement"}
HOME = "http://localhost"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def ask(client: Client, path: str, **headers: str) -> TestResponse:
    """Fetch a path as a browser that takes compressed answers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, base_url=HOME, headers={"Accept-Encoding": "gzip, br", **named})


def test_a_static_file_is_sent_once_a_year_and_compressed(app: Flask) -> None:
    answer = ask(Client(app), static_url("css/site.css"))
    assert answer.headers["Cache-Control"] == A_YEAR
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert "Set-Cookie" not in answer.headers
    assert len(answer.data) < (STATIC / "css/site.css").stat().st_size / 2
    assert gzip.decompress(answer.data).startswith(b"/* Tokens")
    plain = Client(app).get(static_url("css/site.css"), base_url=HOME)
    assert "Content-Encoding" not in plain.headers
    assert plain.data == gzip.decompress(answer.data)
    assert plain.headers["ETag"] != answer.headers["ETag"]


def test_an_address_without_the_hash_is_asked_after_and_not_sent_again(app: Flask) -> None:
    for path in ("/static/css/site.css", "/static/css/site.css?v=of-last-year"):
        answer = ask(Client(app), path)
        assert answer.headers["Cache-Control"] == "no-cache"
        again = ask(Client(app), path, If_None_Match=answer.headers["ETag"])
        assert again.status_code == 304
        assert again.data == b""


def test_what_a_file_names_carries_its_hash_too() -> None:
    fonts = re.findall(rb"url\(\.\./vendor/[^)?]+woff2\?v=([0-9a-f]{12})\)", asset("css/site.css").plain)
    folder = "vendor/atkinson-hyperlegible-next/atkinson-hyperlegible-next-latin"
    assert fonts == [asset(f"{folder}{part}-wght-normal.woff2").version.encode() for part in ("", "-ext")]
    for module in ("main", "live", "thread", "editor"):
        code = re.sub(rb"^//.*$", b"", asset(f"js/{module}.js").plain, flags=re.MULTILINE)
        for address in re.findall(rb'(?:from|import\() ?"([^"]+)"', code):
            assert re.fullmatch(rb"[\w./-]+\?v=[0-9a-f]{12}", address), (module, address)


@pytest.mark.parametrize(
    "path", ["../setup.cfg", "%2e%2e/setup.cfg", "css", "css/", "//etc/passwd", "css/no.css"]
)
def test_nothing_else_is_served_as_a_static_file(app: Flask, path: str) -> None:
    assert ask(Client(app), f"/static/{path}").status_code in (308, 404)


def test_a_page_is_compressed_for_who_takes_it_so(app: Flask) -> None:
    answer = ask(Client(app), "/")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    assert {"Cookie", "Accept-Encoding"} <= set(answer.vary)
    plain = Client(app).get("/", base_url=HOME)
    assert "Content-Encoding" not in plain.headers
    assert "Content-Encoding" not in ask(Client(app), "/", Accept_Encoding="gzip;q=0, br").headers


def test_errors_are_compressed_and_small_answers_are_not(app: Flask) -> None:
    assert ask(Client(app), "/nowhere").headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in ask(Client(app), "/favicon.ico").headers


def test_a_page_that_another_site_opened_for_a_signed_in_person_goes_out_plain(
    app: Flask, community: Community
) -> None:
    client = Client(app)
    client.set_cookie(COOKIE, community.session(community.person("Ann Other"))[0], domain="localhost")
    for site, compressed in (
        ("cross-site", False),
        ("same-site", False),
        ("same-origin", True),
        ("none", True),
    ):
        answer = ask(client, "/search?q=secret", Sec_Fetch_Site=site)
        assert ("Content-Encoding" in answer.headers) is compressed, site
    assert "Content-Encoding" in ask(Client(app), "/", Sec_Fetch_Site="cross-site").headers


def test_the_csrf_token_looks_different_in_each_answer_and_each_is_believed(
    app: Flask, community: Community, visitor: Callable[..., Visitor]
) -> None:
    browser = visitor().sign_in_as(community, community.person("Ann Other"))
    tokens = [TOKEN.findall(browser.get("/profile").text) for _ in range(3)]
    assert all(len(set(of_one_page)) == 1 for of_one_page in tokens)
    different = {of_one_page[0] for of_one_page in tokens}
    assert len(different) == 3
    longest_shared = max(
        size
        for one in different
        for other in different - {one}
        for size in range(len(one))
        if any(one[at : at + size] in other for at in range(len(one) - size))
    )
    assert longest_shared < 8
    for token in different:
        for wrong in (token[:-4], token[4:], token.swapcase(), "é", ""):
            browser.post("/profile/edit", status=422, csrf_token=wrong, **PROFILE)
        browser.post("/profile/edit", csrf_token=token, **PROFILE)


def test_a_download_is_sent_as_it_is(app: Flask, db: Database, community: Community) -> None:
    words = b"The same words again. " * 500
    asset_id = Library(app, db).published(community.person(), content=words, filename="words.txt")
    answer = ask(Client(app), f"/library/{asset_id}/download/1")
    assert answer.data == words
    assert "Content-Encoding" not in answer.headers
    answer.close()

"""Downloads: the identical bytes, the right name and type, parts of it, and nothing written by a GET."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy import select

from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database
from cop.kernel.usage import usage
from cop.library import queries
from cop.library.models import AssetDownloadRow
from tests.build.community import Community
from tests.build.library import Library
from tests.build.pages import Visitor
from tests.data import sample_files

Visitors = Callable[..., Visitor]

OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS = [
    ("a.docx", sample_files.docx(sample_files.paragraph("Words")), f"{OFFICE}wordprocessingml.document"),
    ("a.xlsx", sample_files.xlsx(), f"{OFFICE}spreadsheetml.sheet"),
    ("a.odt", sample_files.odt(), "application/vnd.oasis.opendocument.text"),
    ("a.ods", sample_files.ods(), "application/vnd.oasis.opendocument.spreadsheet"),
    ("a.pdf", sample_files.pdf("Words"), "application/pdf"),
    ("a.csv", b"name,price\r\nBolton,12\r\n", "text/csv; charset=utf-8"),
    ("a.md", b"# Title\n\nWords\n", "text/markdown; charset=utf-8"),
    ("a.txt", b"\xef\xbb\xbfWords\r\n\r\n", "text/plain; charset=utf-8"),
    ("page.txt", b"<html><script>alert(1)</script>", "text/plain; charset=utf-8"),
]


@pytest.fixture
def library(app: Flask, db: Database) -> Library:
    return Library(app, db)


@pytest.fixture
def officer(community: Community) -> Actor:
    return community.person()


def _get(browser: Visitor, asset_id: int, **headers: str) -> Any:
    path = f"/library/{asset_id}/download/1"
    return browser._client.get(path, headers=headers, base_url="http://localhost", buffered=True)


@pytest.mark.parametrize(("name", "content", "media_type"), KINDS, ids=[kind[0] for kind in KINDS])
def test_every_kind_comes_back_byte_for_byte_and_inert(
    name: str, content: bytes, media_type: str, library: Library, officer: Actor, visitor: Visitors
) -> None:
    asset_id = library.published(officer, content=content, filename=name)
    answer = _get(visitor(), asset_id)
    assert answer.data == content
    headers = answer.headers
    assert headers["Content-Type"] in (media_type, media_type.removesuffix("; charset=utf-8"))
    assert headers["Content-Disposition"].startswith(f'attachment; filename="{name}"')
    assert headers["Content-Length"] == str(len(content))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize(
    "name", ["Grüße aus Köln.txt", "价格.txt", 'a"b;c=d.txt', "l'été 50%.txt", "x" * 140 + ".txt"]
)
def test_names_of_any_script_survive(
    name: str, library: Library, officer: Actor, visitor: Visitors, db: Database
) -> None:
    asset_id = library.published(officer, filename=name)
    disposition = _get(visitor(), asset_id).headers["Content-Disposition"]
    with db.transaction(write=False) as tx:
        stored = queries.asset(SYSTEM, tx=tx, asset_id=asset_id).file.filename
    assert unquote(disposition.split("filename*=UTF-8''")[1]) == stored
    assert disposition.isascii()
    assert disposition.count('"') == 2


def test_parts_and_unchanged_copies(library: Library, officer: Actor, visitor: Visitors) -> None:
    content = "".join(f"line {number}\r\n" for number in range(8000)).encode()
    asset_id = library.published(officer, content=content, filename="numbers.txt")
    browser = visitor()
    whole = _get(browser, asset_id)
    etag = whole.headers["ETag"]
    part = _get(browser, asset_id, Range="bytes=1000-1999")
    assert (part.status_code, part.data) == (206, content[1000:2000])
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(content)}"
    resumed = _get(browser, asset_id, Range="bytes=70000-", **{"If-Range": etag})
    assert (resumed.status_code, resumed.data) == (206, content[70000:])
    assert _get(browser, asset_id, Range="bytes=999999999-").status_code == 416
    unchanged = _get(browser, asset_id, **{"If-None-Match": etag})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    head = browser._client.head(f"/library/{asset_id}/download/1", base_url="http://localhost")
    assert head.headers["Content-Length"] == str(len(content))
    gc.collect()  # An open file that nobody closed would be a warning here, and warnings are errors.


def test_a_download_holds_no_connection_while_it_is_sent(
    library: Library, officer: Actor, visitor: Visitors, db: Database
) -> None:
    asset_id = library.published(officer, content=b"x" * 2_000_000, filename="long.txt")
    before = db.reads.pool.checkedout()  # type: ignore[attr-defined]
    browser = visitor()
    answer = browser._client.get(f"/library/{asset_id}/download/1", base_url="http://localhost")
    body = iter(answer.response)
    next(body)
    assert db.reads.pool.checkedout() == before  # type: ignore[attr-defined]
    answer.close()


def test_downloads_are_counted_later_and_only_whole_ones(
    library: Library, officer: Actor, visitor: Visitors, db: Database, community: Community
) -> None:
    asset_id = library.published(officer)
    usage._waiting.clear()  # What other tests noted is about their databases.
    browser = visitor()
    for _ in range(3):
        _get(browser, asset_id)
    _get(browser, asset_id, Range="bytes=1-2")
    _get(browser, asset_id, **{"If-None-Match": _get(browser, asset_id).headers["ETag"]})
    with db.transaction(write=False) as tx:
        assert tx.session.scalars(select(AssetDownloadRow)).all() == []
    usage.flush(db)
    _get(browser, asset_id)
    usage.flush(db)
    with db.transaction(write=False) as tx:
        assert queries.downloads(SYSTEM, tx=tx, asset_id=asset_id) == 5
        assert len(tx.session.scalars(select(AssetDownloadRow)).all()) == 1
    assert "Downloads" in visitor().sign_in_as(community, officer).get(f"/library/{asset_id}").text
    assert "Downloads" not in visitor().get(f"/library/{asset_id}").text


def test_a_version_that_does_not_exist_is_not_found(
    library: Library, officer: Actor, visitor: Visitors
) -> None:
    asset_id = library.published(officer)
    for number in ("0", "2", "2147483647", "2147483648", "99999999999999999999999"):
        visitor().get(f"/library/{asset_id}/download/{number}", status=404)
    for number in ("0", "2147483648", "99999999999999999999999", "x"):
        visitor().get(f"/library/{number}", status=404)

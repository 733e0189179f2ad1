"""What is taken in: nothing from people who may not add it, and a file whatever the writing its name came in."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from cop.kernel.db import Database
from tests.build.community import Community
from tests.build.library import Library, fields_of
from tests.build.pages import Visitor

Visitors = Callable[..., Visitor]


@pytest.mark.parametrize(
    ("mode", "address", "status"),
    [
        ("open", "/teams/{team}/library/new", 403),
        ("private", "/teams/{team}/library/new", 404),
        ("open", "/library/{asset}/file", 403),
        ("private", "/library/{draft}/file", 404),
    ],
)
def test_an_upload_that_is_refused_leaves_no_file(
    app: Flask, db: Database, visitor: Visitors, community: Community, mode: str, address: str, status: int
) -> None:
    library = Library(app, db)
    lead, guest = community.person(), community.person(kind="supplier")
    team = library.team(lead, access_mode=mode)
    asset = library.published(lead, team_id=team)
    draft = library.draft(lead, team_id=team)
    before = set(library.store.kept(-60))
    browser = visitor().sign_in_as(community, guest)
    upload = (io.BytesIO(b"What nobody asked for."), "words.txt")
    browser.post(address.format(team=team, asset=asset, draft=draft), status=status, file=upload)
    assert set(library.store.kept(-60)) == before


MARK = "a-mark-between-parts"


def as_sent(fields: dict[str, str], filename: bytes) -> bytes:
    """A form with a text file whose name has these very bytes, as a program sends it that knows no UTF-8."""
    parts = [
        f'--{MARK}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in fields.items()
    ]
    head = (
        b'Content-Disposition: form-data; name="file"; filename="'
        + filename
        + b'"\r\nContent-Type: text/plain'
    )
    file = f"--{MARK}\r\n".encode() + head + b"\r\n\r\nRates for 2026.\r\n"
    return b"".join([file, *parts, f"--{MARK}--\r\n".encode()])


@pytest.mark.parametrize(
    ("filename", "shown"),
    [
        (b"caf\xe9 \x96 r\xe9sum\xe9.txt", "café – résumé.txt"),
        # Nothing in Windows' own writing: what is left of it is a control character.
        (b"rates\x81\x07 \xe9.txt", "rates é.txt"),
        ("café – résumé.txt".encode(), "café – résumé.txt"),
        (b"\x80\x81.txt", "€.txt"),
    ],
)
def test_a_file_is_taken_in_whatever_the_writing_its_name_came_in(
    visitor: Visitors, community: Community, filename: bytes, shown: str
) -> None:
    officer = community.person()
    browser = visitor().sign_in_as(community, officer)
    page = browser.get("/library/new")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert token is not None
    fields = {name: str(value) for name, value in fields_of(officer).items() if name != "file"}
    fields = {**fields, "csrf_token": token[1]}

    def send(fields: dict[str, str]) -> TestResponse:
        kind = f"multipart/form-data; boundary={MARK}"
        return browser._client.post(
            "/library/new", data=as_sent(fields, filename), content_type=kind, **browser._options
        )

    refused = send({**fields, "kind": ""})
    assert refused.status_code == 422
    assert "open for too long" not in refused.text
    assert fields["title"] in refused.text
    assert shown in refused.text
    added = send(fields)
    assert added.status_code == 303, added.text[:2000]
    assert shown in browser.follow(added).text


def test_the_form_of_somebody_signed_out_is_carried_whatever_the_writing_of_a_name(app: Flask) -> None:
    kind = f"multipart/form-data; boundary={MARK}"
    body = as_sent({"title": "Emergency placements"}, b"r\xe9sum\xe9.txt")
    page = app.test_client().post("/library/new", data=body, content_type=kind)
    assert page.status_code == 404
    assert "Emergency placements" in page.text
    assert "The file could not be kept, so you choose it again." in page.text

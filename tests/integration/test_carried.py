"""A form with an upload whose session has ended: what was typed is carried through signing in, no file is taken in."""

from __future__ import annotations

import html
import io
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response
from werkzeug.wrappers import request as wrappers

from cop.accounts import sessions
from cop.kernel.errors import RateLimited
from cop.library.forms import AddForm
from cop.web import carried as carrying
from cop.web import limits
from tests.build.community import PASSWORD, Community
from tests.build.pages import Visitor

Visitors = Callable[..., Visitor]

MEGABYTE = 1024 * 1024
BOUNDARY = "a-boundary-of-the-tests"
MULTIPART = "multipart/form-data; boundary={}"
TYPED = {"title": "Emergency placements", "summary": "Tested with\r\nthree <b>counties</b>."}


def carried(page: Response) -> Any:
    """What a signed-out 404 carries along for after signing in; None for nothing."""
    found = re.search(r'name="carried" value="([^"]*)"', page.get_data(as_text=True))
    assert found is not None
    return json.loads(html.unescape(found[1])) if found[1] else None


@pytest.fixture(autouse=True)
def nothing_is_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """No body is ever handed to the parser that keeps files."""

    def keep(*args: object, **kwargs: object) -> None:
        raise AssertionError("a file of a stranger is kept")

    monkeypatch.setattr(wrappers, "default_stream_factory", keep)


class Body(io.RawIOBase):
    """A request's body that is made as it is read, and counts how much of it was."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        self.rest = b""
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self.rest:
            self.rest = next(self.pieces, b"")
        piece, self.rest = self.rest[: len(buffer)], self.rest[len(buffer) :]
        buffer[: len(piece)] = piece
        self.count += len(piece)
        return len(piece)


def field(name: str, text: bytes = b"") -> bytes:
    """A typed field."""
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + text + b"\r\n"


def file(size: int, filename: str = "large.pdf") -> Iterator[bytes]:
    """A file, in pieces that a boundary's beginning runs through."""
    yield f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'.encode()
    piece = (b"%PDF\r\n--a-boundary-of-the\r\n\n\r" * 4096)[: carrying.PIECE]
    for _ in range(size // len(piece)):
        yield piece
    yield b"\r\n"


def form(size: int = 3 * MEGABYTE) -> Iterator[bytes]:
    """A form as a browser sends it: the token, the file, then what was typed."""
    yield field("csrf_token", b"an old one")
    yield from file(size)
    for name, text in TYPED.items():
        yield field(name, text.encode())
    yield f"--{BOUNDARY}--\r\n".encode()


class Strangers:
    """Send bodies to an address that wants a session."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def send(
        self,
        pieces: Iterator[bytes],
        *,
        length: int | None = None,
        path: str = "/library/new",
        headers: dict[str, str] | None = None,
        environ: dict[str, Any] | None = None,
    ) -> tuple[Response, Body]:
        """Post it, of a declared length or in chunks; returns the page and the body as far as it was read."""
        body = Body(pieces)
        builder = EnvironBuilder(path, "http://localhost", method="POST", headers=headers)
        request = {**builder.get_environ(), "wsgi.input": body, "wsgi.input_terminated": True}
        request["CONTENT_TYPE"] = MULTIPART.format(BOUNDARY)
        request["CONTENT_LENGTH"] = str(length)
        if length is None:
            del request["CONTENT_LENGTH"]
        page = Response(*run_wsgi_app(self.app, {**request, **(environ or {})}, buffered=True))
        assert page.status_code == 404
        return page, body


@pytest.fixture
def strangers(app: Flask) -> Strangers:
    return Strangers(app)


KEPT = [["title", TYPED["title"]], ["summary", TYPED["summary"]], ["file"]]


@pytest.mark.parametrize("size", [10_000, 3 * MEGABYTE, 40 * MEGABYTE])
@pytest.mark.parametrize("declared", [True, False])
def test_what_was_typed_beside_a_file_of_any_size_is_carried(
    strangers: Strangers, size: int, declared: bool
) -> None:
    length = sum(len(piece) for piece in form(size))
    page, body = strangers.send(form(size), length=length if declared else None)
    assert carried(page) == KEPT
    assert body.count == length, "a browser that is cut off shows no page of ours"
    assert "The file could not be kept, so you choose it again." in page.get_data(as_text=True)


def test_a_file_that_nobody_chose_is_not_asked_for(strangers: Strangers) -> None:
    pieces = [field("title", b"A title"), *file(0, ""), f"--{BOUNDARY}--\r\n".encode()]
    page, _ = strangers.send(iter(pieces))
    assert carried(page) == [["title", "A title"]]
    assert "What you typed is kept." in page.get_data(as_text=True)
    assert "The file could not be kept" not in page.get_data(as_text=True)


def test_a_page_that_carries_nothing_promises_nothing(visitor: Visitors) -> None:
    assert "What you typed" not in visitor().get("/nowhere", status=404).text


def test_existing_or_not_an_address_says_the_same(strangers: Strangers) -> None:
    pages = [strangers.send(form(), path=f"/library/{number}/file")[0] for number in (1, 999)]
    texts = [
        re.sub(r"nonce[=-]\S+|csrf_token\S* value=\S+|/999/|/1/", "", page.get_data(as_text=True))
        for page in pages
    ]
    assert texts[0] == texts[1]


def test_a_failed_sign_in_and_the_next_keep_it_and_the_file_is_asked_for_beside_it(
    strangers: Strangers, visitor: Visitors, community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = community.person(email="ann@testshire.example")
    kept = json.dumps(carried(strangers.send(form())[0]))
    monkeypatch.undo()
    browser = visitor()
    signing_in = {"email": "ann@testshire.example", "next": "/library/new", "carried": kept}
    page = browser.post("/sign-in", status=422, password="not this one", **signing_in)
    assert "The file could not be kept" in page.text
    page = browser.post("/sign-in", status=200, password=PASSWORD, **signing_in)
    assert "The file you had chosen could not be kept." in page.text
    assert "Continue" in page.text
    assert 'name="file"' not in page.text
    fields = dict(re.findall(r'type="hidden" name="(title|summary)" value="([^"]*)"', page.text))
    typed = {name: html.unescape(text) for name, text in fields.items()}
    page = browser.sign_in_as(community, person).post("/library/new", status=422, **typed)
    assert "Choose a" in page.text
    assert TYPED["title"] in page.text
    assert "three &lt;b&gt;counties&lt;/b&gt;" in page.text


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_of_another_sites_form_not_a_byte_is_read(strangers: Strangers, headers: dict[str, str]) -> None:
    page, body = strangers.send(form(), headers=headers)
    assert carried(page) is None
    assert body.count == 0


def test_more_than_an_upload_may_have_is_not_read(app: Flask, strangers: Strangers) -> None:
    most = app.extensions["cop"].settings.max_upload_body
    page, body = strangers.send(form(), length=most + 1)
    assert carried(page) is None
    assert body.count == 0


def test_chunks_without_end_are_read_up_to_the_limit(
    app: Flask, strangers: Strangers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(app.extensions["cop"].settings), "max_upload_body", 2 * MEGABYTE)
    page, body = strangers.send(file(10**12))
    assert carried(page) is None
    assert body.count <= 2 * MEGABYTE


def endless(start: bytes, piece: bytes) -> Iterator[bytes]:
    yield start
    while True:
        yield piece


START = f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=".encode()
HOSTILE: dict[str, Callable[[], Iterator[bytes]]] = {
    "a huge text field": lambda: endless(START + b'"body"\r\n\r\n', b"w" * carrying.PIECE),
    "thousands of parts": lambda: endless(b"", field("body", b"w") * 500),
    "thousands of files": lambda: endless(b"", b"".join(file(0)) * 500),
    "parts without a name": lambda: endless(
        b"", f"--{BOUNDARY}\r\nContent-Disposition: form-data\r\n\r\nx\r\n".encode() * 500
    ),
    "a header without end": lambda: endless(START, b"n" * carrying.PIECE),
    "headers without end": lambda: endless(START + b'"a"\r\n', b"X-More: 1\r\n" * 5000),
    "no part at all": lambda: endless(b"", b"\r\n--nothing" * 5000),
    "no disposition": lambda: endless(f"--{BOUNDARY}\r\nX: 1\r\n\r\n".encode(), b"x" * carrying.PIECE),
    "boundaries that end nothing": lambda: endless(b"".join(file(0)), f"\r\n--{BOUNDARY}x".encode() * 2500),
    "boundaries across pieces": lambda: endless(
        b"", b"w" * 40 + f"\r\n--{BOUNDARY}x".encode() + b"w" * (carrying.PIECE - 40 - len(BOUNDARY) - 5)
    ),
    "an end and then more": lambda: endless(f"--{BOUNDARY}--\r\n".encode(), b"x" * carrying.PIECE),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_no_form_of_ours_sends_is_read_no_further_than_it_takes_to_see_that(
    strangers: Strangers, kind: str
) -> None:
    page, body = strangers.send(HOSTILE[kind]())
    assert carried(page) is None
    assert body.count <= max(4 * carrying.TEXT, (carrying.FIELDS + 2) * carrying.PIECE) + 4 * carrying.PIECE


TRUNCATED = b"".join(form(MEGABYTE))
BROKEN = {
    "cut off in the file": (TRUNCATED[: MEGABYTE // 2], BOUNDARY),
    "cut off in a field": (TRUNCATED[:-30], BOUNDARY),
    "no boundary": (TRUNCATED, ""),
    "a boundary of other letters": (TRUNCATED, "grüße"),
    "a header that is no text": (f"--{BOUNDARY}\r\n\xff\xfe: 1\r\n\r\n".encode("latin-1"), BOUNDARY),
    "a password": (field("password", b"x") + f"--{BOUNDARY}--".encode(), BOUNDARY),
    "too many characters": (
        field("body", b"w" * (carrying.TEXT + 1)) + f"--{BOUNDARY}--".encode(),
        BOUNDARY,
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_broken_is_not_carried_in_part(app: Flask, kind: str) -> None:
    body, boundary = BROKEN[kind]
    page = app.test_client().post(
        "/library/new",
        base_url="http://localhost",
        data=body,
        content_type=MULTIPART.format(boundary),
    )
    assert page.status_code == 404
    assert carried(page) is None


def test_large_bodies_have_a_few_places_and_small_ones_need_none(strangers: Strangers) -> None:
    large, small = 3 * MEGABYTE, 10_000
    for _ in range(carrying.AT_ONCE):
        assert carrying._places.acquire(blocking=False)
    try:
        page, body = strangers.send(form(large))
        assert carried(page) is None
        assert body.count == 0
        page, _ = strangers.send(form(small), length=sum(len(piece) for piece in form(small)))
        assert carried(page) == KEPT
    finally:
        for _ in range(carrying.AT_ONCE):
            carrying._places.release()
    for _ in range(carrying.AT_ONCE + 1):
        assert carried(strangers.send(HOSTILE["a huge text field"]())[0]) is None
    assert carried(strangers.send(form(large))[0]) == KEPT, "every place was given back"


def test_a_large_body_counts_like_a_change(strangers: Strangers, monkeypatch: pytest.MonkeyPatch) -> None:
    def spent(actor: object) -> None:
        raise RateLimited("You have done a lot.", 60)

    monkeypatch.setattr(limits, "spend", spent)
    page, body = strangers.send(form())
    assert carried(page) is None
    assert body.count == 0


def test_a_client_that_is_slow_on_purpose_is_no_longer_listened_to(
    strangers: Strangers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "SECONDS", 0.3)
    ours, theirs = socket.socketpair()
    stop = threading.Event()

    def dribble() -> None:
        theirs.sendall(START + b'"title"\r\n\r\n')
        while not stop.wait(0.02):
            try:
                theirs.sendall(b"w")
            except OSError:
                return

    def arriving() -> Iterator[bytes]:
        # Like the server's own reading: it waits for a whole piece.
        piece = b""
        while data := ours.recv(carrying.PIECE):
            piece += data
            if len(piece) >= carrying.PIECE:
                yield piece
                piece = b""

    sender = threading.Thread(target=dribble)
    sender.start()
    began = time.monotonic()
    page, _ = strangers.send(arriving(), environ={"gunicorn.socket": ours})
    took = time.monotonic() - began
    stop.set()
    sender.join()
    assert carried(page) is None
    assert 0.3 <= took < 5
    ours.sendall(b"HTTP/1.1 404")
    assert theirs.recv(100) == b"HTTP/1.1 404", "it still hears the answer"
    ours.close()
    theirs.close()


def test_nothing_of_it_lies_in_the_store(strangers: Strangers, tmp_path: Path) -> None:
    strangers.send(form())
    assert not [path for path in (tmp_path / "var").rglob("*") if path.is_file() and "files" in path.parts]


def test_a_session_that_ends_while_the_form_is_checked_loses_nothing(
    app: Flask,
    visitor: Visitors,
    community: Community,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The body was read by then, for somebody who was signed in; it cannot be read again."""
    monkeypatch.undo()
    person = community.person()
    browser = visitor().sign_in_as(community, person)

    real = AddForm.validate

    def sign_out(form: AddForm) -> bool:
        with community.db.transaction(write=True) as tx:
            sessions.revoke(tx, person_id=person.person_id or 0)
        return bool(real(form))

    monkeypatch.setattr(AddForm, "validate", sign_out)
    chosen = {"kind": "guide", "category": "Social care", "audience": "public", "key": "a-key"}
    typed = {**TYPED, **chosen, "owner": str(person.person_id)}
    page = browser.post("/library/new", status=404, file=(io.BytesIO(b"Words"), "words.txt"), **typed)
    assert carried(page) == [*([name, text] for name, text in typed.items()), ["file"]]

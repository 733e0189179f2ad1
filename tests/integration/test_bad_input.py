"""Bad input of any kind, at every address that takes a form: never a fault, and what was typed is not lost.

Somebody who may do it sends the right form with one thing wrong at a time. Where the answer is 422, the other fields
hold what was typed and a message stands beside a field; where it is anything else, it is an answer and no fault.
"""

from __future__ import annotations

import io
import re
import secrets
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote_from_bytes

import pytest
from werkzeug.test import TestResponse

from tests.build.stage import Stage
from tests.integration.matrix_table import Row, rows
from tests.integration.test_matrix import WHOLE, things, typed


def _one_for_each_route() -> list[Row]:
    """The first address of each route that somebody may post to; a removed post's, which nobody may, is another's."""
    found: dict[str, Row] = {}
    for row in rows():
        if row.method == "POST" and set(row.expected.values()) & set(">d"):
            found.setdefault(re.sub(r"{\w+}", "{}", row.address), row)
    return list(found.values())


POSTS = _one_for_each_route()


def on_postgresql(params: Mapping[str, Any]) -> bool:
    """Whether a test with these parameters is run there: each sixth address, `make soak` asks for all."""
    row = params.get("row")
    return row is None or WHOLE or POSTS.index(row) % 6 == 0


# Some may do more than the others; those who may do it are asked in this order.
LIKELY = ("lead", "member", "board", "officer", "admin")
LONG = 60_000
BAD: dict[str, list[bytes] | None] = {
    "missing": None,
    "empty": [b""],
    "blank": [b" \t\r\n "],
    "endless": [b"x" * LONG],
    "half a surrogate pair": [b"a\xed\xa0\x80b"],
    "not UTF-8": [b"\xff\xfe\x80"],
    "NUL": [b"a\x00b"],
    "control characters": [bytes([97, *range(1, 32), 127, 98])],
    "a number": [b"12345"],
    "a number without end": [b"9" * 400],
    "words": [b"twelve, or so"],
    "several values": [b"first", b"second"],
}
# Never sent back to a page.
SECRET = {"password", "current"}
Fields = list[tuple[str, bytes | tuple[bytes, str]]]


class Controls(HTMLParser):
    """What stands in the controls of a page, by name, and which errors are tied to a control or its group."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, set[str]] = {}
        self.hidden: set[str] = set()
        self.errors: set[str] = set()
        self.described: set[str] = set()
        self.summary = False
        self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the values that a browser would send, and the ids of messages."""
        given = {name: value or "" for name, value in attrs}
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag in ("input", "select", "textarea", "fieldset"):
            self.described.update(given.get("aria-describedby", "").split())
        if "govuk-error-summary" in given.get("class", "").split():
            self.summary = True
        if "govuk-error-message" in given.get("class", "").split():
            self.errors.add(given.get("id", ""))
        if tag == "input" and (kind not in ("radio", "checkbox") or "checked" in given):
            self.values.setdefault(name, set()).add(given.get("value", ""))
            if kind == "hidden":
                self.hidden.add(name)
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self.values.setdefault(self._select, set()).add(given.get("value", ""))
        elif tag == "textarea":
            self._area = name
            self.values.setdefault(name, set())

    def handle_endtag(self, tag: str) -> None:
        """A text field ends."""
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        """What stands in a text field; the parser has put entities right."""
        if self._area:
            self.values[self._area].add(data.strip("\n"))


def right_fields(stage: Stage, row: Row, name: str) -> Fields:
    """The form as it should be."""
    found: Fields = []
    for field, value in typed(stage, row, name).items():
        if isinstance(value, tuple):
            stream, filename = value
            assert isinstance(stream, io.BytesIO)
            found.append((field, (stream.getvalue(), filename)))
        else:
            found.append((field, str(value).encode()))
    return found


def urlencoded(fields: Fields) -> tuple[bytes, str]:
    """Body and content type of a form without files."""
    pairs = [f"{name}={quote_from_bytes(value)}" for name, value in fields if isinstance(value, bytes)]
    return "&".join(pairs).encode(), "application/x-www-form-urlencoded"


def multipart(fields: Fields) -> tuple[bytes, str]:
    """Body and content type of a form with files."""
    mark = f"mark{secrets.token_hex(8)}"
    parts = []
    for name, value in fields:
        head = f'--{mark}\r\nContent-Disposition: form-data; name="{name}"'
        if isinstance(value, tuple):
            value, filename = value
            head += f'; filename="{filename}"\r\nContent-Type: text/plain'
        parts.append(head.encode() + b"\r\n\r\n" + value + b"\r\n")
    return b"".join([*parts, f"--{mark}--\r\n".encode()]), f"multipart/form-data; boundary={mark}"


class Sender:
    """Somebody who may do what this address does, and sends it wrong."""

    def __init__(self, stage: Stage, row: Row) -> None:
        allowed = [name for name in (*LIKELY, *row.expected) if row.expected[name] in ">d"]
        self.stage, self.name = stage, allowed[0]
        self.path = row.address.format(**things(stage, row.mode))
        self.fields = right_fields(stage, row, self.name)
        self._browser = stage.visitor(self.name, fresh=True)
        self._browser.get("/sign-in" if self.name == "anonymous" else "/profile")
        self._token = str(self._browser._token)
        page = self._browser.fetch(self.path)
        self.asked = set(Controls(page.text).values) if page.status_code == 200 else set()
        """Names of what the form has: only those can be kept. None where the form stands on another page."""
        page.close()

    def send(self, body: bytes, content_type: str, **more: Any) -> TestResponse:
        """POST these bytes, with a CSRF token beside them; whatever was done is undone."""
        answer = self._browser._client.post(
            self.path,
            data=body,
            content_type=content_type,
            headers={"X-CSRF-Token": self._token},
            base_url="http://localhost",
            **more,
        )
        if answer.status_code < 400 or self.path.startswith(("/sign-", "/profile/password")):
            self.stage.restore()
        return answer

    def encoded(self, fields: Fields) -> tuple[bytes, str]:
        """As a browser would send it."""
        return (multipart if any(isinstance(value, tuple) for _, value in self.fields) else urlencoded)(
            fields
        )


def kept(page: str, fields: Fields, asked: set[str], wrong: str) -> list[str]:
    """What a page that answers 422 does worse than it should."""
    found = Controls(page)
    complaints = []
    for name, value in fields:
        if name == wrong or name in SECRET or isinstance(value, tuple) or (asked and name not in asked):
            continue
        if value.decode() not in found.values.get(name, {""}):
            complaints.append(f"{name} was {value!r} and is {found.values.get(name)}")
    if not found.summary:
        complaints.append("nothing says what is wrong")
    if wrong in found.values and wrong not in found.hidden and not found.errors & found.described:
        complaints.append("no message stands beside a field")
    return complaints


@pytest.mark.parametrize("row", POSTS, ids=lambda row: row.address)
def test_one_thing_wrong_at_a_time(stage: Stage, row: Row) -> None:
    sender = Sender(stage, row)
    wrong = []
    for name, right in sender.fields:
        for what, values in BAD.items():
            others = [pair for pair in sender.fields if pair[0] != name]
            if isinstance(right, tuple):
                files: Fields = [(name, (value, "words.txt")) for value in values or ()]
                fields = [*others, *files]
            else:
                fields = [*others, *((name, value) for value in values or ())]
            answer = sender.send(*sender.encoded(fields))
            if answer.status_code >= 500:
                wrong.append(f"{name}, {what}: {answer.status}")
            elif answer.status_code == 422:
                wrong += [f"{name}, {what}: {each}" for each in kept(answer.text, others, sender.asked, name)]
            answer.close()
    assert not wrong, "\n".join(wrong[:30])


# Werkzeug lets go of a file whose end never came without closing it.
@pytest.mark.filterwarnings("ignore:Unclosed file <tempfile.SpooledTemporaryFile:ResourceWarning")
@pytest.mark.parametrize("row", POSTS, ids=lambda row: row.address)
def test_what_no_browser_sends(stage: Stage, row: Row) -> None:
    sender = Sender(stage, row)
    more: Fields = [("unknown", b"1"), ("__class__", b"x"), ("", b"nameless"), ("id", b"1"), ("actor", b"0")]
    body, kind = multipart(sender.fields)
    bodies = {
        "unknown fields": sender.encoded([*sender.fields, *more]),
        "JSON": (b'{"title": ["x"]}', "application/json"),
        "JSON that is none": (b"{", "application/json"),
        "plain text": (body, "text/plain"),
        "no type": (body, ""),
        "XML": (b"<?xml version='1.0'?><x/>", "application/xml"),
        "half of a multipart": (body[: len(body) // 2], kind),
        "multipart without its end": (body[:-8], kind),
        "multipart without a boundary": (body, "multipart/form-data"),
        "multipart with another boundary": (body, "multipart/form-data; boundary=other"),
        "multipart of noise": (bytes(range(256)) * 8, kind),
        "a form that claims to be multipart": (urlencoded(sender.fields)[0], kind),
        "a form of signs": (b"&&==%%%zz&=&;%00=%00", "application/x-www-form-urlencoded"),
        "a form in another character set": (
            b"title=\xff",
            "application/x-www-form-urlencoded; charset=utf-16",
        ),
        "nothing": (b"", "application/x-www-form-urlencoded"),
    }
    wrong = []
    for what, (sent, content_type) in bodies.items():
        answer = sender.send(sent, content_type)
        if answer.status_code >= 500:
            wrong.append(f"{what}: {answer.status}")
        answer.close()
    assert not wrong, "\n".join(wrong)

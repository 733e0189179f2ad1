"""Requests that nobody's browser would send, made at random from the rows of the matrix: any route, any actor, with
something wrong in the address, the fields, the body, the headers or the token.

Each is made from a seed and a number alone, so that the one that broke something can be made again.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any
from urllib.parse import quote, urlencode

TEXTS: tuple[str, ...] = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\r\nSet-Cookie: mine=1",
    "a\r\nBcc: everybody@evil.example\r\n\r\n<b>",
    "\ud800",
    "\U0010ffff" * 50,
    "\u202e\u200f\ufeff",
    "é" * 300,
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}{% raw %}",
    "' OR 1=1 --",
    "%s%n%00%0a",
    "../../../../etc/passwd",
    "..\\..\\windows",
    "file:///etc/passwd",
    "http://169.254.169.254/latest",
    "//evil.example",
    "javascript:alert(1)",
    '=HYPERLINK("http://evil.example")',
    "BEGIN:VCALENDAR\r\nEND:VEVENT",
    "x" * 5_000,
    "[" * 4_000,
    "*" * 3_000,
    "> " * 2_000,
    "| a " * 1_500,
    "@" * 1_000 + "[[" * 500,
    "null",
    "true",
    "NaN",
    "-1",
    "1e309",
    "2026-02-30",
    "١٢٣",
)
NUMBERS: tuple[str, ...] = (
    "0",
    "-1",
    "00000000001",
    "2147483647",
    "2147483648",
    "9223372036854775807",
    "9223372036854775808",
    "9" * 30,
    "9" * 4_000,
    "1.5",
    "1e3",
    "١٢",
    "%00",
    "%ff%fe",
    "..%2f..%2fadmin",
    "%2e%2e",
    "1;drop",
    "1%0d%0aX-Mine:%201",
)
NAMES = (
    "q",
    "after",
    "since",
    "kind",
    "page",
    "next",
    "name",
    "audience",
    "team",
    "carried",
    "preview",
    "csrf_token",
)
METHODS = ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "post", "GE T")
HEADERS: tuple[tuple[str, str], ...] = (
    ("Host", "evil.example"),
    ("Host", "localhost:99999"),
    ("Host", ""),
    ("X-Forwarded-Host", "evil.example"),
    ("X-Forwarded-For", "1.2.3.4, " * 200),
    ("X-Forwarded-Proto", "gopher"),
    ("X-Original-URL", "/admin"),
    ("X-HTTP-Method-Override", "DELETE"),
    ("Forwarded", 'for="[::1";host=evil.example'),
    ("Origin", "https://evil.example"),
    ("Origin", "null"),
    ("Origin", "http://["),
    ("Sec-Fetch-Site", "cross-site"),
    ("Referer", "http://evil.example/" + "a" * 3_000),
    ("Accept", "application/json"),
    ("Accept", "*/" * 500),
    ("Accept-Encoding", "gzip;q=nan, *;q=1e99"),
    ("Accept-Language", "x" * 2_000),
    ("Range", "bytes=-99999999999999999999"),
    ("Range", "bytes=0-0," * 300),
    ("Range", "bytes=a-b"),
    ("If-None-Match", '"' * 300),
    ("If-Modified-Since", "Thu, 99 Foo 99999"),
    ("If-Range", "\xff"),
    ("Content-Encoding", "gzip"),
    ("Transfer-Encoding", "chunked"),
    ("Expect", "100-continue"),
    ("Cookie", "cop_session=" + "a" * 5_000),
    ("Cookie", "cop_session=%00; session=.eJ" + "x" * 500),
    ("Cookie", "; ; =;" * 500),
    ("Cookie", "session=eyJjc3JmX3Rva2VuIjoiYSJ9.aaaa.bbbb"),
    ("Authorization", "Basic " + "=" * 200),
    ("X-Big", "b" * 20_000),
    ("Upgrade", "websocket"),
)
TYPES = (
    "application/json",
    "application/xml",
    "text/plain",
    "",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=" + "b" * 500,
    'multipart/form-data; boundary="\x01"',
    "application/x-www-form-urlencoded; charset=utf-16",
    "application/x-www-form-urlencoded; charset=no-such",
    'a/b; c="',
)

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Hostile:
    """One request, ready to be sent by somebody. `path` is sent as it stands."""

    number: int
    actor: str
    method: str
    path: str
    body: bytes = b""
    content_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()

    def words(self) -> str:
        """It in one line, to be found again by its number."""
        shown = [f"{name}: {value[:60]!r}" for name, value in self.headers]
        return (
            f"#{self.number} {self.actor}: {self.method} {self.path[:200]!r} {self.content_type} {shown} "
            f"{self.body[:300]!r} ({len(self.body)} bytes)"
        )


@dataclass(frozen=True, slots=True)
class Target:
    """A route to be asked: its address with names in braces, what these stand for, and right fields for its form."""

    method: str
    address: str
    things: Mapping[str, int | str]
    fields: Callable[[str], Fields]


@dataclass(frozen=True, slots=True)
class Generator:
    """Makes request number n of a seed. `token(actor)` is a CSRF token that is right for that actor."""

    seed: int
    targets: Sequence[Target]
    actors: Sequence[str]
    token: Callable[[str], str]
    stale: Sequence[str] = field(default_factory=tuple)

    def make(self, number: int) -> Hostile:
        """The request with this number, the same each time."""
        rng = random.Random(f"{self.seed}:{number}")
        target, actor = rng.choice(self.targets), rng.choice(self.actors)
        made = Hostile(number, actor, target.method, _path(rng, target, self.stale))
        if target.method == "POST":
            fields = dict(target.fields(actor))
            fields["csrf_token"] = self.token(actor) if rng.random() < 0.8 else rng.choice(TEXTS)
            made = _with_body(rng, made, fields)
        if rng.random() < 0.3:
            made = replace(made, headers=tuple(rng.sample(HEADERS, rng.randrange(1, 4))))
        if rng.random() < 0.06:
            made = replace(made, method=rng.choice(METHODS))
        return made


def _path(rng: random.Random, target: Target, stale: Sequence[str]) -> str:
    """The address, with its names filled in well, badly, or with those of another thing."""
    values: dict[str, str] = {}
    for name, value in target.things.items():
        how = rng.random()
        if how < 0.7:
            values[name] = quote(str(value), safe="")
        elif how < 0.8:
            values[name] = quote(str(rng.choice(list(target.things.values()))), safe="")
        elif how < 0.87 and stale:
            values[name] = rng.choice(stale)
        elif how < 0.94:
            values[name] = rng.choice(NUMBERS)
        else:
            values[name] = _quoted(rng.choice(TEXTS)) or "x"
    path = target.address.format(**values)
    how = rng.random()
    if how < 0.03:
        path += rng.choice(("/", "//", "/.", "/..", "%00", ";a=b", "/%2e%2e/admin", "?", "#"))
    elif how < 0.05:
        path = rng.choice(("/static/", "/static/js/", "/demo/mail/", "//")) + path.lstrip("/")
    if rng.random() < 0.35:
        pairs = [(rng.choice(NAMES), _value(rng)) for _ in range(rng.choice((1, 1, 2, 5, 60)))]
        path += ("&" if "?" in path else "?") + "&".join(f"{name}={_quoted(value)}" for name, value in pairs)
    return path


def _value(rng: random.Random) -> str:
    return rng.choice((*TEXTS, *NUMBERS))


def _quoted(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"), safe="%")


def _with_body(rng: random.Random, made: Hostile, fields: Fields) -> Hostile:
    for _ in range(rng.choice((0, 1, 1, 2, 3))):
        _spoil(rng, fields)
    flat = [(name, each) for name, value in fields.items() for each in _flat(value)]
    if rng.random() < 0.1:
        flat += flat * rng.choice((1, 3, 40))
    if any(isinstance(value, tuple) for _, value in flat) or rng.random() < 0.15:
        return _multipart(rng, made, flat)
    how = rng.random()
    if how < 0.1:
        return replace(made, body=_json(rng, fields), content_type=rng.choice(("application/json", *TYPES)))
    body = urlencode([(_bytes(name), _bytes(value)) for name, value in flat]).encode()
    kind = "application/x-www-form-urlencoded"
    if how < 0.2:
        body = rng.choice((b"\xff\xfe\x00", b"%", b"&=&=&", b"a" * 100_000, b"%ff=%fe&" * 500)) + body
    elif how < 0.25:
        kind = rng.choice(TYPES)
    elif how < 0.28:
        body = b"&".join(b"f%d=1" % number for number in range(3_000))
    return replace(made, body=body, content_type=kind)


def _bytes(value: Any) -> bytes:
    return str(value).encode("utf-8", "surrogatepass")


def _flat(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _spoil(rng: random.Random, fields: Fields) -> None:
    """Make one field wrong: another value, left out, doubled, of another kind, or one that nobody asked for."""
    how, name = rng.random(), rng.choice(list(fields))
    if how < 0.5:
        fields[name] = _value(rng)
    elif how < 0.6:
        del fields[name]
        fields.setdefault("nothing", "")
    elif how < 0.7:
        fields[name] = [fields[name], _value(rng), _value(rng)]
    elif how < 0.8:
        fields[name] = (BytesIO(b"\x89PNG\r\n\x1a\n" + rng.randbytes(50)), _value(rng)[:200] or "a")
    elif how < 0.9:
        # Mass assignment: columns that no form has.
        extra = (
            "id",
            "person_id",
            "role",
            "roles",
            "status",
            "is_system",
            "organisation_id",
            "owner_id",
            "created_by",
        )
        fields[rng.choice(extra)] = rng.choice(("1", "platform_admin", "lead", "published"))
    else:
        fields[f"{name}[{rng.choice(TEXTS)[:50]}][]"] = "1"


def _json(rng: random.Random, fields: Fields) -> bytes:
    how = rng.random()
    if how < 0.3:
        return b"[" * 20_000
    if how < 0.5:
        return b'{"a":' * 5_000 + b"1" + b"}" * 5_000
    return json.dumps({name: str(value)[:500] for name, value in fields.items()}).encode()


def _multipart(rng: random.Random, made: Hostile, flat: Sequence[tuple[str, Any]]) -> Hostile:
    """A multipart body, most often with something broken."""
    edge = b"edge"
    parts = []
    for name, value in flat:
        shown = name.encode("utf-8", "surrogatepass").replace(b'"', b"%22").replace(b"\r\n", b" ")
        head = b'Content-Disposition: form-data; name="' + shown + b'"'
        if isinstance(value, tuple):
            stream, filename = value
            stream.seek(0)
            data = stream.read()
            head += (
                b'; filename="' + str(filename).encode("utf-8", "surrogatepass").replace(b"\r\n", b" ") + b'"'
            )
            head += b"\r\nContent-Type: " + rng.choice(
                (b"text/plain", b"image/svg+xml", b"\xff\xff", b"a" * 500)
            )
        else:
            data = str(value).encode("utf-8", "surrogatepass")
        parts.append(head + b"\r\n\r\n" + data)
    body = b"".join(b"--" + edge + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + edge + b"--\r\n"
    how = rng.random()
    if how < 0.1:
        body = body[: rng.randrange(len(body))]
    elif how < 0.15:
        body = body.replace(b"\r\n", b"\n")
    elif how < 0.2:
        body = body.replace(b"Content-Disposition", b"X-" + b"h" * 9_000)
    elif how < 0.25:
        body = body.replace(b"name=", b"name*=utf-8''%ff")
    elif how < 0.3:
        body = (b"--" + edge + b'\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n') * 1_500
    kind = "multipart/form-data; boundary=" + ("edge" if rng.random() < 0.9 else "other")
    return replace(made, body=body, content_type=kind)
